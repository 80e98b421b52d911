"""Finds the places of a notebook where a predictor is fitted to rows and targets."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from idea.analysis.names_at_step import NamesAtStep, NamesInLoop
from idea.analysis.own_models import find_own_model
from idea.knowledge.model_selection import CROSS_VALIDATIONS
from idea.knowledge.pandas_methods import ARRAY_FUNCTIONS
from idea.models import Estimator, find_estimator
from idea.program import Script, Step
from idea.program.dataflow import assigned
from idea.program.names_used import free_names
from idea.program.script import FitAsWritten
from idea.program.static_values import Unknown, elements, literal, resolve
from idea.program.substitute import Scope, bound, substituted
from idea.syntax import walk

# A condition, and whether it is to hold.
Guard = tuple[ast.expr, bool]

_DEEPEST = 5
_MOST_TURNS = 60


@dataclass(frozen=True)
class Candidate:
    """A predictor that an expression may stand for.

    Attributes:
        node: the expression.
        estimator: the predictor.
        labels: what the notebook calls it in the loop that goes through it: texts that the loop
            takes together with it.
        turn: what the variables of that loop stand for then.
        at: the number of that turn.
    """

    node: ast.expr
    estimator: Estimator
    labels: tuple[str, ...] = ()
    turn: Scope = field(default_factory=dict)
    at: int = 0


@dataclass(frozen=True)
class Fit:
    """A call that fits a predictor.

    Attributes:
        position: of the step that makes the call.
        estimator: the expression that is fitted.
        X: the rows that it is fitted to.
        y: the targets that it is fitted to.
        candidates: the predictors that `estimator` may stand for: in a loop, each that the loop
            goes through.
        crossed: whether it is a cross-validation.
        loops: those that make the call, the outer ones first.
        line: of the call, in the cell that holds its code.
        written: that cell, and X and y as they stand there.
    """

    position: int
    estimator: ast.expr
    X: ast.expr
    y: ast.expr
    candidates: tuple[Candidate, ...]
    crossed: bool
    loops: tuple[ast.For, ...]
    line: int
    written: FitAsWritten

    @property
    def in_loop(self) -> bool:
        """Whether a loop makes the call."""
        return bool(self.loops)

    @property
    def names_at(self) -> int:
        """The position at which the names in `estimator` have the values that it sees."""
        return self.position + 1 if self.in_loop else self.position


def find_fits(script: Script) -> list[Fit]:
    """Find every place where a predictor is fitted to rows and targets."""
    return [
        fit
        for position, step in enumerate(script.program.steps)
        if not isinstance(step.node, ast.FunctionDef | ast.ClassDef)
        for fit in _fits_of(script, position, step)
    ]


def _fits_of(script: Script, position: int, step: Step) -> Iterator[Fit]:
    """Find the fits that a step makes.

    Args:
        script: the notebook's code.
        position: of the step.
        step: the step.
    """
    for call in walk(step.node):
        if not isinstance(call, ast.Call):
            continue
        arguments = _arguments(call, script)
        if arguments is None:
            continue
        loops = _loops_around(call, step.node)
        names = NamesAtStep(script, position + 1 if loops else position)
        estimator, given_X, given_y = arguments
        X, y = (_without_fold(given, loops, script) for given in (given_X, given_y))
        candidates = _candidates(estimator, names, loops, guards=_guards(call, loops))
        if candidates:
            yield Fit(
                position,
                estimator,
                X,
                y,
                tuple(candidates),
                crossed=_is_cross_validation(call, script) or X is not given_X,
                loops=tuple(loops),
                line=call.__dict__.get("written", (step.cell, call.lineno))[1],
                written=script.fit_as_written(step, call)
                or FitAsWritten(step.cell, ast.unparse(X), ast.unparse(y)),
            )


def in_turn(fit: Fit, candidate: Candidate, script: Script) -> Fit:
    """Give a fit with the X and y that it has in the turn of a loop that makes a predictor.

    A loop may fit some models to scaled rows and others to rows as they are.

    Args:
        fit: the fit.
        candidate: one of its candidates.
        script: the notebook's code.
    """
    if not candidate.turn:
        return fit
    names = NamesInLoop(NamesAtStep(script, fit.names_at), candidate.turn)
    return replace(fit, X=_of_turn(fit.X, fit, names), y=_of_turn(fit.y, fit, names))


def _of_turn(node: ast.expr, fit: Fit, names: NamesInLoop, depth: int = 0) -> ast.expr:
    """Give what an expression is in a turn, as far as conditions and the loop's variables tell."""
    if depth > _DEEPEST:
        return node
    match node:
        case ast.IfExp(test=test, body=body, orelse=other):
            held = _holds((test, True), names)
            if held is not None:
                return _of_turn(body if held else other, fit, names, depth + 1)
        case ast.Name(id=name) if name in names.turn:
            return _of_turn(names.turn[name], fit, names, depth + 1)
        case ast.Name(id=name):
            found = [
                value
                for statement in walk(fit.loops[0])
                if isinstance(statement, ast.Assign)
                for target in statement.targets
                if (value := assigned(target, statement.value, name)) is not None
                and all(_holds(g, names) is not False for g in _guards(statement, fit.loops))
            ]
            if len(found) == 1 and name not in free_names(found[0]):
                return _of_turn(found[0], fit, names, depth + 1)
    return node


