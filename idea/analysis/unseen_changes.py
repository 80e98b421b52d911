"""Names the statements that may change what the model is fitted to, and are not carried over."""

from collections.abc import Iterator

from idea.analysis.features import Note
from idea.analysis.reader import Reading
from idea.program.dataflow import effects
from idea.program.names_used import free_names
from idea.program.side_effects import changes_among
from idea.syntax import brief

_WIDTH = 70  # of code in a note


def unseen_changes(reading: Reading) -> Iterator[Note]:
    """Give a note, with its cell, for each such statement.

    A statement outside of the slices of X and y has no effect on them unless it changes an object
    that one of their variables is, or holds. One inside may have been left out on its way to the
    modules, where only a function that it calls changes the variable.

    Args:
        reading: what the fit is made of.
    """
    slices = reading.slices
    fit, steps = slices.fit, slices.steps
    live = slices.program.live_names(free_names(fit.X) | free_names(fit.y), fit.position)
    needed = {*slices.X, *slices.y}
    written = {
        position
        for part in (*reading.features.statements, *reading.preparation.all_statements)
        for position in (part.position, *part.absorbed)
    }
    for position, names in changes_among(steps, slices.script.imports, live):
        hidden = names
        if position in needed:
            seen = effects(steps[position].node)
            hidden = names - seen.makes - seen.changes
        if hidden and position not in written:
            which = ", ".join(f"`{name}`" for name in sorted(hidden)[:2])
            what = f"`{brief(steps[position].node, _WIDTH)}` may change {which}"
            yield steps[position].cell, f"{what}: it is not carried over"
