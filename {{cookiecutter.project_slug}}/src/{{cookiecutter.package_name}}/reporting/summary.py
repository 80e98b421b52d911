"""The report's tables and figures: the model's origin, its scores, a profile of its data."""

from contextlib import suppress
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from ..data.schema import Schema
from ..tools.files import read_json
from ..tools.paths import CANDIDATE, REPORTS

SHOWN = 24  # columns that get a histogram
BINS = 30
BARS = 12


def facts(config: Any, schema: Schema) -> pd.DataFrame:
    """The candidate's target, features and estimator, and the code and data behind it."""
    details = read_json(REPORTS / "evaluation.json")
    versions = read_json(CANDIDATE / "versions.json")
    rows = {
        "predicts": f"{schema.target} ({schema.task})",
        "from": f"{len(schema.features)} columns of {config['data']['path']}",
        "with": config["model"]["estimator"]["_target_"].rsplit(".", 1)[-1],
        "rows to train": details["rows"]["train"],
        "rows to test": details["rows"]["test"],
        "code (Git commit)": versions["code"],
        "data (DVC hash)": versions["data"],
        "Python": versions["python"],
        "scikit-learn": versions["packages"]["scikit-learn"],
    }
    if details["threshold"] is not None:
        rows["decision threshold"] = f"{details['threshold']:.4f}"
    return pd.DataFrame({"value": rows})


def scores() -> pd.DataFrame:
    """Each metric on the test rows, its bootstrap interval, and the baseline's."""
    metrics, details = (read_json(REPORTS / f"{name}.json") for name in ("metrics", "evaluation"))
    return pd.DataFrame(
        {
            name: {
                "score": f"{score:.4f}",
                "interval": " to ".join(f"{end:.4f}" for end in details["intervals"].get(name, [])),
                "baseline": f"{details['baseline'][name]:.4f}",
            }
            for name, score in metrics.items()
        }
    ).T


def slices() -> pd.DataFrame:
    """Each metric on the rows of each value of each column of evaluate.slices."""
    found = read_json(REPORTS / "evaluation.json")["slices"]
    return pd.DataFrame(
        {
            f"{column} = {value}": {
                name: f"{score:g}" if name == "rows" else f"{score:.4f}"
                for name, score in scores.items()
            }
            for column, values in found.items()
            for value, scores in values.items()
        }
    ).T


def profile(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A row a column: its type, how much of it is missing, how many values and which."""
    return pd.DataFrame(
        {
            column.name: {
                "type": column.type,
                "missing": f"{table[column.name].isna().mean():.1%}",
                "distinct": table[column.name].nunique(),
                "values": "" if column.type in ("id", "text") else _span(table[column.name]),
            }
            for column in schema.columns
            if column.name in table
        }
    ).T


def histograms(table: pd.DataFrame, schema: Schema) -> bytes:
    """A small histogram of the target and of each of the first columns, as one PNG."""
    names = [schema.target, *(name for name in schema.features if schema[name].type != "text")]
    names = [name for name in names if name in table][:SHOWN]
    rows = -(-len(names) // 4)
    figure = Figure(figsize=(11, 2.2 * rows), layout="constrained")
    with mpl.rc_context({"font.size": 8, "text.parse_math": False}):  # a $ is a $
        for axes in figure.subplots(rows, 4, squeeze=False).flat[len(names) :]:
            axes.set_axis_off()
        for axes, name in zip(figure.axes, names, strict=False):
            _histogram(axes, table[name])
            axes.set_title(_short(name))
        image = BytesIO()
        figure.savefig(image, dpi=100)
    return image.getvalue()


def _histogram(axes: Axes, values: pd.Series) -> None:
    values = _finite(values)
    if _is_measured(values) and values.nunique() > BARS:
        with suppress(ValueError):  # a span that floats can't divide: the panel stays empty
            axes.hist(values, bins=BINS)
        return
    counts = values.value_counts().head(BARS)
    if _is_measured(values):
        counts = counts.sort_index()
    axes.barh([_short(value) for value in counts.index], counts)
    axes.invert_yaxis()


def _span(values: pd.Series) -> str:
    values = _finite(values)
    if values.empty:
        return ""
    if is_datetime64_any_dtype(values):
        return f"{values.min():%Y-%m-%d} to {values.max():%Y-%m-%d}"
    if _is_measured(values):
        return f"{values.min():g} to {values.max():g}, median {values.median():g}"
    counts = values.value_counts()
    most = ", ".join(f"{_short(value)} ({count})" for value, count in counts.head(3).items())
    return most + (f" and {len(counts) - 3} more" if len(counts) > 3 else "")


def _is_measured(values: pd.Series) -> bool:
    if is_bool_dtype(values):
        return False
    return is_numeric_dtype(values) or is_datetime64_any_dtype(values)


def _finite(values: pd.Series) -> pd.Series:
    return values.replace([np.inf, -np.inf], np.nan).dropna()


def _short(value: object, width: int = 24) -> str:
    text = str(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"
