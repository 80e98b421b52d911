"""Where a notebook's table comes from: what it reads, how, and which file that is here."""

import ast
import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from itertools import chain, islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from idea.knowledge.readers import READERS
from idea.knowledge.sklearn_datasets import TOYS
from idea.program import literal
from idea.program.static_values import Names, Unknown
from idea.tables.parquet import read_footer
from idea.tables.xlsx import columns, read_sheet

# Options of a reader that say what the table is; the others say how fast it is read, or how shown.
_TABLE = (
    "header names index_col usecols skiprows skipfooter nrows na_values keep_default_na decimal "
    "thousands parse_dates dtype comment true_values false_values"
)
_KEPT = {
    "csv": frozenset(
        f"{_TABLE} sep delimiter encoding dayfirst quotechar on_bad_lines skipinitialspace engine "
        "skip_blank_lines".split()
    ),
    "excel": frozenset(f"{_TABLE} sheet_name".split()),
    "json": frozenset(
        "orient typ lines dtype convert_axes convert_dates keep_default_dates date_unit encoding "
        "nrows".split()
    ),
    "parquet": frozenset[str](),
}
_POSITIONAL = {
    "csv": ("sep",),
    "excel": ("sheet_name", "header", "names", "index_col", "usecols"),
    "json": ("orient", "typ"),
    "parquet": (),
}
_FORMATS = {
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    ".parquet": "parquet",
    **dict.fromkeys((".xlsx", ".xlsm"), "excel"),
    **dict.fromkeys((".json", ".jsonl"), "json"),
}
MISSING = frozenset({"", "NA", "N/A", "nan", "NaN", "null", "NULL", "None", "n/a", "<NA>", "#N/A"})
_DATA = re.compile(r"\.(csv|tsv|txt|data|dat|parquet|xls[xm]?|jsonl?)(\.gz)?$", re.I)
_DEEPEST = 3
_MOST_FILES = 5_000
_MOST_JSON = 200 << 20
_SAMPLE = 2_000
# The columns that read_json takes for dates by their names.
_DATES = re.compile(r".*_(at|time)|timestamp.*|modified|date(time)?", re.I | re.S)


class NoData(ValueError):
    """The table can't be had; the message is one line."""


@dataclass(frozen=True)
class Source:
    """A table as the notebook reads it."""

    as_written: str  # the path or URL in the notebook
    format: str  # csv, excel, json, parquet or sklearn
    options: Mapping[str, Any] = field(default_factory=dict)  # of pandas' reader
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Peek:
    """What a look at the file tells."""

    columns: tuple[object, ...]
    texts: frozenset[str]
    rows: int
    values: Mapping[str, int] = field(default_factory=dict)  # how many different ones, at most 100
    dates: frozenset[str] = frozenset()  # columns that are read as dates, not as texts


def read_source(call: ast.Call, names: Names) -> Source:
    """Say what a reading call reads.

    Raises:
        NoData: it is of a kind that can't be carried over.
    """
    path = names.path(call.func) or ""
    if path.startswith("sklearn.datasets."):
        toy = path.rpartition(".")[2]
        if toy not in TOYS:
            raise NoData(
                f"it reads sklearn.datasets.{toy}, which is no table; name one with dataset=…"
            )
        return Source(path, "sklearn")
    kind = READERS[path]
    written = _path_in(call, names)
    if kind == "seaborn":
        return Source(f"{written}.csv", "csv", {"sep": ","})
    reader = path.rpartition(".")[2]
    options: dict[str, Any] = {}
    notes: list[str] = []
    for name, value in [
        *zip(_POSITIONAL[kind], call.args[1:], strict=False),
        *((k.arg, k.value) for k in call.keywords),
    ]:
        if name not in _KEPT[kind]:
            continue
        try:
            options["sep" if name == "delimiter" else name] = literal(value, names)
        except Unknown:
            notes.append(f"{reader}'s {name} could not be told")
    if reader == "read_table":
        options.setdefault("sep", "\t")
    _check_options(written, options)
    return Source(written, kind, options, tuple(notes))


def _check_options(written: str, options: dict[str, Any]) -> None:
    """Refuse what gives no single table, and name Excel's columns by their positions."""
    if not isinstance(options.get("sheet_name", 0), int | str):
        raise NoData(f"it reads several sheets of {written!r}; save the one to learn from as CSV")
    if isinstance(options.get("header"), list):
        raise NoData(f"it reads {written!r} with a header of several rows; save it with one")
    if options.get("typ", "frame") != "frame":
        raise NoData(
            f"it reads {written!r} as a series, which is no table; name one with dataset=…"
        )
    if isinstance(options.get("usecols"), str):
        try:
            options["usecols"] = columns(options["usecols"])
        except ValueError:
            raise NoData(f"{options['usecols']!r} are no columns of an Excel sheet") from None


