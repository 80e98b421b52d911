"""Changes through a selection, which is a copy in pandas 3, become changes of the frame."""

import ast

from idea.knowledge.pandas_methods import LOCATORS, NO_COLUMNS
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.rules.other_types import with_type_of_values
from idea.modernize.rules.replaced_values import with_types_of_values
from idea.modernize.templates import build, without
from idea.syntax import constant, copied, is_in_place, walk

# Keys that may select columns; a selection of rows was always a copy.
# What a column can't be asked for.
_FRAME_METHODS = {"eval", "merge", "query", "set_index"}
_FRAME_ARGUMENTS = {"by", "columns", "subset"}
_KEYS = ast.Constant | ast.Name | ast.List | ast.Attribute | ast.JoinedStr


@rewrites(ast.Expr)
def in_place(node: ast.Expr, context: Context) -> ast.stmt | None:
    """`df["a"].fillna(0, inplace=True)` as `df["a"] = df["a"].fillna(0)`."""
    match node.value:
        case ast.Call(func=ast.Attribute(value=selection, attr=name), args=args) as call:
            if _is_of_frame(selection, name, call):
                return None
            if is_in_place(call) and (_is_selection(selection) or name == "set_axis"):
                changed = ast.Call(call.func, args, without(call, "inplace"))
                return ast.Assign([_stored(selection, context)], with_types_of_values(changed))
    return None


@rewrites(ast.Assign, ast.AugAssign)
def cells_of_a_column(node: ast.Assign | ast.AugAssign, context: Context) -> ast.stmt | None:
    """`df["a"][rows] = 5` as `df.loc[rows, "a"] = 5`."""
    match node:
        case ast.Assign(targets=[target], value=value):
            cell = _cell(target, context)
            stored = ast.Assign([cell], value) if cell else None
            return (with_type_of_values(stored, context) or stored) if stored else None
        case ast.AugAssign(target=target, op=op, value=value):
            cell = _cell(target, context)
            return ast.AugAssign(cell, op, value) if cell else None
    return None


def _stored(node: ast.expr, context: Context) -> ast.expr:
    """Write a selection as a target; a column as `df["a"]`: `df.a = …` makes no new column."""
    named = isinstance(node, ast.Attribute) and node.attr not in NO_COLUMNS
    if isinstance(node, ast.Attribute) and named and context.is_frame(node.value):
        return ast.Subscript(node.value, ast.Constant(node.attr), ast.Store())
    target = copied(node)
    if isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        target.ctx = ast.Store()
    return target


def _is_selection(node: ast.expr) -> bool:
    """Tell whether an expression selects columns of a variable by their names."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr=locator), slice=ast.Tuple(elts=[rows, _])) if (
            locator in LOCATORS
        ):
            return isinstance(rows, ast.Slice) and rows.lower is None and rows.upper is None
        case ast.Subscript(value=ast.Attribute(attr=locator)) if locator in LOCATORS:
            return False
        case ast.Subscript(value=of, slice=key):
            return _is_of_variable(of) and isinstance(key, _KEYS)
        case ast.Attribute(value=of):
            return _is_of_variable(of)
    return False


def _is_of_frame(node: ast.expr, method: str, call: ast.Call) -> bool:
    """Tell whether an attribute is an object's frame, `self.table`, and no column of a frame.

    Args:
        node: the attribute.
        method: its method that is called.
        call: the call.
    """
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    of_frames = method in _FRAME_METHODS or any(k.arg in _FRAME_ARGUMENTS for k in call.keywords)
    return node.attr not in LOCATORS and (of_frames or node.value.id == "self")


def _is_of_variable(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return isinstance(node, ast.Name)


def _cell(target: ast.expr, context: Context) -> ast.Subscript | None:
    """Give `df.loc[rows, "a"]` for `df["a"][rows]`, `df.a.loc[rows]`, and so on."""
    if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Tuple):
        return None
    rows, locator = target.slice, "loc"
    selection: ast.expr = target.value
    if isinstance(selection, ast.Attribute) and selection.attr in LOCATORS:
        locator, selection = selection.attr, selection.value
    elif isinstance(rows, ast.Slice) and (rows.lower or rows.upper):
        locator = "iloc"  # a bare slice counts rows
    frame, column = _column(selection)
    first = rows.elts[0] if isinstance(rows, ast.List) and rows.elts else rows
    if frame is None or column is None or isinstance(constant(first), str):  # names of columns
        return None
    # The entry of a dict of lists is set in the same way; but a mask names its frame.
    is_mask = frame.id in {node.id for node in walk(rows) if isinstance(node, ast.Name)}
    if not context.is_frame(frame) and not is_mask:
        return None
    if locator in ("iloc", "iat"):
        column = build("df.columns.get_loc(column)", df=frame, column=column)
    place = ast.Tuple([copied(rows), copied(column)], ast.Load())
    by = ast.Attribute(ast.Name(frame.id, ast.Load()), locator, ast.Load())
    return ast.Subscript(by, place, ast.Store())


def _column(selection: ast.expr) -> tuple[ast.Name | None, ast.expr | None]:
    """Give the frame and the name of a column."""
    match selection:
        case ast.Subscript(value=ast.Name() as frame, slice=key):
            named = isinstance(key, ast.Name) or isinstance(constant(key), str)
            return frame, key if named else None
        case ast.Attribute(value=ast.Name(id=name) as frame, attr=column) if name != "self":
            return frame, None if column in NO_COLUMNS else ast.Constant(column)
    return None, None
