"""What is learned from training rows is kept, told to one row as to all, and fits a model file."""

{% if cookiecutter.__notebook %}import re
{% endif %}from collections import Counter
{%- if cookiecutter.__notebook %}
from collections.abc import Callable, Iterator
{%- endif %}
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any{{ ', ClassVar' if cookiecutter.__notebook }}

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from {{ cookiecutter.package_name }}.model.model_file import trusted_types
from {{ cookiecutter.package_name }}.steps import (
    LabelEncoder,
    Learned,
    Steps,
    as_read,
    packed,
{%- if cookiecutter.__notebook %}
    replay,
    run_cells,
{%- endif %}
    unpacked,
    without_indexes,
)
from {{ cookiecutter.package_name }}.tools import errors
{%- if cookiecutter.__notebook %}
from {{ cookiecutter.package_name }}.tools.errors import Refusal
{%- endif %}

ROWS = pd.DataFrame(
    {
        "city": ["Rome", "Oslo", None, "Oslo", "Lima", "Rome"],
        "sex": ["f", "m", "m", "f", "f", "m"],
        "age": [20.0, 30.0, np.nan, 50.0, 60.0, 40.0],
        "rooms": [1, 2, 3, 4, 2, 1],
    }
).astype({"city": "object", "sex": "object"})
DAYS = pd.to_datetime(["2024-01-02", "2024-03-04"])


def through_a_file(value: Any) -> Any:
    content = skops.io.dumps(packed(value))
    return unpacked(skops.io.loads(content, trusted=trusted_types(content, Path("learned"))))


SERIES = [
    ROWS["age"],
    ROWS["city"],
    ROWS.groupby("city")["age"].mean(),
    ROWS.groupby(["city", "sex"])["age"].median(),
    ROWS["city"].value_counts(),
    ROWS["age"].value_counts(bins=2),
    ROWS.groupby(pd.cut(ROWS["age"], 2), observed=True)["rooms"].max(),
    pd.Series(DAYS, index=[None, "b"], name=("a", 1)),
    pd.Series(DAYS - DAYS[0]),
    pd.Series(["a", None], dtype="category"),
    pd.Series([1, None], dtype="Int64"),
    pd.Series(["a", "b"], dtype="str"),
    pd.Series([True, False], index=DAYS),
    pd.Series([1.5], dtype="float32"),
    pd.Series([], dtype="object"),
]


@pytest.mark.parametrize("series", SERIES, ids=range(len(SERIES)))
def test_a_series_fits_a_model_file(series: pd.Series) -> None:
    pd.testing.assert_series_equal(through_a_file(series), series, check_index_type=False)


TABLES = [
    ROWS,
    ROWS.assign(band=pd.cut(ROWS["age"], 2), day=DAYS[0]),
    ROWS.pivot_table(values="age", index="sex", columns="rooms"),
    ROWS.groupby("sex").agg({"age": ["min", "max"]}),
    ROWS[["age", "rooms"]].corr(),
    ROWS.head(0),
]


@pytest.mark.parametrize("frame", TABLES, ids=range(len(TABLES)))
def test_a_table_fits_a_model_file(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        through_a_file(frame), frame, check_index_type=False, check_column_type=False
    )


INDEXES = [
    pd.Index(["a", "b"], name="letter"),
    pd.Index([1, None, "a"], dtype="object"),
    pd.RangeIndex(3),
    pd.DatetimeIndex(DAYS),
    pd.CategoricalIndex(["a", "b"], ordered=True),
    pd.interval_range(0, 2),
    pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["letter", None]),
]


@pytest.mark.parametrize("index", INDEXES, ids=range(len(INDEXES)))
def test_an_index_fits_a_model_file(index: pd.Index) -> None:
    pd.testing.assert_index_equal(through_a_file(index), index, exact="equiv")


