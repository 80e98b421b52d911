"""Reads what a fit is made of: the table, the split, the target, the features, the rows."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from idea.analysis.chosen_fit import NoIdea
from idea.analysis.class_encoding import Label, class_numbers, labels_of, with_class_names
from idea.analysis.features import Features, read_features
from idea.analysis.fits import Fit
from idea.analysis.made_classes import made_class_numbers, with_names
from idea.analysis.prepare import (
    MIXING_ROWS,
    Preparation,
    read_preparation,
    target_statements,
)
from idea.analysis.raw_columns import RawColumns
from idea.analysis.resampling import Resampling, find_resampling
from idea.analysis.slices import Slices
from idea.analysis.splits import Split, find_split
from idea.analysis.statements import SourcedStatement, column_strings
from idea.analysis.target import Target, dummy_sources, find_target
from idea.analysis.target_unit import Chain, transforms_of
from idea.analysis.used_columns import used_columns
from idea.models import Estimator
from idea.syntax import brief, mentions, walk

_WIDTH = 70  # of code in a line


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
        NoIdea: the column to predict can't be found, or a formula makes the features, or code that
            is not understood.
    """
    if slices.fit.written.of_formula:
        raise NoIdea(f"a formula makes the features of `{slices.fit.written.model}`")
    if why := _not_parted(slices):
        raise NoIdea(why)
    target = find_target(slices, raw, named)
    split = find_split(slices, raw)
    features = read_features(slices, raw, target, split)
    filters = [position for position, _ in features.filters]
    preparation = read_preparation(slices, raw, target, filters, split)
    used = used_columns(slices, raw, target, features)
    return Reading(
        slices, raw, target, split, features, preparation, used, find_resampling(slices, split)
    )


def _not_parted(slices: Slices) -> str:
    """Say why the statements are not to be parted; empty if they are.

    Args:
        slices: the statements behind the fit.
    """
    load = slices.steps[slices.load]
    if load.call is not None and (slices.script.path(load.call.func) or "").startswith("polars."):
        return "its tables are those of Polars, whose statements are not parted"
    for position in slices.X:
        for part in walk(slices.steps[position].node):
            match part:
                case (
                    ast.Call(func=ast.Attribute(attr="to_dict"), args=[ast.Constant("records")])
                    | ast.Starred(value=ast.Call(func=ast.Attribute(attr="tolist")))
                ):
                    return f"`{brief(part, _WIDTH)}` takes its table apart, row by row"
    return ""


def with_classes(
    reading: Reading, estimator: Estimator, cells: Callable[[str], Sequence[str] | None]
) -> tuple[Reading, Mapping[Label, int]]:
    """Predict a column's classes as the table has them, where the notebook makes numbers of them.

    Args:
        reading: what the fit is made of.
        estimator: the model.
        cells: gives the different cells of a column; None if they can't be told.

    Returns:
        The reading, changed or as it was, and the notebook's number for each class.
    """
    if reading.features.learns_of_target:
        return reading, {}
    statements = target_statements(reading.slices, reading.raw, reading.target, reading.split)
    ordered = _ordered_until(reading, statements)
    for column in _behind(reading, statements):
        written = cells(column)
        if written is None or ("" in written and not _drops_missing(reading.preparation)):
            continue
        labels = labels_of([cell for cell in written if cell])
        numbers = labels and class_numbers(reading.slices, statements, column, labels, ordered)
        if numbers and _suits(estimator, numbers):
            is_code = any(label != number for label, number in numbers.items())
            return as_in_table(reading, column), numbers if is_code else {}
    y = reading.preparation.y
    made = made_class_numbers(reading.slices, statements) if y is not None else None
    if y is not None and made and _suits(estimator, made):
        prepared = replace(reading.preparation, y=with_names(y, made))
        return replace(reading, preparation=prepared), made
    return _with_own_name(reading), {}


def _with_own_name(reading: Reading) -> Reading:
    """Call a computed target of classes what the notebook calls it, if no feature is called so."""
    target, raw = reading.target, reading.raw
    computed = reading.preparation.y is not None and target.is_made and not target.is_renamed
    taken = target.column in reading.used or target.alias in {*raw.strings, "None"}
    if not computed or taken or target.alias == target.column:
        return reading
    return replace(reading, target=replace(target, column=target.alias))


def with_unit(reading: Reading) -> tuple[Reading, Chain]:
    """Predict a column's numbers in the table's unit, where the notebook transforms them.

    Args:
        reading: what the fit is made of.

    Returns:
        The reading, changed or as it was, and the steps from the column to y.
    """
    if reading.features.learns_of_target or reading.target.is_named:
        return reading, ()
    texts = reading.raw.texts
    statements = target_statements(reading.slices, reading.raw, reading.target, reading.split)
    for column in (name for name in _behind(reading, statements) if name not in texts):
        chain = transforms_of(reading.slices, statements, column)
        if chain is not None:
            return as_in_table(reading, column), chain
    return reading, ()


def as_in_table(reading: Reading, column: str) -> Reading:
    """Predict a column as the table has it, whatever the notebook makes of it."""
    if reading.preparation.y is None and reading.target.column == column:
        return reading
    plain = replace(reading.target, column=column, is_made=False, as_in_table=True)
    filters = [position for position, _ in reading.features.filters]
    prepared = read_preparation(reading.slices, reading.raw, plain, filters, reading.split)
    return replace(reading, target=plain, preparation=prepared)


def _behind(reading: Reading, statements: Sequence[SourcedStatement]) -> list[str]:
    """Give the raw columns that y may be made of.

    Args:
        reading: what the fit is made of.
        statements: those behind y.
    """
    target, raw = reading.target, reading.raw
    if target.is_in(raw):
        return [target.column]
    texts = {text for part in statements for text in column_strings(part.node)}
    texts |= {*column_strings(reading.fit.y), target.column}
    texts |= dummy_sources(target, reading.slices, raw)
    return [name for name in raw.strings if name in texts and name not in reading.used]


def _ordered_until(reading: Reading, statements: Sequence[SourcedStatement]) -> int:
    """Give the position of the first statement that leaves out rows or changes their order."""
    filters = [position for position, _ in reading.features.filters]
    mixing = [part.position for part in statements if mentions(part.node, *MIXING_ROWS)]
    split = [reading.split.position] if reading.split.position >= 0 else []
    return min([*filters, *mixing, *split, len(reading.slices.steps)])


def _drops_missing(preparation: Preparation) -> bool:
    return any(mentions(part.node, "dropna") for part in preparation.statements)


def _suits(estimator: Estimator, numbers: Mapping[Label, int]) -> bool:
    """Tell whether the model's parameters can be said of classes."""
    try:
        with_class_names(estimator.config, numbers)
    except ValueError:
        return False
    return True
