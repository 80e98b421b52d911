"""Members of modules that are in other modules now."""

import ast

from idea.knowledge.renames import MODULES, OLD_MODULES
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import build


@rewrites(ast.Attribute, needs="from sklearn.impute import SimpleImputer")
def imputer(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`preprocessing.Imputer` as `SimpleImputer`, which is in another module."""
    if context.names.path(node) == "sklearn.preprocessing.Imputer":
        return ast.Name("SimpleImputer", ast.Load())
    return None


@rewrites(ast.Attribute)
def old_modules(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`grid_search.GridSearchCV` as `model_selection.GridSearchCV`."""
    module, _, name = context.names.path(node.value).rpartition(".")
    if module == "sklearn" and name in OLD_MODULES and OLD_MODULES[name].fullmatch(node.attr):
        return build(f"model_selection.{node.attr}")
    return None


@rewrites(ast.Attribute)
def moved_modules(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`pd.scatter_matrix` as `pd.plotting.scatter_matrix`."""
    path = context.names.path(node)
    if path in MODULES:
        return build(MODULES[path].replace("pandas", context.names.pandas))
    return None
