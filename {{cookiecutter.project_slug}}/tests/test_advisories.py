"""What `make audit-packages` says first is how much was looked up."""

import json
import subprocess
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.tools.advisories import audit

OWN = {"name": "own", "skip_reason": "distribution marked as editable"}
UNKNOWN = {"name": "strange", "skip_reason": "Dependency not found"}
SOUND = {"name": "sound", "version": "1", "vulns": []}
HOLE = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}
HOLLOW = {"name": "hollow", "version": "1", "vulns": [HOLE]}


@pytest.mark.parametrize(
    ("found", "code", "first"),
    [
        ([OWN, UNKNOWN], 0, "Nothing was looked up: of none of the 1 installed"),
        (None, 0, "Nothing was looked up: no advisories can be read from here (no network)"),
        ([OWN, UNKNOWN, SOUND], 0, "1 of 2 installed packages were looked up: 0 holes"),
        ([SOUND, HOLLOW], 1, "2 of 2 installed packages were looked up: 1 holes"),
    ],
)
def test_it_says_how_many_packages_were_looked_up(
    found: Any,
    code: int,
    first: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = "" if found is None else json.dumps({"dependencies": found})

    def run(words: Any, **_: Any) -> Any:
        return subprocess.CompletedProcess(words, 1, said, "Traceback\nno network\n")

    monkeypatch.setattr(subprocess, "run", run)
    assert audit() == code
    output = capsys.readouterr().out
    assert output.startswith(first)
    assert ("hollow 1: PYSEC-1, CVE-1; mended in 2" in output) == (code == 1)
    assert ("Not looked up: strange" in output) == (found == [OWN, UNKNOWN, SOUND])
