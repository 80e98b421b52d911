"""Column names that code mentions or writes out."""

import ast

import pytest

from idea.analysis.column_names import changed_names, mentioned, names_of

RAW = ["a", "b", "c", "d"]


class Known:
    """Knows one list and one frame."""

    def names_in(self, variable: str) -> list[object] | None:
        known: dict[str, list[object]] = {"some": ["a", "b"], "df": [*RAW]}
        return known.get(variable)

    def columns_named(self, frame: ast.expr) -> list[object] | None:
        return self.names_in(ast.unparse(frame))


def expression(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("'a'", ["a"]),
        ("-1", [-1]),
        ("['a', some]", ["a", "a", "b"]),
        ("some + ['c']", ["a", "b", "c"]),
        ("df.columns[1:3]", ["b", "c"]),
        ("df.columns[-1]", ["d"]),
        ("df.columns[9]", None),
        ("list(df.columns.values)", RAW),
        ("df.columns.drop(some)", ["c", "d"]),
        ("range(2)", [0, 1]),
        ("range(1, len(some) + 1)", [1, 2]),
        ("range(len(other))", None),
        ("[f'f{i}' for i in range(2)] + ['y']", ["f0", "f1", "y"]),
        ("['f' + str(i) for i in range(2)]", ["f0", "f1"]),
        ("[c + '_x' for c in some]", ["a_x", "b_x"]),
        ("[f'{c:3}' for c in some]", None),
        ("df.columns[len(df.columns) - 2]", ["c"]),
        ("df.columns[: df.shape[1] - 1]", ["a", "b", "c"]),
        ("df.columns[: last]", None),
        ("[c for c in df.columns if c != 'd']", ["a", "b", "c"]),
        ("[c for c in df.columns if c not in some]", ["c", "d"]),
        ("[c for c in df.columns if c not in other]", None),
        ("[c.upper().strip() for c in some]", ["A", "B"]),
        ("[f(c) for c in some]", None),
        ("[c for c in some if c]", None),
        ("other", None),
        ("some + other", None),
        ("-x", None),
    ],
)
def test_names_that_an_expression_stands_for(code: str, names: list[object] | None) -> None:
    assert names_of(expression(code), Known()) == names


def test_methods_of_texts_change_names() -> None:
    assert changed_names(["a b"], "replace", [expression("' '"), expression("'_'")]) == ["a_b"]
    assert changed_names(["a"], "replace", []) is None
    assert changed_names(["a"], "encode", []) is None
    assert changed_names(["a"], "strip", [expression("x")]) is None


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("df['a'] + df.b", {"a", "b"}),
        ("df[['a', 'x']]", {"a"}),
        ("f(df, 'c')", {"c"}),
        ("df.a.mean()", {"a"}),
        ("a + b", set()),
        ("True", set()),
    ],
)
def test_columns_that_code_mentions(code: str, found: set[object]) -> None:
    assert mentioned(ast.parse(code), {*RAW, 1}) == found
