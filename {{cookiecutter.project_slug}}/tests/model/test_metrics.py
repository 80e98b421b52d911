"""Scores are scikit-learn's own, and their intervals hold the truth."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from {{ cookiecutter.package_name }}.model import metrics
from {{ cookiecutter.package_name }}.tools.errors import Refusal

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 3))
NOISE = rng.normal(size=300)


def predictions(task: str) -> tuple[metrics.Predictions, object, object]:
    """What a model says, the model, and the truth."""
    if task == "regression":
        quantity = X[:, 0] + NOISE
        line = LinearRegression().fit(X, quantity)
        return metrics.Predictions(quantity, line.predict(X)), line, quantity
    y = np.digitize(X[:, 0] + NOISE, [0.0] if task == "binary" else [-1.0, 1.0])
    y = np.array(["no", "yes", "more"])[y]
    model = LogisticRegression().fit(X, y)
    found = metrics.Predictions(y, model.predict(X), model.predict_proba(X), model.classes_, "yes")
    return found, model, y


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_scores_are_those_of_the_scorers(task: str) -> None:
    found, model, y = predictions(task)
    for name, value in metrics.score(found, task).items():  # type: ignore[arg-type]
        scorer = metrics.scorer(name, "yes" if task == "binary" else None)
        assert value == pytest.approx(scorer(model, X, y)), name


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_classes_as_numbers_score_the_same(task: str) -> None:
    found, _, _ = predictions(task)
    plain, coded = (metrics.score(p, task) for p in (found, found.coded()))  # type: ignore[arg-type]
    assert coded == pytest.approx(plain)


def test_an_interval_holds_the_score_and_narrows_with_confidence() -> None:
    found, _, _ = predictions("binary")
    wide = metrics.intervals(found, "binary", 0.95, 50, seed=0)
    narrow = metrics.intervals(found, "binary", 0.5, 50, seed=0)
    for name, value in metrics.score(found, "binary").items():
        assert wide[name][0] <= narrow[name][0] <= narrow[name][1] <= wide[name][1]
        assert wide[name][0] < value < wide[name][1]


def test_rows_of_one_class_have_no_roc_curve() -> None:
    found, _, y = predictions("binary")
    only = found[np.flatnonzero(np.asarray(y) == "yes")]
    assert np.isnan(metrics.score(only, "binary")["roc_auc"])


class _Column(LogisticRegression):
    """A classifier that predicts a column, as CatBoost's does for several classes."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        return super().predict(X).reshape(-1, 1)


def test_a_column_of_predictions_scores_as_a_row() -> None:
    quantity, y = pd.DataFrame(X), pd.Series(np.digitize(X[:, 0] + NOISE, [-1.0, 1.0]))
    schema = SimpleNamespace(task="multiclass", positive=None)
    column, row = (
        metrics.predict(model().fit(quantity, y), quantity, y, schema)  # type: ignore[arg-type]
        for model in (_Column, LogisticRegression)
    )
    assert metrics.score(column, "multiclass") == metrics.score(row, "multiclass")
    assert metrics.intervals(column, "multiclass", 0.9, 20, seed=0)


def test_an_unknown_metric_is_refused() -> None:
    found, _, _ = predictions("regression")
    with pytest.raises(Refusal, match="no metric 'accuracy' for a regression task"):
        metrics.score(found, "regression", ["accuracy"])
    with pytest.raises(Refusal, match="no metric 'nonsense'"):
        metrics.scorer("nonsense", None)


def test_an_interval_holds_the_truth_of_new_rows_as_often_as_it_says() -> None:
    held = []
    for seed in range(200):
        errors = np.random.default_rng(seed).normal(size=120)
        margin = metrics.conformal_margin(metrics.Predictions(errors[:100], np.zeros(100)), 0.9)
        assert margin is not None
        held.append(np.abs(errors[100:]) <= margin)
    assert 0.88 < np.mean(held) < 0.93
    few = metrics.Predictions(np.ones(5), np.zeros(5))
    assert metrics.conformal_margin(few, 0.9) is None
