"""Reads the rows of JSON files as `pandas.read_json` understands them."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from idea.knowledge.readers import JSON_DATE_NAMES
from idea.tables.source import NoData

_MOST_BYTES = 200 << 20
_LONGEST = 1 << 20  # of a line that is looked at


def json_rows(path: Path, options: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Give the names, then the rows, of whatever read_json takes for a table.

    Args:
        path: the file.
        options: of read_json.

    Yields:
        The names of the columns, and each row's cells; "" where one is missing.

    Raises:
        NoData: it is not a table, or too large.
        ValueError: it is not JSON.
    """
    names, rows = _table(path, options)
    for row in [names, *rows]:
        for name, cell in zip(names, row, strict=False):
            if isinstance(cell, dict | list):
                raise NoData(
                    f"column {str(name)!r} of {path.name} holds lists or records; spread it over "
                    "columns of one value each, save that as CSV, and name it with dataset=…"
                )
    dates = _dates(names, options.get("convert_dates", True))
    yield names
    for row in rows:
        yield [
            "" if cell is None else _moment(cell) if name in dates else cell
            for name, cell in zip(names, row, strict=False)
        ]


def _table(path: Path, options: Mapping[str, Any]) -> tuple[list[Any], list[list[Any]]]:
    if path.stat().st_size > _MOST_BYTES:
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
        return _json_table(content, options.get("orient") or "columns")
    except (AttributeError, KeyError, TypeError):
        raise NoData(f"{path.name} is not a table that pandas.read_json can read") from None


def _dates(names: list[Any], convert: object) -> set[Any]:
    """Give the columns that are read as dates."""
    if isinstance(convert, list):
        return set(convert)
    if convert is not True:
        return set()
    return {name for name in names if isinstance(name, str) and JSON_DATE_NAMES.fullmatch(name)}


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


def json_options(path: Path) -> dict[str, Any]:
    """Tell how `pandas.read_json` reads a file that no notebook reads.

    Texts stay texts: what they say is found later, as in a CSV.
    """
    options: dict[str, Any] = {"convert_dates": False, "dtype": False}
    with path.open(encoding="utf-8-sig") as file:
        lines = [line for line in (file.readline(_LONGEST) for _ in range(5)) if line.strip()]
    first = lines[0].strip() if lines else ""
    if first.startswith("{") and first.endswith("}") and len(lines) > 1:
        return {"lines": True, **options}
    if re.match(r'\{\s*"(columns|index|data)"\s*:\s*\[', first):
        return {"orient": "split", **options}
    return options
