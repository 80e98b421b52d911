"""The numbers that an estimator takes, made from plain values: what `Preprocess` does, compiled.

Nothing here needs pandas or scikit-learn. A block makes some of the matrix's columns; the blocks
come from `encoding.py`, which reads them off the fitted transformers, and are kept as JSON.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from .base import Columns

Matrix = npt.NDArray[np.float64]
Block = dict[str, Any]
Fill = Callable[[Columns, Matrix], None]


class Encoder:
    """Blocks side by side.

    Args:
        blocks: each a dict of kind, columns, width and steps, and what its kind needs.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.width = sum(block["width"] for block in blocks)
        self.parts: list[tuple[slice, Fill]] = []
        start = 0
        for block in blocks:
            place = slice(start, start + block["width"])
            fill = _lookup(block) if block["kind"] == "lookup" else _numeric(block)
            self.parts.append((place, fill))
            start = place.stop

    def __call__(self, columns: Columns, rows: int) -> Matrix:
        """The matrix; shape (rows, width)."""
        matrix = np.empty((rows, self.width))
        for place, fill in self.parts:
            fill(columns, matrix[:, place])
        return matrix


def _numeric(block: Block) -> Fill:
    names = block["columns"]
    steps = [_step(**step) for step in block["steps"]]
    read = _dates if block["kind"] == "dates" else _numbers

    def fill(columns: Columns, part: Matrix) -> None:
        values = read([columns[name] for name in names])
        for step in steps:
            values = step(values)
        part[:] = values

    return fill


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


def _lookup(block: Block) -> Fill:
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

    def fill(columns: Columns, part: Matrix) -> None:
        if len(part) == 1:  # three times as quick as a table at a time
            part[0] = [
                number for name, get, new in by_value for number in get(columns[name][0], new)
            ]
            return
        for name, get, new, numbers, place in tables:
            part[:, place] = numbers[[get(value, new) for value in columns[name]]]

    return fill
