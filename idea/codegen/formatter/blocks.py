"""Statements one below the other: blocks, blank lines between them, and their comments."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from idea.codegen.formatter.documents import (
    STEP,
    Doc,
    break_around_remarks,
)
from idea.codegen.formatter.expressions import Expressions
from idea.codegen.formatter.heads import case, decorator, managers, signature
from idea.codegen.formatter.literals import docstring
from idea.codegen.formatter.margin import Margin
from idea.codegen.formatter.parentheses import Parentheses
from idea.codegen.formatter.printer import Printer, text_width
from idea.codegen.formatter.simple_statements import SimpleStatements
from idea.program.comments import Comment, Comments, Where, span_of
from idea.syntax import walk

Build = Callable[[Expressions], Doc]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Blocks:
    """Prints statements."""

    def __init__(
        self, nodes: Sequence[ast.stmt], comments: Comments, width: int, python: tuple[int, int]
    ) -> None:
        """Take the statements to print.

        Args:
            nodes: the statements.
            comments: their comments.
            width: the longest line, in columns.
            python: the oldest version of Python that the text is for.
        """
        self.code = Parentheses(nodes)
        self.comments = comments
        self.width = width
        self.python = python

    # statements one after the other

    def suite(self, nodes: Sequence[ast.stmt], indent: int, kind: str) -> Iterator[str]:
        """Print statements, with the blank lines between them.

        Args:
            nodes: the statements.
            indent: their indentation, in columns.
            kind: their surroundings: "module", "class", "function" or another "block".
        """
        remarks = _shared_out(nodes, self.comments)
        previous: ast.stmt | None = None
        for node, own in zip(nodes, remarks, strict=True):
            if previous is None and kind != "block" and _is_docstring(node):
                text = _lines([c for c in own if c.where is Where.ABOVE], indent)
                text += docstring(node.value.value, indent)  # type: ignore[attr-defined]
                below = _lines([c for c in own if c.where is Where.BELOW], indent)
                text += "\n" + below if below and kind == "class" else below
            else:
                text = "".join(self._statement(node, own, indent))
            commented = text.startswith("#", indent)
            yield _blank_lines(previous, node, nodes[0], kind, commented) + text
            previous = node

    def _statement(self, node: ast.stmt, own: Sequence[Comment], indent: int) -> Iterator[str]:
        below = [c for c in own if c.where is Where.BELOW and c.node == c.statement]
        own = [c for c in own if c not in below]
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield from self._definition(node, own, indent)
            case ast.If():
                yield from self._condition(node, own, indent)
            case ast.For() | ast.AsyncFor() | ast.While():
                yield from self._loop(node, own, indent)
            case ast.With() | ast.AsyncWith():
                start = "async with " if isinstance(node, ast.AsyncWith) else "with "
                yield self._head(own, lambda code: (start, managers(node.items, code), ":"), indent)
                yield from self._block(node.body, indent)
            case ast.Try() | ast.TryStar():
                yield from self._try(node, own, indent)
            case ast.Match():
                yield from self._match(node, own, indent)
            case _:
                yield self._head(own, lambda code: SimpleStatements(code).statement(node), indent)
        if below and _ends_in_definition(node):
            yield "\n"
        yield _lines(below, indent)

    # a line and its comments

    def _head(self, own: Sequence[Comment], build: Build, indent: int) -> str:
        above, line = self._parts(own, build, indent)
        return above + line

    def _parts(self, own: Sequence[Comment], build: Build, indent: int) -> tuple[str, str]:
        """Print a statement without a block, or the head of one with a block.

        A comment goes above if the document has no place for it, or if it makes its line too long.

        Args:
            own: its comments.
            build: makes its document.
            indent: its indentation, in columns.

        Returns:
            The comments above it, and itself.
        """
        inside = [c for c in own if c.node != c.statement]
        above = [c for c in own if c.node == c.statement and c.where is Where.ABOVE]
        while True:
            margin = Margin(inside)
            doc = build(Expressions(self.code, margin))
            break_around_remarks(doc)
            text = Printer(self.width).print(doc, indent)
            homeless = margin.waiting()
            long = self._too_long(text, margin.placed)
            if not homeless and not long:
                break
            above += homeless
            inside = [
                replace(c, where=Where.ABOVE) if c in long else c
                for c in inside
                if c not in homeless
            ]
        beside = [c for c in own if c.where in (Where.BESIDE, Where.HEAD) and c.node == c.statement]
        ended = "  ".join([text, *(comment.text for comment in beside)])
        fits = "\n" not in text and text_width(ended) <= self.width
        if not fits:
            above += beside
        return _lines(above, indent), (ended if fits else text) + "\n"

    def _too_long(self, text: str, placed: Sequence[Comment]) -> list[Comment]:
        """Find the comments whose line is too long with them."""
        long = [line for line in text.split("\n") if text_width(line) > self.width]
        return [
            c
            for c in placed
            if c.where is Where.BESIDE and any(line.endswith(f"  {c.text}") for line in long)
        ]

    # statements with blocks

    def _block(self, body: Sequence[ast.stmt], indent: int, head: str = "") -> Iterator[str]:
        """Print a block below its head, if it has statements."""
        if body:
            if head:
                yield " " * indent + head + "\n"
            yield from self.suite(body, indent + STEP, "block")

    def _condition(
        self, node: ast.If, own: Sequence[Comment], indent: int, word: str = "if "
    ) -> Iterator[str]:
        """Print if, elif and else."""
        yield self._head(own, lambda code: (word, code.optional(node.test), ":"), indent)
        yield from self._block(node.body, indent)
        match node.orelse:
            case [ast.If() as other]:
                yield from self._condition(other, self.comments.of(other), indent, "elif ")
            case orelse:
                yield from self._block(orelse, indent, "else:")

    def _loop(
        self, node: ast.For | ast.AsyncFor | ast.While, own: Sequence[Comment], indent: int
    ) -> Iterator[str]:
        def head(code: Expressions) -> Doc:
            if isinstance(node, ast.While):
                return ("while ", code.optional(node.test), ":")
            start = "async for " if isinstance(node, ast.AsyncFor) else "for "
            return (start, code.target(node.target), " in ", code.optional(node.iter), ":")

        yield self._head(own, head, indent)
        yield from self._block(node.body, indent)
        yield from self._block(node.orelse, indent, "else:")

    def _try(
        self, node: ast.Try | ast.TryStar, own: Sequence[Comment], indent: int
    ) -> Iterator[str]:
        yield self._head(own, lambda _: "try:", indent)
        yield from self._block(node.body, indent)
        start = "except*" if isinstance(node, ast.TryStar) else "except"
        for handler in node.handlers:
            yield self._head((), partial(self._caught, start, handler), indent)
            yield from self._block(handler.body, indent)
        yield from self._block(node.orelse, indent, "else:")
        yield from self._block(node.finalbody, indent, "finally:")

    def _caught(self, start: str, node: ast.ExceptHandler, code: Expressions) -> Doc:
        """Make the document of an `except` clause."""
        if node.type is None:
            return (start, ":")
        if node.name:
            return (start, " ", code.optional(node.type), f" as {node.name}:")
        bare = self.python >= (3, 14)  # from which on tuples need no parentheses
        return (start, " ", code.target(node.type) if bare else code.optional(node.type), ":")

    def _match(self, node: ast.Match, own: Sequence[Comment], indent: int) -> Iterator[str]:
        yield self._head(own, lambda code: ("match ", code.optional(node.subject), ":"), indent)
        for each in node.cases:
            yield self._head((), partial(case, each), indent + STEP)
            yield from self._block(each.body, indent + STEP)

    def _definition(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        own: Sequence[Comment],
        indent: int,
    ) -> Iterator[str]:
        """Print a function or a class."""
        hollow = _is_ellipsis(node.body)
        end = ": ..." if hollow else ":"
        above, line = self._parts(own, lambda code: (signature(node, code), end), indent)
        yield above
        for each in node.decorator_list:
            yield self._head((), partial(decorator, each), indent)
        yield line
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        yield from self.suite([] if hollow else node.body, indent + STEP, kind)


def _is_ellipsis(body: Sequence[ast.stmt]) -> bool:
    match body:
        case [ast.Expr(value=ast.Constant(value=value))]:
            return value is ...
    return False


# --- comments ---


def _lines(comments: Sequence[Comment], indent: int) -> str:
    return "".join(" " * indent + comment.text + "\n" for comment in comments)


def _shared_out(nodes: Sequence[ast.stmt], comments: Comments) -> list[list[Comment]]:
    """Give each statement its comments; several that were one statement share the comments of it.

    Those above it go to the first of them, those beside it to the last, and those inside it to the
    first that has their place.
    """
    shares: list[list[Comment]] = [[] for _ in nodes]
    start = 0
    while start < len(nodes):
        end = start + 1
        while end < len(nodes) and span_of(nodes[end]) == span_of(nodes[start]):
            end += 1
        run = range(start, end)
        places = (
            [{span_of(part) for part in walk(nodes[i])} for i in run] if end - start > 1 else []
        )
        for comment in comments.of(nodes[start]):
            if comment.node == comment.statement:
                chosen = start if comment.where is Where.ABOVE else end - 1
            else:
                holding = (
                    i for i, spans in zip(run, places, strict=False) if comment.node in spans
                )
                chosen = next(holding, start)
            shares[chosen].append(comment)
        start = end
    return shares


# --- blank lines ---


def _blank_lines(
    previous: ast.stmt | None, node: ast.stmt, first: ast.stmt, kind: str, commented: bool
) -> str:
    """Give the blank lines before a statement.

    Args:
        previous: the statement before it, if any.
        node: the statement.
        first: the first statement around.
        kind: their surroundings.
        commented: whether a comment stands above it.
    """
    if previous is None:
        opens = kind == "block" and isinstance(node, _DEFINITIONS) and not commented
        return "\n" if opens else ""
    if isinstance(node, _DEFINITIONS) or _ends_in_definition(previous):
        return "\n\n" if kind == "module" else "\n"
    if isinstance(previous, ast.Import | ast.ImportFrom):
        return "" if isinstance(node, ast.Import | ast.ImportFrom) and not commented else "\n"
    if previous is first and _is_docstring(previous) and kind in ("module", "class"):
        return "\n"
    return ""


def _is_docstring(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _ends_in_definition(node: ast.stmt) -> bool:
    while not isinstance(node, _DEFINITIONS):
        blocks = [getattr(node, name, None) for name in ("finalbody", "orelse", "handlers", "body")]
        block = next((block for block in blocks if block), None)
        if block is None:
            return False
        node = block[-1]
    return True
