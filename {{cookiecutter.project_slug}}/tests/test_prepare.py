"""What is left out or made before anything is split."""

import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.prepare import prepare

from rows import raw


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
