"""Tells whether the column that a notebook predicts stands among its features too."""

from idea.analysis.raw_columns import RawColumns
from idea.analysis.slices import Slices
from idea.analysis.target import Target


def stands_in_features(slices: Slices, raw: RawColumns, target: Target) -> bool:
    """Tell whether X has the target's column, as far as X's columns are known.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        target: the column to predict.
    """
    names = {target.column, target.alias}
    for position, tracker in raw.tracked(slices, sorted({*slices.X, *slices.y})):
        if position >= len(slices.steps):
            columns = tracker.columns(slices.fit.X) or []
            return any(one.name in names and one.raw == target.column for one in columns)
    return False
