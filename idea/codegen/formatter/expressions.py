"""Documents of expressions."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from idea.codegen.formatter.calls import access
from idea.codegen.formatter.displays import display, span
from idea.codegen.formatter.documents import (
    INSIDE,
    BestFit,
    Doc,
    Group,
    Level,
    brackets,
    commas,
    grouped,
    parentheses,
    soft,
)
from idea.codegen.formatter.f_strings import f_string
from idea.codegen.formatter.lambdas import lambda_function
from idea.codegen.formatter.literals import constant
from idea.codegen.formatter.margin import Margin
from idea.codegen.formatter.operators import conditional, operation
from idea.codegen.formatter.parentheses import Need, Parentheses, Prefer
from idea.codegen.formatter.precedence import UNARY
from idea.codegen.formatter.printer import flattened


@dataclass(frozen=True)
class Expressions:
    """Makes documents of the expressions of one statement.

    Attributes:
        parens: the parentheses in the statement.
        margin: the comments in it.
        avoid: the quote of the f-string around; empty if there is none.
    """

    parens: Parentheses
    margin: Margin
    avoid: str = ""

    def expr(self, node: ast.expr, level: Level) -> Doc:
        """Make the document of an expression."""
        if node in self.parens.wrapped:
            return brackets("(", self.unwrapped(node, INSIDE), ")", level)
        return self.unwrapped(node, level)

    def optional(
        self, node: ast.expr, prefer: Prefer = Prefer.IF_BREAKS, level: Level = None
    ) -> Doc:
        """Make the document of an expression, in parentheses where they help.

        Args:
            node: the expression.
            prefer: what its place says about parentheses.
            level: where it stands.
        """
        if node in self.parens.wrapped:
            return self.expr(node, level)
        need = self.parens.need(node)
        if level is not None or need is Need.NEVER:
            return self.unwrapped(node, level)
        if need is Need.BEST_FIT and prefer is not Prefer.PARENTHESIZED:
            if prefer is Prefer.OPTIONAL:
                return self.unwrapped(node, None)
            fit = BestFit()
            fit.doc = self.unwrapped(node, fit)
            return fit
        return parentheses(
            lambda inner: self.margin.ended(node, self.unwrapped(node, inner)),
            not self.parens.can_spill(node),
        )

    def exprs(self, nodes: Iterable[ast.expr]) -> list[Doc]:
        """Make the documents of the items in brackets."""
        return [self.margin.item(node, self.expr(node, INSIDE)) for node in nodes]

    def unwrapped(self, node: ast.expr, level: Level) -> Doc:
        """Make the document of an expression without parentheses of its own."""
        match node:
            case ast.Constant(value=value):
                return constant(value, self.avoid)
            case ast.Name(id=name):
                return name
            case ast.JoinedStr():
                return f_string(node, self.avoid, self._inside_f_string)
            case ast.Attribute() | ast.Call() | ast.Subscript():
                return access(self, node, level)
            case ast.BinOp() | ast.Compare() | ast.BoolOp():
                return operation(self, node, level)
            case ast.UnaryOp(op=op, operand=operand):
                return (UNARY[type(op)], self.expr(operand, level))
            case ast.IfExp():
                return grouped(level, conditional(self, node, level))
            case ast.Lambda():
                return lambda_function(self, node, level)
            case ast.NamedExpr(target=target, value=value):
                head = Group((self.expr(target, level), soft(level)))
                return (head, ":= ", self.expr(value, level))
            case ast.Starred(value=value):
                return ("*", self.expr(value, level))
            case ast.Await(value=value):
                return ("await ", self.optional(value, level=level))
            case ast.Yield(value=None):
                return "yield"
            case ast.Yield(value=ast.expr() as value):
                return ("yield ", self.optional(value, Prefer.OPTIONAL, level))
            case ast.YieldFrom(value=value):
                return ("yield from ", self.optional(value, Prefer.OPTIONAL, level))
            case ast.Slice():
                return span(self, node)
        return display(self, node, level)

    def _inside_f_string(self, node: ast.expr, quote: str) -> str:
        inside = replace(self, avoid=quote, margin=Margin())
        return flattened(inside.expr(node, INSIDE))

    # tuples and targets without parentheses

    def bare_or_own(self, node: ast.expr) -> Doc:
        """Make the document of a tuple that gets parentheses only where it breaks."""
        if isinstance(node, ast.Tuple) and node in self.parens.bare:
            return parentheses(lambda _: commas(self.exprs(node.elts)))
        return self.expr(node, None)

    def target(self, node: ast.expr) -> Doc:
        """Make the document of a loop's target."""
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            return parentheses(lambda _: commas(self.exprs(node.elts)), inside=False)
        return self.optional(node)
