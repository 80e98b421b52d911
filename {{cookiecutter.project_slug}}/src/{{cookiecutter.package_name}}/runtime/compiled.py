"""A compiled pipeline: plain values, numbers, ONNX Runtime; no pandas, no scikit-learn.

Each step is compiled by itself. Where feature steps or the preprocessing are not, the fitted ones
make the matrix; where the estimator is not, the fitted one answers.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from ..data.schema import Schema
from .base import Answers, Columns, TakesLong, Unknown
from .encoder import Encoder

if TYPE_CHECKING:
    from .pipeline import PipelineRuntime

MOST_ROWS = 100_000  # in one run of a graph

Matrix = npt.NDArray[np.float64]
Way = Callable[[Columns], Matrix]


class CompiledRuntime:
    """Answers by a pipeline of which at least one step is compiled.

    What the compiled form fails on, or does not surely give the pipeline's answer for, is answered
    by the pipeline itself, which also says what is wrong with which row.

    Args:
        ways: from rows to what the estimator takes, the fastest first.
        answers: the estimator's answers for that.
        content: what runtime.json says.
        original: the pipeline itself, where it is needed.
    """

    def __init__(
        self,
        ways: Sequence[Way],
        answers: Callable[[Matrix], Answers],
        content: dict[str, Any],
        original: "PipelineRuntime | None",
    ) -> None:
        self.name: str = content["runtime"]
        self.classes: list[Any] | None = content["classes"]
        self.quick = self.name == "onnx" and content.get("features", "none") != "pandas"
        self.ways = ways
        self.answers = answers
        self.original = original
        self.limits = content.get("limits")

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
            Unknown: if features.py can't be loaded without pandas.
        """
        if original is None and content.get("original"):
            from .pipeline import PipelineRuntime  # scikit-learn and pandas take a second to import

            original = PipelineRuntime.load(folder, schema)
        answers = estimator_of(folder, content, original)
        return cls(list(ways(content, original)), answers, content, original)

    def predict(self, columns: Columns) -> Answers:
        """Answer for rows.

        Raises:
            BadRows: if the feature steps can't work on one of them.
        """
        for way in self.ways:
            with suppress(TakesLong):
                return self.by(way, columns)
        assert self.original is not None
        return self.original.predict(columns)

    def quickly(self, columns: Columns) -> Answers:
        """Answer for rows, if the fastest way can.

        Raises:
            TakesLong: if only the pipeline can.
        """
        return self.by(self.ways[0], columns)

    def by(self, way: Way, columns: Columns) -> Answers:
        """Answer for rows in one of the ways.

        Raises:
            TakesLong: if the pipeline has to, which may give something else, or refuse them.
        """
        try:
            matrix = self.matrix(way, columns)
        except MemoryError:
            raise
        except (Exception, Unknown) as error:
            if self.original is None:
                raise
            raise TakesLong(str(error) or type(error).__name__) from None
        try:
            return self.answers(matrix)
        except Exception as error:
            if self.name == "onnx":  # a damaged graph is no matter of these rows
                raise
            raise TakesLong(str(error)) from None

    def matrix(self, way: Way, columns: Columns) -> Matrix:
        """What the estimator gets for rows.

        Raises:
            Unknown: if it may refuse that.
        """
        matrix = way(columns)
        if self.limits and not self._is_within(matrix):
            raise Unknown("numbers that the estimator may refuse")
        return matrix

    def _is_within(self, matrix: Matrix) -> bool:
        assert self.limits
        within = np.abs(matrix) <= self.limits["largest"]
        if self.limits["gaps"]:
            within |= np.isnan(matrix)
        return bool(within.all())


def ways(content: dict[str, Any], original: "PipelineRuntime | None") -> Iterator[Way]:
    """The ways from rows to the estimator's matrix that runtime.json knows."""
    if not content.get("blocks"):
        assert original is not None
        yield original.matrix
        return
    encode = Encoder(content["blocks"], content.get("then", ()))
    if content.get("features", "none") == "none":
        yield lambda columns: encode(columns, len(next(iter(columns.values()))))
        return
    assert original is not None
{%- if cookiecutter.__notebook %}
    if content["features"] == "light":
        from .light.features import LightFeatures

        light = LightFeatures(original.pipeline.named_steps["features"], original.schema)
        yield lambda columns: encode(*light(columns))
{%- endif %}
    features = original.features
    yield lambda columns: encode(*features(columns))


class Labels:
    """What is predicted of probabilities.

    Args:
        content: what runtime.json says: classes, threshold, positive.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self.classes: list[Any] = content["classes"]
        self.threshold: float | None = content["threshold"]
        self.positive: int = content.get("positive", 1)

    def __call__(self, chances: Matrix) -> Answers:
        """The answers of rows with these probabilities."""
        if self.threshold is None:
            best = chances.argmax(axis=1).tolist()
            return Answers([self.classes[number] for number in best], chances)
        reached = (chances[:, self.positive] >= self.threshold).tolist()
        below, above = self.classes[1 - self.positive], self.classes[self.positive]
        return Answers([above if each else below for each in reached], chances)


class Estimator:
    """An ONNX graph.

    Args:
        session: the loaded graph.
        content: what runtime.json says.
    """

    def __init__(self, session: ort.InferenceSession, content: dict[str, Any]) -> None:
        self.session = session
        self.labels = Labels(content) if content["classes"] else None
        self.input = session.get_inputs()[0].name
        self.output = session.get_outputs()[-1].name  # of a classifier the label comes before it
        said = session.get_modelmeta().custom_metadata_map
        self.at_once = int(said.get("rows_at_once", MOST_ROWS))

    def __call__(self, matrix: Matrix) -> Answers:
        """The answers for a matrix's rows."""
        scores = self._scores(matrix)
        return Answers(scores.ravel().tolist()) if self.labels is None else self.labels(scores)

    def _scores(self, matrix: Matrix) -> Matrix:
        if len(matrix) > self.at_once:
            starts = range(0, len(matrix), self.at_once)
            return np.concatenate([self._scores(matrix[at : at + self.at_once]) for at in starts])
        (scores,) = self.session.run([self.output], {self.input: matrix})
        return scores  # type: ignore[no-any-return]


def estimator_of(
    folder: Path, content: dict[str, Any], original: "PipelineRuntime | None"
) -> Callable[[Matrix], Answers]:
    """What answers for a matrix: the folder's graph, or the fitted estimator."""
    if content["runtime"] != "onnx":
        assert original is not None
        if not content.get("by_probability"):
            return original.answers
        chances, labels = original.chances, Labels(content)
        return lambda matrix: labels(chances(matrix))
    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # requests are the unit of work, not parts of them
    options.log_severity_level = 3
    graph = str(folder / "model.onnx")
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return Estimator(session, content)
