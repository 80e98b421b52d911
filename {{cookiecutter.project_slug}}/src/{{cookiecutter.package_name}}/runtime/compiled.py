"""A compiled pipeline: plain values, numbers, ONNX Runtime; no pandas, no scikit-learn.

Each step is compiled by itself. Where feature steps or the preprocessing are not, the fitted ones
make the matrix; where the estimator is not, the fitted one answers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from ..data.schema import Schema
from .base import Answers, Columns
from .encoder import Encoder

if TYPE_CHECKING:
    from .pipeline import PipelineRuntime

Matrix = npt.NDArray[np.float64]


class CompiledRuntime:
    """Answers by a pipeline of which at least one step is compiled.

    Args:
        matrix: what the estimator takes, of rows.
        answers: the estimator's answers.
        content: what runtime.json says.
        original: the pipeline itself, which is asked where the compiled form fails.
    """

    def __init__(
        self,
        matrix: Callable[[Columns], Matrix],
        answers: Callable[[Matrix], Answers],
        content: dict[str, Any],
        original: "PipelineRuntime | None",
    ) -> None:
        self.name: str = content["runtime"]
        self.classes: list[Any] | None = content["classes"]
        self.quick = self.name == "onnx" and content.get("features", "none") == "none"
        self.matrix = matrix
        self.answers = answers
        self.original = original

    @classmethod
    def load(
        cls,
        folder: Path,
        content: dict[str, Any],
        schema: Schema,
        original: "PipelineRuntime | None" = None,
    ) -> "CompiledRuntime":
        """Read what a model folder's runtime.json asks for.

        Args:
            folder: of the model.
            content: of its runtime.json.
            schema: of the raw table.
            original: the pipeline itself, where it is at hand.

        Raises:
            RuntimeError: if ONNX Runtime can't read the graph.
            Refusal: if the pipeline is needed and can't be read.
        """
        if original is None and content.get("original"):
            from .pipeline import PipelineRuntime  # scikit-learn and pandas take a second to import

            original = PipelineRuntime.load(folder, schema)
        return cls(
            matrix_of(content, original), estimator_of(folder, content, original), content, original
        )

    def predict(self, columns: Columns) -> Answers:
        """Answer for rows.

        Raises:
            BadRows: if the feature steps can't work on one of them.
        """
        try:
            return self.answers(self.matrix(columns))
        except Exception:
            if self.original is None:
                raise
            return self.original.predict(columns)  # which says what is wrong with which row


def matrix_of(
    content: dict[str, Any], original: "PipelineRuntime | None"
) -> Callable[[Columns], Matrix]:
    """The way from rows to the estimator's matrix that runtime.json asks for."""
    encode = Encoder(content["blocks"], content.get("then", ())) if content.get("blocks") else None
    if content.get("features", "none") == "none" and encode:
        return lambda columns: encode(columns, len(next(iter(columns.values()))))
    assert original is not None
    if encode is None:
        return original.matrix
    features = original.features

    def encoded(columns: Columns) -> Matrix:
        found, rows = features(columns)
        return encode(found, rows)

    return encoded


class Estimator:
    """An ONNX graph.

    Args:
        session: the loaded graph.
        content: what runtime.json says: classes, threshold, positive.
    """

    def __init__(self, session: ort.InferenceSession, content: dict[str, Any]) -> None:
        self.session = session
        self.classes: list[Any] | None = content["classes"]
        self.threshold: float | None = content["threshold"]
        self.positive: int = content.get("positive", 1)
        self.input = session.get_inputs()[0].name
        self.output = session.get_outputs()[-1].name  # of a classifier the label comes before it

    def __call__(self, matrix: Matrix) -> Answers:
        """The answers for a matrix's rows."""
        (scores,) = self.session.run([self.output], {self.input: matrix})
        if self.classes is None:
            return Answers(scores.ravel().tolist())
        if self.threshold is None:
            best = scores.argmax(axis=1).tolist()
            return Answers([self.classes[number] for number in best], scores)
        reached = (scores[:, self.positive] >= self.threshold).tolist()
        below, above = self.classes[1 - self.positive], self.classes[self.positive]
        return Answers([above if each else below for each in reached], scores)


def estimator_of(
    folder: Path, content: dict[str, Any], original: "PipelineRuntime | None"
) -> Callable[[Matrix], Answers]:
    """What answers for a matrix: the folder's graph, or the fitted estimator."""
    if content["runtime"] != "onnx":
        assert original is not None
        return original.answers
    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # requests are the unit of work, not parts of them
    options.log_severity_level = 3
    graph = str(folder / "model.onnx")
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return Estimator(session, content)
