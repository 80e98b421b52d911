"""The fit that a notebook settles on."""

import ast
from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import FIT, XY, analysed


@pytest.mark.parametrize(
    ("code", "model"),
    [
        (  # the one that is saved
            "a = RandomForestClassifier().fit(X, y)\nb = LogisticRegression().fit(X, y)\n"
            "b.predict(X)\njoblib.dump(a, 'a.joblib')",
            "random_forest",
        ),
        (  # a prediction that stays beside the columns that are fitted to is no stack
            "a = RandomForestClassifier().fit(X, y)\ndf['found'] = a.predict(X)\n"
            "Z = df[['age']].to_numpy()\nb = LogisticRegression().fit(Z, y)\nb.predict(Z)",
            "logistic_regression",
        ),
        (  # the one that is used last
            "a = RandomForestClassifier().fit(X, y)\nb = LogisticRegression().fit(X, y)\n"
            "b.predict(X)\na.predict(X)",
            "random_forest",
        ),
        (  # the one that is fitted last
            "a = RandomForestClassifier().fit(X, y)\nb = LogisticRegression().fit(X, y)",
            "logistic_regression",
        ),
        (  # a cross-validation after all of them
            "a = RandomForestClassifier().fit(X, y)\na.predict(X)\n"
            "cross_val_score(LogisticRegression(), X, y, cv=5)",
            "logistic_regression",
        ),
        (  # a calibration of what is fitted already counts for that
            "a = RandomForestClassifier().fit(X, y)\nfrom sklearn.calibration import "
            "CalibratedClassifierCV\nb = CalibratedClassifierCV(a, cv='prefit')\n"
            "b.fit(X, y)\nb.predict(X)",
            "random_forest",
        ),
        (
            "a = RandomForestClassifier().fit(X, y)\nfrom sklearn.calibration import "
            "CalibratedClassifierCV\nfrom sklearn.frozen import FrozenEstimator\n"
            "b = CalibratedClassifierCV(FrozenEstimator(a)).fit(X, y)\nb.predict(X)",
            "random_forest",
        ),
        (  # a function that a loop calls for each
            "def score(model, rows):\n    model.fit(rows, y)\n    return model.score(rows, y)\n"
            "for model in [LogisticRegression(), DecisionTreeClassifier()]:\n"
            "    print(score(model, X))",
            "decision_tree",
        ),
        (
            "def score(model):\n    return cross_val_score(model, X, y).mean()\n"
            "found = [score(model) for model in (SVC(), RandomForestClassifier())]",
            "random_forest",
        ),
        (  # classes of models
            "for name, kind in [('a', SVC), ('b', DecisionTreeClassifier)]:\n"
            "    model = kind(random_state=3)\n    model.fit(X, y)",
            "decision_tree",
        ),
        (  # models by their places
            "models = [SVC(), DecisionTreeClassifier()]\n"
            "for at in range(len(models)):\n    models[at].fit(X, y)",
            "decision_tree",
        ),
        (  # a function that chooses by what it is given
            "def fitted(name):\n    if name == 'forest':\n"
            "        model = RandomForestClassifier()\n    else:\n"
            "        model = LogisticRegression()\n    model.fit(X, y)\n    return model\n"
            "fitted('forest').predict(X)",
            "random_forest",
        ),
        (  # nothing but a cross-validation
            "cross_val_score(DecisionTreeClassifier(max_depth=3), X, y)",
            "decision_tree",
        ),
        (  # a sweep over a parameter, then the model
            "m = DecisionTreeClassifier(max_depth=3).fit(X, y)\nm.predict(X)\n"
            "for k in range(1, 9):\n    m = RandomForestClassifier(n_estimators=k)\n"
            "    m.fit(X, y)\n    print(m.score(X, y))",
            "decision_tree",
        ),
        ("p = Pipeline([('s', StandardScaler()), ('m', SVC())])\np.fit(X, y)", "svc"),
        ("p = make_pipeline(StandardScaler(), DecisionTreeClassifier())\np.fit(X, y)",
         "decision_tree"),
        ("m = LogisticRegression()\nfinal = m.fit(X, y)\nfinal.predict(X)", "logistic_regression"),
        ("g = GridSearchCV(LogisticRegression(), {'C': [1, 2]}).fit(X, y)\n"
         "best = g.best_estimator_\nbest.predict(X)", "logistic_regression"),
    ],
)  # fmt: skip
def test_the_model_is_the_one_that_the_notebook_settles_on(
    people: Path, code: str, model: str
) -> None:
    assert analysed(people, XY, code).estimator.name == model


