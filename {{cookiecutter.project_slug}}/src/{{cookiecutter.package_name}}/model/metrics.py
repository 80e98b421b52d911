"""Scores under scikit-learn's scorer names (greater is better), with what chance does to them."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import metrics as sk
from sklearn.pipeline import Pipeline

from ..data.schema import Schema, Task
from ..tools.errors import Refusal

# Scorers that look for one class, and by default for one that is called 1.
OF_POSITIVE: dict[str, dict[str, Any]] = {
    "f1": {"score_func": sk.f1_score, "zero_division": 0},
    "precision": {"score_func": sk.precision_score, "zero_division": 0},
    "recall": {"score_func": sk.recall_score, "zero_division": 0},
    "average_precision": {
        "score_func": sk.average_precision_score,
        "response_method": ("decision_function", "predict_proba"),
    },
    "neg_brier_score": {
        "score_func": sk.brier_score_loss,
        "response_method": "predict_proba",
        "greater_is_better": False,
    },
}


@dataclass(frozen=True)
class Predictions:
    """Predictions for rows with known outcomes.

    Attributes:
        truth: shape (rows,).
        predicted: shape (rows,).
        probabilities: shape (rows, classes), or None for a regression.
        classes: the columns of `probabilities`.
        positive: the class that a binary task looks for.
    """

    truth: npt.NDArray[Any]
    predicted: npt.NDArray[Any]
    probabilities: npt.NDArray[np.float64] | None = None
    classes: npt.NDArray[Any] | None = None
    positive: Any = None

    @property
    def of_positive(self) -> npt.NDArray[np.float64]:
        """Probability of the positive class; shape (rows,)."""
        assert self.probabilities is not None
        assert self.classes is not None
        column = int(np.flatnonzero(self.classes == self.positive)[0])
        return self.probabilities[:, column]

    @property
    def is_positive(self) -> npt.NDArray[np.bool_]:
        """True for each row of the positive class; shape (rows,)."""
        return np.asarray(self.truth == self.positive)

    def as_table(self) -> pd.DataFrame:
        """Columns `actual` and `predicted`, a row each."""
        return pd.DataFrame({"actual": self.truth, "predicted": self.predicted})

    def coded(self) -> "Predictions":
        """The same with numbers for classes, which are quicker to count than strings."""
        if self.classes is None:
            return self
        labels = pd.Index(self.classes)
        positive = None if self.positive is None else labels.get_loc(self.positive)
        return Predictions(
            labels.get_indexer(self.truth),
            labels.get_indexer(self.predicted),
            self.probabilities,
            np.arange(len(labels)),
            positive,
        )

    def __getitem__(self, rows: npt.NDArray[Any]) -> "Predictions":
        """The predictions for some of the rows."""
        chosen = None if self.probabilities is None else self.probabilities[rows]
        return Predictions(
            self.truth[rows], self.predicted[rows], chosen, self.classes, self.positive
        )

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.truth)


def predict(model: Any, X: pd.DataFrame, y: pd.Series, schema: Schema) -> Predictions:
    """Predict rows whose target is known.

    Args:
        model: a fitted pipeline or estimator.
        X: raw features, a row each.
        y: their target.
        schema: with the task and the positive class.
    """
    truth = y.to_numpy()
    if isinstance(model, Pipeline) and len(model) > 1:
        # The rows are transformed once, for the classes and their probabilities.
        X, model = model[:-1].transform(X), model[-1]
    predicted = np.asarray(model.predict(X)).ravel()  # CatBoost gives a column of classes
    if schema.task == "regression":
        return Predictions(truth, predicted)
    return Predictions(truth, predicted, model.predict_proba(X), model.classes_, schema.positive)


Metric = Callable[[Predictions], float]

REGRESSION: dict[str, Metric] = {
    "r2": lambda p: sk.r2_score(p.truth, p.predicted),
    "neg_root_mean_squared_error": lambda p: -sk.root_mean_squared_error(p.truth, p.predicted),
    "neg_mean_absolute_error": lambda p: -sk.mean_absolute_error(p.truth, p.predicted),
    "neg_median_absolute_error": lambda p: -sk.median_absolute_error(p.truth, p.predicted),
}
CLASSIFICATION: dict[str, Metric] = {
    "accuracy": lambda p: sk.accuracy_score(p.truth, p.predicted),
    "balanced_accuracy": lambda p: sk.balanced_accuracy_score(p.truth, p.predicted),
    "neg_log_loss": lambda p: -sk.log_loss(p.truth, p.probabilities, labels=p.classes),
}
MULTICLASS: dict[str, Metric] = {
    **CLASSIFICATION,
    "f1_macro": lambda p: sk.f1_score(p.truth, p.predicted, average="macro"),
    "f1_weighted": lambda p: sk.f1_score(p.truth, p.predicted, average="weighted"),
    "roc_auc_ovr": lambda p: sk.roc_auc_score(
        p.truth, p.probabilities, multi_class="ovr", labels=p.classes
    ),
}
BINARY: dict[str, Metric] = {
    **CLASSIFICATION,
    "f1": lambda p: sk.f1_score(p.truth == p.positive, p.predicted == p.positive),
    "precision": lambda p: sk.precision_score(
        p.is_positive, p.predicted == p.positive, zero_division=0
    ),
    "recall": lambda p: sk.recall_score(p.is_positive, p.predicted == p.positive),
    "roc_auc": lambda p: sk.roc_auc_score(p.is_positive, p.of_positive),
    "average_precision": lambda p: sk.average_precision_score(p.is_positive, p.of_positive),
    "neg_brier_score": lambda p: -sk.brier_score_loss(p.is_positive, p.of_positive),
}
OF_PROBABILITIES = {
    "average_precision",
    "neg_brier_score",
    "neg_log_loss",
    "roc_auc",
    "roc_auc_ovr",
}
BY_TASK: dict[Task, dict[str, Metric]] = {
    "binary": BINARY,
    "multiclass": MULTICLASS,
    "regression": REGRESSION,
}


def score(predictions: Predictions, task: Task, names: list[str] | None = None) -> dict[str, float]:
    """Every metric of a task, or the named ones; NaN where they are undefined.

    Args:
        predictions: for rows with known outcomes.
        task: binary, multiclass or regression.
        names: of metrics; None: all of the task.

    Raises:
        Refusal: for a metric that the task has not got.
    """
    known = BY_TASK[task]
    unknown = sorted(set(names or []) - set(known))
    if unknown:
        raise Refusal(f"no metric {unknown[0]!r} for a {task} task; there are {', '.join(known)}")
    return {name: _guarded(known[name], predictions) for name in names or known}


def conformal_margin(predictions: Predictions, coverage: float) -> float | None:
    """Half the width of an interval that holds a new row's truth with at least this probability.

    A split-conformal interval: the quantile of the absolute errors on rows that the model did not
    learn from, after Lei et al., Distribution-Free Predictive Inference for Regression (2018).
    None if there are too few rows for that coverage.
    """
    errors = np.sort(np.abs(predictions.truth - predictions.predicted))
    rank = int(np.ceil((len(errors) + 1) * coverage))
    return float(errors[rank - 1]) if rank <= len(errors) else None


def _guarded(metric: Metric, predictions: Predictions) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about rows of one class, which have no ROC curve
        try:
            return float(metric(predictions))
        except ValueError:
            return float("nan")


def scorer(name: str, positive: Any) -> Any:
    """The scorer of that name, looking for the positive class where it looks for one.

    Raises:
        Refusal: if scikit-learn has no such scorer.
    """
    if name in OF_POSITIVE and positive is not None:
        return sk.make_scorer(**OF_POSITIVE[name], pos_label=positive)
    try:
        return sk.get_scorer(name)
    except ValueError:
        known = ", ".join(sk.get_scorer_names())
        raise Refusal(f"no metric {name!r}; scikit-learn has {known}") from None
