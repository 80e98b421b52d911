"""`Series.dt` on times and durations."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base import Unknown
from .columns import ACCESSORS, Column, column, objects

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DIRECTIVES = re.compile(r"(%[dmYHMS]|[-/. :])+")
Whole = npt.NDArray[np.int64]


class Times:
    """A column's times, or durations.

    Args:
        of: the column.
    """

    def __init__(self, of: Column) -> None:
        if of.kinds or of.cells.dtype.kind not in "mM":
            raise Unknown("Series.dt of other values")
        self.of = of

    def __getattr__(self, name: str) -> Any:
        raise Unknown(f"Series.dt.{name}")

    def _since(self, unit: str, kind: str = "M") -> Whole:
        """Whole units since 1970."""
        if self.of.cells.dtype.kind != kind:
            raise Unknown("Series.dt of other values")
        return self.of.cells.astype(f"{kind}8[{unit}]").astype(np.int64)

    def _numbers(self, found: Whole) -> Column:
        gaps = np.isnat(self.of.cells)
        if gaps.any():
            return self.of.with_array(np.where(gaps, np.nan, found))
        return self.of.with_array(found.astype(np.int32))

    @property
    def year(self) -> Column:
        """The year."""
        return self._numbers(self._since("Y") + 1970)

    @property
    def quarter(self) -> Column:
        """The quarter, 1 to 4."""
        return self._numbers(self._since("M") % 12 // 3 + 1)

    @property
    def month(self) -> Column:
        """The month, 1 to 12."""
        return self._numbers(self._since("M") % 12 + 1)

    @property
    def day(self) -> Column:
        """The day of the month."""
        months = self.of.cells.astype("M8[M]").astype("M8[D]").astype(np.int64)
        return self._numbers(self._since("D") - months + 1)

    @property
    def dayofyear(self) -> Column:
        """The day of the year."""
        years = self.of.cells.astype("M8[Y]").astype("M8[D]").astype(np.int64)
        return self._numbers(self._since("D") - years + 1)

    day_of_year = dayofyear

    @property
    def dayofweek(self) -> Column:
        """The day of the week; Monday is 0."""
        return self._numbers((self._since("D") + 3) % 7)

    weekday = day_of_week = dayofweek

    @property
    def hour(self) -> Column:
        """The hour."""
        return self._numbers(self._since("h") % 24)

    @property
    def minute(self) -> Column:
        """The minute."""
        return self._numbers(self._since("m") % 60)

    @property
    def second(self) -> Column:
        """The second."""
        return self._numbers(self._since("s") % 60)

    def day_name(self) -> Column:
        """The day's English name."""
        return self._named(DAYS, (self._since("D") + 3) % 7)

    def month_name(self) -> Column:
        """The month's English name."""
        return self._named(MONTHS, self._since("M") % 12)

    def strftime(self, date_format: str) -> Column:
        """Each time as a text."""
        if self.of.cells.dtype.kind != "M" or not DIRECTIVES.fullmatch(date_format):
            raise Unknown("Series.dt.strftime with such a format")
        if np.isnat(self.of.cells).any():
            raise Unknown("the text of a gap")
        times = self.of.cells.astype("M8[us]").tolist()
        if any(time.year < 1000 for time in times):
            raise Unknown("the text of such a time")
        return column(objects(time.strftime(date_format) for time in times), self.of.name)

    def _named(self, names: tuple[str, ...], numbers: Whole) -> Column:
        if np.isnat(self.of.cells).any():
            raise Unknown("the name of a gap")
        return column(objects(names[number] for number in numbers.tolist()), self.of.name)

    def normalize(self) -> Column:
        """The midnight before."""
        self._since("D")
        return self.of.with_array(self.of.cells.astype("M8[D]").astype(self.of.cells.dtype))

    @property
    def days(self) -> Column:
        """A duration's whole days."""
        if np.isnat(self.of.cells).any():
            raise Unknown("the days of a gap")
        return self.of.with_array(self._since("us", "m") // 86_400_000_000)

    def total_seconds(self) -> Column:
        """A duration's seconds."""
        if np.isnat(self.of.cells).any():
            raise Unknown("the seconds of a gap")
        return self.of.with_array(self._since("us", "m") / 1e6)


ACCESSORS["dt"] = Times
