"""What a comparison of live rows with the reference came to."""

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
    """What was found, and in which rows.

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
        """What has drifted or is bad, by name."""
        drifted = [check.name for check in self.checks if check.drifted]
        return drifted + [column.name for column in self.quality if column.bad]
