"""The cells of an Excel workbook (.xlsx), which is a zip of XML.

Cells are read as pandas reads them: values, not formulas, and dates where a number is formatted as
one. Parts are parsed as a stream of tags, never as a tree, and their size is limited: a small zip
can expand to fill any memory.
https://ecma-international.org/publications-and-standards/standards/ecma-376/
"""

import posixpath
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NoReturn
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

from idea.tables.excel_dates import (
    BUILT_IN,
    SINCE_1900,
    SINCE_1904,
    moment,
    read_form,
    shows_date,
)
from idea.tables.xls import OLE, BadXls, read_xls

Cell = str | int | float | bool | datetime | time | timedelta

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_ID = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"

_MOST_BYTES = 300 << 20
_MOST_CELLS = 10_000_000
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384  # Excel's own limits


class BadXlsx(ValueError):
    """The workbook can't be read; the message says why, and what to do."""


def read_sheet(path: Path, sheet: int | str = 0) -> list[list[Cell]]:
    """Read a sheet, by its position or name: rows of one width, "" where a cell is empty.

    Old workbooks (.xls) are read too, whatever they are called.

    Raises:
        BadXlsx: it is no workbook, is damaged, locked or too large, or has no such sheet.
        OSError: the file can't be read.
    """
    return _read_once(path, sheet, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read_once(path: Path, sheet: int | str, _changed: int) -> list[list[Cell]]:
    """Read a sheet once: a look at it, its classes and a sample are all taken from the cells."""
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:  # or the container of an encrypted .xlsx
            return _read_old(path, sheet)
    try:
        with ZipFile(path) as archive:
            return _Workbook(archive).rows(sheet)
    except BadXlsx:
        raise
    except (
        *(BadZipFile, EOFError, ExpatError, NotImplementedError, RuntimeError, zlib.error),
        *(LookupError, ValueError, OverflowError),
    ):
        raise BadXlsx("it is damaged, or no .xlsx; save it again as .xlsx or CSV") from None


def _read_old(path: Path, sheet: int | str) -> list[list[Cell]]:
    if path.stat().st_size > _MOST_BYTES:
        raise _too_large()
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise BadXlsx("it has a password; save it without one")
    try:
        return read_xls(content, sheet)
    except BadXls as bad:
        raise BadXlsx(str(bad)) from None
    except ValueError:
        raise BadXlsx("it is damaged, or no workbook; save it again as .xlsx or CSV") from None


class _Workbook:
    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.bytes_left = _MOST_BYTES
        (book,) = self._linked("", "officeDocument").values()
        self.sheets: dict[str, str] = {}
        self.epoch = SINCE_1900
        parts = self._linked(book, "worksheet")
        for name, attributes, _ in self._tags(book):
            if name == "sheet" and attributes and attributes.get(_ID) in parts:
                self.sheets[attributes["name"]] = parts[attributes[_ID]]
            elif (
                name == "workbookPr" and attributes and attributes.get("date1904") in ("1", "true")
            ):
                self.epoch = SINCE_1904
        self.strings = [
            text for p in self._linked(book, "sharedStrings").values() for text in self._strings(p)
        ]
        self.formats = {
            at: form for p in self._linked(book, "styles").values() for at, form in self._formats(p)
        }

    def rows(self, sheet: int | str) -> list[list[Cell]]:
        names = list(self.sheets)
        try:
            part = self.sheets[names[sheet] if isinstance(sheet, int) else sheet]
        except LookupError:
            raise BadXlsx(f"it has no sheet {sheet!r}, only: {', '.join(names)[:200]}") from None
        rows: list[list[Cell]] = []
        for number, row in self._rows(part):
            if not len(rows) < number <= _MOST_ROWS:
                raise ValueError(number)
            rows += ([] for _ in range(number - len(rows) - 1))
            rows.append(row)
        while rows and not rows[-1]:
            rows.pop()
        width = max(map(len, rows), default=0)
        if width * len(rows) > _MOST_CELLS:
            raise _too_large()
        for row in rows:
            row += [""] * (width - len(row))
        return rows

    def _rows(self, part: str) -> Iterator[tuple[int, list[Cell]]]:
        """Give the rows that the file holds, without empty cells at their ends."""
        number = cells = 0
        at = -1
        row: list[Cell] = []
        kind = style = content = ""
        for name, attributes, text in self._tags(part):
            if attributes is not None:
                if name == "row":
                    number = int(attributes.get("r", number + 1))
                    at, row = -1, []
                elif name == "c":
                    at = _column(attributes["r"]) if "r" in attributes else at + 1
                    kind, style = attributes.get("t", "n"), attributes.get("s", "0")
                    content = ""
            elif name == "v":
                content = text
            elif name == "t":
                content += text
            elif name == "c" and (value := self._value(kind, style, content)) != "":
                row += [""] * (at - len(row))
                row.append(value)
            elif name == "row":
                cells += len(row)
                if cells > _MOST_CELLS:
                    raise _too_large()
                yield number, row

    def _value(self, kind: str, style: str, content: str) -> Cell:
        if not content or kind == "e":
            return ""
        if kind == "s":
            return self.strings[int(content)]
        if kind in ("str", "inlineStr"):
            return content
        if kind == "b":
            return content in ("1", "true")
        if kind == "d":
            return datetime.fromisoformat(content)
        number = float(content)
        if style in self.formats:
            return moment(number, self.formats[style], self.epoch)
        return int(number) if number.is_integer() else number

    def _strings(self, part: str) -> Iterator[str]:
        """Give the shared texts, which cells refer to by number."""
        parts: list[str] = []
        for name, attributes, text in self._tags(part):
            if name == "t" and attributes is None:
                parts.append(text)
            elif name == "si" and attributes is None:
                yield "".join(parts)
                parts.clear()

    def _formats(self, part: str) -> Iterator[tuple[str, str]]:
        """Give the styles that show a date or a time, by the number that cells refer to them by."""
        forms = {str(number): form for number, form in BUILT_IN.items()}
        style = -1
        for name, attributes, _ in self._tags(part):
            if name == "numFmt" and attributes:
                forms[attributes["numFmtId"]] = read_form(attributes.get("formatCode", ""))
            elif name == "cellXfs":
                style = 0 if attributes is not None else -1
            elif name == "xf" and style >= 0 and attributes is not None:
                form = forms.get(attributes.get("numFmtId", "0"), "")
                if shows_date(form):
                    yield str(style), form
                style += 1

    def _linked(self, part: str, kind: str) -> dict[str, str]:
        """Give the parts of a kind that a part links to, by the name of the link."""
        folder, name = posixpath.split(part)
        return {
            attributes["Id"]: posixpath.normpath(
                posixpath.join("/", folder, attributes["Target"])
            ).lstrip("/")
            for tag, attributes, _ in self._tags(posixpath.join(folder, "_rels", f"{name}.rels"))
            if tag.endswith(" Relationship")
            and attributes
            and attributes["Type"].endswith(f"/{kind}")
        }

    def _tags(self, part: str) -> Iterator[tuple[str, Mapping[str, str] | None, str]]:
        """Give a part's tags: start tags with their attributes, end tags with their text."""
        info = self.archive.getinfo(part)
        self.bytes_left -= info.file_size  # zipfile unpacks no more than that
        if self.bytes_left < 0:
            raise _too_large()
        tags: list[tuple[str, Mapping[str, str] | None, str]] = []
        texts: list[str] = []
        spoken = False

        def first(name: str, attributes: dict[str, str]) -> None:
            nonlocal spoken
            spoken = spoken or name == f"{_MAIN}rPh"  # the pronunciation of a Japanese text
            texts.clear()
            tags.append((name.removeprefix(_MAIN), attributes, ""))

        def last(name: str) -> None:
            nonlocal spoken
            tags.append((name.removeprefix(_MAIN), None, "" if spoken else "".join(texts)))
            spoken = spoken and name != f"{_MAIN}rPh"
            texts.clear()

        def doctype(*_: object) -> NoReturn:
            raise ValueError("entities can grow without end, and no workbook has any")

        parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = first, last
        parser.CharacterDataHandler = texts.append
        parser.StartDoctypeDeclHandler = doctype
        with self.archive.open(info) as file:
            while chunk := file.read(1 << 16):
                parser.Parse(chunk)
                yield from tags
                tags.clear()
            parser.Parse(b"", True)


def _column(reference: str) -> int:
    """Give the position of a cell in its row: 27 for AB12."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    if not 0 < number <= _MOST_COLUMNS:
        raise ValueError(reference)
    return number - 1


def columns(letters: str) -> list[int]:
    """Give the positions of columns from Excel's letters: 0, 1 and 4 for "A:B,E".

    Raises:
        ValueError: these are not column letters.
    """
    found: set[int] = set()
    for part in letters.upper().replace(" ", "").split(","):
        first, _, last = part.partition(":")
        found.update(range(_column(first), _column(last or first) + 1))
    return sorted(found)


def _too_large() -> BadXlsx:
    return BadXlsx("it is too large to be looked at here; save it as CSV or Parquet")
