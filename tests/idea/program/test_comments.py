"""Comments of a notebook's cells, and the statements that they belong to."""

import ast
import json
from pathlib import Path

import pytest

from idea.notebooks import read_notebook
from idea.program import Script, read_script
from idea.program.comments import read_comments


def placed(code: str) -> list[tuple[str, str, str]]:
    """Give each comment, where it stands, and the code of its node."""
    tree = ast.parse(code)
    lines = code.encode().split(b"\n")  # columns are counted in bytes
    found = []
    for comment in read_comments(code, tree).all:
        first, start, last, end = comment.node
        text = lines[first - 1][start : end if first == last else None]
        found.append((comment.text, comment.where.name, text.decode()))
    return found


def script_of(folder: Path, *cells: str) -> Script:
    """Read a notebook of some code cells."""
    path = folder / "idea.ipynb"
    content = [{"cell_type": "code", "source": cell, "outputs": []} for cell in cells]
    path.write_text(json.dumps({"cells": content, "metadata": {}, "nbformat": 4}))
    return read_script(read_notebook(path))


def commented(script: Script) -> list[tuple[str, list[str]]]:
    """Give each statement with its comments."""
    return [
        (ast.unparse(step.node), [comment.text for comment in step.comments.all])
        for step in script.program.steps
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1  # one", ("# one", "BESIDE", "x = 1")),
        ("# one\n\nx = 1", ("# one", "ABOVE", "x = 1")),
        ("x = 1\n# two\ny = 2", ("# two", "ABOVE", "y = 2")),
        ("if x:\n    y\n    # end\nz", ("# end", "BELOW", "y")),
        ("if x:\n    y\n# next\nz", ("# next", "ABOVE", "z")),
        ("if x:  # head\n    y", ("# head", "HEAD", "if x:  # head")),
        ("if x:\n    y  # inner", ("# inner", "BESIDE", "y")),
        ("if x: y  # inner", ("# inner", "BESIDE", "y")),
        ("if x:\n    y\nelse:  # or\n    z", ("# or", "ABOVE", "z")),
        ("if x:\n    y\n# or\nelif z:\n    w", ("# or", "ABOVE", "elif z:")),
        ("def f(\n    a,  # one\n): pass", ("# one", "BESIDE", "a")),
        ("def f(a):\n    # first\n    pass", ("# first", "ABOVE", "pass")),
        ("f(\n    a,  # one\n    b)", ("# one", "BESIDE", "a")),
        ("f(  # open\n    a)", ("# open", "ABOVE", "a")),
        ("f(\n    k=a,  # key\n)", ("# key", "BESIDE", "k=a")),
        ("[\n    g(a, b),  # call\n]", ("# call", "BESIDE", "g(a, b)")),
        ("[\n    1,\n    # last\n]", ("# last", "BELOW", "1")),
        ("{\n    # key\n    'a': 1}", ("# key", "ABOVE", "'a'")),
        ("{\n    'ä': 1,  # größer\n}", ("# größer", "BESIDE", "1")),
        ("x = (\n    a  # left\n    + b)", ("# left", "BESIDE", "a")),
        ("x = (\n    df.f()  # link\n    .g())", ("# link", "BESIDE", "df.f()")),
        ("x = f(a)[  # no item\n    0]", ("# no item", "ABOVE", "x = f(a)[  # no item")),
        ("text = '''\n# no comment\n'''\nx  # one", ("# one", "BESIDE", "x")),
    ],
)
def test_a_comment_has_its_place(code: str, expected: tuple[str, str, str]) -> None:
    assert placed(code) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "#!/usr/bin/env python",
        "# -*- coding: utf-8 -*-",
        "# coding: latin-1",
        "#@title Load the data",
        "#@param {type: 'string'}",
        "# noqa",
        "# noqa: E501",
        "# type: ignore",
        "# pylint: disable=all",
        "# fmt: off",
        "# pragma: no cover",
        "# %%",
        "#",
        "####",
        "# ---------",
    ],
)
def test_what_only_tools_read_is_no_comment(text: str) -> None:
    assert placed(f"{text}\nx = 1") == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("#one", "# one"),
        ("#   one  ", "# one"),
        ("#\tone", "# one"),
        ("## one", "## one"),
        ("# why  # noqa: E501", "# why"),
        ("# type: the kind of a car", "# type: the kind of a car"),
        ("# coding the cities", "# coding the cities"),
        ("# größer als 日本", "# größer als 日本"),
    ],
)
def test_a_comment_is_written_as_ruff_writes_it(written: str, read: str) -> None:
    assert placed(f"x = 1  {written}")[0][0] == read


