"""Which fit of a notebook is the one: what its names mean there, and what it is fitted to."""

import ast
from dataclasses import dataclass

from idea.models.estimators import is_estimator
from idea.program import Script
from idea.program.names_used import root
from idea.program.script import FitAsWritten

_CROSS = frozenset(
    f"sklearn.model_selection.{name}"
    for name in ("cross_val_score", "cross_validate", "cross_val_predict")
)
_SAVERS = frozenset({"joblib.dump", "pickle.dump", "dill.dump", "cloudpickle.dump", "pickle.dumps"})
_USES = frozenset({"predict", "predict_proba", "score", "decision_function"})


class NoIdea(ValueError):
    """The notebook fits no model that could be found; the message is one line."""


@dataclass(frozen=True)
class At:
    """What the notebook's names stand for at one point of it."""

    script: Script
    position: int

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or attribute."""
        return self.script.path(node)

    def value(self, name: str) -> ast.expr | None:
        """Give the expression that a variable was last assigned."""
        found = self.script.program.last_value(name, self.position)
        return found[0] if found else None


@dataclass(frozen=True)
class Fit:
    """Where an estimator is fitted, to what."""

    position: int
    estimator: ast.expr
    X: ast.expr
    y: ast.expr
    candidates: tuple[ast.expr, ...] = ()
    crossed: bool = False
    line: int = 0
    in_loop: bool = False
    written: tuple[str, str] = ("", "")  # X and y as they stand in the cell
    cell: int = -1

    @property
    def names_at(self) -> int:
        """The position at which its names mean what they mean to it."""
        return self.position + 1 if self.in_loop else self.position


def fits(script: Script) -> list[Fit]:
    """Find every place where a predictor is fitted to rows and targets."""
    found = []
    for position, step in enumerate(script.program.steps):
        if isinstance(step.node, ast.FunctionDef | ast.ClassDef):
            continue
        names = At(script, position)
        loops = [n for n in ast.walk(step.node) if isinstance(n, ast.For)]
        inner = At(script, position + 1)
        for node in ast.walk(step.node):
            if not isinstance(node, ast.Call):
                continue
            made = _fit_call(node, script)
            if made is None:
                continue
            estimator, X, y, crossed = made
            whole = X
            X, y = _without_fold(X, loops), _without_fold(y, loops)
            crossed = crossed or whole is not X
            candidates = _candidates(estimator, inner if loops else names, loops)
            if candidates:
                written = script.fit_as_written(step, node) or FitAsWritten(
                    step.cell, ast.unparse(X), ast.unparse(y)
                )
                found.append(
                    Fit(
                        position,
                        estimator,
                        X,
                        y,
                        tuple(candidates),
                        crossed,
                        node.lineno,
                        bool(loops),
                        (written.X, written.y),
                        written.cell,
                    )
                )
    return found


def _fit_call(call: ast.Call, script: Script) -> tuple[ast.expr, ast.expr, ast.expr, bool] | None:
    keywords = {k.arg: k.value for k in call.keywords}
    if isinstance(call.func, ast.Attribute) and call.func.attr == "fit":
        arguments = [*call.args]
        X = arguments[0] if arguments else keywords.get("X")
        y = arguments[1] if len(arguments) > 1 else keywords.get("y")
        return (call.func.value, X, y, False) if X is not None and y is not None else None
    if script.path(call.func) in _CROSS:
        given = [*call.args]
        names = ("estimator", "X", "y")
        parts = [given[i] if i < len(given) else keywords.get(n) for i, n in enumerate(names)]
        if all(part is not None for part in parts):
            return parts[0], parts[1], parts[2], True  # type: ignore[return-value]
    return None


def _without_fold(node: ast.expr, loops: list[ast.For]) -> ast.expr:
    """``X[train]`` in a loop over folds is `X`."""
    targets = {n.id for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
    match node:
        case ast.Subscript(value=inner, slice=ast.Name(id=name)) if name in targets:
            if isinstance(inner, ast.Attribute) and inner.attr in ("loc", "iloc"):
                return inner.value
            return inner
    return node


def _candidates(node: ast.expr, names: At, loops: list[ast.For], depth: int = 0) -> list[ast.expr]:
    """Find the estimators that an expression may stand for."""
    if is_estimator(node, names):
        return [node]
    if depth > 5:
        return []
    found: list[ast.expr] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and part is not node and is_estimator(part, names):
            found.append(part)
        elif isinstance(part, ast.Name):
            for loop in loops:
                if any(isinstance(n, ast.Name) and n.id == part.id for n in ast.walk(loop.target)):
                    found += _candidates(
                        loop.iter, names, [o for o in loops if o is not loop], depth + 1
                    )
            value = names.value(part.id)
            if value is not None and not isinstance(value, ast.Name):
                found += _candidates(value, names, loops, depth + 1)
    unique = {ast.dump(f): f for f in found}
    outer = [f for f in unique.values() if not _inside_another(f, list(unique.values()))]
    return outer


def _inside_another(node: ast.expr, others: list[ast.expr]) -> bool:
    return any(other is not node and any(p is node for p in ast.walk(other)) for other in others)


def chosen_fit(script: Script) -> Fit:
    """Find the fit that the notebook settles on.

    That is the model it saves; or else the one it predicts or scores with last; or else the one
    it fits last.

    Raises:
        NoIdea: if there is none.
    """
    found = fits(script)
    if not found:
        raise NoIdea("no scikit-learn model is fitted in it")
    by_name: dict[str, list[Fit]] = {}
    for fit in found:
        for name in _names_of(fit, script):
            by_name.setdefault(name, []).append(fit)
    # A fit that a loop repeats is a study of a parameter or of chance; the model is fitted once.
    for name, named in by_name.items():
        by_name[name] = [f for f in named if not f.in_loop] or named
    single = [fit for fit in found if len(fit.candidates) == 1 and not fit.in_loop] or [
        fit for fit in found if len(fit.candidates) == 1
    ]
    steps = script.program.steps
    saved: Fit | None = None
    used: Fit | None = None
    for position, step in enumerate(steps):
        for node in ast.walk(step.node):
            if not isinstance(node, ast.Call):
                continue
            if script.path(node.func) in _SAVERS and node.args:
                saved = _fit_of(node.args[0], by_name, position, script) or saved
            elif isinstance(node.func, ast.Attribute) and node.func.attr in _USES:
                last = _fit_of(node.func.value, by_name, position, script)
                if last and len(last.candidates) == 1:
                    used = last
    crossed = [fit for fit in single if fit.crossed]
    if saved:
        return saved
    if used and crossed and crossed[-1].position > used.position:
        later = crossed[-1]
        if later.position > max(
            (p for p, s in enumerate(steps) if _uses_model(s.node)), default=-1
        ):
            return later
    if used:
        return used
    return single[-1] if single else found[-1]


def _names_of(fit: Fit, script: Script) -> set[str]:
    """What the fitted model is called: of ``b = a.fit(X, y)``, `a` and `b`."""
    if fit.crossed:
        return set()
    names = {root(fit.estimator) or ""}
    match script.program.steps[fit.position].node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)):
            if isinstance(function, ast.Attribute) and function.value is fit.estimator:
                names.add(name)
    return names - {""}


def _uses_model(node: ast.stmt) -> bool:
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in _USES
        for part in ast.walk(node)
    )


def _fit_of(
    node: ast.expr, by_name: dict[str, list[Fit]], position: int, script: Script, depth: int = 0
) -> Fit | None:
    """Find the fit behind a name, through renamings and `best_estimator_`."""
    name = root(node)
    if name is None or depth > 4:
        return None
    value = script.program.last_value(name, position + 1)
    before = [fit for fit in by_name.get(name, []) if fit.position <= position]
    if before and (value is None or value[1] <= before[-1].position):
        return before[-1]
    if value and value[1] < position and isinstance(value[0], ast.Name | ast.Attribute):
        return _fit_of(value[0], by_name, value[1], script, depth + 1)
    return before[-1] if before else None
