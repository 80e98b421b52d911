"""Lets tables live, each in a rendered repo, in one process that imports their libraries once."""

import json
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
    _say_installed(repos[0])
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


def _say_installed(repo: RenderedRepo) -> None:
    """Leave what an installation would: the names of the packages that a model folder records."""
    project = tomllib.loads(repo.read("pyproject.toml"))["project"]
    told = repo.path / "src" / f"{project['name'].replace('-', '_')}-0.1.0.dist-info"
    told.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", "Version: 0.1.0"]
    lines += [f"Requires-Dist: {each}" for each in project["dependencies"]]
    (told / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
