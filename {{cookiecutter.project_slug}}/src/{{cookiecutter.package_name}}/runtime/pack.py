"""Adds to a model folder what serving needs: the runtime, and the answer to the example."""

from pathlib import Path

from ..packing.candidate import Candidate
from .export import export
from .served_model import write_answer


def pack_runtime(folder: Path, candidate: Candidate) -> None:
    """Add runtime.json, answer.json and, if the model compiles, model.onnx to a model folder."""
    export(folder, candidate.model, candidate.schema, candidate.test)
    write_answer(folder)
