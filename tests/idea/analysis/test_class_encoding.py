"""Targets that a notebook turns into numbers: the classes as the table has them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import Idea
from tests.idea.analysis.notebooks import analysed, made_by
from tests.idea.analysis.whole import by_notebook, prepared

START = """
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, OrdinalEncoder
df = pd.read_csv("birds.csv")
"""
X = "X = df[['age', 'income']]\n"
FIT = (
    "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
    "m = {}\nm.fit(X_train, y_train)\nm.score(X_test, y_test)"
)
KINDS = ["Adelie", "Chinstrap", "Gentoo"]
TWO, THREE = {"No": 0, "Yes": 1}, {"Adelie": 0, "Chinstrap": 1, "Gentoo": 2}
ENCODED: dict[str, dict[Any, int]] = {
    "y = LabelEncoder().fit_transform(df['kind'])": THREE,
    "le = LabelEncoder()\ndf['kind'] = le.fit_transform(df['kind'])\ny = df['kind']": THREE,
    "le = LabelEncoder()\nle.fit(df['kind'])\ny = le.transform(df['kind'])": THREE,
    "le = LabelEncoder().fit(df.kind)\ny = le.transform(df.kind.values)": THREE,
    "df['target'] = df['kind'].map({'Adelie': 2, 'Gentoo': 0, 'Chinstrap': 5})\n"
    "y = df['target'].values": {"Adelie": 2, "Chinstrap": 5, "Gentoo": 0},
    "order = ['Gentoo', 'Adelie', 'Chinstrap']\n"
    "y = df.kind.apply(lambda kind: order.index(kind) if False else len(kind))": {},
    "df['churned'] = df['churned'].map({'No': 0, 'Yes': 1})\ny = df['churned']": TWO,
    "codes = dict(No=1, Yes=0)\ny = df['churned'].map(codes)": {"No": 1, "Yes": 0},
    "y = df['churned'].map(lambda v: 1 if v == 'Yes' else 0)": TWO,
    "df['churned'] = df['churned'].apply(lambda v: int(v == 'Yes'))\ny = df['churned']": TWO,
    "def number(word):\n    if word == 'Yes':\n        return 1\n    else:\n        return 0\n"
    "df['churned'] = df['churned'].apply(number)\ny = df['churned']": TWO,
    "df['churned'] = df['churned'].replace({'No': 0, 'Yes': 1})\ny = df.churned": TWO,
    "y = df['churned'].replace(['No', 'Yes'], [0, 1]).astype(int)": TWO,
    "df = df.replace({'churned': {'No': 0, 'Yes': 1}})\ny = df.churned": TWO,
    "y = (df['churned'] == 'Yes').astype(int)": TWO,
    "y = (df.churned == 'Yes') * 1": TWO,
    "y = df['churned'].eq('Yes')": TWO,
    "df = pd.get_dummies(df, columns=['churned'], drop_first=True)\ny = df['churned_Yes']": TWO,
    "y = pd.get_dummies(df['churned'], drop_first=True)": TWO,
    "y = pd.get_dummies(df['churned'])['Yes'].astype(int)": TWO,
    "y = np.where(df['churned'] == 'Yes', 1, 0)": TWO,
    "df['t'] = 0\ndf.loc[df['churned'] == 'Yes', 't'] = 1\ny = df['t']": TWO,
    "y = df['grade'].map({1: 0, 2: 1})": {1: 0, 2: 1},
    "y = df['grade'] - 1": {1: 0, 2: 1},
    "df = pd.get_dummies(df, drop_first=True)\ny = df['churned_Yes']": TWO,
    "y = pd.get_dummies(df['kind'])": THREE,
    "y = pd.get_dummies(df['kind']).values.argmax(axis=1)": THREE,
    "y = df['kind'].astype('category').cat.codes": THREE,
    "df['kind'] = pd.Categorical(df['kind'])\ny = df['kind'].cat.codes": THREE,
    "y, names = pd.factorize(df['churned'])": TWO,
    "df['kind'] = df['kind'].factorize()[0]\ny = df.kind": THREE,
    "y = OrdinalEncoder().fit_transform(df[['kind']]).ravel()": THREE,
    "order = [['Gentoo', 'Adelie', 'Chinstrap']]\n"
    "df[['kind']] = OrdinalEncoder(categories=order).fit_transform(df[['kind']])\n"
    "y = df['kind']": {"Adelie": 1, "Chinstrap": 2, "Gentoo": 0},
    "y = LabelBinarizer().fit_transform(df['churned'])": TWO,
    "y = [1 if v == 'Yes' else 0 for v in df['churned']]": TWO,
    "names = {k: n for n, k in enumerate(df['churned'].unique())}\n"
    "y = df['churned'].map(names)": TWO,
    "order = ['Gentoo', 'Adelie', 'Chinstrap']\ny = df.kind.apply(order.index)": {
        "Adelie": 1, "Chinstrap": 2, "Gentoo": 0,
    },
    "for c in ['kind', 'churned']:\n    df[c] = LabelEncoder().fit_transform(df[c])\n"
    "y = df['kind']": THREE,
    "for c in df.columns:\n    if df[c].dtype == 'object':\n"
    "        df[c] = LabelEncoder().fit_transform(df[c])\ny = df['kind']": THREE,
    "for c in df.select_dtypes('object').columns:\n"
    "    df[c] = LabelEncoder().fit_transform(df[c])\ny = df['kind']": THREE,
    "df = df.apply(LabelEncoder().fit_transform)\ny = df['kind']": THREE,
    "df = df.replace({'Yes': 1, 'No': 0})\ny = df['churned']": TWO,
    "df.loc[df.churned == 'Yes', 'churned'] = 1\ndf.loc[df.churned == 'No', 'churned'] = 0\n"
    "y = df['churned'].astype(int)": TWO,
    "y = (df['churned'].str.lower() == 'yes').astype(int)": TWO,
    "df.rename(columns={'churned': 'left'}, inplace=True)\n"
    "df['left'] = LabelEncoder().fit_transform(df['left'])\ny = df['left']": TWO,
    "df = df.rename(columns={'churned': 'left'})\ny = df['left'].map({'No': 0, 'Yes': 1})": TWO,
    "birds = df.copy()\nbirds['churned'] = (birds['churned'] == 'Yes').astype(int)\n"
    "y = birds.churned": TWO,
}  # fmt: skip
NOT_CLASSES = {
    "an amount that is compared": "y = (df['income'] > 40).astype(int)",
    "one class of three": "y = (df['kind'] == 'Adelie').astype(int)",
    "two classes with one number": "y = df['kind'].map({'Adelie': 0, 'Chinstrap': 1, 'Gentoo': 1})",
    "a class without a number": "y = df['kind'].map({'Adelie': 0, 'Chinstrap': 1})",
    "cut": "y = pd.cut(df['income'], 3, labels=False)",
    "cut with numbers": "y = pd.cut(df['income'], [0, 50, 99], labels=[0, 1]).astype(int)",
    "a dictionary that is filled later": "names = {}\n"
    "for n, k in enumerate(df['kind'].unique()):\n    names[k] = n\ny = df['kind'].map(names)",
    "two columns": "y = ((df['churned'] == 'Yes') & (df['kind'] == 'Adelie')).astype(int)",
}


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    rows = [f"{n},{20 + n},{n * 1.5},{KINDS[n % 3]},{1 + n % 2},{['No', 'Yes'][n % 2]}" for n in
            range(60)]  # fmt: skip
    lines = ["id,age,income,kind,grade,churned", *rows]
    (tmp_path / "birds.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "people.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    return tmp_path


def read(birds: Path, y: str, model: str = "RandomForestClassifier()") -> Idea:
    return analysed(birds, START, y, X, FIT.format(model))


@pytest.mark.parametrize("y", [y for y, numbers in ENCODED.items() if numbers])
def test_classes_are_predicted_as_the_table_has_them(birds: Path, y: str) -> None:
    found = read(birds, y)
    assert dict(found.numbers) == ENCODED[y]
    first = next(iter(ENCODED[y]))
    column = {"No": "churned", "Adelie": "kind", 1: "grade"}[first]
    assert (found.reading.target.column, made_by(found)) == (column, "")
    assert found.reading.used == ("age", "income")


@pytest.mark.parametrize("y", [*NOT_CLASSES.values(), *(y for y, n in ENCODED.items() if not n)])
def test_what_stands_for_no_class_of_the_table_stays_as_the_notebook_makes_it(
    birds: Path, y: str
) -> None:
    found = read(birds, y)
    assert not found.numbers
    assert made_by(found)


def test_rows_without_a_class_are_left_out_first(birds: Path) -> None:
    table = birds / "birds.csv"
    table.write_text(table.read_text() + "60,1,1.5,Adelie,1,\n", encoding="utf-8")
    y = "y = (df['churned'] == 'Yes').astype(int)"
    assert not read(birds, y).numbers
    found = read(birds, f"df = df.dropna()\n{y}")
    assert dict(found.numbers) == TWO
    assert "dropna" in made_by(found)


def test_a_class_that_is_left_out_has_no_number(birds: Path) -> None:
    y = "df = df[df['kind'] != 'Adelie']\ny = LabelEncoder().fit_transform(df['kind'])"
    found = read(birds, y)
    assert dict(found.numbers) == {"Chinstrap": 0, "Gentoo": 1}
    assert "!= 'Adelie'" in made_by(found)


def test_numbers_in_the_order_of_mixed_rows_are_not_known(birds: Path) -> None:
    found = read(birds, "df = df.sample(frac=1)\ny = pd.factorize(df['kind'])[0]")
    assert (found.reading.target.column, dict(found.numbers)) == ("kind", {})
    assert "factorize" not in made_by(found)


def test_class_weights_are_those_of_the_classes(birds: Path) -> None:
    y = "y = df['churned'].map({'No': 0, 'Yes': 1})"
    found = read(birds, y, "RandomForestClassifier(class_weight={0: 1, 1: 9})")
    assert found.estimator.config["class_weight"] == {"No": 1, "Yes": 9}


def test_a_weight_of_the_second_class_needs_the_same_order(birds: Path) -> None:
    model = "XGBClassifier(scale_pos_weight=3)"
    start = "from xgboost import XGBClassifier\n"
    assert read(birds, start + "y = df['churned'].map({'No': 0, 'Yes': 1})", model).numbers
    assert not read(birds, start + "y = df['churned'].map({'No': 1, 'Yes': 0})", model).numbers


def test_numbers_that_a_regression_predicts_stay_numbers(birds: Path) -> None:
    found = read(birds, "y = df['churned'].map({'No': 0, 'Yes': 1})", "LinearRegression()")
    assert not found.numbers


def test_features_that_are_learned_of_the_numbers_need_them(birds: Path) -> None:
    code = (
        "df['churned'] = df['churned'].map({'No': 0, 'Yes': 1})\n"
        "df['rate'] = df.groupby('kind')['churned'].transform('mean')\ny = df['churned']"
    )
    found = analysed(birds, START, code, "X = df[['age', 'rate']]\n", FIT.format("SVC()"))
    assert bool(found.numbers) is not found.reading.features.learns_of_target


BINS = "df['level'] = pd.cut(df['income'], [-1, 30, 99], labels=['low', 'high'])\n"
MADE: dict[str, dict[Any, int]] = {
    BINS + "y = LabelEncoder().fit_transform(df['level'])": {"low": 1, "high": 0},
    BINS + "y = df['level'].cat.codes": {"low": 0, "high": 1},
    "y = pd.cut(df['income'], [-1, 30, 99], labels=False)": {"(-1, 30]": 0, "(30, 99]": 1},
    "df['level'] = pd.cut(df['income'], [-1, 9, 99])\n"
    "y = LabelEncoder().fit_transform(df['level'])": {"(-1, 9]": 0, "(9, 99]": 1},
    "df['level'] = np.where(df['income'] > 30, 'high', 'low')\n"
    "y = df['level'].map({'low': 0, 'high': 1})": {"low": 0, "high": 1},
    "df['level'] = df['income'].apply(lambda v: 'high' if v > 30 else 'low')\n"
    "y = LabelEncoder().fit_transform(df['level'])": {"low": 1, "high": 0},
    "def level(v):\n    if v > 30:\n        return 'high'\n    return 'low'\n"
    "df['level'] = df['income'].apply(level)\n"
    "df['level'] = LabelEncoder().fit_transform(df['level'])\ny = df['level']": {
        "low": 1, "high": 0,
    },
}  # fmt: skip


@pytest.mark.parametrize("y", MADE)
def test_classes_that_the_notebook_makes_are_predicted_by_their_names(birds: Path, y: str) -> None:
    found = analysed(birds, START, y, X, "RandomForestClassifier().fit(X, y)")
    assert dict(found.numbers) == MADE[y]
    assert found.reading.target.column == ("level" if "level" in y else "income")
    table = prepared(found, pd.read_csv(birds / "birds.csv"))
    _, theirs = by_notebook(found, birds)
    ours = [MADE[y][name] for name in table[found.reading.target.column]]
    assert ours == np.ravel(theirs).tolist()
