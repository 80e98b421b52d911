"""A property of a rendered repository: whatever columns are called, it trains, serves and watches.

test_column_names.py runs this in one that has no notebook; by its name pytest does not collect it.
"""
# mypy: ignore-errors

import json
import os
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

# isort: split
from conftest import configured, run_pipeline
from names import predict
from names.app.attributions import attributions
from names.app.page_state import page_state
from names.data.tables import read_table
from names.monitoring import columns, drift, store
from names.monitoring.prediction_log import prediction_log
from names.packing import opening
from names.reporting import summary
from names.runtime.batch import _free
from names.serving.app import create_app
from names.serving.settings import Settings
from names.stages import noticed
from names.stages.describe import describe
from names.tools import paths

ROWS = 150
HARD = [
    *("self", "cls", "time", "id", "index", "class", "prediction", "predicted", "actual", "key"),
    *("low", "high", "version", "variant", "latency", "column time", "probability_a", "def"),
    *("select", "table", "from", "order by", "true", "null", "yes", "1", "0.5", "-", "~", "%", "#"),
    *("a.b", "a[0]", "a'b", 'a"b', "a b", "{a}", "<a>", "a,b", "a;b", "a\\b", "$a$", "_a", "a:b"),
    *("🐧", "größe", "名前", "x" * 300, "columns", "name", "data", "X", "y", "dtype", "axis"),
    *("predicted_outcome", "probability_b", "level_0", "iloc", "missing", "rows", "model", "@"),
]
letters = st.characters(exclude_categories=("Cs", "Cc", "Cn"))
name = st.one_of(st.sampled_from(HARD), st.text(letters, min_size=1, max_size=40))
names = st.lists(name.filter(str.strip), min_size=8, max_size=8, unique_by=str.strip)
label = st.text(st.characters(categories=("Lu", "Ll", "Nd", "So")), min_size=1, max_size=8)
labels = st.lists(label, min_size=2, max_size=3, unique_by=lambda each: each.strip().casefold())


def drawn(called: list[str], values: list[str], seed: int) -> pd.DataFrame:
    """A column of each type, and a target that follows the first; the last name is the target's."""
    rng = np.random.default_rng(seed)
    measured = rng.normal(size=ROWS)
    noisy = measured + rng.normal(size=ROWS) / 2
    target = pd.qcut(noisy, len(values), labels=values).astype(str)
    if seed % 3 == 0:
        target = noisy
    columns = [
        measured,
        rng.integers(0, 9, ROWS),
        rng.choice(values, ROWS),
        rng.random(ROWS) < 0.5,
        pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), "D"),
        [f"one of {n} words or {n + 1}" for n in rng.integers(0, 9, ROWS)],
        np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(size=ROWS)),
        target,
    ]
    return pd.DataFrame(dict(zip(called, columns, strict=True)))


