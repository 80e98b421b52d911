"""Register, promote, roll back: the same story in every registry."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.packing import digest
from {{ cookiecutter.package_name }}.registry import commands, fetch_version, gate, registry
from {{ cookiecutter.package_name }}.registry.commands import (
    main,
    models,
    promote,
    push,
    register,
    rollback,
)
from {{ cookiecutter.package_name }}.registry.in_git import GitRegistry
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.files import read_json
from {{ cookiecutter.package_name }}.tools.git import head
from {{ cookiecutter.package_name }}.tools.paths import (
    CANDIDATE,
    NOTICED,
    REPORTS,
    TEST,
    TRAIN,
)

from conftest import dvc, git, record, retrained, sampled

judge = gate.judge
LOCK = """\
schema: '2.0'
stages:
  evaluate:
    cmd: evaluate
    outs:
    - path: {path}
      md5: {md5}
"""


def stages() -> dict[str, str | None]:
    return {version.name: version.stage for version in registry(sampled()).versions()}


@pytest.mark.slow
def test_a_model_is_registered_promoted_replaced_and_brought_back(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models(sampled())
    assert "No version is registered" in capsys.readouterr().out
    register(sampled())
    assert stages() == {"v0.0.1": "staging"}
    promote(sampled())
    assert stages() == {"v0.0.1": "production"}
    promote(sampled())
    assert "in production already" in capsys.readouterr().out

    retrained("second")
    record("second")
    promote(sampled())
    assert stages() == {"v0.0.1": "archived", "v0.0.2": "production"}
    rollback(sampled())
    assert stages() == {"v0.0.1": "production", "v0.0.2": "archived"}
    with pytest.raises(Refusal, match="none before it"):
        rollback(sampled())
    models(sampled())
    listing = capsys.readouterr().out
    assert listing.index("v0.0.2") < listing.index("v0.0.1")


@pytest.mark.slow
def test_a_version_is_fetched_as_it_was(repo: Path) -> None:
    first = (CANDIDATE / "README.md").read_text(encoding="utf-8")
    promote(sampled())
    retrained("second")
    record("second")
    found = registry(sampled())
    fetched = found.fetch("v0.0.1", Path("models/production"))
    assert (fetched / "README.md").read_text(encoding="utf-8") == first
    with pytest.raises(Refusal, match="no version v9"):
        found.fetch("v9", fetched)


@pytest.mark.slow
def test_what_is_pushed_can_be_fetched_and_production_is_told_apart(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(sampled())
    retrained("second")
    record("second")
    promote(sampled())
    with pytest.raises(Refusal, match="git remote add origin"):
        push(sampled())
    origin = tmp_path / "origin.git"
    git("init", "--bare", str(origin))
    git("remote", "add", "origin", origin.as_uri())
    with pytest.raises(Refusal, match="dvc push"):
        push(sampled())
    assert not list((origin / "refs").rglob("*/*/*"))
    dvc("remote", "add", "--default", "storage", str(tmp_path / "storage"))
    hook = origin / "hooks" / "post-receive"
    hook.write_text(f"#!/bin/sh\ncut -d ' ' -f 3 | xargs >> '{tmp_path / 'pushes'}'\n")
    hook.chmod(0o755)

    push(sampled())
    name, pushes = sampled().name, (tmp_path / "pushes").read_text().splitlines()
    assert pushes[0].startswith("refs/heads/")
    assert {*pushes[1].split()} == {
        f"refs/tags/{name}{tag}" for tag in ("@v0.0.1", "@v0.0.2", "#production#1", "#archived#3")
    }
    assert pushes[2:] == [f"refs/tags/{name}#production#2"]
    assert "is a folder of this machine" in capsys.readouterr().out
    shutil.rmtree(".dvc/cache")
    for version in ("v0.0.1", "v0.0.2"):
        registry(sampled()).fetch(version, tmp_path / version)

    git("remote", "set-url", "origin", str(origin))
    push(sampled())
    assert (tmp_path / "pushes").read_text().splitlines() == pushes
    assert "is a folder of this machine" not in capsys.readouterr().out


def test_files_that_are_gone_are_refused_and_nothing_is_lost(repo: Path) -> None:
    promote(sampled())
    found = registry(sampled())
    kept = found.fetch("v0.0.1", Path("models/production"))
    shutil.rmtree(".dvc/cache")
    with pytest.raises(Refusal, match="make push"):
        found.fetch("v0.0.1", kept)
    assert (kept / "pipeline.skops").exists()


def test_other_files_than_the_commit_names_are_not_judged(repo: Path) -> None:
    for path in (CANDIDATE / "README.md", NOTICED, TRAIN, TEST):
        good = path.read_bytes()
        path.write_bytes(good + b"other")
        with pytest.raises(Refusal, match=r"^[^\n]*is not the one .*; run `dvc checkout`"):
            promote(sampled())
        path.write_bytes(good)
    TEST.rename("test.parquet")
    with pytest.raises(Refusal, match="is not here; run `dvc checkout`"):
        promote(sampled())
    Path("test.parquet").rename(TEST)
    assert stages() == {}
    promote(sampled())


def test_a_commit_that_came_meanwhile_is_not_tagged(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = head()

    def slowly(*arguments: Any) -> list[gate.Check]:
        checks = judge(*arguments)
        git("commit", "--allow-empty", "--message", "meanwhile", "--no-verify")
        return checks

    monkeypatch.setattr(gate, "judge", slowly)
    promote(sampled())
    found = registry(sampled())
    assert isinstance(found, GitRegistry)
    assert found.commits() == {"v0.0.1": commit}
    assert head() != commit


def test_what_changes_while_it_is_judged_is_not_promoted(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def slowly(*arguments: Any) -> list[gate.Check]:
        checks = judge(*arguments)
        retrained("meanwhile")
        return checks

    monkeypatch.setattr(gate, "judge", slowly)
    with pytest.raises(Refusal, match=r"is not the one that dvc\.lock names"):
        promote(sampled())
    assert stages() == {}


def test_the_gate_alone_promotes_nothing(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.gate(sampled())
    assert "passes the gate" in capsys.readouterr().out
    assert stages() == {}
    monkeypatch.setattr(commands, "judged", lambda *_: [gate.Check("a", "b", "c", False, "why")])
    with pytest.raises(Refusal, match="why"):
        commands.gate(sampled())


def test_the_verdict_and_the_tag_carry_the_models_digest(repo: Path) -> None:
    promote(sampled())
    verdict = read_json(REPORTS / "gate.json")
    (version,) = registry(sampled()).versions()
    assert verdict["passed"]
    assert verdict["digest"] == version.digest == digest(CANDIDATE)


def test_files_that_are_not_those_that_were_registered_are_not_taken(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(sampled())
    found = registry(sampled())
    fetched = fetch_version(found, "v0.0.1", Path("models/production"))
    before = digest(fetched)
    retrained("of another hand")
    monkeypatch.setattr(found, "fetch", lambda _, folder: shutil.copytree(CANDIDATE, folder))
    with pytest.raises(Refusal, match="not those that were registered"):
        fetch_version(found, "v0.0.1", fetched)
    assert digest(fetched) == before


def test_a_version_without_a_digest_is_taken_with_a_warning(
    repo: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    promote(sampled())
    found = registry(sampled())
    fetch_version(found, "v0.0.1", Path("models/production"))
    assert not caplog.records
    without = [dataclasses.replace(version, digest=None) for version in found.versions()]
    monkeypatch.setattr(found, "versions", lambda: without)
    fetched = fetch_version(found, "v0.0.1", Path("models/production"))
    assert digest(fetched) == digest(CANDIDATE)
    assert "v0.0.1 was registered without a digest" in caplog.text


def test_a_candidate_that_no_commit_records_is_refused(repo: Path) -> None:
    Path("dvc.lock").write_text(LOCK.format(path=CANDIDATE, md5="0" * 32), encoding="utf-8")
    with pytest.raises(Refusal, match="is not committed"):
        register(sampled())


def test_a_refused_candidate_changes_nothing(repo: Path) -> None:
    cfg = sampled()
    cfg.gate.minimum = {cfg.gate.metric: 1000.0}
    with pytest.raises(Refusal, match="Nothing was promoted"):
        promote(cfg)
    assert stages() == {}
    with pytest.raises(Refusal, match="nothing is in production"):
        rollback(sampled())


def test_without_git_the_refusal_says_so(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refusal, match="not installed"):
        register(sampled())


def test_an_unknown_command_is_refused_with_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    for words in ([], ["demote"]):
        monkeypatch.setattr("sys.argv", ["commands", *words])
        with pytest.raises(SystemExit, match="only models, gate, register, promote, rollback"):
            main()
