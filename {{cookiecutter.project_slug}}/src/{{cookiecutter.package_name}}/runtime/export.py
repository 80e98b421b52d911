"""Compile a fitted pipeline, and keep the compiled form only if it answers as the pipeline does."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from onnx import ModelProto
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import Pipeline

from ..data.casting import plain
from ..data.schema import Schema
from ..model.pipeline import EncodedTarget, Resampled
from ..tools.files import write_json
from .base import Answers, Columns
from .compiled import CompiledRuntime
from .encoding import NotCompiled, blocks_of
from .pipeline import PipelineRuntime
from .trees import ENSEMBLES, ensemble_as_onnx

TOLERANCE = 1e-6  # relative; a compiled form of doubles is usually within 1e-12
UNSEEN = "a value that was never seen"

log = logging.getLogger(__name__)


def export(folder: Path, pipeline: Pipeline, schema: Schema, test: pd.DataFrame) -> str:
    """Leave runtime.json, and model.onnx if compiling worked, in a model folder.

    Args:
        folder: the model folder.
        pipeline: the fitted pipeline.
        schema: of the raw table.
        test: rows on which both forms have to give the same, besides some with gaps.

    Returns:
        The name of the runtime that is to serve.
    """
    truth = PipelineRuntime(pipeline, schema)
    try:
        _check_features(pipeline, test[schema.features])
        rows = probes(test, schema)
        content, graph = _compiled(pipeline)
        (folder / "model.onnx").write_bytes(graph.SerializeToString(deterministic=True))
        difference = _difference(truth, CompiledRuntime.load(folder, content), rows)
    except NotCompiled as reason:
        (folder / "model.onnx").unlink(missing_ok=True)
        log.info("served by scikit-learn: %s", reason)
        write_json(folder / "runtime.json", {"runtime": truth.name, "because": str(reason)})
        return truth.name
    compared = {"rows": len(next(iter(rows.values()))), "largest_difference": difference}
    write_json(
        folder / "runtime.json", {"runtime": CompiledRuntime.name, "compared": compared, **content}
    )
    return CompiledRuntime.name


def probes(test: pd.DataFrame, schema: Schema) -> Columns:
    """The test rows' features as plain values, and rows with a gap or a new value each."""
    columns = plain(test[schema.features])
    first = {name: values[0] for name, values in columns.items()}
    odd = [{**first, name: None} for name in schema.features if schema[name].nullable]
    odd += [{**first, name: UNSEEN} for name in schema.features if schema[name].type == "category"]
    return {name: [*values, *(row[name] for row in odd)] for name, values in columns.items()}


def _check_features(pipeline: Pipeline, X: pd.DataFrame) -> None:
    result = pipeline.named_steps["features"].transform(X)
    if not (isinstance(result, pd.DataFrame) and result.equals(X)):
        raise NotCompiled("features.py computes columns, for which it takes pandas")


def _compiled(pipeline: Pipeline) -> tuple[dict[str, Any], ModelProto]:
    estimator = pipeline.named_steps["estimator"]
    content: dict[str, Any] = {"classes": None, "threshold": None}
    if hasattr(estimator, "classes_"):
        content["classes"] = np.asarray(estimator.classes_).tolist()
    if isinstance(estimator, FixedThresholdClassifier):
        content["threshold"] = float(estimator.threshold)
        content["positive"] = content["classes"].index(estimator.pos_label)
        estimator = estimator.estimator_
    while isinstance(estimator, FrozenEstimator | EncodedTarget | Resampled):
        frozen = isinstance(estimator, FrozenEstimator)
        estimator = estimator.estimator if frozen else estimator.classifier_
    content["blocks"] = blocks_of(pipeline.named_steps["preprocess"])
    width = sum(block["width"] for block in content["blocks"])
    if isinstance(estimator, ENSEMBLES):
        return content, ensemble_as_onnx(estimator, width)
    return content, _converted(estimator, width)


def _converted(estimator: Any, width: int) -> ModelProto:
    """Convert an estimator that is no ensemble of trees, by skl2onnx."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType

    options = {"zipmap": False} if hasattr(estimator, "predict_proba") else None
    inputs = [("X", DoubleTensorType([None, width]))]
    try:
        graph: ModelProto = to_onnx(estimator, initial_types=inputs, options=options)
    except Exception as error:  # each converter fails in a way of its own
        reason = str(error).strip().splitlines()[0][:120]
        name = type(estimator).__name__
        raise NotCompiled(f"{name} can't be turned into ONNX ({reason})") from error
    return graph


def _difference(truth: PipelineRuntime, fast: CompiledRuntime, rows: Columns) -> float:
    """The largest difference of any number that the two answer.

    Raises:
        NotCompiled: if it is beyond the tolerance, or a label differs.
    """
    try:
        expected, found = truth.predict(rows), fast.predict(rows)
    except Exception as error:  # an operator that this machine's ONNX Runtime lacks, for example
        reason = str(error).strip().splitlines()[0][:120]
        raise NotCompiled(f"the compiled form fails ({reason})") from error
    if expected.probabilities is not None and expected.predictions != found.predictions:
        raise NotCompiled("the compiled form gives other labels")
    a, b = _numbers(expected), _numbers(found)
    if a.shape != b.shape or not np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * 1e-3):
        raise NotCompiled("the compiled form gives other numbers")
    return float(np.abs(a - b).max())


def _numbers(answers: Answers) -> Any:
    return np.asarray(
        answers.predictions if answers.probabilities is None else answers.probabilities
    )
