"""Writes all files of a rendered repo that come from a notebook."""

import json
from collections.abc import Iterator
from pathlib import Path

from idea.analysis import Idea
from idea.codegen.config_files import model_file, parity_file, preprocessing_file, search_file
from idea.codegen.features_module import features_module
from idea.codegen.notebook_report import document
from idea.codegen.prepare_module import prepare_module
from idea.codegen.sample_rows import write_sample
from idea.codegen.step_functions import Function
from idea.knowledge.packages import EXCEL, REQUIREMENTS
from idea.program.names_used import free_names


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
    """Write all files that come from the notebook.

    Args:
        repo: the rendered repo.
        package: its package.
        notebook: the notebook's name in `notebooks/`.
        idea: the result of the analysis.
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
    for estimator in (*(() if idea.unread else (idea.estimator,)), *idea.others):
        own = estimator is idea.estimator
        path = models / f"{estimator.name}.yaml"
        if own or not path.exists():
            _write(path, model_file(estimator, package, own))
    if idea.searched and idea.estimator.search:
        _write(repo / "conf" / "search" / "notebook.yaml", search_file(idea.estimator, package))
    if idea.estimator.before:
        _write(repo / "conf" / "features" / "notebook.yaml", preprocessing_file(package))
    _write(repo / "notebooks" / "parity.yaml", parity_file(idea, notebook, repo))
    report = document(idea, notebook, features.steps, prepare_steps)
    _write(repo / "docs" / "from-the-notebook.md", report)
    write_sample(idea, repo / "tests")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
