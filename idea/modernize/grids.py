"""Values of parameters, and parameters in dicts, as in the grid of a search."""

import ast
import re
from collections.abc import Callable, Mapping

from idea.knowledge.estimators import CLASSIFICATION, REGRESSION
from idea.knowledge.renames import AUTO_MAX_FEATURES, VALUES, Value, current_parameter
from idea.modernize.context import Context, is_estimator_class
from idea.syntax import constant

_BASE = re.compile(r"(^|__)base_estimator(?=$|__)")

Tell = Callable[[int, str, str], None]


def is_removed(parameter: str, value: ast.expr, context: Context) -> bool:
    """Tell whether a grid's parameter is gone from the estimator that is named nearest.

    Args:
        parameter: its name, without those of the pipeline's steps.
        value: the values that the grid has for it.
        context: the cell.

    Returns:
        Whether it is to be left out.
    """
    if not isinstance(value, ast.List | ast.Tuple):
        return False
    if parameter == "normalize":
        return all(isinstance(constant(one), bool) for one in value.elts)
    owner = context.nearest_estimator(value.lineno)
    return bool(owner) and current_parameter(owner, parameter) is None


def current_key(key: str) -> str:
    """Give a key of a grid as it is today."""
    return _BASE.sub(r"\1estimator", key)


def current_values(
    parameter: str, value: ast.expr, estimator: str, context: Context, tell: Tell
) -> ast.expr:
    """Give a parameter's value, or the list of its values, as estimators take it today.

    Args:
        parameter: the parameter's name.
        value: its value or values.
        estimator: the class that it is given to; empty if that is not known.
        context: the cell.
        tell: takes the line, the former and the present text of each change.

    Returns:
        The same object if nothing has changed.
    """
    known = _known_values(parameter, value, estimator, context)
    if not known:
        return value
    if not isinstance(value, ast.List | ast.Tuple):
        return _current(parameter, value, known, tell)
    current = {
        ast.dump(new): new for new in (_current(parameter, one, known, tell) for one in value.elts)
    }
    if list(current) == [ast.dump(one) for one in value.elts]:
        return value
    return ast.copy_location(_with_items(value, list(current.values())), value)


def _with_items(value: ast.List | ast.Tuple, items: list[ast.expr]) -> ast.expr:
    return type(value)(items, ast.Load())


def _known_values(
    parameter: str, value: ast.expr, estimator: str, context: Context
) -> Mapping[str, Value]:
    if parameter != "max_features":
        return VALUES.get(parameter, {})
    if not is_estimator_class(estimator):
        estimator = context.nearest_estimator(value.lineno)
    task = REGRESSION if estimator.endswith("Regressor") else CLASSIFICATION
    return {"auto": AUTO_MAX_FEATURES[task]}


def _current(parameter: str, value: ast.expr, known: Mapping[str, Value], tell: Tell) -> ast.expr:
    was = constant(value)
    if not isinstance(was, str) or was not in known:
        return value
    tell(value.lineno, f"{parameter}={was!r}", f"{parameter}={known[was]!r}")
    return ast.copy_location(ast.Constant(known[was]), value)
