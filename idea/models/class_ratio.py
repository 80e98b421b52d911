"""Weights of the rarer class that code computes from the target: rows of 0 for each row of 1."""

import ast

from idea.program.static_values import Names, Unknown, resolve
from idea.syntax import callee_name, constant

PARAMETER = "scale_pos_weight"
OF_CLASSES = "rows of 0 for each of 1"  # stands for the weight, until something computes it

_DEEPEST = 6


def is_class_ratio(node: ast.expr, names: Names) -> bool:
    """Tell whether code divides the number of rows of class 0 by that of class 1.

    Args:
        node: such as ``(y == 0).sum() / (y == 1).sum()``.
        names: what names stand for.
    """
    match _behind(node, names):
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _counted(left, names) == 0 and _counted(right, names) == 1
        case ast.Call(func=ast.Name(id="float"), args=[inner]):
            return is_class_ratio(inner, names)
    return False


def _counted(node: ast.expr, names: Names, depth: int = 0) -> int | None:
    """Give the class, 0 or 1, whose rows an expression counts; None if it is not known."""
    if depth > _DEEPEST:
        return None
    match _behind(node, names):
        case ast.Call(func=ast.Name(id="float" | "int"), args=[inner]):
            return _counted(inner, names, depth + 1)
        case ast.BinOp(
            left=ast.Call(func=ast.Name(id="len")), op=ast.Sub(), right=right
        ):  # all but those of class 1
            return 0 if _counted(right, names, depth + 1) == 1 else None
        case (
            ast.Call(func=ast.Name(id="len"), args=[inner])
            | ast.Subscript(
                value=ast.Attribute(value=inner, attr="shape"), slice=ast.Constant(value=0)
            )
        ):
            found = _behind(inner, names)
            return _class_of(found.slice) if isinstance(found, ast.Subscript) else None
        case ast.Call(args=[], func=ast.Attribute(value=summed, attr="sum")):
            return _summed(summed)
        case ast.Call(args=[summed]) as call if callee_name(call) in ("sum", "count_nonzero"):
            return _summed(summed)
        case ast.Subscript(value=counts, slice=ast.Constant(value=int(number))):
            if isinstance(counts, ast.Attribute) and counts.attr == "loc":
                counts = counts.value
            found = _behind(counts, names)
            if not isinstance(found, ast.Call) or found.keywords:
                return None
            counting = callee_name(found) in ("bincount", "value_counts", "Counter")
            return number if counting and number in (0, 1) else None
    return None


def _summed(node: ast.expr) -> int | None:
    """Give the class whose rows a sum counts: that of a comparison, or 1 of the target itself."""
    return 1 if isinstance(node, ast.Name) else _class_of(node)


def _class_of(node: ast.expr) -> int | None:
    match node:
        case ast.Compare(ops=[ast.Eq()], comparators=[right]):
            value = constant(right)
            return value if isinstance(value, int) and value in (0, 1) else None
    return None


def _behind(node: ast.expr, names: Names) -> ast.expr:
    try:
        return resolve(node, names)
    except Unknown:
        return node
