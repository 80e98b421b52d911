"""Bodies go and come; what is around them stays, byte for byte."""

import ast

import pytest

from course.functions import emptied, normalised, replaced
from course.mistakes import Mistake
from tests.course.invented import GATE

AWKWARD = '''\
import os, sys
from collections import OrderedDict, defaultdict  # kept as it is

@staticmethod
def one(a,  b = 1): return a+os.sep  # on a line


async def two(
    a,  # the first
    b,
):
    # a hint above the first statement
    with open(a) as file:
        return file.read()
    # a hint below the last one


# of the module
def three():
    "Only a docstring, and a body."

    def inner():
        yield defaultdict

    return inner


class Other:
    x  =  OrderedDict()
    def four(self): # why
        """Doc.

        More.
        """

        return sys


def  five(): pass
'''


def test_signature_and_docstring_stay_and_unused_imports_go() -> None:
    text, gone = emptied(GATE, ["interval", "Gate.passes"], "lab 8")
    assert (
        'import json\n\n\ndef interval(scores: list[float]) -> tuple[float, float]:\n    """'
        in text
    )
    assert "import math" not in text
    assert "statistics" not in text
    assert text.count('raise NotImplementedError("lab 8")') == 2
    assert text.count("def said(scores: list[float]) -> str:") == 1
    assert "error = stdev(scores) / math.sqrt(len(scores))" in gone
    assert "# The error of a mean falls with the root of their number." in gone
    assert all(line not in text for line in gone)


def test_a_field_of_an_imports_name_is_no_use_of_it() -> None:
    text = (
        "from other import digest\n\n\nclass A:\n    digest: str\n\n\ndef f():\n    return digest\n"
    )
    assert emptied(text, ["f"], "lab 8")[0].startswith("\n\nclass A:\n    digest: str\n")


def test_what_is_written_oddly_stays_as_it_is() -> None:
    text, gone = emptied(AWKWARD, ["one", "two", "three", "Other.four"], 'a "b"')
    ast.parse(text)
    assert text == (
        "from collections import OrderedDict\n\n"
        "@staticmethod\ndef one(a,  b = 1):\n"
        '    raise NotImplementedError("a \\"b\\"")\n\n\n'
        "async def two(\n    a,  # the first\n    b,\n):\n"
        '    raise NotImplementedError("a \\"b\\"")\n\n\n'
        '# of the module\ndef three():\n    "Only a docstring, and a body."\n'
        '    raise NotImplementedError("a \\"b\\"")\n\n\n'
        "class Other:\n    x  =  OrderedDict()\n    def four(self): # why\n"
        '        """Doc.\n\n        More.\n        """\n'
        '        raise NotImplementedError("a \\"b\\"")\n\n\n'
        "def  five(): pass\n"
    )
    assert "# a hint above the first statement" in gone
    assert "# a hint below the last one" in gone


def test_emptying_nothing_changes_nothing() -> None:
    assert emptied(AWKWARD, [], "") == (AWKWARD, [])


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["twoo"], "there is no function twoo; functions are one, two, three"),
        (["three", "three.inner"], "three.inner is within three"),
    ],
)
def test_a_name_that_is_not_there_is_refused(names: list[str], said: str) -> None:
    with pytest.raises(Mistake, match=said):
        emptied(AWKWARD, names, "")


def test_a_body_is_given_back() -> None:
    empty, _ = emptied(GATE, ["interval", "Gate.passes"], "lab 8")
    text = replaced(empty, GATE, ["interval", "Gate.passes"])
    found, expected = (normalised(source, "Gate.passes") for source in (text, GATE))
    assert found == expected
    assert replaced(GATE, GATE, ["interval", "Gate.passes"]) == GATE
    other = "class Gate:\n  def passes(s, x):\n    if x:\n        return 1\n    return 2\n"
    assert (
        'above the floor."""\n        if x:\n            return 1\n        return 2\n'
        in replaced(GATE, other, ["Gate.passes"])
    )
    with pytest.raises(Mistake, match="there is no function nothing"):
        replaced(GATE, "def nothing():\n    return 1\n", ["nothing"])


def test_copies_are_told_whatever_they_are_named() -> None:
    one = "def f(a, b):\n    '''Doc.'''\n    c = a + 1  # one\n    return c * b.mean()\n"
    two = "def f(first, x):\n    total = (first + 1)\n\n    return total * x.mean()\n"
    three = two.replace("mean", "sum")
    assert normalised(one, "f") == normalised(two, "f") != normalised(three, "f")
    assert normalised("def f(:", "f") == normalised(one, "g") == []
