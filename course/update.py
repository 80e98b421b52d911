"""Brings a later fix of a course to every team, as a branch that merges."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from course import github
from course.cohort import Cohort, main_of
from course.git import git, run
from course.mistakes import Mistake

State = Literal["current", "merges", "conflicts", "unrelated", "failed"]


@dataclass(frozen=True)
class Update:
    """What an update means to a team.

    Attributes:
        state: `current`: it has the fix already; `unrelated`: its history is not the course's.
        conflicts: files in which team and course changed the same lines.
        branch: that was pushed; empty: none.
        said: why it failed.
    """

    team: str
    state: State
    conflicts: tuple[str, ...] = ()
    branch: str = ""
    said: str = ""


def predict(cohort: Cohort, starter: Path, absent: Mapping[str, str] | None = None) -> list[Update]:
    """Try every team's merge in a repository of its own; nothing of theirs is written to.

    Args:
        cohort: of the teams.
        starter: whose main branch is the fix.
        absent: why the work of some teams is not here, by team.
    """
    fix = git(starter, "rev-parse", "main").strip()
    with tempfile.TemporaryDirectory(prefix="course-update-") as folder:
        scratch = Path(folder)
        git(scratch, "init", "--quiet", "--bare")
        return [
            Update(team, "failed", said=absent[team])
            if absent and team in absent
            else _predicted(cohort, team, starter, fix, scratch)
            for team in cohort.teams
        ]


def push(cohort: Cohort, starter: Path, predicted: list[Update]) -> Iterator[Update]:
    """Push the fix as a branch to every team that lacks it.

    Args:
        cohort: of the teams.
        starter: whose main branch is the fix.
        predicted: as `predict` gives it.

    Yields:
        What became of each team.
    """
    fixes = int(git(starter, "rev-list", "--count", "main")) - 1
    branch = f"course-update-{fixes}"
    for update in predicted:
        if update.state not in ("merges", "conflicts"):
            yield update
            continue
        try:
            if cohort.github:
                github.push(cohort.github, update.team, starter, branch)
            else:
                repo = str(cohort.repo(update.team).resolve())
                git(starter, "push", "--quiet", "--", repo, f"main:refs/heads/{branch}")
        except Mistake as bad:
            yield replace(update, state="failed", said=str(bad))
        else:
            yield replace(update, branch=branch)


def _predicted(cohort: Cohort, team: str, starter: Path, fix: str, scratch: Path) -> Update:
    repo = cohort.repo(team)
    theirs = main_of(repo)
    if theirs is None:
        return Update(team, "failed", said=f"{repo} has no branch main")
    stores = (starter / ".git" / "objects", repo / "objects")
    there = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(str(s.resolve()) for s in stores)}
    if run(scratch, "merge-base", "--is-ancestor", fix, theirs, **there).returncode == 0:
        return Update(team, "current")
    merged = run(
        scratch, "merge-tree", "--write-tree", "--name-only", "--no-messages", theirs, fix, **there
    )
    if merged.returncode == 0:
        return Update(team, "merges")
    if merged.returncode == 1:
        files = [name for name in merged.stdout.splitlines()[1:] if name]
        return Update(team, "conflicts", tuple(dict.fromkeys(files)))
    if run(scratch, "merge-base", fix, theirs, **there).returncode:
        return Update(team, "unrelated", said="its main has no commit in common with the starter")
    last = (merged.stderr.strip().splitlines() or ["Git did not say why"])[-1]
    return Update(team, "failed", said=last)
