"""`make parity`: compares this repository's features and scores with its notebook's."""

import logging
from typing import Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from ..data.casting import conform
from ..data.schema import Schema
from ..data.tables import read_raw
from ..features import Features
from ..model.pipeline import inputs
from ..stages.ingest import read_prepared
from ..tools.command import command
from ..tools.errors import Refusal, brief, failed_step
from ..tools.files import read_json, write_json
from ..tools.paths import REPORTS
from .capture import FitData, Score
from .compare import Rows, compare, compare_target, find, one_column, renaming, subsets
from .notebook import Original, run
from .scores import Ours, compare_scores, fit, unit_of

SHOWN = 20  # columns on the console; parity.json has all

log = logging.getLogger(__name__)


def parity(cfg: DictConfig) -> dict[str, Any]:
    """Run the notebook, compute the same features and scores here, and write reports/parity.json.

    Raises:
        Refusal: if notebooks/parity.yaml does not suit the notebook, or features.py fails.
    """
    original, schema = Original.load(), Schema.load()
    raw = read_raw(cfg.data)
    prepared = read_prepared(cfg.data)
    table = conform(prepared, schema)  # as `ingest` does
    seconds = float(cfg.get("timeout", 900))
    log.info("running %s for at most %g seconds", original.notebook, seconds)
    recorded = run(original, seconds)
    result: dict[str, Any] = {"ran": recorded.fit is not None, "errors": recorded.errors}
    if recorded.fit is not None:
        held_back = _held_back(prepared, cfg)
        candidates = [*held_back, *_candidates(raw, table, recorded.fit)]
        result |= compared(
            recorded.fit, recorded.scores, table, candidates, original.before_split, cfg
        )
    write_json(REPORTS / "parity.json", result)
    return result


def compared(
    fitted: FitData,
    scores: list[Score],
    table: pd.DataFrame,
    candidates: list[Rows],
    before_split: list[str],
    cfg: DictConfig,
) -> dict[str, Any]:
    """Compare the notebook's rows, features and scores with ours.

    Args:
        fitted: the data of the notebook's fit.
        scores: that the notebook computed.
        table: all prepared rows.
        candidates: subsets of the rows that the notebook may have fitted or scored.
        before_split: names of the values that it learned from all rows.
        cfg: the composed configuration.

    Raises:
        Refusal: if features.py fails on the notebook's rows.
    """
    schema = Schema.load()
    target, their_target = table[schema.target].to_numpy(), one_column(fitted.y)
    train = find(candidates, target, their_target)
    if train is None:
        reason = f"the notebook fits to {len(their_target)} rows that are not found in the table"
        return {"features": {"equal": False, "reason": reason}}
    rows = table.iloc[train]
    try:
        features = _features(table, rows, schema, before_split)
        X = features.transform(rows[schema.features])
    except Exception as error:
        reason = failed_step(error) or brief(error)
        raise Refusal(f"features.py fails on the notebook's rows ({reason})") from error
    classes = schema.task != "regression"
    numbers = cfg.data.get("classes") or {}
    names = renaming(target[train], their_target) if classes else None
    model = fit(features, rows, cfg, schema)
    unit = unit_of(model, target, train, their_target)
    ours = Ours(model, table, schema, train, candidates, names or {}, unit)
    our_target = unit(target[train]) if unit else target[train]
    metrics = REPORTS / "metrics.json"
    honest = read_json(metrics) if metrics.exists() else {}
    return {
        "features": compare(X, fitted.X),
        "target": compare_target(our_target, their_target, classes, numbers),
        "score": compare_scores(scores, ours, honest, cfg),
    }


def _held_back(prepared: pd.DataFrame, cfg: DictConfig) -> list[Rows]:
    """Positions of the rows to test on and to train on, where `prepare` tells them apart."""
    if cfg.data.split.kind != "predefined":
        return []
    held_back = prepared[cfg.data.split.column].to_numpy(dtype=bool)
    return [np.flatnonzero(held_back), np.flatnonzero(~held_back)]


