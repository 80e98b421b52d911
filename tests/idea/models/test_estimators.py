"""Models of notebooks, as files of `conf/model/` describe them."""

import ast
from math import inf
from typing import Any

import pytest

from idea.knowledge.estimators import CLASSIFIERS, REGRESSORS, canonical, config_name, task_of
from idea.models import Estimator, Unread, find_estimator, read_estimator
from idea.program.static_values import Unknown
from tests.idea.program.test_static_values import Written

HEAD = """
import lightgbm as lgb
import numpy as np
import scipy.stats as stats
import xgboost as xgb
from catboost import CatBoostClassifier, CatBoostRegressor
from copy import deepcopy
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline as ImbPipeline
from keras.models import Sequential
from mlxtend.classifier import EnsembleVoteClassifier
from scipy.stats import expon, loguniform, randint, reciprocal, uniform
from sklearn import svm
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import *
from sklearn.linear_model import *
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import *
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.cluster import KMeans
from skopt import BayesSearchCV
"""
STARS = {
    "sklearn.ensemble": """AdaBoostClassifier BaggingClassifier GradientBoostingRegressor
        HistGradientBoostingClassifier RandomForestClassifier RandomForestRegressor
        StackingRegressor VotingClassifier VotingRegressor""",
    "sklearn.linear_model": "Lasso LinearRegression LogisticRegression Ridge SGDClassifier",
    "sklearn.model_selection": """GridSearchCV HalvingRandomSearchCV KFold RandomizedSearchCV
        RepeatedStratifiedKFold ShuffleSplit StratifiedKFold""",
}


def read(source: str) -> Estimator:
    """The estimator of the last line, an expression."""
    node, names = parsed(source)
    return read_estimator(node, names)


def parsed(source: str) -> tuple[ast.expr, Written]:
    *before, last = ast.parse(source).body
    assert isinstance(last, ast.Expr)
    names = Written(HEAD + ast.unparse(ast.Module(body=before, type_ignores=[])))
    for module, classes in STARS.items():
        names.imports |= {name: f"{module}.{name}" for name in classes.split()}
    return last.value, names


def target(path: str, /, **parameters: Any) -> dict[str, Any]:
    return {"_target_": path, **parameters}


def forest(**parameters: Any) -> dict[str, Any]:
    return target("sklearn.ensemble.RandomForestClassifier", **parameters)


def calibrated(config: dict[str, Any]) -> dict[str, Any]:
    path = "sklearn.calibration.CalibratedClassifierCV"
    return target(path, estimator=config, ensemble=False)


def encoded(config: dict[str, Any]) -> dict[str, Any]:
    return target("<PACKAGE>.model.pipeline.EncodedTarget", classifier=config)


SEEDED = {"random_state": "${seed}"}
SVC = target("sklearn.svm.SVC")
RIDGE = target("sklearn.linear_model.Ridge")
LOGISTIC = target("sklearn.linear_model.LogisticRegression")
TREE = target("sklearn.tree.DecisionTreeClassifier", max_depth=1, **SEEDED)

