"""Steps without the target's column, which is not there in prediction, or of another type."""

import ast
from collections.abc import Set

from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.slices import Slices
from idea.program import literal
from idea.program.static_values import Unknown
from idea.syntax import callee_name, copied, walk

_OF_COLUMNS = ("columns", "select_dtypes")


def without_target(node: ast.stmt, names: Set[str], slices: Slices) -> ast.stmt:
    """Leave the target, which is not there in prediction, out of a loop over columns.

    Args:
        node: a statement.
        names: what the target's column is called.
        slices: the statements behind the fit.
    """
    if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name):
        return node
    columns: ast.expr | None = node.iter
    if isinstance(columns, ast.Name):
        found = slices.program.last_value(columns.id, slices.fit.position)
        columns = found[0] if found else None
    if not isinstance(columns, ast.List | ast.Tuple):
        return node
    rest = [e for e in columns.elts if not (isinstance(e, ast.Constant) and e.value in names)]
    if len(rest) == len(columns.elts) or not rest:
        return node
    new = copied(node)
    new.iter = ast.List([copied(each) for each in rest], ast.Load())
    return ast.fix_missing_locations(new)


def passing_over_target(node: ast.stmt, target: Set[str], names: NamesAtStep) -> ast.stmt:
    """Let a statement that takes the target out of a list of columns not mind that it is not there.

    Args:
        node: the statement: ``numbers = df.select_dtypes("number").columns.drop("churn")``.
        target: what the target's column is called.
        names: what names stand for there.

    Returns:
        The statement itself, or a changed copy.
    """
    match node:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=columns), attr="remove"), args=[gone]
            )
        ) if _named(gone, names) & target:
            each = "column" if columns != "column" else "each"
            text = f"{columns} = [{each} for {each} in {columns} if {each} != {ast.unparse(gone)}]"
            return ast.fix_missing_locations(ast.copy_location(ast.parse(text).body[0], node))
    new = copied(node)
    drops = [
        call
        for call in walk(new)
        if isinstance(call, ast.Call) and _drops_of_columns(call, target, names)
    ]
    for call in drops:
        call.keywords.append(ast.keyword("errors", ast.Constant("ignore")))
    return ast.fix_missing_locations(new) if drops else node


def _drops_of_columns(call: ast.Call, target: Set[str], names: NamesAtStep) -> bool:
    """Tell whether a call drops the target from an index, or from columns of a type."""
    if callee_name(call) != "drop" or any(key.arg == "errors" for key in call.keywords):
        return False
    assert isinstance(call.func, ast.Attribute | ast.Name)
    of = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    chosen = [part for part in walk(of) if isinstance(part, ast.Attribute)]
    if not any(part.attr in _OF_COLUMNS for part in chosen):
        return False
    given = [
        *call.args[:1],
        *(key.value for key in call.keywords if key.arg in ("columns", "labels")),
    ]
    return any(_named(each, names) & target for each in given)


def _named(node: ast.expr, names: NamesAtStep) -> set[str]:
    try:
        value = literal(node, names)
    except Unknown:
        return set()
    return {str(each) for each in value} if isinstance(value, list) else {str(value)}
