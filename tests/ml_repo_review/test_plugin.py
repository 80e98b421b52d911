"""The package as others install it: repo-review finds the rules, and there is a command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ml_repo_review.cli import main
from ml_repo_review.policy.reader import copy_of
from ml_repo_review.rules import RULES
from ml_repo_review.update import BadUpdate, fetch
from tests.rendered import TEMPLATE, clean_environment


def git(repo: Path, *words: str) -> str:
    """Run Git."""
    command = ["git", *words]
    env = clean_environment()
    return subprocess.run(
        command, cwd=repo, env=env, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Give a repository with a policy."""
    folder = tmp_path / "repo"
    folder.mkdir()
    text = "version: 1\nimages: {digest: true}\n"
    (folder / ".policy.yaml").write_text(copy_of(text, str(tmp_path / "policy.yaml")))
    (folder / "Dockerfile").write_text("FROM python:3.12\n")
    (tmp_path / "policy.yaml").write_text(text)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")
    return folder


@pytest.mark.slow
def test_repo_review_runs_the_rules_of_the_package(repo: Path, tmp_path: Path) -> None:
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
    package = TEMPLATE / "packages" / "ml-repo-review"
    target = tmp_path / "site"
    subprocess.run([*uv, "--target", str(target), str(package)], check=True, cwd=tmp_path)
    (repo / "conftest.py").write_text("raise SystemExit('run')\n")
    done = subprocess.run(
        [sys.executable, "-m", "repo_review", str(repo), "--format", "json"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(target)),
        capture_output=True,
        text=True,
        check=False,
    )
    checks = json.loads(done.stdout)["checks"]
    assert RULES.keys() <= checks.keys()
    assert checks["ML101"]["result"] is False
    assert "python:3.12 has no digest" in checks["ML205"]["err_msg"]
    assert checks["ML303"]["result"] is None


def test_the_command_names_errors_and_fixes(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(repo)]) == 1
    said = capsys.readouterr().out
    assert (
        "error ML205: not so: Base images are named by their digest. (policy: images.digest)"
        in said
    )
    assert "  Dockerfile:1: python:3.12 has no digest\n" in said
    (repo / "secret.py").write_text("x = 1")  # not in the index: no commit would hold it
    assert "ML604" not in said
    git(repo, "add", "secret.py")
    main(["check", str(repo)])
    assert "ML604" in capsys.readouterr().out


def test_the_newest_policy_comes_on_a_branch(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", str(repo)]) == 0
    assert "is the newest of" in capsys.readouterr().out
    (tmp_path / "policy.yaml").write_text("version: 2\nreviews: {approvals: 2}\n")
    (repo / "Dockerfile").write_text("FROM python:3.13\n")
    assert main(["update", str(repo)]) == 2
    assert "changes are not committed" in capsys.readouterr().err
    git(repo, "checkout", "--quiet", "Dockerfile")
    assert main(["update", str(repo)]) == 0
    said = capsys.readouterr().out
    assert "  images.digest: True -> nothing\n" in said
    assert "  reviews.approvals: nothing -> 2\n" in said
    assert "New here: ML603" in said
    assert "No longer: ML205" in said
    assert git(repo, "branch", "--show-current").startswith("policy/")
    assert git(repo, "status", "--porcelain") == ""
    assert (repo / ".policy.yaml").read_text() == copy_of(
        "version: 2\nreviews: {approvals: 2}\n", str(tmp_path / "policy.yaml")
    )
    assert main(["update", str(repo), "--from", "nowhere.yaml"]) == 2
    assert "nowhere.yaml can't be fetched" in capsys.readouterr().err


def test_a_bad_newest_policy_changes_nothing(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.yaml").write_text("imagse: {}\n")
    assert main(["update", str(repo)]) == 2
    assert "policy.yaml:1: imagse: there is no such key; did you mean images?" in (
        capsys.readouterr().err
    )
    assert git(repo, "branch", "--list", "policy/*") == ""


def test_a_policy_is_fetched_from_an_address_or_from_git(repo: Path, tmp_path: Path) -> None:
    text = (tmp_path / "policy.yaml").read_text()
    assert fetch((tmp_path / "policy.yaml").as_uri(), repo) == text
    assert "FROM python" in fetch(f"git+{repo.as_uri()}#Dockerfile", repo)
    with pytest.raises(BadUpdate, match="can't be fetched"):
        fetch("file:///nowhere/policy.yaml", repo)
