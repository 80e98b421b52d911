"""Airflow is asked for a run over HTTP; here by a server that stands in for it."""

import pytest

from {{ cookiecutter.package_name }}.engines.ask_airflow import NAME, ask
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from stand_in import standing_in


def test_a_stand_in_for_airflow_gets_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_USERNAME", "admin")
    monkeypatch.setenv("AIRFLOW_PASSWORD", "secret")
    with standing_in() as server:
        monkeypatch.setenv("AIRFLOW_URL", f"{server.address}/")
        assert ask("drift") == "manual__1"
    login, run = server.asked
    assert login == ("/auth/token", None, {"username": "admin", "password": "secret"})
    assert run[:2] == (f"/api/v2/dags/{NAME}/dagRuns", "Bearer t")
    assert run[2]["conf"] == {"reason": "drift"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (None, "AIRFLOW_URL is not set; export AIRFLOW_URL=http"),
        ("http://127.0.0.1:9", "can't be reached"),
        ("nowhere", "can't be reached"),
        ("/wrong", "answers 403"),
    ],
)
def test_what_can_t_be_asked_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, url: str | None, reason: str
) -> None:
    monkeypatch.setenv("AIRFLOW_TOKEN", "t")
    with standing_in() as server:
        if url is None:
            monkeypatch.delenv("AIRFLOW_URL", raising=False)
        else:
            monkeypatch.setenv("AIRFLOW_URL", server.address + url if url[0] == "/" else url)
        with pytest.raises(Refusal) as refusal:
            ask("")
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)
