"""Small questions about a syntax tree that several packages ask."""

import ast
import warnings
from collections.abc import Mapping
from typing import TypeVar

_NO_CONSTANT = object()

# Nodes that hold no others, and fields of the rest that hold none.
_LEAVES = (ast.Constant, ast.Global, ast.MatchSingleton, ast.Nonlocal, ast.TypeIgnore)
_NO_NODES = {"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs"}
_NO_NODES |= {"level", "module", "name", "rest", "simple", "type_comment"}

Node = TypeVar("Node", bound=ast.AST)


def parse(code: str) -> ast.Module | None:
    """Parse code as Python 3; None if it does not parse."""
    try:
        return parse_or_raise(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parse_or_raise(code: str) -> ast.Module:
    """Parse code as Python 3, without warnings.

    Raises:
        SyntaxError: it does not parse; ValueError, RecursionError and MemoryError mean the same.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as an invalid escape "\d"
        return ast.parse(code)


def walk(node: ast.AST) -> list[ast.AST]:
    """Give a node and all below it, as `ast.walk` does, in a third of its time.

    Whether a name is loaded or stored is not among them.
    """
    found = [node]
    for each in found:
        found += children(each)
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """Give the nodes that are parts of a node, as `ast.iter_child_nodes` does, but quickly."""
    content = node.__dict__
    found: list[ast.AST] = []
    for name in _PARTS[type(node)]:
        part = content.get(name)
        if part.__class__ is list:
            found += filter(None, part)
        elif part is not None:
            found.append(part)
    return found


class _Parts(dict[type, tuple[str, ...]]):
    """The fields of each kind of node that hold nodes."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = () if kind in _LEAVES else kind._fields
        self[kind] = tuple(name for name in fields if name not in _NO_NODES)
        return self[kind]


_PARTS = _Parts()


def with_locations(node: Node) -> Node:
    """Give nodes without a place that of what is around: quickly what `ast` can do, too."""
    start = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end = getattr(node, "end_lineno", None) or 1, getattr(node, "end_col_offset", None) or 0
    waiting: list[tuple[ast.AST, tuple[int, int], tuple[int, int]]] = [(node, start, end)]
    while waiting:
        each, start, end = waiting.pop()
        content = each.__dict__
        if "lineno" in each._attributes:
            start = (
                content.setdefault("lineno", start[0]),
                content.setdefault("col_offset", start[1]),
            )
            if content.get("end_lineno") is None:
                content["end_lineno"] = end[0]
            if content.get("end_col_offset") is None:
                content["end_col_offset"] = end[1]
            end = content["end_lineno"], content["end_col_offset"]
        waiting += [(child, start, end) for child in children(each)]
    return node


def copied(node: Node) -> Node:
    """Copy a node and all below it, as `copy.deepcopy` does, in a quarter of its time."""
    new = type(node).__new__(type(node))
    for name, part in node.__dict__.items():
        if isinstance(part, ast.AST):
            part = part if name == "ctx" else copied(part)
        elif isinstance(part, list):
            part = [copied(item) if isinstance(item, ast.AST) else item for item in part]
        new.__dict__[name] = part
    return new


def brief(node: ast.AST, width: int = 80) -> str:
    """Give the source of a piece of code in one line, cut to a width in characters."""
    try:
        text = " ".join(ast.unparse(node).split())
    except RecursionError:
        return "a very deep expression"
    return text if len(text) <= width else text[: width - 1] + "…"


def import_path(node: ast.expr, imports: Mapping[str, str]) -> str | None:
    """Give the dotted path of an imported name or of an attribute of one.

    Args:
        node: a name, or an attribute of something.
        imports: dotted paths by the names that they are imported as.

    Returns:
        `sklearn.svm.SVC` for `svm.SVC`; None for a name of the notebook's own.
    """
    match node:
        case ast.Name(id=name):
            return imports.get(name)
        case ast.Attribute(value=inner, attr=attribute):
            base = import_path(inner, imports)
            return f"{base}.{attribute}" if base else None
    return None


def callee_name(call: ast.Call) -> str:
    """Give the last name of a callee: `fit` of `model.fit(X)`; empty if it has none."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def constant(node: ast.expr | None) -> object:
    """Give the value of a constant; for everything else an object that equals no value."""
    return node.value if isinstance(node, ast.Constant) else _NO_CONSTANT


def keyword_value(call: ast.Call, name: str) -> ast.expr | None:
    """Give the value of a call's keyword argument; None if it is not given."""
    return next((key.value for key in call.keywords if key.arg == name), None)


def is_in_place(call: ast.Call) -> bool:
    """Tell whether a method changes its object: `inplace=True`, as pandas spells it."""
    return constant(keyword_value(call, "inplace")) is True


def mentions(node: ast.AST, *names: str) -> bool:
    """Tell whether a variable or an attribute of one of these names occurs in code."""
    return any(
        (isinstance(part, ast.Name) and part.id in names)
        or (isinstance(part, ast.Attribute) and part.attr in names)
        for part in walk(node)
    )
