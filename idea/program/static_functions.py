"""Functions, methods and operators with which a static value may be computed.

They do what Python, NumPy and pandas do with numbers, texts and lists, without any of these
libraries. Arrays and what else could grow are bounded.
"""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

MAX_ITEMS = 10_000


class Array(list[Any]):
    """A list that stands for a NumPy array: arithmetic goes element by element."""


def bounded(values: Any) -> Any:
    """Give values back.

    Raises:
        ValueError: there are more than MAX_ITEMS.
    """
    if len(values) > MAX_ITEMS:
        raise ValueError
    return values


def each(function: Callable[[Any], Any], value: Any) -> Any:
    """Apply a function to a value, or to each element of a list."""
    if isinstance(value, list):
        return Array(each(function, v) for v in value)
    return function(value)


def number(value: Any) -> Any:
    """Give a number or an array back.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, int | float | Array):
        raise ValueError
    return value


def broadcast(left: Any, right: Any) -> tuple[list[Any], list[Any]]:
    """Give two lists of one length for two operands, of which one at least is an array."""
    size = len(left) if isinstance(left, Array) else len(right)
    one, other = (v if isinstance(v, list) else [v] * size for v in (left, right))
    return one, other


def _arange(*args: Any, start: Any = 0, stop: Any = None, step: Any = 1) -> Array:
    if len(args) == 1:
        stop = args[0]
    elif args:
        start, stop, step = (*args, *(start, stop, step)[len(args) :])
    if all(isinstance(number, int) for number in (start, stop, step)):
        return Array(bounded(range(start, stop, step)))
    size = max(0, math.ceil((stop - start) / step))
    delta = (start + step) - start  # as NumPy does, rounding and all
    return Array(start + i * delta for i in bounded(range(size)))


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Array:
    step = (stop - start) / max(1, num - 1 if endpoint else num)
    points = Array(i * step + start for i in bounded(range(num)))
    if endpoint and num > 1:
        points[-1] = float(stop)
    return points


def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10.0
) -> Array:
    return Array(float(base) ** power for power in _linspace(start, stop, num, endpoint))


def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Array:
    points = _logspace(math.log10(start), math.log10(stop), num, endpoint)
    ends = {0: start, num - 1: stop} if endpoint else {0: start}
    return Array(float(ends.get(i, point)) for i, point in enumerate(points))


def _array(values: Any) -> Array:
    return Array(_array(v) if isinstance(v, list) else v for v in values)


def _rounded(value: Any, decimals: int = 0) -> Any:
    if isinstance(value, list):
        return Array(_rounded(v, decimals) for v in value)
    return round(value, decimals) if decimals else float(round(value))


def _formatted(text: str, *values: object) -> str:
    """Put values into the places of a text; widths, which may be of any size, are refused."""
    if set(text.replace("{}", "")) & set("{}"):
        raise ValueError
    return text.format(*values)


def _get(values: dict[Any, Any], key: Any, default: Any = None) -> Any:
    return values.get(key, default)


CASTS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float, "str": str, "bool": bool}
BUILTINS: dict[str, Callable[..., Any]] = {
    **CASTS,
    "abs": lambda value: each(abs, value),
    "dict": dict,
    "enumerate": lambda values, start=0: [[i, v] for i, v in enumerate(values, start)],
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "range": lambda *bounds: list(bounded(range(*bounds))),
    "reversed": lambda values: list(reversed(values)),
    "round": round,
    "set": lambda values=(): list(dict.fromkeys(values)),
    "sorted": sorted,
    "sum": lambda values: sum(values),
    "tuple": list,
    "zip": lambda *lists: [list(row) for row in zip(*lists, strict=False)],
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "math.log": math.log,
    "math.log10": math.log10,
    "math.sqrt": math.sqrt,
    "numpy.arange": _arange,
    "numpy.array": _array,
    "numpy.asarray": _array,
    "numpy.geomspace": _geomspace,
    "numpy.linspace": _linspace,
    "numpy.log": lambda value: each(math.log, value),
    "numpy.log10": lambda value: each(math.log10, value),
    "numpy.logspace": _logspace,
    "numpy.round": _rounded,
    "numpy.around": _rounded,
    "numpy.sqrt": lambda value: each(math.sqrt, value),
}
CONSTANTS = {
    "math.e": math.e,
    "math.inf": math.inf,
    "math.nan": math.nan,
    "math.pi": math.pi,
    "numpy.e": math.e,
    "numpy.inf": math.inf,
    "numpy.nan": math.nan,
    "numpy.pi": math.pi,
}
METHODS: dict[tuple[type, str], Callable[..., Any]] = {
    (Array, "round"): _rounded,
    (Array, "tolist"): list,
    (dict, "copy"): dict,
    (dict, "get"): _get,
    (dict, "items"): lambda values: [[key, value] for key, value in values.items()],
    (dict, "keys"): list,
    (dict, "values"): lambda values: list(values.values()),
    (list, "copy"): list,
    (list, "index"): list.index,
    (str, "format"): _formatted,
    (str, "lower"): str.lower,
    (str, "split"): str.split,
    (str, "strip"): str.strip,
    (str, "upper"): str.upper,
}
OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
SIGNS: dict[type, Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, values: value in values,
    ast.NotIn: lambda value, values: value not in values,
}