def test_nothing_stands_below_the_last_statement_of_a_cell() -> None:
    assert placed("x = 1\n# the end") == []


def test_a_statement_keeps_its_comments(tmp_path: Path) -> None:
    script = script_of(
        tmp_path, "# one\nx = 1  # beside\n\n# two\nfor i in x:  # each\n    y = i  # y"
    )
    assert commented(script) == [
        ("x = 1", ["# one", "# beside"]),
        ("for i in x:\n    y = i", ["# two", "# each", "# y"]),
    ]


def test_a_modernised_statement_keeps_its_comments(tmp_path: Path) -> None:
    code = (
        "# rows\n"
        "df.append(  # add\n"
        "    other,  # the others\n"
        "    ignore_index=True,\n"
        ")  # done\n"
        "z = 1  # one"
    )
    script = script_of(tmp_path, "import pandas as pd\ndf = pd.DataFrame()\n" + code)
    assert script.moved
    *_, (moved, comments), (_, last) = commented(script)
    assert moved.startswith("pd.concat")
    assert sorted(comments) == ["# add", "# done", "# rows", "# the others"]
    assert last == ["# one"]


def test_each_part_of_a_split_statement_knows_the_comments(tmp_path: Path) -> None:
    script = script_of(tmp_path, "# both\na, b = 1, 2  # at once\nc = d = 3  # the same")
    one, two, three, four = script.program.steps
    assert one.comments is two.comments
    assert three.comments is four.comments
    assert [c.text for c in one.comments.all] == ["# both", "# at once"]


def test_an_inlined_function_brings_its_comments(tmp_path: Path) -> None:
    function = (
        "def clean(df):\n"
        "    # no gaps\n"
        "    df = df.dropna()  # rows\n"
        "    return df.drop(columns=['id'])  # a key\n"
    )
    script = script_of(tmp_path, function, "# tidy up\nt = clean(raw)  # all of it")
    *_, one, two, three = commented(script)
    assert one == ("df_clean = raw", ["# tidy up", "# all of it"])
    assert two == ("df_clean = df_clean.dropna()", ["# no gaps", "# rows"])
    assert three == ("t = df_clean.drop(columns=['id'])", ["# a key"])


def test_a_call_s_comments_go_to_the_first_inlined_statement(tmp_path: Path) -> None:
    function = "def flag(df):\n    # 0 or 1\n    df['a'] = df['b'] > 0  # a mask\n"
    script = script_of(tmp_path, function, "# flags\nflag(df)\nflag(df)  # again")
    *_, first, second = commented(script)
    assert first == ("df['a'] = df['b'] > 0", ["# flags", "# 0 or 1", "# a mask"])
    assert second == ("df['a'] = df['b'] > 0", ["# again", "# 0 or 1", "# a mask"])


def test_marks_of_cells_are_no_comments(tmp_path: Path) -> None:
    path = tmp_path / "idea.py"
    path.write_text(
        "# %% Load\n# the data\nx = 1\n\n# %% [markdown]\n# Text.\n\n# %%\ny = 2  # two\n"
    )
    script = read_script(read_notebook(path))
    assert commented(script) == [("x = 1", ["# the data"]), ("y = 2", ["# two"])]
