"""Sorts of rows on the way to X."""

import ast
from pathlib import Path

import pytest

from idea.analysis.row_dependence import Kinds
from idea.analysis.row_order import without_sorts
from tests.idea.analysis.notebooks import FIT, XY, analysed, fitted_to


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("df = df.sort_values('age')", None),
        ("df.sort_values(by='age', inplace=True)", None),
        ("df = df.dropna().sort_index().copy()", "df = df.dropna().copy()"),
        ("for c in ['a']:\n    df.sort_values(c, inplace=True)", "for c in ['a']:\n    pass"),
        ("df = df.sort_index(axis=1)", "df = df.sort_index(axis=1)"),
        ("top = df['age'].sort_values().iloc[0]", "top = df['age'].sort_values().iloc[0]"),
        ("first = df.sort_values('age').head(3)", "first = df.sort_values('age').head(3)"),
        ("names = other.sort_values('age')", "names = other.sort_values('age')"),
    ],
)  # fmt: skip
def test_a_sort_of_the_rows_is_left_out(code: str, left: str | None) -> None:
    kept = without_sorts(ast.parse(code).body[0], Kinds({"df"}, {}))
    assert (ast.unparse(kept) if kept is not None else None) == left


def test_a_row_stays_beside_its_target(people: Path) -> None:
    code = "df = df.sort_values('income')\ndf['age'] = df['age'] / 2\n"
    assert fitted_to(analysed(people, code, XY, FIT)) == (
        "df['age'] = df['age'] / 2\nX = df[['age', 'income']]"
    )


def test_rows_stay_sorted_where_a_step_looks_at_the_row_before(people: Path) -> None:
    code = "df = df.sort_values('income')\ndf['age'] = df['age'].shift()\n"
    assert "sort_values" in fitted_to(analysed(people, code, XY, FIT))
