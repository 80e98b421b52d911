"""Which rows are held back."""

import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.stages.split import split_rows
from {{ cookiecutter.package_name }}.tools.errors import Refusal

TABLE = pd.DataFrame(
    {
        "day": pd.date_range("2024-01-01", periods=100)[::-1],
        "who": [number // 5 for number in range(100)],
        "y": ["rare"] * 10 + ["common"] * 90,
        "held_back": [number % 5 == 3 for number in range(100)],
    }
)


def options(kind: str, column: str | None = None) -> DictConfig:
    return OmegaConf.create({"kind": kind, "column": column, "test_size": 0.2})


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("random", None),
        ("stratified", None),
        ("group", "who"),
        ("time", "day"),
        ("predefined", "held_back"),
    ],
)
def test_no_row_is_lost_and_the_same_seed_gives_the_same_rows(
    kind: str, column: str | None
) -> None:
    train, test = split_rows(TABLE, "y", options(kind, column), seed=1)
    assert sorted([*train.index, *test.index]) == list(range(100))
    assert len(test) == 20
    again = split_rows(TABLE, "y", options(kind, column), seed=1)[1]
    assert again.equals(test)


def test_another_seed_gives_other_rows() -> None:
    one, other = (split_rows(TABLE, "y", options("random"), seed)[1] for seed in (1, 2))
    assert not one.equals(other)


def test_a_stratified_split_keeps_the_shares() -> None:
    test = split_rows(TABLE, "y", options("stratified"), seed=1)[1]
    assert (test["y"] == "rare").sum() == 2


def test_a_group_is_never_torn() -> None:
    train, test = split_rows(TABLE, "y", options("group", "who"), seed=1)
    assert not set(train["who"]) & set(test["who"])


def test_a_time_split_tests_on_the_latest() -> None:
    train, test = split_rows(TABLE, "y", options("time", "day"), seed=1)
    assert train["day"].max() < test["day"].min()


def test_predefined_rows_are_the_test() -> None:
    train, test = split_rows(TABLE, "y", options("predefined", "held_back"), seed=1)
    assert test["held_back"].all()
    assert not train["held_back"].any()


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        ("predefined", None, "needs one of the columns"),
        ("group", None, "needs one of the columns"),
        ("time", "when", "needs one of the columns"),
        ("alphabetic", None, "kinds: random"),
    ],
)
def test_options_that_do_not_suit(kind: str, column: str | None, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        split_rows(TABLE, "y", options(kind, column), seed=1)


def test_predefined_rows_must_be_of_both_kinds() -> None:
    none = TABLE.assign(held_back=False)
    with pytest.raises(Refusal, match="no rows to train or none to test"):
        split_rows(none, "y", options("predefined", "held_back"), seed=1)


def test_a_class_of_one_row_can_not_be_stratified() -> None:
    lonely = TABLE.assign(y=["lonely"] + ["common"] * 99)
    with pytest.raises(Refusal, match="drop the rare classes"):
        split_rows(lonely, "y", options("stratified"), seed=1)
