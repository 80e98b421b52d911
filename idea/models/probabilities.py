"""Wraps classifiers that have no probabilities, or do not accept arbitrary labels."""

from collections.abc import Iterator

from idea.knowledge.estimators import CLASSIFICATION, stem, task_of
from idea.models.class_ratio import OF_CLASSES, PARAMETER
from idea.models.drafts import Draft
from idea.models.hydra_config import (
    calibrated,
    class_name,
    gives_probabilities,
    needs_numbered_classes,
)

PACKAGE = "<PACKAGE>"  # whoever writes the file puts the package's name here


def with_probabilities(draft: Draft) -> list[str]:
    """Wrap a classifier that lacks probabilities or takes only some labels.

    Args:
        draft: the predictor, which is changed.

    Returns:
        What was changed, a line each.
    """
    notes: list[str] = []
    if task_of(draft.path) != CLASSIFICATION:
        return notes
    balanced = draft.config.get(PARAMETER) == OF_CLASSES
    notes += list(_without_ratios(draft.config, own=balanced))
    if stem(draft.path) == "Voting":
        notes += _vote_softly(draft)
    elif not gives_probabilities(draft.config):
        if not draft.config.pop("probability", False):
            name = class_name(draft.config)
            notes.append(f"{name} gives no probabilities by itself: it is calibrated")
        draft.config = calibrated(draft.config)
        draft.put_inside("estimator__")
    if balanced or needs_numbered_classes(draft.config):
        encoded = f"{PACKAGE}.model.pipeline.EncodedTarget"
        weights = {"balanced": True} if balanced else {}
        draft.config = {"_target_": encoded, **weights, "classifier": draft.config}
        draft.put_inside("classifier__")
    return notes


def _without_ratios(config: object, own: bool = False) -> Iterator[str]:
    """Take weights that are computed from the target out of a configuration.

    Args:
        config: the configuration, which is changed, or a part of it.
        own: whether what is around this very configuration computes its weight.
    """
    if isinstance(config, dict) and config.get(PARAMETER) == OF_CLASSES:
        del config[PARAMETER]
        if not own:
            yield f"`{PARAMETER}` of {class_name(config)} is left at its default: it is inside"
    if isinstance(config, dict):
        config = [*config.values()]
    for part in config if isinstance(config, list) else ():
        yield from _without_ratios(part)


def _vote_softly(draft: Draft) -> list[str]:
    notes = []
    if draft.config.get("voting") != "soft":
        draft.config["voting"] = "soft"
        notes.append("votes are weighted by probability (voting: soft), not counted")
    for member in draft.config["estimators"]:
        name, voter = member
        if isinstance(voter, dict) and not gives_probabilities(voter):
            voter.pop("probability", None)
            member[1] = calibrated(voter)
            notes.append(f"{class_name(voter)} gives no probabilities: it is calibrated")
            draft.rename_space(f"{name}__", f"{name}__estimator__")
    return notes
