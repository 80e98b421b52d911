"""The policy's rows of the gate's verdict: each condition holds, whatever conf/gate says."""

from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig

from ..tools.files import read_json
from . import FILE, PACKED, Policy

DOSSIER = FILE.parent / "docs" / "dossier.yaml"
ROWS = 20  # of a slice, below which its score says little
Verdict = dict[str, Any]


def same_policy(candidate: Path, gate: DictConfig) -> Verdict:
    """The candidate was packed under the policy that is here now."""
    digest, found = Policy.load().digest, packed(candidate).get("policy")
    return _row(
        "the policy that it was packed under",
        digest[:12],
        str(found)[:12],
        found == digest,
        "the candidate was packed under another policy than .policy.yaml; `make pipeline`",
    )


def classes(candidate: Path, gate: DictConfig) -> Verdict:
    """Each class of the model is one that the policy allows."""
    policy, found = Policy.load(), packed(candidate).get("classes", [])
    bad = policy.forbids(found)
    return _row(
        "the policy's classes",
        ", ".join(policy.get("models.allowed", [])) or "any but the forbidden",
        ", ".join(found),
        bad is None,
        f"no model may be of the class {bad}; choose another `model:` in conf/config.yaml",
    )


def minimum(candidate: Path, gate: DictConfig) -> Verdict:
    """Each score of the policy's minimum that the model has is reached."""
    policy, scores = Policy.load(), read_json(candidate / "metrics.json")
    asked = {k: v for k, v in policy.get("gate.minimum", {}).items() if k in scores}
    low = [f"{name} {scores[name]:.4f}" for name, least in asked.items() if scores[name] < least]
    return _row(
        "the policy's minimum",
        ", ".join(f"{name} {least:g}" for name, least in asked.items()) or "nothing",
        ", ".join(f"{name} {scores[name]:.4f}" for name in asked) or "nothing",
        not low,
        f"{', '.join(low)} is below the organisation's minimum ({policy.because('gate.minimum')})",
    )


def slices(candidate: Path, gate: DictConfig) -> Verdict:
    """The policy's slices are reported, of the columns that there are."""
    policy, details = Policy.load(), read_json(candidate / "evaluation.json")
    schema = yaml.safe_load((candidate / "schema.yaml").read_text(encoding="utf-8"))
    columns = set(map(str, schema["columns"]))
    asked = [name for name in policy.get("gate.slices", []) if name in columns]
    missing = [name for name in asked if name not in details["slices"]]
    return _row(
        "the policy's slices",
        ", ".join(asked) or "none",
        ", ".join(details["slices"]) or "none",
        not missing,
        f"no scores by {', '.join(missing)} ({policy.because('gate.slices')}); add it to "
        "evaluate.slices in conf/config.yaml, then `make pipeline`",
    )


def slice_gap(candidate: Path, gate: DictConfig) -> Verdict:
    """Scores of slices lie no further apart than the policy allows."""
    policy, details = Policy.load(), read_json(candidate / "evaluation.json")
    most, metric = policy.get("gate.slice_gap"), gate.metric
    gaps = {}
    for column, values in details["slices"].items():
        scores = [each[metric] for each in values.values() if each["rows"] >= ROWS]
        if scores:
            gaps[column] = max(scores) - min(scores)
    wide = {column: gap for column, gap in gaps.items() if most is not None and gap > most}
    return _row(
        "the policy's gap between slices",
        "any" if most is None else f"{metric} at most {most:g}",
        ", ".join(f"{column} {gap:.4f}" for column, gap in gaps.items()) or "no slices",
        not wide,
        f"{metric} differs by {max(wide.values(), default=0):.4f} between values of "
        f"{', '.join(wide)} ({policy.because('gate.slice_gap')})",
    )


def calibration(candidate: Path, gate: DictConfig) -> Verdict:
    """A classifier is no further from calibrated than the policy allows."""
    policy, found = Policy.load(), packed(candidate).get("calibration")
    most = policy.get("gate.calibration")
    return _row(
        "the policy's calibration",
        "any" if most is None else f"error at most {most:g}",
        "no probabilities" if found is None else f"{found:.4f}",
        most is None or found is None or found <= most,
        f"the expected calibration error is {found}, above {most} "
        f"({policy.because('gate.calibration')}); CalibratedClassifierCV lowers it",
    )


def training_time(candidate: Path, gate: DictConfig) -> Verdict:
    """The fit took no longer than the policy allows."""
    policy, seconds = Policy.load(), packed(candidate).get("training_seconds")
    most = policy.get("limits.training_minutes")
    minutes = None if seconds is None else float(seconds) / 60
    return _row(
        "the policy's training time",
        "any" if most is None else f"at most {most:g} minutes",
        "not known" if minutes is None else f"{minutes:.2f} minutes",
        most is None or (minutes is not None and minutes <= most),
        f"the fit took {minutes:.1f} minutes, {most} are allowed "
        f"({policy.because('limits.training_minutes')})"
        if minutes is not None
        else "how long the fit took is not known; `dvc repro --force train evaluate candidate`",
    )


def card(candidate: Path, gate: DictConfig) -> Verdict:
    """The dossier answers what the policy asks of the model's risk class."""
    policy, fields = Policy.load(), dossier()
    asked = policy.get("docs.card", {})
    risk = str(fields.get("risk_class", {}).get("answer") or "")
    needed = asked.get(risk, [])
    missing = [name for name in needed if not answered(fields.get(name))]
    stated = risk in ("minimal", "limited", "high") or not asked
    why = f"{', '.join(missing)} of docs/dossier.yaml is unanswered"
    return _row(
        "the policy's fields of the model card",
        ", ".join(needed) or "none",
        f"{len(needed) - len(missing)} answered, risk class {risk or 'not stated'}",
        stated and not missing,
        f"{why if stated else 'risk_class of docs/dossier.yaml is not minimal, limited or high'} "
        f"({policy.because('docs.card')})",
    )


def explained(candidate: Path, gate: DictConfig) -> Verdict:
    """A model of a risk class that asks for it says which columns matter."""
    policy = Policy.load()
    risk = str(dossier().get("risk_class", {}).get("answer") or "")
    asked = risk in policy.get("models.explained", [])
    there = bool(read_json(candidate / "evaluation.json").get("importance"))
    return _row(
        "the policy's explanation",
        "importance of columns" if asked else "none",
        "importance of columns" if there else "none",
        there or not asked,
        f"nothing says which columns matter ({policy.because('models.explained')}); "
        "`make pipeline`",
    )


def packed(folder: Path) -> dict[str, Any]:
    """What policy.json of a model folder holds; nothing where it was packed without a policy."""
    path = folder / PACKED
    found: dict[str, Any] = read_json(path) if path.is_file() else {}
    return found


def dossier() -> dict[str, Any]:
    """The fields of docs/dossier.yaml, each with its owner and answer."""
    if not DOSSIER.is_file():
        return {}
    found: dict[str, Any] = yaml.safe_load(DOSSIER.read_text(encoding="utf-8")) or {}
    return found


def answered(field: Any) -> bool:
    """Whether a field has an answer."""
    answer = field.get("answer") if isinstance(field, dict) else None
    return bool(answer) and str(answer).strip().lower() != "unanswered"


def _row(name: str, required: str, found: str, passed: bool, refusal: str) -> Verdict:
    return {
        "name": name,
        "required": required,
        "found": found,
        "passed": passed,
        "refusal": refusal,
    }
