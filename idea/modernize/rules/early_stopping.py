"""Early stopping moved from `fit` into the constructors of boosted trees."""

import ast

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import without

# By package: the arguments that `fit` does not take any more.
_GONE: dict[str, tuple[str, ...]] = {
    "catboost": (),
    "lightgbm": ("early_stopping_rounds",),
}
_GONE_ELSEWHERE = ("early_stopping_rounds", "eval_metric")


@rewrites(ast.Call)
def arguments_of_fit(call: ast.Call, context: Context) -> ast.expr | None:
    """`model.fit(X, y, early_stopping_rounds=9)` without them."""
    match call.func:
        case ast.Attribute(value=model, attr="fit"):
            left = without(call, *_GONE.get(_package(model, context), _GONE_ELSEWHERE))
            if len(left) < len(call.keywords):
                return ast.Call(call.func, call.args, left)
    return None


def _package(model: ast.expr, context: Context) -> str:
    """Give the package of a model's class; empty if it is not known."""
    path = ""
    match model:
        case ast.Call(func=function):
            path = context.names.path(function)
        case ast.Name(id=name):
            path = context.names.classes.get(name, "")
    return path.partition(".")[0]
