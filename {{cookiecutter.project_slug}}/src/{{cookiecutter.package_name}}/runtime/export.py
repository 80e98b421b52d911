"""Compile a fitted pipeline step by step, and keep of it what answers as the pipeline does."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from onnx import ModelProto
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, NuSVC

from ..data.casting import plain
from ..data.schema import Column, Schema
from ..tools.files import write_json
from .base import Answers, Columns, TakesLong, Unknown
from .compiled import CompiledRuntime, Labels, Matrix, estimator_of
from .encoder import Encoder
from .encoding import NotCompiled, encoding_of, is_strict
from .estimators import as_onnx, innermost
from .pipeline import PipelineRuntime
from .rows import BadRows
from .trees import ENSEMBLES

TOLERANCE = 1e-6  # relative; a compiled form of doubles is usually within 1e-12
MOST_ODD = 200  # rows with an odd value, each of which the pipeline answers alone
MANY, FEW = 2000, 50  # rows that are compared one by one; fewer where each takes pandas
LEFT = 0.1  # of these, the share that may be left to pandas
ORIGINAL = {"pandas", "scikit-learn"}  # what serves a step that is not compiled
# What skl2onnx makes of these takes longer than scikit-learn.
SLOWER = (KNeighborsClassifier, KNeighborsRegressor, GaussianProcessRegressor)
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
    content = compiled(folder, PipelineRuntime(pipeline, schema), *probes(test, schema))
    if content["runtime"] != "onnx":
        (folder / "model.onnx").unlink(missing_ok=True)
    for name, step in content["steps"].items():
        reason = f": {step['because']}" if "because" in step else ""
        log.info("%s served by %s%s", name, step["by"], reason)
    write_json(folder / "runtime.json", content)
    return str(content["runtime"])


def probes(test: pd.DataFrame, schema: Schema) -> tuple[Columns, list[Columns]]:
    """Rows to compare on, as plain values.

    Returns:
        The test rows, and single rows: each differs from the first in one value, which is missing,
        new, empty, or at an end of its range.
    """
    columns: Columns = plain(test[schema.features])
    first: Columns = {name: values[:1] for name, values in columns.items()}
    odd: list[Columns] = [
        {**first, name: [value]} for name in schema.features for value in _odd(schema[name], first)
    ]
    return columns, odd[:: len(odd) // MOST_ODD + 1]


def _odd(column: Column, first: Columns) -> list[Any]:
    """Values of a column that the test rows may not have."""
    found: list[Any] = [None] if column.nullable else []
    match column.type:
        case "number" | "integer":
            ends = [end for end in (column.min, column.max) if end is not None] or [0.0]
            whole = column.type == "integer"
            found += [float(round(end)) for end in ends] if whole else ends
        case "category" | "text":
            found += [UNSEEN, "", " ", str(first[column.name][0]).swapcase()]
        case "boolean":
            found += [True, False]
    return found


def together(parts: Sequence[Columns]) -> Columns:
    """Rows below each other."""
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def compiled(
    folder: Path, truth: PipelineRuntime, rows: Columns, odd: Sequence[Columns]
) -> Content:
    """What runtime.json says: what serves each step, and what that needs.

    Args:
        folder: of the model, which gets model.onnx.
        truth: the pipeline itself.
        rows: on which each step, and all together, have to give what the pipeline gives.
        odd: single rows of which the same is true, or which the pipeline refuses.
    """
    steps: Steps = {}
    content = _classes(truth)
    refused = [row for row in odd if _is_refused(truth, row)]
    rows = together([rows, *(row for row in odd if row not in refused)])
    try:
        matrix, expected = _of_numbers(truth, rows), truth.predict(rows)
        estimator = _estimator(steps, folder, truth, content, matrix, expected)
        content |= _preprocess(steps, truth, rows, matrix) | estimator
    except NotCompiled as reason:
        return {"runtime": truth.name, "steps": {"pipeline": _by(truth.name, reason)}}
    proof = _Proof(folder, truth, rows, refused, matrix, expected)
    because: object = "features.py computes columns"
    for features in _choices(truth, rows, content):
        if features != "none":
            steps["features"] = _by("pandas", because) if features == "pandas" else _by("numpy")
            content["limits"] = _limits(truth, matrix)
        content["features"] = features
        by = {step["by"] for step in steps.values()}
        if by <= ORIGINAL:
            return {"runtime": truth.name, "steps": steps}
        content["original"] = features != "none" or is_strict(content) or bool(by & ORIGINAL)
        try:
            compared = proof.of(content)
        except (NotCompiled, Unknown) as reason:
            because = reason
            continue
        return {"runtime": content.pop("runtime"), "steps": steps, "compared": compared, **content}
    return {"runtime": truth.name, "steps": {"pipeline": _by(truth.name, because)}}


def _choices(truth: PipelineRuntime, rows: Columns, content: Content) -> list[str]:
    """What may serve the feature steps, the fastest first: nothing where they change nothing."""
    X = truth.frame(rows)
    result = truth.pipeline.named_steps["features"].transform(X)
    if isinstance(result, pd.DataFrame) and result.equals(X):
        return ["none"]
{%- if cookiecutter.__notebook %}
    if content["blocks"]:
        return ["light", "pandas"]
{%- endif %}
    return ["pandas"]


def _limits(truth: PipelineRuntime, matrix: Matrix) -> dict[str, Any]:
    """Which numbers the estimator takes: others it may refuse, which its graph would not."""

    def takes(number: float) -> bool:
        one = matrix[:1].copy()
        one[0, 0] = number
        try:
            truth.answers(one)
        except Exception:
            return False
        return True

    large = np.finfo(np.float64 if takes(1e300) else np.float32).max
    return {"gaps": bool(np.isnan(matrix).any()) and takes(np.nan), "largest": float(large)}


class _Proof:
    """The comparison of a compiled form with the pipeline.

    Args:
        folder: of the model.
        truth: the pipeline itself.
        rows: to compare on.
        refused: single rows that the pipeline refuses.
        matrix: what the estimator gets for the rows.
        expected: the answers for them.
    """

    def __init__(
        self,
        folder: Path,
        truth: PipelineRuntime,
        rows: Columns,
        refused: Sequence[Columns],
        matrix: Matrix,
        expected: Answers,
    ) -> None:
        self.folder = folder
        self.truth = truth
        self.rows = rows
        self.refused = refused
        self.matrix = matrix
        self.expected = expected

    def of(self, content: Content) -> dict[str, Any]:
        """What was compared, of a content of runtime.json.

        Raises:
            NotCompiled: if it gives something else, or nothing for more than a few rows.
            Unknown: if features.py can't be loaded without pandas.
        """
        fast = CompiledRuntime.load(self.folder, content, self.truth.schema, self.truth)
        way = fast.ways[0]
        for row in self.refused:
            with suppress(TakesLong):
                fast.by(way, row)
                raise NotCompiled("it answers a row that the pipeline refuses")
        count = len(self.matrix)
        alone = min(count, FEW if content["features"] == "pandas" else MANY)
        left = {}
        for at in range(alone):
            try:
                found = fast.matrix(way, self._some([at]))
            except (Exception, Unknown) as error:
                left[at] = str(error) or type(error).__name__
                continue
            if not _is_close(self.matrix[at : at + 1], found):
                raise NotCompiled("it gives other features for a row alone")
        if len(left) > alone * LEFT:
            raise NotCompiled(Counter(left.values()).most_common(1)[0][0])
        known = [at for at in range(alone if left else count) if at not in left]
        largest = 0.0
        for size in (2, 17, len(known)):
            some = self._some(known[:size])
            answers = _attempt(partial(fast.by, way, some))
            largest = max(largest, _difference(_part(self.expected, known[:size]), answers))
        compared = {"rows": len(known), "alone": alone - len(left), "largest_difference": largest}
        return compared | ({"left_to_pandas": len(left)} if left else {})

    def _some(self, numbers: Sequence[int]) -> Columns:
        return {name: [values[at] for at in numbers] for name, values in self.rows.items()}


def _part(answers: Answers, numbers: Sequence[int]) -> Answers:
    chances = answers.probabilities
    predictions = [answers.predictions[at] for at in numbers]
    return Answers(predictions, None if chances is None else chances[list(numbers)])


def _is_refused(truth: PipelineRuntime, row: Columns) -> bool:
    try:
        truth.predict(row)
    except BadRows:
        return True
    return False


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
        answers = _attempt(lambda: estimator_of(folder, content | {"runtime": "onnx"}, None))
        _difference(expected, _attempt(lambda: answers(matrix)))
    except NotCompiled as reason:
        steps["estimator"] = _by("scikit-learn", reason)
        return {
            "runtime": truth.name,
            "by_probability": _is_by_probability(truth, content, expected),
        }
    steps["estimator"] = _by("onnx")
    return {"runtime": "onnx"}


def _is_by_probability(truth: PipelineRuntime, content: Content, expected: Answers) -> bool:
    """Whether the probabilities say what is predicted, so that the estimator is asked once.

    Of support vectors they do not: their probabilities come from a model of their own.
    """
    if expected.probabilities is None:
        return False
    estimator = innermost(truth.pipeline.named_steps["estimator"])
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if isinstance(innermost(last), SVC | NuSVC):
        return False
    return Labels(content)(expected.probabilities).predictions == expected.predictions


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
    except (Exception, Unknown) as error:  # an operator that ONNX Runtime lacks here, for example
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
    try:
        return as_onnx(estimator, width)
    except NotCompiled as reason:
        inner = innermost(estimator)
        if isinstance(inner, (*ENSEMBLES, *SLOWER)):
            raise
        return _converted(inner, width, str(reason))


def _converted(estimator: Any, width: int, reason: str) -> ModelProto:
    """Convert an estimator of which no graph is known, by skl2onnx."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType

    options = {"zipmap": False} if hasattr(estimator, "predict_proba") else None
    inputs = [("X", DoubleTensorType([None, width]))]
    try:
        graph: ModelProto = to_onnx(estimator, initial_types=inputs, options=options)
    except Exception as error:  # each converter fails in a way of its own
        raise NotCompiled(reason) from error
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
