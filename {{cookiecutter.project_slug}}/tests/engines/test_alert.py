"""A failure is told over HTTP; here to a server that stands in for a chat tool."""

import pytest

from {{ cookiecutter.package_name }}.engines.alert import tell

from stand_in import standing_in


def test_a_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with standing_in() as server:
        monkeypatch.setenv("ALERT_URL", server.address)
        tell("train failed")
    assert server.asked == [("/", None, {"text": "train failed"})]


def test_whoever_is_told_may_be_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALERT_URL", "http://127.0.0.1:9")
    tell("train failed")
    said = capsys.readouterr().err
    assert "train failed\n" in said
    assert "did not take it" in said
