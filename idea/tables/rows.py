"""Reads the rows of CSV and Excel files as pandas' readers understand their options."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from idea.tables.json_rows import json_rows
from idea.tables.source import Source
from idea.tables.xlsx import read_sheet


def read_rows(path: Path, source: Source) -> tuple[list[object], list[int], Iterator[list[Any]]]:
    """Read a table.

    Args:
        path: the file.
        source: its format and options.

    Returns:
        The columns' names, the positions of their cells in a row, and the rows.

    Raises:
        NoData: it is not a table.
        OSError: the file can't be read.
        ValueError: it is not what the options say.
    """
    options = source.options
    names, rows = _named_rows(path, source)
    if options.get("nrows") is not None:
        rows = islice(rows, int(options["nrows"]))
    first = list(islice(rows, 1))
    extra = max(len(first[0]) - len(names), 0) if first else 0  # the index has no name
    positions = _without_index(names, _chosen(names, options.get("usecols")), options)
    return [names[p] for p in positions], [p + extra for p in positions], chain(first, rows)


def _named_rows(path: Path, source: Source) -> tuple[list[object], Iterator[list[Any]]]:
    """Give the names of all columns, and the rows behind the header."""
    at = _header_at(source)
    rows: Iterator[list[Any]] = islice(_rows(path, source), at or 0, None)
    header = next(rows, [])
    names = [_column_name(cell, at) for at, cell in enumerate(header)]
    if at is None:
        rows = chain([header], rows)
        names = list(range(len(header)))
    if isinstance(source.options.get("names"), list):
        names = [*source.options["names"]]
    return _distinct(names), rows


def _chosen(names: list[object], chosen: object) -> list[int]:
    """Give the positions of the columns that `usecols` chooses, by name or position."""
    positions = list(range(len(names)))
    if isinstance(chosen, list):
        return [p for p in positions if names[p] in chosen or p in chosen]
    return positions


def _without_index(names: list[object], chosen: list[int], options: Mapping[str, Any]) -> list[int]:
    """Leave out the columns that `index_col` makes the index.

    Args:
        names: the names of all columns.
        chosen: positions of the columns that are read.
        options: the reader's options.

    Returns:
        Positions of the rest.
    """
    index = options.get("index_col")
    if isinstance(index, bool):
        index = None
    positions = list(chosen)
    for one in index if isinstance(index, list) else [index] if index is not None else []:
        if one in names:
            positions = [p for p in positions if names[p] != one]
        elif isinstance(one, int) and -len(chosen) <= one < len(chosen):
            positions.remove(chosen[one])
    return positions


def _header_at(source: Source) -> int | None:
    """Give the position of the row that names the columns; None if they have no names."""
    at = source.options.get("header", "infer")
    if at == "infer":
        return None if source.format == "csv" and "names" in source.options else 0
    return None if at is None else int(at)


def _column_name(cell: object, at: int) -> object:
    if cell == "":
        return f"Unnamed: {at}"
    return cell if isinstance(cell, str | int | float) else str(cell)


def _rows(path: Path, source: Source) -> Iterator[list[Any]]:
    """Give a file's rows without those that are skipped; the header is the first."""
    options = source.options
    if source.format == "json":
        return json_rows(path, options)
    rows: Iterator[list[Any]] = (
        iter(read_sheet(path, options.get("sheet_name", 0)))
        if source.format == "excel"
        else _csv_rows(path, options)
    )
    skip = options.get("skiprows") or 0
    if isinstance(skip, list):
        rows = (row for at, row in enumerate(rows) if at not in skip)
    elif isinstance(skip, int):
        rows = islice(rows, skip, None)
    return (row for row in rows if row and row != [""]) if source.format == "csv" else rows


def _csv_rows(path: Path, options: Mapping[str, Any]) -> Iterator[list[str]]:
    encoding = str(options.get("encoding", "utf-8-sig"))
    comment = str(options.get("comment") or "")
    with path.open(encoding=encoding, newline="", errors="strict") as file:
        lines = _without_comments(file, comment) if comment else file
        sep = str(options.get("sep", ",")) or ","
        quote = str(options.get("quotechar", '"'))
        yield from _cells(lines, sep, quote, bool(options.get("skipinitialspace")))


def _without_comments(lines: Iterable[str], mark: str) -> Iterator[str]:
    """Cut comments off, and leave out the lines that hold nothing else."""
    for line in lines:
        rest = line.partition(mark)[0]
        if rest == line:
            yield line
        elif rest.strip():
            yield rest + "\n"


def _distinct(names: list[object]) -> list[object]:
    """Number repeated names, as pandas does."""
    seen: dict[object, int] = {}
    out: list[object] = []
    for name in names:
        number = seen.get(name, 0)
        seen[name] = number + 1
        out.append(f"{name}.{number}" if number else name)
    return out


def _cells(file: Any, sep: str, quote: str, skip_space: bool) -> Iterator[list[str]]:
    """Part lines into cells.

    Args:
        file: gives the lines.
        sep: what separates cells; several characters are a regular expression.
        quote: what surrounds cells that hold it.
        skip_space: whether a space behind it belongs to no cell.
    """
    if sep in (r"\s+", "\\s+", " +"):
        return (line.split() for line in file)
    if len(sep) > 1:
        return (re.split(sep, line.rstrip("\r\n")) for line in file)
    return csv.reader(file, delimiter=sep, quotechar=quote or '"', skipinitialspace=skip_space)
