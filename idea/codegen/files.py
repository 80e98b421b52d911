"""Writes all files of a rendered repo that come from a notebook."""

import ast
import json
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from idea.analysis import Idea
from idea.codegen.bindings import imported_packages, unbound_names, unknown_packages
from idea.codegen.config_files import (
    model_file,
    parity_file,
    places_of_modules,
    preprocessing_file,
    search_file,
)
from idea.codegen.features_module import features_module
from idea.codegen.module_writer import GeneratedModule
from idea.codegen.notebook_report import document
from idea.codegen.prepare_module import prepare_module
from idea.codegen.raw_columns_module import raw_columns_module
from idea.codegen.sample_rows import write_look_ups, write_sample
from idea.knowledge.packages import DRAWING, EXCEL, OLD_EXCEL, REQUIREMENTS


@dataclass(frozen=True)
class Modules:
    """The modules that are written from a notebook."""

    features: GeneratedModule
    prepare: GeneratedModule | None

    @property
    def named(self) -> dict[str, GeneratedModule]:
        """The modules by their files' names."""
        prepare = {"prepare.py": self.prepare} if self.prepare is not None else {}
        return {"features.py": self.features, **prepare}


def modules(idea: Idea, notebook: str, target: str) -> Modules:
    """Write the text of the modules.

    Args:
        idea: the result of the analysis.
        notebook: the notebook's name in `notebooks/`.
        target: the target column's name.
    """
    does_something = idea.reading.preparation.does_something
    prepare = prepare_module(idea, notebook, target) if does_something else None
    features = raw_columns_module(idea) if idea.unparted else features_module(idea, notebook)
    return Modules(features, prepare)


@lru_cache(maxsize=8)
def _trees(idea: Idea) -> dict[str, ast.Module]:
    made = modules(idea, idea.notebook.path.name, idea.reading.target.column)
    return {name: ast.parse(module.text) for name, module in made.named.items()}


def packages(idea: Idea) -> list[str]:
    """Give the requirements of the model and the steps beyond those of every repo."""
    config = json.dumps(idea.estimator.config)
    imported = {package for tree in _trees(idea).values() for package in imported_packages(tree)}
    if idea.unparted:  # the notebook's own cells are to run
        imported |= {path.partition(".")[0] for path in idea.script.imports.values()} - {*DRAWING}
    used = [name for name in REQUIREMENTS if name in imported or f"{name}." in config]
    found = {REQUIREMENTS[name] for name in used}
    tables = [(idea.source, idea.path), *((each.source, each.path) for each in idea.look_ups)]
    found |= {
        OLD_EXCEL if path.suffix.lower() == ".xls" else EXCEL
        for source, path in tables
        if source.format == "excel"
    }
    return sorted(found)


@lru_cache(maxsize=8)
def why_it_would_fail(idea: Idea) -> str:
    """Say why a module would fail before it works on a row; empty if none would."""
    for name, tree in _trees(idea).items():
        for unbound in unbound_names(tree):
            where = f" in `{unbound.function}`" if unbound.function else ""
            return f"{name} would use `{unbound.name}`{where}, which nothing makes"
        for package in unknown_packages(tree):
            return f"{name} would import `{package}`, a package that is not known here"
    return ""


def write_idea(
    repo: Path, package: str, notebook: str, idea: Idea, target: str, *, experiments: bool
) -> None:
    """Write all files that come from the notebook.

    Args:
        repo: the rendered repo.
        package: its package.
        notebook: the notebook's name in `notebooks/`.
        idea: the result of the analysis.
        target: the target column's name.
        experiments: whether the other models that the notebook tries become choices; otherwise
            the report holds them, and the notebook's final model is the only choice.

    Raises:
        OSError: a file can't be written.
    """
    source = repo / "src" / package
    made = modules(idea, notebook, target)
    for name, module in made.named.items():
        _write(source / name, module.text)
    models = repo / "conf" / "model"
    also_tried = {other.name: model_file(other, package, own=False) for other in idea.others}
    if experiments:
        for name, text in also_tried.items():
            if not (models / f"{name}.yaml").exists():
                _write(models / f"{name}.yaml", text)
    if not idea.unread:
        if not experiments:
            shutil.rmtree(models)
        final = model_file(idea.estimator, package, own=True)
        _write(models / f"{idea.estimator.name}.yaml", final)
    if idea.searched and idea.estimator.search:
        _write(repo / "conf" / "search" / "notebook.yaml", search_file(idea.estimator, package))
    if idea.estimator.before:
        _write(repo / "conf" / "features" / "notebook.yaml", preprocessing_file(package))
    for path, place in places_of_modules(idea).items():
        _write(repo / place, path.read_text(encoding="utf-8-sig"))
    _write(repo / "notebooks" / "parity.yaml", parity_file(idea, notebook, source))
    prepare_steps = made.prepare.steps if made.prepare is not None else ()
    steps = {"features": made.features.steps, "prepare": prepare_steps}
    report = document(idea, notebook, steps, {} if experiments else also_tried)
    _write(repo / "docs" / "from-the-notebook.md", report)
    write_sample(idea, repo / "tests")
    write_look_ups(idea, repo / "tests")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
