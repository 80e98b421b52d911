"""Rows that a notebook draws again: named, and called leakage if test rows are among them."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import SPLIT, XY, analysed

IMPORTS = (
    "from imblearn.over_sampling import SMOTE, RandomOverSampler\n"
    "from imblearn.combine import SMOTEENN\n"
)
FIT = "model = LogisticRegression({})\nmodel.fit(X_train, y_train)\nmodel.score(X_test, y_test)"
BEFORE = {
    "X, y = SMOTE(random_state=0).fit_resample(X, y)\n": "SMOTE",
    "s = RandomOverSampler()\nA, b = s.fit_resample(X, y)\nX, y = A, b\n": "RandomOverSampler",
    "sm = SMOTEENN(random_state=1)\nX, y = sm.fit_sample(X, y)\n": "SMOTEENN",
    "def balance(a, b):\n    s = SMOTE()\n    a, b = s.fit_resample(a, b)\n    return a, b\n"
    "X, y = balance(X, y)\n": "SMOTE",
}


@pytest.mark.parametrize("code", BEFORE)
def test_before_the_split_it_is_leakage(people: Path, code: str) -> None:
    found = analysed(people, IMPORTS, XY, code, SPLIT, FIT.format(""))
    (one,) = found.reading.resampled
    assert (one.name, one.before_split) == (BEFORE[code], True)
    assert found.estimator.config["sampler"].endswith(f".{BEFORE[code]}")
    assert not [note for _, note in found.notes if "resamples" in note]


@pytest.mark.parametrize("name", ["SMOTE", "RandomOverSampler", "SMOTEENN"])
def test_of_training_rows_it_is_no_leakage(people: Path, name: str) -> None:
    code = f"X_train, y_train = {name}().fit_resample(X_train, y_train)\n"
    found = analysed(people, IMPORTS, XY, SPLIT, code, FIT.format(""))
    (one,) = found.reading.resampled
    assert (one.name, one.before_split) == (name, False)


def test_before_a_cross_validation_it_is_leakage(people: Path) -> None:
    code = "Xr, yr = SMOTE().fit_resample(X, y)\ncross_val_score(LogisticRegression(), Xr, yr)"
    assert analysed(people, IMPORTS, XY, code).reading.resampled[0].before_split


OWN = "from other_samplers import Twice\n"


def test_a_sampler_that_cannot_be_read_is_named(people: Path) -> None:
    code = OWN + "X_train, y_train = Twice().fit_resample(X_train, y_train)\n"
    for weight, effect in (
        ("", "the model is fitted to the rows as they are"),
        ("class_weight='balanced'", "class weights (balanced)"),
    ):
        found = analysed(people, IMPORTS, XY, SPLIT, code, FIT.format(weight))
        assert found.estimator.config["_target_"] == "sklearn.linear_model.LogisticRegression"
        (note,) = [note for _, note in found.notes if "resamples rows, which is not" in note]
        assert effect in note


def test_a_classifier_is_fitted_to_resampled_rows(people: Path) -> None:
    code = (
        "sm = SMOTE(k_neighbors=3)\nX_train, y_train = sm.fit_resample(X_train, y_train)\n"
        "search = GridSearchCV(LogisticRegression(), {'C': [1, 2]}).fit(X_train, y_train)\n"
    )
    found = analysed(people, IMPORTS, XY, SPLIT, code)
    assert found.estimator.config == {
        "_target_": "<PACKAGE>.model.pipeline.Resampled",
        "classifier": {"_target_": "sklearn.linear_model.LogisticRegression"},
        "sampler": "imblearn.over_sampling.SMOTE",
        "parameters": {"k_neighbors": 3, "random_state": "${seed}"},
    }
    assert found.estimator.search is not None
    assert found.estimator.search.space == {"classifier__C": [1, 2]}


def test_without_resampling_nothing_is_said(people: Path) -> None:
    assert analysed(people, IMPORTS, XY, SPLIT, FIT.format("")).reading.resampled == ()
