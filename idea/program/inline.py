"""Puts the statements of a notebook's own functions where they are called."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator

from idea.program.dataflow import Step
from idea.program.names_used import stored_names

_DEEPEST = 4


def inlined(functions: dict[str, ast.FunctionDef], steps: list[Step]) -> Iterator[Step]:
    """Replace calls of the notebook's own functions by the functions' statements.

    Only functions that are a straight list of statements are inlined; other calls stay.
    """
    return _Inliner(functions, steps).all_inlined()


class _Inliner:
    """Puts a function's statements where it is called, if that is easy to read and right."""

    def __init__(self, functions: dict[str, ast.FunctionDef], steps: list[Step]) -> None:
        self.functions = functions
        self.steps = steps
        self.taken = {
            name.id for s in steps for name in ast.walk(s.node) if isinstance(name, ast.Name)
        }
        self.calls = Counter(
            call.func.id
            for s in steps
            for call in ast.walk(s.node)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        )

    def all_inlined(self) -> Iterator[Step]:
        for step in self.steps:
            yield from self.inlined(step, 0)

    def inlined(self, step: Step, depth: int) -> Iterator[Step]:
        call, targets = _called(step.node)
        if call is None or depth > _DEEPEST:
            yield step
            return
        function = self.functions.get(call.func.id)  # type: ignore[attr-defined]
        if function is None or not _inlinable(function):
            yield step
            return
        body = self.body(function, call, targets)
        if body is None:
            yield step
            return
        for node in body:
            ast.fix_missing_locations(node)
            part = Step(node, step.cell, step.line, step.heading)
            yield from self.inlined(part, depth + 1)

    def body(
        self, function: ast.FunctionDef, call: ast.Call, targets: list[ast.expr]
    ) -> list[ast.stmt] | None:
        arguments = bound_arguments(function, call)
        if arguments is None:
            return None
        statements = [copy.deepcopy(s) for s in function.body]
        match statements:
            case [ast.Expr(value=ast.Constant()), *rest]:  # the docstring
                statements = rest
        stored = {name for s in statements for name in stored_names(s)}
        renamed: dict[str, ast.expr] = {}
        before: list[ast.stmt] = []
        for name, value in arguments.items():
            if name not in stored and isinstance(value, ast.Name | ast.Constant | ast.Attribute):
                renamed[name] = value
                continue
            new = self.fresh(name, function.name, value)
            renamed[name] = ast.Name(new, ast.Load())
            if not (isinstance(value, ast.Name) and value.id == new):
                before.append(ast.Assign([ast.Name(new, ast.Store())], value))
        wanted = {t.id for t in targets if isinstance(t, ast.Name)}
        for name in sorted(stored - set(arguments)):
            new = name if name in wanted else self.fresh(name, function.name, None)
            if new != name:
                renamed[name] = ast.Name(new, ast.Load())
        rename = _Rename(renamed)
        statements = [rename.visit(s) for s in statements]
        if statements and isinstance(statements[-1], ast.Return):
            value = statements.pop().value  # type: ignore[attr-defined]
            if targets and value is not None:
                target = targets[0]
                same = isinstance(target, ast.Name) and isinstance(value, ast.Name)
                if not (same and target.id == value.id):  # type: ignore[attr-defined]
                    statements.append(ast.Assign([copy.deepcopy(target)], value))
        elif targets:
            return None
        return before + statements

    def fresh(self, name: str, function: str, value: ast.expr | None) -> str:
        if isinstance(value, ast.Name) and value.id == name:
            return name
        if name not in self.taken:
            self.taken.add(name)
            return name
        new = f"{name}_{function}"
        while new in self.taken:
            new += "_"
        # A second call of the same function may use the same names again: it makes them anew.
        return new


def _called(node: ast.stmt) -> tuple[ast.Call | None, list[ast.expr]]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name()) as call):
            return call, []
        case ast.Assign(targets=[target], value=ast.Call(func=ast.Name()) as call):
            return call, [target]
    return None, []


def _inlinable(function: ast.FunctionDef) -> bool:
    """Whether a function is a straight list of statements, with one way out at its end."""
    if function.args.vararg or function.args.kwarg or function.decorator_list:
        return False
    returns = [n for s in function.body for n in _inside(s) if isinstance(n, ast.Return)]
    if len(returns) > 1 or (returns and function.body[-1] is not returns[0]):
        return False
    nodes = [n for s in function.body for n in ast.walk(s)]
    if any(isinstance(n, ast.Yield | ast.YieldFrom | ast.Global | ast.Nonlocal) for n in nodes):
        return False
    if any(isinstance(n, ast.Name) and n.id == function.name for n in nodes):
        return False
    return not _filters_in_loops(function)


def _filters_in_loops(function: ast.FunctionDef) -> bool:
    """A function that goes through groups of rows reads better as it stands."""
    return any(
        isinstance(node, ast.For) and "groupby" in ast.unparse(node.iter)
        for node in ast.walk(function)
    )


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield from _inside(child)


def bound_arguments(function: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr] | None:
    """Match a call's arguments to a function's parameters; None if that can't be told."""
    parameters = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
    if any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > len(parameters):
        return None
    bound: dict[str, ast.expr] = {}
    defaults = function.args.defaults
    for parameter, default in zip(
        parameters[len(parameters) - len(defaults) :], defaults, strict=True
    ):
        bound[parameter] = default
    for keyword_only, only in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if only is not None:
            bound[keyword_only.arg] = only
    bound.update(zip(parameters, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        bound[keyword.arg] = keyword.value
    names = {*parameters, *(a.arg for a in function.args.kwonlyargs)}
    return bound if names == set(bound) else None


class _Rename(ast.NodeTransformer):
    """Puts arguments where parameters stood, and new names where local names would clash."""

    def __init__(self, names: dict[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        new = self.names.get(node.id)
        if new is None:
            return node
        if isinstance(node.ctx, ast.Load):
            return copy.deepcopy(new)
        return ast.Name(new.id, node.ctx) if isinstance(new, ast.Name) else node
