"""The values that follow from the answers: what cookiecutter.json calls `__name`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from idea.analysis import Idea
from idea.analysis.class_encoding import Label
from idea.analysis.unneeded import only_compared
from idea.codegen import dumped, held_back_column, packages, sampled
from idea.knowledge.packages import EXCEL, OLD_EXCEL
from idea.names import file_stem_for
from idea.project.answers import data_path, idea_of, query_of, table_of
from idea.project.cruft_record import recorded
from idea.tables.answered_query import QueriedTable
from idea.tables.answered_table import SUFFIXES, Table
from idea.tables.checks import BadTable


@dataclass(frozen=True)
class Derived:
    """What the templates need to know of the table and the task; empty where it is unknown."""

    data_path: str = ""
    data_file: str = ""
    data_name: str = ""
    data_format: str = ""
    data_rows: str = ""
    data_columns: str = ""
    data_kind: str = ""
    data_url: str = ""
    data_query: str = ""
    data_dates: str = ""
    target: str = ""
    task: str = ""
    other_task: str = ""
    data_read: str = ""
    data_features: str = ""
    split_kind: str = ""
    split_column: str = ""
    classes: str = ""
    test_size: str = "0.2"
    features: str = "default"
    model: str = "random_forest"
    search: str = "none"
    metric: str = ""
    threshold: str = "balanced_accuracy"
    seed: str = "42"
    packages: str = ""
    notebook: str = ""
    notebook_file: str = ""
    sample: str = ""
    look_ups: str = ""
    compared: str = ""
    data_notes: str = ""
    because: str = ""


def derive(answers: Mapping[str, str]) -> Derived:
    """Derive what follows from the answers `dataset` and `target`.

    Never raises: of a table that can't be used, only its path and names are told, and
    `idea.answers.problems` says what is wrong with it. In an update, it is what was derived when
    the repo was made.
    """
    if record := recorded(answers):
        known = [field.name for field in fields(Derived) if f"__{field.name}" in record]
        return Derived(**{name: record[f"__{name}"] for name in known})
    notebook = idea_of(answers)
    if notebook is not None:
        return _from_notebook(notebook, answers)
    try:
        queried = query_of(answers)
    except BadTable:
        return Derived(notebook_file=_notebook_file(answers))
    if queried:
        return _from_query(queried, answers)
    path = data_path(answers)
    try:
        table = table_of(answers)
    except ValueError:
        return Derived(**_names(path), notebook_file=_notebook_file(answers))
    return replace(
        _from_table(table, answers),
        **_names(table.path),
        data_read=_read_options(table.options) if table.options else "",
        packages=_reader_of(table),
    )


def _from_query(queried: QueriedTable, answers: Mapping[str, str]) -> Derived:
    connection, table = queried.connection, queried.table
    stem = file_stem_for(connection.name)
    return replace(
        _from_table(table, answers),
        data_path=connection.shown,
        data_file=f"{stem}.parquet",
        data_name=stem,
        data_kind=connection.kind,
        data_url=connection.url,
        data_query=connection.query,
    )


def _from_table(table: Table, answers: Mapping[str, str]) -> Derived:
    tasks = table.tasks or ("",)
    task = answers.get("__task") or tasks[0]
    return Derived(
        data_format=table.format,
        data_rows=str(table.rows) if table.columns else "",
        data_columns=str(len(table.columns)) if table.columns else "",
        target=table.target,
        task=tasks[0],
        other_task="".join(tasks[1:]),
        data_notes="\n".join(table.notes),
        because=table.because if task == tasks[0] else "",
        split_kind="stratified" if task == "classification" else "random",
        metric="balanced_accuracy" if task == "classification" else "r2",
        notebook_file=_notebook_file(answers),
    )


def _names(path: Path) -> dict[str, str]:
    """Name a table's file and its configuration in the repo."""
    stem = file_stem_for(path.stem)
    suffix = path.suffix.lower() if path.suffix.lower() in SUFFIXES else ""
    return {"data_path": str(path), "data_file": stem + suffix, "data_name": stem}


def _reader_of(table: Table) -> str:
    """Name the package that pandas reads a workbook with."""
    if table.format != "excel":
        return ""
    return OLD_EXCEL if table.path.suffix.lower() == ".xls" else EXCEL


def _from_notebook(idea: Idea, answers: Mapping[str, str]) -> Derived:
    reading = idea.reading
    sklearn, sql = idea.source.format == "sklearn", idea.source.format == "sql"
    stem = file_stem_for(idea.path.suffix[1:] if sklearn else idea.path.stem)
    search = "notebook" if idea.searched else "none"
    options = {} if sql else dict(idea.source.options)
    if idea.source.format == "csv":
        options = {"sep": ",", **options}
    return Derived(
        data_path=str(idea.path),
        data_file=idea.file,
        data_name=stem.removeprefix("load_").removeprefix("fetch_"),
        data_format="parquet" if sql else idea.source.format,
        data_kind="sqlite" if sql else "",
        data_url=f"sqlite:///{idea.path.absolute().as_posix()}" if sql else "",
        data_query=str(idea.source.options["query"]) if sql else "",
        data_dates=json.dumps(idea.source.options.get("parse_dates", []), ensure_ascii=False)
        if sql
        else "",
        data_read=_read_options(options) if options else "",
        data_rows=str(idea.summary.rows),
        data_columns=str(len(idea.summary.columns)),
        data_features=json.dumps(reading.used, ensure_ascii=False),
        target=reading.target.column,
        task=idea.task,
        split_kind=idea.split_kind,
        classes=_flow(idea.numbers),
        split_column=held_back_column(idea)
        if idea.split_kind == "predefined"
        else idea.split_column or "",
        test_size=f"{idea.test_size:g}",
        features=_features(idea),
        model=idea.estimator.name,
        search=search,
        metric=idea.metric,
        threshold="null",
        seed=str(idea.seed),
        packages=" ".join(packages(idea)),
        notebook="yes",
        notebook_file=_notebook_file(answers),
        sample="yes" if sampled(idea) else "",
        look_ups=" ".join(each.name for each in idea.look_ups),
        compared=" ".join(sorted(only_compared(idea))),
    )


def _features(idea: Idea) -> str:
    """Name the choice in `conf/features/`: raw columns need preparation."""
    if idea.unparted:
        return "default"
    return "notebook" if idea.estimator.before else "none"


def _flow(numbers: Mapping[Label, int]) -> str:
    """Write the notebook's number for each class as a mapping in one line of YAML."""
    pairs = [f"{json.dumps(label, ensure_ascii=False)}: {n}" for label, n in numbers.items()]
    return f"{{{', '.join(pairs)}}}" if pairs else ""


def _notebook_file(answers: Mapping[str, str]) -> str:
    if not answers["notebook"]:
        return ""
    path = Path(answers["notebook"])
    stem = file_stem_for(path.stem)
    return f"{'my_report' if stem == 'report' else stem}{path.suffix}"


def _read_options(options: Mapping[str, object]) -> str:
    text = dumped(options)
    return "\n".join(f"  {line}" for line in text.splitlines())
