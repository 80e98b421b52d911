"""Values that can be told from an expression without running it: numbers, texts, lists, ranges.

Nothing is imported or executed. What could grow (ranges, products, nested names) is bounded, so an
expression that no person would write ends in `Unknown`, not in a full memory.
"""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from idea.syntax import brief

MAX_ITEMS = 10_000
MAX_STEPS = 200_000
MAX_DEPTH = 80
MAX_BITS = 4_096


class Names(Protocol):
    """What the names of a notebook stand for, at the point of interest."""

    def path(self, node: ast.expr) -> str | None:
        """The dotted import path of a name or an attribute; None if it was not imported."""
        ...

    def value(self, name: str) -> ast.expr | None:
        """The expression that a variable was last assigned; None if there is no single one."""
        ...


class Unknown(ValueError):
    """The expression can't be told without running it; the message is the expression."""


class Array(list[Any]):
    """What NumPy would hold as an array: arithmetic goes element by element."""


def literal(node: ast.expr, names: Names) -> Any:
    """The value of an expression, made of what YAML can hold.

    Tuples, sets and arrays become lists; a set keeps the order in which it was written.

    Raises:
        Unknown: if it can't be told, with the expression as its message.
    """
    try:
        reader = _Reader(names)
        return reader.plain(reader.read(node, {}))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        raise Unknown(brief(node)) from None


def resolve(node: ast.expr, names: Names, depth: int = 0) -> ast.expr:
    """The expression behind names and entries of written dicts: of `models["svm"]`, `SVC()`.

    Raises:
        Unknown: if names go round in circles.
    """
    if depth > MAX_DEPTH:
        raise Unknown(brief(node))
    behind: ast.expr | None = None
    if isinstance(node, ast.Name) and names.path(node) is None:
        behind = names.value(node.id)
    elif isinstance(node, ast.Subscript):
        behind = _entry(resolve(node.value, names, depth + 1), node.slice, names)
    elif isinstance(node, ast.NamedExpr):
        behind = node.value
    return node if behind is None else resolve(behind, names, depth + 1)


def entries(node: ast.expr, names: Names, depth: int = 0) -> list[tuple[str, ast.expr]]:
    """The keys and value expressions of a dict, however it is written; a later key wins.

    Raises:
        Unknown: if they can't be told.
    """
    node = resolve(node, names, depth)
    found: dict[str, ast.expr] = {}
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            found |= (
                dict(entries(value, names, depth + 1)) if key is None else {_key(key, names): value}
            )
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "dict":
        for argument in node.args:
            found |= dict(entries(argument, names, depth + 1))
        for keyword in node.keywords:
            name, value = keyword.arg, keyword.value
            found |= dict(entries(value, names, depth + 1)) if name is None else {name: value}
    else:
        values = literal(node, names)
        if not isinstance(values, dict):
            raise Unknown(brief(node))
        found = {str(k): ast.parse(repr(v), mode="eval").body for k, v in values.items()}
    return list(found.items())


def _key(node: ast.expr, names: Names) -> str:
    return str(literal(node, names))


def _entry(node: ast.expr, key: ast.expr, names: Names) -> ast.expr | None:
    try:
        wanted = literal(key, names)
        if isinstance(node, ast.List | ast.Tuple):
            entry: ast.expr = node.elts[wanted]
            return entry
        if isinstance(node, ast.Dict):
            return dict(entries(node, names))[wanted]
    except (Unknown, LookupError, TypeError):
        pass
    return None


def _arange(*args: Any, start: Any = 0, stop: Any = None, step: Any = 1) -> Array:
    if len(args) == 1:
        stop = args[0]
    elif args:
        start, stop, step = (*args, *(start, stop, step)[len(args) :])
    if all(isinstance(number, int) for number in (start, stop, step)):
        return Array(_bounded(range(start, stop, step)))
    size = max(0, math.ceil((stop - start) / step))
    delta = (start + step) - start  # as NumPy does, rounding and all
    return Array(start + i * delta for i in _bounded(range(size)))


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Array:
    step = (stop - start) / max(1, num - 1 if endpoint else num)
    points = Array(i * step + start for i in _bounded(range(num)))
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


