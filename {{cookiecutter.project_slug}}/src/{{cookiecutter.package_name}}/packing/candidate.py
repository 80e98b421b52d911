"""The model folder: everything that is needed to judge and explain one model."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..model.pipeline import inputs
from ..tools.files import replacing, write_json, write_text
from .card import made_with, model_card
from .hashes import write_hashes


@dataclass(frozen=True)
class Candidate:
    """A trained and evaluated model.

    Attributes:
        model: the fitted pipeline.
        schema: of the raw table.
        test: rows that the model did not learn from, with their target.
        metrics: scores on these rows.
        details: intervals, baseline, slices.
    """

    model: Pipeline
    schema: Schema
    test: pd.DataFrame
    metrics: dict[str, float]
    details: dict[str, Any]


def pack(folder: Path, trained: Path, candidate: Candidate, cfg: DictConfig) -> None:
    """Make a model folder.

    It holds pipeline.skops, schema.yaml, params.yaml, metrics.json, evaluation.json, example.json
    (a raw row), versions.json, requirements.txt, a model card, whatever the functions in
    `evaluate.pack` add, and hashes.json; what `evaluate.seal` names comes last.

    Args:
        folder: to be made, in place of what is there.
        trained: the folder with pipeline.skops.
        candidate: the model, and how good it is.
        cfg: the composed configuration.
    """
    schema, metrics, details = candidate.schema, candidate.metrics, candidate.details
    versions = made_with(cfg)
    with replacing(folder) as new:
        new.mkdir()
        shutil.copy(trained / "pipeline.skops", new)
        schema.save(new / "schema.yaml")
        write_text(new / "params.yaml", OmegaConf.to_yaml(cfg, resolve=True))
        write_json(new / "metrics.json", metrics)
        write_json(new / "evaluation.json", details)
        X, _ = inputs(candidate.test, schema)
        whole = X.dropna().head(1)
        example = whole if len(whole) else X.head(1)
        write_text(new / "example.json", example.to_json(orient="records", date_format="iso"))
        write_json(new / "versions.json", versions)
        pins = [f"{name}=={version}" for name, version in versions["packages"].items()]
        write_text(new / "requirements.txt", "\n".join(pins) + "\n")
        write_text(new / "README.md", model_card(cfg, schema, metrics, details, versions))
        for add in cfg.evaluate.get("pack", {}).values():
            instantiate(add, _partial_=True)(new, candidate)
        write_hashes(new)
        for seal in cfg.evaluate.get("seal", {}).values():
            instantiate(seal, _partial_=True)(new)
