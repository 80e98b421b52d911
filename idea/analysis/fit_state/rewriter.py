"""What the rewriting of special calls needs of the rewriting of expressions."""

import ast
from typing import Protocol

from idea.analysis.fit_state.learn_calls import LearnCalls
from idea.analysis.fit_state.variables import Variables


class Rewriter(Protocol):
    """Rewrites expressions.

    Attributes:
        variables: what variables hold.
        learn: writes calls of `learn`.
    """

    variables: Variables
    learn: LearnCalls

    def rewrite(self, node: ast.expr, hint: str | None = None) -> ast.expr:
        """Rewrite an expression, wrapping what is computed from many rows.

        Args:
            node: the expression.
            hint: a name for its value.
        """

    def put_before(self, statement: ast.stmt) -> None:
        """Put a statement before the one that is being rewritten."""

    def warn(self, node: ast.AST, why: str) -> None:
        """Note that one row alone may get another value than it has in the whole table.

        Args:
            node: the code.
            why: what it does, as the end of a sentence.
        """


def dotted(path: str) -> ast.expr:
    """Give the expression of a dotted name."""
    return ast.parse(path, mode="eval").body


def function_of(parameter: str, body: ast.expr) -> ast.Lambda:
    """Give a lambda of one parameter."""
    arguments = ast.arguments([], [ast.arg(parameter)], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(arguments, body)


def parameters_of(node: ast.Lambda) -> list[str]:
    """Give the names of a lambda's positional parameters."""
    return [argument.arg for argument in node.args.args]


def has_rows_first(call: ast.Call, variables: Variables) -> bool:
    """Tell whether a call's first argument holds rows."""
    return bool(call.args) and variables.kinds.holds_rows(call.args[0])
