"""The metric that a notebook judges its models by, and the scores that it shows."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import sqrt
from string import Formatter
from typing import TypeGuard

from idea.program import literal
from idea.program.static_values import Names, Unknown, resolve
from idea.syntax import brief

# What the rendered repo's metrics.py has; a classification is binary or multiclass at run time.
_REGRESSION = frozenset(
    """r2 neg_root_mean_squared_error neg_mean_absolute_error
    neg_median_absolute_error""".split()
)
_CLASSES = frozenset("accuracy balanced_accuracy neg_log_loss".split())
_MULTICLASS = _CLASSES | frozenset("f1_macro f1_weighted roc_auc_ovr".split())
_BINARY = _CLASSES | frozenset(
    "f1 precision recall roc_auc average_precision neg_brier_score".split()
)
KNOWN = {
    "regression": _REGRESSION,
    "binary": _BINARY,
    "multiclass": _MULTICLASS,
    "classification": _BINARY | _MULTICLASS,
}

# Under which name a metric is had that goes by another: the same number ...
_MEANS = dict.fromkeys(("f1_micro", "precision_micro", "recall_micro"), "accuracy")
_SAME = {"recall_macro": "balanced_accuracy", "recall_weighted": "accuracy", **_MEANS}
# ... or the nearest one, whose number differs.
_NEAR_OF_ANY = {"cohen_kappa": "balanced_accuracy", "matthews_corrcoef": "balanced_accuracy"}
_NEAR_OF_AVERAGES = {
    "jaccard_macro": "f1_macro",
    "jaccard_weighted": "f1_weighted",
    "precision_macro": "f1_macro",
    "precision_weighted": "f1_weighted",
    "roc_auc_ovo": "roc_auc_ovr",
    "roc_auc_ovo_weighted": "roc_auc_ovr",
    "roc_auc_ovr_weighted": "roc_auc_ovr",
    **_NEAR_OF_ANY,
}
_NEAR = {
    "regression": {
        "explained_variance": "r2",
        "neg_max_error": "neg_mean_absolute_error",
        "neg_mean_absolute_percentage_error": "neg_mean_absolute_error",
        "neg_mean_squared_log_error": "neg_root_mean_squared_error",
        "neg_root_mean_squared_log_error": "neg_root_mean_squared_error",
    },
    "multiclass": {
        "average_precision": "roc_auc_ovr",
        "f1": "f1_macro",
        "jaccard": "f1_macro",
        "neg_brier_score": "neg_log_loss",
        "precision": "f1_macro",
        "recall": "balanced_accuracy",
        "roc_auc": "roc_auc_ovr",
        **_NEAR_OF_AVERAGES,
    },
    "binary": {
        "f1_macro": "f1",
        "f1_weighted": "f1",
        "jaccard": "f1",
        "precision_macro": "precision",
        "precision_weighted": "precision",
        "roc_auc_ovo": "roc_auc",
        "roc_auc_ovr": "roc_auc",
        **_NEAR_OF_ANY,
    },
    "classification": {"jaccard": "f1", **_NEAR_OF_AVERAGES},
}
_DEFAULT = {"regression": "r2"}  # and accuracy: what `score` gives

# Functions of sklearn.metrics, and what people call their own.
_FUNCTIONS = {
    "accuracy_score": "accuracy",
    "auc": "roc_auc",
    "average_precision_score": "average_precision",
    "balanced_accuracy_score": "balanced_accuracy",
    "brier_score_loss": "neg_brier_score",
    "cohen_kappa_score": "cohen_kappa",
    "explained_variance_score": "explained_variance",
    "f1_score": "f1",
    "fbeta_score": "f1",
    "jaccard_score": "jaccard",
    "log_loss": "neg_log_loss",
    "mae": "neg_mean_absolute_error",
    "matthews_corrcoef": "matthews_corrcoef",
    "max_error": "neg_max_error",
    "mean_absolute_error": "neg_mean_absolute_error",
    "mean_absolute_percentage_error": "neg_mean_absolute_percentage_error",
    "mean_squared_error": "neg_mean_squared_error",
    "mean_squared_log_error": "neg_mean_squared_log_error",
    "median_absolute_error": "neg_median_absolute_error",
    "mse": "neg_mean_squared_error",
    "precision_score": "precision",
    "r2_score": "r2",
    "recall_score": "recall",
    "rmse": "neg_root_mean_squared_error",
    "rmsle": "neg_root_mean_squared_log_error",
    "roc_auc_score": "roc_auc",
    "root_mean_squared_error": "neg_root_mean_squared_error",
    "root_mean_squared_log_error": "neg_root_mean_squared_log_error",
}
_AVERAGED = frozenset("f1 jaccard precision recall".split())
_LOOKS = {
    "classification_report": "accuracy",
    "confusion_matrix": "accuracy",
    "roc_curve": "roc_auc",
    "precision_recall_curve": "average_precision",
}
_CROSS = frozenset("cross_val_score cross_validate".split())
_SAME_NUMBER = frozenset("abs average display float mean round sum around".split())

# How much a call says about the metric that counts.
_ON_TRAIN, _LOOK, _FOLDS, _ASKED_FOLDS, _ON_TEST = range(5)

_NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_LONE = re.compile(rf"['\"(]*(?:np\.float64\()?{_NUMBER}[)'\"]*\s*%?")
_REPORTED = re.compile(r"^\s*accuracy\s+(\d\.\d+)\s+\d+\s*$", re.MULTILINE)
_PERCENT = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?([a-zA-Z%])")
_MOST_TEXT = 20_000
_MOST_HOLES = 2


@dataclass(frozen=True)
class Score:
    """A metric that a notebook computes on rows that were not trained on.

    Attributes:
        metric: its scorer name in the rendered repo.
        value: as the scorer gives it (errors are negative, shares at most 1); None if the
            notebook does not show it, or shows one that is not quite this metric.
        cell: where it is computed.
        text: the call.
    """

    metric: str
    value: float | None
    cell: int
    text: str


def judged_by(
    statements: Sequence[tuple[int, ast.stmt]],
    outputs: Mapping[int, tuple[str, ...]],
    names: Names,
    task: str,
) -> tuple[str, tuple[Score, ...]]:
    """The scorer name of the metric that a notebook judges by, and the scores that it computes.

    Args:
        statements: top-level statements with their cells, in the order in which they run.
        outputs: the texts that each cell shows.
        names: what the notebook's names stand for.
        task: regression, binary, multiclass; or classification, if only that is known.
    """
    judge = _Judge(names, task)
    for cell, group in groupby(statements, key=lambda pair: pair[0]):
        judge.read(cell, [statement for _, statement in group], outputs.get(cell, ()))
    return judge.metric(), judge.scores()


def scoring_name(node: ast.expr, names: Names) -> str | None:
    """The scorer name that a `scoring` argument asks for; None if it can't be told."""
    node = resolve(node, names)
    if isinstance(node, ast.Call) and _called(node, names) == "make_scorer" and node.args:
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
    if not isinstance(name, str):
        return None
    return f"neg_{name}" if name.endswith(("_error", "_loss")) and name[:4] != "neg_" else name


