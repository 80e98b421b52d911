"""The table that an answer names: how it is read, its columns, its rows, its target, the task.

Everything is read in one pass with the standard library, and a CSV is never held in memory.
"""

import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from idea.knowledge.readers import SUFFIXES as FORMATS
from idea.names import listed, nearest_first
from idea.tables.archives import is_packed, unpacked
from idea.tables.checks import (
    SEPARATORS,
    BadTable,
    check_names,
    check_rows,
    check_values,
    list_column,
)
from idea.tables.encodings import encoding_of
from idea.tables.json_rows import json_options, json_rows
from idea.tables.layout import (
    SAMPLE,
    Layout,
    is_comment,
    layout_of,
    lines_behind,
    rows_of_text,
    separator_of,
    skips_space,
)
from idea.tables.parquet import BadParquet, read_footer
from idea.tables.pointers import why_no_table
from idea.tables.source import NoData
from idea.tables.target import (
    JUDGED,
    Candidate,
    TargetValues,
    check_target,
    column_of_parquet,
    guessed_target,
    likeliest_targets,
    looked_at,
    tasks_of_column,
)
from idea.tables.xlsx import BadXlsx, read_sheet

SUFFIXES = (*FORMATS, ".txt", ".data", ".dat", ".ndjson")
PACKED = (".gz", ".zip", ".bz2", ".xz")
_KINDS = {**FORMATS, ".txt": "csv", ".data": "csv", ".dat": "csv", ".ndjson": "json"}
_BEHIND = 6  # last records that may be totals and notes


@dataclass(frozen=True)
class Table:
    """A table that can be learned from.

    Attributes:
        path: its file; of a compressed one, what was in it.
        format: csv, excel, json or parquet.
        options: of pandas' reader for it.
        columns: their names, in order.
        rows: their number.
        target: the column to predict.
        tasks: those that the target's values allow, the one to take first.
        because: why that is the first.
        notes: how the file is read, where that is not ordinary.
    """

    path: Path
    format: str
    options: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: int
    target: str
    tasks: tuple[str, ...]
    because: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def sep(self) -> str:
        """The sign between cells; empty for other formats than CSV."""
        return str(self.options.get("sep", ""))

    @property
    def decimal(self) -> str:
        """The sign before decimals."""
        return str(self.options.get("decimal", "."))


def read_table(path: Path, target: str = "") -> Table:
    """Read a table; an empty target is guessed (`guessed_target`).

    The task is inferred from the target's values that are not missing: texts are classes, and so
    are two different numbers, and whole numbers with at most ten different values that all repeat;
    anything else is a regression. Of a Parquet file only the footer is read: text and booleans are
    a classification, floats a regression, and whole numbers a classification if by its statistics
    they span less than ten. Numbers allow the other task too; texts do not.

    Raises:
        BadTable: the file, the table or the target can't be used.
    """
    try:
        stat = path.stat()
        found = _read_once(path, target, stat.st_size, stat.st_mtime_ns)
    except FileNotFoundError:
        raise BadTable(f"{path} does not exist; {_other_files(path)}") from None
    except OSError as error:
        raise _unreadable(path, error) from error
    if isinstance(found, BadTable):
        raise found
    return found


def likeliest_columns(path: Path) -> str:
    """Name the three columns of a table that are most likely predicted.

    Raises:
        BadTable: the table can't be read.
        OSError: the same.
    """
    path = _plain_file(path)
    if path.suffix.lower() == ".parquet":
        return likeliest_targets(_parquet_candidates(path))
    layout, rows = _laid_out(path)
    return likeliest_targets(_candidates(layout, rows))


@lru_cache(maxsize=8)
def _read_once(path: Path, target: str, size: int, _changed: int) -> Table | BadTable:
    """Read a file once as long as it stays the same: every derived value asks for it."""
    try:
        return _read_any(path, target, size)
    except BadTable as bad:
        return bad


def _read_any(path: Path, target: str, size: int) -> Table:
    if path.is_dir():
        raise BadTable(f"{path} is a folder; {_other_files(path / 'x')}")
    if not is_packed(path) and path.suffix.lower() not in SUFFIXES:
        raise BadTable(
            f"{path.name} has a suffix that is not known; give a {listed(SUFFIXES)} file, or one "
            f"of these as {listed(PACKED)}"
        )
    if size == 0:
        raise BadTable(f"{path.name} is empty; give a table with a header and rows")
    if why := why_no_table(path):
        raise BadTable(why)
    plain = _plain_file(path)
    notes = (f"taken out of {path.name}",) if plain != path else ()
    table = (
        _read_parquet(plain, target)
        if plain.suffix.lower() == ".parquet"
        else _read_rows(plain, target)
    )
    return Table(**{**vars(table), "notes": (*notes, *table.notes)})


