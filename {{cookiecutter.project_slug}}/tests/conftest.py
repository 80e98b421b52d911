"""A small table that keeps to data/schema.yaml, and what the pipeline makes of it.

The tests need no data but the schema: the table is drawn from it, with a target that depends on
the features.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from {{ cookiecutter.package_name }} import evaluate, ingest, paths, split, train, validate
from {{ cookiecutter.package_name }}.schema import Column, Schema

ROOT = Path(__file__).parents[1]
ROWS = 240


def configured(*overrides: str) -> DictConfig:
    """What conf/ composes with some overrides."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", list(overrides))


def drawn(schema: Schema, rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """A table that keeps to the schema and whose target can be told from its features."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({c.name: _values(c, rows, rng) for c in schema.columns})
    signal = sum(_numbers(table[name]) for name in schema.features)
    table[schema.target] = _target(schema, np.asarray(signal))
    for column in schema.columns:
        if column.nullable and column.name != schema.target:
            gaps = rng.choice(rows, size=rows // 20, replace=False)
            table[column.name] = table[column.name].mask(table.index.isin(gaps))
    return schema.conform(table)


def _values(column: Column, rows: int, rng: np.random.Generator) -> Any:
    number = np.arange(rows)
    low = column.min if column.min is not None else 0.0
    high = column.max if column.max is not None else low + 100.0
    match column.type:
        case "number":
            return rng.uniform(low, high, rows)
        case "integer":
            return rng.integers(int(low), int(high) + 1, rows)
        case "boolean":
            return rng.random(rows) < 0.5
        case "datetime":
            return pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 1000, rows), "D")
        case "text":
            return [f"a text of words {rng.integers(9)} and {rng.integers(9)}" for _ in number]
        case "id":
            return [str(value) for value in number]
        case _:
            return rng.choice(column.categories or [f"value {n}" for n in range(30)], rows)


def _numbers(values: pd.Series) -> npt.NDArray[np.float64]:
    ranks = np.asarray(values.rank(method="dense"), dtype=float)
    return np.asarray(ranks / ranks.max())


def _target(schema: Schema, signal: npt.NDArray[np.float64]) -> Any:
    column = schema[schema.target]
    position = pd.Series(signal).rank(pct=True).to_numpy()
    if schema.task == "regression":
        low = column.min if column.min is not None else 0.0
        high = column.max if column.max is not None else low + 100.0
        return (low + (high - low) * position).round(0 if column.type == "integer" else 6)
    classes: list[Any] = [*(column.categories or (False, True))]
    if column.type == "integer":
        low, high = int(column.min or 0), int(column.max or 1)
        classes = [schema.positive, 1 - schema.positive if low == 0 else low]
        if schema.task == "multiclass":
            classes = list(range(low, min(high, low + 3) + 1))
    numbers = np.minimum((position * len(classes)).astype(int), len(classes) - 1)
    return [classes[number] for number in numbers]


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The repository's own schema."""
    return Schema.load(ROOT / paths.SCHEMA)


@pytest.fixture(scope="session")
def table(schema: Schema) -> pd.DataFrame:
    """Rows that keep to it."""
    return drawn(schema)


@pytest.fixture
def cfg() -> DictConfig:
    """The repository's configuration, with the drawn table in place of the raw one."""
    return sampled()


def sampled(*overrides: str) -> DictConfig:
    """The configuration of a quick run on the drawn table."""
    cfg = configured("tracking=none", "compute.n_jobs=1", "evaluate.resamples=20", *overrides)
    cfg.data.path, cfg.data.format, cfg.data.read = "data/raw/drawn.parquet", "parquet", {}
    cfg.gate.minimum, cfg.gate.resamples = {}, 100
    if "threshold" in cfg.evaluate:
        cfg.evaluate.threshold = None  # test_model.py tunes one
    if "n_estimators" in cfg.model.estimator:
        cfg.model.estimator.n_estimators = 20
    if cfg.model.name == "hist_gradient_boosting":
        cfg.model.estimator.max_iter = 20
    return cfg


@pytest.fixture
def workspace(
    tmp_path: Path, schema: Schema, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with the drawn table and its schema, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "raw").mkdir(parents=True)
    table.to_parquet("data/raw/drawn.parquet", index=False)
    schema.save()
    return tmp_path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, schema: Schema, table: pd.DataFrame) -> Path:
    """A folder in which the whole pipeline has run, for tests that only read it."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("data/raw").mkdir(parents=True)
        table.to_parquet("data/raw/drawn.parquet", index=False)
        schema.save()
        run_pipeline(sampled())
    return folder


def run_pipeline(cfg: DictConfig) -> None:
    """Every stage, one after the other, in this process."""
    for stage in (ingest.ingest, validate.validate, split.split, train.train, evaluate.evaluate):
        stage(cfg)
