"""Rows that a notebook holds back by hand: by date, by a mask, by their position."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.row_filters import Unfiltered, without_row_filters
from idea.analysis.slices import Slices, lineage
from idea.knowledge.estimators import PREDICTING_METHODS
from idea.knowledge.model_selection import SHUFFLES
from idea.knowledge.settings import RANDOM_DRAWS
from idea.program import literal
from idea.program.static_values import Unknown
from idea.syntax import constant, copied, import_path, keyword_value, walk

_DEEPEST = 6


@dataclass(frozen=True)
class HeldBack:
    """The rows that the notebook fits to, and those that it holds back, by its own selection.

    Attributes:
        kind: "time", "random" or "predefined": `prepare.py` selects the rows as the notebook does.
        column: of the time; None where the rows are in its order.
        test_size: share of the rows that are held back; None if it is not known, or predefined.
        seed: of a random choice; None if it is not known.
        position: the first step that tells training rows from the others.
        kept: the variable with the training rows, and the position of the last step that selects.
        held: the same for the rows that are held back.
        selections: the steps that tell them apart, which leave out no rows of the table.
    """

    kind: str
    column: str | None
    test_size: float | None
    seed: int | None
    position: int
    kept: tuple[str, int]
    held: tuple[str, int]
    selections: frozenset[int] = frozenset()


def find_held_back(slices: Slices, rows: int) -> HeldBack | None:
    """Find what a notebook holds back by hand.

    Training rows and those that a model predicts come from one frame, and each is selected from
    it. After a split by scikit-learn, only a selection of training rows counts.

    Args:
        slices: the statements behind the fit.
        rows: the number of the table's rows.
    """
    known: dict[int, Unfiltered] = {}
    for others in _predicted(slices):
        shared = slices.X_lineage.items() & others.items()
        own = [at for at, name in slices.X_lineage.items() if (at, name) not in shared]
        theirs = [at for at, name in others.items() if (at, name) not in shared]
        if slices.load not in others or not own or not theirs:
            continue
        kept = selections(own, slices, known)
        split = [at for at in own if slices.steps[at].role == "split"]
        if split:
            kept = {at: found for at, found in kept.items() if at > min(split)}
            held = [at for at in theirs if slices.steps[at].role == "test"]
            folds = any(
                slices.steps[at].call is None or _is_of_splitter(slices, at) for at in split
            )
            if not kept or not held or folds:
                continue
            first = max(min(split), 0)
            return HeldBack(
                "predefined", None, None, None, first,
                (slices.X_lineage[max(kept)], max(kept)), (others[max(held)], max(held)),
                frozenset(kept),
            )  # fmt: skip
        held_by = selections(theirs, slices, known)
        if kept and held_by:
            ends = (slices.X_lineage[max(kept)], max(kept)), (others[max(held_by)], max(held_by))
            return _by_hand(slices, rows, kept, held_by, ends)
    return None


def _is_of_splitter(slices: Slices, at: int) -> bool:
    """Tell whether a split is a loop over a splitter's folds, and no call by itself."""
    call = slices.steps[at].call
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and (call.func.attr == "split")
    )


def _predicted(slices: Slices) -> Iterator[Mapping[int, str]]:
    """Give what the rows that models predict or score on come from, the last first.

    What is predicted to make a feature of it, such as a missing value, is no test.
    """
    features = set(slices.X)
    for position in range(len(slices.steps) - 1, -1, -1):
        if position in features:
            continue
        for call in walk(slices.steps[position].node):
            match call:
                case ast.Call(func=ast.Attribute(attr=method), args=args, keywords=keywords) if (
                    method in PREDICTING_METHODS
                ):
                    given = [*args[:1], *(k.value for k in keywords if k.arg == "X")]
                    for node in given[:1]:
                        yield lineage(node, position, slices.program, slices.rows_at)


def selections(
    positions: list[int], slices: Slices, known: dict[int, Unfiltered] | None = None
) -> dict[int, Unfiltered]:
    """Give the steps among some that select rows.

    Args:
        positions: of these steps.
        slices: the statements behind the fit.
        known: takes what is found of each step, for the next time.
    """
    known = {} if known is None else known
    found: dict[int, Unfiltered] = {}
    for at in positions:
        step = slices.steps[at]
        if not step.role:
            if at not in known:
                kinds, functions = slices.kinds_at(at), slices.script.functions
                known[at] = without_row_filters(step.node, kinds, functions)
            if known[at].filters:
                found[at] = known[at]
    return found


