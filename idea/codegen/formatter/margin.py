"""The comments of one statement, until they are placed."""

import ast
from collections.abc import Iterable

from idea.codegen.formatter.documents import Doc, Remark
from idea.program.comments import Comment, Span, Where, span_of


class Margin:
    """Holds the comments inside a statement; the items that are printed take theirs.

    Attributes:
        placed: the comments that were taken.
    """

    def __init__(self, comments: Iterable[Comment] = ()) -> None:
        """Take the comments of a statement's items."""
        self._waiting: dict[Span, list[Comment]] = {}
        self.placed: list[Comment] = []
        for comment in comments:
            self._waiting.setdefault(comment.node, []).append(comment)

    def waiting(self) -> list[Comment]:
        """List the comments that no item took."""
        return [comment for comments in self._waiting.values() for comment in comments]

    def pass_on(self, node: ast.AST, first: ast.AST, last: ast.AST) -> None:
        """Let comments of an operation stand at its operands, between which lines break."""
        for comment in self._waiting.pop(span_of(node), []):
            new = first if comment.where is Where.ABOVE else last
            self._waiting.setdefault(span_of(new), []).append(comment)

    def take(self, node: ast.AST, *places: Where) -> list[Comment]:
        """Take a node's comments in some places."""
        found = self._waiting.get(span_of(node), [])
        taken = [comment for comment in found if comment.where in places]
        if taken:
            self._waiting[span_of(node)] = [c for c in found if c.where not in places]
            self.placed += taken
        return taken

    def item(self, node: ast.AST, doc: Doc) -> Doc:
        """Put the comments of an item in brackets around its document."""
        above = [Remark(c.text, c.where) for c in self.take(node, Where.ABOVE)]
        return self.ended(node, (*above, doc) if above else doc)

    def ended(self, node: ast.AST, doc: Doc) -> Doc:
        """Put the comments that stand beside and below a node after its document."""
        after = [Remark(c.text, c.where) for c in self.take(node, Where.BESIDE, Where.BELOW)]
        return (doc, *after) if after else doc
