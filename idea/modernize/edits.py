"""Writes changed nodes into the text of a cell, and leaves everything else as it is."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """A place in the code, and what is to stand there.

    Attributes:
        start: line and column (in bytes) of its first character.
        end: line and column behind its last one.
        new: the expression, or the statements, to write.
        last: the last line of the statement that holds it.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    new: ast.expr | list[ast.stmt]
    last: int

    @property
    def text(self) -> str:
        """The source of the new code."""
        if isinstance(self.new, list):
            return "; ".join(map(ast.unparse, self.new))
        text = ast.unparse(self.new)
        return f"({text})" if isinstance(self.new, ast.BinOp | ast.UnaryOp) else text


@dataclass(frozen=True)
class Insertion:
    """Lines of code to write before a statement.

    Attributes:
        at: line and column of the statement.
        lines: the lines, one statement each.
        separator: what to write behind each of them.
    """

    at: tuple[int, int]
    lines: Sequence[str]
    separator: str


def edited(code: str, edits: Iterable[Edit], insertion: Insertion) -> str:
    """Write the outermost changes into the code; a statement keeps its number of lines.

    Args:
        code: the cell's code.
        edits: the changes, an inner one before the outer one that holds it.
        insertion: imports to write at the start.

    Returns:
        The new code.
    """
    data = code.encode()  # a tree counts columns in bytes
    lines = [0]
    for line in data.split(b"\n"):
        lines.append(lines[-1] + len(line) + 1)
    texts: list[tuple[int, int, bytes]] = []
    done = -1
    outer_first = sorted(
        reversed([*edits]), key=lambda edit: (edit.start, [-at for at in edit.end])
    )
    for edit in outer_first:
        start, end = (lines[row - 1] + column for row, column in (edit.start, edit.end))
        if start >= done:
            text, done = edit.text.encode(), end
            lost = data[start:end].count(b"\n") - text.count(b"\n")
            after = lines[edit.last] - 1
            texts += [(start, end, text), (after, after, b"\n" * lost)]
    at = lines[insertion.at[0] - 1] + insertion.at[1]
    texts += [(at, at, f"{line}{insertion.separator}".encode()) for line in insertion.lines]
    for start, end, text in sorted(texts, reverse=True):
        data = data[:start] + text + data[end:]
    return data.decode()
