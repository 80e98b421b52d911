"""The form: a widget for each feature, as the schema describes it."""

import math
import re
from datetime import datetime
from typing import Any

import streamlit as st

from ..data.schema import Column
from ..runtime.rows import describe

LEAST, MOST = datetime(1, 1, 1), datetime(9999, 12, 31)
STEPS = 100  # of a number's buttons, through its range, about


def literal(text: object) -> str:
    """Text as Markdown that shows it as it is."""
    return re.sub(r"([^\w\s])", r"\\\1", str(text), flags=re.ASCII)


def field(column: Column, value: Any) -> Any:
    """A column's widget; what is in it, None where that is missing.

    Args:
        column: of the schema.
        value: a checked one, which is in the widget at first.
    """
    key = f"field {column.name}"
    if value is not None and column.type in ("number", "integer"):
        value = _kind(column)(value)
    st.session_state.setdefault(key, value)
    usual = {"label": literal(column.name), "help": literal(describe(column)), "key": key}
    # With a value of None, a widget can be emptied.
    emptied = {"value": None} if column.nullable else {}
    missing = [None] if column.nullable else []
    match column.type:
        case "number" | "integer":
            return st.number_input(**usual, **_range(column), **emptied)
        case "boolean" if not column.nullable:
            return st.checkbox(**usual)
        case "boolean":
            return st.selectbox(options=[True, False, None], format_func=_said, **usual)
        case "datetime":
            step = 60
            return st.datetime_input(min_value=LEAST, max_value=MOST, step=step, **usual, **emptied)
        case _ if column.categories:
            options = [*map(str, column.categories), *missing]
            new = column.open
            return st.selectbox(options=options, format_func=_said, accept_new_options=new, **usual)
    return st.text_input(**usual, **emptied) or ("" if not column.nullable else None)


def _kind(column: Column) -> type[int] | type[float]:
    return int if column.type == "integer" else float


def _range(column: Column) -> dict[str, Any]:
    whole = column.type == "integer"
    kind = _kind(column)
    low = None if column.min is None else kind(math.ceil(column.min) if whole else column.min)
    high = None if column.max is None else kind(math.floor(column.max) if whole else column.max)
    span = high - low if low is not None and high is not None else 0
    step = 10.0 ** math.floor(math.log10(span / STEPS)) if span > 0 else 1.0
    return {
        "min_value": low,
        "max_value": high,
        "step": max(1, int(step)) if whole else step,
        "format": "%d" if whole else "%g",
    }


def _said(value: Any) -> str:
    return {None: "missing", True: "true", False: "false"}.get(value, str(value))
