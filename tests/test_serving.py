"""The service of a rendered repo over a real socket: what it answers, refuses, and lives through.

One repo is set up, trained and promoted; each test asks a process of it, as clients do.
"""

import hashlib
import http.client
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest

from tests.at_work import change, run, train
from tests.environment import copy_of
from tests.rendered import RenderedRepo, clean_environment
from tests.served import (
    Reply,
    Row,
    Service,
    ask,
    free_port,
    members,
    package,
    python,
    rows_of,
    serving,
    until,
)

pytestmark = pytest.mark.slow

# What the fitted pipeline says of the test rows, without any of what serves it.
OFFLINE = """
import json, pandas as pd
from rain.tools import paths
from rain.data.casting import conform
from rain.model.model_file import load_pipeline
from rain.data.schema import Schema

schema = Schema.load()
X = conform(pd.read_parquet(paths.TEST), schema)[schema.features]
pipeline = load_pipeline(paths.CANDIDATE / "pipeline.skops")
print(json.dumps([pipeline.predict(X).tolist(), pipeline.predict_proba(X)[:, 1].tolist()]))
"""


# --- the repo ---


@pytest.fixture(scope="module")
def repo(
    environment: Path, production: RenderedRepo, tmp_path_factory: pytest.TempPathFactory
) -> RenderedRepo:
    """Give a repo whose small forest is v0.0.1, in production."""
    found = copy_of(production, tmp_path_factory.mktemp("serving"), environment)
    shutil.copytree(found.path / "models" / "candidate", found.path / "models" / "first")
    return found


@pytest.fixture(scope="module")
def first(repo: RenderedRepo) -> Path:
    """Give the model folder of v0.0.1."""
    return repo.path / "models" / "first"


@pytest.fixture(scope="module")
def second(repo: RenderedRepo, first: Path) -> Path:
    """Give that of what is to become v0.0.2; the gate has not seen it yet."""
    change(repo, "conf/model/random_forest.yaml", "n_estimators: 20", "n_estimators: 25")
    train(repo)
    return repo.path / "models" / "candidate"


@pytest.fixture(scope="module")
def rows(repo: RenderedRepo) -> list[Row]:
    """Give the test rows, as a client sends them."""
    return rows_of(repo, "rain_tomorrow")


@pytest.fixture(scope="module")
def service(repo: RenderedRepo) -> Iterator[Service]:
    """Give the service with the production model and the settings as they come."""
    with serving(repo) as running:
        yield running


# --- what it answers ---


def test_it_says_that_it_lives_and_what_it_serves(
    repo: RenderedRepo, service: Service, first: Path
) -> None:
    assert service.get("/health").json == {"alive": True}
    ready = service.get("/ready").json
    assert 0 <= ready.pop("registry_checked_seconds_ago") <= 30
    assert ready == {"ready": True, "model_version": "v0.0.1"}
    told = service.get("/model").json
    made = json.loads((first / "versions.json").read_text())
    assert (told["version"], told["stage"], told["runtime"]) == ("v0.0.1", "production", "onnx")
    assert (told["target"], told["classes"]) == ("rain_tomorrow", ["no", "yes"])
    assert told["metrics"] == json.loads((first / "metrics.json").read_text())
    assert (told["data"], told["code"]) == (made["data"], made["code"])
    assert told["schema"]["properties"]["weather"]["enum"][:2] == ["drizzle", "fog"]


def test_make_serve_is_that_command(repo: RenderedRepo) -> None:
    told = repo.run("make", "serve", "ARGS=a=1 b=2", "--just-print").stdout.splitlines()
    assert f"python -m {package(repo)}.serving a=1 b=2" in told


