"""A policy at rendering: its answers, its refusals, and what becomes of it."""

import json
from pathlib import Path

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException  # type: ignore[import-untyped]

from ml_repo_review.policy import parse
from tests.rendered import RenderedRepo, clean_environment, render, typed

POLICY = """\
version: 3
answers:
  github_owner: {is: acme}
  license: {one_of: [proprietary, Apache-2.0]}
  author_email: {matches: '.*@acme\\.com'}
  author_name: {one_of: [Acme]}
  project_slug: {matches: 'my-.*'}
  python: {at_least: "3.12", at_most: "3.13"}
  parts: {required: [signing], forbidden: [wandb]}
  tracker: mlflow
  registry: mlflow
index: {url: "https://packages.acme.com/simple"}
images: {base: "registry.acme.com/python:*", registry: registry.acme.com/ml}
licences: {header: "SPDX-License-Identifier: LicenseRef-Acme"}
reviews: {owners: {/conf/gate/: ["@acme/risk", "@acme/law"]}, approvals: 2}
reasons:
  answers.github_owner: others are not backed up
  answers.license.one_of: lawyers said so
  answers.parts: of a contract
"""
GOOD = {"author_email": "ada@acme.com"}


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the path of a policy."""
    path = tmp_path_factory.mktemp("policy") / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture(scope="module")
def governed(policy: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo that was rendered under it. Tests only read it."""
    return render(tmp_path_factory.mktemp("governed"), __policy=str(policy), **GOOD)


def test_a_repo_is_born_as_the_policy_has_it(governed: RenderedRepo, policy: Path) -> None:
    assert "All rights reserved" in governed.read("LICENSE")
    assert 'requires-python = ">=3.12"' in governed.read("pyproject.toml")
    assert 'name = "Acme"' in governed.read("pyproject.toml")
    assert 'url = "https://packages.acme.com/simple"\ndefault = true' in governed.read(
        "pyproject.toml"
    )
    built = governed.read(".github/workflows/cd.yml").partition("Build and push")[2]
    assert built.index("make policy-image") < built.index("  staging:")
    dockerfile = governed.read("Dockerfile")
    assert "ARG PYTHON_IMAGE=registry.acme.com/python:3.12-slim\n" in dockerfile
    assert "ARG PIP_INDEX_URL=https://packages.acme.com/simple\n" in dockerfile
    assert "ARG UV_DEFAULT_INDEX=https://packages.acme.com/simple\n" in dockerfile
    assert "IMAGE ?= registry.acme.com/ml/my-model\n" in governed.read("Makefile")
    owners = governed.read(".github/CODEOWNERS").splitlines()
    assert owners[-2:] == ["* @acme", "/conf/gate/ @acme/risk @acme/law"]
    rules = json.loads(governed.read(".github/rulesets/main.json"))["rules"]
    asked = next(rule["parameters"] for rule in rules if rule["type"] == "pull_request")
    assert asked["required_approving_review_count"] == 2
    assert asked["require_code_owner_review"] is True
    config = yaml.safe_load(governed.read("conf/config.yaml"))
    chosen = {key: value for each in config["defaults"][1:] for key, value in each.items()}
    assert (chosen["tracking"], chosen["registry"]) == ("mlflow", "mlflow")
    assert governed.has("docs/signing.md")
    assert not governed.has("conf/tracking/wandb.yaml")
    for name in governed.files():
        if name.endswith(".py") and name.startswith(("src/", "tests/")):
            assert governed.read(name).startswith("# SPDX-License-Identifier: LicenseRef-Acme\n")
    copy = parse(governed.read(".policy.yaml"))
    assert copy.source == str(policy)
    assert copy.recorded == copy.digest == parse(POLICY).digest


