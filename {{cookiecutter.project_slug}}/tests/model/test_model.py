"""How the model behaves, how its file does, and how it is scored."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from {{ cookiecutter.package_name }}.data.schema import Schema, Task
from {{ cookiecutter.package_name }}.model import metrics, model_file, resampling
from {{ cookiecutter.package_name }}.model.pipeline import (
    EncodedTarget,
    Resampled,
    build_pipeline,
    inputs,
    with_threshold,
)
from {{ cookiecutter.package_name }}.model.preprocess import FromColumns, Linear
from {{ cookiecutter.package_name }}.stages.describe import describe
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import ROOT, configured, sampled, with_estimator
from rows import drawn

CLASSES = {"binary": 2, "multiclass": 4}
MODELS = sorted(file.stem for file in (ROOT / "conf" / "model").glob("*.yaml"))


def fitted(name: str, schema: Schema, table: pd.DataFrame) -> Pipeline:
    if name in ("xgboost", "lightgbm"):
        pytest.importorskip(name)
    cfg = sampled(f"model={name}")
    return build_pipeline(cfg, schema).fit(*inputs(table, schema))


@pytest.fixture(scope="module", params=MODELS)
def each(request: pytest.FixtureRequest, schema: Schema, table: pd.DataFrame) -> Pipeline:
    """Every model of conf/model, fitted."""
    return fitted(request.param, schema, table)


@pytest.fixture(scope="module")
def default(schema: Schema, table: pd.DataFrame) -> Pipeline:
    """The model of conf/config.yaml, fitted."""
    return fitted(configured().model.name, schema, table)


def test_it_beats_the_baseline(default: Pipeline, schema: Schema, table: pd.DataFrame) -> None:
    unseen = drawn(schema, seed=1)
    metric = sampled().gate.metric
    dummy = build_pipeline(with_estimator("sklearn.dummy.Dummy"), schema)
    dummy.fit(*inputs(table, schema))
    good, poor = (
        metrics.score(metrics.predict(m, *inputs(unseen, schema), schema), schema.task)
        for m in (default, dummy)
    )
    assert good[metric] > poor[metric]


def test_rows_are_transformed_once_to_be_predicted(
    default: Pipeline, schema: Schema, table: pd.DataFrame
) -> None:
    seen: list[int] = []

    def noted(X: pd.DataFrame) -> pd.DataFrame:
        seen.append(len(X))
        return X

    watched = Pipeline([("noted", FunctionTransformer(noted)), *default.steps])
    found = metrics.predict(watched, *inputs(table, schema), schema)
    assert seen == [len(table)]
    assert (found.predicted == default.predict(table[schema.features])).all()


def test_it_can_learn_a_tiny_sample_by_heart(schema: Schema) -> None:
    tiny = drawn(schema, rows=30)
    X, y = inputs(tiny, schema)
    cfg = with_estimator("sklearn.tree.DecisionTree")
    assert build_pipeline(cfg, schema).fit(X, y).score(X, y) > 0.95


def test_a_prediction_does_not_depend_on_the_other_rows(
    each: Pipeline, schema: Schema, table: pd.DataFrame
) -> None:
    X = table[schema.features].head(20)
    whole = each.predict(X)
    alone = np.concatenate([each.predict(X.iloc[[row]]) for row in range(20)])
    shuffled = each.predict(X[::-1])[::-1]
    if schema.task == "regression":
        np.testing.assert_allclose(alone, whole)
        np.testing.assert_allclose(shuffled, whole)
    else:
        assert (alone == whole).all()
        assert (shuffled == whole).all()


def test_a_prediction_does_not_depend_on_the_order_of_columns(
    default: Pipeline, schema: Schema, table: pd.DataFrame
) -> None:
    X = table[schema.features]
    assert (default.predict(X[X.columns[::-1]]) == default.predict(X)).all()


def test_a_file_gives_the_same_predictions(
    each: Pipeline, schema: Schema, table: pd.DataFrame, tmp_path: Path
) -> None:
    model_file.save_pipeline(each, tmp_path / "pipeline.skops")
    loaded = model_file.load_pipeline(tmp_path / "pipeline.skops")
    X = table[schema.features]
    assert (loaded.predict(X) == each.predict(X)).all()


def test_the_same_data_gives_the_same_bytes(
    schema: Schema, table: pd.DataFrame, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.skops", tmp_path / "two.skops"
    for path in (one, two):
        model_file.save_pipeline(fitted(configured().model.name, schema, table), path)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("estimator", "trees"),
    [("sklearn.tree.DecisionTree", True), ("sklearn.neighbors.KNeighbors", False)],
)
def test_trees_get_gaps_and_codes_as_they_are(estimator: str, trees: bool, schema: Schema) -> None:
    preprocess = build_pipeline(with_estimator(estimator, "features=default"), schema)[1]
    assert preprocess.trees is trees
    with_gaps = pd.DataFrame({"x": [1.0, None, 3.0], "kind": ["a", "b", "a"]})
    found = preprocess.set_params(kinds=None).fit(with_gaps, [0, 1, 0]).transform(with_gaps)
    assert bool(np.isnan(found).any()) is trees
    assert found.shape[1] == (2 if trees else 4)


def test_a_model_for_another_task_is_refused(schema: Schema) -> None:
    cfg = configured()
    other = "Classifier" if schema.task == "regression" else "Regressor"
    cfg.model.estimator = {"_target_": f"sklearn.dummy.Dummy{other}"}
    with pytest.raises(Refusal, match="does not suit"):
        build_pipeline(cfg, schema)


def test_a_model_that_is_not_installed_is_refused(schema: Schema) -> None:
    cfg = configured("model.name=nowhere")
    cfg.model.estimator = {"_target_": "nowhere.Model"}
    with pytest.raises(Refusal, match="EXTRAS=dev,nowhere"):
        build_pipeline(cfg, schema)


def test_labels_of_any_kind_reach_a_classifier_that_wants_numbers() -> None:
    X, y = np.arange(20).reshape(-1, 1), ["no"] * 10 + ["yes"] * 10
    encoded = EncodedTarget(DummyClassifier(strategy="most_frequent")).fit(X, y)
    assert list(encoded.classes_) == ["no", "yes"]
    assert set(encoded.predict(X)) == {"no"}
    assert encoded.predict_proba(X).shape == (20, 2)


def test_the_weight_of_the_rarer_class_is_computed_while_fitting() -> None:
    class Weighted(DummyClassifier):
        def __init__(self, scale_pos_weight: float = 1.0) -> None:
            super().__init__()
            self.scale_pos_weight = scale_pos_weight

    X, y = np.arange(20).reshape(-1, 1), ["no"] * 15 + ["yes"] * 5
    assert EncodedTarget(Weighted(), balanced=True).fit(X, y).classifier_.scale_pos_weight == 3
    assert EncodedTarget(Weighted()).fit(X, y).classifier_.scale_pos_weight == 1


@pytest.mark.parametrize(
    ("metric", "looked_for", "enough"),
    [
        ("f1", "a", 10_000),
        ("f1", "z", 10_000),
        ("balanced_accuracy", "a", 10_000),  # whose threshold is that of the other class
        ("balanced_accuracy", "a", 100),
    ],
)
def test_a_tuned_threshold_finds_more_of_a_rare_class(
    metric: str, looked_for: str, enough: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.model.pipeline.MANY", enough)
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    table = pd.DataFrame({"x": x, "y": np.where(x + rng.normal(size=600) > 1.8, looked_for, "k")})
    rare = describe(table, "y", "classification")
    assert rare.positive == looked_for
    cfg = configured()
    cfg.evaluate = {**cfg.evaluate, "threshold": metric}
    X, y = inputs(table, rare)
    estimator = LogisticRegression(class_weight={looked_for: 1.0, "k": 1.0})
    plain = Pipeline([("scale", StandardScaler()), ("estimator", estimator)]).fit(X, y)
    tuned = with_threshold(plain, table, cfg, rare)
    found = [(m.predict(X) == looked_for).sum() for m in (plain, tuned)]
    assert found[1] > found[0]
    model_file.save_pipeline(tuned, tmp_path / "pipeline.skops")
    loaded = model_file.load_pipeline(tmp_path / "pipeline.skops")
    assert (loaded.predict(X) == tuned.predict(X)).all()
    assert loaded.named_steps["estimator"].threshold < 0.5

    cfg.evaluate.threshold = None
    assert with_threshold(plain, table, cfg, rare) is plain
    cfg.evaluate.threshold = metric
    constant = plain.set_params(estimator=DummyClassifier()).fit(X, y)
    assert with_threshold(constant, table, cfg, rare) is constant


def test_a_model_of_a_transformed_target_answers_in_the_table_s_unit_from_its_file(
    tmp_path: Path,
) -> None:
    sizes, prices = np.arange(20.0).reshape(-1, 1), 3_000 * np.arange(20.0) + 500
    model = TransformedTargetRegressor(LinearRegression(), transformer=Linear(0.001, -2.0))
    pipeline = Pipeline([("estimator", model.fit(sizes, prices))])
    np.testing.assert_allclose(pipeline.predict(sizes), prices)
    assert model.regressor_.predict([[1.0]])[0] == pytest.approx(1.5)
    model_file.save_pipeline(pipeline, tmp_path / "pipeline.skops")
    again = model_file.load_pipeline(tmp_path / "pipeline.skops")
    np.testing.assert_allclose(again.predict(sizes), prices)


rng = np.random.default_rng(0)
X = rng.normal(size=(300, 3))
NOISE = rng.normal(size=300)


def predictions(task: str) -> tuple[metrics.Predictions, object, object]:
    """What a model says, the model, and the truth."""
    if task == "regression":
        quantity = X[:, 0] + NOISE
        line = LinearRegression().fit(X, quantity)
        return metrics.Predictions(quantity, line.predict(X)), line, quantity
    y = np.digitize(X[:, 0] + NOISE, [0.0] if task == "binary" else [-1.0, 1.0])
    y = np.array(["no", "yes", "more"])[y]
    model = LogisticRegression().fit(X, y)
    found = metrics.Predictions(y, model.predict(X), model.predict_proba(X), model.classes_, "yes")
    return found, model, y


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_scores_are_those_of_the_scorers(task: str) -> None:
    found, model, y = predictions(task)
    for name, value in metrics.score(found, task).items():  # type: ignore[arg-type]
        scorer = metrics.scorer(name, "yes" if task == "binary" else None)
        assert value == pytest.approx(scorer(model, X, y)), name


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_classes_as_numbers_score_the_same(task: str) -> None:
    found, _, _ = predictions(task)
    plain, coded = (metrics.score(p, task) for p in (found, found.coded()))  # type: ignore[arg-type]
    assert coded == pytest.approx(plain)


def test_an_interval_holds_the_score_and_narrows_with_confidence() -> None:
    found, _, _ = predictions("binary")
    wide = resampling.intervals(found, "binary", 0.95, 50, seed=0)
    narrow = resampling.intervals(found, "binary", 0.5, 50, seed=0)
    for name, value in metrics.score(found, "binary").items():
        assert wide[name][0] <= narrow[name][0] <= narrow[name][1] <= wide[name][1]
        assert wide[name][0] < value < wide[name][1]


def test_rows_of_one_class_have_no_roc_curve() -> None:
    found, _, y = predictions("binary")
    only = found[np.flatnonzero(np.asarray(y) == "yes")]
    assert np.isnan(metrics.score(only, "binary")["roc_auc"])


class _Column(LogisticRegression):
    """A classifier that predicts a column, as CatBoost's does for several classes."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(super().predict(X)).reshape(-1, 1)


