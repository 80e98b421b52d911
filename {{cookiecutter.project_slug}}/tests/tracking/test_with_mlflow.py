"""MLflow as the tracker."""

from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tracking.with_mlflow import flat

from conftest import run_pipeline, sampled


def test_mlflow_records_a_run_and_a_model(workspace: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    cfg = sampled("tracking=mlflow")
    cfg.tracking.uri = f"sqlite:///{workspace}/mlflow.db"  # MLflow keeps connections by address
    run_pipeline(cfg)
    (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    metrics = files.read_json(paths.REPORTS / "metrics.json")
    assert run.data.metrics == pytest.approx(metrics)
    assert run.data.params["model.name"] == sampled().model.name
    (model,) = mlflow.search_logged_models([run.info.experiment_id], output_format="list")
    loaded = mlflow.pyfunc.load_model(model.model_uri)
    assert loaded.metadata.signature is not None
    example = loaded.input_example
    assert len(loaded.predict(example)) == len(example)


def test_what_mlflow_logs_by_itself_stands_beside_in_the_same_run(workspace: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    cfg = sampled("tracking=mlflow", "tracking.autolog=true")
    cfg.tracking.uri = f"sqlite:///{workspace}/mlflow.db"
    run_pipeline(cfg)
    (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    params, metrics = run.data.params, run.data.metrics
    estimator = cfg.model.estimator
    for name in (name for name in estimator if name[0] != "_"):
        assert params[f"model.estimator.{name}"] == str(estimator[name])
        own = [value for key, value in params.items() if key.endswith(f"__{name}")]
        assert str(estimator[name]) in own
    scores = files.read_json(paths.REPORTS / "metrics.json")
    assert {name: metrics[name] for name in scores} == pytest.approx(scores)
    assert any(name.startswith("training_") for name in metrics)
    models = mlflow.search_logged_models([run.info.experiment_id], output_format="list")
    assert len(models) == 1


def test_parameters_have_dotted_keys() -> None:
    params = {"seed": 1, "model": {"estimator": {"depth": 3}}}
    assert dict(flat(params)) == {"seed": 1, "model.estimator.depth": 3}
