"""What differs from another commit, by what Git records."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.reporting import changes
from {{ cookiecutter.package_name }}.tools.markdown import one_line, plain, table

POINTER = "data/raw/table.csv.dvc"
PARAMS = """\
data:
  path: data/raw/table.csv
model:
  depth: 1
  name: a|b
"""


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


def write(name: str, content: Any) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    Path(name).write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with a commit before the first training, and one after it."""
    monkeypatch.chdir(tmp_path)
    git("init")
    git("config", "user.name", "Tester")
    git("config", "user.email", "tester@example.com")
    write("params.yaml", PARAMS)
    write(POINTER, "outs: [{path: table.csv, md5: aaa}]\n")
    record("start")
    write("reports/metrics.json", {"r2": 0.5, "max_error": -2.0})
    write("reports/evaluation.json", {"intervals": {"r2": [0.4, 0.6]}})
    record("trained")


def record(tag: str) -> None:
    git("add", "--all")
    git("commit", "--message", tag)
    git("tag", tag)


def test_nothing_changed() -> None:
    told = changes.changes("trained")
    for what in ("Metrics", "Parameters", "Data"):
        assert f"{what}: no change." in told


def test_what_changed_stands_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    write("reports/metrics.json", {"r2": 0.55, "new": 1.0})
    write("params.yaml", PARAMS.replace("1", "2").replace("a|b", "a|c"))
    write(POINTER, "outs: [{path: table.csv, md5: bbb}]\n")
    assert changes.main(["trained"]) == 0
    told = capsys.readouterr().out
    assert "| r2 | 0.5000 | 0.5500 | 0.4000 to 0.6000 | +0.0500 |" in told
    assert "| new | - | 1.0000 | - | - |" in told
    assert "| model.depth | 1 | 2 |" in told
    assert r"| model.name | a\|b | a\|c |" in told
    assert "| data/raw/table.csv | aaa | bbb |" in told
    assert Path("reports/changes.md").read_text(encoding="utf-8") == told


def test_before_the_first_training_there_were_no_metrics() -> None:
    told = changes.changes("start")
    assert "There were no metrics yet at that commit." in told
    assert "| r2 | - | 0.5000 | 0.4000 to 0.6000 | - |" in told
    git("checkout", "start")
    assert "Metrics: none here yet" in changes.changes("trained")


@pytest.mark.parametrize("since", ["nowhere", "--all", "$(touch pwned)", ""])
def test_a_commit_that_is_not_there_is_refused(
    since: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert changes.main([since]) == 1
    assert capsys.readouterr().err.startswith(f"Refused: Git knows no commit {since!r}")
    assert not Path("pwned").exists()


def test_text_of_others_is_only_text() -> None:
    assert plain("a|b `c` <d> *e* [f](g) snake_case _h_") == (
        r"a\|b \`c\` &lt;d&gt; \*e\* \[f\](g) snake_case \_h\_"
    )
    assert plain("two\nlines\x1b[0m") == r"two lines\[0m"
    for active in ("@someone", "#12", "https://x", "www.x"):
        assert active not in plain(active).replace("\\", "")
    assert len(one_line("x" * 300)) == 200
    assert table(["a"], [["|"]]) == "| a |\n| --- |\n| \\| |"
