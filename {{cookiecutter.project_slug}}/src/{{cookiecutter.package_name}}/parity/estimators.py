"""Compares the estimator that the notebook fits with the configured one, parameter by parameter."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor

# What decides about chance, speed or messages, but not about the kind of model.
TECHNICAL = {
    "allow_writing_files",
    "cache_size",
    "class_names",
    "copy",
    "copy_X",
    "copy_X_train",
    "device",
    "device_type",
    "eval_metric",
    "logging_level",
    "memory",
    "n_jobs",
    "nthread",
    "num_threads",
    "probability",
    "random_seed",
    "random_state",
    "seed",
    "silent",
    "task_type",
    "thread_count",
    "train_dir",
    "tree_learner",
    "use_label_encoder",
    "verbose",
    "verbose_eval",
    "verbosity",
    "warm_start",
}
# How many rounds a model that stops early is given: the notebook's are counted while it fits.
STOPPING = ("early_stopping_rounds", "early_stopping_round", "od_wait", "n_iter_no_change")
ROUNDS = ("iterations", "max_iter", "n_estimators", "num_boost_round")
# Models of statsmodels, by what does the same where the intercept is a column.
SAME = {"OLS": "LinearRegression", "Logit": "LogisticRegression"}
SPACES = ("param_grid", "param_distributions", "search_spaces", "param_space")

Described = dict[str, Any]


def described(model: Any, searched: Iterable[str] = ()) -> Described:
    """What an estimator is, as values that every process can read.

    Args:
        model: the estimator, or a search or a pipeline that holds it.
        searched: names of parameters that searches have varied before.

    Returns:
        `parameters`: the class and the parameters that are set, by their names in `get_params`;
        `""` is the class of the estimator itself. `searched`: names of those that a search varies.
    """
    searched = set(searched)
    while True:
        if names := varied(model):
            searched |= names
            model = getattr(model, "estimator", None)
        elif hasattr(model, "steps") and model.steps:
            name, model = model.steps[-1]
            searched = {key.removeprefix(f"{name}__") for key in searched}
        else:
            return {"parameters": _parameters(model, ""), "searched": sorted(searched)}


def compare_estimators(
    ours: Any, theirs: list[Described], classes: Mapping[Any, Any], blended: bool = False
) -> dict[str, Any]:
    """Compare the configured estimator with those that the notebook was about to fit.

    Args:
        ours: the configured estimator.
        theirs: the notebook's, described; a loop may go through several.
        classes: the notebook's number for each class, where it makes numbers of them.
        blended: whether ours is a vote of models that the notebook fits one by one.

    Returns:
        `equal`, the `notebook`'s class, and each parameter that differs.
    """
    ours = _own(ours)
    found = [_compared(described(ours)["parameters"], one, classes) for one in theirs]
    vote = _own(_inside(ours)[0]) if blended and _inside(ours) else ours
    members = [one for _, one in vote.estimators] if blended else []
    for inner in [*_inside(ours), *members]:
        its = described(_own(inner))["parameters"]
        within = type(vote if members else ours).__name__
        found += [{**_compared(its, one, classes), "within": within} for one in theirs]
    return min(found, key=lambda one: (not one["equal"], len(one["parameters"])))


def _inside(ours: Any) -> list[Any]:
    """The estimator in what gives it probabilities, or transforms the target for it; or none."""
    if isinstance(ours, CalibratedClassifierCV):
        return [ours.estimator]
    return [ours.regressor] if isinstance(ours, TransformedTargetRegressor) else []


def varied(search: Any) -> set[str]:
    """The names of the parameters that a search varies."""
    spaces = [getattr(search, name) for name in SPACES if hasattr(search, name)]
    return {name for space in spaces for name in _names(space)}


def _compared(
    ours: Mapping[str, Any], theirs: Described, classes: Mapping[Any, Any]
) -> dict[str, Any]:
    there, searched = theirs["parameters"], set(theirs["searched"])
    result: dict[str, Any] = {"equal": False, "notebook": there[""], "repository": ours[""]}
    if SAME.get(there[""]) == ours[""] and ours.get("fit_intercept") is False:
        return {**result, "equal": True, "parameters": {}}
    if there[""] != ours[""]:
        return {**result, "parameters": {"": {"notebook": there[""], "repository": ours[""]}}}
    stops = any(name.rpartition("__")[2] in STOPPING for name in there)
    differing = {}
    for name in sorted({*there, *ours}):
        last = name.rpartition("__")[2]
        if last in TECHNICAL or {name, last} & searched or (stops and last in ROUNDS + STOPPING):
            continue
        pair = [_of_classes(one.get(name), classes) for one in (there, ours)]
        if not _same(*pair):
            values = zip(("notebook", "repository"), (there, ours), strict=True)
            differing[name] = {where: one.get(name, "default") for where, one in values}
    return {**result, "equal": not differing, "parameters": differing}


def _own(model: Any) -> Any:
    """The estimator inside what this repository puts around it, to suit classes of any name."""
    package = __name__.partition(".")[0]
    while type(model).__module__.partition(".")[0] == package and hasattr(model, "get_params"):
        inner = [one for one in model.get_params(deep=False).values() if _is_estimator(one)]
        if not inner:
            break
        model = inner[0]
    return model


def _parameters(model: Any, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {path: type(model).__name__}
    prefix = f"{path}__" if path else ""
    if not hasattr(model, "get_params"):
        return found
    defaults = {
        name: one.default for name, one in inspect.signature(type(model)).parameters.items()
    }
    for name, value in model.get_params(deep=False).items():
        if _is_estimator(value):
            found |= _parameters(_own(value), prefix + name)
        elif _are_members(value):
            for label, member, *_ in value:
                found |= _parameters(_own(member), prefix + str(label))
        elif not _is_unset(value) and not _same(_plain(value), _plain(defaults.get(name))):
            found[prefix + name] = _plain(value)
    return found


def _is_unset(value: Any) -> bool:
    """Whether a value leaves a parameter open: XGBoost's `missing` is NaN, and was None."""
    return value is None or (isinstance(value, float) and bool(np.isnan(value)))


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not inspect.isclass(value)


def _are_members(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(
            isinstance(one, tuple | list) and len(one) > 1 and _is_estimator(one[1])
            for one in value
        )
    )


def _plain(value: Any) -> Any:
    """Numbers, texts and collections of these as they are; of everything else, its name."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case np.generic():
            return value.item()
        case np.ndarray():
            return [_plain(one) for one in value.tolist()]
        case list() | tuple() | set() | frozenset():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
    return getattr(value, "__name__", type(value).__name__)


def _names(space: Any) -> list[str]:
    spaces = space if isinstance(space, list | tuple) else [space]
    return [str(name) for one in spaces if isinstance(one, Mapping) for name in one]


def _of_classes(value: Any, classes: Mapping[Any, Any]) -> Any:
    """The value with the notebook's numbers of classes, such as those of `class_weight`."""
    if not isinstance(value, Mapping):
        return value
    numbers = {str(label): str(number) for label, number in classes.items()}
    return {numbers.get(str(key), str(key)): one for key, one in value.items()}


def _same(one: Any, other: Any) -> bool:
    match one, other:
        case (int() | float(), int() | float()):
            return bool(np.isclose(one, other, rtol=1e-9, atol=0, equal_nan=True))
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
        case Mapping(), Mapping():
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)
