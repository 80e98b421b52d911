"""Searches find hyperparameters, and stay in the space of the model's file."""

from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.data.tables import read_table
from {{ cookiecutter.package_name }}.experiments import search as searches
from {{ cookiecutter.package_name }}.stages import ingest, split, validate
from {{ cookiecutter.package_name }}.stages.train import fit
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import configured, sampled


def test_a_range_for_a_grid_is_refused() -> None:
    with pytest.raises(Refusal, match="list of choices for C"):
        searches.grid(None, {"C": {"low": 1, "high": 2}}, "accuracy", 0, 5)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"low": 1, "high": 9}, int),
        ({"low": 1, "high": 900, "log": True}, int),
        ({"low": 0.5, "high": 2.0}, float),
        ({"low": 0.001, "high": 100.0, "log": True}, float),
    ],
)
def test_draws_stay_in_their_range(values: dict[str, float], kind: type) -> None:
    distribution = searches._distribution(values)
    drawn = [distribution.rvs(random_state=seed) for seed in range(50)]
    assert all(values["low"] <= value <= values["high"] for value in drawn)
    assert len(set(drawn)) > 3
    assert kind is float or all(value == int(value) for value in drawn)


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("halving", "optuna")]


def split_rows() -> None:
    """The stages before the training."""
    for stage in (ingest.ingest, validate.validate, split.split):
        stage(sampled())


@pytest.mark.parametrize("search", ["random", *SLOW])
def test_a_search_finds_hyperparameters(workspace: Path, search: str) -> None:
    if search == "optuna":
        pytest.importorskip("optuna_integration")
    split_rows()
    cfg = sampled(f"search={search}", "search.cv=2", "model=random_forest")
    cfg.model.space = {"max_depth": [2, 4, None], "min_samples_leaf": {"low": 1, "high": 9}}
    for key in {"n_iter", "n_candidates", "n_trials"} & set(cfg.search):
        cfg.search[key] = 4
    pipeline, found = fit(cfg)
    assert set(found["parameters"]) == {f"estimator__{name}" for name in cfg.model.space}
    test = read_table(paths.TEST)
    assert len(pipeline.predict(test)) == len(test)


def test_an_extra_that_is_missing_is_refused(workspace: Path) -> None:
    split_rows()
    for choice, module in (
        ("search=optuna", "optuna_integration"),
        ("compute=dask", "distributed"),
    ):
        try:
            __import__(module)
        except ImportError:
            with pytest.raises(Refusal, match="make setup EXTRAS="):
                fit(configured(choice))
