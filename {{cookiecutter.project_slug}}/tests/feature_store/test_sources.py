"""Which tables can be joined by key and time, and which are refused with the reason."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from omegaconf import DictConfig

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.feature_store import environment, join, sources
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import sampled

KEY, TIME = "account_number", "known_at"


@pytest.fixture
def keyed(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The drawn table with a key and a time, which is the raw one of the current folder."""
    table = pd.read_parquet("data/raw/drawn.parquet")
    table[KEY] = [f"a{number % 9}" for number in range(len(table))]
    table[TIME] = pd.date_range("2024-01-01", periods=len(table), freq="h").astype(str)
    table.to_parquet("data/raw/drawn.parquet", index=False)
    monkeypatch.setattr(sources, "raw_data", lambda _: sampled().data)
    return table


def configured(**options: Any) -> DictConfig:
    """The configuration with a key and a time."""
    cfg = sampled()
    for name, value in {"key": KEY, "time": TIME, **options}.items():
        cfg.feature_store[name] = value
    return cfg


def test_the_raw_table_becomes_a_source_of_all_features(
    keyed: pd.DataFrame, schema: Schema
) -> None:
    rows = sources.write_sources(configured())
    assert len(rows) == len(keyed)
    made = pd.read_parquet(sources.FOLDER / "table.parquet")
    assert list(made) == [KEY, TIME, *schema.features]
    assert str(made[TIME].dtype).endswith("UTC]")


def test_a_further_source_brings_the_features_that_it_has(
    keyed: pd.DataFrame, schema: Schema
) -> None:
    first, *others = schema.features
    keyed[[KEY, TIME, first]].to_csv("data/raw/more.csv", index=False)
    keyed.drop(columns=first).to_parquet("data/raw/drawn.parquet", index=False)
    sources.write_sources(configured(sources={"more": "data/raw/more.csv"}))
    assert list(pd.read_parquet(sources.FOLDER / "more.parquet")) == [KEY, TIME, first]
    assert list(pd.read_parquet(sources.FOLDER / "table.parquet")) == [KEY, TIME, *others]
    keyed[[KEY, TIME]].to_csv("data/raw/more.csv", index=False)
    with pytest.raises(Refusal, match=f"no source has {first}, which data/schema.yaml lists"):
        sources.write_sources(configured(sources={"more": "data/raw/more.csv"}))


def test_tables_without_a_key_and_a_time_are_refused(keyed: pd.DataFrame, schema: Schema) -> None:
    def refused(reason: str, **options: Any) -> None:
        with pytest.raises(Refusal, match=reason):
            sources.write_sources(configured(**options))

    refused("a store joins by whom a row is about", key=None)
    refused("has no column 'nobody' to join by", key="nobody")
    refused("is feature_store.time, and a feature", time=schema.features[0])
    refused("can't be named table", sources={"table": "data/raw/drawn.parquet"})
    refused("it has to be a .csv or .parquet file", sources={"more": "data/raw/more.xlsx"})
    refused("can't be read", sources={"more": "data/raw/gone.csv"})
    keyed.assign(**{TIME: "soon"}).to_parquet("data/raw/drawn.parquet")
    refused("is no date and time")
    keyed.assign(**{KEY: None}).to_parquet("data/raw/drawn.parquet")
    refused(f"{KEY} is missing in {len(keyed)} rows")
    keyed.assign(**{KEY: "a", TIME: "2024-01-01"}).to_parquet("data/raw/drawn.parquet")
    refused(f"{len(keyed) - 1} rows of .* repeat {KEY} and {TIME}")


def test_the_raw_table_is_described_by_a_choice_of_data(workspace: Path) -> None:
    table = sampled().feature_store.table
    assert sources.raw_data(table).target == sampled().data.target
    with pytest.raises(Refusal, match=r"there is no conf/data/nowhere\.yaml"):
        sources.raw_data("nowhere")


def test_without_data_from_the_store_nothing_is_joined(workspace: Path) -> None:
    join.join(sampled())
    assert len(pd.read_parquet(join.JOINED)) == 0


def test_without_its_environment_feast_is_asked_for_nothing(workspace: Path) -> None:
    with pytest.raises(Refusal, match="Feast has no environment here yet"):
        environment.run("apply")