@dataclass(frozen=True)
class _Measure:
    metric: str
    weight: int
    call: ast.Call


class _Judge:
    def __init__(self, names: Names, task: str) -> None:
        self.names = names
        self.task = task
        self.default = _DEFAULT.get(task, "accuracy")
        self.variables: dict[str, _Measure] = {}
        self.functions: dict[str, str] = {}
        self.found: dict[ast.Call, tuple[int, _Measure]] = {}
        self.values: dict[ast.Call, float] = {}

    def metric(self) -> str:
        """ROC AUC if it is asked for; else the last of those that say most."""
        told = [
            (measure.weight, measure.metric, name)
            for _, measure in self.found.values()
            if (name := self._known(measure.metric)[0])
        ]
        if not told:
            return self.default
        for weight, _, name in told:
            if name.startswith("roc_auc") and weight > _LOOK:
                return name
        most = max(weight for weight, _, _ in told)
        best = {metric: name for weight, metric, name in told if weight == most}
        last = [metric for weight, metric, _ in told if weight == most][-1]
        kind, _, average = last.partition("_")
        other = {"precision": "recall", "recall": "precision"}.get(kind)
        if other and last.replace(kind, other) in best:
            # Neither is what a model is judged by alone.
            return self._known(f"f1_{average}" if average else "f1")[0] or best[last]
        return best[last]

    def scores(self) -> tuple[Score, ...]:
        scores = []
        for call, (cell, measure) in self.found.items():
            name, exact = self._known(measure.metric)
            if name and measure.weight > _ON_TRAIN:
                value = self.values.get(call) if exact else None
                scores.append(Score(name, value, cell, brief(call)))
        return tuple(scores)

    def read(self, cell: int, statements: list[ast.stmt], outputs: tuple[str, ...]) -> None:
        """The statements of a cell: what they measure, and what of it is shown."""
        text = "\n".join(outputs)[-_MOST_TEXT:]
        printed: list[tuple[str, list[_Measure]]] = []
        for statement in statements:
            self._look(cell, statement, text)
            if isinstance(statement, ast.Expr) and _is_print(statement.value):
                printed.append(self._template(statement.value))
        last = statements[-1]
        shown = self._measure(last.value) if isinstance(last, ast.Expr) else None
        lone = _LONE.fullmatch(outputs[-1].strip()) if outputs else None
        if shown and lone:
            self._show(shown, lone[1])
        for template in {template for template, measures in printed if measures}:
            rows = re.findall(template, text, re.MULTILINE)
            wanted = [measures for other, measures in printed if other == template]
            if len(rows) == len(wanted):
                for row, measures in zip(rows, wanted, strict=True):
                    numbers = [row] if isinstance(row, str) else row
                    for measure, number in zip(measures, numbers, strict=True):
                        self._show(measure, number)

    def _look(self, cell: int, statement: ast.stmt, text: str) -> None:
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            measure = self._of_call(call)
            if measure and measure.call is call:
                self.found[call] = (cell, measure)
                reported = _REPORTED.findall(text)
                if _called(call, self.names) == "classification_report" and len(reported) == 1:
                    self._show(measure, reported[0])
        for node in ast.walk(statement):
            if isinstance(node, ast.FunctionDef):
                self._define(node)
            elif isinstance(node, ast.Assign):
                self._assign(node)

    def _define(self, function: ast.FunctionDef) -> None:
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                self._assign(node)
        for node in ast.walk(function):
            value = node.value if isinstance(node, ast.Return) else None
            if value and (measure := self._measure(value)):
                self.functions[function.name] = measure.metric

    def _assign(self, node: ast.Assign) -> None:
        measure = self._measure(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.variables.pop(target.id, None)
                if measure:
                    self.variables[target.id] = measure

    def _measure(self, node: ast.expr) -> _Measure | None:
        """What an expression measures, if its value is that of a metric."""
        match node:
            case ast.Name(id=name):
                return self.variables.get(name)
            case ast.Attribute(attr="best_score_"):
                return self._measure(node.value)
            case ast.UnaryOp(op=ast.USub()):
                return self._measure(node.operand)
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=0.5)):
                return _rooted(self._measure(node.left))
            case ast.BinOp(op=ast.Mult(), left=ast.Constant(value=100)):
                return self._measure(node.right)
            case ast.BinOp(op=ast.Mult(), right=ast.Constant(value=100)):
                return self._measure(node.left)
            case ast.BinOp(op=ast.Div(), right=ast.Call(func=ast.Name(id="len"))):
                return self._measure(node.left)
            case ast.Call():
                return self._of_call(node)
        return None

    def _of_call(self, call: ast.Call) -> _Measure | None:
        name = _called(call, self.names)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if name == "sqrt" and call.args:
            return _rooted(self._measure(call.args[0]))
        if name in _SAME_NUMBER or name == "fit":
            of = [*([owner] if owner and not self.names.path(call.func) else []), *call.args]
            return self._measure(of[0]) if of else None
        if name in _CROSS or name.endswith("SearchCV"):
            return self._of_folds(call)
        if name == "score" and owner and len(call.args) + len(call.keywords) > 1:
            search = self._measure(owner)
            return _Measure(search.metric if search else self.default, _weight(call), call)
        if name in _LOOKS:
            return _Measure(_LOOKS[name], min(_LOOK, _weight(call)), call)
        metric = self.functions.get(name) or _metric_of(name, call, self.names)
        return _Measure(metric, _weight(call), call) if metric else None

    def _of_folds(self, call: ast.Call) -> _Measure:
        for keyword in call.keywords:
            if keyword.arg == "scoring":
                asked = scoring_name(keyword.value, self.names)
                if asked:
                    return _Measure(asked, _ASKED_FOLDS, call)
        return _Measure(self.default, _FOLDS, call)

    def _known(self, metric: str) -> tuple[str | None, bool]:
        """The repo's name for a metric, and whether it is the same number."""
        if metric in KNOWN[self.task]:
            return metric, True
        if self.task == "regression" and metric == "neg_mean_squared_error":
            return "neg_root_mean_squared_error", True
        if self.task != "regression" and metric in _SAME:
            return _SAME[metric], True
        return _NEAR[self.task].get(metric), False

    def _show(self, measure: _Measure, number: str) -> None:
        value = abs(float(number)) if measure.metric.startswith("neg_") else float(number)
        if measure.metric.startswith("neg_"):
            value = -sqrt(value) if measure.metric == "neg_mean_squared_error" else -value
        elif value > 1:
            if value > 100:
                return
            value = round(value / 100, 12)
        self.values.setdefault(measure.call, value)

    def _template(self, call: ast.Call) -> tuple[str, list[_Measure]]:
        """What a print writes, as a pattern with a group for each number of a metric."""
        measures: list[_Measure] = []
        pattern, text, holes = "", "", 0
        for i, argument in enumerate(call.args):
            text += " " * bool(i)
            for piece in _pieces(argument):
                if isinstance(piece, str):
                    text += piece
                    continue
                pattern += _spaced(text)
                text = ""
                if measure := self._measure(piece):
                    measures.append(measure)
                    pattern += _NUMBER + "%?"
                else:
                    holes += 1
                    pattern += r"[^\n]{0,80}?"
        if call.keywords or holes > _MOST_HOLES:
            return "", []
        pattern = (pattern + _spaced(text)).removeprefix(r"\s+").removesuffix(r"\s+")
        return rf"^[ \t]*{pattern}[ \t]*%?[ \t]*$", measures


