"""Which expressions hold a value for every row, and which an aggregate over rows."""

import ast

import pytest

from idea.analysis.row_dependence import Kind, Kinds
from tests.idea.analysis.fit_state.running import PATHS

KINDS = [
    ("df", Kind.ROWS),
    ("df.a + 1", Kind.ROWS),
    ("df.a > df.a.mean()", Kind.ROWS),
    ("df.shape[0]", Kind.PLAIN),
    ("df.columns", Kind.PLAIN),
    ("df.dtypes", Kind.AGGREGATE),
    ("df.select_dtypes('number').columns", Kind.AGGREGATE),
    ("df.groupby('a').b.mean()", Kind.AGGREGATE),
    ("df.groupby('a').b.transform('mean')", Kind.ROWS),
    ("df.groupby('a').b.apply(lambda x: x.fillna(0))", Kind.ROWS),
    ("df.groupby('a').b.apply(lambda x: x.max() - x.min())", Kind.AGGREGATE),
    ("np.mean(df.a)", Kind.AGGREGATE),
    ("np.log(df.a)", Kind.ROWS),
    ("np.log(df.a.mean())", Kind.AGGREGATE),
    ("df.a.iloc[0]", Kind.AGGREGATE),
    ("counts / len(df)", Kind.AGGREGATE),
    ("len(df)", Kind.PLAIN),
    ("np.random.rand(len(df)) < 0.8", Kind.ROWS),
    ("np.random.choice([True, False], size=df.shape[0])", Kind.ROWS),
    ("np.random.permutation(len(df))", Kind.PLAIN),
    ("np.random.rand(5)", Kind.PLAIN),
    ("counts[df.a]", Kind.ROWS),
    ("df.groupby('a').b.mean()[df.a]", Kind.ROWS),
    ("[c for c in df.columns if df[c].dtype == 'object']", Kind.AGGREGATE),
    ("[c.lower() for c in df.columns]", Kind.PLAIN),
    ("[len(t) for t in df.text]", Kind.ROWS),
    ("{c: df[c].mean() for c in names}", Kind.AGGREGATE),
    ("list(df)", Kind.PLAIN),
    ("set(df.a)", Kind.AGGREGATE),
    ("list(filter(lambda c: df[c].nunique() > 1, names))", Kind.AGGREGATE),
    ("StandardScaler().fit(df)", Kind.AGGREGATE),
    ("StandardScaler().fit(df).transform(df)", Kind.ROWS),
    ("StandardScaler()", Kind.PLAIN),
    ("lambda x: x + 1", Kind.PLAIN),
    ("lambda x: x + df.a.mean()", Kind.AGGREGATE),
    ("lambda df: df.a.mean()", Kind.PLAIN),
    ("y in df.columns", Kind.PLAIN),
    ("7", Kind.PLAIN),
]


@pytest.mark.parametrize(("source", "kind"), KINDS)
def test_kinds_of_expressions(source: str, kind: Kind) -> None:
    assert Kinds({"df"}, PATHS).of(ast.parse(source, mode="eval").body) is kind
