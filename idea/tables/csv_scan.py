"""Scans a CSV or TSV file row by row, without holding it in memory."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from idea.knowledge.readers import MISSING_VALUES
from idea.tables.checks import SEPARATORS, BadTable, check_names, list_column
from idea.tables.target import (
    Candidate,
    TargetValues,
    check_target,
    guessed_target,
    looked_at,
    number_in,
)

# So many rows are looked at to find columns of lists and decimal commas.
SAMPLE = 100
# And so many to find columns that are no target.
JUDGED = 2_000

_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True)
class ScannedCsv:
    """The contents of a CSV that matter here.

    Attributes:
        sep: the character between cells.
        decimal: the character before decimals.
        columns: the names in the header.
        rows: the number of rows.
        target: the column to predict.
        values: what its task depends on.
        doubt: why the target is not certain to be that; None if it is, or somebody named it.
    """

    sep: str
    decimal: str
    columns: tuple[str, ...]
    rows: int
    target: str
    values: TargetValues
    doubt: BadTable | None = None


def scan_csv(path: Path, target: str) -> ScannedCsv:
    """Scan a CSV or TSV file.

    Args:
        path: the file.
        target: the column to predict; empty if it is to be guessed.

    Returns:
        What it holds.

    Raises:
        BadTable: nothing can be learned from it.
        OSError: it can't be read.
    """
    try:
        sep, columns = _read_header(path)
        if len(columns) < 2:
            raise BadTable(
                f"{path.name} has one column only, {columns[0][:80]!r}; separate its cells by one "
                f"of those that were tried: {', '.join(SEPARATORS.values())}"
            )
        check_names(path, columns)
        if target:
            check_target(path, columns, target)
        return _scan(path, sep, columns, target)
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    except csv.Error as error:
        raise BadTable(
            f"{path.name} is not a valid CSV: {error}; look for a quote that is never closed"
        ) from error


def judged_columns(path: Path) -> list[Candidate]:
    """Judge the columns of a CSV or TSV file by their first values.

    Raises:
        BadTable: it has no header.
        OSError: it can't be read; ValueError: it is not UTF-8.
    """
    sep, columns = _read_header(path)
    with _open(path) as file:
        decimal = (
            ","
            if sep != "," and _has_decimal_commas(list(islice(_rows(file, sep), SAMPLE)))
            else "."
        )
    return _candidates(path, sep, columns, decimal)


def _open(path: Path) -> TextIOWrapper:
    # utf-8-sig: Excel starts its CSV files with a mark that is not part of the first name.
    return path.open(encoding="utf-8-sig", newline="")


def _read_header(path: Path) -> tuple[str, list[str]]:
    """Find the separator that splits the header into the most columns, and give both."""
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


def _scan(path: Path, sep: str, columns: list[str], target: str) -> ScannedCsv:
    values = TargetValues()
    rows = 0
    with _open(path) as file:
        sample = list(islice(_rows(file, sep), SAMPLE))
    decimal = "," if sep != "," and _has_decimal_commas(sample) else "."
    _check_lists(path, columns, sample)
    doubt = None
    if not target:
        try:
            target = guessed_target(path, _candidates(path, sep, columns, decimal))
        except BadTable as bad:
            target, doubt = columns[-1], bad
    at = columns.index(target)

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
    return ScannedCsv(sep, decimal, tuple(columns), rows, target, values, doubt)


def _candidates(path: Path, sep: str, columns: list[str], decimal: str) -> list[Candidate]:
    """Judge all columns by their first values."""
    with _open(path) as file:
        rows = list(islice(_rows(file, sep), JUDGED))
    return [
        looked_at(name, [row[at] for row in rows if at < len(row)], decimal)
        for at, name in enumerate(columns)
    ]


def _rows(file: TextIOWrapper, sep: str) -> Iterator[list[str]]:
    reader = csv.reader(file, delimiter=sep)
    next(reader)
    return (row for row in reader if row)


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
        present = [cell for cell in cells if cell not in MISSING_VALUES]
        commas = [cell for cell in present if _DECIMAL_COMMA.fullmatch(cell)]
        if commas and all(number_in(cell, ",") is not None for cell in present):
            return True
    return False


def _check_lists(path: Path, columns: list[str], sample: list[list[str]]) -> None:
    for at, name in enumerate(columns):
        cells = [row[at] for row in sample if at < len(row) and row[at] not in MISSING_VALUES]
        if cells and all(cell[0] + cell[-1] in ("[]", "{}") for cell in cells):
            raise list_column(path, name, cells[0])
