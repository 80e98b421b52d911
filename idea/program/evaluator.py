"""Computes the value of an expression without running it.

Nothing is imported or executed. What could grow (ranges, products, nested names) is bounded, so an
expression that no person would write ends in an error, not in a full memory.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from idea.program.static_functions import (
    BUILTINS,
    CASTS,
    COMPARISONS,
    CONSTANTS,
    FUNCTIONS,
    MAX_ITEMS,
    METHODS,
    OPERATORS,
    SIGNS,
    Array,
    bounded,
    broadcast,
    each,
    number,
)

MAX_STEPS = 200_000
MAX_DEPTH = 80
MAX_BITS = 4_096


class Names(Protocol):
    """The meaning of a notebook's names at one point of it."""

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or an attribute; None if it was not imported."""
        ...

    def value(self, name: str) -> ast.expr | None:
        """Give the expression that a variable was last assigned; None if there is no single one."""
        ...


Scope = Mapping[str, Any]


class Evaluator:
    """Computes values; all of its calls together have one bound."""

    def __init__(self, names: Names) -> None:
        """Take what names stand for."""
        self.names = names
        self.steps = 0
        self.depth = 0

    def read(self, node: ast.expr, scope: Scope) -> Any:
        """Compute the value of an expression.

        Args:
            node: the expression.
            scope: values of the names that a comprehension binds.

        Returns:
            Its value; an Array for an array.

        Raises:
            ValueError: it can't be computed, or is out of bounds; errors of Python's own
                operators (ArithmeticError, LookupError, TypeError) mean the same.
        """
        self._count()
        if self.depth >= MAX_DEPTH:
            raise ValueError
        self.depth += 1
        try:
            return self._within_bounds(self._read(node, scope))
        finally:
            self.depth -= 1

    def plain(self, value: Any) -> Any:
        """Give a value with lists for arrays."""
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
            bounded(value)
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
                return each(SIGNS[type(node.op)], number(self.read(node.operand, scope)))
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
            pairs = zip(*broadcast(left, right), strict=True)
            return Array(self._operate(op, one, other) for one, other in pairs)
        if op is ast.Add and type(left) is type(right) and isinstance(left, list | str):
            return left + right
        if op is ast.Mult and isinstance(left, list | str) and isinstance(right, int):
            if len(left) * right > MAX_ITEMS:
                raise ValueError
            return left * right
        number(left), number(right)
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
        return result if dtype is None else each(self._cast(dtype), result)

    def _method(self, func: ast.Attribute, node: ast.Call, scope: Scope) -> Any:
        if func.attr not in _METHOD_NAMES:
            raise ValueError
        owner = self.read(func.value, scope)
        if func.attr == "astype" and isinstance(owner, Array) and len(node.args) == 1:
            return each(self._cast(node.args[0]), owner)
        if node.keywords:
            raise ValueError
        return METHODS[type(owner), func.attr](owner, *self._items(node.args, scope))

    def _cast(self, dtype: ast.expr) -> Callable[[Any], Any]:
        name = dtype.value if isinstance(dtype, ast.Constant) else ast.unparse(dtype)
        return CASTS[str(name).removeprefix("np.").rstrip("_0123456789")]


_METHOD_NAMES = {"astype", *(name for _, name in METHODS)}


def _bound(target: ast.expr, item: Any) -> dict[str, Any]:
    if isinstance(target, ast.Name):
        return {target.id: item}
    if isinstance(target, ast.Tuple):
        pairs = zip(target.elts, item, strict=True)
        return {name: value for t, i in pairs for name, value in _bound(t, i).items()}
    raise ValueError
