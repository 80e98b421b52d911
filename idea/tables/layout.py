"""How a table lies in its file: what separates cells, where the header is, what is no row.

It is told from the first records, and given as options of pandas' reader.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from idea.tables.amounts import MISSING, numbers_in
from idea.tables.checks import SEPARATORS, BadTable

SAMPLE = 200  # records that are looked at
_MOST_TITLES = 30  # lines before the header
_BLANKS = r"\s+"
_PLAIN_TEXT = (".txt", ".data", ".dat")
_TOTAL = re.compile(
    r"(grand |sub)?totals?\b:?|sum(me|s)?\b:?|average\b:?|insgesamt\b|gesamt\b", re.I
)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")

Row = Sequence[Any]


@dataclass(frozen=True)
class Layout:
    """Where the table is in its file.

    Attributes:
        options: of pandas' reader.
        columns: the names, in order; of the index too, which is the first if there is one.
        has_index: whether the first column tells rows apart and has no name.
        decimal: the sign before decimals.
        notes: what was decided beyond the ordinary, in words.
    """

    options: Mapping[str, Any]
    columns: tuple[str, ...]
    has_index: bool = False
    decimal: str = "."
    notes: tuple[str, ...] = field(default=())


def rows_of_text(
    path: Path, encoding: str, sep: str, skip_space: bool = False
) -> Iterator[list[str]]:
    """Give the records of a CSV; a blank line is an empty one.

    Args:
        path: the file.
        encoding: of the file.
        sep: what separates cells.
        skip_space: whether a blank behind it is no part of a cell.

    Yields:
        The cells of each record.
    """
    with path.open(encoding=_with_mark(encoding), newline="") as file:
        if sep == _BLANKS:
            yield from (line.split() for line in file)
        else:
            yield from csv.reader(file, delimiter=sep, skipinitialspace=skip_space)


def separator_of(path: Path, encoding: str) -> str:
    """Find what separates the cells: the sign that parts most records alike, into the most."""
    best, most = "", (0.0, 0)
    tabs = path.suffix.lower() == ".tsv"
    for sep in (*SEPARATORS, *([_BLANKS] if path.suffix.lower() in _PLAIN_TEXT else [])):
        rows = [row for row in islice(rows_of_text(path, encoding, sep), SAMPLE) if row]
        width = _usual_width(rows)
        if width < 2:
            continue
        alike = sum(len(row) == width for row in rows) / len(rows)
        if (alike, width) > most or (tabs and sep == "\t"):
            best, most = sep, (alike + (tabs and sep == "\t"), width)
    return best


def skips_space(path: Path, encoding: str, sep: str) -> bool:
    """Tell whether every separator has a blank behind it, as in `a, b, c`."""
    rows = [row for row in islice(rows_of_text(path, encoding, sep), SAMPLE) if len(row) > 1]
    return sep != _BLANKS and all(cell.startswith(" ") for row in rows for cell in row[1:])


def layout_of(path: Path, rows: Sequence[Row], options: Mapping[str, Any]) -> Layout:
    """Tell where the header is, and whether there is one.

    Args:
        path: the file.
        rows: its first records.
        options: of the reader, as far as they are known.

    Raises:
        BadTable: there is no table.
    """
    filled = [row for row in rows if any(map(_is_filled, row))]
    if not filled:
        raise BadTable(f"{path.name} is empty; give a table with a header and rows")
    width = _usual_width(filled)
    at = _header_at(rows, width)
    header = [_text(cell) for cell in rows[at]]
    body = [row for row in rows[at + 1 :] if any(map(_is_filled, row))]
    found, notes = dict(options), []
    if titles := [row for row in rows[:at] if any(map(_is_filled, row))]:
        found["skiprows"] = at
        first = " ".join(_text(cell) for cell in titles[0] if _is_filled(cell))
        lines = f"{len(titles)} line{'s' * (len(titles) > 1)}"
        notes.append(f"{lines} above the header skipped, {first[:60]!r} first")
    decimal = "."
    if options.get("sep", ",") != "," and _has_decimal_commas(body):
        decimal = found["decimal"] = ","
        notes.append("',' stands before decimals")
    has_index = bool(body) and len(header) == width - 1 and all(len(row) == width for row in body)
    if has_index:  # as R writes the names of rows, which pandas sees by itself
        header = ["", *header]
    elif _is_missing(header, body, decimal):
        header = [f"column_{number}" for number in range(1, len(header) + 1)]
        found |= {"header": None, "names": header}
        notes.append(f"no header: columns are called column_1 to column_{len(header)}")
    elif not header[0].strip() and all(map(str.strip, header[1:])) and _tells_apart(body):
        has_index = True
        found["index_col"] = 0
    if has_index:
        notes.append("the first column, without a name, is the index")
    return Layout(found, tuple(header), has_index, decimal, tuple(notes))


def lines_behind(rows: Sequence[Row], width: int) -> int:
    """Count the last records that are no rows: totals and notes.

    Args:
        rows: the last records of the file, none blank.
        width: the number of cells in a row.
    """
    count = 0
    for row in reversed(rows):
        filled = [_text(cell) for cell in row if _is_filled(cell)]
        alone = len(filled) == 1 and width > 2 and not numbers_in(filled)
        total = bool(filled) and _TOTAL.match(filled[0].strip()) and _is_first(row, filled[0])
        if not (alone or total):
            break
        count += 1
    # A table may have a class called Total; then it has many.
    return count if count < len(rows) else 0


def is_comment(row: Row) -> bool:
    """Tell whether a record is a line of comment between rows."""
    return bool(row) and isinstance(row[0], str) and row[0].lstrip().startswith("#")


def _is_first(row: Row, text: str) -> bool:
    return _text(row[0]) == text or not _is_filled(row[0])


def _header_at(rows: Sequence[Row], width: int) -> int:
    """Find the first record that is as full as the rows are: what is above is a title."""
    for at, row in enumerate(rows[:_MOST_TITLES]):
        filled = sum(map(_is_filled, row))
        if not filled or (is_comment(row) and len(row) != width):
            continue
        if len(row) >= width - 1 and filled >= max(2, width / 2):
            return at
    return next(at for at, row in enumerate(rows) if any(map(_is_filled, row)))


def _usual_width(rows: Sequence[Row]) -> int:
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _is_missing(header: Sequence[str], body: Sequence[Row], decimal: str) -> bool:
    """Tell whether the first record is a row, as its numbers, or all its words, suggest."""
    if len(body) < 5 or not all(map(str.strip, header)):
        return False
    columns = list(zip(*(row for row in body if len(row) == len(header)), strict=True))
    if not columns:
        return False
    texts = [[_text(cell) for cell in column] for column in columns]
    numeric = [_are_numbers(column, decimal) for column in texts]
    named = [_are_numbers([name], decimal) for name in header]
    if any(numeric):
        counted = [float(name) for name in header if _are_numbers([name], ".")]
        steps = {round(b - a, 9) for a, b in pairwise(counted)}
        years = len(counted) > 1 and len(steps) == 1 and min(steps) > 0  # 1990, 1991, 1992
        return named == numeric and not (years and len(counted) > 2)
    return all(name in column for name, column in zip(header, texts, strict=True))


def _are_numbers(cells: Sequence[str], decimal: str) -> bool:
    present = [cell.strip() for cell in cells if cell.strip().casefold() not in MISSING]
    return bool(present) and numbers_in(present, decimal) is not None


def _tells_apart(body: Sequence[Row]) -> bool:
    cells = [_text(row[0]) for row in body if row]
    return len(cells) > 1 and len(set(cells)) == len(cells)


def _has_decimal_commas(rows: Sequence[Row]) -> bool:
    """Tell whether some column holds numbers written as 1,5 and nothing else but whole numbers."""
    for cells in zip(*rows, strict=False):
        texts = [_text(cell).strip() for cell in cells]
        present = [text for text in texts if text.casefold() not in MISSING]
        commas = [text for text in present if _DECIMAL_COMMA.fullmatch(text)]
        if commas and all(re.fullmatch(r"[-+]?\d+(,\d+)?", text) for text in present):
            return True
    return False


def _is_filled(cell: Any) -> bool:
    return cell is not None and bool(str(cell).strip())


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _with_mark(encoding: str) -> str:
    # Excel starts its CSV files with a mark that is not part of the first name.
    return "utf-8-sig" if encoding == "utf-8" else encoding
