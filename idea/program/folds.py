"""Writes the body of a loop over folds out for one fold: what it prepares are the features."""

import ast
from collections.abc import Sequence

from idea.program.dataflow import Step, effects
from idea.program.names_used import root, separated
from idea.syntax import copied, walk

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
    match step.node:
        case ast.For(target=target, iter=iterable, body=body, orelse=[]):
            found = _folds(target, iterable)
        case _:
            return []
    if found is None or not _fits_own_rows(body):
        return []
    counter, train, test, call = found
    roles = {train: "split", test: "test"}
    done: list[Step] = []
    if counter:
        done.append(step.becomes(ast.Assign([ast.Name(counter, ast.Store())], ast.Constant(0))))
    for node in body:
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
        match node.slice:
            case ast.Name(id=name) if name in self.all_roles:
                self.roles.add(self.all_roles[name])
                return frame
            case ast.Tuple(elts=[ast.Name(id=name), *rest]) if name in self.all_roles:
                self.roles.add(self.all_roles[name])
                if all(isinstance(each, ast.Slice) and _is_whole(each) for each in rest):
                    return frame
                node.slice = ast.Tuple([ast.Slice(), *rest], ast.Load())
        return node


def _is_whole(part: ast.Slice) -> bool:
    return part.lower is None and part.upper is None and part.step is None
