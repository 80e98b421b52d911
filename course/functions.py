"""Functions in a source text, found through its syntax tree; what is around them stays as it is."""

import ast
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from course.mistakes import Mistake

Function = ast.FunctionDef | ast.AsyncFunctionDef
WIDTH = 100  # of the lines of an import, as the repository's formatter has them


@dataclass(frozen=True)
class Body:
    """Where the body of a function stands, without its docstring.

    Attributes:
        first: its first line, counted from 1.
        last: its last line, comments at its end included.
        column: where it begins on its first line, if the signature ends on that line; else 0.
        indent: of its statements.
    """

    first: int
    last: int
    column: int
    indent: str


def emptied(text: str, names: Collection[str], said: str) -> tuple[str, list[str]]:
    """Empty the bodies of functions; signatures and docstrings stay, unused imports go.

    Args:
        text: the source.
        names: of the functions, `Class.method` for those of a class.
        said: what calling an emptied function says.

    Returns:
        The text, and the lines of the former bodies.

    Raises:
        Mistake: there is no function of a name, or the text is no Python.
    """
    tree = _parsed(text)
    found = dict(_functions(tree))
    _all_there(names, found)
    lines = text.splitlines(keepends=True)
    gone: list[str] = []
    for name in sorted(names, key=lambda name: -found[name].lineno):
        body = _body(found[name], lines)
        if body.first > body.last:
            raise Mistake(f"{name} has no body but its docstring")
        gone += _cut(lines, body, [f"raise NotImplementedError({json.dumps(said)})"])
    return _without_unused_imports(text, "".join(lines)), gone


def replaced(text: str, others: str, names: Collection[str]) -> str:
    """Give functions of a text the bodies of the functions of the same names in another text.

    Args:
        text: that gets the bodies.
        others: that has them.
        names: of the functions.

    Raises:
        Mistake: one of them is no function of the text.
    """
    lines, theirs = text.splitlines(keepends=True), others.splitlines(keepends=True)
    found, new = dict(_functions(_parsed(text))), dict(_functions(_parsed(others)))
    _all_there(names, found)
    _all_there(names, new)
    for name in sorted(names, key=lambda name: -found[name].lineno):
        body = _body(new[name], theirs)
        first = theirs[body.first - 1][body.column :]
        content = [first.strip(), *(line.rstrip("\n") for line in theirs[body.first : body.last])]
        here = _body(found[name], lines)
        content[1:] = [
            here.indent + line.removeprefix(body.indent) if line.strip() else ""
            for line in content[1:]
        ]
        _cut(lines, here, content)
    return "".join(lines)


def function_names(text: str) -> list[str]:
    """Name the functions of a text, `Class.method` for those of a class."""
    return list(dict(_functions(_parsed(text))))


def normalised(text: str, name: str) -> list[str]:
    """Give the body of a function as words that neither names, comments nor layout change.

    Args:
        text: of the module.
        name: of the function.

    Returns:
        The kinds of the syntax tree's nodes in order, with constants and attributes; empty where
        there is no such function or the text is no Python.
    """
    try:
        function = dict(_functions(ast.parse(text))).get(name)
    except (SyntaxError, ValueError, RecursionError):
        return []
    if function is None:
        return []
    known: dict[str, str] = {}
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    arguments = [node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    stored = (node for node in ast.walk(function) if isinstance(node, ast.Name))
    own = {*arguments, *(node.id for node in stored if isinstance(node.ctx, ast.Store))}
    words = []
    for node in (inner for statement in body for inner in _in_order(statement)):
        word = type(node).__name__
        if isinstance(node, ast.Name):
            word += f" {known.setdefault(node.id, str(len(known))) if node.id in own else node.id}"
        elif isinstance(node, ast.Attribute):
            word += f" {node.attr}"
        elif isinstance(node, ast.Constant):
            word += f" {node.value!r}"
        words.append(word)
    return words


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.expr_context):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise Mistake(f"line {error.lineno} is no Python: {error.msg}") from None


