"""The prediction log of a served repo: kill the service under load and look what is left."""

import contextlib
import http.client
import json
import os
import signal
import threading
import time

import pytest

from tests.rendered import RenderedRepo
from tests.served import Service, members, python, serving

pytestmark = pytest.mark.slow

READ = """
import json, pathlib
from rain.monitoring import store
from rain.data.schema import Schema
found = store.read(pathlib.Path("logs/predictions"), Schema.load())
print(json.dumps(found["id"].tolist()))
"""


def logged(repo: RenderedRepo) -> list[str]:
    """Give the ids of all predictions in the log."""
    found: list[str] = json.loads(repo.run(*python(repo, "-c", READ)).stdout)
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_client_was_told_is_in_the_log_after_a_kill(
    repo: RenderedRepo, workers: int
) -> None:
    (row,) = json.loads(repo.read("models/candidate/example.json"))
    told: list[str] = []

    def ask(service: Service) -> None:
        body = json.dumps([row, row])
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = service.connection()
            while True:
                connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
                answer = json.loads(connection.getresponse().read())
                told.extend(f"{answer['request_id']}.{number}" for number in range(2))

    options = ("serving.model=candidate", f"serving.workers={workers}")
    with serving(repo, *options) as service:
        clients = [threading.Thread(target=ask, args=(service,)) for _ in range(6)]
        for client in clients:
            client.start()
        time.sleep(3)
        for pid in members(service.process.pid):
            os.kill(pid, signal.SIGKILL)
        for client in clients:
            client.join()
    assert len(told) > 500
    found = logged(repo)
    assert set(told) <= set(found)
    assert len(found) == len(set(found))
