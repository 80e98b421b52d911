"""Loops that fit one model after the other, written so that a fit and its rows can be found."""

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeGuard

from idea.knowledge.model_selection import CROSS_VALIDATIONS
from idea.program.dataflow import Step, effects
from idea.program.names_used import free_names, stored_names
from idea.syntax import callee_name, copied, walk

# What has variables, or turns, of its own.
_OWN = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def with_fits_apart(step: Step, functions: Mapping[str, ast.FunctionDef]) -> list[Step]:
    """Let each call of a function that fits a model be a statement of its own.

    ``print(score(model))`` becomes ``score_result = score(model)`` and a print of it, and
    ``found = [score(model) for model in models]`` a loop.

    Args:
        step: the statement.
        functions: the notebook's own functions by name.

    Returns:
        The statements; the step itself if it has no such call.
    """
    if isinstance(step.node, ast.FunctionDef | ast.ClassDef) or not any(
        fits_model(part, functions) for part in walk(step.node)
    ):
        return [step]
    apart = _Apart(functions).statements(copied(step.node))
    if len(apart) == 1 and ast.dump(apart[0]) == ast.dump(step.node):
        return [step]
    return [step.becomes(node) for node in apart]


class _Apart:
    """Takes calls out of statements, also of those in loops and branches."""

    def __init__(self, functions: Mapping[str, ast.FunctionDef]) -> None:
        self.functions = functions

    def statements(self, node: ast.stmt) -> list[ast.stmt]:
        """Give the statements that one becomes; it is changed."""
        match node:
            case ast.For() | ast.If() | ast.With():
                node.body = [new for inner in node.body for new in self.statements(inner)]
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.ListComp(elt=made, generators=[ast.comprehension(ifs=[]) as turn]),
            ) if any(fits_model(part, self.functions) for part in walk(made)):
                append = ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load())
                body = self.statements(ast.Expr(ast.Call(append, [made], [])))
                empty = ast.Assign([ast.Name(name, ast.Store())], ast.List([], ast.Load()))
                return [empty, ast.For(turn.target, turn.iter, body, [])]
            case ast.Assign(value=value) | ast.Expr(value=value) if not fits_model(
                value, self.functions
            ):
                return self._with_call_before(node)
        return [node]

    def _with_call_before(self, node: ast.stmt) -> list[ast.stmt]:
        own = {id(inner) for part in walk(node) if isinstance(part, _OWN) for inner in walk(part)}
        calls = [
            part for part in walk(node) if fits_model(part, self.functions) and id(part) not in own
        ]
        if len(calls) != 1:
            return [node]
        name = f"{callee_name(calls[0])}_result"
        before = ast.Assign([ast.Name(name, ast.Store())], copied(calls[0]))
        rest: ast.stmt = _Replaced(calls[0], name).visit(node)
        return [ast.copy_location(before, node), rest]


def fits_model(node: ast.AST, functions: Mapping[str, ast.FunctionDef]) -> TypeGuard[ast.Call]:
    """Tell whether code is a call of a function that fits or cross-validates a model.

    Args:
        node: the code.
        functions: the notebook's own functions by name.
    """
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            return any(is_given_y(part) for part in walk(functions[name]))
    return False


def is_given_y(node: ast.AST) -> bool:
    """Tell whether code is a call that fits something to rows and targets, or cross-validates."""
    if not isinstance(node, ast.Call):
        return False
    name = callee_name(node)
    given = len(node.args) + sum(key.arg in ("X", "y") for key in node.keywords)
    return (name == "fit" and given > 1) or name in CROSS_VALIDATIONS


class _Replaced(ast.NodeTransformer):
    """Puts a variable in the place of a call."""

    def __init__(self, call: ast.Call, name: str) -> None:
        self.call = ast.dump(call)
        self.name = name

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace the call."""
        if ast.dump(node) == self.call:
            return ast.Name(self.name, ast.Load())
        return self.generic_visit(node)


def with_rows_before(step: Step) -> Iterator[Step]:
    """Take the statements out of a loop that are the same for each model that it fits.

    Args:
        step: the statement: ``for model in models: X = df[columns]; model.fit(X, y)``.

    Yields:
        These statements, then what is left of the loop.
    """
    loop = step.node
    if not isinstance(loop, ast.For) or loop.orelse or not any(map(is_given_y, walk(loop))):
        yield step
        return
    differing = stored_names(loop.target)
    while True:
        same, left = _parted(loop.body, differing)
        both = {n for node in same for n in stored_names(node)} & {
            n for node in left for n in stored_names(node)
        }
        if not both:
            break
        differing |= both
    yield from (step.becomes(copied(node)) for node in same)
    if same and left:
        rest = copied(loop)
        rest.body = left
        yield step.becomes(rest)
    elif left:
        yield step


def _parted(body: Sequence[ast.stmt], differing: Set[str]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Part a loop's statements into those that are the same at each turn, and the others.

    Args:
        body: the statements.
        differing: variables that differ from turn to turn.
    """
    differing = {*differing}
    same: list[ast.stmt] = []
    left: list[ast.stmt] = []
    for node in body:
        effect = effects(node)
        own = effect.makes
        is_same = (
            isinstance(node, ast.Assign)
            and own == stored_names(node)
            and not effect.changes
            and not (free_names(node) | own) & differing
            and not _uses_before(own, left)
        )
        if is_same:
            same.append(node)
        else:
            left.append(node)
            differing |= effect.makes | effect.changes
    return same, left


def _uses_before(names: frozenset[str], nodes: Sequence[ast.stmt]) -> bool:
    """Tell whether statements use variables that a later one binds."""
    return any(names & free_names(node) for node in nodes)
