"""The names that a piece of code uses, and those that it stores."""

import ast
from collections.abc import Iterator, Sequence

from idea.syntax import children, walk


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
    for child in children(node):
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


_Function = ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def _free(node: ast.AST, bound: frozenset[str], free: set[str]) -> None:
    """Collect free names.

    Args:
        node: the piece of code.
        bound: names that the code around it binds.
        free: takes the names that are found.
    """
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id not in bound:
            free.add(node.id)
    elif isinstance(node, _Function):
        _free_in_function(node, bound, free)
    elif isinstance(node, ast.ClassDef):
        methods = {s.name for s in node.body if isinstance(s, ast.FunctionDef)}
        for part in [*node.bases, *node.decorator_list]:
            _free(part, bound, free)
        for statement in node.body:
            _free(statement, bound | methods, free)
    elif isinstance(node, _Comprehension):
        _free_in_comprehension(node, bound, free)
    else:
        for child in children(node):
            _free(child, bound, free)


def _free_in_function(node: _Function, bound: frozenset[str], free: set[str]) -> None:
    arguments = node.args
    outside: list[ast.expr] = [*arguments.defaults, *(d for d in arguments.kw_defaults if d)]
    if isinstance(node, ast.Lambda):
        body: Sequence[ast.AST] = [node.body]
    else:
        body = node.body
        outside += node.decorator_list
    own = {
        argument.arg
        for argument in [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            *filter(None, (arguments.vararg, arguments.kwarg)),
        ]
    }
    for statement in body:
        own |= stored_names(statement)
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            own.add(statement.name)
    for part in outside:
        _free(part, bound, free)
    for statement in body:
        _free(statement, bound | own, free)


def _free_in_comprehension(node: _Comprehension, bound: frozenset[str], free: set[str]) -> None:
    inside = bound | {
        name.id
        for generator in node.generators
        for name in walk(generator.target)
        if isinstance(name, ast.Name)
    }
    for index, generator in enumerate(node.generators):
        _free(generator.iter, inside if index else bound, free)
        for test in generator.ifs:
            _free(test, inside, free)
    values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    for value in values:
        _free(value, inside, free)


def imported_paths(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Give the names that an import binds, with their dotted paths."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, f"{node.module or ''}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            yield alias.name.split(".")[0], alias.name.split(".")[0]


def _may_hold(target: ast.expr, value: ast.expr) -> bool:
    """Tell whether an expression may look at the item, or attribute, that a target is."""
    if isinstance(target, ast.Name) or root(target) not in free_names(value):
        return False
    others = [
        part
        for part in walk(value)
        if isinstance(part, ast.Subscript)
        and isinstance(part.value, ast.Name)
        and part.value.id == root(target)
    ]
    loads = [part for part in walk(value) if isinstance(part, ast.Name) and part.id == root(target)]
    match target:
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=column)):
            apart = all(
                isinstance(part.slice, ast.Constant) and part.slice.value != column
                for part in others
            )
            return not apart or len(others) < len(loads)
    return True


def separated(node: ast.stmt) -> list[ast.stmt]:
    """Split ``a, b = x, y`` into two statements.

    Returns:
        None of them if it is another statement, or a value needs what a target held before.
    """
    match node:
        case ast.Assign(
            targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values) as value
        ) if len(targets) == len(values):
            stored = {target.id for target in targets if isinstance(target, ast.Name)}
            items = (
                _may_hold(target, each)
                for at, target in enumerate(targets)
                for each in values[at + 1 :]
            )
            if not stored & free_names(value) and not any(items):
                pairs = zip(targets, values, strict=True)
                return [ast.Assign([target], its) for target, its in pairs]
    return []
