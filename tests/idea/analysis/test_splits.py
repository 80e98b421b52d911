"""How a notebook splits its rows."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import FIT, XY, analysed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ("random", 0.25, 42)),
        (", test_size=0.3, random_state=5", ("random", 0.3, 5)),
        (", train_size=0.8, random_state=0", ("random", 0.2, 0)),
        (", test_size=15", ("random", 0.25, 42)),
        (", stratify=y, test_size=0.1", ("stratified", 0.1, 42)),
        (", shuffle=False", ("time", 0.25, 42)),
        (", test_size=size, random_state=SEED", ("random", 0.4, 9)),
        (", stratify=None", ("random", 0.25, 42)),
        (", test_size=0.01", ("random", 0.01, 42)),
        (", test_size=0.95", ("random", 0.95, 42)),
        (", test_size=7", ("random", 0.116666, 42)),  # as many rows, rounded up or to the nearest
        (", train_size=45", ("random", 0.25, 42)),
        (", random_state=-1", ("random", 0.25, 42)),
    ],
)
def test_a_split_is_the_notebook_s(
    people: Path, options: str, expected: tuple[str, float, int]
) -> None:
    code = f"SEED, size = 9, 0.4\na, b, c, d = train_test_split(X, y{options})\n"
    found = analysed(people, XY, code, "m = LogisticRegression().fit(a, c)\nm.score(b, d)")
    assert (found.split_kind, found.test_size, found.seed) == expected
    assert found.reading.split.position > 0


def test_without_a_split_there_is_a_usual_one(people: Path) -> None:
    found = analysed(people, XY, FIT)
    assert (found.split_kind, found.test_size, found.seed) == ("stratified", 0.2, 42)
    assert found.reading.split.position == -1


def test_a_split_of_the_frame_in_two_stages_is_followed(people: Path) -> None:
    code = (
        "full, test = train_test_split(df, test_size=0.2, random_state=1)\n"
        "train, val = train_test_split(full, test_size=0.25, random_state=1)\n"
        "y_train = train['churn'].values\ndel train['churn']\n"
        "m = LogisticRegression().fit(train[['age', 'income']], y_train)\n"
    )
    found = analysed(people, code)
    assert (found.reading.target.column, found.reading.used) == ("churn", ("age", "income"))
    assert found.seed == 1


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ("a, test = train_test_split(df, test_size=0.2)\n"
         "train, val = train_test_split(a, test_size=0.25)\n", 0.2),
        ("a, d, b, e = train_test_split(df, df['churn'], test_size=0.1, random_state=1)\n"
         "train, v, w, u = train_test_split(a, b, test_size=0.5, random_state=2)\n", 0.1),
        ("train, rest = train_test_split(df, test_size=0.4)\n"
         "val, test = train_test_split(rest, test_size=0.5)\n", 0.2),
        ("train, rest = train_test_split(df, train_size=0.6)\n"
         "test, val = train_test_split(rest, test_size=0.25)\n", 0.1),
    ],
)  # fmt: skip
def test_of_three_parts_the_outer_test_counts(people: Path, code: str, size: float) -> None:
    found = analysed(people, code, "X = train[['age']]\ny = train['churn']\n", FIT)
    assert found.split_kind == "random"
    assert found.test_size == pytest.approx(size, abs=2e-6)


def test_a_loop_over_a_splitter_is_a_split(people: Path) -> None:
    code = (
        "split = StratifiedShuffleSplit(n_splits=1, test_size=0.2, random_state=6)\n"
        "for train_index, test_index in split.split(df, df['plan']):\n"
        "    train = df.loc[train_index]\n    test = df.loc[test_index]\n"
        "X = train.drop(['churn', 'plan'], axis=1)\ny = train['churn']\n"
    )
    found = analysed(people, code, FIT)
    assert found.reading.target.column == "churn"
    assert found.reading.features.filters == ()


def test_a_split_by_position_leaves_out_no_rows(people: Path) -> None:
    code = "train, test = df[:40], df[40:]\nX = train[['age']]\ny = train['churn']\n"
    found = analysed(people, code, FIT)
    assert found.reading.preparation.kept == ""
    assert found.reading.target.column == "churn"


def test_a_split_under_another_name_is_a_split(people: Path) -> None:
    code = "from sklearn.model_selection import train_test_split as cut\na, b, c, d = cut(X, y)\n"
    found = analysed(people, XY, code, "LogisticRegression().fit(a, c)")
    assert (found.split_kind, found.test_size, found.seed) == ("random", 0.25, 42)


@pytest.mark.parametrize(
    "taken",
    [
        "X_train, y_train, X_test = parts[0], parts[2], parts[1]\n",
        "X_train = parts[0]\nX_test = parts[1]\ny_train = parts[-2]\n",
        "X_train, X_test, y_train, y_test = parts\n",
    ],
)
def test_parts_of_a_split_are_taken_from_one_variable(people: Path, taken: str) -> None:
    split = "parts = train_test_split(X, y, test_size=0.3, random_state=3)\n"
    fit = "m = LogisticRegression().fit(X_train, y_train)\nm.predict(X_test)"
    found = analysed(people, XY, split + taken + fit)
    assert (found.split_kind, found.test_size, found.seed) == ("random", 0.3, 3)
    assert found.reading.target.column == "churn"
    assert found.reading.used == ("age", "income")