CONFIGS: list[tuple[str, dict[str, Any]]] = [
    # as written, by name, by position
    ("RandomForestClassifier(random_state=0)", forest(random_state=0)),
    ("RandomForestClassifier(200, n_jobs=-1, verbose=1)", forest(n_estimators=200, **SEEDED)),
    ("RandomForestClassifier(random_state=None)", forest(**SEEDED)),
    ("RandomForestClassifier(random_state=rng)", forest(**SEEDED)),
    ("n = 10 * 2\nRandomForestClassifier(n_estimators=n)", forest(n_estimators=20, **SEEDED)),
    ("Ridge(.5)", RIDGE | {"alpha": 0.5}),
    ("KNeighborsClassifier(3)", target("sklearn.neighbors.KNeighborsClassifier", n_neighbors=3)),
    ("GaussianNB()", target("sklearn.naive_bayes.GaussianNB")),
    ("SVR('linear', C=2)", target("sklearn.svm.SVR", kernel="linear", C=2)),
    (
        "MLPClassifier((8, 4))",
        target("sklearn.neural_network.MLPClassifier", hidden_layer_sizes=[8, 4], **SEEDED),
    ),
    (
        "RandomForestClassifier(class_weight={0: 1, 1: 9})",
        forest(class_weight={0: 1, 1: 9}, **SEEDED),
    ),
    # through names, copies and calls
    ("p = dict(max_depth=3)\nRandomForestClassifier(**p)", forest(max_depth=3, **SEEDED)),
    ("m = {'svr': SVR()}\nm['svr']", target("sklearn.svm.SVR")),
    ("Ridge().fit(X_train, y_train)", RIDGE),
    ("model = clone(deepcopy(Ridge()))\nmodel", RIDGE),
    ("Ridge().set_params(alpha=2)", RIDGE | {"alpha": 2}),
    ("make_pipeline(StandardScaler(), Ridge()).set_params(ridge__alpha=2)", RIDGE | {"alpha": 2}),
    # today's names
    ("LogisticRegression()", LOGISTIC),
    (
        "LogisticRegression('l1', solver='saga')",
        LOGISTIC | {"solver": "saga", "l1_ratio": 1.0} | SEEDED,
    ),
    ("LogisticRegression(penalty='none', multi_class='auto')", LOGISTIC | {"C": inf}),
    ("LogisticRegression(penalty='l2', C=3)", LOGISTIC | {"C": 3}),
    ("RandomForestClassifier(max_features='auto')", forest(max_features="sqrt", **SEEDED)),
    (
        "RandomForestRegressor(10, 'mse', max_features='auto', random_state=1)",
        target(
            "sklearn.ensemble.RandomForestRegressor",
            n_estimators=10,
            criterion="squared_error",
            max_features=1.0,
            random_state=1,
        ),
    ),
    ("LinearRegression(normalize=False)", target("sklearn.linear_model.LinearRegression")),
    # the rendered repo asks for probabilities and gives labels of any kind
    ("svm.SVC(C=2)", calibrated(SVC | {"C": 2})),
    ("SVC(probability=True)", calibrated(SVC)),
    ("SGDClassifier()", calibrated(target("sklearn.linear_model.SGDClassifier", **SEEDED))),
    (
        "SGDClassifier(loss='log')",
        target("sklearn.linear_model.SGDClassifier", loss="log_loss", **SEEDED),
    ),
    (
        "xgb.XGBClassifier(n_estimators=9, seed=3, nthread=2, missing=None)",
        encoded(target("xgboost.XGBClassifier", n_estimators=9, random_state=3)),
    ),
    ("xgb.XGBRegressor()", target("xgboost.XGBRegressor", **SEEDED)),
    ("lgb.LGBMClassifier(verbose=1)", target("lightgbm.LGBMClassifier", **SEEDED, verbose=-1)),
    (
        "CatBoostClassifier(iterations=5, random_seed=1, silent=True)",
        target(
            "catboost.CatBoostClassifier",
            iterations=5,
            random_seed=1,
            verbose=False,
            allow_writing_files=False,
        ),
    ),
    # ensembles
    (
        "AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=9)",
        target("sklearn.ensemble.AdaBoostClassifier", estimator=TREE, n_estimators=9, **SEEDED),
    ),
    (
        "BaggingClassifier(base_estimator=xgb.XGBClassifier(random_state=1), random_state=0)",
        encoded(
            target(
                "sklearn.ensemble.BaggingClassifier",
                estimator=target("xgboost.XGBClassifier", random_state=1),
                random_state=0,
            )
        ),
    ),
    (
        "OneVsRestClassifier(LogisticRegression())",
        target("sklearn.multiclass.OneVsRestClassifier", estimator=LOGISTIC),
    ),
    (
        "CalibratedClassifierCV(LinearSVC(random_state=1), cv=3)",
        target(
            "sklearn.calibration.CalibratedClassifierCV",
            estimator=target("sklearn.svm.LinearSVC", random_state=1),
            cv=3,
        ),
    ),
    (
        "voters = [('lr', LogisticRegression()), ('svm', SVC(probability=True))]\n"
        "VotingClassifier(estimators=voters, voting='soft')",
        target(
            "sklearn.ensemble.VotingClassifier",
            estimators=[["lr", LOGISTIC], ["svm", calibrated(SVC)]],
            voting="soft",
        ),
    ),
    (
        "StackingRegressor([('a', make_pipeline(StandardScaler(), SVR()))], Ridge())",
        target(
            "sklearn.ensemble.StackingRegressor",
            estimators=[
                [
                    "a",
                    target(
                        "sklearn.pipeline.Pipeline",
                        steps=[
                            ["standardscaler", target("sklearn.preprocessing.StandardScaler")],
                            ["svr", target("sklearn.svm.SVR")],
                        ],
                    ),
                ]
            ],
            final_estimator=RIDGE,
        ),
    ),
    (
        "TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)",
        target(
            "sklearn.compose.TransformedTargetRegressor",
            regressor=RIDGE,
            func=target("hydra.utils.get_method", path="numpy.log1p"),
            inverse_func=target("hydra.utils.get_method", path="numpy.expm1"),
        ),
    ),
]


