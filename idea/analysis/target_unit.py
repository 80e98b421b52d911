"""What a notebook does to the numbers that it predicts, so that answers come in the table's unit.

``y = np.log1p(df.price)`` is a target of another unit. If each step from the column to y has an
inverse, the repository predicts the column itself, and its estimator transforms the target.
"""

import ast
from collections.abc import Sequence
from math import isfinite
from typing import Any

from idea.analysis.column_follower import UNKNOWN, ColumnFollower, Frame, Lost, column
from idea.analysis.slices import Slices
from idea.analysis.statements import SourcedStatement
from idea.knowledge.target_transforms import (
    INVERSES,
    OF_MATH,
    POWER_METHODS,
    POWERS,
    SCALERS,
)
from idea.models.transformed_target import Function, Linear, Scaler, Transform
from idea.program import literal
from idea.program.static_values import Unknown, resolve
from idea.syntax import constant

_FLOATS = ("float", "np.float", "numpy.float")
# Methods of a series that do what operators do.
_OPERATORS: dict[str, ast.operator] = {
    "add": ast.Add(),
    "div": ast.Div(),
    "mul": ast.Mult(),
    "pow": ast.Pow(),
    "sub": ast.Sub(),
}

Chain = tuple[Transform, ...]


def transforms_of(
    slices: Slices, statements: Sequence[SourcedStatement], name: str
) -> Chain | None:
    """Give the steps from a column of the raw table to y; None if they are not known.

    Args:
        slices: the statements behind the fit.
        statements: those behind y, on the raw table.
        name: of the column.
    """
    follower = _Follower(slices, name, ())
    for statement in statements:
        follower.run(statement.node, statement.position)
    try:
        found = column(follower.result(slices.fit))
    except UNKNOWN:
        return None
    return found if isinstance(found, tuple) else None


