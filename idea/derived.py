"""The values that follow from the answers: what cookiecutter.json calls `__name`."""

from collections.abc import Mapping
from dataclasses import dataclass

from idea.answers import data_path, target_answer
from idea.names import file_stem_for
from idea.table import SUFFIXES, read_table


@dataclass(frozen=True)
class Derived:
    """What the templates need to know of the table and the task; empty where it is unknown."""

    data_path: str = ""
    data_file: str = ""
    data_name: str = ""
    data_format: str = ""
    data_sep: str = ""
    data_decimal: str = ""
    data_rows: str = ""
    data_columns: str = ""
    target: str = ""
    task: str = ""
    other_task: str = ""


def derive(answers: Mapping[str, str]) -> Derived:
    """Derive what follows from the answers `dataset` and `target`.

    Never raises: of a table that can't be used, only its path and names are told, and
    `idea.answers.problems` says what is wrong with it.
    """
    path = data_path(answers)
    stem = file_stem_for(path.stem)
    suffix = path.suffix.lower() if path.suffix.lower() in SUFFIXES else ""
    names = {"data_path": str(path), "data_file": stem + suffix, "data_name": stem}
    try:
        table = read_table(path, target_answer(answers))
    except ValueError:
        return Derived(**names)
    return Derived(
        **names,
        data_format=table.format,
        data_sep=table.sep,
        data_decimal=table.decimal,
        data_rows=str(table.rows),
        data_columns=str(len(table.columns)),
        target=table.target,
        task=table.tasks[0],
        other_task="".join(table.tasks[1:]),
    )
