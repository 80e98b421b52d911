"""Documents of lists, tuples, sets, dictionaries, comprehensions and slices."""

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from idea.codegen.formatter.documents import (
    INSIDE,
    Doc,
    Group,
    Level,
    Line,
    brackets,
    commas,
    joined,
)

if TYPE_CHECKING:
    from idea.codegen.formatter.expressions import Expressions


def display(code: "Expressions", node: ast.expr, level: Level) -> Doc:
    """Make the document of an expression in brackets.

    Args:
        code: makes the documents of the parts.
        node: the expression.
        level: where it stands.
    """
    match node:
        case ast.Tuple(elts=elts):
            return _tuple(code, node, elts, level)
        case ast.List(elts=[]):
            return "[]"
        case ast.List(elts=elts):
            return brackets("[", commas(code.exprs(elts)), "]", level)
        case ast.Set(elts=elts):
            return brackets("{", commas(code.exprs(elts)), "}", level)
        case ast.Dict(keys=[]):
            return "{}"
        case ast.Dict(keys=keys, values=values):
            pairs = [_pair(code, k, v) for k, v in zip(keys, values, strict=True)]
            return brackets("{", commas(pairs), "}", level)
        case ast.ListComp(elt=elt):
            return brackets("[", Group(_loops(code, elt, node.generators)), "]", level)
        case ast.SetComp(elt=elt):
            return brackets("{", Group(_loops(code, elt, node.generators)), "}", level)
        case ast.DictComp(key=key, value=value):
            return brackets("{", Group(_loops(code, key, node.generators, value)), "}", level)
        case ast.GeneratorExp(elt=elt):
            loops = _loops(code, elt, node.generators)
            bare = node in code.parens.bare
            return loops if bare else brackets("(", Group(loops), ")", level)
    return ast.unparse(node)


def span(code: "Expressions", node: ast.Slice) -> Doc:
    """Make the document of `a:b:c`."""

    def simple(part: ast.expr) -> bool:
        if isinstance(part, ast.UnaryOp) and not isinstance(part.op, ast.Not):
            return simple(part.operand)
        return isinstance(part, ast.Constant | ast.Name)

    lower, upper, step = node.lower, node.upper, node.step
    space = "" if all(simple(part) for part in (lower, upper, step) if part) else " "
    docs: list[Doc] = []
    if lower:
        docs += [code.expr(lower, INSIDE), space]
    docs.append(":")
    if upper:
        docs += [space, code.expr(upper, INSIDE)]
    if step:
        docs += [space if upper else "", ":", space, code.expr(step, INSIDE)]
    return tuple(docs)


def _tuple(code: "Expressions", node: ast.AST, elts: Sequence[ast.expr], level: Level) -> Doc:
    if not elts:
        return "()"
    docs = code.exprs(elts)
    if len(elts) == 1 and node in code.parens.bare:  # x[a:b,]
        return (docs[0], ",")
    if len(elts) == 1:
        return brackets("(", (docs[0], ","), ")", level)
    if node in code.parens.bare:
        return Group(commas(docs))
    return brackets("(", commas(docs), ")", level)


def _pair(code: "Expressions", key: ast.expr | None, value: ast.expr) -> Doc:
    """Make the document of a dictionary's item, with the comments of its key and value."""
    start: Doc = (code.expr(key, INSIDE), ": ") if key else "**"
    doc: Doc = Group((start, code.expr(value, INSIDE)))
    return code.margin.item(key or value, code.margin.ended(value, doc))


def _loops(
    code: "Expressions",
    elt: ast.expr,
    loops: Sequence[ast.comprehension],
    value: ast.expr | None = None,
) -> Doc:
    """Make the document of a comprehension.

    Args:
        code: makes the documents of the parts.
        elt: its element, or its key.
        loops: its `for` clauses.
        value: the value of that key, in a dictionary.
    """
    first: Doc = code.expr(elt, INSIDE)
    if value:
        first = (first, ": ", code.expr(value, INSIDE))
    docs: list[Doc] = [Group(first)]
    for each in loops:
        targets = each.target.elts if isinstance(each.target, ast.Tuple) else [each.target]
        docs += [Line(" "), "async for " if each.is_async else "for "]
        docs.append(
            joined([code.expr(target, INSIDE) for target in targets], ", ")
            if len(targets) > 1
            else code.expr(each.target, INSIDE)
        )
        docs += [" in ", code.expr(each.iter, INSIDE)]
        for test in each.ifs:
            docs += [Line(" "), "if ", code.expr(test, INSIDE)]
    return tuple(docs)
