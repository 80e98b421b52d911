"""A task runs in the shared folder, or in a clone that Git and DVC's remote connect with others."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from {{ cookiecutter.package_name }}.engines import task
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import dvc, git

STAGES = {
    "first": {
        "cmd": "python -c \"open('a.txt', 'w').write('1')\"",
        "deps": ["in.txt"],
        "outs": ["a.txt"],
    },
    "second": {
        "cmd": "python -c \"open('b.txt', 'w').write(open('a.txt').read())\"",
        "deps": ["a.txt"],
        "outs": ["b.txt"],
    },
}
Repository = Callable[[str], Path]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A small pipeline, committed, which is the current folder; without any remote."""

    def make(workspace: str) -> Path:
        folder = tmp_path / "repo"
        folder.mkdir()
        monkeypatch.chdir(folder)
        options = {"engines": {"workspace": workspace}}
        Path("params.yaml").write_text(yaml.safe_dump(options), encoding="utf-8")
        Path("dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}), encoding="utf-8")
        Path("in.txt").write_text("in", encoding="utf-8")
        git("init")
        git("symbolic-ref", "HEAD", "refs/heads/main")
        git("config", "user.name", "Tester")
        git("config", "user.email", "tester@example.com")
        dvc("init")
        git("add", "--all")
        git("commit", "--message", "Start")
        return folder

    return make


def connect(folder: Path) -> None:
    """Give the repository remotes of Git and of DVC, and push."""
    git("init", "--bare", "--initial-branch=main", str(folder / "origin.git"))
    git("remote", "add", "origin", str(folder / "origin.git"))
    dvc("remote", "add", "--default", "storage", str(folder / "storage"))
    git("add", "--all")
    git("commit", "--message", "Remotes")
    git("push", "origin", "main")


def refused(name: str, **given: str) -> str:
    with pytest.raises(Refusal) as refusal:
        task.run(name, **{"source": "", "commit": "", "storage": "", **given})
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_an_unknown_task_is_refused_with_those_that_there_are(repository: Repository) -> None:
    repository("shared")
    said = refused("frist")
    assert "'frist'" in said
    assert "check, first, second, gate, register, promote" in said


def test_apart_everything_that_a_clone_lacks_is_refused(
    repository: Repository, tmp_path: Path
) -> None:
    repository("apart")
    assert "git remote add origin" in refused("first")
    git("init", "--bare", "--initial-branch=main", str(tmp_path / "origin.git"))
    git("remote", "add", "origin", str(tmp_path / "origin.git"))
    assert "has no commit" in refused("first")  # nothing was pushed
    git("push", "origin", "main")
    assert "make remote URL=" in refused("first")
    dvc("remote", "add", "--default", "beside", "../../storage")
    assert "not committed" in refused("first")
    assert ".dvc/config" in refused("first")
    git("commit", "--all", "--message", "Remote")
    git("push", "origin", "main")
    assert "which a clone elsewhere does not see" in refused("first")
    assert "has no commit 0000000" in refused("first", commit="0000000")


@pytest.mark.slow
def test_a_stage_alone_runs_in_the_shared_folder(repository: Repository) -> None:
    repository("shared")
    task.run("first", "", "", "")
    assert Path("a.txt").read_text(encoding="utf-8") == "1"
    assert not Path("b.txt").exists()


@pytest.mark.slow
def test_clones_find_what_others_made_in_the_run_cache(
    repository: Repository, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    here = repository("apart")
    connect(tmp_path)
    task.run("first", "", "", "")
    assert "Running stage 'first'" in capfd.readouterr().out
    task.run("second", str(tmp_path / "origin.git"), "", str(tmp_path / "storage"))
    said = capfd.readouterr().out
    assert "Stage 'first' is cached" in said
    assert "Running stage 'second'" in said
    assert not (here / "a.txt").exists()
    dvc("repro", "--pull")
    assert "Running stage" not in capfd.readouterr().out
    assert (here / "b.txt").read_text(encoding="utf-8") == "1"
