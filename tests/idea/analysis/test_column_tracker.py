"""Which columns a frame has is followed from statement to statement."""

import ast

import pytest

from idea.analysis.column_tracker import Tracker
from idea.analysis.frame_columns import Column

RAW = ["a", "b", "c", "d"]


def followed(code: str) -> Tracker:
    tracker = Tracker()
    tracker.frames["df"] = [Column(name, name, text=name == "d") for name in RAW]
    for node in ast.parse(code).body:
        tracker.follow(node)
    return tracker


def names(code: str, frame: str = "df") -> list[object] | None:
    columns = followed(code).frames.get(frame)
    return None if columns is None else [column.name for column in columns]


LEFT = pytest.mark.xfail(strict=True, reason="not followed yet")
FRAMES = [
    # what keeps the columns
    ("df = df.copy()", "abcd"),
    ("df = df.dropna().reset_index(drop=True).sort_values('a').head(9)", "abcd"),
    ("df = df[df.a > 0]", "abcd"),
    ("df = df[(df.a > 0) & (df.b > 0)]", "abcd"),
    ("df = df[df['a'].isin([1])]", "abcd"),
    ("df = df[:9]", "abcd"),
    ("df = df.loc[df.a > 0]", "abcd"),
    ("df = df.iloc[:9]", "abcd"),
    ("df.fillna(0, inplace=True)", "abcd"),
    ("df = df.drop([1, 2])", "abcd"),
    ("df = df.drop(0, axis=0)", "abcd"),
    ("df = pd.concat([df, other])", "abcd"),
    # dropping
    ("df = df.drop('a', axis=1)", "bcd"),
    ("df = df.drop(['a', 'b'], axis='columns')", "cd"),
    ("df = df.drop(columns=['a', 'x'], errors='ignore')", "bcd"),
    ("df = df.drop(labels='a', axis=1)", "bcd"),
    ("df.drop('a', axis=1, inplace=True)", "bcd"),
    pytest.param("df = df.drop(df.columns[[0, 2]], axis=1)", "bd", marks=LEFT),
    ("df = df.drop(df.columns[1:3], axis=1)", "ad"),
    ("gone = ['a', 'c']\ndf = df.drop(gone, axis=1)", "bd"),
    ("del df['a']", "bcd"),
    ("y = df.pop('a')", "bcd"),
    ("df.pop('a')", "bcd"),
    ("df = df.drop(unknown, axis=1)", None),
    # choosing
    ("df = df[['c', 'a']]", "ca"),
    ("df = df[['a'] + ['b']]", "ab"),
    ("wanted = ['a', 'b']\ndf = df[wanted + ['c']]", "abc"),
    ("df = df.loc[:, ['b', 'a']]", "ba"),
    ("df = df.loc[:, 'b':]", "bcd"),
    ("df = df.loc[:, 'b':'c']", "bc"),
    ("df = df.loc[df.a > 0, ['b', 'a']]", "ba"),
    ("df = df.iloc[:, :-1]", "abc"),
    ("df = df.iloc[:, 1:3]", "bc"),
    ("df = df.iloc[:, [0, 3]]", "ad"),
    ("df = df.iloc[:, -1]", "d"),
    ("df = df[df.columns[:-1]]", "abc"),
    ("df = df[[c.lower() for c in df.columns]]", "abcd"),
    ("df = df[df.columns.drop('a')]", "bcd"),
    ("df = df[df.columns.difference(['a'])]", "bcd"),
    ("df = df['a']", "a"),
    ("df = df.a", "a"),
    ("df = df.values[:, 0:2]", "ab"),
    ("df = df[['a', 'x']]", None),
    ("df = df.iloc[:, 9]", None),
    # renaming
    ("df = df.rename(columns={'a': 'z'})", "zbcd"),
    ("df.rename(columns={'a': 'z'}, inplace=True)", "zbcd"),
    ("df = df.rename(columns=str.upper)", "ABCD"),
    ("df.columns = ['w', 'x', 'y', 'z']", "wxyz"),
    ("df.columns = df.columns.str.upper()", "ABCD"),
    ("df.columns = df.columns.str.strip().str.replace('a', 'z')", "zbcd"),
    ("df.columns = [c.upper() for c in df.columns]", "ABCD"),
    ("df.columns = ['w']", None),
    # adding
    ("df['e'] = df.a + 1", "abcde"),
    ("df['a'] = 1", "abcd"),
    ("df.loc[:, 'e'] = 1", "abcde"),
    ("df.loc[df.a > 0, 'e'] = 1", "abcde"),
    ("df[['e', 'f']] = 1", "abcdef"),
    ("df = df.assign(e=1, a=2)", "abcde"),
    ("df.insert(1, 'e', 0)", "aebcd"),
    ("df = df.join(df[['a']])", "abcda"),
    ("df = pd.concat([df[['c']], df[['a']]], axis=1)", "ca"),
    ("df.e = 1", "abcd"),
    ("df.a = 1", "abcd"),
    ("for n in ['e', 'f']:\n    df[n] = 0", "abcdef"),
    ("for d in [df]:\n    d['e'] = 0", "abcde"),
    ("for d in (df, other):\n    d.drop('a', axis=1, inplace=True)", "bcd"),
    ("if x:\n    df['e'] = 0", "abcde"),
    ("df = df.set_index('a')", "bcd"),
    ("df: object = df[['a']]", "a"),
    # what can't be inferred
    ("df = df.T", None),
    ("df = own(df)", None),
    ("df, x = own(df)", None),
    ("df = pd.concat([df, other], axis=1)", None),
]