def _path_in(call: ast.Call, names: Names) -> str:
    given = call.args[:1] or [
        k.value
        for k in call.keywords
        if k.arg in ("filepath_or_buffer", "path_or_buf", "io", "path")
    ]
    if not given:
        raise NoData("what it reads could not be told; name the table with dataset=…")
    try:
        value = literal(given[0], names)
        if isinstance(value, str):
            return value
    except Unknown:
        pass
    texts = [t for t in _texts(given[0], names, 0) if t]
    named = [t for t in texts if _DATA.search(t)]
    if not named:
        raise NoData("what it reads could not be told; name the table with dataset=…")
    return named[-1]


def _texts(node: ast.expr, names: Names, depth: int) -> Iterator[str]:
    """Give the strings that an expression is put together from (os.path.join, +, f-strings)."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.Name) and depth < 4:
            value = names.value(part.id)
            if value is not None:
                yield from _texts(value, names, depth + 1)


def as_file(source: Source, path: Path) -> Source:
    """Read a file of another kind than the notebook's, as `dataset` may name, the plain way."""
    kind = _FORMATS.get(path.suffix.lower(), source.format)
    if kind == source.format:
        return source
    options = {"sep": "\t"} if path.suffix.lower() == ".tsv" else {}
    return replace(source, format=kind, options=options)


def find_file(source: Source, notebook: Path) -> Path:
    """Find the file that a notebook reads: where it says, or by its name nearby.

    Raises:
        NoData: it isn't there.
    """
    written = source.as_written
    folder = notebook.parent
    if "://" not in written:
        for base in (folder, folder.parent):
            direct = base / Path(written.replace("\\", "/"))
            if direct.is_file():
                return direct
    name = PureWindowsPath(PurePosixPath(written.split("?")[0]).name).name
    for candidate in _nearby(folder):
        if candidate.name.lower() == name.lower():
            return candidate
    raise NoData(
        f"the notebook reads {written!r}, and there is no {name!r} beside it; "
        "type the path of the table"
    )


def _nearby(folder: Path) -> Iterator[Path]:
    waiting = [
        (folder, 0),
        (folder.parent / "data", 1),
        (folder.parent / "input", 1),
        (folder.parent, _DEEPEST),
    ]
    seen = 0
    while waiting:
        place, depth = waiting.pop(0)
        try:
            entries = sorted(place.iterdir())
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > _MOST_FILES:
                return
            if entry.is_file():
                yield entry
            elif entry.is_dir() and depth < _DEEPEST and not entry.name.startswith("."):
                waiting.append((entry, depth + 1))


def peek(path: Path, source: Source) -> Peek:
    """Look at a file's columns and first rows.

    Raises:
        NoData: it can't be read so.
    """
    if source.format == "sklearn":
        toy = TOYS[source.as_written.rpartition(".")[2]]
        return Peek((*toy.features, "target"), frozenset(), toy.rows, {"target": len(toy.classes)})
    try:
        if source.format == "parquet" or path.suffix.lower() == ".parquet":
            return _peek_parquet(path)
        return _peek_rows(path, source)
    except NoData:
        raise
    except (OSError, LookupError, ValueError, csv.Error) as error:
        raise NoData(f"{path.name} can't be read as the notebook reads it ({error})") from None


def _peek_parquet(path: Path) -> Peek:
    found, rows = read_footer(path)
    texts = frozenset(c.name for c in found if c.kind in ("string", "binary", "bytes", "text"))
    dates = frozenset(c.name for c in found if c.kind == "timestamp")
    return Peek(tuple(c.name for c in found), texts, rows, dates=dates)


def read_rows(path: Path, source: Source) -> tuple[list[object], list[int], Iterator[list[Any]]]:
    """Give a table's columns, where their cells stand in a row, and its rows."""
    options = source.options
    at = _header_at(source)
    rows: Iterator[list[Any]] = islice(_rows(path, source), at or 0, None)
    header = next(rows, [])
    names = [_column_name(cell, at) for at, cell in enumerate(header)]
    if at is None:
        rows = chain([header], rows)
        names = list(range(len(header)))
    if isinstance(options.get("names"), list):
        names = [*options["names"]]
    names = _distinct(names)
    if options.get("nrows") is not None:
        rows = islice(rows, int(options["nrows"]))
    first = list(islice(rows, 1))
    extra = max(len(first[0]) - len(names), 0) if first else 0  # the index has no name
    positions = list(range(len(names)))
    chosen = options.get("usecols")
    if isinstance(chosen, list):
        positions = [p for p in positions if names[p] in chosen or p in chosen]
    index = options.get("index_col")
    if isinstance(index, bool):
        index = None
    used = list(positions)
    for one in index if isinstance(index, list) else [index] if index is not None else []:
        if one in names:
            positions = [p for p in positions if names[p] != one]
        elif isinstance(one, int) and -len(used) <= one < len(used):
            positions.remove(used[one])
    return [names[p] for p in positions], [p + extra for p in positions], chain(first, rows)


