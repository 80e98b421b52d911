"""The best parameters of a study of Optuna, from the outputs."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import XY, analysed

STUDY = (
    "import optuna\nfrom optuna import create_study\ndef objective(trial):\n"
    "    depth = trial.suggest_int('max_depth', 2, 9)\n    return depth\n"
    "study = {}\nstudy.optimize(objective, n_trials=3)\n"
)
LOG = (
    "[I 2024-05-01 10:00:00,000] Trial 0 finished with value: 0.7 and parameters: "
    "{'max_depth': 3, 'min_samples_leaf': 9}. Best is trial 0 with value: 0.7.\n"
    "[I 2024-05-01 10:00:01,000] Trial 1 finished with value: 0.9 and parameters: "
    "{'max_depth': 5, 'min_samples_leaf': 2}. Best is trial 1 with value: 0.9.\n"
    "[I 2024-05-01 10:00:02,000] Trial 2 finished with value: 0.8 and parameters: "
    "{'max_depth': 9, 'min_samples_leaf': 4}. Best is trial 1 with value: 0.9.\n"
)
PRINTED = "Best: {'max_depth': 5, 'min_samples_leaf': 2}\n"
USES = [
    "m = RandomForestClassifier(**study.best_params)",
    "best = study.best_params\nm = RandomForestClassifier(random_state=0, **best)",
    "m = RandomForestClassifier(**study.best_trial.params)",
    "m = RandomForestClassifier(max_depth=study.best_params['max_depth'],\n"
    "    min_samples_leaf=study.best_params['min_samples_leaf'])",
    "m = RandomForestClassifier()\nm.set_params(**study.best_params)",
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("make", ["optuna.create_study(direction='maximize')", "create_study()"])
def test_what_a_study_found_is_taken_from_its_log(people: Path, use: str, make: str) -> None:
    cells = (STUDY.format(make), XY, f"{use}\nm.fit(X, y)\nm.predict(X)")
    config = analysed(people, *cells, outputs={1: LOG}).estimator.config
    assert (config["max_depth"], config["min_samples_leaf"]) == (5, 2)


@pytest.mark.parametrize("use", USES)
def test_what_a_study_found_is_taken_from_what_is_printed(people: Path, use: str) -> None:
    study = STUDY.format("optuna.create_study()")
    cells = (study, "print('Best:', study.best_params)", XY, f"{use}\nm.fit(X, y)\nm.predict(X)")
    config = analysed(people, *cells, outputs={2: PRINTED}).estimator.config
    assert (config["max_depth"], config["min_samples_leaf"]) == (5, 2)


def test_without_an_output_it_is_said_that_they_are_not_known(people: Path) -> None:
    cells = (STUDY.format("optuna.create_study()"), XY, f"{USES[0]}\nm.fit(X, y)\nm.predict(X)")
    found = analysed(people, *cells)
    assert any("can't be read from the code" in note for _, note in found.notes)


@pytest.mark.parametrize("shown", ["result.x", "print(result.x)"])
def test_what_scikit_optimize_found_is_taken_from_what_is_shown(people: Path, shown: str) -> None:
    search = (
        "from skopt import gp_minimize\nresult = gp_minimize(objective, [(2, 9), ('gini', 'x')])"
    )
    use = "best = result.x\ndepth = best[0]\nm = DecisionTreeClassifier(max_depth=depth, "
    cells = (search, shown, XY, f"{use}criterion=best[1])\nm.fit(X, y)\nm.predict(X)")
    config = analysed(people, *cells, outputs={2: "[5, 'entropy']\n"}).estimator.config
    assert (config["max_depth"], config["criterion"]) == (5, "entropy")
    notes = [note for _, note in analysed(people, *cells).notes]
    assert "`max_depth=depth` can't be read from the code: left at its default" in notes
