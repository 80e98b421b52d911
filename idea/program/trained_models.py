"""Rewrites models that are trained by a function of their library as scikit-learn's estimators.

`xgb.train(params, xgb.DMatrix(X, y), 50)` becomes
`XGBRegressor(**params, n_estimators=50).fit(X, y)`, and `sm.OLS(y, X).fit()` becomes
`LinearRegression(fit_intercept=False).fit(X, y)`. A model of a formula is one of the columns that
the formula names; the notebook's own cells make its design.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from idea.knowledge.estimators import (
    ADD_CONSTANT,
    BOOSTER_DATA,
    BOOSTER_TRAINING,
    CLASS_OBJECTIVES,
    FORMULA_MODELS,
    LINEAR_MODELS,
    OBJECTIVE_NAMES,
    Booster,
)
from idea.program.dataflow import Step, effects
from idea.program.formulas import read_formula
from idea.syntax import constant, copied, import_path, keyword_value


def with_estimators(
    steps: Iterable[Step], imports: Mapping[str, str]
) -> tuple[list[Step], dict[str, str]]:
    """Rewrite the training of boosters and of statsmodels' linear models.

    Args:
        steps: the statements, whose trees are changed.
        imports: dotted paths by the names that they are imported as.

    Returns:
        The statements, and imports that they need beyond the given ones.
    """
    rewrite = _Estimators(imports)
    done = []
    for step in steps:
        if isinstance(step.node, ast.FunctionDef | ast.ClassDef):
            done.append(step)
        else:
            done.append(step.becomes(rewrite.statement(step.node), step.role, step.call))
    return done, rewrite.needed


@dataclass(frozen=True)
class _Rows:
    """Rows and, where it has them, targets: of a booster's own table, or of a model."""

    X: ast.expr
    y: ast.expr | None
    estimator: ast.expr | None = None


