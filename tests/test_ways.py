"""The ways of running a rendered repo beyond its plain pipeline: experiments, trackers, remotes."""

import http.client
import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tests.rendered import EXAMPLES, RenderedRepo, clean_environment, render

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ways")]

MODELS = "random_forest,hist_gradient_boosting,xgboost,lightgbm,dummy"
LINEAR = {"ways": "logistic", "rain": "logistic", "cars": "linear"}
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # small tables: threads would only wait for each other
EXTRAS = "dev,mlflow,optuna,dask,xgboost,lightgbm,s3"

# Loads MLflow's model as a stranger to this repo would: without its src/.
MLFLOW_RUN = """
import json, pathlib, sys
sys.path = [entry for entry in sys.path if pathlib.Path(entry).name != "src"]
import mlflow
mlflow.set_tracking_uri("sqlite:///mlflow.db")
(run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
(logged,) = mlflow.search_logged_models([run.info.experiment_id], output_format="list")
model = mlflow.pyfunc.load_model(logged.model_uri)
from ways import model_file, paths
from ways.data import read_table
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

# Fits every job of a multirun again, and looks at what its model's file needs.
FIT_AGAIN = """
import json, pathlib, skops.io
from omegaconf import OmegaConf
from {package} import model_file, train
same, types, again = {{}}, set(), pathlib.Path("multirun/again.skops")
for job in pathlib.Path("multirun").glob("*/*/[0-9]*"):
    file = job / "models/candidate/pipeline.skops"
    cfg = OmegaConf.load(job / ".hydra/config.yaml")
    model_file.save_pipeline(train.fit(cfg)[0], again)
    same[cfg.model.name] = again.read_bytes() == file.read_bytes()
    types |= set(skops.io.get_untrusted_types(file=file))
print(json.dumps([same, sorted(types), sorted(model_file.TRUSTED)]))
"""


def said(repo: RenderedRepo, *command: str, **env: str) -> tuple[str, str]:
    """Run a command as someone does who activated the environment; give what it prints and logs."""
    path = f"{repo.path / '.venv' / 'bin'}:{clean_environment()['PATH']}"
    answer = repo.run(*command, check=False, env={"PATH": path, **env})
    assert answer.returncode == 0, f"{' '.join(command)}\n{answer.stdout}{answer.stderr[-6000:]}"
    return answer.stdout, answer.stderr


def run(repo: RenderedRepo, *command: str, **env: str) -> str:
    """Do that, and give what it prints."""
    return said(repo, *command, **env)[0]


def quicken(repo: RenderedRepo) -> None:
    """Spend less: fewer resamples and trees, and no tracker."""
    for name, usual, quick in (
        ("conf/evaluate/default.yaml", "resamples: 300", "resamples: 20"),
        ("conf/gate/default.yaml", "resamples: 1000", "resamples: 100"),
        ("conf/model/random_forest.yaml", "n_estimators: 200", "n_estimators: 20"),
        ("conf/model/hist_gradient_boosting.yaml", "max_iter: 200", "max_iter: 20"),
        ("conf/model/xgboost.yaml", "n_estimators: 200", "n_estimators: 20"),
        ("conf/model/lightgbm.yaml", "n_estimators: 200", "n_estimators: 20"),
        ("conf/config.yaml", "tracking: wandb", "tracking: none"),
    ):
        text = repo.read(name)
        assert usual in text
        (repo.path / name).write_text(text.replace(usual, quick))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Render the starter, set it up with every extra, run its pipeline and commit."""
    repo = render(tmp_path_factory.mktemp("ways"), project_name="Ways")
    quicken(repo)
    run(repo, "make", "setup", f"EXTRAS={EXTRAS}")
    run(repo, "make", "pipeline")
    run(repo, "git", "add", "--all")
    run(repo, "git", "commit", "--no-verify", "--message", "Train")
    return repo


@pytest.fixture
def repo(made: RenderedRepo) -> Iterator[RenderedRepo]:
    """Give that repo, and put back afterwards what a test changed."""
    yield made
    run(made, "git", "reset", "--quiet", "--hard")
    run(made, "git", "clean", "--quiet", "--force", "-d")
    run(made, "dvc", "checkout", "--quiet", "--force")
    (made.path / "mlflow.db").unlink(missing_ok=True)
    for name in ("multirun", "mlruns", "dvc_plots"):
        shutil.rmtree(made.path / name, ignore_errors=True)


