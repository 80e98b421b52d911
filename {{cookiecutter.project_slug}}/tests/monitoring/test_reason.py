"""Drift as a reason to train again."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import DictConfig
from pydantic_core import to_json

from {{ cookiecutter.package_name }}.data.casting import plain
from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.monitoring.journal import Journal, Options
from {{ cookiecutter.package_name }}.monitoring.reason import as_table, drift
from {{ cookiecutter.package_name }}.monitoring.reference import read_reference
from {{ cookiecutter.package_name }}.serving.log import Answered
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.paths import CANDIDATE, REPORTS

from conftest import dvc, git, sampled


@pytest.fixture
def judged(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DictConfig:
    """The configuration, in a copy of a repository that is trained."""
    shutil.copytree(trained, tmp_path / "repo", ignore=shutil.ignore_patterns("logs"))
    monkeypatch.chdir(tmp_path / "repo")
    return sampled("serving.model=candidate")


def logged(rows: pd.DataFrame, schema: Schema) -> None:
    """Leave rows as the service logs them, in one request."""
    columns = plain(rows)
    names = [str(name) for name in rows if str(name).startswith("probability_")]
    asked = [{name: columns[name][row] for name in schema.features} for row in range(len(rows))]
    answers = [
        {"prediction": columns["predicted"][row]}
        | {"probabilities": {name[12:]: columns[name][row] for name in names}}
        for row in range(len(rows))
    ]
    about = {"request_id": "one", "model_version": "candidate"}
    content = to_json({**about, "predictions": answers})
    journal = Journal(Options(folder="logs/predictions"))
    journal.predicted(Answered(to_json(asked), {}, content, "champion", None, 0.001))
    journal.close()


def test_without_a_log_there_is_no_drift(judged: DictConfig) -> None:
    assert drift(judged) == (False, "no log of predictions here (logs/predictions)", "")
    judged.monitoring.log.folder = None
    assert not drift(judged).holds


def test_drift_is_a_reason_if_rows_suffice(judged: DictConfig, schema: Schema) -> None:
    rows = read_reference(CANDIDATE)
    logged(rows.head(5), schema)
    assert "too few rows to tell: 5 predictions" in drift(judged).found
    kinds = {name: schema[name].type for name in schema.features}
    name = next(n for n in kinds if len(rows[n].unique()) > 1 and kinds[n] != "text")
    rarest = rows[name].value_counts().index[-1]
    logged(pd.concat([rows] * 5, ignore_index=True).assign(**{name: rarest}), schema)
    judged.monitoring.min_rows = 100
    found = drift(judged)
    assert found.holds, found.found
    assert name in found.found
    assert "| column | check | test | effect | p (Holm) | drifted |" in found.details
    assert (REPORTS / "drift.html").exists()
    judged.serving.model = "models/absent"
    assert drift(judged).found.startswith("unknown: ")


def test_the_table_escapes_names() -> None:
    check = {"column": "a|b", "kind": "values", "test": "Fisher", "effect": 0.5}
    found = {"checks": [{**check, "adjusted": 0.001, "drifted": True}]}
    assert r"| a\|b | values | Fisher | 0.5000 | 0.0010 | yes |" in as_table(found)
    assert as_table({"checks": []}) == ""


@pytest.mark.slow
def test_the_log_is_brought_in_place_of_the_former(judged: DictConfig, tmp_path: Path) -> None:
    git("init")
    dvc("init")
    folder, source = Path(judged.monitoring.log.folder), tmp_path / "service"
    folder.mkdir(parents=True)
    (folder / "old.jsonl").touch()
    source.mkdir()
    with pytest.raises(Refusal, match="get-url"):
        drift(judged, str(source / "absent"))
    assert [file.name for file in folder.iterdir()] == ["old.jsonl"]
    (source / "new.jsonl").write_text("")
    drift(judged, str(source))
    assert [file.name for file in folder.iterdir()] == ["new.jsonl"]
    judged.monitoring.log.folder = None
    with pytest.raises(Refusal, match="set both"):
        drift(judged, str(source))
