"""The smoke test, against services on real ports: one that is well, and others."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from {{ cookiecutter.package_name }}.serving import smoke
from {{ cookiecutter.package_name }}.serving.app import create_app
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.tools import files, paths

ALL = ["/ready", "/health", "/model", "/predict", "/predict", "/metrics"]


@pytest.fixture(autouse=True)
def image(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model that an image was built with, below the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("API_KEY", raising=False)
    folder = tmp_path / smoke.IMAGE
    shutil.copytree(trained / paths.CANDIDATE, folder)
    files.write_json(folder / "registration.json", {"version": "v1", "stage": "production"})
    return folder


def application(folder: Path) -> ASGIApp:
    return create_app(Settings(model="test", folder=str(folder)))


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """The application behind a port of its own; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


Asked = tuple[list[str], str]  # what was found to be well, and why it failed if it did


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Asked]:
    """The command."""

    def run(url: str, *options: str) -> Asked:
        monkeypatch.setattr(sys, "argv", ["smoke", url, *options])
        failed = ""
        try:
            smoke.main()
        except SystemExit as end:
            failed = str(end.code)
        lines = capsys.readouterr().out.splitlines()
        return [line.split()[1].rstrip(":") for line in lines if line.startswith("ok ")], failed

    return run


def test_a_service_of_the_image_s_model_passes(image: Path, ask: Callable[..., Asked]) -> None:
    with running(application(image)) as url:
        assert ask(url) == (ALL, "")
        assert ask(f"{url}/", "--version", "v1", "--model", str(image)) == (ALL, "")


def test_without_a_model_here_the_documented_example_is_asked_for(
    image: Path, ask: Callable[..., Asked]
) -> None:
    elsewhere = image.parent / "elsewhere"
    image.rename(elsewhere)
    with running(application(elsewhere)) as url:
        assert ask(url) == (ALL, "")
    for status, body, reason in (
        (404, "none", "expected 200, given 404: none"),
        (200, '{"paths": []}', "expected an example for /predict, given none"),
    ):
        with running(Instead(application(elsewhere), "/openapi.json", status, body)) as url:
            assert ask(url) == (ALL[:3], f"Failed: /openapi.json: {reason}")


def test_another_version_fails(image: Path, ask: Callable[..., Asked]) -> None:
    with running(application(image)) as url:
        found, failed = ask(url, "--version", "v2")
        assert (found, failed) == (ALL[:2], "Failed: /model: expected v2, given v1")
        files.write_json(image / "registration.json", {"version": "v3", "stage": "production"})
        expected = ask(url)[1]
    assert expected == "Failed: /model: expected v3, given v1"


def test_another_answer_fails(trained: Path, image: Path, ask: Callable[..., Asked]) -> None:
    answer = files.read_json(image / "answer.json")
    with running(application(trained / paths.CANDIDATE)) as url:
        (image / "registration.json").unlink()
        if "probabilities" in answer:
            label = next(iter(answer["probabilities"]))
            where, given = f"probabilities.{label}", answer["probabilities"][label]
            answer["probabilities"][label] = expected = given + 1e-4
        else:
            where, given = "prediction", answer["prediction"]
            answer["prediction"] = expected = given * (1 + 1e-4) + 1e-4
        files.write_json(image / "answer.json", answer)
        found, failed = ask(url)
    assert found == ALL[:3]
    reason = f"the model's own example has another answer: {where}: expected {expected}, given "
    assert failed.startswith(f"Failed: /predict: {reason}")


def test_the_same_answer_of_another_machine_passes(image: Path) -> None:
    answer = {"prediction": 2.0, "interval": [1.0, 3.0]}
    near = {"prediction": 2.0 + 1e-7, "interval": [1.0, 3.0 - 1e-7]}
    assert smoke.first_difference(near, answer) is None
    far = {"prediction": 2.0, "interval": [1.0, 3.1]}
    assert smoke.first_difference(far, answer) == "interval[1]: expected 3.0, given 3.1"
    assert smoke.first_difference({"prediction": 2.0}, answer)


def test_a_service_that_never_gets_ready_fails_with_its_reason(
    tmp_path: Path, ask: Callable[..., Asked]
) -> None:
    with running(application(tmp_path / "nowhere")) as url:
        found, failed = ask(url, "--wait", "0.1")
    assert found == []
    assert failed.startswith("Failed: /ready: expected 200 within 0.1 s, given 503: ")
    assert "no model folder" in failed


