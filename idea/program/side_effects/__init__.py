"""Follows objects through a program: which variables a statement changes, under whatever name.

An abstract interpretation. Frames, arrays, containers and functions are objects; a variable stands
for the objects that it may be. Where two values may be one object, they are one. A frame hands out
copies only, as pandas 3 does: ``df["a"]`` is another object, ``df`` in a list is the same.
"""

from collections.abc import Iterator, Mapping, Sequence, Set

from idea.program.dataflow import Step
from idea.program.side_effects.interpreter import Interpreter


def changes_among(
    steps: Sequence[Step], imports: Mapping[str, str], live: Sequence[Set[str]]
) -> Iterator[tuple[int, frozenset[str]]]:
    """Give the steps that change variables, under whatever name.

    Args:
        steps: the program's steps.
        imports: dotted paths by the names that they are imported as.
        live: the variables of interest after each step, as far as steps are of interest.

    Yields:
        The position of each such step, and those of its variables that it may change.
    """
    interpreter = Interpreter(imports)
    for position, (step, names) in enumerate(zip(steps, live, strict=False)):
        interpreter.run(step)
        changed = interpreter.changed(names)
        if changed:
            yield position, changed
