"""Hyperparameter search over the space that a model's file gives.

All searches take these arguments first:

    pipeline: to be fitted with each choice.
    space: lists of choices, or ranges {low, high, log}, by parameter of the estimator.
    scoring: a scikit-learn scorer, or its name.
    seed: of the draws.
    cv: number of folds.
"""

from collections.abc import Mapping
from typing import Any

from scipy import stats
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline

from ..tools.errors import Refusal

Space = Mapping[str, Any]


def no_search(pipeline: Pipeline, space: Space, scoring: Any, seed: int) -> Pipeline:
    """The pipeline itself."""
    return pipeline


def grid(pipeline: Pipeline, space: Space, scoring: Any, seed: int, cv: int) -> GridSearchCV:
    """Try every combination of the space's choices; nothing is drawn.

    Raises:
        Refusal: if the space has a range.
    """
    ranges = [name for name, values in space.items() if isinstance(values, Mapping)]
    if ranges:
        raise Refusal(f"search=grid needs a list of choices for {', '.join(ranges)}, not a range")
    return GridSearchCV(
        pipeline, _of_estimator(space), scoring=scoring, cv=cv, error_score="raise", verbose=1
    )


def random(
    pipeline: Pipeline, space: Space, scoring: Any, seed: int, cv: int, n_iter: int
) -> RandomizedSearchCV:
    """Try random draws from the space.

    Args:
        n_iter: number of draws.
    """
    return RandomizedSearchCV(
        pipeline,
        _of_estimator(_distributions(space)),
        n_iter=n_iter,
        scoring=scoring,
        cv=cv,
        random_state=seed,
        error_score="raise",
        verbose=1,
    )


def halving(
    pipeline: Pipeline,
    space: Space,
    scoring: Any,
    seed: int,
    cv: int,
    n_candidates: int,
    factor: int,
) -> HalvingRandomSearchCV:
    """Try random draws on few rows, then the best of them on more, and so on.

    Args:
        n_candidates: number of draws.
        factor: by which rows grow and candidates shrink from round to round.
    """
    return HalvingRandomSearchCV(
        pipeline,
        _of_estimator(_distributions(space)),
        n_candidates=n_candidates,
        factor=factor,
        min_resources="exhaust",  # the last round has all rows, so the first has enough of them
        scoring=scoring,
        cv=cv,
        random_state=seed,
        error_score="raise",
        verbose=1,
    )


def optuna(
    pipeline: Pipeline, space: Space, scoring: Any, seed: int, cv: int, n_trials: int
) -> Any:
    """Try draws that are each guided by the former ones (tree-structured Parzen estimator).

    Args:
        n_trials: number of draws.
    """
    try:
        from optuna import create_study
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
        from optuna.samplers import TPESampler
        from optuna_integration import OptunaSearchCV
    except ImportError as error:
        raise Refusal(f"search=optuna: {error}; run `make setup EXTRAS=dev,optuna`") from None

    def distribution(values: Any) -> Any:
        if not isinstance(values, Mapping):
            return CategoricalDistribution(list(values))
        kind = IntDistribution if _is_whole(values) else FloatDistribution
        return kind(values["low"], values["high"], log=values.get("log", False))

    return OptunaSearchCV(
        pipeline,
        _of_estimator({name: distribution(values) for name, values in space.items()}),
        study=create_study(direction="maximize", sampler=TPESampler(seed=seed)),
        n_trials=n_trials,
        scoring=scoring,
        cv=cv,
        random_state=seed,
        error_score="raise",
    )


def _of_estimator(space: Space) -> dict[str, Any]:
    return {f"estimator__{name}": values for name, values in space.items()}


def _distributions(space: Space) -> dict[str, Any]:
    return {name: _distribution(values) for name, values in space.items()}


def _distribution(values: Any) -> Any:
    if not isinstance(values, Mapping):
        return list(values)
    low, high, log = values["low"], values["high"], values.get("log", False)
    if _is_whole(values):
        return stats.randint(low, high + 1) if not log else _WholeLog(low, high)
    return stats.loguniform(low, high) if log else stats.uniform(low, high - low)


def _is_whole(values: Mapping[str, Any]) -> bool:
    return isinstance(values["low"], int) and isinstance(values["high"], int)


class _WholeLog:
    """Whole numbers, uniform in their logarithm."""

    def __init__(self, low: int, high: int) -> None:
        self.distribution = stats.loguniform(low, high + 1)

    def rvs(self, random_state: Any = None) -> int:
        """Draw one."""
        return int(self.distribution.rvs(random_state=random_state))
