"""The page of `make app`, used in a real browser: Debian's Chromium, driven by Playwright."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest

from tests.at_work import bring_into_production, run
from tests.environment import lend
from tests.rendered import EXAMPLES, RenderedRepo, clean_environment, render
from tests.served import PATIENCE, free_port, members, python, until

pytestmark = pytest.mark.slow

TARGET = "miles_per_gallon"
FIELDS = {"displacement": 97, "horsepower": None, "weight_in_lbs": 2130, "origin": "Japan"}

# What the fitted pipeline says of the test rows, the example, and it with some fields changed,
# and what moved the last of them.
OFFLINE = """
import json, sys
import pandas as pd
from cars.tools import paths
from cars.app.attributions import attributions
from cars.app.page_state import first, page_state
from cars.data.casting import conform
from cars.tools.files import read_json
from cars.model.model_file import load_pipeline
from cars.data.schema import Schema

schema = Schema.load()
(example,) = read_json(paths.CANDIDATE / "example.json")
rows = [pd.read_parquet(paths.TEST), *(pd.DataFrame([example | json.loads(changed)])
        for changed in ("{}", sys.argv[1]))]
pipeline = load_pipeline(paths.CANDIDATE / "pipeline.skops")
said = [pipeline.predict(conform(X, schema)[schema.features]).tolist() for X in rows]
page = page_state(["serving.model=candidate"])
row = first(page.reader.check([example | json.loads(sys.argv[1])]))
print(json.dumps([*said, list(attributions(page.model, row, page.reference))]))
"""


@pytest.fixture(scope="module")
def repo(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo whose small forest is v0.0.1, in production."""
    table = EXAMPLES / "cars" / "cars.csv"
    folder = tmp_path_factory.mktemp("app")
    found = render(folder, project_name="Cars", dataset=str(table), target=TARGET)
    lend(environment, found)
    run(found, "make", "data/schema.yaml")
    bring_into_production(found)
    return found


@contextmanager
def page(repo: RenderedRepo) -> Iterator[str]:
    """Run `make app`, which installs what it needs first; give the page's address."""
    port = free_port()
    output = repo.path.parent / "app.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            ["make", "app", f"FLAGS=--server.port {port}"],
            cwd=repo.path,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def answers() -> bool:
        assert process.poll() is None, output.read_text()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", "/_stcore/health")
            return connection.getresponse().status == 200
        except OSError:
            return False

    try:
        until(answers, "make app answers", 3 * PATIENCE)
        yield f"http://127.0.0.1:{port}"
    finally:
        for pid in members(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait(PATIENCE)


@pytest.fixture(scope="module")
def browser() -> str:
    """Give Chromium, installed if need be."""
    if found := shutil.which("chromium"):
        return found
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip("the page in a browser needs chromium, or root and Debian's apt-get")
    apt = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >&2"
    if subprocess.run(["sh", "-c", apt], check=False).returncode:
        pytest.skip("the page in a browser needs Debian's chromium, which can't be installed")
    return str(shutil.which("chromium"))


@pytest.fixture(scope="module")
def playwright(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a Python that has Playwright."""
    found = tmp_path_factory.mktemp("playwright") / "bin" / "python"
    for words in (
        ["venv", "--quiet", str(found.parents[1])],
        ["pip", "install", "--quiet", "--python", str(found), "playwright"],
    ):
        uv = [sys.executable, "-m", "uv", *words]
        if subprocess.run(uv, env=clean_environment(), check=False).returncode:
            pytest.skip("the page in a browser needs playwright, which can't be installed")
    return found


@pytest.fixture(scope="module")
def offline(repo: RenderedRepo) -> list[list[Any]]:
    """Give what OFFLINE prints."""
    said = run(repo, *python(repo, "-c", OFFLINE, json.dumps(FIELDS)))
    found: list[list[Any]] = json.loads(said)
    return found


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the screenshots: look at them."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def seen(repo: RenderedRepo, browser: str, playwright: Path, pictures: Path) -> dict[str, Any]:
    """Give what a person sees who goes through the page once."""
    table = pd.read_parquet(repo.path / "data" / "processed" / "test.parquet")
    good, bad = pictures / "good.csv", pictures / "bad.csv"
    table.to_csv(good, index=False)
    table["year"] = table["year"].astype(object)
    table.loc[table.index[3], "year"] = "MCMLXX"
    table.to_csv(bad, index=False)
    script = Path(__file__).with_name("in_browser.py")
    with page(repo) as url:
        task = {"url": url, "browser": browser, "folder": str(pictures), "fields": FIELDS}
        task |= {"good": str(good), "bad": str(bad)}
        words = [str(playwright), str(script), json.dumps(task)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_says_which_model_answers(repo: RenderedRepo, seen: dict[str, Any]) -> None:
    metrics = json.loads(repo.read("models/candidate/metrics.json"))
    for text in ("v0.0.1", "production", "onnx", TARGET, f"{metrics['r2']:.4g}"):
        assert text in seen["model"]


def test_a_prediction_is_the_pipeline_s(seen: dict[str, Any], offline: list[list[Any]]) -> None:
    _, (example,), (changed,), moved = offline
    assert (seen["example"], seen["filled in"]) == (f"{example:.4g}", f"{changed:.4g}")
    assert seen["example"] != seen["filled in"]
    assert seen["moved"] == moved


def test_a_file_is_answered_as_the_pipeline_answers_it(
    seen: dict[str, Any], offline: list[list[Any]], pictures: Path
) -> None:
    found = pd.read_csv(pictures / "predictions.csv")
    assert found[f"predicted_{TARGET}"].tolist() == pytest.approx(offline[0], rel=1e-9)


def test_a_bad_cell_of_a_file_is_named(seen: dict[str, Any]) -> None:
    assert "row 3, year: expected a whole number, 1964 to 1988, not 'MCMLXX'" in seen["bad"]
    assert "Download" not in seen["bad"]


def test_without_a_drift_report_it_says_how_to_make_one(seen: dict[str, Any]) -> None:
    assert "make monitor" in seen["drift"]


def test_nothing_is_asked_of_other_hosts_and_nothing_fails(seen: dict[str, Any]) -> None:
    assert {host.partition(":")[0] for host in seen["hosts"]} == {"127.0.0.1"}
    assert seen["complaints"] == []


def test_it_was_painted(seen: dict[str, Any], pictures: Path) -> None:
    names = ["bad-file", "drift", "example", "file", "filled-in"]
    assert sorted(path.stem for path in pictures.glob("*.png")) == names
    assert all(path.stat().st_size > 20_000 for path in pictures.glob("*.png"))


def test_its_own_tests_pass_where_streamlit_is(repo: RenderedRepo, seen: dict[str, Any]) -> None:
    said = run(repo, *python(repo, "-m", "pytest", "-q", "tests/app"))
    assert "passed" in said
    assert "skipped" not in said