def _by_hand(
    slices: Slices,
    rows: int,
    kept: Mapping[int, Unfiltered],
    held: Mapping[int, Unfiltered],
    ends: tuple[tuple[str, int], tuple[str, int]],
) -> HeldBack:
    """Tell which kind of split two selections are.

    Args:
        slices: the statements behind the fit.
        rows: the number of the table's rows.
        kept: the steps that select training rows.
        held: those that select the others.
        ends: the variables after the last of both, and its position.
    """
    first = min(*kept, *held)
    selections = frozenset({*kept, *held})
    share = _share(slices, min(kept), rows)
    drawn = _drawn(slices, min(kept), slices.steps[min(kept)].node)
    shuffled, order = order_before(slices, first)
    seed = drawn if drawn > 1 else shuffled
    if (drawn or shuffled is not None) and not (seed and len(kept) > 1):
        return HeldBack("random", None, share, seed or None, first, *ends, selections)
    at_end = all(_is_slice(slices.steps[at].node, upper=True) for at in kept) and all(
        _is_slice(slices.steps[at].node, upper=False) for at in held
    )
    one_cut = len(kept) == len(held) == 1 and at_end and share is not None
    if one_cut and order != "" and not drawn and shuffled is None:
        return HeldBack("time", order, share, None, first, *ends, selections)
    return HeldBack("predefined", None, None, None, first, *ends, selections)


def _slice_of(node: ast.AST) -> ast.Slice | None:
    """Give the slice of rows in ``frame[:n]``, ``frame.iloc[:n]`` and ``frame.iloc[:n, c]``."""
    for part in walk(node):
        match part:
            case (
                ast.Subscript(slice=ast.Slice() as rows)
                | ast.Subscript(slice=ast.Tuple(elts=[ast.Slice() as rows, *_]))
            ) if rows.lower is not None or rows.upper is not None:
                return rows
    return None


def _is_slice(node: ast.AST, upper: bool) -> bool:
    """Tell whether a step takes rows from the first on, or up to the last."""
    rows = _slice_of(node)
    if rows is None:
        return _calls(node, "head" if upper else "tail")
    return (rows.lower is None) is upper and (rows.upper is None) is not upper


def _calls(node: ast.AST, *methods: str) -> bool:
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in methods
        for part in walk(node)
    )


def _share(slices: Slices, at: int, rows: int) -> float | None:
    """Give the share of rows that are held back; None if the code does not say.

    Args:
        slices: the statements behind the fit.
        at: position of the step that selects training rows.
        rows: the number of the table's rows.
    """
    node = slices.steps[at].node
    names = _CountedRows(NamesAtStep(slices.script, at), slices, rows)
    for part in walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr="sample")):
                frac = keyword_value(part, "frac")
                if frac is not None:
                    value = names.number(frac)
                    return None if value is None or not 0 < value < 1 else round(1 - value, 6)
            case ast.Call(func=ast.Attribute(attr="head"), args=[count]):
                return names.share(count)
    rows_taken = _slice_of(node)
    if rows_taken is not None and rows_taken.upper is not None:
        return names.share(rows_taken.upper)
    return names.threshold(node)


