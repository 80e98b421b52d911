"""The steps from the raw table to X."""

from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.codegen.features_module import features_module
from tests.idea.analysis.notebooks import FIT, SPLIT, XY, analysed, fitted_to
from tests.idea.analysis.whole import by_repo


def test_what_is_learned_before_the_split_is_told(people: Path) -> None:
    before = "df['age'] = df['age'].fillna(df['age'].mean())\n"
    after = (
        "s = StandardScaler()\nX_train = s.fit_transform(X_train)\nX_test = s.transform(X_test)\n"
    )
    found = analysed(people, before, XY, SPLIT, after, "LogisticRegression().fit(X_train, y_train)")
    assert found.reading.features.before_split == ("age_mean",)
    assert found.reading.features.learned == ("age_mean", "s")
    assert "learn('age_mean', lambda: df['age'].mean())" in fitted_to(found)
    assert "learn('s', lambda: s.fit(X_train))" in fitted_to(found)


def test_what_is_learned_before_rows_go_is_told(people: Path) -> None:
    code = (
        "df['age'] = df['age'].fillna(df['age'].mean())\ndf = df[df['income'] < 30]\n"
        "df['income'] = df['income'] / df['income'].max()\n"
    )
    found = analysed(people, code, XY, SPLIT, "LogisticRegression().fit(X_train, y_train)")
    assert found.reading.features.before_split == ("age_mean", "income_max")
    assert found.reading.features.before_filters == ("age_mean",)
    cut = "X_train = X_train[X_train['income'] < 30]\ny_train = y_train[X_train.index]\n"
    late = analysed(people, XY, SPLIT, cut, "LogisticRegression().fit(X_train, y_train)")
    assert late.reading.features.before_filters == ()


def test_a_statement_that_only_looks_is_left_out(people: Path) -> None:
    found = analysed(
        people, "df['age'].hist()\nprint(df.describe())\nz = df['income'].sum()", XY, FIT
    )
    assert not {"hist", "describe", "sum"} & set(fitted_to(found).replace("(", ".").split("."))


LISTS = [
    "texts = df.select_dtypes(exclude='number').columns.drop('churn')\n",
    "goal = 'churn'\ntexts = df.select_dtypes(exclude='number').drop(columns=goal).columns\n",
    "texts = df.select_dtypes(exclude='number').columns.tolist()\ntexts.remove('churn')\n",
]


@pytest.mark.parametrize("code", LISTS)
def test_a_list_of_columns_does_not_mind_that_the_target_is_missing(
    people: Path, code: str
) -> None:
    cell = code + "for c in texts:\n    df[c] = df[c].str.upper()\nX = df[['plan', 'age']]\n"
    steps = fitted_to(analysed(people, cell, 'y = df["churn"]\n', FIT))
    rows = pd.DataFrame({"age": [40], "plan": ["a"], "churn": [0]})
    scope: dict[str, Any] = {"df": rows, "learn": lambda _, compute: compute()}
    exec(steps, scope)  # noqa: S102 - the steps of this test
    assert scope["df"]["plan"].tolist() == ["A"]


def test_columns_chosen_by_how_they_go_with_the_target(people: Path) -> None:
    """While fitting, the target is a column like the others: 0 would go with none of them."""
    code = (
        "links = df.corr(numeric_only=True)\n"
        "near = [c for c in links.columns if abs(links[c]['churn']) > 0.01]\n"
        "X = df[near].drop(columns='churn')\ny = df['churn']\n"
    )
    found = analysed(people, code, FIT)
    assert found.reading.features.learns_of_target


def test_a_target_of_texts_is_none_of_the_numbers(tmp_path: Path) -> None:
    """Where columns are chosen by type, what stands in for the target has the target's type."""
    table = pd.DataFrame({"id": range(60), "age": range(60), "income": 2.5})
    table["churn"] = ["yes", "no"] * 30
    table.to_csv(tmp_path / "people.csv", index=False)
    code = "X = df[df.select_dtypes('number').columns]\ny = df['churn']\n"
    found = analysed(tmp_path, code, FIT)
    X, _, features = by_repo(found, table)
    assert list(X) == ["id", "age", "income"]
    assert list(features.transform(table.iloc[[3]])) == list(X)


