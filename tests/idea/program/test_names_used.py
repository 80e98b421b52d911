"""Statements that bind several names at once."""

import ast

import pytest

from idea.program.names_used import separated


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("a, b = x, y", 2),
        ("a, b = b, a", 0),
        ("df['a'], df['b'] = x, df['c'] * 2", 2),
        ("df['a'], df['b'] = df['b'], df['a']", 0),
        ("df['a'], df['b'] = x, df.sum(axis=1)", 0),
        ("df['a'], df['b'] = x, df[name]", 0),
        ("df.a, other = x, df.a", 0),
    ],
)
def test_what_needs_a_value_of_before_stays_one_statement(code: str, parts: int) -> None:
    (node,) = ast.parse(code).body
    assert len(separated(node)) == parts
