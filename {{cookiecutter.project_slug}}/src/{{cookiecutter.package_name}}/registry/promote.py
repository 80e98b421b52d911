"""`make promote`: through the gate into production."""

from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from ..data.tables import read_table
from ..packing.hashes import digest
from ..tools.command import command
from ..tools.dvc import refuse_other_files
from ..tools.errors import Refusal
from ..tools.files import write_json
from ..tools.git import head
from ..tools.paths import CANDIDATE, REPORTS, TEST, TRAIN
from ..tools.paths import PRODUCTION as PRODUCTION_FOLDER
from .base import PRODUCTION, fetch_version, in_stage, put_into_production, registry
from .gate import Check, judge, table


def promote(cfg: DictConfig) -> None:
    """Judge the candidate against production; promote it, or refuse with exit code 1."""
    found, commit = registry(cfg), head()
    refuse_other_files(commit, CANDIDATE, TRAIN, TEST)
    former = in_stage(found, PRODUCTION)
    production = fetch_version(found, former, PRODUCTION_FOLDER) if former else None
    checks = judged(cfg, production, former)
    if failure := failed(checks):
        raise Refusal(f"{failure}. Nothing was promoted.")
    refuse_other_files(commit, CANDIDATE, TRAIN, TEST)  # nor did they change meanwhile
    if in_stage(found, PRODUCTION) != former:
        raise Refusal("another model went into production meanwhile; run `make promote` again")
    version = found.register(CANDIDATE, commit)
    if version == former:
        print(f"{cfg.name} {version} is in production already")
        return
    put_into_production(found, version)
    print(f"{cfg.name} {version} is in production. Next: make push")


def judged(cfg: DictConfig, production: Path | None, version: str | None) -> list[Check]:
    """Put the candidate through the gate, show the verdict, and leave reports/gate.json.

    Args:
        cfg: the composed configuration.
        production: the folder of the model in production, if there is one.
        version: its name.
    """
    checks = judge(CANDIDATE, production, read_table(TRAIN), read_table(TEST), cfg)
    Console(width=120).print(table(checks))
    verdict = {
        "passed": failed(checks) is None,
        "digest": digest(CANDIDATE),
        "production": production and {"version": version, "digest": digest(production)},
        "checks": [vars(check) for check in checks],
    }
    write_json(REPORTS / "gate.json", verdict)
    return checks


def failed(checks: list[Check]) -> str | None:
    """Why the candidate is refused; None if it passed."""
    return "; ".join(check.refusal for check in checks if not check.passed) or None


main = command(promote)

if __name__ == "__main__":
    main()
