"""Methods, attributes and classes that were renamed, wherever they are used."""

import ast

from idea.knowledge.renames import ATTRIBUTES, METHODS, RENAMED_EVERYWHERE
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import attribute


@rewrites(ast.Attribute)
def methods(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`df.as_matrix()` as `df.to_numpy()`."""
    if node.attr in METHODS and node in context.callees:
        return attribute(node.value, METHODS[node.attr])
    return None


@rewrites(ast.Attribute)
def attributes(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`df.ix` as `df.loc`."""
    if node.attr in ATTRIBUTES:
        return attribute(node.value, ATTRIBUTES[node.attr])
    return None


@rewrites(ast.Attribute, ast.Name)
def classes(node: ast.Attribute | ast.Name, context: Context) -> ast.expr | None:
    """`Imputer` as `SimpleImputer`, unless the notebook defines it itself."""
    match node:
        case ast.Attribute(value=ast.Name() as module, attr=name) if name in RENAMED_EVERYWHERE:
            return attribute(module, RENAMED_EVERYWHERE[name])
        case ast.Name(id=name, ctx=ast.Load()) if name in RENAMED_EVERYWHERE:
            if name not in context.names.own:
                return ast.Name(RENAMED_EVERYWHERE[name], ast.Load())
    return None
