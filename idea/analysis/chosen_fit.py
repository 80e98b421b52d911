"""Selects the notebook's final fit."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from idea.analysis.fits import Fit
from idea.analysis.foreign_models import why_none
from idea.analysis.names_at_step import NamesAtStep
from idea.knowledge.estimators import PREDICTING_METHODS, SAVING_FUNCTIONS
from idea.models import find_estimator
from idea.program import Script
from idea.program.names_used import free_names, root
from idea.syntax import walk

_DEEPEST = 4
_CROSS_VAL_PREDICT = "sklearn.model_selection.cross_val_predict"

FitsByName = Mapping[str, Sequence[Fit]]


class NoIdea(ValueError):
    """The notebook fits no model that could be found; the message is one line."""


class Unmade(NoIdea):
    """What is fitted to needs what nothing makes, in the notebook either; one line."""


class SeveralTargets(NoIdea):
    """The notebook predicts several columns at once; the message is one line."""


def choose_fit(script: Script, fits: Sequence[Fit]) -> Fit:
    """Select the fit that the notebook settles on.

    That is the fit of the model that it saves; or else of the one with which it predicts or
    scores last, unless a cross-validation comes after that; or else the last fit. Fits to rows
    that the notebook makes up count only where none is to a table's, models of formulas only where
    there is no other, and of a stack that is made by hand, the members. What calibrates a model
    that is fitted already, to rows that are held back, counts for that model.

    Args:
        script: the notebook's code.
        fits: the fits in it, in order.

    Raises:
        NoIdea: there is none.
    """
    if not fits:
        raise NoIdea(why_none(script))
    fits = [fit for fit in fits if not fit.written.of_formula] or fits
    fits = [fit for fit in fits if not calibrates_fitted(fit)] or fits
    chosen = _settled_on(script, fits)
    if is_to_predictions(script, chosen, fits):
        members = [fit for fit in fits if not is_to_predictions(script, fit, fits)]
        chosen = _settled_on(script, members) if members else chosen
    if not _is_to_table(script, chosen):
        to_tables = [fit for fit in fits if _is_to_table(script, fit)]
        if to_tables:
            chosen = _settled_on(script, to_tables)
    return chosen


def calibrates_fitted(fit: Fit) -> bool:
    """Tell whether a fit calibrates a model that is fitted already."""
    return any(
        one.estimator.config.get("cv") == "prefit"
        or "FrozenEstimator" in str(one.estimator.config.get("estimator"))
        for one in fit.candidates
    )


def stacked_by_hand(script: Script, fits: Sequence[Fit]) -> Fit | None:
    """Give the fit that a notebook settles on, if it is to what its other models predict."""
    settled = _settled_on(script, fits)
    return settled if is_to_predictions(script, settled, fits) else None


def is_to_predictions(script: Script, fit: Fit, fits: Sequence[Fit]) -> bool:
    """Tell whether a model is fitted to what other models of the same target predict.

    Args:
        script: the notebook's code.
        fit: the fit.
        fits: all fits.
    """
    goal = root(fit.y)
    alike = {root(one.estimator) for one in fits if one is not fit and root(one.y) == goal}
    columns = _columns_of(fit.X, fit.position, script)
    for position in script.program.backward_slice(free_names(fit.X), fit.position):
        node = script.program.steps[position].node
        if columns and _stored_column(node) not in {None, *columns}:
            continue  # it stays beside the columns that are fitted to
        for call in walk(node):
            match call:
                case ast.Call(func=ast.Attribute(value=model, attr="predict" | "predict_proba")):
                    if root(model) in alike - {None}:
                        return True
                case ast.Call(func=function, args=[_, _, target, *_]):
                    path = script.path(function)
                    if path == _CROSS_VAL_PREDICT and goal and root(target) == goal:
                        return True
    return False


def _columns_of(node: ast.expr, position: int, script: Script) -> set[str]:
    """Give the columns that X takes by their names: ``df[["age"]].values``; none if it does not.

    Args:
        node: X.
        position: of the step with X.
        script: the notebook's code.
    """
    while True:
        match node:
            case ast.Name(id=name):
                found = script.program.last_value(name, position)
                if found is None or isinstance(found[0], ast.Name):
                    return set()
                node, position = found
            case ast.Attribute(value=inner, attr="values"):
                node = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="reshape" | "to_numpy")):
                node = inner
            case ast.Attribute(value=ast.Name(), attr=column):
                return {column}
            case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(column))):
                return {column}
            case ast.Subscript(value=ast.Name(), slice=ast.List(elts=parts)):
                named = [part.value for part in parts if isinstance(part, ast.Constant)]
                return set(map(str, named)) if len(named) == len(parts) else set()
            case _:
                return set()


def _stored_column(node: ast.stmt) -> str | None:
    match node:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(column)))]):
            return column
    return None


def _is_to_table(script: Script, fit: Fit) -> bool:
    """Tell whether the rows of a fit come from a table that the notebook reads."""
    needed = script.program.backward_slice(free_names(fit.X), fit.position)
    return any(script.program.steps[position].role == "load" for position in needed)


def _settled_on(script: Script, fits: Sequence[Fit]) -> Fit:
    """Select the fit that the notebook settles on among some."""
    by_name = fits_by_name(fits, script)
    saved, used = _saved_and_used(script, by_name)
    if saved:
        return saved
    of_one_model = [fit for fit in fits if len(fit.candidates) == 1]
    single = [fit for fit in of_one_model if not fit.in_loop] or of_one_model
    if used is None:
        return single[-1] if single else fits[-1]
    if single and _fills_for(used, single[-1], script):
        return single[-1]
    crossed = [fit for fit in single if fit.crossed]
    if crossed and crossed[-1].position > max(used.position, _last_use(script)):
        return crossed[-1]
    return used


def _fills_for(used: Fit, last: Fit, script: Script) -> bool:
    """Tell whether a model only predicts what a later one of another target is fitted to.

    Args:
        used: the fit of the model that predicts last.
        last: the last fit.
        script: the notebook's code.
    """
    at = _last_use(script)
    if last.position <= at or root(last.y) == root(used.y):
        return False
    return at in script.program.backward_slice(free_names(last.X), last.position)


def fits_by_name(fits: Sequence[Fit], script: Script) -> FitsByName:
    """Give the fits by the variables that hold their models."""
    by_name: dict[str, list[Fit]] = {}
    for fit in fits:
        for name in _names_of(fit, script):
            by_name.setdefault(name, []).append(fit)
    # A fit that a loop repeats is a study of a parameter or of chance; the model is fitted once.
    return {name: [f for f in named if not f.in_loop] or named for name, named in by_name.items()}


def _names_of(fit: Fit, script: Script) -> set[str]:
    """Give the variables that hold the fitted model: `a` and `b` of ``b = a.fit(X, y)``.

    Of a loop that goes through models, also the collections that it takes them from and puts
    them into.
    """
    if fit.crossed:
        return set()
    own = root(fit.estimator) or ""
    names = {own}
    node = script.program.steps[fit.position].node
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)):
            if isinstance(function, ast.Attribute) and function.value is fit.estimator:
                names.add(name)
    if fit.in_loop:
        names.update(_collections(node, own))
    return names - {""}


def _collections(loop: ast.stmt, model: str) -> Iterator[str]:
    """Give the variables that a loop takes models from, and those that it puts them into.

    Args:
        loop: the statement with the loop.
        model: the variable that holds the model in it.
    """
    for node in walk(loop):
        match node:
            case ast.For(target=target, iter=taken_from) if model in _names(target):
                yield from _names(taken_from)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value):
                if model in _names(value):
                    yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=args):
                if any(model in _names(argument) for argument in args):
                    yield name


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in walk(node) if isinstance(part, ast.Name)}


def _saved_and_used(script: Script, by_name: FitsByName) -> tuple[Fit | None, Fit | None]:
    """Find the fit of the model that is saved last, and of the one that is used last."""
    saved: Fit | None = None
    used: Fit | None = None
    for position, step in enumerate(script.program.steps):
        for call in walk(step.node):
            if not isinstance(call, ast.Call):
                continue
            if script.path(call.func) in SAVING_FUNCTIONS and call.args:
                saved = fit_behind(call.args[0], by_name, position, script) or saved
            elif isinstance(call.func, ast.Attribute) and call.func.attr in PREDICTING_METHODS:
                model = call.func.value
                fit = fit_behind(model, by_name, position, script)
                is_one = isinstance(model, ast.Subscript) and not isinstance(step.node, ast.For)
                if fit and (is_one or len(fit.candidates) == 1):
                    used = fit
    return saved, used


def _last_use(script: Script) -> int:
    """Give the position of the last step that predicts or scores with any object."""
    return max(
        (position for position, step in enumerate(script.program.steps) if _uses_model(step.node)),
        default=-1,
    )


def _uses_model(node: ast.stmt) -> bool:
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in PREDICTING_METHODS
        for part in walk(node)
    )


def fit_behind(
    node: ast.expr, by_name: FitsByName, position: int, script: Script, depth: int = 0
) -> Fit | None:
    """Find the fit of the model that an expression stands for.

    Args:
        node: the expression: a variable, or something of one, such as `best_estimator_`.
        by_name: the fits by the variables that hold their models.
        position: of the step with the expression.
        script: the notebook's code.
        depth: how many variables were followed on the way to the expression.

    Returns:
        The last fit before the step; None if there is none.
    """
    name = root(node)
    if name is None or depth > _DEEPEST:
        return None
    value = script.program.last_value(name, position + 1)
    before = [fit for fit in by_name.get(name, []) if fit.position <= position]
    if before and (value is None or value[1] <= before[-1].position):
        return _of_one_model(before[-1], node, NamesAtStep(script, position))
    if value and value[1] < position and root(value[0]):
        return fit_behind(value[0], by_name, value[1], script, depth + 1)
    return before[-1] if before else None


def _of_one_model(fit: Fit, node: ast.expr, names: NamesAtStep) -> Fit:
    """Reduce the candidates of a loop's fit to the one that an expression takes by its name.

    Args:
        fit: the fit.
        node: the expression, such as ``models["tree"]``.
        names: what its names stand for.
    """
    if len(fit.candidates) < 2 or not isinstance(node, ast.Subscript):
        return fit
    taken = find_estimator(node, names)
    same = tuple(one for one in fit.candidates if one.estimator == taken)
    return replace(fit, candidates=same[:1]) if same else fit
