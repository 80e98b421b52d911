"""Documents of operations: the loosest operators break first."""

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from idea.codegen.formatter.documents import Doc, Level, Remark, grouped, soft, spaced
from idea.codegen.formatter.precedence import OPERATORS, Binary
from idea.program.comments import Where

if TYPE_CHECKING:
    from idea.codegen.formatter.expressions import Expressions


def operation(code: "Expressions", node: Binary, level: Level) -> Doc:
    """Make the document of an operation, through all that has no parentheses.

    Args:
        code: makes the documents of the parts.
        node: the operation.
        level: where it stands.
    """
    operands = list(_operands(code, node))
    doc = grouped(level, _binary(code, operands, level))
    return _ended(code, operands[-1], doc, level)


def _operands(code: "Expressions", node: Binary) -> Iterator[ast.AST]:
    """List operands and operators from left to right, through what has no parentheses."""
    operators: Sequence[ast.AST]
    match node:
        case ast.BinOp():
            parts, operators = [node.left, node.right], [node.op]
        case ast.Compare():
            parts, operators = [node.left, *node.comparators], node.ops
        case ast.BoolOp():
            parts, operators = node.values, [node.op] * (len(node.values) - 1)
    for i, part in enumerate(parts):
        if i:
            yield operators[i - 1]
        if isinstance(part, Binary) and part not in code.parens.wrapped:
            inner = list(_operands(code, part))
            code.margin.pass_on(part, inner[0], inner[-1])
            yield from inner
        else:
            yield part


def _binary(code: "Expressions", parts: list[ast.AST], level: Level) -> Doc:
    """Make the document of operands and operators; the loosest ones break first.

    Comments stand after the group that ends where they stand. So those of the last operand are
    left to the caller.
    """
    if len(parts) == 1:
        return code.expr(parts[0], level)  # type: ignore[arg-type]
    loosest = min(OPERATORS[type(operator)][1] for operator in parts[1::2])
    docs: list[Doc] = []
    start = 0
    for i in [*range(1, len(parts), 2), len(parts)]:
        if i < len(parts) and OPERATORS[type(parts[i])][1] != loosest:
            continue
        doc = _binary(code, parts[start:i], level)
        doc = doc if i - start == 1 else grouped(level, doc)
        if i == len(parts):
            docs.append(doc)
        else:
            docs.append(_ended(code, parts[i - 1], doc, level))
            hugs = isinstance(parts[i], ast.Pow) and code.parens.hugs(parts[i - 1], parts[i + 1])
            symbol = OPERATORS[type(parts[i])][0]
            if level is not None:  # above an operand is above its operator
                above = code.margin.take(parts[i + 1], Where.ABOVE)
                docs += [Remark(comment.text, Where.BELOW) for comment in above]
            docs += [soft(level, "" if hugs else " "), symbol, spaced(level) if hugs else " "]
        start = i + 1
    return tuple(docs)


def _ended(code: "Expressions", node: ast.AST, doc: Doc, level: Level) -> Doc:
    return doc if level is None else code.margin.ended(node, doc)


def conditional(code: "Expressions", node: ast.IfExp, level: Level) -> Doc:
    """Make the document of `a if b else c`.

    Args:
        code: makes the documents of the parts.
        node: the expression.
        level: where it stands.
    """
    orelse: Doc
    if isinstance(node.orelse, ast.IfExp):
        orelse = conditional(code, node.orelse, level)
    else:
        orelse = grouped(level, code.expr(node.orelse, level))
    test = code.expr(node.test, level)
    return (
        code.expr(node.body, level), soft(level), "if ", test, soft(level), "else ", orelse,
    )  # fmt: skip