def _plain_file(path: Path) -> Path:
    """Give the table's file, unpacked if it has to be."""
    if not is_packed(path):
        return path
    try:
        plain = unpacked(path)
    except NoData as error:
        raise BadTable(str(error)) from None
    if plain.suffix.lower() not in SUFFIXES:
        raise BadTable(
            f"{path.name} holds {plain.name}, whose suffix is not known; unpack it, and give a "
            f"{listed(SUFFIXES)} file"
        )
    return plain


def _read_rows(path: Path, target: str) -> Table:
    try:
        layout, rows = _laid_out(path)
        return _learned_from(path, layout, rows, target)
    except csv.Error as error:
        raise BadTable(
            f"{path.name} is not a valid CSV: {error}; look for a quote that is never closed"
        ) from error
    except UnicodeDecodeError as error:
        raise BadTable(
            f"{path.name} is not {error.encoding} throughout (byte {error.start}); convert it to "
            f"UTF-8, perhaps by `iconv -f latin1 -t utf-8 {path.name} > utf8-{path.name}`"
        ) from None


def _laid_out(path: Path) -> tuple[Layout, Iterator[tuple[int, Sequence[Any]]]]:
    """Give a table's layout and its numbered records below the header, without blank ones.

    Raises:
        BadTable: it is no table.
    """
    kind = _KINDS[path.suffix.lower()]
    options: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    try:
        if kind == "excel":
            sheet, cells = _first_table(path)
            records: Iterator[Sequence[Any]] = iter(cells)
            if sheet:
                options = {"sheet_name": sheet}
                notes = (f"it is sheet {sheet + 1} of the workbook, the first with a table",)
        elif kind == "json":
            options = json_options(path)
            records = json_rows(path, options)
        else:
            encoding = encoding_of(path)
            sep = separator_of(path, encoding)
            if not sep:
                raise _one_column(path, encoding)
            options = {"sep": sep}
            if encoding != "utf-8":
                options["encoding"] = encoding
                notes = (f"its encoding is {encoding}",)
            if space := skips_space(path, encoding, sep):
                options["skipinitialspace"] = True
            records = rows_of_text(path, encoding, sep, space)
        first = list(islice(records, SAMPLE))
    except (BadXlsx, NoData) as error:
        raise BadTable(f"{path.name} can't be read: {error}") from None
    except (BadTable, UnicodeDecodeError):
        raise
    except ValueError as error:
        raise BadTable(f"{path.name} is no {kind} ({error}); write it again as CSV") from None
    layout = (
        Layout(options, tuple(map(str, first[0])))
        if kind == "json"
        else layout_of(path, first, options)
    )
    layout = Layout(**{**vars(layout), "notes": (*notes, *layout.notes)})
    names = [name for name in layout.columns[layout.has_index :]]
    if len(names) < 2:
        raise BadTable(
            f"{path.name} has too few columns, {len(names)}; give a target, and columns to predict "
            "it from"
        )
    check_names(path, names)
    below = next(at for at, row in enumerate(first) if _is_header(row, layout))
    below += "names" not in layout.options
    numbered = enumerate(chain(first, records), 1)
    rows = ((at, row) for at, row in numbered if at > below and any(map(_is_filled, row)))
    return layout, rows


def _first_table(path: Path) -> tuple[int, Sequence[Sequence[Any]]]:
    """Give the first sheet of a workbook that has rows of two cells, and its position.

    Raises:
        BadXlsx: it is no workbook.
    """
    first = read_sheet(path)
    cells, sheet = first, 0
    while sum(sum(map(_is_filled, row)) > 1 for row in cells[:SAMPLE]) < 2:
        sheet += 1
        try:
            cells = read_sheet(path, sheet)
        except BadXlsx:  # there are no more
            return 0, first
    return sheet, cells


def _is_header(row: Sequence[Any], layout: Layout) -> bool:
    """Tell whether a record is the header, or the first row of a table without one."""
    if "names" in layout.options:
        return len(row) == len(layout.columns)
    return tuple(map(str, row)) in (layout.columns, layout.columns[1:])


