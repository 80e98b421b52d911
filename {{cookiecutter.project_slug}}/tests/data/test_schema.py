"""Describing a table, keeping the description, and giving a table its types."""

from pathlib import Path

import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.data import schema
from {{ cookiecutter.package_name }}.data.casting import conform
from {{ cookiecutter.package_name }}.stages import describe, ingest, validate
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