def test_it_predicts_one_row_and_many(service: Service, rows: list[Row]) -> None:
    one = service.post(rows[0])
    assert one.status == 200
    assert one.headers["content-type"] == "application/json"
    assert one.json["model_version"] == "v0.0.1"
    (answer,) = one.json["predictions"]
    assert answer["prediction"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    many = service.post([rows[1], rows[0], rows[1]]).json["predictions"]
    assert many[1] == answer
    assert many[0] == many[2] != answer


def test_metrics_count_what_was_asked(service: Service, rows: list[Row]) -> None:
    def counts() -> Counter[str]:
        metric, path = service.metric, "/predict"
        return Counter(
            good=int(metric("requests_total", path=path, status="200")),
            bad=int(metric("requests_total", path=path, status="422")),
            stray=int(metric("requests_total", path="other", status="404")),
            times=int(metric("request_seconds_count", path=path)),
            yes=int(metric("predictions_total", prediction="yes")),
            no=int(metric("predictions_total", prediction="no")),
        )

    before = counts()
    replies = [service.post(rows[0]), service.post(rows[:30]), service.post(rows[7])]
    service.post({})
    service.get("/one")
    service.get("/another")
    labels = Counter(a["prediction"] for reply in replies for a in reply.json["predictions"])
    assert min(labels["yes"], labels["no"]) > 0
    assert counts() - before == Counter(good=3, bad=1, stray=2, times=4, **labels)
    assert service.metric("model_info", version="v0.0.1", runtime="onnx") == 1
    assert service.metric("model_reloads_total", result="served") == 1


def test_the_documentation_comes_from_nowhere_else(service: Service) -> None:
    page = service.get("/docs")
    assert page.status == 200
    assert not re.search(r"https?://|[\"'(]//", page.text)
    assets = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert {Path(asset).suffix for asset in assets} >= {".js", ".css"}
    for asset in assets:
        found = service.exchange(f"GET {asset} HTTP/1.0\r\n\r\n".encode())
        assert found.startswith(b"HTTP/1.1 200"), asset
        assert len(found) > 500


def test_the_examples_of_the_documentation_can_be_sent(service: Service) -> None:
    document = service.get("/openapi.json").json
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    examples = [example["value"] for example in body["examples"].values()]
    assert [type(example) for example in examples] == [dict, list]
    assert [service.post(example).status for example in examples] == [200, 200]


@pytest.mark.parametrize("sent", ["a-1", "A.b:c_d-9", "x" * 64])
def test_a_client_s_id_comes_back_beside_the_service_s(
    service: Service, rows: list[Row], sent: str
) -> None:
    reply = service.post(rows[0], X_Request_Id=sent)
    assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])
    assert reply.json["request_id"] == reply.headers["x-request-id"]
    assert reply.json["client_id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "<script>", "\u00e9", 'a"b', "a\tb"])
def test_an_id_that_could_do_harm_is_ignored(service: Service, rows: list[Row], sent: str) -> None:
    reply = service.post(rows[0], X_Request_Id=sent)
    assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])
    assert reply.json["request_id"] == reply.headers["x-request-id"]
    assert "client_id" not in reply.json


# --- the same answers, whichever way ---


@pytest.mark.parametrize("runtime", ["auto", "scikit-learn"])
def test_every_way_gives_the_answers_of_the_pipeline(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path, runtime: str
) -> None:
    labels, chances = json.loads(run(repo, *python(repo, "-c", OFFLINE)))

    def same(found: list[Any], probabilities: list[float]) -> None:
        assert found == labels
        assert probabilities == pytest.approx(chances, rel=0, abs=1e-9)

    settings = ("serving.model=candidate", f"serving.runtime={runtime}")
    with serving(repo, *settings) as running:
        told = {"auto": "onnx"}.get(runtime, runtime)
        assert running.get("/model").json["runtime"] == told
        connection = running.connection()
        alone = [ask(connection, "POST", "/predict", row).json["predictions"][0] for row in rows]
        for answers in (alone, running.post(rows).json["predictions"]):
            same(
                [answer["prediction"] for answer in answers],
                [answer["probabilities"]["yes"] for answer in answers],
            )

    table = pd.read_parquet(repo.path / "data" / "processed" / "test.parquet")
    table.to_csv(tmp_path / "rows.csv", index=False)
    table.to_parquet(tmp_path / "rows.parquet", index=False)
    for source, target in (("rows.csv", "told.parquet"), ("rows.parquet", "told.csv")):
        files = f"input={tmp_path / source}", f"output={tmp_path / target}"
        run(repo, *python(repo, "-m", "rain.predict"), *files, "chunk_rows=100", *settings)
        path = tmp_path / target
        found = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        assert found["temp_max"].tolist() == table["temp_max"].tolist()
        same(found["predicted_rain_tomorrow"].tolist(), found["probability_yes"].tolist())


# --- what it refuses ---


def text_of(row: Row, name: str, value: str) -> bytes:
    """A row as JSON, with a field's value as it is written there."""
    fields = (f'"{key}":{value if key == name else json.dumps(row[key])}' for key in row)
    return f"{{{','.join(fields)}}}".encode()


