"""Where statements can't be parted, the repo has the target and the model, and the raw columns."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest
import yaml

from idea.analysis import BadIdea, Idea, read_idea
from idea.codegen.raw_columns_module import raw_columns_module
from tests.idea.analysis.notebooks import FIT, START, XY, notebook
from tests.rendered import render

PEOPLE = pd.DataFrame(
    {
        "id": range(40),
        "age": [20 + 7 * n % 31 for n in range(40)],
        "income": [30 + 11 * n % 17 for n in range(40)],
        "plan": [*"abcd"] * 10,
        "churn": [n % 3 // 2 for n in range(40)],
    }
)
FORMULA = """
from patsy import dmatrices
formula = "churn ~ C(plan) + age"
y, X = dmatrices(formula, data=df, return_type="dataframe")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    PEOPLE.tail(30).drop(columns=["churn", "income"]).to_csv(tmp_path / "plans.csv", index=False)
    return tmp_path


def read(folder: Path, *cells: str, target: str = "") -> Idea:
    return read_idea(notebook(folder, START, *cells), target=target)


JOINED = 'plans = pd.read_csv("plans.csv")\ndf = df.merge(plans, on="plan")\n'
CORRECTED = [
    "df.at[3, 'age'] = 41\n",
    "df.at[3, 'age'] = 41.5\n",
    "df.loc[[3, 5], ['age', 'income']] = 0\n",
    "df.iloc[-1, 1] += 1\n",
    "df['age'] = df['age'].where(~df.index.isin([3, 7]), 20)\n",
]
APART = (
    "old, young = df[df['age'] > 30], df[df['age'] <= 30]\n"
    "tree = DecisionTreeClassifier().fit(old[['age']], old['income'])\n"
    "young['income'] = tree.predict(young[['age']])\ndf = pd.concat([old, young])\n"
)
UNPARTED = {
    APART + XY: "puts rows together that were changed apart",
    **{code + XY: "changes rows of its own table" for code in CORRECTED},
    FORMULA: "`patsy.dmatrices` makes its features of a formula",
    JOINED + 'X, y = df[["age_x", "age_y"]], df["churn"]\n': "it joins plans.csv, of 30 rows",
}


@pytest.mark.parametrize("code", UNPARTED)
def test_the_target_and_the_model_are_carried_over(folder: Path, code: str) -> None:
    idea = read(folder, code, FIT)
    assert UNPARTED[code] in idea.unparted
    assert idea.reading.target.column == "churn"
    assert idea.estimator.name == "logistic_regression"
    assert idea.reading.used == ("id", "age", "income", "plan")
    assert any(UNPARTED[code] in note for _, note in idea.notes)


@pytest.mark.parametrize(
    "code",
    [
        XY,
        "df.loc[df['age'] > 40, 'age'] = 40\n" + XY,
        "df.loc[:, 'age'] = df['age'] / 2\n" + XY,
        "df.at[3, 'plan'] = 'x'\n" + XY,
        "df.at[3, 'churn'] = 1\n" + XY,
    ],
)
def test_what_can_be_parted_is(folder: Path, code: str) -> None:
    assert not read(folder, code, FIT).unparted


def test_the_target_of_a_formula_is_asked_for_where_it_is_computed(folder: Path) -> None:
    code = FORMULA.replace('"churn ~', '"np.log(churn) ~')
    with pytest.raises(BadIdea, match="makes its features of a formula"):
        read(folder, code, FIT)
    assert read(folder, code, FIT, target="churn").reading.target.column == "churn"


def test_columns_of_a_pipeline_need_the_notebooks_own_frame(folder: Path) -> None:
    piped = "model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)\n"
    with pytest.raises(BadIdea, match="makes its features of a formula"):
        read(folder, FORMULA, piped)


def test_the_repo_says_why_and_is_to_replay_the_cells(folder: Path) -> None:
    idea_file = notebook(folder, START, FORMULA, FIT + 'print "fitted"')
    repo = render(folder / "out", project_name="people", notebook=str(idea_file))
    features = repo.read("src/people/features.py")
    assert features == raw_columns_module(read_idea(idea_file)).text
    first = features.partition("\n")[0]
    named = first.replace("'", "\\'")
    assert f"RAW_COLUMNS = '{named}'\n" in repo.read("src/people/parity/__init__.py")
    parity = yaml.safe_load(repo.read("notebooks/parity.yaml"))
    assert parity["unparted"].startswith("`patsy.dmatrices` makes its features")
    assert parity["today"] == {2: f'{FIT}print("fitted")'}  # nothing else is Python 2
    assert '"patsy>=1.0",\n' in repo.read("pyproject.toml")
    assert "- features: default\n" in repo.read("conf/config.yaml")
    assert "| form | table only, until" in repo.read("docs/from-the-notebook.md")