def _peek_rows(path: Path, source: Source) -> Peek:
    options = source.options
    names, positions, rows = read_rows(path, source)
    sample = list(islice(rows, _SAMPLE))
    count = len(sample) + sum(1 for _ in rows) - options.get("skipfooter", 0)
    decimal = str(options.get("decimal", "."))
    parsed = options.get("parse_dates")
    parsed = parsed if isinstance(parsed, list) else []
    dates, texts, values = set(), set(), {}
    for name, at in zip(names, positions, strict=True):
        present = {row[at] for row in sample if len(row) > at} - MISSING
        values[str(name)] = len(present)
        if name in parsed or (present and all(isinstance(cell, datetime) for cell in present)):
            dates.add(str(name))
        elif any(_is_text(cell, decimal) for cell in present):
            texts.add(str(name))
    return Peek(tuple(names), frozenset(texts), count, values, frozenset(dates))


def _header_at(source: Source) -> int | None:
    """Tell which row names the columns; None if they have no names."""
    at = source.options.get("header", "infer")
    if at == "infer":
        return None if source.format == "csv" and "names" in source.options else 0
    return None if at is None else int(at)


def _column_name(cell: object, at: int) -> object:
    if cell == "":
        return f"Unnamed: {at}"
    return cell if isinstance(cell, str | int | float) else str(cell)


def _rows(path: Path, source: Source) -> Iterator[list[Any]]:
    """Give a file's rows that are not skipped, the header's among them."""
    options = source.options
    if source.format == "json":
        return _json_rows(path, options)
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
    with path.open(encoding=encoding, newline="", errors="strict") as file:
        sep = str(options.get("sep", ",")) or ","
        yield from _cells(file, sep, str(options.get("quotechar", '"')))


def _json_rows(path: Path, options: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Give the names, then the rows, of whatever read_json takes for a table."""
    if path.stat().st_size > _MOST_JSON:
        raise NoData(f"{path.name} is too large to be looked at here; save it as CSV or Parquet")
    text = path.read_text(encoding=options.get("encoding") or "utf-8")
    try:
        lines = bool(options.get("lines"))
        content = (
            [json.loads(n) for n in text.split("\n") if n.strip()] if lines else json.loads(text)
        )
    except RecursionError:
        raise NoData(f"{path.name} is nested too deeply for a table") from None
    try:
        names, rows = _json_table(content, options.get("orient") or "columns")
    except (AttributeError, KeyError, TypeError):
        raise NoData(f"{path.name} holds no table that pandas.read_json knows") from None
    for row in [names, *rows]:
        for name, cell in zip(names, row, strict=False):
            if isinstance(cell, dict | list):
                raise NoData(
                    f"column {str(name)!r} of {path.name} holds lists or records; spread it over "
                    "columns of one value each, save that as CSV, and name it with dataset=…"
                )
    dates = options.get("convert_dates", True)
    named = set(dates) if isinstance(dates, list) else set()
    if dates is True:
        named = {name for name in names if isinstance(name, str) and _DATES.fullmatch(name)}
    yield names
    for row in rows:
        yield [
            "" if cell is None else _moment(cell) if name in named else cell
            for name, cell in zip(names, row, strict=False)
        ]


def _json_table(content: Any, orient: str) -> tuple[list[Any], list[list[Any]]]:
    if orient == "split":
        return list(content["columns"]), [list(row) for row in content["data"]]
    if isinstance(content, dict) and orient == "index":
        content = list(content.values())
    if isinstance(content, dict):
        filled = [c if isinstance(c, dict) else dict(enumerate(c)) for c in content.values()]
        index = dict.fromkeys(key for column in filled for key in column)
        return list(content), [[column.get(key) for column in filled] for key in index]
    if isinstance(content, list) and all(isinstance(record, dict) for record in content):
        names = list(dict.fromkeys(name for record in content for name in record))
        return names, [[record.get(name) for name in names] for record in content]
    if not isinstance(content, list) or not all(isinstance(row, list) for row in content):
        raise TypeError
    width = max(map(len, content), default=0)
    return list(range(width)), [row + [None] * (width - len(row)) for row in content]


def _moment(cell: Any) -> Any:
    try:
        return datetime.fromisoformat(cell)
    except (TypeError, ValueError):
        return cell


def _distinct(names: list[object]) -> list[object]:
    """Number repeated names, as pandas does."""
    seen: dict[object, int] = {}
    out: list[object] = []
    for name in names:
        number = seen.get(name, 0)
        seen[name] = number + 1
        out.append(f"{name}.{number}" if number else name)
    return out


def _cells(file: Any, sep: str, quote: str) -> Iterator[list[str]]:
    if sep in (r"\s+", "\\s+", " +"):
        return (line.split() for line in file)
    if len(sep) > 1:
        return (re.split(sep, line.rstrip("\r\n")) for line in file)
    return csv.reader(file, delimiter=sep, quotechar=quote or '"', skipinitialspace=False)


def _is_text(cell: object, decimal: str) -> bool:
    """Whether pandas keeps a column with such a cell as texts or objects."""
    return isinstance(cell, time) or (isinstance(cell, str) and not _is_number(cell, decimal))


def _is_number(cell: str, decimal: str) -> bool:
    cell = cell.strip().replace(decimal, ".")
    if cell in MISSING:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
