"""The compiled form of a pipeline answers as the pipeline does, or does not serve."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pandas as pd
import pytest
from hydra.utils import instantiate
from scipy.sparse import csr_array
from sklearn import ensemble, preprocessing, tree
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC, SVR

from {{ cookiecutter.package_name }}.data.casting import conform, plain
from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.features import Features
from {{ cookiecutter.package_name }}.model.pipeline import (
    build_pipeline,
    inputs,
    with_threshold,
)
from {{ cookiecutter.package_name }}.model.preprocess import FromColumns, Preprocess
from {{ cookiecutter.package_name }}.runtime import export as exporting
from {{ cookiecutter.package_name }}.runtime import trees
from {{ cookiecutter.package_name }}.runtime.base import Columns
from {{ cookiecutter.package_name }}.runtime.compiled import CompiledRuntime, estimator_of
from {{ cookiecutter.package_name }}.runtime.encoder import Encoder
from {{ cookiecutter.package_name }}.runtime.encoding import NotCompiled, encoding_of
from {{ cookiecutter.package_name }}.runtime.estimators import as_onnx
from {{ cookiecutter.package_name }}.runtime.export import export
from {{ cookiecutter.package_name }}.runtime.pipeline import PipelineRuntime
from {{ cookiecutter.package_name }}.runtime.rows import BadRows
from {{ cookiecutter.package_name }}.stages.describe import describe
from {{ cookiecutter.package_name }}.tools import files

from conftest import ROOT, configured, sampled
from rows import drawn

MODELS = sorted(file.stem for file in (ROOT / "conf" / "model").glob("*.yaml"))


@pytest.mark.parametrize("name", MODELS)
def test_every_model_answers_the_same_either_way(
    name: str, schema: Schema, table: pd.DataFrame, tmp_path: Path
) -> None:
    if name in ("xgboost", "lightgbm"):
        pytest.importorskip(name)
    pipeline = build_pipeline(sampled(f"model={name}"), schema)
    pipeline.fit(*inputs(table, schema))
    runtime = export(tmp_path, pipeline, schema, table)
    content = files.read_json(tmp_path / "runtime.json")
    assert content["runtime"] == runtime
    assert (tmp_path / "model.onnx").exists() == (runtime == "onnx")
    for step in content["steps"].values():
        assert ("because" in step) == (step["by"] in ("pandas", "scikit-learn"))
    if "classes" not in content:  # nothing is compiled
        return
    unseen = plain(drawn(schema, seed=1)[schema.features])
    original = PipelineRuntime(pipeline, schema)
    expected = original.predict(unseen)
    found = CompiledRuntime.load(tmp_path, content, schema, original).predict(unseen)
    precision = 1e-6 if name == "xgboost" else 1e-9  # which computes in single precision
    if expected.probabilities is None:
        np.testing.assert_allclose(found.predictions, expected.predictions, rtol=precision)
    else:
        assert found.predictions == expected.predictions
        assert found.probabilities is not None
        np.testing.assert_allclose(found.probabilities, expected.probabilities, rtol=precision)


KINDS = {
    "binary": (2, "Classifier"),
    "multiclass": (4, "Classifier"),
    "regression": (2, "Regressor"),
}
TREES: list[tuple[Any, str, dict[str, Any]]] = [
    (tree, "DecisionTree", {}),
    (tree, "DecisionTree", {"max_depth": 1}),
    (tree, "ExtraTree", {}),
    (ensemble, "RandomForest", {"n_estimators": 8}),
    (ensemble, "ExtraTrees", {"n_estimators": 8}),
    (ensemble, "GradientBoosting", {"n_estimators": 8}),
    (ensemble, "HistGradientBoosting", {"max_iter": 8}),
    (ensemble, "HistGradientBoosting", {"max_iter": 8, "min_samples_leaf": 400}),  # single leaves
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("module", "name", "options"), TREES)
def test_trees_keep_their_double_precision(
    module: Any, name: str, options: dict[str, Any], kind: str
) -> None:
    classes, role = KINDS[kind]
    X, y = make_classification(600, 8, n_informative=6, n_classes=classes, random_state=0)
    if name not in ("GradientBoosting", "ExtraTree"):  # which take no gaps
        X[np.random.default_rng(0).random(X.shape) < 0.05] = np.nan
    fitted = getattr(module, name + role)(random_state=0, **options).fit(X, y)
    say = fitted.predict if kind == "regression" else fitted.predict_proba
    found = by_graph(fitted, X)
    np.testing.assert_allclose(found, say(X).reshape(found.shape), rtol=1e-12, atol=1e-15)


def by_graph(fitted: Any, X: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What the graph of an estimator answers, one row at a time and all at once alike."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    made = as_onnx(fitted, X.shape[1]).SerializeToString()
    session = ort.InferenceSession(made, options)
    (found,) = session.run(None, {"X": X})
    alone = [session.run(None, {"X": X[at : at + 1]})[0] for at in range(20)]
    np.testing.assert_allclose(np.vstack(alone), found[:20], rtol=1e-12)
    return np.asarray(found)


def test_a_boosted_regression_of_counts_goes_through_its_exponential() -> None:
    X, y = make_classification(300, random_state=0)
    fitted = ensemble.HistGradientBoostingRegressor(loss="poisson", max_iter=5).fit(X, y)
    np.testing.assert_allclose(by_graph(fitted, X).ravel(), fitted.predict(X), rtol=1e-12)


def of_kinds(classes: int) -> tuple[Any, Any]:
    """Rows with categories as numbers in two columns, some of them missing; and their classes."""
    X, y = make_classification(
        400, 7, n_informative=5, n_redundant=0, n_classes=classes, random_state=0
    )
    rng = np.random.default_rng(0)
    X[:, 0], X[:, 4] = rng.integers(0, 40, 400) * 2, y + rng.integers(0, 3, 400)
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, y


@pytest.mark.parametrize("kind", KINDS)
def test_native_categories_are_compared_as_the_model_does(kind: str) -> None:
    classes, role = KINDS[kind]
    X, y = of_kinds(classes)
    model = getattr(ensemble, f"HistGradientBoosting{role}")
    fitted = model(categorical_features=[0, 4], max_iter=8, min_samples_leaf=5).fit(X, y)
    X[:9, 0] = [1, -1, 99, 79, 3.5, 80, np.nan, 2, 0]  # most of which were never seen
    say = fitted.predict if kind == "regression" else fitted.predict_proba
    found = by_graph(fitted, X)
    np.testing.assert_allclose(found, say(X).reshape(found.shape), rtol=1e-12, atol=1e-15)


def turned(regressor: Any, function: Any, inverse: Any) -> Any:
    """A regression of a target that goes through a function."""
    return TransformedTargetRegressor(regressor, func=function, inverse_func=inverse)


TREE = tree.DecisionTreeClassifier(max_depth=3)
OF_NUMBERS = tree.DecisionTreeRegressor(max_depth=3)
VOTERS = [("line", LogisticRegression()), ("bayes", GaussianNB()), ("tree", TREE)]
SUMS = [("line", LinearRegression()), ("tree", OF_NUMBERS)]
SCALED = preprocessing.StandardScaler()
CLASSIFIERS: dict[str, Any] = {
    "adaboost": ensemble.AdaBoostClassifier(n_estimators=7),
    "bag": ensemble.BaggingClassifier(TREE, 4, max_features=0.6),
    "isotonic": CalibratedClassifierCV(TREE, method="isotonic", cv=2),
    "linear discriminant": LinearDiscriminantAnalysis(),
    "naive bayes": GaussianNB(),
    "perceptrons": make_pipeline(SCALED, MLPClassifier(hidden_layer_sizes=(5,), max_iter=20)),
    "ridge": CalibratedClassifierCV(RidgeClassifier(), ensemble=False, cv=2),
    "stack": ensemble.StackingClassifier(VOTERS, cv=2),
    "vectors": CalibratedClassifierCV(SVC(), ensemble=False, cv=2),
    "vectors, scaled": CalibratedClassifierCV(
        make_pipeline(SCALED, SVC(kernel="poly")), ensemble=False, cv=2
    ),
    "vectors, straight": CalibratedClassifierCV(SVC(kernel="sigmoid"), ensemble=False, cv=2),
    "votes": ensemble.VotingClassifier(VOTERS, voting="soft", weights=[1, 2, 3]),
}
REGRESSORS: dict[str, Any] = {
    "adaboost": ensemble.AdaBoostRegressor(n_estimators=7),
    "bag": ensemble.BaggingRegressor(OF_NUMBERS, 4),
    "logarithm": turned(OF_NUMBERS, np.log1p, np.expm1),
    "logarithm of a line": turned(LinearRegression(), np.log, np.exp),
    "perceptrons": MLPRegressor(hidden_layer_sizes=(5,), max_iter=20),
    "polynomial": make_pipeline(preprocessing.PolynomialFeatures(2), SCALED, Ridge()),
    "scaled target": TransformedTargetRegressor(SVR(), transformer=SCALED),
    "stack": ensemble.StackingRegressor(SUMS, cv=2, passthrough=True),
    "vectors": make_pipeline(SCALED, SVR()),
    "votes": ensemble.VotingRegressor(SUMS),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_are_graphs_of_doubles(name: str, classes: int) -> None:
    X, y = make_classification(150, 7, n_informative=5, n_classes=classes, random_state=0)
    fitted = clone(CLASSIFIERS[name]).fit(X, np.array(["a", "b", "c"])[y])
    np.testing.assert_allclose(by_graph(fitted, X), fitted.predict_proba(X), rtol=1e-8)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_are_graphs_of_doubles(name: str) -> None:
    X, y = make_regression(150, 6, noise=1, random_state=0)
    fitted = clone(REGRESSORS[name]).fit(X, np.abs(y) + 1)
    np.testing.assert_allclose(by_graph(fitted, X).ravel(), fitted.predict(X), rtol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("library", ["xgboost.XGB", "lightgbm.LGBM", "catboost.CatBoost"])
def test_boosted_trees_of_other_libraries_are_graphs(library: str, kind: str) -> None:
    classes, role = KINDS[kind]
    name, _, prefix = library.partition(".")
    quiet: dict[str, dict[str, Any]] = {
        "lightgbm": {"verbose": -1},
        "catboost": {"silent": True, "allow_writing_files": False},
    }
    options = quiet.get(name, {})
    model = getattr(pytest.importorskip(name), prefix + role)(n_estimators=9, **options)
    X, y = make_classification(300, 7, n_informative=5, n_classes=classes, random_state=0)
    if name != "lightgbm":
        X[np.random.default_rng(0).random(X.shape) < 0.05] = np.nan
    fitted = model.fit(X, y)
    X[0, 0] = np.nan  # which LightGBM has not seen
    say = fitted.predict if kind == "regression" else fitted.predict_proba
    found = by_graph(fitted, X)
    expected = say(X).reshape(found.shape)
    if name == "xgboost":  # to the last bit
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_rows_that_become_wide_are_answered_in_parts(tmp_path: Path) -> None:
    X, y = make_regression(400, 3, noise=1, random_state=0)
    fitted = SVR().fit(X, y)
    made = as_onnx(fitted, 3)
    assert [int(each.value) for each in made.metadata_props] == [4_000_000 // len(fitted.support_)]
    made.metadata_props[0].value = "7"
    (tmp_path / "model.onnx").write_bytes(made.SerializeToString())
    answers = estimator_of(tmp_path, {"runtime": "onnx", "classes": None}, None)(X)
    np.testing.assert_allclose(answers.predictions, fitted.predict(X), rtol=1e-9)


@pytest.mark.parametrize(
    ("fitted", "reason"),
    [
        (ensemble.GradientBoostingClassifier(init=LogisticRegression()), "first guess"),
        (ensemble.GradientBoostingClassifier(loss="exponential"), "loss=exponential"),
    ],
)
def test_trees_with_other_options_stay_what_they_are(fitted: Any, reason: str) -> None:
    X, y = make_classification(200, 5, random_state=0)
    X[:, 0] = X[:, 0] > 0
    with pytest.raises(NotCompiled, match=reason):
        as_onnx(fitted.fit(X, y), 5)


def probed(table: pd.DataFrame, schema: Schema) -> Columns:
    """Rows, and those that differ from the first in one value."""
    rows, odd = exporting.probes(table, schema)
    return exporting.together([rows, *odd])


ROWS = 200
RNG = np.random.default_rng(0)
EVERYTHING = pd.DataFrame(
    {
        "amount": np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.normal(size=ROWS)),
        "count": RNG.integers(0, 9, ROWS),
        "open": RNG.random(ROWS) < 0.5,
        "asked": pd.Series(RNG.choice(np.array([True, False, None]), ROWS)),
        "kind": RNG.choice(np.array(["a", "b", None]), ROWS),
        "place": [f"place {n}" for n in RNG.integers(0, 40, ROWS)],
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 900, ROWS), "D"),
        "y": RNG.choice(["no", "yes"], ROWS),
    }
)


@pytest.mark.parametrize("trees", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_every_kind_of_column_is_encoded_as_the_pipeline_does(trees: bool, classes: int) -> None:
    table = EVERYTHING.copy()
    if classes == 3:
        table.loc[::3, "y"] = "maybe"
    schema = describe(table, "y", "classification")
    X, y = inputs(conform(table, schema), schema)
    kinds = {name: schema[name].type for name in schema.features}
    preprocess = instantiate(configured("features=default").features, kinds=kinds)
    preprocess.set_params(trees=trees).fit(X, y)
    encoder = Encoder(**encoding_of(preprocess, list(X.columns)))
    rows = probed(conform(table, schema), schema)
    expected = preprocess.transform(PipelineRuntime(_pipeline(preprocess), schema).frame(rows))
    found = encoder(rows, len(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    alone = [
        encoder({name: values[at : at + 1] for name, values in rows.items()}, 1)
        for at in range(len(expected))
    ]
    np.testing.assert_array_equal(np.vstack(alone), found)


def _pipeline(preprocess: Any) -> Pipeline:
    X, y = make_classification(20, random_state=0)
    return Pipeline([("preprocess", preprocess), ("estimator", LogisticRegression().fit(X, y))])


def test_more_trees_than_load_quickly_stay_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = make_classification(40, 5, random_state=0)
    forest = ensemble.RandomForestClassifier(3, max_depth=2, random_state=0).fit(X, y)
    assert as_onnx(forest, 5)
    monkeypatch.setattr(trees, "MAX_TREES", 2)
    with pytest.raises(NotCompiled, match="more than 2 trees"):
        as_onnx(forest, 5)


class Ratio(Features):
    """Features that compute."""

    def steps(self, X: pd.DataFrame, learn: Any, y: Any = None) -> pd.DataFrame:
        """Add a column."""
        return X.assign(double=X["amount"] * 2)


def small(estimator: Any, features: Features | None = None) -> tuple[Pipeline, Schema]:
    """A fitted pipeline of a small table."""
    schema = describe(EVERYTHING[["amount", "count", "y"]], "y", "classification")
    kinds = {name: schema[name].type for name in schema.features}
    preprocess = instantiate(configured("features=default").features, kinds=kinds)
    steps = [("features", features or Plain()), ("preprocess", preprocess)]
    pipeline = Pipeline([*steps, ("estimator", estimator)])
    return pipeline.fit(*inputs(conform(EVERYTHING, schema), schema)), schema


class Plain(Features):
    """Features that compute nothing, whatever those of this repository do."""

    def steps(self, X: pd.DataFrame, learn: Any, y: Any = None) -> pd.DataFrame:
        """The raw columns."""
        return X


def test_features_that_pandas_computes_leave_the_rest_compiled(tmp_path: Path) -> None:
    pipeline, schema = small(LogisticRegression(), Ratio())
    table = conform(EVERYTHING, schema)
    assert export(tmp_path, pipeline, schema, table) == "onnx"
    content = files.read_json(tmp_path / "runtime.json")
    assert {name: step["by"] for name, step in content["steps"].items()} == {
        "estimator": "onnx",
        "features": "pandas",
        "preprocess": "numpy",
    }
    original = PipelineRuntime(pipeline, schema)
    fast = CompiledRuntime.load(tmp_path, content, schema, original)
    assert not fast.quick
    rows = plain(table[schema.features])
    assert fast.predict(rows).predictions == original.predict(rows).predictions


def fitted_to(preprocess: Any, estimator: Any, *columns: str) -> tuple[Pipeline, Schema]:
    """A fitted pipeline with a notebook's own preprocessing."""
    table = EVERYTHING[[*columns, "y"]]
    schema = describe(table, "y", "classification")
    steps = [("features", Plain()), ("preprocess", FromColumns(lambda _: preprocess))]
    pipeline = Pipeline([*steps, ("estimator", estimator)])
    return pipeline.fit(*inputs(conform(table, schema), schema)), schema


