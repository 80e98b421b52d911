"""What the document says of a cell: what it does, and why it stays."""

import pytest

from idea.codegen.cell_notes import gist, why_it_stays
from idea.notebooks import Cell
from idea.notebooks.magics import plain_python

IMPORTS = {
    "pd": "pandas",
    "np": "numpy",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "px": "plotly.express",
    "warnings": "warnings",
}


def cell(source: str) -> Cell:
    return Cell(0, "code", source, plain_python(source).code)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("# df.head()\n", "a comment"),
        ("import pandas as pd\nfrom os import path", "imports and settings"),
        ("%matplotlib inline\nimport numpy as np", "imports and settings"),
        ("!pip install lightgbm", "imports and settings"),
        ("warnings.filterwarnings('ignore')", "imports and settings"),
        ("pd.set_option('display.max_columns', 9)", "imports and settings"),
        ("pd.options.mode.chained_assignment = None", "imports and settings"),
        ("np.random.seed(1)\nsns.set_theme()", "imports and settings"),
        ("plt.rcParams['figure.figsize'] = (9, 4)", "imports and settings"),
        ("fig, ax = plt.subplots()", "it looks, plots or prints"),
        ("px.scatter(df)", "it looks, plots or prints"),
        ("df.head()", "it looks, plots or prints"),
        ("df.shape", "it looks, plots or prints"),
        ("for c in df:\n    print(c)", "it looks, plots or prints"),
        ("df['age'].plot(kind='bar')", "it looks, plots or prints"),
        ("total = df['age'].sum()", "nothing that the model is fitted to comes from it"),
        ("figure = 3", "nothing that the model is fitted to comes from it"),
        ("note = 'plt.plot and print('", "nothing that the model is fitted to comes from it"),
        ("select * from people", "not Python"),
    ],
)
def test_why_it_stays(source: str, said: str) -> None:
    assert why_it_stays(cell(source), IMPORTS) == f"stays: {said}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("df  =  df.dropna()\ny = 1", "`df = df.dropna()`"),
        ("# first\nimport os\n%time\nx = 1", "`x = 1`"),
        ("# only a comment", "`# only a comment`"),
        ("mask = a | b", "`mask = a \\| b`"),
        ("x = `a`", "`x = 'a'`"),
        ("x = " + "1 + " * 30 + "1", "`x = " + ("1 + " * 30)[:53] + "…`"),
        ("", "``"),
    ],
)
def test_gist(source: str, said: str) -> None:
    assert gist(cell(source)) == said
