"""The log of predictions: what a client was told is in it, whatever happens next."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.data.tables import read_table
from {{ cookiecutter.package_name }}.monitoring import store
from {{ cookiecutter.package_name }}.monitoring.journal import Journal, Options
from {{ cookiecutter.package_name }}.monitoring.prediction_log import prediction_log
from {{ cookiecutter.package_name }}.runtime.rows import BadRows
from {{ cookiecutter.package_name }}.serving import answering
from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.tools import files, paths


def serving(trained: Path, folder: Path, **options: Any) -> TestClient:
    """The candidate as champion, with a log."""
    log = {"folder": str(folder), **options.pop("log", {})}
    candidate = str(trained / paths.CANDIDATE)
    settings = {"model": "test", "folder": candidate, "challenger_folder": candidate, **options}
    target = f"{prediction_log.__module__}.{prediction_log.__name__}"
    return TestClient(create_app(Settings(**settings, log={"_target_": target, "options": log})))


@pytest.fixture(scope="module")
def rows(trained: Path, schema: Schema) -> list[dict[str, Any]]:
    """Test rows as requests bring them."""
    table = read_table(trained / paths.TEST)[schema.features].head(12)
    return list(json.loads(table.to_json(orient="records", date_format="iso", double_precision=15)))


@pytest.fixture(scope="module")
def truth(trained: Path) -> Any:
    """A target that can be."""
    return json.loads(read_table(trained / paths.TEST).iloc[:1, :].to_json(orient="records"))[0]


@pytest.fixture
def client(trained: Path, tmp_path: Path) -> Iterator[TestClient]:
    """The service, which logs to `tmp_path`/log."""
    with serving(trained, tmp_path / "log") as asked:
        yield asked


def test_the_log_has_what_was_asked_answered_and_true(
    client: TestClient, tmp_path: Path, schema: Schema, rows: list[Any], truth: Any, trained: Path
) -> None:
    answer = client.post("/predict", json=rows, headers={"X-Key": "someone"}).json()
    pretty = json.dumps(rows[0], indent=4).replace("\n", "\r\n")
    client.post("/predict", content=pretty, headers={"content-type": "application/json"})
    told = {"id": f"{answer['request_id']}.3", "actual": truth[schema.target]}
    assert client.post("/feedback", json=told).json() == {"accepted": 1}
    found = store.read(tmp_path / "log", schema)
    assert len(found) == len(rows) + 1
    ids = [f"{answer['request_id']}.{number}" for number in range(len(rows))]
    assert found["id"].tolist()[: len(rows)] == ids
    assert found["predicted"].tolist()[: len(rows)] == [
        each["prediction"] for each in answer["predictions"]
    ]
    expected = read_table(trained / paths.TEST)[schema.features].head(len(rows))
    pd.testing.assert_frame_equal(
        found[schema.features].head(len(rows)), expected.reset_index(drop=True), check_dtype=False
    )
    assert found["actual"].notna().sum() == 1
    assert found["actual"][3] == truth[schema.target]
    assert set(found["variant"]) == {"champion"}
    assert found["key"].tolist()[0] == "someone"
    assert found["latency"].between(0, 10).all()
    assert set(found["version"]) == {answer["model_version"]}


def test_a_window_is_read_by_time(
    tmp_path: Path, client: TestClient, schema: Schema, rows: Any
) -> None:
    client.post("/predict", json=rows[:2])
    seen = store.read(tmp_path / "log", schema)["time"].iloc[0].timestamp()
    assert len(store.read(tmp_path / "log", schema, since=seen - 60, until=seen + 60)) == 2
    assert len(store.read(tmp_path / "log", schema, since=seen + 60)) == 0
    assert len(store.read(tmp_path / "log", schema, until=seen - 60)) == 0
    assert len(store.read(tmp_path / "nowhere", schema)) == 0


@pytest.mark.parametrize("body", ["7", "[7]", "{}", '{"id": "a"}', '{"id": 7, "actual": 1}', "{"])
def test_what_is_no_feedback_is_refused(client: TestClient, body: str) -> None:
    answer = client.post("/feedback", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_an_actual_that_can_t_be_is_refused(client: TestClient) -> None:
    answer = client.post("/feedback", json={"id": "a.0", "actual": {"never": "seen"}})
    assert answer.status_code == 422
    assert "the actual of a.0 has to be" in answer.json()["detail"]


def test_columns_can_be_left_out_and_hashed(
    trained: Path, tmp_path: Path, schema: Schema, rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_SALT", "a secret")
    first, last = schema.features[0], schema.features[-1]
    private = {"drop": (first,), "hash": (last,)}
    with serving(trained, tmp_path / "log", log=private) as asked:
        asked.post("/predict", json=rows)
    (path,) = (tmp_path / "log").iterdir()
    (line,) = path.read_text(encoding="utf-8").splitlines()
    for row, written in zip(rows, json.loads(line)["asked"], strict=True):
        assert first not in written
        if first != last and row[last] is not None:
            assert len(written[last]) == 16
            assert written[last] != row[last]


def test_files_are_closed_when_full_and_the_oldest_go(tmp_path: Path) -> None:
    journal = Journal(Options(folder=str(tmp_path), max_bytes=1000, max_files=3))
    for number in range(100):
        journal.outcomes([{"id": f"id-{number}", "actual": number}])
    journal.close()
    files_ = sorted(tmp_path.glob("*.jsonl"))
    assert len(files_) == 3
    assert all(path.stat().st_size <= 1000 for path in files_)
    assert "id-99" in files_[-1].read_text(encoding="utf-8")


def test_threads_lose_nothing_where_a_file_ends(tmp_path: Path) -> None:
    journal = Journal(Options(folder=str(tmp_path), max_bytes=200, max_files=10_000))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: journal.outcomes([{"id": str(n), "actual": n}]), range(2000)))
    journal.close()
    lines = [line for path in tmp_path.iterdir() for line in path.read_text().splitlines()]
    told = [json.loads(line)["feedback"][0]["actual"] for line in lines]
    assert sorted(told) == list(range(2000))


KILLED = """
import os, signal, sys
from {{ cookiecutter.package_name }}.monitoring.journal import Journal, Options
from {{ cookiecutter.package_name }}.monitoring.prediction_log import prediction_log
journal = Journal(Options(folder=sys.argv[1]))
for number in range(1000):
    journal.outcomes([{"id": str(number), "actual": number}])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    (path,) = tmp_path.iterdir()
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1000


