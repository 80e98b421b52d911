"""`make promote`: through the gate into production."""

from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from ..data.tables import read_table
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.files import write_json
from ..tools.paths import CANDIDATE, REPORTS, TEST, TRAIN
from ..tools.paths import PRODUCTION as PRODUCTION_FOLDER
from .base import PRODUCTION, in_stage, put_into_production, registry
from .gate import Check, judge, table


def promote(cfg: DictConfig) -> None:
    """Judge the candidate against production; promote it, or refuse with exit code 1."""
    found = registry(cfg)
    former = in_stage(found, PRODUCTION)
    checks = judged(cfg, found.fetch(former, PRODUCTION_FOLDER) if former else None)
    if failure := failed(checks):
        raise Refusal(f"{failure}. Nothing was promoted.")
    version = found.register(CANDIDATE)
    if version == former:
        print(f"{cfg.name} {version} is in production already")
        return
    put_into_production(found, version)
    print(f"{cfg.name} {version} is in production. Next: make push")


def judged(cfg: DictConfig, production: Path | None) -> list[Check]:
    """Put the candidate through the gate, show the verdict, and leave reports/gate.json.

    Args:
        cfg: the composed configuration.
        production: the folder of the model in production, if there is one.
    """
    checks = judge(CANDIDATE, production, read_table(TRAIN), read_table(TEST), cfg)
    Console(width=120).print(table(checks))
    write_json(REPORTS / "gate.json", [vars(check) for check in checks])
    return checks


def failed(checks: list[Check]) -> str | None:
    """Why the candidate is refused; None if it passed."""
    return "; ".join(check.refusal for check in checks if not check.passed) or None


main = command(promote)

if __name__ == "__main__":
    main()
