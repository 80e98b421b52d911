"""A small table that keeps to data/schema.yaml, and what the pipeline makes of it."""

import os
import shutil
import subprocess
{%- if cookiecutter.__look_ups %}
from collections.abc import Iterator
{%- endif %}
from copy import deepcopy
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from dvc.cli import main
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.packing import write_hashes
from {{ cookiecutter.package_name }}.stages import evaluate, ingest, split, train, validate
{%- if cookiecutter.__look_ups %}
from {{ cookiecutter.package_name }}.tools import look_ups
{%- endif %}
from {{ cookiecutter.package_name }}.tools.files import replace_folder
from {{ cookiecutter.package_name }}.tools.paths import (
    CANDIDATE,
    EVALUATED,
    NOTICED,
    TEST,
    TRAIN,
)

from rows import contract, drawn, raw

os.environ["DVC_NO_ANALYTICS"] = "1"  # of the repositories that tests make
ROOT = Path(__file__).parents[1]
# By these, whatever learns something is better than the baseline, even on few rows.
JUDGED_BY = {"binary": "roc_auc", "multiclass": "balanced_accuracy", "regression": "r2"}


def configured(*overrides: str) -> DictConfig:
    """What conf/ composes with some overrides; a copy, which may be changed."""
    return deepcopy(_composed(*overrides))


@cache
def _composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", list(overrides))
{%- if cookiecutter.__look_ups %}


@pytest.fixture(scope="session", autouse=True)
def tables_beside() -> Iterator[None]:
    """The tables that steps look something up in: first rows of them until `dvc pull`."""
    with pytest.MonkeyPatch.context() as patch:
        if not all((look_ups.RAW / each.name).is_file() for each in (ROOT / "tests/raw").iterdir()):
            patch.setattr(look_ups, "RAW", ROOT / "tests/raw")
        yield
{%- endif %}


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The repository's own schema, or one that stands in for it until `make setup` wrote it."""
    return contract()


@pytest.fixture(scope="session")
def table(schema: Schema) -> pd.DataFrame:
    """Rows that keep to it."""
    return drawn(schema)


@pytest.fixture
def cfg() -> DictConfig:
    """The repository's configuration, with the drawn table in place of the raw one."""
    return sampled()


def sampled(*overrides: str) -> DictConfig:
    """The configuration of a quick run on the drawn table."""
    quick = ["tracking=none", "evaluate.resamples=20"]
    if "search" in configured():
        quick += ["search=none", "compute.n_jobs=1"]
    cfg = configured(*quick, *overrides)
    cfg.data.path, cfg.data.format, cfg.data.read = "data/raw/drawn.parquet", "parquet", {}
{%- if cookiecutter.__data_url %}
    cfg.data.source = None
{%- endif %}
{%- if cookiecutter.__cells %}
    cfg.data.na_values, cfg.data.cells = [], {}  # the drawn table is written plainly
{%- endif %}
    known = contract()
    cfg.evaluate.slices = [name for name in cfg.evaluate.slices if name in known.features]
    cfg.gate.metric = JUDGED_BY[known.task]
    cfg.gate.minimum, cfg.gate.resamples, cfg.gate.tolerance = {}, 100, 0.5
    # One column may tell the drawn target; test_noticed.py is about that.
    cfg.gate.checks = {name: each for name, each in cfg.gate.checks.items() if name != "noticed"}
    if "threshold" in cfg.evaluate:
        cfg.evaluate.threshold = None  # test_model.py tunes one
    if "n_estimators" in cfg.model.estimator:
        cfg.model.estimator.n_estimators = 20
    if cfg.model.name == "hist_gradient_boosting":
        cfg.model.estimator.max_iter = 20
    return cfg


def with_estimator(path: str, *overrides: str) -> DictConfig:
    """The configuration of a quick run with another estimator.

    Args:
        path: of its class, without the task's ending: `sklearn.dummy.Dummy`.
        overrides: of other options.
    """
    cfg = sampled(*overrides)
    kind = "Regressor" if contract().task == "regression" else "Classifier"
    cfg.model.estimator = {"_target_": f"{path}{kind}"}
    return cfg


@pytest.fixture
def workspace(tmp_path: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the drawn table and its schema, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "raw").mkdir(parents=True)
    raw(schema).to_parquet("data/raw/drawn.parquet", index=False)
    schema.save()
    return tmp_path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, schema: Schema) -> Path:
    """A folder in which the whole pipeline has run, for tests that only read it."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("data/raw").mkdir(parents=True)
        raw(schema).to_parquet("data/raw/drawn.parquet", index=False)
        schema.save()
        run_pipeline(sampled())
    return folder


@pytest.fixture(scope="session")
def recorded(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Git and DVC repository in which the pipeline has run."""
    folder = tmp_path_factory.mktemp("recorded") / "repo"
    shutil.copytree(trained, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        start_repository()
    return folder


@pytest.fixture
def repo(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which is the current folder."""
    shutil.copytree(recorded, tmp_path / "repo")
    monkeypatch.chdir(tmp_path / "repo")
    return tmp_path / "repo"


def run_pipeline(cfg: DictConfig) -> None:
    """Every stage, one after the other, in this process."""
    for stage in (ingest.ingest, validate.validate, split.split, train.train, evaluate.evaluate):
        stage(cfg)
    replace_folder(EVALUATED, CANDIDATE)


def git(*words: str) -> None:
    """Run Git in the current folder."""
    subprocess.run(["git", *words], check=True, capture_output=True)


def dvc(*words: str) -> None:
    """Run DVC in the current folder: in this process, which need not start and import it again."""
    assert main([*words, "--quiet"]) == 0


def start_repository() -> None:
    """Record what the pipeline has left in the current folder."""
    git("init")
    git("config", "user.name", "Tester")
    git("config", "user.email", "tester@example.com")
    dvc("init")
    Path(".gitignore").write_text("/models/\n/data/\n/reports/\n/outputs/\n", encoding="utf-8")
    record("first")


def record(message: str) -> None:
    """Commit what a run of the pipeline leaves: the hashes in dvc.lock."""
    outs = [word for path in (CANDIDATE, NOTICED, TRAIN, TEST) for word in ("--outs", str(path))]
    dvc("stage", "add", "--force", "--name", "candidate", *outs, "true")
    dvc("commit", "--force", "candidate")
    git("add", "--all")
    git("commit", "--message", message, "--no-verify")


def retrained(note: str) -> None:
    """Another candidate, which differs and scores the same."""
    (CANDIDATE / "README.md").write_text(note, encoding="utf-8")
    write_hashes(CANDIDATE)