def _each(function: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, list):
        return Array(_each(function, v) for v in value)
    return function(value)


def _bounded(values: Any) -> Any:
    if len(values) > MAX_ITEMS:
        raise ValueError
    return values


def _get(values: dict[Any, Any], key: Any, default: Any = None) -> Any:
    return values.get(key, default)


CASTS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float, "str": str, "bool": bool}
BUILTINS: dict[str, Callable[..., Any]] = {
    **CASTS,
    "abs": lambda value: _each(abs, value),
    "dict": dict,
    "enumerate": lambda values, start=0: [[i, v] for i, v in enumerate(values, start)],
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "range": lambda *bounds: list(_bounded(range(*bounds))),
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
    "numpy.log": lambda value: _each(math.log, value),
    "numpy.log10": lambda value: _each(math.log10, value),
    "numpy.logspace": _logspace,
    "numpy.round": _rounded,
    "numpy.around": _rounded,
    "numpy.sqrt": lambda value: _each(math.sqrt, value),
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

Scope = Mapping[str, Any]


class _Reader:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.steps = 0
        self.depth = 0

    def read(self, node: ast.expr, scope: Scope) -> Any:
        """The value of an expression; `scope` holds the names that a comprehension binds."""
        self._count()
        if self.depth >= MAX_DEPTH:
            raise ValueError
        self.depth += 1
        try:
            return self._within_bounds(self._read(node, scope))
        finally:
            self.depth -= 1

    def plain(self, value: Any) -> Any:
        """The value with lists for arrays."""
        self._count()
        if isinstance(value, dict):
            return {key: self.plain(v) for key, v in value.items()}
        return [self.plain(v) for v in value] if isinstance(value, list) else value

    def _count(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise ValueError

    def _within_bounds(self, value: Any) -> Any:
        if isinstance(value, list | dict | str):
            _bounded(value)
        elif isinstance(value, complex) or (
            isinstance(value, int) and value.bit_length() > MAX_BITS
        ):
            raise ValueError
        return value

    def _read(self, node: ast.expr, scope: Scope) -> Any:
        match node:
            case ast.Constant(value=None | bool() | int() | float() | str()):
                return node.value
            case ast.Name(id=name) if name in scope:
                return scope[name]
            case ast.Name() | ast.Attribute():
                return self._named(node, scope)
            case ast.List() | ast.Tuple():
                return self._items(node.elts, scope)
            case ast.Set():
                return list(dict.fromkeys(self._items(node.elts, scope)))
            case ast.Dict():
                return self._dict(node, scope)
            case ast.UnaryOp(op=ast.Not()):
                return not self.read(node.operand, scope)
            case ast.UnaryOp() if type(node.op) in SIGNS:
                return _each(SIGNS[type(node.op)], _number(self.read(node.operand, scope)))
            case ast.BinOp() if type(node.op) in OPERATORS:
                left, right = self.read(node.left, scope), self.read(node.right, scope)
                return self._operate(type(node.op), left, right)
            case ast.Compare(ops=[op], comparators=[right]) if type(op) in COMPARISONS:
                return COMPARISONS[type(op)](self.read(node.left, scope), self.read(right, scope))
            case ast.IfExp():
                chosen = node.body if self.read(node.test, scope) else node.orelse
                return self.read(chosen, scope)
            case ast.JoinedStr():
                return "".join(self._text(part, scope) for part in node.values)
            case ast.Subscript():
                return self._subscript(node, scope)
            case ast.ListComp() | ast.GeneratorExp():
                return [self.read(node.elt, inner) for inner in self._loop(node.generators, scope)]
            case ast.DictComp():
                return {
                    self.read(node.key, inner): self.read(node.value, inner)
                    for inner in self._loop(node.generators, scope)
                }
            case ast.Call():
                return self._call(node, scope)
        raise ValueError

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope) -> Any:
        path = self.names.path(node)
        if path is not None:
            return CONSTANTS[path]
        value = self.names.value(node.id) if isinstance(node, ast.Name) else None
        if value is None:
            raise ValueError
        return self.read(value, {})

    def _items(self, nodes: Sequence[ast.expr], scope: Scope) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items += self.read(node.value, scope)
            else:
                items.append(self.read(node, scope))
        return items

    def _dict(self, node: ast.Dict, scope: Scope) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                values |= self.read(value, scope)
            else:
                values[self.read(key, scope)] = self.read(value, scope)
        return values

    def _operate(self, op: type, left: Any, right: Any) -> Any:
        if isinstance(left, Array) or isinstance(right, Array):
            pairs = zip(*_broadcast(left, right), strict=True)
            return Array(self._operate(op, one, other) for one, other in pairs)
        if op is ast.Add and type(left) is type(right) and isinstance(left, list | str):
            return left + right
        if op is ast.Mult and isinstance(left, list | str) and isinstance(right, int):
            if len(left) * right > MAX_ITEMS:
                raise ValueError
            return left * right
        _number(left), _number(right)
        if op is ast.Pow and isinstance(left, int) and abs(right) * left.bit_length() > MAX_BITS:
            raise ValueError
        self._count()
        return OPERATORS[op](left, right)

    def _text(self, part: ast.expr, scope: Scope) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        if isinstance(part, ast.FormattedValue) and part.conversion == -1 and not part.format_spec:
            return str(self.read(part.value, scope))
        raise ValueError

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        value = self.read(node.value, scope)
        if isinstance(node.slice, ast.Slice):
            bounds = (node.slice.lower, node.slice.upper, node.slice.step)
            part = slice(*(None if b is None else self.read(b, scope) for b in bounds))
            return type(value)(value[part])
        return value[self.read(node.slice, scope)]

    def _loop(self, generators: list[ast.comprehension], scope: Scope) -> Iterator[Scope]:
        if not generators:
            yield scope
            return
        first, *rest = generators
        for item in self.read(first.iter, scope):
            inner = {**scope, **_bound(first.target, item)}
            if all(self.read(test, inner) for test in first.ifs):
                yield from self._loop(rest, inner)

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        path = self.names.path(node.func)
        if path is None and isinstance(node.func, ast.Attribute):
            return self._method(node.func, node, scope)
        if path is None and isinstance(node.func, ast.Name) and node.func.id not in scope:
            function = BUILTINS[node.func.id]
        else:
            function = FUNCTIONS[path or ""]
        keywords = {k.arg: k.value for k in node.keywords}
        dtype = keywords.pop("dtype", None) if path else None
        named: dict[str, Any] = {}
        for key, value in keywords.items():
            named |= self.read(value, scope) if key is None else {key: self.read(value, scope)}
        result = function(*self._items(node.args, scope), **named)
        return result if dtype is None else _each(self._cast(dtype), result)

    def _method(self, func: ast.Attribute, node: ast.Call, scope: Scope) -> Any:
        owner = self.read(func.value, scope)
        if func.attr == "astype" and isinstance(owner, Array) and len(node.args) == 1:
            return _each(self._cast(node.args[0]), owner)
        if node.keywords:
            raise ValueError
        return METHODS[type(owner), func.attr](owner, *self._items(node.args, scope))

    def _cast(self, dtype: ast.expr) -> Callable[[Any], Any]:
        name = dtype.value if isinstance(dtype, ast.Constant) else ast.unparse(dtype)
        return CASTS[str(name).removeprefix("np.").rstrip("_0123456789")]


def _number(value: Any) -> Any:
    if not isinstance(value, int | float | Array):
        raise ValueError
    return value


def _broadcast(left: Any, right: Any) -> tuple[list[Any], list[Any]]:
    size = len(left) if isinstance(left, Array) else len(right)
    one, other = (v if isinstance(v, list) else [v] * size for v in (left, right))
    return one, other


def _bound(target: ast.expr, item: Any) -> dict[str, Any]:
    if isinstance(target, ast.Name):
        return {target.id: item}
    if isinstance(target, ast.Tuple):
        pairs = zip(target.elts, item, strict=True)
        return {name: value for t, i in pairs for name, value in _bound(t, i).items()}
    raise ValueError
