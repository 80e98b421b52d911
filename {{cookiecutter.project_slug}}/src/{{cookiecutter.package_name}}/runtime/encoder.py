"""The numbers that an estimator takes, made from plain values: what `Preprocess` does, compiled.

Nothing here needs pandas or scikit-learn. A block makes some of the matrix's columns; the blocks
come from `encoding.py`, which reads them off the fitted transformers, and are kept as JSON.
"""

import operator
from collections.abc import Callable, Sequence
from datetime import datetime
from math import nan
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .base import Columns

Matrix = npt.NDArray[np.float64]
Block = dict[str, Any]


class Part(NamedTuple):
    """What fills some of the matrix's columns.

    Attributes:
        fill: them, from any number of rows.
        row: the same numbers of one row; for one, plain arithmetic takes a third of NumPy's time.
    """

    fill: Callable[[Columns, Matrix], None]
    row: Callable[[Columns], list[float]]


class Encoder:
    """Blocks side by side.

    Args:
        blocks: each a dict of kind, columns, width and steps, and what its kind needs.
        then: steps that the whole matrix goes through.
    """

    def __init__(self, blocks: Sequence[Block], then: Sequence[Block] = ()) -> None:
        self.width = sum(block["width"] for block in blocks)
        self.then = [_step(**step) for step in then]
        self.parts: list[tuple[slice, Part]] = []
        start = 0
        for block in blocks:
            place = slice(start, start + block["width"])
            part = _lookup(block) if block["kind"] == "lookup" else _numeric(block)
            self.parts.append((place, part))
            start = place.stop

    def __call__(self, columns: Columns, rows: int) -> Matrix:
        """The matrix; shape (rows, features).

        Raises:
            KeyError: for a value that a strict look-up does not have.
        """
        if rows == 1:
            numbers = [number for _, part in self.parts for number in part.row(columns)]
            matrix = np.array([numbers], dtype=float)
        else:
            matrix = np.empty((rows, self.width))
            for place, part in self.parts:
                part.fill(columns, matrix[:, place])
        for step in self.then:
            matrix = step(matrix)
        return matrix


def _numeric(block: Block) -> Part:
    names = block["columns"]
    steps = [_step(**step) for step in block["steps"]]
    steps_of_row = [_step_of_row(**step) for step in block["steps"]]
    has_dates = block["kind"] == "dates"
    read = _dates if has_dates else _numbers

    def fill(columns: Columns, matrix: Matrix) -> None:
        values = read([columns[name] for name in names])
        for step in steps:
            values = step(values)
        matrix[:] = values

    def row(columns: Columns) -> list[float]:
        given = [columns[name][0] for name in names]
        if has_dates:
            given = [part for value in given for part in _parts(value)]
        numbers = [nan if value is None else float(value) for value in given]
        for step in steps_of_row:
            numbers = step(numbers)
        return numbers

    return Part(fill, row)


def _numbers(columns: list[Sequence[Any]]) -> Matrix:
    return np.array(columns, dtype=float).T  # None becomes NaN, True 1


def _dates(columns: list[Sequence[Any]]) -> Matrix:
    by_row = [
        [part for value in row for part in _parts(value)] for row in zip(*columns, strict=True)
    ]
    return np.array(by_row, dtype=float)


def _parts(value: datetime | None) -> tuple[int | None, ...]:
    if value is None:
        return (None,) * 5
    return value.year, value.month, value.day, value.weekday(), value.hour


def _step(do: str, by: list[Any], gaps: list[int] | None = None) -> Callable[[Matrix], Matrix]:
    """One step of arithmetic by column; `impute` also marks the gaps of some columns.

    `project` multiplies by a matrix, `take` chooses columns and `powers` multiplies powers of them,
    so they change the width.
    """
    if do == "take":
        return lambda values: values[:, by]
    number = np.array(by, dtype=float)
    if do == "project":
        return lambda values: values @ number
    if do == "powers":
        return lambda values: np.prod(values[:, np.newaxis, :] ** number, axis=2)
    marked = list(gaps or [])
    if do == "impute":

        def impute(values: Matrix) -> Matrix:
            missing = np.isnan(values)
            filled = np.where(missing, number, values)
            return np.hstack([filled, missing[:, marked]]) if marked else filled

        return impute
    work: Callable[[Matrix, Matrix], Matrix] = {
        "add": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "divide": np.divide,
    }[do]
    return lambda values: work(values, number)


def _step_of_row(
    do: str, by: list[float], gaps: list[int] | None = None
) -> Callable[[list[float]], list[float]]:
    """The same step for one row."""
    marked = list(gaps or [])
    if do == "impute":

        def impute(values: list[float]) -> list[float]:
            pairs = zip(values, by, strict=True)
            filled = [new if value != value else value for value, new in pairs]
            return filled + [float(values[at] != values[at]) for at in marked]

        return impute
    work: Callable[[float, float], float] = {
        "add": operator.add,
        "subtract": operator.sub,
        "multiply": operator.mul,
        "divide": operator.truediv,
    }[do]
    return lambda values: list(map(work, values, by))


def _lookup(block: Block) -> Part:
    """Each value's numbers, out of a table; None stands for what is missing.

    The table's last row is for what is not in it. A strict block has no such row.
    """
    strict = block.get("strict", False)
    tables, by_value = [], []
    start = 0
    for column in block["columns"]:
        numbers = np.array(column["numbers"], dtype=float)
        code = {value: at for at, value in enumerate(column["values"])}
        place = slice(start, start + numbers.shape[1])
        find = code.__getitem__ if strict else _finder(code, len(code))
        tables.append((column["name"], find, numbers, place))
        of = dict(zip(code, column["numbers"], strict=False))
        find_row = of.__getitem__ if strict else _finder(of, column["numbers"][-1])
        by_value.append((column["name"], find_row))
        start = place.stop

    def fill(columns: Columns, matrix: Matrix) -> None:
        for name, find, numbers, place in tables:
            codes = [find(None if value != value else value) for value in columns[name]]
            matrix[:, place] = numbers[codes]

    def row(columns: Columns) -> list[float]:
        numbers: list[float] = []
        for name, find in by_value:
            value = columns[name][0]
            numbers += find(None if value != value else value)
        return numbers

    return Part(fill, row)


def _finder(of: dict[Any, Any], other: Any) -> Callable[[Any], Any]:
    get = of.get
    return lambda value: get(value, other)
