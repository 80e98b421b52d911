"""Every violation is found and named, and a bad table stops the pipeline."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import DictConfig

from {{ cookiecutter.package_name }}.data.casting import conform
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.stages import validate
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
