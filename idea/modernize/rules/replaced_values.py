"""Texts that are replaced by numbers: pandas 3 leaves the column one of objects."""

import ast

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import method
from idea.syntax import keyword_value


@rewrites(ast.Assign)
def numbers_for_texts(node: ast.Assign, context: Context) -> ast.stmt | None:
    """`df["a"] = df["a"].replace({"no": 0})` with `infer_objects()` at its end."""
    value = with_types_of_values(node.value)
    return ast.Assign(node.targets, value) if value is not node.value else None


def with_types_of_values(value: ast.expr) -> ast.expr:
    """Give the columns that `replace` makes the types of their values, where these are numbers."""
    match value:
        case ast.Call(func=ast.Attribute(value=of, attr="replace")):
            is_text = isinstance(of, ast.Attribute) and of.attr == "str"
            if not is_text and _gives_numbers(value):
                return method(value, "infer_objects", [], [])
    return value


def _gives_numbers(call: ast.Call) -> bool:
    first = call.args[0] if call.args else keyword_value(call, "to_replace")
    given = call.args[1] if len(call.args) > 1 else keyword_value(call, "value")
    if given is None and isinstance(first, ast.Dict):
        return all(map(_is_number_or_more, first.values)) and bool(first.values)
    return given is not None and _is_text(first) and _is_number_or_more(given)


def _is_text(node: ast.expr | None) -> bool:
    """Tell whether a text is replaced, or a list of texts."""
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.List(elts=[first, *_]):
            return _is_text(first)
    return False


def _is_number_or_more(node: ast.expr) -> bool:
    """Tell whether a node is a number, or a list or dict of numbers."""
    match node:
        case ast.Constant(value=int() | float()) | ast.UnaryOp(operand=ast.Constant()):
            return True
        case ast.List(elts=parts) | ast.Dict(values=parts):
            return bool(parts) and all(map(_is_number_or_more, parts))
    return False
