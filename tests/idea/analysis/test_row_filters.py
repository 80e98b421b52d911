"""Row filters are separated from what shapes columns."""

import ast
from pathlib import Path

import pytest

from idea.analysis.row_dependence import Kinds
from idea.analysis.row_filters import filters_rows, keeping_index, without_row_filters
from tests.idea.analysis.notebooks import FIT, XY, analysed, fitted_to, made_by

FUNCTIONS = {
    node.name: node
    for node in ast.parse("""
def some(d):
    return d[d.a > 0]

def unique(d):
    return d.drop_duplicates()

def shaped(d):
    d['a'] = d['a'] * 2
    return d[d.a > 0]

def inliers(d):
    out = pd.DataFrame()
    for key, part in d.groupby('place'):
        out = pd.concat([out, part[part.a < part.a.mean()]])
    return out
""").body
    if isinstance(node, ast.FunctionDef)
}


def unfiltered(code: str) -> tuple[str | None, list[str], bool]:
    """Give what is left of a statement, what left out rows, and whether by position."""
    kinds = Kinds({"df", "mask"}, {"pd": "pandas", "np": "numpy", "stats": "scipy.stats"})
    rest = without_row_filters(ast.parse(code).body[0], kinds, FUNCTIONS)
    left = ast.unparse(rest.node) if rest.node else None
    return left, list(rest.filters), rest.split_by_position


FILTERS = [
    # of the frame itself: nothing is left
    ("df = df[df.a > 0]", None),
    ("df = df[(df.a > 0) & (df['b'] < 1)]", None),
    ("df = df[~df.a.isin([1, 2])]", None),
    ("df = df[mask]", None),
    ("df = df[np.abs(stats.zscore(df.a)) < 3]", None),
    ("df = df[df.a < df.a.quantile(0.9)]", None),
    ("df = df.loc[df.a > 0]", None),
    ("df = df.dropna()", None),
    ("df = df.dropna(subset=['a'])", None),
    ("df = df.dropna(axis=0)", None),
    ("df = df.drop_duplicates()", None),
    ("df = df.query('a > 0')", None),
    ("df = df.sample(frac=1)", None),
    ("df = df.head(100)", None),
    ("df = df[:100]", None),
    ("df = df.iloc[10:]", None),
    ("df = df[df.a > 0].dropna().drop_duplicates()", None),
    ("df = df.drop(3)", None),
    ("df = df.drop([1, 2], axis=0)", None),
    ("df = df.drop(index=[1, 2])", None),
    ("df = df.drop(df[df.a > 9].index)", None),
    ("df.dropna(inplace=True)", None),
    ("df.drop_duplicates(subset='a', inplace=True)", None),
    ("df.drop(df[df.a > 9].index, inplace=True)", None),
    (
        "for n, d in enumerate([df]):\n    d.dropna(inplace=True)\n    d['n'] = n",
        "for n, d in enumerate([df]):\n    d['n'] = n",
    ),
    ("df = some(df)", None),
    ("df = unique(df)", None),
    ("df = inliers(df)", None),
    # on the way to something else: that is left
    ("X = df[df.a > 0]", "X = df"),
    ("X = df.loc[df.a > 0, ['a', 'b']]", "X = df.loc[:, ['a', 'b']]"),
    ("X = df.iloc[10:, :-1]", "X = df.iloc[:, :-1]"),
    ("X = df[df.a > 0][['a', 'b']]", "X = df[['a', 'b']]"),
    ("X = df.dropna().drop('a', axis=1)", "X = df.drop('a', axis=1)"),
    ("X = df.dropna().drop(columns=['a'])", "X = df.drop(columns=['a'])"),
    ("X = df[df.a > 0].values", "X = df.values"),
    ("X = df.dropna().a.astype(int)", "X = df.a.astype(int)"),
    ("X = np.log(df.dropna())", "X = np.log(df)"),
    ("X = pd.get_dummies(df.dropna())", "X = pd.get_dummies(df)"),
    ("X = pd.concat([df.dropna(), df.head()])", "X = df"),
]


@pytest.mark.parametrize(("code", "left"), FILTERS)
def test_what_leaves_out_rows_is_taken_out(code: str, left: str | None) -> None:
    rest, found, _ = unfiltered(code)
    assert rest == left
    assert found


COLUMNS = [
    "df = df[['a', 'b']]",
    "df = df['a']",
    "df = df[names]",
    "df = df.drop('a', axis=1)",
    "df = df.drop(columns='a')",
    "df = df.drop(['a'], axis='columns')",
    "df.drop('a', axis=1, inplace=True)",
    "df = df.dropna(axis=1)",
    "df = df.dropna(axis='columns')",
    "df = df.loc[:, 'a':'c']",
    "df = df.iloc[:, :-1]",
    "df = df[:]",
    "df = df.fillna(0)",
    "df = df.sort_values('a')",
    "df['a'] = df['b'].fillna(0)",
    "df.loc[df.a > 0, 'a'] = 0",
    "df = shaped(df)",
    "df = unknown(df)",
    "df = pd.concat([df, df], axis=1)",
    "x = other[other > 1]",
]


@pytest.mark.parametrize("code", COLUMNS)
def test_what_shapes_columns_stays(code: str) -> None:
    assert unfiltered(code) == (code, [], False)


@pytest.mark.parametrize(
    "code",
    ["X = df[:100]", "X = df.iloc[100:]", "X = df.iloc[:n]", "X = df[::2]", "X = df[:9, 1:]"],
)
def test_rows_by_position_are_a_split_by_hand(code: str) -> None:
    assert unfiltered(code)[2]


def test_functions_that_give_some_rows() -> None:
    assert {name: filters_rows(node) for name, node in FUNCTIONS.items()} == {
        "some": True,
        "unique": True,
        "shaped": False,
        "inliers": True,
    }


INDEXES = [
    ("df = df.reset_index(drop=True)", []),
    ("df.reset_index(drop=True, inplace=True)", []),
    ("df = df.dropna().reset_index(drop=True)", ["df = df.dropna()"]),
    ("df = df.reset_index()", ["df = df.reset_index()"]),
    ("df = pd.concat([a, b], ignore_index=True)", ["df = pd.concat([a, b])"]),
    ("df = df.sort_values('a', ignore_index=True)", ["df = df.sort_values('a')"]),
    ("df.dropna(inplace=True, ignore_index=True)", ["df.dropna(inplace=True)"]),
]


@pytest.mark.parametrize(("code", "kept"), INDEXES)
def test_each_row_keeps_its_index(code: str, kept: list[str]) -> None:
    assert [ast.unparse(node) for node in keeping_index(ast.parse(code).body)] == kept


@pytest.mark.parametrize(
    "code",
    [
        "df = shuffle(df).reset_index(drop=True)\n" + XY,
        "df = shuffle(df, random_state=4)\n" + XY,
        XY + "X, y = shuffle(X, y, random_state=4)\n",
    ],
)
def test_a_shuffle_is_no_feature_step(people: Path, code: str) -> None:
    found = analysed(people, "from sklearn.utils import shuffle\n" + code + FIT)
    assert "shuffle" not in fitted_to(found)
    assert "sample" not in fitted_to(found)
    assert found.reading.target.column == "churn"
    assert not made_by(found)
