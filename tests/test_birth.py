"""What a repo has from its first minute: data under DVC, one commit, and a word on what is next."""

import contextlib
import hashlib
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import WriteCsv
from tests.rendered import EXAMPLES, TEMPLATE, RenderedRepo, clean_environment, render, typed

PENGUINS = EXAMPLES / "penguins" / "penguins.csv"


def git(repo: RenderedRepo, *arguments: str) -> str:
    """Run Git in a repo; give what it printed."""
    return repo.run("git", *arguments).stdout.strip()


def test_one_commit_on_main_by_the_author(starter: RenderedRepo) -> None:
    assert git(starter, "log", "--all", "--format=%D|%an|%ae|%s") == (
        "HEAD -> main|Your Name|you@example.com|Start My Model"
    )
    assert git(starter, "status", "--porcelain") == ""


def test_the_person_s_identity_stays(starter: RenderedRepo) -> None:
    assert git(starter, "config", "user.name") == "Someone"


def test_data_is_under_dvc_and_not_in_git(starter: RenderedRepo) -> None:
    tracked = git(starter, "ls-files").splitlines()
    assert "data/raw/penguins.csv.dvc" in tracked
    assert "data/raw/penguins.csv" not in tracked
    assert not [name for name in tracked if name.startswith(".dvc/cache")]
    data = PENGUINS.read_bytes()
    assert (starter.path / "data/raw/penguins.csv").read_bytes() == data
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    cached = starter.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    assert cached.read_bytes() == data
    assert stat.S_IMODE(cached.stat().st_mode) == 0o444
    assert starter.read("data/raw/penguins.csv.dvc") == (
        f"outs:\n- md5: {md5}\n  size: {len(data)}\n  hash: md5\n  path: penguins.csv\n"
    )
    assert not [name for name in starter.files() if name.endswith(".part")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # DVC's own
def test_dvc_takes_it_for_its_own(tmp_path: Path) -> None:
    dvc: Any = pytest.importorskip("dvc.repo")
    repo = render(tmp_path, project_slug="mine")
    pointer = "data/raw/penguins.csv.dvc"
    with contextlib.chdir(repo.path), dvc.Repo() as opened:
        assert opened.status(targets=[pointer]) == {}
        assert opened.push([pointer]) == 1
        opened.add(["data/raw/penguins.csv"])
    assert len(list((tmp_path / "mine-storage").rglob("files/md5/*/*"))) == 1
    assert git(repo, "status", "--porcelain") == ""


def test_the_person_s_files_stay(tmp_path: Path, csv_table: WriteCsv, notebook: Path) -> None:
    table = csv_table("My Churn.csv")
    before = table.read_bytes(), notebook.read_bytes()
    repo = render(tmp_path / "out", dataset=str(table), notebook=str(notebook), target="churn")
    assert (table.read_bytes(), notebook.read_bytes()) == before
    assert (repo.path / "data/raw/my_churn.csv").read_bytes() == before[0]
    assert (repo.path / "notebooks/my_first_idea_2.ipynb").read_bytes() == before[1]


def test_git_variables_do_not_lead_astray(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=other, env=clean_environment(), check=True)
    made = command(tmp_path, env=clean_environment(GIT_DIR=str(other / ".git")))
    assert made.returncode == 0
    assert git(RenderedRepo(tmp_path / "my-model"), "log", "--format=%s") == "Start My Model"
    assert not list((other / ".git" / "refs" / "heads").iterdir())


def command(
    folder: Path, *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter's command in a folder, without questions."""
    return typed(folder, "--no-input", "--default-config", str(TEMPLATE), *arguments, env=env)


def test_hooks_and_signing_of_the_person_stay_out(tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "prepare-commit-msg", "post-commit"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    (tmp_path / "ignore").write_text("*.md\n.dvc\n", encoding="utf-8")
    (tmp_path / ".gitconfig").write_text(
        f"[core]\n  hooksPath = {hooks.as_posix()}\n"
        f"  excludesFile = {(tmp_path / 'ignore').as_posix()}\n"
        "[commit]\n  gpgSign = true\n[init]\n  defaultBranch = trunk\n",
        encoding="utf-8",
    )
    made = command(tmp_path, env=clean_environment(HOME=str(tmp_path)))
    assert made.returncode == 0, made.stdout + made.stderr
    repo = RenderedRepo(tmp_path / "my-model")
    assert git(repo, "branch", "--show-current") == "main"
    assert {"README.md", ".dvc/config"} <= set(git(repo, "ls-files").splitlines())


def test_without_an_identity(tmp_path: Path) -> None:
    environment = clean_environment(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path))
    made = command(tmp_path, "author_name=Ada", "author_email=ada@example.org", env=environment)
    assert "Git did not know your user.name and user.email" in made.stdout
    repo = RenderedRepo(tmp_path / "my-model")
    assert git(repo, "config", "--local", "user.name") == "Ada"
    assert git(repo, "log", "--format=%an %ae %cn") == "Ada ada@example.org Ada"


def test_without_git(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    made = command(tmp_path, env=clean_environment(PATH=str(tools)))
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Git is not installed" in made.stdout
    repo = RenderedRepo(tmp_path / "my-model")
    assert not repo.has(".git")
    assert "[core]\n    no_scm = true\n" in repo.read(".dvc/config")
    if dvc := shutil.which("dvc"):
        told = repo.run(dvc, "status", "data/raw/penguins.csv.dvc", env={"PATH": str(tools)})
        assert "up to date" in told.stdout


def test_inside_another_repo_is_warned_of(tmp_path: Path) -> None:
    assert "Warning" not in command(tmp_path).stdout
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, env=clean_environment(), check=True)
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    made = command(inside)
    assert made.returncode == 0
    assert f"Warning: {tmp_path} is a Git repository already" in made.stdout
    assert git(RenderedRepo(inside / "my-model"), "log", "--format=%s") == "Start My Model"


def test_an_existing_repo_is_not_committed_to(tmp_path: Path) -> None:
    assert command(tmp_path).returncode == 0
    repo = RenderedRepo(tmp_path / "my-model")
    (repo.path / "mine.txt").write_text("my own work", encoding="utf-8")
    again = command(tmp_path, "--overwrite-if-exists", "description=Another.")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "There was a Git repository already" in again.stdout
    assert git(repo, "log", "--format=%s") == "Start My Model"
    assert "mine.txt" in git(repo, "status", "--porcelain")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, ["'species' (classification)", "penguins.csv, 344 rows of 8 columns"]),
        (
            {"target": "year"},
            [
                "'year' (classification)",
                "The target has 3 different whole numbers, each in 110 rows or more: a class",
                "for a regression, add __task=regression",
            ],
        ),
        ({"target": "year", "__task": "regression"}, ["'year' (regression)"]),
    ],
)
def test_it_says_what_was_made_and_what_is_next(
    tmp_path: Path, answers: dict[str, str], told: list[str]
) -> None:
    made = command(tmp_path, *(f"{name}={answer}" for name, answer in answers.items()))
    for words in told:
        assert words in made.stdout
    assert "You named no target" not in made.stdout
    assert ("The target has" in made.stdout) == ("__task" not in answers)
    assert made.stdout.endswith("Next:\n  cd my-model\n  make setup\n  make pipeline\n")
    assert made.stderr == ""


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    """Settings with which Git commits nothing stand for every step that can fail."""
    (tmp_path / ".gitconfig").write_text("[commit]\n  cleanup = nonsense\n", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    made = subprocess.run(
        ["cookiecutter", "--no-input", "--default-config", str(TEMPLATE)],
        cwd=out,
        env=clean_environment(HOME=str(tmp_path)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert made.returncode == 1
    reason = "fatal: Invalid cleanup mode nonsense"
    assert made.stderr == f"The repo could not be made: git commit failed: {reason}\n"
    assert not list(out.iterdir())
