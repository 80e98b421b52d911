"""Reads a notebook's call of a reader: the path as it is written, the format, the options."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from idea.knowledge.readers import (
    ARCHIVES,
    OPTIONS,
    PATH_PARAMETERS,
    POLARS_OPTIONS,
    READERS,
    TABLE_FILE,
)
from idea.knowledge.signatures import signature_of
from idea.knowledge.sklearn_datasets import REMOVED, TOYS
from idea.program import literal
from idea.program.static_values import Names, Unknown
from idea.syntax import constant, keyword_value, walk
from idea.tables.notebook_query import read_query_call
from idea.tables.source import NoData, Source
from idea.tables.xlsx import columns

_MOST_NAMES = 4  # from one variable to the next, in a path
_NAMED = re.compile(r"\w$")


def read_source(call: ast.Call, names: Names) -> Source:
    """Find what a reading call reads.

    Args:
        call: a call of one of pandas' readers, or of a function that gives a known table.
        names: what the notebook's names stand for.

    Returns:
        The source.

    Raises:
        NoData: it is of a kind that can't be carried over.
    """
    path = names.path(call.func) or ""
    if path.startswith("sklearn.datasets."):
        toy = path.rpartition(".")[2]
        if toy not in TOYS:
            why = "scikit-learn no longer has" if toy in REMOVED else "is not a table"
            raise NoData(f"it reads sklearn.datasets.{toy}, which {why}; name one with dataset=…")
        return Source(path, "sklearn")
    kind = READERS[path]
    if kind == "sql":
        return read_query_call(call, path.rpartition(".")[2], names)
    written = _path_in(call, names)
    if kind == "seaborn":
        return Source(f"{written}.csv", "csv", {"sep": ","})
    options, notes = _options(call, path.rpartition(".")[2], kind, names)
    _check_options(written, options)
    return Source(written, kind, options, tuple(notes))


def _options(
    call: ast.Call, reader: str, kind: str, names: Names
) -> tuple[dict[str, Any], list[str]]:
    """Read a reader's options.

    Args:
        call: the call of the reader.
        reader: its last name.
        kind: the format that it reads.
        names: what the notebook's names stand for.

    Returns:
        Those that decide which table is read, and a line for each that is not known.
    """
    options: dict[str, Any] = {}
    notes: list[str] = []
    of_polars = (names.path(call.func) or "").startswith("polars.")
    order = () if of_polars else signature_of(reader).order
    given = [
        *zip(order[1:], call.args[1:], strict=False),
        *((keyword.arg, keyword.value) for keyword in call.keywords),
    ]
    if of_polars:
        given = [(POLARS_OPTIONS.get(name or "", name), value) for name, value in given]
        given = [(name, value) for name, value in given if name != "dtype"]
    for name, value in given:
        if name not in OPTIONS[kind]:
            continue
        try:
            options["sep" if name == "delimiter" else name] = literal(value, names)
        except Unknown:
            notes.append(f"{reader}'s {name} can't be read from the code")
    if reader == "read_table":
        options.setdefault("sep", "\t")
    if of_polars and constant(keyword_value(call, "has_header")) is False:
        options["header"] = None
    return options, notes


def _check_options(written: str, options: dict[str, Any]) -> None:
    """Refuse options that give more than one table; turn Excel's column letters into positions."""
    if not isinstance(options.get("sheet_name", 0), int | str):
        raise NoData(f"it reads several sheets of {written!r}; save the one to learn from as CSV")
    if isinstance(options.get("header"), list):
        raise NoData(f"it reads {written!r} with a header of several rows; save it with one")
    if options.get("typ", "frame") != "frame":
        raise NoData(
            f"it reads {written!r} as a series, which is not a table; name one with dataset=…"
        )
    if isinstance(options.get("usecols"), str):
        try:
            options["usecols"] = columns(options["usecols"])
        except ValueError:
            raise NoData(f"{options['usecols']!r} are not columns of an Excel sheet") from None


def _path_in(call: ast.Call, names: Names) -> str:
    given = call.args[:1] or [k.value for k in call.keywords if k.arg in PATH_PARAMETERS]
    if not given:
        raise NoData("what it reads is not known; name the table with dataset=…")
    try:
        value = literal(given[0], names)
        if isinstance(value, str):
            return value
    except Unknown:
        pass
    named = [text for text in _texts(given[0], names, 0) if TABLE_FILE.search(text)]
    if not named:  # a file may have any name, as the last part of a path has
        named = [text for text in _texts(given[0], names, _MOST_NAMES) if _NAMED.search(text)]
    if not named:
        raise NoData("what it reads is not known; name the table with dataset=…")
    plain = [text for text in named if not text.lower().endswith(ARCHIVES)]
    return (plain or named)[-1]  # a table in an archive by its own name


def _texts(node: ast.expr, names: Names, depth: int) -> Iterator[str]:
    """Give the strings that an expression is composed of (os.path.join, +, f-strings).

    Args:
        node: the expression.
        names: what the notebook's names stand for.
        depth: how many names lie between the call and the expression.
    """
    for part in walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.Name) and depth < _MOST_NAMES:
            value = names.value(part.id)
            if value is not None:
                yield from _texts(value, names, depth + 1)