UNREADABLE: dict[str, Callable[[Row], bytes]] = {
    "nothing": lambda row: b"",
    "no JSON": lambda row: b"wind=3",
    "half of it": lambda row: json.dumps(row).encode()[:-9],
    "something after it": lambda row: json.dumps(row).encode() + b"]",
    "a thousand brackets": lambda row: b"[" * 100_000,
    "a thousand objects": lambda row: b'{"wind":' * 100_000,
    "brackets in a field": lambda row: text_of(row, "wind", "[" * 50_000 + "]" * 50_000),
    "latin-1": lambda row: text_of(row, "weather", '"n\u00e9ant"').decode().encode("latin-1"),
    "UTF-16": lambda row: json.dumps(row).encode("utf-16"),
    "UTF-16 without a mark": lambda row: json.dumps(row).encode("utf-16-le"),
    "half a surrogate pair": lambda row: text_of(row, "weather", r'"\ud83c"'),
    "the other half": lambda row: text_of(row, "weather", r'"\udf27 "'),
    "half a pair in a name": lambda row: b'{"\\ud800": 1}',
    "a zero byte": lambda row: b"\0",
    "a number of 5,000 digits": lambda row: text_of(row, "wind", "9" * 5000),
    "a number": lambda row: b"5",
    "null": lambda row: b"null",
    "no row": lambda row: b"[]",
}


def check_problem(reply: Reply, status: int) -> None:
    """A refusal is JSON, says why and to whom, and shows nothing of the inside."""
    assert reply.status == status, reply.text[:500]
    assert reply.headers["content-type"] == "application/json"
    assert reply.json["request_id"] == reply.headers["x-request-id"]
    assert reply.json["detail"]
    assert not re.search(r"Traceback|File \"|\.py\b|pydantic", reply.text)


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_can_t_be_read_is_refused(service: Service, rows: list[Row], kind: str) -> None:
    check_problem(service.post(UNREADABLE[kind](rows[0])), 400)


def test_a_row_that_is_no_object_is_named(service: Service, rows: list[Row]) -> None:
    reply = service.post([rows[0], 5])
    check_problem(reply, 422)
    (problem,) = reply.json["problems"]
    assert (problem["row"], problem["field"], problem["given"]) == (1, None, "5")


NUMBER, WEATHER = "a number, 0 to 14.1", "one of drizzle, fog, rain, snow, sun"
TIME = "an ISO 8601 date and time"
BAD_VALUES = [
    ("wind", "NaN", NUMBER, "nan"),
    ("wind", "Infinity", NUMBER, "inf"),
    ("wind", "-Infinity", NUMBER, "-inf"),
    ("wind", "1e400", NUMBER, "inf"),
    ("wind", "9" * 400, NUMBER, "9" * 60 + "…"),
    ("wind", '"3"', NUMBER, "'3'"),
    ("wind", "true", NUMBER, "True"),
    ("wind", "[3]", NUMBER, "[3]"),
    ("wind", "{}", NUMBER, "{}"),
    ("wind", "null", NUMBER, "None"),
    ("wind", "14.2", NUMBER, "14.2"),
    ("wind", "-0.1", NUMBER, "-0.1"),
    ("weather", '"hail"', WEATHER, "'hail'"),
    ("weather", '"Rain"', WEATHER, "'Rain'"),
    ("weather", '"rain\\u0000"', WEATHER, r"'rain\x00'"),
    ("weather", "1", WEATHER, "1"),
    ("date", '"yesterday"', TIME, "'yesterday'"),
    ("date", "5", TIME, "5"),
    ("date", '"1388534400"', TIME, "'1388534400'"),
    ("date", '"10000-01-01T00:00:00"', TIME, "'10000-01-01T00:00:00'"),
    ("date", '"9999-12-31T23:59:59-14:00"', TIME, "'9999-12-31T23:59:59-14:00'"),
    ("date", '"0001-01-01T00:00:00+14:00"', TIME, "'0001-01-01T00:00:00+14:00'"),
]


@pytest.mark.parametrize(("name", "value", "expected", "given"), BAD_VALUES)
def test_a_bad_value_is_named(
    service: Service, rows: list[Row], name: str, value: str, expected: str, given: str
) -> None:
    bad, good = text_of(rows[0], name, value), json.dumps(rows[1]).encode()
    for row, body in ((0, bad), (1, b"[" + good + b"," + bad + b"]")):
        reply = service.post(body)
        check_problem(reply, 422)
        assert reply.json["problems"] == [
            {"row": row, "field": name, "expected": expected, "given": given}
        ]


