"""The image's size, where Docker's answers are stood in for."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.policy import Policy
from {{ cookiecutter.package_name }}.policy.image import check_image
from {{ cookiecutter.package_name }}.tools.errors import Refusal

LAYERS = {"layers": [{"size": 300_000_000}, {"size": 200_000_000}]}
ATTESTED = {"digest": "sha256:2", "platform": {"os": "unknown"}}
INDEX = {"manifests": [{"digest": "sha256:1", "platform": {"os": "linux"}}, ATTESTED]}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for a registry: what it says of an image, by name."""
    known: dict[str, Any] = {"there/churn:v1": INDEX, "there/churn@sha256:1": LAYERS}
    told = tmp_path / "told.json"
    told.write_text(json.dumps(known), encoding="utf-8")
    docker = tmp_path / "docker"
    docker.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "assert sys.argv[1:5] == ['buildx', 'imagetools', 'inspect', '--raw']\n"
        f"found = json.load(open({str(told)!r})).get(sys.argv[5])\n"
        "if not found:\n"
        "    sys.exit(f'ERROR: {sys.argv[5]}: not found')\n"
        "print(json.dumps(found))\n",
        encoding="utf-8",
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


def allow(megabytes: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the test under a policy."""
    limits = {} if megabytes is None else {"image_megabytes": megabytes}
    monkeypatch.setattr(Policy, "load", lambda: Policy({"limits": limits}, "its hash"))


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script")
@pytest.mark.usefixtures("registry")
def test_an_image_may_be_as_large_as_the_policy_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(500, monkeypatch)
    assert check_image("there/churn:v1") == "there/churn:v1 has 500 MB to pull, 500 are allowed"
    allow(499, monkeypatch)
    with pytest.raises(Refusal, match="500 MB to pull, 499 are allowed"):
        check_image("there/churn:v1")
    with pytest.raises(Refusal, match="docker: ERROR: there/other:v1: not found"):
        check_image("there/other:v1")


def test_without_a_limit_no_registry_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    allow(None, monkeypatch)
    assert check_image("there/churn:v1") == "The policy has no limit for the image"
    allow(500, monkeypatch)
    with pytest.raises(Refusal, match="this needs Docker, which is not installed"):
        check_image("there/churn:v1")
