"""The names that a piece of code uses, and those that it stores."""

import ast
from collections.abc import Iterator, Sequence


def root(node: ast.expr) -> str | None:
    """Give the variable at the bottom of ``name[...].attribute.method(...)``."""
    while True:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                node = inner
            case ast.Call(func=ast.Attribute(value=inner)):
                node = inner
            case _:
                return None


def stored_names(node: ast.AST) -> set[str]:
    """Names that a statement stores or deletes, outside of functions in it."""
    return {
        part.id
        for part in _walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del)
    }


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a statement without entering what has names of its own."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Lambda | ast.FunctionDef | ast.ClassDef):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                yield ast.Name(child.name, ast.Store())
            continue
        if isinstance(child, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            continue
        yield from _walk(child)


def free_names(node: ast.AST) -> set[str]:
    """Names that a statement, a function or an expression takes from outside itself."""
    free: set[str] = set()
    _free(node, frozenset(), free)
    return free


def _free(node: ast.AST, bound: frozenset[str], free: set[str]) -> None:
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id not in bound:
            free.add(node.id)
        return
    if isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = node.args
        for default in [*arguments.defaults, *(d for d in arguments.kw_defaults if d)]:
            _free(default, bound, free)
        own = {
            a.arg
            for a in [
                *arguments.posonlyargs,
                *arguments.args,
                *arguments.kwonlyargs,
                *(a for a in (arguments.vararg, arguments.kwarg) if a),
            ]
        }
        body: Sequence[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else node.body
        for statement in body:
            own |= stored_names(statement)
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                own.add(statement.name)
        if not isinstance(node, ast.Lambda):
            for decorator in node.decorator_list:
                _free(decorator, bound, free)
        for statement in body:
            _free(statement, bound | own, free)
        return
    if isinstance(node, ast.ClassDef):
        for part in [*node.bases, *node.decorator_list]:
            _free(part, bound, free)
        own = {s.name for s in node.body if isinstance(s, ast.FunctionDef)}
        for statement in node.body:
            _free(statement, bound | own, free)
        return
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        own = {
            name.id
            for generator in node.generators
            for name in ast.walk(generator.target)
            if isinstance(name, ast.Name)
        }
        for index, generator in enumerate(node.generators):
            _free(generator.iter, bound if index == 0 else bound | own, free)
            for test in generator.ifs:
                _free(test, bound | own, free)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in parts:
            _free(part, bound | own, free)
        return
    for child in ast.iter_child_nodes(node):
        _free(child, bound, free)
