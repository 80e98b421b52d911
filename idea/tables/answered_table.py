"""What the generator must know of a table: its columns, its rows, its target, and the task.

Everything is read in one pass with the standard library, and the table is never held in memory.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from idea.names import listed, nearest_first, words
from idea.tables.parquet import BadParquet, Column, read_footer

CLASSES, AMOUNTS = "classification", "regression"
SUFFIXES = (".csv", ".tsv", ".parquet")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

# Fewer rows than this can't be split into a train and a test set that say anything.
FEWEST_ROWS = 10
# Integers with at most so many different values are classes, not amounts.
MOST_CLASSES = 10
# So many rows are looked at to find columns of lists and decimal commas.
SAMPLE = 100

# What pandas.read_csv takes for a missing value.
MISSING = words(
    "NA N/A n/a #NA #N/A NaN nan -NaN -nan NULL null None <NA> 1.#IND -1.#IND 1.#QNAN -1.#QNAN"
) | {"", "#N/A N/A"}

# Names that people give to what they predict, the likeliest first.
TARGET_NAMES = ("target", "label", "class", "y", "outcome")

_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")


class BadTable(ValueError):
    """The table or its target can't be used.

    The message is one line: what, why, and what to type instead. `question` is the answer to
    change: `dataset` or `target`.
    """

    def __init__(self, message: str, question: str = "dataset") -> None:
        """Take the message, and the question whose answer it is about."""
        super().__init__(message)
        self.question = question


@dataclass(frozen=True)
class Table:
    """A table that can be learned from.

    `sep` and `decimal` are the characters that separate cells and decimals in a CSV, both empty
    for Parquet. `tasks` are those that the target's values allow, the one to take first.
    """

    path: Path
    format: str
    sep: str
    decimal: str
    columns: tuple[str, ...]
    rows: int
    target: str
    tasks: tuple[str, ...]


def read_table(path: Path, target: str = "") -> Table:
    """Read what must be known of a table; an empty target is looked for (`find_target`).

    The task is told from the target's values, missing ones left out. CSV and TSV: any value that
    is no number makes it a classification; so do two different values, and so do whole numbers
    with at most ten different values; anything else is a regression. Parquet is read by its footer
    alone: text and booleans are a classification, floats a regression, and whole numbers a
    classification if the statistics say that they span less than ten. Numbers may be taken for
    the other task too, if somebody says so; text may not.

    Raises:
        BadTable: the file, the table or the target can't be used.
    """
    try:
        stat = path.stat()
        found = _read_once(path, target, stat.st_size, stat.st_mtime_ns)
    except FileNotFoundError:
        raise BadTable(f"{path} does not exist; {_other_files(path)}") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadTable(f"{path} can't be read: {reason}; give a file that you may read") from error
    if isinstance(found, BadTable):
        raise found
    return found


def find_target(columns: Sequence[str]) -> str:
    """Guess the target: a column named as targets are, else the last column."""
    lower = {name.casefold(): name for name in reversed(columns)}
    for name in TARGET_NAMES:
        if name in lower:
            return lower[name]
    return [name for name in columns if not _PANDAS_INDEX.fullmatch(name)][-1]


@lru_cache(maxsize=8)
def _read_once(path: Path, target: str, size: int, _changed: int) -> Table | BadTable:
    """Give what was found before while the file is the same: every derived value asks again."""
    try:
        return _read_any(path, target, size)
    except BadTable as bad:
        return bad


def _read_any(path: Path, target: str, size: int) -> Table:
    if path.is_dir():
        raise BadTable(f"{path} is a folder; {_other_files(path / 'x')}")
    if path.suffix.lower() not in SUFFIXES:
        raise BadTable(
            f"{path.name} has a suffix that is not known; give a {listed(SUFFIXES)} file, "
            "unpacked, with a suffix that says what it is"
        )
    if size == 0:
        raise BadTable(f"{path.name} is empty; give a table with a header and rows")
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, target)
    return _read_csv(path, target)


# CSV and TSV


def _read_csv(path: Path, target: str) -> Table:
    try:
        sep, columns = _read_header(path)
        if len(columns) < 2:
            raise BadTable(
                f"{path.name} has one column only, {columns[0][:80]!r}; separate its cells by one "
                f"of those that were tried: {', '.join(SEPARATORS.values())}"
            )
        _check_names(path, columns)
        target = _check_target(path, columns, target)
        return _scan_csv(path, sep, columns, target)
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    except csv.Error as error:
        raise BadTable(
            f"{path.name} is no CSV: {error}; look for a quote that is never closed"
        ) from error


def _open(path: Path) -> TextIOWrapper:
    # utf-8-sig: Excel starts its CSV files with a mark that is not part of the first name.
    return path.open(encoding="utf-8-sig", newline="")


def _read_header(path: Path) -> tuple[str, list[str]]:
    """Take the separator that cuts the header into the most columns."""
    best: tuple[str, list[str]] = ("", [])
    # A tab in a TSV needs no guessing.
    first = "\t" if path.suffix.lower() == ".tsv" else ","
    for sep in sorted(SEPARATORS, key=lambda sep: sep != first):
        with _open(path) as file:
            header = next(csv.reader(file, delimiter=sep), [])
        if sep == first == "\t" and len(header) > 1:
            return sep, header
        if len(header) > len(best[1]):
            best = (sep, header)
    if not best[1]:
        raise BadTable(f"{path.name} has no header; name the columns in its first line")
    return best


def _scan_csv(path: Path, sep: str, columns: list[str], target: str) -> Table:
    at = columns.index(target)
    values = _Values()
    rows = 0
    with _open(path) as file:
        sample = list(islice(_rows(file, sep), SAMPLE))
    decimal = "," if sep != "," and _has_decimal_commas(sample) else "."
    _check_lists(path, columns, sample)

    with _open(path) as file:
        reader = csv.reader(file, delimiter=sep)
        next(reader)
        for row in reader:
            if not row:
                continue
            rows += 1
            if len(row) > len(columns):
                raise BadTable(
                    f"{path.name}, line {reader.line_num}, has {len(row)} cells where the header "
                    f"has {len(columns)}; quote cells that hold {SEPARATORS[sep]}s, or fix the line"
                )
            values.add(row[at] if at < len(row) else "", decimal)
    _check_rows(path, rows)
    _check_values(target, rows, values.present, single=values.single)
    return Table(path, "csv", sep, decimal, tuple(columns), rows, target, values.tasks)


def _rows(file: TextIOWrapper, sep: str) -> Iterator[list[str]]:
    reader = csv.reader(file, delimiter=sep)
    next(reader)
    return (row for row in reader if row)


class _Values:
    """What the task depends on, kept while a target's values pass by."""

    def __init__(self) -> None:
        self.present = 0
        self.single = ""
        self._numbers = True
        self._whole = True
        # Never more than the few that make a difference.
        self._different: set[float | str] = set()

    def add(self, cell: str, decimal: str) -> None:
        if cell in MISSING:
            return
        self.present += 1
        if not self._numbers and len(self._different) > 1:
            return  # classes, whatever comes
        value: float | str = cell
        if self._numbers:
            number = _number(cell, decimal)
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
        if not self._numbers:
            return (CLASSES,)
        few = len(self._different) <= (MOST_CLASSES if self._whole else 2)
        return (CLASSES, AMOUNTS) if few else (AMOUNTS, CLASSES)


