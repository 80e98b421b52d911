"""Clusters: what they give is what this machine gives, and one that is away is one line."""

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline

from {{ cookiecutter.package_name }}.experiments import compute
from {{ cookiecutter.package_name }}.experiments.partitions import FEWEST, fit_over_partitions
from {{ cookiecutter.package_name }}.tools.errors import Refusal


def numbers(rows: int = 2_000) -> tuple[pd.DataFrame, pd.Series]:
    """Numbers with gaps, and a target that two of them decide."""
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(rows, 4)), columns=list("abcd"))
    y = (X["a"] + 2 * X["b"] > 0.5).astype(int)
    return X.mask(generator.random(X.shape) < 0.05), y


def closed_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("scheme", ["tcp://", ""])
def test_a_cluster_that_is_away_is_one_line(scheme: str) -> None:
    with pytest.raises(Refusal, match="nothing answers at"):
        compute.check_reachable(f"{scheme}127.0.0.1:{closed_port()}", "compute=dask", "")


@pytest.mark.parametrize("address", ["here", "tcp://here", "127.0.0.1:port"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Refusal, match="give it as tcp://host:8786"):
        compute.check_reachable(address, "compute=dask", "tcp://host:8786")


def test_an_estimator_that_learns_from_all_rows_at_once_has_no_parts() -> None:
    X, y = numbers()
    with pytest.raises(Refusal, match="LinearRegression can't"):
        fit_over_partitions(2, None, Pipeline([("estimator", LinearRegression())]), X, y)


def test_a_search_has_no_parts() -> None:
    X, y = numbers()
    with pytest.raises(Refusal, match="leave it out for a search"):
        fit_over_partitions(2, None, SimpleNamespace(), X, y)


def test_parts_that_are_too_small_are_refused() -> None:
    X, y = numbers(2 * FEWEST - 1)
    with pytest.raises(Refusal, match="smaller number"):
        fit_over_partitions(2, None, Pipeline([("estimator", LinearRegression())]), X, y)


@pytest.mark.slow
def test_a_scheduler_without_workers_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(compute, "SECONDS", 1.0)
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster:  # noqa: SIM117
        with pytest.raises(Refusal, match="does not answer, or went away"):
            with compute.dask(cluster.scheduler_address, 2):
                pytest.fail("there are no workers")


@pytest.mark.slow
def test_trees_that_learn_from_parts_are_ordinary_and_as_good(workspace: Path) -> None:
    pytest.importorskip("distributed")
    xgboost, lightgbm = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")
    X, y = numbers()
    estimators: list[Any] = [
        xgboost.XGBClassifier(n_estimators=20),
        lightgbm.LGBMClassifier(n_estimators=20, verbose=-1),
    ]
    with compute.dask(None, 2, partitions=4) as fit:
        for estimator in estimators:
            pipeline = fit(Pipeline([("estimator", estimator)]), X, y)
            assert type(pipeline[-1]) is type(estimator)
            assert (pipeline.predict(X) == y).mean() > 0.9
