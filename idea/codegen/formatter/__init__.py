"""Prints syntax trees in the style of `ruff format`, which must find nothing to change.

A tree becomes a document: text with the places where a line may break (`documents`). Which places
break, and which parentheses appear with them, follows ruff's own rules (`ruff_python_formatter`).
Comments come from the text that was parsed (`idea.program.comments`): each is printed at the node
that it belonged to, or above that node's statement.
"""

import ast
from collections.abc import Sequence

from idea.codegen.formatter.blocks import Blocks
from idea.program.comments import NO_COMMENTS, Comments

WIDTH = 100  # the rendered repository's line length


def layout(
    nodes: Sequence[ast.stmt],
    comments: Comments = NO_COMMENTS,
    indent: int = 0,
    width: int = WIDTH,
    python: tuple[int, int] = (3, 11),
) -> str:
    """Print statements.

    Args:
        nodes: the statements of a module or, indented, of a function's body.
        comments: their comments.
        indent: their indentation, in columns.
        width: the longest line, in columns.
        python: the oldest version of Python that the text is for.

    Returns:
        Whole lines.
    """
    kind = "function" if indent else "module"
    return "".join(Blocks(nodes, comments, width, python).suite(nodes, indent, kind))


__all__ = ["WIDTH", "layout"]
