"""How a notebook splits its rows into training and test set."""

import ast
from contextlib import suppress
from dataclasses import dataclass
from math import floor
from typing import Any

from idea.analysis.held_back import HeldBack, find_held_back, order_before
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.raw_columns import RawColumns
from idea.analysis.slices import Slices
from idea.knowledge.model_selection import DEFAULT_TEST_SIZE
from idea.program import literal
from idea.program.static_values import Unknown
from idea.syntax import callee_name, constant, keyword_value

SEED = 42
_DEFAULT_SIZE = 0.2
_DIGITS = 1_000_000  # of a share: rounded down, it gives the same number of rows


@dataclass(frozen=True)
class Split:
    """How the rows are split.

    Attributes:
        call: the call that splits them; None if there is none.
        position: the step at which it gives X its training rows; -1 if the fit is to all rows.
        by_hand: the rows that the notebook holds back by its own selection; None if it does not.
        within: the call that splits off a part of the rows that `call` holds back; None if none.
    """

    call: ast.Call | None
    position: int
    by_hand: HeldBack | None = None
    within: ast.Call | None = None

    @property
    def is_predefined(self) -> bool:
        """Whether `prepare.py` selects the rows, as the notebook does."""
        return self.by_hand is not None and self.by_hand.kind == "predefined"


@dataclass(frozen=True)
class SplitSettings:
    """What `conf/data/` says of the split.

    Attributes:
        kind: "random", "stratified", "group", "time" or "predefined".
        test_size: share of the rows in the test set.
        seed: of the random choice.
        column: of the groups or the time; None where the rows are in its order.
    """

    kind: str
    test_size: float
    seed: int
    column: str | None = None


def find_split(slices: Slices, raw: RawColumns) -> Split:
    """Find the split that gives X its rows, or else any, which still says how to split.

    Of several, one inside of the other, the outermost holds back the test rows. A fit to all rows,
    as in a cross-validation, has no position.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
    """
    by_hand = find_held_back(slices, raw.rows)
    at = [position for position in slices.X_lineage if slices.steps[position].role == "split"]
    if at:
        call = slices.steps[min(at)].call
        return Split(call, min(at), by_hand, _within(call, slices))
    if by_hand is not None:
        return Split(None, by_hand.position, by_hand)
    others = [step.call for step in slices.steps if step.role == "split"]
    return Split(others[-1] if others else None, -1)


def _within(call: ast.Call | None, slices: Slices) -> ast.Call | None:
    """Find the call that splits what another one holds back, into validation and test rows."""
    held = {
        name
        for at, step in enumerate(slices.steps)
        if step.role == "test" and step.call is call
        for name in slices.program.effects[at].makes
    }
    for step in slices.steps:
        match step.node:
            case ast.Assign(value=ast.Name(id=name)) if name in held and step.role == "split":
                return step.call
    return None


def split_settings(split: Split, slices: Slices, task: str, rows: int) -> SplitSettings:
    """Read the settings of a split.

    Args:
        split: the split.
        slices: the statements behind the fit.
        task: "classification" or "regression".
        rows: the number of the table's rows.
    """
    call, by_hand = split.call, split.by_hand
    if by_hand is not None:
        share = by_hand.test_size or _DEFAULT_SIZE
        chosen = SEED if by_hand.seed is None else by_hand.seed
        return SplitSettings(by_hand.kind, share, chosen, by_hand.column)
    if call is None:
        kind = "stratified" if task == "classification" else "random"
        return SplitSettings(kind, _DEFAULT_SIZE, SEED)
    position = split.position if split.position > 0 else slices.fit.position
    names = NamesAtStep(slices.script, position)
    given = _arguments(call, names)
    if callee_name(call) == "split":
        return _of_splitter(call, names, task)
    seed = given.get("random_state")
    size = _test_size(call, given, rows)
    if split.within is not None:
        inner = _arguments(split.within, names)
        size *= _test_size(split.within, inner, max(round(size * rows), 1))
    kind, column = _kind(given, task), None
    if kind == "time":
        column = order_before(slices, position)[1] or None
    return SplitSettings(
        kind,
        floor(size * _DIGITS + 1e-6) / _DIGITS,
        seed if isinstance(seed, int) and seed >= 0 else SEED,
        column,
    )


def _of_splitter(call: ast.Call, names: NamesAtStep, task: str) -> SplitSettings:
    """Read the settings of a splitter, of whose parts one is the test set.

    Args:
        call: the call of its method `split`.
        names: what names stand for.
        task: "classification" or "regression".
    """
    assert isinstance(call.func, ast.Attribute)
    node: ast.expr | None = call.func.value
    if isinstance(node, ast.Name):
        node = names.value(node.id)
    if not isinstance(node, ast.Call):
        return SplitSettings("random", _DEFAULT_SIZE, SEED)
    splitter, given = callee_name(node), _arguments(node, names)
    if node.args:
        with suppress(Unknown):
            given.setdefault("n_splits", literal(node.args[0], names))
    size, parts, seed = (given.get(name) for name in ("test_size", "n_splits", "random_state"))
    if not (isinstance(size, float) and 0 < size < 1):
        size = _DEFAULT_SIZE
        if isinstance(parts, int) and parts > 1 and "Shuffle" not in splitter:
            size = floor(_DIGITS / parts) / _DIGITS
    kind = "stratified" if splitter.startswith("Stratified") and task == "classification" else ""
    column: str | None = None
    if splitter == "TimeSeriesSplit":
        kind = "time"
    groups = keyword_value(call, "groups") or (call.args[2] if len(call.args) > 2 else None)
    if groups is not None and "Group" in splitter:
        found = names.value(groups.id) if isinstance(groups, ast.Name) else groups
        name = constant(found.slice) if isinstance(found, ast.Subscript) else None
        kind, column = ("group", name) if isinstance(name, str) else (kind, None)
    return SplitSettings(
        kind or "random", size, seed if isinstance(seed, int) and seed >= 0 else SEED, column
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
    if isinstance(size, int) and size >= 1:
        size = size / max(rows, 1)
    if not isinstance(size, float) and isinstance(train, int) and train >= 1:
        size = 1 - train / max(rows, 1)
    if not isinstance(size, float):
        size = 1 - train if isinstance(train, float) else DEFAULT_TEST_SIZE
    return float(size) if 0 < size < 1 else DEFAULT_TEST_SIZE
