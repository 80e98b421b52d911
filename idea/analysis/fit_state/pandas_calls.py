"""Rewrites functions and methods of pandas that keep something between rows by themselves."""

import ast
from collections.abc import Callable

from idea.analysis.fit_state.fit_calls import fit_and
from idea.analysis.fit_state.group_calls import by_group
from idea.analysis.fit_state.rewriter import (
    Rewriter,
    dotted,
    function_of,
    parameters_of,
)
from idea.analysis.row_dependence import Kind, column_of, grouped, rowwise
from idea.knowledge.pandas_methods import DATA_PARAMETERS, ORDER_DEPENDENT
from idea.syntax import constant, copied, keyword_value

_COLUMNWISE = ("apply", "transform", "agg")


def with_data_first(call: ast.Call, name: str) -> None:
    """Change ``get_dummies(data=df)`` to ``get_dummies(df)``.

    Args:
        call: a call of a function of pandas.
        name: the function.
    """
    for keyword in call.keywords:
        if keyword.arg == DATA_PARAMETERS.get(name) and not call.args:
            call.args = [keyword.value]
            call.keywords.remove(keyword)
            return


def pandas_function(
    call: ast.Call, name: str, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Rewrite a function of pandas on rows.

    Args:
        call: the call.
        name: the function.
        hint: a name for the result.
        rewriter: rewrites expressions.

    Returns:
        A call of the method of `learn` that does the same; None where the function needs none.
    """
    match name:
        case "get_dummies":
            return _by_learn("get_dummies", call, "dummies", rewriter)
        case "factorize":
            return _by_learn("factorize", call, hint or "codes", rewriter)
        case "qcut":
            return _by_learn("qcut", call, hint, rewriter)
        case "cut" if _is_given_count(call, rewriter):
            return _by_learn("cut", call, hint, rewriter)
        case "to_datetime" if _guesses_format(call):
            return _by_learn("to_datetime", call, hint or column_of(call) or "dates", rewriter)
        case "Categorical" if len(call.args) == 1 and not call.keywords:
            series = ast.Call(dotted("pd.Series"), [rewriter.rewrite(call.args[0])], [])
            hint = hint or column_of(call)
            category = rewriter.learn.method("category", [series], hint=hint)
            return ast.Attribute(category, "array", ast.Load())
    return None


def _by_learn(method: str, call: ast.Call, hint: str | None, rewriter: Rewriter) -> ast.expr:
    """Rewrite a function of pandas as the method of `learn` with the same arguments.

    Args:
        method: the method.
        call: the call of the function.
        hint: a name for the result.
        rewriter: rewrites expressions.
    """
    arguments = [rewriter.rewrite(argument) for argument in call.args]
    for keyword in call.keywords:
        keyword.value = rewriter.rewrite(keyword.value)
    return rewriter.learn.method(method, arguments, call.keywords, hint)


def _guesses_format(call: ast.Call) -> bool:
    """Tell whether ``pd.to_datetime`` takes the format of all dates from the first of them."""
    options = {keyword.arg for keyword in call.keywords}
    return len(call.args) == 1 and options <= {"errors", "dayfirst", "utc", "cache"}


def _is_given_count(call: ast.Call, rewriter: Rewriter) -> bool:
    """Tell whether ``pd.cut`` gets the number of bins, not their edges."""
    match [*call.args[1:2], keyword_value(call, "bins")]:
        case [ast.Constant(), *_]:
            return True
        case [ast.Name(id=name), *_]:
            return rewriter.variables.is_number(name)
    return False


def method_call(
    call: ast.Call, function: ast.Attribute, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Rewrite a method call.

    Args:
        call: the call.
        function: its method.
        hint: a name for the result.
        rewriter: rewrites expressions.

    Returns:
        Another expression, or the call with other arguments; None if it is like any expression.
    """
    base, method = function.value, function.attr
    match rewriter.variables.kinds.of(base):
        case Kind.PLAIN if method in ("fit_transform", "fit_predict"):
            return fit_and(method.removeprefix("fit_"), base, call, rewriter)
        case Kind.AGGREGATE:
            function.value = rewriter.rewrite(base, hint)
            call.args = [rewriter.rewrite(argument) for argument in call.args]
            return call
        case Kind.ROWS if method in ("transform", "apply") and grouped(base) and call.args:
            return by_group(base, call.args[0], hint, rewriter)
        case Kind.ROWS if method in _METHODS:
            return _METHODS[method](call, base, hint, rewriter)
        case Kind.ROWS if method in _COLUMNWISE and not rowwise(call) and call.args:
            if rewriter.variables.is_frame(base):
                return _columnwise(call, function, rewriter)
        case Kind.ROWS if method in ORDER_DEPENDENT:
            rewriter.warn(call, "looks at neighbouring rows, which one row alone does not have")
    return None


def _factorize(
    call: ast.Call, base: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    return rewriter.learn.method("factorize", [rewriter.rewrite(base)], call.keywords, hint)


def _astype(
    call: ast.Call, base: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Rewrite ``astype("category")`` of some columns or of all."""
    match [*call.args[:1], keyword_value(call, "dtype")]:
        case [ast.Constant(value="category"), *_]:
            return rewriter.learn.method("category", [rewriter.rewrite(base)], hint=column_of(base))
        case [ast.Dict(keys=keys, values=values), *_]:
            pairs = list(zip(keys, values, strict=True))
        case _:
            return None
    chosen = [key for key, value in pairs if key and constant(value) == "category"]
    rest = [(key, value) for key, value in pairs if constant(value) != "category"]
    if not chosen:
        return None
    arguments = [rewriter.rewrite(base), ast.List(chosen, ast.Load())]
    made = rewriter.learn.method("category", arguments, hint="categories")
    if not rest:
        return made
    types = ast.Dict([key for key, _ in rest], [value for _, value in rest])
    return ast.Call(ast.Attribute(made, "astype", ast.Load()), [types], [])


def _dropna(
    call: ast.Call, base: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Rewrite ``dropna(axis=1)`` as the choice of the columns that had no gaps while fitting."""
    if not rowwise(call):
        return None
    kept = rewriter.learn.value(_columns_of(call), "complete_columns")
    return ast.Subscript(rewriter.rewrite(base), kept, ast.Load())


def _str_get_dummies(
    call: ast.Call, base: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Keep the columns that ``df["tags"].str.get_dummies()`` has while fitting."""
    known = rewriter.learn.value(_columns_of(call), "dummies")
    keywords = [ast.keyword("columns", known), ast.keyword("fill_value", ast.Constant(0))]
    return ast.Call(ast.Attribute(call, "reindex", ast.Load()), [], keywords)


def _str_split(
    call: ast.Call, base: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Keep the columns that ``df["size"].str.split("x", expand=True)`` has while fitting."""
    if constant(keyword_value(call, "expand")) is not True:
        return None
    known = rewriter.learn.value(_columns_of(call), "parts")
    parts = ast.Attribute(call, "reindex", ast.Load())
    made = ast.Call(parts, [], [ast.keyword("columns", known)])
    # A part that no row has is a column of texts all the same.
    return ast.Call(ast.Attribute(made, "astype", ast.Load()), [ast.Constant("object")], [])


def _columns_of(frame: ast.expr) -> ast.expr:
    columns = ast.Attribute(copied(frame), "columns", ast.Load())
    return ast.Call(dotted("list"), [columns], [])


def _with_frame(
    call: ast.Call, base: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Rewrite the lambdas of ``assign`` and ``pipe``, which get the whole frame."""
    for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if isinstance(given, ast.Lambda):
            with rewriter.variables.scope(parameters_of(given), rows=True):
                given.body = rewriter.rewrite(given.body)
    return None


def _reset_index(
    call: ast.Call, base: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Rewrite what makes a column of rows' numbers, which new rows do not have."""
    if call.args or call.keywords or rewriter.variables.labelled or grouped(base):
        return None
    if not rewriter.variables.is_frame(base):
        return None
    rewriter.warn(call, "makes a feature of a row's number; it is 0, as a new row has none")
    call.func = ast.Attribute(rewriter.rewrite(base, hint), "reset_index", ast.Load())
    zero = ast.keyword("index", ast.Constant(0))
    return ast.Call(ast.Attribute(call, "assign", ast.Load()), [], [zero])


# The call, the object whose method it calls, a name for the result, and what rewrites the rest.
_Method = Callable[[ast.Call, ast.expr, str | None, Rewriter], ast.expr | None]
_METHODS: dict[str, _Method] = {
    "factorize": _factorize,
    "astype": _astype,
    "dropna": _dropna,
    "get_dummies": _str_get_dummies,
    "split": _str_split,
    "rsplit": _str_split,
    "assign": _with_frame,
    "pipe": _with_frame,
    "reset_index": _reset_index,
}


def _columnwise(call: ast.Call, function: ast.Attribute, rewriter: Rewriter) -> ast.expr | None:
    """Rewrite ``df.apply(f)``, where `f` gets whole columns.

    Args:
        call: the call.
        function: its method.
        rewriter: rewrites expressions.

    Returns:
        The call with a function that keeps what it computes by the column's name.
    """
    match call.args[0]:
        case ast.Lambda(args=ast.arguments(args=[ast.arg(arg=parameter)]), body=body):
            pass
        case ast.Attribute() | ast.Name() as given:
            parameter = "column"
            body = ast.Call(copied(given), [ast.Name(parameter, ast.Load())], [])
        case _:
            return None
    before = ast.dump(body)
    name = ast.Attribute(ast.Name(parameter, ast.Load()), "name", ast.Load())
    variables = rewriter.variables
    with variables.scope([parameter], rows=True, loops=[name]), variables.series(parameter):
        body = rewriter.rewrite(body)
    function.value = rewriter.rewrite(function.value)
    if ast.dump(body) != before:
        call.args[0] = function_of(parameter, body)
    return call
