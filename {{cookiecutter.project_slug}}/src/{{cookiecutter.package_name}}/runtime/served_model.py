"""A model folder, checked and ready to answer."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.schema import Schema
from ..packing import FILE, digest
from ..packing.opening import Loading, open_folder
from ..tools.errors import Refusal, brief, failed_step
from ..tools.files import read_json, write_json
from .base import Answers, Columns, Runtime
from .rows import BadRows, Reader

TOLERANCE = 1e-6  # relative, between machines


@dataclass(frozen=True)
class ServedModel:
    """A model that answers, and its facts.

    Attributes:
        version: as registered, or the name of the folder.
        stage: of the registry, if it came from there.
        made: when it was registered, or the commit of its code, in seconds since 1970.
        margin: half the width of a regression's interval; None if there is none.
        facts: metrics, hashes of data and code, and so on, for people.
    """

    version: str
    stage: str | None
    schema: Schema
    runtime: Runtime
    made: float
    margin: float | None
    example: dict[str, Any]
    facts: dict[str, Any]

    def answers(self, columns: Columns, quickly: bool = False) -> list[dict[str, Any]]:
        """An answer for each row: its prediction, with probabilities or an interval.

        Args:
            columns: checked values by name, None where one is missing.
            quickly: only if it takes little time.

        Raises:
            TakesLong: if it does not, and should.
        """
        ask = self.runtime.quickly if quickly else self.runtime.predict
        return list(self._each(ask(columns)))

    def _each(self, found: Answers) -> Iterator[dict[str, Any]]:
        if found.probabilities is not None:
            names = [str(label) for label in self.runtime.classes or []]
            for label, chances in zip(found.predictions, found.probabilities.tolist(), strict=True):
                yield {
                    "prediction": label,
                    "probabilities": dict(zip(names, chances, strict=True)),
                }
        elif self.margin is None:
            yield from ({"prediction": number} for number in found.predictions)
        else:
            for number in found.predictions:
                interval = [number - self.margin, number + self.margin]
                yield {"prediction": number, "interval": interval}


def load(folder: Path, loading: Loading, runtime: str = "auto") -> ServedModel:
    """Load a model folder and have it answer its own example.

    Args:
        folder: as `candidate.pack` leaves it.
        loading: what opening it may take, and what it must pass before.
        runtime: auto, or scikit-learn to do without the compiled form.

    Raises:
        Refusal: if a file is missing or not as it was packed, or the answer is another one.
    """
    return open_folder(answering, folder, loading, runtime)


def answering(folder: Path, runtime: str) -> ServedModel:
    """A model that has answered its own example, of a folder that has passed the checks.

    Raises:
        Refusal: if a file can't be read, or the answer is another one.
    """
    try:
        model = _load(folder, runtime)
        expected = read_json(folder / "answer.json")
        answer = _example_answer(model)
    except Refusal:
        raise
    except MemoryError:
        raise
    except Exception as error:  # whatever a strange file makes of a library
        reason = failed_step(error) or brief(error)[:200]
        raise Refusal(f"{folder} can't be loaded ({reason})") from error
    if not _same(answer, expected):
        raise Refusal(f"{folder} answers its own example with {answer}, not with {expected}")
    return model


def write_answer(folder: Path) -> None:
    """Write answer.json: the model's answer to the folder's example."""
    write_json(folder / "answer.json", _example_answer(_load(folder, "auto")))


def _example_answer(model: ServedModel) -> dict[str, Any]:
    row = Reader(model.schema, unknown_fields="ignore").read(json.dumps(model.example).encode())
    try:
        (answer,) = model.answers(row)
    except BadRows as error:
        first = error.problems[0]
        raise Refusal(
            "the model can't answer its own example, one row by itself (expected "
            f"{first.expected}, got {first.given})"
        ) from None
    return answer


def _load(folder: Path, runtime: str) -> ServedModel:
    schema = Schema.load(folder / "schema.yaml")
    content = read_json(folder / "runtime.json")
    answering: Runtime
    if "classes" in content and runtime == "auto":  # something is compiled
        from .compiled import CompiledRuntime

        answering = CompiledRuntime.load(folder, content, schema)
    else:  # scikit-learn and pandas take a second to import
        from .pipeline import PipelineRuntime

        answering = PipelineRuntime.load(folder, schema)
    registered = folder / "registration.json"
    where = read_json(registered) if registered.exists() else {}
    made = read_json(folder / "versions.json")
    interval = read_json(folder / "evaluation.json").get("interval")
    facts = {
        "digest": digest(folder) if (folder / FILE).exists() else None,  # while it is packed
        "metrics": read_json(folder / "metrics.json"),
        "data": made["data"],
        "code": made["code"],
        "python": made["python"],
        "steps": content.get("steps"),
        "interval_coverage": interval and interval["coverage"],
    }
    return ServedModel(
        version=where.get("version", folder.resolve().name),
        stage=where.get("stage"),
        schema=schema,
        runtime=answering,
        made=where.get("made") or made.get("time") or (folder / "schema.yaml").stat().st_mtime,
        margin=interval and interval["margin"],
        example=read_json(folder / "example.json")[0],
        facts=facts,
    )


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(a == b)
