"""Answers that are added up from the predictions of several models."""

from pathlib import Path

import pytest
import yaml

from idea.codegen.config_files import parity_file
from tests.idea.analysis.notebooks import SPLIT, analysed

XY = 'X = df[["age", "churn"]]\ny = df["income"]\n'
TWO = (
    "line = LinearRegression().fit(X_train, y_train)\n"
    "wood = RandomForestRegressor(n_estimators=7)\nwood.fit(X_train, y_train)\n"
)
LINE = {"_target_": "sklearn.linear_model.LinearRegression"}
WOOD = {
    "_target_": "sklearn.ensemble.RandomForestRegressor",
    "n_estimators": 7,
    "random_state": "${seed}",
}
LOOP = (
    "models = [LinearRegression(), RandomForestRegressor(n_estimators=7)]\n"
    "for m in models:\n    m.fit(X_train, y_train)\n"
)

WEIGHTED = {
    "one expression": (TWO, "0.3 * line.predict(X_test) + wood.predict(X_test) * 0.7", [0.3, 0.7]),
    "variables": (
        TWO + "a = line.predict(X_test)\nb = wood.predict(X_test)\nw = 0.25\n",
        "w * a + (1 - w) * b",
        [0.25, 0.75],
    ),
    "the mean": (TWO, "(line.predict(X_test) + wood.predict(X_test)) / 2", None),
    "numpy's mean": (TWO, "np.mean([line.predict(X_test), wood.predict(X_test)], axis=0)", None),
    "numpy's average": (
        TWO,
        "np.average([line.predict(X_test), wood.predict(X_test)], axis=0, weights=[1, 3])",
        [0.25, 0.75],
    ),
    "columns": (
        TWO,
        "np.column_stack([line.predict(X_test), wood.predict(X_test)]).mean(axis=1)",
        None,
    ),
    "a loop": (LOOP, "np.array([m.predict(X_test) for m in models]).mean(axis=0)", None),
    "a function": (
        TWO + "def both(X):\n    return 0.3 * line.predict(X) + 0.7 * wood.predict(X)\n",
        "both(X_test)",
        [0.3, 0.7],
    ),
}
UNREAD = {
    "another scale": "0.5 * np.expm1(line.predict(X_test)) + 0.5 * np.expm1(wood.predict(X_test))",
    "no whole": "line.predict(X_test) + 0.1 * wood.predict(X_test)",
    "computed weights": "X_test['age'] * line.predict(X_test) + 0.5 * wood.predict(X_test)"
    " + 0.1 * line.predict(X_test)",
}


@pytest.mark.parametrize("how", WEIGHTED)
def test_a_weighted_sum_becomes_a_vote(people: Path, how: str) -> None:
    fitted, answer, weights = WEIGHTED[how]
    found = analysed(people, XY, SPLIT, fitted, f"print({answer})")
    assert found.estimator.path == "sklearn.ensemble.VotingRegressor"
    assert [member for _, member in found.estimator.config["estimators"]] == [LINE, WOOD]
    assert found.estimator.config.get("weights") == weights
    assert (found.unread, found.blended) == ("", True)
    assert any("LinearRegression, RandomForestRegressor" in note for _, note in found.notes)


def test_classifiers_are_blended_by_their_probabilities(people: Path) -> None:
    found = analysed(
        people,
        'X = df[["age", "income"]]\ny = df["churn"]\n',
        SPLIT,
        "a = LogisticRegression().fit(X_train, y_train)\n"
        "b = DecisionTreeClassifier(max_depth=2).fit(X_train, y_train)\n"
        "p = 0.5 * a.predict_proba(X_test)[:, 1] + 0.5 * b.predict_proba(X_test)[:, 1]\n"
        "print((p > 0.5).mean())",
    )
    assert found.estimator.path == "sklearn.ensemble.VotingClassifier"
    assert found.estimator.config["voting"] == "soft"


@pytest.mark.parametrize("how", UNREAD)
def test_a_sum_that_is_no_vote_is_named_and_no_member_stands_for_it(people: Path, how: str) -> None:
    found = analysed(people, XY, SPLIT, TWO, f"print({UNREAD[how]})")
    assert "adds up what LinearRegression, RandomForestRegressor predict" in found.unread
    assert not found.blended


@pytest.mark.parametrize(
    "after",
    [
        "joblib.dump(wood, 'model.joblib')",  # that of one model
        "print(np.mean(wood.predict(X_test)))",
        "print(wood.predict(X_test) + wood.predict(X_test))",
        "print(line.predict(X_test) - wood.predict(X_test))",
    ],
)
def test_other_sums_are_no_blend(people: Path, after: str) -> None:
    before = "" if "dump" not in after else "print(line.predict(X_test) + wood.predict(X_test))\n"
    found = analysed(people, XY, SPLIT, TWO, before + after)
    assert found.estimator.name == "random_forest"
    assert (found.unread, found.blended) == ("", False)


def test_the_comparison_is_told_that_members_are_fitted_one_by_one(people: Path) -> None:
    fitted, answer, _ = WEIGHTED["one expression"]
    found = analysed(people, XY, SPLIT, fitted, f"print({answer})")
    for name in ("features.py", "prepare.py"):
        (people / name).write_text("", encoding="utf-8")
    assert yaml.safe_load(parity_file(found, "idea.ipynb", people))["blended"] is True


STACKS = {
    "out of folds": "from sklearn.model_selection import cross_val_predict\n"
    "Z = np.column_stack([cross_val_predict(m, X_train, y_train, cv=3) for m in [line, wood]])\n",
    "fitted before": "Z = np.column_stack([line.predict(X_train), wood.predict(X_train)])\n",
}


@pytest.mark.parametrize("how", STACKS)
def test_a_stack_that_is_made_by_hand_is_named_and_its_last_model_does_not_stand_for_it(
    people: Path, how: str
) -> None:
    meta = "meta = LinearRegression()\nmeta.fit(Z, y_train)\nprint(meta.score(Z, y_train))"
    found = analysed(people, XY, SPLIT, TWO, STACKS[how] + meta)
    assert "fits LinearRegression to what its other models predict" in found.unread
    assert found.reading.used == ("age", "churn")
    assert found.reading.target.column == "income"


def test_a_column_that_a_model_fills_is_no_stack(people: Path) -> None:
    found = analysed(
        people,
        "ages = LinearRegression().fit(df[['churn']], df['age'])\n"
        "df['guess'] = ages.predict(df[['churn']])\nX, y = df[['guess']], df['income']\n"
        "model = RandomForestRegressor().fit(X, y)\nprint(model.score(X, y))",
    )
    assert (found.estimator.name, found.unread) == ("random_forest", "")
