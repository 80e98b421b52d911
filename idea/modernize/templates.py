"""Makes the nodes that rules give."""

import ast

from idea.syntax import copied


def build(template: str, **parts: ast.expr | str) -> ast.expr:
    """Parse an expression, and put parts where their names stand in it."""

    class _Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            part = parts.get(node.id, node)
            return ast.Name(part, ast.Load()) if isinstance(part, str) else copied(part)

    expression: ast.Expression = _Put().visit(ast.parse(template, mode="eval"))
    return expression.body


def attribute(of: ast.expr, name: str) -> ast.Attribute:
    """Make `of.name`."""
    return ast.Attribute(of, name, ast.Load())


def method(of: ast.expr, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.Call:
    """Make a call of a method.

    Args:
        of: the object.
        name: the method's name.
        args: the arguments.
        keywords: the keyword arguments.

    Returns:
        `of.name(*args, **keywords)`.
    """
    return ast.Call(attribute(of, name), args, keywords)


def without(call: ast.Call, *names: str) -> list[ast.keyword]:
    """Give a call's keyword arguments without some of them."""
    return [key for key in call.keywords if key.arg not in names]


def with_true(call: ast.Call, name: str) -> ast.Call:
    """Make the same call with a keyword argument set to True."""
    return ast.Call(call.func, call.args, [*call.keywords, ast.keyword(name, ast.Constant(True))])


def renamed(callee: ast.expr, name: str) -> ast.expr:
    """Give a callee another last name."""
    if isinstance(callee, ast.Attribute):
        return attribute(callee.value, name)
    return ast.Name(name, ast.Load())