@pytest.mark.parametrize(("source", "config"), CONFIGS, ids=[source for source, _ in CONFIGS])
def test_config(source: str, config: dict[str, Any]) -> None:
    assert read(source).config == config


PATHS = [
    ("sklearn.ensemble.forest.RandomForestClassifier", "sklearn.ensemble.RandomForestClassifier"),
    ("sklearn.ensemble._forest.ExtraTreesRegressor", "sklearn.ensemble.ExtraTreesRegressor"),
    ("sklearn.linear_model.logistic.LogisticRegression", "sklearn.linear_model.LogisticRegression"),
    ("sklearn.preprocessing.data.StandardScaler", "sklearn.preprocessing.StandardScaler"),
    ("sklearn.svm.classes.SVC", "sklearn.svm.SVC"),
    ("xgboost.sklearn.XGBClassifier", "xgboost.XGBClassifier"),
    ("catboost.core.CatBoostRegressor", "catboost.CatBoostRegressor"),
    ("ngboost.NGBRegressor", "ngboost.NGBRegressor"),
    ("", ""),
]


@pytest.mark.parametrize(("old", "new"), PATHS)
def test_canonical(old: str, new: str) -> None:
    assert canonical(old) == new


@pytest.mark.parametrize(
    ("path", "task"),
    [
        ("sklearn.svm.SVC", "classification"),
        ("sklearn.linear_model.Lasso", "regression"),
        ("imblearn.ensemble.BalancedRandomForestClassifier", "classification"),
        ("ngboost.NGBRegressor", "regression"),
        ("mlxtend.classifier.EnsembleVoteClassifier", None),
        ("sklearn.cluster.KMeans", None),
        ("sklearn.preprocessing.StandardScaler", None),
    ],
)
def test_task_of(path: str, task: str | None) -> None:
    assert task_of(path) == task


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("RandomForestClassifier", "random_forest"),
        ("LogisticRegression", "logistic_regression"),
        ("SVC", "svc"),
        ("LinearSVC", "linear_svc"),
        ("GaussianNB", "gaussian_nb"),
        ("XGBClassifier", "xgboost"),
        ("LGBMRegressor", "lightgbm"),
        ("CatBoostClassifier", "catboost"),
        ("HistGradientBoostingRegressor", "hist_gradient_boosting"),
        ("KNeighborsRegressor", "k_neighbors"),
        ("MLPClassifier", "mlp"),
        ("ElasticNetCV", "elastic_net_cv"),
    ],
)
def test_config_name(name: str, file: str) -> None:
    assert config_name((CLASSIFIERS | REGRESSORS)[name]) == file


def test_pipeline() -> None:
    found = read(
        "prep = ColumnTransformer([])\n"
        "Pipeline(steps=[('prep', prep), ('none', 'passthrough'), ('pca', PCA(2)),"
        " ('clf', RandomForestClassifier(random_state=1))])"
    )
    assert found.path == "sklearn.ensemble.RandomForestClassifier"
    assert (found.name, found.task) == ("random_forest", "classification")
    assert found.config == forest(random_state=1)
    assert [(name, ast.unparse(node)) for name, node in found.before] == [
        ("prep", "prep"),
        ("pca", "PCA(2)"),
    ]
    assert found.search is None
    assert found.notes == ()


