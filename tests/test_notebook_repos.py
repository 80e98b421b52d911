"""The example notebooks' repos at work: they train, score as the notebook did, and are clean.

They share one environment, that of the first: all need the same packages.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.at_work import attempt, change, run
from tests.environment import lend
from tests.rendered import RenderedRepo, render
from tests.served import package, serving
from tests.test_notebooks import FACTS, notebook_of

pytestmark = pytest.mark.slow

# The scores that the notebooks' outputs hold, and how far off other test rows may be.
STORED = {
    "penguins": ("accuracy", 0.98, 0.03),
    "seattle-rain": ("roc_auc", 0.874, 0.01),  # split by time: the rows are the same
    "cars": ("r2", 0.897, 0.03),
    "rentals": ("r2", 0.898, 0.03),
    "churn": ("roc_auc", 0.833, 0.04),
    "tumours": ("accuracy", 0.982, 0.05),
}

# A model that is given raw rows, all at once and one by one, those that it never learns from too.
ONE_BY_ONE = """
import numpy as np
from omegaconf import OmegaConf
from {package}.data.tables import read_raw
from {package}.model import model_file
from {package}.tools import paths
from {package}.data.casting import conform
from {package}.data.schema import Schema

schema = Schema.load(paths.CANDIDATE / "schema.yaml")
raw = conform(read_raw(OmegaConf.load("params.yaml").data), schema)[schema.features]
model = model_file.load_pipeline(paths.CANDIDATE / "pipeline.skops")
say = getattr(model, "predict_proba", model.predict)
rows = range(0, len(raw), len(raw) // 12)
alone = np.concatenate([say(raw.iloc[[row]]) for row in rows])
np.testing.assert_allclose(alone, say(raw)[list(rows)], rtol=1e-9)
"""


# Rows that were held back as JSON has them, and what the fitted pipeline says of them.
OFFLINE = """
import json
from {package}.data.schema import Schema
from {package}.data.tables import read_table
from {package}.model import model_file
from {package}.tools import paths

test = read_table(paths.TEST)[Schema.load().features]
X = test.iloc[:: max(1, len(test) // 40)]
pipeline = model_file.load_pipeline(paths.CANDIDATE / "pipeline.skops")
rows = json.loads(X.to_json(orient="records", date_format="iso", double_precision=15))
print(json.dumps([rows, pipeline.predict(X).tolist()]))
"""


def offline(repo: RenderedRepo) -> str:
    """Ask the pipeline without any of what serves it."""
    return run(repo, "python", "-c", OFFLINE.format(package=package(repo)))


@pytest.fixture(scope="class")
def repo(
    request: pytest.FixtureRequest, environment: Path, tmp_path_factory: pytest.TempPathFactory
) -> RenderedRepo:
    """Render the class's notebook, as `make setup` leaves it but for its environment."""
    name = request.cls.name
    folder = tmp_path_factory.mktemp("notebook")
    found = render(folder, project_name=name, notebook=str(notebook_of(name)))
    lend(environment, found)
    run(found, "make", "data/schema.yaml")
    return found


@pytest.fixture(scope="class")
def trained(repo: RenderedRepo) -> RenderedRepo:
    """Run its pipeline, with fewer resamples and no tracker."""
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    change(repo, "conf/config.yaml", "tracking: wandb", "tracking: none")
    run(repo, "make", "pipeline")
    return repo


def parity(repo: RenderedRepo) -> dict[str, Any]:
    """Run the notebook beside the repo; give what differs."""
    said = attempt(repo, "make", "parity")
    assert repo.has("reports/notebook.json"), said.stderr[-6000:]
    found: dict[str, Any] = json.loads(repo.read("reports/notebook.json"))
    assert (said.returncode == 0) == found["features"]["equal"]
    return found


class Notebook:
    """What holds for each; the classes below name the notebook."""

    name: str
    differing: frozenset[str] = frozenset()  # columns

    def test_it_scores_as_the_notebook_did(self, trained: RenderedRepo) -> None:
        metrics = json.loads(trained.read("reports/metrics.json"))
        metric, stored, noise = STORED[self.name]
        assert metric == FACTS[self.name].metric
        assert metrics[metric] == pytest.approx(stored, abs=noise)

    def test_a_row_alone_is_told_what_it_is_told_among_all(self, trained: RenderedRepo) -> None:
        package = self.name.replace("-", "_")
        run(trained, "python", "-c", ONE_BY_ONE.format(package=package))

    def test_the_service_answers_raw_rows_as_the_pipeline_does(self, trained: RenderedRepo) -> None:
        rows, expected = json.loads(offline(trained))
        with serving(trained, "serving.model=candidate") as service:
            found = service.post(rows).json["predictions"]
            alone = [service.post(row).json["predictions"][0] for row in rows[:3]]
        assert [answer["prediction"] for answer in found] == pytest.approx(expected, rel=1e-9)
        first = [answer["prediction"] for answer in alone]
        assert first == pytest.approx(expected[:3], rel=1e-9)

    def test_it_was_compared_with_its_notebook_before_it_trained(
        self, trained: RenderedRepo
    ) -> None:
        found = json.loads(trained.read("reports/parity.json"))
        columns = found["features"]["columns"]
        assert {name for name, column in columns.items() if not column["equal"]} == self.differing
        assert found["verdict"] == ("differs" if self.differing else "equal")
        for document in ("README.md", "docs/from-the-notebook.md", "models/candidate/README.md"):
            assert found["verdict"] in trained.read(document)
            assert found["line"][:40] in trained.read(document)

    def test_features_and_target_are_the_notebook_s(self, trained: RenderedRepo) -> None:
        found = parity(trained)
        assert (found["ran"], found["errors"]) == (True, [])
        columns = found["features"]["columns"]
        assert {name for name, column in columns.items() if not column["equal"]} == self.differing
        assert found["features"]["equal"] is not bool(self.differing)
        assert found["target"]["equal"]
        verdicts = {line["verdict"] for line in found["score"]}
        assert verdicts <= {"equal", "same within noise"}
        assert found["score"]


class TestPenguins(Notebook):
    name = "penguins"


class TestSeattleRain(Notebook):
    name = "seattle-rain"


class TestCars(Notebook):
    """Also its own checks, which hardly differ from notebook to notebook."""

    name = "cars"
    # Two columns are filled with means of rows that are later left out as outliers.
    differing = frozenset({"horsepower", "power_to_weight"})
    tests = (
        "data",
        "model",
        "parity",
        "runtime",
        "test_config.py",
        "test_features.py",
        "test_pipeline.py",
        "test_predict.py",
        "test_steps.py",
    )

    def test_it_is_clean(self, repo: RenderedRepo) -> None:
        before = repo.contents_of_git()
        run(repo, "make", "lint", "type")
        assert repo.contents_of_git() == before

    def test_its_own_tests_pass(self, repo: RenderedRepo) -> None:
        files = [f"tests/{name}" for name in self.tests]
        run(repo, ".venv/bin/pytest", "--quiet", "-m", "not slow", *files)


class TestRentals(Notebook):
    name = "rentals"


class TestChurn(Notebook):
    name = "churn"


class TestTumours(Notebook):
    name = "tumours"
