"""The comments of a program, each with the place in the syntax tree that it belongs to.

A syntax tree holds no comments. Rewriting keeps the location of the nodes that it keeps, so a
comment remembers the location of its node: the statement or the item in brackets that it stands
above or beside. Whoever prints that node again prints the comment with it.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from idea.syntax import walk

Position = tuple[int, int]  # line, from 1, and column in UTF-8 bytes, from 0
Span = tuple[int, int, int, int]  # start and end of a node

# Comments that tools read; they mean nothing in another file.
_FOR_TOOLS = re.compile(
    r"""\s*(?:
        !                                                       # a shebang
      | \s*@(?:title|param|markdown)\b                          # a form of Colab
      | \s*%%
      | \s*-\*-.*-\*-\s*$
      | \s*(?:en)?coding\s*[:=]
      | \s*vim?:\s
      | \s*(?:noqa|nosec|pragma|pylint|mypy|pyright|ruff|flake8|isort|fmt|yapf)\b\s*(?::|$)
      | \s*(?:noqa|nosec|pragma)\b\s*$
      | \s*type:\s*ignore\b
      | \s*\|?\s*(?:export|hide)\s*$                          # nbdev's
    )""",
    re.X | re.I,
)
_TAIL_FOR_TOOLS = re.compile(
    r"\s*#\s*(?:noqa|nosec|pragma|pylint|type:\s*ignore|fmt:|isort:).*$", re.I
)


class Where(Enum):
    """Where a comment stands, as seen from its node."""

    ABOVE = 1
    BESIDE = 2
    BELOW = 3  # after the last statement of a block, the last item in brackets, or before a dot
    HEAD = 4  # beside the first line of a statement that has a block


@dataclass(frozen=True)
class Comment:
    """A comment, from its `#` on, the node it belongs to, and the statement around that node."""

    text: str
    where: Where
    node: Span
    statement: Span


@dataclass(frozen=True)
class Comments:
    """Comments in the order in which they stand."""

    all: tuple[Comment, ...] = ()

    @cached_property
    def _by_statement(self) -> dict[Span, tuple[Comment, ...]]:
        found: dict[Span, tuple[Comment, ...]] = {}
        for comment in self.all:
            found[comment.statement] = (*found.get(comment.statement, ()), comment)
        return found

    def of(self, statement: ast.stmt) -> tuple[Comment, ...]:
        """Give the comments of a statement, without those of the statements in its blocks."""
        return self._by_statement.get(span_of(statement), ())

    def within(self, statement: ast.stmt) -> "Comments":
        """Give the comments of a statement and of the statements in its blocks."""
        span = span_of(statement)
        return Comments(
            tuple(
                c for c in self.all if span[:2] <= c.statement[:2] and c.statement[2:] <= span[2:]
            )
        )

    def above(self, statement: ast.stmt) -> "Comments":
        """Give the same comments, above a statement."""
        at = span_of(statement)
        return Comments(tuple(Comment(c.text, Where.ABOVE, at, at) for c in self.all))

    def shifted(self, lines: int) -> "Comments":
        """Give the same comments for a tree whose lines are counted from further on."""

        def later(span: Span) -> Span:
            return (span[0] + lines, span[1], span[2] + lines, span[3])

        return Comments(
            tuple(replace(c, node=later(c.node), statement=later(c.statement)) for c in self.all)
        )

    def __add__(self, other: "Comments") -> "Comments":
        return Comments(self.all + other.all)


NO_COMMENTS = Comments()


def span_of(node: ast.AST) -> Span:
    """Give a node's location; zeros if it has none."""
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    end = getattr(node, "end_lineno", None) or line
    end_column = getattr(node, "end_col_offset", None)
    return (line, column, end, column if end_column is None else end_column)


def read_comments(code: str, tree: ast.Module, original: str = "") -> Comments:
    """Read the comments of a piece of code.

    Args:
        code: Python.
        tree: its syntax tree.
        original: the code before it was modernised, with as many lines; a comment that was lost
            inside an expression stands above its statement.
    """
    placer = _Placer(tree, code)
    placed = [
        comment for token in _tokens(code) if (comment := placer.placed(token)) and comment.text
    ]
    lost = Counter(t.text for t in _tokens(original)) - Counter(t.text for t in _tokens(code))
    longer = code.count("\n") - original.count("\n")  # by imports before the first statement
    for token in _tokens(original) if lost else ():
        if lost[token.text] and (comment := placer.of_line(token, longer)):
            lost[token.text] -= 1
            placed.append(comment)
    return Comments(tuple(placed))


