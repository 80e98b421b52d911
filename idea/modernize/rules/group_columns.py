"""Selection of several columns of groups."""

import ast

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.syntax import callee_name


@rewrites(ast.Subscript)
def several_columns(node: ast.Subscript, context: Context) -> ast.expr | None:
    """`df.groupby("a")["b", "c"]` as `df.groupby("a")[["b", "c"]]`."""
    match node:
        case ast.Subscript(value=ast.Call() as groups, slice=ast.Tuple(elts=columns)):
            if callee_name(groups) == "groupby":
                return ast.Subscript(groups, ast.List(columns, ast.Load()), node.ctx)
    return None
