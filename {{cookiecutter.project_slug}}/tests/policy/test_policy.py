"""The policy at the gate and at the service's door: each key is provoked."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }} import policy
from {{ cookiecutter.package_name }}.packing import write_hashes
from {{ cookiecutter.package_name }}.packing.opening import Loading, check_folder
from {{ cookiecutter.package_name }}.policy import HASH, PACKED, Policy, judge
from {{ cookiecutter.package_name }}.policy.door import check_model
from {{ cookiecutter.package_name }}.policy.packed import expected_error
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.paths import CANDIDATE

from conftest import configured

GATE = OmegaConf.create({"metric": "score"})
CLASS = "sklearn.svm.SVC"


def write(path: Path, content: dict[str, Any]) -> str:
    """Write a copy of a policy; give its hash."""
    body = yaml.safe_dump(content)
    digest = hashlib.sha256(body.encode()).hexdigest()
    path.write_text(f"{HASH}{digest}\n{body}", encoding="utf-8")
    return digest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parts of a model folder that the policy looks at, under an empty policy."""
    monkeypatch.setattr(policy, "FILE", tmp_path / ".policy.yaml")
    monkeypatch.setattr(judge, "DOSSIER", tmp_path / "dossier.yaml")
    model = tmp_path / "model"
    model.mkdir()
    slices = {"a": {"x": {"rows": 50, "score": 0.9}, "y": {"rows": 50, "score": 0.6}}}
    slices["a"]["z"] = {"rows": 3, "score": 0.0}
    contents = {
        "metrics.json": {"score": 0.8},
        "evaluation.json": {"slices": slices, "importance": ""},
        "schema.yaml": {"columns": {"a": {}, "b": {}}},
    }
    for name, content in contents.items():
        (model / name).write_text(json.dumps(content), encoding="utf-8")
    return model


def under(folder: Path, content: dict[str, Any], **packed: Any) -> None:
    """Put the folder under a policy, as it would be packed."""
    digest = write(folder.parent / ".policy.yaml", content)
    found = {"policy": digest, "classes": [CLASS], "calibration": 0.2, "training_seconds": 90}
    (folder / PACKED).write_text(json.dumps(found | packed), encoding="utf-8")


def answer(folder: Path, **answers: str) -> None:
    """Answer fields of the dossier."""
    fields = {name: {"owner": "ada", "answer": text} for name, text in answers.items()}
    (folder.parent / "dossier.yaml").write_text(yaml.safe_dump(fields), encoding="utf-8")


@pytest.mark.parametrize(
    ("check", "bad", "good", "said"),
    [
        ("classes", {"models": {"forbidden": ["sklearn.svm.*"]}}, {}, "class sklearn.svm.SVC"),
        (
            "classes",
            {"models": {"allowed": ["xgboost.*"]}},
            {"models": {"allowed": ["sklearn.*"]}},
            "policy: models.allowed",
        ),
        (
            "minimum",
            {"gate": {"minimum": {"score": 0.9}}},
            {"gate": {"minimum": {"score": 0.8, "other": 1}}},
            "score 0.8000 is below",
        ),
        ("slices", {"gate": {"slices": ["b"]}}, {"gate": {"slices": ["a", "c"]}}, "scores by b"),
        (
            "slice_gap",
            {"gate": {"slice_gap": 0.2}},
            {"gate": {"slice_gap": 0.4}},
            "differs by 0.3000 between values of a",
        ),
        ("calibration", {"gate": {"calibration": 0.1}}, {"gate": {"calibration": 0.2}}, "is 0.2"),
        (
            "training_time",
            {"limits": {"training_minutes": 1}},
            {"limits": {"training_minutes": 1.5}},
            "took 1.5 minutes, 1 are allowed",
        ),
        ("card", {"docs": {"card": {"high": ["use"]}}}, {}, "use of docs/dossier.yaml is unans"),
        ("explained", {"models": {"explained": ["high"]}}, {}, "nothing says which columns"),
    ],
)
def test_a_row_of_the_verdict_is_refused_and_passes(
    folder: Path, check: str, bad: dict[str, Any], good: dict[str, Any], said: str
) -> None:
    answer(folder, risk_class="high", use="unanswered")
    under(folder, bad | {"reasons": {next(iter(bad)): "of the law"}})
    verdict = getattr(judge, check)(folder, GATE)
    assert not verdict["passed"]
    assert said in verdict["refusal"]
    assert "because of the law" in verdict["refusal"]
    under(folder, good)
    assert getattr(judge, check)(folder, GATE)["passed"]


