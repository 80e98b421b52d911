"""What attributes are today, and how a frame's column is assigned to."""

import ast
import copy

from idea.knowledge.renames import (
    ATTRIBUTES,
    METHODS,
    MODULES,
    NUMPY,
    NUMPY_BUILTINS,
    OLD_MODULES,
    RENAMED,
)
from idea.modernize.calls import Known, build, constant

# Other keys are of rows: changing such a selection never changed its frame.
_KEYS = ast.Constant | ast.Name | ast.List | ast.Attribute | ast.JoinedStr
_LOCATORS = frozenset({"loc", "iloc", "at", "iat"})
_NO_COLUMNS = _LOCATORS | frozenset("values index columns T data flat shape dtypes".split())


def attribute_today(node: ast.Attribute, known: Known) -> tuple[ast.expr | None, str]:
    """Give what an attribute is today (None if that is what it was), and the import it needs."""
    if not isinstance(node.ctx, ast.Load):
        return None, ""
    of, name, is_called = node.value, node.attr, id(node) in known.callees
    if isinstance(of, ast.Name) and of.id in ("np", "numpy"):
        if name in NUMPY_BUILTINS:
            return ast.Name(NUMPY_BUILTINS[name], ast.Load()), ""
        if name == "NINF":
            return build("-np.inf", np=of), ""
        return _attribute(of, NUMPY[name]) if name in NUMPY else None, ""
    if name == "Imputer" and isinstance(of, ast.Name) and of.id == "preprocessing":
        return ast.Name("SimpleImputer", ast.Load()), "from sklearn.impute import SimpleImputer"
    if known.is_pandas(of):
        if name == "np":
            return ast.Name("np", ast.Load()), "import numpy as np"
        if name == "datetime":
            return _attribute(of, "Timestamp"), ""
        if name == "value_counts" and not is_called:
            return build("pd.Series.value_counts", pd=of), ""
    if isinstance(of, ast.Name) and of.id in OLD_MODULES and OLD_MODULES[of.id].fullmatch(name):
        return build(f"model_selection.{name}"), ""
    path = _path(node, known)
    if path in MODULES:
        return build(MODULES[path].replace("pandas", known.pandas)), ""
    if isinstance(of, ast.Attribute) and of.attr == "dt":
        if name in ("week", "weekofyear"):
            return build("x.isocalendar().week", x=of), ""
        if name == "weekday_name":
            return build("x.day_name()", x=of), ""
    if name in METHODS and is_called:
        return _attribute(of, METHODS[name]), ""
    if name in ATTRIBUTES or (name in RENAMED and isinstance(of, ast.Name)):
        return _attribute(of, ATTRIBUTES.get(name) or RENAMED[name]), ""
    return None, ""


def _attribute(of: ast.expr, name: str) -> ast.expr:
    return ast.Attribute(of, name, ast.Load())


def _path(node: ast.expr, known: Known) -> str:
    """Give the dotted path of a module's member."""
    match node:
        case ast.Name(id=name):
            return "pandas" if name == known.pandas else name
        case ast.Attribute(value=of, attr=name):
            return f"{_path(of, known)}.{name}"
    return "?"


def assigned(node: ast.stmt, known: Known) -> ast.stmt | None:
    """Write a change through a column as one of its frame: the column is a copy now.

    None if that is what the statement does.
    """
    match node:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=selection, attr=name), args=args) as call
        ) if any(key.arg == "inplace" and constant(key.value) is True for key in call.keywords):
            if _is_selection(selection) or name == "set_axis":
                keywords = [key for key in call.keywords if key.arg != "inplace"]
                target = _stored(selection, known)
                return ast.Assign([target], ast.Call(call.func, args, keywords))
        case ast.Assign(targets=[target], value=value):
            cell = _cell(target, known)
            return ast.Assign([cell], value) if cell else None
        case ast.AugAssign(target=target, op=op, value=value):
            cell = _cell(target, known)
            return ast.AugAssign(cell, op, value) if cell else None
    return None


def _stored(node: ast.expr, known: Known) -> ast.expr:
    """Write a selection as a target; a column as `df["a"]`, since not every name is assigned to."""
    named = isinstance(node, ast.Attribute) and node.attr not in _NO_COLUMNS
    if isinstance(node, ast.Attribute) and named and known.is_frame(node.value):
        return ast.Subscript(node.value, ast.Constant(node.attr), ast.Store())
    target = copy.deepcopy(node)
    if isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        target.ctx = ast.Store()
    return target


def _is_selection(node: ast.expr) -> bool:
    """Tell columns, by name, of what a name stands for."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr=locator), slice=ast.Tuple(elts=[rows, _])) if (
            locator in _LOCATORS
        ):
            return isinstance(rows, ast.Slice) and rows.lower is None and rows.upper is None
        case ast.Subscript(value=ast.Attribute(attr=locator)) if locator in _LOCATORS:
            return False
        case ast.Subscript(value=of, slice=key):
            return _is_named(of) and isinstance(key, _KEYS)
        case ast.Attribute(value=of):
            return _is_named(of)
    return False


def _is_named(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return isinstance(node, ast.Name)


def _cell(target: ast.expr, known: Known) -> ast.Subscript | None:
    """Give `df.loc[rows, "a"]` for `df["a"][rows]`, `df.a.loc[rows]`, and so on."""
    if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Tuple):
        return None
    rows, locator = target.slice, "loc"
    selection: ast.expr = target.value
    if isinstance(selection, ast.Attribute) and selection.attr in _LOCATORS:
        locator, selection = selection.attr, selection.value
    elif isinstance(rows, ast.Slice) and (rows.lower or rows.upper):
        locator = "iloc"  # a bare slice counts rows
    frame, column = _column(selection)
    first = rows.elts[0] if isinstance(rows, ast.List) and rows.elts else rows
    if frame is None or column is None or isinstance(constant(first), str):  # of columns
        return None
    # A list of a dict is set in the same way; a mask speaks of its frame.
    is_mask = frame.id in {node.id for node in ast.walk(rows) if isinstance(node, ast.Name)}
    if not known.is_frame(frame) and not is_mask:
        return None
    if locator in ("iloc", "iat"):
        column = build("df.columns.get_loc(column)", df=frame, column=column)
    place = ast.Tuple([copy.deepcopy(rows), copy.deepcopy(column)], ast.Load())
    by = ast.Attribute(ast.Name(frame.id, ast.Load()), locator, ast.Load())
    return ast.Subscript(by, place, ast.Store())


def _column(selection: ast.expr) -> tuple[ast.Name | None, ast.expr | None]:
    """Give the frame and the name of a column."""
    match selection:
        case ast.Subscript(value=ast.Name() as frame, slice=key):
            named = isinstance(key, ast.Name) or isinstance(constant(key), str)
            return frame, key if named else None
        case ast.Attribute(value=ast.Name(id=name) as frame, attr=column) if name != "self":
            return frame, None if column in _NO_COLUMNS else ast.Constant(column)
    return None, None