@pytest.mark.parametrize(("code", "left"), FRAMES)
def test_columns_are_followed(code: str, left: str | None) -> None:
    assert names(code) == (None if left is None else list(left))


def test_arrays_and_frames_of_them_keep_their_columns() -> None:
    assert names("X = df.drop('a', axis=1).values", "X") == ["b", "c", "d"]
    assert names("X = pd.DataFrame(df[['a', 'b']], columns=['x', 'y'])", "X") == ["x", "y"]
    assert names("X = df.reset_index()", "X") == ["index", *RAW]


def test_a_renamed_column_comes_from_its_raw_one() -> None:
    tracker = followed(
        "df.columns = ['w', 'x', 'y', 'z']\nX = df[['z', 'w']]\nX['w'] = 1\nX['new'] = 2"
    )
    assert tracker.frames["X"] == [
        Column("z", "d", text=True),
        Column("w", "a", made=True),
        Column("new", None, made=True),
    ]


def test_dummies_come_after_the_numbers() -> None:
    assert names("X = pd.get_dummies(df)", "X") == ["a", "b", "c", "d_…"]
    assert names("X = pd.get_dummies(df, columns=['b'])", "X") == ["a", "c", "d", "b_…"]
    assert names("X = pd.get_dummies(df['a'])", "X") == ["a_…"]
    tracker = followed("X = pd.get_dummies(df)")
    assert (tracker.frames["X"] or [])[-1] == Column("d_…", "d", made=True, text=True, spread=True)


def test_a_position_behind_a_column_that_became_several_is_not_known() -> None:
    code = "X = pd.get_dummies(df[['a', 'd', 'b']], columns=['d', 'a'])\n"
    cut: dict[str, list[str] | None] = {
        "[:, 1:]": ["a_…", "d_…"],
        "[:, :2]": ["b", "a_…", "d_…"],
        "[:, :1]": ["b"],
    }
    cut |= {"[:, -1]": None, "[:, 0]": ["b"], "[:, :-1]": ["b", "a_…", "d_…"]}
    for index, left in cut.items():
        assert names(f"{code}Z = X.iloc{index}", "Z") == left, index
    last = "ct = ColumnTransformer(parts)\nX = ct.fit_transform(df[['a', 'b']])\nZ = X[:, :1]"
    assert len(names(last, "Z") or []) == 2


def test_what_a_transformer_makes_comes_from_its_columns() -> None:
    tracker = followed("X = StandardScaler().fit_transform(df[['a', 'b']])")
    assert [(c.name, c.raw) for c in tracker.frames["X"] or []] == [(None, "a"), (None, "b")]


def test_lists_of_names_are_followed() -> None:
    tracker = followed(
        "x = ['a', 'b']\ny = x + ['c']\nz = y[1:]\nw = list(df.columns)\nv = range(3)"
    )
    assert tracker.lists["y"] == ["a", "b", "c"]
    assert tracker.lists["z"] == ["b", "c"]
    assert tracker.lists["w"] == RAW
    assert tracker.lists["v"] == [0, 1, 2]
