"""Compile a fitted pipeline step by step, and keep of it what answers as the pipeline does."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

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
from .compiled import CompiledRuntime, Matrix, estimator_of
from .encoder import Encoder
from .encoding import NotCompiled, encoding_of, is_strict
from .pipeline import PipelineRuntime
from .rows import BadRows
from .trees import ENSEMBLES, ensemble_as_onnx

TOLERANCE = 1e-6  # relative; a compiled form of doubles is usually within 1e-12
ORIGINAL = ("pandas", "scikit-learn")  # what serves a step that is not compiled
UNSEEN = "a value that was never seen"

Content = dict[str, Any]
Steps = dict[str, dict[str, str]]
Result = TypeVar("Result")

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
    content = compiled(folder, PipelineRuntime(pipeline, schema), probes(test, schema))
    if content["runtime"] != "onnx":
        (folder / "model.onnx").unlink(missing_ok=True)
    for name, step in content["steps"].items():
        reason = f": {step['because']}" if "because" in step else ""
        log.info("%s served by %s%s", name, step["by"], reason)
    write_json(folder / "runtime.json", content)
    return str(content["runtime"])


def probes(test: pd.DataFrame, schema: Schema) -> Columns:
    """The test rows' features as plain values, and rows with a gap or a new value each."""
    columns = plain(test[schema.features])
    first = {name: values[0] for name, values in columns.items()}
    odd = [{**first, name: None} for name in schema.features if schema[name].nullable]
    odd += [{**first, name: UNSEEN} for name in schema.features if schema[name].type == "category"]
    return {name: [*values, *(row[name] for row in odd)] for name, values in columns.items()}


def compiled(folder: Path, truth: PipelineRuntime, rows: Columns) -> dict[str, Any]:
    """What runtime.json says: what serves each step, and what that needs.

    Args:
        folder: of the model, which gets model.onnx.
        truth: the pipeline itself.
        rows: on which each step, and all together, have to give what the pipeline gives.
    """
    steps: dict[str, dict[str, str]] = {}
    content = _classes(truth)
    try:
        rows, expected = _answered(truth, rows)
        matrix = _of_numbers(truth, rows)
        content |= _estimator(steps, folder, truth, content, matrix, expected)
        content |= _features(steps, truth, rows)
        content |= _preprocess(steps, truth, rows, matrix)
        if all(step["by"] in ORIGINAL for step in steps.values()):
            return {"runtime": truth.name, "steps": steps}
        content["original"] = is_strict(content) or any(s["by"] in ORIGINAL for s in steps.values())
        fast = CompiledRuntime.load(folder, content, truth.schema, truth)
        found = _attempt(lambda: fast.answers(fast.matrix(rows)))
        compared = {"rows": len(matrix), "largest_difference": _difference(expected, found)}
    except NotCompiled as reason:
        return {"runtime": truth.name, "steps": {"pipeline": _by(truth.name, reason)}}
    return {"runtime": content.pop("runtime"), "steps": steps, "compared": compared, **content}


def _estimator(
    steps: Steps,
    folder: Path,
    truth: PipelineRuntime,
    content: Content,
    matrix: Matrix,
    expected: Answers,
) -> Content:
    """Compile the estimator, for the matrix that it gets."""
    try:
        graph = _graph(truth.pipeline.named_steps["estimator"], matrix.shape[1])
        (folder / "model.onnx").write_bytes(graph.SerializeToString(deterministic=True))
        answers = estimator_of(folder, content | {"runtime": "onnx"}, None)
        _difference(expected, _attempt(lambda: answers(matrix)))
    except NotCompiled as reason:
        steps["estimator"] = _by("scikit-learn", reason)
        return {"runtime": truth.name}
    steps["estimator"] = _by("onnx")
    return {"runtime": "onnx"}


def _features(steps: Steps, truth: PipelineRuntime, rows: Columns) -> Content:
    """What serves the feature steps: nothing where they change nothing."""
    X = truth.frame(rows)
    result = truth.pipeline.named_steps["features"].transform(X)
    if isinstance(result, pd.DataFrame) and result.equals(X):
        return {"features": "none"}
    steps["features"] = _by("pandas", "features.py computes columns, for which it takes pandas")
    return {"features": "pandas"}


