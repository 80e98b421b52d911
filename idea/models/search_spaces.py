"""Search spaces, as `space` in a file of `conf/model/` has them."""

import ast
from collections.abc import Callable
from typing import Any

from idea.program import literal
from idea.program.static_values import Names, Unknown, entries, resolve
from idea.syntax import brief

Range = dict[str, Any]


def read_space(
    node: ast.expr, names: Names, ready: Callable[[str], str | None]
) -> tuple[dict[str, Any], list[str]]:
    """Read the space of a search.

    Args:
        node: a grid, or a list of grids, which become one.
        names: what the notebook's names stand for.
        ready: a key as the configuration has it; None if it is not the estimator's.

    Returns:
        Choices or ranges by key, and a line for each part that could not be carried over.
    """
    space: dict[str, Any] = {}
    notes: list[str] = []
    written_as, node = node, resolve(node, names)
    grids = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    if len(grids) > 1:
        notes.append(f"{len(grids)} grids are merged into one, which holds more combinations")
    for grid in grids:
        try:
            items = entries(grid, names)
        except Unknown:
            notes.append(f"the search space `{brief(written_as)}` can't be read from the code")
            continue
        for written, values in items:
            key = ready(written)
            if key is None:
                notes.append(f"the search over `{written}` is left out: it is not the model's own")
                continue
            try:
                found = _values(values, names, notes, written)
            except Unknown as unknown:
                notes.append(f"the search over `{written}` is left out: `{unknown}` is not known")
                continue
            space[key] = _merged(space[key], found) if key in space else found
    return space, notes


def _values(node: ast.expr, names: Names, notes: list[str], key: str) -> list[Any] | Range:
    node = resolve(node, names)
    if isinstance(node, ast.Call):
        path = (names.path(node.func) or "").split(".")
        root, kind = path[0], path[-1]
        if root in ("scipy", "optuna", "skopt"):
            if kind in ("expon", "norm"):
                notes.append(f"`{key}` is searched between the distribution's 1% and 99% points")
            return _distribution(node, kind, names)
    values = literal(node, names)
    if not isinstance(values, list):
        values = [values]
    match values:
        case [int() | float() as low, int() | float() as high, "uniform" | "log-uniform" as prior]:
            return _real(low, high, prior)
        case []:
            raise Unknown("[]")
    return values


def _distribution(node: ast.Call, kind: str, names: Names) -> list[Any] | Range:
    arguments = [literal(argument, names) for argument in node.args]
    keywords = {k.arg: literal(k.value, names) for k in node.keywords if k.arg and k.arg != "name"}
    try:
        return DISTRIBUTIONS[kind](*arguments, **keywords)
    except (KeyError, TypeError, ValueError):
        raise Unknown(ast.unparse(node)) from None


def _merged(one: list[Any] | Range, other: list[Any] | Range) -> list[Any] | Range:
    if isinstance(one, dict) or isinstance(other, dict):
        return one
    return one + [value for value in other if value not in one]


# Continuous distributions have float bounds: integer bounds stand for integer parameters.


def _randint(low: int, high: int, loc: int = 0) -> Range:
    return {"low": int(low + loc), "high": int(high + loc) - 1}


def _uniform(loc: float = 0, scale: float = 1) -> Range:
    return {"low": float(loc), "high": float(loc + scale)}


def _loguniform(a: float, b: float, loc: float = 0, scale: float = 1) -> Range:
    return {"low": float(a * scale + loc), "high": float(b * scale + loc), "log": True}


def _expon(loc: float = 0, scale: float = 1) -> Range:
    return {"low": float(loc + 0.01 * scale), "high": float(loc + 4.6 * scale), "log": True}


def _norm(loc: float = 0, scale: float = 1) -> Range:
    return {"low": float(loc - 2.33 * scale), "high": float(loc + 2.33 * scale)}


def _real(low: float, high: float, prior: str = "uniform") -> Range:
    ends = {"low": float(low), "high": float(high)}
    return ends | {"log": True} if prior == "log-uniform" else ends


def _integer(low: int, high: int, prior: str = "uniform") -> Range:
    return {key: int(v) if key != "log" else v for key, v in _real(low, high, prior).items()}


def _float_range(low: float, high: float, *, log: bool = False, step: Any = None) -> Range:
    return _real(low, high, "log-uniform" if log else "uniform")


def _int_range(low: int, high: int, *, log: bool = False, step: int = 1) -> Range:
    return _integer(low, high, "log-uniform" if log else "uniform")


DISTRIBUTIONS: dict[str, Callable[..., list[Any] | Range]] = {
    "randint": _randint,
    "uniform": _uniform,
    "loguniform": _loguniform,
    "reciprocal": _loguniform,
    "expon": _expon,
    "norm": _norm,
    "Real": _real,
    "Integer": _integer,
    "Categorical": list,
    "FloatDistribution": _float_range,
    "IntDistribution": _int_range,
    "CategoricalDistribution": list,
}
