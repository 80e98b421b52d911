"""Features and models of formulas: what they take of a table, and who makes their design."""

import ast
from pathlib import Path

import pytest

from idea.analysis import BadIdea, Idea
from idea.codegen import packages
from idea.program.formulas import read_formula
from tests.idea.analysis.notebooks import FIT, XY, analysed


def call(code: str) -> ast.Call:
    node = ast.parse(code, mode="eval").body
    assert isinstance(node, ast.Call)
    return node


@pytest.mark.parametrize(
    ("formula", "taken"),
    [
        ("'y ~ a + b'", ("y", ("a", "b"))),
        ("'y ~ C(a) * np.log(b) + a:c'", ("y", ("a", "b", "c"))),
        ("'y ~ C(a, Treatment(1)) + bs(b, df=3) - 1'", ("y", ("a", "b"))),
        ("\"Q('the y') ~ Q('x 1') + a\"", ("the y", ("x 1", "a"))),
        ("'np.log(y) ~ a'", None),
        ("'y + z ~ a'", None),
        ("'y ~ .'", None),
        ("'y'", None),
        ("text", None),
    ],
)
def test_a_formula_names_columns(formula: str, taken: tuple[str, tuple[str, ...]] | None) -> None:
    found = read_formula(call(f"ols({formula}, data=df)"))
    assert (found and (found.target, found.columns)) == taken


def test_a_table_has_to_be_a_variable() -> None:
    assert read_formula(call("ols('y ~ a', data=load())")) is None


def formula_api(people: Path, *cells: str) -> Idea:
    return analysed(people, "import statsmodels.formula.api as smf", *cells)


@pytest.mark.parametrize(
    ("code", "made"),
    [
        (
            "res = smf.ols('income ~ age + C(plan)', data=df).fit()",
            "smf.ols('income ~ age + C(plan)', data=df)",
        ),
        ("model = smf.ols('income ~ age + C(plan)', df)\nres = model.fit()", "model"),
    ],
)
def test_a_model_of_a_formula_is_compared_by_its_design(people: Path, code: str, made: str) -> None:
    found = formula_api(people, code + "\nprint(res.summary())")
    assert found.reading.target.column == "income"
    assert found.unparted == f"a formula makes the features of `{made}`"
    assert found.estimator.path == "sklearn.linear_model.LinearRegression"
    assert found.estimator.config["fit_intercept"] is False
    written = found.reading.fit.written
    assert (written.X, written.y) == (f"{made}.data.orig_exog", f"{made}.data.orig_endog")
    assert "statsmodels>=0.14" in packages(found)


def test_a_logit_of_a_formula_classifies(people: Path) -> None:
    found = formula_api(people, "smf.logit('churn ~ age', data=df).fit()")
    assert (found.task, found.estimator.name) == ("classification", "logistic_regression")


def test_a_formula_that_is_not_written_out_is_refused(people: Path) -> None:
    with pytest.raises(BadIdea, match=r"statsmodels\.formula\.api\.ols"):
        formula_api(people, "smf.ols('np.log(income) ~ age', data=df).fit()")


def test_beside_an_estimator_a_model_of_a_formula_is_named(people: Path) -> None:
    found = formula_api(people, XY, FIT, "smf.ols('income ~ age', data=df).fit()")
    assert found.estimator.name == "logistic_regression"
    assert any("trains another model" in note for _, note in found.notes)
