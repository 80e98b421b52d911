"""MLflow as the registry: the same story as in Git."""

from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.packing import digest
from {{ cookiecutter.package_name }}.registry import fetch_version, registry
from {{ cookiecutter.package_name }}.registry.commands import promote, rollback
from {{ cookiecutter.package_name }}.registry.serve_mlflow import serve_mlflow
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.paths import CANDIDATE

from conftest import record, run_pipeline, sampled


def test_mlflow_tells_the_same_story(repo: Path) -> None:
    pytest.importorskip("mlflow")
    cfg = sampled("tracking=mlflow", "registry=mlflow")
    cfg.tracking.uri = cfg.registry.uri = f"sqlite:///{repo}/mlflow.db"
    with pytest.raises(Refusal, match="nothing is in production in MLflow's registry"):
        serve_mlflow(cfg)
    with pytest.raises(Refusal, match="tracking=mlflow"):
        registry(cfg).register(CANDIDATE)
    run_pipeline(cfg)
    record("again")
    promote(cfg)
    cfg.data.split.test_size /= 2  # more rows to learn from make another model
    cfg.gate.tolerance = 1000  # it may do a little worse
    run_pipeline(cfg)
    record("again")
    promote(cfg)
    found = registry(cfg)
    assert [(v.name, v.stage) for v in found.versions()] == [("1", "archived"), ("2", "production")]
    rollback(cfg)
    assert [(v.name, v.stage) for v in found.versions()] == [("1", "production"), ("2", "archived")]
    with pytest.raises(Refusal, match="set registry=mlflow"):
        serve_mlflow(sampled())
    fetched = fetch_version(found, "1", Path("models/production"))
    assert digest(fetched) == found.versions()[0].digest
    with pytest.raises(Refusal, match="no version 9"):
        found.fetch("9", Path("models/production"))
