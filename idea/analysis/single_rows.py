"""Finds steps that change rows of the notebook's own table, which new rows are not among."""

import ast
from collections.abc import Set

from idea.knowledge.pandas_methods import LOCATORS
from idea.syntax import walk


def changes_single_rows(node: ast.stmt, frames: Set[str]) -> bool:
    """Tell whether a statement picks rows by labels or numbers that are written out.

    Args:
        node: the statement: ``df.at[3, "age"] = 40``, ``df["age"].mask(df.index == 3, 40)``.
        frames: the variables that hold rows.
    """
    for part in walk(node):
        match part:
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=frame), attr=locator),
                slice=index,
                ctx=ast.Store(),
            ) if locator in LOCATORS and frame in frames:
                rows = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
                if _are_written_out(rows):
                    return True
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id=frame), attr="index"), comparators=[rows]
            ) if frame in frames:
                if _are_written_out(rows):
                    return True
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id=frame), attr="index"), attr="isin"
                ),
                args=[rows],
            ) if frame in frames:
                if _are_written_out(rows):
                    return True
    return False


def _are_written_out(rows: ast.expr) -> bool:
    match rows:
        case ast.Constant(value=int() | str() as value):
            return not isinstance(value, bool)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int())):
            return True
        case ast.List(elts=[_, *_] as parts):
            return all(map(_are_written_out, parts))
        case ast.Slice(lower=lower, upper=upper):
            return any(end is not None and _are_written_out(end) for end in (lower, upper))
    return False