def test_a_column_in_a_text_that_is_evaluated_is_used(people: Path) -> None:
    code = "df['twice'] = df.eval('income * 2')\nX = df[['age', 'twice']]\ny = df['churn']\n"
    assert analysed(people, code, FIT).reading.used == ("age", "income")


def test_names_of_columns_that_are_split_from_a_text(people: Path) -> None:
    code = (
        "names = 'no years pay plan left '\nnames = names.strip().split(' ')\n"
        "df = pd.read_csv('people.csv', names=names, skiprows=1)\n"
        "X = df[['years']]\ny = df['left']\n"
    )
    assert analysed(people, code, FIT).reading.used == ("years",)


def test_another_name_of_the_target_is_the_target(people: Path) -> None:
    """What is selected by it is learned from it, and not from what stands in its place."""
    code = (
        "from sklearn.feature_selection import SelectKBest, f_classif\n"
        "x = df[['id', 'age', 'income']]\nleft = df.churn\n"
        "best = SelectKBest(f_classif, k=1).fit(x, left)\n"
        "X = df[[x.columns[best.scores_.argmax()]]]\ny = df.churn\n"
    )
    text = features_module(analysed(people, code, FIT), "n").text
    assert ".fit(x, y)" in text
    assert "df.churn" not in text


def test_one_row_is_split_into_as_many_parts_as_all_rows(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": range(60), "age": range(60), "income": 2.5})
    table["plan"] = ["256 GB + 1 TB", "128 GB", "64 GB"] * 20
    table["churn"] = [0, 0, 1] * 20
    table.to_csv(tmp_path / "people.csv", index=False)
    code = (
        "parts = df['plan'].str.split('+', n=1, expand=True)\n"
        "df['second'] = parts[1].str.strip()\ndf['second'] = df['second'].str.len().fillna(0)\n"
        "X = df[['second']]\ny = df['churn']\n"
    )
    _, _, features = by_repo(analysed(tmp_path, code, FIT), table)
    assert features.transform(table.iloc[[1]])["second"].tolist() == [0]


def test_columns_that_another_frame_takes_leave_the_first_one_as_it_is(people: Path) -> None:
    code = (
        "df['twice'] = df['income'] * 2\nplans = df[['plan']]\nplans = pd.get_dummies(plans)\n"
        "both = pd.concat([df, plans], axis=1)\nX = both[['age', 'twice', 'plan_a']]\n"
        "y = df['churn']\n"
    )
    assert "'twice'" in fitted_to(analysed(people, code, FIT)).split("plans", maxsplit=1)[0]


def test_the_power_of_a_box_cox_transform_is_learned(people: Path) -> None:
    code = (
        "from scipy import stats\ndf['income'], _ = stats.boxcox(df['income'] + 1)\n"
        "X = df[['income']]\ny = df['churn']\n"
    )
    idea, table = analysed(people, code, FIT), pd.read_csv(people / "people.csv")
    X, _, features = by_repo(idea, table)
    assert features.transform(table.iloc[[5]])["income"].tolist() == pytest.approx([X.iloc[5, 0]])
    assert not idea.notes


def test_the_length_of_one_text_is_asked_of_every_row(people: Path) -> None:
    code = (
        "texts = list(df['plan'])\nfor i in range(len(texts)):\n"
        "    if len(texts[i].split()) != 2:\n        texts[i] = texts[i] + ' x'\n"
        "df['parts'] = [len(text) for text in texts]\nX = df[['parts']]\ny = df['churn']\n"
    )
    assert "learn" not in fitted_to(analysed(people, code, FIT))