@pytest.mark.parametrize("text", ["2014-03-01", "2014-03-01T02:00+02:00", "2014-02-28T19:00-05:00"])
def test_a_date_may_be_written_in_other_ways(service: Service, rows: list[Row], text: str) -> None:
    usual = service.post({**rows[0], "date": "2014-03-01T00:00:00"})
    assert service.post({**rows[0], "date": text}).json["predictions"] == usual.json["predictions"]


def test_a_field_that_lacks_or_is_none_is_named(service: Service, rows: list[Row]) -> None:
    without = {name: value for name, value in rows[0].items() if name != "wind"}
    (problem,) = service.post(without).json["problems"]
    assert problem == {"row": 0, "field": "wind", "expected": NUMBER, "given": "nothing"}
    reply = service.post([rows[0], {**rows[0], "humidity": 3}])
    check_problem(reply, 422)
    (problem,) = reply.json["problems"]
    assert (problem["row"], problem["field"], problem["given"]) == (1, "humidity", "3")
    assert "no field of this name; fields are date, " in problem["expected"]


def test_a_request_has_its_limits(service: Service, rows: list[Row]) -> None:
    check_problem(service.post(rows[:1] * 10_001), 413)
    assert len(service.post(rows[:1] * 10_000).json["predictions"]) == 10_000
    check_problem(service.post(b"[" + b" " * 10_000_000), 413)
    check_problem(service.post(iter([b" " * 1_000_000] * 11)), 413)  # chunked: no length is told
    assert service.post(iter([json.dumps(rows[0]).encode()])).status == 200


# A report of every missing or unknown field would be a thousand times the body.
MANY = {
    "empty rows": b"[" + b"{}," * 9_999 + b"{}]",
    "empty rows, and too many": b"[" + b"{}," * 330_000 + b"{}]",
    "unknown fields": b"{" + b",".join(b'"%d":1' % number for number in range(100_000)) + b"}",
}


@pytest.mark.parametrize("kind", MANY)
def test_a_body_full_of_problems_takes_little_to_refuse(service: Service, kind: str) -> None:
    before = service.peak_memory()
    reply = service.post(MANY[kind])
    check_problem(reply, 413 if "too many" in kind else 422)
    assert len(reply.json.get("problems", [])) <= 20
    assert len(reply.text) < 10_000
    assert service.peak_memory() - before < 50_000_000


def test_a_long_name_is_not_repeated(service: Service) -> None:
    reply = service.post({"k" * 900_000: 1})
    check_problem(reply, 422)
    assert len(reply.text) < 10_000


def test_other_ways_of_asking_are_refused(service: Service, rows: list[Row]) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"):
        check_problem(service.post(rows[0], Content_Type=kind), 415)
    assert service.post(rows[0], Content_Type="Application/JSON; charset=utf-8").status == 200
    check_problem(service.get("/predict"), 405)
    check_problem(ask(service.connection(), "PUT", "/predict", rows[0]), 405)
    check_problem(service.post(rows[0], path="/health"), 405)
    check_problem(service.get("/../../etc/passwd"), 404)
    check_problem(service.get("/static-offline-docs/../../../app.py"), 404)


POST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BROKEN = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    "a length that is none": POST + b"Content-Length: +9\r\n\r\n123456789",
    "two lengths": POST + b"Content-Length: 9\r\nContent-Length: 8\r\n\r\n123456789",
    "a length and chunks": POST
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a chunk of no size": POST + b"Transfer-Encoding: chunked\r\n\r\nZ\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_http_ends_the_connection(service: Service, kind: str) -> None:
    found = service.exchange(BROKEN[kind], half_close=True)
    assert re.match(rb"HTTP/1.1 4\d\d ", found), found
    assert b"Traceback" not in found


def test_a_client_that_hangs_up_does_no_harm(service: Service) -> None:
    failed = service.metric("requests_total", status="500")
    for rest in (b"Content-Length: 100\r\n\r\n[{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n[{"):
        service.exchange(POST + rest, half_close=True)
    assert service.metric("requests_total", status="500") == failed


def test_a_browser_is_told_to_take_care(service: Service, rows: list[Row]) -> None:
    replies = [service.get(path) for path in ("/health", "/ready", "/model", "/metrics", "/docs")]
    replies += [service.post(body) for body in (rows[0], b"{", {}, rows[:1] * 10_001)]
    replies += [service.get("/nothing"), service.get("/predict"), service.post(b"", X=" ")]
    assert {reply.status for reply in replies} == {200, 400, 404, 405, 413, 422}
    for reply in replies:
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert "x-request-id" in reply.headers
        assert "server" not in reply.headers


