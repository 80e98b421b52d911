"""Small notebooks, one for each way of writing, through a repository's whole life."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.at_work import change
from tests.environment import lend
from tests.forked import Stages, forking
from tests.rendered import RenderedRepo, render
from tests.served import serving
from tests.small_notebooks import KINDS, Kind, write_kind
from tests.test_notebook_repos import OFFLINE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stages(environment: Path) -> Iterator[Stages]:
    """Give the process that runs all stages of these repos."""
    with forking(environment) as found:
        yield found


@pytest.mark.parametrize("name", KINDS)
def test_it_lives(name: str, stages: Stages, environment: Path, tmp_path: Path) -> None:
    kind = KINDS[name]
    notebook = write_kind(tmp_path, name)
    repo = render(tmp_path / "out", project_name="Kinds", notebook=str(notebook), parts="service")
    lend(environment, repo)
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    stages.pipeline(repo, falls_back=kind.falls_back)
    it_is_the_notebook_s(repo, kind)
    it_answers_over_http_as_offline(repo, stages)
    it_scores_as_the_notebook_does(repo, kind, stages)


def it_is_the_notebook_s(repo: RenderedRepo, kind: Kind) -> None:
    """Target, inputs, split and model are the notebook's, and so are X and y."""
    schema = yaml.safe_load(repo.read("data/schema.yaml"))
    assert schema["target"] == kind.target
    asked = set(json.loads(repo.read("models/candidate/example.json"))[0])
    assert asked == kind.used
    params = yaml.safe_load(repo.read("params.yaml"))
    assert params["data"]["split"]["kind"] == kind.split
    assert kind.model in json.dumps(params["model"]["estimator"])
    found = json.loads(repo.read("reports/parity.json"))
    assert (found["verdict"], found["target"]["equal"]) == ("equal", True), found["line"]


def it_answers_over_http_as_offline(repo: RenderedRepo, stages: Stages) -> None:
    """A row alone gets the answer that it gets among others, without what serves it."""
    said = stages.run(repo, "-c", OFFLINE.format(package="kinds"))
    rows, expected = json.loads(said.splitlines()[-1])
    with serving(repo, "serving.model=candidate") as service:
        alone = [service.post(row).json["predictions"][0]["prediction"] for row in rows[:5]]
    assert alone == pytest.approx(expected[:5], rel=1e-9)


def it_scores_as_the_notebook_does(repo: RenderedRepo, kind: Kind, stages: Stages) -> None:
    """The repo's model scores what the whole notebook does, where that scores one model."""
    stages.run(repo, "kinds.parity.scores")
    found = json.loads(repo.read("reports/notebook.json"))
    assert found["errors"] == []
    verdicts = {line["verdict"] for line in found["score"] if line["notebook"] is not None}
    assert verdicts <= {"equal", "same within noise"}
    assert bool(verdicts) == kind.scored
