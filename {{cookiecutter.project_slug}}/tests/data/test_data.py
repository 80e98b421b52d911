"""Reading the raw table, describing it, and giving it its types."""

from pathlib import Path

import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.data import schema
from {{ cookiecutter.package_name }}.data.casting import conform
from {{ cookiecutter.package_name }}.data.tables import read_raw, read_table
from {{ cookiecutter.package_name }}.stages import describe, ingest, validate
from {{ cookiecutter.package_name }}.stages.ingest import read_prepared
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import ROOT, configured

TABLE = pd.DataFrame(
    {
        "amount": [0.5, 2.5, None] * 20,
        "count": [3, 4, 9] * 20,
        "paid": [True, None, False] * 20,
        "plan": ["basic", "pro", None] * 20,
        "note": ["this is quite a long note", "that one is even longer still", None] * 20,
        "day": ["2024-01-01", "2024-02-03", None] * 20,
        "key": [f"k{number}" for number in range(60)],
        "number": range(100, 160),
        "left": ["yes", "no", "no"] * 20,
    }
)


@pytest.fixture(scope="module")
def described() -> schema.Schema:
    return describe.describe(TABLE, "left", "classification")


def test_types_are_told_from_the_values(described: schema.Schema) -> None:
    assert {column.name: column.type for column in described.columns} == {
        "amount": "number",
        "count": "integer",
        "paid": "boolean",
        "plan": "category",
        "note": "text",
        "day": "datetime",
        "key": "id",
        "number": "id",
        "left": "category",
    }


def test_what_may_be_missing_and_what_is_allowed(described: schema.Schema) -> None:
    assert described["amount"].nullable
    assert not described["count"].nullable
    assert described["key"].unique
    assert described["plan"].categories == ["basic", "pro"]
    amount = described["amount"]
    assert amount.min == 0.0  # never negative, so it stays so
    assert amount.max == pytest.approx(3.5)


def test_task_and_positive_class(described: schema.Schema) -> None:
    assert (described.task, described.positive) == ("binary", "yes")
    assert described.features == ["amount", "count", "paid", "plan", "note", "day"]
    assert describe.describe(TABLE, "plan", "classification").positive in ("basic", "pro")
    assert describe.describe(TABLE, "count", "classification").task == "multiclass"
    assert describe.describe(TABLE, "amount", "regression").task == "regression"
    assert describe.describe(TABLE, "paid", "classification").positive is True


@pytest.mark.parametrize(
    ("values", "task", "said"),
    [
        ([None, None], "classification", "every value of the target 'y' is missing"),
        (["a", "a"], "classification", "'a' in every row"),
        (["a", "b"], "regression", "holds no numbers"),
    ],
)
def test_a_target_that_can_not_be_learned(values: list[object], task: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        describe.describe(pd.DataFrame({"x": [1, 2], "y": values}), "y", task)


def test_a_schema_survives_its_file(described: schema.Schema, tmp_path: Path) -> None:
    described.save(tmp_path / "schema.yaml")
    assert schema.Schema.load(tmp_path / "schema.yaml") == described


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target: y\n", "is not a schema"),
        ("{target: y, task: binary, columns: {y: {type: bool}}}", "'bool'"),
        ("{target: y, task: guess, columns: {y: {type: boolean}}}", "no such task"),
        ("{target: y, task: binary, columns: {x: {type: boolean}}}", "not one of its columns"),
    ],
)
def test_a_file_that_is_no_schema(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=said):
        schema.Schema.load(path)


def test_a_missing_schema(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="make schema"):
        schema.Schema.load(tmp_path / "schema.yaml")


def test_a_table_takes_the_types_of_its_schema(described: schema.Schema) -> None:
    typed = conform(TABLE.astype(str).where(TABLE.notna(), None).assign(extra=1), described)
    assert "extra" not in typed
    assert typed["count"].dtype == "int64"
    assert typed["amount"].dtype == "float64"
    assert typed["day"].dtype.kind == "M"
    assert typed["paid"].isna().tolist()[:3] == [False, True, False]
    assert typed["paid"].dropna().tolist()[:2] == [True, False]
    assert conform(typed, described).equals(typed)


