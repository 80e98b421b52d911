"""Methods and functions of pandas that are gone, and how to write what they did."""

import ast
import re

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import build, method, without
from idea.syntax import constant, keyword_value

# By name and number of arguments: `x` is the object, `a` and `b` are the arguments.
_TEMPLATES = {
    ("mad", 0): "(x - x.mean()).abs().mean()",
    ("order", 0): "x.sort_values()",
    ("get_value", 2): "x.at[a, b]",
    ("clip_upper", 1): "x.clip(upper=a)",
    ("clip_lower", 1): "x.clip(lower=a)",
}
_WINDOW = re.compile(r"(rolling|expanding)_(\w+)")


@rewrites(ast.Call)
def by_template(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.mad()` as `(df - df.mean()).abs().mean()`."""
    match call.func:
        case ast.Attribute(value=of, attr=name) if not call.keywords:
            template = _TEMPLATES.get((name, len(call.args)))
            if template:
                return build(template, x=of, **dict(zip("ab", call.args, strict=False)))
    return None


@rewrites(ast.Call)
def sort(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.sort("a")` as `df.sort_values("a")`; lists have a `sort` too, without these arguments."""
    match call:
        case ast.Call(func=ast.Attribute(value=of, attr="sort"), args=[by]):
            if isinstance(constant(by), str):
                return method(of, "sort_values", [by], call.keywords)
        case ast.Call(func=ast.Attribute(value=of, attr="sort"), args=[]):
            if columns := keyword_value(call, "columns"):
                return method(of, "sort_values", [columns], without(call, "columns"))
    return None


@rewrites(ast.Call)
def records(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.to_dict("record")` as `df.to_dict("records")`."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=of, attr="to_dict"), args=[ast.Constant(value="record" | "r")]
        ):
            return method(of, "to_dict", [ast.Constant("records")], call.keywords)
    return None


@rewrites(ast.Call)
def parsed_dates(call: ast.Call, context: Context) -> ast.expr | None:
    """`pd.datetime.strptime(text, form)`, whose `pd.datetime` is `pd.Timestamp` by now."""
    if context.names.path(call.func) == "pandas.Timestamp.strptime" and len(call.args) == 2:
        text, form = call.args
        pandas = context.names.pandas
        return build("pd.to_datetime(x, format=f)", pd=pandas, x=text, f=form)
    return None


@rewrites(ast.Call)
def value_counts(call: ast.Call, context: Context) -> ast.expr | None:
    """`pd.value_counts(a)` as `pd.Series(a).value_counts()`."""
    match call:
        case ast.Call(func=ast.Attribute(value=of, attr="value_counts"), args=[values]) if (
            context.is_pandas(of)
        ):
            series = build("pd.Series(x)", pd=of, x=values)
            return method(series, "value_counts", [], call.keywords)
    return None


@rewrites(ast.Call)
def windows(call: ast.Call, context: Context) -> ast.expr | None:
    """`pd.rolling_mean(a, 3)` as `a.rolling(3).mean()`."""
    match call:
        case ast.Call(func=ast.Attribute(value=of, attr=name), args=[values] | [values, _]) if (
            context.is_pandas(of) and (window := _WINDOW.fullmatch(name))
        ):
            size = [*call.args[1:], *filter(None, [keyword_value(call, "window")])]
            of_window = [key for key in call.keywords if key.arg in ("min_periods", "center")]
            rolled = method(values, window[1], size, of_window)
            rest = without(call, "window", "min_periods", "center")
            return method(rolled, window[2], [], rest)
    return None
