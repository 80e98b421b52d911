"""The contracts of clouds: the same answers by further routes, and what each of them refuses."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.clouds import container, smoke
from {{ cookiecutter.package_name }}.clouds.container import words
from {{ cookiecutter.package_name }}.serving import serve as command
from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.predict import SMALL
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.serving.smoke import IMAGE
from {{ cookiecutter.package_name }}.tools import config, files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

CSV = {"content-type": "text/csv"}


@contextmanager
def served(
    folder: Path, contract: str, environment: dict[str, str] | None = None
) -> Iterator[TestClient]:
    """A model folder, answering by a contract, which reads the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        group = OmegaConf.to_container(config.composed([f"serving={contract}"]).serving)
    assert isinstance(group, dict)
    group["log"] = None
    settings = Settings.checked(group, "test").model_copy(update={"folder": str(folder)})
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="module")
def sagemaker(trained: Path) -> Iterator[TestClient]:
    """The candidate by SageMaker's contract."""
    with served(trained / paths.CANDIDATE, "sagemaker") as client:
        yield client


@pytest.fixture(scope="module")
def vertex(trained: Path) -> Iterator[TestClient]:
    """The candidate by Vertex AI's contract, at the routes that it names."""
    routes = {"AIP_HEALTH_ROUTE": "/v1/alive", "AIP_PREDICT_ROUTE": "/v1/models/m:predict"}
    with served(trained / paths.CANDIDATE, "vertex", routes) as client:
        yield client


@pytest.fixture(scope="module")
def row(trained: Path) -> dict[str, Any]:
    """The model's own example."""
    (example,) = files.read_json(trained / paths.CANDIDATE / "example.json")
    return dict(example)


def lines(*rows: dict[str, Any], header: bool) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(rows[0])
    writer.writerows(["" if v is None else v for v in row.values()] for row in rows)
    return text.getvalue()


def test_sagemaker_gets_the_answers_of_predict(sagemaker: TestClient, row: dict[str, Any]) -> None:
    assert sagemaker.get("/ping").status_code == 200
    expected = sagemaker.post("/predict", json=[row, row]).json()["predictions"]
    given = sagemaker.post("/invocations", json=[row, row])
    assert given.json()["predictions"] == expected
    assert given.headers["x-request-id"] == given.json()["request_id"]
    assert 'requests_total{path="/invocations",status="200"}' in sagemaker.get("/metrics").text


@pytest.mark.parametrize("header", [True, False])
def test_sagemaker_gets_them_for_csv(
    sagemaker: TestClient, row: dict[str, Any], header: bool
) -> None:
    expected = sagemaker.post("/predict", json=row).json()["predictions"]
    ordered = dict(reversed(row.items())) if header else row
    many = SMALL // 10  # rows, which are more bytes than are read at once
    for count in (1, many):
        body = lines(*[ordered] * count, header=header)
        answer = sagemaker.post("/invocations", content=body, headers=CSV)
        assert answer.json()["predictions"] == expected * count
    asked = {**CSV, "accept": "text/csv"}
    plain = sagemaker.post("/invocations", content=lines(ordered, header=header), headers=asked)
    assert plain.headers["content-type"].startswith("text/csv")
    assert plain.text.splitlines() == [str(expected[0]["prediction"])]


def test_sagemaker_s_bad_bodies_are_refused(sagemaker: TestClient, row: dict[str, Any]) -> None:
    def refused(body: str | bytes, **headers: str) -> tuple[int, str]:
        answer = sagemaker.post("/invocations", content=body, headers={**CSV, **headers})
        return answer.status_code, answer.json()["detail"]

    assert refused("1,2\n")[0] == 400
    assert f"row 0 has 2 cells, not {len(row)}: {next(iter(row))}" in refused("1,2\n")[1]
    assert refused(b"\xff\xfe\xfd")[0] == 400
    assert refused("")[0] == 400
    assert refused("x", **{"content-type": "image/png"}) == (
        415,
        "the body has to be application/json or text/csv",
    )
    number = next((n for n, v in row.items() if isinstance(v, float | int)), None)
    if number:
        for wrong in ("a lot", "nan"):
            answer = sagemaker.post(
                "/invocations", content=lines({**row, number: wrong}, header=True), headers=CSV
            )
            assert answer.status_code == 422
            assert answer.json()["problems"][0]["field"] == number


