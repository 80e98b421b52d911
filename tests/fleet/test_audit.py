"""An audit of many: what it finds, reports, remembers, and what a hostile repository can't do."""

import csv
import json
import subprocess
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fleet.__main__ import main
from fleet.audit import audit
from fleet.repositories import BadList, repositories
from ml_repo_review.examine import examine
from ml_repo_review.policy import parse
from ml_repo_review.repository import Repository
from ml_repo_review.rules import RULES
from ml_repo_review.tree import tree_of
from tests.ml_repo_review.trees import repository
from tests.rendered import clean_environment

POLICY = """\
version: 7
name: Acme & Co
answers: {github_owner: {is: acme}}
levels: {ML301: warning, ML501: 'off'}
waivers:
- {repository: waived, rule: ML101, until: 2999-01-31, by: ada, why: soon}
- {repository: late, rule: ML101, until: 2020-01-31, by: ada, why: was soon}
- {repository: mended, rule: ML101, until: 2020-01-31, by: ada, why: was soon}
"""


def git(folder: Path, *words: str) -> None:
    """Run Git."""
    env = clean_environment()
    subprocess.run(["git", *words], cwd=folder, check=True, env=env, capture_output=True)


def make(folder: Path, files: dict[str, str]) -> Path:
    """Make a repository of one commit."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x", "--allow-empty")
    return folder


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of repositories, one of them bare, and a policy."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "policy.yaml").write_text(POLICY)
    repos = folder / "repos"
    make(repos / "good", {"LICENSE": "MIT", "pyproject.toml": "[project]\n"})
    silent = '[tool.repo-review]\nignore = ["ML", "ML101"]\n'
    make(repos / "silent", {"pyproject.toml": silent, "m.pkl": "x"})
    make(repos / "waived", {"=a.csv": "x"})
    make(repos / "late", {"README.md": "x"})
    make(repos / "mended", {"LICENSE": "x"})
    (repos / "no-git").mkdir()
    git(folder, "clone", "--quiet", "--bare", str(repos / "silent"), str(folder / "bare.git"))
    return folder


def run(world: Path, *words: str) -> int:
    """Audit; give the exit code."""
    return main(["audit", *words, "--policy", str(world / "policy.yaml")])


def test_what_is_named_is_found(world: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(f"# ours\n{world / 'bare.git'}\n\n{world / 'repos'}\n")
    names = [path.name for path in repositories([str(listed), str(world / "repos" / "good")])]
    assert names == ["bare.git", "good", "late", "mended", "silent", "waived"]
    with pytest.raises(BadList, match="nowhere is neither"):
        repositories([str(tmp_path / "nowhere")])


def states(world: Path, name: str) -> dict[str, str]:
    """Give what became of each rule in a repository."""
    policy = parse((world / "policy.yaml").read_text())
    path = world / name if name == "bare.git" else world / "repos" / name
    (found,) = audit([path], policy, workers=1)
    return {outcome.rule: f"{outcome.level} {outcome.state}" for outcome in found.outcomes}


def test_a_repository_s_own_settings_silence_nothing(world: Path) -> None:
    for name in ("silent", "bare.git"):
        found = states(world, name)
        assert found["ML101"] == "error failed"
        assert found["ML301"] == "warning failed"
        assert found["ML805"] == "warning failed"
        assert found["ML501"] == "off skipped"


def test_waivers_hold_until_they_expire(world: Path) -> None:
    assert states(world, "waived")["ML101"] == "error waived"
    assert states(world, "late")["ML101"] == "error expired"
    # What was mended still has a waiver that somebody has to remove.
    assert states(world, "mended")["ML101"] == "error expired"
    repo = repository({}, POLICY, name="late")
    (then,) = [o for o in examine(repo, date(2020, 1, 31)) if o.rule == "ML101"]
    assert then.state == "waived"
    (after,) = [o for o in examine(repo, date(2020, 2, 1)) if o.rule == "ML101"]
    assert (after.state, after.level) == ("expired", "error")


def test_every_report_holds_what_was_found(world: Path, tmp_path: Path) -> None:
    repos, out = str(world / "repos"), tmp_path / "out"
    assert run(world, repos, "--output", str(out)) == 1
    log = json.loads((out / "audit.sarif").read_text())
    results = log["runs"][0]["results"]
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    assert rules[:-1] == list(RULES)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in results)
    assert {r["properties"]["repository"] for r in results} >= {
        "silent",
        "waived",
        "late",
        "mended",
    }
    (waived,) = [r for r in results if "suppressions" in r]
    assert waived["suppressions"][0]["justification"] == "soon (ada, until 2999-01-31)"
    assert not any("baselineState" in result for result in results)

    suites = ElementTree.parse(out / "audit.xml").getroot()  # noqa: S314
    silent = next(suite for suite in suites if suite.get("name") == "silent")
    assert int(silent.get("failures", "0")) == len(silent.findall("testcase/failure")) > 0
    with (out / "audit.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 * len(RULES)
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row.values())
    page = (out / "audit.html").read_text()
    assert "Acme &amp; Co" in page
    assert "<script" not in page
    ElementTree.fromstring((out / "audit.svg").read_text())  # noqa: S314


def test_what_changed_since_the_last_audit_is_said(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make(tmp_path / "repos" / "churn", {"README.md": "x"})
    out = ["--output", str(tmp_path / "out")]
    run(world, str(repo), *out)
    assert "since the last audit" not in capsys.readouterr().out
    (repo / "LICENSE").write_text("MIT")
    (repo / "model.joblib").write_text("x")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "y")
    run(world, str(repo), *out)
    said = capsys.readouterr().out
    assert "new since the last audit: churn ML301" in said
    assert "mended since the last audit: churn ML101" in said
    log = json.loads((tmp_path / "out" / "audit.sarif").read_text())
    kinds = {r["ruleId"]: r["baselineState"] for r in log["runs"][0]["results"]}
    assert (kinds["ML301"], kinds["ML201"]) == ("new", "unchanged")


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("warning", 1), ("never", 0)])
def test_the_exit_code_goes_by_the_level(
    world: Path, tmp_path: Path, level: str, code: int
) -> None:
    repo, out = str(world / "repos" / "silent"), str(tmp_path / "out")
    assert run(world, repo, "--fail-on", level, "--output", out) == code


def test_a_bad_policy_or_a_bad_name_is_two(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "policy.yaml"
    bad.write_text("gat: {}")
    assert main(["audit", str(world / "repos"), "--policy", str(bad)]) == 2
    assert "policy.yaml:1: gat: there is no such key; did you mean gate?" in capsys.readouterr().err
    assert run(world, str(tmp_path / "nowhere")) == 2


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
)


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Path, Path]:
    """Give a repository that would run code, never end, or show what lies elsewhere."""
    told = tmp_path / "told"
    run_me = f"import pathlib\npathlib.Path({str(told)!r}).write_text('ran')\n"
    secret = tmp_path / "secret.csv"
    secret.write_text("secret,mail\nada@acme.com,1\n")
    files = {
        "conftest.py": run_me,
        "setup.py": run_me,
        "sitecustomize.py": run_me,
        "params.yaml": BOMB,
        "conf/config.yaml": "!!python/object/apply:os.system ['touch told']\n",
        "conf/monitoring/default.yaml": "log: 7\n",
        "conf/gate/default.yaml": "minimum: [1]\n",
        ".github/workflows/ci.yml": "jobs: [1]\non: 1\n",
        ".github/rulesets/main.json": "[" * 100_000,
        ".cruft.json": '{"context": 7, "commit": [1]}',
        ".policy.yaml": BOMB,
        "pyproject.toml": "project = 7\ntool = 7\n",
        "docs/dossier.yaml": "risk_class: {answer: {a: b}}\n",
        "reports/evaluation.json": '{"slices": {"a": {"b": 7}, "c": 8}}',
        "reports/metrics.json": '{"r2": "high"}',
        "deep.py": "x.fit(" + "-" * 100_000 + "1)",
        "brackets.py": "x.fit(" + "(" * 5_000 + ")" * 5_000 + ")",
        "Dockerfile": "FROM ${" + "a" * 100_000 + "}\nARG\nFROM\n",
        "huge.ipynb": '{"cells": [' + "1," * 300_000 + "1]}",
        "huge.csv": "a" * 3_000_000,
        "data/schema.yaml": "columns: [7, {name: 8}]\n",
        "uv.lock": ("https://" + "a" * 5_000 + "\n") * 200,
    }
    repo = tmp_path / "hostile"
    make(repo, files)
    (repo / "link.csv").symlink_to(secret)
    (repo / "loop").symlink_to(repo)
    (repo / "data" / "outside").symlink_to(tmp_path)
    (repo / "endless.csv").symlink_to("/dev/zero")
    hook = repo / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {told}\n")
    hook.chmod(0o755)
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "links")
    git(repo, "config", "core.fsmonitor", f"touch {told}")
    git(repo, "config", "core.pager", f"touch {told}")
    git(repo, "config", "core.sshCommand", f"touch {told}")
    return repo, told


EVERY_KEY = (
    """\
