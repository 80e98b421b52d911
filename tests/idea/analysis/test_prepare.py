"""Rows that are left out before the split."""

import ast
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.codegen.prepare_module import prepare_module
from tests.idea.analysis.notebooks import FIT, SPLIT, XY, analysed, fitted_to, made_by
from tests.idea.analysis.whole import prepared, same_as_notebook


@pytest.mark.parametrize(
    "code",
    [
        "df = df.dropna()",
        "df.dropna(subset=['age'], inplace=True)",
        "df = df[df['age'] < 70]",
        "df = df[(df.age > 21) & (df.income > 1)]",
        "df = df.query('age < 70')",
        "df = df.drop(df[df['age'] > 70].index)",
        "df.drop(df[df.age > 70].index, inplace=True)",
        "df = df.drop_duplicates()",
        "df = df.loc[df['income'].between(1, 60)]",
        "df = df[df['plan'].isin(['a'])]",
        "df = df[~df['plan'].str.contains('b')]",
        "q = df['income'].quantile(0.95)\ndf = df[df['income'] < q]",
        "for c in ['age', 'income']:\n    low = df[c].quantile(0.25)\n"
        "    high = df[c].quantile(0.75)\n"
        "    df = df[df[c] < high + 1.5 * (high - low)]",
    ],
)
def test_rows_that_are_left_out_are_left_out_before_the_split(people: Path, code: str) -> None:
    found = analysed(people, code, XY, SPLIT, "LogisticRegression().fit(X_train, y_train)")
    assert len(found.reading.features.filters) == 1
    assert found.reading.preparation.kept
    assert code in made_by(found)
    for word in ("dropna", "query", "drop_duplicates", "isin", "quantile"):
        assert word not in fitted_to(found)


def test_a_function_that_leaves_out_rows_is_understood(people: Path) -> None:
    code = "def without(frame, column):\n    return frame[frame[column] > 3]\n"
    found = analysed(people, code, "df = without(df, 'age')", XY, SPLIT, FIT)
    assert len(found.reading.features.filters) == 1
    assert made_by(found) == "df = df[df['age'] > 3]"


def test_where_nothing_is_left_out_all_rows_are_kept(people: Path) -> None:
    code = "df['age'] = df['age'].fillna(df['age'].mean())\ndf = df.sort_values('age')\n"
    found = analysed(people, code, XY, FIT)
    assert (found.reading.features.filters, found.reading.preparation.kept, made_by(found)) == (
        (),
        "",
        "",
    )


def test_what_a_transformer_gives_is_no_other_name_of_it(people: Path) -> None:
    code = (
        "from sklearn.decomposition import PCA\npca = PCA(n_components=1)\n"
        "parts = pca.fit_transform(df[['age', 'income']])\n"
        "df = pd.concat([df, pd.DataFrame(parts)], axis=1)\n"
        "df['old'] = df['age'] * 2 + df['churn']\n"
        "m = LinearRegression().fit(df[['income']], df['old'])\n"
    )
    made = made_by(analysed(people, code))
    assert "parts = pca\n" not in made
    assert "pca.fit_transform" in made or "parts" not in made


