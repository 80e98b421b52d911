"""Alerts that start a retraining, with a harmless command in place of it and of GitHub."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.retraining import receiver
from {{ cookiecutter.package_name }}.retraining.receiver import create_app
from {{ cookiecutter.package_name }}.retraining.settings import Alerts
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import configured

DRIFT = {
    "status": "firing",
    "labels": {"alertname": "Drift", "action": "retrain", "severity": "warning"},
    "annotations": {"summary": "the rows have changed"},
    "startsAt": "2026-01-01T00:00:00Z",
    "fingerprint": "c5ea71a4",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing of the caller's environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("ALERT_TOKEN", "GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)


def listening(code: str = "print('retrained')", pause_minutes: float = 60) -> TestClient:
    Path("retraining.py").write_text(code)
    command = f"'{Path(sys.executable).as_posix()}' retraining.py"
    return TestClient(create_app(Alerts(command=command, pause_minutes=pause_minutes)))


def alarm(client: TestClient, *alerts: Any, **headers: str) -> httpx2.Response:
    """Alertmanager's webhook."""
    body = {"version": "4", "receiver": "retrain", "status": "firing", "alerts": list(alerts)}
    return client.post("/alerts", json=body, headers=headers)


def until(true: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def output() -> str:
    log = Path("logs/retrain.log")
    return log.read_text(encoding="utf-8") if log.exists() else ""


def test_an_alert_starts_a_retraining_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = alarm(listening(), DRIFT)
    assert answer.status_code == 200
    assert answer.json()["reason"] == "Drift: the rows have changed"
    assert answer.json()["did"].startswith("started `")
    until(lambda: "the retraining is done: see logs" in caplog.text)
    first, second = output().splitlines()
    assert first.startswith("--- ")
    assert first.endswith(" Drift: the rows have changed")
    assert second == "retrained"
    assert sum("Drift: the rows have changed: started" in line for line in caplog.messages) == 1


def test_the_answer_does_not_wait_and_one_runs_at_a_time() -> None:
    waiting = "import pathlib, time\nwhile not pathlib.Path('end').exists(): time.sleep(0.02)"
    client = listening(waiting, pause_minutes=0)
    assert alarm(client, DRIFT).json()["did"].startswith("started")
    assert alarm(client, DRIFT).json()["did"] == "nothing: a retraining is under way"
    Path("end").touch()
    until(lambda: alarm(client, DRIFT).json()["did"].startswith("started"))
    assert output().count("---") == 2


def test_the_command_is_told_the_reason() -> None:
    hostile = {"summary": "one\ntwo\0 $(touch pwned) " + "x" * 300}
    client = listening("import os; print('[' + os.environ['REASON'] + ']')")
    answer = alarm(client, DRIFT | {"annotations": hostile}).json()
    until(lambda: output().endswith("]\n"))
    assert output().splitlines()[1] == f"[{answer['reason']}]"
    assert answer["reason"].startswith("Drift: one two $(touch pwned) xxx")
    assert len(answer["reason"]) == 200
    assert not Path("pwned").exists()


def test_a_retraining_that_fails_is_told(caplog: pytest.LogCaptureFixture) -> None:
    alarm(listening("raise SystemExit(3)"), DRIFT)
    until(lambda: "the retraining failed, or was refused (exit code 3): see logs" in caplog.text)


def test_a_command_that_is_not_there_is_told() -> None:
    client = TestClient(create_app(Alerts(command="no-such-command")))
    answer = alarm(client, DRIFT)
    assert answer.status_code == 502  # Alertmanager tries again
    assert "no-such-command" in answer.json()["detail"]


@pytest.mark.parametrize(
    "alert",
    [
        DRIFT | {"status": "resolved"},
        DRIFT | {"labels": {"alertname": "SlowAnswers"}},
        DRIFT | {"labels": {"alertname": "Drift", "action": "wake"}},
    ],
    ids=["resolved", "of another kind", "another action"],
)
def test_an_alert_that_asks_for_none_starts_none(alert: dict[str, Any]) -> None:
    assert alarm(listening(), alert).json() == {"did": "nothing: no alert asks for a retraining"}
    assert output() == ""


def test_of_several_alerts_those_that_ask_are_the_reason() -> None:
    stale = {"status": "firing", "labels": {"alertname": "ModelStale", "action": "retrain"}}
    answer = alarm(listening(), DRIFT | {"status": "resolved"}, stale, DRIFT).json()
    assert answer["reason"] == "ModelStale; Drift: the rows have changed"


@pytest.mark.parametrize("given", ["", "secret", "Bearer ", "Bearer wrong", "Bearer geh\xe9im"])
def test_without_the_token_nothing_happens(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TOKEN", "secret")
    headers = {b"Authorization": given.encode()} if given else {}
    answer = listening().post("/alerts", json={"alerts": [DRIFT]}, headers=headers)
    assert answer.status_code == 401
    assert output() == ""


def test_with_the_token_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TOKEN", "secret")
    answer = alarm(listening(), DRIFT, Authorization="Bearer secret")
    assert answer.json()["did"].startswith("started")


@pytest.mark.parametrize("body", [{}, {"alerts": [{"status": "on fire", "labels": {}}]}, []])
def test_what_is_no_alert_is_refused(body: Any) -> None:
    assert listening().post("/alerts", json=body).status_code == 422


class FakeGitHub(HTTPServer):
    """It notes what comes, and answers what it is told to."""

    status = 204

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: FakeGitHub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def fake_github(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """A stand-in for GitHub on this machine, and the variables that lead there."""
    with FakeGitHub() as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("GITHUB_REPOSITORY", "someone/model")
        monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield server
        server.shutdown()


def test_with_a_repository_and_a_token_a_fake_github_is_told(
    fake_github: FakeGitHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = listening()
    assert alarm(client, DRIFT).json()["did"] == "sent retrain to someone/model"
    assert alarm(client, DRIFT).json()["did"].startswith("nothing: the last one is less than 60")
    ((path, headers, body),) = fake_github.requests
    assert path == "/repos/someone/model/dispatches"
    assert headers["Authorization"] == "Bearer ghs_secret"
    assert headers["Accept"] == "application/vnd.github+json"
    assert body == {
        "event_type": "retrain",
        "client_payload": {"reason": "Drift: the rows have changed"},
    }
    assert output() == ""
    assert "ghs_secret" not in caplog.text


def test_within_the_pause_no_other_is_asked_of_a_fake_github(
    fake_github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    retraining = receiver.Retraining(Alerts(pause_minutes=5))
    for minutes, done in ((0, "sent"), (4.9, "nothing"), (5.1, "sent"), (10, "nothing")):
        now = 60.0 * minutes
        assert retraining.start("Drift").startswith(done), minutes
    assert len(fake_github.requests) == 2


def test_what_a_fake_github_refuses_can_be_tried_again_at_once(fake_github: FakeGitHub) -> None:
    client = listening()
    fake_github.status = 403
    answer = alarm(client, DRIFT)
    assert answer.status_code == 502
    assert "403" in answer.json()["detail"]
    assert "ghs_secret" not in answer.text
    fake_github.status = 204
    assert alarm(client, DRIFT).status_code == 200


def test_the_configuration_is_read_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    group = OmegaConf.to_container(configured().retraining.alerts)
    assert receiver.checked(group) == Alerts()
    with pytest.raises(Refusal, match=r"retraining\.alerts\.port is 'x'"):
        receiver.checked({"port": "x"})
    assert receiver.checked({"host": "localhost"}).host == "localhost"
    with pytest.raises(Refusal, match="set ALERT_TOKEN"):
        receiver.checked({"host": "0.0.0.0"})  # noqa: S104
    monkeypatch.setenv("ALERT_TOKEN", "secret")
    assert receiver.checked({"host": "0.0.0.0"})  # noqa: S104


def test_the_command_refuses_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["receiver", "retraining.alerts.port=-1"])
    with pytest.raises(SystemExit, match=r"Refused: retraining\.alerts\.port is -1"):
        receiver.main()


def test_the_command_listens_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **options: asked.update(options))
    monkeypatch.setattr(sys, "argv", ["receiver", "retraining.alerts.port=7000"])
    receiver.main()
    assert (asked["host"], asked["port"]) == ("127.0.0.1", 7000)
