"""Stage: does this repository make of the table what its notebook makes of it, up to the fit?"""

import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig, OmegaConf
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor

from ..data.casting import conform
from ..data.schema import Schema
from ..data.tables import read_raw
from ..features import Features
from ..model.pipeline import EncodedTarget, build_estimator, inputs
from ..stages.ingest import read_prepared
from ..steps import Learned
from ..steps.replay import Replay
from ..tools.command import command
from ..tools.errors import Refusal, brief, failed_step
from ..tools.files import write_json
from . import DIFFERS, EQUAL, FAILS, FILE, OPEN, Verdict, hashes, show
from .capture import FitData
from .compare import (
    Rows,
    Unit,
    compare,
    compare_target,
    corresponds,
    find,
    find_by_values,
    one_column,
    renaming,
    subsets,
    unit_of,
)
from .estimators import compare_estimators
from .notebook import Original, Run, run

SHOWN = 3  # columns in a line; parity.json has all
# Names under which packages are installed, where they are others than those that are imported.
INSTALLED_AS = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "imblearn": "imbalanced-learn",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "yaml": "pyyaml",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tables:
    """The repository's table on its way to the features.

    Attributes:
        raw: as it came.
        prepared: as `prepare` leaves it.
        typed: with the schema's types, as `ingest` leaves it.
        schema: of the table.
    """

    raw: pd.DataFrame
    prepared: pd.DataFrame
    typed: pd.DataFrame
    schema: Schema


@dataclass(frozen=True)
class Ours:
    """What this repository makes of the rows that the notebook fits to.

    Attributes:
        features: fitted to these rows.
        X: made by them.
        train: positions of the rows in the typed table.
        subsets: of rows that the notebook may have fitted or scored.
        names: the notebook's name of each class.
        unit: turns the target into what the notebook fits to, where it transforms the target.
    """

    features: Features
    X: Any
    train: Rows
    subsets: list[Rows]
    names: dict[Any, Any]
    unit: Unit | None


class Different(Exception):  # noqa: N818 - it is a result
    """The repository can't make the notebook's rows or features; the message is one line."""


def check(cfg: DictConfig) -> dict[str, Any]:
    """Run the notebook as far as its fit, compare, and leave the result in reports/parity.json."""
    found = compared_to_fit(cfg)
    estimator = OmegaConf.to_container(cfg.model.estimator, resolve=True)
    result = {**found, "code": hashes(), "configured": estimator}
    write_json(FILE, result)
    word = Verdict(found["verdict"], found["line"])
    show(word)
    log.log(logging.INFO if word.word == EQUAL else logging.WARNING, "the notebook: %s", word)
    return result


def compared_to_fit(cfg: DictConfig) -> dict[str, Any]:
    """Compare X, y and the estimator with those of the notebook's fit.

    Returns:
        The `verdict`, a `line` about it, and what it rests on.
    """
    log.info("running the notebook as far as its fit, for at most %g seconds", cfg.parity.seconds)
    try:
        original = Original.load()
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(read_tables, cfg)
            recorded = run(original, cfg.parity.seconds, to_fit=True)
    except Refusal as refusal:
        return {"verdict": OPEN, "line": str(refusal)}
    said = {"errors": recorded.errors, "missing": recorded.missing}
    if recorded.fit is None or recorded.broke:
        return {"verdict": FAILS, "line": why_not(recorded), **said}
    try:
        tables = reading.result()
        ours = made_here(recorded.fit, tables, original, cfg)
    except Different as different:
        return {"verdict": DIFFERS, "line": str(different), **said}
    found = compared(recorded, tables, ours, cfg)
    equal = all(found[part]["equal"] for part in ("features", "target", "model"))
    lines = [describe(found["features"], "X"), describe_target(found["target"])]
    lines.append(describe_model(found["model"]))
    line = "; ".join(line for line in lines if line)
    return {"verdict": EQUAL if equal else DIFFERS, "line": line, **found, **said}


def read_tables(cfg: DictConfig) -> Tables:
    """Read the table as `ingest` does.

    Raises:
        Refusal: if the raw table can't be read.
        Different: if prepare.py fails on it, or what it leaves does not suit the schema.
    """
    raw, schema = read_raw(cfg.data), Schema.load()
    try:
        prepared = read_prepared(cfg.data)
        return Tables(raw, prepared, conform(prepared, schema), schema)
    except Refusal as refusal:
        raise Different(str(refusal)) from refusal


