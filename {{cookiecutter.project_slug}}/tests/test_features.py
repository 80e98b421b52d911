"""The project's own code: rows to learn from, and features that are applied row by row."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hydra.utils import instantiate
from scipy import sparse
from sklearn.base import clone

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.features import Features
from {{ cookiecutter.package_name }}.model.model_file import load_pipeline, save_pipeline
from {{ cookiecutter.package_name }}.model.preprocess import Preprocess
from {{ cookiecutter.package_name }}.prepare import prepare

from conftest import configured
from rows import drawn, raw


def preprocess(trees: bool, kinds: dict[str, str]) -> Preprocess:
    made: Preprocess = instantiate(configured("features=default").features, kinds=kinds)
    return made.set_params(trees=trees)  # type: ignore[no-any-return]


def kinds_of(schema: Schema) -> dict[str, str]:
    return {name: schema[name].type for name in schema.features}


def as_frame(features: Any) -> pd.DataFrame:
    """What own steps give, which may be a table, an array or a sparse matrix."""
    if isinstance(features, pd.DataFrame):
        return features
    return pd.DataFrame(features.toarray() if sparse.issparse(features) else features)


@pytest.fixture
def came(schema: Schema) -> pd.DataFrame:
    """Rows as they come."""
    return raw(schema)


def test_columns_are_kept_and_the_target_is_there(came: pd.DataFrame, schema: Schema) -> None:
    prepared = prepare(came)
    assert set(came.columns) <= set(prepared.columns)
    assert prepared[schema.target].notna().any()


def test_no_row_is_made_up(came: pd.DataFrame, schema: Schema) -> None:
    kept = prepare(came)[schema.features]
    assert 0 < len(kept) <= len(came)
    pd.testing.assert_frame_equal(kept, came.loc[kept.index, schema.features])


def test_what_comes_is_not_changed(came: pd.DataFrame) -> None:
    before = came.copy()
    prepare(came)
    pd.testing.assert_frame_equal(came, before)


def test_the_same_rows_give_the_same(came: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(prepare(came), prepare(came))


def test_own_steps_give_one_row_what_they_give_all(schema: Schema, table: pd.DataFrame) -> None:
    X = table[schema.features]
    features = Features().fit(X, table[schema.target])
    whole = as_frame(features.transform(X))
    alone = pd.concat([as_frame(features.transform(X.iloc[[row]])) for row in range(20)])
    pd.testing.assert_frame_equal(
        alone.reset_index(drop=True), whole.head(20).reset_index(drop=True), check_dtype=False
    )


def test_own_steps_do_not_change_their_input(schema: Schema, table: pd.DataFrame) -> None:
    X = table[schema.features]
    before = X.copy()
    Features().fit_transform(X, table[schema.target])
    pd.testing.assert_frame_equal(X, before)


def test_own_steps_take_a_category_that_no_training_row_had(
    schema: Schema, table: pd.DataFrame
) -> None:
    for name in schema.features:
        if schema[name].type == "category":
            rare = table[name] == table[name].value_counts().index[-1]
            known, new = table[~rare], table[rare]
            features = Features().fit(known[schema.features], known[schema.target])
            assert len(as_frame(features.transform(new[schema.features]))) == len(new)


def test_own_steps_survive_the_model_file(
    schema: Schema, table: pd.DataFrame, tmp_path: Path
) -> None:
    X, y = table[schema.features], table[schema.target]
    features = Features().fit(X, y)
    save_pipeline(features, tmp_path / "features.skops")
    loaded = load_pipeline(tmp_path / "features.skops")
    pd.testing.assert_frame_equal(as_frame(loaded.transform(X)), as_frame(features.transform(X)))


@pytest.mark.parametrize("trees", [False, True])
def test_preprocessing_gives_one_row_what_it_gives_all(
    trees: bool, schema: Schema, table: pd.DataFrame
) -> None:
    X, y = table[schema.features], table[schema.target]
    fitted = preprocess(trees, kinds_of(schema)).fit(X, y)
    whole = fitted.transform(X)
    alone = np.vstack([fitted.transform(X.iloc[[row]]) for row in range(20)])
    np.testing.assert_allclose(alone, whole[:20])
    assert whole.shape[1] == len(fitted.get_feature_names_out())


@pytest.mark.parametrize("trees", [False, True])
def test_preprocessing_learns_from_the_rows_it_is_fitted_to(
    trees: bool, schema: Schema, table: pd.DataFrame
) -> None:
    X, y = table[schema.features], table[schema.target]
    fitted = preprocess(trees, kinds_of(schema)).fit(X, y)
    before = fitted.transform(X)
    fitted.transform(drawn(schema, seed=9)[schema.features])
    np.testing.assert_array_equal(fitted.transform(X), before)


MIXED = pd.DataFrame(
    {
        "number": [1.0, np.nan, 3.0] * 20,
        "boolean": pd.Series([True, None, False] * 20, dtype="object"),
        "few": ["a", "b", None] * 20,
        "many": [f"v{number}" for number in range(30)] * 2,
        "text": ["some words here", None, "other words there"] * 20,
        "more": ["one", "two", None] * 20,
        "empty": [np.nan] * 60,
        "day": pd.Series(["2024-01-01", None, "2024-03-03"] * 20, dtype="datetime64[ns]"),
    }
)
KINDS = {
    "number": "number",
    "boolean": "boolean",
    "few": "category",
    "many": "category",
    "text": "text",
    "more": "text",
    "empty": "number",
    "day": "datetime",
}


@pytest.mark.parametrize("trees", [False, True])
def test_every_role_is_turned_into_numbers(trees: bool) -> None:
    y = np.arange(60) % 2
    fitted = clone(preprocess(trees, KINDS)).fit(MIXED, y)
    assert fitted.transform(MIXED).shape == (60, len(fitted.get_feature_names_out()))
    unseen = MIXED.head(1).assign(few="never", many="never", text="never")
    assert fitted.transform(unseen).shape[0] == 1
    names = set(fitted.get_feature_names_out())
    assert {"number", "boolean", "day_month"} <= names
    assert not any("empty" in name for name in names)


def test_columns_that_own_steps_add_are_told_by_their_dtype() -> None:
    added = MIXED.drop(columns=["text", "more"]).assign(flag=True, ratio=0.5)
    fitted = preprocess(False, {}).fit(added, np.arange(60) % 2)
    assert {"flag", "ratio", "day_year"} <= set(fitted.get_feature_names_out())
