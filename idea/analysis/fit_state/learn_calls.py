"""Writes the calls of `learn`, and names what they keep."""

import ast
import re
from collections.abc import Sequence

from idea.analysis.fit_state.variables import Variables
from idea.analysis.row_dependence import column_of
from idea.names import snake_case
from idea.syntax import copied, walk


class LearnCalls:
    """Writes calls of `learn`.

    Attributes:
        names: the names under which values are kept, in order.
        imports: imports that the calls need.
    """

    def __init__(self, variables: Variables) -> None:
        """Take what variables hold: in a loop, a value is kept for each turn."""
        self._variables = variables
        self.names: list[str] = []
        self.imports: dict[str, str] = {}

    def value(self, node: ast.expr, hint: str | None = None) -> ast.expr:
        """Write ``learn("age_median", lambda: df["Age"].median())``.

        Args:
            node: the expression to compute while fitting.
            hint: a name for it; None to name it by what it computes.
        """
        return _learn(self._unique(hint or _name_for(node)), node)

    def fit(self, made: ast.expr, call: ast.Call, again: bool) -> ast.expr:
        """Write ``learn("scaler", lambda: scaler.fit(rows))``.

        Args:
            made: the object that is fitted.
            call: the call that fits it.
            again: whether it may be fitted more than once, and is another one each time.
        """
        name = self._unique(class_name(made))
        match call:
            case ast.Call(func=ast.Attribute(value=fitted) as method) if again:
                self.imports["clone"] = "sklearn.base.clone"
                method.value = ast.Call(ast.Name("clone", ast.Load()), [fitted], [])
        return _learn(name, call)

    def method(
        self,
        method: str,
        arguments: Sequence[ast.expr],
        keywords: Sequence[ast.keyword] = (),
        hint: str | None = None,
    ) -> ast.expr:
        """Write ``learn.get_dummies("dummies", df)``.

        Args:
            method: the method of `learn`.
            arguments: its arguments after the name.
            keywords: its keyword arguments.
            hint: the name; None to name it by the column or the method.
        """
        name = self._unique(hint or (column_of(arguments[0]) if arguments else None) or method)
        function = ast.Attribute(ast.Name("learn", ast.Load()), method, ast.Load())
        return ast.Call(function, [name, *arguments], list(keywords))

    def _unique(self, hint: str) -> ast.expr:
        """Write a name that no other value has; in a loop, one for each turn."""
        base = identifier(hint)
        name, number = base, 1
        while name in self.names:
            number += 1
            name = f"{base}_{number}"
        self.names.append(name)
        if not self._variables.loops:
            return ast.Constant(name)
        parts: list[ast.expr] = []
        for each in self._variables.loops:
            parts += [ast.FormattedValue(copied(each), -1, None), ast.Constant(".")]
        return ast.JoinedStr([*parts, ast.Constant(name)])


def learned_at_once(node: ast.Assign, name: str) -> ast.stmt:
    """Give an assignment whose whole value is computed while fitting, and kept.

    Args:
        node: the assignment.
        name: of the value; no other has it.
    """
    made = ast.Assign(node.targets, _learn(ast.Constant(name), copied(node.value)))
    return ast.fix_missing_locations(ast.copy_location(made, node))


def _learn(name: ast.expr, node: ast.expr) -> ast.expr:
    nothing = ast.arguments([], [], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Call(ast.Name("learn", ast.Load()), [name, ast.Lambda(nothing, node)], [])


def hint_of(target: ast.expr) -> str | None:
    """Give a name for what is assigned to a target."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name or None
    return None


def class_name(node: ast.expr) -> str:
    """Name an object by its class or variable: `standard_scaler` for ``StandardScaler()``."""
    match node:
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return class_name(inner)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return "fitted"


def identifier(text: str) -> str:
    """Turn any text into a name: `plan_type` for `Plan Type`."""
    return snake_case(text) or "value"


def _name_for(node: ast.expr) -> str:
    """Name an expression by the column and the method in it."""
    match node:
        case ast.Call(func=ast.Attribute(value=made, attr="fit")):
            return class_name(made)
    methods = [
        part.func.attr
        for part in walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
    ]
    column, method = column_of(node), methods[0] if methods else "learned"
    return f"{column}_{method}" if column else method
