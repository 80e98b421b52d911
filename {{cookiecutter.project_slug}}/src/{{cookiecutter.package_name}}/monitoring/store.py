"""Reading the log of predictions."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic_core import from_json

from ..data.casting import conform
from ..data.schema import Schema
from ..tools.errors import Refusal

META = ("id", "time", "version", "variant", "key", "latency", "predicted", "low", "high", "actual")

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
        Columns id, time (UTC), version, variant, key, latency (seconds), the features, `predicted`,
        `probability_<class>` for each class, `low` and `high` of an interval, and `actual`, which
        is missing where no feedback came.

    Raises:
        Refusal: if a feature is called as one of these.
    """
    taken = {*META, *(f"probability_{label}" for label in schema[schema.target].categories or ())}
    if clash := sorted(taken & {*schema.features}):
        raise Refusal(f"the log uses {', '.join(clash)} for itself; rename these columns")
    rows: dict[str, dict[str, Any]] = {}
    actual: dict[str, Any] = {}
    for entry in _entries(folder):
        if "feedback" in entry:
            actual |= {each["id"]: each["actual"] for each in entry["feedback"]}
        elif (since or 0.0) <= entry["time"] and (until is None or entry["time"] < until):
            # A request that was sent again, with its id, counts once.
            rows |= {row["id"]: row for row in _rows(entry)}
    table = pd.DataFrame(rows.values())
    if table.empty:
        return pd.DataFrame(columns=[*META, *schema.features])
    table["time"] = pd.to_datetime(table["time"], unit="s")
    table["actual"] = table["id"].map(actual)
    features = conform(table.reindex(columns=schema.features), schema)
    return table.assign(**features).sort_values("time", kind="stable", ignore_index=True)


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                yield from_json(line)
            except ValueError:
                log.warning("%s: line %d is torn; it is left out", path, number)


def _rows(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    asked, answered = entry["asked"], entry["answered"]
    rows = asked if isinstance(asked, list) else [asked]
    for number, (row, answer) in enumerate(zip(rows, answered["predictions"], strict=True)):
        low, high = answer.get("interval", (None, None))
        chances = answer.get("probabilities", {})
        yield {
            **row,
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
