"""Loops over folds that prepare their rows: the body for one fold is the features."""

import ast
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import Idea, read_idea
from idea.codegen import why_it_would_fail
from tests.idea.analysis.notebooks import COLUMNS, fitted_to, notebook
from tests.idea.analysis.whole import by_repo

START = """
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

df = pd.read_csv("people.csv")
X = df.drop(columns=["income", "id"])
y = np.log1p(df["income"])
errors = []
"""
PREPARED = """
    means = y_fit.groupby(X_fit["plan"]).mean()
    X_fit["level"] = X_fit["plan"].map(means)
    X_val["level"] = X_val["plan"].map(means)
    X_fit = X_fit.drop(columns="plan")
    X_val = X_val.drop(columns="plan")
    model = Ridge()
    model.fit(X_fit, y_fit)
    errors.append(mean_absolute_error(y_val, model.predict(X_val)))
"""
TAKEN = """
    X_fit, X_val = X.iloc[tr].copy(), X.iloc[va].copy()
    y_fit, y_val = y.iloc[tr], y.iloc[va]"""

LOOPS = [
    ("for tr, va in KFold(n_splits=4, shuffle=True, random_state=5).split(X):" + TAKEN,
     ("random", 0.25, 5)),
    ("folds = KFold(5)\nfor fold, (tr, va) in enumerate(folds.split(X, y)):\n"
     "    print(fold)" + TAKEN, ("random", 0.2, 42)),
    ("for tr, va in TimeSeriesSplit(n_splits=3).split(X):\n    X_fit = X.loc[tr]\n"
     "    X_val = X.loc[va]\n    y_fit = y[tr]\n    y_val = y[va]", ("time", 0.333333, 42)),
    ("for tr, va in GroupKFold(n_splits=2).split(X, y, groups=df['plan']):" + TAKEN,
     ("group", 0.5, 42)),
    ("kf = KFold(n_splits=10)\nfor i, (tr, va) in enumerate(kf.split(df)):\n"
     "    X_fit = X.iloc[tr, :]\n    y_fit = y.iloc[tr].copy()\n    X_val = X.iloc[va, :]\n"
     "    y_val = y.iloc[va]", ("random", 0.1, 42)),
]  # fmt: skip


def people_in(folder: Path, *cells: str) -> Idea:
    rows = [f"{n},{20 + n},{n * 1.5},{'ab'[n % 2]},{n % 3 // 2}" for n in range(60)]
    (folder / "people.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", "utf-8")
    return read_idea(notebook(folder, START, *cells))


@pytest.mark.parametrize(("loop", "split"), LOOPS)
def test_the_body_for_one_fold_is_the_features(
    tmp_path: Path, loop: str, split: tuple[str, float, int]
) -> None:
    found = people_in(tmp_path, loop + PREPARED)
    assert why_it_would_fail(found) == ""
    reading = found.reading
    assert (reading.target.column, reading.used) == ("income", ("age", "plan", "churn"))
    assert (found.split_kind, found.test_size, found.seed) == split
    assert [str(one) for one in found.transforms] == ["`log1p`"]
    assert "for " not in fitted_to(found)
    assert reading.features.learned == ("means",)


def test_what_a_fold_learns_of_the_target_goes_with_its_rows(tmp_path: Path) -> None:
    found = people_in(tmp_path, LOOPS[0][0] + PREPARED)
    table = pd.read_csv(tmp_path / "people.csv")
    X, y, _ = by_repo(found, table.iloc[::-1])  # rows whose index is not their number
    assert list(X) == ["age", "churn", "level"]
    means = y.groupby(table["plan"]).mean()
    assert X["level"].tolist() == pytest.approx(table["plan"].map(means)[X.index].tolist())


def test_of_two_loops_the_last_counts(tmp_path: Path) -> None:
    other = PREPARED.replace("Ridge()", "RandomForestRegressor(n_estimators=9)")
    found = people_in(tmp_path, LOOPS[0][0] + PREPARED, LOOPS[1][0] + other)
    assert found.estimator.path.endswith("RandomForestRegressor")
    assert found.reading.features.learned == ("means",)


def test_a_fold_s_frame_may_hold_features_and_target(tmp_path: Path) -> None:
    found = people_in(
        tmp_path,
        "columns = ['age', 'level']\nfor tr, va in KFold(5).split(df):\n"
        "    a, b = df.iloc[tr].copy(), df.iloc[va].copy()\n"
        "    means = a.groupby('plan')['income'].mean()\n"
        "    a['level'] = a['plan'].map(means)\n    b['level'] = b['plan'].map(means)\n"
        "    model = Ridge()\n    model.fit(a[columns], a['income'])\n"
        "    errors.append(mean_absolute_error(b['income'], model.predict(b[columns])))",
    )
    assert why_it_would_fail(found) == ""
    assert (found.reading.target.column, found.reading.used) == ("income", ("age", "plan"))
    assert "for " not in fitted_to(found)
    assert (found.split_kind, found.test_size) == ("random", 0.2)


