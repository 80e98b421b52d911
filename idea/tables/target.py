"""The column to predict, and the tasks that its values allow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
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

# A column with a smaller share of present values is nearly always missing; a text column with a
# larger share of different ones is no class. Fewer values than enough show neither.
_NEARLY_NONE, _MANY, _ENOUGH = 0.1, 0.5, 20
_WORDS_OF_TEXT = 4  # a cell, on average
_ALONE = 100  # so many different whole numbers, one a row, are no amounts

_IDENTIFIER = re.compile(
    r"(?:^|[\W_])(?:id|uuid|guid|key|index|no|nr|number)$|[a-z]I[dD]$|^id", re.I
)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d\d")
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class Candidate:
    """A column that may be the target, as far as a look at its first values shows.

    Attributes:
        name: the column's.
        unfit: why nobody would predict it; empty if somebody may.
        few: whether it has few different values.
    """

    name: str
    unfit: str = ""
    few: bool = False


def guessed_target(path: Path, candidates: Sequence[Candidate]) -> str:
    """Guess the target: a column named as targets are, else the last column, if it is fit for that.

    Args:
        path: the table's file.
        candidates: all columns, in order.

    Raises:
        BadTable: neither is.
    """
    known = [one for one in candidates if not _PANDAS_INDEX.fullmatch(one.name)]
    fit = {one.name.casefold(): one.name for one in reversed(known) if not one.unfit}
    named = next((fit[name] for name in TARGET_NAMES if name in fit), None)
    if named is not None:
        return named
    if not known[-1].unfit:
        return known[-1].name
    hint = f", such as {likeliest}" if (likeliest := likeliest_targets(candidates)) else ""
    raise BadTable(
        f"no column of {path.name} is certain to be the one to predict ({known[-1].name!r}, the "
        f"last, {known[-1].unfit}); name one with target=…{hint}",
        "target",
    )


def likeliest_targets(candidates: Sequence[Candidate]) -> str:
    """Name the three columns that are most likely predicted; empty if none may be."""
    fit = [one for one in reversed(candidates) if not one.unfit]
    fit.sort(key=lambda one: not one.few)
    return ", ".join(repr(one.name) for one in fit[:3])


def looked_at(name: str, cells: Sequence[str], decimal: str) -> Candidate:
    """Judge a column by its name and its first values.

    Args:
        name: the column's.
        cells: its values as they are written.
        decimal: the character before decimals.
    """
    present = [cell for cell in cells if cell not in MISSING_VALUES]
    different = len(set(present))
    if different <= 1:
        return Candidate(name, "has one value only" if present else "is empty")
    if len(present) < _NEARLY_NONE * len(cells):
        return Candidate(name, "is nearly always missing")
    numbers = [number_in(cell, decimal) for cell in present]
    few = different <= MOST_CLASSES
    if None not in numbers:
        whole = [number for number in numbers if number is not None and number.is_integer()]
        counts = len(whole) == len(numbers) and _counts(whole)
        alone = different == len(present) == len(whole)
        if counts or (alone and _IDENTIFIER.search(name)):
            return Candidate(name, "is an identifier", few)
        if alone and different >= _ALONE:
            return Candidate(name, "has another whole number in each row", few)
        return Candidate(name, few=few)
    share = different / len(present)
    if sum(bool(_DATE.match(cell)) for cell in present) > len(present) / 2:
        return Candidate(name, "holds dates")
    if len(present) >= _ENOUGH and share > _MANY:
        return Candidate(name, "is text that hardly ever repeats")
    if sum(len(cell.split()) for cell in present) > _WORDS_OF_TEXT * len(present):
        return Candidate(name, "holds sentences")
    return Candidate(name, few=few)


def _counts(numbers: Sequence[float]) -> bool:
    """Tell whether numbers count the rows: each is one more than the one before."""
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) >= _ENOUGH and steps == {1.0}


def column_of_parquet(column: Column, rows: int) -> Candidate:
    """Judge a Parquet column by its name and its statistics.

    Args:
        column: the column.
        rows: the table's number of rows.
    """
    if column.kind == "timestamp":
        return Candidate(column.name, "holds dates")
    if column.kind == "nothing" or (column.missing or 0) > (1 - _NEARLY_NONE) * rows:
        return Candidate(column.name, "is nearly always missing")
    if column.low is None:
        return Candidate(column.name, few=column.kind == "bool")
    if column.low == column.high:
        return Candidate(column.name, "has one value only")
    span = column.high - column.low if column.kind == "integer" else -1
    if span >= 0 and (span + 1 == rows or (_IDENTIFIER.search(column.name) and span >= rows)):
        return Candidate(column.name, "is an identifier")
    return Candidate(column.name, few=column.kind == "bool" or 0 <= span < MOST_CLASSES)


def check_target(path: Path, columns: Sequence[str], target: str) -> None:
    """Refuse a target that is no column.

    Args:
        path: the table's file.
        columns: the table's columns.
        target: the answer.

    Raises:
        BadTable: there is no such column.
    """
    if target in columns:
        return
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