def _candidates(raw: pd.DataFrame, table: pd.DataFrame, fitted: FitData) -> list[Rows]:
    """Subsets of the table's rows that the notebook may have fitted or scored.

    Args:
        raw: the raw table.
        table: the prepared one.
        fitted: the data of the notebook's fit.
    """
    if not (raw.index.is_unique and table.index.is_unique):
        return subsets(np.arange(len(table)), len(table), fitted.splits)
    found = subsets(raw.index.get_indexer(table.index), len(raw), fitted.splits)
    # A split without scikit-learn shows in the index, if that is still the raw table's.
    index = next((each.index for each in (fitted.X, fitted.y) if hasattr(each, "iloc")), None)
    if index is None:
        return found
    by_index = table.index.get_indexer(index)
    return [by_index, *found] if (by_index >= 0).all() else found


def _features(
    table: pd.DataFrame, rows: pd.DataFrame, schema: Schema, before_split: list[str]
) -> Features:
    """Fit features.py as the notebook did.

    Args:
        table: all prepared rows.
        rows: that the notebook fitted to.
        schema: of the table.
        before_split: names of the values that the notebook learned from all rows.
    """
    if not before_split:
        return Features().fit(*inputs(rows, schema))
    learned = Features().fit(*inputs(table, schema)).learned_
    known = {name: learned[name] for name in before_split if name in learned}
    return Features(known=known).fit(*inputs(rows, schema))


def show(result: dict[str, Any]) -> None:
    """Print the verdicts."""
    console = Console(width=120, highlight=False)
    for error in result["errors"]:
        console.print(error, markup=False)
    if not result["ran"]:
        console.print("The notebook did not reach its fit: nothing to compare")
        return
    console.print(f"X: {_verdict_on_features(result['features'])}", markup=False)
    differing = {n: c for n, c in result["features"].get("columns", {}).items() if not c["equal"]}
    if differing:
        columns = Table("column", "rows", "first row", "notebook", "this repository")
        for name, column in [*differing.items()][:SHOWN]:
            cells = (column[key] for key in ("rows", "first_row", "notebook", "repository"))
            columns.add_row(name, *map(str, cells))
        console.print(columns)
    if "target" in result:
        console.print(f"y: {_verdict_on_target(result['target'])}", markup=False)
        console.print(_scores(result["score"]))


def _verdict_on_features(features: dict[str, Any]) -> str:
    if "reason" in features:
        return str(features["reason"])
    theirs, ours = features["shape"]["notebook"], features["shape"]["repository"]
    shape = f"{theirs[0]} rows x {theirs[1]} columns"
    if features["equal"]:
        return f"equal, {shape}"
    if theirs != ours:
        found = f"{shape} in the notebook, {ours[0]} x {ours[1]} here"
        for key, where in (("only_in_notebook", "only there"), ("only_here", "only here")):
            found += f"; {where}: {_listed(features[key])}" if features[key] else ""
        return found
    columns = [column["equal"] for column in features["columns"].values()]
    if all(columns):
        return f"the same columns in another order or under other names, {shape}"
    return f"{columns.count(False)} of {len(columns)} columns differ, {shape}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _verdict_on_target(target: dict[str, Any]) -> str:
    if "renamed" in target:
        names = ", ".join(f"{ours} is {theirs}" for ours, theirs in target["renamed"].items())
        return f"equal under other names ({names})"
    return "equal" if target["equal"] else f"differs in {target['rows']} rows"


def _scores(lines: list[dict[str, Any]]) -> Table:
    columns = ("metric", "rows", "notebook", "this repository there", "verdict", "honest")
    table = Table(*columns, title="Scores")
    for line in lines:
        rows = f"{line['rows']} {line['of']}"
        numbers = [_number(line[key]) for key in ("notebook", "repository")]
        table.add_row(line["metric"], rows, *numbers, line["verdict"], _number(line["honest"]))
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def compare_with_notebook(cfg: DictConfig) -> None:
    """Compare, and exit with code 1 if the features differ."""
    result = parity(cfg)
    show(result)
    if result["ran"] and not result["features"]["equal"]:
        raise SystemExit(1)


main = command(compare_with_notebook, options=("timeout",))

if __name__ == "__main__":
    main()
