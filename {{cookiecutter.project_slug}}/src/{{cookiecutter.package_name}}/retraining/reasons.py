"""Reasons to train again, each with its figures."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig

from ..packing.candidate import data_hash
from ..registry import Version
from ..tools.files import read_json
from ..tools.markdown import one_line

DAY = 86_400  # seconds


@dataclass(frozen=True)
class Reason:
    """One reason to train again.

    Attributes:
        name: in a word or two.
        holds: whether to train again for it.
        found: the figures, in a sentence.
        details: more of them, as Markdown for the report; empty if there are none.
    """

    name: str
    holds: bool
    found: str
    details: str = ""


@dataclass(frozen=True)
class Production:
    """The model in production: its version, and its folder on this machine."""

    version: Version
    folder: Path

    @property
    def made(self) -> dict[str, Any]:
        """Versions of the code and data behind the model."""
        found: dict[str, Any] = read_json(self.folder / "versions.json")
        return found


def reasons(cfg: DictConfig, production: Production | None) -> list[Reason]:
    """Every reason that is looked at, whether it holds or not."""
    asked = _asked()
    if production is None:
        return [asked, Reason("no production model", True, "nothing is in production yet")]
    version = production.version.name
    return [
        asked,
        Reason("no production model", False, f"{version} is in production"),
        _new_data(cfg, production),
        *_others(cfg),
        _age(cfg.retraining.max_age_days, production.version),
    ]


def _others(cfg: DictConfig) -> Iterator[Reason]:
    """The reasons of `retraining.reasons`: functions that return `holds`, `found` and `details`."""
    for name, looking in cfg.retraining.get("reasons", {}).items():
        if looking is None:
            yield Reason(name, False, f"not looked at: retraining.reasons.{name} is null")
        else:
            yield Reason(name, *instantiate(looking, _partial_=True)(cfg))


def _asked() -> Reason:
    said = one_line(os.environ.get("REASON", ""))
    return Reason("asked for", bool(said), said or "nobody asked (REASON=…)")


def _new_data(cfg: DictConfig, production: Production) -> Reason:
    name = "new data"
    if not cfg.retraining.new_data:
        return Reason(name, False, "not looked at: retraining.new_data is false")
    now, before = data_hash(Path(cfg.data.path)), production.made["data"]
    if now is None:
        return Reason(name, False, f"DVC does not keep {cfg.data.path}, so it is as it was")
    if now == before:
        return Reason(name, False, f"{cfg.data.path} is still {now[:7]}")
    return Reason(name, True, f"{cfg.data.path} was {(before or 'unknown')[:7]}, is {now[:7]}")


def _age(limit: float | None, version: Version) -> Reason:
    if limit is None:
        return Reason("age", False, "not looked at: retraining.max_age_days is null")
    days = (time.time() - version.made) / DAY
    said = f"{version.name} is {days:.1f} days old, {limit:g} are allowed"
    return Reason("age", days > limit, said)
