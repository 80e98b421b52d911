"""Writes the configuration that comes from a notebook: its models, search, pipeline and parity."""

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from idea.analysis import Idea
from idea.analysis.held_back import selections
from idea.analysis.unneeded import needed_files, unneeded_lines
from idea.codegen.yaml_text import dumped
from idea.models import Estimator
from idea.models.probabilities import PACKAGE
from idea.notebooks.magics import plain_python
from idea.tables import query_key


def model_file(estimator: Estimator, package: str, own: bool) -> str:
    """Write a file of `conf/model/`.

    Args:
        estimator: the model.
        package: the repo's package.
        own: whether it is the notebook's final model.
    """
    text = "# The notebook's final model.\n" if own else "# A model that the notebook also tries.\n"
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


def preprocessing_file(package: str) -> str:
    """Write `conf/features/notebook.yaml`, which names the function `preprocessing`."""
    return (
        "# The steps of the notebook's pipeline before its model: `preprocessing` in features.py.\n"
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


def parity_file(idea: Idea, notebook: str, source: Path) -> str:
    """Write `notebooks/parity.yaml`: how the notebook is compared with the repo.

    Args:
        idea: the result of the analysis.
        notebook: the notebook's name in the repo.
        source: the folder of the repo's package, with the modules that are written from the
            notebook.
    """
    reading = idea.reading
    current = {
        cell.number: code
        for cell in idea.notebook.cells
        if (code := idea.script.current.get(cell.number, cell.code)).rstrip()
        != plain_python(cell.source).code.rstrip()
    }
    content: dict[str, Any] = {
        "notebook": f"notebooks/{notebook}",
        "data": {**_places_of_data(idea), **_places_of_modules(idea)},
        "fit": {
            "cell": reading.fit.written.cell,
            "line": reading.fit.line,
            "X": reading.fit.written.X,
            "y": reading.fit.written.y,
        },
        "split": reading.split.position >= 0,
        "before_split": reading.features.before_split if reading.split.position >= 0 else [],
        "before_filters": reading.features.before_filters,
        "today": current,
        "written": {
            name: sha256((source / name).read_bytes()).hexdigest()
            for name in ("features.py", "prepare.py")
        },
    }
    step = idea.script.program.steps[reading.fit.position]
    if step.written_in < 0:  # a cell calls it, but one of the author's own modules holds it
        content["fit"] = {**content["fit"], "line": step.line, "inside": idea.estimator.path}
    elif (step.cell, step.line) != (reading.fit.written.cell, reading.fit.line):
        content["at"] = {"cell": step.cell, "line": step.line}
    if idea.unparted:
        content["unparted"] = idea.unparted
    if idea.blended:
        content["blended"] = True
    if unneeded := unneeded_lines(idea):
        content["skip"] = unneeded
    if parting := _parting_lines(idea):
        content["parting"] = parting
    order = [cell.number for cell in idea.notebook.in_order()]
    if order != sorted(order):
        content["order"] = order
    return "# How the notebook is compared: its table, and its final fit.\n" + dumped(content)


def _parting_lines(idea: Idea) -> dict[int, list[int]]:
    """Give the lines, by cell, of the selections by which the notebook holds rows back by hand."""
    slices, split = idea.reading.slices, idea.reading.split
    if split.call is not None or split.by_hand is None:
        return {}
    of_y = [at for at in slices.y_lineage if at >= split.position and at not in slices.X_lineage]
    found: dict[int, set[int]] = {}
    for at in {*split.by_hand.selections, *selections(of_y, slices)}:
        step = slices.steps[at]
        if step.written_in >= 0:
            found.setdefault(step.written_in, set()).add(step.node.lineno)
    return {cell: sorted(lines) for cell, lines in sorted(found.items())}


def _places_of_data(idea: Idea) -> dict[str, str]:
    """Give the tables' places in the repo by those that the notebook names."""
    written = [(idea.source.as_written, idea.file)] if idea.file else []
    if idea.source.format == "sql":
        written = [(query_key(idea.source), idea.file)]
    written += [(each.source.as_written, each.name) for each in idea.look_ups]
    written += [(each.as_written, each.name) for each in needed_files(idea)]
    return {each: f"data/raw/{name}" for each, name in written}


def places_of_modules(idea: Idea) -> dict[Path, str]:
    """Give the places of the author's own modules in the repo, by their files."""
    folder = idea.notebook.path.parent.resolve()
    return {
        path: f"notebooks/{_relative(path, folder).lstrip('./')}" for path in idea.script.modules
    }


def _places_of_modules(idea: Idea) -> dict[str, str]:
    folder = idea.notebook.path.parent.resolve()
    return {_relative(path, folder): place for path, place in places_of_modules(idea).items()}


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _packaged(value: Any, package: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _packaged(item, package) for key, item in value.items()}
    if isinstance(value, list):
        return [_packaged(item, package) for item in value]
    return value.replace(PACKAGE, package) if isinstance(value, str) else value
