"""Adds to a model folder what serving needs: the runtime, and the answer to the example."""

import logging
from pathlib import Path

from ..packing.candidate import Candidate
from .export import export
from .served_model import write_answer

log = logging.getLogger(__name__)


def pack_runtime(folder: Path, candidate: Candidate) -> None:
    """Add runtime.json, answer.json and, if the model compiles, model.onnx to a model folder."""
    rows = len(candidate.test)
    log.info("compiling for ONNX Runtime, and comparing the answers on %d test rows", rows)
    export(folder, candidate.model, candidate.schema, candidate.test)
    write_answer(folder)
