"""Statements of the rendered repo, and where in the notebook they come from."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class SourcedStatement:
    """A statement of the rendered repo, and where in the notebook it comes from.

    Attributes:
        node: the statement.
        position: of the program's step that it was made of.
        cell: the cell of that step.
        heading: the Markdown heading above that cell.
    """

    node: ast.stmt
    position: int
    cell: int
    heading: str
