"""Expressions that are evaluated statically, and those that are not."""

import ast
import math
from typing import Any

import pytest

from idea.program import literal
from idea.program.static_functions import MAX_ITEMS
from idea.program.static_values import Unknown, elements, entries, resolve


class Written:
    """Names as a straight piece of source gives them: imports, and the last assignment of each."""

    def __init__(self, source: str = "import numpy as np\nimport math\n") -> None:
        self.imports: dict[str, str] = {}
        self.values: dict[str, ast.expr] = {}
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Import):
                for name in statement.names:
                    self.imports[name.asname or name.name] = name.name
            elif isinstance(statement, ast.ImportFrom):
                for name in statement.names:
                    self.imports[name.asname or name.name] = f"{statement.module}.{name.name}"
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self.values[statement.targets[0].id] = statement.value

    def path(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return self.imports.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.path(node.value)
            return owner and f"{owner}.{node.attr}"
        return None

    def value(self, name: str) -> ast.expr | None:
        return self.values.get(name)


def expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


NAMES = Written("""
import math
import numpy as np
SEED = 42
CONFIG = {"seed": 7, "rates": [0.1, 0.2], "deep": {"depth": (3, 5)}}
base = dict(max_depth=3, eta=0.1)
more = {**base, "eta": 0.3}
loop = loop + 1
""")

KNOWN: list[tuple[str, Any]] = [
    ("-1", -1),
    ("+1.5e-3", 0.0015),
    ("None", None),
    ("not True", False),
    ("(1, 'a', None)", [1, "a", None]),
    ("{3, 1, 3}", [3, 1]),
    ("{'a': (1,), 2: True}", {"a": [1], 2: True}),
    ("SEED", 42),
    ("SEED / 4 + 2 ** 3 - 7 // 2 * 2 % 5", 17.5),
    ("[1] + [2, 3]", [1, 2, 3]),
    ("[None] * 2 + [*range(2)]", [None, None, 0, 1]),
    ("'a' + 'b' * 2", "abb"),
    ("f'model_{SEED}'", "model_42"),
    ("CONFIG['seed']", 7),
    ("CONFIG['deep']['depth'][-1]", 5),
    ("CONFIG['rates'][:1]", [0.1]),
    ("CONFIG.get('none', 3)", 3),
    ("list(CONFIG.keys())", ["seed", "rates", "deep"]),
    ("more", {"max_depth": 3, "eta": 0.3}),
    ("dict(zip('ab', range(2)))", {"a": 0, "b": 1}),
    ("dict(base, x=1)", {"max_depth": 3, "eta": 0.1, "x": 1}),
    ("range(1, 4)", [1, 2, 3]),
    ("list(range(10, 0, -5))", [10, 5]),
    ("sorted({3, 1}) + [len('abc'), max(4, 5), sum([1, 2]), abs(-2)]", [1, 3, 3, 5, 3, 2]),
    ("int('3') + round(2.6) + float('1')", 7.0),
    ("float('inf')", math.inf),
    ("np.inf", math.inf),
    ("-np.pi", -math.pi),
    ("math.sqrt(16)", 4.0),
    ("np.arange(3)", [0, 1, 2]),
    ("np.arange(1, 10, 4)", [1, 5, 9]),
    ("np.arange(start=1, stop=3)", [1, 2]),
    ("np.arange(0.1, 0.5, 0.1)", [0.1, 0.2, 0.30000000000000004, 0.4]),
    ("np.linspace(0, 1, 5)", [0.0, 0.25, 0.5, 0.75, 1.0]),
    ("np.linspace(0, 10, num=3, dtype=int).tolist()", [0, 5, 10]),
    ("np.logspace(-2, 2, 5)", [0.01, 0.1, 1.0, 10.0, 100.0]),
    ("np.logspace(0, 3, 4, base=2)", [1.0, 2.0, 4.0, 8.0]),
    ("np.geomspace(1, 100, 3)", [1.0, 10.0, 100.0]),
    ("np.array([[1, 2], [3, 4]]) * 2", [[2, 4], [6, 8]]),
    ("10.0 ** -np.arange(1, 4)", [0.1, 0.01, 0.001]),
    ("np.arange(2) + np.array([10, 20])", [10, 21]),
    ("np.array([1.5, 2.5]).astype(int)", [1, 2]),
    ("np.round(np.linspace(0, 1, 4), 2)", [0.0, 0.33, 0.67, 1.0]),
    ("[int(x) for x in np.linspace(start=100, stop=1200, num=12)]", list(range(100, 1201, 100))),
    ("[x * y for x in (1, 2) for y in (3, 4) if x < 2]", [3, 4]),
    ("{k: v + 1 for k, v in {'a': 1}.items()}", {"a": 2}),
    ("[i for i, _ in enumerate('ab')]", [0, 1]),
    ("1 if SEED > 40 else 2", 1),
    ("'A b'.lower().split()", ["a", "b"]),
    ("'{}_{}'.format('a', 1)", "a_1"),
]


@pytest.mark.parametrize(("source", "value"), KNOWN, ids=[source for source, _ in KNOWN])
def test_known(source: str, value: Any) -> None:
    found = literal(expression(source), NAMES)
    assert found == pytest.approx(value) if isinstance(value, float) else found == value
    assert type(found) is type(value)


def test_not_a_number_is_known() -> None:
    assert math.isnan(literal(expression("np.nan"), NAMES))


UNKNOWN = [
    "missing",
    "loop",
    "len(df)",
    "df['a'].mean()",
    "[x for x in df.columns]",
    "open('secret')",
    "__import__('os').system('true')",
    "np.random.rand(3)",
    "np.load('x.npy')",
    "(1).__class__",
    "'a'.join(['b'])",
    "f'{SEED:1000000000}'",
    "'{:1000000000}'.format(1)",
    "lambda x: x",
    "b'bytes'",
    "1j",
    "(-8) ** 0.5",
    "1 / 0",
    "[1][2]",
    "{[1]: 2}",
    "[1, 2] * np.array([1, 2, 3])",
    "range(10 ** 9)",
    "[0] * 10 ** 9",
    "'a' * 10 ** 9",
    "9 ** 9 ** 9",
    "np.linspace(0, 1, 10 ** 9)",
    "np.arange(0, 1, 1e-9)",
    "[[[0] * 9999] * 9999] * 9999",
    "[a + b for a in range(9999) for b in range(9999)]",
    "(" * 60 + "1" + ",)" * 60 + " + " + "-" * 200 + "1",
]


@pytest.mark.parametrize("source", UNKNOWN, ids=[source[:40] for source in UNKNOWN])
def test_unknown(source: str) -> None:
    with pytest.raises(Unknown) as refused:
        literal(expression(source), NAMES)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) <= 80


