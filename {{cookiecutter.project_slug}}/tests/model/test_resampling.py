"""Scores of many draws at once are those of scikit-learn for each draw."""

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.data.schema import Task
from {{ cookiecutter.package_name }}.model.metrics import Predictions, score
from {{ cookiecutter.package_name }}.model.resampling import intervals, resampled, resampled_scores

CLASSES = {"binary": 2, "multiclass": 4}


def at_random(task: Task, rows: int, seed: int) -> Predictions:
    """Predictions at random; of two digits, so that many are equal."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        truth = rng.normal(100, 3, rows).round(2)
        return Predictions(truth, (truth + rng.normal(size=rows)).round(2))
    kinds = CLASSES[task]
    chances = rng.dirichlet(np.ones(kinds), rows).round(2)
    chances /= chances.sum(axis=1, keepdims=True)
    classes = rng.integers(0, kinds, rows)
    positive = 1 if task == "binary" else None
    return Predictions(classes, chances.argmax(axis=1), chances, np.arange(kinds), positive)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", [1, 2, 5, 60])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_scores_are_scikit_learn_s(task: Task, rows: int) -> None:
    found = at_random(task, rows, seed=rows)
    check(found, task, 20)


@pytest.mark.filterwarnings("ignore")
def test_so_they_are_of_a_certain_model_and_of_a_constant_truth() -> None:
    right = np.array([0, 1, 1, 0, 1])
    check(Predictions(right, right, np.eye(2)[right], np.arange(2), 1), "binary", 10)
    flat = Predictions(np.full(5, 3.0), np.array([3.0, 3.0, 3.0, 3.0, 4.0]))
    check(flat, "regression", 10)


def check(found: Predictions, task: Task, resamples: int) -> None:
    """Compare both ways on the same draws."""
    expected = resampled(found, lambda rows: score(found[rows], task), resamples, seed=3)
    quick = resampled_scores(found, task, resamples, seed=3)
    assert set(quick) == set(expected)
    pd.testing.assert_frame_equal(quick[list(expected)], expected, rtol=1e-9, atol=1e-12)


def test_batches_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    found = at_random("binary", 50, 1)
    whole = intervals(found, "binary", 0.9, 40, 7)
    monkeypatch.setattr("{{ cookiecutter.package_name }}.model.resampling.AT_ONCE", 150)
    for name, interval in intervals(found, "binary", 0.9, 40, 7).items():
        assert interval == pytest.approx(whole[name])


@pytest.mark.filterwarnings("ignore")
def test_a_class_that_the_model_does_not_know() -> None:
    found = at_random("multiclass", 30, 2)
    truth = found.truth.copy()
    truth[:3] = -1
    strange = Predictions(truth, found.predicted, found.probabilities, found.classes)
    scores = resampled_scores(strange, "multiclass", 10, 0)
    assert scores["accuracy"].between(0, 1).all()
