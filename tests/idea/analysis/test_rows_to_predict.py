"""A table of rows to predict beside the one that is learned from: it goes, everywhere."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import Idea, read_idea
from idea.codegen import why_it_would_fail
from idea.codegen.features_module import features_module
from tests.idea.analysis.notebooks import notebook
from tests.idea.analysis.whole import same_as_notebook

START = """
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

flats = pd.read_csv("flats.csv")
new = pd.read_csv("flats_new.csv")
"""
ROWS = 60
FLATS = pd.DataFrame(
    {
        "no": range(ROWS),
        "street": ["elm oak fir".split()[at % 3] for at in range(ROWS)],
        "size": [40.0 + at * 7 % 60 if at % 9 else None for at in range(ROWS)],
        "age": [at * 3 % 50 for at in range(ROWS)],
        "rent": [500 + at * 13 % 400 for at in range(ROWS)],
    }
)
FIT = "model = Ridge().fit(A, y)\nanswer = model.predict(B)\n"
FILL = 'both["size"] = both["size"].fillna(50)\n'
DUMMIES = "both = pd.get_dummies(both)\n"


def flats(folder: Path, *cells: str) -> Idea:
    FLATS.to_csv(folder / "flats.csv", index=False)
    FLATS.drop(columns="rent").iloc[:20].to_csv(folder / "flats_new.csv", index=False)
    return read_idea(notebook(folder, START, *cells))


CONCATENATED = [
    # concatenated, shaped, and cut back by position
    "y = flats.pop('rent')\nboth = pd.concat([flats, new], axis=0)\n" + FILL + DUMMIES
    + "A, B = both.iloc[:60], both.iloc[60:]\n",
    "n = flats.shape[0]\ny = flats.rent.values\nboth = pd.concat((flats, new), sort=False)"
    ".reset_index(drop=True)\nboth.drop(['rent', 'no'], axis=1, inplace=True)\n" + FILL + DUMMIES
    + "A = both[:n]\nB = both[n:]\n",
    "parts = [flats.drop('rent', axis=1), new]\nboth = pd.concat(objs=parts, ignore_index=True)\n"
    + FILL + DUMMIES + "y = flats['rent']\n"
    "A = both.loc[: len(flats) - 1]\nB = both.loc[len(flats) :]\n",
    "y = np.log(flats['rent'])\nboth = flats.drop(columns='rent').append(new)\n" + FILL + DUMMIES
    + "A = both.head(len(flats))\nB = both.tail(len(new))\n",
    "both = pd.concat([flats, new])\n" + FILL + DUMMIES
    + "train = both[: -len(new)]\nB = both[-len(new) :].drop(columns='rent')\n"
    "y = train['rent']\nA = train.drop(columns='rent')\n",
    # cut back by the target, or by a flag
    "both = pd.concat([flats, new], ignore_index=True)\n" + FILL + DUMMIES
    + "train = both[both['rent'].notnull()]\nB = both[both['rent'].isnull()].drop('rent', axis=1)\n"
    "A = train.drop('rent', axis=1)\ny = train['rent']\n",
    "flats['known'] = 1\nnew['known'] = 0\nnew['rent'] = 0\nboth = pd.concat([flats, new])\n"
    + FILL + DUMMIES + "train = both[both['known'] == 1]\nB = both[both['known'] == 0]\n"
    "B = B.drop(['rent', 'known'], axis=1)\n"
    "A, y = train.drop(['rent', 'known'], axis=1), train['rent']\n",
    "both = pd.concat([flats, new], keys=['train', 'test'])\n" + FILL + DUMMIES
    + "train = both.loc['train']\nB = both.loc['test'].drop(columns='rent')\n"
    "y = train['rent']\nA = train.drop(columns='rent')\n",
    "both = pd.concat([flats, new], keys=[0, 'late'])\n"
    + FILL + DUMMIES + "train = both.xs(0)\nB = both.xs('late').drop(columns='rent')\n"
    "y = train['rent']\nA = train.drop(columns='rent')\n",
    # rows are dropped before
    "flats = flats[flats['age'] < 45]\ny = flats['rent']\n"
    "both = pd.concat([flats.drop(columns='rent'), new])\n" + FILL + DUMMIES
    + "A = both[: len(flats)]\nB = both[len(flats) :]\n",
]  # fmt: skip

TAIL = (
    "A = flats[['size', 'age', 'double']]\ny = flats['rent']\nB = new[['size', 'age', 'double']]\n"
)
SHAPED_BESIDE = [
    # lists of both tables' values
    "from sklearn.preprocessing import LabelEncoder\nfor c in ['street']:\n"
    "    le = LabelEncoder()\n"
    "    le.fit(list(flats[c].values) + list(new[c].values))\n"
    "    flats['double'] = le.transform(list(flats[c].values))\n"
    "    new['double'] = le.transform(list(new[c].values))\n"
    "for t in [flats, new]:\n    t['size'] = t['size'].fillna(50)\n",
    "streets = sorted(set(flats['street'].tolist() + new['street'].tolist()))\n"
    "codes = {each: at for at, each in enumerate(streets)}\n"
    "flats['double'] = flats['street'].map(codes)\nnew['double'] = new['street'].map(codes)\n"
    "for t in [flats, new]:\n    t['size'] = t['size'].fillna(50)\n",
    # loops change the frames of which they hold the names
    "for t in [flats, new]:\n    t['size'] = t['size'].fillna(50)\n"
    "    t['double'] = t['age'] * 2\n",
    "tables = [flats, new]\nfor t in tables:\n    t['double'] = t['age'] * 2\n"
    "    t['size'] = t['size'].fillna(t['age'].max())\n",
    "for at, t in enumerate((flats, new)):\n    t['double'] = t['age'] * 2\n"
    "    t.loc[t['size'].isnull(), 'size'] = 50\n",
    "for name, t in zip(['old', 'new'], [flats, new]):\n    print(name)\n"
    "    t['double'] = t['age'] * 2\n    t['size'] = t['size'].fillna(1)\n",
    "by_name = {'old': flats, 'new': new}\nfor name, t in by_name.items():\n"
    "    t['double'] = t['age'] * 2\n    t['size'] = t['size'].fillna(1)\n",
    "by_name = dict(old=flats, new=new)\nfor t in [flats, new]:\n"
    "    t['double'] = t['age'] * 2\n    t['size'] = t['size'].fillna(1)\n",
    # helpers of one table, or of both
    "def shaped(t):\n    t = t.copy()\n    t['double'] = t['age'] * 2\n"
    "    t['size'] = t['size'].fillna(50)\n    return t\n"
    "flats, new = shaped(flats), shaped(new)\n",
    "def shaped(t):\n    t['double'] = t['age'] * 2\n    t['size'] = t['size'].fillna(50)\n"
    "    return t\nflats, new = [shaped(t) for t in (flats, new)]\n",
    "def both_shaped(a, b):\n    middle = a['size'].median()\n    for t in [a, b]:\n"
    "        t['size'] = t['size'].fillna(middle)\n        t['double'] = t['age'] * 2\n"
    "    return a, b\nflats, new = both_shaped(flats, new)\n",
    "def both_shaped(a, b, often=False):\n    if often:\n        return a, b\n"
    "    a['size'] = a['size'].fillna(50)\n    b['size'] = b['size'].fillna(50)\n"
    "    a['double'], b['double'] = a['age'] * 2, b['age'] * 2\n    return a, b\n"
    "flats, new = both_shaped(flats, new)\n",
    "flats['size'] = flats['size'].fillna(flats['size'].median())\n"
    "new['size'] = new['size'].fillna(flats['size'].median())\n"
    "flats['double'] = flats['age'] * 2\nnew['double'] = new['age'] * 2\n",
]  # fmt: skip


@pytest.mark.parametrize("cell", CONCATENATED)
def test_put_below_and_cut_off_again(tmp_path: Path, cell: str) -> None:
    found = flats(tmp_path, cell, FIT)
    assert why_it_would_fail(found) == ""
    assert (found.reading.target.column, found.split_kind) == ("rent", "random")
    assert found.reading.preparation.predefined is None
    if ".append(" in cell:
        return  # frames have no `append` today: only the repo can be run
    same_as_notebook(found, tmp_path, FLATS)


@pytest.mark.parametrize("cell", SHAPED_BESIDE)
def test_shaped_beside_the_rows_to_learn_from(tmp_path: Path, cell: str) -> None:
    found = flats(tmp_path, cell, TAIL, FIT)
    assert why_it_would_fail(found) == ""
    same_as_notebook(found, tmp_path, FLATS)


def test_it_is_said_once(tmp_path: Path) -> None:
    found = flats(tmp_path, CONCATENATED[0], FIT)
    notes = [note for _, note in found.notes if "flats_new" in note]
    assert len(notes) == 1
    assert "reads rows to predict" in notes[0]


@pytest.mark.parametrize(
    "chosen",
    [
        "skewed = both[names].apply(lambda c: skew(c.dropna())).sort_values()\n"
        "skewed = pd.DataFrame({'skew': skewed})\nskewed = skewed[abs(skewed) < 99]\n"
        "skewed = skewed.index\n",
        "gaps = both[names].isnull().sum().sort_values()\nskewed = gaps[gaps < 99][:2].index\n",
    ],
)
def test_columns_chosen_by_a_number_of_both_tables_are_no_rows(tmp_path: Path, chosen: str) -> None:
    cell = (
        "from scipy.stats import skew\ny = flats.pop('rent')\nboth = pd.concat([flats, new])\n"
        "names = both.dtypes[both.dtypes == 'int64'].index\n" + chosen
        + "for name in skewed:\n    both[name] = np.log1p(both[name])\n" + FILL + DUMMIES
        + "A, B = both[:60], both[60:]\n"
    )  # fmt: skip
    found = flats(tmp_path, cell, FIT)
    assert why_it_would_fail(found) == ""
    assert "np.log1p" in features_module(found, "n").text


def test_a_mask_of_columns_that_both_tables_have_tells_them_not_apart(tmp_path: Path) -> None:
    cell = (
        "y = flats.pop('rent')\nboth = pd.concat([flats, new])\nsmall = both[both['age'] < 9]\n"
        "mean = small['size'].mean()\nboth['size'] = both['size'].fillna(mean)\n" + DUMMIES
        + "A, B = both[:60], both[60:]\n"
    )  # fmt: skip
    found = flats(tmp_path, cell, FIT)
    assert why_it_would_fail(found) == ""
    assert found.reading.features.learned == ("mean", "dummies")


def test_a_number_of_rows_to_predict_that_a_loop_uses_is_one_of_the_others(tmp_path: Path) -> None:
    cell = (
        "for t in [flats, new]:\n    wide = new['size'].std()\n    other = new['age'].max()\n"
        "    t['size'] = t['size'].fillna(wide)\n    t['double'] = t['age'] * 2\n"
    )
    found = flats(tmp_path, cell, TAIL, FIT)
    assert why_it_would_fail(found) == ""
    assert [note for cell, note in found.notes if cell == 1] == [
        "`new['size'].std()` is of rows to predict: it is computed of `flats` instead"
    ]
    text = features_module(found, "n").text
    assert 'flats["size"].std()' in text
    assert "fillna" in text
    assert "age" in text


def test_a_table_that_is_joined_is_no_table_of_rows_to_predict(tmp_path: Path) -> None:
    cell = "flats = flats.merge(new[['no', 'age']], on='no', how='left', suffixes=('', '_new'))\n"
    found = flats(tmp_path, cell, "A = flats[['age']]\ny = flats['rent']\nB = A\n", FIT)
    assert not any("rows to predict" in note for _, note in found.notes)


def test_a_second_table_of_rows_to_learn_from_is_not_taken_away_in_silence(tmp_path: Path) -> None:
    cell = (
        "both = pd.concat([flats, new])\nA = both[['age']].fillna(0)\n"
        "y = both['rent'].fillna(0)\nB = A\n"
    )
    found = flats(tmp_path, cell, FIT)
    assert "flats_new" in found.unparted
    assert any(found.unparted in note for _, note in found.notes)


def test_a_look_up_of_both_tables_together_stays(tmp_path: Path) -> None:
    streets = "street,metres\nelm,90\noak,30\nfir,50\n"
    (tmp_path / "streets.csv").write_text(streets, encoding="utf-8")
    found = flats(
        tmp_path,
        "streets = pd.read_csv('streets.csv')\nboth = pd.concat([flats, new])\n"
        "both = both.merge(streets, on='street', how='left').drop(columns=['street', 'size'])\n"
        "A, B = both[:60], both[60:]\ny = A['rent']\nA = A.drop(columns='rent')\n" + FIT,
    )
    assert [each.name for each in found.look_ups] == ["streets.csv"]
    assert "street" in found.reading.used


def test_they_go_where_the_target_is_a_table_of_its_own(tmp_path: Path) -> None:
    FLATS[["no", "rent"]].to_csv(tmp_path / "rents.csv", index=False)
    found = flats(
        tmp_path,
        "rents = pd.read_csv('rents.csv')\nfrom sklearn.preprocessing import LabelEncoder\n",
        "for name in ['street']:\n    le = LabelEncoder()\n"
        "    flats[name] = le.fit_transform(flats[name])\n"
        "    new[name] = le.transform(new[name])\n",
        "A = flats.drop(columns=['rent', 'no', 'size'])\nB = new.drop(columns=['no', 'size'])\n",
        "y = rents['rent']\n" + FIT,
    )
    assert "new[" not in features_module(found, "idea.ipynb").text
    assert "flats_new.csv" not in [each.name for each in found.look_ups]
    assert any("rows to predict" in note for _, note in found.notes)


@pytest.mark.parametrize(
    "made",
    [
        "metres = dict(zip(streets['street'], streets['metres']))\n",
        "metres = streets.set_index('street')['metres']\n",
        "metres = streets.set_index('street')['metres'].to_dict()\n",
    ],
)
def test_a_table_that_values_are_looked_up_in_is_none(tmp_path: Path, made: str) -> None:
    text = "street,metres\nelm,90\noak,30\nfir,50\n"
    (tmp_path / "streets.csv").write_text(text, encoding="utf-8")
    found = flats(
        tmp_path,
        "streets = pd.read_csv('streets.csv')\nstreets['metres'] = streets['metres'] * 2\n" + made,
        "flats['metres'] = flats['street'].map(metres)\n",
        "A = B = flats[['age', 'metres']]\ny = flats['rent']\n" + FIT,
    )
    assert [each.name for each in found.look_ups] == ["streets.csv"]
    assert "map(metres)" in features_module(found, "idea.ipynb").text
    assert not any("left out" in note or "to predict" in note for _, note in found.notes)
