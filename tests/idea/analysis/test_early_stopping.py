"""Boosted trees that stopped early."""

from pathlib import Path
from typing import Any

import pytest

from tests.idea.analysis.notebooks import SPLIT, XY, analysed

IMPORTS = (
    "import lightgbm as lgb\nfrom lightgbm import LGBMClassifier\n"
    "from xgboost import XGBClassifier, XGBRegressor\nfrom catboost import CatBoostClassifier\n"
)
FITS = {
    "constructor": "m = XGBClassifier(n_estimators=900, early_stopping_rounds=10)\n"
    "m.fit(X_train, y_train, eval_set=[(X_test, y_test)], verbose=False)\n",
    "parameters": "p = dict(n_estimators=900, early_stopping_rounds=10)\nm = XGBClassifier(**p)\n"
    "m.fit(X_train, y_train, eval_set=[(X_test, y_test)])\n",
    "argument of fit": "m = XGBClassifier(n_estimators=900)\n"
    "m.fit(X_train, y_train, early_stopping_rounds=5, eval_set=[(X_test, y_test)])\n",
    "callback": "m = LGBMClassifier(n_estimators=900)\n"
    "m.fit(X_train, y_train, eval_set=[(X_test, y_test)], callbacks=[lgb.early_stopping(5)])\n",
    "catboost": "m = CatBoostClassifier(iterations=900)\n"
    "m.fit(X_train, y_train, eval_set=(X_test, y_test), early_stopping_rounds=20)\n",
}
ROUNDS = {"catboost": "iterations"}


def own(config: Any) -> dict[str, Any]:
    """Give the boosted model inside what takes its labels."""
    found: dict[str, Any] = config.get("classifier", config)
    return found


@pytest.mark.parametrize("how", FITS)
def test_without_an_output_all_rounds_are_fitted_and_that_is_said(people: Path, how: str) -> None:
    found = analysed(people, IMPORTS, XY, SPLIT, FITS[how], "m.predict(X_test)")
    assert own(found.estimator.config)[ROUNDS.get(how, "n_estimators")] == 900
    (note,) = [note for _, note in found.notes if "stopped early" in note]
    assert note.startswith("fitted with all 900 rounds")
    assert not [note for _, note in found.notes if "no parameter" in note]


@pytest.mark.parametrize(
    ("how", "asks", "output", "rounds"),
    [
        ("constructor", "print(m.best_iteration)", "41\n", 42),
        ("constructor", "m.best_iteration", "41", 42),
        ("parameters", "print(m.score(X_test, y_test), m.best_iteration)", "0.9321 41\n", 42),
        ("argument of fit", "print('done')", "Stopping. Best iteration:\n[41]\tval-rmse:2\n", 42),
        ("callback", "1", "Early stopping, best iteration is:\n[42]\tvalid_0's l2: 0.1\n", 42),
        ("callback", "print('Best iteration:', m.best_iteration_)", "Best iteration: 42", 42),
        ("catboost", "1", "bestTest = 0.43\nbestIteration = 41\n\nShrink model to first 42", 42),
    ],
)
def test_the_round_that_an_output_shows_is_taken(
    people: Path, how: str, asks: str, output: str, rounds: int
) -> None:
    code = FITS[how] + "\n" + asks
    found = analysed(people, IMPORTS, XY, SPLIT, code, "m.predict(X_test)", outputs={4: output})
    parameter = ROUNDS.get(how, "n_estimators")
    assert own(found.estimator.config)[parameter] == rounds
    (note,) = [note for _, note in found.notes if "stopped early" in note]
    assert f"after {rounds} of 900 rounds: `{parameter}` is {rounds} here" in note


def test_who_does_not_stop_early_is_not_spoken_of(people: Path) -> None:
    code = "m = XGBClassifier(n_estimators=9)\nm.fit(X_train, y_train)\nm.predict(X_test)"
    found = analysed(people, IMPORTS, XY, SPLIT, code)
    assert not [note for _, note in found.notes if "early" in note]


def test_what_stops_early_by_itself_stays_as_it_was(people: Path) -> None:
    head = "from sklearn.ensemble import HistGradientBoostingClassifier as H\n"
    code = "m = H(early_stopping=True, validation_fraction=0.2).fit(X_train, y_train)"
    config = analysed(people, head, XY, SPLIT, code).estimator.config
    assert (config["early_stopping"], config["validation_fraction"]) == (True, 0.2)
