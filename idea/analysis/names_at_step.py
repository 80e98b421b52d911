"""What the notebook's names stand for at one step of its program."""

import ast
from dataclasses import dataclass

from idea.program import Script
from idea.program.collected import collected
from idea.program.names_used import free_names
from idea.program.substitute import Scope, substituted

# How many times names in a value are replaced by their values of then.
_DEEPEST = 2
_TEXT_METHODS = ("lstrip", "rstrip", "split", "splitlines", "strip")


@dataclass(frozen=True)
class NamesAtStep:
    """What the notebook's names stand for just before one step of its program.

    Attributes:
        script: the notebook's code.
        position: of the step.
        depth: how many values were followed on the way here.
        later: the position from which it is asked; 0 if it is this one.
    """

    script: Script
    position: int
    depth: int = 0
    later: int = 0

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or attribute."""
        return self.script.path(node)

    def value(self, name: str) -> ast.expr | None:
        """Give the expression that a variable was last assigned, or a list was filled to."""
        found = self.script.program.found_values
        key = name, self.position, self.depth, self.later
        if key not in found:
            found[key] = self._value(name)
        return found[key]

    def _value(self, name: str) -> ast.expr | None:
        filled = collected(name, self.position, self.script.program, self._at)
        if filled is not None:
            return filled
        found = self.script.program.last_value(name, self.position)
        if found is None:
            return None
        value = self._as_of(found[0], found[1], own=name)
        if self.depth <= _DEEPEST and _is_text_of(found[0], name):
            before = self._at(found[1]).value(name)
            value = substituted(value, {name: before}) if before is not None else value
        return self._with_parameters(value, name, found[1])

    def as_of_then(self, node: ast.expr) -> ast.expr:
        """Replace names in an expression here that stand for something else at the end."""
        last = self.later or self.position
        return NamesAtStep(self.script, last, self.depth)._as_of(node, self.position)

    def _at(self, position: int) -> "NamesAtStep":
        return NamesAtStep(self.script, position, self.depth + 1, self.position)

    def _as_of(self, node: ast.expr, position: int, own: str = "") -> ast.expr:
        """Replace names in an expression of an earlier step that stand for something else by now.

        Args:
            node: the expression.
            position: of the step.
            own: the variable that it is assigned to there.
        """
        free = free_names(node) - {own}
        if self.depth > _DEEPEST or not free:
            return node
        again = self.script.program.bound_between(free, position, self.position)
        then = {name: self._at(position).value(name) for name in again}
        return substituted(node, {name: value for name, value in then.items() if value is not None})

    def _with_parameters(self, value: ast.expr, name: str, position: int) -> ast.expr:
        """Add the calls of `set_params` that come after an assignment.

        Args:
            value: the expression that is assigned.
            name: the variable.
            position: of the assignment.
        """
        program = self.script.program
        for at in program.touching(name, self.position, position + 1):
            match program.steps[at].node:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=owner), attr="set_params")
                    ) as call
                ) if owner == name:
                    method = ast.Attribute(value, "set_params", ast.Load())
                    value = ast.Call(method, call.args, call.keywords)
        return value


def _is_text_of(node: ast.expr, name: str) -> bool:
    """Tell whether an expression is a text method of a variable: ``names.strip().split(" ")``."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in _TEXT_METHODS:
            return False
        node = node.func.value
        if isinstance(node, ast.Name):
            return node.id == name
    return False


@dataclass(frozen=True)
class NamesInLoop:
    """What names stand for in one turn of a loop.

    Attributes:
        outside: what they stand for outside of the loop.
        turn: what the loop's variables stand for.
    """

    outside: NamesAtStep
    turn: Scope

    @property
    def script(self) -> Script:
        """The notebook's code."""
        return self.outside.script

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or attribute, also of a class in its place."""
        if isinstance(node, ast.Name) and node.id in self.turn:
            return self.outside.path(self.turn[node.id])
        return self.outside.path(node)

    def value(self, name: str) -> ast.expr | None:
        """Give the expression that a variable stands for."""
        return self.turn.get(name) or self.outside.value(name)
