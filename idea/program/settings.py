"""Leaves out statements that set an option of a library: they change no data."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping

from idea.knowledge.packages import LIBRARIES
from idea.knowledge.pandas_methods import MUTATORS
from idea.knowledge.settings import SETTING_FUNCTIONS, SETTING_NAMES
from idea.program.dataflow import Step
from idea.program.names_used import root, stored_names
from idea.syntax import import_path


def without_settings(steps: Iterable[Step], imports: Mapping[str, str]) -> list[Step]:
    """Leave out statements that set an option, also those inside of blocks.

    Args:
        steps: the statements, whose blocks are changed.
        imports: dotted paths by the names that they are imported as.
    """
    steps = list(steps)
    bound = {name for step in steps for name in stored_names(step.node)}
    modules = {name: path for name, path in imports.items() if name not in bound}
    kept = ((step, _remaining(step.node, modules)) for step in steps)
    return [step.becomes(node, step.role, step.call) for step, node in kept if node is not None]


def is_setting(node: ast.stmt, modules: Mapping[str, str]) -> bool:
    """Tell whether a statement does nothing but set an option of a library.

    Args:
        node: the statement.
        modules: dotted paths of imported names that no statement binds anew.
    """
    match node:
        case ast.Assign(targets=targets):
            return all(_is_option(target, modules) for target in targets)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return _is_option(target, modules)
        case ast.Delete(targets=targets):
            return all(_is_option(target, modules) for target in targets)
        case ast.Expr(value=ast.Call(func=function)):
            path = import_path(function, modules)
            if path is None or not _is_library(root(function) or "", modules):
                return False
            return (
                path in SETTING_FUNCTIONS
                or path.startswith(SETTING_NAMES)
                or (isinstance(function, ast.Attribute) and function.attr in MUTATORS)
            )
    return False


def _is_option(target: ast.expr, modules: Mapping[str, str]) -> bool:
    """Tell whether a target is an attribute or an item of an imported module."""
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_option(part, modules) for part in target.elts)
    if not isinstance(target, ast.Attribute | ast.Subscript):
        return False
    name = root(target) or ""
    return name in modules and ("." not in modules[name] or _is_library(name, modules))


def _is_library(name: str, modules: Mapping[str, str]) -> bool:
    package = modules.get(name, "").split(".")[0]
    return package in LIBRARIES or package in sys.stdlib_module_names


def _remaining(node: ast.stmt, modules: Mapping[str, str]) -> ast.stmt | None:
    """Take settings out of a statement; a block keeps a `pass` if nothing else is in it.

    Args:
        node: the statement, whose blocks are changed.
        modules: dotted paths of imported names that no statement binds anew.

    Returns:
        The statement; None if it does nothing else.
    """
    if is_setting(node, modules):
        return None
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node  # stands in the repo as it is
    if _is_empty(node):
        return node  # written for the name that it binds
    for block in _blocks(node):
        kept = [new for inner in block if (new := _remaining(inner, modules)) is not None]
        block[:] = kept or [ast.Pass()]
    return None if _is_empty(node) else node


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, [])
        if block and isinstance(block, list):
            yield block
    for handler in getattr(node, "handlers", []):
        yield handler.body


def _is_empty(node: ast.stmt) -> bool:
    """Tell whether a condition or loop does nothing."""
    blocks = list(_blocks(node))
    return bool(blocks) and all(isinstance(inner, ast.Pass) for block in blocks for inner in block)
