"""Is there a reason to train again? Each is looked at, and says what it found."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from ..monitoring.drift import monitor
from ..registry.base import Version
from ..tools import versions
from ..tools.errors import Refusal
from ..tools.files import read_json
from ..tools.markdown import one_line
from ..tools.paths import REPORTS

DAY = 86_400  # seconds


@dataclass(frozen=True)
class Reason:
    """One reason, whether it holds, and by which figures."""

    name: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Production:
    """The model in production: its version, and its folder on this machine."""

    version: Version
    folder: Path

    @property
    def made(self) -> dict[str, Any]:
        """Which code and data it was made with."""
        found: dict[str, Any] = read_json(self.folder / "versions.json")
        return found


def reasons(
    cfg: DictConfig, production: Production | None
) -> tuple[list[Reason], dict[str, Any] | None]:
    """Every reason, and what reports/drift.json holds if drift was looked for."""
    asked = _asked()
    if production is None:
        return [asked, Reason("no production model", True, "nothing is in production yet")], None
    drift, found = _drift(cfg)
    version = production.version.name
    return [
        asked,
        Reason("no production model", False, f"{version} is in production"),
        _new_data(cfg, production),
        drift,
        _age(cfg.retraining.max_age_days, production.version),
    ], found


def _asked() -> Reason:
    said = one_line(os.environ.get("REASON", ""))
    return Reason("asked for", bool(said), said or "nobody asked (REASON=…)")


def _new_data(cfg: DictConfig, production: Production) -> Reason:
    name = "new data"
    if not cfg.retraining.new_data:
        return Reason(name, False, "not looked at: retraining.new_data is false")
    now, before = versions.data_hash(Path(cfg.data.path)), production.made["data"]
    if now is None:
        return Reason(name, False, f"DVC does not keep {cfg.data.path}, so it is as it was")
    if now == before:
        return Reason(name, False, f"{cfg.data.path} is still {now[:7]}")
    return Reason(name, True, f"{cfg.data.path} was {(before or 'unknown')[:7]}, is {now[:7]}")


def _drift(cfg: DictConfig) -> tuple[Reason, dict[str, Any] | None]:
    name, folder = "drift", cfg.monitoring.log.folder
    if not cfg.retraining.drift:
        return Reason(name, False, "not looked at: retraining.drift is false"), None
    if folder is None or not any(Path(folder).glob("*.jsonl")):
        return Reason(name, False, f"no log of predictions here ({folder})"), None
    try:
        monitor(cfg)
    except Refusal as refusal:
        return Reason(name, False, f"can't be told: {refusal}"), None
    found = read_json(REPORTS / "drift.json")
    rows = f"{found['rows']['window']} predictions of {found['model']}"
    told = {
        "drift": f"in {', '.join(found['drifted'])}: {rows}",
        "no drift": f"none in {rows}, by {len(found['checks'])} tests",
        "too few rows": f"too few rows to tell: {rows}, needed: {cfg.monitoring.min_rows}",
    }
    return Reason(name, found["verdict"] == "drift", told[found["verdict"]]), found


def _age(limit: float | None, version: Version) -> Reason:
    if limit is None:
        return Reason("age", False, "not looked at: retraining.max_age_days is null")
    days = (time.time() - version.made) / DAY
    said = f"{version.name} is {days:.1f} days old, {limit:g} are allowed"
    return Reason("age", days > limit, said)