def of_a_notebook(**options: Any) -> ColumnTransformer:
    """Preprocessing as notebooks have it."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), preprocessing.StandardScaler())
    kinds = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        preprocessing.OneHotEncoder(handle_unknown="ignore", **options),
    )
    return ColumnTransformer(
        [("kinds", kinds, ["kind", "place"]), ("numbers", numbers, ["amount"])],
        remainder="passthrough",
    )


OF_NOTEBOOKS = {
    "columns": of_a_notebook(),
    "positions": ColumnTransformer(
        [
            ("one", preprocessing.OneHotEncoder(drop="first", handle_unknown="ignore"), [3]),
            ("numbers", SimpleImputer(add_indicator=True), slice(0, 2)),
        ]
    ),
    "columns, and what follows": make_pipeline(
        of_a_notebook(sparse_output=False), PCA(5, whiten=True), preprocessing.StandardScaler()
    ),
    "a scaled encoding": make_pipeline(
        ColumnTransformer(
            [
                (
                    "kinds",
                    make_pipeline(
                        preprocessing.OneHotEncoder(handle_unknown="ignore"),
                        preprocessing.StandardScaler(with_mean=False),
                    ),
                    ["kind"],
                ),
                ("numbers", SimpleImputer(), ["amount", "count"]),
            ],
            sparse_threshold=0,
        ),
        SelectKBest(k=3),
    ),
}


@pytest.mark.parametrize("kind", OF_NOTEBOOKS)
def test_a_notebook_s_own_preprocessing_is_compiled(kind: str, tmp_path: Path) -> None:
    estimator = tree.DecisionTreeClassifier(max_depth=4)
    pipeline, schema = fitted_to(OF_NOTEBOOKS[kind], estimator, "amount", "count", "place", "kind")
    table = conform(EVERYTHING, schema)
    export(tmp_path, pipeline, schema, table)
    content = files.read_json(tmp_path / "runtime.json")
    assert [step["by"] for step in content["steps"].values()] == ["onnx", "numpy"]
    rows = probed(table, schema)
    found = CompiledRuntime.load(tmp_path, content, schema).predict(rows)
    original = PipelineRuntime(pipeline, schema).predict(rows)
    assert found.predictions == original.predictions


def test_a_matrix_is_compiled_as_a_table_is(tmp_path: Path) -> None:
    schema = describe(EVERYTHING[["amount", "count", "y"]], "y", "classification")
    steps = [("features", Bare()), ("preprocess", "passthrough")]
    pipeline = Pipeline([*steps, ("estimator", LogisticRegression())])
    pipeline.fit(*inputs(conform(EVERYTHING, schema), schema))
    assert export(tmp_path, pipeline, schema, conform(EVERYTHING, schema)) == "onnx"
    steps = files.read_json(tmp_path / "runtime.json")["steps"]
    assert [step["by"] for step in steps.values()] == ["onnx", "numpy", "pandas"]


class Sparse(Features):
    """Features that are a sparse matrix."""

    def steps(self, X: pd.DataFrame, learn: Any, y: Any = None) -> Any:
        """Mostly zeros."""
        return csr_array(X.fillna(0).to_numpy())


def test_a_sparse_matrix_of_features_is_packed(tmp_path: Path) -> None:
    schema = describe(EVERYTHING[["amount", "count", "y"]], "y", "classification")
    steps = [("features", Sparse()), ("preprocess", "passthrough")]
    pipeline = Pipeline([*steps, ("estimator", LogisticRegression())])
    pipeline.fit(*inputs(conform(EVERYTHING, schema), schema))
    assert export(tmp_path, pipeline, schema, conform(EVERYTHING, schema)) == "onnx"


class Bare(Features):
    """Features without names."""

    def steps(self, X: pd.DataFrame, learn: Any, y: Any = None) -> Any:
        """A matrix."""
        return X.fillna(0).to_numpy()


def test_what_only_the_pipeline_knows_is_asked_of_the_pipeline(tmp_path: Path) -> None:
    strict = ColumnTransformer(
        [("kind", preprocessing.OneHotEncoder(), ["place"])], remainder=SimpleImputer()
    )
    pipeline, schema = fitted_to(strict, LogisticRegression(), "amount", "place")
    known = conform(EVERYTHING, schema)
    assert export(tmp_path, pipeline, schema, known) == "onnx"
    content = files.read_json(tmp_path / "runtime.json")
    assert content["original"]
    original = PipelineRuntime(pipeline, schema)
    fast = CompiledRuntime.load(tmp_path, content, schema, original)
    with pytest.raises(BadRows, match="1 value is not as expected"):
        fast.predict({"amount": [1.0], "place": ["nowhere"]})


class Odd(DummyClassifier):
    """An estimator that no converter knows."""


def test_an_estimator_that_is_not_compiled_gets_the_compiled_matrix(tmp_path: Path) -> None:
    pipeline, schema = small(Odd(strategy="prior"))
    table = conform(EVERYTHING, schema)
    assert export(tmp_path, pipeline, schema, table) == "scikit-learn"
    content = files.read_json(tmp_path / "runtime.json")
    assert "Odd" in content["steps"]["estimator"]["because"]
    assert content["steps"]["preprocess"] == {"by": "numpy"}
    original = PipelineRuntime(pipeline, schema)
    rows = plain(table[schema.features])
    assert content["by_probability"]
    fast = CompiledRuntime.load(tmp_path, content, schema, original)
    expected = original.predict(rows)
    pipeline["estimator"].predict = None  # of which nothing is asked then
    found = fast.predict(rows)
    assert found.predictions == expected.predictions
    np.testing.assert_array_equal(found.probabilities, expected.probabilities)


class Picky(Features):
    """Features that can't work on every value."""

    def steps(self, X: pd.DataFrame, learn: Any, y: Any = None) -> pd.DataFrame:
        """Read a number out of a text."""
        return X.assign(size=X["kind"].map(lambda text: float(text.removesuffix(" m"))))