def _preprocess(steps: Steps, truth: PipelineRuntime, rows: Columns, matrix: Matrix) -> Content:
    """Compile what comes between the feature steps and the estimator."""
    columns, count = truth.features(rows)
    try:
        encoding = encoding_of(truth.pipeline.named_steps["preprocess"], list(columns))
        encoder = Encoder(**encoding)
        if not _is_close(matrix, _attempt(lambda: encoder(columns, count))):
            raise NotCompiled("its compiled form gives other numbers")
    except NotCompiled as reason:
        steps["preprocess"] = _by("scikit-learn", reason)
        return {"blocks": [], "then": []}
    steps["preprocess"] = _by("numpy")
    return encoding


def _by(what: str, because: object = None) -> dict[str, str]:
    return {"by": what} if because is None else {"by": what, "because": str(because)}


def _answered(truth: PipelineRuntime, rows: Columns) -> tuple[Columns, Answers]:
    """Rows without those that the pipeline refuses, and its answers for them.

    Raises:
        NotCompiled: if it answers none.
    """
    while len(next(iter(rows.values()))):
        try:
            return rows, truth.predict(rows)
        except BadRows as refused:
            bad = refused.problems[0].row
            rows = {name: [*each[:bad], *each[bad + 1 :]] for name, each in rows.items()}
    raise NotCompiled("it answers none of the test rows")


def _of_numbers(truth: PipelineRuntime, rows: Columns) -> Matrix:
    try:
        return truth.matrix(rows)
    except (TypeError, ValueError):
        raise NotCompiled("the estimator takes values that are no numbers") from None


def _attempt(work: Callable[[], Result]) -> Result:
    """What the compiled form gives.

    Raises:
        NotCompiled: if it fails.
    """
    try:
        return work()
    except Exception as error:  # an operator that this machine's ONNX Runtime lacks, for example
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise NotCompiled(f"the compiled form fails ({reason})") from error


def _classes(truth: PipelineRuntime) -> Content:
    """What turns the estimator's scores into answers."""
    estimator = truth.pipeline.named_steps["estimator"]
    content: Content = {"classes": truth.classes, "threshold": None}
    if isinstance(estimator, FixedThresholdClassifier):
        content["threshold"] = float(estimator.threshold)
        content["positive"] = content["classes"].index(estimator.pos_label)
    return content


def _graph(estimator: Any, width: int) -> ModelProto:
    if isinstance(estimator, FixedThresholdClassifier):
        estimator = estimator.estimator_
    while isinstance(estimator, FrozenEstimator | EncodedTarget | Resampled):
        frozen = isinstance(estimator, FrozenEstimator)
        estimator = estimator.estimator if frozen else estimator.classifier_
    if isinstance(estimator, ENSEMBLES):
        return ensemble_as_onnx(estimator, width)
    return _converted(estimator, width)


def _converted(estimator: Any, width: int) -> ModelProto:
    """Convert an estimator that is no ensemble of trees, by skl2onnx."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType

    options = {"zipmap": False} if hasattr(estimator, "predict_proba") else None
    inputs = [("X", DoubleTensorType([None, width]))]
    try:
        graph: ModelProto = to_onnx(estimator, initial_types=inputs, options=options)
    except Exception as error:  # each converter fails in a way of its own
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        name = type(estimator).__name__
        raise NotCompiled(f"{name} can't be turned into ONNX ({reason})") from error
    return graph


def _difference(expected: Answers, found: Answers) -> float:
    """The largest difference of any number in two answers.

    Raises:
        NotCompiled: if it is beyond the tolerance, or a label differs.
    """
    if expected.probabilities is not None and expected.predictions != found.predictions:
        raise NotCompiled("the compiled form gives other labels")
    a, b = _numbers(expected), _numbers(found)
    if not _is_close(a, b):
        raise NotCompiled("the compiled form gives other numbers")
    return float(np.abs(a - b).max())


def _is_close(a: Matrix, b: Matrix) -> bool:
    return a.shape == b.shape and np.allclose(
        a, b, rtol=TOLERANCE, atol=TOLERANCE * 1e-3, equal_nan=True
    )


def _numbers(answers: Answers) -> Matrix:
    return np.asarray(
        answers.predictions if answers.probabilities is None else answers.probabilities
    )
