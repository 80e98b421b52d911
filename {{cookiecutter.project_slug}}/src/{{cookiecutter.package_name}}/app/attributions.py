"""Attributes a prediction to columns: the change if one column at a time were unknown.

This is the prediction difference of Robnik-Sikonja and Kononenko (Explaining Classifications For
Individual Instances, 2008): a column's value is replaced by those of reference rows, one after the
other, and the answers are averaged. It asks any model, and little of it. Columns that act together
are not told apart, so the differences need not add up to the prediction.
"""

from collections import Counter
from contextlib import suppress
from typing import Any

from ..runtime.base import Columns
from ..runtime.rows import BadRows
from ..runtime.served_model import ServedModel

CELLS = 1_000_000  # that the model is asked about at once


def attributions(model: ServedModel, row: dict[str, Any], reference: Columns) -> dict[str, float]:
    """By how much each feature's value raises the prediction, the largest change first.

    It is the number of a regression, or the probability of the class that is predicted. A feature
    that the model's steps can't work on among the values of other rows is left out.

    Args:
        model: what answers.
        row: checked values.
        reference: checked rows, at least one.
    """
    (answer,) = model.answers({name: [value] for name, value in row.items()})
    rows = max(map(len, reference.values()))
    at_once = max(1, CELLS // (rows * len(row)))
    names = list(row)
    found: dict[str, float] = {}
    for start in range(0, len(names), at_once):
        some = names[start : start + at_once]
        try:
            found |= _differences(model, row, answer, {name: reference[name] for name in some})
        except BadRows:
            for name in some:
                with suppress(BadRows):
                    found |= _differences(model, row, answer, {name: reference[name]})
    return dict(sorted(found.items(), key=lambda item: -abs(item[1])))


def _differences(
    model: ServedModel, row: dict[str, Any], answer: dict[str, Any], reference: Columns
) -> dict[str, float]:
    counts = {name: Counter(values) for name, values in reference.items()}
    rows: dict[str, list[Any]] = {name: [] for name in row}
    for changed, values in counts.items():  # what occurs twice is asked once
        for name, value in row.items():
            rows[name] += values if name == changed else [value] * len(values)
    scores = (_score(other, answer) for other in model.answers(rows))
    now = _score(answer, answer)
    return {
        name: now - sum(next(scores) * count for count in values.values()) / values.total()
        for name, values in counts.items()
    }


def _score(answer: dict[str, Any], shown: dict[str, Any]) -> float:
    """The number that moves: the predicted one, or how probable the shown class is."""
    if "probabilities" in answer:
        return float(answer["probabilities"][str(shown["prediction"])])
    return float(answer["prediction"])
