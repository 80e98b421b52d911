"""What became of each code cell."""

from collections.abc import Iterator

from idea.analysis.idea import Idea


def cell_fates(idea: Idea) -> Iterator[tuple[int, set[str]]]:
    """Give each code cell's number, with the parts of the repo that come from it."""
    reading = idea.reading
    fates: dict[int, set[str]] = {}
    steps = idea.script.program.steps

    def went(position: int, where: str) -> None:
        fates.setdefault(steps[position].cell, set()).add(where)

    went(reading.slices.load, "data")
    for statement in reading.features.statements:
        went(statement.position, "features")
    for statement in reading.preparation.all_statements:
        went(statement.position, "prepare")
    if reading.split.position >= 0:
        went(reading.split.position, "split")
    went(reading.fit.position, "model")
    for fit in idea.fits:
        went(fit.position, "models")
    for score in idea.scores:
        fates.setdefault(score.cell, set()).add("metric")
    for cell in idea.notebook.cells:
        if cell.kind == "code":
            yield cell.number, fates.get(cell.number, set())