def test_a_target_that_is_encoded_after_rows_were_numbered_anew(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": 1, "age": [30, 30, 40, 50, 60, 20] * 9, "income": 2.5})
    table = table.assign(plan="a", churn=[1, 1, 2, 3, 4, 5] * 9)
    table.to_csv(tmp_path / "people.csv", index=False)
    code = (
        "df = df.drop_duplicates()\ndf = df.reset_index()\n"
        "df['kind'] = df['churn'].apply(lambda x: 'high' if x > 2 else 'low')\n"
        "le = LabelEncoder()\nle.fit(df['kind'])\ny = le.transform(df['kind'])\n"
        "m = LogisticRegression().fit(df[['age']], y)\n"
    )
    rows = prepared(analysed(tmp_path, code), table)
    assert len(rows) == 5
    assert len(set(rows[analysed(tmp_path, code).reading.target.column])) == 2


def test_a_target_of_another_table_is_taken_in_the_order_of_its_rows(tmp_path: Path) -> None:
    inputs = pd.DataFrame({"age": range(40), "income": 2.5}, index=range(100, 60, -1))
    labels = pd.DataFrame({"churn": [n // 3 % 2 for n in range(40)]}, index=inputs.index)
    inputs.to_csv(tmp_path / "people.csv", index_label="id")
    labels.to_csv(tmp_path / "labels.csv", index_label="id")
    code = (
        "df = pd.read_csv('people.csv', index_col=0)\n"
        "y = pd.read_csv('labels.csv', index_col=0)['churn']\n"
        "m = LogisticRegression().fit(df[['age']], y)\n"
    )
    text = prepare_module(analysed(tmp_path, code), "n", "churn").text
    assert "to_numpy()" in text


def test_a_list_that_is_cut_leaves_out_no_row(people: Path) -> None:
    """Its length is checked where the repository is compared with the notebook."""
    code = "ages = df['age'].tolist()\nages.append(5)\nages = ages[:-1]\ndf['age'] = ages\n"
    found = analysed(people, code + XY, FIT)
    assert found.reading.preparation.kept == ""
    assert found.reading.target.column == "churn"


def test_what_a_statement_for_the_rows_looks_at_is_made(people: Path) -> None:
    """Of the statements after the last filter, those stay that make what the others look at."""
    code = (
        "df[['income', 'churn']] = SimpleImputer().fit_transform(df[['income', 'churn']])\n"
        "df = df[df['income'] > 9]\ndf['old'] = 0\ndf.loc[df['age'] > 30, 'old'] = 1\n"
        "mean = np.zeros(df['old'].nunique())\n"
        "for i in range(2):\n    mean[i] = df.loc[df['old'] == i, 'age'].mean()\n"
        "for i in range(2):\n    df.loc[df['old'] == i, 'age'] = mean[i]\n"
    )
    imported = "from sklearn.impute import SimpleImputer\n"
    found = analysed(people, imported + code, 'X = df[["age"]]\ny = df["churn"]\n', FIT)
    table = pd.read_csv(people / "people.csv")
    assert len(prepared(found, table)) == sum(table["income"] > 9)


def test_a_renamed_column_is_there_before_it_is_changed_for_the_model(people: Path) -> None:
    """Of the statements after the last filter, those of features stay out under new names too."""
    code = (
        "df = df.rename(columns={'income': 'money', 'age': 'years'})\n"
        "df['money'] = df['money'].abs()\ndf['years'] = df['years'] + 1\n"
        "df = df[df['money'] > 9]\ndf['years'] = df['years'].fillna(0)\n"
        "df[['years', 'plan']] = df[['years', 'plan']].astype(str)\n"
    )
    fit = "X = df[['years']]\ny = df['money'] * 2\nmodel = LinearRegression().fit(X, y)\n"
    found = analysed(people, code, fit)
    kept = "\n".join(ast.unparse(each.node) for each in found.reading.preparation.statements)
    assert "fillna" not in kept
    assert "money" in kept


@pytest.mark.parametrize(
    "change",
    [
        "df['plan'] = df['plan'].map({'a': 0, 'b': 1, 'c': 2})",
        "df['plan'] = df['plan'].replace({'a': 0, 'b': 1, 'c': 2}).astype(int)",
        "df = df.replace({'plan': {'a': 0, 'b': 1, 'c': 2}}).astype({'plan': int})",
        "codes = {'plan': {'a': 0, 'b': 1, 'c': 2}}\ndf.replace(codes, inplace=True)\n"
        "df['plan'] = df['plan'].astype(int)",
        "for name in ['plan']:\n    df[name] = LabelEncoder().fit_transform(df[name])",
        "df['age'] = df['age'] ** 2\ndf['plan'] = df['age'] // 100",
    ],
)
def test_a_target_is_made_of_columns_as_they_were_changed_before(people: Path, change: str) -> None:
    made = (
        "top = df['plan'].max() + 1\nshape = pd.DataFrame(index=df.index)\n"
        "shape['score'] = df['plan'] / top + df['income']\n"
        "df['part'] = (shape['score'] > shape['score'].median()).astype(int)\n"
    )
    fit = "X = df[['age']].fillna(0)\ny = df['part']\nmodel = LogisticRegression().fit(X, y)\n"
    found = analysed(people, change, made, fit)
    same_as_notebook(found, people, pd.read_csv(people / "people.csv"))


@pytest.mark.parametrize(
    "made",
    [
        "m = df.groupby('plan')['income'].transform('mean')\npart = df['income'] > m\n",
        "m = df.groupby('plan').income.transform('mean')\npart = df.income > m\n",
        "income = df['income']\npart = income > income.mean()\n",
        "income = df.income\npart = income > 40\n",
        "income = df['income'].fillna(0).clip(3, 50)\npart = income.rank(pct=True) > 0.5\n",
        "both = df[['age', 'income']]\npart = both.mean(axis=1) > 50\n",
        "total = df[['age', 'income']].sum(axis=1)\npart = total > 99\n",
        "income = df['income'].values\npart = np.where(income > income.mean(), 1, 0) == 1\n",
        "least = df['plan'].map({'a': 10, 'b': 50})\npart = df['income'] > least\n",
    ],
)
def test_a_target_is_made_of_what_variables_hold(people: Path, made: str) -> None:
    """Not of the whole frame that they were taken from."""
    fit = "X = df[['age']]\ny = df['part']\nmodel = LogisticRegression().fit(X, y)\n"
    found = analysed(people, made + "df['part'] = part.astype(int)\n", fit)
    same_as_notebook(found, people, pd.read_csv(people / "people.csv"))


def test_dummies_of_the_target_alone_are_left_in_peace(people: Path) -> None:
    made = "d = pd.get_dummies(df['churn'], prefix='churn', drop_first=True, dtype=int)\n"
    fit = "X = df[['age']]\ny = df['churn_1']\nmodel = LogisticRegression().fit(X, y)\n"
    found = analysed(people, made + "df = pd.concat([df, d], axis=1)\n", fit)
    same_as_notebook(found, people, pd.read_csv(people / "people.csv"))
