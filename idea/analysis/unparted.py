"""What a fit is made of where its statements can't be parted: the raw columns and the target.

The first comparison with the notebook finds that the features differ, and lets the notebook's own
cells make them, row by row.
"""

import ast
from contextlib import suppress

from idea.analysis.chosen_fit import NoIdea, SeveralTargets
from idea.analysis.features import Features
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.prepare import Preparation, read_preparation
from idea.analysis.raw_columns import RawColumns
from idea.analysis.reader import Reading
from idea.analysis.slices import Slices
from idea.analysis.splits import Split, find_split
from idea.analysis.target import Target, find_target, formula_of, written_target
from idea.program import literal
from idea.program.static_values import Unknown


def read_unparted(slices: Slices, raw: RawColumns, named: str = "") -> Reading:
    """Read the target and the split, and take the table as it is for the rest.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        named: the column to predict, if the person names it.

    Raises:
        NoIdea: the column to predict can't be found, or needs what nothing makes.
    """
    target = _of_formula(slices, raw, named) or _target(slices, raw, named)
    split = find_split(slices, raw)
    if split.is_predefined:
        split = Split(None, -1)
    plain = Features((), ast.Name(slices.frame, ast.Load()), (), (), (), (), {}, False, ())
    used = tuple(name for name in raw.strings if name != target.column)
    preparation = Preparation((), "", None)
    if not target.is_in(raw) or target.is_made:
        preparation = read_preparation(slices, raw, target, [], split)
    return Reading(slices, raw, target, split, plain, preparation, used)


def _target(slices: Slices, raw: RawColumns, named: str) -> Target:
    """Find the column to predict, also where it is not known which table it is taken from.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        named: the column to predict, if the person names it.

    Raises:
        NoIdea: it can't be found.
    """
    try:
        return find_target(slices, raw, named)
    except SeveralTargets:
        raise
    except NoIdea:
        written = written_target(slices, raw)
        if written is None:
            raise
        return written


def _of_formula(slices: Slices, raw: RawColumns, named: str) -> Target | None:
    """Find the column on the left of a formula's `~`, where a formula makes X and y.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        named: the column to predict, if the person names it.

    Raises:
        NoIdea: there is a formula, and what it predicts is no column of the table.
    """
    found = formula_of(slices)
    if found is None:
        return None
    position, call = found
    left = named
    if call.args and not named:
        with suppress(Unknown):
            left = str(literal(call.args[0], NamesAtStep(slices.script, position)))
    left = left.partition("~")[0].strip()
    if left not in raw.strings:
        raise NoIdea("which column its formula predicts could not be found; name it with target=…")
    return Target(left, left, as_in_table=True)
