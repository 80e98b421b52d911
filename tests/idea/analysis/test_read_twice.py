"""A file that a notebook reads twice, for its features and for its target, is one table."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import Idea, read_idea
from tests.idea.analysis.notebooks import notebook
from tests.idea.analysis.whole import same_as_notebook

START = "import pandas as pd\nfrom sklearn.linear_model import Ridge\n"
FLATS = pd.DataFrame(
    {
        "no": range(40),
        "size": [40.0 + at * 7 % 60 for at in range(40)],
        "age": [at * 3 % 50 for at in range(40)],
        "rent": [500 + at * 13 % 400 for at in range(40)],
    }
)
ROWS = "flats = pd.read_csv('flats.csv')\nX = flats.drop(columns=['rent', 'no'])\n"
FIT = "X['part'] = X['age'] / X['size']\nRidge().fit(X, y)\n"


def read(folder: Path, *cells: str) -> Idea:
    """Read a notebook of these cells."""
    FLATS.to_csv(folder / "flats.csv", index=False)
    FLATS.iloc[:30].to_csv(folder / "others.csv", index=False)
    return read_idea(notebook(folder, START, *cells))


@pytest.mark.parametrize(
    "second",
    [
        "y = pd.read_csv('flats.csv')['rent']\n",
        "y = pd.read_csv('flats.csv', usecols=['rent'])['rent'].values\n",
        "again = pd.read_csv('flats.csv')\nagain['size'] = 0\ny = again.rent\n",
    ],
)
def test_both_readings_are_one_table(tmp_path: Path, second: str) -> None:
    for cells in ((ROWS, second, FIT), (second, ROWS, FIT)):
        found = read(tmp_path, *cells)
        assert not found.unparted
        assert found.look_ups == ()
        assert found.reading.used == ("size", "age")
        same_as_notebook(found, tmp_path, FLATS)


def test_another_file_is_another_table(tmp_path: Path) -> None:
    found = read(tmp_path, ROWS, "y = pd.read_csv('others.csv')['rent']\n", FIT)
    assert "takes its target from others.csv, of 30 rows" in found.unparted
