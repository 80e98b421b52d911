"""The cells of an old Excel workbook (.xls): records of BIFF8 in an OLE container.

Cells are read as pandas reads them: values, not formulas, and dates where a number is formatted as
one.
https://learn.microsoft.com/openspecs/office_file_formats/ms-xls
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from idea.tables.excel_dates import (
    BUILT_IN,
    SINCE_1900,
    SINCE_1904,
    moment,
    read_form,
    shows_date,
)

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # starts the container
Cell = str | int | float | bool | datetime | time | timedelta
Record = tuple[int, list[bytes]]  # its kind, and its data with those of the records that go on

_FREE = 0xFFFFFFFA  # sector numbers from here on are none
_SHORT = 4096  # streams below this size lie in the small sectors
# Kinds of records.
_BOF, _EOF, _CONTINUE = 0x0809, 0x000A, 0x003C
_SHEET, _STRINGS, _FORMAT, _STYLE, _EPOCH, _PASSWORD = 0x85, 0xFC, 0x41E, 0xE0, 0x22, 0x2F
_SHARED_TEXT, _TEXT, _NUMBER, _SHORT_NUMBER, _SHORT_NUMBERS = 0xFD, 0x204, 0x203, 0x27E, 0xBD
_FORMULA, _RESULT, _TRUTH = 0x06, 0x207, 0x205


class BadXls(ValueError):
    """The workbook can't be read; the message says why, and what to do."""


def read_xls(content: bytes, sheet: int | str) -> list[list[Cell]]:
    """Read a sheet, by its position or name: rows of one width, "" where a cell is empty.

    Raises:
        BadXls: it has a password, is older than Excel 97, or has no such sheet.
        ValueError: it is damaged.
    """
    try:
        return _Workbook(_stream(content)).rows(sheet)
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise ValueError("damaged") from error


def _stream(content: bytes) -> bytes:
    """Give the stream of the workbook in its container."""
    powers = struct.unpack_from("<HH", content, 30)
    if powers not in ((9, 6), (12, 6)):
        raise ValueError(f"sectors of 2 to the power of {powers} bytes")
    size, small_size = (1 << power for power in powers)
    fat_sectors, first_entry = struct.unpack_from("<II", content, 44)
    first_small, _, first_more, _ = struct.unpack_from("<IIII", content, 60)
    numbers = list(struct.unpack_from("<109I", content, 76))
    while first_more < _FREE and len(numbers) < fat_sectors:
        more = struct.unpack_from(f"<{size // 4}I", content, (first_more + 1) * size)
        numbers += more[:-1]
        first_more = more[-1]
    fat: list[int] = []
    for number in numbers[:fat_sectors]:
        fat += struct.unpack_from(f"<{size // 4}I", content, (number + 1) * size)

    def chain(first: int, table: Sequence[int], data: bytes, step: int, start: int) -> bytes:
        parts, seen = [], 0
        while first < _FREE:
            parts.append(data[start + first * step : start + (first + 1) * step])
            first, seen = table[first], seen + 1
            if seen > len(table):
                raise ValueError("a chain of sectors without end")
        return b"".join(parts)

    entries = chain(first_entry, fat, content, size, size)
    root, book = b"", None
    for at in range(0, len(entries), 128):
        entry = entries[at : at + 128]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le")
        first, length = struct.unpack_from("<II", entry, 116)
        if at == 0:
            root = chain(first, fat, content, size, size) if first < _FREE else b""
        elif name in ("Workbook", "Book"):
            book = first, length
    if book is None:
        raise ValueError("no workbook in it")
    first, length = book
    if length >= _SHORT:
        return chain(first, fat, content, size, size)[:length]
    small_fat = chain(first_small, fat, content, size, size)
    small = struct.unpack(f"<{len(small_fat) // 4}I", small_fat)
    return chain(first, small, root, small_size, 0)[:length]


def _records(stream: bytes, at: int = 0) -> Iterator[Record]:
    """Give the records from a position to the end of their part."""
    waiting: Record | None = None
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        data = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == _CONTINUE and waiting is not None:
            waiting[1].append(data)
            continue
        if waiting is not None:
            yield waiting
        waiting = kind, [data]
        if kind == _EOF:
            return
    if waiting is not None:
        yield waiting


