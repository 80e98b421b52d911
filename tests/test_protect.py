"""`make protect`: what it asks of GitHub, for which a stand-in of `gh` takes notes."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.rendered import RenderedRepo

GH = """
import json, os, pathlib, sys
words, folder = sys.argv[1:], pathlib.Path(sys.argv[0]).parent
body = None
if "--input" in words:
    source = words[words.index("--input") + 1]
    body = json.load(sys.stdin if source == "-" else open(source))
method = words[words.index("--method") + 1] if "--method" in words else "GET"
path = next((word for word in words if word.startswith("repos/")), "")
if words[:2] == ["auth", "status"]:
    sys.exit((folder / "logged-out").exists())
elif words[:2] == ["repo", "view"]:
    print("someone/my-model")
elif words[:2] == ["api", "user"]:
    print(7)
elif words[:2] == ["variable", "set"]:
    (folder / "variable").write_text(" ".join(words[2:]))
elif method == "GET":
    name = words[words.index("--jq") + 1].split('"')[1]
    print("41" if (folder / f"has-{name}").exists() else "")
elif (folder / "no-rulesets").exists() and path.endswith("/rulesets"):
    sys.exit("gh: Upgrade to GitHub Pro or make this repository public (HTTP 403)")
elif (folder / "no-reviewers").exists() and body and "reviewers" in body:
    sys.exit("gh: Failed to create the environment protection rule. (HTTP 422)")
else:
    with (folder / "calls").open("a") as calls:
        calls.write(json.dumps([method, path, body]) + "\\n")
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Give a folder with the few tools that it needs, and no gh."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("make", "sh", "bash", "env", "dirname", "basename"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def protect(repo: RenderedRepo, tools: Path) -> str:
    done = repo.run(
        "make", "--no-print-directory", "protect", env={"PATH": str(tools)}, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def gh(tools: Path) -> None:
    file = tools / "gh"
    file.write_text(f"#!{sys.executable}\n{GH}")
    file.chmod(0o755)


pytestmark = pytest.mark.skipif(os.name == "nt", reason="it is a script of bash's")


def test_without_gh_it_says_so_in_one_line(starter: RenderedRepo, tools: Path) -> None:
    assert protect(starter, tools) == "Skipped: gh is not installed (https://cli.github.com)\n"


def test_without_an_account_it_says_so_by_a_stand_in(starter: RenderedRepo, tools: Path) -> None:
    gh(tools)
    (tools / "logged-out").touch()
    assert protect(starter, tools) == "Skipped: gh knows no account; run `gh auth login`\n"


def test_rules_and_environments_are_set_by_a_stand_in(starter: RenderedRepo, tools: Path) -> None:
    gh(tools)
    (tools / "has-registry").touch()  # what is there is changed, not made twice
    told = protect(starter, tools)
    assert "production, which waits for your yes" in told
    calls = [json.loads(line) for line in (tools / "calls").read_text().splitlines()]
    assert [call[:2] for call in calls] == [
        ["POST", "repos/someone/my-model/rulesets"],
        ["PUT", "repos/someone/my-model/rulesets/41"],
        ["PUT", "repos/someone/my-model/environments/staging"],
        ["PUT", "repos/someone/my-model/environments/production"],
    ]
    main, registry, _, production = (call[2] for call in calls)
    rules = {rule["type"]: rule.get("parameters") for rule in main["rules"]}
    (check,) = rules["required_status_checks"]["required_status_checks"]
    assert f"\n  {check['context']}:\n" in starter.read(".github/workflows/ci.yml")
    assert {"deletion", "non_fast_forward", "pull_request"} < set(rules)
    assert "refs/tags/my-model#*" in registry["conditions"]["ref_name"]["include"]
    assert {rule["type"] for rule in registry["rules"]} >= {"deletion", "update"}
    assert production == {"reviewers": [{"type": "User", "id": 7}]}
    assert not (tools / "variable").exists()


def test_without_reviewers_production_is_by_hand_by_a_stand_in(
    starter: RenderedRepo, tools: Path
) -> None:
    gh(tools)
    (tools / "no-reviewers").touch()
    assert "only when it is started by hand" in protect(starter, tools)
    calls = [json.loads(line) for line in (tools / "calls").read_text().splitlines()]
    assert calls[-1] == ["PUT", "repos/someone/my-model/environments/production", None]
    name, value = (tools / "variable").read_text().split(" --body ")
    assert f"vars.{name} != '{value}'" in starter.read(".github/workflows/cd.yml")


def test_what_a_plan_lacks_is_told_and_the_rest_is_set_by_a_stand_in(
    starter: RenderedRepo, tools: Path
) -> None:
    gh(tools)
    (tools / "no-rulesets").touch()
    done = starter.run("make", "protect", env={"PATH": str(tools)}, check=False)
    assert done.returncode != 0
    assert "Upgrade to GitHub Pro" in done.stderr
    assert "Lacks, for the reasons above: ruleset-main ruleset-registry" in done.stderr
    calls = [json.loads(line) for line in (tools / "calls").read_text().splitlines()]
    assert [call[1].rpartition("/")[2] for call in calls] == ["staging", "production"]
