"""Checks that a table and its target can be learned from."""

from collections.abc import Sequence
from pathlib import Path

from idea.names import listed

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

# Fewer rows than this can't be split into a train and a test set that say anything.
FEWEST_ROWS = 10

# A service asks for each of them by name, and each is described, checked and watched.
MOST_COLUMNS = 5_000


class BadTable(ValueError):
    """The table or its target can't be used.

    The message is one line: the problem, its reason, and what to type instead.

    Attributes:
        question: the answer to change, `dataset` or `target`.
    """

    def __init__(self, message: str, question: str = "dataset") -> None:
        """Take the message, and the question whose answer it is about."""
        super().__init__(message)
        self.question = question


def check_names(path: Path, columns: Sequence[str]) -> None:
    """Refuse columns without a name, names that occur more than once, and too many of them.

    Raises:
        BadTable: there are some.
    """
    if len(columns) > MOST_COLUMNS:
        raise BadTable(
            f"{path.name} has {len(columns):,} columns, and at most {MOST_COLUMNS:,} are taken; "
            "keep those that may matter, or turn it, if rows and columns have changed places"
        )
    empty = [at for at, name in enumerate(columns, 1) if not name.strip()]
    if empty == [1]:
        raise BadTable(
            f"the first column of {path.name} has no name, as an index that pandas wrote; write "
            "the table again with to_csv(index=False), or give the column a name"
        )
    if empty:
        raise BadTable(
            f"columns without a name in {path.name}: number {listed(map(str, empty))} of "
            f"{len(columns)}; name them in the header, or remove them"
        )
    twice = dict.fromkeys(name for name in columns if columns.count(name) > 1)
    if twice:
        raise BadTable(
            f"column names that occur more than once in {path.name}: {listed(twice)}; rename them"
        )


def check_rows(path: Path, rows: int) -> None:
    """Refuse a table with too few rows.

    Raises:
        BadTable: it has fewer than FEWEST_ROWS.
    """
    if rows == 0:
        raise BadTable(f"{path.name} has a header but no rows; give at least {FEWEST_ROWS}")
    if rows < FEWEST_ROWS:
        raise BadTable(
            f"{path.name}: a table of {rows} row{'s' * (rows > 1)} can't be split into train and "
            f"test; give at least {FEWEST_ROWS}"
        )


def check_values(target: str, rows: int, present: int, *, single: str) -> None:
    """Refuse a target from which nothing can be learned.

    Args:
        target: its name.
        rows: the table's number of rows.
        present: the number of rows in which the target is not missing.
        single: its value, if it has one only; else empty.

    Raises:
        BadTable: it has no value, one only, or too few.
    """
    if present == 0:
        raise BadTable(
            f"all values of {target!r} are missing, so nothing can be learned; name another column",
            "target",
        )
    if single:
        raise BadTable(
            f"{target!r} has one value only, {single!r}, so nothing can be learned; name another "
            "column",
            "target",
        )
    if present < FEWEST_ROWS:
        raise BadTable(
            f"{target!r} has a value in {present} of {rows} rows, too few for train and test; give "
            f"at least {FEWEST_ROWS}",
            "target",
        )


def list_column(path: Path, name: str, example: str) -> BadTable:
    """Give the error for a column of lists or records.

    Args:
        path: the table's file.
        name: the column.
        example: one of its values.

    Returns:
        The error, to be raised.
    """
    return BadTable(
        f"column {name!r} of {path.name} holds lists or records ({example[:40]}); spread it over "
        "columns of one value each, or remove it"
    )
