"""Drift is found and named where there is some, and nowhere else."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from omegaconf import DictConfig
from prometheus_client.parser import text_string_to_metric_families
from pydantic_core import to_json
from scipy import stats
from statsmodels.stats.multitest import multipletests

from {{ cookiecutter.package_name }}.data.casting import plain
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.monitoring import compare as tests
from {{ cookiecutter.package_name }}.monitoring import drift, drift_report, drift_result
from {{ cookiecutter.package_name }}.monitoring.compare import Check, compare
from {{ cookiecutter.package_name }}.monitoring.drift_result import DRIFT, NO_DRIFT
from {{ cookiecutter.package_name }}.monitoring.journal import Journal, Options
from {{ cookiecutter.package_name }}.monitoring.reference import read_reference
from {{ cookiecutter.package_name }}.serving.log import Answered
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import configured, sampled

PLANS = ["basic", "pro", "team", "rare"]
COLUMNS = (
    Column("price", "number", min=-10.0, max=10.0),
    Column("visits", "integer", nullable=True),
    Column("plan <b>", "category", categories=PLANS),
    Column("member", "boolean", nullable=True),
    Column("joined", "datetime"),
    Column("note", "text"),
    Column("city", "category"),
)
BOUGHT = Schema("bought", "binary", (*COLUMNS, Column("bought", "category")), "yes")
SPENT = Schema("spent", "regression", (*COLUMNS, Column("spent", "number")))
LEVEL = Schema("level", "multiclass", (*COLUMNS, Column("level", "integer")))


def features(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of a world that never changes."""
    days = pd.to_timedelta(rng.integers(0, 1000, rows), "D")
    cities = [f"city {number}" for number in range(300)]
    return pd.DataFrame(
        {
            "price": rng.normal(size=rows),
            "visits": pd.Series(rng.poisson(3, rows)).where(rng.random(rows) > 0.1),
            "plan <b>": rng.choice(PLANS, rows, p=[0.6, 0.3, 0.09, 0.01]),
            "member": pd.Series(rng.random(rows) < 0.4).astype(object),
            "joined": pd.Timestamp("2024-01-01") + days,
            "note": ["word " * count for count in rng.integers(5, 30, rows)],
            "city": rng.choice(cities, rows, p=np.arange(300, 0, -1) / 45150),
        }
    )


