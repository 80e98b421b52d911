"""Runs a small notebook, and the modules that are written from it, on the same table."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import Idea
from idea.codegen.features_module import features_module
from idea.codegen.prepare_module import prepare_module
from tests.idea.analysis.fit_state.running import learned


def by_notebook(idea: Idea, folder: Path) -> tuple[Any, Any]:
    """Run the notebook's cells; give what its fit gets."""
    scope: dict[str, Any] = {}
    code = "\n".join(cell.code for cell in idea.notebook.in_order())
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.chdir(folder)
        exec(code, scope)  # noqa: S102 - our own code
    written = idea.reading.fit.written
    return eval(written.X, scope), eval(written.y, scope)  # noqa: S307


# What the rendered repo gives the modules, by its name.
GIVEN: dict[str, Any] = {}


def _run(text: str) -> dict[str, Any]:
    scope: dict[str, Any] = dict(GIVEN)
    text = text.replace("from .steps", "from learned")
    text = text.replace("from .tools.look_ups import look_up\n", "")
    exec(text, scope)  # noqa: S102
    return scope


def prepared(idea: Idea, table: pd.DataFrame) -> pd.DataFrame:
    """Give the rows to learn from, as `prepare.py` gives them."""
    if not idea.reading.preparation.does_something:
        return table
    target = idea.reading.target.column
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = _run(prepare_module(idea, "n", target).text)["prepare"](table.copy())
    assert isinstance(result, pd.DataFrame)
    return result


def by_repo(idea: Idea, table: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Run the generated modules; give the features, the target, and the fitted `Features`."""
    assert learned is not None
    rows = prepared(idea, table)
    y = rows[idea.reading.target.column]
    features = _run(features_module(idea, "n").text)["Features"]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X = features.fit_transform(rows[list(idea.reading.used)], y)
    return X, y, features


def same_as_notebook(idea: Idea, folder: Path, table: pd.DataFrame) -> None:
    """While fitting, the notebook's own X and y; afterwards the same for one row as for all."""
    their_X, their_y = by_notebook(idea, folder)
    X, y, features = by_repo(idea, table)
    assert [str(name) for name in X] == [str(name) for name in their_X]
    np.testing.assert_allclose(
        np.asarray(X, dtype=float), np.asarray(their_X, dtype=float), rtol=1e-9
    )
    np.testing.assert_allclose(np.asarray(y, dtype=float), np.ravel(their_y).astype(float))
    rows = prepared(idea, table)[list(idea.reading.used)]
    for place in (0, len(rows) // 2):
        one = features.transform(rows.iloc[[place]])
        np.testing.assert_allclose(
            np.asarray(one, dtype=float), np.asarray(X.iloc[[place]], dtype=float), rtol=1e-9
        )
