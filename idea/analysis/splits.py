"""How a notebook splits its rows into training and test set."""

import ast
from dataclasses import dataclass
from typing import Any

from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.slices import Slices
from idea.knowledge.model_selection import DEFAULT_TEST_SIZE
from idea.program import literal
from idea.program.static_values import Unknown
from idea.syntax import callee_name

SEED = 42
_DEFAULT_SIZE = 0.2
_SMALLEST, _LARGEST = 0.05, 0.9


@dataclass(frozen=True)
class Split:
    """The call that splits the rows.

    Attributes:
        call: the call; None if there is none.
        position: the step at which it gives X its training rows; -1 if the fit is to all rows.
    """

    call: ast.Call | None
    position: int


@dataclass(frozen=True)
class SplitSettings:
    """What `conf/data/` says of the split.

    Attributes:
        kind: "random", "stratified" or "time".
        test_size: share of the rows in the test set.
        seed: of the random choice.
    """

    kind: str
    test_size: float
    seed: int


def find_split(slices: Slices) -> Split:
    """Find the split that gives X its rows, or else any, which still says how to split.

    A fit to all rows, as in a cross-validation, has only the latter.
    """
    for position in slices.X_lineage:
        if slices.steps[position].role == "split":
            return Split(slices.steps[position].call, position)
    others = [step.call for step in slices.steps if step.role == "split"]
    return Split(others[-1] if others else None, -1)


def split_settings(split: Split, slices: Slices, task: str, rows: int) -> SplitSettings:
    """Read the settings of a split.

    Args:
        split: the split.
        slices: the statements behind the fit.
        task: "classification" or "regression".
        rows: the number of the table's rows.
    """
    call = split.call
    if call is None:
        kind = "stratified" if task == "classification" else "random"
        return SplitSettings(kind, _DEFAULT_SIZE, SEED)
    position = split.position if split.position > 0 else slices.fit.position
    given = _arguments(call, NamesAtStep(slices.script, position))
    seed = given.get("random_state")
    return SplitSettings(
        _kind(given, task),
        _test_size(call, given, rows),
        seed if isinstance(seed, int) and seed >= 0 else SEED,
    )


def _arguments(call: ast.Call, names: NamesAtStep) -> dict[str, Any]:
    """Evaluate the keyword arguments; those that need the notebook to run stay expressions."""
    given: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg:
            try:
                given[keyword.arg] = literal(keyword.value, names)
            except Unknown:
                given[keyword.arg] = keyword.value
    return given


def _kind(given: dict[str, Any], task: str) -> str:
    if given.get("shuffle") is False:
        return "time"
    stratified = task == "classification" and given.get("stratify") is not None
    return "stratified" if stratified else "random"


def _test_size(call: ast.Call, given: dict[str, Any], rows: int) -> float:
    """Give the share of rows in the test set.

    Args:
        call: the call that splits.
        given: its keyword arguments.
        rows: the number of the table's rows.
    """
    size, train = given.get("test_size"), given.get("train_size")
    if callee_name(call) == "split" and size is None:  # of a splitter
        return _DEFAULT_SIZE
    if isinstance(size, int) and size >= 1:
        size = size / max(rows, 1)
    if not isinstance(size, float):
        size = 1 - train if isinstance(train, float) else DEFAULT_TEST_SIZE
    return round(min(max(size, _SMALLEST), _LARGEST), 4)