def test_no_other_page_may_ask_from_a_browser(service: Service, rows: list[Row]) -> None:
    origin = {"Origin": "https://a.example"}
    asked = preflight(service, "https://a.example")
    posted = service.post(rows[0], **origin)
    for reply in (asked, posted, service.get("/model", **origin)):
        assert not [name for name in reply.headers if name.startswith("access-control")]
    check_problem(asked, 405)
    check_problem(posted, 403)
    check_problem(service.post({"id": "a.0", "actual": "no"}, "/feedback", **origin), 403)
    own = f"http://127.0.0.1:{service.port}"
    assert service.post(rows[0], Origin=own).status == 200


def preflight(service: Service, origin: str) -> Reply:
    """What a browser asks before it sends a row from a page of another origin."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-api-key",
    }
    return ask(service.connection(), "OPTIONS", "/predict", None, headers)


def test_nothing_that_was_sent_is_in_the_log(service: Service, rows: list[Row]) -> None:
    service.post({**rows[0], "wind": 13.0625})
    service.post({**rows[0], "weather": "a-secret-of-somebody"})
    service.post(b'{"a-secret-of-somebody"')
    assert not re.search(r"13\.0625|a-secret|Traceback", service.log)
    assert service.metric("requests_total", status="500") == 0


# --- who may ask ---


KEY = "open-sesame-9f2c"


@pytest.fixture(scope="module")
def keyed(repo: RenderedRepo) -> Iterator[Service]:
    """Give the service with a key, an origin, and a log of everything."""
    settings = (
        "serving.model=candidate",
        "serving.cors_origins=[https://a.example]",
        "serving.access_log=true",
        "serving.log_payloads=true",
    )
    with serving(repo, *settings, env={"API_KEY": KEY}) as running:
        yield running


def test_a_key_is_asked_for(keyed: Service, rows: list[Row]) -> None:
    for wrong in ({}, {"X_API_Key": "open"}, {"X_API_Key": f"{KEY}\u00e9"}, {"X_API_Key": ""}):
        replies = [keyed.get(path, **wrong) for path in ("/model", "/docs", "/openapi.json")]
        for reply in (keyed.post(rows[0], **wrong), *replies):
            check_problem(reply, 401)
            assert "x-content-type-options" in reply.headers
    check_problem(keyed.post(b"{"), 401)  # and nothing is read before it
    assert keyed.post(rows[0], X_API_Key=KEY).status == 200
    assert keyed.get("/model", X_API_Key=KEY).status == 200
    assert [keyed.get(path).status for path in ("/health", "/ready")] == [200, 200]


def test_the_key_is_never_told(keyed: Service, rows: list[Row]) -> None:
    paths = ("/health", "/ready", "/model", "/metrics", "/docs", "/openapi.json", "/nothing")
    replies = [keyed.get(path, X_API_Key=KEY) for path in paths]
    replies += [keyed.post(body, X_API_Key=KEY) for body in (rows[0], {}, b"{")]
    assert not [reply for reply in replies if KEY in reply.text + str(reply.headers)]
    assert KEY not in keyed.log


def test_payloads_are_in_the_log_if_that_was_wanted(keyed: Service, rows: list[Row]) -> None:
    keyed.post({**rows[0], "wind": 13.0625}, X_API_Key=KEY)
    assert "13.0625" in keyed.log
    assert "POST /predict" in keyed.log


def test_a_page_of_a_configured_origin_may_ask(keyed: Service, rows: list[Row]) -> None:
    allowed = keyed.post(rows[0], X_API_Key=KEY, Origin="https://a.example")
    assert allowed.headers["access-control-allow-origin"] == "https://a.example"
    other = keyed.post(rows[0], X_API_Key=KEY, Origin="https://b.example")
    assert "access-control-allow-origin" not in other.headers
    check_problem(other, 403)
    assert preflight(keyed, "https://b.example").status == 400
    asked = preflight(keyed, "https://a.example")
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (
        200,
        "https://a.example",
    )
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "x-api-key" in asked.headers["access-control-allow-headers"].lower()


def test_a_preflight_is_answered_as_carefully(keyed: Service) -> None:
    asked = preflight(keyed, "https://a.example")
    assert {"x-content-type-options", "x-request-id"} <= asked.headers.keys()


# --- another model, while it is being asked ---


@dataclass
class Clients:
    """Threads that ask without pause: two on connections of their own, two on a new one each time.

    Attributes:
        answers: of each thread, every version and answer in order, repeated ones once.
        failed: everything that was no answer.
    """

    service: Service
    row: Row
    answers: list[list[tuple[str, float]]] = field(default_factory=lambda: [[], [], [], []])
    failed: list[str] = field(default_factory=list)
    asked: Counter[int] = field(default_factory=Counter)
    done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Clients":
        self.threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(4)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()

    def all_said(self, version: str) -> bool:
        """Whether each thread's latest answer is of that version."""
        return all(said and said[-1][0] == version for said in self.answers)

    def _ask(self, number: int) -> None:
        kept, said = self.service.connection(), self.answers[number]
        while not self.done.is_set():
            try:
                reply = ask(
                    kept if number < 2 else self.service.connection(), "POST", "/predict", self.row
                )
                found = reply.json
                chance = found["predictions"][0]["probabilities"]["yes"]
            except (OSError, http.client.HTTPException, LookupError, ValueError) as error:
                self.failed.append(repr(error))
                continue
            self.asked[number] += 1
            if not said or said[-1] != (found["model_version"], chance):
                said.append((found["model_version"], chance))


