"""The heads of statements that have blocks, and of definitions, as documents."""

import ast
from collections.abc import Sequence

from idea.codegen.formatter.calls import arguments
from idea.codegen.formatter.documents import Doc, Group, Indent, Line, commas, parentheses
from idea.codegen.formatter.expressions import Expressions
from idea.codegen.formatter.lambdas import parameters
from idea.codegen.formatter.parentheses import Prefer
from idea.codegen.formatter.patterns import Patterns


def signature(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, code: Expressions
) -> Doc:
    """Make the document of the head of a function or a class, without its colon."""
    kinds = ", ".join(map(ast.unparse, getattr(node, "type_params", [])))
    name = f"{node.name}[{kinds}]" if kinds else node.name
    if isinstance(node, ast.ClassDef):
        bases = bool(node.bases or node.keywords)
        return ("class ", name, arguments(code, node.bases, node.keywords, None) if bases else "")
    start = "async def " if isinstance(node, ast.AsyncFunctionDef) else "def "
    docs = parameters(code, node.args)
    inner = commas(docs, always=True)
    head: Doc = "()"
    if docs:
        inner = inner if len(docs) == 1 else Group(inner)
        head = ("(", Indent((Line(), inner)), Line(), ")")
    if node.returns:
        head = (head, " -> ", _returned(node.returns, bool(docs), code))
    return (start, name, Group(head))


def decorator(node: ast.expr, code: Expressions) -> Doc:
    """Make the document of a decorator."""
    return ("@", code.optional(node, Prefer.OPTIONAL))


def _returned(node: ast.expr, has_parameters: bool, code: Expressions) -> Doc:
    """Make the document of a return annotation."""
    if has_parameters:
        is_subscript = isinstance(node, ast.Subscript)
        return code.unwrapped(node, None) if is_subscript else code.optional(node)
    return code.optional(node, Prefer.PARENTHESIZED)


def managers(items: Sequence[ast.withitem], code: Expressions) -> Doc:
    """Make the document of the context managers of `with`."""
    first = items[0]
    if len(items) == 1 and first.optional_vars is None:
        return code.optional(first.context_expr)

    def one(item: ast.withitem, level: Group | None) -> Doc:
        doc = code.expr(item.context_expr, level)
        if item.optional_vars is None:
            return doc
        return (doc, " as ", code.expr(item.optional_vars, level))

    if len(items) > 1:
        return parentheses(lambda level: commas([one(item, level) for item in items]))
    spills = code.parens.can_spill(first.context_expr)
    return parentheses(lambda level: one(first, level), not spills)


def case(node: ast.match_case, code: Expressions) -> Doc:
    """Make the document of a case of `match`."""
    guard: Doc = ""
    if node.guard:
        guard = (" if ", code.optional(node.guard, Prefer.PARENTHESIZED))
    return ("case ", Patterns(code).case(node.pattern), guard, ":")
