"""Ten repositories with edits of their own follow their template in waves."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from fleet.__main__ import main
from fleet.waves import BadWave, Updated, Wave, update
from idea.project.hydra_compose import compose, dump
from tests.followed import Followed, followed_by
from tests.rendered import RenderedRepo

INSIDE = "{{cookiecutter.project_slug}}"
NUMBER = 10
CONFLICTING, WITHOUT, BARE, BROKEN = (range(n, NUMBER, 5) for n in (1, 2, 3, 4))


def test_a_wave_is_a_share_or_a_number() -> None:
    assert [Wave.of(text, "0").size(200) for text in ("5%", "7", "1", "0.1%")] == [10, 7, 200, 1]
    for text in ("many", "0", "-1"):
        with pytest.raises(BadWave, match="write a share such as 5%"):
            Wave.of(text, "20%")


def test_a_wave_of_failures_is_the_last_and_the_next_call_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    broken = {"r2", "r3"}

    def one(path: Path, test: str) -> Updated:
        asked.append(path.name)
        return Updated(path.name, "failed" if path.name in broken else "updated")

    monkeypatch.setattr("fleet.waves.update_one", one)
    paths = [Path(f"r{number}") for number in range(10)]
    state, wave = tmp_path / "state.json", Wave.of("2", "20%")
    assert update(paths, wave, state) == 1
    assert asked == ["r0", "r1", "r2", "r3"]
    assert "Stopped: 2 of 2 failed in wave 2, more than 20%; 6 repositories" in (
        capsys.readouterr().out
    )
    broken.clear()
    asked.clear()
    assert update(paths, wave, state) == 0
    assert asked == [f"r{number}" for number in range(2, 10)]
    asked.clear()
    assert update(paths, wave, state) == 0
    assert asked == []


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Followed, list[RenderedRepo]]:
    """Make a template that went on, and repositories that were changed meanwhile."""
    folder = tmp_path_factory.mktemp("fleet")
    followed = followed_by(folder, {"one": {"parts": "none"}})
    repos = []
    for number in range(NUMBER):
        repo = RenderedRepo(folder / "repos" / f"r{number:02}")
        shutil.copytree(followed.made / "one", repo.path)
        own_edits(repo, number)
        repo.run("git", "add", "--all")
        repo.run("git", "commit", "--quiet", "--no-verify", "--message", "Mine")
        if number in BARE:
            bare = repo.path.with_name(f"{repo.path.name}.git")
            repo.run("git", "clone", "--quiet", "--bare", ".", str(bare))
            shutil.rmtree(repo.path)
            repo = RenderedRepo(bare)
        else:
            (repo.path / "docs" / "not-committed.md").write_text("mine\n")
        repos.append(repo)
    followed.move_on(change_template)
    return followed, repos


def own_edits(repo: RenderedRepo, number: int) -> None:
    """Do what people do: add, change, delete."""
    (repo.path / "docs" / "mine.md").write_text(f"{number}\n")
    gate = repo.path / "conf/gate/default.yaml"
    gate.write_text("# Mine, after much talk.\n" + gate.read_text())
    makefile = repo.path / "Makefile"
    makefile.write_text(makefile.read_text() + f"\nmine{number}:\n\techo mine\n")
    if number in CONFLICTING:
        makefile.write_text(
            makefile.read_text().replace("help: ## list these", "help: ## my list of")
        )
    if number in WITHOUT:
        (repo.path / "README.md").unlink()
    if number in BROKEN:
        (repo.path / ".github" / "template.sh").write_text("echo broken >&2\nexit 3\n")


def change_template(template: Path) -> None:
    """Change files that people changed too: one of conf/, and what is installed."""
    for name, old, new in (
        ("Makefile", "help: ## list these", "help: ## list all"),
        ("README.md", "\n## Quickstart\n", "\n## Quick start\n"),
        ("conf/gate/default.yaml", "resamples: 1000", "resamples: 2000"),
        ("pyproject.toml", '"pytest-cov>=7",', '"pytest-cov>=7.1",'),
    ):
        path = template / INSIDE / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.slow
def test_every_repository_gets_a_branch_and_loses_nothing(
    world: tuple[Followed, list[RenderedRepo]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    followed, repos = world
    heads = [repo.run("git", "rev-parse", "HEAD").stdout for repo in repos]
    state = tmp_path / "state.json"
    words = [str(repo.path) for repo in repos]
    options = ["--wave", "50%", "--stop-above", "50%", "--state", str(state)]
    assert main(["update", *words, *options, "--test", "test ! -e .venv"]) == 1  # some are broken
    said = capsys.readouterr().out
    branch = "template/" + followed.template.run("git", "rev-parse", "HEAD").stdout[:7]
    known = json.loads(state.read_text())
    for number, repo in enumerate(repos):
        found = known[str(repo.path)]
        assert repo.run("git", "rev-parse", "HEAD").stdout == heads[number]
        if number not in BARE:
            assert repo.read("docs/not-committed.md") == "mine\n"
        if number in BROKEN:
            assert (found["state"], found["said"]) == ("failed", "broken")
            continue
        assert found["branch"] == branch, said
        files = repo.run("git", "ls-tree", "-r", "--name-only", branch).stdout.split()
        assert not [name for name in files if name.endswith((".rej", ".orig", ".lock"))]

        def read(name: str, repo: RenderedRepo = repo) -> str:
            return repo.run("git", "show", f"{branch}:{name}").stdout

        assert read("docs/mine.md") == f"{number}\n"
        assert f"\nmine{number}:\n\techo mine\n" in read("Makefile")
        gate = yaml.safe_load(read("conf/gate/default.yaml"))
        assert gate["resamples"] == 2000
        assert read("conf/gate/default.yaml").startswith("# Mine, after much talk.\n")
        assert '"pytest-cov>=7.1"' in read("pyproject.toml")
        assert ("README.md" in files) is (number not in WITHOUT)
        if number in CONFLICTING:
            assert found["state"] == "conflicts"
            assert found["conflicts"] == ["Makefile"]
            assert "<<<<<<<" in read("Makefile")
            assert "## my list of" in read("Makefile")
            assert "## list all" in read("Makefile")
        else:
            assert found["state"] == "updated", found
            repo.run("git", "worktree", "add", "--quiet", str(tmp_path / repo.path.name), branch)
            there = tmp_path / repo.path.name
            assert (there / "params.yaml").read_text() == dump(compose(there / "conf"))
    assert "  conflict in Makefile\n" in said
    assert main(["update", *words, *options]) == 1  # only the broken ones are tried again
    assert capsys.readouterr().out.splitlines() == [f"r{n:02}: failed: broken" for n in BROKEN]
