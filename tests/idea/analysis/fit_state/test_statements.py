"""Statements are rewritten one after the other."""

import ast

import pytest

from idea.analysis.fit_state import Learning
from tests.idea.analysis.fit_state.running import PATHS, ROWS, cases, check, holds, rewritten

# As written in a notebook => as rendered.
CASES = """
# loops and conditions
for c in df.columns:
    if df[c].dtype == "object":
        df[c] = df[c].fillna(df[c].mode()[0])
    else:
        df[c] = df[c].fillna(df[c].median())
=>
for c in df.columns:
    if df[c].dtype == "object":
        df[c] = df[c].fillna(learn(f"{c}.mode", lambda: df[c].mode()[0]))
    else:
        df[c] = df[c].fillna(learn(f"{c}.median", lambda: df[c].median()))

for c in df.columns:
    if df[c].isnull().sum() > 0:
        df[c + "_was"] = df[c].isnull().astype(int)
=>
for c in df.columns:
    if learn(f"{c}.sum", lambda: df[c].isnull().sum() > 0):
        df[c + "_was"] = df[c].isnull().astype(int)

if df["age"].isnull().any():
    df["age"] = df["age"].fillna(df["age"].mean())
=>
if learn("age_any", lambda: df["age"].isnull().any()):
    df["age"] = df["age"].fillna(learn("age_mean", lambda: df["age"].mean()))

if len(df) > 30:
    df["age"] = df["age"] / 2
=>
if learn("condition", lambda: len(df) > 30):
    df["age"] = df["age"] / 2

try:
    df["age"] = df["age"].fillna(df["age"].mean())
except KeyError:
    pass
=>
try:
    df["age"] = df["age"].fillna(learn("age_mean", lambda: df["age"].mean()))
except KeyError:
    pass

# kept in lists and dicts
medians = {c: df[c].median() for c in ["age", "fare"]}
df = df.fillna(medians)
=>
medians = learn("medians", lambda: {c: df[c].median() for c in ["age", "fare"]})
df = df.fillna(medians)

medians = {}
for c in ["age", "fare"]:
    medians[c] = df[c].median()
df = df.fillna(value=medians)
=>
medians = {}
for c in ["age", "fare"]:
    medians[c] = learn(f"{c}.median", lambda: df[c].median())
df = df.fillna(value=medians)

values = []
for c in ["age", "fare"]:
    values.append(df[c].mean())
df["age"] = df["age"].fillna(values[0])
=>
values = []
for c in ["age", "fare"]:
    values.append(learn(f"{c}.mean", lambda: df[c].mean()))
df["age"] = df["age"].fillna(values[0])
"""


@pytest.mark.parametrize(("source", "expected"), cases(CASES), ids=range(len(cases(CASES))))
def test_what_is_learned_is_wrapped(source: str, expected: str) -> None:
    check(source, expected)


UNTOUCHED = [
    "df['rooms'] = df['rooms'] * 2",
    "df['sex'] = df['sex'].map({'m': 0, 'f': 1})",
    "df['z'] = df[['age', 'fare']].mean(axis=1)",
    "df['z'] = df[['age', 'fare']].max(1)",
    "df['z'] = np.max(df[['rooms', 'price']].values, 1)",
    "df['z'] = df[['age', 'fare']].isnull().sum(axis='columns')",
    "df['w'] = df['text'].apply(lambda t: max(len(w) for w in t.split()))",
    "df['w'] = df.apply(lambda r: r['rooms'] * 2 if r['sex'] == 'm' else 0, axis=1)",
    "df['w'] = df.apply(lambda r: max(r['rooms'], r['price']), axis=1)",
    "df['q'] = pd.cut(df['age'], [0, 20, 40, 100], labels=['a', 'b', 'c'])",
    "df['month'] = pd.to_datetime(df['day'], format='%Y-%m-%d').dt.month",
    "df = df.drop(columns='day').rename(columns={'age': 'years'})",
    "df = df[['age', 'fare']]",
    "X = preprocessing.normalize(df[['rooms', 'price']])\nX",
    "df['ones'] = np.ones(len(df))",
]


