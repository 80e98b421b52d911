"""The columns of the table as it is read, and how they fare from step to step."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from idea.analysis.column_tracker import Tracker
from idea.analysis.frame_columns import Column
from idea.analysis.slices import Slices


@dataclass(frozen=True)
class RawColumns:
    """The columns of the table as it is read.

    Attributes:
        names: their names, in order.
        texts: those of them that hold text.
        rows: the number of the table's rows.
        lone: the column of each look-up table that has no other, by the name of its file.
        empty: those that have no value in the first rows.
    """

    names: tuple[object, ...]
    texts: frozenset[str] = frozenset()
    rows: int = 0
    lone: Mapping[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()

    @property
    def strings(self) -> list[str]:
        """Their names as strings."""
        return [str(name) for name in self.names]

    def tracked(self, slices: Slices, positions: Iterable[int]) -> Iterator[tuple[int, Tracker]]:
        """Follow the columns through some steps.

        Args:
            slices: the statements behind the fit.
            positions: of the steps, in order.

        Yields:
            Each position with the columns before that step, then the number of steps with those
            after the last. It is one tracker all the time, which moves on.
        """
        tracker = Tracker()
        tracker.frames[slices.frame] = [
            Column(name, str(name), text=str(name) in self.texts, empty=str(name) in self.empty)
            for name in self.names
        ]
        for position in positions:
            yield position, tracker
            if position != slices.load:
                tracker.follow(slices.steps[position].node)
        yield len(slices.steps), tracker
