"""Which statements a name needs: what makes it, what changes it, and what those use."""

import ast

import pytest

from idea.program import Program, Step
from idea.program.dataflow import Effects, effects
from idea.program.names_used import free_names, root


def program(code: str) -> Program:
    tree = ast.parse(code)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return Program(tuple(Step(node, 1, node.lineno) for node in tree.body), functions)


def sliced(code: str, *names: str, given: tuple[str, ...] = ()) -> list[str]:
    """Give the first lines of the statements that some names need at the end of the code."""
    whole = program(code)
    positions = whole.backward_slice(names, len(whole.steps), given)
    return [ast.unparse(whole.steps[position].node).splitlines()[0] for position in positions]


SLICES = [
    # what makes it, and what that uses
    ("a = 1\nb = 2\nc = a + 1", ["a = 1", "c = a + 1"]),
    # only the last making counts
    ("c = 1\nc = 2", ["c = 2"]),
    ("c = 1\nc = c + 1", ["c = 1", "c = c + 1"]),
    ("c = 1\nc += 1", ["c = 1", "c += 1"]),
    # changes in place
    ("c = f()\nc['a'] = 1\nb['a'] = 2", ["c = f()", "c['a'] = 1"]),
    ("c = f()\nc.loc[0, 'a'] = 1", ["c = f()", "c.loc[0, 'a'] = 1"]),
    ("c = f()\nc.a = 1", ["c = f()", "c.a = 1"]),
    ("c = f()\nc.columns = names", ["c = f()", "c.columns = names"]),
    ("c = f()\ndel c['a']", ["c = f()", "del c['a']"]),
    ("c = f()\nc['a'] += 1", ["c = f()", "c['a'] += 1"]),
    ("c = f()\nc.drop('a', inplace=True)", ["c = f()", "c.drop('a', inplace=True)"]),
    ("c = f()\nc['a'].fillna(0, inplace=True)", ["c = f()", "c['a'].fillna(0, inplace=True)"]),
    ("c = f()\nc.drop('a', inplace=False)\nc.head()", ["c = f()"]),
    ("c = []\nc.append(1)", ["c = []", "c.append(1)"]),
    ("c = {}\nc['a'].append(1)", ["c = {}", "c['a'].append(1)"]),
    ("m = M()\nm.fit(a)\nc = m.transform(a)", ["m = M()", "m.fit(a)", "c = m.transform(a)"]),
    ("m = M()\nb = m.fit_transform(a)\nc = m.x", ["m = M()", "b = m.fit_transform(a)", "c = m.x"]),
    # blocks may make it, or not
    ("c = 1\nif a:\n    c = 2", ["c = 1", "if a:"]),
    ("c = 1\nfor i in a:\n    c = i", ["c = 1", "for i in a:"]),
    ("c = 1\nwhile a:\n    c = 2", ["c = 1", "while a:"]),
    ("c = 1\ntry:\n    c = f()\nexcept E:\n    pass", ["c = 1", "try:"]),
    ("c = 1\nwith f() as g:\n    c = g", ["with f() as g:"]),
    ("c = f()\nfor i in names:\n    c[i] = 1", ["c = f()", "for i in names:"]),
    # a loop over frames changes them
    ("c = f()\nfor d in [b, c]:\n    d['a'] = 1", ["c = f()", "for d in [b, c]:"]),
    # what a loop makes for itself is not needed from before
    ("i = 1\nx = 2\nfor i in a:\n    x = i\n    c.append(x)", ["for i in a:"]),
    # unpacking
    ("a, c = f()", ["a, c = f()"]),
    ("(a, [b, *c]) = f()", ["a, [b, *c] = f()"]),
    ("c: int = 1", ["c: int = 1"]),
    ("b = (c := 1)", ["b = (c := 1)"]),
    # names of their own
    ("i = 1\nc = [i for i in a]", ["c = [i for i in a]"]),
    ("x = 1\nc = lambda x: x", ["c = lambda x: x"]),
    ("x = 1\nc = lambda: x", ["x = 1", "c = lambda: x"]),
    # functions
    ("k = 1\ndef g():\n    return k\nc = g()", ["k = 1", "def g():", "c = g()"]),
    ("c = f()\ndef g(d):\n    d['a'] = 1\ng(c)", ["c = f()", "def g(d):", "g(c)"]),
    ("c = f()\ndef g(d):\n    return d['a']\ng(c)", ["c = f()"]),
    ("class C:\n    def f(self): return 1\nc = C()", ["class C:", "c = C()"]),
    # imports
    ("import a.b as c", ["import a.b as c"]),
    ("from a import b as c", ["from a import b as c"]),
    ("import c.d", ["import c.d"]),
]


