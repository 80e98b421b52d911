"""Reads a notebook's call of `read_sql` and its kin: the database, and the query."""

import ast
from pathlib import Path
from typing import Any

from idea.knowledge.readers import CONNECTING, QUERY_PARAMETERS
from idea.program import literal
from idea.program.static_values import Names, Unknown, resolve
from idea.syntax import walk
from idea.tables.checks import BadTable
from idea.tables.connections import Connection, is_address, of_table, read_address
from idea.tables.source import NoData, Source

_METHODS = ("begin", "connect", "execution_options", "raw_connection")  # of an engine
_ADVICE = "save its result as CSV or Parquet, and name that with dataset=…"


def read_query_call(call: ast.Call, reader: str, names: Names) -> Source:
    """Find what a call reads from a database.

    Args:
        call: of `pandas.read_sql`, `read_sql_query` or `read_sql_table`.
        reader: its last name.
        names: what the notebook's names stand for.

    Returns:
        The source, whose path is that of the database.

    Raises:
        NoData: it can't be carried over.
    """
    given = dict(zip(QUERY_PARAMETERS[reader], call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    for option in ("params", "chunksize", "schema", "columns"):
        if option in given and not _is_none(given[option]):
            raise NoData(
                f"it reads a database with {option}=…, which is not carried over; {_ADVICE}"
            )
    query = _query(given.get("sql", given.get("table_name")), names)
    if "con" not in given:
        raise NoData(f"the database of {query[:80]!r} is not known; {_ADVICE}")
    asked, url = query, _url(given["con"], names, 0)
    is_table = reader == "read_sql_table" or (reader == "read_sql" and " " not in query)
    if is_table:
        query = of_table(Connection("sqlite", url, "", ""), query).query
    notes: list[str] = []
    options: dict[str, Any] = {"query": query, "asked": asked}
    for option in ("parse_dates", "index_col"):
        if option in given and not _is_none(given[option]):
            found = _columns(given[option], names)
            if found is None:
                notes.append(f"{reader}'s {option} can't be read from the code")
            else:
                options[option] = found
    return Source(_path(url), "sql", options, tuple(notes))


def query_key(source: Source) -> str:
    """Give the query or table as it is written, but on one line, for the comparison."""
    return " ".join(str(source.options["asked"]).split())


def _query(node: ast.expr | None, names: Names) -> str:
    if node is None:
        raise NoData("the query is not known; name the table with dataset=…")
    try:
        node = resolve(node, names)
        if isinstance(node, ast.Call) and (names.path(node.func) or "") == "sqlalchemy.text":
            node = node.args[0]
        value = literal(node, names)
    except (IndexError, Unknown):
        value = None
    if not isinstance(value, str):
        raise NoData(f"the query can't be read from the code; {_ADVICE}")
    return value.strip().rstrip(";").strip()


def _url(node: ast.expr, names: Names, depth: int) -> str:
    """Find the address behind a connection, an engine, or their names."""
    unknown = NoData(f"the database behind `{ast.unparse(node)[:80]}` is not known; {_ADVICE}")
    if depth > len(_METHODS):
        raise unknown
    try:
        node = resolve(node, names)
    except Unknown:
        raise unknown from None
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            kind = CONNECTING.get(names.path(function) or "")
            if kind is not None:
                named = [*args, *(k.value for k in keywords if k.arg in ("database", "url"))]
                return _written(named[0], kind, names) if named else _written(node, kind, names)
            if isinstance(function, ast.Attribute) and function.attr in _METHODS:
                return _url(function.value, names, depth + 1)
        case ast.Constant(value=str(text)) if is_address(text):
            return text
    raise unknown


def _written(node: ast.expr, kind: str, names: Names) -> str:
    """Read an address, or a path, as it is written."""
    try:
        value = literal(node, names)
    except Unknown:
        value = None
    if not isinstance(value, str):
        parts = [p.value for p in walk(node) if isinstance(p, ast.Constant)]
        texts = [text for text in parts if isinstance(text, str) and Path(text).suffix]
        if not texts or kind != "file":
            raise NoData(f"the database `{ast.unparse(node)[:80]}` is not known; {_ADVICE}")
        value = texts[-1]
    if kind != "file":
        return value
    return f"sqlite:///{value.removeprefix('file:').partition('?')[0]}"


def _path(url: str) -> str:
    """Give the path of an SQLite file as the notebook has it.

    Raises:
        NoData: the address is another database's.
    """
    try:
        read_address(url, Path())
    except BadTable as bad:
        if not url.startswith(("sqlite", "postgres")):
            raise NoData(f"it reads a database: {bad}") from None
    if not url.startswith("sqlite"):
        raise NoData(
            "it reads a database that only `make setup` could open, and the table has to be known "
            f"before; {_ADVICE}"
        )
    return url.partition("://")[2].removeprefix("/")


def _columns(node: ast.expr, names: Names) -> list[str] | None:
    try:
        value = literal(node, names)
    except Unknown:
        return None
    value = [value] if isinstance(value, str) else value
    is_names = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return value if is_names else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
