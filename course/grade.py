"""Grades a cohort: each lab of each team, resumable, with what came of it in a file of its own."""

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from course.cohort import write_json
from course.git import git
from course.judging import HARNESS, JUDGE, Check, Verdict, judge
from course.lab import Lab
from course.mistakes import Mistake
from course.roster import Student, teams_of


@dataclass(frozen=True)
class Handed:
    """What was collected of a cohort.

    Attributes:
        commits: that count, by team; None where there is none.
        notes: of the collection, by team.
    """

    folder: Path
    at: str
    students: tuple[Student, ...]
    commits: dict[str, str | None]
    notes: dict[str, tuple[str, ...]]

    @property
    def teams(self) -> list[str]:
        """Names of the teams."""
        return teams_of(list(self.students))


# What became of each lab of each team.
Grades = dict[tuple[str, str], Verdict]


def read_handed(folder: Path) -> Handed:
    """Read what was collected.

    Raises:
        Mistake: nothing was.
    """
    try:
        content = json.loads((folder / "collected.json").read_text(encoding="utf-8"))
        return Handed(
            folder,
            content["at"],
            tuple(Student(**each) for each in content["students"]),
            {team: each["commit"] for team, each in content["teams"].items()},
            {team: tuple(each["notes"]) for team, each in content["teams"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise Mistake(f"{folder} holds nothing collected; make it with `collect`") from None


def grade(
    handed: Handed,
    labs: list[Lab],
    solution: Path,
    into: Path,
    *,
    python: str = sys.executable,
    workers: int = 2,
    said: Callable[[str], object] = print,
) -> Grades:
    """Judge each lab of each team, but for what was judged before of the same commit and checks.

    A lab that the solution itself does not pass here is judged for nobody.

    Args:
        handed: what was collected.
        labs: to judge.
        solution: of the course.
        into: a folder, which gets `cells/TEAM/LAB.json` as soon as each is known.
        python: of the environment that all teams share.
        workers: how many labs are judged at once.
        said: is told each verdict.
    """
    with ThreadPoolExecutor(workers) as pool:
        of_solution = pool.map(lambda lab: judge(lab, solution, python), labs)
        solved = {lab.name: verdict for lab, verdict in zip(labs, of_solution, strict=True)}
        for name, verdict in solved.items():
            if verdict.state != "passed":
                said(f"{name} is judged for nobody: the solution: {verdict.reason}")

        def one(cell: tuple[str, Lab]) -> Verdict:
            team, lab = cell
            verdict = _known(handed, team, lab, solved[lab.name], into, python)
            said(f"{team} {lab.name}: {verdict.state}, {verdict.reason}")
            return verdict

        cells = [(team, lab) for team in handed.teams for lab in labs]
        verdicts = list(pool.map(one, cells))
    return {(team, lab.name): v for (team, lab), v in zip(cells, verdicts, strict=True)}


def _known(
    handed: Handed, team: str, lab: Lab, solved: Verdict, into: Path, python: str
) -> Verdict:
    """The verdict of a former call, or a new one, which is kept."""
    commit = handed.commits[team]
    if solved.state != "passed":
        return Verdict("not judged", f"the solution does not pass here: {solved.reason}")
    if commit is None:
        return Verdict("not judged", "; ".join(handed.notes[team]) or "nothing was collected")
    path = into / "cells" / team / f"{lab.name}.json"
    key = f"{commit} {_of_checks(lab)} {python}"
    former = _read(path)
    if former is not None and former[0] == key and former[1].state != "not judged":
        return former[1]
    verdict = _judged(handed.folder / f"{team}.git", commit, lab, python)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"key": key, **asdict(verdict)})
    return verdict


def _judged(source: Path, commit: str, lab: Lab, python: str) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="course-grade-", ignore_cleanup_errors=True) as folder:
        repo = Path(folder) / "repo"
        try:
            repo.mkdir()
            git(repo, "init", "--quiet")
            git(repo, "fetch", "--quiet", str(source.resolve()), commit)
            git(repo, "checkout", "--quiet", "--detach", commit)
        except (Mistake, OSError) as bad:
            return Verdict("not judged", f"the commit could not be checked out: {bad}")
        return judge(lab, repo, python)


def _read(path: Path) -> tuple[str, Verdict] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        key = content.pop("key")
        checks = tuple(Check(**each) for each in content.pop("checks"))
        return key, Verdict(checks=checks, **content)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _of_checks(lab: Lab) -> str:
    """A hash of all that decides a verdict beside the team's commit."""
    hashed = hashlib.sha256()
    files = (path for name in ("public", "hidden") for path in _files(lab.folder / name))
    for path in (lab.folder / "lab.yaml", *HARNESS, JUDGE, *files):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()[:16]


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".pyc")
