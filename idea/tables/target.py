"""The column to predict, and the tasks that its values allow."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from idea.names import listed, nearest_first
from idea.tables.amounts import MISSING, MISSING_AMONG_NUMBERS, numbers_in
from idea.tables.checks import SEPARATORS, BadTable, check_values
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
JUDGED = 2_000  # rows by which columns are judged
SHOWN = 5  # values in a message
_MOST_COUNTED = 5_000  # different values
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
    present = [cell.strip() for cell in cells if cell.strip().casefold() not in MISSING]
    different = len(set(present))
    if different <= 1:
        return Candidate(name, "has one value only" if present else "is empty")
    if len(present) < _NEARLY_NONE * len(cells):
        return Candidate(name, "is nearly always missing")
    numbers = numbers_in(present, decimal)
    few = different <= MOST_CLASSES
    if numbers is not None:
        whole = [number for number in numbers if number.is_integer()]
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


@dataclass(frozen=True)
class Judged:
    """What a target's values show.

    Attributes:
        tasks: those that they allow, the one to take first.
        because: why that is the first.
    """

    tasks: tuple[str, ...]
    because: str


class TargetValues:
    """Counts a target's values.

    Attributes:
        counts: the number of rows of each different value that is not missing; of a column with
            very many, those that were met first.
        present: the number of values that are not missing.
    """

    def __init__(self) -> None:
        """Start with no value."""
        self.counts: Counter[str] = Counter()
        self.present = 0

    def add(self, cell: str) -> None:
        """Take in a cell."""
        if not cell.strip():
            return
        self.present += 1
        if cell in self.counts or len(self.counts) < _MOST_COUNTED:
            self.counts[cell] += 1

    def judged(self, target: str, rows: int, decimal: str) -> Judged:
        """Judge what can be learned.

        Args:
            target: the column's name.
            rows: the table's number of rows.
            decimal: the character before decimals.

        Raises:
            BadTable: nothing can.
        """
        words = {cell.strip().casefold() for cell in self.counts}
        missing = MISSING - ({"-"} if "+" in words else set())  # the result of a test
        gone = {cell: n for cell, n in self.counts.items() if cell.strip().casefold() in missing}
        counts = Counter({cell: n for cell, n in self.counts.items() if cell not in gone})
        cells = [cell for cell in counts if cell.strip().casefold() not in MISSING_AMONG_NUMBERS]
        numbers = numbers_in([cell.strip() for cell in cells], decimal) if cells else None
        present = self.present - sum(gone.values())
        if numbers is not None:
            present -= sum(counts[cell] for cell in counts if cell not in cells)
        single = next(iter(counts)) if len(counts) == 1 else ""
        check_values(target, rows, present, single=single)
        if numbers is None:
            return _of_texts(target, counts, present)
        by_number: Counter[float] = Counter()
        for cell, number in zip(cells, numbers, strict=True):
            by_number[number] += counts[cell]
        if len(by_number) == 1:
            check_values(target, rows, present, single=cells[0])
        return _of_numbers(target, by_number, present)


def _of_texts(target: str, counts: Counter[str], present: int) -> Judged:
    """Judge labels.

    Args:
        target: the column's name.
        counts: the rows of each.
        present: the number of rows that have one.
    """
    labels = [label.strip() for label in counts]
    examples = listed(map(repr, counts), SHOWN)
    words = sum(len(label.split()) for label in labels)
    if sum(bool(_DATE.match(label)) for label in labels) > len(labels) / 2:
        raise _no_target(target, f"holds dates or times ({examples})")
    if present >= _ENOUGH and len(labels) > _MANY * present:
        what = "sentences" if words > _WORDS_OF_TEXT * len(labels) else "text that hardly repeats"
        raise _no_target(target, f"holds {what}, {len(labels)} different in {present} rows")
    alike: dict[str, list[str]] = {}
    for label, _ in counts.most_common():
        alike.setdefault(" ".join(label.split()).casefold(), []).append(label)
    if pairs := [spelt for spelt in alike.values() if len(spelt) > 1]:
        said = "; ".join(f"{listed(map(repr, p), SHOWN)} as {p[0].strip()!r}" for p in pairs[:2])
        raise BadTable(
            f"labels of {target!r} differ in padding or case only; write them one way: {said}",
            "target",
        )
    if single := [label for label in counts if counts[label] == 1]:
        raise BadTable(
            f"{len(single)} of {len(counts)} classes of {target!r} have one row only "
            f"({listed(map(repr, single), SHOWN)}), and can't be split into train and test; remove "
            "these rows, merge the classes, or name another column",
            "target",
        )
    return Judged((CLASSES,), f"{len(counts)} different texts")


def _of_numbers(target: str, counts: Counter[float], present: int) -> Judged:
    """Judge numbers.

    Args:
        target: the column's name.
        counts: the rows of each.
        present: the number of rows that have one.
    """
    whole = all(number.is_integer() for number in counts)
    alone = whole and len(counts) == present
    low, high = min(counts), max(counts)
    named = _IDENTIFIER.search(target) is not None
    if alone and len(counts) >= _ENOUGH and (named or high - low == len(counts) - 1):
        raise _no_target(target, "is an identifier, another whole number in each row")
    if whole and len(counts) >= _ENOUGH and all(map(_is_day, counts)):
        raise _no_target(target, f"holds dates, such as {low:.0f}")
    kind = "whole numbers" if whole else "numbers"
    if len(counts) == 2:
        if min(counts.values()) == 1:
            rare = min(counts, key=counts.__getitem__)
            raise BadTable(
                f"{target!r} has the value {rare:g} in one row only, and can't be split into train "
                "and test; give more rows of it, or name another column",
                "target",
            )
        return Judged((CLASSES, AMOUNTS), "2 different numbers")
    least = min(counts.values())
    if whole and len(counts) <= MOST_CLASSES and least > 1 and present >= 3 * len(counts):
        often = f"{len(counts)} different whole numbers, each in {least} rows or more"
        return Judged((CLASSES, AMOUNTS), often)
    many = f"{len(counts)} or more" if len(counts) == _MOST_COUNTED else str(len(counts))
    return Judged((AMOUNTS, CLASSES), f"{many} different {kind}, {low:g} to {high:g}")


def _is_day(number: float) -> bool:
    """Tell whether a number is a day as 20240131 is."""
    year, rest = divmod(int(number), 10_000)
    return 1800 <= year <= 2200 and 1 <= rest // 100 <= 12 and 1 <= rest % 100 <= 31


def _no_target(target: str, why: str) -> BadTable:
    return BadTable(f"{target!r} {why}; name a column of classes or of quantities", "target")


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
    # Decimals may say their range in bytes.
    whole = column.kind == "integer" and column.low is not None
    few = whole and column.high - column.low < MOST_CLASSES
    return (CLASSES, AMOUNTS) if few else (AMOUNTS, CLASSES)
