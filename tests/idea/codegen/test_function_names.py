"""Names of the functions that hold a notebook's statements."""

import ast

import pytest

from idea.analysis.statements import SourcedStatement
from idea.codegen.function_names import function_name, stored_columns

KNOWN = {"age", "income", "plan"}


def name_of(code: str, heading: str = "", taken: frozenset[str] = frozenset()) -> str:
    group = [SourcedStatement(node, 0, 0, heading) for node in ast.parse(code).body]
    return function_name(group, KNOWN, taken)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("df['ratio'] = df['income'] / df['age']", "add_ratio"),
        ("df.ratio = df.income / df.age", "add_ratio"),
        ("df['Bill Ratio (mm)'] = df['income']", "add_bill_ratio_mm"),
        ("df['isOld'] = df['age'] > 50", "add_is_old"),
        ("df['age'] = df['age'].fillna(0)", "fill_age"),
        ("df['age'] = df['age'].astype(int)", "convert_age"),
        ("df['plan'] = df['plan'].map({'a': 0})", "map_plan"),
        ("df['plan'] = LabelEncoder().fit_transform(df['plan'])", "encode_plan"),
        ("df['age'] = df['age'] * 2", "update_age"),
        ("df[['age', 'income']] = df[['age', 'income']].fillna(0)", "fill_age_and_income"),
        ("df['made'], names = pd.factorize(df['plan'])", "add_made"),
        ("df = df.drop('age', axis=1)", "drop_age"),
        ("df = df.drop(columns=['age', 'plan'])", "drop_age_and_plan"),
        ("df = df.drop(columns=['age', 'plan', 'income'])", "drop_age_and_more"),
        ("df = df.drop(columns=names)", "drop_columns"),
        ("del df['age']", "drop_age"),
        ("df = df.dropna()", "drop_missing_values"),
        ("df = df.drop_duplicates()", "drop_duplicates"),
        ("df = df[df['age'] > 30]", "filter_rows"),
        ("df = df.loc[(df.age > 30) & df.plan.isin(['a'])]", "filter_rows"),
        ("df = df.query('age > 30')", "filter_rows"),
        ("df = pd.get_dummies(df)", "encode_categories"),
        ("X = StandardScaler().fit_transform(X)", "scale_features"),
        ("y = df['churn']", "select_churn"),
        ("y = df.pop('churn')", "select_churn"),
        ("X = df[['age', 'income']]", "select_columns"),
        ("X = df.iloc[:, 1:3]", "select_columns"),
        ("rare = counts.index", "make_rare"),
        ("for c in names:\n    df[c] = 0", "update"),
        (f"df['{'long ' * 20}'] = 0", "add_long_long_long_long_long_long_long_l"),
    ],
)
def test_one_statement_is_named_after_what_it_does(code: str, name: str) -> None:
    assert name_of(code, "Exploratory data analysis") in (name, "exploratory_data_analysis")
    assert name_of(code) == name
    assert name.isidentifier()


TWO = "df['a'] = df['age']\ndf['b'] = df['age']"


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Missing values", "missing_values"),
        ("2. The features of a person", "features_person"),
        ("Part 1: Cleaning", "1_cleaning"),
        ("One heading that says far too many things", "add_a_and_b"),
        ("", "add_a_and_b"),
        ("数据", "add_a_and_b"),
        ("class", "add_a_and_b"),
    ],
)
def test_several_statements_are_named_after_their_heading(heading: str, name: str) -> None:
    assert name_of(TWO, heading) == name.removeprefix("1_")


def test_a_name_that_is_taken_is_not_used_again() -> None:
    assert name_of(TWO, "Features", frozenset({"features"})) == "add_a_and_b"
    assert name_of(TWO, "Features", frozenset({"features", "add_a_and_b"})) == "features_2"
    assert name_of("y = df['a']", "", frozenset({"select_a"})) == "make_y"
    assert name_of("y = df['a']", "", frozenset({"select_a", "make_y"})) == "select_a_2"
    taken = frozenset({"select_a", "select_a_2", "make_y"})
    assert name_of("y = df['a']", "", taken) == "select_a_3"


def test_columns_of_several_statements() -> None:
    assert name_of("df['a'] = 1\ndf['b'] = 2\ndf['c'] = 3") == "add_a_and_more"
    assert name_of("df['age'] = df['age'] / 2\ndf['old'] = df['age'] > 3") == "add_old"
    assert name_of("df['age'] = df['age'] / 2\ndf['plan'] = df['plan'] + 'x'") == (
        "update_age_and_plan"
    )
    assert name_of("for part in (df,):\n    part['new'] = part['age']") == "add_new"


def test_stored_columns() -> None:
    code = "if x:\n    df['a'] = df['z']\n    df.b = 1\n    df[['c', 'd']] = 2\n    df.columns = []"
    (node,) = ast.parse(code).body
    assert stored_columns(node) == ["a", "b", "c", "d"]