def test_a_column_of_predictions_scores_as_a_row() -> None:
    quantity, y = pd.DataFrame(X), pd.Series(np.digitize(X[:, 0] + NOISE, [-1.0, 1.0]))
    schema = SimpleNamespace(task="multiclass", positive=None)
    column, row = (
        metrics.predict(model().fit(quantity, y), quantity, y, schema)  # type: ignore[arg-type]
        for model in (_Column, LogisticRegression)
    )
    assert metrics.score(column, "multiclass") == metrics.score(row, "multiclass")
    assert resampling.intervals(column, "multiclass", 0.9, 20, seed=0)


def test_an_unknown_metric_is_refused() -> None:
    found, _, _ = predictions("regression")
    with pytest.raises(Refusal, match="no metric 'accuracy' for a regression task"):
        metrics.score(found, "regression", ["accuracy"])
    with pytest.raises(Refusal, match="no metric 'nonsense'"):
        metrics.scorer("nonsense", None)


def test_an_interval_holds_the_truth_of_new_rows_as_often_as_it_says() -> None:
    held = []
    for seed in range(200):
        errors = np.random.default_rng(seed).normal(size=120)
        margin = metrics.conformal_margin(metrics.Predictions(errors[:100], np.zeros(100)), 0.9)
        assert margin is not None
        held.append(np.abs(errors[100:]) <= margin)
    assert 0.88 < np.mean(held) < 0.93
    few = metrics.Predictions(np.ones(5), np.zeros(5))
    assert metrics.conformal_margin(few, 0.9) is None


