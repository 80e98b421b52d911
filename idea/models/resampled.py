"""Classifiers that are fitted to resampled rows."""

from idea.knowledge.model_selection import DRAWING_SAMPLERS
from idea.models.hydra_config import SEED_REFERENCE, Config
from idea.models.probabilities import PACKAGE

CLASSIFIER = "classifier__"  # what parameters of the classifier begin with


def resampled(classifier: Config, sampler: Config) -> Config | None:
    """Wrap a classifier so that it is fitted to resampled rows.

    Args:
        classifier: its configuration.
        sampler: the configuration of the object that resamples.

    Returns:
        The configuration of both; None for a sampler with other objects among its parameters.
    """
    parameters = {name: value for name, value in sampler.items() if name != "_target_"}
    if any(isinstance(value, dict | list) for value in parameters.values()):
        return None
    path = str(sampler["_target_"])
    drawn = path.rpartition(".")[2] in DRAWING_SAMPLERS
    if drawn and parameters.get("random_state") is None:
        parameters["random_state"] = SEED_REFERENCE
    return {
        "_target_": f"{PACKAGE}.model.pipeline.Resampled",
        "classifier": classifier,
        "sampler": path,
        "parameters": parameters,
    }
