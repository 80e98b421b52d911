"""Reads what a fit is made of: the table, the split, the target, the features, the rows."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from idea.analysis.features import Note, read_features
from idea.analysis.fits import Fit
from idea.analysis.prepare import read_preparation
from idea.analysis.raw_columns import RawColumns
from idea.analysis.slices import Slices
from idea.analysis.splits import Split, find_split
from idea.analysis.statements import SourcedStatement
from idea.analysis.target import find_target
from idea.analysis.used_columns import used_columns


@dataclass(frozen=True)
class Reading:
    """What a fit is made of; positions are those of the program's steps.

    Attributes:
        slices: the statements behind the fit.
        raw: the raw table's columns, in order.
        split: how the notebook splits.
        target: the column to predict.
        features: the steps from the raw table to X.
        result: X, in terms of these steps.
        learned: names of the values that are computed from training rows, in order.
        before_split: those of them that the notebook computes before it splits.
        filters: steps that leave out rows, with the source of the filter.
        imports: what the features need beyond the notebook's own imports.
        learns_of_target: whether a value is computed from the target's column while fitting.
        prepare: the statements that leave out rows or compute the target.
        kept: the frame whose rows are the ones that are left; empty if all are.
        y: the target, where it is computed; None for a raw column.
        used: the raw columns that the features look at.
        notes: what was left out, by cell.
    """

    slices: Slices
    raw: tuple[object, ...]
    split: Split
    target: str
    features: tuple[SourcedStatement, ...]
    result: ast.expr
    learned: tuple[str, ...]
    before_split: tuple[str, ...]
    filters: tuple[tuple[int, str], ...]
    imports: Mapping[str, str]
    learns_of_target: bool
    prepare: tuple[SourcedStatement, ...]
    kept: str
    y: ast.expr | None
    used: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def fit(self) -> Fit:
        """The fit."""
        return self.slices.fit

    @property
    def frame(self) -> str:
        """The variable that holds the table as it was read."""
        return self.slices.frame


def read_fit(slices: Slices, raw: RawColumns, named: str = "") -> Reading:
    """Read what a fit is made of.

    Args:
        slices: the statements behind it.
        raw: the raw table's columns.
        named: the column to predict, if the person names it.

    Raises:
        NoIdea: the column to predict can't be found.
    """
    target = find_target(slices, raw, named)
    split = find_split(slices)
    features = read_features(slices, raw, target, split)
    preparation = read_preparation(slices, raw, target, [p for p, _ in features.filters])
    return Reading(
        slices,
        raw.names,
        split,
        target.column,
        features.statements,
        features.result,
        features.learned,
        features.before_split,
        features.filters,
        features.imports,
        features.learns_of_target,
        preparation.statements,
        preparation.kept,
        preparation.y,
        used_columns(slices, raw, target, features),
        features.notes,
    )
