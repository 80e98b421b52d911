"""Repos that follow a clone of the template: made by real cruft, updated by their own `make`."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.rendered import TEMPLATE, RenderedRepo, clean_environment

# Each update clones and checks out all that is there.
NOT_THE_TEMPLATE = (".git", ".venv", ".demo", "__pycache__", ".*_cache")
NOT_NEEDED = ("benchmarks", "course", "docs", "fleet", "scripts", "tests")  # to render
# Tracebacks as Python prints them, should there be one.
PLAIN = {"_TYPER_STANDARD_TRACEBACK": "1"}


def cruft(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run cruft as a command in a folder."""
    return RenderedRepo(folder).run("cruft", *arguments, check=check, env=PLAIN)


@dataclass(frozen=True)
class Followed:
    """A clone of the template, and repos that were made from its first state."""

    template: RenderedRepo
    made: Path
    first: str

    def clone(self, kind: str, into: Path) -> RenderedRepo:
        """Give the repo as another machine has it: without the table that it was made from."""
        address = (self.made / kind).as_uri()
        git = ["git", "clone", "--quiet", address, str(into / kind)]
        subprocess.run(git, check=True, env=clean_environment(), capture_output=True)
        return RenderedRepo(into / kind)

    def move_on(self, change: Callable[[Path], None]) -> None:
        """Commit a change to the template, from its first state on."""
        self.template.run("git", "reset", "--hard", "--quiet", self.first)
        change(self.template.path)
        self.template.run("git", "add", "--all")
        self.template.run("git", "commit", "--quiet", "--message", "Change")


def followed_by(folder: Path, answers: Mapping[str, Mapping[str, str]]) -> Followed:
    """Clone the template into a folder, and make a repo of each kind from it.

    Args:
        folder: where the clone and the repos will be; relative paths of answers start there.
        answers: for each kind, which is also the repo's slug, what to answer.
    """
    template = RenderedRepo(folder / "template")
    ignored = shutil.ignore_patterns(*NOT_THE_TEMPLATE)

    def left_out(folder: str, names: list[str]) -> set[str]:
        also = NOT_NEEDED if Path(folder) == TEMPLATE else ()
        return {*ignored(folder, names), *(name for name in names if name in also)}

    shutil.copytree(TEMPLATE, template.path, ignore=left_out)
    template.run("git", "init", "--quiet")
    template.run("git", "add", "--all")
    template.run("git", "commit", "--quiet", "--message", "First")
    for kind, given in answers.items():
        context = json.dumps({"project_slug": kind, "package_name": "mine", **given})
        address = template.path.as_uri()
        cruft(folder, "create", address, "--no-input", "--extra-context", context)
    return Followed(template, folder, template.run("git", "rev-parse", "HEAD").stdout.strip())


def make(repo: RenderedRepo, target: str, **env: str) -> tuple[int, str, dict[str, str]]:
    """Run a target as a workflow does; give its exit code, what it said, and its outputs."""
    outputs, summary = repo.path / ".git" / "outputs", repo.path / ".git" / "summary"
    outputs.write_text("")
    summary.write_text("")
    given = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary), "CRUFT": "cruft"}
    done = repo.run(
        "make", "--no-print-directory", target, check=False, env={**PLAIN, **given, **env}
    )
    told = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    return done.returncode, done.stdout + done.stderr, told


def commit(repo: RenderedRepo) -> None:
    """Commit what a person did."""
    repo.run("git", "add", "--all")
    repo.run("git", "commit", "--quiet", "--no-verify", "--message", "Mine")
