"""Columns that are changed and then dropped are no inputs; series without gaps lose no rows."""

import ast
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import BadIdea, read_idea
from tests.idea.analysis.notebooks import FIT, START, analysed, fitted_to, notebook

Y = 'y = df["churn"]\n'


@pytest.mark.parametrize(
    "cell",
    [
        "df['income'] = np.log1p(df['income'])\nX = df.drop(columns=['churn', 'income', 'plan'])\n",
        "df['income'] = df['income'].fillna(0)\ndf['income'] = df['income'].clip(0, 50)\n"
        "X = df.drop(['income', 'churn', 'plan'], axis=1)\n",
        "for c in ['income', 'plan']:\n    df[c] = df[c].astype(str)\n"
        "X = df.drop(columns=['income', 'churn', 'plan'])\n",
        "df['income'] = df['income'] / 12\nunused = ['income', 'plan', 'churn']\n"
        "X = df.drop(unused, axis=1)\n",
        "df['income'] = df['income'].round()\nX = df[['id', 'age']]\n",
        "df['income'] = df['income'].round()\ncols = ['id', 'age']\nX = df[cols].copy()\n",
        "df['income'] = df['income'].round()\ndf.drop('income', axis=1, inplace=True)\n"
        "df['plan'] = df['plan'].map({'a': 0, 'b': 1})\ndel df['plan']\n"
        "X = df.drop(columns='churn')\n",
        "df['rate'] = df['income'] / df['age']\ndf['income'] = df['rate'] * 2\n"
        "X = df.drop(columns=['rate', 'income', 'plan', 'churn'])\n",
    ],
)
def test_what_is_dropped_unseen_is_no_input(people: Path, cell: str) -> None:
    found = analysed(people, cell, Y, FIT)
    assert found.reading.used == ("id", "age")
    assert "income']" not in fitted_to(found).replace("'income'])", "")


@pytest.mark.parametrize(
    "cell",
    [
        "df['income'] = np.log1p(df['income'])\ndf['rate'] = df['income'] / df['age']\n"
        "X = df.drop(columns=['churn', 'income', 'plan'])\n",
        "df['income'] = df['income'].fillna(0)\nscaled = StandardScaler().fit_transform(df)\n"
        "X = pd.DataFrame(scaled)[[0, 1]]\n",
        "df['income'] = df['income'].clip(0, 9)\ncols = ['income', 'age']\n"
        "df['sum'] = df[cols].sum(axis=1)\nX = df[['age', 'sum']]\n",
        "df['income'] = df['income'].fillna(0)\ndf['middle'] = df.mean(axis=1, numeric_only=True)\n"
        "X = df.drop(columns=['churn', 'income', 'plan'])\n",
    ],
)
def test_what_is_looked_at_before_stays(people: Path, cell: str) -> None:
    found = analysed(people, cell, Y, FIT)
    assert "income" in found.reading.used
    assert "df['income'] =" in fitted_to(found)


def test_of_a_loop_the_dropped_columns_go(people: Path) -> None:
    cell = "for c in ['age', 'income']:\n    df[c] = np.log1p(df[c])\nX = df[['age']]\n"
    found = analysed(people, cell, Y, FIT)
    assert found.reading.used == ("age",)
    assert "for c in ['age']:" in fitted_to(found)


@pytest.mark.parametrize(
    "cell",
    [
        "known = df['plan'].dropna().unique()\n",
        "known = sorted(df['plan'].dropna().drop_duplicates().tolist())\n",
        "known = []\nfor c in ['plan']:\n    a = df[c].dropna()\n    known.extend(a.unique())\n",
        "for c in ['plan']:\n    known = df[c].dropna().unique()\n",
        "known = df.loc[df['age'] > 30, 'plan'].unique()\n",
        "known = df.dropna()['plan'].value_counts().index[:2]\n",
        "known = {c: df[c].dropna().unique() for c in ['plan']}['plan']\n",
    ],
)
def test_rows_within_an_expression_are_no_filter(people: Path, cell: str) -> None:
    code = cell + "df['place'] = df['plan'].map({p: n for n, p in enumerate(known)})\n"
    found = analysed(people, code, 'X = df[["age", "place"]]\n', Y, FIT)
    assert found.reading.features.filters == ()
    assert found.reading.preparation.kept == ""
    text = fitted_to(found)
    assert "learn(" in text
    for part in ("dropna", "df['age'] > 30"):
        assert (part in cell) == (part in text)


