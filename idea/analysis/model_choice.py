"""The estimator of the final fit, and the others that the notebook tries."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from idea.analysis.fits import Candidate, Fit
from idea.knowledge.renames import current_value
from idea.models import Estimator
from idea.notebooks import Notebook
from idea.program import Script


def chosen_candidate(fit: Fit, script: Script, notebook: Notebook) -> Candidate:
    """Of the predictors that a loop compares, take the one that an output names; else the last.

    Args:
        fit: the final fit.
        script: the notebook's code, which has names for predictors in a dict.
        notebook: the notebook, with its outputs.
    """
    named: dict[str, str] = {}
    for step in script.program.steps[: fit.position]:
        for node in ast.walk(step.node):
            if isinstance(node, ast.Dict):
                named |= {
                    str(key.value): ast.dump(value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
    candidates = {ast.dump(candidate.node): candidate for candidate in fit.candidates}
    shown = [text.strip().strip("'\"") for cell in notebook.cells for text in cell.outputs]
    for text in reversed(shown):
        if named.get(text) in candidates:
            return candidates[named[text]]
    return fit.candidates[-1]


def other_estimators(chosen: Estimator, fits: Sequence[Fit]) -> tuple[Estimator, ...]:
    """Give the other estimators for the same task, sorted by name, each name once.

    Args:
        chosen: the estimator of the final fit.
        fits: all fits of the notebook.
    """
    others: dict[str, Estimator] = {}
    for fit in fits:
        for candidate in fit.candidates:
            found = candidate.estimator
            if found.path != chosen.path and found.task == chosen.task:
                others.setdefault(found.name, found)
    return tuple(others[name] for name in sorted(others) if name != chosen.name)


def for_many_classes(estimator: Estimator) -> Estimator:
    """Wrap a solver for two classes, which took more by itself in earlier versions."""
    if estimator.config.get("solver") != "liblinear":
        return estimator
    search = estimator.search
    if search is not None:
        space = {f"estimator__{name}": values for name, values in search.space.items()}
        search = replace(search, space=space)
    path = "sklearn.multiclass.OneVsRestClassifier"
    config = {"_target_": path, "estimator": estimator.config}
    return replace(estimator, config=config, search=search)


def with_best_parameters(estimator: Estimator, notebook: Notebook) -> tuple[Estimator, bool]:
    """Take the parameters that the notebook's search found, if its outputs show them.

    Args:
        estimator: the estimator of the final fit.
        notebook: the notebook, with its outputs.

    Returns:
        The estimator, and whether its search has still to be run.
    """
    if estimator.search is None:
        return estimator, False
    own = {_last(key) for key in estimator.search.space}
    best = [found for found in _shown_parameters(notebook) if found and set(found) <= own]
    if not best:
        return estimator, True
    values = {name: current_value(estimator.path, name, v) for name, v in best[-1].items()}
    config = dict(estimator.config)
    inner = config.get("classifier")
    if isinstance(inner, dict) and str(config.get("_target_", "")).endswith("EncodedTarget"):
        config["classifier"] = {**inner, **values}
    else:
        config.update(values)
    return replace(estimator, config=config), False


def _shown_parameters(notebook: Notebook) -> Iterator[dict[str, Any]]:
    """Find the dicts of parameters in the outputs of cells that ask for the best ones."""
    for cell in notebook.cells:
        if "best_params_" not in cell.source and "best_estimator_" not in cell.source:
            continue
        for output in cell.outputs:
            for text in re.findall(r"\{[^{}]*\}", output):
                try:
                    found = ast.literal_eval(text)
                except (ValueError, SyntaxError):
                    continue
                if isinstance(found, dict):
                    yield {_last(key): v for key, v in found.items() if isinstance(key, str)}


def _last(name: str) -> str:
    return name.rpartition("__")[2]