@dataclass(frozen=True)
class _Token:
    """A comment in the text: where it begins, and whether code stands before it on its line."""

    text: str
    line: int
    column: int
    beside: bool
    after_colon: bool

    @property
    def at(self) -> Position:
        return (self.line, self.column)


def _tokens(code: str) -> Iterator[_Token]:
    """Find the comments that are written for people."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT and (text := _for_people(token.string)):
                line, column = token.start
                before = token.line.split("\n")[0][:column] if token.line else ""
                yield _Token(
                    text,
                    line,
                    len(before.encode()),
                    bool(before.strip()),
                    before.rstrip().endswith(":"),
                )
    except (tokenize.TokenError, SyntaxError):  # the parser is more tolerant than the tokenizer
        return


def _for_people(text: str) -> str:
    """Write a comment as a formatter does; empty if only tools read it."""
    content = text.lstrip("#") if not text.strip("#").strip() else text[1:]
    if _FOR_TOOLS.match(content):
        return ""
    content = _TAIL_FOR_TOOLS.sub("", content).rstrip().replace("\N{NO-BREAK SPACE}", " ")
    if not content.strip("#-=*_~ \t"):  # a line across
        return ""
    content = content.replace("\t", " ").strip()
    return f"#{content}" if content.startswith(("#", ":", "'")) else f"# {content}"


class _Placer:
    """Finds the node that a comment belongs to."""

    def __init__(self, tree: ast.Module, code: str) -> None:
        self.body = tree.body
        self.lines = code.split("\n")

    def placed(self, token: _Token) -> Comment | None:
        """Place a comment; None if there is no statement that it could belong to."""
        return self._in_block(token, self.body, top=True)

    def of_line(self, token: _Token, later: int) -> Comment | None:
        """Place a comment above the innermost statement on its line, or so many lines later."""
        found, line = None, token.line + later
        for node in (n for each in self.body for n in walk(each) if isinstance(n, ast.stmt)):
            if node.lineno <= line <= self._last_line(node):
                found = node
        return _comment(token, Where.ABOVE, found) if found else None

    def _last_line(self, node: ast.stmt) -> int:
        """Give a statement's last line; one that was modernised is followed by those it lost."""
        last = node.end_lineno or node.lineno
        while last < len(self.lines) and not self.lines[last].strip():
            last += 1
        return last

    def _in_block(
        self, token: _Token, block: Sequence[ast.stmt], top: bool = False
    ) -> Comment | None:
        before: ast.stmt | None = None
        for node in block:
            if _start(node) > token.at:
                if token.beside and before is not None and _end(before)[0] == token.line:
                    return _beside_last(token, before)
                if before is not None and (inner := _below(token, before)):
                    return inner
                return _comment(token, Where.ABOVE, node)
            if token.at < _end(node):
                return self._in_statement(token, node)
            before = node
        if before is None:
            return None
        if token.beside:
            return _beside_last(token, before)
        # A comment at the end of a cell belongs to no statement.
        return _below(token, before) or (None if top else _comment(token, Where.BELOW, before))

    def _in_statement(self, token: _Token, node: ast.stmt) -> Comment | None:
        blocks = list(_blocks(node))
        if not blocks:
            return _in_expression(token, node)
        if token.at < _first(blocks[0]):
            if token.beside and token.after_colon:
                return _comment(token, Where.HEAD, node)
            between = self.lines[token.line : blocks[0][0].lineno - 1]
            in_head = token.beside or any(not re.match(r"\s*(?:#|$)", line) for line in between)
            inside = _in_expression(token, node, blocks) if in_head else None
            return inside or _comment(token, Where.ABOVE, blocks[0][0])
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            if token.at < _end(block[-1]):
                return self._in_block(token, block)
            if following is None or token.at < _first(following):
                if token.beside and _end(block[-1])[0] == token.line:
                    return _beside_last(token, block[-1])
                if not token.beside and token.column >= block[0].col_offset:
                    return _below(token, block[-1]) or _comment(token, Where.BELOW, block[-1])
                return _comment(token, Where.ABOVE, following[0]) if following else None
        return None


def _comment(token: _Token, where: Where, node: ast.AST, around: ast.stmt | None = None) -> Comment:
    return Comment(token.text, where, span_of(node), span_of(around or node))


