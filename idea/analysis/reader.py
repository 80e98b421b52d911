"""Reads what a fit is made of: the table, the split, the target, the features, the rows."""

from dataclasses import dataclass

from idea.analysis.features import Features, read_features
from idea.analysis.fits import Fit
from idea.analysis.prepare import Preparation, read_preparation
from idea.analysis.raw_columns import RawColumns
from idea.analysis.resampling import Resampling, find_resampling
from idea.analysis.slices import Slices
from idea.analysis.splits import Split, find_split
from idea.analysis.target import Target, find_target
from idea.analysis.used_columns import used_columns


@dataclass(frozen=True)
class Reading:
    """What a fit is made of.

    Attributes:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        target: the column to predict.
        split: how the notebook splits.
        features: the steps from the raw table to X.
        preparation: the statements that leave out rows or compute the target.
        used: the raw columns that the features look at.
        resampled: the statements that resample rows.
    """

    slices: Slices
    raw: RawColumns
    target: Target
    split: Split
    features: Features
    preparation: Preparation
    used: tuple[str, ...]
    resampled: tuple[Resampling, ...] = ()

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
    split = find_split(slices, raw)
    features = read_features(slices, raw, target, split)
    filters = [position for position, _ in features.filters]
    preparation = read_preparation(slices, raw, target, filters, split)
    used = used_columns(slices, raw, target, features)
    return Reading(
        slices, raw, target, split, features, preparation, used, find_resampling(slices, split)
    )