def test_a_service_that_gets_ready_is_waited_for(image: Path, ask: Callable[..., Asked]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application(image), port=port, log_level="error"))
    late = threading.Timer(1, server.run)
    late.start()
    try:
        assert ask(f"http://127.0.0.1:{port}") == (ALL, "")
    finally:
        server.should_exit = True
        late.join()


def test_a_service_that_is_not_there_fails(ask: Callable[..., Asked]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found, failed = ask(f"http://127.0.0.1:{port}", "--wait", "0")
    assert found == []
    assert failed.startswith("Failed: /ready: expected 200 within 0 s, given no answer: ")


def test_the_key_is_sent_and_never_shown(
    image: Path, ask: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "só secret")
    app = application(image)
    with running(app) as url:
        assert ask(url) == (ALL, "")
        for key in ("", "wrong"):
            monkeypatch.setenv("API_KEY", key)
            reason = "/model: expected 200, given 401: X-API-Key is missing or wrong"
            assert ask(url) == (ALL[:2], f"Failed: {reason}")
        monkeypatch.setenv("API_KEY", "secret\n")
        found, failed = ask(url)
    assert found == []
    assert failed == "Failed: API_KEY holds what no header can, such as the end of a line"


class Instead:
    """A service with one answer that it should not give.

    Args:
        app: what gives the others.
        path: which answer, counted from the first: "/predict 2" is the second of /predict.
        status: of the answer.
        body: of the answer.
    """

    def __init__(self, app: ASGIApp, path: str, status: int, body: str) -> None:
        self.app = app
        self.path, _, number = path.partition(" ")
        self.left = int(number or 1)
        self.answer = Response(body, status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope.get("path") == self.path:
            self.left -= 1
            if self.left == 0:
                await self.answer(scope, receive, send)
                return
        await self.app(scope, receive, send)


UNNAMED = "/predict: expected a 422 that names the field, given no"
WRONG = [
    ("/health", 500, "{}", "/health: expected 200, given 500: {}"),
    ("/health", 301, "", "/health: expected 200, given 301: "),
    ("/model", 200, "<html>", "/model: expected v1, given <html>"),
    ("/model", 200, "[]", "/model: expected v1, given []"),
    ("/predict", 500, '{"detail": "the service failed"}', "/predict: expected 200, given 500: the"),
    ("/predict", 200, '{"predictions": []}', "/predict: expected one prediction, given {"),
    ("/predict", 200, "<html>", "/predict: expected one prediction, given <html>"),
    ("/predict 2", 200, "{}", "/predict: expected 422, given 200: {}"),
    ("/predict 2", 422, "no", UNNAMED),
    ("/predict 2", 422, '{"detail": "no"}', UNNAMED),
    ("/metrics", 200, "# HELP", "/metrics: expected a number of requests, given none"),
]


@pytest.mark.parametrize(("path", "status", "body", "reason"), WRONG)
def test_the_first_wrong_answer_ends_it(
    path: str, status: int, body: str, reason: str, image: Path, ask: Callable[..., Asked]
) -> None:
    field = next(iter(files.read_json(image / "example.json")[0]))
    with running(Instead(application(image), path, status, body)) as url:
        found, failed = ask(url)
    assert failed.startswith("Failed: " + reason.replace("the field", field))
    assert found == ALL[: len(found)]
    assert ALL[len(found)] == path.partition(" ")[0]


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a", "http://", "http://a:b", "http://["])
def test_what_is_no_address_is_refused(url: str, ask: Callable[..., Asked]) -> None:
    assert ask(url) == ([], f"Failed: {url} is no address; one looks like http://127.0.0.1:8000")


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path, ask: Callable[..., Asked]) -> None:
    failed = ask("http://127.0.0.1:1", "--model", str(tmp_path))[1]
    assert failed == f"Failed: {tmp_path} is no model folder: it has no answer.json"


def test_it_imports_nothing_that_takes_long() -> None:
    program = f"import sys, {smoke.__name__}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    slow = {"pandas", "sklearn", "onnxruntime", "fastapi", "hydra"}
    assert not slow & set(found.stdout.decode().split())
