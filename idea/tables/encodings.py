"""The encoding of a text file: UTF-8 or UTF-16 by their own rules, others by what they spell."""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from idea.tables.checks import BadTable

_CHUNK = 1 << 20
_MOST_LINES = 2_000  # that are looked at to tell an old encoding
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, which it starts with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LATIN = ("cp1252", "cp1250")  # of Western Europe, which also reads Latin-1, and of Central Europe
_OTHERS = (
    *("cp1251", "cp1253", "cp1255", "cp1256", "koi8_r"),
    *("shift_jis", "gb18030", "big5", "euc_kr", "euc_jp"),
)
# Signs that stand beside letters only where another alphabet was meant.
_SIGNS = "£¥¢¤¦§¨¬¯±³µ¶¹¼½¾÷"
_BROKEN_WORD = re.compile(rf"[^\W\d_][{_SIGNS}]|[{_SIGNS}][^\W\d_]")
_FOREIGN = 0.4  # a larger share of accented letters is of another alphabet


def encoding_of(path: Path) -> str:
    """Tell the encoding of a file, as Python and pandas call it.

    Raises:
        BadTable: it is none that is known, or no text.
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(4_096)
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    zeros = [head[at::2].count(0) for at in (0, 1)]
    if max(zeros) > len(head) / 4:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if 0 in head:
        raise BadTable(f"{path.name} is no text, in spite of its suffix; give a table as CSV")
    strange = _lines_that_are_not_utf8(path)
    return _old_encoding(path, strange) if strange else "utf-8"


def _lines_that_are_not_utf8(path: Path) -> bytes:
    """Give the first lines that are not ASCII, if any line is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
        else:
            return b""
        lines: list[bytes] = []
        for line in file:
            if not line.isascii():
                lines.append(line)
                if len(lines) == _MOST_LINES:
                    break
    return b"".join(lines)


def _old_encoding(path: Path, lines: bytes) -> str:
    """Tell an encoding by the words that it spells, which may be few."""
    latin = {name: text for name in _LATIN if (text := _unbroken(lines, name))}
    for name, text in latin.items():
        letters = [sign for sign in text if sign.isalpha()]
        if sum(not sign.isascii() for sign in letters) <= _FOREIGN * len(letters):
            return name
    found = from_bytes(lines, cp_isolation=[*_OTHERS]).best()
    if found is not None:
        return found.encoding
    for name in latin:
        return name
    raise BadTable(
        f"{path.name} is neither UTF-8 nor of an encoding that can be told; convert it, "
        f"perhaps by `iconv -f latin1 -t utf-8 {path.name} > utf8-{path.name}`"
    )


def _unbroken(lines: bytes, encoding: str) -> str:
    """Decode lines; empty if they can't be, or have signs within words."""
    try:
        text = lines.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if _BROKEN_WORD.search(text) else text
