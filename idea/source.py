"""Where a notebook's table comes from: what it reads, how, and which file that is here."""

import ast
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from idea.normal import READERS
from idea.parquet import read_footer
from idea.toys import TOYS
from idea.values import Names, Unknown, literal

# Options of read_csv that say what the table is; the others say how fast it is read, or how shown.
_KEPT = frozenset(
    "sep delimiter header names index_col usecols encoding skiprows skipfooter nrows na_values "
    "keep_default_na decimal thousands parse_dates dayfirst dtype quotechar comment true_values "
    "false_values on_bad_lines skipinitialspace engine skip_blank_lines".split()
)
MISSING = frozenset({"", "NA", "N/A", "nan", "NaN", "null", "NULL", "None", "n/a", "<NA>", "#N/A"})
_DATA = re.compile(r"\.(csv|tsv|txt|data|dat|parquet|xlsx?|json)(\.gz)?$", re.I)
_DEEPEST = 3
_MOST_FILES = 5_000


class NoData(ValueError):
    """The table can't be had; the message is one line."""


@dataclass(frozen=True)
class Source:
    """A table as the notebook reads it."""

    as_written: str  # the path or URL in the notebook
    format: str  # csv, parquet or sklearn
    options: Mapping[str, Any] = field(default_factory=dict)  # of pandas.read_csv
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Peek:
    """What a look at the file tells."""

    columns: tuple[object, ...]
    texts: frozenset[str]
    rows: int
    values: Mapping[str, int] = field(default_factory=dict)  # how many different ones, at most 100


def read_source(call: ast.Call, names: Names) -> Source:
    """Say what a reading call reads.

    Raises:
        NoData: it is of a kind that can't be carried over.
    """
    path = names.path(call.func) or ""
    if path.startswith("sklearn.datasets."):
        name = path.rpartition(".")[2]
        if name not in TOYS:
            raise NoData(
                f"it reads sklearn.datasets.{name}, which is no table; name one with dataset=…"
            )
        return Source(path, "sklearn")
    kind = READERS[path]
    written = _path_in(call, names)
    if kind == "seaborn":
        return Source(f"{written}.csv", "csv", {"sep": ","})
    if kind in ("excel", "json"):
        raise NoData(
            f"it reads {written!r} with {path.rpartition('.')[2]}; save the table as CSV or Parquet "
            "and name it with dataset=…"
        )
    options: dict[str, Any] = {}
    notes: list[str] = []
    positional = ("filepath_or_buffer", "sep")
    for name, value in [
        *zip(positional[1:], call.args[1:], strict=False),
        *((k.arg, k.value) for k in call.keywords),
    ]:
        if name not in _KEPT or kind != "csv":
            continue
        try:
            options["sep" if name == "delimiter" else name] = literal(value, names)
        except Unknown:
            notes.append(f"read_csv's {name} could not be told")
    if path == "pandas.read_table":
        options.setdefault("sep", "\t")
    return Source(written, kind, options, tuple(notes))


def _path_in(call: ast.Call, names: Names) -> str:
    given = call.args[:1] or [
        k.value for k in call.keywords if k.arg in ("filepath_or_buffer", "io", "path")
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
        f"the notebook reads {written!r}, and there is no {name!r} beside it; type the path of the table"
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
    if path.suffix.lower() == ".parquet":
        columns, rows = read_footer(path)
        texts = frozenset(
            c.name for c in columns if c.kind in ("string", "binary", "bytes", "text")
        )
        return Peek(tuple(c.name for c in columns), texts, rows)
    options = source.options
    sep = str(options.get("sep", ",")) or ","
    encoding = str(options.get("encoding", "utf-8-sig"))
    try:
        with path.open(encoding=encoding, newline="", errors="strict") as file:
            rows = _cells(file, sep, str(options.get("quotechar", '"')))
            skip = options.get("skiprows", 0)
            rows = islice(rows, skip if isinstance(skip, int) else 0, None)
            rows = (row for row in rows if row and row != [""])
            header = next(rows, [])
            sample = list(islice(rows, 2_000))
            count = len(sample) + sum(1 for _ in rows)
    except (OSError, LookupError, UnicodeError, csv.Error) as error:
        raise NoData(f"{path.name} can't be read as the notebook reads it ({error})") from None
    names: list[object] = [name if name else f"Unnamed: {at}" for at, name in enumerate(header)]
    if "names" in options and isinstance(options["names"], list):
        if options.get("header", "none") in ("none", None):
            sample.insert(0, header)
            count += 1
        names = [*options["names"]]
    elif "header" in options and options["header"] is None:
        names = list(range(len(header)))
        sample.insert(0, header)
        count += 1
    names = _distinct(names)
    extra = len(sample[0]) - len(names) if sample else 0
    index = options.get("index_col")
    positions = list(range(len(names)))
    if isinstance(index, bool):
        index = None
    for one in index if isinstance(index, list) else [index] if index is not None else []:
        at = names.index(one) if one in names else one if isinstance(one, int) else None
        if at in positions:
            positions.remove(at)
    chosen = options.get("usecols")
    if isinstance(chosen, list):
        positions = [p for p in positions if names[p] in chosen or p in chosen]
    decimal = str(options.get("decimal", "."))
    texts = frozenset(
        str(names[p])
        for p in positions
        if any(
            not _is_number(row[p + max(extra, 0)], decimal)
            for row in sample
            if len(row) > p + max(extra, 0)
        )
    )
    values = {
        str(names[p]): len(
            {row[p + max(extra, 0)] for row in sample if len(row) > p + max(extra, 0)} - MISSING
        )
        for p in positions
    }
    return Peek(tuple(names[p] for p in positions), texts, count, values)


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


def _is_number(cell: str, decimal: str) -> bool:
    cell = cell.strip().replace(decimal, ".")
    if cell in MISSING:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