@pytest.mark.parametrize(
    "cell",
    [
        "from scipy.stats import skew\nfar = X.apply(lambda c: skew(c.dropna()))\n"
        "far = far[far.abs() > 0.1].index\n",
        "far = X.apply(lambda c: c.isnull().mean())\nfar = list(far[far < 0.5].index)\n",
        "from scipy import stats\nfar = X.apply(stats.skew).sort_values()\nfar = far.index[:1]\n",
        "far = X.apply(lambda column: column.std() / column.mean())\nfar = far[far > 0.2].index\n",
        "far = [c for c in X.columns if X[c].nunique() > 5]\n",
        "spread = X.var()\nfar = spread[spread > 1].index.tolist()\n",
    ],
)
def test_columns_chosen_by_a_statistic_are_learned(people: Path, cell: str) -> None:
    code = (
        'X = df[["age", "income"]].copy()\n' + cell + "for c in far:\n    X[c] = np.log1p(X[c])\n"
    )
    found = analysed(people, code, Y, FIT)
    assert len(found.reading.features.learned) == 1
    assert not found.reading.features.notes


@pytest.mark.parametrize(
    "cell",
    [
        "df['word'] = df['plan'].apply(lambda t: len(t) + t.count('a'))\n",
        "words = df['plan']\ndf['word'] = words.apply(lambda t: max(t) == 'b')\n",
        "df['word'] = df.apply(lambda row: row[['age', 'income']].mean(), axis=1)\n",
    ],
)
def test_functions_of_a_cell_or_a_row_learn_nothing(people: Path, cell: str) -> None:
    found = analysed(people, cell, 'X = df[["age", "word"]]\n', Y, FIT)
    assert found.reading.features.learned == ()


PAIRS = "who,pay\n" + "".join(f"{n},{n * 3}\n" for n in range(60))


FIT_PAY = "model = LinearRegression().fit(X, y)\n"


@pytest.mark.parametrize(
    "cells",
    [
        ("pay = pd.read_csv('pay.csv')\n", "X = df[['age', 'income']]\ny = pay['pay']\n"),
        ("y = pd.read_csv('pay.csv')['pay']\n", "X = df[['age']]\n"),
    ],
)
def test_a_target_of_another_table_is_read_from_it(people: Path, cells: tuple[str, ...]) -> None:
    (people / "pay.csv").write_text(PAIRS, encoding="utf-8")
    found = read_idea(notebook(people, START, *cells, FIT_PAY))
    assert found.reading.target.column == "pay"
    assert [table.name for table in found.look_ups] == ["pay.csv"]


def test_a_table_with_a_row_for_each_row_is_refused_in_one_line(people: Path) -> None:
    (people / "pay.csv").write_text(PAIRS, encoding="utf-8")
    cells = (
        "pay = pd.read_csv('pay.csv').rename(columns={'who': 'id'})\n"
        "df = pd.read_csv('people.csv')\nboth = df.merge(pay, on='id')\n",
        "X = both[['age', 'income']]\ny = both['pay']\n",
    )
    with pytest.raises(BadIdea) as refused:
        read_idea(notebook(people, START, *cells, FIT_PAY))
    assert "\n" not in str(refused.value)


def test_one_name_of_two_tables(people: Path) -> None:
    (people / "pay.csv").write_text(PAIRS, encoding="utf-8")
    cells = (
        START.replace("people.csv", "pay.csv"),
        "pay = df[['who', 'pay']].rename(columns={'who': 'id'})\n",
        "df = pd.read_csv('people.csv')\nboth = pd.merge(df, pay, on='id')\n",
        "X = both[['age', 'income']]\ny = both['pay']\nmodel = LinearRegression().fit(X, y)\n",
    )
    with pytest.raises(BadIdea, match=r"pay\.csv|could not be found"):
        read_idea(notebook(people, *cells))


@pytest.mark.parametrize(
    "cell",
    [
        "X = df.drop(['id', 'rate', 'churn', 'plan'], axis=1)\n",
        "X = df.drop(columns='rate')[['age', 'income']]\n",
        "unused = ['id', 'rate', 'plan', 'churn']\nX = df.drop(unused, axis=1)\n",
        "del df['rate'], df['id']\nX = df.drop(columns=['churn', 'plan'])\n",
        "del df['rate']\nX = df[['age', 'income']]\n",
    ],
)
def test_what_nothing_makes_any_more_is_not_dropped(people: Path, cell: str) -> None:
    found = analysed(people, "df['rate'] = df['income'] / df['age']\n" + cell, Y, FIT)
    steps = "\n".join([fitted_to(found), f"X = {ast.unparse(found.reading.features.result)}"])
    scope: dict[str, Any] = {"df": pd.read_csv(people / "people.csv"), "pd": pd}
    exec(steps, scope)  # noqa: S102 - the steps of this test
    assert "df['rate'] =" not in steps
    assert {"age", "income"} <= {*scope["X"].columns} <= {"id", "age", "income", "plan"}
