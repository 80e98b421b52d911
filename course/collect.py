"""Collects what each team had handed in at a time: as received, whatever commits say."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from course.cohort import Cohort, main_of, moment, write_json
from course.git import git, is_ancestor, run, tip
from course.mistakes import Mistake

MAIN = "refs/heads/main"
NONE = "0" * 40
CLOCKS = timedelta(minutes=10)  # that two machines may differ by


@dataclass(frozen=True)
class Received:
    """One push to a team's main branch: when it came, from which commit to which."""

    time: datetime
    old: str
    new: str


@dataclass(frozen=True)
class Collected:
    """What counts of a team.

    Attributes:
        commit: that main was at; None where its repository is gone or broken.
        received: when that commit came; None where nothing came but the hand-out.
        notes: what a teacher may want to look at.
    """

    team: str
    commit: str | None
    received: str | None
    notes: tuple[str, ...]


def collect(
    cohort: Cohort, at: datetime, into: Path, absent: Mapping[str, str] | None = None
) -> list[Collected]:
    """Fetch what counts of every team into bare repositories of the teacher's own.

    Args:
        cohort: of the teams.
        at: what was received later does not count.
        into: a folder; gets `TEAM.git` for each team, and collected.json.
        absent: why the work of some teams is not here, by team.

    Raises:
        Mistake: the time is not over.
    """
    if at > datetime.now(UTC):
        raise Mistake(f"{at.isoformat()} is not over; collect then, or name an earlier time")
    into.mkdir(parents=True, exist_ok=True)
    found = [
        Collected(team, None, None, (absent[team],))
        if absent and team in absent
        else _collected(cohort, team, at, into)
        for team in cohort.teams
    ]
    content = {
        "at": at.isoformat(),
        "first": cohort.first,
        "students": [asdict(student) for student in cohort.students],
        "teams": {each.team: asdict(each) for each in found},
    }
    write_json(into / "collected.json", content)
    return found


def _collected(cohort: Cohort, team: str, at: datetime, into: Path) -> Collected:
    repo = cohort.repo(team)
    main = main_of(repo)
    if main is None:
        return Collected(team, None, None, (f"{repo} has no branch main",))
    try:
        pushes = list(received(repo))
    except ValueError:
        return Collected(team, None, None, (f"{repo / 'received.log'} can't be read",))
    # Of Git's ways to copy, this takes objects that no ref names any more.
    own = into / f"{team}.git"
    shutil.rmtree(own, ignore_errors=True)
    git(repo, "clone", "--quiet", "--bare", "--no-hardlinks", "--", ".", str(own.resolve()))
    in_time = [push for push in pushes if push.time <= at]
    commit = in_time[-1].new if in_time else cohort.first if not pushes else pushes[0].old
    fetched = run(own, "fetch", "--quiet", "origin", f"+{commit}:refs/collected")
    if fetched.returncode or tip(own, "refs/collected") is None:
        return Collected(team, None, None, (f"the commit {commit[:12]} is gone",))
    when = in_time[-1].time.isoformat() if in_time else None
    notes = _notes(own, cohort.first, commit, main, pushes, at)
    return Collected(team, commit, when, tuple(notes))


def received(repo: Path) -> Iterator[Received]:
    """Read which pushes to main a repository has received, the first one first.

    Raises:
        ValueError: the log is damaged.
    """
    log = repo / "received.log"
    for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
        time, old, new, ref = line.split(maxsplit=3)
        if ref == MAIN:
            yield Received(datetime.fromisoformat(time), old, new)


def _notes(
    repo: Path, first: str, commit: str, main: str, pushes: list[Received], at: datetime
) -> Iterator[str]:
    """Say what does not look like work that came as it was made."""
    if not is_ancestor(repo, first, commit):
        yield "its history does not begin with the course's first commit"
    before = first
    for push in pushes:
        run(repo, "fetch", "--quiet", "origin", push.old, push.new)
        if push.old != before:
            yield f"main was moved to {push.old[:12]} by no push that was received"
        if push.new == NONE or not is_ancestor(repo, push.old, push.new):
            yield f"the push of {push.time.isoformat()} rewrote history"
        before = push.new
    if main != before:
        yield f"main is at {main[:12]}, which no push that was received brought"
    if any(later.time < push.time for push, later in pairwise(pushes)):
        yield "received.log is not in order"
    late = [push for push in pushes if push.time > at]
    if late:
        dates = _dates(repo, commit, late[-1].new)
        back = sum(date <= at for date in dates)
        dated = f", {back} of them dated before that" if back else ""
        yield f"{len(dates)} commits came after {at.isoformat()}{dated}"
    for push in pushes:
        ahead = [d for d in _dates(repo, push.old, push.new) if d > push.time + CLOCKS]
        if ahead:
            yield f"{len(ahead)} commits are dated after {push.time.isoformat()}, when they came"


def _dates(repo: Path, old: str, new: str) -> list[datetime]:
    """The dates that commits claim, of those that a push brought."""
    listed = run(repo, "log", "--format=%cI", f"{old}..{new}")
    return [moment(line) for line in listed.stdout.split()]
