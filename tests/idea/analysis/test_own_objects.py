"""Objects of the notebook's own classes, which read, prepare or fit."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from tests.idea.analysis import whole
from tests.idea.analysis.notebooks import FIT, analysed, fitted_to

PREP = """class Prep:
    scale = 2
    def __init__(self, d):
        self.d = d.copy()
    def double(self):
        self.d['twice'] = self.d['age'] * self.scale
        return self
    def fill(self, column):
        self._note(column)
        self.d['twice'] = self.d['twice'] - self.d[column].mean()
    def _note(self, column):
        self.seen = column
    def run(self):
        self.double()
        self.fill('age')
        return self.d
"""
XY = "X, y = df[['age', 'twice']], df['churn']\n"
RUNS = [
    "df = Prep(df).run()\n",
    "prep = Prep(df)\ndf = prep.run()\n",
    "prep = Prep(df)\nprep.double()\nprep.fill(column='age')\ndf = prep.d\n",
    "prep = Prep(df).double()\nprep.fill('age')\ndf = prep.d.dropna()\n",
    "one = Prep(df.head(3))\nprep = Prep(df)\nprep.double().fill('age')\ndf = prep.d\none.run()\n",
]


@pytest.mark.parametrize("code", RUNS)
def test_what_a_class_does_to_the_table_is_learned_like_anything_else(
    people: Path, code: str
) -> None:
    idea = analysed(people, PREP, code + XY, FIT)
    assert (idea.unparted, idea.notes) == ("", ())
    assert "learn('age_mean'" in fitted_to(idea)
    whole.same_as_notebook(idea, people, pd.read_csv(people / "people.csv"))


def test_what_an_object_does_to_the_table_that_it_is_given(people: Path) -> None:
    prep = PREP.replace("d.copy()", "d")
    change = "prep = Prep(df)\nprep.run()\nprep.d.drop(columns='city', inplace=True)\n"
    idea = analysed(people, prep, "df['city'] = 'x'\n" + change + XY, FIT)
    assert (idea.unparted, idea.notes) == ("", ())
    whole.same_as_notebook(idea, people, pd.read_csv(people / "people.csv"))


def test_a_class_that_reads_splits_and_fits(people: Path) -> None:
    idea = analysed(
        people,
        "class Project:\n    def __init__(self, path):\n        self.df = pd.read_csv(path)\n"
        "    def train(self):\n        X, y = self.df[['age']], self.df['churn']\n"
        "        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4)\n"
        "        self.model = LogisticRegression(C=3)\n        self.model.fit(X_train, y_train)\n"
        "        print(self.model.score(X_test, y_test))\n",
        "project = Project('people.csv')\nproject.train()",
    )
    assert (idea.reading.target.column, idea.reading.used) == ("churn", ("age",))
    assert idea.estimator.config["C"] == 3
    assert idea.test_size == 0.4


@pytest.mark.parametrize(
    "reach",
    [
        "others = [prep]\nothers[0].double()\nothers[0].fill('age')\n",
        "def go():\n    prep.double()\n    prep.fill('age')\ngo()\n",
        "same = prep\nsame.double()\nsame.fill('age')\n",
        "exec('prep.double(); prep.fill(\"age\")')\n",
        "prep.double()\ncall = prep.fill\ncall('age')\n",
    ],
)
def test_an_object_that_something_else_reaches_stays(people: Path, reach: str) -> None:
    code = f"{PREP.replace('d.copy()', 'd')}\nprep = Prep(df)\n{reach}{XY}"
    idea = analysed(people, code, FIT)
    assert idea.notes or "prep" in fitted_to(idea)


def test_a_function_of_several_ends_is_read_as_it_is_called(people: Path) -> None:
    idea = analysed(
        people,
        "def train(X, y, kind='tree'):\n    if kind == 'tree':\n"
        "        model = DecisionTreeClassifier(max_depth=2)\n        model.fit(X, y)\n"
        "        return model\n    model = LogisticRegression(C=4)\n    model.fit(X, y)\n"
        "    return model\n",
        "X, y = df[['age']], df['churn']\nmodel = train(X, y, kind='line')",
    )
    assert idea.estimator.config["C"] == 4
