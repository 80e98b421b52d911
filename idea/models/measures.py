"""Identifies expressions whose value is a metric."""

import ast
from dataclasses import dataclass, replace

from idea.knowledge.metrics import (
    AVERAGED,
    DEFAULT_SCORERS,
    FUNCTIONS,
    KEEP_A_SCORE,
    OVERVIEWS,
    negated,
)
from idea.knowledge.model_selection import CROSS_VALIDATED_SCORES
from idea.models.row_origins import Origin, RowOrigins
from idea.program import Step, literal
from idea.program.static_values import Names, Unknown, resolve
from idea.syntax import callee_name, keyword_value, walk

# Evidence for the metric that counts, from weak to strong.
ON_TRAIN, LOOK, FOLDS, ASKED_FOLDS, ON_TEST = range(5)


@dataclass(frozen=True)
class Measure:
    """A value of a metric.

    Attributes:
        metric: scikit-learn's name of its scorer.
        weight: the strength of the evidence that this is the metric that counts.
        call: the call that computes it.
    """

    metric: str
    weight: int
    call: ast.Call


class Measures:
    """Follows metrics through a notebook's variables and functions."""

    def __init__(self, names: Names, task: str, origins: RowOrigins) -> None:
        """Start with no metric.

        Args:
            names: what the notebook's names stand for.
            task: decides what `score` gives.
            origins: tells training rows from others.
        """
        self.names = names
        self.origins = origins
        self.default = DEFAULT_SCORERS["regression" if task == "regression" else "classification"]
        self._variables: dict[str, Measure] = {}
        self._functions: dict[str, str] = {}

    def follow(self, step: Step) -> None:
        """Take in the functions and variables that a statement defines."""
        self.origins.follow(step)
        for node in walk(step.node):
            if isinstance(node, ast.FunctionDef):
                self._define(node)
            elif isinstance(node, ast.Assign):
                self._assign(node)

    def _define(self, function: ast.FunctionDef) -> None:
        for node in walk(function):
            if isinstance(node, ast.Assign):
                self._assign(node)
        for node in walk(function):
            value = node.value if isinstance(node, ast.Return) else None
            if value and (measure := self.of(value)):
                self._functions[function.name] = measure.metric

    def _assign(self, node: ast.Assign) -> None:
        measure = self.of(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._variables.pop(target.id, None)
                if measure:
                    self._variables[target.id] = measure

    def of(self, node: ast.expr) -> Measure | None:
        """Give the metric whose value an expression is; None if it is something else."""
        match node:
            case ast.Name(id=name):
                return self._variables.get(name)
            case (
                ast.Attribute(value=inner, attr="best_score_")
                | ast.UnaryOp(op=ast.USub(), operand=inner)
                | ast.BinOp(op=ast.Mult(), left=ast.Constant(value=100), right=inner)
                | ast.BinOp(op=ast.Mult(), left=inner, right=ast.Constant(value=100))
                | ast.BinOp(op=ast.Div(), left=inner, right=ast.Call(func=ast.Name(id="len")))
            ):
                return self.of(inner)
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=0.5)):
                return _rooted(self.of(node.left))
            case ast.Call():
                return self.of_call(node)
        return None

    def of_call(self, call: ast.Call) -> Measure | None:
        """Give the metric whose value a call gives; None if it gives something else."""
        name = called(call, self.names)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if name == "sqrt" and call.args:
            return _rooted(self.of(call.args[0]))
        if name in KEEP_A_SCORE or name == "fit":
            of = [*([owner] if owner and not self.names.path(call.func) else []), *call.args]
            return self.of(of[0]) if of else None
        if name in CROSS_VALIDATED_SCORES or name.endswith("SearchCV"):
            return self._of_folds(call)
        if name == "score" and owner and len(call.args) + len(call.keywords) > 1:
            search = self.of(owner)
            return Measure(search.metric if search else self.default, self._weight(call), call)
        if name in OVERVIEWS:
            return Measure(OVERVIEWS[name], min(LOOK, self._weight(call)), call)
        metric = self._functions.get(name) or _metric_of(name, call, self.names)
        return Measure(metric, self._weight(call), call) if metric else None

    def _of_folds(self, call: ast.Call) -> Measure:
        scoring = keyword_value(call, "scoring")
        asked = scoring_name(scoring, self.names) if scoring is not None else None
        return Measure(asked, ASKED_FOLDS, call) if asked else Measure(self.default, FOLDS, call)

    def _weight(self, call: ast.Call) -> int:
        return ON_TRAIN if self.origins.of_arguments(call) is Origin.TRAINING else ON_TEST


def scoring_name(node: ast.expr, names: Names) -> str | None:
    """Give the scorer's name that a `scoring` argument asks for; None if it is not known."""
    node = resolve(node, names)
    if isinstance(node, ast.Call) and called(node, names) == "make_scorer" and node.args:
        function = names.path(node.args[0]) or ast.unparse(node.args[0])
        return _metric_of(function.rpartition(".")[2], node, names)
    if isinstance(node, ast.Dict) and node.values:
        return scoring_name(node.values[0], names)
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        return scoring_name(node.elts[0], names)
    try:
        name = literal(node, names)
    except Unknown:
        return None
    return negated(name) if isinstance(name, str) else None


def called(call: ast.Call, names: Names) -> str:
    """Give the last name of a callee as its library has it."""
    path = names.path(call.func)
    return callee_name(call) if path is None else path.rpartition(".")[2]


def _metric_of(name: str, call: ast.Call, names: Names) -> str | None:
    """Give the scorer of a metric's function, by its arguments.

    Args:
        name: the function's last name.
        call: a call of it, or of `make_scorer`.
        names: what the notebook's names stand for.

    Returns:
        The scorer's name; None if the function computes no metric.
    """
    metric = FUNCTIONS.get(name)
    given = {}
    for keyword in call.keywords:
        if keyword.arg in ("average", "multi_class", "squared"):
            try:
                given[keyword.arg] = literal(keyword.value, names)
            except Unknown:
                continue
    average = given.get("average", "binary")
    if metric in AVERAGED and average != "binary":
        return f"{metric}_{average or 'macro'}"
    if metric == "roc_auc" and given.get("multi_class", "raise") != "raise":
        return f"roc_auc_{given['multi_class']}"
    if metric == "neg_mean_squared_error" and given.get("squared") is False:
        return "neg_root_mean_squared_error"
    return metric


def _rooted(measure: Measure | None) -> Measure | None:
    if measure is None:
        return None
    return replace(measure, metric=measure.metric.replace("neg_mean_sq", "neg_root_mean_sq"))
