"""The facts of `idea/knowledge` are those of the installed pandas, NumPy and scikit-learn."""

import importlib
import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
import sklearn.metrics  # type: ignore[import-untyped]
import sklearn.utils  # type: ignore[import-untyped]
from sklearn.experimental import enable_iterative_imputer  # type: ignore[import-untyped]  # noqa: F401
from sklearn.utils._param_validation import StrOptions  # type: ignore[import-untyped]

from idea.knowledge import metrics, pandas_methods, readers, renames, signatures
from idea.knowledge.estimators import CLASSIFIERS, REGRESSORS, TRANSFORMERS, canonical

CLASSES = {**CLASSIFIERS, **REGRESSORS, **TRANSFORMERS}
MODULES = ("model_selection", "metrics", "feature_selection", "impute", "compose", "pipeline")


def member(path: str) -> Any:
    """Import a member of a module; None if its package is not installed."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return None


def callables() -> Iterator[tuple[str, signatures.Signature, Any]]:
    """Find the callables of the table of signatures that are installed."""
    for name, signature in signatures.METHODS.items():
        yield name, signature, getattr(pd.DataFrame, name)
    for name, signature in signatures.FUNCTIONS.items():
        yield name, signature, getattr(pd, name, None) or _of_scikit(name)
    for stem, signature in signatures.CLASSES.items():
        for name in (stem, f"{stem}Classifier", f"{stem}Regressor"):
            own = name in signatures.CLASSES and name != stem
            found = member(CLASSES[name]) if name in CLASSES else _of_scikit(name)
            if found is not None and not own:
                yield name, signature, found


def _of_scikit(name: str) -> Any:
    modules = (importlib.import_module(f"sklearn.{module}") for module in MODULES)
    return next((vars(module)[name] for module in modules if name in vars(module)), None)


FOUND = list(callables())


def test_most_signatures_are_of_installed_libraries() -> None:
    assert len(FOUND) > 70


@pytest.mark.parametrize(("name", "signature", "found"), FOUND, ids=[name for name, *_ in FOUND])
def test_signatures(name: str, signature: signatures.Signature, found: Any) -> None:
    parameters = inspect.signature(found).parameters
    positional = [
        key
        for key, parameter in parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and key != "self"
    ]
    assert positional[: len(signature.positional)] == [*signature.positional]
    if name not in renames.KEYWORDS:  # what was removed there is removed from its call, too
        gone = {"method", "inplace", "axis", "columns", "limit"}
        unknown = {*signature.order} - {*parameters} - gone
        assert not unknown


def test_missing_values() -> None:
    from pandas._libs.parsers import STR_NA_VALUES  # type: ignore[import-untyped]

    assert readers.MISSING_VALUES == STR_NA_VALUES


@pytest.mark.parametrize("path", [p for p in CLASSES.values() if p.startswith("sklearn.")])
def test_classes_are_where_they_are_said_to_be(path: str) -> None:
    assert member(path) is not None
    assert canonical(member(path).__module__ + "." + path.rpartition(".")[2]) == path


def _options(parameter: str) -> set[Any]:
    """Collect the values that estimators take for a parameter, without deprecated ones."""
    taken: set[Any] = set()
    for _, found in sklearn.utils.all_estimators():
        constraints = getattr(found, "_parameter_constraints", {}).get(parameter, [])
        for constraint in constraints if isinstance(constraints, list) else []:
            if constraint is None:
                taken.add(None)
            elif isinstance(constraint, StrOptions):
                taken |= constraint.options - constraint.deprecated
    return taken


OF_OTHERS = {"scoring", "objective", "tree_method"}  # the last two are XGBoost's


@pytest.mark.parametrize("parameter", sorted(set(renames.VALUES) - OF_OTHERS))
def test_values(parameter: str) -> None:
    taken = _options(parameter)
    for old, new in renames.VALUES[parameter].items():
        assert old not in taken
        assert new in taken


def test_scorers() -> None:
    known = {*sklearn.metrics.get_scorer_names()}
    assert set(renames.VALUES["scoring"].values()) <= known
    assert not set(renames.VALUES["scoring"]) & known
    assert set.union(*map(set, metrics.SCORERS.values())) <= known
    assert all(hasattr(sklearn.metrics, name) for name in metrics.FUNCTIONS)


def test_renamed_parameters() -> None:
    deprecated = {("LogisticRegression", "n_jobs")}  # has no effect
    for name, changes in renames.KEYWORDS.items():
        if name not in CLASSES or not CLASSES[name].startswith("sklearn."):
            continue
        parameters = inspect.signature(member(CLASSES[name])).parameters
        for old, new in changes.items():
            still = old in parameters and parameters[old].default not in ("deprecated", "warn")
            assert not still or (name, old) in deprecated
            assert new is None or new in parameters


def test_renamed_members() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert {name for name in renames.NUMPY if hasattr(np, name)} <= {"row_stack"}  # deprecated
    assert all(hasattr(np, name) for name in renames.NUMPY.values())
    for path in {path for path in renames.MODULES.values() if path.startswith("sklearn.")}:
        assert importlib.util.find_spec(path)
    for module, name in renames.NAMES.values():
        if module.startswith("sklearn"):
            assert hasattr(importlib.import_module(module), name) or importlib.util.find_spec(
                f"{module}.{name}"
            )


@pytest.mark.parametrize("letter", sorted(set(renames.FREQUENCIES.values())))
def test_frequencies(letter: str) -> None:
    assert len(pd.date_range("2024", periods=2, freq=letter)) == 2


@pytest.mark.parametrize(
    "name", sorted(pandas_methods.ROW_FILTERS | pandas_methods.KEEP_COLUMNS - {"applymap"})
)
def test_methods_exist(name: str) -> None:
    owners = (pd.DataFrame, pd.Series, np.ndarray)
    assert any(hasattr(owner, name) for owner in owners)
