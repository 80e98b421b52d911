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
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.width = sum(block["width"] for block in blocks)
        self.parts: list[tuple[slice, Part]] = []
        start = 0
        for block in blocks:
            place = slice(start, start + block["width"])
            part = _lookup(block) if block["kind"] == "lookup" else _numeric(block)
            self.parts.append((place, part))
            start = place.stop

    def __call__(self, columns: Columns, rows: int) -> Matrix:
        """The matrix; shape (rows, width)."""
        if rows == 1:
            numbers = [number for _, part in self.parts for number in part.row(columns)]
            return np.array([numbers], dtype=float)
        matrix = np.empty((rows, self.width))
        for place, part in self.parts:
            part.fill(columns, matrix[:, place])
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


def _step(do: str, by: list[float], gaps: list[int] | None = None) -> Callable[[Matrix], Matrix]:
    """One step of arithmetic by column; `impute` also marks the gaps of some columns."""
    number = np.array(by, dtype=float)
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
    """Each value's numbers, out of a table; the table's last row is for what is not in it."""
    tables, by_value = [], []
    start = 0
    for column in block["columns"]:
        *known, unknown = column["numbers"]
        numbers = np.array(column["numbers"], dtype=float)
        code = {value: at for at, value in enumerate(column["values"])}
        place = slice(start, start + numbers.shape[1])
        tables.append((column["name"], code.get, len(code), numbers, place))
        by_value.append((column["name"], dict(zip(code, known, strict=True)).get, unknown))
        start = place.stop

    def fill(columns: Columns, matrix: Matrix) -> None:
        for name, get, new, numbers, place in tables:
            matrix[:, place] = numbers[[get(value, new) for value in columns[name]]]

    def row(columns: Columns) -> list[float]:
        return [number for name, get, new in by_value for number in get(columns[name][0], new)]

    return Part(fill, row)
