"""Values that code takes from a frame's columns: their positions, numbers and lists."""

import ast
from collections.abc import Mapping
from typing import Any

from idea.analysis.column_tracker import Tracker
from idea.analysis.raw_columns import RawColumns
from idea.analysis.slices import Slices
from idea.program.evaluator import Evaluator, Names, Scope

_ERRORS = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


def column_values(slices: Slices, raw: RawColumns) -> Mapping[str, ast.expr]:
    """Give the values of variables at the fit, as far as they follow from code and columns.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
    """
    known: dict[str, Any] = {}
    for position, tracker in raw.tracked(slices, range(slices.fit.position)):
        if position >= slices.fit.position:
            break
        step = slices.steps[position]
        effect = slices.program.effects[position]
        evaluator = _OfColumns(_Paths(slices), tracker)
        made: dict[str, Any] = {}
        match step.node:
            case ast.Assign(targets=[target], value=value) if not step.role:
                made = evaluator.bound(target, value, known)
        for name in effect.makes | effect.changes:
            known.pop(name, None)
        known |= made
    return {name: ast.parse(repr(value), mode="eval").body for name, value in known.items()}


class _Paths:
    """Names that stand for nothing but what they are imported as."""

    def __init__(self, slices: Slices) -> None:
        self.path = slices.script.path

    def value(self, name: str) -> ast.expr | None:
        """Give nothing: values are known by their names."""
        return None


class _OfColumns(Evaluator):
    """Computes values, those of a frame's columns among them."""

    def __init__(self, names: Names, frames: Tracker) -> None:
        super().__init__(names)
        self.frames = frames

    def bound(self, target: ast.expr, value: ast.expr, known: Scope) -> dict[str, Any]:
        """Give the variables that an assignment gives values; none if these are not known.

        Args:
            target: what it assigns to.
            value: the expression.
            known: values of variables.
        """
        try:
            found = self.plain(self.read(value, known))
        except _ERRORS:
            return {}
        match target:
            case ast.Name(id=name):
                return {name: found}
            case ast.Tuple(elts=parts) | ast.List(elts=parts) if isinstance(found, list):
                names = [part.id for part in parts if isinstance(part, ast.Name)]
                if len(names) == len(parts) == len(found):
                    return dict(zip(names, found, strict=True))
        return {}

    def _read(self, node: ast.expr, scope: Scope) -> Any:
        match node:
            case ast.Attribute(value=frame, attr="columns"):
                return self._columns(frame)
            case ast.Call(func=ast.Name(id="list"), args=[ast.Name(id=name) as frame]) if (
                name not in scope
            ):
                return self._columns(frame)
            case ast.Call(func=ast.Attribute(value=inner, attr="tolist" | "to_list"), args=[]):
                return list(self.read(inner, scope))
            case ast.Call(func=ast.Attribute(value=inner, attr="get_loc" | "index"), args=[name]):
                return self.read(inner, scope).index(self.read(name, scope))
            case ast.Subscript(
                value=ast.Attribute(value=frame, attr="shape"), slice=ast.Constant(value=1)
            ):
                return len(self._columns(frame))
        return super()._read(node, scope)

    def _columns(self, frame: ast.expr) -> list[Any]:
        """Give the names of a frame's columns.

        Raises:
            ValueError: they are not known.
        """
        found = self.frames.columns(frame)
        if found is None or any(each.spread or each.name is None for each in found):
            raise ValueError
        return [each.name for each in found]
