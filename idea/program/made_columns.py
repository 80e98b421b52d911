"""Turns of a loop that make a column which other code names: ``df[name + "_log"] = …``.

Whoever follows a column by its name finds the statement that makes it.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from idea.program.comments import Comments
from idea.program.dataflow import Step
from idea.program.static_values import Unknown, literal
from idea.program.substitute import Substitution
from idea.syntax import copied, walk

_MOST_TURNS = 40


def with_turns(steps: Sequence[Step]) -> Iterator[Step]:
    """Write such turns as statements of their own, between what is left of their loops.

    Args:
        steps: the program's steps.
    """
    named = [_texts(step.node) for step in steps]
    lists: dict[str, ast.expr] = {}
    for at, step in enumerate(steps):
        names = _Lists(lists)
        items = _items(step.node, names) if isinstance(step.node, ast.For) else []
        apart: set[str] = set()
        if isinstance(step.node, ast.For) and items:
            others = set[str]().union(*named[:at], *named[at + 1 :])
            apart = {item for item in items if _made(step.node, item) & others}
        yield from _split(step, items, apart) if apart else [step]
        for name in step.effects.makes | step.effects.changes:
            lists.pop(name, None)
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() as value):
                lists[name] = value


class _Lists:
    """The lists that variables hold."""

    def __init__(self, lists: Mapping[str, ast.expr]) -> None:
        self._lists = lists

    def path(self, node: ast.expr) -> str | None:
        """Give no import path."""
        return None

    def value(self, name: str) -> ast.expr | None:
        """Give the list that a variable holds."""
        return self._lists.get(name)


def _texts(node: ast.AST) -> set[str]:
    return {
        part.value
        for part in walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def _items(loop: ast.For, names: _Lists) -> list[str]:
    """Give the texts that a loop of plain statements goes through; none if it is another one."""
    plain = all(isinstance(s, ast.Assign | ast.AugAssign | ast.Expr) for s in loop.body)
    if not plain or loop.orelse or not isinstance(loop.target, ast.Name):
        return []
    try:
        found = literal(loop.iter, names)
    except Unknown:
        return []
    is_short = isinstance(found, list) and len(found) <= _MOST_TURNS
    return found if is_short and all(isinstance(item, str) for item in found) else []


def _made(loop: ast.For, item: str) -> set[str]:
    """Give the columns with computed names that a loop stores in one turn."""
    return {
        target.slice.value
        for statement in _turn(loop, item)
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and isinstance(target.slice.value, str)
        and target.slice.value != item
    } - _texts(loop)


def _split(step: Step, items: Sequence[str], apart: set[str]) -> Iterator[Step]:
    """Give a loop's turns: some apart, and what is left of it before and after them."""
    assert isinstance(step.node, ast.For)
    left: list[str] = []
    pieces: list[ast.stmt] = []
    for item in [*items, None]:
        if item is not None and item not in apart:
            left.append(item)
            continue
        if left:
            rest = copied(step.node)
            rest.iter = ast.List([ast.Constant(each) for each in left], ast.Load())
            pieces.append(rest)
            left = []
        if item is not None:
            pieces += _turn(step.node, item)
    for number, piece in enumerate(pieces):
        new = step.becomes(piece)
        yield new if not number else replace(new, comments=Comments())


def _turn(loop: ast.For, item: str) -> list[ast.stmt]:
    """Give the statements of one turn of a loop."""
    assert isinstance(loop.target, ast.Name)
    turn = _Turn({loop.target.id: ast.Constant(item)})
    return [turn.visit(copied(statement)) for statement in loop.body]


class _Turn(Substitution):
    """Puts a text in the place of a variable, and joins the texts beside it."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:  # noqa: N802 - as ast calls it
        """Join texts."""
        return _joined(self.generic_visit(node))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:  # noqa: N802 - as ast calls it
        """Join texts."""
        return _joined(self.generic_visit(node))

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802 - as ast calls it
        """Join the texts of ``"{}_log".format("age")``."""
        new = self.generic_visit(node)
        is_text = isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        return _joined(new) if is_text else new


def _joined(node: ast.AST) -> ast.AST:
    try:
        value = literal(node, _Lists({})) if isinstance(node, ast.expr) else None
    except Unknown:
        return node
    return ast.copy_location(ast.Constant(value), node) if isinstance(value, str) else node
