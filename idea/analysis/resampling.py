"""Resampling of rows: what the notebook resamples, and whether test rows are among them."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.slices import Slices
from idea.analysis.splits import Split
from idea.models import Estimator, with_sampler
from idea.program import Script
from idea.program.static_values import Unknown, resolve
from idea.syntax import brief


@dataclass(frozen=True)
class Resampling:
    """A statement that resamples rows.

    Attributes:
        cell: number of its cell.
        name: of the sampler's class, or what calls it.
        before_split: whether rows of the test set are resampled too.
        sampler: the object that resamples.
        position: of the statement.
    """

    cell: int
    name: str
    before_split: bool
    sampler: ast.expr
    position: int

    def note(self, class_weight: object) -> str:
        """Say that it is not carried over, and what does the same where something does.

        Args:
            class_weight: the model's own; None if it has none.
        """
        same = (
            f"the model's class weights ({class_weight}) have a like effect"
            if class_weight is not None
            else "the model is fitted to the rows as they are"
        )
        return f"`{self.name}` resamples rows, which is not carried over: {same}"


def find_resampling(slices: Slices, split: Split) -> tuple[Resampling, ...]:
    """Find the statements that resample rows on their way to the fit.

    Args:
        slices: the statements behind the fit.
        split: how the notebook splits.
    """
    found: dict[ast.Call, Resampling] = {}
    for position in slices.X:
        step = slices.steps[position]
        if step.role == "resample" and step.call is not None:
            assert isinstance(step.call.func, ast.Attribute)
            name = _sampler(step.call, NamesAtStep(slices.script, position))
            leaks = position < split.position or (split.position < 0 and slices.fit.crossed)
            sampler = step.call.func.value
            found[step.call] = Resampling(step.cell, name, leaks, sampler, position)
    return tuple(found.values())


def with_resampling(
    estimator: Estimator, resampled: Sequence[Resampling], script: Script
) -> tuple[Estimator, tuple[tuple[int, str], ...]]:
    """Fit a model to resampled rows, as the notebook does.

    Args:
        estimator: the model.
        resampled: the statements that resample rows.
        script: the notebook's code.

    Returns:
        The model, and what was not carried over, by cell.
    """
    if len(resampled) == 1:
        (one,) = resampled
        whole = with_sampler(estimator, one.sampler, NamesAtStep(script, one.position))
        if whole is not None:
            return whole, ()
    weight = estimator.config.get("class_weight")
    return estimator, tuple((one.cell, one.note(weight)) for one in resampled)


def _sampler(call: ast.Call, names: NamesAtStep) -> str:
    assert isinstance(call.func, ast.Attribute)
    try:
        sampler = resolve(call.func.value, names)
    except Unknown:
        sampler = call.func.value
    path = names.path(sampler.func) if isinstance(sampler, ast.Call) else None
    return path.rpartition(".")[2] if path else brief(call, 40)
