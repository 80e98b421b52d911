"""Violations are found and named, and the test rows are held back."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.data.casting import conform
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.stages import validate
from {{ cookiecutter.package_name }}.stages.split import split_rows
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import run_pipeline

SCHEMA = Schema(
    "y",
    "binary",
    (
        Column("amount", "number", min=0.0, max=10.0),
        Column("count", "integer", min=1),
        Column("plan", "category", categories=["basic", "pro"]),
        Column("key", "id", unique=True),
        Column("day", "datetime", nullable=True),
        Column("y", "boolean"),
    ),
)
GOOD = pd.DataFrame(
    {
        "amount": [1.0, 2.0, 3.0],
        "count": [1, 2, 3],
        "plan": ["basic", "pro", "pro"],
        "key": ["a", "b", "c"],
        "day": [None, "2024-01-01", "2024-01-02"],
        "y": [True, False, True],
    }
)


def found(table: pd.DataFrame) -> list[tuple[str, str, int]]:
    result = validate.violations(conform(table, SCHEMA), SCHEMA)
    return [(case["column"], case["check"], case["rows"]) for case in result]


def test_a_good_table_has_no_violation() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("column", "values", "violation"),
    [
        ("amount", [1.0, -4.0, 99.0], ("amount", "range", 2)),
        ("amount", [1.0, None, 2.0], ("amount", "missing", 1)),
        ("amount", [1.0, "lots", 2.0], ("amount", "type", 1)),
        ("count", [1, 0, 2], ("count", "range", 1)),
        ("count", [1, 2.5, 2], ("count", "type", 1)),
        ("plan", ["basic", "gold", "pro"], ("plan", "categories", 1)),
        ("key", ["a", "a", "b"], ("key", "unique", 2)),
        ("day", ["soon", None, None], ("day", "type", 1)),
        ("y", [True, "maybe", False], ("y", "type", 1)),
    ],
)
def test_each_violation_is_named(
    column: str, values: list[object], violation: tuple[str, str, int]
) -> None:
    assert found(GOOD.assign(**{column: pd.Series(values)})) == [violation]


def test_all_violations_are_reported_at_once() -> None:
    broken = GOOD.assign(amount=[-1.0, 2.0, 3.0], plan="gold").drop(columns="count")
    assert {case[:2] for case in found(broken)} == {
        ("amount", "range"),
        ("plan", "categories"),
        ("count", "present"),
    }


def test_examples_say_which_rows() -> None:
    broken = conform(GOOD.assign(amount=[1.0, -4.0, 2.0]), SCHEMA)
    (case,) = validate.violations(broken, SCHEMA)
    assert case["examples"] == {1: "-4.0"}
    assert case["expected"] == "0 to 10"


@pytest.mark.slow
def test_a_bad_table_stops_the_pipeline_and_changes_nothing(
    workspace: Path, cfg: DictConfig, schema: Schema
) -> None:
    run_pipeline(cfg)
    before = {file: file.read_bytes() for file in workspace.glob("models/**/*") if file.is_file()}
    replace(schema, columns=(*schema.columns, Column("absent", "number"))).save()
    with pytest.raises(Refusal, match="expected a column of this name"):
        run_pipeline(cfg)
    after = {file: file.read_bytes() for file in workspace.glob("models/**/*") if file.is_file()}
    assert before == after
    assert (paths.REPORTS / "validation.json").exists()


TABLE = pd.DataFrame(
    {
        "day": pd.date_range("2024-01-01", periods=100)[::-1],
        "who": [number // 5 for number in range(100)],
        "y": ["rare"] * 10 + ["common"] * 90,
        "held_back": [number % 5 == 3 for number in range(100)],
    }
)


def options(kind: str, column: str | None = None) -> DictConfig:
    return OmegaConf.create({"kind": kind, "column": column, "test_size": 0.2})


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("random", None),
        ("stratified", None),
        ("group", "who"),
        ("time", "day"),
        ("predefined", "held_back"),
    ],
)
def test_no_row_is_lost_and_the_same_seed_gives_the_same_rows(
    kind: str, column: str | None
) -> None:
    train, test = split_rows(TABLE, "y", options(kind, column), seed=1)
    assert sorted([*train.index, *test.index]) == list(range(100))
    assert len(test) == 20
    again = split_rows(TABLE, "y", options(kind, column), seed=1)[1]
    assert again.equals(test)


def test_another_seed_gives_other_rows() -> None:
    one, other = (split_rows(TABLE, "y", options("random"), seed)[1] for seed in (1, 2))
    assert not one.equals(other)


def test_a_stratified_split_keeps_the_shares() -> None:
    test = split_rows(TABLE, "y", options("stratified"), seed=1)[1]
    assert (test["y"] == "rare").sum() == 2


def test_a_group_is_never_torn() -> None:
    train, test = split_rows(TABLE, "y", options("group", "who"), seed=1)
    assert not set(train["who"]) & set(test["who"])


def test_a_time_split_tests_on_the_latest() -> None:
    train, test = split_rows(TABLE, "y", options("time", "day"), seed=1)
    assert train["day"].max() < test["day"].min()


def test_predefined_rows_are_the_test() -> None:
    train, test = split_rows(TABLE, "y", options("predefined", "held_back"), seed=1)
    assert test["held_back"].all()
    assert not train["held_back"].any()


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        ("predefined", None, "needs one of the columns"),
        ("group", None, "needs one of the columns"),
        ("time", "when", "needs one of the columns"),
        ("alphabetic", None, "kinds: random"),
    ],
)
def test_options_that_do_not_suit(kind: str, column: str | None, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        split_rows(TABLE, "y", options(kind, column), seed=1)


def test_predefined_rows_must_be_of_both_kinds() -> None:
    none = TABLE.assign(held_back=False)
    with pytest.raises(Refusal, match="no rows to train or none to test"):
        split_rows(none, "y", options("predefined", "held_back"), seed=1)


def test_a_class_of_one_row_makes_the_split_random(caplog: pytest.LogCaptureFixture) -> None:
    lonely = TABLE.assign(y=["lonely"] + ["common"] * 99)
    train, test = split_rows(lonely, "y", options("stratified"), seed=1)
    assert (len(train), len(test)) == (80, 20)
    (said,) = caplog.messages
    assert said == "too few rows a class to split each class alike: the split is random"
