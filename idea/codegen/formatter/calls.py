"""Documents of calls, attributes and subscripts in a row."""

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from idea.codegen.formatter.documents import INSIDE, Doc, Group, Level, Line, brackets, commas
from idea.codegen.formatter.precedence import Access, base_of

if TYPE_CHECKING:
    from idea.codegen.formatter.expressions import Expressions


def access(code: "Expressions", node: Access, level: Level, chain: bool | None = None) -> Doc:
    """Make the document of calls, attributes and subscripts in a row.

    Args:
        code: makes the documents of the parts.
        node: the last of them.
        level: where they stand.
        chain: whether they go one below the other when they break; None for the last of them,
            which finds out.
    """
    is_last = chain is None
    if chain is None:
        chain = level is not None and code.parens.is_chain(node)
    inner = base_of(node)
    doc = (
        access(code, inner, level, chain)
        if isinstance(inner, Access) and inner not in code.parens.wrapped
        else code.expr(inner, level)
    )
    match node:
        case ast.Attribute(attr=attr) if chain and code.parens.is_link(inner):
            doc = (code.margin.ended(inner, doc), Line(), "." + attr)
        case ast.Attribute(attr=attr):
            doc = (doc, "." + attr)
        case ast.Call(args=args, keywords=keywords):
            doc = (doc, arguments(code, args, keywords, level))
        case ast.Subscript(slice=part):
            doc = (doc, brackets("[", code.expr(part, INSIDE), "]", level))
    return Group(doc) if is_last and chain else doc


def arguments(
    code: "Expressions", args: Sequence[ast.expr], keywords: Sequence[ast.keyword], level: Level
) -> Doc:
    """Make the document of a call's parentheses.

    Args:
        code: makes the documents of the parts.
        args: the positional arguments.
        keywords: the keyword arguments.
        level: where the call stands.
    """
    docs = code.exprs(args)
    for keyword in keywords:
        name = f"{keyword.arg}=" if keyword.arg else "**"
        doc: Doc = (name, code.expr(keyword.value, INSIDE))
        docs.append(code.margin.item(keyword, doc))
    return brackets("(", Group(commas(docs)), ")", level) if docs else "()"