def test_a_torn_line_is_left_out(
    tmp_path: Path, client: TestClient, schema: Schema, rows: list[Any]
) -> None:
    client.post("/predict", json=rows)
    (path,) = (tmp_path / "log").iterdir()
    with path.open("ab") as file:
        file.write(b'{"time": 17, "asked": [')
    assert len(store.read(tmp_path / "log", schema)) == len(rows)


def test_a_full_disk_stops_no_answer(
    client: TestClient, rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Journal, "_write", full)
    assert client.post("/predict", json=rows).status_code == 200
    assert "log_failures_total 1.0" in client.get("/metrics").text


def test_a_key_sticks_to_its_model_and_shares_are_as_configured(
    trained: Path, tmp_path: Path, schema: Schema, rows: list[Any]
) -> None:
    with serving(trained, tmp_path / "log", challenger="candidate") as asked:
        for number in range(300):
            asked.post("/predict", json=rows[0], headers={"X-Key": f"person {number % 150}"})
    found = store.read(tmp_path / "log", schema)
    assert found.groupby("key")["variant"].nunique().max() == 1
    people = found.drop_duplicates("key")["variant"].value_counts()
    assert 4 <= people["challenger"] <= 28  # 15 of 150, within chance


def test_a_shadow_answers_for_the_log_alone(
    trained: Path, tmp_path: Path, schema: Schema, rows: list[Any]
) -> None:
    options = {"challenger": "candidate", "challenger_mode": "shadow"}
    with serving(trained, tmp_path / "log", **options) as asked:
        answer = asked.post("/predict", json=rows).json()
    found = store.read(tmp_path / "log", schema)
    assert found["variant"].value_counts().to_dict() == {
        "champion": len(rows),
        "shadow": len(rows),
    }
    champion, shadow = (found[found["variant"] == name] for name in ("champion", "shadow"))
    assert champion["id"].tolist() == [f"{answer['request_id']}.{n}" for n in range(len(rows))]
    assert champion["predicted"].tolist() == shadow["predicted"].tolist()


def test_a_shadow_that_fails_takes_nothing_from_the_champion(
    trained: Path,
    tmp_path: Path,
    schema: Schema,
    rows: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = answering._content

    def failing(state: Any, model: Any, columns: Any, number: str, variant: str) -> bytes:
        if variant == "shadow":
            raise BadRows([], 1)
        return real(state, model, columns, number, variant)

    monkeypatch.setattr(answering, "_content", failing)
    options = {"challenger": "candidate", "challenger_mode": "shadow"}
    with serving(trained, tmp_path / "log", **options) as asked:
        assert asked.post("/predict", json=rows).status_code == 200
    assert set(store.read(tmp_path / "log", schema)["variant"]) == {"champion"}


def test_a_challenger_that_is_another_model_is_refused(
    trained: Path, tmp_path: Path, rows: list[Any]
) -> None:
    options = {"challenger": "other", "challenger_folder": str(tmp_path / "nowhere")}
    with serving(trained, tmp_path / "log", **options) as asked:
        assert "no model folder" in asked.get("/ready").json()["refused"]
        assert asked.post("/predict", json=rows).status_code == 200


def test_without_a_folder_there_is_no_log(trained: Path) -> None:
    with serving(trained, trained, log={"folder": None}) as asked:
        (row,) = files.read_json(trained / paths.CANDIDATE / "example.json")
        assert asked.post("/predict", json=row).status_code == 200
        assert asked.post("/feedback", json={"id": "a", "actual": 1}).status_code == 404
