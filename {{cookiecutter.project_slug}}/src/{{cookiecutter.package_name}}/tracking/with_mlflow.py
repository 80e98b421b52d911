"""MLflow, in a SQLite file by default."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from ..data.casting import conform
from ..data.schema import Schema
from ..model.model_file import trusted_types
from ..model.pipeline import inputs
from ..packing import digest
from ..packing.opening import Loading, open_pipeline
from ..tools.errors import Refusal
from ..tools.files import read_json
from . import Run

if TYPE_CHECKING:
    import types

PACKAGE = Path(__file__).parents[1]  # the pipeline has types of its own, so it brings them along


def log_run(run: Run, experiment: str, uri: str, autolog: bool = False) -> None:
    """Record a run, its model as an MLflow model with signature, example and environment.

    Args:
        run: to record.
        experiment: its name in MLflow.
        uri: of the tracking store.
        autolog: whether to fit once more, for MLflow to log what it sees by itself.

    Raises:
        Refusal: if MLflow is not installed, or the model folder is not as it was packed.
    """
    pipeline = open_pipeline(run.model, Loading.of(run.cfg).own)  # before anything is recorded
    if "MLFLOW_RUN_ID" in os.environ:  # `mlflow run` has started the run, wherever it tracks
        mlflow = connect(os.environ["MLFLOW_TRACKING_URI"])
    else:
        mlflow = connect(uri)
        mlflow.set_experiment(experiment)
    with mlflow.start_run():
        if autolog:
            _autolog(mlflow, pipeline, run)
        mlflow.log_params(dict(flat(run.params)))
        mlflow.log_metrics(run.scores)
        tags = {"data": run.versions["data"], "code": run.versions["code"]}
        mlflow.set_tags({**tags, "digest": digest(run.model)})
        mlflow.log_dict(run.details, "evaluation.json")
        mlflow.log_artifacts(str(run.plots), "plots")
        mlflow.log_artifacts(str(run.model), "model_folder")
        file = run.model / "pipeline.skops"
        rows = _example(run.model)
        mlflow.sklearn.log_model(
            pipeline,
            name="model",
            serialization_format="skops",
            skops_trusted_types=trusted_types(file.read_bytes(), file),
            code_paths=[str(PACKAGE)],
            input_example=rows,
            signature=mlflow.models.infer_signature(rows, pipeline.predict(rows)),
            pip_requirements=str(run.model / "requirements.txt"),
        )


def _autolog(mlflow: Any, pipeline: Pipeline, run: Run) -> None:
    """Fit a copy while MLflow watches: into the run that is open, whose model is logged anyway.

    Training itself runs in another process, whose run would be a second one.
    """
    X, y = inputs(run.train, Schema.load(run.model / "schema.yaml"))
    mlflow.sklearn.autolog(
        log_models=False, log_datasets=False, log_post_training_metrics=False, silent=True
    )
    try:
        clone(pipeline).fit(X, y)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)


def flat(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value below a configuration with its dotted key, as MLflow wants parameters."""
    for key, value in params.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _example(model: Path) -> pd.DataFrame:
    """The folder's example row, and the same with gaps where there may be some.

    So the signature has the schema's types and says what may be missing.
    """
    schema = Schema.load(model / "schema.yaml")
    (row,) = read_json(model / "example.json")
    gaps = {column.name: None for column in schema.columns if column.nullable}
    return conform(pd.DataFrame([row, {**row, **gaps}])[schema.features], schema)


def connect(uri: str) -> "types.ModuleType":
    """MLflow, pointed at a tracking store; imported late because that takes seconds.

    Raises:
        Refusal: if it is not installed.
    """
    try:
        import mlflow
        import mlflow.sklearn
    except ImportError:
        raise Refusal("MLflow is not installed; run `make setup EXTRAS=dev,mlflow`") from None
    mlflow.set_tracking_uri(uri)
    return mlflow  # type: ignore[no-any-return]
