"""The model that an output calls the best, and the scores that are its own."""

from pathlib import Path

import pytest

from idea.analysis import Idea
from tests.idea.analysis.notebooks import SPLIT, XY, analysed

MODELS = (
    "models = {'line': LogisticRegression(C=2), 'tree': DecisionTreeClassifier(max_depth=2),\n"
    "          'forest': RandomForestClassifier(n_estimators=5)}\n"
)
LOOPS = {
    "scores by name": MODELS + "scores = {}\nfor name, m in models.items():\n"
    "    m.fit(X_train, y_train)\n    scores[name] = m.score(X_test, y_test)\n"
    "    print(name, scores[name])\nbest = max(scores, key=scores.get)\nprint('Best:', best)\n"
    "joblib.dump(models[best], 'best.joblib')",
    "the best so far": MODELS + "top = 0\nfor name, m in models.items():\n"
    "    m.fit(X_train, y_train)\n    s = m.score(X_test, y_test)\n    print(name, s)\n"
    "    if s > top:\n        top, winner, best_model = s, name, m\n"
    "print(f'Best: {winner}')\njoblib.dump(best_model, 'best.joblib')",
    "a list of pairs": "candidates = [('line', LogisticRegression(C=2)),\n"
    "    ('tree', DecisionTreeClassifier(max_depth=2)), ('forest', RandomForestClassifier())]\n"
    "fitted = {}\nfor label, clf in candidates:\n    clf.fit(X_train, y_train)\n"
    "    fitted[label] = clf\n    print(label, accuracy_score(y_test, clf.predict(X_test)))\n"
    "winner = sorted(fitted)[-1]\nprint('Best:', winner)\n"
    "final = fitted[winner]\nprint(final.predict(X_test)[:5])",
    "a list filled before": "zoo = []\nzoo.append(('line', LogisticRegression(C=2)))\n"
    "zoo.append(('tree', DecisionTreeClassifier(max_depth=2)))\n"
    "zoo.append(('forest', RandomForestClassifier()))\nresults = []\nfor key, m in zoo:\n"
    "    m.fit(X_train, y_train)\n    results.append(m.score(X_test, y_test))\n"
    "    print(key, results[-1])\nprint('Best:', zoo[int(np.argmax(results))][0])\n",
}  # fmt: skip
SHOWN = {
    "line 0.61\ntree 0.83\nforest 0.72\nBest: tree\n": "decision_tree",
    "line 0.61\ntree 0.83\nforest 0.92\nBest: forest\n": "random_forest",
    "line 0.91\ntree 0.83\nforest 0.72\nBest: line (better than tree)\n": "logistic_regression",
}


def last(found: Idea) -> float | None:
    shown = [score.value for score in found.scores if score.value is not None]
    return shown[-1] if shown else None


@pytest.mark.parametrize("how", LOOPS)
@pytest.mark.parametrize("output", SHOWN)
def test_the_best_of_a_loop_is_the_one_that_the_output_names(
    people: Path, how: str, output: str
) -> None:
    found = analysed(people, XY, SPLIT, LOOPS[how], outputs={3: output})
    assert found.estimator.name == SHOWN[output]
    assert len({found.estimator.name, *(other.name for other in found.others)}) == 3
    assert not [note for _, note in found.notes if "no output names" in note]


@pytest.mark.parametrize("how", LOOPS)
def test_where_no_output_names_it_that_is_said(people: Path, how: str) -> None:
    found = analysed(people, XY, SPLIT, LOOPS[how])
    (note,) = [note for _, note in found.notes if "no output names the best of" in note]
    assert "LogisticRegression, DecisionTreeClassifier, RandomForestClassifier" in note


@pytest.mark.parametrize("how", LOOPS)
def test_of_a_loop_s_scores_none_is_taken_for_the_chosen_one_s(people: Path, how: str) -> None:
    assert last(analysed(people, XY, SPLIT, LOOPS[how], outputs={3: next(iter(SHOWN))})) is None


@pytest.mark.parametrize("key", ["'tree'", "'tr' + 'ee'"])
def test_a_name_in_the_code_needs_no_output(people: Path, key: str) -> None:
    loop = MODELS + "for m in models.values():\n    m.fit(X_train, y_train)\n"
    found = analysed(people, XY, SPLIT, loop, f"best = models[{key}]\nbest.predict(X_test)")
    assert found.estimator.name == "decision_tree"


TWO = {
    "saved": (
        "forest = RandomForestClassifier().fit(X_train, y_train)\n"
        "print(accuracy_score(y_test, forest.predict(X_test)))",
        "line = LogisticRegression().fit(X_train, y_train)\n"
        "print(accuracy_score(y_test, line.predict(X_test)))",
        "joblib.dump(forest, 'forest.joblib')",
    ),
    "one variable": (
        "model = RandomForestClassifier()\nmodel.fit(X_train, y_train)\n"
        "p = model.predict(X_test)\nkeep = model\nprint(accuracy_score(y_test, p))",
        "model = LogisticRegression()\nmodel.fit(X_train, y_train)\np = model.predict(X_test)\n"
        "print(accuracy_score(y_test, p))",
        "joblib.dump(keep, 'forest.joblib')",
    ),
    "score": (
        "forest = RandomForestClassifier().fit(X_train, y_train)\n"
        "print(forest.score(X_test, y_test))",
        "line = LogisticRegression().fit(X_train, y_train)\nprint(line.score(X_test, y_test))",
        "forest.predict(X_test)",
    ),
    "cross-validated": (
        "forest = RandomForestClassifier().fit(X_train, y_train)\n"
        "print(forest.score(X_test, y_test))",
        "print(cross_val_score(LogisticRegression(), X_train, y_train).mean())",
        "joblib.dump(forest, 'forest.joblib')",
    ),
}


@pytest.mark.parametrize("how", TWO)
def test_the_score_of_another_model_is_not_the_chosen_one_s(people: Path, how: str) -> None:
    found = analysed(people, XY, SPLIT, *TWO[how], outputs={3: "0.8123\n", 4: "0.9345\n"})
    assert found.estimator.name == "random_forest"
    assert last(found) == 0.8123
