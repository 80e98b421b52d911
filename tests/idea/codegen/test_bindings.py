"""Names that a module uses where nothing can have bound them."""

import ast
import inspect
import json
import textwrap
import types

import pytest

from idea.codegen.bindings import unbound_names, unknown_packages


def unbound(code: str) -> list[str]:
    return [found.name for found in unbound_names(ast.parse(textwrap.dedent(code)))]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        # at the top
        ("a = b", ["b"]),
        ("a = a + 1", ["a"]),
        ("a += 1", ["a"]),
        ("import numpy as np\na = np.log(1)", []),
        ("from os import path as p\np, path", ["path"]),
        ("print(len([]))", []),
        # functions run once the module is complete
        ("def f():\n    return later\nlater = 1", []),
        ("def f():\n    return g()\ndef g():\n    return nowhere", ["nowhere"]),
        ("def f(a, *b, c=d, **e):\n    return a, b, c, e", ["d"]),
        # a name that a function binds is its own everywhere in it
        ("import pandas as pd\ndef f():\n    pd = g(pd)\ndef g(pd): return pd", ["pd"]),
        ("def f():\n    train, test = cut(train, test)\ndef cut(a, b): return a, b",
         ["train", "test"]),
        ("a = 1\ndef f():\n    global a\n    a = a + 1", []),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n    return g", []),
        # branches, loops, attempts: some way binds it
        ("if 1 > 0:\n    a = 1\nprint(a)", []),
        ("if a:\n    a = 1", ["a"]),
        ("for i in range(3):\n    if i:\n        print(last)\n    last = i", []),
        ("for i in items:\n    pass\nprint(i)", ["items"]),
        ("try:\n    import json\nexcept ImportError as error:\n    print(error)\njson.dumps", []),
        ("with open('a') as f:\n    f.read()\nf", []),
        ("match 1:\n    case [x, *rest]:\n        print(x, rest)\n    case {'a': 1, **more}:\n"
         "        print(more, x)", ["x"]),
        ("while (line := input()):\n    print(line)", []),
        # scopes of their own
        ("[x for x in range(3)]\nx", ["x"]),
        ("[y for x in range(3) for y in range(x)]", []),
        ("{k: v for k, v in pairs}", ["pairs"]),
        ("f = lambda a, b=c: a + b + d", ["c", "d"]),
        ("class A:\n    size = 3\n    twice = size * 2\n    def f(self):\n        return size",
         ["size"]),
        ("class A(B):\n    def f(self):\n        return A", ["B"]),
        ("x: int = y", ["y"]),
        ("from a import *\nb", []),  # nothing can be said
    ],
)  # fmt: skip
def test_names_that_are_not_bound(code: str, names: list[str]) -> None:
    assert unbound(code) == names


def test_the_function_that_uses_it_is_named() -> None:
    found = unbound_names(ast.parse("class A:\n    def f(self):\n        return size"))
    assert [(each.name, each.function) for each in found] == [("size", "A.f")]


@pytest.mark.parametrize("module", [ast, inspect, json, textwrap, types, json.decoder])
def test_no_false_alarm_in_the_standard_library(module: types.ModuleType) -> None:
    code = inspect.getsource(module)
    stars = "import *" in code or "mod_dict" in code
    assert stars or unbound_names(ast.parse(code)) == []


@pytest.mark.parametrize(
    ("code", "packages"),
    [
        ("import re, numpy as np\nfrom sklearn.svm import SVC", []),
        ("from .steps import Learned", []),
        ("import lightgbm\nfrom category_encoders import TargetEncoder", []),
        ("import harbour.tides\nfrom quay import crane", ["harbour", "quay"]),
        ("def f():\n    import harbour", ["harbour"]),
    ],
)
def test_packages_that_no_requirement_is_known_for(code: str, packages: list[str]) -> None:
    assert unknown_packages(ast.parse(code)) == packages