@pytest.mark.parametrize(("code", "needed"), SLICES)
def test_a_slice_is_what_a_name_needs(code: str, needed: list[str]) -> None:
    assert sliced(code, "c") == needed


def test_what_is_given_needs_no_making() -> None:
    assert sliced("a = 1\nb = a\nc = b", "c", given=("b",)) == ["c = b"]


def test_a_slice_ends_before_its_position() -> None:
    whole = program("c = 1\nc = 2\nc = 3")
    assert whole.backward_slice({"c"}, 2) == [1]
    assert whole.backward_slice({"c"}, 0) == []


LAST = [
    ("c = 1\nc = a", "a"),
    ("b = c = a", "a"),
    ("c, b = a, 2", "a"),
    ("(b, (c, d)) = 1, (a, 2)", "a"),
    ("c: int = a", "a"),
    ("c = a\nc['x'] = 1", "a"),
    ("if x:\n    c = a", "a"),
    ("c, b = f()", None),
    ("c = a\nfrom m import c", None),
    ("b = 1", None),
]


@pytest.mark.parametrize(("code", "value"), LAST)
def test_the_last_value_of_a_name(code: str, value: str | None) -> None:
    whole = program(code)
    found = whole.last_value("c", len(whole.steps))
    assert (found and ast.unparse(found[0])) == value


EFFECTS = [
    ("a = b", {"a"}, set(), {"b"}),
    ("a[i] = b", set(), {"a"}, {"a", "i", "b"}),
    ("a += b", {"a"}, set(), {"a", "b"}),
    ("a.sort()", set(), {"a"}, {"a"}),
    ("a.x.update(b)", set(), {"a"}, {"a", "b"}),
    ("print(a)", set(), set(), {"print", "a"}),
    ("del a", {"a"}, set(), set()),
    ("for i in a:\n    b = i", set(), {"b"}, {"a"}),
    ("if a:\n    b = c\nelse:\n    d = 1", set(), {"b", "d"}, {"a", "c"}),
    ("with a as b:\n    c = b + d", {"b", "c"}, set(), {"a", "d"}),
    ("import a, b.c", {"a", "b"}, set(), set()),
    ("def f(a, b=c):\n    return a + d", {"f"}, set(), {"c", "d"}),
    # what a block binds before it uses it is its own
    ("if c:\n    u = f(a)\n    a['b'] = u", set(), {"a", "u"}, {"c", "f", "a"}),
    (
        "for k in ks:\n    if k:\n        u = f(k)\n        a[k] = u",
        set(),
        {"a", "u"},
        {"ks", "f", "a"},
    ),
    ("if c:\n    u = 1\nelse:\n    v = u", set(), {"u", "v"}, {"c", "u"}),
    ("for k in ks:\n    if k:\n        u = 1\n    v = u", set(), {"u", "v"}, {"ks", "u"}),
    (
        "try:\n    u = f()\n    v = u\nexcept E as e:\n    v = g(e)",
        set(),
        {"u", "v"},
        {"f", "E", "g"},
    ),
]


@pytest.mark.parametrize(("code", "makes", "changes", "uses"), EFFECTS)
def test_effects(code: str, makes: set[str], changes: set[str], uses: set[str]) -> None:
    found = effects(ast.parse(code).body[0])
    assert found == Effects(frozenset(makes), frozenset(changes), frozenset(uses))


FREE = [
    ("a.b[c](d, e=f)", {"a", "c", "d", "f"}),
    ("lambda x, y=z: x + w", {"z", "w"}),
    ("[x + y for x in xs if x > t]", {"xs", "y", "t"}),
    ("{k: v for k, v in items}", {"items"}),
    ("[y for x in xs for y in x]", {"xs"}),
    ("def f(a, *b, c=1, **d):\n    e = a + g\n    def h(): return e\n    return h", {"g"}),
    ("@cached\ndef f(): pass", {"cached"}),
    ("class C(Base):\n    def f(self):\n        return self.g(a)", {"Base", "a"}),
    ("f'{a} {b!r:{c}}'", {"a", "b", "c"}),
]


@pytest.mark.parametrize(("code", "free"), FREE)
def test_free_names(code: str, free: set[str]) -> None:
    assert free_names(ast.parse(code)) == free


ROOTS = [
    ("a", "a"),
    ("a.b['c'].d(1)[2:]", "a"),
    ("a.groupby(b).mean()", "a"),
    ("f(a)", None),
    ("a + b", None),
    ("'a'.join(b)", None),
]


@pytest.mark.parametrize(("code", "name"), ROOTS)
def test_the_root_of_an_expression(code: str, name: str | None) -> None:
    assert root(ast.parse(code, mode="eval").body) == name
