"""Tables that are read within an expression, in a loop, by a function, or into a list or a dict."""

from pathlib import Path

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import read_idea
from tests.idea.analysis import whole
from tests.idea.analysis.notebooks import notebook

START = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
"""
END = "X, y = df[['size', 'people']], df['sales']\nmodel = LinearRegression().fit(X, y)"
SHOPS = pd.DataFrame(
    {
        "area": [*"abcabcabb"] * 4,
        "size": [float(7 * at % 31) for at in range(36)],
        "sales": [float(11 * at % 17) for at in range(36)],
    }
)
AREAS = pd.DataFrame({"area": [*"abc"], "people": [10.0, 20.0, 40.0]})
MERGE = "df = df.merge(areas, on='area', how='left')\n"
FILES = "names = ['shops', 'areas']\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    SHOPS.to_csv(tmp_path / "shops.csv", index=False)
    AREAS.to_csv(tmp_path / "areas.csv", index=False)
    SHOPS.drop(columns="sales").head(9).to_csv(tmp_path / "new.csv", index=False)
    monkeypatch.setitem(whole.GIVEN, "look_up", lambda name: tmp_path / name)
    return tmp_path


WITH_AREAS = {
    "an argument": "df = pd.read_csv('shops.csv')\n"
    "df = pd.merge(df, pd.read_csv('areas.csv'), on='area', how='left')\n",
    "two arguments": "df = pd.merge(pd.read_csv('shops.csv'), pd.read_csv('areas.csv'), "
    "on='area', how='left')\n",
    "a chain": "df = pd.read_csv('shops.csv')\ndf['people'] = df['area'].map("
    "pd.read_csv('areas.csv').set_index('area')['people'])\n",
    "a comprehension": FILES
    + "df, areas = [pd.read_csv(f'{name}.csv') for name in names]\n"
    + MERGE,
    "map": "df, areas = map(pd.read_csv, ['shops.csv', 'areas.csv'])\n" + MERGE,
    "a dict": "data = {n: pd.read_csv(n + '.csv') for n in ['shops', 'areas']}\n"
    "df = data['shops'].merge(data['areas'], on='area', how='left')\n",
    "a dict that a loop fills": FILES
    + "data = {}\nfor name in names:\n    data[name] = pd.read_csv(f'{name}.csv')\n"
    "data['shops'] = data['shops'].merge(data['areas'], on='area', how='left')\n"
    "df = data['shops']\n",
    "a list that is filled": "data = []\ndata.append(pd.read_csv('shops.csv'))\n"
    "data.append(pd.read_csv('areas.csv'))\n"
    "df = data[0].merge(data[1], on='area', how='left')\n",
    "a function of two": "def load():\n"
    "    return pd.read_csv('shops.csv'), pd.read_csv('areas.csv')\ndf, areas = load()\n" + MERGE,
    "a function that tries": "def load(path):\n    try:\n        return pd.read_csv(path)\n"
    "    except FileNotFoundError:\n        print('missing')\n        return None\n"
    "df = load('shops.csv').merge(load('areas.csv'), on='area', how='left')\n",
    "a walrus": "print(len(df := pd.read_csv('shops.csv')))\nareas = pd.read_csv('areas.csv')\n"
    + MERGE,
}


@pytest.mark.parametrize("kind", WITH_AREAS)
def test_two_tables_are_found_however_they_are_read(folder: Path, kind: str) -> None:
    idea = read_idea(notebook(folder, START, WITH_AREAS[kind], END))
    assert (idea.file, [each.name for each in idea.look_ups]) == ("shops.csv", ["areas.csv"])
    whole.same_as_notebook(idea, folder, SHOPS)


ALONE = {
    "a frame of it": "df = pd.DataFrame(pd.read_csv('shops.csv'))\n",
    "one of two branches": "import os\ndf = pd.read_csv('shops.csv') "
    "if os.path.exists('shops.csv') else pd.DataFrame()\n",
    "a function of several ends": "def cleaned(d, short=False):\n    if short:\n"
    "        return d.head(3)\n    d['twice'] = d['size'] * 2\n    return d\n"
    "df = cleaned(pd.read_csv('shops.csv'))\n",
    "a function of two tables": "def load(kind):\n    if kind == 'new':\n"
    "        d = pd.read_csv('new.csv')\n        return d\n    return pd.read_csv('shops.csv')\n"
    "df, other = load('old'), load('new')\ndf['twice'] = df['size'] * 2\n",
    "an object that prepares": "class Shops:\n    def __init__(self, d):\n        self.d = d\n"
    "    def run(self):\n        self.d['twice'] = self.d['size'] * 2\n        return self.d\n"
    "df = Shops(pd.read_csv('shops.csv')).run()\n",
    "a change in a dict": "data = {'train': pd.read_csv('shops.csv'), 'new': "
    "pd.read_csv('new.csv')}\nfor each in data.values():\n    each['twice'] = each['size'] * 2\n"
    "df = data['train']\n",
    "a change by place": "data = {'train': pd.read_csv('shops.csv'), 'new': "
    "pd.read_csv('new.csv')}\nfor name in data:\n"
    "    data[name] = data[name].assign(twice=data[name]['size'] * 2)\ndf = data['train']\n",
    "a change in a list": "data = [pd.read_csv(n) for n in ('shops.csv', 'new.csv')]\n"
    "for each in data:\n    each['twice'] = each['size'] * 2\ndf = data[0]\n",
}


@pytest.mark.parametrize("kind", ALONE)
def test_what_is_done_to_a_table_is_carried_over(folder: Path, kind: str) -> None:
    if "twice" not in ALONE[kind]:
        end = "X, y = df[['size']], df['sales']\n"
    else:
        end = "X, y = df[['size', 'twice']], df['sales']\n"
    idea = read_idea(notebook(folder, START, ALONE[kind], end + "LinearRegression().fit(X, y)"))
    assert (idea.file, idea.unparted) == ("shops.csv", "")
    whole.same_as_notebook(idea, folder, SHOPS)


def test_an_array_of_it(folder: Path) -> None:
    code = "a = np.array(pd.read_csv('shops.csv').drop(columns='area'))\nX, y = a[:, :1], a[:, 1]\n"
    idea = read_idea(notebook(folder, START, code, "LinearRegression().fit(X, y)"))
    assert idea.reading.target.column == "sales"
    X, y, _ = whole.by_repo(idea, SHOPS)
    np.testing.assert_array_equal(np.ravel(X), SHOPS["size"])
    np.testing.assert_array_equal(y, SHOPS["sales"])


@pytest.mark.parametrize(
    "reach",
    [
        "other = data\nother['train']['size'] = 0\n",
        "def change():\n    data['train']['size'] = 0\nchange()\n",
        'exec(\'data["train"]["size"] = 0\')\n',
        "for one in [data]:\n    one['train'] = one['train'].assign(size=0)\n",
    ],
)
def test_a_dict_that_something_else_reaches_is_not_taken_apart(folder: Path, reach: str) -> None:
    code = f"data = {{'train': pd.read_csv('shops.csv')}}\n{reach}df = data['train']\n"
    code += "X, y = df[['size']], df['sales']\nLinearRegression().fit(X, y)"
    idea = read_idea(notebook(folder, START, code))
    X, _, _ = whole.by_repo(idea, SHOPS)
    assert (X["size"] == 0).all() or idea.unparted or idea.notes