VALUES = [
    1,
    np.float64(2.5),
    np.int64(3),
    np.bool_(True),
    np.str_("a"),
    None,
    "a",
    DAYS[0],
    DAYS[0].tz_localize("Europe/Rome"),
    DAYS[1] - DAYS[0],
    np.datetime64("2024-01-02"),
    np.timedelta64(3, "D"),
    date(2024, 1, 2),
    datetime(2024, 1, 2, 3, tzinfo=UTC),
    pd.Interval(0.5, 2, closed="left"),
    pd.CategoricalDtype(["b", "a"], ordered=True),
    {None: 1, 2: "b", 2.5: [1], ("a", 1): {"deep": DAYS[0]}, "pandas": "dict"},
    {pd.Interval(0, 1): 1, DAYS[0]: 2, True: 3},
    Counter("abracadabra"),
    [1, ("a", [2.5]), {"b": None}],
    {"a", "b"},
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_fits_a_model_file(value: Any) -> None:
    assert through_a_file(value) == value


def test_missing_values_fit_a_model_file() -> None:
    back = through_a_file([pd.NaT, pd.NA, np.nan])
    assert back[0] is pd.NaT
    assert back[1] is pd.NA
    assert np.isnan(back[2])


ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    ROWS["city"].unique(),
    np.array([["a", None], [1, 2.5]], dtype=object),
    DAYS.to_numpy(),
    np.array(["a", "bc"]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=range(len(ARRAYS)))
def test_an_array_fits_a_model_file(array: Any) -> None:
    back = through_a_file(array)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    pd.testing.assert_series_equal(pd.Series(back.ravel()), pd.Series(array.ravel()))


def test_an_array_of_pandas_fits_a_model_file() -> None:
    array = pd.Categorical(["a", "b", "a"])
    assert through_a_file(array).equals(array)


def test_estimators_that_hold_an_index_fit_a_model_file() -> None:
    numbers = ROWS.select_dtypes("number").columns
    made = ColumnTransformer(
        [("n", StandardScaler(), numbers), ("c", OneHotEncoder(), pd.Index(["sex"]))]
    )
    fitted = without_indexes(made.fit(ROWS))
    np.testing.assert_allclose(through_a_file(fitted).transform(ROWS), fitted.transform(ROWS))


def test_estimators_that_hold_masks_of_columns_fit_a_model_file() -> None:
    rows = ROWS.drop(columns="city")
    texts = rows.dtypes.map(lambda kind: kind.kind not in "if")
    made = ColumnTransformer([("n", StandardScaler(), ~texts), ("c", OneHotEncoder(), texts)])
    fitted = without_indexes(made.fit(rows))
    np.testing.assert_allclose(through_a_file(fitted).transform(rows), fitted.transform(rows))


def test_estimators_by_name_fit_a_model_file() -> None:
    fitted = {"sex": LabelEncoder().fit(ROWS["sex"]), 2: SimpleImputer().fit(ROWS[["age"]])}
    back = through_a_file(without_indexes(fitted))
    assert list(back["sex"].transform(["m", "f", "new"])) == [1, 0, -1]
    assert back[2].statistics_ == [40.0]


class Example(Steps):
    """One of each of what steps can learn."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:
        df = X.copy()
        df["age"] = df["age"].fillna(learn("age_median", lambda: df["age"].median()))
        df["band"] = learn.cut("band", df["age"], 3, labels=False)
        df["half"] = learn.qcut("half", df["age"], 2, labels=False)
        df["code"] = learn.factorize("code", df["city"])[0]
        df["kind"] = learn.category("kind", df["city"]).cat.codes
        df["by_sex"] = learn.by_group("by_sex", df, "sex", "age", "mean")
        df["by_both"] = learn.by_group("by_both", df, ["sex", "city"], "age", "max")
        df["own"] = learn.by_group("own", df["rooms"], [df["sex"]], None, "min")
        df["alike"] = learn.by_group("alike", df, "sex", "sex", "count")
        df = learn.category("two", df, ["sex"])
        return learn.get_dummies("dummies", df, dtype=int)


def test_what_was_learned_stays_when_a_step_changes_it() -> None:
    learn = Learned(fitting=True)
    for _ in range(2):
        rates = learn("rates", lambda: pd.DataFrame({"rate": [1.0, 2.0]}))
        rates["rate"] = rates["rate"] * 2
        rates.loc[0, "rate"] += 1
        names = learn("names", lambda: ["a"])
        names.append("b")
        assert rates["rate"].tolist() == [3.0, 4.0]
        assert names == ["a", "b"]


def test_drawn_numbers_are_those_of_the_training_rows() -> None:
    learn = Learned(fitting=True)
    drawn = learn.draw("ages", 9, lambda size: np.random.randint(1, 1_000, size))  # noqa: NPY002
    again = Learned(fitting=True).draw(
        "ages",
        9,
        lambda size: np.random.randint(1, 1_000, size),  # noqa: NPY002
    )
    assert len(set(drawn)) > 1
    assert drawn.tolist() == again.tolist()
    later = Learned(learn.known)
    assert later.draw("ages", 2, np.zeros).tolist() == [sorted(drawn)[4]] * 2
    assert later.draw("ages", 0, np.zeros).tolist() == []


@pytest.mark.parametrize(
    ("written", "months"),
    [
        (["24/04/2019", "01/05/2019", None, "1/06/2019"], [4, 5, 6]),
        (["01/05/2019", "02/05/2019", "24/04/2019"], [5, 5, 4]),
        (["04/24/2019", "05/01/2019"], [4, 5]),
        (["01/05/2019", "02/06/2019"], [1, 2]),
        (["2019-04-24", "2019-05-01"], [4, 5]),
        ([pd.Timestamp(2019, 4, 24), pd.Timestamp(2019, 5, 1)], [4, 5]),
    ],
)
def test_one_date_is_read_as_all_dates_are(written: list[Any], months: list[int]) -> None:
    learn = Learned(fitting=True)
    dates = pd.Series(written, dtype=object)
    assert learn.to_datetime("day", dates).dropna().dt.month.tolist() == months
    each = [learn.to_datetime("day", dates[[at]]) for at in dates.dropna().index]
    assert [one.dt.month.iloc[0] for one in each] == months


def test_dates_in_no_format_are_read_one_by_one() -> None:
    dates = pd.Series(["around May", "24/04/2019"])
    read = Learned(fitting=True).to_datetime("day", dates, errors="coerce")
    assert read.dt.month.isna().tolist() == [True, False]


def test_one_row_gets_what_all_rows_get() -> None:
    steps = Example()
    fitted = steps.fit_transform(ROWS)
    pd.testing.assert_frame_equal(steps.transform(ROWS), fitted)
    alone = pd.concat([steps.transform(ROWS.iloc[[row]]) for row in range(len(ROWS))])
    pd.testing.assert_frame_equal(alone, fitted, check_dtype=False)


class Sorted(Steps):
    """Steps that sort the rows."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        return as_read(X, ["age", "rooms"]).sort_values("age")


def test_a_row_stays_in_its_place_whatever_steps_sort_by() -> None:
    pd.testing.assert_frame_equal(Sorted().fit_transform(ROWS), ROWS[["age", "rooms"]])


def test_steps_fit_a_model_file() -> None:
    steps = Example().fit(ROWS)
    content = skops.io.dumps(steps)
    back = skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    pd.testing.assert_frame_equal(back.transform(ROWS), steps.transform(ROWS))


def test_new_values_have_no_place_of_their_own() -> None:
    steps = Example().fit(ROWS)
    new = steps.transform(ROWS.head(1).assign(city="Bonn", sex="x", age=900.0)).iloc[0]
    assert new["code"] == new["kind"] == -1
    assert new["band"] == 2
    assert new["half"] == 1
    assert np.isnan(new["by_sex"])
    assert not new[["city_Rome", "city_Oslo", "city_Lima"]].any()


@pytest.mark.parametrize("size", [1e-3, 1e9])
@pytest.mark.parametrize("right", [True, False])
def test_bins_hold_the_ends_of_any_size(size: float, right: bool) -> None:
    values = pd.Series([0.0, 1.0, 2.0, 3.0]) * size
    learn = Learned(fitting=True)
    fitted = learn.cut("bins", values, 3, right=right)
    pd.testing.assert_series_equal(fitted, pd.cut(values, 3, right=right))
    outside = Learned(learn.known).cut("bins", pd.Series([-size, 9 * size]), 3, right=right)
    assert list(outside.cat.codes) == [0, 2]


def test_numbers_of_bins_have_the_type_they_had_while_fitting() -> None:
    learn = Learned(fitting=True)
    fitted = learn.cut("bins", ROWS["age"], 3, labels=False)
    assert fitted.dtype == float
    assert Learned(learn.known).cut("bins", ROWS["age"].head(1), 3, labels=False).dtype == float
    assert learn.qcut("half", ROWS["rooms"], 2, labels=False).dtype == "int64"


def test_a_value_is_made_once_and_only_while_fitting() -> None:
    learn = Learned(fitting=True)
    assert learn("one", lambda: 1) == 1
    assert learn("one", lambda: 2) == 1
    with pytest.raises(KeyError, match="two"):
        Learned(learn.known)("two", lambda: 2)


def test_what_is_known_beforehand_is_not_learned() -> None:
    steps = Example(known={"age_median": -1.0}).fit(ROWS)
    assert steps.transform(ROWS).loc[2, "age"] == -1


def test_texts_are_encoded_whatever_stands_beside_them() -> None:
    encoder = LabelEncoder().fit(["a", float("nan"), "b"])
    assert list(encoder.transform([float("nan")])) == [2]
    assert list(LabelEncoder().fit([3, 5]).transform(pd.DataFrame({"n": [5, 4]}))) == [1, -1]


def test_rows_are_as_they_were_read() -> None:
    table = ROWS.assign(day=DAYS[0]).set_axis([5, 6, 7, 8, 9, 10])
    read = as_read(table[["rooms", "day", "city"]], ["city", "target", "rooms", "day"])
    assert list(read.columns) == ["city", "target", "rooms", "day"]
    assert list(read.index) == list(range(6))
    assert (read["target"] == 0).all()
    assert read["city"].dtype == read["day"].dtype == object
    assert read["day"][0] == "2024-01-02"


FAILING = """\
def add_rooms(df):
    \"\"\"Count the rooms (cells 3,
    4).\"\"\"
    df["rooms"] = df["rooms"].map(
        lambda text: int(text)
    )
    return df
"""


class Rooms(Steps):
    """Steps of a file of their own."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:
        scope: dict[str, Any] = {}
        exec(compile(FAILING, str(errors.PACKAGE / "features.py"), "exec"), scope)  # noqa: S102
        return scope["add_rooms"](X)


@pytest.mark.parametrize("fitting", [True, False])
def test_a_step_that_fails_is_named_with_its_cell_its_statement_and_the_row(
    fitting: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(errors, "PACKAGE", tmp_path)
    (tmp_path / "features.py").write_text(FAILING, encoding="utf-8")
    good = pd.DataFrame({"rooms": ["1", "2", "3", "4"]}, index=[10, 11, 12, 13])
    bad = good.replace({"rooms": {"3": "many"}})
    steps = Rooms().fit(good)
    with pytest.raises(ValueError, match="many") as failure:
        steps.fit(bad) if fitting else steps.transform(bad)
    line = errors.failed_step(failure.value)
    assert line is not None
    assert line.startswith("add_rooms in features.py (cells 3, 4 of the notebook) fails at `df[")
    assert "ValueError: invalid literal for int() with base 10: 'many', for row 12 of" in line
    assert "\n" not in line


def test_an_exception_from_elsewhere_is_no_step_s() -> None:
    with pytest.raises(ZeroDivisionError) as failure:
        1 / 0  # noqa: B018
    assert errors.failed_step(failure.value) is None
{%- if cookiecutter.__notebook %}


# The notebook's own cells, replayed

CELLS = run_cells.Cells(["shop", "guests", "sales"], ["shops.csv"])
SALES = pd.DataFrame(
    {
        "shop": ["a", "b", "c", "b", "a", "b"] * 5,
        "guests": np.random.default_rng(3).permutation(30) * 3,
        "sales": np.arange(30.0),
    }
)
READ = "df = notebook.read(pd.read_csv, 'shops.csv')\n"
LOOKS_AROUND = """\
df['rank'] = df['guests'].rank()
df['in_shop'] = df.groupby('shop')['guests'].transform('count')
df['before'] = df['guests'].shift(1).rolling(2).mean()
df = df.dropna()
notebook.fit(df[['rank', 'in_shop', 'before']], df['sales'])
"""


class Replayed(replay.Replay):
    cells = CELLS
    constants: ClassVar = {"sales": 0.0}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Writes what stands in the cells."""

    def write(code: str) -> None:
        run_cells.SOURCE.write_text(f"import pandas as pd\n# %% cell 1\n{code}", encoding="utf-8")
        run_cells.forget()

    monkeypatch.setattr(run_cells, "SOURCE", tmp_path / "cells.py")
    yield write
    run_cells.forget()


def fitted(rows: pd.DataFrame = SALES) -> Replayed:
    return Replayed().fit(rows[["shop", "guests"]], rows["sales"])


def test_what_a_replayed_row_costs_is_said(
    written: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    written(READ + LOOKS_AROUND)
    with caplog.at_level("INFO"):
        fitted()
    (said,) = [text for text in caplog.messages if "replayed" in text]
    assert f"as long as the cells on all {len(SALES)} rows" in said


def test_a_new_row_is_replayed_below_the_training_rows(written: Callable[[str], None]) -> None:
    written(READ + LOOKS_AROUND)
    train, new = SALES.head(28), SALES.tail(2)[["shop", "guests"]]
    features = fitted(train)
    below = pd.concat([train, SALES.iloc[[29]]])
    whole = features.transform(new)
    assert whole["rank"].iloc[1] == below["guests"].rank().iloc[-1]
    assert whole["in_shop"].iloc[1] == (below["shop"] == "b").sum()
    assert whole["before"].iloc[1] == train["guests"].tail(2).mean()
    alone = pd.concat([features.transform(new.iloc[[row]]) for row in (0, 1)])
    pd.testing.assert_frame_equal(alone, whole)


def test_a_row_that_is_asked_for_again_is_not_replayed_again(
    written: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(READ + LOOKS_AROUND)
    features, new = fitted(SALES.head(28)), SALES.tail(2)[["shop", "guests"]]
    before = features.transform(new)
    monkeypatch.setattr(Replayed, "_alone", None)
    pd.testing.assert_frame_equal(features.transform(pd.concat([new, new])).head(2), before)
    with pytest.raises(TypeError):
        fitted(SALES.head(28)).transform(new)


def test_training_rows_have_their_own_features(written: Callable[[str], None]) -> None:
    written(READ + LOOKS_AROUND)
    X = Replayed().fit_transform(SALES[["shop", "guests"]], SALES["sales"])
    assert X["rank"].tolist() == SALES["guests"].rank().tolist()
    assert X["before"].iloc[0] == SALES["guests"].tail(2).mean()  # as a new row, which comes last
    pd.testing.assert_frame_equal(fitted().transform(SALES[["shop", "guests"]]), X)


def test_rows_that_depend_on_each_other_are_asked_for_alone(
    written: Callable[[str], None],
) -> None:
    written(READ + "notebook.fit(df[['guests']] / df['guests'].sum(), df['sales'])")
    features = fitted(SALES.head(15))
    new = SALES.tail(15)[["shop", "guests"]]
    total = SALES["guests"].head(15).sum()
    expected = new["guests"] / (total + new["guests"])
    assert features.transform(new)["guests"].tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("df['x'] = df['nothing']\nnotebook.fit(df, df['sales'])", "cell 1, `df['x'] = df['nothi"),
        ("df.head()", "end before the fit"),
        (
            "df = df.sort_values('guests').reset_index(drop=True)\n"
            "notebook.fit(df[['guests']], df['sales'])",
            "which row",
        ),
        (
            "df = notebook.renumber(df.sort_values('guests').reset_index, drop=True)\n"
            "df['number'] = df.index\nnotebook.fit(df[['guests', 'number']], df['sales'])",
            "which row",
        ),
        (
            "import numpy as np\ndf['x'] = df['guests'] + np.random.rand(len(df))\n"
            "notebook.fit(df[['guests', 'x']], df['sales'])",
            "another value of x",
        ),
    ],
)
def test_what_can_not_be_replayed_is_refused(
    written: Callable[[str], None], code: str, said: str
) -> None:
    written(READ + code)
    with pytest.raises(Refusal, match=re.escape(said)):
        fitted()


def test_rows_that_the_notebook_numbers_anew_are_still_told_apart(
    written: Callable[[str], None],
) -> None:
    written(
        READ + "df = notebook.renumber(df.sort_values('guests').reset_index, drop=True)\n"
        "df['rank'] = df['guests'].rank()\n"
        "sizes = pd.DataFrame({'shop': ['a', 'b', 'c'], 'size': [1, 2, 3]})\n"
        "df = notebook.merge(pd.merge, df, sizes, on='shop')\n"
        "notebook.fit(df[['guests', 'rank', 'size']].values, df['sales'])"
    )
    train = SALES.head(28)
    X = Replayed().fit_transform(train[["shop", "guests"]], train["sales"])
    assert X[:, 0].tolist() == train["guests"].tolist()
    assert X[:, 1].tolist() == train["guests"].rank().tolist()
    (alone,) = fitted(train).transform(SALES[["shop", "guests"]].tail(1))
    below = pd.concat([train, SALES.tail(1)])
    assert alone.tolist() == [SALES["guests"].iloc[-1], below["guests"].rank().iloc[-1], 2]
    rows = CELLS.rows_of_notebook(SALES)
    assert rows is not None
    assert rows.tolist() == SALES.sort_values("guests").index.tolist()


def test_a_feature_of_the_row_before_does_not_say_which_row_it_is(
    written: Callable[[str], None],
) -> None:
    written(
        READ + "df['before'] = df['guests'].shift(1)\n"
        "df = notebook.renumber(df.dropna().reset_index, drop=True)\n"
        "notebook.fit(df[['guests', 'before']], df['sales'])"
    )
    rows = CELLS.rows_of_notebook(SALES)
    assert rows is not None
    assert rows.tolist() == [*range(1, len(SALES))]


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("notebook.part(df[['guests']], slice(None, 20, None))", 20),
        ("notebook.part(df.loc, (df['sales'] < 9, ['guests']))", 9),
        ("notebook.part(notebook.part(df.iloc, [0, 1, 2]), ['guests'])", 3),
        ("notebook.part(df[['guests']].to_numpy(), (slice(5, None, None), slice(None)))", 25),
        ("notebook.taken(df.tail, 5)[['guests']]", 5),
        ("notebook.taken(notebook.taken(df.drop, df.index[5:]).drop, columns='sales')", 5),
    ],
)
def test_rows_that_the_notebook_holds_back_by_hand_were_held_back_before(
    written: Callable[[str], None], code: str, kept: int
) -> None:
    written(f"{READ}X = {code}\nnotebook.fit(X, df['sales'])")
    assert np.shape(CELLS.run(SALES)[0].X)[0] == len(SALES)
    assert np.shape(CELLS.run(SALES, splits=True)[0].X)[0] == kept


