"""The log of predictions: what a client was told is in it, whatever happens next."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.data.tables import read_table
from {{ cookiecutter.package_name }}.monitoring import prediction_log as the_log
from {{ cookiecutter.package_name }}.monitoring import store
from {{ cookiecutter.package_name }}.monitoring.journal import Journal, Options
from {{ cookiecutter.package_name }}.monitoring.log_file import LogFile, log_files
from {{ cookiecutter.package_name }}.monitoring.prediction_log import prediction_log
from {{ cookiecutter.package_name }}.runtime.rows import BadRows
from {{ cookiecutter.package_name }}.serving import answering
from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal


def text_of(folder: Path) -> str:
    """All lines of a log."""
    return "".join(path.read_text(encoding="utf-8") for path in log_files(folder))


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


@pytest.mark.parametrize(
    "body", ["7", "[7]", "{}", "[]", '{"id": "a"}', '{"id": 7, "actual": 1}', "{"]
)
def test_what_is_no_feedback_is_refused(client: TestClient, body: str) -> None:
    answer = client.post("/feedback", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


@pytest.fixture
def asked(client: TestClient, rows: list[Any]) -> str:
    """The id of a logged request for two rows."""
    return str(client.post("/predict", json=rows[:2]).json()["request_id"])


@pytest.fixture
def actual(truth: Any, schema: Schema) -> Any:
    """A target that can be."""
    return truth[schema.target]


@pytest.fixture
def other(actual: Any, trained: Path, schema: Schema) -> Any:
    """Another one."""
    found = read_table(trained / paths.TEST)[[schema.target]].to_json(orient="records")
    return next(row[schema.target] for row in json.loads(found) if row[schema.target] != actual)


@pytest.mark.parametrize("actual", [{"never": "seen"}, None, [], math.nan, math.inf, 10**400])
def test_an_actual_that_can_t_be_is_refused(client: TestClient, asked: str, actual: Any) -> None:
    body = json.dumps({"id": f"{asked}.0", "actual": actual})
    answer = client.post("/feedback", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert f"the actual of {asked}.0 has to be" in answer.json()["detail"]


STRANGE: dict[str, Callable[[str], str]] = {
    "nothing": lambda asked: "",
    "no row": lambda asked: asked,
    "another number": lambda asked: f"{'0' * 32}.0",
    "a changed number": lambda asked: f"{'1' if asked[0] == '0' else '0'}{asked[1:]}.0",
    "another way to write a row": lambda asked: f"{asked}.00",
    "more rows than a request has": lambda asked: f"{asked}.10000",
    "a negative row": lambda asked: f"{asked}.-1",
    "the answer of a shadow": lambda asked: f"{asked}.shadow.0",
    "what a client might call it": lambda asked: "my-id.0",
}


@pytest.mark.parametrize("kind", STRANGE)
def test_an_id_that_the_service_did_not_give_is_unknown(
    client: TestClient, tmp_path: Path, asked: str, actual: Any, kind: str
) -> None:
    wrong = {"id": STRANGE[kind](asked), "actual": actual}
    right = {"id": f"{asked}.0", "actual": actual}
    assert client.post("/feedback", json=[right, wrong]).status_code == 404
    assert "feedback" not in text_of(tmp_path / "log")


def test_an_id_of_900_kilobytes_is_refused(
    client: TestClient, tmp_path: Path, asked: str, actual: Any
) -> None:
    answer = client.post("/feedback", json={"id": asked * 30_000, "actual": actual})
    assert answer.status_code == 422
    assert len(answer.text) < 200
    many = [{"id": f"{asked}.0", "actual": actual}] * 10_001
    assert client.post("/feedback", json=many).status_code == 413
    assert len(text_of(tmp_path / "log")) < 20_000


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_feedback_is_as_it_is_described(client: TestClient, mode: GenerationMode) -> None:
    described = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    cases = described["/feedback"]["POST"].as_strategy(generation_mode=mode)

    @settings(
        max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        response = case.call()
        if response.status_code != 413:  # a refusal of which the tool does not know
            case.validate_response(response)

    ask()


def test_the_first_outcome_stays_until_it_is_corrected(
    client: TestClient, tmp_path: Path, schema: Schema, asked: str, actual: Any, other: Any
) -> None:
    def said() -> Any:
        return store.read(tmp_path / "log", schema)["actual"][0]

    first = {"id": f"{asked}.0", "actual": actual}
    assert client.post("/feedback", json=first).status_code == 200
    size = len(text_of(tmp_path / "log"))
    assert client.post("/feedback", json=[first, first]).json() == {"accepted": 2}  # sent again
    refused = client.post("/feedback", json={**first, "actual": other})
    assert refused.status_code == 409
    assert "correction" in refused.json()["detail"]
    assert len(text_of(tmp_path / "log")) == size
    assert said() == actual
    correction = {**first, "actual": other, "correction": True}
    assert client.post("/feedback", json=correction).status_code == 200
    assert said() == other
    assert client.post("/feedback", json=[correction, first]).status_code == 409


def test_an_outcome_of_another_worker_stays_too(
    client: TestClient, tmp_path: Path, schema: Schema, asked: str, actual: Any, other: Any
) -> None:
    client.post("/feedback", json={"id": f"{asked}.0", "actual": actual})
    late = Journal(Options(folder=str(tmp_path / "log")))  # it does not know of the first
    late.outcomes([{"id": f"{asked}.0", "actual": other}])
    late.close()
    assert store.read(tmp_path / "log", schema)["actual"][0] == actual


def test_what_is_known_of_outcomes_takes_no_more_than_so_much(
    client: TestClient, asked: str, actual: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(the_log, "REMEMBERED", 3)
    log = the_log.PredictionLog(None)
    for number in range(10):
        log._remember({str(number): {"id": str(number), "actual": number}})
    assert log._known == {"7": 7, "8": 8, "9": 9}


def test_a_client_s_own_id_is_kept_and_replaces_nothing(
    client: TestClient, tmp_path: Path, schema: Schema, rows: list[Any]
) -> None:
    headers = {"X-Request-ID": "the-same"}
    answers = [client.post("/predict", json=row, headers=headers).json() for row in rows[:5]]
    assert {answer["client_id"] for answer in answers} == {"the-same"}
    found = store.read(tmp_path / "log", schema)
    assert found["id"].tolist() == [f"{answer['request_id']}.0" for answer in answers]
    assert len(set(found["id"])) == 5
    lines = text_of(tmp_path / "log").splitlines()
    assert all(json.loads(line)["answered"]["client_id"] == "the-same" for line in lines)


def test_unknown_fields_of_a_row_are_not_read(
    trained: Path, tmp_path: Path, schema: Schema, rows: list[Any]
) -> None:
    with serving(trained, tmp_path / "log", unknown_fields="ignore") as client:
        client.post("/predict", json={**rows[0], "actual": "forged", "low": 1, "more": 2})
    found = store.read(tmp_path / "log", schema)
    assert found["actual"].isna().all()
    assert not {"low", "more"} & set(found.columns) or schema.task == "regression"


def test_columns_can_be_left_out_and_hashed(
    trained: Path, tmp_path: Path, schema: Schema, rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_SALT", "a secret")
    first, last = schema.features[0], schema.features[-1]
    private = {"drop": (first,), "hash": (last,)}
    with serving(trained, tmp_path / "log", log=private) as asked:
        asked.post("/predict", json=rows)
    (path,) = log_files(tmp_path / "log")
    (line,) = path.read_text(encoding="utf-8").splitlines()
    for row, written in zip(rows, json.loads(line)["asked"], strict=True):
        assert first not in written
        if first != last and row[last] is not None:
            assert len(written[last]) == 16
            assert written[last] != row[last]


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
    (path,) = log_files(tmp_path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1000


def test_torn_lines_are_left_out_and_counted(
    tmp_path: Path,
    client: TestClient,
    schema: Schema,
    rows: list[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    client.post("/predict", json=rows)
    (path,) = log_files(tmp_path / "log")
    content = path.read_bytes()
    path.write_bytes(b'{"time": 17, "asked": [\n' + content + b'{"time": 17, "asked": [')
    assert len(store.read(tmp_path / "log", schema)) == len(rows)
    assert "torn and left out: 2" in caplog.text


def full(*_: Any) -> None:
    raise OSError("No space left on device")


def test_a_full_disk_stops_no_answer(
    client: TestClient, rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'log_failures_total{kind="prediction"} 0.0' in client.get("/metrics").text
    monkeypatch.setattr(LogFile, "append", full)
    assert client.post("/predict", json=rows).status_code == 200
    assert 'log_failures_total{kind="prediction"} 1.0' in client.get("/metrics").text


def test_no_answer_leaves_unlogged_if_the_log_is_required(
    trained: Path, tmp_path: Path, rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(trained, tmp_path / "log", log={"required": True}) as client:
        assert client.post("/predict", json=rows).status_code == 200
        with monkeypatch.context() as patch:
            patch.setattr(LogFile, "append", full)
            answer = client.post("/predict", json=rows)
        assert answer.status_code == 503
        assert answer.json()["detail"] == "the prediction can't be logged"
        assert int(answer.headers["retry-after"]) > 0
        assert 'log_failures_total{kind="prediction"} 1.0' in client.get("/metrics").text
        assert client.post("/predict", json=rows).status_code == 200


def test_an_outcome_on_a_full_disk_is_refused(
    client: TestClient, asked: str, actual: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"id": f"{asked}.0", "actual": actual}
    with monkeypatch.context() as patch:
        patch.setattr(LogFile, "append", full)
        answer = client.post("/feedback", json=told)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the outcome can't be logged"
    assert 'log_failures_total{kind="outcome"} 1.0' in client.get("/metrics").text
    assert client.post("/feedback", json=told).json() == {"accepted": 1}  # it was not remembered


WRONG: dict[str, dict[str, Any]] = {
    "required": {"required": True, "folder": None},
    "keep_bytes": {"keep_bytes": 10, "max_bytes": 11},
    "max_bytes": {"max_bytes": 0},
    "max_files": {"max_files": 20},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_log_that_can_t_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal, match=rf"monitoring\.log\.{name}") as refused:
        prediction_log({"folder": str(tmp_path), **WRONG[name]})
    assert "\n" not in str(refused.value)


def test_a_required_log_has_a_folder_that_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "log")
    with pytest.raises(Refusal, match="can't be written"):
        prediction_log({"folder": folder, "required": True})
    assert prediction_log({"folder": folder}).request_id()


def test_ids_are_known_after_a_restart_and_where_the_folder_was_deleted(tmp_path: Path) -> None:
    first = Journal(Options(folder=str(tmp_path / "log")))
    number = first.ids.new()
    assert Journal(Options(folder=str(tmp_path / "log"))).ids.row(f"{number}.7") == 7
    shutil.rmtree(tmp_path / "log")
    first.outcomes([])
    first.close()
    assert Journal(Options(folder=str(tmp_path / "log"))).ids.row(f"{number}.7") == 7
    assert Journal(Options(folder=str(tmp_path / "another"))).ids.row(f"{number}.7") is None


def test_services_of_one_secret_know_each_other_s_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_SALT", "a secret")
    here, there = (Journal(Options(folder=str(tmp_path / name))) for name in ("a", "b"))
    assert there.ids.row(f"{here.ids.new()}.0") == 0


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

    def failing(state: Any, model: Any, columns: Any, asked: Any, variant: str) -> bytes:
        if variant == "shadow":
            raise BadRows([], 1)
        return real(state, model, columns, asked, variant)

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