def shared(made: RenderedRepo, into: Path, name: str, table: str, target: str) -> RenderedRepo:
    """Render another repo that uses the environment of the first, up to its split."""
    repo = render(into, project_name=name, dataset=str(EXAMPLES / table), target=target)
    quicken(repo)
    (repo.path / ".venv").symlink_to(made.path / ".venv")
    python = str(made.path / ".venv" / "bin" / "python")
    run(repo, "uv", "pip", "install", "--quiet", "--python", python, "--no-deps", "-e", ".")
    run(repo, "make", "params", "data/schema.yaml")
    run(repo, "dvc", "repro", "split")
    return repo


@pytest.fixture(scope="module")
def rain(made: RenderedRepo, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo of a binary target."""
    table = "seattle-rain/seattle_rain.csv"
    return shared(made, tmp_path_factory.mktemp("rain"), "Rain", table, "rain_tomorrow")


@pytest.fixture(scope="module")
def cars(made: RenderedRepo, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo of a regression target."""
    folder = tmp_path_factory.mktemp("cars")
    return shared(made, folder, "Cars", "cars/cars.csv", "miles_per_gallon")


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
    assert run(repo, "dvc", "repro", "--force").count("Running stage") == 5
    assert [(repo.path / name).read_bytes() for name in names] == first


# --- experiments


def test_an_experiment_runs_what_depends_on_the_model(repo: RenderedRepo) -> None:
    printed = run(repo, "dvc", "exp", "run", "-S", "model=logistic")
    assert [line for line in printed.splitlines() if "Running stage" in line] == [
        "Running stage 'train':",
        "Running stage 'evaluate':",
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
    choices = ["-S", "model=dummy,hist_gradient_boosting", "-S", "tracking=mlflow"]
    run(repo, "dvc", "exp", "run", "--queue", *choices)
    before = repo.read("params.yaml")
    # The database is made here: two workers that make it at the same time get in each other's way.
    run(repo, "mlflow", "experiments", "create", "-n", "ways", MLFLOW_TRACKING_URI=sqlite(repo))
    run(repo, "dvc", "queue", "start", "--jobs", "2")
    deadline = time.monotonic() + 150
    while {"Queued", "Running"} & set((status := run(repo, "dvc", "queue", "status")).split()):
        assert time.monotonic() < deadline, status
        time.sleep(2)
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
    runs = run(repo, "mlflow", "runs", "list", "--experiment-id", "1")
    assert len(runs.splitlines()) >= 4, runs
    assert len(list(repo.path.glob("mlruns/1/*/artifacts/model_folder"))) == 2


def sqlite(repo: RenderedRepo) -> str:
    """Name MLflow's database, as conf/tracking/mlflow.yaml means it."""
    return f"sqlite:///{repo.path / 'mlflow.db'}"


def test_a_multirun_leaves_candidates_apart_and_models_alone(repo: RenderedRepo) -> None:
    candidate = repo.path / "models" / "candidate"
    before = {path: path.read_bytes() for path in candidate.iterdir()}
    run(repo, "python", "-m", "ways.train", "-m", "model=dummy,logistic")
    cards = [(job / "models" / "candidate" / "README.md").read_text() for job in jobs(repo)]
    assert ["DummyClassifier" in card for card in cards] == [True, False]
    assert ["LogisticRegression" in card for card in cards] == [False, True]
    assert {path: path.read_bytes() for path in candidate.iterdir()} == before
    assert run(repo, "git", "status", "--porcelain") == ""


@pytest.mark.parametrize("search", ["random search.n_iter=4", "halving search.n_candidates=6"])
def test_a_search_settles_on_the_same_here_and_on_dask(repo: RenderedRepo, search: str) -> None:
    options = ["model=logistic", *f"search={search}".split(), "search.cv=3"]
    run(repo, "python", "-m", "ways.train", "-m", *options, "compute=local,dask")
    local, dask = (read_json(job / "models" / "trained" / "search.json") for job in jobs(repo))
    assert local == dask
    assert 0.001 <= local["parameters"]["estimator__C"] <= 100


def test_optuna_searches(repo: RenderedRepo) -> None:
    options = ["model=logistic", "search=optuna", "search.n_trials=4", "search.cv=3"]
    run(repo, "python", "-m", "ways.train", *options)
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
        names = [LINEAR[package], *MODELS.split(",")]
        sweep = ["-m", f"model={','.join(names)}"]
        run(each, "python", "-m", f"{package}.train", *sweep, **ONE_THREAD)
        script = FIT_AGAIN.format(package=package)
        answer = run(each, "python", "-W", "ignore", "-c", script, **ONE_THREAD)
        same, types, trusted_here = json.loads(answer.splitlines()[-1])
        assert same == dict.fromkeys(names, True)
        needed |= {name for name in types if not name.startswith(f"{package}.")}
        trusted |= set(trusted_here)
        for name, job in zip(names, jobs(each), strict=True):
            requirements = (job / "models/candidate/requirements.txt").read_text()
            for extra in ("xgboost", "lightgbm"):
                assert (f"{extra}==" in requirements) == (name == extra)
    assert needed == trusted


def test_tree_ensembles_take_their_own_features(repo: RenderedRepo) -> None:
    trees = "model=random_forest,hist_gradient_boosting,xgboost,lightgbm"
    options = [trees, "features=trees"]
    run(repo, "python", "-m", "ways.train", "-m", *options, **ONE_THREAD)
    for job in jobs(repo):
        assert read_json(job / "reports" / "metrics.json")["balanced_accuracy"] > 0.9


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

    assert "ways 1 is in staging" in run(repo, "make", "register")
    assert "ways 1 is in production" in run(repo, "make", "promote")
    _, log = said(repo, *project, "-e", "train", "-P", "model=logistic", "-P", "seed=7")
    assert "dvc exp run -S model=logistic -S seed=7" in log
    assert "seed: 7\n" in repo.read("params.yaml")
    assert "LogisticRegression" in repo.read("params.yaml")
    assert "ways 2 is in production" in run(repo, "make", "promote")
    assert "1 is in production again, 2 is archived" in run(repo, "make", "rollback")


def test_mlflow_takes_dates_and_a_tuned_threshold(rain: RenderedRepo) -> None:
    run(rain, "python", "-m", "rain.train", "model=logistic")
    run(rain, "python", "-m", "rain.evaluate", "model=logistic", "tracking=mlflow")
    (described,) = rain.path.glob("mlruns/1/models/*/artifacts/MLmodel")
    assert '{"type": "datetime", "name": "date"' in described.read_text()
    assert 0 < json.loads(rain.read("reports/evaluation.json"))["threshold"] < 1


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
    run(repo, "make", "remote", "URL=s3://ways/data")
    endpoint = ["dvc", "remote", "modify", "--local", "storage", "endpointurl", s3]
    run(repo, *endpoint)
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
    run(clone, *endpoint)
    run(clone, "dvc", "pull")
    assert [(clone.path / name).read_bytes() for name in names] == kept
    assert "ways v0.0.1 is in production" in run(clone, "make", "promote", PYTHONPATH="src")
    assert "ways@v0.0.1" in run(clone, "git", "tag")
    (repo.path / ".dvc" / "config.local").unlink()


# --- without uv


@pytest.mark.xdist_group("pip")
def test_without_uv_pip_sets_up_and_writes_a_lock_that_is_used(tmp_path: Path) -> None:
    repo = render(tmp_path / "repo", project_name="Pips")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("make", "git", "awk"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    assert "Next: make pipeline" in run(repo, "make", "setup", PATH=str(tools))
    lock = repo.path / "requirements.lock"
    pins = lock.read_text().splitlines()
    assert any(pin.startswith("scikit-learn==") for pin in pins)
    assert not any("pips" in pin for pin in pins)

    older = "rich==14.0.0"
    assert older not in pins
    lock.write_text("\n".join(older if pin.startswith("rich==") else pin for pin in pins) + "\n")
    run(repo, "make", "setup", PATH=str(tools))
    assert older in lock.read_text().splitlines()
