"""Models that a function of their library trains are read as scikit-learn's estimators."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import SPLIT, XY, analysed, fitted_to

HEAD = (
    "import lightgbm as lgb\nimport statsmodels.api as sm\nimport xgboost as xgb\n"
    "from xgboost import DMatrix\n"
)
PARAMS = "params = {'objective': 'binary:logistic', 'eta': 0.1, 'max_depth': 3, 'lambda': 2}\n"
TABLES = "dtrain = xgb.DMatrix(X_train, label=y_train)\ndtest = xgb.DMatrix(X_test)\n"
CASES: dict[str, tuple[str, dict[str, object]]] = {
    # the usual way, in variables
    PARAMS + TABLES + "b = xgb.train(params, dtrain, num_boost_round=50)\np = b.predict(dtest)": (
        "xgboost.XGBClassifier",
        {"objective": "binary:logistic", "learning_rate": 0.1, "max_depth": 3, "reg_lambda": 2,
         "n_estimators": 50, "random_state": "${seed}"},
    ),
    # tables in the call, and an objective that is set later
    "params = {'max_depth': 2}\nparams['objective'] = 'multi:softprob'\n"
    "b = xgb.train(params, DMatrix(X_train, y_train))\nb.predict(DMatrix(X_test))": (
        "xgboost.XGBClassifier",
        {"max_depth": 2, "objective": "multi:softprob", "n_estimators": 10,
         "random_state": "${seed}"},
    ),
    # no objective
    "b = xgb.train({'max_depth': 2, 'seed': 7}, xgb.DMatrix(X_train, y_train), 20)\n"
    "b.predict(xgb.DMatrix(X_test))": (
        "xgboost.XGBRegressor",
        {"max_depth": 2, "random_state": 7, "n_estimators": 20},
    ),
    # LightGBM, rounds among the parameters
    "data = lgb.Dataset(X_train, y_train)\n"
    "b = lgb.train({'objective': 'binary', 'num_iterations': 70, 'feature_fraction': 0.8}, data)\n"
    "b.predict(X_test)": (
        "lightgbm.LGBMClassifier",
        {"objective": "binary", "n_estimators": 70, "colsample_bytree": 0.8, "verbose": -1,
         "random_state": "${seed}"},
    ),
    # statsmodels, at once and in two steps
    "r = sm.OLS(y_train, X_train).fit()\nr.predict(X_test)": (
        "sklearn.linear_model.LinearRegression", {"fit_intercept": False},
    ),
    "m = sm.Logit(endog=y_train, exog=X_train)\nr = m.fit(disp=0)\nr.predict(X_test)": (
        "sklearn.linear_model.LogisticRegression",
        {"C": float("inf"), "fit_intercept": False, "max_iter": 1000},
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_the_model_is_an_estimator(people: Path, code: str) -> None:
    found = analysed(people, HEAD, XY, SPLIT + code)
    path, parameters = CASES[code]
    assert found.estimator.path == path
    config = found.estimator.config
    assert config.get("classifier", config) == {"_target_": path, **parameters}
    assert found.reading.target.column == "churn"
    assert found.reading.used == ("age", "income")
    assert (found.split_kind, found.seed) == ("random", 3)
    assert not any("another model" in note for _, note in found.notes)


def test_where_the_rows_are_written_is_known(people: Path) -> None:
    code = PARAMS + TABLES + "b = xgb.train(params, dtrain)\nb.predict(dtest)"
    written = analysed(people, HEAD, XY, SPLIT + code).reading.fit.written
    assert (written.X, written.y) == ("X_train", "y_train")


def test_the_round_at_which_training_stopped_is_taken(people: Path) -> None:
    code = (
        PARAMS + TABLES + "watch = [(xgb.DMatrix(X_test, y_test), 'test')]\n"
        "b = xgb.train(params, dtrain, 900, evals=watch, early_stopping_rounds=9)\n"
        "print(b.best_iteration)\nb.predict(dtest)"
    )
    found = analysed(people, HEAD, XY, SPLIT, code, outputs={4: "41\n"})
    assert found.estimator.config["classifier"]["n_estimators"] == 42


@pytest.mark.parametrize(
    "code",
    [
        "r = sm.GLM(y, X).fit()",
        "r = sm.OLS(y, X, hasconst=True).fit()",
        "table = load()\nb = xgb.train({}, table)",
    ],
)
def test_what_cannot_be_read_stays_another_model(people: Path, code: str) -> None:
    found = analysed(people, HEAD, XY, "m = LogisticRegression().fit(X, y)\n", code)
    assert found.estimator.name == "logistic_regression"
    assert any("trains another model" in note for _, note in found.notes)


def test_one_row_gets_its_constant(people: Path) -> None:
    code = "Z = sm.add_constant(X)\nr = sm.OLS(y, Z).fit()"
    assert "sm.add_constant(X, has_constant='add')" in fitted_to(analysed(people, HEAD, XY, code))