def _learned_from(
    path: Path, layout: Layout, rows: Iterator[tuple[int, Sequence[Any]]], target: str
) -> Table:
    """Look at all rows for what the task depends on.

    Args:
        path: the file.
        layout: of the table in it.
        rows: its numbered records.
        target: the column to predict; empty if it is to be guessed.

    Raises:
        BadTable: nothing can be learned from it.
    """
    sample = list(islice(rows, JUDGED))
    names = layout.columns[layout.has_index :]
    _check_lists(path, layout, [row for _, row in sample])
    doubt = None
    if target:
        check_target(path, names, target)
    else:
        try:
            target = guessed_target(path, _candidates(layout, iter(sample)))
        except BadTable as bad:
            target, doubt = names[-1], bad
    at, width = layout.columns.index(target, layout.has_index), len(layout.columns)
    values = TargetValues()
    count = comments = 0
    last: deque[Sequence[Any]] = deque()
    for number, row in chain(sample, rows):
        if is_comment(row) and len(row) < width and "sep" in layout.options:
            comments += 1
            continue
        if len(row) > width and any(map(_is_filled, row[width:])):
            sep = SEPARATORS.get(layout.options.get("sep", ","), "separator")
            raise BadTable(
                f"{path.name}, line {number}, has {len(row)} cells where the header has {width}; "
                f"quote cells that hold {sep}s, or fix the line"
            )
        last.append(row)
        if len(last) > _BEHIND:
            values.add(_cell(last.popleft(), at))
        count += 1
    behind = lines_behind(last, width) if layout.options.get("lines") is None else 0
    for row in islice(last, len(last) - behind):
        values.add(_cell(row, at))
    options, notes = _with_skipped(layout, comments, behind)
    rows_left = count - behind
    check_rows(path, rows_left)
    if doubt:
        raise doubt
    judged = values.judged(target, rows_left, layout.decimal)
    kind = _KINDS[path.suffix.lower()]
    return Table(path, kind, options, names, rows_left, target, judged.tasks, judged.because, notes)


def _with_skipped(
    layout: Layout, comments: int, behind: int
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Give the options and notes of a layout with lines that are no rows.

    Args:
        layout: of the table.
        comments: lines of comment between rows.
        behind: lines of totals and notes below them.
    """
    options, notes = dict(layout.options), list(layout.notes)
    if comments:
        options["comment"] = "#"
        notes.append(f"{comments} line{'s' * (comments > 1)} of comment skipped")
    if behind:
        options["skipfooter"] = behind
        if "sep" in options:
            options["engine"] = "python"  # pandas' only one that skips them
        notes.append(f"{behind} line{'s' * (behind > 1)} of totals or notes at the end skipped")
    return options, tuple(notes)


def _is_filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _cell(row: Sequence[Any], at: int) -> str:
    return "" if at >= len(row) or row[at] is None else str(row[at])


def _candidates(layout: Layout, rows: Iterator[tuple[int, Sequence[Any]]]) -> list[Candidate]:
    """Judge all columns by their first values."""
    first = [row for _, row in islice(rows, JUDGED)]
    return [
        looked_at(name, [_cell(row, at) for row in first], layout.decimal)
        for at, name in enumerate(layout.columns)
        if at >= layout.has_index
    ]


def _check_lists(path: Path, layout: Layout, sample: Sequence[Sequence[Any]]) -> None:
    for at, name in enumerate(layout.columns):
        cells = [cell for row in sample if (cell := _cell(row, at).strip())]
        if cells and all(cell[0] + cell[-1] in ("[]", "{}") for cell in cells):
            raise list_column(path, name, cells[0])


def _one_column(path: Path, encoding: str) -> BadTable:
    tried = ", ".join(SEPARATORS.values())
    with path.open(encoding=encoding) as file:
        head = file.readline(80).strip().lstrip("\ufeff")
    return BadTable(
        f"{path.name} has one column only, {head!r}; separate its cells by one of those that were "
        f"tried: {tried}"
    )


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
            f"{path.name} has too few columns, {len(names)}; give a target, and columns to predict "
            "it from"
        )
    check_names(path, names)
    for column in columns:
        if column.kind == "nested":
            raise list_column(path, column.name, "nested values")
    check_rows(path, rows)
    if target:
        check_target(path, names, target)
    else:
        target = guessed_target(path, [column_of_parquet(column, rows) for column in columns])
    column = columns[names.index(target)]
    missing = rows if column.kind == "nothing" else column.missing or 0
    single = column.low is not None and column.low == column.high
    check_values(target, rows, rows - missing, single=_shown(column.low) if single else "")
    return Table(path, "parquet", {}, tuple(names), rows, target, tasks_of_column(column))


def _parquet_candidates(path: Path) -> list[Candidate]:
    try:
        columns, rows = read_footer(path)
    except BadParquet as error:
        raise BadTable(str(error)) from error
    return [column_of_parquet(column, rows) for column in columns]


def _shown(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _unreadable(path: Path, error: OSError) -> BadTable:
    reason = (error.strerror or str(error)).lower()
    return BadTable(f"{path} can't be read: {reason}; give a file that you may read")


def _other_files(path: Path) -> str:
    """Name the tables beside a path, the most alike first."""
    try:
        beside = [p.name for p in path.parent.iterdir() if p.suffix.lower() in SUFFIXES]
    except OSError:
        return f"there is no folder {path.parent} either; a path is relative to where you type"
    if not beside:
        return f"there is no {listed(SUFFIXES)} file in {path.parent}; give the path of one"
    return f"in {path.parent} there is {listed(nearest_first(path.name, beside), 5)}"