def _guards(part: ast.AST, loops: Sequence[ast.For]) -> list[Guard]:
    """Give the conditions inside of loops under which a part of them is reached."""
    if not loops:
        return []
    return [
        (branch.test, place == "body")
        for branch in walk(loops[0])
        if isinstance(branch, ast.If)
        for place in ("body", "orelse")
        if any(node is part for each in getattr(branch, place) for node in walk(each))
    ]


def _holds(guard: Guard, names: NamesInLoop) -> bool | None:
    """Tell whether a condition is as it is to be; None if it can't be evaluated."""
    test, wanted = guard
    try:
        return bool(literal(substituted(test, names.turn), names)) is wanted
    except Unknown:
        return None


def _is_cross_validation(call: ast.Call, script: Script) -> bool:
    module, _, name = (script.path(call.func) or "").rpartition(".")
    return module == "sklearn.model_selection" and name in CROSS_VALIDATIONS


def _arguments(call: ast.Call, script: Script) -> tuple[ast.expr, ast.expr, ast.expr] | None:
    """Give the estimator, X and y of a fit or a cross-validation; None for other calls."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if isinstance(call.func, ast.Attribute) and call.func.attr == "fit":
        given = {"estimator": call.func.value, **_named(call.args, "X", "y")}
    elif _is_cross_validation(call, script):
        given = _named(call.args, "estimator", "X", "y")
    else:
        return None
    estimator, X, y = (given.get(name) or keywords.get(name) for name in ("estimator", "X", "y"))
    return (estimator, X, y) if estimator and X and y else None


def _named(arguments: Sequence[ast.expr], *names: str) -> dict[str, ast.expr]:
    return dict(zip(names, arguments, strict=False))


def _without_fold(node: ast.expr, loops: Sequence[ast.For], script: Script) -> ast.expr:
    """Give `X` for ``X[train]`` in a loop over folds, also for a variable that holds it.

    Args:
        node: what a fit in the loop is given.
        loops: the loops around the fit.
        script: the notebook's code.
    """
    targets = {n.id for loop in loops for n in walk(loop.target) if isinstance(n, ast.Name)}
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=frame, attr="loc" | "iloc") | frame, slice=ast.Name(id=name)
        ) if name in targets:
            return frame
        case ast.Name(id=name) if loops:
            match list(_assigned_in(loops[0], name)):
                case [value]:
                    found = _without_fold(value, loops, script)
                    return node if found is value else found
        case ast.Call(func=function, args=[inner], keywords=[]) if (
            script.path(function) in ARRAY_FUNCTIONS
        ):
            found = _without_fold(inner, loops, script)
            return node if found is inner else ast.Call(function, [found], [])
    return node


def _assigned_in(loop: ast.For, name: str) -> Iterator[ast.expr]:
    """Give all values that a loop assigns to a variable."""
    for node in walk(loop):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                value = assigned(target, node.value, name)
                if value is not None:
                    yield value


def _loops_around(call: ast.Call, statement: ast.stmt) -> list[ast.For]:
    """Give the loops of a statement that make a call, the outer ones first."""
    return [
        node
        for node in walk(statement)
        if isinstance(node, ast.For) and any(part is call for part in walk(node))
    ]


def _candidates(
    node: ast.expr,
    names: NamesAtStep,
    loops: Sequence[ast.For],
    depth: int = 0,
    guards: Sequence[Guard] = (),
) -> list[Candidate]:
    """Find the predictors that an expression may stand for.

    Args:
        node: the expression.
        names: what its names stand for.
        loops: the loops around it, whose variables may go through predictors.
        depth: how many names were followed on the way to the expression.
        guards: the conditions in these loops under which it is reached.

    Returns:
        The outermost expressions that make a predictor, each once.
    """
    estimator = _estimator(node, names)
    if estimator is not None and not estimator.unread:
        return [Candidate(node, estimator)]
    found = _of_turns(node, names, loops, guards)
    if not found and estimator is not None:
        found = [Candidate(node, estimator)]
    if found or depth > _DEEPEST:
        return found
    parts: dict[str, Candidate] = {}
    for part in _parts(node, names):
        for candidate in _candidates_of_part(part, node, names, loops, depth):
            parts[ast.dump(candidate.node)] = candidate
    return [one for one in parts.values() if not _is_inside_another(one, parts.values())]


def _estimator(node: ast.expr, names: NamesAtStep | NamesInLoop) -> Estimator | None:
    """Read the predictor that an expression makes, also one of the notebook's own classes."""
    return find_estimator(node, names) or find_own_model(node, names)