@pytest.mark.parametrize(
    "loop",
    [
        "for tr, va in KFold(4).split(X):\n    model = Ridge()\n"
        "    model.fit(X.iloc[tr], y.iloc[tr])\n",
        "for line in 'a b'.split(' '):\n    print(line)\nmodel = Ridge().fit(X, y)\n",
    ],
)
def test_other_loops_stay(tmp_path: Path, loop: str) -> None:
    found = people_in(tmp_path, "X = X.drop(columns='plan')\n" + loop)
    assert any(isinstance(step.node, ast.For) for step in found.script.program.steps)
    assert found.reading.target.column == "income"


def test_what_resamples_a_fold_is_named_and_no_feature(tmp_path: Path) -> None:
    idea = people_in(
        tmp_path,
        "from imblearn.over_sampling import SMOTE\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "smote = SMOTE()\nX, y = df[['age', 'income']], df[['churn']]\n"
        "def score(model):\n    for tr, va in KFold(4).split(X):\n"
        "        X_fit, y_fit = X.iloc[tr, :], y.iloc[tr, :]\n"
        "        X_more, y_more = smote.fit_resample(X_fit, y_fit)\n"
        "        model.fit(X_more, y_more)\n        print(model.score(X.iloc[va], y.iloc[va]))",
        "score(LogisticRegression())",
    )
    assert "smote" not in fitted_to(idea)
    assert [(one.name, one.before_split) for one in idea.reading.resampled] == [("SMOTE", False)]


def test_a_loop_that_splits_anew_each_time_is_read_for_its_first_turn(tmp_path: Path) -> None:
    idea = people_in(
        tmp_path,
        "from sklearn.model_selection import train_test_split\n"
        "X, y = df[['age', 'income']], df['churn']\n"
        "def score(X, y, model, n=10):\n    scores = []\n    for i in range(n):\n"
        "        X_train, X_test, y_train, y_test = \\\n"
        "            train_test_split(X, y, test_size=0.3, random_state=i)\n"
        "        model.fit(X_train, y_train)\n        scores.append(model.score(X_test, y_test))\n"
        "    return np.mean(scores)",
        "lm = Ridge(alpha=3)\nscore(X, y, lm, n=4)",
    )
    assert (idea.estimator.name, idea.reading.target.column) == ("ridge", "churn")
    assert (idea.split_kind, idea.test_size) == ("random", 0.3)
    assert idea.reading.preparation.y is None
    X, y, _ = by_repo(idea, pd.read_csv(tmp_path / "people.csv"))
    assert list(X) == ["age", "income"]
    assert len(y) == 60


WALK = (
    "df['next'] = df.shift(-1)['income']\ndf = df.ffill()\n"
    "columns = df.columns[~df.columns.isin(['next', 'plan'])]\n"
)


@pytest.mark.parametrize(
    "walk",
    [
        "def walk(data, model, columns, start=30, step=9):\n"
        "    for i in range(start, data.shape[0], step):\n"
        "        past, future = data.iloc[:i, :], data.iloc[i:(i + step), :]\n"
        "        model.fit(past[columns], past['next'])\n"
        "        errors.append(model.score(future[columns], future['next']))\n"
        "walk(df, Ridge(alpha=3), columns)",
        "def one(past, future, columns, model):\n    model.fit(past[columns], past['next'])\n"
        "    return model.score(future[columns], future['next'])\n"
        "def walk(data, model, columns):\n    for at in range(30, len(data), 9):\n"
        "        past = data.iloc[0:at].copy()\n        future = data.iloc[at:at + 9].copy()\n"
        "        score = one(past, future, columns, model)\n        errors.append(score)\n"
        "walk(df, Ridge(alpha=3), columns)",
    ],
)
def test_a_walk_forward_is_a_split_by_time(tmp_path: Path, walk: str) -> None:
    before = "RandomForestRegressor().fit(df[['age']], df['income'])\n"
    found = people_in(tmp_path, before, WALK + walk)
    assert why_it_would_fail(found) == ""
    assert (found.estimator.path, found.split_kind) == ("sklearn.linear_model.Ridge", "time")
    assert (found.reading.target.column, found.reading.target.is_made) == ("next", True)
    assert "ffill" in "".join(ast.unparse(p.node) for p in found.reading.preparation.statements)


def test_an_index_that_is_looked_at_is_made_by_a_step(tmp_path: Path) -> None:
    """What a reader makes the index is a column of the table, so that a new row has it too."""
    table = pd.DataFrame({"day": pd.date_range("2020-01-05", periods=60), "income": range(60)})
    table.assign(age=30).to_csv(tmp_path / "days.csv", index=False)
    code = (
        "days = pd.read_csv('days.csv', index_col='day', parse_dates=True)\n"
        "days['month'] = days.index.month\n"
        "Ridge().fit(days[['month', 'age']], days['income'])"
    )
    found = people_in(tmp_path, code)
    assert "set_index('day')" in fitted_to(found)
    assert found.reading.used == ("day", "age")
    X, _, _ = by_repo(found, table.assign(day=table["day"].astype(str), age=30))
    assert X["month"].tolist() == table["day"].dt.month.tolist()


def test_an_index_that_nothing_looks_at_is_no_column(tmp_path: Path) -> None:
    pd.DataFrame({"no": range(60), "age": range(60), "income": 3}).to_csv(
        tmp_path / "numbered.csv", index=False
    )
    code = "n = pd.read_csv('numbered.csv', index_col=0)\nRidge().fit(n[['age']], n['income'])"
    assert people_in(tmp_path, code).reading.raw.strings == ["age", "income"]