def test_make_pipeline_names_its_steps() -> None:
    found = read("make_pipeline(StandardScaler(), PCA(), StandardScaler(), Ridge())")
    assert [name for name, _ in found.before] == ["standardscaler-1", "pca", "standardscaler-2"]


def test_a_pipeline_s_classifier_is_fitted_to_resampled_rows() -> None:
    steps = "[('over', SMOTE()), ('s', StandardScaler()), ('m', GaussianNB())]"
    found = read(f"GridSearchCV(ImbPipeline({steps}), {{'m__var_smoothing': [0.1]}})")
    assert [name for name, _ in found.before] == ["s"]
    assert found.config == target(
        "<PACKAGE>.model.pipeline.Resampled",
        classifier=target("sklearn.naive_bayes.GaussianNB"),
        sampler="imblearn.over_sampling.SMOTE",
        parameters={"random_state": "${seed}"},
    )
    assert found.search is not None
    assert found.search.space == {"classifier__var_smoothing": [0.1]}
    assert found.notes == ()


def test_pipeline_inside_comes_before_the_whole() -> None:
    found = read(
        "inner = make_pipeline(StandardScaler(), Ridge())\n"
        "ttr = TransformedTargetRegressor(regressor=inner, func=np.log, inverse_func=np.exp)\n"
        "GridSearchCV(ttr, {'regressor__ridge__alpha': [1, 2], 'check_inverse': [False],"
        " 'regressor__standardscaler__with_mean': [True]})"
    )
    assert [name for name, _ in found.before] == ["standardscaler"]
    assert found.config["regressor"] == RIDGE
    assert found.search is not None
    assert found.search.space == {"regressor__alpha": [1, 2], "check_inverse": [False]}
    assert "regressor__standardscaler__with_mean" in found.search.notes[0]


def searched(source: str) -> tuple[Any, ...]:
    search = read(source).search
    assert search is not None
    return search.kind, search.cv, search.n_iter, search.scoring, search.space


