"""A folder of parts is treated in pieces, and gives what the same rows in one file give."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from omegaconf import DictConfig

from {{ cookiecutter.package_name }}.data import pieces, tables
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.stages import describe, ingest, split, validate
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import configured

ROWS = 400
RNG = np.random.default_rng(0)
WHOLE = pd.DataFrame(
    {
        "size": RNG.normal(size=ROWS).round(3),
        "count": RNG.integers(0, 9, ROWS),
        "shop": RNG.choice(["north", "south"], ROWS),
        "patient": np.arange(ROWS) // 4,
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), "D"),
        "left": RNG.choice(["yes", "no"], ROWS),
    }
)


@pytest.fixture
def cfg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DictConfig:
    """The settings for a folder of three parts, in pieces of at most 100 rows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pieces, "ROWS", 100)
    monkeypatch.setattr(ingest, "prepare", lambda table: table)
    folder = Path("data/raw/parts")
    folder.mkdir(parents=True)
    WHOLE[:150].to_csv(folder / "1.csv", index=False)
    WHOLE[150:151].to_csv(folder / "2.csv", index=False)
    WHOLE[151:].to_csv(folder / "3.csv", index=False)
    cfg = configured()
    cfg.data.path, cfg.data.format, cfg.data.read = str(folder), "csv", {}
    cfg.data.target, cfg.data.task, cfg.data.features = "left", "classification", None
    cfg.data.split = {"kind": "random", "column": None, "test_size": 0.25, "sample": None}
    return cfg


def described(cfg: DictConfig) -> Schema:
    """The schema of the parts, by a sample of 50 rows."""
    sample = pieces.sample_of(pieces.raw_pieces(cfg.data), 50)
    assert len(sample) == 50
    found = describe.describe(sample, "left", "classification")
    schema = describe.widened(found, ingest.prepared_pieces(cfg.data))
    schema.save()
    return schema


def test_parts_are_one_table(cfg: DictConfig) -> None:
    schema = described(cfg)
    whole = describe.describe(WHOLE.astype({"day": "str"}), "left", "classification")
    assert schema == whole
    ingest.ingest(cfg)
    table = tables.read_table(paths.TABLE)
    pd.testing.assert_frame_equal(table, WHOLE, check_dtype=False)
    validate.validate(cfg)


@pytest.mark.parametrize(
    ("kind", "column"),
    [("random", None), ("stratified", None), ("time", None), ("time", "day"), ("group", "patient")],
)
def test_pieces_are_split_as_their_table_is(cfg: DictConfig, kind: str, column: str | None) -> None:
    described(cfg)
    cfg.data.split.kind, cfg.data.split.column = kind, column
    ingest.ingest(cfg)
    split.split(cfg)
    train, test = tables.read_table(paths.TRAIN), tables.read_table(paths.TEST)
    both = pd.concat([train, test]).sort_values("day", ignore_index=True)
    pd.testing.assert_frame_equal(both, WHOLE, check_dtype=False)
    assert 0.15 < len(test) / ROWS < 0.35
    if kind == "time":
        assert (len(test), train["day"].max() < test["day"].min()) == (100, True)
    if kind == "group":
        assert not set(train["patient"]) & set(test["patient"])
    split.split(cfg)
    assert tables.read_table(paths.TEST).equals(test), "the same seed gives the same split"


@pytest.mark.parametrize("in_pieces", [True, False])
def test_rows_are_drawn_for_training(cfg: DictConfig, in_pieces: bool) -> None:
    described(cfg)
    cfg.data.split.sample = 80
    ingest.ingest(cfg)
    if not in_pieces:
        tables.write_table(paths.TABLE, WHOLE)
    split.split(cfg)
    drawn = len(tables.read_table(paths.TRAIN)) + len(tables.read_table(paths.TEST))
    assert 40 < drawn < 120 if in_pieces else drawn == 80


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "another column": ({"colour": "red"}, "3.csv has other columns than .*1.csv: colour"),
    "a word": ({"count": "many"}, "'count' is not of the type integer everywhere: row 151 is"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_part_that_is_otherwise_is_refused(cfg: DictConfig, kind: str) -> None:
    changes, message = BROKEN[kind]
    described(cfg)
    WHOLE[151:].assign(**changes).to_csv("data/raw/parts/3.csv", index=False)
    with pytest.raises(Refusal, match=message):
        ingest.ingest(cfg)


def test_violations_are_counted_over_pieces() -> None:
    columns = (Column("size", "number", max=0.0), Column("patient", "integer", unique=True))
    halves = [WHOLE[:200], WHOLE[200:]]
    rows, found = validate.violations_in_pieces(halves, Schema("size", "regression", columns))
    counts = {(one["column"], one["check"]): one["rows"] for one in found}
    assert rows == ROWS
    assert counts == {("size", "range"): (WHOLE["size"] > 0).sum(), ("patient", "unique"): 300}


def test_what_would_not_fit_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WHOLE.to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(tables, "SMALL", 0)
    monkeypatch.setattr(tables, "available", lambda: 1_000)
    with pytest.raises(Refusal, match=r"about 400 rows; .* takes about .* GB of memory"):
        tables.read_table(tmp_path / "t.parquet")
