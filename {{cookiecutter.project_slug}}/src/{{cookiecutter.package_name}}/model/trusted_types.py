"""What a model file may be made of: a table of full names, by how a file may use each of them.

A file is data, yet skops builds what the file names: it imports the name, and for some kinds of
nodes calls it. So a name is only trusted in the kind of node that it was listed for. A class that
is filled with values (`ObjectNode`) is never called with a file's arguments, and a function that
an estimator holds (`FunctionNode`) is never called while a file is opened.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any
{%- if cookiecutter.__encoders %}

from .encoders import library_classes
{%- endif %}

PACKAGE = __package__.partition(".")[0]
# Modules whose estimators and transformers a model may consist of.
OWN = (
    "features",
    "model.pipeline",
    "model.preprocess",
    "steps",
{%- if cookiecutter.__flat %}
    "learned",  # former names
    "preprocess",
{%- endif %}
)

# Beyond what skops trusts by itself. Read what a type does before you add it.
TRUSTED = {
{%- if cookiecutter.__encoders %}
    "ConstructorFromReduceNode": {"pandas.StringDtype"},
{%- endif %}
    "DictNode": {"sklearn.utils._bunch.Bunch"},
    "DTypeNode": {"numpy.dtype"},
    "FunctionNode": {
        "sklearn.feature_selection._mutual_info.mutual_info_classif",
        "sklearn.feature_selection._mutual_info.mutual_info_regression",
        "sklearn.feature_selection._univariate_selection.chi2",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.feature_selection._univariate_selection.f_regression",
    },
    "ObjectNode": {
        "catboost.core.CatBoostClassifier",
        "catboost.core.CatBoostRegressor",
        "lightgbm.basic.Booster",
        "lightgbm.sklearn.LGBMClassifier",
        "lightgbm.sklearn.LGBMRegressor",
        "sklearn._loss.link.Interval",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.ManhattanDistance64",
        "sklearn.metrics._dist_metrics.MinkowskiDistance64",
        "sklearn.model_selection._split.KFold",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "xgboost.core.Booster",
        "xgboost.sklearn.XGBClassifier",
        "xgboost.sklearn.XGBRegressor",
{%- if cookiecutter.__flat %}
        "{{ cookiecutter.package_name }}.model.EncodedTarget",  # a former name
{%- endif %}
    },
    "TreeNode": {"sklearn.tree._tree.Tree"},
    "TypeNode": {"collections.OrderedDict"},
}


def distrusted(schema: Any, strange: list[str]) -> set[str]:
    """The names in a file that are not trusted where they stand.

    Args:
        schema: the file's tree of nodes, as JSON gives it.
        strange: names that skops does not trust by itself.
    """
    used = set(_nodes(schema))
    accepted = {name for loader, name in used if name in trusted(loader)}
    misused = {name for loader, name in used if name in strange and name not in trusted(loader)}
    return misused | (set(strange) - accepted)


def trusted(loader: str) -> set[str]:
    """The names that a kind of node may have."""
    own = {"ObjectNode": own_classes, "FunctionNode": own_functions}
{%- if cookiecutter.__encoders %}
    of_libraries = library_classes() if loader == "ObjectNode" else set()
    return TRUSTED.get(loader, set()) | (own[loader]() if loader in own else set()) | of_libraries
{%- else %}
    return TRUSTED.get(loader, set()) | (own[loader]() if loader in own else set())
{%- endif %}


@cache
def own_classes() -> set[str]:
    """This repository's estimators and transformers, by the modules in `OWN`."""
    return {
        f"{module.__name__}.{name}"
        for module in (import_module(f"{PACKAGE}.{name}") for name in OWN)
        for name in dir(module)
        if _is_own_estimator(getattr(module, name))
    }


@cache
def own_functions() -> set[str]:
    """The functions of features.py that a transformer holds.

    They are `preprocessing`, which `FromColumns` holds, and whatever features.py hands to a class,
    such as ``FunctionTransformer(in_thousands)``.
    """
    features = import_module(f"{PACKAGE}.features")
    tree = ast.parse(inspect.getsource(features))
    handed = {
        value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_class(node.func)
        for value in (*node.args, *(keyword.value for keyword in node.keywords))
        if isinstance(value, ast.Name)
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {f"{features.__name__}.{name}" for name in defined & (handed | {"preprocessing"})}


def _nodes(value: Any) -> Iterator[tuple[str, str]]:
    """The loader and the name of each node, wherever it stands."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if "__loader__" in one:
                yield str(one["__loader__"]), f"{one.get('__module__')}.{one.get('__class__')}"
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)


def _is_own_estimator(value: object) -> bool:
    return (
        isinstance(value, type)
        and hasattr(value, "fit")
        and value.__module__.startswith(f"{PACKAGE}.")
    )


def _is_class(called: ast.expr) -> bool:
    """Return whether a class is called, as far as its name says so."""
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name[:1].isupper()