def test_the_largest_list_is_known() -> None:
    assert len(literal(expression(f"list(range({MAX_ITEMS}))"), NAMES)) == MAX_ITEMS


def test_doubling_names_end() -> None:
    source = "x0 = [1]\n" + "".join(f"x{i + 1} = x{i} + x{i}\n" for i in range(60))
    with pytest.raises(Unknown):
        literal(expression("x60"), Written(source))


def test_resolve_follows_names_and_entries() -> None:
    names = Written("a = b\nb = {'m': [f(1), g(2)]}\nc = a['m']\n")
    assert ast.unparse(resolve(expression("c[1]"), names)) == "g(2)"
    assert ast.unparse(resolve(expression("c[9]"), names)) == "c[9]"


@pytest.mark.parametrize("source", ["a = b\nb = a\n", "a = a['x']\n"])
def test_resolve_in_circles(source: str) -> None:
    with pytest.raises(Unknown):
        resolve(expression("a"), Written(source))


def test_entries_however_written() -> None:
    names = Written("a = {'x': f(1), 'y': 2}\n")
    found = entries(expression("dict(a, z=3, **{'y': g(4)})"), names)
    assert [(key, ast.unparse(node)) for key, node in found] == [
        ("x", "f(1)"),
        ("y", "g(4)"),
        ("z", "3"),
    ]


@pytest.mark.parametrize("source", ["[1]", "around", "df"])
def test_no_entries(source: str) -> None:
    with pytest.raises(Unknown):
        entries(expression(source), Written("around = {**around}\n"))


def test_a_range_counts_what_cannot_be_evaluated() -> None:
    names = Written("models = [make(1), make(2)]\n")
    found = elements(ast.parse("range(1, len(models))", mode="eval").body, names)
    assert [ast.unparse(one) for one in found] == ["1"]