class _Cleaned(BaseEstimator):
    """A step of one's own that learns nothing, and has nothing that shows that it is fitted."""

    def fit(self, X: np.ndarray, y: object = None) -> "_Cleaned":
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(np.nan_to_num(X))


def test_a_last_step_that_learns_nothing_is_fitted() -> None:
    def steps(X: pd.DataFrame) -> Pipeline:
        return Pipeline([("scaled", StandardScaler()), ("cleaned", _Cleaned())])

    rows = pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 2.0]})
    found = FromColumns(steps).fit(rows).transform(rows)
    assert np.asarray(found).tolist() == [[-1.0, 0.0], [1.0, 0.0]]


class _Repeated:
    """A sampler that repeats the rows of the rarer class."""

    def __init__(self, times: int) -> None:
        self.times = times

    def fit_resample(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rare = np.flatnonzero(y == "rare")
        rows = np.concatenate([np.arange(len(y)), *[rare] * self.times])
        return X[rows], y[rows]


def test_a_resampled_classifier_finds_more_of_a_rare_class_also_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "Repeated", _Repeated, raising=False)
    y = np.where(X[:, 0] + NOISE > 2, "rare", "usual")
    plain = LogisticRegression().fit(X, y)
    sampler = f"{metrics.__name__}.Repeated"
    resampled = Resampled(LogisticRegression(), sampler, {"times": 20}).fit(X, y)
    assert (resampled.predict(X) == "rare").sum() > 3 * (plain.predict(X) == "rare").sum()
    model_file.save_pipeline(Pipeline([("estimator", resampled)]), tmp_path / "m.skops")
    loaded = model_file.load_pipeline(tmp_path / "m.skops")
    np.testing.assert_array_equal(loaded.predict_proba(X), resampled.predict_proba(X))


