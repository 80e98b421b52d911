"""What a request leaves out, asked of a server that stands in for Feast's."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from {{ cookiecutter.package_name }}.feature_store.online import completion
from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

KEY = "account_number"
OPTIONS: dict[str, Any] = {
    "table": "t",
    "key": KEY,
    "time": "at",
    "sources": {},
    "ttl_hours": None,
    "old": "flag",
    "url": None,
    "seconds": 5,
}


class Store(ThreadingHTTPServer):
    """Answers as Feast does: 200 for each key, and NOT_FOUND for those that it does not know."""

    def __init__(self, rows: dict[Any, dict[str, Any]], hours: float = 1, wait: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rows = rows
        self.written = datetime.now(UTC) - timedelta(hours=hours)
        self.wait = wait
        self.status = 200
        self.asked: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Store
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        store = self.server
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        store.asked.append(asked)
        time.sleep(store.wait)
        names = list(next(iter(store.rows.values())))
        keys = asked["entities"][KEY]
        found = [store.rows.get(key) for key in keys]
        results = [{"values": keys, "statuses": ["PRESENT"] * len(keys)}]
        for name in names:
            values = [row[name] if row else None for row in found]
            results.append({"values": values, "statuses": [_status(row) for row in found]})
        for one in results:
            one["event_timestamps"] = [store.written.isoformat()] * len(keys)
        answer = {"metadata": {"feature_names": [KEY, *names]}, "results": results}
        text = json.dumps(answer).encode()
        self.send_response(store.status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


def _status(row: Any) -> str:
    return "PRESENT" if row else "NOT_FOUND"


@contextmanager
def standing_in(rows: dict[Any, dict[str, Any]], **options: float) -> Iterator[Store]:
    """A store that runs."""
    with Store(rows, **options) as store:
        threading.Thread(target=store.serve_forever, daemon=True).start()
        yield store
        store.shutdown()


@contextmanager
def served(folder: Path, url: str | None, **options: Any) -> Iterator[TestClient]:
    """A model folder that asks a store."""
    target = f"{completion.__module__}.{completion.__name__}"
    group = {"_target_": target, "options": {**OPTIONS, "url": url, **options}, "name": "the-model"}
    settings = Settings(model="test", folder=str(folder), complete=group)
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="module")
def candidate(trained: Path) -> Path:
    """The folder of a model."""
    return trained / paths.CANDIDATE


@pytest.fixture(scope="module")
def row(candidate: Path) -> dict[str, Any]:
    """The model's own example."""
    (example,) = files.read_json(candidate / "example.json")
    return dict(example)


def test_a_key_alone_is_answered_as_the_whole_row(candidate: Path, row: dict[str, Any]) -> None:
    first = next(iter(row))
    other = {**row, first: row[first]}
    with (
        standing_in({"a": row, 7: other}) as store,
        served(candidate, f"http://127.0.0.1:{store.server_port}") as client,
    ):
        expected = client.post("/predict", json=row).json()
        assert store.asked == []
        assert "from_store" not in expected
        body = [{KEY: "a"}, row, {KEY: 7, first: row[first]}]
        answer = client.post("/predict", json=body).json()
    assert answer["predictions"] == expected["predictions"] * 3
    assert answer["from_store"] == [list(row), [], [name for name in row if name != first]]
    assert store.asked == [{"feature_service": "the-model", "entities": {KEY: ["a", 7]}}]


def test_what_the_store_has_is_held_to_the_schema(candidate: Path, row: dict[str, Any]) -> None:
    first = next(iter(row))
    with (
        standing_in({"a": {**row, first: {"no": "value"}}}) as store,
        served(candidate, f"http://127.0.0.1:{store.server_port}") as client,
    ):
        answer = client.post("/predict", json={KEY: "a"})
        wrong = client.post("/predict", json={KEY: [1]})
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, first)
    assert wrong.status_code == 422


def test_an_unknown_key_is_404_although_the_store_says_200(
    candidate: Path, row: dict[str, Any]
) -> None:
    with (
        standing_in({"a": row}) as store,
        served(candidate, f"http://127.0.0.1:{store.server_port}") as client,
    ):
        answer = client.post("/predict", json=[{KEY: "a"}, {KEY: "b"}])
    assert (answer.status_code, answer.json()["detail"]) == (404, f"the store knows no {KEY} 'b'")


def test_a_store_that_is_down_slow_or_wrong_is_503_in_time(
    candidate: Path, row: dict[str, Any]
) -> None:
    with standing_in({"a": row}, wait=3) as store:
        url = f"http://127.0.0.1:{store.server_port}"
        with served(candidate, url, seconds=0.2) as client:
            start = time.monotonic()
            slow = client.post("/predict", json={KEY: "a"})
            took = time.monotonic() - start
        store.wait, store.status = 0, 500
        with served(candidate, url) as client:
            wrong = client.post("/predict", json={KEY: "a"})
    with served(candidate, url) as client:
        down = client.post("/predict", json={KEY: "a"})
        assert client.post("/predict", json=row).status_code == 200
    for answer in (slow, wrong, down):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["detail"].startswith("the feature store can't be asked: ")
    assert took < 3


def test_values_older_than_their_ttl_are_flagged_or_refused(
    candidate: Path, row: dict[str, Any]
) -> None:
    with standing_in({"a": row}, hours=5) as store:
        url = f"http://127.0.0.1:{store.server_port}"
        with served(candidate, url, ttl_hours=6) as client:
            assert "old" not in client.post("/predict", json={KEY: "a"}).json()
        with served(candidate, url, ttl_hours=4) as client:
            assert client.post("/predict", json={KEY: "a"}).json()["old"] == [list(row)]
        with served(candidate, url, ttl_hours=4, old="refuse") as client:
            answer = client.post("/predict", json={KEY: "a"})
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("too old in the store: ")


def test_a_connection_that_the_store_closed_is_made_again(
    candidate: Path, row: dict[str, Any]
) -> None:
    with (
        standing_in({"a": row}) as store,
        served(candidate, f"http://127.0.0.1:{store.server_port}") as client,
    ):
        assert client.post("/predict", json={KEY: "a"}).status_code == 200
        port = store.server_port
        store.shutdown()
        store.server_close()
        time.sleep(0.1)
        again = Store.__new__(Store)
        ThreadingHTTPServer.__init__(again, ("127.0.0.1", port), Handler, bind_and_activate=True)
        again.rows, again.written, again.wait = store.rows, store.written, 0
        again.status, again.asked = 200, []
        threading.Thread(target=again.serve_forever, daemon=True).start()
        assert client.post("/predict", json={KEY: "a"}).status_code == 200
        again.shutdown()
        again.server_close()


@pytest.mark.parametrize("body", [b"{", b"7", b"[1]", b"[]"])
def test_a_body_that_is_no_rows_is_refused_as_ever(candidate: Path, body: bytes) -> None:
    with served(candidate, "http://127.0.0.1:1") as client:
        answer = client.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)


def test_an_address_that_is_none_is_refused() -> None:
    assert completion(OPTIONS, "m") is None
    with pytest.raises(Refusal, match=r"url is localhost; one looks like http://127"):
        completion({**OPTIONS, "url": "localhost"}, "m")
    with pytest.raises(Refusal, match=r"needs feature_store.key, the column to ask by"):
        completion({**OPTIONS, "url": "http://127.0.0.1:1", "key": None}, "m")
