"""`Series.str` on texts."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import Unknown
from .columns import ACCESSORS, Column, column, inferred, objects

PLAIN = re.compile(r"[\w \-.,:;/()\[\]?*+|^$\\#@&%'\"!=<>]*", re.ASCII)


class Texts:
    """A column's texts, or lists of them; a gap stays a gap.

    Args:
        of: the column.
    """

    def __init__(self, of: Column) -> None:
        if of.kinds or of.cells.dtype.kind != "O":
            raise Unknown("Series.str of other values")
        self.of = of
        self.items = of.cells.tolist()

    def __getattr__(self, name: str) -> Any:
        raise Unknown(f"Series.str.{name}")

    def _each(self, work: Callable[[Any], Any], kinds: tuple[type, ...] = (str,)) -> list[Any]:
        found = []
        for item in self.items:
            if type(item) in kinds:
                found.append(work(item))
            elif type(item) is float or item is None:
                found.append(np.nan)
            else:
                raise Unknown("Series.str of values of several types")
        return found

    def _texts(self, work: Callable[[str], Any]) -> Column:
        return self.of.with_array(objects(self._each(work)))

    def _whole(self, work: Callable[[str], Any]) -> Column:
        """Numbers or truths, where no text is missing."""
        found = self._each(work)
        if any(type(value) is float for value in found):
            raise Unknown("Series.str of a gap")
        return self.of.with_array(inferred(found))

    def lower(self) -> Column:
        """Lower case."""
        return self._texts(str.lower)

    def upper(self) -> Column:
        """Upper case."""
        return self._texts(str.upper)

    def title(self) -> Column:
        """Capital first letters."""
        return self._texts(str.title)

    def capitalize(self) -> Column:
        """A capital first letter."""
        return self._texts(str.capitalize)

    def strip(self, to_strip: str | None = None) -> Column:
        """Without what is around."""
        return self._texts(lambda text: text.strip(to_strip))

    def lstrip(self, to_strip: str | None = None) -> Column:
        """Without what is before."""
        return self._texts(lambda text: text.lstrip(to_strip))

    def rstrip(self, to_strip: str | None = None) -> Column:
        """Without what is after."""
        return self._texts(lambda text: text.rstrip(to_strip))

    def removeprefix(self, prefix: str) -> Column:
        """Without a prefix."""
        return self._texts(lambda text: text.removeprefix(prefix))

    def removesuffix(self, suffix: str) -> Column:
        """Without a suffix."""
        return self._texts(lambda text: text.removesuffix(suffix))

    def zfill(self, width: int) -> Column:
        """Zeros before."""
        return self._texts(lambda text: text.zfill(width))

    def slice(self, start: int | None = None, stop: int | None = None) -> Column:
        """A part of each."""
        return self._texts(lambda text: text[start:stop])

    def len(self) -> Column:
        """How many characters."""
        return self._whole(len)

    def startswith(self, start: str) -> Column:
        """Whether each begins so."""
        return self._whole(lambda text: text.startswith(_text(start)))

    def endswith(self, end: str) -> Column:
        """Whether each ends so."""
        return self._whole(lambda text: text.endswith(_text(end)))

    def isdigit(self) -> Column:
        """Whether each has digits only."""
        return self._whole(str.isdigit)

    def isnumeric(self) -> Column:
        """Whether each has digits and the like only."""
        return self._whole(str.isnumeric)

    def isalpha(self) -> Column:
        """Whether each has letters only."""
        return self._whole(str.isalpha)

    def count(self, pattern: str) -> Column:
        """How often a pattern is there."""
        found = self._pattern(pattern)
        return self._whole(lambda text: len(found.findall(text)))

    def contains(
        self, pattern: str, case: bool = True, flags: int = 0, na: Any = None, regex: bool = True
    ) -> Column:
        """Whether each holds a pattern."""
        if flags or not case:
            raise Unknown("Series.str.contains in such a way")
        if regex:
            search = self._pattern(pattern).search
            found = self._each(lambda text: search(text) is not None)
        else:
            found = self._each(lambda text: _text(pattern) in text)
        if any(type(value) is float for value in found):
            if na not in (True, False):
                raise Unknown("Series.str.contains of a gap")
            found = [bool(na) if type(value) is float else value for value in found]
        return self.of.with_array(inferred(found))

    def replace(self, old: str, new: str, n: int = -1, regex: bool = False) -> Column:
        """Something in place of a text or a pattern."""
        _text(new)
        if regex:
            if n != -1 or "\\" in new:
                raise Unknown("Series.str.replace in such a way")
            pattern = self._pattern(old)
            return self._texts(lambda text: pattern.sub(new, text))
        return self._texts(lambda text: text.replace(_text(old), new, n))

    def extract(self, pattern: str, flags: int = 0, expand: bool = True) -> Any:
        """The groups of a pattern."""
        found = self._pattern(pattern)
        if flags or not found.groups:
            raise Unknown("Series.str.extract in such a way")
        matches = self._each(found.search)
        parts = [
            objects(
                np.nan
                if match is None or type(match) is float or match[group] is None
                else match[group]
                for match in matches
            )
            for group in range(1, found.groups + 1)
        ]
        if not expand and len(parts) == 1:
            return self.of.with_array(parts[0])
        names = {number - 1: name for name, number in found.groupindex.items()}
        return ACCESSORS["table"](
            {names.get(at, at): column(each) for at, each in enumerate(parts)}, len(self.items)
        )

    def split(self, sep: str | None = None, n: int = -1, expand: bool = False) -> Any:
        """The parts of each, as lists or as columns."""
        return self._split(str.split, sep, n, expand)

    def rsplit(self, sep: str | None = None, n: int = -1, expand: bool = False) -> Any:
        """The parts of each, counted from its end."""
        return self._split(str.rsplit, sep, n, expand)

    def _split(self, how: Any, sep: str | None, n: int, expand: bool) -> Any:
        if sep is not None and (type(sep) is not str or len(sep) != 1):
            raise Unknown("Series.str.split by a pattern")
        lists = self._each(lambda text: how(text, sep, n if n else -1))
        if not expand:
            return self.of.with_array(objects(lists))
        if any(type(each) is float for each in lists):
            raise Unknown("Series.str.split of a gap")
        width = max(map(len, lists))
        if any(len(each) < width for each in lists):
            raise Unknown("Series.str.split into other numbers of parts")
        parts = zip(*lists, strict=True)
        return ACCESSORS["table"](
            {at: column(objects(part)) for at, part in enumerate(parts)}, len(lists)
        )

    def get(self, at: int) -> Column:
        """A character of each, or a part of each list."""

        def part(item: Any) -> Any:
            return item[at] if -len(item) <= at < len(item) else np.nan

        if type(at) is not int:
            raise Unknown("Series.str.get of no number")
        return self.of.with_array(objects(self._each(part, (str, list))))

    def __getitem__(self, key: Any) -> Column:
        if isinstance(key, slice):
            return self.of.with_array(objects(self._each(lambda item: item[key], (str, list))))
        return self.get(key)

    def join(self, sep: str) -> Column:
        """Each list as one text."""
        if any(type(item) is list and not all(type(v) is str for v in item) for item in self.items):
            raise Unknown("Series.str.join of other values")
        return self.of.with_array(objects(self._each(_text(sep).join, (str, list))))

    def _pattern(self, pattern: Any) -> re.Pattern[str]:
        """A pattern that all engines read alike, on texts that they do."""
        if type(pattern) is not str or not PLAIN.fullmatch(pattern) or "(?" in pattern:
            raise Unknown("a pattern that engines may read differently")
        if not all(type(item) is not str or item.isascii() for item in self.items):
            raise Unknown("a pattern on other than ASCII texts")
        return re.compile(pattern)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Unknown("Series.str with other than a text")
    return value


ACCESSORS["str"] = Texts
