"""A cohort is handed out, gets a fix, and is collected as received."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from course.__main__ import main
from course.build import build
from course.cohort import Cohort, hand_out, moment, read_cohort
from course.collect import Collected, collect
from course.lab import Lab
from course.mistakes import Mistake
from course.roster import Student
from course.update import predict
from tests.course.invented import CART, commit, run_git, write

TEAMS = ("red", "blue", "green")
STUDENTS = [Student(team, team.title(), f"{team}@x.org") for team in TEAMS]


@pytest.fixture
def cohort(built: Path, tmp_path: Path) -> Cohort:
    cohort, _ = hand_out(STUDENTS, built / "starter", tmp_path / "cohort")
    return cohort


def clone(cohort: Cohort, team: str, folder: Path) -> Path:
    run_git(folder, "clone", "--quiet", str(cohort.repo(team)), team)
    return folder / team


def test_all_begin_with_the_same_commit_and_late_ones_are_added(
    built: Path, cohort: Cohort
) -> None:
    firsts = {run_git(cohort.repo(team), "rev-parse", "main") for team in TEAMS}
    assert firsts == {cohort.first}
    late = [*STUDENTS, Student("late", "Late", "late@x.org")]
    more, new = hand_out(late, built / "starter", cohort.folder)
    assert new == ["late"]
    assert read_cohort(cohort.folder) == more
    with pytest.raises(Mistake, match="the roster is without late, who have repositories"):
        hand_out(STUDENTS, built / "starter", cohort.folder)
    assert sorted(p.name for p in cohort.folder.iterdir() if p.name.startswith(".")) == []


def test_history_that_was_received_can_not_be_rewritten(cohort: Cohort, tmp_path: Path) -> None:
    mine = clone(cohort, "red", tmp_path)
    write(mine, {"a.txt": "one"})
    commit(mine)
    run_git(mine, "push", "--quiet")
    run_git(mine, "commit", "--quiet", "--amend", "-m", "As if it had been so")
    with pytest.raises(CalledProcessError):
        run_git(mine, "push", "--quiet", "--force")
    with pytest.raises(CalledProcessError):
        run_git(mine, "push", "--quiet", "origin", ":main")
    assert "As if" not in run_git(cohort.repo("red"), "log", "main")


@pytest.fixture
def fixed(
    built: Path, invented_labs: list[Lab], cohort: Cohort, tmp_path: Path
) -> tuple[Cohort, Path]:
    """Give a cohort whose red team worked on what the course has mended since, blue elsewhere."""
    for team, text in (("red", "# Red's shop\n"), ("blue", None)):
        mine = clone(cohort, team, tmp_path)
        write(mine, {"README.md": text} if text else {"src/shop/cart.py": CART})
        commit(mine)
        run_git(mine, "push", "--quiet")
    course, solved = tmp_path / "course", tmp_path / "solved"
    shutil.copytree(built, course)
    shutil.copytree(built / "solution", solved)
    write(solved, {"README.md": "# A mended shop\n"})
    commit(solved)
    build(invented_labs, course, solved, {})
    return cohort, course


def test_conflicts_are_known_before_anything_is_pushed(
    fixed: tuple[Cohort, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cohort, course = fixed
    before = {team: run_git(cohort.repo(team), "for-each-ref") for team in TEAMS}
    words = ["update", "--cohort", str(cohort.folder), "--course", str(course)]
    assert main([*words, "--dry-run"]) == 1
    said = capsys.readouterr().out
    assert said == "red: conflicts (README.md)\nblue: merges\ngreen: merges\nNothing was pushed\n"
    assert before == {team: run_git(cohort.repo(team), "for-each-ref") for team in TEAMS}
    assert main(words) == 0
    assert "Pushed course-update-1 to 3 teams" in capsys.readouterr().out
    blue = tmp_path / "blue"
    run_git(blue, "pull", "--quiet", "--no-rebase", "origin", "course-update-1")
    assert (blue / "README.md").read_text() == "# A mended shop\n"
    assert (blue / "src" / "shop" / "cart.py").read_text() == CART
    run_git(blue, "push", "--quiet")
    assert [update.state for update in predict(cohort, course / "starter")] == [
        "conflicts",
        "current",
        "merges",
    ]
    with pytest.raises(CalledProcessError):
        run_git(tmp_path / "red", "pull", "--quiet", "--no-rebase", "origin", "course-update-1")
    assert "README.md" in run_git(tmp_path / "red", "diff", "--name-only", "--diff-filter=U")


def test_what_is_not_the_courses_history_is_said(
    built: Path, cohort: Cohort, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", {"a.txt": "mine"})
    run_git(other, "init", "--quiet", "--initial-branch", "main")
    commit(other)
    repo = cohort.repo("red")
    run_git(repo, "fetch", "--quiet", str(other), "+main:main")
    shutil.rmtree(cohort.repo("blue"))
    red, blue, green = predict(cohort, built / "starter")
    assert (red.state, blue.state, green.state) == ("unrelated", "failed", "current")
    found = {each.team: each for each in collect(cohort, datetime.now(UTC), tmp_path / "collected")}
    assert found["blue"].commit is None
    assert "which no push that was received brought" in found["red"].notes[0]
    assert found["red"].commit == cohort.first


def at(cohort: Cohort, team: str, *times: str) -> None:
    """Have a team's pushes be received at other times."""
    log = cohort.repo(team) / "received.log"
    lines = [line.split(maxsplit=1)[1] for line in log.read_text().splitlines()]
    stamped = [f"{time} {line}\n" for time, line in zip(times, lines, strict=True)]
    log.write_text("".join(stamped))


