"""One reading of a file that a notebook reads twice, once for its features and once for y."""

import ast
from dataclasses import replace

from idea.analysis.slices import Slices
from idea.program import Program, Script, Step
from idea.syntax import copied, walk


def with_one_reading(slices: Slices) -> Script | None:
    """Read a file once, where X and y of a fit come from two readings of it.

    Args:
        slices: the statements behind the fit.

    Returns:
        The code, in which both take their rows from one table; None if they do already.
    """
    steps = slices.steps
    first = steps[slices.load]
    again = [at for at in slices.y if _reads_again(steps[at], first)]
    if slices.load in slices.y or not again or first.call is None:
        return None
    table = _fresh_name(steps)
    position = min(slices.load, *again)
    made: list[Step] = []
    for at, step in enumerate(steps):
        if at == position:
            call = copied(first.call)
            read = ast.Assign([ast.Name(table, ast.Store())], call)
            made.append(first.becomes(read, "load", call))
        if at == slices.load or at in again:
            assert isinstance(step.node, ast.Assign)
            made.append(step.becomes(ast.Assign(step.node.targets, _part(step, table)), "", None))
        else:
            made.append(step)
    return replace(slices.script, program=Program(tuple(made), slices.script.functions))


def _reads_again(step: Step, first: Step) -> bool:
    """Tell whether a step reads the file that another one reads, in the same way."""
    return (
        step.role == "load"
        and isinstance(step.node, ast.Assign)
        and step.call is not None
        and first.call is not None
        and _without_columns(step.call) == _without_columns(first.call)
    )


def _without_columns(call: ast.Call) -> str:
    """Give a call that reads a table, as text, without the choice of its columns."""
    new = copied(call)
    new.keywords = [keyword for keyword in new.keywords if keyword.arg != "usecols"]
    return ast.unparse(new)


def _part(step: Step, table: str) -> ast.expr:
    """Give what a step has of the table: some columns, or a copy."""
    assert step.call is not None
    rows = ast.Name(table, ast.Load())
    for keyword in step.call.keywords:
        if keyword.arg == "usecols":
            return ast.Subscript(rows, copied(keyword.value), ast.Load())
    return ast.Call(ast.Attribute(rows, "copy", ast.Load()), [], [])


def _fresh_name(steps: tuple[Step, ...]) -> str:
    taken = {part.id for step in steps for part in walk(step.node) if isinstance(part, ast.Name)}
    name = "table"
    while name in taken:
        name += "_"
    return name