def test_without_a_policy_there_is_no_word_of_it(starter: RenderedRepo) -> None:
    for name in starter.files():
        if not name.endswith((".csv", ".lock")):
            assert ".policy" not in starter.read(name), name
            assert "make policy" not in starter.read(name), name


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (
            {"github_owner": "someone"},
            "github_owner: 'someone' is forbidden (policy: answers.github_owner.is, because others "
            "are not backed up); type 'acme'",
        ),
        (
            {"license": "BSD-3-Clause"},
            "license: 'BSD-3-Clause' is forbidden (policy: answers.license.one_of, because lawyers "
            "said so); type one of: proprietary, Apache-2.0",
        ),
        (
            {"author_email": "a@b.org"},
            "author_email: 'a@b.org' is forbidden (policy: answers.author_email.matches); it has "
            r"to match .*@acme\.com",
        ),
        (
            {"author_name": "Ada"},
            "author_name: 'Ada' is forbidden (policy: answers.author_name.one_of); type one of: "
            "Acme",
        ),
        (
            {"project_slug": "churn"},
            "project_slug: 'churn' is forbidden (policy: answers.project_slug.matches); it has to "
            "match my-.*",
        ),
        (
            {"__python_version": "3.11"},
            "__python_version: '3.11' is forbidden (policy: answers.python.at_least); type '3.12' "
            "or newer",
        ),
        (
            {"__python_version": "3.14"},
            "__python_version: '3.14' is forbidden (policy: answers.python.at_most); type '3.13' "
            "or older",
        ),
        (
            {"parts": "default, wandb"},
            "parts: 'wandb' is forbidden (policy: answers.parts.forbidden, because of a contract); "
            "leave it out",
        ),
        (
            {"parts": "default, -signing"},
            "parts: 'signing' is required (policy: answers.parts.required, because of a contract); "
            "don't leave it out",
        ),
        (
            {"parts": "default, -mlflow"},
            "parts: 'mlflow' is required (policy: answers.tracker); don't leave it out",
        ),
    ],
)
def test_a_forbidden_answer_is_refused_in_one_line(
    policy: Path, tmp_path: Path, answers: dict[str, str], line: str
) -> None:
    with pytest.raises(FailedHookException) as refusal:
        render(tmp_path / "out", __policy=str(policy), **GOOD | answers)
    assert line in str(refusal.value).splitlines()
    assert not list((tmp_path / "out").iterdir())


def test_what_the_policy_answers_is_not_asked(policy: Path, tmp_path: Path) -> None:
    settings = tmp_path / "config.yaml"
    settings.write_text(f"default_context:\n  __policy: {policy}\n  author_email: ada@acme.com\n")
    env = clean_environment(COOKIECUTTER_CONFIG=str(settings))
    template = str(Path(__file__).parents[1])
    done = typed(tmp_path, template, env=env, keys="\n" * 20)
    assert done.returncode == 0, done.stdout
    assert "Your e-mail address" in done.stdout
    assert "GitHub user" not in done.stdout
    assert "Your name" not in done.stdout
    assert "acme" in (tmp_path / "my-model" / ".github" / "CODEOWNERS").read_text()


def test_an_address_is_not_fetched_at_rendering(tmp_path: Path) -> None:
    repo = render(tmp_path, __policy="https://nowhere.invalid/policy.yaml")
    copy = parse(repo.read(".policy.yaml"))
    assert copy.source == "https://nowhere.invalid/policy.yaml"
    assert copy.recorded == copy.digest


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "it can't be read, no such file or directory"),
        ("answers: [", "policy.yaml: line "),
        (
            "gate: {minimun: {r2: 0.5}}",
            "policy.yaml:1: gate.minimun: there is no such key; did you",
        ),
    ],
)
def test_a_policy_that_can_t_be_used_is_refused(
    tmp_path: Path, text: str | None, line: str
) -> None:
    path = tmp_path / "policy.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FailedHookException, match=r"policy\.yaml") as refusal:
        render(tmp_path / "out", __policy=str(path))
    assert line in str(refusal.value)
    assert not list((tmp_path / "out").iterdir())
