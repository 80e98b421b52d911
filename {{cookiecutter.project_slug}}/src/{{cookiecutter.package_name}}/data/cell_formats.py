"""Finds out, once, how the cells of a table are written: missing values, numbers, dates."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

import pandas as pd
from pandas.api import types

from ..tools.errors import Refusal
from .casting import fits
from .cells import Cells, number_in

# What stands for a missing value in every table, whatever the case.
MISSING = {
    *("?", "-", "--", "---", ".", "..", "…", "na", "n/a", "n.a.", "#na", "#n/a", "#n/a n/a"),
    *("nan", "-nan", "null", "(null)", "nil", "<na>", "#null!", "#div/0!", "#value!", "#ref!"),
}
# Among numbers and dates these do too; in a column of words they may be words.
MISSING_AMONG_NUMBERS = {*MISSING, "none", "unknown", "missing", "not available"}
SENTINELS = (-99, -999, -9999, -99999)
FEW = 2  # other words may stand in a column of numbers, if it has
ENOUGH = 5  # different numbers

MONEY = {"USD", "EUR", "GBP", "CHF", "JPY", "INR", "CAD", "AUD", "CNY", "SEK", "NOK", "DKK", "PLN"}
_UNIT = re.compile(r"[^\W\d_](?:[^\W\d_]|[ /.°²³µ·]){0,14}|°[^\W\d_]?", re.UNICODE)
_AMOUNT = re.compile(r"\(?[-+]? ?(\D*?) ?[-+]? ?(\d[\d.,' ]*(?:[eE][-+]?\d+)?|[.,]\d+)(\D*)")
# Thousands and decimals, as numbers are written around the world.
_SIGNS = [(None, "."), (",", "."), ("'", "."), (" ", "."), (None, ","), (".", ","), (" ", ",")]

_DAYS = [
    *(f"%d{s}%m{s}%{year}" for s in "/.- " for year in "Yy"),
    *(f"%m{s}%d{s}%{year}" for s in "/.- " for year in "Yy"),
    *(f"%Y{s}%m{s}%d" for s in "/. "),
    *(f"%d{s}%b{s}%{year}" for s in "/.- " for year in "Yy"),
    *("%Y%m%d", "%d. %b %Y", "%d %B %Y", "%d. %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y"),
    *("%a, %d %b %Y", "%a %b %d %Y", "%m/%Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y"),
]
_TIMES = ["", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"]
DATES = [day + time for time, day in product(_TIMES, _DAYS)]
YEARS = (1800, 2200)
ROWS_OF_DATES = 10  # fewer whole numbers may look like dates by chance


@dataclass(frozen=True)
class Found:
    """How a table is written, beside what was known.

    Attributes:
        na_values: texts that mean a missing value in every column.
        cells: how columns are written that are not plain.
        doubts: why a column can't be read, and what to write where.
    """

    na_values: list[str] = field(default_factory=list)
    cells: dict[str, Cells] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def missing_texts(table: pd.DataFrame) -> list[str]:
    """The texts in a table that stand for a missing value, as they are written there."""
    found: set[str] = set()
    for name in table:
        texts = set(_texts(table[name]))
        signs = {"-"} if "+" in texts else set()  # the result of a test
        found |= {text for text in texts if text.casefold() in MISSING} - signs
    return sorted(found)


def find_formats(
    table: pd.DataFrame, missing: Collection[str], known: Collection[str], decimal: str = "."
) -> Found:
    """Find how the columns of a table are written.

    Args:
        table: as it was read.
        missing: texts that mean a missing value in every column.
        known: columns of which that is known, or that are to stay as they are.
        decimal: the sign before decimals that the file uses elsewhere.
    """
    found = Found()
    for name in table:
        if str(name) in known:
            continue
        values = table[name]
        if types.is_numeric_dtype(values) and not types.is_bool_dtype(values):
            cells = _of_numbers(values.dropna())
        else:
            texts = [text for text in _texts(values) if text not in missing]
            try:
                cells = _of_dates(texts, str(name)) or _number_format(texts, decimal)
            except Refusal as doubt:
                found.doubts.append(str(doubt))
                continue
        if cells is not None:
            found.cells[str(name)] = cells
    return found


def options_of(cells: Cells) -> dict[str, object]:
    """The options of a column as they stand in conf/."""
    options: dict[str, object] = {}
    for name, value in vars(cells).items():
        if value:
            options[name] = value if isinstance(value, str) else list(value)
    return options


def explained(cells: Cells) -> str:
    """How a column is read, in words."""
    said = []
    if cells.marks:
        said.append(f"numbers without {', '.join(map(repr, cells.marks))}")
    elif cells.decimal:
        said.append("numbers")
    if cells.thousands:
        said.append(f"{cells.thousands!r} between thousands")
    if cells.decimal == ",":
        said.append("',' before decimals")
    if cells.dates:
        said.append(f"dates as {cells.dates}")
    if cells.na_values:
        said.append(f"{', '.join(map(repr, cells.na_values))} is a missing value")
    return ", ".join(said)


def _texts(values: pd.Series) -> list[str]:
    """The different texts of a column, without padding; none if it is one of another type."""
    if types.is_numeric_dtype(values) or types.is_datetime64_any_dtype(values):
        return []
    different = values.dropna().unique().tolist()
    return list(dict.fromkeys(each.strip() for each in different if isinstance(each, str)))


def _of_numbers(values: pd.Series) -> Cells | None:
    """Whole numbers that are dates, and numbers that stand for a missing value."""
    between = values.between(YEARS[0] * 10_000, YEARS[1] * 10_000)
    if len(values) >= ROWS_OF_DATES and (between & (values % 1 == 0)).all():
        texts = pd.Series(values.astype("int64").astype(str).unique())
        if _is_format(texts, "%Y%m%d"):
            return Cells(dates="%Y%m%d")
    for sentinel in SENTINELS:
        others = values[values != sentinel]
        if len(others) == len(values) or others.nunique() < FEW:
            continue
        if others.min() - sentinel > max(float(others.max() - others.min()), 1.0):
            return Cells(na_values=[str(sentinel)])
    return None


def _of_dates(texts: Sequence[str], name: str) -> Cells | None:
    """The one format that all texts have, of dates that are not written as ISO 8601 asks.

    Raises:
        Refusal: if there are two, which differ.
    """
    words = [text for text in texts if text.casefold() in MISSING_AMONG_NUMBERS]
    different = pd.Series([text for text in texts if text not in words], dtype="object")
    if different.empty or fits(different, "datetime").all():
        return None
    head, rest = different.head(20), different
    formats = [each for each in DATES if _is_format(head, each)]
    formats = [each for each in formats if _is_format(rest, each)]
    if not formats:
        return None
    first = pd.to_datetime(different, format=formats[0])
    readings = ((each, pd.to_datetime(different, format=each)) for each in formats[1:])
    other = next((each for each, dates in readings if not dates.equals(first)), None)
    if other is None:
        return Cells(na_values=words, dates=formats[0])
    at = int((pd.to_datetime(different, format=other) != first).argmax())
    cell = different.iloc[at]
    said, lines = [], []
    for each in (formats[0], other):
        day = pd.to_datetime(cell, format=each)
        said.append(f"{day.day} {day:%B %Y}")
        lines.append("`%s: {dates: '%s'}`" % (name, each))  # noqa: UP031 - braces of YAML
    raise Refusal(
        f"column {name!r}: {cell!r} is {' or '.join(said)}, and no row tells which; "
        f"write {' or '.join(lines)} below `cells`"
    )


def _is_format(texts: pd.Series, form: str) -> bool:
    dates = pd.to_datetime(texts, format=form, errors="coerce")
    return bool(dates.notna().all() and dates.dt.year.between(*YEARS).all())


def _number_format(texts: Sequence[str], decimal: str) -> Cells | None:
    """How numbers are written; None if the texts are something else."""
    parts = {text: _AMOUNT.fullmatch(_plain_spaces(text).rstrip(")")) for text in texts}
    words = [text for text, found in parts.items() if found is None]
    amounts = {text: found for text, found in parts.items() if found is not None}
    strange = [text for text in words if text.casefold() not in MISSING_AMONG_NUMBERS]
    if len(amounts) < FEW or (strange and not _may_be_missing(strange, len(amounts))):
        return None
    marks = _marks([(found[1].strip(), found[3].strip()) for found in amounts.values()])
    if marks is None or (not marks and any(_is_code(text) for text in amounts)):
        return None
    for thousands, point in sorted(_SIGNS, key=lambda signs: signs[1] != decimal):
        cells = Cells(na_values=words, marks=marks, thousands=thousands, decimal=point)
        if all(number_in(text, cells) is not None for text in amounts):
            return cells
    return None


def _may_be_missing(words: Sequence[str], numbers: int) -> bool:
    few = len(words) <= FEW and numbers >= ENOUGH
    return few and not any(sign.isdigit() for word in words for sign in word)


def _marks(beside: Iterable[tuple[str, str]]) -> list[str] | None:
    """What stands beside all numbers; None if that is no currency, percent sign or unit."""
    pairs = list(beside)
    before, behind = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    marks = sorted((before | behind) - {""})
    if len(before - {""}) > 1 or len(behind - {""}) > 1:
        return None
    if any(not _is_money(mark) for mark in before - {""}):
        return None
    for mark in behind - {""}:
        unit = len(behind) == 1 and _UNIT.fullmatch(mark)  # which every number has
        if not (mark == "%" or _is_money(mark) or unit):
            return None
    return marks


def _is_money(mark: str) -> bool:
    return mark.upper() in MONEY or all(unicodedata.category(sign) == "Sc" for sign in mark)


def _is_code(text: str) -> bool:
    """Whether a text is digits that mean more than their number, as 00123 does."""
    return len(text) > 1 and text.isdigit() and text.startswith("0")


def _plain_spaces(text: str) -> str:
    return re.sub(r"[\u00a0\u202f\u2009]", " ", text).replace("\u2212", "-")
