"""As many random numbers are drawn as there are rows at hand."""

import ast
from pathlib import Path

import pytest

from idea.codegen.features_module import features_module
from idea.program import Step
from idea.program.drawn_counts import with_counts_in_draws
from tests.idea.analysis.notebooks import FIT, XY, analysed


def written(code: str) -> str:
    """Give the statements as they are written afterwards."""
    steps = [Step(node, 1, node.lineno) for node in ast.parse(code).body]
    done = with_counts_in_draws(steps, {"np": "numpy"})
    return "\n".join(ast.unparse(step.node) for step in done)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (
            "n = df['age'].isnull().sum()\nages = np.random.randint(1, 9, size=n)",
            "ages = np.random.randint(1, 9, size=df['age'].isnull().sum())",
        ),
        (
            "for d in data:\n    n = d['age'].isna().sum()\n    a = np.random.choice([1, 2], n)",
            "for d in data:\n    a = np.random.choice([1, 2], d['age'].isna().sum())",
        ),
        ("n = len(df)\nnoise = np.random.rand(n)", "noise = np.random.rand(len(df))"),
    ],
)
def test_a_count_is_written_in_the_draw(code: str, wanted: str) -> None:
    assert written(code) == wanted


@pytest.mark.parametrize(
    "code",
    [
        "n = df['age'].isnull().sum()\na = np.random.rand(n)\nprint(n)",
        "n = df['age'].isnull().sum()\ndf['age'] = 1\na = np.random.rand(n)",
        "n = df['age'].max()\na = np.random.rand(n)",
        "n = len(df)\na = np.zeros(n)",
    ],
)
def test_another_number_stays(code: str) -> None:
    assert written(code) == code


def test_gaps_are_filled_by_as_many_numbers_as_there_are(people: Path) -> None:
    gaps = (
        "low, high = df['age'].mean() - 9, df['age'].mean() + 9\n"
        "missing = df['age'].isnull().sum()\n"
        "drawn = np.random.randint(low, high, size=missing)\n"
        "df.loc[df['age'].isnull(), 'age'] = drawn\n"
    )
    idea = analysed(people, gaps, XY + FIT)
    source = " ".join(features_module(idea, "idea.ipynb").text.split())
    count = 'df["age"].isnull().sum()'
    assert f"{count}, lambda size: np.random.randint(low, high, size=size)" in source
    assert "a row gets the middle one each time" in str(idea.notes)