def test_a_card_needs_a_risk_class_and_its_answers(folder: Path) -> None:
    under(folder, {"docs": {"card": {"high": ["use"]}}})
    assert "risk_class" in judge.card(folder, GATE)["refusal"]
    answer(folder, risk_class="high", use="To sort them.")
    assert judge.card(folder, GATE)["passed"]
    answer(folder, risk_class="minimal")
    assert judge.card(folder, GATE)["passed"]


def test_an_unknown_training_time_is_refused_where_there_is_a_limit(folder: Path) -> None:
    under(folder, {"limits": {"training_minutes": 5}}, training_seconds=None)
    assert "is not known" in judge.training_time(folder, GATE)["refusal"]


def test_a_candidate_of_another_policy_is_refused(folder: Path) -> None:
    under(folder, {"version": 1})
    assert judge.same_policy(folder, GATE)["passed"]
    write(folder.parent / ".policy.yaml", {"version": 2})
    assert not judge.same_policy(folder, GATE)["passed"]


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        ({"models": {"forbidden": [CLASS]}}, {}, f"is of the class {CLASS}"),
        ({"limits": {"request_bytes": 9}}, {"max_bytes": 10}, "at most 9 is allowed"),
        ({"data": {"log_days": 30}}, {"log": {"folder": "x", "keep_days": 31}}, "at most 30"),
        ({"data": {"log_days": 30}}, {"log": {"folder": "x", "keep_days": None}}, "is None"),
        ({"data": {"hash": ["a"]}}, {"log": {"folder": "x", "hash": ["b"]}}, "log.hash lacks a"),
        ({"data": {"drop": ["a"]}}, {"log": {"folder": "x", "hash": ["a"]}}, "log.drop lacks a"),
    ],
)
def test_the_service_refuses(
    folder: Path, content: dict[str, Any], settings: dict[str, Any], said: str
) -> None:
    under(folder, content)
    with pytest.raises(Refusal, match=said):
        check_model(folder, **settings)
    under(folder, {})
    check_model(folder, **settings)


def test_the_service_refuses_a_model_of_another_policy(folder: Path) -> None:
    with pytest.raises(Refusal, match="is missing"):
        check_model(folder)
    under(folder, {})
    check_model(folder, log={"folder": None, "keep_days": None})
    write(folder.parent / ".policy.yaml", {"version": 2})
    with pytest.raises(Refusal, match="judged under another policy"):
        check_model(folder)


def test_an_edited_copy_is_refused(folder: Path) -> None:
    under(folder, {"version": 1})
    path = folder.parent / ".policy.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "gate: {}\n", encoding="utf-8")
    with pytest.raises(Refusal, match="was edited"):
        Policy.load()


def test_calibration_is_the_distance_of_confidence_and_hits() -> None:
    sure, right = np.full(10, 0.9), np.array([1.0] * 9 + [0.0])
    assert expected_error(sure, right) == pytest.approx(0)
    assert expected_error(sure, np.zeros(10)) == pytest.approx(0.9)


def test_a_packed_candidate_passes_the_policy_of_this_repository(
    trained: Path, tmp_path: Path
) -> None:
    candidate = trained / CANDIDATE
    found = judge.packed(candidate)
    assert found["policy"] == Policy.load().digest
    assert found["classes"] == [configured().model.estimator["_target_"]]
    assert found["training_seconds"] >= 0
    for name in configured().gate.checks:
        if name.startswith("policy_"):
            assert getattr(judge, name.removeprefix("policy_"))(candidate, configured().gate)
    copied = tmp_path / "copied"
    shutil.copytree(candidate, copied)
    (copied / PACKED).unlink()
    write_hashes(copied)
    door = {"policy": {"_target_": f"{check_model.__module__}.check_model"}}
    check_folder(candidate, Loading().also(door))
    with pytest.raises(Refusal, match="judged under another policy"):
        check_folder(copied, Loading().also(door))
