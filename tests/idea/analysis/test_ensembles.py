"""Votes and stacks: their members, however they were collected, and what to say if they are not."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import SPLIT, XY, analysed

IMPORTS = """
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.neighbors import KNeighborsClassifier
"""
TREE = {"_target_": "sklearn.tree.DecisionTreeClassifier", "max_depth": 2,
        "random_state": "${seed}"}  # fmt: skip
LINE = {"_target_": "sklearn.linear_model.LogisticRegression"}
BOTH = [["line", LINE], ["tree", TREE]]

COLLECTED = {
    "appended": "parts = []\nparts.append(('line', LogisticRegression()))\n"
    "parts.append(('tree', DecisionTreeClassifier(max_depth=2)))\n",
    "appended in cells": "parts = []\n---\na = LogisticRegression()\n"
    "parts.append(('line', a))\n---\n"
    "a = DecisionTreeClassifier(max_depth=2)\nparts.append(('tree', a))\n",
    "loop over a dict": "models = {'line': LogisticRegression(),"
    " 'tree': DecisionTreeClassifier(max_depth=2)}\nparts = []\n"
    "for key in models:\n    m = clone(models[key])\n    m.fit(X, y)\n    print(m.score(X, y))\n"
    "    parts.append((key, m))\n",
    "loop over names and models": "parts = list()\nnames = ['line', 'tree']\n"
    "for i, m in enumerate([LogisticRegression(), DecisionTreeClassifier(max_depth=2)]):\n"
    "    parts += [(names[i], m)]\n",
    "filled dict": "fitted = {}\n"
    "for name, m in zip(['line', 'tree'], [LogisticRegression(), DecisionTreeClassifier("
    "max_depth=2)]):\n    fitted[name] = m.fit(X, y)\n"
    "parts = [(k, v) for k, v in fitted.items()]\n",
    "dict by key": "zoo = dict()\nzoo['line'] = LogisticRegression()\n"
    "zoo['tree'] = DecisionTreeClassifier()\nzoo['tree'].set_params(max_depth=2)\n"
    "zoo['tree'] = DecisionTreeClassifier(max_depth=2)\nparts = list(zoo.items())\n",
    "updated": "zoo = {'line': LogisticRegression()}\n"
    "zoo.update({'tree': DecisionTreeClassifier(max_depth=2)})\nparts = [*zoo.items()]\n",
    "in a function": "def members():\n    found = []\n"
    "    found.append(('line', LogisticRegression()))\n"
    "    found.append(('tree', DecisionTreeClassifier(max_depth=2)))\n    return found\n"
    "parts = members()\n",
    "condition that is known": "with_tree = True\nparts = [('line', LogisticRegression())]\n"
    "if with_tree:\n    parts.append(('tree', DecisionTreeClassifier(max_depth=2)))\n",
}


def cells(code: str) -> list[str]:
    return code.split("---\n")


@pytest.mark.parametrize("how", COLLECTED)
@pytest.mark.parametrize("kind", ["VotingClassifier(parts, voting='soft')",
                                  "StackingClassifier(estimators=parts)"])  # fmt: skip
def test_members_are_read_however_they_were_collected(people: Path, how: str, kind: str) -> None:
    both = f"both = {kind}\nboth.fit(X_train, y_train)\nboth.score(X_test, y_test)"
    found = analysed(people, IMPORTS, XY, SPLIT, *cells(COLLECTED[how]), both)
    assert found.unread == ""
    assert found.estimator.path == f"sklearn.ensemble.{kind.partition('(')[0]}"
    assert found.estimator.config["estimators"] == BOTH


NOT_KNOWN = {
    "condition on data": "parts = [('line', LogisticRegression())]\n"
    "if cross_val_score(DecisionTreeClassifier(), X, y).mean() > 0.5:\n"
    "    parts.append(('tree', DecisionTreeClassifier()))\n",
    "loop that leaves some out": "parts = []\n"
    "for name, m in [('line', LogisticRegression()), ('tree', DecisionTreeClassifier())]:\n"
    "    if m.fit(X, y).score(X, y) < 0.6:\n        continue\n    parts.append((name, m))\n",
    "sorted by score": "found = {'line': LogisticRegression(), 'tree': DecisionTreeClassifier()}\n"
    "scores = {k: m.fit(X, y).score(X, y) for k, m in found.items()}\n"
    "parts = sorted(found.items(), key=lambda pair: scores[pair[0]])[:1]\n",
    "own function that adds": "def add(found, m):\n    for _ in range(2):\n"
    "        found.append((str(m), m))\n        return 1\n    return 0\n"
    "parts = [('line', LogisticRegression())]\nadd(parts, DecisionTreeClassifier())\n",
    "from a file": "parts = joblib.load('parts.joblib')\n",
}


@pytest.mark.parametrize("how", NOT_KNOWN)
@pytest.mark.parametrize("kind", ["VotingClassifier(parts)",
                                  "StackingClassifier(parts, LogisticRegression())"])  # fmt: skip
def test_a_model_that_is_not_known_is_not_replaced_by_its_parts(
    people: Path, how: str, kind: str
) -> None:
    both = f"both = {kind}\nboth.fit(X_train, y_train)\nboth.score(X_test, y_test)"
    found = analysed(people, IMPORTS, XY, SPLIT, NOT_KNOWN[how], both)
    name = kind.partition("(")[0]
    assert found.unread.startswith(f"{name} can't be carried over, its `estimators=parts` can't be")
    assert found.estimator.name == "random_forest"
    assert found.estimator.config == {}
    assert found.reading.target.column == "churn"
    assert found.reading.used == ("age", "income")
    (note,) = [note for _, note in found.notes if "can't be carried over" in note]
    assert "`model=random_forest` stands in its place" in note


def test_a_model_of_the_notebook_s_own_class_is_not_replaced_by_its_parts(people: Path) -> None:
    code = (
        "class Mean(BaseEstimator, ClassifierMixin):\n"
        "    def __init__(self, models):\n        self.models = models\n"
        "    def fit(self, X, y):\n        return self\n"
        "    def predict(self, X):\n        return X['age'] > 30\n"
    )
    fit = "m = Mean((LogisticRegression(), DecisionTreeClassifier()))\nm.fit(X, y)\nm.predict(X)"
    found = analysed(people, IMPORTS, code, XY, fit)
    assert found.unread == "Mean can't be carried over, `Mean` is a class of the notebook's own"
    assert found.task == "classification"


@pytest.mark.parametrize(
    ("head", "model", "package"),
    [
        ("from keras.models import Sequential", "Sequential([])", "keras"),
        ("import tensorflow as tf", "tf.keras.Sequential()", "tensorflow"),
        (
            "from mlxtend.classifier import StackingCVClassifier",
            "StackingCVClassifier([LogisticRegression()], DecisionTreeClassifier())",
            "mlxtend",
        ),
        ("from scikeras.wrappers import KerasClassifier", "KerasClassifier(make)", "scikeras"),
    ],
)
def test_a_model_of_another_framework_is_named(
    people: Path, head: str, model: str, package: str
) -> None:
    baseline = "b = LogisticRegression().fit(X, y)\nb.score(X, y)\n"
    fit = f"net = {model}\nnet.fit(X, y)\nnet.predict(X)"
    found = analysed(people, head, XY, baseline, fit)
    assert f"of {package} is no scikit-learn estimator" in found.unread
    assert (found.task, found.reading.target.column) == ("classification", "churn")


def test_names_are_those_of_the_time_when_a_member_was_added(people: Path) -> None:
    code = (
        "depth = 2\ntree = DecisionTreeClassifier(max_depth=depth)\ndepth = 9\n"
        "both = VotingClassifier([('line', LogisticRegression()), ('tree', tree)], voting='soft')\n"
        "tree = DecisionTreeClassifier(max_depth=7)\nboth.fit(X, y)\nboth.predict(X)"
    )
    assert analysed(people, IMPORTS, XY, code).estimator.config["estimators"] == BOTH


TUNED = (
    "line = GridSearchCV(LogisticRegression(), {'C': [1, 2]}).fit(X, y)\n"
    "tree = GridSearchCV(DecisionTreeClassifier(), {'max_depth': [2, 4]}).fit(X, y)\n"
)
STACK = (
    "both = StackingClassifier([('line', line.best_estimator_), ('tree', tree.best_estimator_)])\n"
    "both.fit(X, y)\nboth.predict(X)"
)


def test_a_stack_of_tuned_models_takes_what_the_outputs_show(people: Path) -> None:
    asks = ["print(line.best_params_)", "tree.best_params_"]
    shown = {4: "{'C': 2}\n", 5: "{'max_depth': 4}"}
    found = analysed(people, IMPORTS, XY, TUNED, *asks, STACK, outputs=shown)
    (_, line), (_, tree) = found.estimator.config["estimators"]
    assert (line["C"], tree["max_depth"], found.searched) == (2, 4, False)


def test_what_the_outputs_do_not_show_is_searched(people: Path) -> None:
    found = analysed(people, IMPORTS, XY, TUNED, "print(line.best_params_)", STACK,
                     outputs={4: "{'C': 2}\n"})  # fmt: skip
    assert found.searched
    assert found.estimator.search
    assert found.estimator.config["estimators"][0][1]["C"] == 2
    assert found.estimator.search.space == {"tree__max_depth": [2, 4]}


def test_two_searches_of_one_space_are_not_mixed_up(people: Path) -> None:
    code = TUNED.replace("LogisticRegression(), {'C': [1, 2]}",
                         "RandomForestClassifier(), {'max_depth': [2, 4]}")  # fmt: skip
    shown = {4: "{'max_depth': 4}", 5: "{'max_depth': 2}"}
    asks = ["print(tree.best_params_)", "print(line.best_params_)"]
    found = analysed(people, IMPORTS, XY, code, *asks, STACK, outputs=shown)
    assert [m["max_depth"] for _, m in found.estimator.config["estimators"]] == [2, 4]
    loop = "for search in (line, tree):\n    print(search.best_params_)"
    found = analysed(people, IMPORTS, XY, code, loop, STACK,
                     outputs={4: "{'max_depth': 2}\n{'max_depth': 4}"})  # fmt: skip
    assert found.searched
