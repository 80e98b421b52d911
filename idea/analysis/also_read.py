"""Files that a notebook reads before its fit, and of which the steps take nothing.

Such as rows to predict, or a table whose variable is another one's by then. The rendered repo has
them, since it runs the notebook's own cells to compare itself with them.
"""

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from idea.analysis.look_ups import LookUp, file_name
from idea.analysis.names_at_step import NamesAtStep
from idea.names import file_stem_for
from idea.program import Script, Step
from idea.syntax import walk
from idea.tables import NoData, Source, find_archive, find_file, read_source


@dataclass(frozen=True)
class AlsoRead:
    """A file that the notebook reads.

    Attributes:
        as_written: its path or URL in the notebook.
        path: the file.
        name: of it in the repo; that of another table if both are one file.
        cell: number of the cell that reads it.
        line: of that cell.
    """

    as_written: str
    path: Path
    name: str
    cell: int
    line: int


def also_read(
    script: Script, before: int, notebook: Path, known: Iterable[LookUp]
) -> tuple[AlsoRead, ...]:
    """Find the files that are read before the fit, apart from those that are known.

    Args:
        script: the notebook's code, with its rows to predict.
        before: position of the fit.
        notebook: the notebook's path.
        known: the tables that the repo has anyway.
    """
    tables = list(known)
    names = {each.path.resolve(): each.name for each in tables}
    taken = {each.name for each in tables}
    written = {each.source.as_written for each in tables}
    found: list[AlsoRead] = []
    for step, source, path in _files(script, before, notebook):
        if source.as_written in written:
            continue
        written.add(source.as_written)
        file = path.resolve()
        if file not in names:
            names[file] = file_name(source, path, taken)
            taken.add(names[file])
        found.append(AlsoRead(source.as_written, path, names[file], step.cell, step.line))
    for step, text, path in _archives(script, before, notebook):
        if text not in written:
            written.add(text)
            name = f"{file_stem_for(path.stem)}{path.suffix.lower()}"
            found.append(AlsoRead(text, path, name, step.cell, step.line))
    return tuple(found)


def _archives(script: Script, before: int, notebook: Path) -> Iterator[tuple[Step, str, Path]]:
    """Give each step that names an archive beside the notebook, with its name there.

    Args:
        script: the notebook's code.
        before: position of the fit.
        notebook: the notebook's path.
    """
    for step in script.program.steps[:before]:
        for part in walk(step.node) if step.role != "load" else ():
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                path = find_archive(part.value, notebook)
                if path is not None:
                    yield step, part.value, path


def _files(script: Script, before: int, notebook: Path) -> Iterator[tuple[Step, Source, Path]]:
    """Give each step that reads a table, with how it does, and the file.

    Args:
        script: the notebook's code.
        before: position of the fit.
        notebook: the notebook's path.
    """
    for position, step in enumerate(script.program.steps[:before]):
        if step.role != "load" or step.call is None:
            continue
        with suppress(NoData):  # that file is missed once the cells run
            source = read_source(step.call, NamesAtStep(script, position))
            if source.format not in ("sklearn", "sql"):
                yield step, source, find_file(source, notebook)
