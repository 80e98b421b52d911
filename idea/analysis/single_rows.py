"""Finds steps that change rows of the notebook's own table, which new rows are not among."""

import ast
from collections.abc import Mapping, Set

from idea.analysis.row_dependence import rowwise
from idea.knowledge.pandas_methods import CONCATENATIONS, LOCATORS
from idea.program import Program
from idea.program.names_used import root
from idea.syntax import import_path, walk


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


def joins_what_was_changed_apart(at: int, program: Program, imports: Mapping[str, str]) -> bool:
    """Tell whether a step puts selections of rows below each other, one of them changed before.

    Args:
        at: position of the step.
        program: the notebook's statements.
        imports: dotted paths by the names that they are imported as.
    """
    for call in walk(program.steps[at].node):
        match call:
            case ast.Call(
                func=function,
                args=[ast.List(elts=[_, *below]) | ast.Tuple(elts=[_, *below]), *_],
            ) if import_path(function, imports) in CONCATENATIONS and not rowwise(call):
                for name in (part.id for part in below if isinstance(part, ast.Name)):
                    start = program.start(name, at)
                    first = at if start is None else start + 1
                    if any(_sets_column(program.steps[p].node, name) for p in range(first, at)):
                        return True
    return False


def _sets_column(node: ast.stmt, frame: str) -> bool:
    match node:
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute() as target]):
            return root(target) == frame
    return False
