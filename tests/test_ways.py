"""The ways of running a rendered repo beyond its plain pipeline: experiments, trackers, remotes."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tests.at_work import activated, attempt, change, commit, quicken, run, said
from tests.environment import lend
from tests.rendered import EXAMPLES, RenderedRepo, clean_environment, render
from tests.served import Service, free_port, rows_of, serving, until

pytestmark = pytest.mark.slow

ENSEMBLES = ("random_forest", "hist_gradient_boosting", "xgboost", "lightgbm")
LINEAR = {"ways": "logistic", "rain": "logistic", "cars": "linear"}

# Loads MLflow's model as a stranger to this repo would: without its src/.
MLFLOW_RUN = """
import json, pathlib, sys
sys.path = [entry for entry in sys.path if pathlib.Path(entry).name != "src"]
import mlflow
mlflow.set_tracking_uri("sqlite:///mlflow.db")
(run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
(logged,) = mlflow.search_logged_models([run.info.experiment_id], output_format="list")
model = mlflow.pyfunc.load_model(logged.model_uri)
from ways.model import model_file
from ways.tools import paths
from ways.data.tables import read_table
inputs = model.metadata.get_input_schema()
X = read_table(paths.TEST)[inputs.input_names()]
X.loc[X.index[0], "bill_length_mm"] = float("nan")
pipeline = model_file.load_pipeline(paths.CANDIDATE / "pipeline.skops")
client = mlflow.MlflowClient()
print(json.dumps({
    "params": run.data.params, "metrics": run.data.metrics, "tags": run.data.tags,
    "artifacts": [file.path for file in client.list_artifacts(run.info.run_id)],
    "plots": [file.path for file in client.list_artifacts(run.info.run_id, "plots")],
    "files": [path.name for path in pathlib.Path(logged.artifact_location).iterdir()],
    "format": model.metadata.flavors["sklearn"]["serialization_format"],
    "inputs": {spec.name: [spec.type.name, spec.required] for spec in inputs},
    "same": bool((model.predict(X) == pipeline.predict(X)).all()),
    "code": model_file.__file__,
}))
"""

# Trains and evaluates every choice, trains it once more, and looks at what its model's file needs.
EVERY_MODEL = """
import json, pathlib, sys
import skops.io
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from {package}.model import trusted_types
from {package}.tools import paths
from {package}.stages.evaluate import evaluate
from {package}.stages.train import train
found, types = {{}}, set()
for choice in sys.argv[1:]:
    with initialize_config_dir(str(paths.CONF), version_base="1.3"):
        cfg = compose("config", choice.split())
    first, again = (pathlib.Path("multirun") / choice / job for job in ("first", "again"))
    train(cfg, first), train(cfg, again)
    evaluate(cfg, first)
    file = paths.TRAINED / "pipeline.skops"
    types |= set(skops.io.get_untrusted_types(file=first / file))
    found[choice] = [
        (first / file).read_bytes() == (again / file).read_bytes(),
        (first / paths.EVALUATED / "requirements.txt").read_text(),
    ]
print(json.dumps([found, sorted(types), sorted(set().union(*trusted_types.TRUSTED.values()))]))
"""


def quicken_all(repo: RenderedRepo) -> None:
    """Spend less, also on the models that are not the default."""
    quicken(repo)
    for name, usual, quick in (
        ("hist_gradient_boosting", "max_iter: 200", "max_iter: 20"),
        ("xgboost", "n_estimators: 200", "n_estimators: 20"),
        ("lightgbm", "n_estimators: 200", "n_estimators: 20"),
    ):
        change(repo, f"conf/model/{name}.yaml", usual, quick)


@pytest.fixture(scope="module")
def made(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Render the starter, lend it an environment with every extra, run its pipeline and commit."""
    repo = render(tmp_path_factory.mktemp("ways"), project_name="Ways")
    quicken_all(repo)
    lend(environment, repo)
    run(repo, "make", "pipeline")
    commit(repo, "Train")
    return repo


@pytest.fixture
def repo(made: RenderedRepo) -> Iterator[RenderedRepo]:
    """Give that repo, and put back afterwards what a test changed."""
    first = run(made, "git", "rev-parse", "HEAD").strip()
    yield made
    run(made, "git", "reset", "--quiet", "--hard", first)
    run(made, "git", "clean", "--quiet", "--force", "-d")
    run(made, "dvc", "checkout", "--quiet", "--force")
    (made.path / "mlflow.db").unlink(missing_ok=True)
    for name in ("multirun", "mlruns", "dvc_plots"):
        shutil.rmtree(made.path / name, ignore_errors=True)


def split(environment: Path, into: Path, name: str, table: str, target: str) -> RenderedRepo:
    """Render another repo and run its pipeline up to its split."""
    repo = render(into, project_name=name, dataset=str(EXAMPLES / table), target=target)
    quicken_all(repo)
    lend(environment, repo)
    run(repo, "make", "params", "data/schema.yaml")
    run(repo, "dvc", "repro", "split")
    return repo


@pytest.fixture(scope="module")
def rain(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo of a binary target."""
    table = "seattle-rain/seattle_rain.csv"
    return split(environment, tmp_path_factory.mktemp("rain"), "Rain", table, "rain_tomorrow")


@pytest.fixture(scope="module")
def cars(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo of a regression target."""
    folder = tmp_path_factory.mktemp("cars")
    return split(environment, folder, "Cars", "cars/cars.csv", "miles_per_gallon")


def jobs(repo: RenderedRepo) -> list[Path]:
    """List the folders of the last multirun's jobs, in their order."""
    folders = (repo.path / "multirun").glob("*/*/[0-9]*")
    return sorted(folders, key=lambda folder: int(folder.name))


def experiments(repo: RenderedRepo) -> dict[str, Any]:
    """Tell, by the name of its model, what `dvc exp show` knows of each experiment."""
    shown = json.loads(repo.run(".venv/bin/dvc", "exp", "show", "--json").stdout)
    revisions = [e["revs"][0]["data"] for row in shown for e in row["experiments"] or []]
    return {data["params"]["params.yaml"]["data"]["model"]["name"]: data for data in revisions}


# --- the pipeline again


def test_a_second_run_runs_no_stage_and_a_forced_one_gives_the_same_bytes(
    repo: RenderedRepo,
) -> None:
    assert "Running stage" not in run(repo, "make", "pipeline")
    names = ("models/candidate/pipeline.skops", "reports/metrics.json")
    first = [(repo.path / name).read_bytes() for name in names]
    assert run(repo, "dvc", "repro", "--force").count("Running stage") == 7
    assert [(repo.path / name).read_bytes() for name in names] == first


# --- experiments


def test_an_experiment_runs_what_depends_on_the_model(repo: RenderedRepo) -> None:
    printed = run(repo, "dvc", "exp", "run", "-S", "model=logistic")
    assert [line for line in printed.splitlines() if "Running stage" in line] == [
        "Running stage 'train':",
        "Running stage 'evaluate':",
        "Running stage 'candidate':",
        "Running stage 'report':",
    ]
    assert "LogisticRegression" in repo.read("params.yaml")
    metrics = json.loads(run(repo, "dvc", "metrics", "diff", "--json"))
    assert "neg_log_loss" in metrics["reports/metrics.json"]
    params = json.loads(run(repo, "dvc", "params", "diff", "--json"))
    assert params["params.yaml"]["model.name"] == {"old": "random_forest", "new": "logistic"}
    assert "logistic" in experiments(repo)
    run(repo, "dvc", "plots", "show")
    page = repo.read("dvc_plots/index.html")
    assert "Confusion matrix" in page
    assert "Permutation importance" in page


def test_queued_experiments_run_apart_each_with_its_own_parameters(repo: RenderedRepo) -> None:
    before = repo.read("params.yaml")
    choices = ["-S", "model=dummy,hist_gradient_boosting", "-S", "tracking=wandb"]
    run(repo, "dvc", "exp", "run", "--queue", *choices)
    # Through a shell, for the worker would keep our pipes open.
    run(repo, "sh", "-c", "dvc queue start >/dev/null 2>&1")
    wait_for(read_json(repo.path / ".dvc/tmp/exps/celery/dvc-exp-worker-1.json")["pid"])
    status = run(repo, "dvc", "queue", "status")
    assert status.count("Success") == 2, status
    found = experiments(repo)
    scores = {
        name: found[name]["metrics"]["reports/metrics.json"]["data"]["balanced_accuracy"]
        for name in ("dummy", "hist_gradient_boosting")
    }
    assert scores["dummy"] == pytest.approx(1 / 3)
    assert scores["hist_gradient_boosting"] > 0.8
    assert repo.read("params.yaml") == before
    # DVC ran them in copies of the repo and deleted those; what was tracked is still here.
    assert len(list(repo.path.glob("wandb/offline-run-*/run-*.wandb"))) == 2


def wait_for(process: int, seconds: float = 400) -> None:
    """Wait until a process has ended, and end it if it takes too long."""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(process, 0)
            time.sleep(0.5)
        os.kill(process, signal.SIGTERM)
        pytest.fail(f"still running after {seconds:.0f} seconds")


def test_a_multirun_leaves_candidates_apart_and_models_alone(repo: RenderedRepo) -> None:
    candidate = repo.path / "models" / "candidate"
    before = {path: path.read_bytes() for path in candidate.iterdir()}
    run(repo, "python", "-m", "ways.experiments", "-m", "model=dummy,logistic")
    cards = [(job / "models" / "evaluated" / "README.md").read_text() for job in jobs(repo)]
    assert ["DummyClassifier" in card for card in cards] == [True, False]
    assert ["LogisticRegression" in card for card in cards] == [False, True]
    assert {path: path.read_bytes() for path in candidate.iterdir()} == before
    assert run(repo, "git", "status", "--porcelain") == ""


def test_a_search_settles_on_the_same_here_on_dask_and_on_ray(repo: RenderedRepo) -> None:
    options = ["model=logistic", "search=random", "search.n_iter=4", "search.cv=3"]
    run(repo, "python", "-m", "ways.experiments", "-m", *options, "compute=local,dask,ray")
    local, *others = (read_json(job / "models" / "trained" / "search.json") for job in jobs(repo))
    assert others == [local, local]
    assert 0.001 <= local["parameters"]["estimator__C"] <= 100


@pytest.mark.parametrize("search", ["halving search.n_candidates=6", "optuna search.n_trials=4"])
def test_other_searches_settle(repo: RenderedRepo, search: str) -> None:
    options = ["model=logistic", *f"search={search}".split(), "search.cv=3"]
    run(repo, "python", "-m", "ways.stages.train", *options)
    found = read_json(repo.path / "models" / "trained" / "search.json")
    assert 0.001 <= found["parameters"]["estimator__C"] <= 100
    assert found["score"] > 0.8


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


# --- models


def test_every_model_of_every_task_is_saved_the_same_twice_with_few_types(
    repo: RenderedRepo, rain: RenderedRepo, cars: RenderedRepo
) -> None:
    needed: set[str] = set()
    trusted: set[str] = set()
    for each in (repo, rain, cars):
        package = each.path.name
        choices = [f"model={name}" for name in (LINEAR[package], *ENSEMBLES, "dummy")]
        script = EVERY_MODEL.format(package=package)
        printed = run(each, "python", "-W", "ignore", "-c", script, *choices, OMP_NUM_THREADS="1")
        found, types, trusted_here = json.loads(printed.splitlines()[-1])
        assert list(found) == choices
        for choice, (same, requirements) in found.items():
            assert same, choice
            for extra in ("xgboost", "lightgbm"):
                assert (f"{extra}==" in requirements) == (f"model={extra}" in choice)
        needed |= {name for name in types if not name.startswith(f"{package}.")}
        trusted |= set(trusted_here)
    assert needed <= trusted  # and what models of notebooks need


# --- MLflow


def test_mlflow_runs_the_project_tracks_it_and_keeps_its_models(repo: RenderedRepo) -> None:
    config = repo.path / "conf" / "config.yaml"
    text = config.read_text().replace("tracking: none", "tracking: mlflow")
    config.write_text(text.replace("registry: git", "registry: mlflow"))
    project = ["mlflow", "run", ".", "--env-manager", "local"]
    assert "Running stage 'evaluate'" in run(repo, *project)

    found = json.loads(run(repo, "python", "-W", "ignore", "-c", MLFLOW_RUN))
    assert found["params"]["model.name"] == "random_forest"
    assert found["params"]["model.estimator.n_estimators"] == "20"
    assert found["metrics"] == pytest.approx(json.loads(repo.read("reports/metrics.json")))
    pointer = repo.read("data/raw/penguins.csv.dvc")
    assert f"md5: {found['tags']['data']}\n" in pointer
    assert found["tags"]["code"] == run(repo, "git", "rev-parse", "HEAD").strip()
    assert {"evaluation.json", "model_folder", "plots"} <= set(found["artifacts"])
    assert {"plots/confusion.png", "plots/importance.png"} <= set(found["plots"])
    environment = {"conda.yaml", "python_env.yaml", "requirements.txt"}
    assert {"MLmodel", "model.skops", "input_example.json", *environment} <= set(found["files"])
    assert found["format"] == "skops"
    assert found["inputs"]["bill_length_mm"] == ["double", False]
    assert found["inputs"]["year"] == ["long", True]
    assert found["same"]
    assert f"{repo.path}/mlruns/" in found["code"]

    commit(repo, "Train")
    assert "ways 1 is in staging" in run(repo, "make", "register")
    assert "ways 1 is in production" in run(repo, "make", "promote")
    _, log = said(repo, *project, "-e", "train", "-P", "model=logistic", "-P", "seed=7")
    assert "dvc exp run -S model=logistic -S seed=7" in log
    assert "seed: 7\n" in repo.read("params.yaml")
    assert "LogisticRegression" in repo.read("params.yaml")
    commit(repo, "Train another")
    assert "ways 2 is in production" in run(repo, "make", "promote")
    assert "1 is in production again, 2 is archived" in run(repo, "make", "rollback")
    assert_mlflow_serves_the_service_s_answers(repo)


def assert_mlflow_serves_the_service_s_answers(repo: RenderedRepo) -> None:
    """Ask MLflow's own server and the service for the same rows."""
    rows = rows_of(repo, "species")
    with serving(repo) as service:
        answers = service.post(rows).json["predictions"]
    port = free_port()
    words = ["make", "serve-mlflow", f"ARGS=+port={port}"]
    with subprocess.Popen(
        words, cwd=repo.path, env=clean_environment(**activated(repo)), start_new_session=True
    ) as process:
        try:
            server = Service(port, process, repo.path)

            def answer() -> Any:
                try:
                    return server.post({"dataframe_records": rows}, "/invocations")
                except OSError:
                    return None

            served = until(answer, "MLflow answers", 240)
            expected = [each["prediction"] for each in answers]
            assert served.json == {"predictions": expected}, served.text
            wrong = {**rows[0], "bill_length_mm": "long"}
            assert server.post({"dataframe_records": [wrong]}, "/invocations").status == 400
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def test_mlflow_takes_dates_and_a_tuned_threshold(rain: RenderedRepo) -> None:
    run(rain, "python", "-m", "rain.experiments", "-m", "model=logistic", "tracking=mlflow")
    (described,) = rain.path.glob("mlruns/1/models/*/artifacts/MLmodel")
    assert '{"type": "datetime", "name": "date"' in described.read_text()
    assert 0 < read_json(jobs(rain)[0] / "reports" / "evaluation.json")["threshold"] < 1


# --- a remote


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve S3 on loopback, with a bucket named ways."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    connection = http.client.HTTPConnection(host, port)
    connection.request("PUT", "/ways")
    assert connection.getresponse().status == 200
    yield f"http://{host}:{port}"
    server.stop()


def test_an_s3_remote_brings_everything_back(repo: RenderedRepo, s3: str, tmp_path: Path) -> None:
    run(repo, "make", "remote", "URL=s3://ways/data", f"ENDPOINT={s3}")
    run(repo, "dvc", "push")
    names = ("data/raw/penguins.csv", "models/candidate/pipeline.skops")
    kept = [(repo.path / name).read_bytes() for name in names]
    for name in (".dvc/cache", "models", "data/interim", "data/processed", "reports/plots"):
        shutil.rmtree(repo.path / name)
    (repo.path / names[0]).unlink()
    run(repo, "dvc", "pull")
    assert [(repo.path / name).read_bytes() for name in names] == kept
    assert "in sync" in run(repo, "dvc", "status", "--cloud")
    assert "up to date" in run(repo, "dvc", "status")

    # Someone else clones the repo and promotes its model.
    run(repo, "git", "commit", "--quiet", "--no-verify", "--message", "A remote", ".dvc/config")
    run(repo, "git", "clone", "--quiet", ".", str(tmp_path / "clone"))
    run(repo, "git", "reset", "--quiet", "--hard", "HEAD^")
    clone = RenderedRepo(tmp_path / "clone")
    (clone.path / ".venv").symlink_to(repo.path / ".venv")
    run(clone, "dvc", "pull")
    assert [(clone.path / name).read_bytes() for name in names] == kept
    assert "ways v0.0.1 is in production" in run(clone, "make", "promote", PYTHONPATH="src")
    assert "ways@v0.0.1" in run(clone, "git", "tag")


def test_an_endpoint_that_is_dead_or_of_no_s3_is_one_line(repo: RenderedRepo, s3: str) -> None:
    answer = attempt(repo, "make", "remote", "URL=gs://ways/data", f"ENDPOINT={s3}")
    assert answer.returncode != 0
    assert "An ENDPOINT is for URL=s3://" in answer.stdout
    run(repo, "make", "remote", "URL=s3://ways/data", "ENDPOINT=http://127.0.0.1:9")
    run(repo, "git", "remote", "add", "origin", str(repo.path.parent / "origin.git"))
    answer = attempt(repo, "make", "push", AWS_MAX_ATTEMPTS="1")
    run(repo, "git", "remote", "remove", "origin")
    lines = [line for line in answer.stderr.splitlines() if line.startswith("Refused: ")]
    assert len(lines) == 1, answer.stderr[-3000:]
    assert "connect" in lines[0]
    assert "Traceback" not in answer.stderr


def test_a_table_is_pinned_at_a_commit_of_a_stand_in_for_lakefs(
    repo: RenderedRepo, s3: str
) -> None:
    table = (repo.path / "data/raw/penguins.csv").read_bytes()
    connection = http.client.HTTPConnection(s3.removeprefix("http://"))
    connection.request("PUT", "/ways/c0ffee/tables/penguins.csv", table)
    assert connection.getresponse().status == 200
    run(repo, "dvc", "remote", "add", "lake", "s3://ways")
    run(repo, "dvc", "remote", "modify", "lake", "endpointurl", s3)
    source = "remote://lake/c0ffee/tables/penguins.csv"
    run(repo, "dvc", "import-url", "--force", source, "data/raw/penguins.csv")
    assert source in repo.read("data/raw/penguins.csv.dvc")
    assert "up to date" in run(repo, "dvc", "status", "validate")


# --- without uv


# What `make setup` itself runs with; pip takes a minute for all that the pipeline runs with, and
# half of the rest to compile what nobody imports.
FEW = ("hydra-core", "omegaconf", "pandas", "pre-commit", "pyarrow", "pydantic", "pyyaml")


def test_without_uv_pip_sets_up_and_writes_a_lock_that_is_used(tmp_path: Path) -> None:
    repo = render(tmp_path / "repo", project_name="Pips")
    project = repo.read("pyproject.toml").splitlines(keepends=True)
    named = [re.match(r' +"([\w-]+)[\[\w\]]*>=', line) for line in project]
    kept = [line for line, name in zip(project, named, strict=True) if not name or name[1] in FEW]
    assert len(kept) == len(project) - sum(map(bool, named)) + len(FEW)
    (repo.path / "pyproject.toml").write_text("".join(kept), encoding="utf-8")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("make", "git", "awk"):
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    given = {"PATH": str(tools), "PIP_NO_COMPILE": "1"}
    assert "Next: make pipeline" in run(repo, "make", "setup", **given)
    lock = repo.path / "requirements.lock"
    pins = lock.read_text().splitlines()
    assert any(pin.startswith("pandas==") for pin in pins)
    assert not any("pips" in pin for pin in pins)

    older = "omegaconf==2.3.0"
    changed = [older if pin.startswith("omegaconf==") else pin for pin in pins]
    assert changed != pins
    lock.write_text("\n".join(changed) + "\n")
    run(repo, "make", "setup", **given)
    assert lock.read_text().splitlines() == changed