def _number(cell: str, decimal: str) -> float | None:
    if "_" in cell:  # Python reads 1_000, no table does
        return None
    try:
        return float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return None


def _not_utf8(path: Path) -> BadTable:
    with path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            line, encoding = 1, "utf-16"
        else:
            file.seek(0)
            line, encoding = _first_bad_line(file.readline), "latin-1"
    return BadTable(
        f"{path.name}, line {line}, is not UTF-8; convert it, perhaps by "
        f"`iconv -f {encoding} -t utf-8 {path.name} > utf8-{path.name}`"
    )


def _first_bad_line(readline: Callable[[], bytes]) -> int:
    for number, line in enumerate(iter(readline, b""), 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return number
    return 1


def _has_decimal_commas(sample: list[list[str]]) -> bool:
    """Tell whether some column holds numbers written as 1,5 and nothing else but whole numbers."""
    for cells in zip(*sample, strict=False):
        present = [cell for cell in cells if cell not in MISSING]
        commas = [cell for cell in present if _DECIMAL_COMMA.fullmatch(cell)]
        if commas and all(_number(cell, ",") is not None for cell in present):
            return True
    return False


def _check_lists(path: Path, columns: list[str], sample: list[list[str]]) -> None:
    for at, name in enumerate(columns):
        cells = [row[at] for row in sample if at < len(row) and row[at] not in MISSING]
        if cells and all(cell[0] + cell[-1] in ("[]", "{}") for cell in cells):
            raise _list_column(path, name, cells[0])


# Parquet


def _read_parquet(path: Path, target: str) -> Table:
    try:
        columns, rows = read_footer(path)
    except BadParquet as error:
        raise BadTable(
            f"{path.name} can't be read as Parquet: {error}; write it again, or give a CSV"
        ) from error
    names = [column.name for column in columns]
    if len(names) < 2:
        raise BadTable(
            f"{path.name} has too few columns, {len(names)}; give a target and what tells it"
        )
    _check_names(path, names)
    for column in columns:
        if column.kind == "nested":
            raise _list_column(path, column.name, "nested values")
    target = _check_target(path, names, target)
    _check_rows(path, rows)
    column = columns[names.index(target)]
    missing = rows if column.kind == "nothing" else column.missing or 0
    single = column.low is not None and column.low == column.high
    _check_values(target, rows, rows - missing, single=_shown(column.low) if single else "")
    return Table(path, "parquet", "", "", tuple(names), rows, target, _parquet_tasks(column))


def _parquet_tasks(column: Column) -> tuple[str, ...]:
    if column.kind == "timestamp":
        raise BadTable(
            f"{column.name!r} holds dates or times; name a column of numbers or of classes",
            "target",
        )
    if column.kind in ("bool", "string"):
        return (CLASSES,)
    few = column.low is not None and column.high - column.low < MOST_CLASSES
    return (CLASSES, AMOUNTS) if column.kind == "integer" and few else (AMOUNTS, CLASSES)


def _shown(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


# Both


def _check_names(path: Path, columns: Sequence[str]) -> None:
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


def _check_target(path: Path, columns: Sequence[str], target: str) -> str:
    if not target:
        return find_target(columns)
    if target in columns:
        return target
    tried = ""
    if any(mark in name for name in columns for mark in ",;:\t|"):
        tried = f" (the header was cut by the best of {', '.join(SEPARATORS.values())})"
    raise BadTable(
        f"{target!r} is no column of {path.name}; type one of: "
        f"{listed(nearest_first(target, columns))}{tried}",
        "target",
    )


def _check_rows(path: Path, rows: int) -> None:
    if rows == 0:
        raise BadTable(f"{path.name} has a header but no rows; give at least {FEWEST_ROWS}")
    if rows < FEWEST_ROWS:
        raise BadTable(
            f"{path.name}: a table of {rows} row{'s' * (rows > 1)} can't be split into train and "
            f"test; give at least {FEWEST_ROWS}"
        )


def _check_values(target: str, rows: int, present: int, *, single: str) -> None:
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


def _list_column(path: Path, name: str, example: str) -> BadTable:
    return BadTable(
        f"column {name!r} of {path.name} holds lists or records ({example[:40]}); spread it over "
        "columns of one value each, or remove it"
    )


def _other_files(path: Path) -> str:
    """Name the tables beside a path, the most alike first."""
    try:
        beside = [p.name for p in path.parent.iterdir() if p.suffix.lower() in SUFFIXES]
    except OSError:
        return f"there is no folder {path.parent} either; a path is relative to where you type"
    if not beside:
        return f"there is no {listed(SUFFIXES)} file in {path.parent}; give the path of one"
    return f"in {path.parent} there is {listed(nearest_first(path.name, beside), 5)}"
