"""Columns that a reader makes the index, where the notebook looks at the index."""

import ast
from collections.abc import Iterable, Iterator

from idea.program.dataflow import Step
from idea.syntax import constant, copied, keyword_value, walk

# Attributes and methods of an index that say what its labels are.
_LABELS = frozenset(
    "date day day_name day_of_week day_of_year dayofweek dayofyear hour isocalendar minute month "
    "month_name quarter strftime time to_series week weekday weekofyear year".split()
)
# Methods of frames that go by their labels.
_BY_LABELS = frozenset("asfreq at_time between_time resample".split())


def looks_at_index(steps: Iterable[Step]) -> bool:
    """Tell whether statements look at the labels of rows, such as their dates."""
    return any(_is_of_labels(part) for step in steps for part in walk(step.node))


def _is_of_labels(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Attribute(attr="index"), attr=attribute):
            return attribute in _LABELS
        case ast.Call(
            func=ast.Attribute(attr="to_datetime"), args=[ast.Attribute(attr="index"), *_]
        ):
            return True
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in _BY_LABELS
        case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
            return any(isinstance(constant(side), str) for side in (lower, upper) if side)
    return False


def without_index(load: ast.Call) -> tuple[ast.Call, ast.expr | None, bool]:
    """Let a reader read the column that it makes the index as any other.

    Args:
        load: the call of the reader.

    Returns:
        The call; the column's name, or its position; whether the index is parsed as dates.
    """
    column = keyword_value(load, "index_col")
    value = constant(column) if column is not None else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return load, None, False
    dates = constant(keyword_value(load, "parse_dates")) is True
    left_out = {"index_col", "parse_dates"} if dates else {"index_col"}
    new = copied(load)
    new.keywords = [each for each in new.keywords if each.arg not in left_out]
    return new, column, dates


def index_statements(name: str, column: ast.expr, dates: bool, pandas: str) -> Iterator[ast.stmt]:
    """Write what makes a column the index of a frame that was read.

    Args:
        name: the variable that holds the frame.
        column: the column's name, or its position.
        dates: whether its values are dates.
        pandas: the name of pandas here.
    """
    text = ast.unparse(column)
    chosen = text if isinstance(constant(column), str) else f"{name}.columns[{text}]"
    yield ast.parse(f"{name} = {name}.set_index({chosen})").body[0]
    if dates:
        yield ast.parse(f"{name}.index = {pandas}.to_datetime({name}.index)").body[0]