class _CountedRows:
    """What names stand for, in which the number of rows is known."""

    def __init__(self, names: NamesAtStep, slices: Slices, rows: int) -> None:
        self.names = names
        self.slices = slices
        self.rows = rows

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name."""
        return self.names.path(node)

    def value(self, name: str) -> ast.expr | None:
        """Give the expression that a variable was last assigned, with numbers for lengths."""
        value = self.names.value(name)
        return None if value is None else self._counted(value)

    def number(self, node: ast.expr) -> float | None:
        """Evaluate a number; None if it is none."""
        try:
            value = literal(self._counted(node), self)
        except Unknown:
            return None
        return value if isinstance(value, int | float) else None

    def share(self, count: ast.expr) -> float | None:
        """Give the share of rows that the first `count` leave over."""
        value = self.number(count)
        if value is None or not 0 < abs(value) < self.rows:
            return None
        left = -value if value < 0 else self.rows - value
        return round(left / self.rows, 6)

    def threshold(self, node: ast.AST, depth: int = 0) -> float | None:
        """Give the share that a mask of random numbers leaves over."""
        for part in walk(node):
            match part:
                case ast.Compare(left=ast.Call(), ops=[ast.Lt() | ast.LtE()], comparators=[limit]):
                    value = self.number(limit)
                    return None if value is None or not 0 < value < 1 else round(1 - value, 6)
                case ast.Name(id=name) if depth < _DEEPEST:
                    behind = self.names.value(name)
                    if isinstance(behind, ast.Compare):
                        return self.threshold(behind, depth + 1)
        return None

    def _counted(self, node: ast.expr) -> ast.expr:
        lengths = _Lengths(self.slices, self.names.position, self.rows)
        counted: ast.expr = lengths.visit(copied(node))
        return counted


class _Lengths(ast.NodeTransformer):
    """Replaces lengths of frames by the number of rows."""

    def __init__(self, slices: Slices, position: int, rows: int) -> None:
        self.kinds = slices.kinds_at(position)
        self.rows = rows

    def visit(self, node: ast.AST) -> Any:
        """Replace ``len(frame)`` and ``frame.shape[0]``."""
        if isinstance(node, ast.expr) and self.kinds.is_length(node):
            return ast.Constant(self.rows)
        return self.generic_visit(node)


def _drawn(slices: Slices, at: int, node: ast.AST, depth: int = 0) -> int:
    """Tell whether a selection is drawn: its seed, 1 if it has none that is known, or 0 if not.

    Args:
        slices: the statements behind the fit.
        at: position of the step that selects.
        node: the code of the selection.
        depth: how many names were followed on the way to it.
    """
    for part in walk(node):
        match part:
            case ast.Call(func=function):
                path = import_path(function, slices.script.imports) or ""
                if path.startswith(RANDOM_DRAWS) or path in SHUFFLES:
                    return _seed(part) or 1
                if isinstance(function, ast.Attribute) and function.attr == "sample":
                    return _seed(part) or 1
            case ast.Name(id=name) if depth < _DEEPEST:
                found = slices.program.last_value(name, at)
                if found is not None and found[1] > slices.load and name != slices.frame:
                    value, position = found
                    if drawn := _drawn(slices, position, value, depth + 1):
                        return drawn
    return 0


def _seed(call: ast.Call) -> int | None:
    value = constant(keyword_value(call, "random_state"))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def order_before(slices: Slices, first: int) -> tuple[int | None, str | None]:
    """Find in which order rows are before they are told apart.

    Returns:
        The seed of a shuffle (0 if it is not known; None if there was none), and the column by
        which they are sorted: None in the table's order, empty if it is no raw column.
    """
    for at in slices.X_lineage:
        for part in walk(slices.steps[at].node) if at <= first else ():
            match part:
                case ast.Call(func=ast.Attribute(attr="sample")):
                    return _seed(part) or 0, None
                case ast.Call(func=function) if (
                    import_path(function, slices.script.imports) in SHUFFLES
                ):
                    return _seed(part) or 0, None
                case ast.Call(func=ast.Attribute(attr="sort_values")):
                    return None, _sorted_by(part, slices, at)
                case ast.Call(func=ast.Attribute(attr="sort_index" | "set_index")):
                    return None, ""
    return None, None


def _sorted_by(call: ast.Call, slices: Slices, at: int) -> str:
    """Give the one raw column that rows are sorted by, upwards; empty if it is something else."""
    by = call.args[0] if call.args else keyword_value(call, "by")
    if isinstance(by, ast.List) and len(by.elts) == 1:
        by = by.elts[0]
    column = constant(by)
    upwards = constant(keyword_value(call, "ascending")) is not False
    changed = any(
        isinstance(target, ast.Subscript) and constant(target.slice) == column
        for position in range(slices.load, at)
        for node in walk(slices.steps[position].node)
        if isinstance(node, ast.Assign)
        for target in node.targets
    )
    return column if isinstance(column, str) and upwards and not changed else ""
