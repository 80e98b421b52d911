"""`df.append(rows)` as `pd.concat([df, rows])`."""

import ast

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import build


@rewrites(ast.Call)
def append(call: ast.Call, context: Context) -> ast.expr | None:
    """Concatenate, unless it may be a list: its `append` has no keywords, and returns nothing."""
    match call:
        case ast.Call(func=ast.Attribute(value=of, attr="append"), args=[rows]):
            given = {key.arg for key in call.keywords}
            of_frame = given & {"ignore_index", "sort", "verify_integrity"}
            if (of_frame or call in context.used) and not context.is_module(of, "numpy"):
                return _concatenated(call, of, rows, context)
    return None


def _concatenated(call: ast.Call, of: ast.expr, rows: ast.expr, context: Context) -> ast.expr:
    parts = rows.elts if isinstance(rows, ast.List) else [rows]
    parts = [_as_frame(part, context) for part in parts]
    match of:
        case ast.Call(func=ast.Attribute(attr="concat"), args=[ast.List(elts=before)]):
            parts = [*before, *parts]
        case _:
            parts = [of, *parts]
    concat = build("pd.concat", pd=context.names.pandas)
    return ast.Call(concat, [ast.List(parts, ast.Load())], call.keywords)


def _as_frame(node: ast.expr, context: Context) -> ast.expr:
    """Make a frame of a single row."""
    match node:
        case ast.Dict() | ast.Call(func=ast.Name(id="dict")):
            return build("pd.DataFrame([x])", pd=context.names.pandas, x=node)
        case ast.Name(id=name) if name in context.dicts:
            return build("pd.DataFrame([x])", pd=context.names.pandas, x=node)
        case ast.Call(func=ast.Attribute(attr="Series")):
            return build("x.to_frame().T", x=node)
    return node
