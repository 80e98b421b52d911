"""Compares this repository with its notebook before it first trains: `make pipeline` calls it."""

import sys
import warnings
from typing import Any

from omegaconf import DictConfig

from ..data.tables import read_raw
from ..stages.describe import describe_table
from ..tools.config import overridden
from ..tools.dvc import dvc
from ..tools.errors import Refusal
from ..tools.files import read_json
from . import DIFFERS, FILE, Verdict, hashes
from .notebook import Original
from .replay import fall_back, restore, texts

FORMS = 2  # that follow the first: replayed, and the table only


def birth(cfg: DictConfig) -> None:
    """Run the stage `parity`, take another form if X or y differ, and say what was found.

    Nothing is written over features.py and prepare.py if a person has changed them.
    """
    found = compared(cfg)
    if rows_differ(found) and Original.load().written == hashes():
        found = in_another_form(cfg, found)
    print(f"This repository and its notebook: {Verdict(found['verdict'], found['line'])}")


def in_another_form(cfg: DictConfig, found: dict[str, Any]) -> dict[str, Any]:
    """Let the notebook's own cells make X and y, or, where nothing works, learn from the table.

    Features that differ are worth more than none: what was compared stays if the cells are no
    better.

    Args:
        cfg: the composed configuration.
        found: the stage's result for the present form.
    """
    works, before = "features" in found, texts(cfg)
    for _ in range(FORMS):
        try:
            print(fall_back(cfg, found["line"], to_table=not works))
        except Refusal as refusal:
            print(f"The form of before stays: {refusal}")
            return found
        cfg = overridden([])
        now = compared(cfg)
        if works and rows_differ(now):
            restore(before)
            print("The form of before stays: the notebook's own cells differ as well")
            return compared(overridden([]))
        if "features" in now:
            return now
        found = now
    return found


def compared(cfg: DictConfig) -> dict[str, Any]:
    """Describe the table if nobody has, run the stage, and give its result.

    A table that prepare.py can't work on can't be described: that is a difference.
    """
    read_raw(cfg.data)  # without which there is nothing to compare
    try:
        describe_table(cfg)
    except Refusal as refusal:
        return {"verdict": DIFFERS, "line": str(refusal)}
    dvc("repro", "parity")
    found: dict[str, Any] = read_json(FILE)
    return found


def rows_differ(found: dict[str, Any]) -> bool:
    """Whether X or y differ, or can't be made; of another estimator no other form is made."""
    parts = [found[name]["equal"] for name in ("features", "target") if name in found]
    made = len(parts) > 0
    return found["verdict"] == DIFFERS and not (made and all(parts))


def main() -> int:
    """Compare; conf/ is composed anew after each step, which may change it."""
    warnings.simplefilter("ignore")  # about old ways of the notebook's cells
    try:
        birth(overridden([]))
    except Refusal as refusal:
        print(f"Refused: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
