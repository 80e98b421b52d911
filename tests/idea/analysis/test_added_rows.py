"""Rows that a notebook writes down itself are named, and nothing is learned from them."""

from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from tests.idea.analysis import whole
from tests.idea.analysis.notebooks import FIT, XY, analysed

ROW = "{'id': 900, 'age': 30, 'income': 9, 'plan': 'a', 'churn': 1}"
ADDED = {
    "a frame": f"more = pd.DataFrame([{ROW}])\ndf = pd.concat([df, more], ignore_index=True)",
    "two frames": f"one = {ROW}\nmore = pd.DataFrame([one, one])\ndf = pd.concat([more, df, more])",
    "a series": f"df = pd.concat([df, pd.Series({ROW}).to_frame().T])",
    "append": f"df = df.append({ROW}, ignore_index=True)",
    "by its number": "df.loc[len(df)] = list(df.iloc[0])",
    "by its number in the index": "df.loc[df.index.max() + 1] = [900, 30, 9, 'a', 1]",
}


@pytest.mark.parametrize("kind", ADDED)
def test_they_are_named_and_left_out(people: Path, kind: str) -> None:
    idea = analysed(people, ADDED[kind], XY, FIT)
    assert idea.unparted == ""
    notes = [text for cell, text in idea.notes if cell == 1]
    assert any("adds rows that no table has: nothing is learned from them" in n for n in notes)
    table = pd.read_csv(people / "people.csv")
    X, y, _ = whole.by_repo(idea, table)
    np.testing.assert_array_equal(X, table[["age", "income"]])
    np.testing.assert_array_equal(y, table["churn"])


@pytest.mark.parametrize(
    "code",
    [
        "scores = pd.DataFrame(columns=['model', 'r2'])\nscores.loc[len(scores)] = ['tree', 0.5]",
        "df = pd.concat([df, pd.DataFrame({'new': [1] * len(df)})], axis=1)",
        "both = pd.concat([df, df])",
    ],
)
def test_other_rows_are_not(people: Path, code: str) -> None:
    notes = [text for _, text in analysed(people, code, XY, FIT).notes]
    assert not [text for text in notes if "adds rows" in text]
