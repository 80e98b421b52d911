"""The names and calls of a cell, as rules ask for them."""

import ast
from collections.abc import Set
from dataclasses import dataclass

from idea.knowledge.estimators import CLASSIFIERS, REGRESSORS
from idea.modernize.names import NotebookNames
from idea.syntax import walk


@dataclass(frozen=True)
class Context:
    """A cell's names and calls.

    Attributes:
        names: the names of the notebook.
        dicts: variables that hold a dict in this cell.
        callees: what is called.
        used: calls whose value is used.
        estimators: lines and names of the estimators' classes.
    """

    names: NotebookNames
    dicts: Set[str]
    callees: Set[ast.expr]
    used: Set[ast.expr]
    estimators: tuple[tuple[int, str], ...]

    def is_module(self, node: ast.expr | None, module: str) -> bool:
        """Tell whether a node is the name of a module, such as `np` of `numpy`."""
        return isinstance(node, ast.Name) and self.names.path(node) == module

    def is_pandas(self, node: ast.expr | None) -> bool:
        """Tell whether a node is the name of pandas."""
        return self.is_module(node, "pandas")

    def is_frame(self, node: ast.expr) -> bool:
        """Tell whether a node is the name of a frame."""
        return (
            isinstance(node, ast.Name)
            and node.id in self.names.frames
            and node.id not in self.dicts
        )

    def nearest_estimator(self, line: int) -> str:
        """Give the class of the estimator that is named nearest to a line; empty if none is."""
        return min(self.estimators, key=lambda named: abs(named[0] - line), default=(0, ""))[1]


def context_of(tree: ast.Module, names: NotebookNames) -> Context:
    """Collect the names and calls of a cell."""
    dicts, callees, used = set[str](), set[ast.expr](), set[ast.expr]()
    estimators: list[tuple[int, str]] = []
    for node in walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict()):
                dicts.add(name)
            case ast.Call():
                callees.add(node.func)
            case ast.Name(id=name) | ast.Attribute(attr=name) if is_estimator_class(name):
                estimators.append((node.lineno, name))
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) else None
        while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            used.add(value)
            value = value.func.value
    return Context(names, dicts, callees, used, tuple(estimators))


def is_estimator_class(name: str) -> bool:
    """Tell whether a name is that of a predictor's class."""
    known = name in CLASSIFIERS or name in REGRESSORS
    return known or name.endswith(("Classifier", "Regressor"))
