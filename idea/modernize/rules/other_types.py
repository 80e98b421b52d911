"""Values of another type in some rows of a column, which pandas 3 refuses to store in place."""

import ast

from idea.modernize.context import Context
from idea.modernize.names import column_of
from idea.modernize.registry import rewrites
from idea.modernize.templates import build
from idea.syntax import constant, copied, walk

# Methods and functions that give one number, which is seldom a whole one.
_NUMBERS = frozenset("mean median nanmean nanmedian percentile quantile round std var".split())
_ALL_ROWS = frozenset("isna isnull".split())
_MASKS = frozenset("between contains endswith eq ge gt isin le lt ne notna notnull".split())
_MASKS |= _ALL_ROWS | {"startswith"}


@rewrites(ast.Assign)
def in_some_rows(node: ast.Assign, context: Context) -> ast.stmt | None:
    """`df.loc[df["a"] > high, "a"] = high` as `df["a"] = df["a"].mask(df["a"] > high, high)`."""
    return with_type_of_values(node, context)


def with_type_of_values(node: ast.stmt, context: Context) -> ast.stmt | None:
    """Store values in some rows of a column so that it may get another type; or give None."""
    match node:
        case ast.Assign(
            targets=[
                ast.Subscript(
                    value=ast.Attribute(value=ast.Name() as frame, attr="loc" | "at"),
                    slice=ast.Tuple(elts=[rows, column]),
                )
            ],
            value=value,
        ):
            mask = _mask(rows, frame)
            if mask is not None and _stores_other_type(frame, column, mask, value, context):
                chosen = ast.Subscript(frame, column, ast.Load())
                masked = build("chosen.mask(rows, value)", chosen=chosen, rows=mask, value=value)
                stored = ast.Subscript(copied(frame), copied(column), ast.Store())
                return ast.Assign([stored], masked)
    return None


def _mask(rows: ast.expr, frame: ast.Name) -> ast.expr | None:
    """Give the mask of the rows that ``frame.loc[rows]`` chooses; None if they are not known."""
    match rows:
        case (
            ast.Compare() | ast.BinOp(op=ast.BitAnd() | ast.BitOr()) | ast.UnaryOp(op=ast.Invert())
        ):
            return rows
        case ast.Call(func=ast.Attribute(attr=name)) if name in _MASKS:
            return rows
        case ast.Constant(value=int() | str()):
            return build("df.index == label", df=frame, label=rows)
    return None


def _stores_other_type(
    frame: ast.Name, column: ast.expr, mask: ast.expr, value: ast.expr, context: Context
) -> bool:
    """Tell whether a column that is there gets values that may be of another type than its own.

    Args:
        frame: the frame.
        column: the column.
        mask: the rows.
        value: the values.
        context: names and calls of the cell.
    """
    one_column = isinstance(column, ast.Name) or isinstance(constant(column), str)
    own = column_of(ast.Subscript(frame, column, ast.Load()))
    parts = [*walk(mask), *walk(value)]
    if not one_column or own is None or own[0] in context.dicts:
        return False
    is_read = any(column_of(part) == own for part in parts)
    if not is_read and own not in context.names.columns:
        return False  # it may be new
    for part in walk(mask):
        match part:
            case ast.Call(func=ast.Attribute(value=of, attr=name)) if name in _ALL_ROWS:
                if column_of(of) == own:
                    return False  # which has a missing value: it is a column of floats or objects
    return _may_be_of_other_type(value, context) or (
        isinstance(constant(value), str) and _compares_with_number(mask, own)
    )


def _compares_with_number(mask: ast.expr, own: tuple[str, str]) -> bool:
    for part in walk(mask):
        match part:
            case ast.Compare(left=left, comparators=[ast.Constant(value=int() | float())]):
                if column_of(left) == own:
                    return True
    return False


def _may_be_of_other_type(value: ast.expr, context: Context) -> bool:
    """Tell whether a value is one number that may not be a whole one; False if it may be a list."""
    match value:
        case ast.Constant(value=float(number)):
            return not number.is_integer()
        case ast.UnaryOp(operand=inner):
            return _may_be_of_other_type(inner, context)
        case ast.Name(id=name):
            return name not in context.names.arrays
        case ast.Subscript(value=ast.Name() | ast.Attribute()):
            return column_of(value) is None
        case ast.BinOp(left=left, right=right):
            return any(_may_be_of_other_type(side, context) for side in (left, right))
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _NUMBERS
    return False