class _Follower(ColumnFollower):
    """Follows what is done to a column of numbers: its values are the steps so far."""

    def computed(self, node: ast.expr) -> Any:
        """Add the step that an operation with a constant makes."""
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=of):
                return _changed(self.column_of(of), -1, 0)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(left, op, right)
        raise Lost

    def _operation(self, left: ast.expr, op: ast.operator, right: ast.expr) -> Chain:
        try:
            chain = self.column_of(left)
        except (Lost, Unknown):
            number, chain = self._number(left), self.column_of(right)
            match op:
                case ast.Add():
                    return _changed(chain, 1, number)
                case ast.Sub():
                    return _changed(chain, -1, number)
                case ast.Mult():
                    return _changed(chain, number, 0)
            raise Lost from None
        number = self._number(right)
        match op:
            case ast.Add():
                return _changed(chain, 1, number)
            case ast.Sub():
                return _changed(chain, 1, -number)
            case ast.Mult():
                return _changed(chain, number, 0)
            case ast.Div() if number:
                return _changed(chain, 1 / number, 0)
            case ast.Pow() if number in POWERS:
                return _with_function(chain, POWERS[number])
        raise Lost

    def _number(self, node: ast.expr) -> float:
        number = literal(node, self.names)
        if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
            raise Lost
        return number

    def of_function(self, path: str, call: ast.Call) -> Any:
        """Add the step that a function makes."""
        path = OF_MATH.get(path, path)
        if path == "pandas.get_dummies" and call.args:
            of = self.value(call.args[0])
            if isinstance(of, Frame):
                return Frame(dict(of.columns))  # numbers stay as they are
        if not call.args or (path not in INVERSES and path not in POWER_METHODS):
            raise Lost
        if path in POWER_METHODS:
            chain = self.column_of(call.args[0])
            if call.keywords or not all(map(self._is_found_power, call.args[1:])):
                raise Lost
            parameters = (("method", POWER_METHODS[path]), ("standardize", False))
            return (*chain, Scaler("PowerTransformer", parameters))
        if len(call.args) > 1 or call.keywords:
            raise Lost
        return self._each(self.value(call.args[0]), lambda chain: _with_function(chain, path))

    def _is_found_power(self, node: ast.expr) -> bool:
        """Tell whether it is the power that a search by likelihood gives, as without it."""
        try:
            search = resolve(node, self.names)
        except Unknown:
            return False
        of = search.func if isinstance(search, ast.Call) else None
        return of is not None and self.script.path(of) == "scipy.stats.boxcox_normmax"

    def transformed(self, maker: ast.Call, values: Any) -> Any:
        """Add a scaler."""
        name = (self.script.path(maker.func) or "").rpartition(".")[2]
        if name not in SCALERS or maker.args:
            raise Lost
        parameters = tuple((str(key.arg), literal(key.value, self.names)) for key in maker.keywords)
        return (*values, Scaler(name, tuple(p for p in parameters if p[0] != "copy")))

    def of_method(self, name: str, of: Any, call: ast.Call) -> Any:
        """Add what `apply`, `map` or the counterpart of an operator does."""
        if not isinstance(of, tuple):
            if name in ("apply", "map", "applymap", "transform") and call.args:
                return self._each(of, lambda chain: self._applied(chain, call.args[0]))
            raise Lost
        first = call.args[0] if call.args else None
        if name in ("dropna", "sample", "sort_values", "sort_index", "drop"):
            return of
        if name == "astype" and first is not None:
            kind = constant(first) if isinstance(first, ast.Constant) else ast.unparse(first)
            if str(kind).startswith(_FLOATS):
                return of
        if name in ("apply", "map", "transform") and first is not None:
            return self._applied(of, first)
        if name in _OPERATORS and isinstance(call.func, ast.Attribute) and first is not None:
            return self._operation(call.func.value, _OPERATORS[name], first)
        raise Lost

    def _applied(self, chain: Chain, function: ast.expr) -> Chain:
        function = resolve(function, self.names)
        path = self.script.path(function)
        if path is not None and OF_MATH.get(path, path) in INVERSES:
            return _with_function(chain, OF_MATH.get(path, path))
        if isinstance(function, ast.Name) and function.id in self.script.functions:
            own = self.script.functions[function.id]
            match own.args.args, own.body[-1:], own.body[:-1]:
                case [argument], [ast.Return(value=ast.expr() as result)], [] | [ast.Expr()]:
                    return self._of_argument(argument.arg, chain, result)
        if isinstance(function, ast.Lambda) and len(function.args.args) == 1:
            return self._of_argument(function.args.args[0].arg, chain, function.body)
        raise Lost

    def _of_argument(self, name: str, chain: Chain, result: ast.expr) -> Chain:
        found = self.with_column(name, chain, lambda: self.column_of(result))
        if not isinstance(found, tuple):
            raise Lost
        return found

    def holds(self, test: ast.expr) -> bool:
        """Know nothing of a column's type."""
        raise Lost

    def combined(self, mask: Any, new: Any, old: Any) -> Any:
        """Know nothing of values that are new in some rows only."""
        return None


def _with_function(chain: Chain, path: str) -> Chain:
    """Add a function; the logarithm of one more is `log1p`."""
    match chain:
        case (*before, Linear(factor=1, offset=1)) if path == "numpy.log":
            return (*before, Function("numpy.log1p"))
    return (*chain, Function(path))


def _changed(chain: Chain, factor: float, offset: float) -> Chain:
    """Add a change of unit; several are one, and one that changes nothing is none."""
    if factor == 0:
        raise Lost
    match chain:
        case (*before, Linear(factor=known, offset=shift)):
            chain, factor, offset = tuple(before), known * factor, shift * factor + offset
        case (*before, Function(path="numpy.exp")) if (factor, offset) == (1, -1):
            return (*before, Function("numpy.expm1"))
    return chain if (factor, offset) == (1, 0) else (*chain, Linear(factor, offset))
