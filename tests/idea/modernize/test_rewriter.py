"""A cell's code is moved to current libraries, and the rest of it keeps its text and its line."""

import ast

import pytest

from idea.modernize import Moved, modernise, notebook_names
from tests.idea.modernize.test_rules import names

NONE = names()


@pytest.mark.parametrize("code", ["x = (1  ,\n   2)", "print x", ""])
def test_code_without_changes_keeps_its_text(code: str) -> None:
    assert modernise(code, NONE) == (code, [])


def test_names_that_the_notebook_defines_are_its_own() -> None:
    code = "plot_roc_curve(a, b)"
    assert modernise(code, notebook_names([ast.parse("def plot_roc_curve(): pass")])) == (code, [])


def test_the_rest_keeps_its_text_and_its_line() -> None:
    new, moved = modernise(
        "a = [1,2]  # mine\n"
        "m = Ridge(\n    alpha=2,  # small\n    normalize=True,\n).fit(X, y)\n"
        "for é in 'ů', np.NaN:\n"
        "    df['ž'].fillna(\n        0, inplace=True)  # why\n"
        "    'x'+'y'\n",
        NONE,
    )
    assert new == (
        "a = [1,2]  # mine\n"
        "m = Ridge(alpha=2).fit(X, y)\n\n\n\n"
        "for é in 'ů', np.nan:\n"
        "    df['ž'] = df['ž'].fillna(0)  # why\n\n"
        "    'x'+'y'\n"
    )
    assert moved == [
        Moved(2, "Ridge(normalize=True)", "Ridge()"),
        Moved(6, "np.NaN", "np.nan"),
        Moved(7, "df['ž'].fillna(0, inplace=True)", "df['ž'] = df['ž'].fillna(0)"),
    ]


def test_f_strings_are_written_anew_as_a_whole() -> None:
    assert modernise("print(f'{df.as_matrix()} {a}')", NONE)[0] == "print(f'{df.to_numpy()} {a}')"


def test_an_import_goes_before_a_block() -> None:
    new, _ = modernise("def f(a, b):\n    return mean_squared_error(a, b, squared=False)", NONE)
    assert new == (
        "from sklearn.metrics import root_mean_squared_error\n"
        "def f(a, b):\n    return root_mean_squared_error(a, b)"
    )


def test_the_estimator_that_is_named_nearest_decides() -> None:
    new, _ = modernise(
        "a = {'max_features': ['auto'], 'criterion': ['mse']}\nRandomForestRegressor()\n\n\n"
        "b = {'max_features': ['auto']}\nRandomForestClassifier()\n\n\n"
        "c = {'criterion': ['friedman_mse'], 'd': 1}\nGradientBoostingRegressor()",
        NONE,
    )
    assert "a = {'max_features': [1.0], 'criterion': ['squared_error']}" in new
    assert "b = {'max_features': ['sqrt']}" in new
    assert "c = {'d': 1}" in new


def test_what_is_gone_is_said() -> None:
    code = "from sklearn.datasets import load_boston\nx = load_boston()"
    new, moved = modernise(code, NONE)
    assert new == code
    assert [(move.line, "no Boston data" in move.now) for move in moved] == [(1, True), (2, True)]


def test_what_no_person_wrote_is_left_alone() -> None:
    code = "x = " + " + ".join(["np.NaN"] * 3000)
    assert modernise(code, NONE) == (code, [])
