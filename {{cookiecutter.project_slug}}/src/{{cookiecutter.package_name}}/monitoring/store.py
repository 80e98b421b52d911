"""Reading the log of predictions."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic_core import from_json

from ..data.casting import conform
from ..data.schema import Schema
from .columns import META, features_of, in_log
from .log_file import log_files

log = logging.getLogger(__name__)


def read(
    folder: Path, schema: Schema, since: float | None = None, until: float | None = None
) -> pd.DataFrame:
    """Logged predictions, oldest first.

    Args:
        folder: that the service writes to.
        schema: of the model.
        since: in seconds since 1970; None: from the beginning.
        until: likewise.

    Returns:
        Columns id, time (UTC), version, variant, key, latency (seconds), the features (see
        `in_log`), `predicted`, `probability_<class>` for each class, `low` and `high` of an
        interval, and `actual`, which is missing where no feedback came.
    """
    names = in_log(schema)
    rows: dict[str, tuple[int, dict[str, Any]]] = {}
    outcomes: list[tuple[int, dict[str, Any]]] = []
    for entry in _entries(folder):
        order = _order(entry)
        if "feedback" in entry:
            outcomes += ((order, outcome) for outcome in entry["feedback"])
        elif (since or 0.0) <= entry["time"] and (until is None or entry["time"] < until):
            for row in _rows(entry, names):
                rows.setdefault(row["id"], (order, row))
    table = pd.DataFrame(_in_order(rows.values()))
    if table.empty:
        return pd.DataFrame(columns=[*META, *names.values()])
    table["time"] = pd.to_datetime(table["time"], unit="s")
    table["actual"] = table["id"].map(_actual(_in_order(outcomes)))
    asked = features_of(table.reindex(columns=[*names.values()]), schema)
    features = conform(asked, schema).rename(columns=names)
    return pd.concat([table.drop(columns=[*names.values()], errors="ignore"), features], axis=1)


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    torn = 0
    for path in log_files(folder):
        with suppress(FileNotFoundError):  # the service deletes what is old
            for line in path.read_bytes().splitlines():
                try:
                    yield from_json(line)
                except ValueError:
                    torn += 1
    if torn:
        log.warning("%s: lines that are torn and left out: %d", folder, torn)


def _order(entry: dict[str, Any]) -> int:
    """Nanoseconds, by a clock that never goes back; lines of former versions have only the time."""
    order: int = entry["order"] if "order" in entry else int(entry["time"] * 1e9)
    return order


def _in_order(entries: Iterable[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [entry for _, entry in sorted(entries, key=itemgetter(0))]


def _actual(outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    """The first outcome of each id, or its last correction."""
    actual: dict[str, Any] = {}
    for each in outcomes:
        if each["id"] not in actual or each.get("correction"):
            actual[each["id"]] = each["actual"]
    return actual


def _rows(entry: dict[str, Any], names: dict[str, str]) -> Iterator[dict[str, Any]]:
    asked, answered = entry["asked"], entry["answered"]
    rows = asked if isinstance(asked, list) else [asked]
    for number, (row, answer) in enumerate(zip(rows, answered["predictions"], strict=True)):
        low, high = answer.get("interval", (None, None))
        chances = answer.get("probabilities", {})
        yield {
            **{logged: row[name] for name, logged in names.items() if name in row},
            "id": f"{answered['request_id']}.{number}",
            "time": entry["time"],
            "version": answered["model_version"],
            "variant": entry["variant"],
            "key": entry["key"],
            "latency": entry["seconds"],
            "predicted": answer["prediction"],
            **{f"probability_{name}": chance for name, chance in chances.items()},
            **({} if low is None else {"low": low, "high": high}),
        }