def test_vertex_gets_predictions_for_instances(vertex: TestClient, row: dict[str, Any]) -> None:
    assert vertex.get("/v1/alive").status_code == 200
    expected = vertex.post("/predict", json=[row]).json()["predictions"]
    given = vertex.post("/v1/models/m:predict", json={"instances": [row], "parameters": {}})
    assert given.json() == {"predictions": expected}
    for body in ([row], {"rows": [row]}, {"instances": row}):
        answer = vertex.post("/v1/models/m:predict", json=body)
        assert answer.status_code == 400
        assert "`instances`, a list of rows" in answer.json()["detail"]
    empty = vertex.post("/v1/models/m:predict", json={"instances": []})
    assert empty.status_code == 400
    broken = vertex.post("/v1/models/m:predict", content="{")
    assert (broken.status_code, "can't be read" in broken.json()["detail"]) == (400, True)
    assert vertex.post("/v1/models/m:predict", content="a", headers=CSV).status_code == 415


@pytest.mark.parametrize("contract", ["sagemaker", "vertex"])
def test_without_a_model_it_is_not_healthy(contract: str, tmp_path: Path) -> None:
    path = {"sagemaker": "/ping", "vertex": "/vertex/health"}[contract]
    with served(tmp_path / "nothing", contract) as client:
        assert client.get(path).status_code == 503


@pytest.mark.parametrize("taken", ["/predict", "/health", "/docs", "/feedback", "/v/health"])
def test_a_route_that_is_taken_is_refused_at_the_start(
    taken: str, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if taken == "/feedback" and not config.composed().serving.get("log"):
        pytest.skip("the service has no such route here")
    monkeypatch.chdir(trained)
    monkeypatch.setenv("AIP_HEALTH_ROUTE", "/v/health")
    monkeypatch.setenv("AIP_PREDICT_ROUTE", taken)
    with pytest.raises(Refusal, match=f"the route for predictions is {taken}, which is taken"):
        command.serve(["serving=vertex", "serving.model=candidate"])


def test_a_route_that_is_no_path_is_refused(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained)
    wrong = ["serving.more_routes.health=ping"]
    with pytest.raises(Refusal, match="the route for health is 'ping'; one looks like /answer"):
        command.serve(["serving=sagemaker", "serving.model=candidate", *wrong])


def test_the_image_serves_by_the_contract_of_who_starts_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = ["serving.model=/model", "serving.port=8000"]
    assert words(own, {}) == own
    assert words([*own, "serve"], {}) == ["serving.model=/model", "serving=sagemaker"]
    told = {"AIP_HTTP_PORT": "8088"}
    assert words(own, told) == ["serving.model=/model", "serving=vertex"]
    monkeypatch.setenv("AIP_HTTP_PORT", "8088")
    assert int(config.composed(words(own, told)).serving.port) == 8088
    started: list[list[str]] = []
    monkeypatch.setattr(container, "serve", lambda: started.append(sys.argv[1:]))
    monkeypatch.setattr(sys, "argv", ["x", "serve"])
    container.main()
    assert started == [["serving=sagemaker"]]


def test_the_smoke_test_of_an_endpoint_compares_with_the_model(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate = trained / paths.CANDIDATE
    expected = files.read_json(candidate / "answer.json")
    good = json.dumps({"predictions": [expected]})
    assert smoke.check(good, candidate) == str(expected["prediction"])
    for text, reason in (
        ("<html>", "expected JSON"),
        (json.dumps({"predictions": [{**expected, "prediction": "x"}]}), "has another answer"),
        (json.dumps({"predictions": []}), "expected one prediction"),
    ):
        with pytest.raises(Refusal, match=reason):
            smoke.check(text, candidate)
    monkeypatch.chdir(trained)
    monkeypatch.setattr(sys, "stdin", io.StringIO(good))
    with pytest.raises(SystemExit, match="there is no model to compare with"):
        smoke.main()
    (trained / IMAGE.parent).mkdir(exist_ok=True)
    (trained / IMAGE).symlink_to(candidate)
    monkeypatch.setattr(sys, "stdin", io.StringIO(good))
    smoke.main()
    assert capsys.readouterr().out.startswith("ok: ")
    (trained / IMAGE).unlink()
