"""Follows whether variables hold rows that a model was trained on, or rows that were held out."""

import ast
from collections.abc import Iterable
from enum import Flag

from idea.knowledge.estimators import PREDICTING_METHODS
from idea.program import Step
from idea.syntax import walk


class Origin(Flag):
    """The rows that a value was computed from, as far as they are known."""

    UNKNOWN = 0
    TRAINING = 1
    HELD_OUT = 2


class RowOrigins:
    """The origins of a notebook's variables, statement by statement."""

    def __init__(self, steps: Iterable[Step]) -> None:
        """Take the whole program: a model may be fitted after its first score."""
        self._variables: dict[str, Origin] = {}
        self._fitted = {
            argument.id
            for step in steps
            for call in walk(step.node)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "fit"
            and len(call.args) > 1
            for argument in call.args[:2]
            if isinstance(argument, ast.Name)
        }

    def follow(self, step: Step) -> None:
        """Take in what a statement assigns."""
        for node in walk(step.node):
            if isinstance(node, ast.Assign):
                origin = self._of_split(step.role, node.value)
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._variables[target.id] = origin

    def _of_split(self, role: str, value: ast.expr) -> Origin:
        origin = self.of(value)
        if role == "test" or (role == "split" and Origin.HELD_OUT in origin):
            return Origin.HELD_OUT  # also the larger part of what was held out before
        return Origin.TRAINING if role == "split" else origin

    def of(self, node: ast.expr) -> Origin:
        """Give the origin of an expression's value."""
        match node:
            case ast.Name(id=name):
                known = self._variables.get(name, Origin.UNKNOWN)
                trained = name in self._fitted and Origin.HELD_OUT not in known
                return known | Origin.TRAINING if trained else known
            case ast.Attribute(value=inner) | ast.UnaryOp(operand=inner):
                return self.of(inner)
            case ast.Subscript(value=inner, slice=ast.Tuple(elts=[ast.Slice(), *_])):
                return self.of(inner)  # a column of all rows
            case ast.Call(func=ast.Attribute(attr="fit")):
                return Origin.UNKNOWN  # a model
            case ast.Call():
                return self.of_arguments(node)
            case ast.BinOp(left=left, right=right):
                return self.of(left) | self.of(right)
            case ast.Compare(left=left, comparators=others):
                return self._of_all([left, *others])
        return Origin.UNKNOWN

    def of_arguments(self, call: ast.Call) -> Origin:
        """Give the origin of the rows that a function or method gets."""
        parts = [*call.args, *(keyword.value for keyword in call.keywords)]
        if isinstance(call.func, ast.Attribute) and call.func.attr not in PREDICTING_METHODS:
            parts.append(call.func.value)
        return self._of_all(parts)

    def _of_all(self, nodes: Iterable[ast.expr]) -> Origin:
        origin = Origin.UNKNOWN
        for node in nodes:
            origin |= self.of(node)
        return origin
