"""Rewrites what fits estimators and scalers to rows."""

import ast

from idea.analysis.fit_state.rewriter import Rewriter
from idea.analysis.row_dependence import Kind, Kinds
from idea.knowledge.preprocessing import SCALERS
from idea.syntax import copied, walk


def is_fit(call: ast.Call, kinds: Kinds) -> bool:
    """Tell whether a call fits something to rows."""
    match call.func:
        case ast.Attribute(value=made, attr="fit"):
            return kinds.of(made) is Kind.PLAIN and kinds.of(call) is Kind.AGGREGATE
    return False


def fitted(made: ast.expr, call: ast.Call, rewriter: Rewriter) -> ast.stmt:
    """Rewrite ``made.fit(rows)`` as ``made = learn("made", lambda: made.fit(rows))``.

    Args:
        made: the object that is fitted.
        call: the call that fits it, or fits it and does more.
        rewriter: rewrites expressions.
    """
    call = copied(call)
    if any(_uses_fitted(argument) for argument in call.args):
        call.args = [rewriter.rewrite(argument) for argument in call.args]
    call.func = ast.Attribute(copied(made), "fit", ast.Load())
    value = rewriter.learn.fit(made, call, again=not rewriter.variables.is_unfitted(made))
    rewriter.variables.note_fitted(made)
    target = copied(made)
    target.ctx = ast.Store()  # type: ignore[attr-defined]
    return ast.Assign([target], value)


def _uses_fitted(node: ast.expr) -> bool:
    """Tell whether code fits something else, which is used as fitted from there on."""
    return any(
        isinstance(part, ast.Attribute) and part.attr.startswith("fit") for part in walk(node)
    )


def fit_and(method: str, made: ast.expr, call: ast.Call, rewriter: Rewriter) -> ast.expr:
    """Rewrite ``made.fit_transform(rows)`` as a fit, and a method of what is fitted.

    Args:
        method: this method.
        made: the object.
        call: a call with the rows.
        rewriter: rewrites expressions.
    """
    call = copied(call)
    if call.args:
        call.args[0] = given = rewriter.rewrite(call.args[0])
    else:
        call.keywords[0].value = given = rewriter.rewrite(call.keywords[0].value)
    has_name = isinstance(made, ast.Name | ast.Subscript) and not rewriter.variables.kinds.path(
        made
    )
    if has_name and not rewriter.variables.nested:
        rewriter.put_before(fitted(made, call, rewriter))
        model = copied(made)
    else:
        fit = ast.Call(ast.Attribute(made, "fit", ast.Load()), call.args, call.keywords)
        model = rewriter.learn.fit(made, fit, again=has_name)
    return ast.Call(ast.Attribute(model, method, ast.Load()), [copied(given)], [])


def scaled(call: ast.Call, rewriter: Rewriter) -> ast.expr | None:
    """Rewrite ``preprocessing.scale(values)`` as a scaler that is fitted; None for other calls."""
    path = rewriter.variables.kinds.path(call.func) or ""
    if path == "scipy.stats.zscore":
        return _zscore(call.args[0], rewriter)
    if path in ("scipy.stats.boxcox", "scipy.stats.yeojohnson") and len(call.args) == 1:
        rewriter.warn(call, "is fitted to all rows at once: a single row gets another value")
    if path not in SCALERS:
        return None
    name = SCALERS[path]
    rewriter.learn.imports[name] = f"sklearn.preprocessing.{name}"
    made = ast.Call(ast.Name(name, ast.Load()), [], [])
    values = call.args[0]
    if not rewriter.variables.is_series(values):
        return fit_and("transform", made, ast.Call(made, [values], []), rewriter)
    table = ast.Call(ast.Attribute(values, "to_frame", ast.Load()), [], [])
    array = fit_and("transform", made, ast.Call(made, [table], []), rewriter)
    first_column = ast.Tuple([ast.Slice(), ast.Constant(0)], ast.Load())
    return ast.Subscript(array, first_column, ast.Load())


def _zscore(values: ast.expr, rewriter: Rewriter) -> ast.expr:
    """Rewrite ``zscore(values)`` by the mean and the spread of training rows."""

    def computed(method: str, *keywords: ast.keyword) -> ast.expr:
        function = ast.Attribute(copied(values), method, ast.Load())
        return rewriter.learn.value(ast.Call(function, [], list(keywords)))

    mean = computed("mean")
    spread = computed("std", ast.keyword("ddof", ast.Constant(0)))
    centred = ast.BinOp(rewriter.rewrite(values), ast.Sub(), mean)
    return ast.BinOp(centred, ast.Div(), spread)