def test_a_row_that_the_features_can_t_work_on_is_named() -> None:
    table = pd.DataFrame({"kind": [f"{n % 7} m" for n in range(60)], "y": ["a", "b"] * 30})
    schema = describe(table, "y", "classification")
    preprocess = instantiate(configured("features=default").features)
    steps = [("features", Picky()), ("preprocess", preprocess), ("estimator", LogisticRegression())]
    pipeline = Pipeline(steps).fit(*inputs(conform(table, schema), schema))
    runtime = PipelineRuntime(pipeline, schema)
    values = ["3 m"] * 20
    assert len(runtime.predict({"kind": values}).predictions) == 20
    values[13] = values[17] = "wide"
    with pytest.raises(BadRows) as refused:
        runtime.predict({"kind": values})
    (problem,) = refused.value.problems
    assert (problem.row, problem.field) == (13, None)
    assert "could not convert" in problem.given


SCALERS = [
    preprocessing.StandardScaler(with_mean=False),
    preprocessing.RobustScaler(),
    preprocessing.MinMaxScaler(),
    preprocessing.MaxAbsScaler(),
    preprocessing.FunctionTransformer(),
    make_pipeline(SimpleImputer(), preprocessing.StandardScaler()),
    SimpleImputer(add_indicator=True),
]
UNKNOWN = [
    preprocessing.PowerTransformer(),
    preprocessing.MinMaxScaler(clip=True),
    preprocessing.OneHotEncoder(handle_unknown="ignore", max_categories=2, sparse_output=False),
    preprocessing.FunctionTransformer(np.log1p),
]


