"""Writes into a rendered repo what came from the notebook: modules, configuration, documents."""

import csv
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from idea.analysis import Idea
from idea.codegen.features_module import features_module
from idea.codegen.notebook_report import document
from idea.codegen.prepare_module import prepare_module
from idea.codegen.step_functions import Function
from idea.knowledge.packages import EXCEL, REQUIREMENTS
from idea.models import Estimator
from idea.models.estimators import PACKAGE
from idea.program.names_used import free_names
from idea.tables import read_rows

SAMPLE_ROWS = 400
_SAMPLE_BYTES = 150_000


def packages(idea: Idea) -> list[str]:
    """Give the requirements of the model and the steps beyond those of every repo."""
    config = json.dumps(idea.estimator.config)
    modules = {path.split(".")[0] for path in _module_imports(idea)}
    used = [name for name in REQUIREMENTS if name in modules or f"{name}." in config]
    found = {REQUIREMENTS[name] for name in used}
    return sorted(found | {EXCEL} if idea.source.format == "excel" else found)


def _module_imports(idea: Idea) -> Iterator[str]:
    for part in [*idea.reading.features.statements, *idea.reading.preparation.statements]:
        for name in free_names(part.node):
            if name in idea.script.imports:
                yield idea.script.imports[name]


def write_idea(repo: Path, package: str, notebook: str, idea: Idea, target: str) -> None:
    """Write everything that came from the notebook.

    Args:
        repo: the rendered repo.
        package: its package.
        notebook: the notebook's name in `notebooks/`.
        idea: what was read.
        target: the target column's name.

    Raises:
        OSError: a file can't be written.
    """
    source = repo / "src" / package
    features = features_module(idea, notebook)
    _write(source / "features.py", features.text)
    prepare_steps: tuple[Function, ...] = ()
    if idea.reading.preparation.does_something:
        prepare = prepare_module(idea, notebook, target)
        _write(source / "prepare.py", prepare.text)
        prepare_steps = prepare.steps
    models = repo / "conf" / "model"
    for estimator in (idea.estimator, *idea.others):
        own = estimator is idea.estimator
        path = models / f"{estimator.name}.yaml"
        if own or not path.exists():
            _write(path, model_file(estimator, package, own))
    if idea.searched and idea.estimator.search:
        _write(repo / "conf" / "search" / "notebook.yaml", search_file(idea.estimator, package))
    if idea.estimator.before:
        _write(repo / "conf" / "features" / "notebook.yaml", _preprocessing_file(package))
    _write(repo / "notebooks" / "parity.yaml", parity_file(idea, notebook, repo))
    report = document(idea, notebook, features.steps, prepare_steps)
    _write(repo / "docs" / "from-the-notebook.md", report)
    _sample(idea, repo / "tests")


def model_file(estimator: Estimator, package: str, own: bool) -> str:
    """Write a file of `conf/model/`."""
    text = "# As the notebook has it.\n" if own else "# Tried in the notebook.\n"
    space = dict(estimator.search.space) if estimator.search else {}
    content = {
        "name": estimator.name,
        "estimator": _packaged(estimator.config, package),
        "space": space,
    }
    return text + dumped(content)


def search_file(estimator: Estimator, package: str) -> str:
    """Write the notebook's search as a file of `conf/search/`."""
    search = estimator.search
    assert search is not None
    target = f"{package}.experiments.search.{search.kind}"
    content: dict[str, Any] = {"_target_": target, "cv": search.cv or 5}
    if search.kind == "random":
        content["n_iter"] = search.n_iter or 10
    if search.kind == "optuna":
        content["n_trials"] = search.n_iter or 30
    if search.kind == "halving":
        content |= {"n_candidates": search.n_iter or 30, "factor": 3}
    return "# The notebook's own search.\n" + dumped(content)


def _preprocessing_file(package: str) -> str:
    return (
        "# What the notebook's pipeline does before its model: `preprocessing` in features.py.\n"
        + dumped(
            {
                "_target_": f"{package}.model.preprocess.FromColumns",
                "_convert_": "all",
                "make": {
                    "_target_": "hydra.utils.get_method",
                    "path": f"{package}.features.preprocessing",
                },
            }
        )
    )