def made_here(fitted: FitData, tables: Tables, original: Original, cfg: DictConfig) -> Ours:
    """Make the features of the rows that the notebook fits to.

    Args:
        fitted: the data of the notebook's fit.
        tables: the repository's.
        original: the notebook.
        cfg: the composed configuration.

    Raises:
        Different: if the rows are not in the table, or features.py fails on them.
    """
    table, schema = tables.typed, tables.schema
    target, theirs = table[schema.target].to_numpy(), one_column(fitted.y)
    candidates = [*_held_back(tables.prepared, cfg), *_candidates(tables.raw, table, fitted)]
    train = find(candidates, target, theirs)
    if train is None or not corresponds(target[train], theirs):
        by_values = _by_values(fitted, tables, original)
        train = train if by_values is None else by_values
    if train is None:
        raise Different(f"the notebook fits to {len(theirs)} rows that are not found in the table")
    rows = table.iloc[train]
    try:
        features = _features(tables, rows, original)
        X = _as_in_notebook(features, rows[schema.features], tables.raw)
    except Exception as error:
        reason = failed_step(error) or brief(error)
        raise Different(f"features.py fails on the notebook's rows ({reason})") from error
    names = renaming(target[train], theirs) if schema.task != "regression" else None
    unit = unit_of(_target_transformer(cfg, schema, target[train]), target, train, theirs)
    return Ours(features, X, train, candidates, names or {}, unit)


def _target_transformer(cfg: DictConfig, schema: Schema, target: npt.NDArray[Any]) -> Any:
    """What transforms the target, fitted to it; None if nothing does."""
    estimator = build_estimator(cfg, schema) if schema.task == "regression" else None
    if not isinstance(estimator, TransformedTargetRegressor):
        return None
    quick = estimator.set_params(regressor=DummyRegressor())
    return quick.fit(np.zeros((len(target), 1)), target).transformer_