def fitted(transformer: Any, X: pd.DataFrame) -> Preprocess:
    """A preprocessing of numbers by a transformer."""
    return Preprocess({"number": transformer}).fit(X)


@pytest.mark.parametrize("transformer", SCALERS, ids=repr)
def test_scalers_and_imputers_are_arithmetic(transformer: Any) -> None:
    X = EVERYTHING[["amount", "count"]].astype(float)
    preprocess = fitted(transformer, X)
    found = Encoder(**encoding_of(preprocess, list(X.columns)))(plain(X), len(X))
    np.testing.assert_allclose(found, preprocess.transform(X), rtol=1e-12)


@pytest.mark.parametrize("transformer", UNKNOWN, ids=repr)
def test_what_is_not_known_is_not_compiled(transformer: Any) -> None:
    with pytest.raises(NotCompiled, match="is known"):
        encoding_of(fitted(transformer, EVERYTHING[["count"]].astype(float)), ["count"])


def test_a_dropped_category_stays_dropped() -> None:
    encoder = preprocessing.OneHotEncoder(
        drop="first", handle_unknown="ignore", sparse_output=False
    )
    X = EVERYTHING[["count"]].astype(float)
    preprocess = fitted(encoder, X)
    found = Encoder(**encoding_of(preprocess, list(X.columns)))(plain(X), len(X))
    np.testing.assert_array_equal(found, preprocess.transform(X))