SEARCHES: list[tuple[str, tuple[Any, ...]]] = [
    (
        "GridSearchCV(Ridge(), {'alpha': np.logspace(-1, 1, 3)}, scoring='r2', cv=4)",
        ("grid", 4, None, "r2", {"alpha": [0.1, 1.0, 10.0]}),
    ),
    (
        "GridSearchCV(Ridge(), dict(alpha=list(range(1, 3))), cv=None)",
        ("grid", None, None, None, {"alpha": [1, 2]}),
    ),
    (
        "grid = {'max_depth': [None, *range(2, 4)]}\ncv = StratifiedKFold(n_splits=3)\n"
        "gs = GridSearchCV(estimator=RandomForestClassifier(), param_grid=grid, cv=cv)\n"
        "gs.best_estimator_",
        ("grid", 3, None, None, {"max_depth": [None, 2, 3]}),
    ),
    (
        "GridSearchCV(make_pipeline(StandardScaler(), SVC()), [{'svc__C': [1]}, {'svc__C': [2],"
        " 'svc__kernel': 'rbf'}], scoring=make_scorer(f1_score, average='macro'))",
        ("grid", None, None, "f1_macro", {"estimator__C": [1, 2], "estimator__kernel": ["rbf"]}),
    ),
    (
        "RandomizedSearchCV(xgb.XGBRegressor(), {'max_depth': randint(2, 9),"
        " 'eta': uniform(0, 1), 'reg_alpha': loguniform(1, 100), 'subsample': [.5, 1]})",
        (
            "random",
            None,
            10,
            None,
            {
                "max_depth": {"low": 2, "high": 8},
                "learning_rate": {"low": 0.0, "high": 1.0},
                "reg_alpha": {"low": 1.0, "high": 100.0, "log": True},
                "subsample": [0.5, 1],
            },
        ),
    ),
    (
        "RandomizedSearchCV(SVR(), {'C': stats.reciprocal(20, 200), 'gamma': expon(scale=1.0),"
        " 'degree': stats.randint(low=1, high=4)}, 25, cv=KFold(3, shuffle=True))",
        (
            "random",
            3,
            25,
            None,
            {
                "C": {"low": 20.0, "high": 200.0, "log": True},
                "gamma": {"low": 0.01, "high": 4.6, "log": True},
                "degree": {"low": 1, "high": 3},
            },
        ),
    ),
    (
        "HalvingRandomSearchCV(xgb.XGBClassifier(), {'max_depth': [2, 3]}, cv=5)",
        ("halving", 5, None, None, {"classifier__max_depth": [2, 3]}),
    ),
    (
        "BayesSearchCV(Ridge(), {'alpha': (1e-3, 1, 'log-uniform')}, n_iter=7)",
        ("optuna", None, 7, None, {"alpha": {"low": 0.001, "high": 1.0, "log": True}}),
    ),
    (
        "GridSearchCV(BaggingClassifier(base_estimator=DecisionTreeClassifier()),"
        " {'base_estimator__max_depth': [1], 'n_jobs': [2]})",
        ("grid", None, None, None, {"estimator__max_depth": [1]}),
    ),
    (
        "GridSearchCV(LogisticRegression(solver='saga'), {'penalty': ['l1', 'l2']})",
        ("grid", None, None, None, {"l1_ratio": [1.0, 0.0]}),
    ),
    (
        "GridSearchCV(RandomForestRegressor(), {'max_features': ['auto', 1.0, 'sqrt'],"
        " 'criterion': ['mse', 'squared_error']})",
        (
            "grid",
            None,
            None,
            None,
            {"max_features": [1.0, "sqrt"], "criterion": ["squared_error"]},
        ),
    ),
    (
        "GridSearchCV(VotingClassifier([('s', SVC()), ('n', GaussianNB())]), {'s__C': [1, 2]})",
        ("grid", None, None, None, {"s__estimator__C": [1, 2]}),
    ),
    (
        "rs = RandomizedSearchCV(SVR(), {'C': uniform(1, 2)}, n_iter=4, cv=3)\n"
        "SVR(kernel='rbf', **rs.best_params_)",
        ("random", 3, 4, None, {"C": {"low": 1.0, "high": 3.0}}),
    ),
]


@pytest.mark.parametrize(("source", "found"), SEARCHES, ids=[source for source, _ in SEARCHES])
def test_search(source: str, found: tuple[Any, ...]) -> None:
    assert searched(source) == found


NOTES = [
    ("RandomForestClassifier(n_estimators=best)", "`n_estimators=best` can't be read"),
    ("RandomForestClassifier(**best)", "the parameters `**best` can't be read"),
    ("LinearRegression(normalize=True)", "LinearRegression has no parameter `normalize`"),
    ("SVC()", "SVC gives no probabilities by itself: it is calibrated"),
    ("VotingClassifier([('a', GaussianNB())])", "votes are weighted by probability"),
    ("GridSearchCV(Ridge(), [{'alpha': [1]}, {'alpha': [2]}])", "2 grids are merged"),
    ("GridSearchCV(Ridge(), grid)", "the search space `grid` can't be read"),
    ("GridSearchCV(Ridge(), {'alpha': found})", "`alpha` is left out: `found` is not known"),
    ("GridSearchCV(Ridge(), {}, cv=ShuffleSplit(3))", "by ShuffleSplit is read as plain folds"),
    ("RandomizedSearchCV(SVR(), {'C': expon()})", "1% and 99% points"),
    (
        "GridSearchCV(make_pipeline(PCA(), Ridge()), {'pca__n_components': [2]})",
        "the search over `pca__n_components` is left out",
    ),
    (
        "GridSearchCV(make_pipeline(PCA(), Ridge()), {'ridge': [Ridge(), SVR()]})",
        "the search over `ridge` is left out",
    ),
]


def test_grids_of_other_models_are_left_out() -> None:
    own = "{'ridge': [Ridge(), Ridge(1)], 'ridge__alpha': [1, 2]}"
    other = "{'ridge': [RandomForestRegressor()], 'ridge__max_depth': [3]}"
    search = read(f"GridSearchCV(make_pipeline(PCA(), Ridge()), [{own}, {other}])").search
    assert search is not None
    assert search.space == {"alpha": [1, 2]}
    assert "the grids of other models are left out" in search.notes


