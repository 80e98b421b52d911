"""`features.py`: what stands at its top, and what its steps are given."""

from pathlib import Path

import pytest

from idea.codegen.features_module import features_module
from tests.idea.analysis.notebooks import COLUMNS, FIT, analysed


@pytest.fixture
def people(tmp_path: Path) -> Path:
    rows = [f"{n},{20 + n},{n * 1.5},{'ab'[n % 2]},{n % 3 // 2}" for n in range(60)]
    (tmp_path / "people.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", "utf-8")
    return tmp_path


def test_what_a_step_makes_does_not_stand_at_the_top_too(people: Path) -> None:
    code = (
        "names = ['age', 'income', 'churn']\nX = df[names].drop(columns='churn')\n"
        "names.remove('churn')\nX.columns = names\ny = df['churn']\n" + FIT
    )
    text = features_module(analysed(people, code), "n").text
    assert text.count("names = [column for column in names") == 1
    assert "\nnames = " not in text


def test_a_module_is_no_argument_of_a_step(people: Path) -> None:
    code = (
        "from sklearn import preprocessing\n"
        "X = preprocessing.OneHotEncoder().fit(df[['plan']]).transform(df[['plan']]).toarray()\n"
        "y = df['churn']\n" + FIT
    )
    text = features_module(analysed(people, code), "n").text
    assert "preprocessing.OneHotEncoder(" in text
    assert "preprocessing: Any" not in text


POSITIONS = [
    "age_at, income_at = [df.columns.get_loc(c) for c in ('age', 'income')]\n",
    "names = list(df)\nage_at = names.index('age')\nincome_at = age_at + 1\n",
    "age_at = df.columns.tolist().index('age')\nincome_at = df.shape[1] - 3\n",
]


@pytest.mark.parametrize("code", POSITIONS)
def test_positions_of_columns_stand_at_the_top(people: Path, code: str) -> None:
    made = (
        "class Rates:\n    def fit(self, X, y=None):\n        return self\n"
        "    def transform(self, X):\n        return X[:, income_at] / X[:, [age_at]]\n"
    )
    cells = code + made + "X = df.drop(columns='churn').values\ny = df['churn']\n"
    fit = "model = make_pipeline(Rates(), LogisticRegression()).fit(X, y)\n"
    text = features_module(analysed(people, cells + fit), "a.ipynb").text
    assert "age_at = 1\n" in text
    assert "income_at = 2\n" in text


def test_what_every_branch_binds_is_no_argument_of_a_step(people: Path) -> None:
    code = (
        "means = df.groupby('plan')['income'].mean()\n"
        "if means['a'] > means['b']:\n    high = 'a'\nelse:\n    high = 'b'\n"
        "df['is_high'] = df['plan'] == high\n"
    )
    found = analysed(people, code, 'X = df[["is_high"]]\ny = df["churn"]\n', FIT)
    text = features_module(found, "n").text
    assert "(df: pd.DataFrame, learn: Learned)" in text
    assert "high: Any" not in text
