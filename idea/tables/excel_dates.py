"""Numbers that an Excel workbook shows as dates, times or durations."""

import re
from datetime import datetime, time, timedelta

SINCE_1900, SINCE_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
# Built-in date formats, which files refer to by number; the other built-in ones are numbers.
BUILT_IN = {**dict.fromkeys([*range(14, 23), 45, 47], "d"), 46: "[h]"}
_UNREAD = re.compile(r'".*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]', re.I)
_DURATION = re.compile(r"\[(hh?|mm?|ss?)\]", re.I)
_DATE = re.compile(r"(?<![_\\])[dmhys]", re.I)


def read_form(code: str) -> str:
    """Give the part of a format's code that says how a number is shown."""
    return _UNREAD.sub("", code.split(";")[0])


def shows_date(form: str) -> bool:
    """Tell whether a format shows a date, a time or a duration."""
    return bool(_DATE.search(form))


def moment(days: float, form: str, epoch: datetime) -> datetime | time | timedelta | str:
    """Give what a number stands for.

    Args:
        days: the number, in days since the epoch.
        form: the format, which shows a date, a time or a duration.
        epoch: the workbook's.

    Returns:
        The moment; empty if Excel shows none.
    """
    try:
        since = timedelta(milliseconds=round(days * 86_400_000))
        if _DURATION.search(form):
            return since
        if 0 <= days < 1 and not since.days:
            return (datetime.min + since).time()
        if 1 < days < 60 and epoch == SINCE_1900:
            since += timedelta(days=1)  # Excel counts a 29 February 1900
        return epoch + since
    except (OverflowError, ValueError):
        return ""  # as Excel shows ####
