"""The gate lets a good candidate pass, and refuses a worse one and one that may be worse."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf
from scipy.stats import binom
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from {{ cookiecutter.package_name }}.data import tables
from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.model import pipeline as pipelines
from {{ cookiecutter.package_name }}.model.metrics import Metric, Predictions, predict
from {{ cookiecutter.package_name }}.packing.opening import Loading, open_pipeline
from {{ cookiecutter.package_name }}.registry import gate
from {{ cookiecutter.package_name }}.tools import paths

from conftest import configured, run_pipeline, sampled, with_estimator


@pytest.fixture
def rows(trained: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows to fit the baseline to and rows to judge on: here the same, which the model knows."""
    monkeypatch.chdir(trained)
    known = tables.read_table(paths.TRAIN)
    return known, known


def refused(checks: list[gate.Check]) -> list[str]:
    return [check.name for check in checks if not check.passed]


@pytest.fixture(scope="session")
def worse(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder of a model that looks at nothing."""
    folder = tmp_path_factory.mktemp("worse")
    shutil.copytree(trained / "data", folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run_pipeline(with_estimator("sklearn.dummy.Dummy"))
    return folder / paths.CANDIDATE


def test_a_first_good_candidate_passes(rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert refused(gate.judge(paths.CANDIDATE, None, *rows, sampled())) == []


def test_what_was_noticed_in_the_raw_table_is_a_row(
    rows: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    cfg = sampled()
    cfg.gate.checks = configured().gate.checks
    checks = gate.judge(paths.CANDIDATE, None, *rows, cfg)
    (check,) = [check for check in checks if check.name == "what was noticed in the table"]
    cfg.gate.accept_noticed = dict.fromkeys(Schema.load().features, "as drawn")
    (answered,) = [
        each for each in gate.judge(paths.CANDIDATE, None, *rows, cfg) if each.name == check.name
    ]
    assert answered.passed
    assert ("not answered" in check.found) is not check.passed


def test_an_equal_candidate_passes(rows: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert refused(gate.judge(paths.CANDIDATE, paths.CANDIDATE, *rows, sampled())) == []


def test_a_worse_candidate_is_refused(rows: tuple[pd.DataFrame, pd.DataFrame], worse: Path) -> None:
    cfg = sampled()
    cfg.gate.tolerance = 0.001
    checks = gate.judge(worse, paths.CANDIDATE, *rows, cfg)
    assert refused(checks) == ["better than the baseline", "as good as production"]
    assert gate.table(checks).row_count == len(checks)
    said = gate.failed(checks)
    assert said is not None
    assert "the candidate is worse than production: " in said
    assert "gate.tolerance in conf/gate/default.yaml" in said


def test_a_better_candidate_replaces_a_worse_model(
    rows: tuple[pd.DataFrame, pd.DataFrame], worse: Path
) -> None:
    assert refused(gate.judge(paths.CANDIDATE, worse, *rows, sampled())) == []


def test_a_tolerance_lets_a_little_less_pass(
    rows: tuple[pd.DataFrame, pd.DataFrame], worse: Path
) -> None:
    cfg = sampled()
    cfg.gate.tolerance = 100.0
    checks = gate.judge(worse, paths.CANDIDATE, *rows, cfg)
    assert "as good as production" not in refused(checks)


def test_a_minimum_that_is_not_reached_is_refused(
    rows: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    cfg = sampled()
    cfg.gate.minimum = {cfg.gate.metric: np.inf}
    assert refused(gate.judge(paths.CANDIDATE, None, *rows, cfg)) == [
        f"{cfg.gate.metric} is high enough"
    ]


def test_a_step_that_looks_at_other_rows_is_refused(
    rows: tuple[pd.DataFrame, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ranked(X: pd.DataFrame) -> pd.DataFrame:
        names = X.columns.tolist()
        return X.sort_values(names, key=lambda values: values.astype(str)).set_index(X.index)

    model = open_pipeline(paths.CANDIDATE, Loading())
    looking = Pipeline([("other rows", FunctionTransformer(ranked)), *model.steps])
    monkeypatch.setattr(gate, "open_pipeline", lambda *_: looking)
    checks = gate.judge(paths.CANDIDATE, None, *rows, sampled())
    assert "the same answer for a row alone" in refused(checks)
    said = gate.failed(checks) or ""
    assert re.search(r"[1-9]\d* of 50 test rows get another answer alone", said)
    assert "\n" not in said


def test_a_step_that_fails_on_one_row_is_one_that_looks_at_others(
    rows: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    def halved(X: pd.DataFrame) -> pd.DataFrame:
        if len(X) < 2:
            raise ValueError("a lower and an upper half")
        return X

    schema = Schema.load()
    model = open_pipeline(paths.CANDIDATE, Loading())
    model = Pipeline([("halves", FunctionTransformer(halved)), *model.steps])
    whole = predict(model, *pipelines.inputs(rows[1], schema), schema)
    found = pipelines.row_dependence(model, rows[1], schema, whole, 0)
    assert found == {"rows": 50, "alone": 50, "shuffled": 0, "halves": 0}


# How often the gate is wrong. A candidate that is worse by the tolerance must pass no oftener than
# 1 - confidence; one that is as good as production should pass, if there are rows enough.

CONFIDENCE = 0.95
Pair = tuple[Predictions, Predictions]
Draw = Callable[[np.random.Generator, int, bool], Pair]  # of so many rows; is the candidate worse?


def accuracy(of: Predictions) -> float:
    return float((of.truth == of.predicted).mean())


def balanced_accuracy(of: Predictions) -> float:
    right = of.truth == of.predicted
    return float(np.mean([right[of.truth == label].mean() for label in np.unique(of.truth)]))


def minus_mae(of: Predictions) -> float:
    return -float(np.abs(of.truth - of.predicted).mean())


def minus_rmse(of: Predictions) -> float:
    return -float(np.sqrt(np.square(of.truth - of.predicted).mean()))


def roc_auc(of: Predictions) -> float:
    assert of.probabilities is not None
    ranks, yes = of.probabilities[:, 1].argsort().argsort() + 1, of.truth == 1
    many, few = len(yes) - yes.sum(), yes.sum()
    return float((ranks[yes].sum() - few * (few + 1) / 2) / (few * many))


def labels(disagreement: float) -> Draw:
    """Two models with 85 % right, whose answers differ in a share of the rows."""

    def draw(rng: np.random.Generator, rows: int, is_worse: bool) -> Pair:
        loss = 0.02 if is_worse else 0.0
        lost = max((disagreement + loss) / 2, loss)
        won = lost - loss
        truth, place = (rng.random(rows) < 0.3).astype(int), rng.random(rows)
        right = (place >= lost) & (place < 0.85 + won), place < 0.85
        new, old = (
            Predictions(truth, np.where(one, truth, 1 - truth), rng.random((rows, 2)), np.arange(2))
            for one in right
        )
        return new, old

    return draw


def numbers(likeness: float) -> Draw:
    """Two models whose errors resemble each other; 5 % larger if one is worse."""

    def draw(rng: np.random.Generator, rows: int, is_worse: bool) -> Pair:
        truth, old, own = rng.normal(size=(3, rows))
        new = likeness * old + np.sqrt(1 - likeness**2) * own
        worse = 1.05 if is_worse else 1.0
        return Predictions(truth, truth + worse * new), Predictions(truth, truth + old)

    return draw


def seldom_off(rng: np.random.Generator, rows: int, is_worse: bool) -> Pair:
    """A candidate that answers like production, but for 3 % of the rows."""
    truth, old = rng.normal(size=(2, rows))
    loss = 0.05 * np.sqrt(2 / np.pi) / 0.03 if is_worse else 0.001
    off = np.where(rng.random(rows) < 0.03, np.sign(old) * loss, 0)
    return Predictions(truth, truth + old + off), Predictions(truth, truth + old)


def probabilities(rng: np.random.Generator, rows: int, is_worse: bool) -> Pair:
    """Noisy probabilities; with more noise, the area under the curve is 0.02 smaller."""
    signal = rng.normal(size=rows)
    truth = (rng.random(rows) < 1 / (1 + np.exp(1 - 2 * signal))).astype(int)

    def predicted(noise: float) -> Predictions:
        yes = 1 / (1 + np.exp(1 - 2 * signal - noise * rng.normal(size=rows)))
        both = np.column_stack([1 - yes, yes])
        return Predictions(truth, (yes > 0.5).astype(int), both, np.arange(2), 1)

    return predicted(0.855 if is_worse else 0.5), predicted(0.5)


KINDS: dict[str, tuple[Metric, Draw, bool, float | str]] = {
    "accuracy": (accuracy, labels(0.1), True, 0.02),
    "accuracy, few disagreements": (accuracy, labels(0.02), True, 0.02),
    "balanced accuracy": (balanced_accuracy, labels(0.05), True, 0.02),
    "area under the curve": (roc_auc, probabilities, False, 0.02),
    "mean absolute error": (minus_mae, numbers(0.97), False, "5%"),
    "root mean squared error": (minus_rmse, numbers(0.97), False, "5%"),
    "mean absolute error, seldom off": (minus_mae, seldom_off, False, "5%"),
}


def passes(kind: str, rows: int, is_worse: bool, simulations: int) -> int:
    """How many of the simulated candidates pass."""
    metric, draw, of_labels, tolerance = KINDS[kind]
    options = settings(tolerance)
    passed = 0
    for seed in range(simulations):
        new, old = draw(np.random.default_rng([seed, rows]), rows, is_worse)
        passed += gate.compare(new, old, metric, of_labels, options, seed).passed
    return passed


def settings(tolerance: float | str) -> DictConfig:
    return OmegaConf.create(
        {"metric": "m", "tolerance": tolerance, "confidence": CONFIDENCE, "resamples": 200}
    )


SIZES = [(kind, rows) for kind in KINDS for rows in (100, 500)]
SIZES += [(kind, rows) for kind in ("accuracy", "mean absolute error") for rows in (2_000, 10_000)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "rows"), SIZES)
def test_a_candidate_that_is_worse_by_the_tolerance_passes_as_seldom_as_stated(
    kind: str, rows: int
) -> None:
    simulations = 200 if rows < 10_000 else 60
    limit = binom.ppf(0.999, simulations, 1 - CONFIDENCE)
    assert passes(kind, rows, is_worse=True, simulations=simulations) <= limit


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "area under the curve"])
def test_as_many_rows_as_a_refusal_names_let_an_equal_candidate_pass(kind: str) -> None:
    metric, draw, of_labels, tolerance = KINDS[kind]
    new, old = draw(np.random.default_rng(1), 400, False)
    found = gate.compare(new, old, metric, of_labels, settings(tolerance), 1)
    assert found.needed is not None
    assert passes(kind, found.needed, is_worse=False, simulations=60) >= binom.ppf(0.001, 60, 0.65)


def test_labels_that_all_agree_show_no_more_than_their_number_allows() -> None:
    def agreeing(rows: int) -> gate.Comparison:
        truth = np.arange(rows) % 2
        new, old = (
            Predictions(truth, truth, np.full((rows, 2), share), np.arange(2))
            for share in (0.4, 0.6)
        )
        return gate.compare(new, old, accuracy, True, settings(0.02), 0)

    few = agreeing(100)  # 3 in 100 may still differ
    assert not few.passed
    assert few.lowest == pytest.approx(-0.03, abs=0.005)
    assert few.needed is not None
    assert agreeing(few.needed).passed


def test_equal_answers_pass_on_the_fewest_rows_without_any_tolerance() -> None:
    new, old = numbers(1.0)(np.random.default_rng(0), 5, False)
    assert gate.compare(new, old, minus_mae, False, settings(0.0), 0).passed
    worse = Predictions(old.truth, old.predicted + 0.1)
    assert not gate.compare(worse, old, minus_mae, False, settings(0.0), 0).passed


@pytest.mark.parametrize(("tolerance", "tolerated"), [(0.5, 0.5), ("5%", 0.1), ("0.5%", 0.01)])
def test_a_tolerance_is_in_the_metrics_unit_or_a_share_of_the_score(
    tolerance: float | str, tolerated: float
) -> None:
    old = Predictions(np.zeros(4), np.full(4, 2.0))
    new = Predictions(np.zeros(4), np.full(4, 2.001))
    found = gate.compare(new, old, minus_mae, False, settings(tolerance), 0)
    assert found.tolerated == pytest.approx(tolerated)
