"""Attributes of pandas and of dates that are gone."""

import ast

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import attribute, build


@rewrites(ast.Attribute, needs="import numpy as np")
def numpy_of_pandas(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`pd.np` as NumPy itself."""
    if node.attr == "np" and context.is_pandas(node.value):
        return ast.Name("np", ast.Load())
    return None


@rewrites(ast.Attribute)
def datetime_of_pandas(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`pd.datetime` as `pd.Timestamp`."""
    if node.attr == "datetime" and context.is_pandas(node.value):
        return attribute(node.value, "Timestamp")
    return None


@rewrites(ast.Attribute)
def value_counts_as_value(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`df.apply(pd.value_counts)` with the method of series."""
    is_called = node in context.callees
    if node.attr == "value_counts" and not is_called and context.is_pandas(node.value):
        return build("pd.Series.value_counts", pd=node.value)
    return None


@rewrites(ast.Attribute)
def parts_of_dates(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`dates.dt.week` and `dates.dt.weekday_name` as methods."""
    match node:
        case ast.Attribute(value=ast.Attribute(attr="dt") as dates, attr="week" | "weekofyear"):
            return build("x.isocalendar().week", x=dates)
        case ast.Attribute(value=ast.Attribute(attr="dt") as dates, attr="weekday_name"):
            return build("x.day_name()", x=dates)
    return None