@pytest.mark.parametrize(("source", "note"), NOTES, ids=[source for source, _ in NOTES])
def test_notes(source: str, note: str) -> None:
    found = read(source)
    notes = [*found.notes, *(found.search.notes if found.search else ())]
    assert any(note in line for line in notes), notes
    assert not any("\n" in line for line in notes)


NEITHER = [
    "KMeans(3)",
    "MyModel()",
    "model",
    "3",
    "df.fillna(0)",
    "Pipeline(found)",
    "GridSearchCV(found, {})",
    "again = again.fit(X)\nagain",
]
TRANSFORMERS = [
    "StandardScaler()",
    "StandardScaler().fit(X)",
    "s = PCA(2)\ns",
    "make_pipeline(PCA(), StandardScaler())",
    "Pipeline([('c', ColumnTransformer([]))])",
]


@pytest.mark.parametrize("source", NEITHER + TRANSFORMERS)
def test_no_estimator(source: str) -> None:
    node, names = parsed(source)
    assert find_estimator(node, names) is None
    with pytest.raises(Unknown) as refused:
        read_estimator(node, names)
    assert "\n" not in str(refused.value)


UNREAD = [
    ("Sequential([])", "Sequential of keras is no scikit-learn estimator"),
    ("EnsembleVoteClassifier([SVC()])", "of mlxtend is no scikit-learn estimator"),
    ("VotingClassifier(estimators=found)", "`estimators=found` can't be read"),
    ("StackingRegressor([('a', Ridge()), ('b', found)])", "`estimators=[('a', Ridge()), "),
    ("StackingRegressor([('a', Ridge())], final_estimator=found)", "`final_estimator=found`"),
    ("AdaBoostClassifier(found)", "`estimator=found` can't be read"),
    ("BaggingClassifier(base_estimator=make(3))", "`base_estimator=make(3)` can't be read"),
    ("OneVsRestClassifier(found)", "`estimator=found` can't be read"),
    ("VotingClassifier([('a', SVC()), ('b', VotingClassifier(found))])", "`estimators="),
    ("GridSearchCV(VotingClassifier(found), {'voting': ['soft']})", "`estimators=found`"),
    ("make_pipeline(StandardScaler(), VotingClassifier(found))", "`estimators=found`"),
]


@pytest.mark.parametrize(("source", "why"), UNREAD, ids=[source for source, _ in UNREAD])
def test_of_a_model_whose_parts_are_not_known_nothing_is_taken(source: str, why: str) -> None:
    node, names = parsed(source)
    found = find_estimator(node, names)
    assert found is not None
    assert why in found.unread
    assert found.config == {}
    with pytest.raises(Unread):
        read_estimator(node, names)


def test_the_steps_before_a_model_that_is_not_known_are_kept() -> None:
    node, names = parsed("make_pipeline(StandardScaler(), VotingClassifier(found))")
    found = find_estimator(node, names)
    assert found is not None
    assert [name for name, _ in found.before] == ["standardscaler"]


MEMBERS = [["r", RIDGE], ["s", target("sklearn.svm.SVR", C=2)]]


@pytest.mark.parametrize(
    "members",
    [
        "[('r', Ridge()), ('s', SVR(C=2))]",
        "list({'r': Ridge(), 's': SVR(C=2)}.items())",
        "[*{'r': Ridge(), 's': SVR(C=2)}.items()]",
        "[(name, m) for name, m in {'r': Ridge(), 's': SVR(C=2)}.items()]",
        "[(n, m) for n, m, wanted in [('r', Ridge(), 1), ('x', Lasso(), 0), ('s', SVR(C=2), 1)]"
        " if wanted]",
        "list(zip(['r', 's'], [Ridge(), SVR(C=2)]))",
        "[('r', Ridge())] + [('s', clone(SVR(C=2)))]",
        "[('r', Ridge()), ('s', SVR(C=2)), ('t', Lasso())][:2]",
        "[(f'{k}', dict(r=Ridge(), s=SVR(C=2))[k]) for k in ('r', 's')]",
        "list(dict(zip(['r', 's'], [Ridge(), SVR(C=2)])).items())",
        "list({k: m for k, m in [('r', Ridge()), ('s', SVR(C=2))]}.items())",
        "[['rs'[i], m] for i, m in enumerate((Ridge(), SVR(C=2)))]",
    ],
)
def test_members_are_read_however_they_are_written(members: str) -> None:
    assert read(f"VotingRegressor({members})").config["estimators"] == MEMBERS
    assert read(f"m = {members}\nStackingRegressor(estimators=m)").config["estimators"] == MEMBERS


