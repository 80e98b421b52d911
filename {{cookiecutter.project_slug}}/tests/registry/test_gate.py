"""The gate lets a good candidate pass and refuses a worse one."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.data import tables
from {{ cookiecutter.package_name }}.registry import gate
from {{ cookiecutter.package_name }}.tools import paths

from conftest import run_pipeline, sampled


@pytest.fixture
def rows(trained: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows to fit the baseline to and rows to judge on: here the same, which the model knows."""
    monkeypatch.chdir(trained)
    known = tables.read_table(paths.TRAIN)
    return known, known


def refused(checks: list[gate.Check]) -> list[str]:
    return [check.name for check in checks if not check.passed]


@pytest.fixture(scope="session")
def worse(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of a model that looks at nothing."""
    folder = tmp_path_factory.mktemp("worse")
    shutil.copytree(trained / "data", folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run_pipeline(sampled("model=dummy"))
    return folder / paths.CANDIDATE


def test_a_first_good_candidate_passes(rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert refused(gate.judge(paths.CANDIDATE, None, *rows, sampled())) == []


def test_an_equal_candidate_passes(rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert refused(gate.judge(paths.CANDIDATE, paths.CANDIDATE, *rows, sampled())) == []


def test_a_worse_candidate_is_refused(rows: tuple[pd.DataFrame, pd.DataFrame], worse: Path) -> None:
    cfg = sampled()
    cfg.gate.confidence = 0.5  # so few rows leave much to chance
    checks = gate.judge(worse, paths.CANDIDATE, *rows, cfg)
    assert refused(checks) == ["better than the baseline", "no worse than production"]
    assert gate.table(checks).row_count == 2


def test_a_better_candidate_replaces_a_worse_model(
    rows: tuple[pd.DataFrame, pd.DataFrame], worse: Path
) -> None:
    assert refused(gate.judge(paths.CANDIDATE, worse, *rows, sampled())) == []


def test_a_tolerance_lets_a_little_less_pass(
    rows: tuple[pd.DataFrame, pd.DataFrame], worse: Path
) -> None:
    cfg = sampled()
    cfg.gate.tolerance = 100.0
    checks = gate.judge(worse, paths.CANDIDATE, *rows, cfg)
    assert "no worse than production" not in refused(checks)


def test_a_minimum_that_is_not_reached_is_refused(
    rows: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    cfg = sampled()
    cfg.gate.minimum = {cfg.gate.metric: np.inf}
    assert refused(gate.judge(paths.CANDIDATE, None, *rows, cfg)) == [
        f"{cfg.gate.metric} is high enough"
    ]