@pytest.mark.parametrize("source", UNTOUCHED)
def test_what_each_row_holds_alone_stays_as_it_was(source: str) -> None:
    new, learning = rewritten(source)
    assert new == ast.unparse(ast.parse(source))
    assert not learning.names
    holds(source, ROWS, [0, 3])


WARNED_OF = [
    ("df['d'] = df['age'].diff()", "neighbouring"),
    ("df['d'] = df['fare'].rank(pct=True)", "neighbouring"),
    ("df['d'] = df['age'].rolling(3).mean()", "neighbouring"),
    ("df['d'] = df.groupby('city')['age'].transform('cumsum')", "by group"),
    ("df['d'] = df.groupby('city')['age'].transform(lambda x: x.shift())", "by group"),
    ("df['d'] = df.groupby('city')['age'].transform(own)", "by group"),
    ("df = df.groupby('city').transform('mean')", "by group"),
    ("for city, rows in df.groupby('city'):\n    print(rows)", "over groups"),
    ("df['d'], fitted = stats.boxcox(df['rooms'])", "fitted to all rows"),
    ("df['d'] = df['sex'].apply(lambda s: (df['sex'] == s).sum())", "all rows for each row"),
]


@pytest.mark.parametrize(("source", "why"), WARNED_OF)
def test_what_a_single_row_can_not_have_is_warned_of(source: str, why: str) -> None:
    _, learning = rewritten(source)
    assert len(learning.warnings) == 1
    assert why in learning.warnings[0]


@pytest.mark.parametrize("call", ["fill(df, 'age')", "df.pipe(fill)", "same(fill(df))"])
def test_functions_that_learn_are_warned_of(call: str) -> None:
    code = "def fill(d, c='age'):\n    return d.fillna(d[c].mean())\ndef same(d):\n    return d"
    functions = {n.name: n for n in ast.parse(code).body if isinstance(n, ast.FunctionDef)}
    learning = Learning({"df"}, PATHS, functions)
    learning.statements(ast.parse(f"df = {call}").body)
    assert len(learning.warnings) == 1
    assert "fill(df" in learning.warnings[0] or "pipe(fill)" in learning.warnings[0]


def test_names_say_what_was_learned_once() -> None:
    source = """
for c in ["age", "fare"]:
    df[c] = df[c].fillna(df[c].mean())
for c in ["age", "fare"]:
    df[c] = df[c] - df[c].mean()
df["more"] = df["age"] - df["age"].mean()
df["rich"] = df["fare"] > df["fare"].mean()
"""
    new, learning = rewritten(source)
    assert learning.names == ["mean", "mean_2", "age_mean", "fare_mean"]
    assert "f'{c}.mean'" in new
    holds(source, ROWS, [0, 3])


def test_columns_with_the_same_letters_are_numbered() -> None:
    source = "df['a'] = df['日本'].mean() + df['中国'].mean() + df['x y'].max() + df['x-y'].max()"
    assert len(set(rewritten(source)[1].names)) == len(rewritten(source)[1].names)


def test_scalers_that_stand_for_functions_are_imported() -> None:
    _, learning = rewritten("X = preprocessing.robust_scale(df[['age']])")
    assert learning.imports == {"RobustScaler": "sklearn.preprocessing.RobustScaler"}
    _, learning = rewritten("for c in [1]:\n    le.fit(df[c])")
    assert learning.imports == {"clone": "sklearn.base.clone"}


def test_what_holds_rows_is_followed() -> None:
    learning = Learning({"df"}, PATHS)
    source = "X = df.copy()\nm = X.mean()\na, b = X['a'], X['b']\nX = 1\nn: int = df.a\nb = m + 1"
    learning.statements(ast.parse(source).body)
    assert learning.kinds.rows == {"df", "a", "n"}


def test_frames_of_a_loop_hold_rows() -> None:
    new, _ = rewritten("for d in [df]:\n    d['age'] = d['age'].fillna(d['age'].mean())")
    assert "learn('age_mean', lambda: d['age'].mean())" in new