def parity_file(idea: Idea, notebook: str, repo: Path) -> str:
    """Write what `make parity` needs to know."""

    reading = idea.reading
    data = {}
    if idea.source.format != "sklearn":
        raw = next(
            (
                p
                for p in sorted((repo / "data" / "raw").glob("*"))
                if p.suffix != ".dvc" and p.name != ".gitignore"
            ),
            None,
        )
        if raw is not None:
            data[idea.source.as_written] = f"data/raw/{raw.name}"
    today = {}
    for cell in idea.notebook.cells:
        new = idea.script.current.get(cell.number)
        if new is not None and new.rstrip() != cell.code.rstrip():
            today[cell.number] = new
    content = {
        "notebook": f"notebooks/{notebook}",
        "data": data,
        "fit": {
            "cell": reading.fit.written.cell,
            "line": reading.fit.line,
            "X": reading.fit.written.X,
            "y": reading.fit.written.y,
        },
        "split": reading.split.position >= 0,
        "before_split": reading.features.before_split if reading.split.position >= 0 else [],
        "today": today,
    }
    order = [cell.number for cell in idea.notebook.in_order()]
    if order != sorted(order):
        content["order"] = order
    return "# What `make parity` runs, and what it looks at there.\n" + dumped(content)


def dumped(content: Mapping[str, Any]) -> str:
    """Write YAML as a person would: in order, short lists on one line."""
    return yaml.dump(
        _plain(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000
    )


class _Flow(list[Any]):
    """A list on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(
    _Flow, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, True)
)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        simple = all(not isinstance(i, dict | list) for i in items)
        return _Flow(items) if simple and len(str(items)) < 80 else items
    return value


def _packaged(value: Any, package: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _packaged(item, package) for key, item in value.items()}
    if isinstance(value, list):
        return [_packaged(item, package) for item in value]
    return value.replace(PACKAGE, package) if isinstance(value, str) else value


def sampled(idea: Idea) -> bool:
    """Whether rows of the table can be given to the tests."""
    if idea.source.format == "csv":
        return len(str(idea.source.options.get("sep", ","))) == 1
    if idea.source.format in ("excel", "json"):
        return not idea.summary.dates  # which are texts in a CSV
    return idea.source.format == "sklearn"


def _sample(idea: Idea, folder: Path) -> None:
    """Write rows of the table from all over it, for the tests to run on."""
    if not sampled(idea) or idea.source.format == "sklearn":
        return
    if idea.source.format != "csv":
        _sample_table(idea, folder)
        return
    options = idea.source.options
    sep = str(options.get("sep", ","))
    encoding = str(options.get("encoding", "utf-8-sig"))
    header = 0 if options.get("header", 0) is None or "names" in options else 1
    skipped = options.get("skiprows", 0)
    header += skipped if isinstance(skipped, int) else 0
    every = max(1, idea.summary.rows // SAMPLE_ROWS)
    size = 0
    with (
        idea.path.open(encoding=encoding, newline="") as file,
        (folder / "sample.csv").open("w", encoding="utf-8", newline="") as out,
    ):
        reader = csv.reader(file, delimiter=sep)
        writer = csv.writer(out, delimiter=sep, lineterminator="\n")
        writer.writerows(islice(reader, header))
        for number, row in enumerate(r for r in reader if r):
            if number % every == 0 and size < _SAMPLE_BYTES:
                writer.writerow(row)
                size += sum(map(len, row))


def _sample_table(idea: Idea, folder: Path) -> None:
    """Write rows of what is no CSV as the CSV that reads the same."""
    names, positions, rows = read_rows(idea.path, idea.source)
    every = -(-idea.summary.rows // SAMPLE_ROWS)
    size = 0
    with (folder / "sample.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        for row in islice(rows, 0, None, every):
            if size < _SAMPLE_BYTES:
                writer.writerow([row[at] for at in positions])
                size += sum(len(str(cell)) for cell in row)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
