"""The record of a retraining, for people, for GitHub and for `make propose`."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from ..tools.errors import Refusal
from ..tools.files import read_json, write_json
from ..tools.paths import REPORTS
from .reasons import Reason

FILE = REPORTS / "retraining.json"

Outcome = Literal["nothing", "candidate", "refused"]


@dataclass
class Record:
    """One retraining.

    Attributes:
        line: what came of it, in a sentence.
        production: the version that was in production.
        commit: that the run began with.
        candidate: the SHA-256 of its pipeline.
        changed: the SHA-256 of each file that Git is to record.
        data: DVC's hash of the raw table, `before` (of production's) and `now`.
        rows: to train and to test, of both.
        scores: by metric, of candidate and production, with intervals.
        checks: the gate's.
        importance: of the columns to the candidate, most important first.
        violations: of the schema.
        said: the last lines of a step that failed.
    """

    outcome: Outcome = "refused"
    line: str = ""
    reasons: list[Reason] = field(default_factory=list)
    production: str | None = None
    commit: str | None = None
    candidate: str | None = None
    changed: dict[str, str] = field(default_factory=dict)
    data: dict[str, str | None] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    importance: dict[str, float] = field(default_factory=dict)
    violations: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def names(self) -> str:
        """The reasons that hold, by name."""
        return ", ".join(reason.name for reason in self.reasons if reason.holds)

    def save(self) -> None:
        """Leave reports/retraining.json."""
        write_json(FILE, asdict(self))

    @classmethod
    def load(cls) -> Self:
        """The last one.

        Raises:
            Refusal: if there was none.
        """
        if not FILE.exists():
            raise Refusal(f"{FILE} is not there; run `make retrain`")
        content = read_json(FILE)
        content["reasons"] = [Reason(**reason) for reason in content["reasons"]]
        return cls(**content)


def tell_github(**values: str) -> None:
    """Hand values to the steps that follow, where this is a step of a workflow."""
    if path := os.environ.get("GITHUB_OUTPUT"):
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
