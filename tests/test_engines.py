"""Real orchestrators run a rendered repo: Airflow, and the local runner of Kubeflow Pipelines."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.at_work import attempt, change, commit, quicken, run
from tests.environment import lend
from tests.rendered import RenderedRepo, render

pytestmark = pytest.mark.slow

RUNS = ".dvc/cache/runs"
# Each task runs in a process and a clone of its own.
LOCAL_RUN = """
import sys
from kfp import components, local
local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
pipeline = components.load_component_from_file("deploy/kubeflow/pipeline.yaml")
pipeline(source=sys.argv[2], storage=sys.argv[3], python=sys.argv[4])
"""


@pytest.fixture(scope="module")
def made(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Render a repo for both orchestrators, run its pipeline, and commit all but what that left."""
    answers = {"project_name": "Engines", "parts": "airflow, kubeflow, wandb"}
    repo = render(tmp_path_factory.mktemp("engines"), **answers)
    quicken(repo)
    change(repo, "conf/engines/default.yaml", "retries: 1", "retries: 0")
    lend(environment, repo)
    run(repo, "make", "pipeline")
    shutil.copy(repo.path / "dvc.lock", repo.path.parent)
    for name in (
        "dvc.lock",
        "models",
        "reports",
        "data/interim",
        "data/processed",
        ".dvc/cache/runs",
    ):
        path = repo.path / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    run(repo, "git", "rm", "--quiet", "--cached", "dvc.lock")
    commit(repo, "Set up")
    return repo


def lock(text: str) -> dict[str, dict[str, str]]:
    """Give the hashes of what each stage makes, but of what records the time or the commit."""
    stages = yaml.safe_load(text)["stages"]
    return {
        name: {
            out["path"]: out["md5"]
            for out in stage["outs"]
            if out["path"] not in ("models/evaluated", "models/candidate")
        }
        for name, stage in stages.items()
    }


def states(repo: RenderedRepo) -> dict[str, str]:
    """Give the state of each task of Airflow's last run, from its own database."""
    last = "SELECT run_id FROM dag_run ORDER BY run_after DESC LIMIT 1"
    query = f"SELECT task_id, state FROM task_instance WHERE run_id = ({last})"  # noqa: S608
    with closing(sqlite3.connect(repo.path / ".engines/airflow/home/airflow.db")) as database:
        return dict(database.execute(query).fetchall())


def test_airflow_runs_the_pipeline_and_stops_at_a_bad_row(made: RenderedRepo) -> None:
    answer = attempt(made, "make", "airflow", "ARGS=dags test engines")
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    found = states(made)
    assert set(found.values()) == {"success"}
    stages = yaml.safe_load(made.read("dvc.yaml"))["stages"]
    assert set(found) == {"check", "gate", *stages}
    assert "up to date" in run(made, "dvc", "status")
    assert lock(made.read("dvc.lock")) == lock((made.path.parent / "dvc.lock").read_text())

    table = made.path / "data/raw/penguins.csv"
    rows = table.read_text().splitlines(keepends=True)
    table.write_text("".join([rows[0], re.sub(r"^\w+", "Dodo", rows[1]), *rows[2:]]))
    answer = attempt(made, "make", "airflow", "ARGS=dags test engines")
    assert answer.returncode != 0
    found = states(made)
    assert found.pop("check") == found.pop("ingest") == "success"
    assert found.pop("validate") == "failed"
    assert set(found.values()) == {"upstream_failed"}
    table.write_text("".join(rows))


def test_kubeflow_s_local_runner_runs_each_stage_once_in_clones_that_share_a_remote(
    made: RenderedRepo, tmp_path: Path
) -> None:
    run(made, "git", "reset", "--quiet", "--hard")
    refused = attempt(made, "make", "kubeflow")
    assert "Refused: pods share no folder" in refused.stdout + refused.stderr
    change(made, "conf/engines/default.yaml", "workspace: shared", "workspace: apart")
    change(made, "conf/engines/default.yaml", "then: [gate]", "then: [gate, register]")
    run(made, "make", "params")
    commit(made, "Apart")
    origin = str(tmp_path / "origin.git")
    run(made, "git", "clone", "--quiet", "--bare", ".", origin)
    run(made, "dvc", "remote", "add", "--local", "--default", "shared", str(tmp_path / "storage"))
    run(made, "dvc", "push", "data/raw/penguins.csv.dvc")
    assert "pipeline.yaml is compiled" in run(made, "make", "kubeflow")

    script = tmp_path / "local_run.py"
    script.write_text(LOCAL_RUN)
    python = str(made.path / ".venv/bin/python")
    words = [str(tmp_path / "runs"), origin, str(tmp_path / "storage"), python]
    answer = attempt(made, ".engines/kubeflow/bin/python", str(script), *words)
    told = answer.stdout + answer.stderr
    assert answer.returncode == 0, told[-4000:]
    for stage in ("ingest", "split", "train", "evaluate"):
        assert told.count(f"Running stage '{stage}'") == 1, stage
    branch = run(made, "git", "ls-remote", origin, "refs/heads/engines/*").split()[1]
    run(made, "git", "fetch", "--quiet", origin, branch, "--tags")
    made_apart = run(made, "git", "show", "FETCH_HEAD:dvc.lock")
    assert lock(made_apart) == lock((made.path.parent / "dvc.lock").read_text())
    assert "engines@v0.0.1" in run(made, "git", "tag", "--points-at", "FETCH_HEAD")
