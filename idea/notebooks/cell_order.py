"""Decides the order in which cells are read: that of the document, or of their execution."""

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence

from idea.syntax import parse

_KNOWN = frozenset(dir(builtins)) | {"__file__", "display", "get_ipython", "In", "Out"}


def reading_order(cells: Sequence[tuple[str, int | None]]) -> list[int]:
    """Order cells, given as code and count: as they stand, or as they were run.

    The latter only where fewer names are then used before they are defined: cells are run again and
    again, so counts alone say little.
    """
    names = [_names(code) for code, _ in cells]
    orders = (list(range(len(cells))), _as_run([count for _, count in cells]))
    return min(orders, key=lambda order: _undefined(names[place] for place in order))


def _as_run(counts: Sequence[int | None]) -> list[int]:
    """Order places by count; a cell without one, or with 0, stays behind the cell above it."""
    run = []
    last = -1
    for count in counts:
        last = count or last
        run.append(last)
    return sorted(range(len(run)), key=run.__getitem__)


def _undefined(cells: Iterable[list[tuple[str, bool]]]) -> int:
    """Count the names that are used before they are defined."""
    defined, missing = set(_KNOWN), set()
    for names in cells:
        for name, defines in names:
            if defines:
                defined.add(name)
            elif name not in defined:
                missing.add(name)
    return len(missing)


def _names(code: str) -> list[tuple[str, bool]]:
    """Give the names that code uses (False) and defines (True), about as it runs."""
    tree = parse(code)
    try:
        return list(_of_nodes(tree.body)) if tree else []
    except RecursionError:  # an expression that no person wrote
        return []


def _of_nodes(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, bool]]:
    for node in nodes:
        yield from _of_node(node)


def _of_node(node: ast.AST) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.Name(id=name, ctx=context):
            yield name, isinstance(context, ast.Store)
        case ast.alias():
            yield node.asname or node.name.partition(".")[0], True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _of_nodes([*node.decorator_list, *node.args.defaults])
            yield node.name, True
        case ast.ClassDef():
            yield from _of_nodes([*node.decorator_list, *node.bases])
            yield node.name, True
        case ast.Lambda():
            yield from _of_nodes(node.args.defaults)
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                yield node.target.id, False
            yield from _of_nodes([node.value] if node.value else [])
            yield from _of_nodes(node.targets if isinstance(node, ast.Assign) else [node.target])
        case ast.For() | ast.AsyncFor():
            yield from _of_nodes([node.iter, node.target, *node.body, *node.orelse])
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from _of_comprehension(node)
        case ast.ExceptHandler(name=str(name)):
            yield name, True
            yield from _of_nodes(list(ast.iter_child_nodes(node)))
        case _:
            yield from _of_nodes(list(ast.iter_child_nodes(node)))


def _of_comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Iterator[tuple[str, bool]]:
    """Give the names that a comprehension uses; its own stay inside."""
    values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    inside = [part for loop in node.generators for part in (loop.iter, loop.target, *loop.ifs)]
    own: set[str] = set()
    for name, defines in _of_nodes([*inside, *values]):
        if defines:
            own.add(name)
        elif name not in own:
            yield name, False
