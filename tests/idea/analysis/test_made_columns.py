"""Columns that a loop makes under names that it computes."""

from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from tests.idea.analysis.notebooks import analysed, fitted_to
from tests.idea.analysis.whole import by_notebook, by_repo

PEOPLE = pd.DataFrame(
    {
        "id": range(40),
        "age": np.arange(40) + 30,
        "income": ["yes", "no", "no", "yes"] * 10,
        "plan": ["no", "yes"] * 20,
        "churn": ["yes", "yes", "no", "no", "no"] * 8,
    }
)
FIT = "y = df['churn_bool']\nX = df.drop(columns='churn_bool')\nLogisticRegression().fit(X, y)\n"


@pytest.mark.parametrize(
    "loop",
    [
        "columns = ['income', 'churn', 'plan']\n"
        "for name in columns:\n    df[name + '_bool'] = df[name].map({'yes': 1, 'no': 0})\n"
        "df = df.drop(columns=columns)\n",
        "for name in ('churn', 'income', 'plan'):\n    part = (df[name] == 'yes').astype(int)\n"
        "    df[f'{name}_bool'] = part\n    df = df.drop(name, axis=1)\n",
        "for name in ['plan', 'churn']:\n"
        "    df['{}_bool'.format(name)] = df.apply(lambda row: int(row[name] == 'yes'), axis=1)\n"
        "df = df.drop(columns=['income', 'plan', 'churn'])\n",
    ],
)
def test_the_target_is_one_of_them(tmp_path: Path, loop: str) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    found = analysed(tmp_path, loop, FIT)
    assert "churn" not in found.reading.used
    assert (found.task, found.unparted) == ("classification", "")
    their_X, their_y = by_notebook(found, tmp_path)
    X, y, _ = by_repo(found, PEOPLE)
    pd.testing.assert_frame_equal(X, their_X, check_dtype=False)
    assert [found.numbers.get(each, each) for each in y] == list(their_y)


def test_a_loop_whose_columns_nothing_names_stays_one(tmp_path: Path) -> None:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    loop = "for name in ['income', 'plan']:\n    df[name + '_is'] = (df[name] == 'yes') * 1\n"
    rest = "X = df[['age', 'id']].assign(a=df.iloc[:, -1])\ny = df['churn']\n"
    found = analysed(tmp_path, loop, rest, "LogisticRegression().fit(X, y)\n")
    assert "for name in ['income', 'plan']" in fitted_to(found)
