"""The model folder: everything that is needed to serve, judge and explain one model."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..monitoring.reference import write_reference
from ..runtime.export import export
from ..runtime.served_model import write_answer, write_hashes
from ..tools import versions
from ..tools.files import replacing, write_json, write_text
from .card import model_card
from .pipeline import inputs


def pack(
    folder: Path,
    trained: Path,
    model: Pipeline,
    schema: Schema,
    test: pd.DataFrame,
    metrics: dict[str, float],
    details: dict[str, Any],
    cfg: DictConfig,
) -> None:
    """Make a model folder of a trained pipeline.

    It holds pipeline.skops, its compiled form if there is one (model.onnx, runtime.json),
    schema.yaml, params.yaml, metrics.json, evaluation.json, example.json (a raw row), answer.json
    (what the model says of it), reference.parquet (test rows, to tell drift by), versions.json,
    requirements.txt, a model card and hashes.json.
    """
    made_with = versions.of(cfg)
    with replacing(folder) as new:
        new.mkdir()
        shutil.copy(trained / "pipeline.skops", new)
        schema.save(new / "schema.yaml")
        write_text(new / "params.yaml", OmegaConf.to_yaml(cfg, resolve=True))
        write_json(new / "metrics.json", metrics)
        write_json(new / "evaluation.json", details)
        row = inputs(test, schema)[0].dropna().head(1)
        example = row if len(row) else inputs(test, schema)[0].head(1)
        write_text(new / "example.json", example.to_json(orient="records", date_format="iso"))
        write_json(new / "versions.json", made_with)
        pins = [f"{name}=={version}" for name, version in made_with["packages"].items()]
        write_text(new / "requirements.txt", "\n".join(pins) + "\n")
        write_text(new / "README.md", model_card(cfg, schema, metrics, details, made_with))
        export(new, model, schema, test)
        write_answer(new)
        write_reference(new, model, schema, test, cfg.seed)
        write_hashes(new)