def test_a_row_that_the_notebook_leaves_out_has_no_answer(written: Callable[[str], None]) -> None:
    written(READ + "df = df[df['guests'] < 100]\nnotebook.fit(df[['guests']], df['sales'])")
    features = fitted()
    with pytest.raises(run_cells.CellsError, match="leaves out rows like this one"):
        features.transform(pd.DataFrame({"shop": ["a"], "guests": [100]}))


def test_the_rows_to_learn_from_and_their_target(written: Callable[[str], None]) -> None:
    written(READ + "df = df[df['guests'] > 30]\nnotebook.fit(df[['guests']], df['sales'] > 9)")
    found = CELLS.rows_to_learn_from(SALES, "late")
    assert found["guests"].min() > 30
    assert found["late"].tolist() == (found["sales"] > 9).tolist()


def test_what_is_kept_fits_into_a_model_file(written: Callable[[str], None]) -> None:
    written(READ + LOOKS_AROUND)
    features = fitted()
    again = Replayed()
    again.__setstate__(features.__getstate__() | {"learned_": through_a_file(features.learned_)})
    new = pd.DataFrame({"shop": ["a"], "guests": [31]})
    pd.testing.assert_frame_equal(again.transform(new), features.transform(new))
{%- endif %}


def test_of_an_exception_the_first_line_that_says_something_is_shown() -> None:
    framed = LookupError("\n*****\n  Resource words not found.\n  Get it.\n*****\n")
    assert errors.brief(framed) == "LookupError: Resource words not found."
    assert errors.brief(KeyError("a")) == "KeyError: 'a'"
    assert errors.brief(AssertionError()) == "AssertionError"
