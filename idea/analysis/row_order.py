"""Leaves out sorts of rows on the way to X: each row stays beside its target."""

import ast

from idea.analysis.row_dependence import Kind, Kinds, rowwise
from idea.knowledge.pandas_methods import ORDER_DEPENDENT
from idea.syntax import copied, is_in_place, mentions

_SORTS = frozenset({"sort_values", "sort_index"})
_KEEP_ROWS = frozenset(
    "copy dropna fillna astype replace reset_index set_index query apply applymap map where mask "
    "clip round infer_objects convert_dtypes drop rename assign".split()
)


def depends_on_order(node: ast.AST) -> bool:
    """Tell whether code may give a row something of the rows before or after it."""
    return mentions(node, *ORDER_DEPENDENT)


def without_sorts(node: ast.stmt, kinds: Kinds) -> ast.stmt | None:
    """Take sorts out of a statement on a frame.

    Args:
        node: the statement, which is not changed.
        kinds: which variables hold rows.

    Returns:
        The statement, a changed copy, or None if it does nothing but sort.
    """
    return _without(copied(node), kinds) if mentions(node, *_SORTS) else node


def _without(node: ast.stmt, kinds: Kinds) -> ast.stmt | None:
    match node:
        case ast.For(body=body) | ast.If(body=body):
            left = [new for inner in body if (new := _without(inner, kinds)) is not None]
            node.body = left or [ast.Pass()]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name())) as call):
            if _sorts(call) and is_in_place(call):
                return None
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if kinds.of(value) is Kind.ROWS:
            node.value = _unsorted(value)
            if isinstance(node.value, ast.Name) and node.value.id == name:
                return None
    return node


def _unsorted(node: ast.expr) -> ast.expr:
    """Take sorts out of a chain of methods, all of which keep a frame's rows."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr=method) as function):
            if _sorts(node):
                return _unsorted(inner)
            if method in _KEEP_ROWS:
                function.value = _unsorted(inner)
    return node


def _sorts(call: ast.Call) -> bool:
    """Tell whether a call sorts the rows of a frame: by a column, or by the index."""
    if not isinstance(call.func, ast.Attribute) or rowwise(call):
        return False
    by_column = call.func.attr == "sort_values" and bool(
        call.args or any(keyword.arg == "by" for keyword in call.keywords)
    )
    return by_column or call.func.attr == "sort_index"
