"""Writes the body of a loop over folds out for one fold: what it prepares are the features."""

import ast
from collections.abc import Sequence

from idea.program.dataflow import Step, effects
from idea.program.names_used import root, separated
from idea.syntax import copied, walk

_BEFORE, _FROM = "before ", "from "  # no names of variables
_LEAVING = ast.Break | ast.Continue | ast.Return | ast.Yield | ast.YieldFrom


def one_fold(step: Step) -> list[Step]:
    """Give the statements of a loop over folds for one fold.

    `part = X.iloc[train]` becomes `part = X` (role "split" for training rows, else "test"), as in
    a split by a call. Only a loop that fits to rows of its own making is written out.

    Args:
        step: the statement.

    Returns:
        The statements; none if it is no such loop.
    """
    loop = step.node
    found = _over_folds(loop)
    if found is None or not isinstance(loop, ast.For) or not _fits_own_rows(loop.body):
        return []
    counter, train, test, call = found
    roles = {train: "split", test: "test"}
    done: list[Step] = []
    if counter:
        done.append(step.becomes(ast.Assign([ast.Name(counter, ast.Store())], ast.Constant(0))))
    for node in loop.body:
        for single in separated(node) or [node]:
            ast.copy_location(single, node)
            part = _Parts(roles)
            new = part.visit(copied(single))
            simple = isinstance(new, ast.Assign) and len(part.roles) == 1
            role = next(iter(part.roles)) if simple else ""
            here = step.becomes(ast.copy_location(new, node), role, call if role else None)
            ast.copy_location(here.node, node)
            done.append(here)
    return done


def is_over_folds(node: ast.stmt) -> bool:
    """Tell whether a statement is a loop that takes training and test rows at every turn."""
    return _over_folds(node) is not None


def _over_folds(node: ast.stmt) -> tuple[str, str, str, ast.Call] | None:
    match node:
        case ast.For(target=target, iter=iterable, body=body, orelse=[]):
            return _folds(target, iterable) or _walk_forward(target, iterable, body)
    return None


def _folds(target: ast.expr, iterable: ast.expr) -> tuple[str, str, str, ast.Call] | None:
    """Read ``for number, (train, test) in enumerate(splitter.split(X, y))``.

    Returns:
        The variables of the number (empty if there is none), of training and of test rows, and
        the call that splits; None if it is another loop.
    """
    counter = ""
    match target, iterable:
        case (
            ast.Tuple(elts=[ast.Name(id=counter), inside]),
            ast.Call(func=ast.Name(id="enumerate"), args=[call, *_]),
        ):
            target, iterable = inside, call
    match target, iterable:
        case (
            ast.Tuple(elts=[ast.Name(id=train), ast.Name(id=test)]),
            ast.Call(func=ast.Attribute(attr="split"), args=[_, *_]) as call,
        ):
            return counter, train, test, call
    return None


def _walk_forward(
    target: ast.expr, iterable: ast.expr, body: Sequence[ast.stmt]
) -> tuple[str, str, str, ast.Call] | None:
    """Read ``for i in range(first, last, step)`` that learns from rows before `i`.

    Returns:
        The variable, twice what rows before and after it are called here, and a call that splits
        by time; None if it is another loop.
    """
    match target, iterable:
        case ast.Name(id=counter), ast.Call(func=ast.Name(id="range")):
            train, test = f"{_BEFORE}{counter}", f"{_FROM}{counter}"
            parts = [part for node in body for part in walk(node) if isinstance(part, ast.Slice)]
            if all(any(_is_side(part, side) for part in parts) for side in (train, test)):
                call = ast.parse("TimeSeriesSplit().split(None)", mode="eval").body
                assert isinstance(call, ast.Call)
                return counter, train, test, call
    return None


def _is_side(rows: ast.expr, side: str) -> bool:
    """Tell whether a slice ends, or begins, at a loop's variable.

    Args:
        rows: the slice.
        side: which of both, and the variable.
    """
    match rows:
        case ast.Slice(lower=None | ast.Constant(value=0), upper=ast.Name(id=name), step=None):
            return side == f"{_BEFORE}{name}"
        case ast.Slice(lower=ast.Name(id=name), step=None):
            return side == f"{_FROM}{name}"
    return False


def _fits_own_rows(body: Sequence[ast.stmt]) -> bool:
    """Tell whether statements fit to a variable that they bind, and go on to their end."""
    bound: set[str] = set()
    fits = False
    for node in body:
        if any(isinstance(part, _LEAVING) for part in walk(node)):
            return False
        for part in walk(node):
            match part:
                case ast.Call(func=ast.Attribute(attr="fit"), args=[rows, _, *_]):
                    direct = not isinstance(node, ast.For | ast.While | ast.If | ast.Try)
                    fits = fits or (root(rows) in bound and direct)
        bound |= effects(node).makes
    return fits


class _Parts(ast.NodeTransformer):
    """Replaces the rows of a fold by all rows, and notes which part they are."""

    def __init__(self, roles: dict[str, str]) -> None:
        self.all_roles = roles
        self.roles: set[str] = set()

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Give ``X`` for ``X.iloc[train]``, and ``X.loc[:, c]`` for ``X.loc[train, c]``."""
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        frame = node.value
        if isinstance(frame, ast.Attribute) and frame.attr in ("loc", "iloc"):
            frame = frame.value
        first, *rest = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        name = self._part(first)
        if not name:
            return node
        self.roles.add(self.all_roles[name])
        if all(isinstance(each, ast.Slice) and _is_whole(each) for each in rest):
            return frame
        node.slice = ast.Tuple([ast.Slice(), *rest], ast.Load())
        return node

    def _part(self, rows: ast.expr) -> str:
        """Give by what the roles know these rows; empty if they don't."""
        if isinstance(rows, ast.Name):
            return rows.id if rows.id in self.all_roles else ""
        return next((name for name in self.all_roles if _is_side(rows, name)), "")


def _is_whole(part: ast.Slice) -> bool:
    return part.lower is None and part.upper is None and part.step is None
