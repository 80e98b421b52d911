"""Boosted trees that stopped early: the round at which they did, from the notebook's outputs.

A validation part is not set aside while the pipeline trains. The number of rounds is what early
stopping finds, so the model is fitted with that number where an output shows it.
"""

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from idea.analysis.fits import Fit
from idea.analysis.names_at_step import NamesAtStep
from idea.knowledge.estimators import ROUNDS, stem
from idea.models import Estimator
from idea.notebooks import Cell, Notebook
from idea.program import Script
from idea.program.names_used import root
from idea.syntax import walk

_ASKED = re.compile(r"early_?stopping", re.IGNORECASE)
_SAID = re.compile(r"best[ _]?iteration\w*(?: is)?\W{1,4}(\d+)", re.IGNORECASE)
_ATTRIBUTES = ("best_iteration", "best_iteration_", "best_ntree_limit")


def with_rounds(
    estimator: Estimator, fit: Fit, script: Script, notebook: Notebook
) -> tuple[Estimator, tuple[str, ...]]:
    """Give a boosted model the number of rounds at which the notebook's stopped.

    Args:
        estimator: the model.
        fit: its fit.
        script: the notebook's code.
        notebook: the notebook, with its outputs.

    Returns:
        The model, and what to say of it.
    """
    parameters = ROUNDS.get(stem(estimator.path))
    if parameters is None or not _stops_early(fit, script, notebook):
        return estimator, ()
    config = copy.deepcopy(dict(estimator.config))
    own = next((one for one in _configs(config) if one["_target_"] == estimator.path), None)
    if own is None:
        return estimator, ()
    given = next((name for name in parameters if name in own), parameters[0])
    best = _best_round(estimator.path, notebook)
    if best is None:
        rounds = f"all {own[given]}" if given in own else "all"
        return estimator, (
            f"fitted with {rounds} rounds: the notebook stopped early, after a number of rounds "
            f"that no output shows; set `{given}`",
        )
    note = f"the notebook stopped early, after {best} of {own.get(given, 'its')} rounds: "
    own[given] = best
    return replace(estimator, config=config), (f"{note}`{given}` is {best} here",)


def _stops_early(fit: Fit, script: Script, notebook: Notebook) -> bool:
    """Tell whether the cells that make and fit the model speak of early stopping."""
    steps = script.program.steps
    cells = {fit.written.cell, steps[fit.position].cell}
    name = root(fit.estimator)
    made = script.program.last_value(name, fit.names_at) if name else None
    if made is not None:
        cells.add(steps[made[1]].cell)
        names = NamesAtStep(script, made[1])
        values = [names.value(part.id) for part in walk(made[0]) if isinstance(part, ast.Name)]
        if any(_ASKED.search(ast.unparse(value)) for value in values if value is not None):
            return True
    return any(_ASKED.search(cell.source) for cell in notebook.cells if cell.number in cells)


def _configs(value: Any) -> Iterator[dict[str, Any]]:
    """Give a configuration and all that it holds."""
    if isinstance(value, dict):
        if "_target_" in value:
            yield value
        for inner in value.values():
            yield from _configs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _configs(inner)


def _best_round(path: str, notebook: Notebook) -> int | None:
    """Give the number of rounds of the best iteration that the outputs show last."""
    found = None
    for cell in notebook.cells:
        for number in _shown(cell):
            found = number
    if found is None:
        return None
    return found if path.startswith("lightgbm.") else found + 1  # the others count from 0


def _shown(cell: Cell) -> Iterator[int]:
    for output in cell.outputs:
        yield from (int(number) for number in _SAID.findall(output))
    try:
        body = ast.parse(cell.code).body
    except SyntaxError:
        return
    lines = [line for output in cell.outputs for line in output.strip().splitlines()]
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Attribute(attr=attribute)) if attribute in _ATTRIBUTES:
                texts = lines[-1:]
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=arguments)):
                at = _position(arguments)
                words = [line.split() for line in lines]
                texts = [w[at] for w in words if at is not None and len(w) == len(arguments)]
            case _:
                continue
        yield from (int(text) for text in texts if text.isdigit())


def _position(arguments: list[ast.expr]) -> int | None:
    """Give the position of the best iteration among what a call prints."""
    return next(
        (
            at
            for at, one in enumerate(arguments)
            if isinstance(one, ast.Attribute) and one.attr in _ATTRIBUTES
        ),
        None,
    )
