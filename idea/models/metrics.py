"""The metric that a notebook judges its models by, and the scores that it shows."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt

from idea.knowledge.metrics import ALIASES, NEAREST, SCORERS
from idea.models.measures import LOOK, ON_TRAIN, Measure, Measures, called
from idea.models.printed import (
    Template,
    is_print,
    lone_number,
    printed_numbers,
    reported_accuracy,
)
from idea.models.row_origins import RowOrigins
from idea.program import Step
from idea.program.static_values import Names
from idea.syntax import brief, walk

_MOST_TEXT = 20_000  # characters of a cell's output that are looked at, from its end


@dataclass(frozen=True)
class Score:
    """A metric that a notebook computes on rows that were not trained on.

    Attributes:
        metric: its scorer's name in the rendered repository.
        value: as the scorer gives it (errors are negative, shares at most 1); None if the
            notebook does not show it, or shows one that is not quite this metric.
        cell: number of the cell that computes it.
        text: the call.
        call: the call.
        position: of the step that makes the call.
    """

    metric: str
    value: float | None
    cell: int
    text: str
    call: ast.Call
    position: int


def judged_by(
    steps: Sequence[Step],
    outputs: Mapping[int, tuple[str, ...]],
    names: Names,
    task: str,
) -> tuple[str, tuple[Score, ...]]:
    """Find the metric that a notebook judges its models by, and the scores that it computes.

    Args:
        steps: the statements in the order in which they run.
        outputs: the texts that each cell shows.
        names: what the notebook's names stand for.
        task: regression, binary, multiclass; or classification, if only that is known.

    Returns:
        The scorer's name in the rendered repository, and the scores.
    """
    judge = _Judge(Measures(names, task, RowOrigins(steps)), task)
    for cell, group in groupby(enumerate(steps), key=lambda pair: pair[1].cell):
        judge.read(list(group), outputs.get(cell, ()))
    return judge.metric(), judge.scores()


class _Judge:
    """Collects the metrics of a notebook's cells, and what their outputs show of them."""

    def __init__(self, measures: Measures, task: str) -> None:
        self.measures = measures
        self.task = task
        self.found: dict[ast.Call, tuple[int, int, Measure]] = {}
        self.values: dict[ast.Call, float] = {}

    def metric(self) -> str:
        """Choose ROC AUC if it is computed; else the last of those with the strongest evidence."""
        supported = [
            (measure.weight, measure.metric, name)
            for *_, measure in self.found.values()
            if (name := self._supported(measure.metric)[0])
        ]
        if not supported:
            return self.measures.default
        for weight, _, name in supported:
            if name.startswith("roc_auc") and weight > LOOK:
                return name
        most = max(weight for weight, _, _ in supported)
        best = {metric: name for weight, metric, name in supported if weight == most}
        last = [metric for weight, metric, _ in supported if weight == most][-1]
        kind, _, average = last.partition("_")
        other = {"precision": "recall", "recall": "precision"}.get(kind)
        if other and last.replace(kind, other) in best:
            # Both are computed, so neither alone is what counts.
            return self._supported(f"f1_{average}" if average else "f1")[0] or best[last]
        return best[last]

    def scores(self) -> tuple[Score, ...]:
        scores = []
        for call, (position, cell, measure) in self.found.items():
            name, exact = self._supported(measure.metric)
            if name and measure.weight > ON_TRAIN:
                value = self.values.get(call) if exact else None
                scores.append(Score(name, value, cell, brief(call), call, position))
        return tuple(scores)

    def read(self, steps: list[tuple[int, Step]], outputs: tuple[str, ...]) -> None:
        """Take in a cell.

        Args:
            steps: its statements, with their positions.
            outputs: the texts that it shows.
        """
        text = "\n".join(outputs)[-_MOST_TEXT:]
        templates: list[Template[Measure]] = []
        for position, step in steps:
            self._look(position, step, text)
            if isinstance(step.node, ast.Expr) and is_print(step.node.value):
                templates.append(Template(step.node.value, self.measures.of))
        last = steps[-1][1].node
        shown = self.measures.of(last.value) if isinstance(last, ast.Expr) else None
        lone = lone_number(outputs[-1]) if outputs else None
        if shown and lone:
            self._show(shown, lone)
        for measure, number in printed_numbers(templates, text):
            self._show(measure, number)

    def _look(self, position: int, step: Step, text: str) -> None:
        calls = [node for node in walk(step.node) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            measure = self.measures.of_call(call)
            if measure and measure.call is call:
                self.found[call] = (position, step.cell, measure)
                reported = reported_accuracy(text)
                if reported and called(call, self.measures.names) == "classification_report":
                    self._show(measure, reported)
        self.measures.follow(step)

    def _supported(self, metric: str) -> tuple[str | None, bool]:
        """Give the rendered repository's name for a metric, and whether it is the same number."""
        if metric in SCORERS[self.task]:
            return metric, True
        if self.task == "regression" and metric == "neg_mean_squared_error":
            return "neg_root_mean_squared_error", True
        if self.task != "regression" and metric in ALIASES:
            return ALIASES[metric], True
        return NEAREST[self.task].get(metric), False

    def _show(self, measure: Measure, number: str) -> None:
        """Record a shown number as the scorer gives it."""
        value = abs(float(number)) if measure.metric.startswith("neg_") else float(number)
        if measure.metric.startswith("neg_"):
            value = -sqrt(value) if measure.metric == "neg_mean_squared_error" else -value
        elif value > 1:
            if value > 100:
                return
            value = round(value / 100, 12)
        self.values.setdefault(measure.call, value)
