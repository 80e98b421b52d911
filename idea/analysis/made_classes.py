"""The names of classes that a notebook makes and then turns into numbers.

``pd.cut(df.price, edges, labels=["low", "high"])`` makes classes that the table does not have. If
the notebook encodes them, they are predicted by their names all the same.
"""

import ast
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from idea.analysis.class_encoding import ClassFollower, Label, Values, numbers_of
from idea.analysis.column_follower import Frame, Lost
from idea.analysis.slices import Slices
from idea.analysis.statements import SourcedStatement
from idea.program import literal
from idea.program.static_values import Unknown, resolve
from idea.syntax import constant, keyword_value, walk


def made_class_numbers(
    slices: Slices, statements: Sequence[SourcedStatement]
) -> dict[Label, int] | None:
    """Give the notebook's number for each class that it makes; None if they are not known.

    Args:
        slices: the statements behind the fit.
        statements: those behind y, on the raw table.
    """
    follower = _Follower(slices, "", (), 0)
    follower.variables[slices.frame] = Frame()
    return numbers_of(follower, slices, statements)


def with_names(y: ast.expr, numbers: dict[Label, int]) -> ast.expr:
    """Give an expression for the names of classes, of one for their numbers."""
    names = ast.parse(repr({number: name for name, number in numbers.items()}), mode="eval").body
    each = ast.Name("number", ast.Load())
    name = ast.Subscript(names, each, ast.Load())
    turn = ast.comprehension(ast.Name("number", ast.Store()), y, [], 0)
    return ast.fix_missing_locations(ast.copy_location(ast.ListComp(name, [turn]), y))


class _Binned(dict[Label, Any]):
    """Classes that are in an order of their own, as those of `cut`."""


class _Intervals(_Binned):
    """Classes that are intervals, which every encoder takes in their order."""


class _Follower(ClassFollower):
    """Follows classes from where they are made."""

    def of_function(self, path: str, call: ast.Call) -> Any:
        """Give the classes that a function makes."""
        if path in ("pandas.cut", "pandas.qcut"):
            return self._bins(call)
        if path == "numpy.where" and len(call.args) == 3:
            return self._labels(call)
        if path == "numpy.select" and len(call.args) > 1:
            return _texts([*literal(call.args[1], self.names), *self._default(call)])
        return super().of_function(path, call)

    def _default(self, call: ast.Call) -> list[Any]:
        default = call.args[2] if len(call.args) > 2 else keyword_value(call, "default")
        return [literal(default, self.names)] if default is not None else []

    def _labels(self, node: ast.expr) -> Values:
        """Give the texts of nested `where`."""
        found: list[Any] = []
        while isinstance(node, ast.Call) and self.script.path(node.func) == "numpy.where":
            found.append(literal(node.args[1], self.names))
            node = node.args[2]
        return _texts([*found, literal(node, self.names)])

    def _bins(self, call: ast.Call) -> Values:
        """Give the classes of `cut`: its labels, or the intervals if its edges are written."""
        labels = keyword_value(call, "labels")
        written = literal(labels, self.names) if labels is not None else None
        if isinstance(written, list):
            return _Binned(_texts(written))
        edges = call.args[1] if len(call.args) > 1 else keyword_value(call, "bins")
        listed = literal(edges, self.names) if edges is not None else None
        if not isinstance(listed, list) or self.script.path(call.func) != "pandas.cut":
            raise Lost
        right = constant(keyword_value(call, "right")) is not False
        names = [f"({a:g}, {b:g}]" if right else f"[{a:g}, {b:g})" for a, b in pairwise(listed)]
        if written is False:
            return {name: number for number, name in enumerate(names)}
        return _Intervals({name: name for name in names})

    def transformed(self, maker: ast.Call, values: Any) -> Any:
        """Number intervals in their own order, and texts in that of the alphabet."""
        if isinstance(values, _Intervals):
            return {label: number for number, label in enumerate(values)}
        return super().transformed(maker, values)

    def computed(self, node: ast.expr) -> Any:
        """Number the classes of `cut` in their own order."""
        match node:
            case ast.Attribute(value=ast.Attribute(value=of, attr="cat"), attr="codes"):
                values = self.column_of(of)
                if isinstance(values, _Binned):
                    return {label: number for number, label in enumerate(values)}
        return super().computed(node)

    def of_method(self, name: str, of: Any, call: ast.Call) -> Any:
        """Keep the order of categories."""
        if name == "astype" and isinstance(of, _Binned):
            if call.args and constant(call.args[0]) == "category":
                return of
            if isinstance(of, _Intervals):
                raise Lost  # pandas writes some of them in another way
        return super().of_method(name, of, call)

    def _call(self, call: ast.Call) -> Any:
        try:
            return super()._call(call)
        except (Lost, Unknown):
            match call:
                case ast.Call(func=ast.Attribute(attr="apply" | "map"), args=[function, *_]):
                    return self._results(resolve(function, self.names))
            raise

    def _results(self, function: ast.expr) -> Values:
        """Give the texts that a function or a dictionary has as results."""
        match function:
            case ast.Lambda(body=body):
                return _texts([literal(part, self.names) for part in _outcomes(body)])
            case ast.Name(id=name) if name in self.script.functions:
                own = self.script.functions[name]
                given = [part.value for part in walk(own) if isinstance(part, ast.Return)]
                outcomes = [one for part in given if part is not None for one in _outcomes(part)]
                return _texts([literal(one, self.names) for one in outcomes])
        found = literal(function, self.names)
        if not isinstance(found, dict):
            raise Lost
        return _texts(list(found.values()))


def _outcomes(node: ast.expr) -> list[ast.expr]:
    """Give the expressions between which conditions choose."""
    if isinstance(node, ast.IfExp):
        return [*_outcomes(node.body), *_outcomes(node.orelse)]
    return [node]


def _texts(labels: Sequence[Any]) -> Values:
    """Give classes that are texts.

    Raises:
        Lost: some are not, or there is only one.
    """
    found: Values = {label: label for label in labels if isinstance(label, str)}
    if len(found) < 2 or not all(isinstance(label, str) for label in labels):
        raise Lost
    return found
