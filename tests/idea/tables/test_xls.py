"""Old Excel workbooks, which are written here record by record."""

import struct
from datetime import datetime
from pathlib import Path

import pytest

from idea.tables import Source, summarize
from idea.tables.xls import OLE
from idea.tables.xlsx import BadXlsx, read_sheet

END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def text(value: str, width: str = "H", wide: bool = False) -> bytes:
    data = value.encode("utf-16-le" if wide else "latin-1")
    return struct.pack(f"<{width}B", len(value), int(wide)) + data


def cell(kind: int, row: int, column: int, data: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<HHH", row, column, style) + data)


def book(*sheets: bytes, texts: bytes = b"", more: bytes = b"", version: int = 0x600) -> bytes:
    """Give the stream of a workbook; the second style shows dates."""
    start = record(0x809, struct.pack("<HH", version, 5))
    styles = record(0xE0, struct.pack("<HH", 0, 0)) + record(0xE0, struct.pack("<HH", 0, 164))
    form = record(0x41E, struct.pack("<H", 164) + text("yyyy-mm-dd"))
    head = [record(0x85, bytes(6) + text(f"S{n}", "B")) for n in range(1, len(sheets) + 1)]
    rest = form + styles + texts + more + record(0x0A)
    at = len(start) + sum(map(len, head)) + len(rest)
    placed = []
    for number, sheet in enumerate(sheets, 1):
        placed.append(record(0x85, struct.pack("<IH", at, 0) + text(f"S{number}", "B")))
        at += len(sheet)
    return start + b"".join(placed) + rest + b"".join(sheets)


def sheet(*cells: bytes) -> bytes:
    return record(0x809, struct.pack("<HH", 0x600, 16)) + b"".join(cells) + record(0x0A)


def container(stream: bytes) -> bytes:
    """Put the stream of a workbook into a container, in its large sectors or its small ones."""
    small = len(stream) < 4096
    sectors = -(-max(len(stream), 1) // 512)
    body = stream.ljust(sectors * 512, b"\0")
    # Sector 0 is the table of sectors, 1 the directory, 2 the table of small sectors.
    fat = [0xFFFFFFFD, END, END, *range(4, 3 + sectors), END]
    small_fat = [*range(1, sectors * 8), END] if small else []
    entries = [("Root Entry", 3 if small else END, sectors * 512 if small else 0)]
    entries.append(("Workbook", 0 if small else 3, len(stream)))
    folder = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<H", 2 * len(name) + 2)
        + bytes(50)
        + struct.pack("<II", first, size)
        + bytes(4)
        for name, first, size in entries
    )
    header = OLE + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<II", 1, 1) + bytes(4) + struct.pack("<I", 4096)
    header += struct.pack("<IIII", 2 if small else END, int(small), END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    parts = [fat, small_fat]
    fat_bytes, small_bytes = (
        struct.pack(f"<{len(part)}I", *part).ljust(512, b"\xff")[:512] for part in parts
    )
    return header + fat_bytes + folder.ljust(512, b"\0") + small_bytes + body


def written(folder: Path, stream: bytes) -> Path:
    path = folder / "a.xls"
    path.write_bytes(container(stream))
    return path


def shared(*values: bytes) -> bytes:
    return record(0xFC, struct.pack("<II", len(values), len(values)) + b"".join(values))


NUMBERS = sheet(
    cell(0xFD, 0, 0, struct.pack("<I", 1)),
    cell(0x204, 0, 1, text("größe", wide=True)),
    cell(0x203, 1, 0, struct.pack("<d", 2.5)),
    cell(0x27E, 1, 1, struct.pack("<I", (7 << 2) | 2)),
    cell(0x27E, 2, 0, struct.pack("<I", (-125 & 0x3FFFFFFF) << 2 | 3)),
    cell(0x203, 2, 1, struct.pack("<d", 45292), style=1),
    record(0xBD, struct.pack("<HHHIHIH", 3, 0, 0, 4 << 2 | 2, 0, 5 << 2 | 2, 1)),
    cell(0x06, 4, 0, struct.pack("<d", 1.5) + bytes(6)),
    cell(0x06, 4, 1, b"\0" * 6 + b"\xff\xff" + bytes(6)),
    record(0x207, text("sum")),
    cell(0x205, 5, 0, b"\1\0"),
    cell(0x205, 5, 1, b"\7\1"),
    cell(0x06, 6, 1, b"\1\0\1\0\0\0\xff\xff" + bytes(6)),
)
CELLS = [
    ["size", "größe"],
    [2.5, 7],
    [-1.25, datetime(2024, 1, 1)],
    [4, 5],
    [1.5, "sum"],
    [True, ""],
    ["", True],
]


@pytest.mark.parametrize("padding", [b"", record(0x1234, bytes(5000))], ids=["small", "large"])
def test_cells(tmp_path: Path, padding: bytes) -> None:
    stream = book(NUMBERS, texts=shared(text("other"), text("size")), more=padding)
    assert read_sheet(written(tmp_path, stream)) == CELLS


def test_texts_that_go_on_in_the_next_record(tmp_path: Path) -> None:
    first = struct.pack("<II", 2, 2) + struct.pack("<HB", 5, 0) + b"ab"
    then = b"\1" + "cde".encode("utf-16-le") + text("next")
    texts = record(0xFC, first) + record(0x3C, then)
    cells = [cell(0xFD, 0, n, struct.pack("<I", n)) for n in range(2)]
    assert read_sheet(written(tmp_path, book(sheet(*cells), texts=texts))) == [["abcde", "next"]]


def test_a_sheet_is_chosen_by_position_or_name(tmp_path: Path) -> None:
    one, two = (sheet(cell(0x203, 0, 0, struct.pack("<d", n))) for n in (1, 2))
    path = written(tmp_path, book(one, two))
    assert [read_sheet(path), read_sheet(path, 1), read_sheet(path, "S2")] == [[[1]], [[2]], [[2]]]
    with pytest.raises(BadXlsx, match="it has no sheet 'S3', only: S1, S2"):
        read_sheet(path, "S3")


def test_what_a_notebook_reads(tmp_path: Path) -> None:
    stream = book(NUMBERS, texts=shared(text("other"), text("size")))
    seen = summarize(written(tmp_path, stream), Source("a.xls", "excel"))
    assert (seen.columns, seen.rows) == (("size", "größe"), 6)


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (book(NUMBERS, version=0x500), "older than Excel 97"),
        (book(NUMBERS, more=record(0x2F, bytes(4))), "has a password"),
        (book(NUMBERS), "damaged"),  # texts that nothing holds
        (b"", "it has no sheet"),
    ],
)
def test_what_can_t_be_read_is_refused_in_one_line(tmp_path: Path, stream: bytes, why: str) -> None:
    with pytest.raises(BadXlsx, match=why) as refusal:
        read_sheet(written(tmp_path, stream))
    assert "\n" not in str(refusal.value)
