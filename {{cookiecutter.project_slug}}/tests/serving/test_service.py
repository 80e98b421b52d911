"""The service, asked without a socket: every field by the schema, every refusal by its status."""

import contextlib
import dataclasses
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
{%- if cookiecutter.__cells %}
import jsonschema_rs
{%- endif %}
import pandas as pd
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from {{ cookiecutter.package_name }}.data.casting import plain
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.data.tables import read_table
from {{ cookiecutter.package_name }}.model import model_file
from {{ cookiecutter.package_name }}.packing import opening, write_hashes
from {{ cookiecutter.package_name }}.packing.opening import Loading
from {{ cookiecutter.package_name }}.runtime import served_model
from {{ cookiecutter.package_name }}.runtime.base import TakesLong
from {{ cookiecutter.package_name }}.runtime.rows import {{ 'BadRows, ' if cookiecutter.__cells }}Reader, describe
from {{ cookiecutter.package_name }}.serving.__main__ import OPENER
from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.metrics import Metrics
from {{ cookiecutter.package_name }}.serving.serve import main as command
from {{ cookiecutter.package_name }}.serving.serve import serve
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.serving.state import State
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

JSON = {"content-type": "application/json"}


def serving(folder: Path, **options: Any) -> TestClient:
    return TestClient(create_app(Settings(model="test", folder=str(folder), **options)))


@pytest.fixture(scope="module")
def client(trained: Path) -> Iterator[TestClient]:
    """The candidate of the test pipeline, being served."""
    with serving(trained / paths.CANDIDATE, max_rows=500) as asked:
        yield asked


@pytest.fixture(scope="module")
def row(trained: Path) -> dict[str, Any]:
    """A row as a request brings it: the model's own example."""
    (example,) = files.read_json(trained / paths.CANDIDATE / "example.json")
    return dict(example)


@pytest.fixture(scope="module")
def test_rows(trained: Path, schema: Schema) -> pd.DataFrame:
    """The features of the test rows."""
    return read_table(trained / paths.TEST)[schema.features]