def _of_turns(
    node: ast.expr, names: NamesAtStep, loops: Sequence[ast.For], guards: Sequence[Guard]
) -> list[Candidate]:
    """Find the predictors that an expression stands for in the turns of the loops around it."""
    found: dict[str, Candidate] = {}
    for at, turn in enumerate(islice(_turns(loops, names, {}), _MOST_TURNS)):
        inside = NamesInLoop(names, turn)
        if turn and all(_holds(guard, inside) is not False for guard in guards):
            estimator = _estimator(node, inside)
            if estimator is not None:
                made = substituted(_made_by(node, inside), turn)
                candidate = Candidate(made, estimator, _labels(turn), turn, at)
                found.setdefault(ast.dump(candidate.node), candidate)
    return list(found.values())


def _made_by(node: ast.expr, names: NamesInLoop) -> ast.expr:
    """Give the expression behind a variable that each turn of a loop assigns."""
    try:
        return resolve(node, names)
    except (Unknown, RecursionError):
        return node


def _turns(loops: Sequence[ast.For], names: NamesAtStep, scope: Scope) -> Iterator[Scope]:
    """Give what the variables of loops stand for, turn by turn.

    Args:
        loops: the loops, the outer ones first; what can't be evaluated is left out.
        names: what other names stand for.
        scope: what the variables of loops around these stand for.
    """
    if not loops:
        yield scope
        return
    first, *rest = loops
    inside = NamesInLoop(names, scope)
    try:
        turns = [
            bound(first.target, item) or bound(first.target, resolve(item, inside)) or {}
            for item in elements(first.iter, inside)
        ]
    except (Unknown, RecursionError):
        turns = [{}]
    for turn in turns:
        yield from _turns(rest, names, {**scope, **turn})


def _labels(turn: Scope) -> tuple[str, ...]:
    """Give the texts among what a loop's variables stand for."""
    return tuple(
        value.value
        for value in turn.values()
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def _parts(node: ast.expr, names: NamesAtStep) -> Iterator[ast.AST]:
    """Walk an expression without entering a model: what stands inside one is not the model."""
    yield node
    if isinstance(node, ast.Call) and _estimator(node, names):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _parts(child, names)
        else:
            yield from walk(child)


def _candidates_of_part(
    part: ast.AST, whole: ast.expr, names: NamesAtStep, loops: Sequence[ast.For], depth: int
) -> Iterator[Candidate]:
    """Find the predictors that one node of an expression makes or stands for.

    Args:
        part: the node.
        whole: the expression.
        names: what names stand for.
        loops: the loops around the expression.
        depth: how many names were followed on the way to the expression.
    """
    if isinstance(part, ast.Call) and part is not whole:
        estimator = _estimator(part, names)
        if estimator is not None:
            yield Candidate(part, estimator)
    elif isinstance(part, ast.Name):
        for loop in loops:
            if any(isinstance(n, ast.Name) and n.id == part.id for n in walk(loop.target)):
                others = [other for other in loops if other is not loop]
                yield from _candidates(loop.iter, names, others, depth + 1)
        value = names.value(part.id)
        if value is not None and not isinstance(value, ast.Name):
            yield from _candidates(value, names, loops, depth + 1)


def _is_inside_another(candidate: Candidate, others: Iterable[Candidate]) -> bool:
    return any(
        other is not candidate and any(part is candidate.node for part in walk(other.node))
        for other in others
    )