@pytest.fixture
def chances(
    repo: RenderedRepo, first: Path, second: Path, rows: list[Row]
) -> tuple[Row, float, float]:
    """Give a row of which the two models say different things, and what they say."""
    found = []
    for folder in (first, second):
        with serving(repo, f"serving.model={folder}") as running:
            answers = running.post(rows).json["predictions"]
        found.append([answer["probabilities"]["yes"] for answer in answers])
    at = next(n for n, (a, b) in enumerate(zip(*found, strict=True)) if abs(a - b) > 0.01)
    return rows[at], found[0][at], found[1][at]


def test_a_promoted_version_takes_over_and_no_request_fails(
    repo: RenderedRepo, chances: tuple[Row, float, float]
) -> None:
    row, of_first, of_second = chances
    with serving(repo, "serving.reload_seconds=1") as running, Clients(running, row) as clients:
        until(lambda: clients.all_said("v0.0.1"), "the first answers")
        run(repo, "make", "promote")
        until(lambda: clients.all_said("v0.0.2"), "the second answers")
        assert running.get("/model").json["stage"] == "production"
        run(repo, "make", "rollback")
        until(lambda: clients.all_said("v0.0.1"), "the first answers again")
    assert clients.failed == []
    one, other = ("v0.0.1", of_first), ("v0.0.2", of_second)
    assert clients.answers == [[one, other, one]] * 4
    assert min(clients.asked.values()) > 100


def test_a_folder_that_is_replaced_takes_over(
    repo: RenderedRepo,
    first: Path,
    second: Path,
    chances: tuple[Row, float, float],
    tmp_path: Path,
) -> None:
    row, of_first, of_second = chances
    served = shutil.copytree(first, tmp_path / "served")
    with serving(repo, f"serving.model={served}") as running, Clients(running, row) as clients:
        until(lambda: clients.all_said("served"), "the first answers")
        replace(served, second)
        until(
            lambda: all(said[-1][1] == of_second for said in clients.answers),
            "the second answers",
        )
    assert clients.failed == []
    assert clients.answers == [[("served", of_first), ("served", of_second)]] * 4


def replace(served: Path, folder: Path, change: Callable[[Path], object] = lambda _: None) -> None:
    """Put a copy of a model folder, perhaps changed, in place of the one that is served."""
    new = shutil.copytree(folder, served.with_name("new"))
    change(new)
    served.rename(served.with_name("former"))
    new.rename(served)
    shutil.rmtree(served.with_name("former"))


# --- faults ---


def flip(name: str) -> Callable[[Path], object]:
    """Damage one byte in the middle of a file."""

    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return change


