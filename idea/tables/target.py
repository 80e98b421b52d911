"""The column to predict, and the tasks that its values allow."""

import re
from collections.abc import Sequence
from pathlib import Path

from idea.knowledge.readers import MISSING_VALUES
from idea.names import listed, nearest_first
from idea.tables.checks import SEPARATORS, BadTable
from idea.tables.parquet import Column

CLASSES, AMOUNTS = "classification", "regression"

# Integers with at most so many different values are classes, not amounts.
MOST_CLASSES = 10

# Names that people give to what they predict, the likeliest first.
TARGET_NAMES = ("target", "label", "class", "y", "outcome")

_PANDAS_INDEX = re.compile(r"__index_level_\d+__")


def find_target(columns: Sequence[str]) -> str:
    """Guess the target: a column named as targets are, else the last column."""
    lower = {name.casefold(): name for name in reversed(columns)}
    for name in TARGET_NAMES:
        if name in lower:
            return lower[name]
    return [name for name in columns if not _PANDAS_INDEX.fullmatch(name)][-1]


def chosen_target(path: Path, columns: Sequence[str], target: str) -> str:
    """Give the target that was named, or a guess.

    Args:
        path: the table's file.
        columns: the table's columns.
        target: the answer; empty if nobody answered.

    Returns:
        The name of a column.

    Raises:
        BadTable: there is no such column.
    """
    if not target:
        return find_target(columns)
    if target in columns:
        return target
    tried = ""
    if any(mark in name for name in columns for mark in ",;:\t|"):
        tried = f" (the header was cut by the best of {', '.join(SEPARATORS.values())})"
    raise BadTable(
        f"{target!r} is not a column of {path.name}; type one of: "
        f"{listed(nearest_first(target, columns))}{tried}",
        "target",
    )


class TargetValues:
    """Collects from a CSV's target what its task depends on, without holding its values.

    Attributes:
        present: the number of values that are not missing.
        single: the value, if there is one only; else empty.
    """

    def __init__(self) -> None:
        """Start with no value."""
        self.present = 0
        self.single = ""
        self._numbers = True
        self._whole = True
        # Never more than the few that make a difference.
        self._different: set[float | str] = set()

    def add(self, cell: str, decimal: str) -> None:
        """Take in a cell, whose decimals are written with a point or a comma."""
        if cell in MISSING_VALUES:
            return
        self.present += 1
        if not self._numbers and len(self._different) > 1:
            return  # classes, whatever comes
        value: float | str = cell
        if self._numbers:
            number = number_in(cell, decimal)
            if number is None:
                self._numbers = False
            else:
                value = number
                self._whole = self._whole and number.is_integer()
        if len(self._different) <= MOST_CLASSES:
            self._different.add(value)
        self.single = cell if len(self._different) == 1 else ""

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that the values allow, the one to take first."""
        if not self._numbers:
            return (CLASSES,)
        few = len(self._different) <= (MOST_CLASSES if self._whole else 2)
        return (CLASSES, AMOUNTS) if few else (AMOUNTS, CLASSES)


def number_in(cell: str, decimal: str) -> float | None:
    """Read a cell as a number; None if it is not one."""
    if "_" in cell:  # Python reads 1_000, no table does
        return None
    try:
        return float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return None


def tasks_of_column(column: Column) -> tuple[str, ...]:
    """Give the tasks that a Parquet column allows, the one to take first.

    Raises:
        BadTable: it holds dates or times.
    """
    if column.kind == "timestamp":
        raise BadTable(
            f"{column.name!r} holds dates or times; name a column of numbers or of classes",
            "target",
        )
    if column.kind in ("bool", "string"):
        return (CLASSES,)
    few = column.low is not None and column.high - column.low < MOST_CLASSES
    return (CLASSES, AMOUNTS) if column.kind == "integer" and few else (AMOUNTS, CLASSES)
