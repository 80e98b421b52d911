"""Text files that numpy reads, whose columns are taken by position."""

from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import BadIdea, read_idea
from tests.idea.analysis import whole
from tests.idea.analysis.notebooks import notebook

START = (
    "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression\n"
)
FIT = "LinearRegression().fit(X, y)"
ROWS = pd.DataFrame(
    {name: [float(at * k % 23) for at in range(30)] for k, name in ((5, "a"), (7, "b"), (9, "c"))}
)
KINDS = {
    "np.loadtxt('plain.txt')": ("a = {}\nX, y = a[:, :2], a[:, 2]\n", None),
    "np.loadtxt('plain.txt', unpack=True)": ("a, b, y = {}\nX = np.column_stack([a, b])\n", None),
    "np.loadtxt('plain.txt', usecols=(1, 0, 2))": ("a = {}\nX, y = a[:, [1, 0]], a[:, -1]\n", None),
    "np.loadtxt('named.csv', delimiter=',', skiprows=1)": (
        "a = {}\nX, y = a[:, :2], a[:, 2]\n",
        "c",
    ),
    "np.genfromtxt('named.csv', delimiter=',', skip_header=1, dtype=float)": (
        "X = {0}[:, :2]\ny = {0}[:, -1]\n",
        "c",
    ),
    "np.genfromtxt('named.csv', delimiter=',', names=True)": (
        "a = {}\nX = np.column_stack([a['a'], a['b']])\ny = a['c']\n",
        "c",
    ),
}


@pytest.mark.parametrize("read", KINDS)
def test_what_numpy_reads_is_a_table(tmp_path: Path, read: str) -> None:
    ROWS.to_csv(tmp_path / "named.csv", index=False)
    ROWS.to_csv(tmp_path / "plain.txt", index=False, header=False, sep=" ")
    code, target = KINDS[read]
    idea = read_idea(notebook(tmp_path, START, code.format(read), FIT))
    assert idea.unparted == ""
    assert idea.reading.target.column == (target or "2")
    table = ROWS if target else ROWS.set_axis(["0", "1", "2"], axis=1)
    X, y, features = whole.by_repo(idea, table)
    np.testing.assert_array_equal(np.asarray(X, float), ROWS[["a", "b"]])
    np.testing.assert_array_equal(y, ROWS["c"])
    one = features.transform(table.iloc[[4]][list(idea.reading.used)])
    np.testing.assert_array_equal(np.asarray(one, float), ROWS[["a", "b"]].iloc[[4]])


CSV = "import csv\nwith open('named.csv') as file:\n"
ROWS_OF_CSV = {
    "    rows = list(csv.DictReader(file))\ndf = pd.DataFrame(rows).astype(float)\n"
    "X, y = df[['a', 'b']], df['c']\n": "",
    "    rows = [row for row in csv.reader(file)]\na = np.array(rows[1:], dtype=float)\n"
    "X, y = a[:, :2], a[:, 2]\n": "c",
}


@pytest.mark.parametrize("code", ROWS_OF_CSV)
def test_rows_that_csv_reads_are_left_to_the_notebook_s_own_cells(
    tmp_path: Path, code: str
) -> None:
    ROWS.to_csv(tmp_path / "named.csv", index=False)
    idea = read_idea(notebook(tmp_path, START, CSV + code, FIT), None, ROWS_OF_CSV[code])
    assert "takes its table apart, row by row" in idea.unparted
    assert (idea.file, idea.reading.target.column) == ("named.csv", "c")


def test_another_way_to_read_is_named(tmp_path: Path) -> None:
    cells = ("a = np.loadtxt('plain.txt', converters={0: float})\n", "X, y = a[:, :2], a[:, 2]\n")
    with pytest.raises(BadIdea, match=r"its table is read by `numpy\.loadtxt`, and not by pandas"):
        read_idea(notebook(tmp_path, START, *cells, FIT))