answers: {github_owner: {is: acme}, license: {one_of: [MIT]}, tracker: git, registry: git,
  python: {at_least: '3.12'}, parts: {required: [a]}}
""".replace("tracker: git", "tracker: none")
    + """\
index: {url: 'https://a.com', lock_hosts: [a.com]}
images: {base: 'a/*', registry: a/b, digest: true}
models: {allowed: [a.*], explained: [high]}
licences: {dependencies: [MIT], header: 'SPDX: MIT'}
data: {personal: {names: [mail], values: ['[\\w.]+@[\\w.]+']}, samples: false, log_days: 3,
  hash: [a], drop: [b]}
reviews: {owners: {/a: ['@b']}, approvals: 2}
gate: {minimum: {r2: 0.5}, slices: [a], slice_gap: 0.1, calibration: 0.1}
docs: {card: {high: [a]}}
limits: {training_minutes: 1, request_bytes: 1}
"""
)


@pytest.mark.parametrize("kind", ["commit", "index", "folder", "bare"])
def test_a_hostile_repository_runs_nothing_and_ends(
    hostile: tuple[Path, Path], tmp_path: Path, kind: str
) -> None:
    repo, told = hostile
    told.unlink(missing_ok=True)  # Git of this test has run the monitor
    path = repo
    if kind == "bare":
        path = repo / ".git"
        (path / "config").write_text((path / "config").read_text().replace("= false", "= true"))
    if kind == "folder":
        (repo / ".git").rename(tmp_path / "elsewhere")
    tree = tree_of(path, index=kind == "index")
    assert {"link.csv", "loop", "endless.csv", "data/outside"} <= tree.links
    assert not [name for name in tree.sizes if name.startswith(("loop/", "data/outside/"))]
    outcomes = examine(Repository(tree, parse(EVERY_KEY), "hostile"))
    assert not told.exists()
    assert {outcome.rule for outcome in outcomes} == RULES.keys()
    said = json.dumps([str(finding) for outcome in outcomes for finding in outcome.findings])
    assert "ada@acme.com" not in said
    assert "secret" not in said


def test_a_repository_that_takes_too_long_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = make(tmp_path / "slow", {"a.csv": "a" * 40 + "!\n"})
    quick = make(tmp_path / "quick", {"LICENSE": "x"})
    policy = parse("data: {personal: {values: ['^(a+)+$']}}")
    late, fine = audit([slow, quick], policy, seconds=2, workers=1)
    assert [outcome.rule for outcome in late.outcomes] == ["ML000"]
    assert "more than 2 seconds" in str(late.outcomes[0].findings[0])
    assert fine.outcomes[0].state == "passed"


def test_no_object_is_fetched_that_a_repository_promises(tmp_path: Path) -> None:
    repo = make(tmp_path / "promised", {"README.md": "x" * 300})
    told = tmp_path / "told"
    listed = subprocess.run(
        ["git", "ls-tree", "HEAD", "README.md"],
        cwd=repo,
        capture_output=True,
        text=True,
        check=True,
    )
    number = listed.stdout.split()[2]
    (repo / ".git" / "objects" / number[:2] / number[2:]).unlink()
    git(repo, "config", "extensions.partialClone", "evil")
    git(repo, "config", "remote.evil.promisor", "true")
    git(repo, "config", "remote.evil.url", f"ext::sh -c touch% {told}")
    git(repo, "config", "protocol.ext.allow", "always")
    (found,) = audit([repo], parse("version: 1"), workers=1)
    assert not told.exists()
    assert found.outcomes
