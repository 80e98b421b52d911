"""No statement that changes what the model is fitted to is lost without a word."""

import contextlib
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idea.analysis import BadIdea, Idea, read_idea
from tests.idea.analysis import random_notebooks
from tests.idea.analysis.notebooks import FIT, XY, analysed, notebook
from tests.idea.analysis.random_notebooks import people, random_cells, run, runs
from tests.idea.analysis.whole import by_repo

BATCHES, SEEDS = 4, 8  # thousands of seeds are tried by hand when the analysis changes


def read(folder: Path, cells: Sequence[str]) -> Idea | None:
    """Read a notebook of these cells; None if it is refused, in one line."""
    people().to_csv(folder / "people.csv", index=False)
    first = f"{random_notebooks.IMPORTS}\n{random_notebooks.LOAD}"
    path = notebook(folder, first, *cells, random_notebooks.TAIL, random_notebooks.FIT)
    try:
        return read_idea(path)
    except BadIdea:
        return None


def by_id(values: tuple[Any, Any]) -> tuple[Any, Any]:
    """Put rows in one order: no two have the same `id`."""
    X, y = values
    order = np.argsort(np.asarray(X["id"], float))
    return X.iloc[order], np.asarray(y, float)[order]


def equal(ours: tuple[Any, Any], theirs: tuple[Any, Any]) -> bool:
    """Compare X and y value for value; the order of rows does not count."""
    (X, y), (their_X, their_y) = by_id(ours), by_id(theirs)
    if list(map(str, X)) != list(map(str, their_X)) or len(X) != len(their_X):
        return False
    pairs = ((X, their_X), (y, their_y))
    return all(
        np.allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-9, equal_nan=True)
        for a, b in pairs
    )


@pytest.mark.parametrize("batch", range(BATCHES))
def test_what_differs_is_named(batch: int, tmp_path: Path) -> None:
    """The modules give what the notebook gives, or what it gives without the statements named."""
    for seed in range(SEEDS * batch, SEEDS * (batch + 1)):
        cells = random_cells(seed, fragments=1 + seed % 3)
        folder = tmp_path / str(seed)
        folder.mkdir()
        idea = read(folder, cells)
        if idea is None:
            continue
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            X, y, _ = by_repo(idea, people())
        if not equal((X, y), run(cells)):
            named = {cell - 1 for cell, _ in idea.notes}
            rest = [cell for at, cell in enumerate(cells) if at not in named]
            told = f"seed {seed}, notes {idea.notes}:\n" + "\n".join(cells)
            assert named, told
            assert not runs(rest) or equal((X, y), run(rest)), told


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("data = [df, 1]\ndata[0]['age'] = 1", "`data[0]['age'] = 1` may change `df`"),
        (
            "other = df if len(df) else None\nother.pop('plan')",
            "`other.pop('plan')` may change `df`",
        ),
        ("globals()['df']['age'] = 1", "`globals()['df']['age'] = 1` may change `df`"),
        ("exec('df[\"age\"] = 1')", """`exec('df["age"] = 1')` may change `df`"""),
        ("exec(input())", "`exec(input())` may change `df`"),
        (
            "def go():\n    df['age'] = 1\nfor _ in range(2):\n    print(go())",
            "`for _ in range(2): print(go())` may change `df`",
        ),
        (
            "class Box:\n    def __init__(self, d):\n        self.d = d\n"
            "    def go(self):\n        self.d['age'] = 1\nboxes = [Box(df)]\nboxes[0].go()",
            "`boxes[0].go()` may change `df`",
        ),
        (
            "import functools\ndef go(d):\n    d['age'] = 1\nfunctools.partial(go, df)()",
            "`functools.partial(go, df)()` may change `df`",
        ),
        ("values = df.values.copy()\npart = values[1:]\npart[0] = 1\ndf['age'] = values[:, 1]",
         "`part[0] = 1` may change `values`"),
    ],
)  # fmt: skip
def test_a_change_under_another_name_is_named(people: Path, code: str, note: str) -> None:
    assert [text for _, text in analysed(people, code, XY, FIT).notes] == [
        f"{note}: it is not carried over"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "other = df.copy()\nother['age'] = 1",
        "other = df[['age']]\nother['age'] = 1",
        "ages = df['age']\nages += 1",
        "for frame in [df.head(), df.tail()]:\n    frame['age'] = 1",
        "def show(d):\n    d = d.copy()\n    d['age'] = 1\n    print(d)\nshow(df)",
        "tree = DecisionTreeClassifier().fit(df[['age']], df['churn'])\ntree.random_state = 3",
        "scores = []\nfor n in [1, 2]:\n"
        "    tree = DecisionTreeClassifier(max_depth=n)\n    tree.fit(df[['age']], df['churn'])\n"
        "    scores.append(tree.score(df[['age']], df['churn']))",
        "means = df.groupby('plan')['age'].mean()\nmeans['a'] = 3",
        "box = {'rows': len(df)}\nbox['rows'] += 1",
        "class Box:\n    def __init__(self, d):\n        self.n = len(d)\nbox = Box(df)\nbox.n = 3",
        "exec('k = 1')",
        "print(globals()['df'])",
    ],
)
def test_what_changes_no_object_of_the_fit_is_not_named(people: Path, code: str) -> None:
    assert not [text for _, text in analysed(people, code, XY, FIT).notes if "may change" in text]
