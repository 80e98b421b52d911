"""Puts the best parameters that a study of Optuna found in the place of `study.best_params`.

They stand in the notebook's outputs: as a dict that a cell prints, or in the study's own log.
"""

import ast
import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from idea.notebooks import Notebook
from idea.program.dataflow import Step
from idea.program.names_used import root
from idea.syntax import import_path

_DICT = re.compile(r"\{[^{}]*\}")
_BEST = re.compile(r"Best is trial (\d+)")
_TRIAL = re.compile(r"Trial (\d+) finished with value[^{}]*parameters: (\{[^{}]*\})")


def with_found_parameters(
    steps: Iterable[Step], notebook: Notebook, imports: Mapping[str, str]
) -> list[Step]:
    """Replace `study.best_params` by what the outputs show, where they do.

    Args:
        steps: the statements, which stay as they are.
        notebook: the notebook, with its outputs.
        imports: dotted paths by the names that they are imported as.
    """
    steps = list(steps)
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)) if (
                import_path(function, imports) == "optuna.create_study"
            ):
                shown = _shown(name, notebook)
                if shown:
                    found[name] = shown
    if not found:
        return steps
    return [replace(step, node=_Found(found).visit(copy.deepcopy(step.node))) for step in steps]


def _shown(name: str, notebook: Notebook) -> dict[str, Any]:
    """Give the best parameters of a study as the outputs show them last; none if they do not."""
    best: dict[str, Any] = {}
    asks = re.compile(rf"(?<!\w){re.escape(name)}\.best_(params|trial)")
    for cell in notebook.cells:
        text = "\n".join(cell.outputs)
        if asks.search(cell.source):
            for written in _DICT.findall(text):
                best = _read(written) or best
        if f"{name}.optimize" in cell.source and (numbers := _BEST.findall(text)):
            trials = dict(_TRIAL.findall(text))
            best = _read(trials.get(numbers[-1], "")) or best
    return best


def _read(text: str) -> dict[str, Any]:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {}
    return found if isinstance(found, dict) and all(isinstance(key, str) for key in found) else {}


class _Found(ast.NodeTransformer):
    """Writes the dict for `study.best_params`, `study.best_trial.params`."""

    def __init__(self, found: Mapping[str, Mapping[str, Any]]) -> None:
        self.found = found

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node:
            case (
                ast.Attribute(value=ast.Name(), attr="best_params")
                | ast.Attribute(
                    value=ast.Attribute(value=ast.Name(), attr="best_trial"), attr="params"
                )
            ):
                best = self.found.get(root(node) or "")
                if best:
                    written = ast.parse(repr(dict(best)), mode="eval").body
                    return ast.fix_missing_locations(ast.copy_location(written, node))
        self.generic_visit(node)
        return node
