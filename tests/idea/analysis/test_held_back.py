"""Rows that a notebook holds back by its own selection."""

import json
from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import Idea, read_idea
from idea.codegen.prepare_module import prepare_module
from tests.idea.analysis.notebooks import notebook

START = """
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.utils import shuffle

tides = pd.read_csv("tides.csv")
"""
FIT = """
model = RandomForestRegressor(n_estimators=5)
model.fit(train[["wind", "moon"]], train["level"])
print(mean_absolute_error(test["level"], model.predict(test[["wind", "moon"]])))
"""
ROWS = 80
DAYS = pd.date_range("2021-01-01", periods=ROWS).strftime("%Y-%m-%d")
TABLE = pd.DataFrame(
    {
        "day": [DAYS[(number * 37) % ROWS] for number in range(ROWS)],  # not in order
        "year": [2017 + number % 5 for number in range(ROWS)],
        "part": ["train" if number % 4 else "test" for number in range(ROWS)],
        "wind": [number * 7 % 11 + 0.5 for number in range(ROWS)],
        "moon": [number % 3 for number in range(ROWS)],
        "level": [number * 5 % 23 for number in range(ROWS)],
    }
)

# As in the rendered repo, so far as these notebooks need it.
AS_READ = """
import pandas as pd


def as_read(X, columns, known=None, dates=()):
    table = X.reindex(columns=list(columns), fill_value=0).reset_index(drop=True)
    for name in dates:
        table[name] = pd.to_datetime(table[name])
    return table
"""


def tides(folder: Path, *cells: str) -> Idea:
    TABLE.to_csv(folder / "tides.csv", index=False)
    return read_idea(notebook(folder, START, *cells))


def prepared(idea: Idea, table: pd.DataFrame = TABLE) -> pd.DataFrame:
    """Run `prepare.py` on the table."""
    text = prepare_module(idea, "idea.ipynb", "level").text
    text = text.replace("from .steps import as_read", AS_READ)
    scope: dict[str, object] = {}
    exec(text, scope)  # noqa: S102 - our own code
    result = scope["prepare"](table.copy())  # type: ignore[operator]
    assert isinstance(result, pd.DataFrame)
    return result


def by_notebook(folder: Path, *cells: str) -> tuple[list[int], list[int]]:
    """Run the notebook; give the rows of its training and of its test set, by their wind."""
    TABLE.assign(at=range(ROWS)).to_csv(folder / "tides.csv", index=False)
    scope: dict[str, object] = {}
    code = START.replace("tides.csv", str(folder / "tides.csv")) + "".join(cells)
    exec(code, scope)  # noqa: S102 - our own code
    train, test = scope["train"], scope["test"]
    return sorted(train["at"]), sorted(test["at"])  # type: ignore[index]


MONTH = 'tides["day"] = pd.to_datetime(tides["day"])\n'

