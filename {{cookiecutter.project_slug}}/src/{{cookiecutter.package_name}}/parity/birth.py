"""Compares this repository with its notebook before it first trains: `make pipeline` calls it."""

from typing import Any

from omegaconf import DictConfig

from ..data.tables import read_raw
from ..stages.describe import describe_table
from ..tools.command import command
from ..tools.dvc import dvc
from ..tools.errors import Refusal
from ..tools.files import read_json
from .notebook import Original
from .verdict import DIFFERS, FILE, Verdict, hashes


def birth(cfg: DictConfig) -> None:
    """Run the stage `parity`, and say what it found."""
    found = compared(cfg)
    print(f"This repository and its notebook: {Verdict(found['verdict'], found['line'])}")


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


def is_untouched() -> bool:
    """Whether features.py and prepare.py are as the template wrote them."""
    return Original.load().written == hashes()


main = command(birth)

if __name__ == "__main__":
    main()