def cut(name: str) -> Callable[[Path], object]:
    """Leave half of a file, as a full disk does."""
    return lambda folder: (folder / name).write_bytes(
        (folder / name).read_bytes()[: (folder / name).stat().st_size // 2]
    )


def packed_with(name: str, old: str, new: str, *others: str) -> Callable[[Path], object]:
    """Change files, and say in hashes.json that they are to be so."""

    def change(folder: Path) -> None:
        for file in (name, *others):
            text = (folder / file).read_text()
            assert old in text
            (folder / file).write_text(text.replace(old, new))
        files = [path for path in folder.iterdir() if path.name != "hashes.json"]
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        (folder / "hashes.json").write_text(json.dumps(hashes))

    return change


HUMIDITY = "columns:\n  humidity:\n    type: number\n    nullable: true\n"
FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "half of model.onnx": (cut("model.onnx"), r"model\.onnx is not as it was packed"),
    "a bit of model.onnx": (flip("model.onnx"), r"model\.onnx is not as it was packed"),
    "a bit of pipeline.skops": (flip("pipeline.skops"), r"pipeline\.skops is not as it was packed"),
    "half of schema.yaml": (cut("schema.yaml"), r"schema\.yaml is not as it was packed"),
    "half of hashes.json": (cut("hashes.json"), r"hashes\.json lists no files"),
    "a file that lacks": (lambda folder: (folder / "runtime.json").unlink(), "lacks runtime.json"),
    "no schema": (packed_with("schema.yaml", "columns:", "colums:"), "is not a schema"),
    "no runtime": (packed_with("runtime.json", "{", "[", "metrics.json"), "can't be loaded"),
    "another field": (packed_with("schema.yaml", "columns:\n", HUMIDITY), "has other fields than"),
    "other classes": (
        packed_with("runtime.json", '"yes"', '"maybe"', "answer.json"),
        "has other classes than",
    ),
    "another answer": (
        packed_with("answer.json", '"no": 0.', '"no": 0.0'),
        "answers its own example with",
    ),
}


@dataclass(frozen=True)
class ByPath:
    """A service of a folder, and that folder."""

    running: Service
    folder: Path


@pytest.fixture(scope="module")
def by_path(
    repo: RenderedRepo, first: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ByPath]:
    """Give a service of a copy of the first model folder."""
    folder = shutil.copytree(first, tmp_path_factory.mktemp("by-path") / "served")
    with serving(repo, f"serving.model={folder}") as running:
        yield ByPath(running, folder)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_broken_folder_is_refused_and_the_former_model_goes_on(
    by_path: ByPath, first: Path, rows: list[Row], kind: str
) -> None:
    running, folder = by_path.running, by_path.folder
    change, reason = FAULTS[kind]
    before = running.post(rows[0]).json["predictions"]
    served = running.metric("model_reloads_total", result="served")
    refused = running.metric("model_reloads_total", result="refused")

    replace(folder, first, change)
    told = until(lambda: running.get("/ready").json.get("refused"), "it is refused")
    assert re.search(reason, told)
    assert "Traceback" not in told
    assert running.get("/ready").status == 200
    assert f"not served: {told}" in running.log
    assert running.metric("model_reloads_total", result="refused") == refused + 1
    assert running.post(rows[0]).json["predictions"] == before

    replace(folder, first)
    until(lambda: "refused" not in running.get("/ready").json, "it is served again")
    assert running.metric("model_reloads_total", result="served") == served + 1
    assert running.post(rows[0]).json["predictions"] == before


def test_a_folder_that_is_away_for_a_moment_is_waited_for(by_path: ByPath, rows: list[Row]) -> None:
    away = by_path.folder.rename(by_path.folder.with_name("away"))
    time.sleep(1.5)  # it looks every half second
    assert by_path.running.get("/ready").json == {"ready": True, "model_version": "served"}
    assert by_path.running.post(rows[0]).status == 200
    away.rename(by_path.folder)


STARTS: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "no folder": (lambda folder, good: None, "is no model folder"),
    "an empty folder": (lambda folder, good: folder.mkdir(), "is no model folder"),
    "a damaged folder": (
        lambda folder, good: flip("model.onnx")(shutil.copytree(good, folder)),
        "is not as it was packed",
    ),
}


