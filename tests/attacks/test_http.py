"""Requests drawn from the service's own description, valid and not, over a real socket."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.rendered import RenderedRepo, clean_environment
from tests.served import serving

pytestmark = pytest.mark.slow

KEY = "open-sesame-9f2c"
# Too many rows are refused with 413, which the tool would not take for a refusal.
CONFIG = """
[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422]
"""


@pytest.mark.parametrize("key", [None, KEY])
def test_generated_requests_are_answered_as_described(
    repo: RenderedRepo, tmp_path: Path, key: str | None
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    tool = repo.path / ".venv" / "bin" / "schemathesis"
    options = "--checks all --max-examples 30 --seed 1 --phases examples,coverage,fuzzing"
    env = {"API_KEY": key} if key else {}
    with serving(repo, "serving.max_rows=50", env=env) as service:
        address = f"http://127.0.0.1:{service.port}/openapi.json"
        header = ["--header", f"X-API-Key: {key}"] if key else []
        found = subprocess.run(
            [str(tool), "--config-file", str(config), "run", address, *options.split(), *header],
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert found.returncode == 0, found.stdout[-6000:]
        passed = re.search(r"(\d+) generated, \d+ passed", found.stdout)
        assert passed, found.stdout[-6000:]
        assert int(passed[1]) > 200
        assert not re.search(r"Traceback|Exception", service.log)
        assert service.metric("requests_total", status="500") == 0
