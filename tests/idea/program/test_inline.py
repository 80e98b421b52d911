"""Calls of the notebook's own functions become the statements of these functions."""

from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from tests.idea.analysis.notebooks import analysed
from tests.idea.analysis.whole import same_as_notebook

TRAINING = """
def train(data, target, column="age"):
    def capped(X, high):
        share = X / high
        return share.clip(upper=1)

    X = data.drop(columns=[target, "plan"])
    X[column] = X[column].apply(lambda X: X + 1)
    X["part"] = capped(data[column], 60)
    share = X.pop("id")
    y = data[target]
    model = LogisticRegression()
    model.fit(X, y)
    return {"model": model, "share": share}
"""


def test_functions_inside_a_function_keep_their_own_names(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": range(40), "age": np.arange(40) + 30, "income": 2.5})
    table = table.assign(plan="a", churn=np.arange(40) % 2)
    table.to_csv(tmp_path / "people.csv", index=False)
    before = "X = df[['age']]\nshare = 5\n"
    after = "found = train(df, 'churn')\nX = df[['age', 'income']].assign(age=df['age'] + 1)\n"
    ending = "X['part'] = (df['age'] / 60).clip(upper=1)\ny = df['churn']\n"
    found = analysed(tmp_path, before, TRAINING, after + ending)
    assert found.estimator.name == "logistic_regression"
    assert found.reading.used == ("id", "age", "income")
    written = found.reading.fit.written
    assert (written.X, written.y) == ("X", "y")
    same_as_notebook(found, tmp_path, table)


GLOBAL = """
rows = df
def add_part():
    global rows
    rows = rows.copy()
    part = rows["age"] / 60
    rows["part"] = part
    return rows
def drop_plan():
    global rows
    rows.drop("plan", axis=1, inplace=True)
    print("dropped")
"""


def test_a_function_that_binds_an_outer_variable_is_read(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": range(40), "age": np.arange(40) + 30, "income": 2.5})
    table = table.assign(plan="a", churn=np.arange(40) % 2)
    table.to_csv(tmp_path / "people.csv", index=False)
    calls = "part = 3\nrows = add_part()\ndrop_plan()\n"
    fit = "X = rows.drop(columns=['churn'])\ny = rows['churn']\nLogisticRegression().fit(X, y)\n"
    found = analysed(tmp_path, GLOBAL, calls, fit)
    assert found.reading.used == ("id", "age", "income")
    same_as_notebook(found, tmp_path, table)


LOOP = """
def run(model, data, **options):
    rows = data[["age", "income"]]
    goal = data["churn"]
    made = model(**options)
    made.fit(rows, goal)
for name, model in [("line", LogisticRegression), ("tree", DecisionTreeClassifier)]:
    run(model, df, random_state=3)
"""


def test_rows_that_each_turn_of_a_loop_makes_again_are_made_once(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": range(40), "age": np.arange(40) + 30, "income": 2.5})
    table = table.assign(plan="a", churn=np.arange(40) % 2)
    table.to_csv(tmp_path / "people.csv", index=False)
    found = analysed(tmp_path, LOOP)
    assert found.reading.used == ("age", "income")
    assert found.estimator.config["random_state"] == 3
    fit = found.reading.fit
    assert (fit.line, fit.written.X, fit.written.y) == (6, "rows", "goal")
