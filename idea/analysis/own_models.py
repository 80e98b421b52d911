"""Models of the notebook's own classes, which can't be carried over."""

import ast
from collections.abc import Iterator

from idea.analysis.names_at_step import NamesAtStep, NamesInLoop
from idea.knowledge.estimators import CLASSIFICATION, REGRESSION, canonical, task_of
from idea.models import Estimator, Unread
from idea.program.static_values import Unknown, resolve

_MIXINS = {
    "sklearn.base.ClassifierMixin": CLASSIFICATION,
    "sklearn.base.RegressorMixin": REGRESSION,
}


def find_own_model(node: ast.expr, names: NamesAtStep | NamesInLoop) -> Estimator | None:
    """Name the model that an expression makes of a class of the notebook; None if it makes none.

    Args:
        node: the expression.
        names: what the notebook's names stand for.
    """
    try:
        made = resolve(node, names)
    except (Unknown, RecursionError):
        return None
    if not (isinstance(made, ast.Call) and isinstance(made.func, ast.Name)):
        return None
    written = names.script.classes.get(made.func.id)
    if written is None:
        return None
    methods = {part.name for part in written.body if isinstance(part, ast.FunctionDef)}
    tasks = list(_tasks(written, names))
    if "predict" not in methods and not tasks:
        return None
    why = f"`{written.name}` is a class of the notebook's own"
    return Unread(written.name, why).estimator(next(iter(tasks), None))


def _tasks(written: ast.ClassDef, names: NamesAtStep | NamesInLoop) -> Iterator[str]:
    for base in written.bases:
        path = canonical(names.path(base) or "")
        task = _MIXINS.get(path) or task_of(path)
        if task:
            yield task