PREDEFINED = [
    # by date
    'train = tides[tides["day"] < "2021-03-01"]\ntest = tides[tides["day"] >= "2021-03-01"]\n',
    MONTH + 'cut = pd.Timestamp("2021-02-20")\ntrain = tides.loc[tides.day <= cut]\n'
    "test = tides.loc[tides.day > cut]\n",
    MONTH + 'train = tides[tides["day"].dt.month < 3].copy()\n'
    'test = tides[tides["day"].dt.month == 3].copy()\n',
    'train = tides.query("day < \'2021-02-10\'")\ntest = tides.query("day >= \'2021-02-10\'")\n',
    # by season
    'train = tides[tides["year"] != 2021]\ntest = tides[tides["year"] == 2021]\n',
    "train = tides[tides.year.isin([2017, 2018, 2019])]\ntest = tides[tides.year.isin([2020])]\n",
    # by a mask
    'mask = tides["part"] == "train"\ntrain, test = tides[mask], tides[~mask]\n',
    'is_test = tides["part"].eq("test")\ntrain = tides.loc[~is_test].reset_index(drop=True)\n'
    "test = tides.loc[is_test].reset_index(drop=True)\n",
    # by an index of dates
    MONTH + 'tides = tides.set_index("day").sort_index()\ntrain = tides.loc[:"2021-02-25"]\n'
    'test = tides.loc["2021-02-26":]\n',
    MONTH + 'tides = tides.set_index("day")\ntides = tides[tides["wind"] < 9]\n'
    'train = tides[tides.index < "2021-02"]\ntest = tides[tides.index >= "2021-02"]\n',
    # rows left out before
    'tides = tides[tides["wind"] > 1]\ntrain = tides[tides["year"] < 2020]\n'
    'test = tides[tides["year"] >= 2020]\n',
    # outliers cut from training rows only
    'train = tides[tides["year"] < 2020]\ntest = tides[tides["year"] >= 2020]\n'
    'train = train[train["level"] < 20]\n',
    "train, test = train_test_split(tides, test_size=0.25, random_state=3)\n"
    'train = train[train["level"] <= train["level"].quantile(0.9)]\n',
    "train, test = train_test_split(tides, test_size=0.3, random_state=4)\n"
    'train = train.drop(train[train["wind"] > 9].index)\n',
    # a cut after an order that is no raw column's
    'tides["order"] = tides["year"] * 100 + tides["moon"]\n'
    'tides = tides.sort_values("order", kind="stable")\n'
    "train, test = tides.iloc[:60], tides.iloc[60:]\n",
]  # fmt: skip


def test_an_array_is_cut_by_position(tmp_path: Path) -> None:
    cells = (
        "from sklearn import preprocessing\nX = tides[['wind', 'moon']].astype('float64')\n"
        "X = preprocessing.scale(X)\ny = tides['level']\nX_train = X[20:, :]\n"
        "y_train = y[20:]\nX_test = X[:20, :]\ny_test = y[:20]\n",
        "model = RandomForestRegressor(n_estimators=5)\nmodel.fit(X_train, y_train)\n"
        "print(mean_absolute_error(y_test, model.predict(X_test)))\n",
    )
    found = tides(tmp_path, *cells)
    assert found.split_kind == "predefined"
    held_back = prepared(found)["held_back"]
    assert list(np.flatnonzero(held_back)) == list(range(20))
    assert len(held_back) == ROWS


@pytest.mark.parametrize("cell", PREDEFINED)
def test_rows_are_the_notebook_s_own(tmp_path: Path, cell: str) -> None:
    found = tides(tmp_path, cell, FIT)
    assert found.split_kind == "predefined"
    assert found.reading.features.filters is not None
    table = prepared(found)
    train, test = by_notebook(tmp_path, cell)
    held_back = table["held_back"]
    assert sorted(table.index[held_back]) == test
    assert sorted(table.index[~held_back]) == train
    assert list(table.columns[:-1]) == list(TABLE.columns)


def test_a_computed_target_is_that_of_all_rows(tmp_path: Path) -> None:
    cell = (
        'tides["level"] = np.log1p(tides["level"].round(1))\n'
        'train = tides[tides["year"] < 2020]\ntest = tides[tides["year"] >= 2020]\n'
        'train = train[train["level"] < 3]\n'
    )
    table = prepared(tides(tmp_path, cell, FIT))
    assert table["level"].notna().all()
    assert table["held_back"].sum() == (TABLE["year"] >= 2020).sum()
    assert np.allclose(table["level"], np.log1p(TABLE["level"].round(1))[table.index])


@pytest.mark.parametrize(
    "cell",
    [
        'train = tides.dropna().set_index("day")\ntrain = train[train["wind"] > 2]\n'
        'y = np.sqrt(train["level"])\n',
        'tides = tides.set_index(pd.to_datetime(tides["day"]))\n'
        'train = tides[tides["wind"] > 2].copy()\ny = train["level"].pow(0.5)\n',
        'train = tides[tides["wind"] > 2].reset_index()\ny = train["level"] ** 0.5\n',
        'train = tides[tides["wind"] > 2].reset_index(drop=True)\n'
        'y = (train["level"] ** 0.5).values\n',
    ],
)
def test_rows_are_known_by_number_whatever_their_index_becomes(tmp_path: Path, cell: str) -> None:
    fit = 'model = RandomForestRegressor().fit(train[["moon"]], y)\n'
    table = prepared(tides(tmp_path, cell, fit))
    wanted = TABLE[TABLE["wind"] > 2]
    assert list(table.index) == list(wanted.index)
    assert np.allclose(table["level"], wanted["level"])


