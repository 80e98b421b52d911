"""The part `feast` with the real Feast: joins at a row's time, and the service with its server."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from tests.at_work import attempt, change, commit, run, said
from tests.environment import lend
from tests.rendered import RenderedRepo, clean_environment, render
from tests.served import free_port, serving, until

pytestmark = pytest.mark.slow

PEOPLE, TIMES = 40, 8
FEATURES = ["visits", "plan", "spent"]
JOINED = "data/interim/joined.parquet"
NOW = pd.Timestamp("2026-01-01", tz="UTC")


def table() -> pd.DataFrame:
    """Rows of people at several times, whose spending tells whether they leave."""
    rng = np.random.default_rng(0)
    size = PEOPLE * TIMES
    times = pd.date_range("2025-01-01", periods=TIMES, freq="7D", tz="UTC")
    spent = rng.integers(0, 100, size)
    return pd.DataFrame(
        {
            "person": np.repeat([f"p{number}" for number in range(PEOPLE)], TIMES),
            "known_at": [str(time) for time in np.tile(times, PEOPLE)],
            "visits": rng.integers(0, 30, size),
            "plan": rng.choice(["basic", "plus"], size),
            "spent": spent,
            "leaves": np.where(spent + rng.normal(0, 10, size) < 40, "yes", "no"),
        }
    )


def spending(rows: pd.DataFrame) -> pd.DataFrame:
    """What each of them had spent an hour before, as a source of its own."""
    times = pd.to_datetime(rows["known_at"]) - pd.Timedelta("1h")
    return rows[["person", "spent"]].assign(known_at=times.astype(str), spent=rows["spent"] + 1)


@pytest.fixture(scope="module")
def repo(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give a repo of that table and source, set up for Feast."""
    folder = tmp_path_factory.mktemp("feast")
    table().to_csv(folder / "people.csv", index=False)
    answers = {"dataset": str(folder / "people.csv"), "target": "leaves", "parts": "feast"}
    repo = render(folder, project_name="People", **answers)
    lend(environment, repo)
    change(repo, "conf/data/people.yaml", "features: null", f"features: [{', '.join(FEATURES)}]")
    change(repo, "conf/model/random_forest.yaml", "n_estimators: 200", "n_estimators: 20")
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    spending(table()).to_csv(repo.path / "data/raw/spending.csv", index=False)
    run(repo, "make", ".feast/.done", "params", "data/schema.yaml")
    return repo


def test_training_rows_have_what_was_known_then_and_never_what_came_later(
    repo: RenderedRepo,
) -> None:
    refused = attempt(repo, "make", "features")
    assert "Refused: feature_store.key and feature_store.time are null" in refused.stderr
    change(repo, "conf/feature_store/default.yaml", "key: null", "key: person")
    change(repo, "conf/feature_store/default.yaml", "time: null", "time: known_at")
    change(
        repo,
        "conf/feature_store/default.yaml",
        "sources: {}",
        "sources: {spending: data/raw/spending.csv}",
    )
    change(repo, "conf/config.yaml", "- data: people", "- data: feast")
    run(repo, "make", "params")
    run(repo, "dvc", "repro", "--quiet", "candidate")
    rows, joined = table(), pd.read_parquet(repo.path / JOINED)
    assert (joined["person"] == rows["person"]).all()
    assert (joined["leaves"] == rows["leaves"]).all()
    for name, expected in (("visits", rows["visits"]), ("plan", rows["plan"])):
        assert (joined[name] == expected).all()
    assert (joined["spent"] == rows["spent"] + 1).all()
    metrics = json.loads(repo.read("reports/metrics.json"))
    assert metrics["roc_auc"] > 0.8
    commit(repo, "Train on joined rows")

    later = spending(table())
    later["known_at"] = (pd.to_datetime(later["known_at"]) + pd.Timedelta("90min")).astype(str)
    both = [spending(table()), later.assign(spent=10_000)]
    pd.concat(both).to_csv(repo.path / "data/raw/spending.csv", index=False)
    run(repo, "python", "-m", "people.feature_store.join")
    pd.testing.assert_frame_equal(pd.read_parquet(repo.path / JOINED), joined)
    spending(table()).to_csv(repo.path / "data/raw/spending.csv", index=False)


@contextmanager
def feature_server(repo: RenderedRepo) -> Iterator[str]:
    """Run Feast's own server; give its address."""
    port = free_port()
    feast = str(repo.path / ".feast/bin/feast")
    words = [feast, "--chdir", "feature_repo", "serve", "--port", str(port), "--no-access-log"]
    with subprocess.Popen(
        words,
        cwd=repo.path,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            probe = ["curl", "--silent", "--fail", f"{url}/health"]
            until(lambda: subprocess.run(probe).returncode == 0, "Feast's server answers", 240)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_the_service_asks_the_real_server_and_online_equals_offline(
    repo: RenderedRepo, tmp_path: Path
) -> None:
    told = "".join(said(repo, "make", "features"))
    assert "spending, table: 40 keys are in the online store" in told
    people = sorted(table()["person"].unique())
    asked = pd.DataFrame({"person": people, "event_timestamp": NOW})
    asked.to_parquet(tmp_path / "asked.parquet")
    words = [".feast/bin/python", "-m", "people.feature_store.in_feast", "join"]
    files = [str(tmp_path / "asked.parquet"), str(tmp_path / "offline.parquet")]
    run(repo, *words, *files, PYTHONPATH="src")
    offline = pd.read_parquet(tmp_path / "offline.parquet").set_index("person")
    newest = table().groupby("person").last()
    assert (offline.loc[newest.index, "visits"] == newest["visits"]).all()

    with feature_server(repo) as url:
        options = [
            "serving.model=candidate",
            f"feature_store.url={url}",
            "feature_store.seconds=30",
        ]
        with serving(repo, *options) as service:
            bodies = [{"person": person} for person in people]
            online = service.post(bodies)
            assert online.status == 200, online.text
            rows = json.loads(offline.loc[people, FEATURES].to_json(orient="records"))
            whole = service.post(rows)
            assert online.json["predictions"] == whole.json["predictions"]
            assert [set(names) for names in online.json["from_store"]] == [set(FEATURES)] * PEOPLE
            assert "from_store" not in whole.json
            unknown = service.post({"person": "nobody"})
            assert (unknown.status, unknown.json["detail"]) == (
                404,
                "the store knows no person 'nobody'",
            )
            one = service.post({"person": "p1", "spent": 5})
            assert set(one.json["from_store"][0]) == {"visits", "plan"}
        old = [*options, "feature_store.ttl_hours=1", "feature_store.old=refuse"]
        with serving(repo, *old) as service:
            refused = service.post({"person": "p1"})
            assert (refused.status, "too old in the store" in refused.text) == (503, True)
    with serving(repo, *options) as service:
        down = service.post({"person": "p1"})
        assert (down.status, "the feature store can't be asked" in down.text) == (503, True)
