"""A notebook's statements, tidied: fewer names, nothing in place, nothing that is undone later."""

import ast

import pytest

from idea.analysis.statements import SourcedStatement
from idea.codegen.tidy import Tidied, tidied

IMPORTS = {
    "joblib": "joblib",
    "pd": "pandas",
    "sns": "seaborn",
    "plt": "matplotlib.pyplot",
    "PCA": "sklearn.PCA",
}
RAW = ("age", "income")


def tidy(code: str, result: str = "df", frame: str = "df") -> Tidied:
    nodes = ast.parse(code).body
    statements = [SourcedStatement(node, at, 0, "") for at, node in enumerate(nodes)]
    expression = ast.parse(result, mode="eval").body
    return tidied(statements, expression, frame, RAW, IMPORTS)


def lines(found: Tidied) -> list[str]:
    return [*(ast.unparse(s.node) for s in found.statements), ast.unparse(found.result)]


@pytest.mark.parametrize(
    "code",
    [
        "df['b'] = df['age'] * 2\nfirst = df.iloc[:, 0:4]\ndf = df.drop(['b', 'c'], axis=1)",
        "df['b'] = df['age'] * 2\nX = df.drop(['b', 'c'], axis=1)\nX['d'] = df['b']",
        "other = pd.read_csv(look_up('o.csv'))\nother['b'] = other['b'].abs()\n"
        "other = other.drop(['b', 'c'], axis=1)",
    ],
)
def test_a_column_that_is_looked_at_or_another_table_s_stays(code: str) -> None:
    nodes = [ast.unparse(node) for node in ast.parse(code).body]
    assert lines(tidy(code, "X" if "X" in code else "df"))[: len(nodes)] == nodes


@pytest.mark.parametrize(
    ("code", "result", "expected"),
    [
        ("df2 = df.dropna()", "df2", ["df = df.dropna()", "df"]),
        ("X = df\nX_train = X.abs()", "X_train", ["X_train = df.abs()", "X_train"]),
        ("other = df.dropna()", "other", ["other = df.dropna()", "other"]),
        ("df2 = df.dropna()\nx = df", "df2", ["df2 = df.dropna()", "df2"]),
        ("df2 = pd.get_dummies(df)", "df2", ["df = pd.get_dummies(df)", "df"]),
        ("df.drop('age', axis=1, inplace=True)", "df", ["df = df.drop('age', axis=1)", "df"]),
        (
            "df.drop(columns=['age'], axis=1, inplace=True)",
            "df",
            ["df = df.drop(columns=['age'])", "df"],
        ),
        ("for c in df:\n    print(c)\n    x = c", "df", ["for c in df:\n    x = c", "df"]),
        (
            "for c in df:\n    joblib.dump(c, 'a')\n    df[c].to_csv('b')\n    df[c] = 1",
            "df",
            ["for c in df:\n    df[c] = 1", "df"],
        ),
        ("if df:\n    plt.plot(df)", "df", ["if df:\n    pass", "df"]),
        ("for c in df:\n    learn('m', lambda: print(c))", "df", ["for c in df:\n    pass", "df"]),
    ],
)
def test_tidied(code: str, result: str, expected: list[str]) -> None:
    assert lines(tidy(code, result)) == expected


def test_a_name_without_its_number() -> None:
    found = tidy("df1 = df1.dropna()", "df1", "df1")
    assert (lines(found), found.frame) == (["df = df.dropna()", "df"], "df")
    found = tidy("df1 = df1.join(df)", "df1", "df1")
    assert found.frame == "df1"


def test_an_estimator_is_made_and_fitted_in_one_statement() -> None:
    found = tidy(
        "pca = PCA(2)\nx = 1\npca = learn('pca', lambda: pca.fit(df))", "pca.transform(df)"
    )
    assert lines(found) == [
        "x = 1",
        "pca = learn('pca', lambda: PCA(2).fit(df))",
        "pca.transform(df)",
    ]
    assert found.statements[-1].absorbed == (0,)
    kept = tidy("pca = PCA(2)\nx = pca.n\npca = learn('pca', lambda: pca.fit(df))", "pca")
    assert len(kept.statements) == 3


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("df['a'] = df['age']\ndf = df.drop('a', axis=1)", ["df"]),
        (
            "df['a'] = df['age']\ndf = df.drop(columns=['a', 'age'])",
            ["df = df.drop(columns=['age'])", "df"],
        ),
        (
            "df['a'] = df['age']\ndf['b'] = df['a']\ndf = df.drop('a', axis=1)",
            ["df['a'] = df['age']", "df['b'] = df['a']", "df = df.drop('a', axis=1)", "df"],
        ),
        (
            "df['a'] = df['age']\ndf = df.dropna()\ndf = df.drop('a', axis=1)",
            ["df['a'] = df['age']", "df = df.dropna()", "df = df.drop('a', axis=1)", "df"],
        ),
        (
            "df['a'] = 1\ndf = df[df['a'] == 1].drop(columns=['a', 'age'])",
            ["df['a'] = 1", "df = df[df['a'] == 1].drop(columns=['a', 'age'])", "df"],
        ),
        (
            "df['age'] = df['age'] * 2\ndf = df.drop('age', axis=1)",
            ["df['age'] = df['age'] * 2", "df = df.drop('age', axis=1)", "df"],
        ),
    ],
)
def test_a_column_that_is_made_only_to_be_dropped(code: str, expected: list[str]) -> None:
    assert lines(tidy(code)) == expected
