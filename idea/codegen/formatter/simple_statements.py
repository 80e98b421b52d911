"""Documents of statements without a block."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from idea.codegen.formatter.documents import (
    Choice,
    Doc,
    Group,
    Indent,
    Line,
    break_around_remarks,
    commas,
    parentheses,
)
from idea.codegen.formatter.expressions import Expressions
from idea.codegen.formatter.lambdas import lambda_function
from idea.codegen.formatter.literals import is_text
from idea.codegen.formatter.parentheses import Need, Prefer
from idea.codegen.formatter.precedence import OPERATORS, Access

_LOOSE = ast.BitOr | ast.BitXor | ast.LShift | ast.RShift | ast.Add | ast.Sub


@dataclass(frozen=True)
class SimpleStatements:
    """Makes documents of statements without a block."""

    expressions: Expressions

    def statement(self, node: ast.stmt) -> Doc:
        """Make the document of a statement without a block."""
        code = self.expressions
        match node:
            case ast.Expr(value=ast.BinOp(op=op) as value) if isinstance(op, _LOOSE):
                return code.optional(value, Prefer.OPTIONAL)
            case ast.Expr(value=value):
                return self._value(value) if is_text(value) else code.expr(value, None)
            case ast.Assign(targets=targets, value=value):
                return self._assignment(targets, value)
            case ast.AugAssign(target=target, op=op, value=value):
                operator = f" {OPERATORS[type(op)][0]}= "
                if code.parens.own(target) is not None:
                    return self._right_to_left(code.expr(target, None), operator, value)
                return (code.expr(target, None), operator, self._value(value))
            case ast.AnnAssign():
                return self._annotated(node)
            case ast.Return(value=None):
                return "return"
            case ast.Return(value=ast.Tuple(elts=[_, _, *more] as elts)):
                docs = commas(code.exprs(elts))
                return ("return ", parentheses(lambda _: docs, inside=bool(more)))
            case ast.Return(value=ast.expr() as value):
                return ("return ", self._value(value))
            case ast.Delete(targets=[target]):
                return ("del ", code.optional(target))
            case ast.Delete(targets=targets):
                return ("del ", parentheses(lambda _: commas(code.exprs(targets))))
            case ast.Assert(test=test, msg=None):
                return ("assert ", code.optional(test))
            case ast.Assert(test=test, msg=ast.expr() as msg):
                message = code.optional(msg, Prefer.PARENTHESIZED)
                return ("assert ", code.optional(test), ", ", message)
            case ast.Raise(exc=None):
                return "raise"
            case ast.Raise(exc=ast.expr() as exc, cause=cause):
                doc: Doc = ("raise ", code.optional(exc, Prefer.OPTIONAL))
                return (doc, " from ", code.optional(cause, Prefer.OPTIONAL)) if cause else doc
            case ast.Import(names=names):
                return "import " + ", ".join(map(_alias, names))
            case ast.ImportFrom(module=module, names=names, level=level):
                start = f"from {'.' * (level or 0)}{module or ''} import "
                if names[0].name == "*":
                    return start + "*"
                docs = commas([_alias(name) for name in names], always=True)
                return (start, parentheses(lambda _: docs))
        return ast.unparse(node)

    def _annotated(self, node: ast.AnnAssign) -> Doc:
        code = self.expressions
        head = (code.expr(node.target, None), ": ")
        if node.value is None:
            return (head, code.optional(node.annotation))
        if isinstance(node.annotation, ast.Subscript | ast.BinOp):
            return (head, self._right_to_left(self._before(node.annotation), " = ", node.value))
        return (head, code.unwrapped(node.annotation, None), " = ", self._value(node.value))

    def _assignment(self, targets: Sequence[ast.expr], value: ast.expr) -> Doc:
        code = self.expressions
        first, *others = targets
        if others:
            heads: list[Doc] = [(code.bare_or_own(first), " = ")]
            heads += [(self._before(target, spills=False), " = ") for target in others[:-1]]
            return (*heads, self._right_to_left(self._before(others[-1]), " = ", value))
        if code.parens.own(first) is not None or first in code.parens.bare:
            return self._right_to_left(code.bare_or_own(first), " = ", value)
        return (code.expr(first, None), " = ", self._value(value))

    def _before(self, target: ast.expr, spills: bool = True) -> Doc:
        """Make the document of a target before the last `=`."""
        code = self.expressions
        value = target
        while isinstance(value, ast.Attribute):
            value = value.value
            if value in code.parens.wrapped or code.parens.own(value) is not None:
                return code.expr(target, None)
        if code.parens.own(target) is not None or isinstance(target, ast.Tuple):
            return code.bare_or_own(target)
        inside = not (spills and code.parens.can_spill(target))
        return parentheses(lambda level: code.unwrapped(target, level), inside)

    def _value(self, node: ast.expr) -> Doc:
        """Make the document of a value that ends its statement."""
        code = self.expressions
        if isinstance(node, ast.Lambda):
            return parentheses(lambda level: lambda_function(code, node, level, spills=True))
        if isinstance(node, ast.Constant) and is_text(node):
            return f'"""{node.value!s}"""'
        if isinstance(node, ast.Tuple) and node in code.parens.bare:
            return code.bare_or_own(node)
        return code.optional(node)

    def _right_to_left(self, target: Doc, operator: str, value: ast.expr) -> Doc:
        """Make the document of an assignment that rather breaks the value than the target.

        Args:
            target: the document of the last target.
            operator: the operator between target and value.
            value: the value.
        """
        code = self.expressions
        start = (target, operator)
        prefixed = isinstance(value, ast.UnaryOp | ast.Await)
        if code.parens.need(value) is not Need.BEST_FIT or prefixed or is_text(value):
            return (start, self._value(value))
        flat = code.unwrapped(value, None)
        if break_around_remarks(flat):
            return (start, flat)
        variants: list[Doc] = [(start, flat)]
        if isinstance(value, Access):
            variants.append((start, Group(flat, broken=True)))
        within = Group((Indent((Line(), flat)), Line()), broken=True)
        variants.append((start, "(", within, ")"))
        variants.append((Group(target, broken=True), operator, flat))
        return Choice(variants)


def _alias(node: ast.alias) -> str:
    return f"{node.name} as {node.asname}" if node.asname else node.name
