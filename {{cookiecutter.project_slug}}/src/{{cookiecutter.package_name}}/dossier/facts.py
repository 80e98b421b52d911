"""What the repository knows of its data, model, judgement and watch."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf

from ..packing.candidate import commit, data_hash
from ..registry import registry
from ..tools.errors import Refusal
from ..tools.files import read_json, sha256
from ..tools.paths import CANDIDATE, REPORTS, SCHEMA

UNKNOWN = "not known yet"
LOCKS = ("uv.lock", "requirements.lock")


@dataclass(frozen=True)
class Fact:
    """One thing that the repository knows.

    Attributes:
        name: what it is.
        value: as people read it; `UNKNOWN` until a command told it.
        source: the file or command that it comes from.
    """

    name: str
    value: str
    source: str


Facts = dict[str, list[Fact]]


def collected(cfg: DictConfig) -> Facts:
    """All facts, by subject."""
    subjects: dict[str, Callable[[DictConfig], Iterator[Fact]]] = {
        "identity": _identity,
        "data": _data,
        "model": _model,
        "scores": _scores,
        "slices": _slices,
        "gate": _gate,
        "versions": _versions,
        "watch": _watch,
        "tests": _tests,
        "packages": _packages,
    }
    return {name: list(tell(cfg)) for name, tell in subjects.items()}


def _identity(cfg: DictConfig) -> Iterator[Fact]:
    yield Fact("name", str(cfg.title), "conf/config.yaml")
    code, _, seconds = (commit() or "").partition(" ")
    yield Fact("commit", code or UNKNOWN, "git")
    when = datetime.fromtimestamp(float(seconds), UTC).date().isoformat() if seconds else UNKNOWN
    yield Fact("date of the commit", when, "git")


def _data(cfg: DictConfig) -> Iterator[Fact]:
    path = str(cfg.data.path)
    yield Fact("table", path, "conf/data/")
    yield Fact("hash of the table", data_hash(Path(path)) or UNKNOWN, "DVC")
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8")) if SCHEMA.is_file() else {}
    columns = [str(name) for name in schema.get("columns", {})]
    yield Fact("columns", ", ".join(columns) or UNKNOWN, "data/schema.yaml")
    yield Fact("target", str(cfg.data.target), "conf/data/")
    rows = _json(REPORTS / "evaluation.json").get("rows", {})
    for kind in ("train", "test"):
        yield Fact(f"rows to {kind}", str(rows.get(kind, UNKNOWN)), "reports/evaluation.json")
    split = cfg.data.split
    yield Fact("test rows are held back", f"{split.kind}, {split.test_size}", "conf/data/")


def _model(cfg: DictConfig) -> Iterator[Fact]:
    estimator = OmegaConf.to_container(cfg.model.estimator, resolve=True)
    assert isinstance(estimator, dict)  # as conf/model has it
    yield Fact("class", str(estimator.pop("_target_")), "conf/model/")
    given = ", ".join(f"{name!s}={value}" for name, value in estimator.items())
    yield Fact("hyperparameters", given or "the defaults of its class", "conf/model/")
    importance = _json(REPORTS / "evaluation.json").get("importance", UNKNOWN)
    yield Fact("which columns matter", str(importance), "reports/plots/importance.csv")
    seconds = _json(REPORTS / "training.json").get("seconds", UNKNOWN)
    yield Fact("seconds of the last fit", str(seconds), "reports/training.json")


def _scores(cfg: DictConfig) -> Iterator[Fact]:
    details = _json(REPORTS / "evaluation.json")
    for name, value in _json(REPORTS / "metrics.json").items():
        low, high = details.get("intervals", {}).get(name) or (None, None)
        span = "" if low is None else f" ({low:.4f} to {high:.4f})"
        dummy = details.get("baseline", {}).get(name)
        beside = "" if dummy is None else f"; the baseline has {dummy:.4f}"
        yield Fact(name, f"{value:.4f}{span}{beside}", "reports/metrics.json")


def _slices(cfg: DictConfig) -> Iterator[Fact]:
    metric = cfg.evaluate.metric
    for column, values in _json(REPORTS / "evaluation.json").get("slices", {}).items():
        for value, scores in values.items():
            told = f"{metric} {scores[metric]:.4f} on {scores['rows']} rows"
            yield Fact(f"{column} = {value}", told, "reports/evaluation.json")


def _gate(cfg: DictConfig) -> Iterator[Fact]:
    verdict = _json(REPORTS / "gate.json")
    for check in verdict.get("checks", []):
        word = "passed" if check["passed"] else "refused"
        value = f"{word}: {check['found']} (required: {check['required']})"
        yield Fact(check["name"], value, "reports/gate.json")
    if not verdict:
        yield Fact("verdict", UNKNOWN, "make gate")


def _versions(cfg: DictConfig) -> Iterator[Fact]:
    try:
        versions = registry(cfg).versions()
    except (Refusal, OSError, ValueError):
        versions = []
    for version in versions:
        told = f"{version.stage or 'no stage'}, from {version.source}"
        yield Fact(version.name, told, "make models")
    if not versions:
        yield Fact("versions", UNKNOWN, "make promote")


def _watch(cfg: DictConfig) -> Iterator[Fact]:
    if log := OmegaConf.select(cfg, "serving.checks.policy.log"):
        where = log.folder or "nowhere"
        yield Fact("predictions are kept in", str(where), "settings of the log")
        days = "without end" if log.keep_days is None else f"{log.keep_days} days"
        yield Fact("predictions are kept for", days, "settings of the log")
        for kind, word in (("hash", "hashed"), ("drop", "left out")):
            names = ", ".join(log[kind]) or "none"
            yield Fact(f"columns that are {word} of the log", names, "settings of the log")
    drift = _json(REPORTS / "drift.json")
    found = drift.get("drifted", drift.get("verdict", UNKNOWN)) if drift else UNKNOWN
    yield Fact("drift", str(found), "reports/drift.json")


def _tests(cfg: DictConfig) -> Iterator[Fact]:
    texts = [path.read_text(encoding="utf-8") for path in Path("tests").rglob("test_*.py")]
    number = sum(len(re.findall(r"^\s*def test_", text, re.MULTILINE)) for text in texts)
    yield Fact("tests", str(number), "tests/")
    jobs = sorted(path.name for path in Path(".github/workflows").glob("*.yml"))
    yield Fact("workflows", ", ".join(jobs) or "none", ".github/workflows/")


def _packages(cfg: DictConfig) -> Iterator[Fact]:
    lock = next((Path(name) for name in LOCKS if Path(name).is_file()), None)
    yield Fact("lock file", f"{lock}, SHA-256 {sha256(lock)}" if lock else UNKNOWN, "make setup")
    for name, version in _json(CANDIDATE / "versions.json").get("packages", {}).items():
        yield Fact(name, version, "models/candidate/versions.json")


def _json(path: Path) -> dict[str, Any]:
    found = read_json(path) if path.is_file() else {}
    return found if isinstance(found, dict) else {}