def _start(node: ast.AST) -> Position:
    decorators = getattr(node, "decorator_list", None)
    line, column, *_ = span_of(decorators[0] if decorators else node)
    return (line, column - 1 if decorators else column)


def _end(node: ast.AST) -> Position:
    return span_of(node)[2:]


def _first(block: Sequence[ast.stmt]) -> Position:
    return _start(block[0])


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """List the blocks of a statement in the order of the text."""
    match node:
        case ast.Try() | ast.TryStar():
            blocks = [node.body, *(h.body for h in node.handlers), node.orelse, node.finalbody]
        case ast.Match():
            blocks = [case.body for case in node.cases]
        case _:
            blocks = [getattr(node, "body", []), getattr(node, "orelse", [])]
    yield from (block for block in blocks if block)


def _beside_last(token: _Token, node: ast.stmt) -> Comment:
    """Place a comment beside the innermost statement that ends where a statement ends."""
    while blocks := list(_blocks(node)):
        node = blocks[-1][-1]
    return _comment(token, Where.BESIDE, node)


def _below(token: _Token, node: ast.stmt) -> Comment | None:
    """Place an indented comment at the end of the block that it is indented like."""
    found, margin = None, node.col_offset
    while blocks := list(_blocks(node)):
        node = blocks[-1][-1]
        if token.beside or token.column < node.col_offset:
            break
        found = node if node.col_offset > margin else found  # an `elif` is no block of its own
    return _comment(token, Where.BELOW, found) if found else None


# Of expressions


def _in_expression(
    token: _Token, node: ast.stmt, blocks: Sequence[Sequence[ast.stmt]] = ()
) -> Comment | None:
    """Place a comment at an item in brackets, an operand, or a link in a chain of calls."""
    inner = {id(each) for block in blocks for each in block}
    around: ast.AST = node
    while True:
        children = [c for c in ast.iter_child_nodes(around) if id(c) not in inner]
        holding = [c for c in children if _start(c) <= token.at < _end(c)]
        spread = [c for c in children if not hasattr(c, "lineno") and _holds(c, token)]
        if not (holding or spread):
            break
        around = (holding or spread)[0]
    if not token.beside:
        for each in walk(around):
            match each:
                case ast.Attribute(value=value) if _end(value) <= token.at < _end(each):
                    return _comment(token, Where.BELOW, value, node)
    items = list(_items(around, inner))
    ended = [n for n in _within(around, inner) if _end(n) <= token.at]
    if token.beside:
        ended = [n for n in ended if _end(n)[0] == token.line]
    last = max(map(_end, ended), default=None)  # an item in brackets that are closed ends earlier
    before = next((i for i in items if _end(i) == last), None)
    if token.beside and before is not None:
        return _comment(token, Where.BESIDE, before, node)
    later = [i for i in items if _start(i) > token.at]
    if later:
        return _comment(token, Where.ABOVE, min(later, key=_start), node)
    if before is not None:
        return _comment(token, Where.BELOW, before, node)
    return None if blocks else _comment(token, Where.ABOVE, node)


def _holds(node: ast.AST, token: _Token) -> bool:
    """Tell whether a comment stands between the parts of a node without a location of its own."""
    places = [span_of(n) for n in walk(node) if hasattr(n, "lineno")]
    return bool(places) and min(p[:2] for p in places) <= token.at < max(p[2:] for p in places)


def _within(node: ast.AST, without: set[int]) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if id(child) not in without:
            if hasattr(child, "lineno"):
                yield child
            yield from _within(child, without)


def _items(node: ast.AST, without: set[int]) -> Iterator[ast.AST]:
    """List the nodes that may have a comment, from the outside inwards."""
    for child in ast.iter_child_nodes(node):
        if id(child) in without:
            continue
        if _is_item(node, child):
            yield child
        yield from _items(child, without)


def _is_item(parent: ast.AST, child: ast.AST) -> bool:
    match parent:
        case ast.Call():
            return child is not parent.func
        case ast.List() | ast.Tuple() | ast.Set() | ast.BinOp() | ast.BoolOp() | ast.Compare():
            return isinstance(child, ast.expr)
        case ast.Dict() | ast.arguments():
            return hasattr(child, "lineno")
        case ast.Attribute() | ast.Assign() | ast.Expr() | ast.Return():
            return isinstance(child, ast.expr)
    return False
