"""Blends: answers that a notebook adds up from the predictions of several fitted models."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from idea.analysis.chosen_fit import FitsByName, fit_behind, fits_by_name
from idea.analysis.fits import Candidate, Fit
from idea.analysis.names_at_step import NamesAtStep
from idea.knowledge.estimators import CLASSIFICATION, SAVING_FUNCTIONS
from idea.models import Estimator, find_estimator
from idea.names import listed
from idea.program import Script, literal
from idea.program.static_values import Unknown
from idea.syntax import keyword_value, walk

_PREDICTING = frozenset({"predict", "predict_proba"})
_SAME_VALUES = frozenset({"ravel", "flatten", "reshape", "squeeze", "to_numpy"})
_MEANS = frozenset({"numpy.mean", "numpy.average"})
_STACKING = frozenset(
    {"numpy.array", "numpy.column_stack", "numpy.vstack", "numpy.asarray", "pandas.DataFrame"}
)
_DEEPEST = 6
_VOTES = {True: "sklearn.ensemble.VotingClassifier", False: "sklearn.ensemble.VotingRegressor"}


@dataclass(frozen=True)
class _Term:
    """A fitted model's predictions in a sum.

    Attributes:
        fit: the fit.
        model: the model; None if a loop fits several, and it may be any of them.
        weight: the number that its predictions are multiplied by; None if that is not known.
    """

    fit: Fit
    model: Candidate | None
    weight: float | None


@dataclass(frozen=True)
class Blend:
    """What a notebook's answers are made of.

    Attributes:
        fits: that fit its members.
        members: the models, in order.
        weights: of their predictions; empty if these can't be read.
    """

    fits: tuple[Fit, ...]
    members: tuple[Candidate, ...]
    weights: tuple[float, ...]

    @property
    def names(self) -> str:
        """The models' classes."""
        return listed(one.estimator.path.rpartition(".")[2] for one in self.members)

    def as_vote(self, names: NamesAtStep) -> Estimator | None:
        """Give the vote that answers as the blend does; None if there is none.

        Regressors are weighted as in the notebook; of classifiers, the probabilities are.
        """
        if not self.weights or abs(sum(self.weights) - 1) > 1e-6:
            return None
        estimators = [member.estimator for member in self.members]
        classify = {estimator.task == CLASSIFICATION for estimator in estimators}
        if len(classify) > 1 or any(one.unread or one.before for one in estimators):
            return None
        classifies = classify.pop()
        members = [
            ast.Tuple([ast.Constant(f"model_{at}"), member.node], ast.Load())
            for at, member in enumerate(self.members, 1)
        ]
        keywords = [ast.keyword("estimators", ast.List(list(members), ast.Load()))]
        if len(set(self.weights)) > 1:
            each: list[ast.expr] = [ast.Constant(round(weight, 12)) for weight in self.weights]
            keywords.append(ast.keyword("weights", ast.List(each, ast.Load())))
        if classifies:
            keywords.append(ast.keyword("voting", ast.Constant("soft")))
        vote = ast.Call(ast.Name(_VOTE, ast.Load()), [], keywords)
        found = find_estimator(vote, _WithVote(names, _VOTES[classifies]))
        return None if found is None or found.unread else found


_VOTE = "vote of the blended models"  # no name of Python's