TIMES = [
    ('tides = tides.sort_values("day")\ncut = int(len(tides) * 0.75)\n'
     "train, test = tides.iloc[:cut], tides.iloc[cut:]\n", "day", 0.25),
    ('tides = tides.sort_values(by=["day"]).reset_index(drop=True)\nn = tides.shape[0]\n'
     "train = tides[: int(0.9 * n)]\ntest = tides[int(0.9 * n) :]\n", "day", 0.1),
    ("train = tides[:-20]\ntest = tides[-20:]\n", None, 0.25),
    ("train, test = tides.head(60), tides.tail(20)\n", None, 0.25),
    ("size = round(len(tides) * 0.2)\ntrain = tides.iloc[: len(tides) - size]\n"
     "test = tides.iloc[len(tides) - size :]\n", None, 0.2),
    ('tides = tides.sort_values("day")\n'
     "train, test = train_test_split(tides, test_size=0.3, shuffle=False)\n", "day", 0.3),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "column", "size"), TIMES)
def test_a_cut_of_the_last_rows_is_a_split_by_time(
    tmp_path: Path, cell: str, column: str | None, size: float
) -> None:
    found = tides(tmp_path, cell, FIT)
    assert (found.split_kind, found.split_column, found.test_size) == ("time", column, size)
    assert not found.reading.preparation.does_something  # no row is left out


RANDOM = [
    ("mask = np.random.rand(len(tides)) < 0.8\ntrain, test = tides[mask], tides[~mask]\n", 0.2, 42),
    (
        "mask = np.random.rand(len(tides)) < 0.8\ntides['wind'] = tides['wind'] * 2\n"
        "train = tides[mask]\ntest = tides[~mask]\n",
        0.2,
        42,
    ),
    ("train = tides.sample(frac=0.7, random_state=5)\ntest = tides.drop(train.index)\n", 0.3, 5),
    ("tides = shuffle(tides, random_state=9)\ntrain, test = tides[:60], tides[60:]\n", 0.25, 9),
    ("tides = tides.sample(frac=1, random_state=8).reset_index(drop=True)\n"
     "cut = int(0.9 * len(tides))\ntrain = tides.iloc[:cut]\ntest = tides.iloc[cut:]\n", 0.1, 8),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "size", "seed"), RANDOM)
def test_rows_that_are_drawn_are_a_random_split(
    tmp_path: Path, cell: str, size: float, seed: int
) -> None:
    found = tides(tmp_path, cell, FIT)
    assert (found.split_kind, found.seed) == ("random", seed)
    assert found.test_size == pytest.approx(size)
    assert found.reading.preparation.kept == ""


@pytest.mark.parametrize(
    "cell",
    [
        'train = tides[tides["wind"] > 1]\ntest = train\n',
        'tides = tides.dropna()\ntrain = tides[tides["year"] > 2017]\ntest = tides\n',
    ],
)
def test_a_filter_without_rows_that_are_held_back_stays_a_filter(tmp_path: Path, cell: str) -> None:
    found = tides(tmp_path, cell, FIT)
    assert found.split_kind == "random"
    assert found.reading.preparation.kept
    assert found.reading.preparation.predefined is None


def test_what_is_held_back_is_in_the_column_s_name(tmp_path: Path) -> None:
    table = TABLE.assign(held_back=0)
    path = notebook(tmp_path, START, PREDEFINED[4], FIT)
    table.to_csv(tmp_path / "tides.csv", index=False)
    found = read_idea(path)
    assert list(prepared(found, table))[-1] == "held_back_"
    assert json.dumps(list(table))  # the table's own column stays
