"""Documents of lambdas, and of parameters."""

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from idea.codegen.formatter.documents import (
    HARD,
    INSIDE,
    Choice,
    Doc,
    Group,
    Indent,
    Level,
    Spill,
    break_around_remarks,
    joined,
    parentheses,
)
from idea.codegen.formatter.margin import Margin
from idea.codegen.formatter.parentheses import Need
from idea.codegen.formatter.printer import flattened

if TYPE_CHECKING:
    from idea.codegen.formatter.expressions import Expressions


def lambda_function(
    code: "Expressions", node: ast.Lambda, level: Level, spills: bool = False
) -> Doc:
    """Make the document of a lambda, whose parameters never break.

    Args:
        code: makes the documents of the parts.
        node: the lambda.
        level: where it stands.
        spills: whether its body may break although all around it stays on one line.
    """
    plain = replace(code, margin=Margin())  # its parameters have no place for comments
    taken = flattened(joined(parameters(plain, node.args), ", "))
    head = f"lambda {taken}".rstrip() + ": "
    wants = code.parens.need(node.body)
    body: Doc
    if node.body in code.parens.wrapped:
        body = code.expr(node.body, level)
    elif wants is not Need.MULTILINE and isinstance(node.body, ast.Call | ast.Subscript):
        flat = code.unwrapped(node.body, level)
        if break_around_remarks(flat):
            return (head, flat)
        parenthesized = ("(", Indent((HARD, flat)), HARD, ")")
        body = Choice((flat, Group(flat, broken=True), parenthesized))
    elif wants is not Need.MULTILINE and code.parens.own(node.body) is not None:
        body = code.unwrapped(node.body, level)
    else:
        body = parentheses(lambda inner: code.unwrapped(node.body, inner))
    return (head, Spill(body) if spills else body)


def parameters(code: "Expressions", args: ast.arguments) -> list[Doc]:
    """Make the documents of a function's parameters."""

    def one(arg: ast.arg, default: ast.expr | None = None, stars: str = "") -> Doc:
        doc: Doc = stars + arg.arg
        if arg.annotation:
            doc = (doc, ": ", code.expr(arg.annotation, INSIDE))
        if default:
            doc = (doc, " = " if arg.annotation else "=", code.expr(default, INSIDE))
            code.margin.pass_on(default, arg, arg)
        return code.margin.item(arg, doc)

    positional = args.posonlyargs + args.args
    defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
    docs = [one(arg, default) for arg, default in zip(positional, defaults, strict=True)]
    if args.posonlyargs:
        docs.insert(len(args.posonlyargs), "/")
    if args.vararg:
        docs.append(one(args.vararg, stars="*"))
    elif args.kwonlyargs:
        docs.append("*")
    docs += [one(*pair) for pair in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    if args.kwarg:
        docs.append(one(args.kwarg, stars="**"))
    return docs
