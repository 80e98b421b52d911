"""policy.json of a model folder: the policy it was packed under, its classes, its calibration."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from omegaconf import DictConfig, OmegaConf

from ..model.metrics import predict
from ..model.pipeline import inputs
from ..packing.candidate import Candidate
from ..tools.files import read_json, write_json
from ..tools.paths import REPORTS
from . import PACKED, Policy

BINS = 10


def pack_policy(folder: Path, candidate: Candidate) -> None:
    """Add policy.json to a model folder.

    Args:
        folder: to be packed, with its params.yaml.
        candidate: the model and its test rows.
    """
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    seconds = None
    with suppress(OSError, ValueError, KeyError):
        seconds = float(read_json(REPORTS / "training.json")["seconds"])
    write_json(
        folder / PACKED,
        {
            "policy": Policy.load().digest,
            "classes": sorted(set(_classes(params["model"]["estimator"]))),
            "calibration": calibration_error(candidate),
            "training_seconds": seconds,
        },
    )


def calibration_error(candidate: Candidate) -> float | None:
    """The expected calibration error on the test rows; None without probabilities.

    After Guo et al., On Calibration of Modern Neural Networks (2017): the mean distance between
    how sure the model is of its answer and how often it is right, over ten bins of equal width.
    """
    found = predict(
        candidate.model, *inputs(candidate.test, candidate.schema), candidate.schema
    ).coded()
    if found.probabilities is None:
        return None
    sure = found.probabilities.max(axis=1)
    right = (found.probabilities.argmax(axis=1) == found.truth).astype(float)
    return expected_error(sure, right)


def expected_error(sure: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """That error, of confidences and hits, each of shape (rows,)."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        abs(sure[bins == number].mean() - right[bins == number].mean()) * (bins == number).mean()
        for number in np.unique(bins)
    ]
    return float(sum(gaps))


def _classes(value: Any) -> Iterator[str]:
    """Every class that the estimator's configuration names."""
    if isinstance(value, DictConfig):
        value = OmegaConf.to_container(value)
    if isinstance(value, dict):
        if "_target_" in value:
            yield str(value["_target_"])
        for each in value.values():
            yield from _classes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _classes(each)
