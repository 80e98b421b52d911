"""The part `clouds`: specifications at the clouds' own libraries; moto plays SageMaker."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.at_work import attempt, change, run, train
from tests.environment import lend
from tests.rendered import RenderedRepo, clean_environment, render
from tests.served import Service, free_port, serving, until

pytestmark = pytest.mark.slow

# moto knows no UpdateEndpoint.
MOTO = """
import sys
from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse
from moto.server import main

def update_endpoint(self):
    endpoint = self.sagemaker_backend.endpoints[self._get_param("EndpointName")]
    endpoint.endpoint_config_name = self._get_param("EndpointConfigName")
    return ActionResult({"EndpointArn": endpoint.arn})

SageMakerResponse.update_endpoint = update_endpoint
main(["--port", sys.argv[1]])
"""
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": "eu-central-1",
    "SAGEMAKER_ROLE": "arn:aws:iam::123456789012:role/sagemaker",
    "DEPLOY_TARGET": "sagemaker",
}


@pytest.fixture(scope="module")
def repo(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo with the part, and its candidate as the model of an image."""
    answers = {"project_name": "Skies", "parts": "clouds"}
    repo = render(tmp_path_factory.mktemp("clouds"), **answers)
    change(repo, "conf/model/random_forest.yaml", "n_estimators: 200", "n_estimators: 20")
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    lend(environment, repo)
    train(repo)
    run(repo, "make", "image-model", "MODEL=candidate")
    return repo


def check(repo: RenderedRepo, cloud: str) -> tuple[int, str]:
    """Check one cloud's specifications, as `make cloud-check` does."""
    done = attempt(repo, ".clouds/check/bin/python", "deploy/clouds/check.py", cloud)
    return done.returncode, done.stdout


def test_each_library_takes_its_specifications_and_refuses_what_it_does_not_know(
    repo: RenderedRepo,
) -> None:
    told = run(repo, "make", "cloud-check")
    assert "ok sagemaker: moto says InService, and Completed to the training job" in told
    assert "ok vertex: " in told
    assert "ok azure: " in told
    assert "Only an account can show permissions" in told
    for cloud, old, new, reason in (
        ("sagemaker", "InstanceType: ml.m5.large", "InstanceType: ml.bogus", "ml.bogus"),
        ("vertex", "image_uri: ${IMAGE}", "image_url: ${IMAGE}", "image_url"),
        ("azure", "instance_count: 1", "instance_count: many", "instance_count"),
        ("sagemaker", "Image: ${IMAGE}", "Image: ${MY_IMAGE}", "needs MY_IMAGE, which is not set"),
    ):
        file = f"deploy/{cloud}/specification.yaml"
        change(repo, file, old, new)
        code, said = check(repo, cloud)
        assert (code, reason in said, said.count("\n")) == (1, True, 1), said
        change(repo, file, new, old)
    change(repo, "deploy/sagemaker/training.yaml", "TrainingInputMode: File", "Mode: File")
    code, said = check(repo, "sagemaker")
    assert code == 1
    assert "Mode" in said
    change(repo, "deploy/sagemaker/training.yaml", "Mode: File", "TrainingInputMode: File")


