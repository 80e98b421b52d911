"""What a search found, the turn of a loop that makes the model, and the other estimators."""

import ast
from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import SPLIT, XY, analysed

SEARCH = "grid = GridSearchCV(LogisticRegression(), {'C': [0.1, 1, 10]}, cv=4)\ngrid.fit(X, y)\n"


def test_a_search_is_carried_over(people: Path) -> None:
    found = analysed(people, XY, SEARCH)
    assert found.searched
    assert found.estimator.search
    assert found.estimator.search.space == {"C": [0.1, 1, 10]}
    assert (found.estimator.search.kind, found.estimator.search.cv) == ("grid", 4)


def test_what_it_found_is_taken_from_the_outputs(people: Path) -> None:
    found = analysed(people, XY, SEARCH + "print(grid.best_params_)", outputs={2: "{'C': 10}\n"})
    assert not found.searched
    assert found.estimator.config["C"] == 10


def test_other_estimators_for_the_same_task_are_kept_by_name(people: Path) -> None:
    code = (
        "SVC().fit(X, y)\nDecisionTreeClassifier(max_depth=1).fit(X, y)\n"
        "DecisionTreeClassifier(max_depth=2).fit(X, y)\nLinearRegression().fit(X, y)\n"
        "m = LogisticRegression().fit(X, y)\nm.predict(X)\n"
    )
    found = analysed(people, XY, code)
    assert found.estimator.name == "logistic_regression"
    assert [other.name for other in found.others] == ["decision_tree", "svc"]
    assert found.others[0].config["max_depth"] == 1


def test_a_solver_for_two_classes_is_wrapped_for_more(people: Path) -> None:
    (people / "people.csv").write_text(
        "age,income,churn\n" + "".join(f"{n},{n},{n % 3}\n" for n in range(60)), encoding="utf-8"
    )
    search = "GridSearchCV(LogisticRegression(solver='liblinear'), {'C': [1, 2]}).fit(X, y)"
    found = analysed(people, XY, search).estimator
    assert found.config["_target_"] == "sklearn.multiclass.OneVsRestClassifier"
    assert found.config["estimator"]["solver"] == "liblinear"
    assert found.search
    assert found.search.space == {"estimator__C": [1, 2]}


def test_a_search_space_that_cannot_be_read_is_named(people: Path) -> None:
    code = (
        "grid = {'C': [1, 2]}\nif len(df) > 3:\n    grid['tol'] = [len(df)]\n"
        "search = GridSearchCV(LogisticRegression(), grid).fit(X, y)\n"
    )
    found = analysed(people, XY, code)
    assert [note for _, note in found.notes if "search space `grid` can't be read" in note]


SCALED = (
    "scaler = StandardScaler()\nX_train_scaled = scaler.fit_transform(X_train)\n"
    "X_test_scaled = scaler.transform(X_test)\n"
)
# Each fits the line to scaled rows, and the trees to rows as they are.
TURNS = {
    "a flag": (
        "models = {'line': (LogisticRegression(), True), 'tree': (DecisionTreeClassifier(), False),"
        " 'wood': (RandomForestClassifier(), False)}\n"
        "for name, (model, scaled) in models.items():\n"
        "    rows = X_train_scaled if scaled else X_train\n    model.fit(rows, y_train)\n"
    ),
    "branches by name": (
        "models = {'line': LogisticRegression(), 'tree': DecisionTreeClassifier(),"
        " 'wood': RandomForestClassifier()}\n"
        "for name, model in models.items():\n    if name in ['line', 'svm']:\n"
        "        model.fit(X_train_scaled, y_train)\n    else:\n"
        "        model.fit(X_train, y_train)\n"
    ),
    "a branch for the rows": (
        "models = [('line', LogisticRegression()), ('tree', DecisionTreeClassifier()),"
        " ('wood', RandomForestClassifier())]\n"
        "for name, model in models:\n    if name == 'line':\n        rows = X_train_scaled\n"
        "    else:\n        rows = X_train\n    model.fit(rows, y_train)\n"
    ),
    "rows beside the model": (
        "for name, model, rows in [('line', LogisticRegression(), X_train_scaled),"
        " ('tree', DecisionTreeClassifier(), X_train),"
        " ('wood', RandomForestClassifier(), X_train)]:\n    model.fit(rows, y_train)\n"
    ),
}


@pytest.mark.parametrize("how", TURNS)
@pytest.mark.parametrize(
    ("best", "model", "scales"),
    [
        ("line", "logistic_regression", True),
        ("tree", "decision_tree", False),
        ("wood", "random_forest", False),
    ],
)
def test_rows_are_those_of_the_chosen_model_s_turn(
    people: Path, how: str, best: str, model: str, scales: bool
) -> None:
    cells = (XY, SPLIT, SCALED, TURNS[how])
    for found in (
        analysed(people, *cells, outputs={4: f"Best: {best}\n"}),
        analysed(people, *cells, f"best_name = '{best}'"),
    ):
        assert found.estimator.name == model
        code = "\n".join(ast.unparse(each.node) for each in found.reading.features.statements)
        assert ("StandardScaler" in code or "scaler" in code) is scales
        assert len({found.estimator.name, *(other.name for other in found.others)}) == 3
        assert not [note for _, note in found.notes if "no output names" in note]
