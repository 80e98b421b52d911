"""What a release and a failed night say of themselves."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import newer, release_notes
from tests.rendered import TEMPLATE, clean_environment

CHANGELOG = """# Changelog

## Unreleased

- Not yet.

## 1.10.0 - 2026-11-22

### Added

- “Ten”, in [a link](x).

## 1.1.0 - 2026-10-01

- One.
"""


def release(folder: Path, version: str, changelog: str = CHANGELOG) -> Path:
    """Write the two files that a release is told from."""
    (folder / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n', encoding="utf-8")
    return folder


@pytest.mark.parametrize("tag", ["", "v1.10.0"])
def test_the_notes_are_the_version_s_section(tmp_path: Path, tag: str) -> None:
    told = release_notes.notes(release(tmp_path, "1.10.0"), tag)
    assert told == "### Added\n\n- “Ten”, in [a link](x)."
    assert release_notes.notes(release(tmp_path, "1.1.0"), "") == "- One."


@pytest.mark.parametrize("heading", ["## [1.10.0] - 2026-11-22", "## 1.10.0", "## [1.10.0]"])
def test_other_ways_to_write_the_heading(tmp_path: Path, heading: str) -> None:
    text = CHANGELOG.replace("## 1.10.0 - 2026-11-22", heading)
    assert release_notes.notes(release(tmp_path, "1.10.0", text), "").startswith("### Added")


@pytest.mark.parametrize("tag", ["1.10.0", "v1.10", "v1.10.0rc1", "v1.1.0", "x\nnotes=evil"])
def test_another_tag_is_refused_in_one_line(tmp_path: Path, tag: str) -> None:
    with pytest.raises(ValueError, match="is not the version") as refused:
        release_notes.notes(release(tmp_path, "1.10.0"), tag)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("version", ["1.0", "10.0", "1.1", "2.0.0", "Unreleased"])
def test_a_version_without_a_section_is_refused(tmp_path: Path, version: str) -> None:
    text = CHANGELOG.replace("- Not yet.\n", "## 2x0x0\n- Another.\n## 1x\n")
    with pytest.raises(ValueError, match="says nothing under"):
        release_notes.notes(release(tmp_path, version, text), "")


def test_as_a_command_it_prints_utf_8_wherever_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.delenv("TAG", raising=False)
    release_notes.main(release(tmp_path, "1.10.0"))
    sys.stdout.flush()
    assert "“Ten”".encode() in capfdbinary.readouterr().out
    script = str(TEMPLATE / "scripts" / "release_notes.py")
    refused = subprocess.run(
        [sys.executable, script], env=clean_environment(TAG="v999.0.0"), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert refused.stderr.startswith("The tag 'v999.0.0' is not the version")
    assert refused.stderr.count("\n") == 1


def frozen(path: Path, *lines: str) -> Path:
    """Write a freeze, as uv does."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_what_is_newer_is_told(tmp_path: Path) -> None:
    green = frozen(tmp_path / "green.txt", "-e file:///x", "a==1.0", "b==2", "c==3", "b==2.5")
    now = frozen(tmp_path / "now.txt", "a==1.0", "b==2.5", "c==4 ; python_version >= '3'", "d==1")
    assert list(newer.changes(green, now)) == [
        "| package | last green run | this run |",
        "| --- | --- | --- |",
        "| b | 2, 2.5 | 2.5 |",
        "| c | 3 | 4 |",
        "| d | - | 1 |",
    ]


def test_nothing_is_newer(tmp_path: Path) -> None:
    green, now = tmp_path / "green.txt", tmp_path / "now.txt"
    (told,) = newer.changes(green, now)
    assert "could not be told" in told
    frozen(now, "a==1")
    (told,) = newer.changes(green, now)
    assert "no earlier green run" in told
    frozen(green, "a==1")
    (told,) = newer.changes(green, now)
    assert "look at the commits" in told