def test_what_counts_is_what_was_received_in_time(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = clone(cohort, "red", tmp_path)
    write(mine, {"a.txt": "in time"})
    in_time = commit(mine)
    run_git(mine, "push", "--quiet")
    write(mine, {"a.txt": "late"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-03-01T10:00:00+00:00")
    commit(mine)
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    run_git(mine, "push", "--quiet")
    at(cohort, "red", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z")
    deadline = moment("2026-03-01T12:00:00+00:00")
    red, blue, _ = collect(cohort, deadline, tmp_path / "collected")
    assert (red.commit, red.received) == (in_time, "2026-03-01T11:00:00+00:00")
    assert any(
        "1 commits came after" in n and "1 of them dated before that" in n for n in red.notes
    )
    assert blue == Collected("blue", cohort.first, None, ())
    own = tmp_path / "collected" / "red.git"
    assert run_git(own, "show", "refs/collected:a.txt") == "in time"
    later, _, _ = collect(cohort, moment("2026-03-01T14:00:00+00:00"), tmp_path / "collected")
    assert later.commit != in_time


def test_a_rewritten_history_is_recorded_and_what_came_first_still_counts(
    cohort: Cohort, tmp_path: Path
) -> None:
    mine = clone(cohort, "red", tmp_path)
    write(mine, {"a.txt": "one"})
    first = commit(mine)
    run_git(mine, "push", "--quiet")
    run_git(cohort.repo("red"), "config", "receive.denyNonFastForwards", "false")
    run_git(mine, "commit", "--quiet", "--amend", "-m", "As if it had been so")
    run_git(mine, "push", "--quiet", "--force")
    at(cohort, "red", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z")
    red, *_ = collect(cohort, moment("2026-03-01T12:00:00+00:00"), tmp_path / "collected")
    assert red.commit == first
    assert "the push of 2026-03-01T13:00:00+00:00 rewrote history" in red.notes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["collect", "--at", "soon"], "'soon' is no time; write one such as 2026-11-30T18:00"),
        (["collect", "--at", "2999-01-01"], "is not over; collect then"),
        (["update", "--course", "nowhere"], "nowhere holds no course; make it with `build`"),
        (["hand-out", "none.csv", "--to", "host:acme"], "--to host:acme: name a folder"),
    ],
)
def test_a_mistake_is_one_line(
    cohort: Cohort, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if words[0] != "hand-out":
        words = [*words, "--cohort", str(cohort.folder)]
    assert main(words) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1
