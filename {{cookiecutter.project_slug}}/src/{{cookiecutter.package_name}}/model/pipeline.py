"""The one object from a raw row to a prediction: features → preprocess → estimator."""

import logging
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.validation import check_is_fitted

from ..data.schema import Schema
from ..features import Features
from ..tools.errors import Refusal
from .metrics import OF_POSITIVE, Predictions, predict, scorer

log = logging.getLogger(__name__)


def build_pipeline(cfg: DictConfig, schema: Schema) -> Pipeline:
    """The unfitted pipeline that a configuration describes.

    Raises:
        Refusal: if the model does not suit the task, or its extra is not installed.
    """
    kinds = {name: schema[name].type for name in schema.features}
    return Pipeline(
        [
            ("features", Features()),
            ("preprocess", instantiate(cfg.features, kinds=kinds)),
            ("estimator", build_estimator(cfg, schema)),
        ]
    )


def build_estimator(cfg: DictConfig, schema: Schema) -> BaseEstimator:
    """The unfitted estimator of the `model` group."""
    try:
        estimator = instantiate(cfg.model.estimator, _convert_="all")
    except Exception as error:  # Hydra wraps whatever goes wrong while importing or making it
        cause = error.__cause__ or error
        raise Refusal(
            f"model={cfg.model.name} can't be made ({cause}); if a package is missing, "
            f"run `make setup EXTRAS=dev,{cfg.model.name}`"
        ) from error
    if is_regressor(estimator) != (schema.task == "regression"):
        raise Refusal(
            f"model={cfg.model.name} does not suit a {schema.task} task; "
            f"choose another, or mend `task` in data/schema.yaml"
        )
    return estimator


def with_threshold(
    pipeline: Pipeline, table: pd.DataFrame, cfg: DictConfig, schema: Schema
) -> Pipeline:
    """Tune the decision threshold of a fitted pipeline, if the task is binary and a metric is set.

    The threshold comes from cross-validation on the training rows, never from test rows.

    Args:
        pipeline: fitted.
        table: the training rows, with their target.
        cfg: the composed configuration.
        schema: with the task and the positive class.
    """
    X, y = inputs(table, schema)
    metric = cfg.evaluate.get("threshold")
    if schema.task != "binary" or metric is None:
        return pipeline
    if np.ptp(pipeline.predict_proba(X), axis=0).max() < 1e-6:
        return pipeline  # rows with equal probabilities can't be separated
    log.info("tuning the decision threshold for %s", metric)
    tuner = TunedThresholdClassifierCV(
        pipeline.named_steps["estimator"],
        scoring=scorer(metric, schema.positive),
        response_method="predict_proba",
        cv=StratifiedKFold(5, shuffle=True, random_state=cfg.seed),
        random_state=cfg.seed,
    )
    tuned = Pipeline([*pipeline.steps[:-1], ("estimator", tuner)]).fit(X, y)
    # A metric that looks for no class counts the threshold for the second one.
    counted_for = schema.positive if metric in OF_POSITIVE else tuner.classes_[1]
    best = float(tuner.best_threshold_)
    # What remains is the estimator and a number: the tuner's scorer is not the model's business.
    fixed = FixedThresholdClassifier(
        FrozenEstimator(tuner.estimator_),
        threshold=best if counted_for == schema.positive else 1 - best,
        pos_label=schema.positive,
        response_method="predict_proba",
    )
    return Pipeline([*tuned.steps[:-1], ("estimator", fixed.fit(tuned[:-1].transform(X), y))])


class EncodedTarget(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A classifier that only takes classes 0 … k-1, made to take any labels."""

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Number the classes, then fit."""
        self.labels_ = LabelEncoder().fit(y)
        self.classes_ = self.labels_.classes_
        self.classifier_ = clone(self.classifier).fit(X, self.labels_.transform(y))
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Labels; shape (rows,)."""
        check_is_fitted(self)
        return np.asarray(self.classes_[np.asarray(self.classifier_.predict(X), dtype=int)])

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """A probability for each of `classes_`; shape (rows, classes)."""
        check_is_fitted(self)
        return np.asarray(self.classifier_.predict_proba(X))


def inputs(table: pd.DataFrame, schema: Schema) -> tuple[pd.DataFrame, pd.Series]:
    """The raw features and the target of a table's rows."""
    return table[schema.features], table[schema.target]


def baseline(train: pd.DataFrame, test: pd.DataFrame, schema: Schema) -> Predictions:
    """Predict the test rows by a model that looks at no feature.

    Args:
        train: rows that it is fitted to.
        test: rows to predict.
        schema: names features and target.
    """
    dummy = DummyRegressor() if schema.task == "regression" else DummyClassifier(strategy="prior")
    X, y = inputs(train, schema)
    return predict(dummy.fit(X, y), *inputs(test, schema), schema)