# Scores of many draws at once are those of scikit-learn for each draw


def at_random(task: Task, rows: int, seed: int) -> metrics.Predictions:
    """Predictions at random; of two digits, so that many are equal."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        truth = rng.normal(100, 3, rows).round(2)
        return metrics.Predictions(truth, (truth + rng.normal(size=rows)).round(2))
    kinds = CLASSES[task]
    chances = rng.dirichlet(np.ones(kinds), rows).round(2)
    chances /= chances.sum(axis=1, keepdims=True)
    classes = rng.integers(0, kinds, rows)
    positive = 1 if task == "binary" else None
    return metrics.Predictions(classes, chances.argmax(axis=1), chances, np.arange(kinds), positive)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", [1, 2, 5, 60])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_scores_are_scikit_learn_s(task: Task, rows: int) -> None:
    found = at_random(task, rows, seed=rows)
    check(found, task, 20)


@pytest.mark.filterwarnings("ignore")
def test_so_they_are_of_a_certain_model_and_of_a_constant_truth() -> None:
    right = np.array([0, 1, 1, 0, 1])
    check(metrics.Predictions(right, right, np.eye(2)[right], np.arange(2), 1), "binary", 10)
    flat = metrics.Predictions(np.full(5, 3.0), np.array([3.0, 3.0, 3.0, 3.0, 4.0]))
    check(flat, "regression", 10)


def check(found: metrics.Predictions, task: Task, resamples: int) -> None:
    """Compare both ways on the same draws."""
    expected = resampling.resampled(
        found, lambda rows: metrics.score(found[rows], task), resamples, seed=3
    )
    quick = resampling.resampled_scores(found, task, resamples, seed=3)
    assert set(quick) == set(expected)
    pd.testing.assert_frame_equal(quick[list(expected)], expected, rtol=1e-9, atol=1e-12)


def test_batches_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    found = at_random("binary", 50, 1)
    whole = resampling.intervals(found, "binary", 0.9, 40, 7)
    monkeypatch.setattr(resampling, "AT_ONCE", 150)
    for name, interval in resampling.intervals(found, "binary", 0.9, 40, 7).items():
        assert interval == pytest.approx(whole[name])


@pytest.mark.filterwarnings("ignore")
def test_a_class_that_the_model_does_not_know() -> None:
    found = at_random("multiclass", 30, 2)
    truth = found.truth.copy()
    truth[:3] = -1
    strange = metrics.Predictions(truth, found.predicted, found.probabilities, found.classes)
    scores = resampling.resampled_scores(strange, "multiclass", 10, 0)
    assert scores["accuracy"].between(0, 1).all()
