"""Parameters of classes under their present names."""

import ast
from typing import Any

from idea.knowledge.estimators import NEED_EVALUATION_ROWS, SYNONYMS, TECHNICAL, canonical, stem
from idea.knowledge.renames import current_parameter, current_value
from idea.knowledge.signatures import signature_of_class
from idea.program.static_values import Names

Arguments = list[tuple[str, ast.expr]]


def current_name(path: str, parameter: str) -> str | None:
    """Give the name of a class's parameter today; None if it was removed or can't be used."""
    if parameter in NEED_EVALUATION_ROWS:
        return None
    name = SYNONYMS.get(stem(path), {}).get(parameter, parameter)
    return current_parameter(path.rpartition(".")[2], name)


def current_key(path: str, key: str) -> str | None:
    """Give the key of a search space today; None if there is nothing to search."""
    names = [current_name(path, name) for name in key.split("__")]
    if None in names or names[-1] in TECHNICAL or names[-1] == "probability":
        return None
    return "__".join(str(name) for name in names)


def current_choices(path: str, key: str, found: Any) -> Any:
    """Give the choices of a search space as they are written today.

    Args:
        path: the import path of the class.
        key: the key in the space.
        found: a list of choices, or a range.

    Returns:
        Each choice once; a range as it is.
    """
    if isinstance(found, dict):
        return found
    values = [current_value(path, key.rpartition("__")[2], value) for value in found]
    return [value for i, value in enumerate(values) if value not in values[:i]]


def positional_arguments(call: ast.Call, names: Names) -> Arguments:
    """Name the arguments that are given by position; those without a known name are `_args_`."""
    order = signature_of_class(canonical(names.path(call.func) or "").rpartition(".")[2]).order
    found = list(zip(order, call.args, strict=False))
    if rest := call.args[len(order) :]:
        found.append(("_args_", ast.List(elts=rest, ctx=ast.Load())))
    return found
