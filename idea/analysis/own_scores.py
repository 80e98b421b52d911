"""Which of a notebook's scores are those of the model that it settles on."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from idea.analysis.chosen_fit import fit_behind, fits_by_name
from idea.analysis.fits import Candidate, Fit
from idea.analysis.names_at_step import NamesAtStep
from idea.knowledge.estimators import PREDICTING_METHODS
from idea.knowledge.model_selection import CROSS_VALIDATIONS
from idea.models import Score, find_estimator
from idea.program import Script
from idea.syntax import callee_name

_DEEPEST = 4


class OwnScores:
    """Tells the chosen model's scores from those of others."""

    def __init__(self, fits: Sequence[Fit], fit: Fit, chosen: Candidate, script: Script) -> None:
        """Take what the notebook settles on.

        Args:
            fits: all fits of the notebook.
            fit: the final one.
            chosen: its model.
            script: the notebook's code.
        """
        self.fit = fit
        self.chosen = chosen
        self.script = script
        self.by_name = fits_by_name(fits, script)

    def of(self, scores: Sequence[Score]) -> tuple[Score, ...]:
        """Keep the values of the scores that may be the chosen model's, and of no others."""
        return tuple(replace(score, value=self._own_value(score)) for score in scores)

    def _own_value(self, score: Score) -> float | None:
        """Give a score's value if it is the chosen model's, or nobody knows whose it is."""
        if score.value is None:
            return None
        if score.position == self.fit.position and len(self.fit.candidates) > 1:
            return None  # in a loop through several models
        found = _model_of(score.call, score.position, self.script)
        if found is None:
            return score.value
        model, position = found
        if callee_name(score.call) in CROSS_VALIDATIONS:
            estimator = find_estimator(model, NamesAtStep(self.script, position))
            return score.value if estimator in (None, self.chosen.estimator) else None
        behind = fit_behind(model, self.by_name, position, self.script)
        same = behind is None or behind.position == self.fit.position
        return score.value if same else None


def _model_of(
    node: ast.expr, position: int, script: Script, depth: int = 0
) -> tuple[ast.expr, int] | None:
    """Find the model whose score or predictions a value is, and the step; None if unknown.

    Args:
        node: the expression of the value.
        position: of the step with the expression.
        script: the notebook's code.
        depth: how many names were followed on the way to the expression.
    """
    if depth > _DEEPEST:
        return None
    match node:
        case ast.Call(func=ast.Attribute(value=model, attr=method)) if (
            method in PREDICTING_METHODS and script.path(node.func) is None
        ):
            return model, position
        case ast.Call(args=[model, *_]) if callee_name(node) in CROSS_VALIDATIONS:
            return model, position
        case ast.Name(id=name):
            value = script.program.last_value(name, position + 1)
            return _model_of(*value, script, depth + 1) if value else None
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword):
            child = child.value
        if isinstance(child, ast.expr):
            found = _model_of(child, position, script, depth + 1)
            if found is not None:
                return found
    return None
