"""The whole pipeline on a small table, what it leaves, and its stages as people type them."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from {{ cookiecutter.package_name }}.data import schema, tables
from {{ cookiecutter.package_name }}.data.casting import conform
from {{ cookiecutter.package_name }}.data.schema import Column
from {{ cookiecutter.package_name }}.data.tables import read_table
from {{ cookiecutter.package_name }}.model import pipeline as pipelines
from {{ cookiecutter.package_name }}.stages import evaluate, split
from {{ cookiecutter.package_name }}.stages.describe import chosen, describe, kept
from {{ cookiecutter.package_name }}.stages.train import fit
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import configured, run_pipeline, sampled, with_estimator

PACKAGE = "{{ cookiecutter.package_name }}"
FOLDER = {
    "README.md",
    "evaluation.json",
    "example.json",
    "hashes.json",
    "metrics.json",
    "params.yaml",
    "pipeline.skops",
    "requirements.txt",
    "schema.yaml",
    "versions.json",
}


def test_a_candidate_is_complete(trained: Path) -> None:
    candidate = trained / paths.CANDIDATE
    assert {file.name for file in candidate.iterdir()} >= FOLDER
    versions = files.read_json(candidate / "versions.json")
    assert set(versions) == {"code", "time", "data", "python", "packages"}
    pins = (candidate / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+", pin) for pin in pins)


def test_reports_say_how_good_it_is(trained: Path) -> None:
    metrics = files.read_json(trained / paths.REPORTS / "metrics.json")
    details = files.read_json(trained / paths.REPORTS / "evaluation.json")
    cfg = sampled()
    assert metrics[cfg.gate.metric] > details["baseline"][cfg.gate.metric]
    low, high = details["intervals"][cfg.evaluate.metric]
    assert low <= metrics[cfg.evaluate.metric] <= high
    train, test = (read_table(trained / path) for path in (paths.TRAIN, paths.TEST))
    assert details["rows"] == {"train": len(train), "test": len(test)}
    plots = {file.name for file in (trained / paths.REPORTS / "plots").iterdir()}
    assert {"importance.csv", "predictions.csv"} <= plots
    pairs = pd.read_csv(trained / paths.REPORTS / "plots" / "predictions.csv")
    assert list(pairs.columns) == ["actual", "predicted"]
    assert len(pairs) == len(test)


def test_the_card_names_target_and_scores(trained: Path, schema: schema.Schema) -> None:
    card = (trained / paths.CANDIDATE / "README.md").read_text(encoding="utf-8")
    assert f"`{schema.target}`" in card
    assert configured().evaluate.metric in card


def test_a_slice_is_scored_apart(
    workspace: Path, cfg: DictConfig, table: pd.DataFrame, schema: schema.Schema
) -> None:
    column = min(schema.features, key=lambda name: table[name].nunique())
    cfg.evaluate.slices = [column]
    run_pipeline(cfg)
    found = files.read_json(paths.REPORTS / "evaluation.json")["slices"][column]
    scored = sum(scores["rows"] for scores in found.values())
    assert scored == read_table(paths.TEST)[column].count()
    assert "## By slice" in (paths.CANDIDATE / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes(workspace: Path, cfg: DictConfig) -> None:
    def contents() -> dict[Path, bytes]:
        # All but how long the fit took.
        run_pipeline(cfg)
        files = {f for f in workspace.glob("[mr]*/**/*") if f.is_file()}
        return {f: f.read_bytes() for f in files - {workspace / paths.REPORTS / "training.json"}}

    assert contents() == contents()


def test_rows_without_a_target_are_left_out(
    workspace: Path, cfg: DictConfig, table: pd.DataFrame, schema: schema.Schema
) -> None:
    known = table[schema.target].astype(object).where(table.index >= 10, None)
    tables.write_table(paths.TABLE, conform(table.assign(**{schema.target: known}), schema))
    split.split(cfg)
    train, test = read_table(paths.TRAIN), read_table(paths.TEST)
    assert len(train) + len(test) == len(table) - 10
    assert pd.concat([train, test])[schema.target].notna().all()


def test_a_model_that_takes_no_missing_values_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipelines, "Features", FunctionTransformer)  # own steps that do nothing
    table = pd.DataFrame({"x": [1.0, None, 3.0, 4.0] * 9, "y": [0, 1] * 18})
    describe(table, "y", configured().data.task).save()
    tables.write_table(paths.TRAIN, table)
    with pytest.raises(Refusal, match="use features=default"):
        fit(with_estimator("sklearn.neighbors.KNeighbors", "features=none"))


def test_a_crash_half_way_leaves_the_former_file(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    files.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        files.write_json(path, {("no", "key"): 2})
    with pytest.raises(FileNotFoundError), files.replacing(path):
        pass  # nothing was written under the temporary name
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def run(name: str, *overrides: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", f"{PACKAGE}.{name}", *overrides]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_refusal_is_one_line_without_a_traceback(workspace: Path) -> None:
    answer = run("stages.split")
    assert answer.returncode == 1
    assert answer.stderr.strip().startswith("Refused: data/interim/table.parquet is not there")
    assert "Traceback" not in answer.stderr


def test_a_stage_takes_its_configuration_from_params(workspace: Path, cfg: object) -> None:
    OmegaConf.save(cfg, "params.yaml", resolve=True)
    answer = run("stages.ingest", "--config-dir", ".", "--config-name", "params")
    assert answer.returncode == 0, answer.stderr
    assert (workspace / "data/interim/table.parquet").exists()


def test_a_schema_is_described_once(workspace: Path, cfg: object) -> None:
    OmegaConf.save(cfg, "params.yaml", resolve=True)
    options = ["--config-dir", ".", "--config-name", "params"]
    before = Path("data/schema.yaml").read_text(encoding="utf-8")
    assert run("stages.describe", *options).returncode == 0
    assert Path("data/schema.yaml").read_text(encoding="utf-8") == before
    Path("data/schema.yaml").unlink()
    answer = run("stages.describe", *options)
    assert answer.returncode == 0, answer.stderr
    assert Path("data/schema.yaml").exists()


def test_a_schema_follows_other_features_and_keeps_what_people_wrote() -> None:
    table = pd.DataFrame({name: [1.5, 2.0, 4.0] for name in "abcdy"} | {"z": list("uvu")})
    found = describe(table, "y", "regression", ["a", "b"])
    a, y = replace(found["a"], max=9.0), found["y"]
    former = replace(found, columns=(a, Column("d", "number", nullable=True), y))  # b is gone

    features = chosen(former, known=["a", "b"], features=["a", "b", "c"])
    assert features == ["a", "c", "d"]
    schema = kept(former, describe(table, "y", "regression", features))
    assert [column.name for column in schema.columns] == [*"acdy"]
    assert (schema["a"], schema["d"]) == (a, former["d"])

    other = kept(former, describe(table, "z", "classification", ["a", "y"]))
    assert (other.target, other.task, other.positive) == ("z", "binary", "v")
    assert (other["a"], other["y"]) == (a, y)


def test_under_dvc_a_wrong_key_is_one_line_too(workspace: Path, cfg: DictConfig) -> None:
    OmegaConf.save(cfg, "params.yaml", resolve=True)
    text = Path("params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(text.replace("tolerance:", "tolerence:"), encoding="utf-8")
    answer = run("stages.ingest", "--config-dir", ".", "--config-name", "params")
    assert answer.returncode == 1
    reason = "there is no gate.tolerence (do you mean gate.tolerance?)"
    assert answer.stderr.splitlines() == [f"Refused: {reason}"]


@pytest.mark.slow
def test_under_dvc_no_group_can_be_chosen_anew(workspace: Path, cfg: DictConfig) -> None:
    OmegaConf.save(cfg, "params.yaml", resolve=True)
    words = ("--config-dir", ".", "--config-name", "params", "model=random_forest")
    answer = run("stages.ingest", *words)
    reason = "model is chosen in conf/config.yaml; then run `make params`"
    assert answer.stderr.splitlines() == [f"Refused: {reason}"]


@pytest.mark.slow
def test_a_mistyped_override_is_one_line(workspace: Path) -> None:
    for override, reason in {
        "gate.minimun=1": "there is no gate.minimun (do you mean gate.minimum?)",
        "+registry.modle=x": "there is no registry.modle (do you mean registry.model?)",
    }.items():
        answer = run("registry.commands", "models", override)
        assert answer.returncode == 1
        (line,) = answer.stderr.splitlines()
        assert line.startswith(f"Refused: {reason}")


def test_very_many_columns_are_shuffled_in_groups_first() -> None:
    asked = []
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(50, 900)), columns=[f"v{n}" for n in range(900)])
    y = X["v7"] + X["v456"]

    def scoring(model: Any, X: pd.DataFrame, y: pd.Series) -> float:
        asked.append(list(X.columns))
        return float(-((X["v7"] + 0.5 * X["v456"] - y) ** 2).mean())

    found, how = evaluate._by_groups(FunctionTransformer(), X, y, scoring, 0)
    assert set(found.nlargest(2, "importance")["feature"]) == {"v7", "v456"}
    assert len(found) == 900
    assert len(asked) == 1 + evaluate.PREDICTIONS
    assert all(columns == list(X.columns) for columns in asked)
    assert "in 50 groups of neighbours, then 250 of the groups that matter most" in how


def test_test_rows_that_the_model_can_not_take_are_refused_in_one_line() -> None:
    described = schema.Schema("y", "regression", (Column("x", "text"), Column("y", "number")))
    train = pd.DataFrame({"x": ["1", "2"], "y": [1.0, 2.0]})
    model = make_pipeline(FunctionTransformer(), LinearRegression()).fit(train[["x"]], train["y"])
    with pytest.raises(Refusal, match=r"can't predict the test rows .*'0,5'"):
        evaluate.predictions_of(model, train.replace({"1": "0,5"}), described)
