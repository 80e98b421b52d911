"""The model folder: everything that is needed to judge and explain one model, with its card."""

import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from packaging.requirements import Requirement
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..model.pipeline import inputs
from ..tools.files import replacing, write_json, write_text
from . import write_hashes

DISTRIBUTION = "{{ cookiecutter.project_slug }}"


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
        exact: dict[str, Any] = {"date_format": "iso", "double_precision": 15}
        write_text(new / "example.json", example.to_json(orient="records", **exact))
        write_json(new / "versions.json", versions)
        pins = [f"{name}=={version}" for name, version in versions["packages"].items()]
        write_text(new / "requirements.txt", "\n".join(pins) + "\n")
        write_text(new / "README.md", model_card(cfg, schema, metrics, details, versions))
        for add in cfg.evaluate.get("pack", {}).values():
            instantiate(add, _partial_=True)(new, candidate)
        write_hashes(new)
        for seal in cfg.evaluate.get("seal", {}).values():
            instantiate(seal, _partial_=True)(new)


# What it was made from


def made_with(cfg: DictConfig) -> dict[str, Any]:
    """The Git commit and its time, the data's DVC hash, Python's version and the packages'."""
    code, _, time = (commit() or "").partition(" ")
    return {
        "code": code or None,
        "time": float(time) if time else None,
        "data": data_hash(Path(cfg.data.path)),
        "python": platform.python_version(),
        "packages": packages(cfg.model),
    }


def commit() -> str | None:
    """The commit that is checked out and its seconds since 1970; None outside a Git repository."""
    try:
        answer = subprocess.run(
            ["git", "show", "--no-patch", "--format=%H %ct", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def data_hash(path: Path) -> str | None:
    """The MD5 under which DVC keeps the raw table; None if DVC does not."""
    pointer = path.with_name(f"{path.name}.dvc")
    if not pointer.exists():
        return None
    return str(yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]["md5"])


def packages(model: DictConfig) -> dict[str, str]:
    """The installed versions of what the pipeline and a model, maybe of an extra, need; by name."""
    of_model = set(re.findall(r"_target_: (\w+)", OmegaConf.to_yaml(model)))
    needed = (Requirement(line) for line in metadata.requires(DISTRIBUTION) or [])
    names = sorted({need.name for need in needed if not need.marker or need.name in of_model})
    return {name: metadata.version(name) for name in names}


# Its card (Mitchell et al., Model Cards, 2019)


def model_card(
    cfg: DictConfig,
    schema: Schema,
    metrics: dict[str, float],
    details: dict[str, Any],
    versions: dict[str, Any],
) -> str:
    """The model's purpose, origin, scores and limits, as Markdown.

    Args:
        cfg: the composed configuration.
        schema: of the raw table.
        metrics: scores on the test rows.
        details: intervals, baseline and slices.
        versions: of code, data, Python and packages.
    """
    estimator = cfg.model.estimator["_target_"].rsplit(".", 1)[-1]
    parts = [
        f"# {cfg.title}",
        f"Predicts `{schema.target}` ({schema.task}) from {len(schema.features)} columns "
        f"of `{cfg.data.path}` with a {estimator}.",
        "## Made from",
        _table(
            ["what", "value"],
            [
                ["data (DVC hash)", versions["data"]],
                ["code (Git commit)", versions["code"]],
                ["Python", versions["python"]],
                ["scikit-learn", versions["packages"]["scikit-learn"]],
                ["rows to train", details["rows"]["train"]],
                ["rows to test", details["rows"]["test"]],
            ],
        ),
        "## How well it does",
        f"On the test rows, with {cfg.evaluate.confidence:.0%} bootstrap intervals; "
        "the baseline looks at no column.",
        _table(["metric", "score", "interval", "baseline"], _scores(metrics, details)),
        *_slices(details, cfg.evaluate.metric),
        "## Columns",
        _table(
            ["column", "type", "may be missing", "values"],
            [[c.name, c.type, "yes" if c.nullable else "no", _values(c)] for c in schema.columns],
        ),
        "## Limits",
        "It knows the ranges and categories above and nothing beyond them. Predictions for rows "
        "unlike the training data, and decisions about people that nobody checks, are not what it "
        "is for.",
    ]
    return "\n\n".join(parts) + "\n"


def _scores(metrics: dict[str, float], details: dict[str, Any]) -> Iterable[list[Any]]:
    for name, value in metrics.items():
        low, high = details["intervals"].get(name, (float("nan"),) * 2)
        yield [name, f"{value:.4f}", f"{low:.4f} to {high:.4f}", f"{details['baseline'][name]:.4f}"]


def _slices(details: dict[str, Any], metric: str) -> list[str]:
    if not details["slices"]:
        return []
    rows = [
        [f"{column} = {value}", scores["rows"], f"{scores[metric]:.4f}"]
        for column, values in details["slices"].items()
        for value, scores in values.items()
    ]
    return ["## By slice", _table(["slice", "rows", metric], rows)]


def _values(column: Any) -> str:
    if column.categories is not None:
        return ", ".join(map(str, column.categories))
    return "" if column.min is None else f"{column.min:g} to {column.max:g}"


def _table(header: list[str], rows: Iterable[list[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