@pytest.mark.parametrize("kind", STARTS)
def test_without_a_model_it_lives_and_waits_for_one(
    repo: RenderedRepo, first: Path, rows: list[Row], tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "served"
    make, reason = STARTS[kind]
    make(folder, first)
    with serving(repo, f"serving.model={folder}", ready=False) as running:
        assert running.get("/health").status == 200
        ready = running.get("/ready")
        assert (ready.status, ready.json["ready"]) == (503, False)
        assert reason in ready.json["refused"]
        for reply in (running.post(rows[0]), running.get("/model")):
            check_problem(reply, 503)
            assert int(reply.headers["retry-after"]) > 0
        assert running.get("/openapi.json").status == 200
        if folder.exists():
            replace(folder, first)
        else:
            shutil.copytree(first, tmp_path / "new").rename(folder)
        until(lambda: running.get("/ready").status == 200, "it is ready")
        assert running.post(rows[0]).status == 200


def test_a_folder_may_come_file_by_file(repo: RenderedRepo, first: Path, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    with serving(repo, f"serving.model={folder}", ready=False) as running:
        names = sorted(path.name for path in first.iterdir())
        names.sort(key=lambda name: name != "hashes.json")
        shutil.copy(first / names[0], folder)
        until(lambda: "lacks" in running.get("/ready").json["refused"], "it sees the first file")
        for name in names[1:]:
            shutil.copy(first / name, folder)
        until(lambda: running.get("/ready").status == 200, "it is ready", seconds=5)


# --- processes ---


def test_workers_count_together_reload_together_and_end_together(
    repo: RenderedRepo, second: Path, rows: list[Row]
) -> None:
    with serving(repo, "serving.workers=2", "serving.reload_seconds=1") as running:
        until(lambda: running.metric("model_reloads_total", result="served") == 2, "both serve")
        replies = [running.post(rows[0]) for _ in range(200)]
        assert {reply.status for reply in replies} == {200}
        assert running.metric("requests_total", path="/predict", status="200") == 200
        assert running.metric("predictions_total") == 200
        run(repo, "make", "promote")
        until(lambda: running.metric("model_reloads_total", result="served") == 4, "both reload")
        told = Counter(running.post(rows[0]).json["model_version"] for _ in range(50))
        assert told == {"v0.0.2": 50}
        assert running.metric("model_info", version="v0.0.1") == 0
        run(repo, "make", "rollback")
        session = running.process.pid
        assert len(members(session)) >= 4  # the first, two workers, what follows the registry
        assert running.stop() == 0
        until(lambda: not members(session), "no process is left", seconds=5)
        assert "Traceback" not in running.log


def test_what_is_under_way_is_answered_before_it_ends(repo: RenderedRepo, rows: list[Row]) -> None:
    body = json.dumps(rows[:1] * 10_000).encode()
    # What follows the registry would sleep on for ten minutes, if it were not told to stop.
    with serving(repo, "serving.reload_seconds=600", "serving.drain_seconds=1") as running:
        session = running.process.pid
        head = POST + f"Content-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", running.port), 60) as sent:
            sent.sendall(head + body[:1000])
            until(lambda: running.get("/health").status == 200, "it has read that")
            running.process.terminate()
            until(lambda: refuses(running.port), "no new connection is taken")
            sent.sendall(body[1000:])
            reply = http.client.HTTPResponse(sent)
            reply.begin()
            assert reply.status == 200
            assert len(json.loads(reply.read())["predictions"]) == 10_000
        assert running.process.wait(30) == 0
        until(lambda: not members(session), "no process is left", seconds=5)
        assert "Traceback" not in running.log


def refuses(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


# --- what can't be served ---


REFUSED = {
    "name=another": "nothing is in production; run `make promote`, or set serving.model=candidate",
    "serving.model=v9.9.9": "rain has no version v9.9.9; see `make models`",
    "serving.max_rows=-1": "serving.max_rows is -1: it should be greater than 0",
    "serving.port=70000": "serving.port is 70000: ",
    "serving.runtime=fast": "serving.runtime is 'fast': it should be 'auto' or 'scikit-learn'",
    "serving.model=": "serving.model is '': ",
    "serving.max_row=5": "there is no serving.max_row (do you mean serving.max_rows?)",
    "+serving.max_row=5": "there is no serving.max_row (do you mean serving.max_rows?)",
    "serving.host=${nothing}": "Interpolation key 'nothing' not found",
}


def refused(repo: RenderedRepo, *overrides: str) -> tuple[int, str]:
    """Start a service that can't be; give its exit code and what it says."""
    found = subprocess.run(
        python(repo, "-m", "rain.serving", f"serving.port={free_port()}", *overrides),
        cwd=repo.path,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return found.returncode, found.stdout


@pytest.mark.parametrize("override", REFUSED)
def test_a_setting_that_can_t_be_is_refused_in_one_line(repo: RenderedRepo, override: str) -> None:
    code, said = refused(repo, override)
    assert code == 1
    assert said.startswith(f"Refused: {REFUSED[override]}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_is_taken_is_said(repo: RenderedRepo, workers: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused(repo, f"serving.port={port}", f"serving.workers={workers}")
    assert code != 0
    (line,) = (line for line in said.splitlines() if line.startswith("ERROR"))
    assert "address already in use" in line.lower()
    assert "Traceback" not in said