def test_a_value_of_another_type_is_left_for_validate(described: schema.Schema) -> None:
    broken = TABLE.assign(amount="lots")
    assert conform(broken, described)["amount"].tolist()[0] == "lots"


def test_the_raw_table_keeps_to_the_schema(
    schema: schema.Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    cfg = configured()
    if cfg.data.format != "sklearn" and not Path(cfg.data.path).exists():
        pytest.skip(f"{cfg.data.path} is not here; `dvc pull` brings it")
    assert validate.violations(conform(ingest.read_prepared(cfg.data), schema), schema) == []
    assert cfg.data.target == schema.target, f"{paths.SCHEMA} and conf/data disagree"


def options(path: Path, **read: object) -> DictConfig:
    kind = "parquet" if path.suffix == ".parquet" else "csv"
{%- if cookiecutter.__cells %}
    data = {"path": str(path), "format": kind, "read": read, "target": "y"}
    return OmegaConf.create({**data, "na_values": [], "cells": {}})
{%- else %}
    return OmegaConf.create({"path": str(path), "format": kind, "read": read, "target": "y"})
{%- endif %}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separated_values_are_read(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"x{separator}y\n1.5{separator}a\n{separator}b\n", encoding="utf-8")
    table = read_raw(options(path, sep=separator))
    assert table["x"].isna().tolist() == [False, True]
    assert table["y"].tolist() == ["a", "b"]


def test_parquet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"x": [1, 2], "y": [True, False]}).to_parquet(path)
    assert read_raw(options(path))["y"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"x,y\n", "has a header but no rows"),
        (b"x;y\n1;2\n", "seem to be separated by ';'"),
        (b"x,x,y\n1,2,3\n", "several columns named x"),
        (b"x,y\ncaf\xe9,1\n", "set data.read.encoding"),
        (b"x,y\n1,2\n1,2,3,4\n", "can't be read"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=said) as refusal:
        read_raw(options(path, sep=","))
    assert "\n" not in str(refusal.value)


def test_lines_of_totals_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n1,2\n3,4\nTotal,6\n", encoding="utf-8")
    assert read_raw(options(path, skipfooter=1, engine="python"))["x"].tolist() == [1, 3]


def test_a_table_without_the_target_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "prepare", lambda table: table)
    path = tmp_path / "table.csv"
    path.write_text("x,z\n1,2\n", encoding="utf-8")
    with pytest.raises(Refusal, match="no column 'y'"):
        read_prepared(options(path, sep=","))


def test_what_prepare_leaves_is_what_is_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    monkeypatch.setattr(ingest, "prepare", lambda table: table[table["x"] > 1])
    assert len(read_prepared(options(path, sep=","))) == 1
    monkeypatch.setattr(ingest, "prepare", lambda table: table[table["x"] > 9])
    with pytest.raises(Refusal, match="leaves none of the 2 rows"):
        read_prepared(options(path, sep=","))
    monkeypatch.setattr(ingest, "prepare", lambda table: table["missing"])
    with pytest.raises(Refusal, match="can't work on"):
        read_prepared(options(path, sep=","))


def test_a_column_of_lists_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"tags": [["a"], ["b"]], "y": [1, 2]}).to_parquet(path)
    with pytest.raises(Refusal, match="'tags' holds lists"):
        read_raw(options(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="dvc pull"):
        read_raw(options(tmp_path / "table.csv"))
    with pytest.raises(Refusal, match="make pipeline"):
        read_table(tmp_path / "table.parquet")


def test_names_of_a_table_without_header(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("1,2\n3,4\n", encoding="utf-8")
    table = read_raw(options(path, sep=",", header=None, names=["x", "y"]))
    assert table["y"].tolist() == [2, 4]
