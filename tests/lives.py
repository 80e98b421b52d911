"""Lets tables live, each in a rendered repo, in one process that imports their libraries once."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.environment import install
from tests.rendered import RenderedRepo, clean_environment

PACKAGE = "kind"  # of all repos
PARTS = "service, watch"
_SCRIPT = Path(__file__).with_name("life_of_tables.py")

Life = dict[str, Any]


def lives(
    repos: Sequence[RenderedRepo],
    asked: Sequence[Any],
    environment: Path,
    overrides: Sequence[str] = ("monitoring.min_rows=5",),
) -> list[Life]:
    """Tell what becomes of the tables of repos.

    Args:
        repos: rendered with PACKAGE and PARTS.
        asked: rows for the service of each.
        environment: that holds what the repos need.
        overrides: of their configuration.
    """
    install(repos[0], repos[0].path / "src")
    plan = [[str(repo.path), rows] for repo, rows in zip(repos, asked, strict=True)]
    found = subprocess.run(
        [str(environment / "bin" / "python"), str(_SCRIPT)],
        input=json.dumps({"repos": plan, "overrides": list(overrides)}),
        env=clean_environment(PYTHONPATH=str(repos[0].path / "src")),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: list[Life] = json.loads(found.stdout.splitlines()[-1])
    return told