def test_a_loop_that_compares_is_a_list_of_models(people: Path) -> None:
    loop = (
        "models = {'tree': DecisionTreeClassifier(max_depth=3), 'line': LogisticRegression(C=2)}\n"
        "for name, m in models.items():\n    m.fit(X, y)\n    print(name, m.score(X, y))"
    )
    found = analysed(people, XY, loop)
    names = {found.estimator.name, *(other.name for other in found.others)}
    assert names == {"decision_tree", "logistic_regression"}


def test_a_fit_inside_a_function_is_found(people: Path) -> None:
    code = (
        "def learn(X, y, depth):\n    m = DecisionTreeClassifier(max_depth=depth)\n"
        "    m.fit(X, y)\n    return m\n"
    )
    found = analysed(people, code, XY, "model = learn(X, y, 4)\nmodel.predict(X)")
    assert found.estimator.name == "decision_tree"
    assert found.estimator.config["max_depth"] == 4
    assert found.reading.target.column == "churn"


def test_the_others_are_kept(people: Path) -> None:
    code = "a = DecisionTreeClassifier().fit(X, y)\nb = RandomForestClassifier().fit(X, y)\n"
    found = analysed(people, XY, code, FIT)
    assert [other.name for other in found.others] == ["decision_tree", "random_forest"]


def test_a_fit_to_made_up_rows_gives_way_to_one_to_a_table(people: Path) -> None:
    made_up = (
        "A = np.random.normal(size=(100, 2))\nb = A[:, 0] > 0\n"
        "toy = RandomForestClassifier().fit(A, b)\ntoy.predict(A)\n"
    )
    found = analysed(people, XY, FIT, made_up)
    assert found.estimator.name == "logistic_regression"


FOLDS = """
models = {"forest": RandomForestClassifier(max_depth=3), "tree": DecisionTreeClassifier()}
for name, one in models.items():
    folds = StratifiedShuffleSplit(n_splits=4, test_size=0.2)
    for number, (tr, va) in enumerate(folds.split(X, y)):
        X_tr, X_va = X.iloc[tr], X.iloc[va]
        y_tr = y.iloc[tr]
        clf = one
        clf.fit(X_tr, np.ravel(y_tr))
        print(name, clf.score(X_va, y.iloc[va]))
"""


def test_folds_inside_a_loop_over_models_are_one_fit_of_all_rows(people: Path) -> None:
    found = analysed(people, XY, FOLDS)
    fit = found.reading.fit
    assert (ast.unparse(fit.X), ast.unparse(fit.y)) == ("X", "np.ravel(y)")
    assert found.reading.used == ("age", "income")
    assert [candidate.labels for candidate in fit.candidates] == [("forest",), ("tree",)]
    assert any("no output names the best of" in note for _, note in found.notes)


def test_searches_that_a_loop_makes_are_all_read(people: Path) -> None:
    code = (
        "grids = {'tree': {'max_depth': [2, 3]}, 'logit': {'C': [1, 10]}}\n"
        "models = {'tree': DecisionTreeClassifier(), 'logit': LogisticRegression()}\n"
        "for name, one in models.items():\n    search = GridSearchCV(one, grids[name])\n"
        "    search.fit(X, y)\n    print(name, search.best_score_)\n"
    )
    found = analysed(people, XY, code, outputs={2: "tree 0.6\nlogit 0.7\nBest: tree\n"})
    assert found.estimator.name == "decision_tree"
    assert found.estimator.search is not None
    assert found.estimator.search.space == {"max_depth": [2, 3]}