def test_a_member_s_search_becomes_the_whole_s() -> None:
    found = read(
        "a = GridSearchCV(Ridge(), {'alpha': [1, 2, 3]}, cv=4)\n"
        "b = RandomizedSearchCV(make_pipeline(StandardScaler(), SVR()), {'svr__C': [1, 2]},"
        " n_iter=7)\n"
        "StackingRegressor([('a', a.best_estimator_), ('b', b), ('c', Lasso())])"
    )
    assert found.search is not None
    assert found.search.space == {"a__alpha": [1, 2, 3], "b__svr__C": [1, 2]}
    assert (found.search.kind, found.search.n_iter) == ("random", 3 + 7)
    assert [one.variable for one in found.search.asked] == ["a", "b"]
    assert [dict(one.keys) for one in found.search.asked] == [
        {"alpha": "a__alpha"},
        {"svr__C": "b__svr__C"},
    ]


@pytest.mark.parametrize("source", [source for source, _ in CONFIGS + SEARCHES])
def test_an_estimator(source: str) -> None:
    node, names = parsed(source)
    assert find_estimator(node, names) is not None


def test_lists_of_catboost_are_tuples() -> None:
    found = read("CatBoostClassifier(class_weights=[1, 10], depth=4)").config
    assert found["class_weights"] == {"_target_": "builtins.tuple", "_args_": [[1, 10]]}
    assert found["depth"] == 4


@pytest.mark.parametrize(
    "ratio",
    [
        "(y_train == 0).sum() / (y_train == 1).sum()",
        "np.sum(y == 0) / np.sum(y == 1)",
        "sum(y == 0) / sum(y)",
        "len(y[y == 0]) / len(y[y == 1])",
        "float(y[y == 0].shape[0]) / y[y == 1].shape[0]",
        "(len(y) - y.sum()) / y.sum()",
        "y.value_counts()[0] / y.value_counts()[1]",
        "y.value_counts().loc[0] / y.value_counts().loc[1]",
        "np.bincount(y)[0] / np.bincount(y)[1]",
    ],
)
def test_the_weight_of_the_rarer_class_is_computed_by_what_is_around(ratio: str) -> None:
    for model, path in (("xgb.XGB", "xgboost.XGB"), ("lgb.LGBM", "lightgbm.LGBM")):
        config = read(f"w = {ratio}\n{model}Classifier(scale_pos_weight=w, max_depth=3)").config
        assert config["balanced"] is True
        assert config["_target_"] == "<PACKAGE>.model.pipeline.EncodedTarget"
        assert config["classifier"]["_target_"] == f"{path}Classifier"
        assert "scale_pos_weight" not in config["classifier"]


@pytest.mark.parametrize(
    "ratio",
    ["(y == 1).sum() / (y == 0).sum()", "np.sqrt(sum(y == 0) / sum(y == 1))", "total / sum(y)"],
)
def test_another_weight_that_is_computed_is_named(ratio: str) -> None:
    found = read(f"xgb.XGBClassifier(scale_pos_weight={ratio})")
    assert "balanced" not in found.config
    assert any("scale_pos_weight" in note for note in found.notes)


def test_the_weight_of_a_member_is_named() -> None:
    found = read(
        "VotingClassifier([('a', xgb.XGBClassifier(scale_pos_weight=sum(y == 0) / sum(y == 1)))])"
    )
    assert "scale_pos_weight" not in str(found.config)
    assert any("scale_pos_weight" in note for note in found.notes)
