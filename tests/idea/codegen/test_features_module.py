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
    assert text.count("names.remove(") == 1
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
