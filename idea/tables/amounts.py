"""Numbers as tables write them: with a currency, a percent sign, a unit, thousands apart.

The rendered repository finds the same in `stages/formats.py`, over the whole table and with more
care; here it only tells whether a target is one of amounts.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence

# What stands for a missing value in every table, whatever the case.
MISSING = frozenset(
    "? - -- --- . .. … na n/a n.a. #na #n/a nan -nan null (null) nil <na> #null! #div/0! "
    "#value! #ref! 1.#ind -1.#ind 1.#qnan -1.#qnan".split()
) | {"", "#n/a n/a"}  # fmt: skip
# Among numbers these do too.
MISSING_AMONG_NUMBERS = MISSING | {"none", "unknown", "missing", "not available", "not known"}

_MONEY = frozenset("USD EUR GBP CHF JPY INR CAD AUD CNY SEK NOK DKK PLN".split())
_UNIT = re.compile(r"[^\W\d_](?:[^\W\d_]|[ /.°²³µ·]){0,14}|°[^\W\d_]?")
_AMOUNT = re.compile(r"\(?[-+]? ?(\D*?) ?[-+]? ?(\d[\d.,' ]*(?:[eE][-+]?\d+)?|[.,]\d+)(\D*)")
# What printed numbers hold instead of a blank, a minus and an apostrophe.
_PRINTED = str.maketrans("\u00a0\u202f\u2009\u2212\u2019", "   -'")
_SIGNS = ((None, "."), (",", "."), ("'", "."), (" ", "."), (None, ","), (".", ","), (" ", ","))


def numbers_in(cells: Sequence[str], decimal: str = ".") -> list[float] | None:
    """Read cells, none of them missing, as numbers that are written in one way.

    Args:
        cells: without padding.
        decimal: the sign before decimals that the file uses elsewhere.

    Returns:
        The numbers; None if the cells are something else.
    """
    plain = [number_in(cell, decimal) for cell in cells]
    if None not in plain:
        return [number for number in plain if number is not None]
    parts = [_AMOUNT.fullmatch(_plain(cell).rstrip(")")) for cell in cells]
    found = [each for each in parts if each is not None]
    if len(found) < len(parts) or not _are_marks([(e[1].strip(), e[3].strip()) for e in found]):
        return None
    bodies = [f"{'-' if '-' in e[0].split(e[2])[0] else ''}{e[2].strip()}" for e in found]
    for thousands, point in sorted(_SIGNS, key=lambda signs: signs[1] != decimal):
        read = [_number(body, thousands, point) for body in bodies]
        if None not in read:
            return [number for number in read if number is not None]
    return None


def number_in(cell: str, decimal: str) -> float | None:
    """Read a cell as a number that is written plainly; None if it is not one."""
    if "_" in cell:  # Python reads 1_000, no table does
        return None
    try:
        return float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return None


def _number(body: str, thousands: str | None, point: str) -> float | None:
    whole = r"\d+"
    if thousands:
        group = re.escape(thousands)
        whole = rf"(?:[1-9]\d?\d?(?:{group}\d\d\d?)*{group}\d\d\d|\d+)"
    if not re.fullmatch(rf"-?(?:{whole})?(?:{re.escape(point)}\d*)?(?:[eE][-+]?\d+)?", body):
        return None
    return float(body.replace(thousands or "\0", "").replace(point, "."))


def _are_marks(beside: Collection[tuple[str, str]]) -> bool:
    """Tell whether what stands beside numbers is a currency, a percent sign or one unit."""
    before, behind = {pair[0] for pair in beside}, {pair[1] for pair in beside}
    if len(before - {""}) > 1 or len(behind - {""}) > 1:
        return False
    unit = len(behind) == 1
    return all(_is_money(mark) for mark in before - {""}) and all(
        mark == "%" or _is_money(mark) or (unit and _UNIT.fullmatch(mark)) for mark in behind - {""}
    )


def _is_money(mark: str) -> bool:
    return mark.upper() in _MONEY or all(unicodedata.category(sign) == "Sc" for sign in mark)


def _plain(text: str) -> str:
    return text.translate(_PRINTED)