def as_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as JSON has them."""
    return list(json.loads(table.to_json(orient="records", date_format="iso", double_precision=15)))


def test_it_is_ready_and_says_what_it_serves(
    client: TestClient, trained: Path, schema: Schema
) -> None:
    assert client.get("/health").json() == {"alive": True}
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    told = client.get("/model").json()
    assert told["target"] == schema.target
    assert told["metrics"] == files.read_json(trained / paths.CANDIDATE / "metrics.json")
    assert set(told["schema"]["properties"]) == set(schema.features)
    assert told["runtime"] in ("onnx", "scikit-learn")


@pytest.mark.parametrize("runtime", ["auto", "scikit-learn"])
def test_answers_are_those_of_the_pipeline(
    runtime: str, trained: Path, schema: Schema, test_rows: pd.DataFrame
) -> None:
    candidate = trained / paths.CANDIDATE
    pipeline = model_file.load_pipeline(candidate / "pipeline.skops")
    sent = as_rows(test_rows)
    with serving(candidate, runtime=runtime) as asked:
        many = asked.post("/predict", json=sent).json()["predictions"]
        one = [asked.post("/predict", json=each).json()["predictions"][0] for each in sent[:10]]
    assert [answer["prediction"] for answer in one] == [
        answer["prediction"] for answer in many[:10]
    ]
    expected = pipeline.predict(test_rows).tolist()
    if schema.task == "regression":
        assert [answer["prediction"] for answer in many] == pytest.approx(expected, rel=1e-9)
        margin = files.read_json(candidate / "evaluation.json")["interval"]["margin"]
        low, high = many[0]["interval"]
        assert high - low == pytest.approx(2 * margin)
        return
    assert [answer["prediction"] for answer in many] == expected
    for answer, chances in zip(many, pipeline.predict_proba(test_rows).tolist(), strict=True):
        assert list(answer["probabilities"]) == [str(label) for label in pipeline.classes_]
        assert list(answer["probabilities"].values()) == pytest.approx(chances, rel=1e-9)


def test_a_key_has_a_limit(client: TestClient, row: dict[str, Any]) -> None:
    assert client.post("/predict", json=row, headers={"X-Key": "k" * 256}).status_code == 200
    assert client.post("/predict", json=row, headers={"X-Key": "k" * 257}).status_code == 400


def test_an_answer_has_the_request_s_id_and_the_model_s_version(
    client: TestClient, row: dict[str, Any]
) -> None:
    answer = client.post("/predict", json=row, headers={"X-Request-ID": "my-id.7"})
    assert answer.status_code == 200, answer.text
    number = answer.json()["request_id"]
    assert re.fullmatch("[0-9a-f]{32}", number)
    assert number == answer.headers["x-request-id"]
    assert answer.json()["client_id"] == "my-id.7"
    assert answer.json()["model_version"] == client.get("/ready").json()["model_version"]
    odd = client.get("/health", headers={"X-Request-ID": "a b\tc" * 50})
    assert odd.headers["x-request-id"].isalnum()
    assert "client_id" not in client.post("/predict", json=row).json()
    for name in ("x-content-type-options", "content-security-policy"):
        assert name in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"7", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b"[]", 400),
        (b"[7]", 422),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (b"\xff\xfe{\x00}\x00", 400),
        ('{"é": 1}'.encode("latin-1"), 400),
        (b'{"\\ud800": 1}', 400),
        (b"{}", 422),
    ],
)
def test_what_is_no_row_is_refused(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/predict", content=body, headers=JSON)
    if body == b"{}" and answer.status_code == 200:
        return  # every field may be missing
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_limits(client: TestClient, trained: Path, row: dict[str, Any]) -> None:
    assert client.post("/predict", json=[row] * 500).status_code == 200
    assert client.post("/predict", json=[row] * 501).status_code == 413
    assert client.post("/predict", content=b"{}", headers={"content-type": "text/csv"}).is_error
    assert client.get("/predict").status_code == 405
    with serving(trained / paths.CANDIDATE, max_bytes=100) as small:
        assert small.post("/predict", content=b" " * 101, headers=JSON).status_code == 413
        pieces = iter([b" " * 60, b" " * 60])
        assert small.post("/predict", content=pieces, headers=JSON).status_code == 413


def refused(client: TestClient, rows: Any) -> dict[str, Any]:
    """The first problem of rows that are refused."""
    answer = client.post("/predict", content=json.dumps(rows), headers=JSON)
    assert answer.status_code == 422, answer.text
    return dict(answer.json()["problems"][0])


def test_each_field_is_held_to_the_schema(
    client: TestClient, schema: Schema, row: dict[str, Any]
) -> None:
    for name in schema.features:
        column = schema[name]
        for value in wrong_values(column):
            problem = refused(client, [row, {**row, name: value}])
            assert problem["row"] == 1
            assert problem["field"] == name
            assert problem["expected"] == describe(column)
        gap = client.post("/predict", json={**row, name: None})
        assert gap.status_code == (200 if column.nullable else 422), gap.text
        left_out = {key: value for key, value in row.items() if key != name}
        assert client.post("/predict", json=left_out).status_code == gap.status_code


def wrong_values(column: Column) -> list[Any]:
    wrong: list[Any] = [{}, [1]]
    if column.type in ("number", "integer"):
        wrong += ["12", True, float("nan"), float("inf")]
        wrong += [column.max * 2 + 1] if column.max is not None and column.max >= 0 else []
        wrong += [0.5] if column.type == "integer" else []
    elif column.type == "boolean":
        wrong += [2, "yes"]
    elif column.type == "datetime":
        wrong += ["yesterday", 12]
    else:
        wrong += [12, True]
        wrong += ["a value that was never seen"] if column.allowed else []
    return wrong


def test_an_unknown_field_is_refused_or_ignored(
    client: TestClient, trained: Path, row: dict[str, Any]
) -> None:
    more = {**row, "no such field": 1}
    problem = refused(client, more)
    assert (problem["row"], problem["field"]) == (0, "no such field")
    with serving(trained / paths.CANDIDATE, unknown_fields="ignore") as asked:
        same = asked.post("/predict", json=more).json()["predictions"]
        assert same == asked.post("/predict", json=row).json()["predictions"]


def test_an_open_category_takes_what_was_never_seen() -> None:
    columns = (Column("kind", "category", categories=["a"]), Column("y", "category"))
    with pytest.raises(Exception, match="not as expected"):
        Reader(Schema("y", "binary", columns)).read(b'{"kind": "new"}')
    columns = (Column("kind", "category", categories=["a"], open=True), Column("y", "category"))
    assert Reader(Schema("y", "binary", columns)).read(b'{"kind": "new"}') == {"kind": ["new"]}


def test_times_with_a_zone_are_those_of_utc() -> None:
    columns = (Column("at", "datetime"), Column("y", "number"))
    found = Reader(Schema("y", "regression", columns)).read(b'{"at": "2024-01-01T02:00:00+02:00"}')
    assert found["at"][0].isoformat() == "2024-01-01T00:00:00"


def test_a_key_is_asked_for_if_there_is_one(
    trained: Path, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "só secret")
    with serving(trained / paths.CANDIDATE) as asked:
        for headers in ({}, {"X-API-Key": "wrong"}):
            assert asked.post("/predict", json=row, headers=headers).status_code == 401
            assert asked.get("/model", headers=headers).status_code == 401
        right = {b"X-API-Key": "só secret".encode()}
        assert asked.post("/predict", json=row, headers=right).status_code == 200
        assert asked.get("/health").status_code == 200
        for path in ("/docs", "/openapi.json"):
            assert asked.get(path).status_code == 401
            assert asked.get(path, headers=right).status_code == 200
        document = asked.get("/openapi.json", headers=right).json()
        assert document["paths"]["/predict"]["post"]["security"] == [{"key": []}]


def test_browsers_of_other_pages_may_not_ask_unless_configured(
    client: TestClient, trained: Path, row: dict[str, Any]
) -> None:
    origin = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    allowed = "access-control-allow-origin"
    assert allowed not in client.options("/predict", headers=origin).headers
    with serving(trained / paths.CANDIDATE, cors_origins=[origin["Origin"]]) as asked:
        assert asked.options("/predict", headers=origin).headers[allowed] == origin["Origin"]
        assert asked.post("/predict", json=row, headers=origin).status_code == 200
        assert asked.post("/predict", json=row, headers={"Origin": "null"}).status_code == 403
    for path in ("/predict", "/feedback"):
        for foreign in ("https://elsewhere.example", "null", "http://[", "http://testserver:81"):
            answer = client.post(path, json=row, headers={"Origin": foreign})
            assert answer.status_code in (403, 404), path
            assert answer.status_code == 403 or path == "/feedback"
    own = {"Origin": "http://testserver"}
    assert client.post("/predict", json=row, headers=own).status_code == 200


def test_a_body_has_to_say_that_it_is_json(client: TestClient, row: dict[str, Any]) -> None:
    for headers in ({}, {"content-type": "text/plain"}, {"content-type": ""}):
        answer = client.post("/predict", content=json.dumps(row), headers=headers)
        assert answer.status_code == 415


def test_what_is_counted(trained: Path, row: dict[str, Any]) -> None:
    with serving(trained / paths.CANDIDATE) as asked:
        asked.post("/predict", json=[row, row])
        asked.post("/predict", json=7)
        asked.get("/no/such/path")
        text = asked.get("/metrics").text
    assert 'requests_total{path="/predict",status="200"} 1.0' in text
    assert 'requests_total{path="/predict",status="400"} 1.0' in text
    assert 'requests_total{path="other",status="404"} 1.0' in text
    predicted = [line for line in text.splitlines() if line.startswith("predictions_total")]
    assert sum(float(line.rpartition(" ")[2]) for line in predicted) == 2
    assert 'model_info{runtime="' in text


def test_predict_is_answered_before_fastapi_and_refused_as_other_routes_are(
    trained: Path, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_fastapi: list[str] = []
    real = FastAPI.__call__

    async def noted(app: FastAPI, scope: Any, receive: Any, send: Any) -> None:
        asked_fastapi.append(scope.get("path", scope["type"]))
        await real(app, scope, receive, send)

    monkeypatch.setattr(FastAPI, "__call__", noted)
    with serving(trained / paths.CANDIDATE, max_bytes=10_000) as asked:
        assert asked.post("/predict", json=row).status_code == 200
        assert asked.post("/predict", content=b"{" * 10_001, headers=JSON).status_code == 413
        assert set(asked_fastapi) <= {"lifespan"}
        answer = asked.put("/predict", json=row)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert asked_fastapi[-1] == "/predict"


def test_what_takes_long_is_answered_in_a_thread_of_its_own(
    trained: Path, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_in: list[tuple[bool, str]] = []
    real = served_model.ServedModel.answers

    def noted(model: Any, columns: Any, quickly: bool = False) -> Any:
        model.runtime.quick = True  # as far as it knows beforehand
        asked_in.append((quickly, threading.current_thread().name))
        if quickly:
            raise TakesLong("a row that only the pipeline can answer")
        return real(model, columns)

    monkeypatch.setattr(served_model.ServedModel, "answers", noted)
    with serving(trained / paths.CANDIDATE) as asked:
        first = asked.post("/predict", json=row).json()["predictions"]
        asked_in.clear()
        assert asked.post("/predict", json=row).json()["predictions"] == first
    (tried, here), (answered, elsewhere) = asked_in
    assert (tried, answered) == (True, False)
    assert here != elsewhere


def test_of_two_headers_of_a_name_the_first_counts(
    trained: Path, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "right")
    with serving(trained / paths.CANDIDATE) as asked:
        for keys, status in ((("right", "wrong"), 200), (("wrong", "right"), 401)):
            headers = [("x-api-key", key) for key in keys]
            assert asked.post("/predict", json=row, headers=headers).status_code == status


def test_a_failure_shows_no_trace(
    trained: Path, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("of great interest to an attacker")

    with serving(trained / paths.CANDIDATE) as asked:
        monkeypatch.setattr(served_model.ServedModel, "answers", fail)
        answer = asked.post("/predict", json=row)
    assert answer.status_code == 500
    assert set(answer.json()) == {"detail", "request_id"}
    assert "attacker" not in answer.text


@pytest.mark.parametrize("damage", ["schema.yaml", "pipeline.skops", "answer.json", "runtime.json"])
def test_a_folder_that_is_not_as_packed_is_refused(
    damage: str, trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained / paths.CANDIDATE, folder)
    content = (folder / damage).read_bytes()
    (folder / damage).write_bytes(content[: len(content) // 2])
    with pytest.raises(Refusal, match="not as it was packed"):
        served_model.load(folder, Loading())
    (folder / damage).unlink()
    with pytest.raises(Refusal, match=f"lacks {damage}"):
        served_model.load(folder, Loading())


def test_a_model_that_answers_its_example_otherwise_is_refused(
    trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained / paths.CANDIDATE, folder)
    files.write_json(folder / "answer.json", {"prediction": "another"})
    write_hashes(folder)
    with pytest.raises(Refusal, match="answers its own example"):
        served_model.load(folder, Loading())


def test_without_a_model_it_lives_and_says_why_it_is_not_ready(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    with serving(tmp_path / "nowhere") as asked:
        assert asked.get("/health").status_code == 200
        ready = asked.get("/ready")
        assert ready.status_code == 503
        assert "no model folder" in ready.json()["refused"]
        assert asked.post("/predict", json=row).status_code == 503
        assert asked.get("/openapi.json").status_code == 200


def test_another_model_is_taken_up_and_a_wrong_one_is_not(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"

    def put(version: str, schema: Schema | None = None) -> None:
        with files.replacing(folder) as new:
            shutil.copytree(trained / paths.CANDIDATE, new)
            files.write_json(new / "registration.json", {"version": version, "stage": "production"})
            if schema:
                schema.save(new / "schema.yaml")
                write_hashes(new)

    state = State(Settings(model="test", folder=str(folder)), Metrics())
    put("v1")
    state.refresh()
    assert state.current
    assert (state.current.model.version, state.refused) == ("v1", None)
    put("v2")
    state.refresh()
    assert state.current.model.version == "v2"
    shutil.rmtree(folder)
    state.refresh()
    assert (state.current.model.version, state.refused) == ("v2", None)
    known = Schema.load(trained / paths.CANDIDATE / "schema.yaml")
    put("v3", dataclasses.replace(known, columns=(*known.columns, Column("new", "number", True))))
    state.refresh()
    assert state.current.model.version == "v2"
    assert "v3 has other fields than v2" in str(state.refused) or "can't be loaded" in str(
        state.refused
    )
    put("v4")
    state.refresh()
    assert (state.current.model.version, state.refused) == ("v4", None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to end it with")
@pytest.mark.slow
def test_the_command_serves_with_several_workers_until_told_to_stop(
    trained: Path, row: dict[str, Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["serving.model=candidate", f"serving.port={port}", "serving.workers=2"]
    command = [sys.executable, "-m", "{{ cookiecutter.package_name }}.serving", *options]
    service = subprocess.Popen(command, cwd=trained, stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{address}/ready").status_code == 200:
                break
        time.sleep(0.1)
    for _ in range(20):
        assert httpx2.post(f"{address}/predict", json=row).status_code == 200
    counted = httpx2.get(f"{address}/metrics").text
    service.terminate()
    assert service.wait(30) == 0
    assert 'requests_total{path="/predict",status="200"} 20.0' in counted


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("serving.max_rows=-1", "serving.max_rows is -1: it should be greater than 0"),
        ("serving.port=70000", "serving.port is 70000"),
        ("serving.runtime=magic", "serving.runtime is 'magic'"),
        ("serving.modle=production", "modle"),
        ("--bogus", "an option looks like seed=7"),
        ("serving.host=${nowhere}", "nowhere"),
    ],
)
def test_an_option_that_can_t_be_is_refused(option: str, reason: str) -> None:
    with pytest.raises(Refusal, match=re.escape(reason)):
        serve([option])


def test_the_child_that_is_prepared_is_the_one_that_opens_what_is_served() -> None:
    assert opening._name(served_model.answering) == OPENER


def test_help_shows_the_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["serving", "--help"])
    command()
    assert "reload_seconds: 10" in capsys.readouterr().out


def test_it_answers_without_documentation(trained: Path, row: dict[str, Any]) -> None:
    with serving(trained / paths.CANDIDATE, docs=False) as client:
        assert client.get("/docs").status_code == 404
        assert client.get("/openapi.json").status_code == 404
        assert client.post("/predict", json=row).status_code == 200


def test_the_documentation_needs_no_other_host(client: TestClient, row: dict[str, Any]) -> None:
    page = client.get("/docs").text
    assert "https://" not in page
    assert "http://" not in page
    document = client.get("/openapi.json").json()
    body = document["paths"]["/predict"]["post"]["requestBody"]
    # Without examples if features.py wants more of a text than the schema says.
    for example in body["content"]["application/json"].get("examples", {}).values():
        assert client.post("/predict", json=example["value"]).status_code == 200


def test_the_documentation_says_what_is_predicted_and_shows_no_row(
    client: TestClient, schema: Schema, row: dict[str, Any], test_rows: pd.DataFrame
) -> None:
    home = client.get("/", follow_redirects=False)
    assert (home.status_code, home.headers["location"]) == (307, "docs")
    document = client.get("/openapi.json").json()
    about = document["info"]["description"]
    scores = client.get("/model").json()["metrics"]
    for word in (schema.target, *schema.features, *scores):
        assert word in about
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    known = [row, *as_rows(test_rows)]
    for example in body.get("examples", {}).values():
        assert example["value"] not in known
    numbers = [name for name in schema.features if schema[name].type in ("number", "text")]
    text = json.dumps(document)
    assert not [row[name] for name in numbers if len(str(row[name])) > 5 and str(row[name]) in text]


def test_probes_may_ask_for_the_head_alone(client: TestClient) -> None:
    for path in ("/health", "/ready"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        ("/predict", "POST", GenerationMode.POSITIVE),
        ("/predict", "POST", GenerationMode.NEGATIVE),
        ("/model", "GET", GenerationMode.POSITIVE),
        ("/ready", "GET", GenerationMode.POSITIVE),
    ],
)
def test_requests_drawn_from_its_own_description(
    client: TestClient, path: str, method: str, mode: GenerationMode
) -> None:
    described = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    cases = described[path][method].as_strategy(generation_mode=mode)

    @settings(
        max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        response = case.call()
        if response.status_code == 413:
            return  # more rows than it takes: a refusal of which the tool does not know
        if response.status_code == 422 and response.json()["problems"][0]["field"] is None:
            return  # features.py may want more of a value than the schema says
        case.validate_response(response)

    ask()


{% if cookiecutter.__cells -%}
# A column, what its description draws and the reader takes, and what both refuse.
DESCRIBED: dict[str, tuple[Column, list[Any], list[Any]]] = {
    "plain": (Column("x", "category", categories=["a", "b"]), ["a"], [" a", "?", "", None]),
    "a missing value": (
        Column("x", "category", nullable=True, categories=["a"]),
        ["a", "?", "", None],
        [" a", " ?", "b"],
    ),
    "padded": (
        Column("x", "category", categories=["a.", "b c"], cells={"strip": True}),
        ["a.", " b c\t"],
        ["ab", "", "?", " ", None],
    ),
    "padded, and missing": (
        Column("x", "category", nullable=True, categories=["a"], cells={"strip": True}),
        ["a ", " ? ", " "],
        ["b"],
    ),
    "far outside": (
        Column("x", "integer", nullable=True, min=0, max=9, cells={"na_values": ["-999"]}),
        [5, -999, "-999", "?"],
        [-998, "5", 10],
    ),
}


@pytest.mark.parametrize("kind", DESCRIBED)
def test_what_a_field_takes_is_what_its_description_says(kind: str) -> None:
    column, taken, refused = DESCRIBED[kind]
    reader = Reader(Schema("y", "regression", (column, Column("y", "number")), na_values=["?"]))
    described = jsonschema_rs.validator_for(reader.json_schema())
    for value in taken:
        assert described.is_valid({"x": value}), value
        reader.check([{"x": value}])
    for value in refused:
        assert not described.is_valid({"x": value}), value
        with pytest.raises(BadRows):
            reader.check([{"x": value}])


{% endif -%}
def test_columns_survive_the_way_through_json(schema: Schema, test_rows: pd.DataFrame) -> None:
    found = Reader(schema).read(json.dumps(as_rows(test_rows)).encode())
    for name, values in plain(test_rows).items():
        kind = schema[name].type
        if kind in ("number", "integer"):
            known = [value for value in values if value is not None]
            assert [v for v in found[name] if v is not None] == pytest.approx(known, rel=1e-12)
        else:
            assert found[name] == values
