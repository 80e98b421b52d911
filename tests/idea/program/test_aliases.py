"""Objects with several names."""

import ast

import pytest

from idea.program.aliases import without_aliases
from idea.program.dataflow import Step


def rewritten(code: str) -> str:
    """Give code in which shared objects have one name."""
    steps = [Step(node, 0, node.lineno) for node in ast.parse(code).body]
    return "\n".join(ast.unparse(step.node) for step in without_aliases(steps))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("b = df\nb['x'] = 1\nfit(df)", "df['x'] = 1\nfit(df)"),
        ("b = df\ndf['x'] = 1\nfit(b)", "df['x'] = 1\nfit(df)"),
        (
            "b = df\nb['x'] = 1\nb = b.dropna()\nfit(df)",
            "df['x'] = 1\nb = df\nb = b.dropna()\nfit(df)",
        ),
        (
            "b = df\nb['x'] = 1\ndf = df.copy()\nb['y'] = 2\nfit(df)",
            "df['x'] = 1\nb = df\ndf = df.copy()\nb['y'] = 2\nfit(df)",
        ),
        (
            "both = [df, test]\nboth[0]['x'] = 1\nboth[-1]['x'] = 2\nfit(df)",
            "df['x'] = 1\ntest['x'] = 2\nfit(df)",
        ),
        (
            "both = {'a': df, 'b': test}\nboth['a'].pop('x')\nfit(df)",
            "df.pop('x')\nfit(df)",
        ),
        (
            "both = {'a': df}\nboth['a']['x'] = 1\nfit(df, both)",
            "df['x'] = 1\nfit(df, {'a': df})",
        ),
        (
            "both = [df, test]\nboth[0]['x'] = 1\nboth.append(third)\nfit(df)",
            "df['x'] = 1\nboth = [df, test]\nboth.append(third)\nfit(df)",
        ),
    ],
)
def test_what_is_changed_under_one_name_is_changed(code: str, expected: str) -> None:
    assert rewritten(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "b = df\nb = b.dropna()\nfit(b)",  # nothing is changed while they share it
        "b = df\nb['x'] = 1\nfit(b)",  # the other name is not used
        "b = df.copy()\nb['x'] = 1\nfit(df)",
        "b = df\ndef go():\n    return b\nb['x'] = 1\nfit(df)",  # reads `b` when it is called
        "b = 3\nb += 1\nfit(df)",
    ],
)
def test_other_names_stay(code: str) -> None:
    kept = [ast.unparse(node) for node in ast.parse(code).body]
    assert rewritten(code) == "\n".join(kept)