def _called(call: ast.Call, names: Names) -> str:
    path = names.path(call.func)
    if path is None:
        match call.func:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name
    return (path or "").rpartition(".")[2]


def _metric_of(name: str, call: ast.Call, names: Names) -> str | None:
    metric = _FUNCTIONS.get(name)
    said = {}
    for keyword in call.keywords:
        if keyword.arg in ("average", "multi_class", "squared"):
            try:
                said[keyword.arg] = literal(keyword.value, names)
            except Unknown:
                continue
    average = said.get("average", "binary")
    if metric in _AVERAGED and average != "binary":
        return f"{metric}_{average or 'macro'}"
    if metric == "roc_auc" and said.get("multi_class", "raise") != "raise":
        return f"roc_auc_{said['multi_class']}"
    if metric == "neg_mean_squared_error" and said.get("squared") is False:
        return "neg_root_mean_squared_error"
    return metric


def _weight(call: ast.Call) -> int:
    words = " ".join(ast.unparse(node) for node in [*call.args, *[k.value for k in call.keywords]])
    seen = re.search(r"train", words, re.IGNORECASE)
    unseen = re.search(r"test|val(?!ue)|hold", words, re.IGNORECASE)
    return _ON_TRAIN if seen and not unseen else _ON_TEST


def _rooted(measure: _Measure | None) -> _Measure | None:
    if measure is None:
        return None
    return replace(measure, metric=measure.metric.replace("neg_mean_sq", "neg_root_mean_sq"))


