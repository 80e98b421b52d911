"""Do logged rows keep to the schema?"""

import math
from dataclasses import dataclass

import pandas as pd
from pandas.api.types import is_object_dtype

from ..data.casting import fits
from ..data.schema import Column, Schema
from .columns import in_log
from .compare import counted


@dataclass(frozen=True)
class Quality:
    """Shares of the rows, for one column.

    Attributes:
        unseen: hold a category that the schema does not list.
        outside: are outside the schema's range.
        strange: are not of the column's type.
        broken: break the schema; an open column may hold unseen categories, a nullable one gaps.
        bad: whether that is more than is tolerated.
    """

    column: str
    missing: float
    missing_in_reference: float
    unseen: float
    outside: float
    strange: float
    broken: float
    bad: bool

    @property
    def name(self) -> str:
        """The column's name in a sentence."""
        return f"{self.column} (quality)"


def quality(
    reference: pd.DataFrame,
    window: pd.DataFrame,
    schema: Schema,
    names: list[str],
    tolerated: float,
) -> list[Quality]:
    """Count the values of the window that break the schema, by column.

    Args:
        reference: to compare with.
        window: at least one row.
        schema: that the rows should keep to.
        names: features to look at.
        tolerated: the share of rows that may break the schema.
    """
    logged = in_log(schema)
    return [
        _quality(reference[logged[name]], window[logged[name]], schema[name], tolerated)
        for name in names
    ]


def _quality(then: pd.Series, now: pd.Series, column: Column, tolerated: float) -> Quality:
    missing = float(now.isna().mean())
    # What `conform` could give the column's type to is no object any more.
    strange = float((~fits(now, column.type)).mean()) if is_object_dtype(now) else 0.0
    unseen = outside = 0.0
    if column.categories is not None:
        counts = counted(now)
        listed = counts.index.isin([str(value) for value in column.categories])
        unseen = float(counts[~listed].sum() / len(now))
    elif column.span is not None:
        numbers = pd.to_numeric(now, errors="coerce")
        low = -math.inf if column.min is None else column.min
        high = math.inf if column.max is None else column.max
        outside = float(((numbers < low) | (numbers > high)).mean())
    broken = strange + outside
    broken += 0.0 if column.nullable else missing
    broken += 0.0 if column.allowed is None else unseen
    before = float(then.isna().mean())
    bad = broken > tolerated
    return Quality(column.name, missing, before, unseen, outside, strange, broken, bad)