def _functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield prefix + child.name, child
        if isinstance(child, Function | ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        elif not isinstance(child, ast.expr):
            yield from _functions(child, prefix)


def _all_there(names: Collection[str], found: Mapping[str, Function]) -> None:
    for name in names:
        if name not in found:
            there = ", ".join(found) or "none"
            raise Mistake(f"there is no function {name}; functions are {there}")
        for other in names:
            if name.startswith(f"{other}."):
                raise Mistake(f"{name} is within {other}, which is emptied as a whole")


def _body(function: Function, lines: list[str]) -> Body:
    documented = ast.get_docstring(function, clean=False) is not None
    statements = function.body[1:] if documented else function.body
    indent = " " * (function.col_offset + 4)
    last = function.end_lineno or function.lineno
    if not statements:
        return Body(last + 1, last, 0, indent)
    first = statements[0].lineno
    before = lines[first - 1].encode()[: statements[0].col_offset].decode()
    if before.strip():  # def f(): return 1
        return Body(first, last, len(before), indent)
    # A comment above the first statement tells as much as the statement.
    above = function.body[0].end_lineno if documented else _header_end(function, first, lines)
    return Body((above or first - 1) + 1, _with_comments(function, last, lines), 0, before)


def _header_end(function: Function, first: int, lines: list[str]) -> int:
    end = first - 1
    while end > function.lineno and (
        not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")
    ):
        end -= 1
    return end


def _with_comments(function: Function, last: int, lines: list[str]) -> int:
    for number in range(last, len(lines)):
        line = lines[number]
        inside = len(line) - len(line.lstrip()) > function.col_offset
        if line.strip() and not (inside and line.lstrip().startswith("#")):
            break
        if line.strip():
            last = number + 1
    return last


def _cut(lines: list[str], body: Body, content: list[str]) -> list[str]:
    """Put other lines in a body's place; give the stripped ones that stood there."""
    gone = lines[body.first - 1 : body.last]
    new = [f"{body.indent}{content[0]}\n", *(f"{line}\n" for line in content[1:])]
    if body.column:
        new.insert(0, gone[0][: body.column].rstrip() + "\n")
        gone = [gone[0][body.column :], *gone[1:]]
    lines[body.first - 1 : body.last] = new
    return [line.strip() for line in gone if line.strip()]


def _without_unused_imports(before: str, after: str) -> str:
    """Drop imports that only emptied bodies used: linters ask for that, and they are hints."""
    tree = ast.parse(after)
    unused = _used(ast.parse(before)) - _used(tree)
    lines = after.splitlines(keepends=True)
    for node in reversed(tree.body):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        kept = [each for each in node.names if _bound(each) not in unused]
        if len(kept) == len(node.names):
            continue
        first, last = node.lineno - 1, node.end_lineno or node.lineno
        before_blank = first > 0 and not lines[first - 1].strip()
        between = before_blank and last < len(lines) and not lines[last].strip()
        if not kept and between:
            first -= 1
        lines[first:last] = _written(node, kept)
    return "".join(lines)


def _written(node: ast.Import | ast.ImportFrom, kept: list[ast.alias]) -> list[str]:
    if not kept:
        return []
    names = [f"{each.name} as {each.asname}" if each.asname else each.name for each in kept]
    if isinstance(node, ast.Import):
        return [f"import {', '.join(names)}\n"]
    head = f"from {'.' * node.level}{node.module or ''} import "
    line = head + ", ".join(names)
    if len(line) <= WIDTH:
        return [f"{line}\n"]
    return [f"{head}(\n", *(f"    {name},\n" for name in names), ")\n"]


def _bound(name: ast.alias) -> str:
    return name.asname or name.name.partition(".")[0]


def _used(tree: ast.Module) -> set[str]:
    every = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    names = {node.id for node in every if not isinstance(node.ctx, ast.Store)}
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return names | {text for text in texts if isinstance(text, str) and text.isidentifier()}