@contextmanager
def moto(repo: RenderedRepo) -> Iterator[str]:
    """Run moto's server, with UpdateEndpoint; give its address."""
    port = free_port()
    words = [str(repo.path / ".clouds/check/bin/python"), "-c", MOTO, str(port)]
    address = ("127.0.0.1", port)

    def listens() -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(address) == 0

    with subprocess.Popen(
        words, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(listens, "moto listens", 240)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@contextmanager
def invoked(service: Service) -> Iterator[str]:
    """Play SageMaker's runtime, which hands a request on to the container's /invocations."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/endpoints/skies-staging/invocations"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers["Content-Type"]
            reply = service.post(body, "/invocations", Content_Type=kind)
            self.send_response(reply.status)
            self.end_headers()
            self.wfile.write(reply.text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_deploys_to_moto_in_sagemaker_s_place_and_asks_a_real_service_behind_it(
    repo: RenderedRepo,
) -> None:
    run(repo, "make", ".clouds/check/.done")
    shutil.copytree(repo.path / ".clouds/check", repo.path / ".clouds/sagemaker", symlinks=True)

    def deploy(verb: str, **env: str) -> tuple[int, str]:
        words = ["bash", "deploy/deploy.sh", verb, "staging"]
        done = attempt(repo, *words, **(SETTINGS | {"IMAGE": "", "TAG": ""} | env))
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    code, said = deploy("check", SAGEMAKER_ROLE="")
    assert (code, "SAGEMAKER_ROLE is not set: the ARN of the role" in said) == (1, True)
    gone = f"http://127.0.0.1:{free_port()}"
    nobody = {"AWS_ENDPOINT_URL": gone, "AWS_MAX_ATTEMPTS": "1"}
    code, said = deploy("current", **nobody)
    assert (code, said.count("\n")) == (1, 1), said
    assert "Refused: EndpointConnectionError: Could not connect" in said

    with moto(repo) as address:
        account = {"AWS_ENDPOINT_URL": address}
        assert deploy("current", **account) == (0, "\n")
        image = {"IMAGE": "123.dkr.ecr.eu-central-1.amazonaws.com/skies"}
        for tag in ("v0.0.1-1f2e3d4", "v0.0.2-2a3b4c5"):
            env = SETTINGS | account | image | {"TAG": tag}
            told = run(repo, "make", "deploy", "TO=staging", "TARGET=sagemaker", **env)
            assert f"{image['IMAGE']}:{tag} runs" in told
            assert deploy("current", **account)[1] == f"{image['IMAGE']}:{tag}\n"
        other = deploy("undo", **account, **image, TAG="v0.0.1-1f2e3d4")
        assert other == (
            0,
            f"nothing to undo: {image['IMAGE']}:{tag} is there, not "
            f"{image['IMAGE']}:v0.0.1-1f2e3d4\n",
        )
        assert deploy("undo", **account)[1] == f"{image['IMAGE']}:v0.0.1-1f2e3d4 runs again\n"
        assert deploy("current", **account)[1] == f"{image['IMAGE']}:v0.0.1-1f2e3d4\n"

        with (
            serving(repo, "serving=sagemaker", "serving.model=candidate") as service,
            invoked(service) as runtime,
        ):
            account["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = runtime
            assert service.get("/ping").status == 200
            code, said = deploy("smoke", **account)
            assert (code, said.startswith("ok: ")) == (0, True), said
            answer = repo.path / "models/image/answer.json"
            expected = json.loads(answer.read_text())
            answer.write_text(json.dumps({**expected, "prediction": "Dodo"}))
            code, said = deploy("smoke", **account)
            assert (code, "another answer" in said) == (1, True), said
            answer.write_text(json.dumps(expected))


def test_a_training_job_s_script_trains_one_commit_in_a_clone(
    repo: RenderedRepo, tmp_path: Path
) -> None:
    run(repo, "dvc", "remote", "add", "--force", "--default", "shared", str(tmp_path / "storage"))
    run(repo, "git", "rm", "--quiet", "--cached", "dvc.lock")
    run(repo, "git", "add", ".dvc/config")
    run(repo, "git", "commit", "--quiet", "--no-verify", "--message", "Share")
    run(repo, "dvc", "push", "--quiet", "data/raw/penguins.csv.dvc")
    commit = run(repo, "git", "rev-parse", "HEAD").strip()
    job = {"SOURCE": str(repo.path), "COMMIT": commit, "TMPDIR": str(tmp_path)}
    told = run(repo, "sh", "deploy/clouds/train.sh", PYTHONPATH="src", **job)
    assert "Running stage 'train'" in told
    shutil.rmtree(repo.path / ".dvc/cache")
    (repo.path / "dvc.lock").unlink()
    pulled = run(repo, "dvc", "repro", "--pull", "train")
    assert "Running stage 'train'" not in pulled
    assert "checking out outputs" in pulled

    told = attempt(repo, "make", "cloud-train", "TARGET=nowhere").stdout
    assert "Say where: make cloud-train TARGET=sagemaker, vertex or azure" in told
    answer = attempt(repo, "make", "cloud-train", "TARGET=sagemaker", AWS_DEFAULT_REGION="x")
    assert "Refused: there are changes that no commit holds" in answer.stderr