@dataclass(frozen=True)
class _WithVote:
    """The names at a step, and one for a vote."""

    names: NamesAtStep
    vote: str

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or attribute."""
        is_vote = isinstance(node, ast.Name) and node.id == _VOTE
        return self.vote if is_vote else self.names.path(node)

    def value(self, name: str) -> ast.expr | None:
        """Give the expression that a variable was last assigned."""
        return self.names.value(name)


def find_blend(script: Script, fits: Sequence[Fit], chosen: Fit) -> Blend | None:
    """Find the blend that a notebook settles on.

    Args:
        script: the notebook's code.
        fits: the fits in it.
        chosen: the fit that it settles on otherwise.

    Returns:
        The last blend, if it comes after all fits and the chosen one is a part of it; None if the
        model of a single fit is saved.
    """
    terms = _Terms(script, fits_by_name(fits, script))
    last = max((fit.position for fit in fits), default=0)
    found: Blend | None = None
    for position, step in enumerate(script.program.steps):
        if position < last or isinstance(step.node, ast.FunctionDef | ast.ClassDef):
            continue
        if terms.saves_one(step.node, position):
            return None
        called = {n.id for n in walk(step.node) if isinstance(n, ast.Name)}
        own = [script.functions[name] for name in sorted(called & script.functions.keys())]
        for sums in (terms.in_code(node, position) for node in [step.node, *own]):
            found = next(filter(None, map(_blend_of, sums)), None) or found
    return found if found is not None and chosen in found.fits else None


def _blend_of(terms: Sequence[_Term]) -> Blend | None:
    """Give the blend of which these are the terms; None if they are of a single model."""
    together: dict[tuple[int, str], list[_Term]] = {}
    for term in terms:
        model = ast.dump(term.model.node) if term.model else ""
        together.setdefault((term.fit.position, model), []).append(term)
    if len(together) < 2:
        return None
    known: list[float] = []
    for each in together.values():
        weights = [term.weight for term in each if term.weight is not None and term.model]
        if len(weights) == len(each):
            known.append(sum(weights))
    first = [each[0] for each in together.values()]
    members = tuple(term.model or term.fit.candidates[-1] for term in first)
    return Blend(
        tuple(term.fit for term in first),
        members,
        tuple(known) if len(known) == len(members) else (),
    )


class _Terms:
    """Takes sums of predictions apart."""

    def __init__(self, script: Script, by_name: FitsByName) -> None:
        self.script = script
        self.by_name = by_name

    def in_code(self, node: ast.AST, position: int) -> Iterator[list[_Term]]:
        """Give the sums of predictions in code, but not those inside of these.

        Args:
            node: the code.
            position: of its step.
        """
        is_mean = isinstance(node, ast.Call) and keyword_value(node, "axis") is not None
        if is_mean or isinstance(node, ast.BinOp):
            assert isinstance(node, ast.expr)
            terms = self.of(node, position)
            if terms is not None:
                yield terms
                return
        for child in ast.iter_child_nodes(node):
            yield from self.in_code(child, position)

    def saves_one(self, node: ast.stmt, position: int) -> bool:
        """Tell whether a statement saves the model of a single fit.

        Args:
            node: the statement.
            position: of its step.
        """
        return any(
            isinstance(call, ast.Call)
            and self.script.path(call.func) in SAVING_FUNCTIONS
            and bool(call.args)
            and fit_behind(call.args[0], self.by_name, position, self.script) is not None
            for call in walk(node)
        )

    def of(self, node: ast.expr, position: int, depth: int = 0) -> list[_Term] | None:
        """Give the terms of a sum of predictions; None if it is something else.

        Args:
            node: the expression.
            position: of its step.
            depth: how many expressions were entered on the way to it.
        """
        if depth > _DEEPEST:
            return None
        of = self.of
        match node:
            case ast.Name(id=name):
                value = self.script.program.last_value(name, position)
                return of(*value, depth + 1) if value else None
            case ast.Call(func=ast.Attribute(value=model, attr=method)) if method in _PREDICTING:
                fit = fit_behind(model, self.by_name, position, self.script)
                if fit is None:
                    return None
                single = len(fit.candidates) == 1
                return [_Term(fit, fit.candidates[0] if single else None, 1.0)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                one, other = of(left, position, depth + 1), of(right, position, depth + 1)
                return None if one is None or other is None else [*one, *other]
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
                return self._scaled(left, op, right, position, depth)
            case ast.Call() if keyword_value(node, "axis") is not None:
                return self._mean(node, position, depth)
            case ast.Subscript(value=inner):
                return of(inner, position, depth + 1)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _SAME_VALUES:
                return of(inner, position, depth + 1)
            case ast.Call(args=[inner]):  # what a function makes of predictions is no such sum
                terms = of(inner, position, depth + 1)
                return None if terms is None else [replace(term, weight=None) for term in terms]
        return None

    def _scaled(
        self, left: ast.expr, op: ast.operator, right: ast.expr, position: int, depth: int
    ) -> list[_Term] | None:
        """Give the terms of ``0.7 * a.predict(X)`` and ``(a.predict(X) + b.predict(X)) / 2``.

        Args:
            left: the left side.
            op: the operator.
            right: the right side.
            position: of the step.
            depth: how many expressions were entered on the way here.
        """
        names = NamesAtStep(self.script, position)
        terms, factor = self.of(left, position, depth + 1), right
        if terms is None and isinstance(op, ast.Mult):
            terms, factor = self.of(right, position, depth + 1), left
        if terms is None:
            return None
        by = _number(factor, names)
        if by and isinstance(op, ast.Div):
            by = 1 / by
        return [_times(term, by) for term in terms]

    def _mean(self, call: ast.Call, position: int, depth: int) -> list[_Term] | None:
        """Give the terms of ``np.average([a, b], axis=0, weights=…)`` and ``both.mean(axis=1)``.

        Args:
            call: the call.
            position: of its step.
            depth: how many expressions were entered on the way to it.
        """
        rows: ast.expr
        match call:
            case ast.Call(args=[rows, *_]) if self.script.path(call.func) in _MEANS:
                pass
            case ast.Call(func=ast.Attribute(value=rows, attr="mean")):
                pass
            case _:
                return None
        parts = self._stacked(rows, position, depth + 1)
        if not parts:
            return None
        weights: list[float | None] = [1.0] * len(parts)
        for keyword in call.keywords:
            if keyword.arg == "weights":
                weights = _numbers(keyword.value, NamesAtStep(self.script, position), len(parts))
        whole = sum(weight or 0 for weight in weights)
        return [
            _times(term, weight / whole if weight and whole else None)
            for part, weight in zip(parts, weights, strict=True)
            for term in part
        ]

    def _stacked(self, node: ast.expr, position: int, depth: int) -> list[list[_Term]] | None:
        """Give the terms of each of several predictions that stand side by side.

        Args:
            node: the expression of a list, or of an array or a frame that is made of one.
            position: of its step.
            depth: how many expressions were entered on the way to it.
        """
        if depth > _DEEPEST:
            return None
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
                found = [self.of(part, position, depth + 1) for part in parts]
                return [part for part in found if part] if all(found) else None
            case ast.ListComp(
                elt=ast.Call(func=ast.Attribute(value=ast.Name(id=each), attr=method)),
                generators=[ast.comprehension(target=ast.Name(id=target), iter=models, ifs=[])],
            ) if each == target and method in _PREDICTING:
                fit = fit_behind(models, self.by_name, position, self.script)
                return [[_Term(fit, one, 1.0)] for one in fit.candidates] if fit else None
            case ast.Name(id=name):
                value = self.script.program.last_value(name, position)
                return self._stacked(*value, depth + 1) if value else None
            case ast.Call(args=[inner, *_]) if self.script.path(node.func) in _STACKING:
                return self._stacked(inner, position, depth + 1)
        return None


def _times(term: _Term, by: float | None) -> _Term:
    known = term.weight is not None and by is not None
    return replace(term, weight=term.weight * by if known else None)  # type: ignore[operator]


def _number(node: ast.expr, names: NamesAtStep) -> float | None:
    try:
        value = literal(node, names)
    except Unknown:
        return None
    return value if isinstance(value, int | float) else None


def _numbers(node: ast.expr, names: NamesAtStep, count: int) -> list[float | None]:
    """Give as many numbers; None for each where they can't be read.

    Args:
        node: the expression of a list of numbers.
        names: what names stand for.
        count: how many there are.
    """
    try:
        values: Iterable[float | None] = literal(node, names)
    except Unknown:
        values = ()
    found = list(values) if isinstance(values, list) else []
    return found if len(found) == count else [None] * count
