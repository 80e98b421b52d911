"""The one object from a raw row to a prediction: features → preprocess → estimator."""

import logging
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted

from ..data.schema import Schema
from ..features import Features
from ..tools.errors import Refusal
from .metrics import Predictions, predict, scorer
from .preprocess import Preprocess

FOLDS = 5  # that the decision threshold is tuned on
ALONE = 50  # rows that are also predicted one by one
SOME = 1_000  # rows that show whether probabilities differ at all
# With so many rows, one part that is held back settles a threshold as well as five folds do, and a
# copy that learns from the first of them has nearly the whole model's probabilities.
MANY, FITTED_TO, HELD_BACK = 50_000, 100_000, 50_000
TOLERANCE = 1e-6  # of numbers, which depend a little on how many are computed at once

log = logging.getLogger(__name__)


def build_pipeline(cfg: DictConfig, schema: Schema) -> Pipeline:
    """The unfitted pipeline that a configuration describes.

    Raises:
        Refusal: if the model does not suit the task, or its extra is not installed.
    """
    kinds = {name: schema[name].type for name in schema.features}
    estimator = build_estimator(cfg, schema)
    preprocess = instantiate(cfg.features, kinds=kinds)
    if isinstance(preprocess, Preprocess):
        preprocess.trees = get_tags(estimator).input_tags.allow_nan
    return Pipeline(
        [("features", Features()), ("preprocess", preprocess), ("estimator", estimator)]
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


def fit_here(model: Any, X: pd.DataFrame, y: pd.Series) -> Any:
    """Fit a model in this process; where else it can be is the `compute` group's matter."""
    return model.fit(X, y)


def with_threshold(
    pipeline: Pipeline, table: pd.DataFrame, cfg: DictConfig, schema: Schema
) -> Pipeline:
    """Tune the decision threshold of a fitted pipeline, if the task is binary and a metric is set.

    The threshold comes from training rows that the tuned copy did not learn from, never from test
    rows: by cross-validation, or of many rows from one part that is held back.

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
    rarest = y.value_counts()
    if rarest.min() < FOLDS:
        log.warning(
            "%d training rows are %r: too few to tune the decision threshold by; it stays 0.5",
            rarest.min(),
            rarest.idxmin(),
        )
        return pipeline
    some = X.sample(min(len(X), SOME), random_state=cfg.seed)
    if np.ptp(pipeline.predict_proba(some), axis=0).max() < 1e-6:
        return pipeline  # rows with equal probabilities can't be separated
    log.info("tuning the decision threshold for %s", metric)
    is_positive = (y == schema.positive).astype(int)  # numbers are compared faster than texts
    threshold = _best_threshold(_of_codes(pipeline, schema.positive), X, is_positive, metric, cfg)
    # What remains is the estimator and a number: the tuner's scorer is not the model's business.
    fixed = FixedThresholdClassifier(
        FrozenEstimator(pipeline[-1]),
        threshold=threshold,
        pos_label=schema.positive,
        response_method="predict_proba",
    )
    one_each = ~y.duplicated()
    fixed.fit(pipeline[:-1].transform(X[one_each]), y[one_each])
    return Pipeline([*pipeline.steps[:-1], ("estimator", fixed)])


def _of_codes(pipeline: Pipeline, positive: Any) -> Pipeline:
    """An unfitted copy that learns 1 for the positive class and 0 for the other."""
    copied: Pipeline = clone(pipeline)
    weights = {
        name: {int(label == positive): weight for label, weight in value.items()}
        for name, value in copied.get_params().items()
        if name.endswith("class_weight") and isinstance(value, dict)
    }
    return copied.set_params(**weights)


def _best_threshold(
    pipeline: Pipeline, X: pd.DataFrame, is_positive: pd.Series, metric: str, cfg: DictConfig
) -> float:
    """The probability of the positive class from which on a row is best called positive.

    Args:
        pipeline: unfitted.
        X: raw features of the training rows.
        is_positive: 1 or 0 for each.
        metric: a scorer's name.
        cfg: with the seed.
    """
    tuner = partial(
        TunedThresholdClassifierCV,
        scoring=scorer(metric, 1),
        response_method="predict_proba",
        random_state=cfg.seed,
    )
    before, estimator = pipeline[:-1], pipeline[-1]
    if len(X) < MANY:
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=cfg.seed)
        features = before.fit_transform(X, is_positive)
        return float(tuner(estimator, cv=folds).fit(features, is_positive).best_threshold_)
    fitted_to, held_back = train_test_split(
        np.arange(len(X)),
        train_size=min(FITTED_TO, len(X) * 4 // 5),
        test_size=min(HELD_BACK, len(X) // 5),
        stratify=is_positive,
        random_state=cfg.seed,
    )
    pipeline.fit(X.iloc[fitted_to], is_positive.iloc[fitted_to])
    features = before.transform(X.iloc[held_back])
    tuned = tuner(FrozenEstimator(estimator), cv="prefit", refit=False)
    return float(tuned.fit(features, is_positive.iloc[held_back]).best_threshold_)


class EncodedTarget(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A classifier that only takes classes 0 … k-1, made to take any labels.

    Args:
        classifier: what is fitted to numbers.
        balanced: whether a row of class 1 counts as much as there are rows of class 0 for each.
    """

    def __init__(self, classifier: Any, balanced: bool = False) -> None:
        self.classifier = classifier
        self.balanced = balanced

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = get_tags(self.classifier).input_tags.allow_nan
        return tags

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Number the classes, then fit."""
        self.labels_ = LabelEncoder().fit(y)
        self.classes_ = self.labels_.classes_
        self.classifier_ = self.weighted(y).fit(X, self.labels_.transform(y))
        return self

    def weighted(self, y: npt.ArrayLike) -> Any:
        """The unfitted classifier, with the weight of class 1 if it has one."""
        classifier = clone(self.classifier)
        counts = np.unique(np.asarray(y), return_counts=True)[1]
        if self.balanced and len(counts) == 2:
            classifier.set_params(scale_pos_weight=float(counts[0] / counts[1]))
        return classifier

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Labels; shape (rows,)."""
        check_is_fitted(self)
        return np.asarray(self.classes_[np.asarray(self.classifier_.predict(X), dtype=int)])

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """A probability for each of `classes_`; shape (rows, classes)."""
        check_is_fitted(self)
        return np.asarray(self.classifier_.predict_proba(X))


class Resampled(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A classifier that is fitted to resampled rows; the rows that it predicts stay as they are.

    Args:
        classifier: what is fitted.
        sampler: the class that resamples, as Python imports it. Only its name is kept, so that a
            service needs no imbalanced-learn.
        parameters: of the sampler.
    """

    def __init__(
        self, classifier: Any, sampler: str, parameters: dict[str, Any] | None = None
    ) -> None:
        self.classifier = classifier
        self.sampler = sampler
        self.parameters = parameters

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Resample the rows, then fit."""
        sampler = get_class(self.sampler)(**(self.parameters or {}))
        rows, classes = sampler.fit_resample(X, y)
        self.classifier_ = clone(self.classifier).fit(rows, classes)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Labels; shape (rows,)."""
        check_is_fitted(self)
        return np.asarray(self.classifier_.predict(X)).ravel()

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


def row_dependence(
    model: Pipeline, test: pd.DataFrame, schema: Schema, whole: Predictions, seed: int
) -> dict[str, int]:
    """How many answers change with the rows that are asked for beside them.

    A service answers row by row. A step that looks at the other rows of its input, such as at
    their mean, gives answers there that no score is about.

    Args:
        model: a fitted pipeline.
        test: rows with their target.
        schema: names features and target.
        whole: the predictions for these rows, made at once.
        seed: of the sample and the order.

    Returns:
        The `rows` that were asked for alone, how many of these differ (`alone`), and how many of
        all differ when they are `shuffled` and in `halves`.
    """
    order = np.random.default_rng(seed).permutation(len(test))
    sample, middle = np.sort(order[:ALONE]), len(test) // 2
    halves = (np.arange(middle), np.arange(middle, len(test)))

    def differing(*groups: npt.NDArray[np.intp]) -> int:
        return sum(_differing(model, test.iloc[rows], schema, whole[rows]) for rows in groups)

    return {
        "rows": len(sample),
        "alone": differing(*sample[:, np.newaxis]),
        "shuffled": differing(order),
        "halves": differing(*halves),
    }


def _differing(model: Pipeline, table: pd.DataFrame, schema: Schema, whole: Predictions) -> int:
    """The rows that have other probabilities, or quantities, than `whole`."""
    if table.empty:
        return 0
    X, _ = inputs(table.reset_index(drop=True), schema)
    try:
        if whole.probabilities is None:
            numbers = (np.ravel(model.predict(X)).astype(float), whole.predicted.astype(float))
        else:
            numbers = (model.predict_proba(X).T, whole.probabilities.T)
    except Exception:  # whatever a step makes of so few rows
        return len(table)
    close = np.isclose(*numbers, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return int((~np.atleast_2d(close).all(axis=0)).sum())


def dependence_warning(found: dict[str, int]) -> str | None:
    """What to say of answers that depend on other rows; None if there are none."""
    alone = found["alone"]
    if not alone + found["shuffled"] + found["halves"]:
        return None
    return (
        f"{alone} of {found['rows']} test rows get another answer alone than among the others "
        f"(of all, {found['shuffled']} when shuffled, {found['halves']} in halves): a step looks "
        "at other rows of its input, so what is served is not what was scored; what takes many "
        "rows, `learn` in features.py"
    )
