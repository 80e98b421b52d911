"""An estimator's configuration as today's libraries and the rendered repo take it."""

from collections.abc import Sequence
from math import inf
from typing import Any

from idea.knowledge.estimators import (
    CLASSIFICATION,
    MEMBERS,
    QUIET,
    SEEDED,
    SEEDED_IF,
    SGD_PROBABILITY_LOSSES,
    WITHOUT_PROBABILITIES,
    stem,
    task_of,
)

SEED_REFERENCE = "${seed}"  # to the seed of the whole configuration

Config = dict[str, Any]


def class_name(config: Config) -> str:
    """Give the name of the class that a configuration instantiates."""
    return str(config["_target_"]).rpartition(".")[2]


def complete_config(config: Config) -> None:
    """Add what a class needs beyond its written parameters: a seed, silence, present parameters."""
    short = stem(config["_target_"])
    if config.get("random_state", SEED_REFERENCE) is None:
        config["random_state"] = SEED_REFERENCE
    parameter, values = SEEDED_IF.get(short, ("", ()))
    chance = short in SEEDED or (parameter and config.get(parameter) in values)
    if chance and "random_seed" not in config:
        config.setdefault("random_state", SEED_REFERENCE)
    config |= QUIET.get(short, {})
    if short == "CatBoost":
        config |= {name: _as_tuple(value) for name, value in config.items()}
    if short == "XGB" and config.get("missing", 0) is None:
        del config["missing"]
    elif short == "LogisticRegression":
        _say_l1_ratio(config)


def _as_tuple(value: Any) -> Any:
    """Write a list as a tuple: CatBoost copies lists, and what copies is no estimator to clone."""
    return {"_target_": "builtins.tuple", "_args_": [value]} if isinstance(value, list) else value


def inner_config(config: Config, keys: Sequence[str]) -> Config | None:
    """Find the configuration inside another one to which a parameter's prefix leads.

    Args:
        config: the outer configuration.
        keys: parameters that hold others, or names of a vote's, a stack's or a pipeline's members.

    Returns:
        What is inside; None if there is nothing that can have parameters.
    """
    found: Any = config
    for key in keys:
        if not isinstance(found, dict):
            return None
        members = [pair for name in MEMBERS for pair in found.get(name, ())]
        found = found.get(key, next((one for name, one in members if name == key), None))
    return found if isinstance(found, dict) and "_target_" in found else None


def _say_l1_ratio(config: Config) -> None:
    """Replace the deprecated `penalty`: a ratio of 1 is "l1", and an infinite C is no penalty."""
    penalty = config.pop("penalty", "l2")
    if penalty == "l1":
        config["l1_ratio"] = 1.0
    elif penalty in (None, "none"):
        config["C"] = inf


def search_l1_ratio(space: Config, notes: list[str]) -> None:
    """Replace the deprecated `penalty` in a search space, and note what is lost."""
    ratios = {"l1": 1.0, "l2": 0.0}
    penalties = space.pop("penalty", [])
    known = [ratios[penalty] for penalty in penalties if penalty in ratios]
    if len(known) < len(penalties):
        notes.append("the search over `penalty` is read as one over l1 and l2")
    if known:
        space.setdefault("l1_ratio", known)


def gives_probabilities(config: Config) -> bool:
    """Tell whether a classifier has `predict_proba`."""
    short = stem(config["_target_"])
    if short == "Pipeline":
        return gives_probabilities(config["steps"][-1][1])
    if short == "Resampled":
        return gives_probabilities(config["classifier"])
    if short == "SGD":
        return config.get("loss") in SGD_PROBABILITY_LOSSES
    if short in ("ClassifierChain", "OneVsRest", "SelfTraining"):
        return gives_probabilities(config["estimator"])
    if short == "Stacking" and isinstance(config.get("final_estimator"), dict):
        return gives_probabilities(config["final_estimator"])
    return short not in WITHOUT_PROBABILITIES


def calibrated(config: Config) -> Config:
    """Wrap a classifier so that it has `predict_proba`."""
    path = "sklearn.calibration.CalibratedClassifierCV"
    return {"_target_": path, "estimator": config, "ensemble": False}


def needs_numbered_classes(value: Any) -> bool:
    """Tell whether a configuration holds a classifier that takes no labels but 0 to k-1."""
    if isinstance(value, dict):
        path = str(value.get("_target_", ""))
        return (path.startswith("xgboost.") and task_of(path) == CLASSIFICATION) or any(
            needs_numbered_classes(v) for v in value.values()
        )
    return isinstance(value, list) and any(needs_numbered_classes(v) for v in value)
