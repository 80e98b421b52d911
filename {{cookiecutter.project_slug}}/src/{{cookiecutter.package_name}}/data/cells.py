"""How the cells of a table are written, and what they say: one at a time, without pandas."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

_SPACES = str.maketrans("\u00a0\u202f\u2009\u2212", "   -")  # what printed numbers hold instead


@dataclass(frozen=True)
class Cells:
    """How a column's cells are written, as `data.cells` in conf/ says.

    Attributes:
        na_values: what means a missing value in this column only.
        marks: what stands beside a number and is no part of it: a currency, a percent sign, a unit.
        thousands: the sign between thousands.
        decimal: the sign before decimals; with it the column holds numbers.
        dates: the format of dates, as `strptime` understands it.
    """

    na_values: Collection[str] = ()
    marks: Collection[str] = ()
    thousands: str | None = None
    decimal: str | None = None
    dates: str | None = None


PLAIN = Cells()


def value_of(cell: Any, cells: Cells, missing: Collection[str]) -> Any:
    """What a cell says: a number, a time, a text without padding, or None where it is missing.

    Args:
        cell: as it came; what is no text stays as it is, unless it stands for a missing value.
        cells: how its column is written.
        missing: texts that mean a missing value in every column.

    Returns:
        The value; the text itself where it is not written so.
    """
    if not isinstance(cell, str):
        return _value_of_number(cell, cells)
    text = cell.strip()
    if not text or text in missing or text in cells.na_values:
        return None
    if cells.dates is not None:
        try:
            return datetime.strptime(text, cells.dates)
        except ValueError:
            return text
    if cells.decimal is not None:
        number = number_in(text, cells)
        return text if number is None else number
    return text


def number_in(text: str, cells: Cells) -> float | None:
    """The number that a text says; None if it is none that is written so."""
    text = text.translate(_SPACES)
    for mark in cells.marks:
        text = text.replace(mark, "")
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):  # as accountants write negative amounts
        text = f"-{text[1:-1].strip()}"
    if not _pattern(cells.thousands, cells.decimal or ".").fullmatch(text):
        return None
    if cells.thousands:
        text = text.replace(cells.thousands, "")
    return float(text.replace(cells.decimal or ".", ".").replace(" ", ""))


@lru_cache(maxsize=64)
def _pattern(thousands: str | None, decimal: str) -> re.Pattern[str]:
    whole, point = r"\d+", re.escape(decimal)
    if thousands:
        group = re.escape(thousands)
        # Groups of two are India's lakhs.
        whole = rf"(?:[1-9]\d?\d?(?:{group}\d\d\d?)*{group}\d\d\d|\d+)"
    return re.compile(rf"[-+]? ?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?")


def _value_of_number(cell: Any, cells: Cells) -> Any:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell
    if cells.na_values and any(number_in(each, PLAIN) == cell for each in cells.na_values):
        return None
    if cells.dates is not None and cell == cell // 1:  # 20240131
        return value_of(str(int(cell)), cells, ())
    return cell
