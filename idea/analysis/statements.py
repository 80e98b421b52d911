"""Statements of the rendered repo, and where in the notebook they come from."""

import ast
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from idea.program.dataflow import effects
from idea.syntax import copied, walk


@dataclass(frozen=True)
class SourcedStatement:
    """A statement of the rendered repo, and where in the notebook it comes from.

    Attributes:
        node: the statement.
        position: of the program's step that it was made of.
        cell: the cell of that step.
        heading: the Markdown heading above that cell.
        absorbed: positions of other steps that it holds, such as the one that makes the estimator
            that it fits.
    """

    node: ast.stmt
    position: int
    cell: int
    heading: str
    absorbed: tuple[int, ...] = ()


def alive(statements: Sequence[SourcedStatement], wanted: Set[str]) -> list[SourcedStatement]:
    """Leave out the statements that nothing needs.

    Args:
        statements: the statements, in order.
        wanted: the variables that are needed after the last.
    """
    kept: list[SourcedStatement] = []
    needed = set(wanted)
    for statement in reversed(statements):
        effect = effects(statement.node)
        if (effect.makes | effect.changes) & needed:
            kept.append(statement)
            needed = (needed - effect.makes) | effect.uses
    return kept[::-1]


def without_test_frames(node: ast.stmt, names: Set[str]) -> ast.stmt:
    """Make ``for frame in [train, test]`` go through the training rows only.

    Args:
        node: a statement.
        names: the variables that hold rows of the test set.

    Returns:
        The statement, or a changed copy.
    """
    if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name):
        return node
    if not isinstance(node.iter, ast.List | ast.Tuple):
        return node
    rest = [e for e in node.iter.elts if not (isinstance(e, ast.Name) and e.id in names)]
    if len(rest) == len(node.iter.elts) or not rest:
        return node
    new = copied(node)
    assert isinstance(new.iter, ast.List | ast.Tuple)
    new.iter.elts = rest
    return new


def column_strings(node: ast.AST) -> Iterator[str]:
    """Give the names of columns that a piece of code may mention: strings and attributes."""
    for part in walk(node):
        match part:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Attribute(attr=attribute):
                yield attribute