def _is_print(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "print"


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in re.split(r"\s+", text))


def _pieces(node: ast.expr) -> Iterator[str | ast.expr]:
    """The texts and the expressions that a text is made of, however it is put together."""
    match node:
        case ast.Constant(value=value):
            yield str(value)
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from _pieces(part)
        case ast.FormattedValue(value=value) | ast.Call(func=ast.Name(id="str"), args=[value]):
            yield value
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            yield from _pieces(left)
            yield from _pieces(right)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
            yield from _of_percent(text, right.elts if isinstance(right, ast.Tuple) else [right])
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            yield from _of_format(text, node)
        case _:
            yield node


def _of_percent(text: str, values: list[ast.expr]) -> Iterator[str | ast.expr]:
    start, rest = 0, iter(values)
    for mark in _PERCENT.finditer(text):
        yield text[start : mark.start()]
        yield "%" if mark[1] == "%" else next(rest, ast.Constant(""))
        start = mark.end()
    yield text[start:]


def _of_format(text: str, call: ast.Call) -> Iterator[str | ast.expr]:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        return
    count = 0
    for before, name, _, _ in fields:
        yield before
        if name is None:
            continue
        position = int(name) if name.isdigit() else count
        count += not name
        if name in named:
            yield named[name]
        else:
            yield call.args[position] if position < len(call.args) else ast.Constant("")
