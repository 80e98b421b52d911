"""Small questions about a syntax tree that several packages ask."""

import ast
import warnings
from collections.abc import Mapping

_NO_CONSTANT = object()


def parse(code: str) -> ast.Module | None:
    """Parse code as Python 3; None if it does not parse."""
    try:
        return parse_or_raise(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parse_or_raise(code: str) -> ast.Module:
    """Parse code as Python 3, without warnings.

    Raises:
        SyntaxError: it does not parse; ValueError, RecursionError and MemoryError mean the same.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as an invalid escape "\d"
        return ast.parse(code)


def brief(node: ast.AST, width: int = 80) -> str:
    """Give the source of a piece of code in one line, cut to a width in characters."""
    try:
        text = " ".join(ast.unparse(node).split())
    except RecursionError:
        return "a very deep expression"
    return text if len(text) <= width else text[: width - 1] + "…"


def import_path(node: ast.expr, imports: Mapping[str, str]) -> str | None:
    """Give the dotted path of an imported name or of an attribute of one.

    Args:
        node: a name, or an attribute of something.
        imports: dotted paths by the names that they are imported as.

    Returns:
        `sklearn.svm.SVC` for `svm.SVC`; None for a name of the notebook's own.
    """
    match node:
        case ast.Name(id=name):
            return imports.get(name)
        case ast.Attribute(value=inner, attr=attribute):
            base = import_path(inner, imports)
            return f"{base}.{attribute}" if base else None
    return None


def callee_name(call: ast.Call) -> str:
    """Give the last name of a callee: `fit` of `model.fit(X)`; empty if it has none."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def constant(node: ast.expr | None) -> object:
    """Give the value of a constant; for everything else an object that equals no value."""
    return node.value if isinstance(node, ast.Constant) else _NO_CONSTANT


def keyword_value(call: ast.Call, name: str) -> ast.expr | None:
    """Give the value of a call's keyword argument; None if it is not given."""
    return next((key.value for key in call.keywords if key.arg == name), None)


def is_in_place(call: ast.Call) -> bool:
    """Tell whether a method changes its object: `inplace=True`, as pandas spells it."""
    return constant(keyword_value(call, "inplace")) is True


def mentions(node: ast.AST, *names: str) -> bool:
    """Tell whether a variable or an attribute of one of these names occurs in code."""
    return any(
        (isinstance(part, ast.Name) and part.id in names)
        or (isinstance(part, ast.Attribute) and part.attr in names)
        for part in ast.walk(node)
    )
