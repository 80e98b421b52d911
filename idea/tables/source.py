"""A table as a notebook reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class NoData(ValueError):
    """The table can't be found or read; the message is one line."""


@dataclass(frozen=True)
class Source:
    """A table as the notebook reads it.

    Attributes:
        as_written: the path or URL in the notebook.
        format: csv, excel, json, parquet, sklearn or sql.
        options: of pandas' reader; for sql, the query and how it was asked for.
        notes: options that are not known, a line each.
    """

    as_written: str
    format: str
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