def bought(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """With the answers of a model that knows this world, and what came true."""
    table = features(rows, rng)
    chance = 1 / (1 + np.exp(-3 * table["price"]))
    labels = np.array(["no", "yes"])
    return table.assign(
        time=pd.date_range("2026-01-01", periods=rows, freq="min"),
        version="v1",
        predicted=labels[(chance > 0.5).astype(int)],
        probability_no=1 - chance,
        probability_yes=chance,
        actual=labels[(rng.random(rows) < chance).astype(int)],
    )


def spent(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    table = features(rows, rng)
    return table.assign(predicted=table["price"], actual=table["price"] + rng.normal(size=rows))


def level(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    table = features(rows, rng)
    chances = rng.dirichlet(np.ones(3), rows)
    actual = (chances.cumsum(axis=1) > rng.random((rows, 1))).argmax(axis=1)
    names = {f"probability_{number}": chances[:, number] for number in range(3)}
    return table.assign(predicted=chances.argmax(axis=1), actual=actual.astype(float), **names)


def options(**changes: Any) -> DictConfig:
    group: DictConfig = configured().monitoring
    for name, value in changes.items():
        group[name] = value
    return group


def nothing_is_small(**changes: Any) -> DictConfig:
    """Options by which only chance decides."""
    return options(smallest=dict.fromkeys(options().smallest, 0.0), **changes)


def drifted(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if check.drifted]


def some(share: float, values: pd.Series, other: Any) -> pd.Series:
    """The values with another one in a share of the rows."""
    kept = np.random.default_rng(9).random(len(values)) >= share
    return values.where(kept, other)


CHANGES: dict[str, Callable[[pd.DataFrame], dict[str, Any]]] = {
    "price": lambda t: {"price": t["price"] + 0.4},
    "visits": lambda t: {"visits": t["visits"] * 2},
    "plan <b>": lambda t: {"plan <b>": some(0.2, t["plan <b>"], "team")},
    "city": lambda t: {"city": some(0.3, t["city"], "nowhere before")},
    "member": lambda t: {"member": some(0.3, t["member"], True)},
    "joined": lambda t: {"joined": t["joined"] + pd.Timedelta(days=200)},
    "note": lambda t: {"note": t["note"] + "and more words"},
    "member (missing)": lambda t: {"member": some(0.1, t["member"], None)},
    "visits (missing)": lambda t: {"visits": some(0.2, t["visits"], None)},
    "price (missing)": lambda t: {"price": some(0.1, t["price"], None)},
    "bought (concept)": lambda t: {"actual": some(0.3, t["actual"], "yes")},
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_and_named(name: str) -> None:
    rng = np.random.default_rng(1)
    reference, window = bought(2000, rng), bought(1000, rng)
    assert drifted(compare(reference, window, BOUGHT, options())) == []
    window = window.assign(**CHANGES[name](window))
    checks = compare(reference, window, BOUGHT, options())
    assert drifted(checks) == [name]
    assert checks[0].name == name  # what has drifted comes first


def test_other_answers_are_found_and_named() -> None:
    rng = np.random.default_rng(2)
    reference, window = bought(2000, rng), bought(1000, rng)
    window["predicted"] = some(0.3, window["predicted"], "yes")
    assert drifted(compare(reference, window, BOUGHT, options())) == ["predicted (prediction)"]
    window["probability_yes"] = np.sqrt(window["probability_yes"])
    found = set(drifted(compare(reference, window, BOUGHT, options())))
    assert found >= {"predicted (prediction)", "probability_yes (prediction)"}


@pytest.mark.parametrize(
    ("schema", "world", "change"),
    [
        (SPENT, spent, lambda table: table["actual"] + 0.8 * table["price"] ** 2),
        (LEVEL, level, lambda table: (table["actual"] + 1) % 3),
    ],
)
def test_another_relation_to_the_target_is_found_and_named(
    schema: Schema, world: Callable[..., pd.DataFrame], change: Callable[..., pd.Series]
) -> None:
    rng = np.random.default_rng(3)
    reference, window = world(2000, rng), world(1000, rng)
    assert drifted(compare(reference, window, schema, options())) == []
    window = window.assign(actual=change(window))
    assert drifted(compare(reference, window, schema, options())) == [f"{schema.target} (concept)"]
    better = window.assign(actual=window["predicted"])
    assert drifted(compare(reference, better, schema, options())) == []


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_stated() -> None:
    windows, alpha = 100, 0.1
    rng = np.random.default_rng(0)
    strict = nothing_is_small(alpha=alpha)
    pairs = [(bought(300, rng), bought(500, rng)) for _ in range(windows)]
    alarms = sum(any(drifted(compare(*pair, BOUGHT, strict))) for pair in pairs)
    # More than these would come with a probability of 1 in 1,000 if the rate was the stated one.
    assert alarms <= stats.binom.ppf(0.999, windows, alpha)
    assert alarms >= 1  # nor does it never alarm


def test_p_values_are_corrected_as_by_statsmodels() -> None:
    rng = np.random.default_rng(12)
    drawn = [float(p_value) for p_value in rng.random(30) ** 4]
    for raw in ([0.03], [0.02, 0.02, 0.9], [0.0, 1.0, 0.5], drawn):
        assert tests.holm(raw) == pytest.approx(multipletests(raw, method="holm")[1], rel=1e-12)


def test_a_small_difference_is_no_news_in_many_rows() -> None:
    rng = np.random.default_rng(4)
    reference, window = bought(20_000, rng), bought(60_000, rng)
    window["price"] += 0.1
    assert drifted(compare(reference, window, BOUGHT, nothing_is_small())) == ["price"]
    assert drifted(compare(reference, window, BOUGHT, options())) == []


def test_last_digits_are_no_drift() -> None:
    reference = level(1000, np.random.default_rng(5))
    reference["predicted"] = 0.3
    window = reference.assign(predicted=0.1 + 0.2)
    schema = Schema("level", "regression", LEVEL.columns)
    assert drifted(compare(reference, window, schema, nothing_is_small())) == []


def test_what_is_ignored_or_not_logged_as_it_was_is_not_compared() -> None:
    reference = bought(500, np.random.default_rng(6))
    window = reference.assign(price=99.0, city="hash", joined=None, note="").drop(columns="member")
    chosen = options(ignore=["price"], log={"folder": "", "drop": ["joined"], "hash": ["city"]})
    checks = compare(reference, window, BOUGHT, chosen)
    assert drifted(checks) == ["note"]
    assert not {check.column for check in checks} & {"price", "city", "joined", "member"}


def test_few_outcomes_tell_nothing_and_strange_ones_are_left_out() -> None:
    rng = np.random.default_rng(7)
    reference, window = bought(500, rng), bought(500, rng)
    window["actual"] = window["actual"].where(window.index < 99)
    checks = compare(reference, window, BOUGHT, options())
    assert "concept" not in {check.kind for check in checks}
    window["actual"] = "perhaps"
    assert len(tests.with_outcomes(window, BOUGHT)) == 0


def test_rare_categories_are_pooled_until_they_are_enough() -> None:
    table = np.array([[90, 80], [1, 2], [2, 1], [8, 9], [20, 30], [1, 0]])
    found = tests.pooled(table)
    # The three rare ones have 7 rows together, of which either sample would expect fewer than 5.
    assert found.tolist() == [[12, 12], [20, 30], [90, 80]]
    assert tests.pooled(np.array([[5, 0], [9, 0]])).size == 0


def test_losses_are_errors_and_probabilities_of_what_was_not() -> None:
    table = pd.DataFrame({"predicted": [1.0, 5.0], "actual": [2.0, 3.0]})
    assert tests.losses(tests.with_outcomes(table, SPENT)).tolist() == [1.0, 2.0]
    chances = {"probability_no": [0.25, 0.5], "probability_yes": [0.75, 0.5]}
    table = pd.DataFrame({"predicted": ["yes", "no"], "actual": ["no", "yes"], **chances})
    assert tests.losses(tests.with_outcomes(table, BOUGHT)).tolist() == [0.75, 0.5]


def judged(window: pd.DataFrame, **changes: Any) -> drift_result.DriftResult:
    cfg = sampled()
    cfg.monitoring = options(**changes)
    reference = bought(1000, np.random.default_rng(8))
    return drift.judge(reference, window, "v1", BOUGHT, cfg)


def test_broken_rows_are_named_with_their_rate() -> None:
    window = bought(1000, np.random.default_rng(10))
    window.loc[:19, "price"] = 11.0
    window.loc[:11, "plan <b>"] = "gold"
    window["visits"] = window["visits"].astype(object).where(window.index >= 40, "lots")
    found = judged(window)
    assert found.code == DRIFT
    assert found.drifted == [f"{name} (quality)" for name in ("price", "visits", "plan <b>")]
    assert drift.sentence(found, options()).endswith("mend what asks, or data/schema.yaml")
    shares = {column.column: column for column in found.quality}
    assert shares["price"].outside == pytest.approx(0.02)
    assert shares["plan <b>"].unseen == pytest.approx(0.012)
    assert shares["visits"].strange == pytest.approx(0.04)
    assert judged(window, tolerated=0.05).code == NO_DRIFT


def test_live_scores_stand_beside_those_of_the_reference() -> None:
    window = bought(1000, np.random.default_rng(11))
    found = {score.metric: score for score in judged(window).performance}
    accuracy = (window["actual"] == window["predicted"]).mean()
    assert found["accuracy"].live == pytest.approx(accuracy)
    low, high = found["accuracy"].interval
    assert low < accuracy < high
    assert low < found["accuracy"].reference < high
    assert judged(window.assign(actual=None)).performance == []


# The command, on the repository's own model.


@pytest.fixture(scope="module")
def folder(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder in which the pipeline has run."""
    copy = tmp_path_factory.mktemp("monitored")
    return Path(shutil.copytree(trained, copy, dirs_exist_ok=True))


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with an empty log, as the current one."""
    monkeypatch.chdir(folder)
    shutil.rmtree("logs", ignore_errors=True)
    for report in paths.REPORTS.glob("drift.*"):
        report.unlink()
    return folder


def write_log(rows: pd.DataFrame, schema: Schema, feedback: bool = True) -> None:
    """Log rows as if they had been asked in one request."""
    log = Journal(Options(folder="logs/predictions"))
    columns = plain(rows)
    asked = [{name: columns[name][row] for name in schema.features} for row in range(len(rows))]
    names = [str(name) for name in rows if str(name).startswith("probability_")]
    answers = [
        {"prediction": columns["predicted"][row]}
        | {"probabilities": {name[12:]: columns[name][row] for name in names}}
        for row in range(len(rows))
    ]
    about = {"request_id": "one", "model_version": "candidate"}
    answered = to_json({**about, "predictions": answers})
    log.predicted(Answered(to_json(asked), {}, answered, "champion", None, 0.001))
    if feedback:
        truths = enumerate(columns["actual"])
        log.outcomes([{"id": f"one.{row}", "actual": truth} for row, truth in truths])
    log.close()


def as_command(*overrides: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "{{ cookiecutter.package_name }}.monitoring.drift"]
    quick = ["serving.model=candidate", "evaluate.resamples=20", *overrides]
    return subprocess.run([*words, *quick], capture_output=True, text=True, check=False)


def repeated(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows] * (200 // len(rows) + 1), ignore_index=True)


def changed(rows: pd.DataFrame, schema: Schema) -> tuple[str, pd.DataFrame]:
    """The rows with one feature always at its rarest value, and that feature's name."""
    kinds = {name: schema[name].type for name in schema.features}
    name = next(n for n in kinds if len(rows[n].unique()) > 1 and kinds[n] != "text")
    return name, rows.assign(**{name: rows[name].value_counts().index[-1]})


def valid(path: Path) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_the_reference_has_answers_for_rows_that_were_held_back(
    trained: Path, schema: Schema
) -> None:
    reference = read_reference(trained / paths.CANDIDATE)
    test = pd.read_parquet(trained / paths.TEST)
    pd.testing.assert_frame_equal(reference[schema.features], test[schema.features])
    assert reference["actual"].tolist() == test[schema.target].tolist()
    names = [name for name in reference if str(name).startswith("probability_")]
    assert bool(names) == (schema.task != "regression")
    assert "reference.parquet" in files.read_json(trained / paths.CANDIDATE / "hashes.json")


def test_the_same_rows_have_not_drifted(here: Path, schema: Schema) -> None:
    write_log(repeated(read_reference(paths.CANDIDATE)), schema)
    answer = as_command()
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1].startswith("No drift: ")
    found = valid(paths.REPORTS / "drift.json")
    assert (found["verdict"], found["drifted"]) == ("no drift", [])
    assert {check["kind"] for check in found["checks"]} >= {"values", "prediction", "concept"}
    for score in found["performance"]:
        # nearly, since a calibrated score or a quantile may change where rows are repeated
        assert score["live"] == pytest.approx(score["reference"], rel=0.1, abs=0.05)


@pytest.mark.slow
def test_a_changed_feature_is_drift(here: Path, schema: Schema) -> None:
    name, rows = changed(repeated(read_reference(paths.CANDIDATE)), schema)
    write_log(rows, schema, feedback=False)
    answer = as_command()
    assert answer.returncode == 3, answer.stderr
    last = answer.stdout.splitlines()[-1]
    assert last.startswith("Drift in ")
    assert name in last
    assert "train on newer rows" in last
    found = valid(paths.REPORTS / "drift.json")
    assert name in found["drifted"]
    assert found["performance"] == []


@pytest.mark.slow
def test_few_rows_tell_nothing(here: Path, schema: Schema) -> None:
    def verdict() -> str:
        answer = as_command()
        assert answer.returncode == 2, answer.stderr
        assert valid(paths.REPORTS / "drift.json")["verdict"] == "too few rows"
        assert "drift_detected" not in (paths.REPORTS / "drift.prom").read_text(encoding="utf-8")
        return answer.stdout.splitlines()[-1]

    assert verdict().startswith("Can't tell: 0 predictions of candidate")
    write_log(read_reference(paths.CANDIDATE).head(7), schema)
    assert "7 predictions of candidate in logs/predictions, and monitoring.min_rows" in verdict()


def test_a_window_has_the_newest_rows_of_its_model(here: Path, schema: Schema) -> None:
    write_log(repeated(read_reference(paths.CANDIDATE)), schema)
    cfg = sampled("monitoring.window.rows=50", "monitoring.window.hours=1")
    rows = drift.latest(cfg, schema, "candidate")
    assert len(rows) == 50
    assert drift.latest(cfg, schema, "v0.0.1").empty
    cfg.monitoring.window.hours = 0
    assert drift.latest(cfg, schema, "candidate").empty


def test_a_model_without_a_reference_is_refused(here: Path, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"no reference\.parquet; run `make pipeline`"):
        read_reference(tmp_path)


class Balanced(HTMLParser):
    """Asks that every element ends."""

    VOID = ("meta", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_shows_every_column_and_loads_nothing(here: Path, schema: Schema) -> None:
    _, rows = changed(repeated(read_reference(paths.CANDIDATE)), schema)
    write_log(rows, schema)
    cfg = sampled("serving.model=candidate")
    cfg.title = "Fish & <b>chips</b>, $1"
    assert drift.monitor(cfg) == DRIFT
    page = (paths.REPORTS / "drift.html").read_text(encoding="utf-8")
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert "<h1>Drift of Fish &amp; &lt;b&gt;chips&lt;/b&gt;, $1</h1>" in page
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)', page))
    assert not re.search(r"<(script|link|iframe)|@import|url\(", page)
    assert '<figure class="card drifted">' in page
    assert '<tr class="drifted">' in page
    for word in ("How well it does", "Tests", "Data quality", *parsed_metrics(here, schema)):
        assert word in page


def parsed_metrics(folder: Path, schema: Schema) -> list[str]:
    return list(files.read_json(folder / paths.REPORTS / "metrics.json"))


def test_the_page_escapes_names_and_shows_any_type() -> None:
    window = bought(500, np.random.default_rng(12))
    window["joined"] = window["joined"].where(window["price"].isna())
    found = judged(window)
    assert found.drifted == ["joined (missing)", "joined (quality)"]
    cfg = sampled()
    reference = bought(1000, np.random.default_rng(8))
    page = drift_report.page(
        found, reference, window, BOUGHT, "x", drift.sentence(found, cfg.monitoring)
    )
    assert "plan <b>" not in page
    assert "plan &lt;b&gt;" in page
    assert drift_report.table(found).row_count == len(found.checks) + 1


def test_gauges_are_what_prometheus_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    found = judged(bought(500, rng).assign(price=5.0))
    drift.write_gauges(tmp_path / "drift.prom", found)
    text = (tmp_path / "drift.prom").read_text(encoding="utf-8")
    gauges = {family.name: family.samples for family in text_string_to_metric_families(text)}
    assert gauges["drift_detected"][0].value == 1
    assert gauges["drift_window_rows"][0].value == 500
    assert gauges["drift_checked_timestamp_seconds"][0].value == pytest.approx(
        datetime.now(UTC).timestamp(), abs=60
    )
    labels = {"column": "price", "check": "values"}
    values = {
        name: next(s.value for s in gauges[name] if s.labels == labels)
        for name in ("drift_statistic", "drift_p_value")
    }
    assert values["drift_statistic"] > 0.9
    assert values["drift_p_value"] < 1e-9
    few = judged(bought(20, rng))
    assert few.code == drift_result.TOO_FEW
    drift.write_gauges(tmp_path / "drift.prom", few)
    assert "drift_detected" not in (tmp_path / "drift.prom").read_text(encoding="utf-8")
