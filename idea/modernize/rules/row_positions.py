"""Values of a row by their position, which pandas takes for labels today."""

import ast

from idea.modernize.context import Context
from idea.modernize.registry import rewrites


@rewrites(ast.Subscript)
def value_of_row(node: ast.Subscript, context: Context) -> ast.expr | None:
    """`row[0]` as `row.iloc[0]` in a function that is applied with ``axis=1``."""
    match node:
        case ast.Subscript(
            value=ast.Name(id=name) as row,
            slice=ast.Constant(value=int(at)) as index,
            ctx=ast.Load(),
        ) if name in context.names.rows and not isinstance(at, bool):
            return ast.Subscript(ast.Attribute(row, "iloc", ast.Load()), index, ast.Load())
    return None
