"""Boosted trees that learn from a table in parts, which the workers of a Dask cluster hold.

Features and preprocessing are fitted here, as without a cluster. What is trained over the parts is
the estimator, by its package's own Dask interface, and what remains is an ordinary one.
"""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags

from ..tools.errors import Refusal

FEWEST = 250  # rows of a part: with less, LightGBM's workers sometimes crash, or wait for ever


def fit_over_partitions(partitions: int, client: Any, model: Any, X: Any, y: Any) -> Pipeline:
    """Fit a pipeline of which the estimator is XGBoost's or LightGBM's.

    Args:
        partitions: parts of the table.
        client: connected to a Dask cluster.
        model: the unfitted pipeline.
        X: raw features.
        y: the target.

    Raises:
        Refusal: if the estimator can't learn from parts, or these are too small.
    """
    if len(y) < partitions * FEWEST:
        raise Refusal(
            f"compute.partitions={partitions} leaves fewer than {FEWEST} of {len(y):,} rows for a "
            "part; give a smaller number, or none"
        )
    if not isinstance(model, Pipeline):
        raise Refusal(
            "compute.partitions is for one training: leave it out for a search, whose fits the "
            "workers share"
        )
    found = [name for name, value in model.get_params().items() if _trainer(value)]
    if len(found) != 1:
        raise Refusal(
            f"compute.partitions needs model=xgboost or model=lightgbm, which train over parts; "
            f"{type(model[-1]).__name__} can't, so leave it out"
        )
    original = model.get_params()[found[0]]
    model.set_params(**{found[0]: _OverPartitions(original, partitions, client)})
    model.fit(X, y)
    _put_back(model.steps, model)
    return model


class _OverPartitions(MetaEstimatorMixin, BaseEstimator):
    """An estimator that sends its rows to the workers, and learns there.

    Args:
        estimator: of XGBoost or LightGBM.
        partitions: parts of the table.
        client: connected to a Dask cluster.
    """

    def __init__(self, estimator: Any, partitions: int, client: Any) -> None:
        self.estimator = estimator
        self.partitions = partitions
        self.client = client

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = get_tags(self.estimator)
        return tags

    def __sklearn_clone__(self) -> Self:
        return type(self)(self.estimator, self.partitions, self.client)

    def fit(self, X: Any, y: Any) -> Self:
        """Train; `estimator_` is then as if it had been trained here."""
        import dask.array

        rows = -(-len(y) // self.partitions)
        dense = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
        parts = dask.array.from_array(dense, chunks=(rows, dense.shape[1]))
        target = dask.array.from_array(np.asarray(y), chunks=rows)
        trainer = _trainer(self.estimator)
        assert trainer
        self.estimator_ = trainer(self.estimator, self.client, parts, target)
        return self


def _xgboost(estimator: Any, client: Any, X: Any, y: Any) -> Any:
    """Train an estimator of XGBoost's."""
    import xgboost
    import xgboost.dask

    over = getattr(xgboost.dask, f"Dask{type(estimator).__name__}")(**estimator.get_params())
    over.client = client
    fitted = type(estimator)(**estimator.get_params())
    fitted.load_model(over.fit(X, y).get_booster().save_raw("ubj"))
    return fitted


def _lightgbm(estimator: Any, client: Any, X: Any, y: Any) -> Any:
    """Train an estimator of LightGBM's."""
    import lightgbm

    over = getattr(lightgbm, f"Dask{type(estimator).__name__}")
    return over(client=client, **estimator.get_params()).fit(X, y).to_local()


Trainer = Callable[[Any, Any, Any, Any], Any]
TRAINERS: dict[str, Trainer] = {"xgboost": _xgboost, "lightgbm": _lightgbm}


def _trainer(value: Any) -> Trainer | None:
    """What trains an estimator over parts, if anything does."""
    if not isinstance(value, BaseEstimator):
        return None
    return TRAINERS.get(type(value).__module__.partition(".")[0])


def _put_back(steps: list[tuple[str, Any]], model: Pipeline) -> None:
    """Put the trained estimators where the wrappers are: in a step, or inside one."""
    for number, (name, step) in enumerate(steps):
        if isinstance(step, _OverPartitions):
            model.steps[number] = (name, step.estimator_)
            continue
        for attribute, value in list(vars(step).items()):
            if isinstance(value, _OverPartitions):
                trained = value.estimator_ if hasattr(value, "estimator_") else value.estimator
                setattr(step, attribute, trained)
