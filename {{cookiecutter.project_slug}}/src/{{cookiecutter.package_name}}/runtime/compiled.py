"""A compiled pipeline: plain values, numbers, ONNX Runtime; no pandas, no scikit-learn."""

from pathlib import Path
from typing import Any

import onnxruntime as ort

from .base import Answers, Columns
from .encoder import Encoder


class CompiledRuntime:
    """Answers by an ONNX graph of the estimator.

    Args:
        session: the loaded graph.
        content: what runtime.json says: blocks, classes, threshold, positive.
    """

    name = "onnx"
    quick = True

    def __init__(self, session: ort.InferenceSession, content: dict[str, Any]) -> None:
        self.session = session
        self.encoder = Encoder(content["blocks"])
        self.classes: list[Any] | None = content["classes"]
        self.threshold: float | None = content["threshold"]
        self.positive: int = content.get("positive", 1)
        self.input = session.get_inputs()[0].name
        self.output = session.get_outputs()[-1].name  # of a classifier the label comes before it

    @classmethod
    def load(cls, folder: Path, content: dict[str, Any]) -> "CompiledRuntime":
        """Read a model folder's graph.

        Raises:
            RuntimeError: if ONNX Runtime can't read it.
        """
        ort.disable_telemetry_events()
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1  # requests are the unit of work, not parts of them
        options.log_severity_level = 3
        graph = str(folder / "model.onnx")
        session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        return cls(session, content)

    def predict(self, columns: Columns) -> Answers:
        """Answer for rows."""
        rows = len(next(iter(columns.values())))
        matrix = self.encoder(columns, rows)
        (scores,) = self.session.run([self.output], {self.input: matrix})
        if self.classes is None:
            return Answers(scores.ravel().tolist())
        if self.threshold is None:
            best = scores.argmax(axis=1).tolist()
            return Answers([self.classes[number] for number in best], scores)
        reached = (scores[:, self.positive] >= self.threshold).tolist()
        below, above = self.classes[1 - self.positive], self.classes[self.positive]
        return Answers([above if each else below for each in reached], scores)
