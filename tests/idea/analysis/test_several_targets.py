"""Notebooks that predict several columns at once, and those whose target is not known."""

from pathlib import Path

import pytest

from idea.analysis import BadIdea
from tests.idea.analysis.notebooks import SPLIT, analysed

MODEL = "model = RandomForestRegressor().fit(X_train, y_train)\nmodel.score(X_test, y_test)"
MULTIPLE = (
    "from sklearn.multioutput import MultiOutputRegressor\n"
    "model = MultiOutputRegressor(LinearRegression())\nmodel.fit(X_train, y_train)"
)
TWO = [
    'y = df[["income", "churn"]]\n',
    'goals = ["income", "churn"]\ny = df[goals].values\n',
    'y = df.loc[:, ["income", "churn"]].copy()\n',
    'y = df.drop(columns=["id", "age", "plan"])\n',
    'y = df[["income", "churn"]]\ny = np.array(y)\n',
    'goals = []\nfor name in ("income", "churn"):\n    goals.append(name)\ny = df[goals]\n',
]


@pytest.mark.parametrize("y", TWO)
@pytest.mark.parametrize("model", [MODEL, MULTIPLE])
def test_several_targets_are_refused_by_their_names(people: Path, y: str, model: str) -> None:
    with pytest.raises(BadIdea) as refused:
        analysed(people, 'X = df[["age"]]\n' + y, SPLIT, model)
    assert refused.value.question == "target"
    assert "it predicts 2 columns at once, 'income' and 'churn'" in str(refused.value)
    assert refused.value.table is None


@pytest.mark.parametrize("y", TWO)
@pytest.mark.parametrize("model", [MODEL, MULTIPLE])
def test_one_of_them_can_be_named(people: Path, y: str, model: str) -> None:
    found = analysed(people, 'X = df[["age"]]\n' + y, SPLIT, model, target="income")
    assert found.reading.target.column == "income"
    assert found.reading.used == ("age",)
    assert found.reading.preparation.y is None
    assert "MultiOutput" not in str(found.estimator.config)


def test_several_targets_that_the_notebook_makes_are_refused(people: Path) -> None:
    code = (
        'df["rate"] = df["income"] / df["age"]\nX = df[["age"]]\ny = df[["rate", "income"]]\n',
        'df["rate"] = df["income"] / df["age"]\nX = df[["age"]]\ny = df[["rate", "churn"]]\n',
    )
    for cell in code:
        with pytest.raises(BadIdea, match="fit the notebook's model to one of them"):
            analysed(people, cell, SPLIT, MODEL)


def test_the_dummies_of_one_column_are_one_target(people: Path) -> None:
    code = 'X = df[["age"]]\ny = pd.get_dummies(df["plan"], drop_first=True)\n'
    found = analysed(people, code, SPLIT, "LogisticRegression().fit(X_train, y_train)")
    assert found.reading.target.column.startswith("plan")
