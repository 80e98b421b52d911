"""A cohort on GitHub, where a stand-in answers for `gh` and folders are its repositories."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from course.__main__ import main
from course.build import build
from course.lab import Lab
from tests.course.invented import commit, run_git, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

ROSTER = (
    "team,name,email,username\nred,Ada,ada@x.org,ada-l\nred,Bo,bo@x.org,\nblue,Cy,cy@x.org,cy\n"
)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a stand-in for GitHub, to which `gh` and `git` lead."""
    folder, home, programs = (tmp_path / name for name in ("hub", "home", "programs"))
    for each in (folder, home, programs):
        each.mkdir()
    gh = programs / "gh"
    stand_in = Path(__file__).with_name("stand_in_for_gh.py")
    gh.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
    gh.chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[user]\n  name = T\n  email = t@x.org\n[url "{folder}/"]\n'
        "  insteadOf = https://github.com/\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HUB", str(folder))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.chdir(write(tmp_path / "work", {"cohort.csv": ROSTER}))
    return folder


@pytest.fixture
def handed(hub: Path, built: Path) -> Path:
    """Give the stand-in for GitHub after a hand-out."""
    assert main(["hand-out", "cohort.csv", "--to", "gh:acme", "--course", str(built)]) == 0
    return hub


def test_teams_get_repositories_with_a_stand_in_for_gh(
    hub: Path, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hand-out", "cohort.csv", "--to", "gh:acme", "--course", str(built)]) == 0
    said = capsys.readouterr().out
    assert "https://github.com/acme/red for Ada, Bo" in said
    assert "acme/red: Bo has no username in the roster, so no access" in said
    first = run_git(built / "starter", "rev-parse", "main")
    for team in ("red", "blue"):
        repo = hub / "acme" / f"{team}.git"
        assert run_git(repo, "rev-parse", "main") == first
        (rule,) = json.loads((repo / "rulesets").read_text())
        assert {each["type"] for each in rule["rules"]} == {"deletion", "non_fast_forward"}
    who = (hub / "acme" / "red.git" / "collaborators").read_text()
    assert who == "ada-l permission=push\n"


def test_a_second_hand_out_goes_on_with_a_stand_in_for_gh(
    handed: Path, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(handed / "acme" / "blue.git")  # as if it had been ended before that
    Path("cohort.csv").write_text(f"{ROSTER}late,Di,di@x.org,di\n")
    calls = (handed / "calls").read_text().count("repo create")
    (handed / "free-plan").touch()
    assert main(["hand-out", "cohort.csv", "--to", "gh:acme", "--course", str(built)]) == 0
    assert (handed / "calls").read_text().count("repo create") == calls + 2
    said = capsys.readouterr().out
    assert "acme/late: GitHub keeps no rule here: pushes that rewrite history are recorded" in said
    assert "red (was there)" in said


def test_work_comes_back_with_a_stand_in_for_gh(
    handed: Path,
    built: Path,
    invented_labs: list[Lab],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for team in ("red", "blue"):
        run_git(tmp_path, "clone", "--quiet", f"https://github.com/acme/{team}.git")
        write(tmp_path / team, {"README.md": f"# The shop of {team}\n"})
        commit(tmp_path / team)
        run_git(tmp_path / team, "push", "--quiet")
    run_git(tmp_path / "red", "commit", "--quiet", "--amend", "--message", "As if")
    run_git(tmp_path / "red", "push", "--quiet", "--force")
    course, solved = tmp_path / "course", tmp_path / "solved"
    shutil.copytree(built, course)
    shutil.copytree(built / "solution", solved)
    write(solved, {"README.md": "# A mended shop\n"})
    commit(solved)
    build(invented_labs, course, solved, {})
    shutil.rmtree(handed / "acme" / "blue.git")
    capsys.readouterr()
    assert main(["update", "--course", str(course)]) == 1
    said = capsys.readouterr().out
    assert "red: conflicts (README.md)" in said
    assert "blue: failed (git fetch https://github.com/acme/blue.git: " in said
    assert "Pushed course-update-1 to 1 teams" in said
    refs = run_git(handed / "acme" / "red.git", "for-each-ref", "--format=%(refname:short)")
    assert refs.split() == ["course-update-1", "main"]
    assert main(["collect", "--at", "2026-03-01T11:30+00:00"]) == 1
    said = capsys.readouterr().out
    assert "the push of 2026-03-01T12:00:00+00:00 rewrote history" in said
    told = json.loads(Path("collected/collected.json").read_text())["teams"]
    first = run_git(tmp_path / "red", "rev-parse", "HEAD@{1}")  # what came in time
    assert (told["red"]["commit"], told["red"]["received"]) == (first, "2026-03-01T11:00:00+00:00")
    assert told["blue"]["commit"] is None
    assert main(["collect", "--at", "2026-03-01T12:30+00:00"]) == 1
    told = json.loads(Path("collected/collected.json").read_text())["teams"]
    assert told["red"]["commit"] == run_git(tmp_path / "red", "rev-parse", "HEAD")
    assert not [note for note in told["red"]["notes"] if "not in order" in note]


@pytest.mark.parametrize(
    ("to", "changed", "said"),
    [
        ("gh:a b", "", "--to gh:a b: write gh: and the name of an organisation, such as gh:acme"),
        ("gh:acme", "logged-out", "gh knows no account; run `gh auth login`"),
        ("gl:acme", "", "--to gl:acme: name a folder, or an organisation as gh:ORG"),
    ],
)
def test_a_mistake_is_one_line_with_a_stand_in_for_gh(
    hub: Path,
    built: Path,
    to: str,
    changed: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if changed:
        (hub / changed).touch()
    assert main(["hand-out", "cohort.csv", "--to", to, "--course", str(built)]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(said)
    assert shown.count("\n") == 1
    assert not Path("cohort").exists()


def test_without_gh_a_mistake_is_one_line(
    hub: Path, built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["hand-out", "cohort.csv", "--to", "gh:acme", "--course", str(built)]) == 2
    assert "gh is not installed (https://cli.github.com)" in capsys.readouterr().err