def test_estimators_of_which_no_graph_is_known_are_converted_too(tmp_path: Path) -> None:
    pipeline, schema = small(SGDClassifier(loss="log_loss"))
    assert export(tmp_path, pipeline, schema, conform(EVERYTHING, schema)) == "onnx"


def test_a_compiled_form_that_differs_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, schema = small(tree.DecisionTreeClassifier(max_depth=3))
    other, _ = small(tree.DecisionTreeClassifier(max_depth=1))
    graph = as_onnx(other.named_steps["estimator"], 3)
    monkeypatch.setattr(exporting, "as_onnx", lambda *_: graph)
    assert export(tmp_path, pipeline, schema, conform(EVERYTHING, schema)) == "scikit-learn"
    steps = files.read_json(tmp_path / "runtime.json")["steps"]
    assert "other" in steps["estimator"]["because"]
    assert not (tmp_path / "model.onnx").exists()


def test_a_tuned_threshold_decides_in_the_compiled_form_too(tmp_path: Path) -> None:
    pipeline, schema = small(LogisticRegression())
    table = conform(EVERYTHING, schema)
    cfg = configured()
    cfg.evaluate = {**cfg.evaluate, "threshold": "f1"}
    tuned = with_threshold(pipeline, table, cfg, schema)
    assert tuned is not pipeline
    assert export(tmp_path, tuned, schema, table) == "onnx"
    fast = CompiledRuntime.load(tmp_path, files.read_json(tmp_path / "runtime.json"), schema)
    rows = plain(table[schema.features])
    assert fast.predict(rows).predictions == tuned.predict(table[schema.features]).tolist()
    assert fast.predict(rows).predictions != pipeline.predict(table[schema.features]).tolist()


def test_the_same_pipeline_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        pipeline, schema = small(tree.DecisionTreeClassifier(max_depth=3, random_state=0))
        export(tmp_path / name, pipeline, schema, conform(EVERYTHING, schema))
    for name in ("model.onnx", "runtime.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