class _Estimators(ast.NodeTransformer):
    """Replaces what trains a model; knows which variables hold tables, models and parameters."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.imports = imports
        self.needed: dict[str, str] = {}
        self.rows: dict[str, _Rows] = {}
        self.objectives: dict[str, str] = {}

    def statement(self, node: ast.stmt) -> ast.stmt:
        """Rewrite a statement, and note what its variables hold from here on."""
        made = effects(node).makes
        held: _Rows | None = None
        objective: str | None = None
        match node:
            case ast.Assign(targets=[ast.Name()], value=ast.Call() as call):
                held = self._table(call) or self._linear(call)
                objective = _objective(call)
            case ast.Assign(targets=[ast.Name()], value=ast.Dict() as parameters):
                objective = _objective(parameters)
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key))],
                value=ast.Constant(value=str(value)),
            ) if key in OBJECTIVE_NAMES:
                self.objectives[name] = value
        new: ast.stmt = self.visit(node)
        for name in made:
            self.rows.pop(name, None)
            self.objectives.pop(name, None)
            if held is not None:
                self.rows[name] = held
            if objective is not None:
                self.objectives[name] = objective
        return new

    def visit_Call(self, call: ast.Call) -> ast.expr:
        """Rewrite a call that trains, or that makes a booster's own table."""
        trained = self._trained(call) or self._fitted(call)
        if trained is not None:
            return ast.copy_location(trained, call)
        table = self._table(call)
        if table is not None:  # the rows of a table, which may be one to predict
            return ast.copy_location(table.X, call)
        model = self._linear(call)
        if model is not None and model.estimator is not None:
            return ast.copy_location(model.estimator, call)
        self.generic_visit(call)
        path = import_path(call.func, self.imports) or ""
        if path in ADD_CONSTANT and keyword_value(call, "has_constant") is None:
            # By default, one row gets none: each of its columns is constant.
            call.keywords.append(ast.keyword("has_constant", ast.Constant("add")))
        return call

    def _table(self, call: ast.Call) -> _Rows | None:
        """Give what is in ``xgb.DMatrix(X, label=y)`` and ``lgb.Dataset(X, y)``."""
        if import_path(call.func, self.imports) not in BOOSTER_DATA:
            return None
        given = dict(zip(("data", "label"), call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        return _Rows(given["data"], given.get("label")) if "data" in given else None

    def _linear(self, call: ast.Call) -> _Rows | None:
        """Give the model and the rows of ``sm.OLS(y, X)``, or of ``smf.ols("y ~ x", data=df)``."""
        root, _, rest = (import_path(call.func, self.imports) or "").partition(".")
        name = rest.rpartition(".")[2] if root == "statsmodels" else ""
        formula = read_formula(call) if name in FORMULA_MODELS else None
        if formula is not None:
            return _Rows(formula.rows, formula.targets, self._estimator(FORMULA_MODELS[name]))
        given = dict(zip(("endog", "exog"), call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        if name not in LINEAR_MODELS or {"endog", "exog"} != given.keys():
            return None
        return _Rows(given["exog"], given["endog"], self._estimator(name))

    def _estimator(self, model: str) -> ast.expr:
        """Write the estimator that a linear model of statsmodels stands for."""
        path, parameters = LINEAR_MODELS[model]
        return ast.parse(f"{self._imported(path)}({parameters})", mode="eval").body

    def _fitted(self, call: ast.Call) -> ast.Call | None:
        """Rewrite ``sm.OLS(y, X).fit()``, also where a variable holds the model."""
        estimator: ast.expr | None
        match call.func:
            case ast.Attribute(value=ast.Name(id=name) as variable, attr="fit"):
                held, estimator = self.rows.get(name), variable
            case ast.Attribute(value=ast.Call() as made, attr="fit"):
                held = self._linear(made)
                estimator = held.estimator if held else None
            case _:
                return None
        if held is None or estimator is None or held.estimator is None:
            return None
        return _fit(estimator, held)

    def _trained(self, call: ast.Call) -> ast.Call | None:
        """Rewrite ``xgb.train(params, table, 50)``."""
        booster = BOOSTER_TRAINING.get(import_path(call.func, self.imports) or "")
        if booster is None:
            return None
        given = dict(zip(booster.arguments, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        parameters, table = given.get("params"), given.get(booster.arguments[1])
        rows = self._rows_of(table)
        if parameters is None or rows is None:
            return None
        return _fit(self._booster(booster, parameters, given), rows)

    def _rows_of(self, table: ast.expr | None) -> _Rows | None:
        match table:
            case ast.Name(id=name):
                return self.rows.get(name)
            case ast.Call():
                return self._table(table)
        return None

    def _booster(
        self, booster: Booster, parameters: ast.expr, given: Mapping[str, ast.expr]
    ) -> ast.Call:
        """Give the estimator that a booster's training stands for.

        Args:
            booster: the library's training.
            parameters: its `params`.
            given: all its arguments by name.
        """
        held = isinstance(parameters, ast.Name)
        objective = self.objectives.get(parameters.id) if held else _objective(parameters)  # type: ignore[attr-defined]
        classifies = (objective or "").startswith(CLASS_OBJECTIVES)
        path = booster.classifier if classifies else booster.regressor
        keywords = [ast.keyword(None, copied(parameters))]
        rounds = given.get("num_boost_round", ast.Constant(booster.rounds))
        if not _names(parameters) & booster.names_of_rounds:
            keywords.append(ast.keyword("n_estimators", rounds))
        return ast.Call(ast.Name(self._imported(path), ast.Load()), [], keywords)

    def _imported(self, path: str) -> str:
        """Give a name for a class, which is imported by it."""
        name = path.rpartition(".")[2]
        self.needed[name] = path
        return name


def _fit(estimator: ast.expr, rows: _Rows) -> ast.Call | None:
    """Write ``estimator.fit(X, y)``; None without targets."""
    if rows.y is None:
        return None
    fit = ast.Attribute(copied(estimator), "fit", ast.Load())
    return ast.Call(fit, [copied(rows.X), copied(rows.y)], [])


def _objective(parameters: ast.expr) -> str | None:
    """Give the objective that a dict of parameters names."""
    match parameters:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if constant(key) in OBJECTIVE_NAMES and isinstance(constant(value), str):
                    return str(constant(value))
        case ast.Call(func=ast.Name(id="dict")):
            for name in OBJECTIVE_NAMES:
                given = constant(keyword_value(parameters, name))
                if isinstance(given, str):
                    return given
    return None


def _names(parameters: ast.expr) -> set[object]:
    """Give the names in a dict of parameters that is written out."""
    return {constant(key) for key in parameters.keys} if isinstance(parameters, ast.Dict) else set()