@dataclass
class _Texts:
    """Reads texts that may go on in the next record."""

    parts: list[bytes]
    number: int = 0
    at: int = 0

    def take(self, length: int) -> bytes:
        """Give the next bytes, which no record parts."""
        if self.at >= len(self.parts[self.number]):
            self.number, self.at = self.number + 1, 0
        data = self.parts[self.number][self.at : self.at + length]
        self.at += length
        return data

    def text(self, width: str = "H") -> str:
        """Give the next text, whose length is a number of that width."""
        (length,) = struct.unpack(f"<{width}", self.take(struct.calcsize(width)))
        (flags,) = self.take(1)
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        phonetic = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        found: list[str] = []
        wide = flags & 1
        while length:
            if self.at >= len(self.parts[self.number]):
                self.number, self.at = self.number + 1, 1
                wide = self.parts[self.number][0] & 1
            left = (len(self.parts[self.number]) - self.at) // (1 + wide)
            count = min(length, left)
            data = self.take(count * (1 + wide))
            found.append(data.decode("utf-16-le" if wide else "latin-1"))
            length -= count
        self._skip(4 * runs + phonetic)
        return "".join(found)

    def _skip(self, length: int) -> None:
        while length > 0:
            left = len(self.parts[self.number]) - self.at
            if left >= length:
                self.at += length
                return
            length -= left
            self.number, self.at = self.number + 1, 0


@dataclass
class _Workbook:
    stream: bytes
    sheets: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    forms: dict[int, str] = field(default_factory=lambda: dict(BUILT_IN))
    styles: list[int] = field(default_factory=list)
    epoch: datetime = SINCE_1900

    def __post_init__(self) -> None:
        for kind, parts in _records(self.stream):
            data = parts[0]
            if kind == _BOF and struct.unpack_from("<H", data)[0] != 0x600:
                raise BadXls("it is older than Excel 97; save it as .xlsx or CSV")
            if kind == _PASSWORD:
                raise BadXls("it has a password; save it without one")
            if kind == _SHEET and data[5] == 0:
                self.sheets[_Texts([data[6:]]).text("B")] = struct.unpack_from("<I", data)[0]
            elif kind == _STRINGS:
                texts = _Texts([data[8:], *parts[1:]])
                self.texts = [texts.text() for _ in range(struct.unpack_from("<I", data, 4)[0])]
            elif kind == _FORMAT:
                code = _Texts([data[2:]]).text()
                self.forms[struct.unpack_from("<H", data)[0]] = read_form(code)
            elif kind == _STYLE:
                self.styles.append(struct.unpack_from("<H", data, 2)[0])
            elif kind == _EPOCH and data[:1] == b"\1":
                self.epoch = SINCE_1904

    def rows(self, sheet: int | str) -> list[list[Cell]]:
        """Give a sheet's rows."""
        names = list(self.sheets)
        try:
            start = self.sheets[names[sheet] if isinstance(sheet, int) else sheet]
        except LookupError:
            raise BadXls(f"it has no sheet {sheet!r}, only: {', '.join(names)[:200]}") from None
        cells = {(row, column): value for row, column, value in self._cells(start) if value != ""}
        height = max((row for row, _ in cells), default=-1) + 1
        width = max((column for _, column in cells), default=-1) + 1
        return [[cells.get((row, column), "") for column in range(width)] for row in range(height)]

    def _cells(self, start: int) -> Iterator[tuple[int, int, Cell]]:
        awaited: tuple[int, int] | None = None  # the cell of a formula whose result is a text
        for kind, parts in _records(self.stream, start):
            data = parts[0]
            if kind == _RESULT and awaited is not None:
                yield *awaited, _Texts(parts).text()
                continue
            if kind == _SHORT_NUMBERS:
                row, column = struct.unpack_from("<HH", data)
                for at in range(4, len(data) - 2, 6):
                    style, number = struct.unpack_from("<HI", data, at)
                    yield row, column + (at - 4) // 6, self._shown(_short(number), style)
            if kind not in (_SHARED_TEXT, _TEXT, _NUMBER, _SHORT_NUMBER, _FORMULA, _TRUTH):
                continue
            row, column, style = struct.unpack_from("<HHH", data)
            match kind:
                case 0xFD:
                    yield row, column, self.texts[struct.unpack_from("<I", data, 6)[0]]
                case 0x204:
                    yield row, column, _Texts([data[6:], *parts[1:]]).text()
                case 0x203:
                    (number,) = struct.unpack_from("<d", data, 6)
                    yield row, column, self._shown(number, style)
                case 0x27E:
                    number = _short(struct.unpack_from("<I", data, 6)[0])
                    yield row, column, self._shown(number, style)
                case 0x205 if not data[7]:
                    yield row, column, bool(data[6])
                case 0x06 if data[12:14] != b"\xff\xff":
                    (number,) = struct.unpack_from("<d", data, 6)
                    yield row, column, self._shown(number, style)
                case 0x06:
                    awaited = (row, column) if data[6] == 0 else None
                    if data[6] == 1:
                        yield row, column, bool(data[8])

    def _shown(self, number: float, style: int) -> Cell:
        form = self.forms.get(self.styles[style], "") if style < len(self.styles) else ""
        if shows_date(form):
            return moment(number, form, self.epoch)
        return int(number) if float(number).is_integer() else number


def _short(number: int) -> float:
    """Give a number that is kept in four bytes."""
    if number & 2:
        value: float = (number >> 2) - (1 << 30 if number & 0x80000000 else 0)
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (number & 0xFFFFFFFC) << 32))
    return value / 100 if number & 1 else value