def compared(recorded: Run, tables: Tables, ours: Ours, cfg: DictConfig) -> dict[str, Any]:
    """Compare features, target and estimator.

    Args:
        recorded: the notebook's run.
        tables: the repository's.
        ours: what it makes of the notebook's rows.
        cfg: the composed configuration.
    """
    assert recorded.fit is not None
    schema, numbers = tables.schema, cfg.data.get("classes") or {}
    target = tables.typed[schema.target].to_numpy()[ours.train]
    theirs, classes = one_column(recorded.fit.y), schema.task != "regression"
    target = ours.unit(target) if ours.unit else target
    try:
        if not recorded.estimators:
            raise Refusal("what the notebook fits is none of scikit-learn's")
        own = build_estimator(cfg, schema)
        own = own.weighted(target) if isinstance(own, EncodedTarget) else own
        model = compare_estimators(own, recorded.estimators, numbers, recorded.blended)
    except (Refusal, ValueError) as error:
        model = {"equal": True, "reason": f"the estimators are not compared ({error})"}
    if recorded.several and not model["equal"]:
        model = {"equal": True, "reason": "a loop goes through estimators: they are not compared"}
    return {
        "features": compare(ours.X, recorded.fit.X),
        "target": compare_target(target, theirs, classes, numbers),
        "model": model,
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
    unique = raw.index.is_unique and table.index.is_unique
    kept = raw.index.get_indexer(table.index) if unique else np.array([-1])
    if (kept < 0).any():  # or rows that were numbered anew
        return subsets(np.arange(len(table)), len(table), fitted.splits)
    found = subsets(kept, len(raw), fitted.splits)
    # A split without scikit-learn shows in the index, if that is still the raw table's.
    index = next((each.index for each in (fitted.X, fitted.y) if hasattr(each, "iloc")), None)
    if index is None:
        return found
    by_index = table.index.get_indexer(index)
    return [by_index, *found] if (by_index >= 0).all() else found


def _by_values(fitted: FitData, tables: Tables, original: Original) -> Rows | None:
    """Positions of the notebook's rows in the typed table, found by their features and target."""
    X, y = inputs(tables.typed, tables.schema)
    if issubclass(Features, Replay):  # whose cells tell
        numbers = Features.cells.rows_of_notebook(tables.raw)
        return None if numbers is None else tables.typed.index.get_indexer(pd.Index(numbers))
    with suppress(Exception):  # the steps fail on some row: its features can't tell
        X = _features(tables, tables.typed, original).transform(X)
        return find_by_values((X, y), (fitted.X, one_column(fitted.y)))
    return None


def _as_in_notebook(features: Any, rows: pd.DataFrame, raw: pd.DataFrame) -> Any:
    """The features of the rows that the notebook fits to.

    Args:
        features: fitted.
        rows: these rows.
        raw: the raw table, whose other rows the notebook's cells may look at.
    """
    if isinstance(features, Replay):
        return features.cells.of_notebook(raw).X
    return features.transform(rows)


def _features(tables: Tables, rows: pd.DataFrame, original: Original) -> Features:
    """Fit features.py as the notebook did.

    Args:
        tables: the repository's.
        rows: that the notebook fitted to.
        original: the notebook, which says what it learned from more rows than these.
    """
    known: dict[str, Any] = {}
    if original.before_split:
        learned = Features().fit(*inputs(tables.typed, tables.schema)).learned_
        known |= _named(learned, original.before_split)
    if original.before_filters and len(tables.typed) < len(tables.raw):
        known |= _named(_learned_of_all(tables), original.before_filters)
    return Features(known=known or None).fit(*inputs(rows, tables.schema))


def _learned_of_all(tables: Tables) -> dict[str, Any]:
    """What the steps learn from the whole table, as far as they come on rows that will go."""
    schema, learn = tables.schema, Learned(fitting=True)
    rows = conform(tables.raw, schema).reset_index(drop=True)
    y = rows.get(schema.target)
    with suppress(Exception):  # a step after the filter, on a row that is not there then
        Features().steps(rows.reindex(columns=schema.features), learn, y)
    return learn.known


def _named(learned: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The values of these names; of a loop, each turn has its own: what it goes through, a dot."""
    return {key: each for key, each in learned.items() if key.rpartition(".")[2] in names}


# In words


def why_not(recorded: Run) -> str:
    """Why the notebook does not come to its fit, and what to do."""
    line = str(recorded.broke[0]) if recorded.broke else recorded.cause()
    if recorded.missing:
        packages = [INSTALLED_AS.get(name, name) for name in recorded.missing]
        listed = " ".join(packages)
        adding = f"`uv add --optional pipeline {listed}`"
        if shutil.which("uv") is None:
            adding = f"`.venv/bin/python -m pip install {listed}`, and list them in pyproject.toml"
        line += f"; packages that are missing: {', '.join(packages)}; to add them: {adding}"
    return line


def describe(features: dict[str, Any], name: str) -> str:
    """What was found of the features, with the first differing value of some columns."""
    theirs, ours = features["shape"]["notebook"], features["shape"]["repository"]
    shape = f"{theirs[0]} rows x {theirs[1]} columns"
    if features["equal"]:
        return f"{name} value for value, {shape}"
    if theirs != ours:
        found = f"{name} has {shape} in the notebook, {ours[0]} x {ours[1]} here"
        for key, where in (("only_in_notebook", "only there"), ("only_here", "only here")):
            found += f", {where}: {_listed(features[key])}" if features[key] else ""
        return found
    different = {n: column for n, column in features["columns"].items() if not column["equal"]}
    if not different:
        return f"{name} has the same columns in another order or under other names, {shape}"
    columns = "; ".join(_column(name, column) for name, column in [*different.items()][:SHOWN])
    more = f"; and {len(different) - SHOWN} more" if len(different) > SHOWN else ""
    return f"{len(different)} of {len(features['columns'])} columns of {name}: {columns}{more}"


def _column(name: str, found: dict[str, Any]) -> str:
    first = f"row {found['first_row']}: {found['notebook']} in the notebook"
    return f"{name} in {found['rows']} rows, first {first}, {found['repository']} here"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def describe_target(target: dict[str, Any]) -> str:
    """What was found of the target."""
    if "renamed" in target:
        names = ", ".join(f"{ours} is {theirs}" for ours, theirs in target["renamed"].items())
        return f"y under other names ({names})"
    return "y value for value" if target["equal"] else _column("y", target)


def describe_model(model: dict[str, Any]) -> str:
    """What was found of the estimator."""
    if "reason" in model:
        return str(model["reason"])
    if model["equal"]:
        within = f", within a {model['within']}" if "within" in model else ""
        return f"the model is {model['notebook']} with its parameters{within}"
    if model["notebook"] != model["repository"]:
        return f"the model is {model['notebook']} in the notebook, {model['repository']} here"
    pairs = [
        f"{name} is {one['notebook']} in the notebook, {one['repository']} here"
        for name, one in [*model["parameters"].items()][:SHOWN]
    ]
    return f"{model['notebook']}: {'; '.join(pairs)}"


main = command(check)

if __name__ == "__main__":
    main()
