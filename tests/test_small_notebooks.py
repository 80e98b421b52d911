"""Small notebooks, one for each way of writing, through a repository's whole life."""

import json
from pathlib import Path

import pytest
import yaml

from tests.at_work import change, run, said
from tests.environment import lend
from tests.rendered import RenderedRepo, render
from tests.served import serving
from tests.small_notebooks import KINDS, Kind, write_kind
from tests.test_notebook_repos import OFFLINE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", KINDS)
def test_it_lives(name: str, environment: Path, tmp_path: Path) -> None:
    kind = KINDS[name]
    notebook = write_kind(tmp_path, name)
    repo = render(tmp_path / "out", project_name="Kinds", notebook=str(notebook), parts="service")
    lend(environment, repo)
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    told = "".join(said(repo, "make", "pipeline"))
    assert ("the notebook's own cells" in told) == kind.falls_back
    it_is_the_notebook_s(repo, kind)
    it_answers_over_http_as_offline(repo)
    it_scores_as_the_notebook_does(repo, kind)


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


def it_answers_over_http_as_offline(repo: RenderedRepo) -> None:
    """A row alone gets the answer that it gets among others, without what serves it."""
    rows, expected = json.loads(run(repo, "python", "-c", OFFLINE.format(package="kinds")))
    with serving(repo, "serving.model=candidate") as service:
        alone = [service.post(row).json["predictions"][0]["prediction"] for row in rows[:5]]
    assert alone == pytest.approx(expected[:5], rel=1e-9)


def it_scores_as_the_notebook_does(repo: RenderedRepo, kind: Kind) -> None:
    """The repo's model scores what the whole notebook does, where that scores one model."""
    run(repo, "python", "-m", "kinds.parity.scores")
    found = json.loads(repo.read("reports/notebook.json"))
    assert found["errors"] == []
    verdicts = {line["verdict"] for line in found["score"] if line["notebook"] is not None}
    assert verdicts <= {"equal", "same within noise"}
    assert bool(verdicts) == kind.scored
