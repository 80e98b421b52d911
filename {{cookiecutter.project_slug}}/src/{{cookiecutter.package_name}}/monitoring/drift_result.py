"""The result of a comparison of live rows with the reference."""

from dataclasses import dataclass
from datetime import datetime

from .compare import Check
from .quality import Quality

NO_DRIFT, TOO_FEW, DRIFT = 0, 2, 3  # exit codes
VERDICTS = {NO_DRIFT: "no drift", TOO_FEW: "too few rows", DRIFT: "drift"}


@dataclass(frozen=True)
class Score:
    """One metric on the reference, and live with its bootstrap interval."""

    metric: str
    reference: float
    live: float
    interval: list[float]


@dataclass(frozen=True)
class DriftResult:
    """The result, and the rows that it is based on.

    Attributes:
        code: NO_DRIFT, TOO_FEW or DRIFT.
        model: its version.
        rows: of the window, of the reference, and of the window with a known outcome.
        since: time of the window's first row; None if it has none.
        until: of its last.
        performance: empty if there are too few outcomes.
    """

    code: int
    model: str
    checked: datetime
    rows: dict[str, int]
    since: datetime | None
    until: datetime | None
    checks: list[Check]
    quality: list[Quality]
    performance: list[Score]

    @property
    def verdict(self) -> str:
        """The code in words."""
        return VERDICTS[self.code]

    @property
    def drifted(self) -> list[str]:
        """Names of checks that drifted and of columns that are bad."""
        drifted = [check.name for check in self.checks if check.drifted]
        return drifted + [column.name for column in self.quality if column.bad]
