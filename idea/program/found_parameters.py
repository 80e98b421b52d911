"""Puts the best parameters that a search found in the place of the expression that gives them.

That is `study.best_params` of Optuna, and `result.x` of scikit-optimize. They stand in the
notebook's outputs: as a dict or list that a cell prints, or in the study's own log.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from idea.notebooks import Notebook
from idea.program.dataflow import Step
from idea.program.names_used import root
from idea.syntax import copied, import_path

_MINIMIZERS = {
    f"skopt.{name}"
    for name in ("dummy_minimize", "forest_minimize", "gbrt_minimize", "gp_minimize")
}
_PLAIN = (bool, float, int, str)
_LIST = re.compile(r"\[[^\[\]]*\]")
_DICT = re.compile(r"\{[^{}]*\}")
_BEST = re.compile(r"Best is trial (\d+)")
_TRIAL = re.compile(r"Trial (\d+) finished with value[^{}]*parameters: (\{[^{}]*\})")


def with_found_parameters(
    steps: Iterable[Step], notebook: Notebook, imports: Mapping[str, str]
) -> list[Step]:
    """Replace `study.best_params` and `result.x` by what the outputs show, where they do.

    Args:
        steps: the statements, which stay as they are.
        notebook: the notebook, with its outputs.
        imports: dotted paths by the names that they are imported as.
    """
    steps = list(steps)
    found: dict[str, dict[str, Any]] = {}
    points: dict[str, list[Any]] = {}
    for step in steps:
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)) if (
                import_path(function, imports) == "optuna.create_study"
            ):
                shown = _shown(name, notebook)
                if shown:
                    found[name] = shown
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)) if (
                import_path(function, imports) or ""
            ) in _MINIMIZERS and (point := _shown_point(name, notebook)):
                points[name] = point
    if not found and not points:
        return steps
    putting = _Found(found, points)
    return [replace(step, node=putting.visit(copied(step.node))) for step in steps]


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


def _shown_point(name: str, notebook: Notebook) -> list[Any]:
    """Give the best point of a search as a cell that ends with it, or prints it, shows it."""
    asks = re.compile(rf"^(?:print\(|display\()?\s*{re.escape(name)}\.x\s*\)?\s*;?$", re.M)
    best: list[Any] = []
    for cell in notebook.cells:
        if asks.search(cell.source):
            for written in _LIST.findall("\n".join(cell.outputs)):
                try:
                    point = ast.literal_eval(written)
                except (ValueError, SyntaxError):
                    continue
                best = point if all(isinstance(each, _PLAIN) for each in point) else best
    return best


def _read(text: str) -> dict[str, Any]:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {}
    return found if isinstance(found, dict) and all(isinstance(key, str) for key in found) else {}


class _Found(ast.NodeTransformer):
    """Writes what was found for `study.best_params`, `study.best_trial.params`, `result.x`."""

    def __init__(
        self, found: Mapping[str, Mapping[str, Any]], points: Mapping[str, list[Any]]
    ) -> None:
        self.found = found
        self.points = points

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
            case ast.Attribute(value=ast.Name(id=name), attr="x") if name in self.points:
                written = ast.parse(repr(self.points[name]), mode="eval").body
                return ast.fix_missing_locations(ast.copy_location(written, node))
        self.generic_visit(node)
        return node
