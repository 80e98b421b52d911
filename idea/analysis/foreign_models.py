"""Models that are trained without a scikit-learn estimator: statsmodels, boosters, PyTorch."""

import ast
import sys
from collections.abc import Iterator

from idea.analysis.names_at_step import NamesAtStep
from idea.knowledge.estimators import TRAINING_FUNCTIONS, TRAINING_PACKAGES
from idea.knowledge.packages import LIBRARIES
from idea.models import find_estimator
from idea.program import Script
from idea.program.fitting_loops import is_given_y
from idea.syntax import walk


def foreign_models(script: Script) -> Iterator[tuple[int, str]]:
    """Give the steps that train such a model, and what they call for that."""
    for position, step in enumerate(script.program.steps):
        if isinstance(step.node, ast.FunctionDef):
            continue
        for call in walk(step.node):
            path = script.path(call.func) if isinstance(call, ast.Call) else None
            if path and _trains(path):
                yield position, path


def _trains(path: str) -> bool:
    root, _, rest = path.partition(".")
    name = rest.rpartition(".")[2]
    return path in TRAINING_FUNCTIONS or name in TRAINING_PACKAGES.get(root, ())


def why_none(script: Script) -> str:
    """Say why no scikit-learn model is fitted in a notebook, as far as that is known."""
    found = [path for _, path in foreign_models(script)]
    if found:
        return f"its model is made by `{found[-1]}`, which is no scikit-learn estimator"
    classes = {root for node in script.classes.values() for root in _bases(node, script)}
    if "torch" in classes:
        return "its model is a module of PyTorch, which is no scikit-learn estimator"
    unread = _takes_a_model(script)
    if unread:
        return f"its model is given to `{unread}`, whose module is not beside the notebook"
    for kind, written in (("class", script.classes), ("function", script.functions)):
        for name, node in written.items():
            if any(map(is_given_y, walk(node))):
                return (
                    f"its model is fitted within the {kind} `{name}`, which can't be taken apart; "
                    "fit it in a cell of its own"
                )
    return "no scikit-learn model is fitted in it"


def _takes_a_model(script: Script) -> str | None:
    """Give the function of an unknown module that is given a model; None if there is none."""
    known = LIBRARIES | sys.stdlib_module_names
    for position, step in enumerate(script.program.steps):
        names = NamesAtStep(script, position)
        for call in walk(step.node):
            path = script.path(call.func) if isinstance(call, ast.Call) else None
            if path and path.partition(".")[0] not in known:
                assert isinstance(call, ast.Call)
                if any(find_estimator(argument, names) for argument in call.args):
                    return path
    return None


def _bases(node: ast.ClassDef, script: Script) -> Iterator[str]:
    for base in node.bases:
        yield (script.path(base) or "").partition(".")[0]
