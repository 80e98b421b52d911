"""The notebook's comments at the statements of a module."""

import ast
from collections.abc import Sequence, Set
from dataclasses import dataclass

from idea.analysis.statements import SourcedStatement
from idea.program import Program, Step
from idea.program.comments import NO_COMMENTS, Comments, Where, span_of
from idea.program.dataflow import effects
from idea.syntax import callee_name, copied, walk

_LINES = 1_000_000  # more than a cell has


@dataclass(frozen=True)
class SourceComments:
    """Finds the comments of statements that come from a program.

    Statements of several cells meet in a module, some of them twice, so their lines are counted
    anew: every step has a range of its own.
    """

    program: Program

    def located(self, node: ast.stmt, position: int) -> ast.stmt:
        """Give a copy of a statement with lines that no other step has.

        Args:
            node: what became of a step.
            position: the step's position.
        """
        step = self.program.steps[position]
        new = ast.copy_location(copied(node), step.node)
        first = self._first_line(position)
        for part in {id(part): part for part in walk(new)}.values():  # some stand in two places
            if isinstance(part, ast.stmt | ast.expr | ast.keyword | ast.arg):
                part.lineno, part.end_lineno = part.lineno + first, (part.end_lineno or 0) + first
        return new

    def of_step(self, position: int) -> Comments:
        """Give a step's comments, at the lines that its located statement has.

        A comment on a load or a split does not hold for the assignment that replaces it.
        """
        step = self.program.steps[position]
        return NO_COMMENTS if step.role else step.comments.shifted(self._first_line(position))

    def of(self, statements: Sequence[SourcedStatement]) -> Comments:
        """Give the comments of located statements.

        Args:
            statements: those of a module, in order.
        """
        carried = {p for s in statements for p in (s.position, *s.absorbed)}
        found = NO_COMMENTS
        done: set[int] = set()
        for statement in statements:
            origin = self._origin(statement.position)
            if origin in done:
                continue  # several statements that were one
            done.add(origin)
            for position in statement.absorbed:
                found += self.of_step(position).above(statement.node)
            if not _is_placeholder(statement.node, self.program.steps[origin].node):
                found += self._of_paragraph(statement, carried).above(statement.node)
                found += self.of_step(origin)
        return found

    def _origin(self, position: int) -> int:
        """Give the first of the steps that were one statement: they share its comments."""
        steps = self.program.steps
        comments = steps[position].comments
        while comments.all and position and steps[position - 1].comments is comments:
            position -= 1
        return position

    def _first_line(self, position: int) -> int:
        return (self._origin(position) + 1) * _LINES

    def _of_paragraph(self, statement: SourcedStatement, carried: Set[int]) -> Comments:
        """Give the comment above the lines of which a statement is the first that is carried over.

        It holds for the statement if the lines before it prepare it, or do the same to other data.
        """
        steps = self.program.steps
        position = self._origin(statement.position)
        kept = steps[position]
        while position:
            below, position = steps[position], position - 1
            above = steps[position]
            if position in carried or not _is_next_line(above, below) or not _leads_to(above, kept):
                break
            own = tuple(
                c
                for c in above.comments.all
                if c.where is Where.ABOVE and c.node == c.statement == span_of(above.node)
            )
            if own:
                return Comments(own)
        return NO_COMMENTS


def _is_placeholder(node: ast.stmt, step: ast.stmt) -> bool:
    """Tell whether a constant stands where the notebook computes the target."""
    match node, step:
        case ast.Assign(value=ast.Constant()), ast.Assign(value=value):
            return not isinstance(value, ast.Constant)
    return False


def _is_next_line(above: Step, below: Step) -> bool:
    """Tell whether a statement is in the line below another."""
    same_code = (above.cell, above.written_in) == (below.cell, below.written_in)
    return same_code and above.node.end_lineno == below.node.lineno - 1


def _leads_to(above: Step, kept: Step) -> bool:
    """Tell whether a statement makes what another uses, or does the same as it to other data."""
    if above.role or not isinstance(above.node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return False
    if effects(above.node).makes & effects(kept.node).uses:
        return True
    return bool(_deeds(above.node)) and _deeds(above.node) == _deeds(kept.node)


def _deeds(node: ast.stmt) -> set[object]:
    """List the calls of a statement, and the strings in it."""
    calls = {callee_name(part) for part in walk(node) if isinstance(part, ast.Call)}
    texts = {part.value for part in walk(node) if isinstance(part, ast.Constant)}
    return {*calls, *texts}