@settings(
    max_examples=int(os.environ.get("EXAMPLES", "4")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(names, labels, st.integers(0, 99))
@example(HARD[:8], ["a", "b"], 1)
@example([*HARD[8:15], "y"], ["a", "b"], 3)
@example([*HARD[15:21], "probability_b", "self"], ["a", "b"], 2)
@example(["x" * 300, "🐧", "predicted_1", "a.b", 'a"b', "a b", "1", "1_low"], ["ja", "b"], 0)
def test_no_name_of_a_column_breaks_anything(
    tmp_path_factory, called: list[str], values: list[str], seed: int
) -> None:
    os.chdir(tmp_path_factory.mktemp("named"))
    # What opens a model folder here opens it in a child process first, which takes its time.
    with mock.patch.object(opening, "Trial"):
        train_serve_and_watch(called, values, seed)


def train_serve_and_watch(called: list[str], values: list[str], seed: int) -> None:
    """Take a table through all that a repository does with it."""
    table = drawn(called, values, seed)
    target = called[-1]
    task = "regression" if seed % 3 == 0 else "classification"
    quick = ["tracking=none", "evaluate.resamples=20", "+evaluate.coverage=0.9"]
    quick += ["search=none", "compute.n_jobs=1"]
    cfg = configured(*quick, "data.split.kind=random", f"data.task={task}")
    cfg.data.target, cfg.data.path = target, "data/raw/drawn.parquet"
    cfg.data.format, cfg.data.read = "parquet", {}
    metric = "r2" if task == "regression" else "balanced_accuracy"
    cfg.evaluate.metric = cfg.gate.metric = metric
    cfg.evaluate.slices, cfg.evaluate.threshold = [], None
    forest = "Regressor" if task == "regression" else "Classifier"
    cfg.model.estimator = {"_target_": f"sklearn.ensemble.RandomForest{forest}", "n_estimators": 5}
    Path("data/raw").mkdir(parents=True)
    table.to_parquet("data/raw/drawn.parquet", index=False)
    schema = describe(table, target, task)
    schema.save()
    assert schema.load() == schema
    noticed.notice(table, schema, cfg)
    run_pipeline(cfg)
    test = read_table(paths.TEST)
    summary.histograms(test, schema)
    summary.profile(test, schema)

    text = test[schema.features].to_json(orient="records", date_format="iso")
    asked = json.loads(text)
    log = {"_target_": f"{prediction_log.__module__}.prediction_log"}
    log["options"] = {"folder": "log"}
    given_settings = Settings(model="t", folder=str(paths.CANDIDATE), log=log)
    with TestClient(create_app(given_settings)) as client:
        answer = client.post("/predict", json=asked)
        assert answer.status_code == 200, answer.text
        answers = answer.json()
        assert client.get("/openapi.json").status_code == 200
        truths = json.loads(test[[target]].to_json(orient="split"))["data"]
        told = [
            {"id": f"{answers['request_id']}.{row}", "actual": truth}
            for row, (truth,) in enumerate(truths)
        ]
        assert client.post("/feedback", json=told).json() == {"accepted": len(told)}
    window = store.read(Path("log"), schema)
    assert len(window) == len(test)
    assert list(columns.features_of(window, schema)) == schema.features
    for feature in schema.features:
        logged = columns.features_of(window, schema)[feature]
        assert logged.isna().tolist() == test[feature].isna().tolist()
    reference = pd.read_parquet(paths.CANDIDATE / "reference.parquet")
    cfg.monitoring.min_rows = 10
    found = drift.judge(reference, window, "t", schema, cfg)
    assert {each.column for each in found.quality} == {*schema.features}
    assert not found.drifted
    drift.page(found, reference, window, schema, "t", "said")
    drift.table(found)
    drift.write_gauges(Path("drift.prom"), found)
    json.dumps(drift.content(found, cfg), default=str)

    said = [each["prediction"] for each in answers["predictions"]]
    for source, result in [("parquet", "csv"), ("csv", "parquet")]:
        write = test.to_parquet if source == "parquet" else test.to_csv
        write(f"rows.{source}", index=False)
        batch = configured("tracking=none")
        batch = predict_settings(cfg, batch, f"rows.{source}", f"answers.{result}")
        predict.predict(batch)
        read = pd.read_parquet if result == "parquet" else pd.read_csv
        table_of_answers = read(f"answers.{result}")
        column = _free(f"predicted_{target}", schema)
        given_back = table_of_answers[column].tolist()
        assert len(given_back) == len(said)
        if result == "parquet" and task == "classification":
            assert [str(each) for each in given_back] == [str(each) for each in said]

    state = page_state(["serving.model=candidate", "tracking=none"])
    moved = attributions(state.model, state.example, state.reference)
    assert set(moved) == {*schema.features}


def predict_settings(cfg, batch, source: str, target: str):
    """The configuration of the command that predicts for files."""
    from omegaconf import open_dict

    with open_dict(batch):
        batch.input, batch.output, batch.chunk_rows = source, target, 1000
        batch.data = cfg.data
        batch.serving.model = "candidate"
    return batch
