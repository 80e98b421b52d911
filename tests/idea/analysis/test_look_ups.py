"""Tables beside the one that is learned from, in which statements look something up."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import BadIdea, Idea, read_idea
from idea.codegen.features_module import features_module
from tests.idea.analysis import whole
from tests.idea.analysis.notebooks import fitted_to, made_by, notebook

START = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split

df = pd.read_csv("shops.csv")
areas = pd.read_csv("data/areas.csv")
"""
END = """
X = df.drop(columns="sales")
y = df["sales"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=3)
model = LinearRegression().fit(X, y)
"""
SHOPS = pd.DataFrame(
    {
        "area": [*"abcabcabd"] * 4,
        "size": [float(7 * at % 31) for at in range(36)],
        "sales": [float(11 * at % 17) for at in range(36)],
    }
)
AREAS = pd.DataFrame({"area": [*"abc"], "people": [10.0, 20.0, 40.0], "cars": [3.0, 5.0, 9.0]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    SHOPS.to_csv(tmp_path / "shops.csv", index=False)
    (tmp_path / "data").mkdir()
    AREAS.to_csv(tmp_path / "data/areas.csv", index=False)
    return tmp_path


def read(folder: Path, code: str, start: str = START) -> Idea:
    return read_idea(notebook(folder, start, code, END))


JOINS = [
    'df = df.merge(areas, on="area", how="left").drop(columns="area").fillna(0)',
    'df = pd.merge(df, areas, on="area").drop(columns=["area"])',
    'df = pd.merge(left=df, right=areas, how="inner", on="area").drop("area", axis=1)',
    'df = df.join(areas.set_index("area"), on="area").drop(columns="area").fillna(0)',
    'df = df.join(areas.set_index("area"), on="area", how="inner").drop(columns="area")',
    'people = areas.set_index("area")["people"]\n'
    'df["people"] = df["area"].map(people).fillna(0)\ndf = df.drop(columns="area")',
    'areas["people"] = areas["people"] * 2 + 1\n'
    'df = df.merge(areas, on="area", how="left").drop(columns="area").fillna(0)',
    "areas = areas[areas.people > 15].dropna()\nareas['each'] = areas.cars / areas.people\n"
    'df = df.merge(areas, how="left", on="area").drop(columns="area").fillna(-1)',
    'known = list(areas.area.unique())\ndf["known"] = [int(a in known) for a in df["area"]]\n'
    'df = df.drop(columns="area")',
]


@pytest.mark.parametrize("code", JOINS)
def test_what_is_looked_up_is_what_the_notebook_finds(
    folder: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(whole.GIVEN, "look_up", lambda name: folder / "data" / name)
    idea = read(folder, code)
    assert [(each.name, each.source.as_written) for each in idea.look_ups] == [
        ("areas.csv", "data/areas.csv")
    ]
    whole.same_as_notebook(idea, folder, SHOPS)


@pytest.mark.parametrize(
    "code",
    [
        'sums = areas.groupby("area")["people"].agg(["sum", "max"]).reset_index()\n'
        'df = df.merge(sums, on="area", how="left").drop(columns="area").fillna(0)',
        'df = df.merge(areas.groupby("area", as_index=False)["people"].mean(), how="left")\n'
        'df = df.drop(columns="area").fillna(0)',
        'each = areas.pivot_table(index="area", columns="cars", values="people", fill_value=0)\n'
        'df = df.join(each, on="area").drop(columns="area").fillna(0)\n'
        "df.columns = df.columns.astype(str)",
    ],
)
def test_a_row_for_each_group_of_a_long_table_is_looked_up(
    folder: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(whole.GIVEN, "look_up", lambda name: folder / "data" / name)
    pd.concat([AREAS] * 30).to_csv(folder / "data/areas.csv", index=False)
    idea = read(folder, code)
    assert not idea.unparted
    whole.same_as_notebook(idea, folder, SHOPS)


def test_the_table_is_read_while_fitting_only(folder: Path) -> None:
    text = features_module(read(folder, JOINS[0]), "n").text
    assert 'learn("areas.csv", lambda: pd.read_csv(look_up("areas.csv")))' in text
    assert "from .tools.look_ups import look_up\n" in text


def test_rows_without_a_key_are_left_out_beforehand(folder: Path) -> None:
    idea = read(folder, 'df = df.merge(areas, on="area").drop(columns="area")')
    assert "how='left'" in fitted_to(idea)
    assert "reset_index(names='row_number').merge(areas, on='area')" in made_by(idea)


def test_a_target_from_another_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(whole.GIVEN, "look_up", lambda name: folder / "data" / name)
    labels = pd.DataFrame({"open": SHOPS["sales"] * 3})
    labels.to_csv(folder / "data/areas.csv", index=False)
    fit = "model = LinearRegression().fit(X, y)"
    code = f'X = df[["size"]]\ny = np.log1p(areas["open"])\n{fit}'
    idea = read_idea(notebook(folder, START, code))
    assert idea.reading.target.column == "open"
    whole.same_as_notebook(idea, folder, SHOPS)
    labels.head(20).to_csv(folder / "data/areas.csv", index=False)
    with pytest.raises(BadIdea, match=r"takes its target from areas\.csv, of 20 rows"):
        read_idea(notebook(folder, START, code + " # changed"))


@pytest.mark.parametrize(
    ("options", "y"),
    [("", 'areas["open"]'), ("", "areas"), (", index_col=0", "areas.values.ravel()")],
)
def test_a_target_that_is_all_of_another_table(
    folder: Path, options: str, y: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(whole.GIVEN, "look_up", lambda name: folder / "data" / name)
    labels = pd.DataFrame({"open": SHOPS["sales"] * 3})
    labels.to_csv(folder / "data/areas.csv", index=bool(options))
    start = START.replace('areas.csv")', f'areas.csv"{options})')
    code = f'X = df[["size"]]\nmodel = LinearRegression().fit(X, {y})'
    idea = read_idea(notebook(folder, start, code))
    assert idea.reading.target.column == "open"
    whole.same_as_notebook(idea, folder, SHOPS)


REFUSED = {
    "df = pd.concat([df, areas])": "puts the rows of shops.csv and areas.csv together",
    "df = pd.concat([df, areas], axis=1)": "beside each other, row by row",
}


@pytest.mark.parametrize("code", REFUSED)
def test_of_a_table_that_is_no_look_up_nothing_is_parted(folder: Path, code: str) -> None:
    idea = read(folder, code)
    assert REFUSED[code] in idea.unparted
    assert "\n" not in idea.unparted
    assert "name that with dataset=" in idea.unparted
    assert not idea.look_ups
    assert [each.as_written for each in idea.also_read] == ["data/areas.csv"]


def test_a_look_up_table_to_which_the_rows_are_joined_is_refused(folder: Path) -> None:
    with pytest.raises(BadIdea, match=r"joins shops\.csv, of 36 rows, to areas\.csv"):
        read(folder, 'df = areas.merge(df, on="area", how="right")')


def test_a_table_with_a_row_for_each_row_is_no_look_up(folder: Path) -> None:
    SHOPS.rename(columns={"size": "rooms"}).to_csv(folder / "data/areas.csv")
    idea = read(folder, 'df = df.merge(areas, on="area")')
    assert "which is no look-up table" in idea.unparted
