"""Excel workbooks and JSON tables that a notebook reads: what a look at the file tells."""

import ast
import json
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from idea.tables import (
    NoData,
    Source,
    as_file,
    json_rows,
    read_source,
    read_table,
    summarize,
    xlsx,
)
from idea.tables.xls import OLE
from idea.tables.xlsx import BadXlsx, columns, read_sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
DAY = 45_292  # the first of January 2024


def cell(value: Any) -> str:
    """A cell as Excel writes it; a tuple is its value and its style."""
    value, style = value if isinstance(value, tuple) else (value, 0)
    if value is None:
        return f'<c s="{style}"/>'
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c s="{style}"><v>{value}</v></c>'


def sheet(*rows: list[Any]) -> str:
    written = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{written}</sheetData></worksheet>'


def links(**targets: str) -> str:
    written = (
        f'<Relationship Id="{name}" Type="{OFFICE}/{name.rstrip("0123456789")}" Target="{target}"/>'
        for name, target in targets.items()
    )
    return f'<Relationships xmlns="{LINKS}">{"".join(written)}</Relationships>'


STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts>
<numFmt numFmtId="164" formatCode="dd/mm/yy;@"/><numFmt numFmtId="165" formatCode="[h]:mm"/>
<numFmt numFmtId="166" formatCode="&quot;days &quot;0"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/>
<xf numFmtId="166"/></cellXfs></styleSheet>"""
STRINGS = f"""<sst xmlns="{MAIN}"><si><t>whole</t></si>
<si><r><t>in </t></r><r><t>parts</t></r><rPh><t>spoken</t></rPh></si></sst>"""


def workbook(path: Path, *sheets: str, book: str = "", **parts: str) -> Path:
    """Write a workbook of some sheets, the first named `S1`."""
    numbers = range(1, len(sheets) + 1)
    named = "".join(f'<sheet name="S{n}" r:id="worksheet{n}"/>' for n in numbers)
    files = {
        "_rels/.rels": links(officeDocument="xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}<sheets>{named}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": links(
            styles="styles.xml",
            sharedStrings="/xl/strings.xml",
            **{f"worksheet{n}": f"worksheets/{n}.xml" for n in numbers},
        ),
        "xl/styles.xml": STYLES,
        "xl/strings.xml": STRINGS,
        **{f"xl/worksheets/{n}.xml": text for n, text in zip(numbers, sheets, strict=True)},
        **parts,
    }
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_cells_have_the_values_that_pandas_gives_them(tmp_path: Path) -> None:
    rows = read_sheet(
        workbook(
            tmp_path / "a.xlsx",
            sheet(
                ["text & more", 1, 2.5, True, None, (2.0, 4)],
                [(DAY, 1), (DAY + 0.5, 2), (0.25, 2), (1.25, 3), (1e9, 1), (30, 1)],
            ),
        )
    )
    assert rows == [
        ["text & more", 1, 2.5, True, "", 2],
        [
            *(datetime(2024, 1, 1), datetime(2024, 1, 1, 12), time(6), timedelta(1.25)),
            *("", datetime(1900, 1, 30)),
        ],
    ]
    assert isinstance(rows[0][5], int)


def test_cells_stand_where_they_say(tmp_path: Path) -> None:
    text = f"""<x:worksheet xmlns:x="{MAIN}"><x:sheetData>
    <x:row r="2"><x:c r="B2" t="s"><x:v>1</x:v></x:c>
    <x:c r="AA2" t="str"><x:f>1</x:f><x:v>f</x:v></x:c>
    <x:c r="AB2" t="e"><x:v>#N/A</x:v></x:c></x:row>
    <x:row r="4"><x:c r="A4" t="s"><x:v>0</x:v></x:c></x:row>
    <x:row r="9"><x:c r="ZZ9" s="1"/></x:row></x:sheetData></x:worksheet>"""
    rows = read_sheet(workbook(tmp_path / "a.xlsx", text))
    assert len(rows) == 4
    assert {len(row) for row in rows} == {27}
    assert rows[0] == rows[2] == [""] * 27
    assert (rows[1][1], rows[1][26], rows[3][0]) == ("in parts", "f", "whole")


def test_dates_may_be_counted_from_1904(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", sheet([(0, 0), (1, 1)]), book='<workbookPr date1904="1"/>')
    assert read_sheet(path) == [[0, datetime(1904, 1, 2)]]


def test_a_sheet_is_chosen_by_position_or_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", sheet([1]), sheet([2]))
    found = [read_sheet(path), read_sheet(path, 1), read_sheet(path, "S2"), read_sheet(path, -1)]
    assert found == [[[1]], [[2]], [[2]], [[2]]]
    with pytest.raises(BadXlsx, match="it has no sheet 'S3', only: S1, S2"):
        read_sheet(path, "S3")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "damaged"),
        (b"a,b\n1,2\n", "damaged, or no .xlsx"),
        (OLE + bytes(600), "damaged, or no workbook; save it again as .xlsx or CSV"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "has a password"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadXlsx, match=why):
        read_sheet(path)


BOMB = '<!DOCTYPE b [<!ENTITY a "xxxx"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "text",
    [
        sheet([1])[:-20],
        BOMB + sheet(["x"]),
        sheet([1]).replace("<row>", '<row r="9999999">'),
        sheet([1]).replace("<row>", '<row r="0">'),
        sheet([1]).replace("<c ", '<c r="XFE1" '),
        sheet([1]).replace('"0"', '"0" t="s"').replace("<v>1<", "<v>7<"),
    ],
)
def test_a_damaged_sheet_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadXlsx, match="damaged"):
        read_sheet(workbook(tmp_path / "a.xlsx", text))


def test_a_workbook_cut_short_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", sheet(*[[n, n / 7] for n in range(200)]))
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        for content in (whole[:at], whole[:at] + bytes(8) + whole[at + 8 :]):
            path.write_bytes(content)
            with suppress(BadXlsx):
                read_sheet(path)


def test_what_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = sheet([1]).replace("<c ", '<c r="XFD1" ')
    path = workbook(tmp_path / "a.xlsx", sheet([" " * 50_000]), wide)
    monkeypatch.setattr(xlsx, "_MOST_CELLS", 1_000)
    with pytest.raises(BadXlsx, match="too large"):
        read_sheet(path, 1)
    monkeypatch.setattr(xlsx, "_MOST_BYTES", 40_000)
    with pytest.raises(BadXlsx, match="too large"):
        read_sheet(path)


def test_columns_are_named_by_letters() -> None:
    assert columns("A:C, e,AA") == [0, 1, 2, 4, 26]
    with pytest.raises(ValueError, match="1"):
        columns("A:1")


class Plain:
    """Names of a notebook that imports pandas and assigns nothing."""

    def path(self, node: ast.expr) -> str | None:
        return ast.unparse(node).replace("pd.", "pandas.")

    def value(self, name: str) -> ast.expr | None:
        return None


def read(code: str) -> Source:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    return read_source(call, Plain())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("pd.read_excel('a.xlsx')", Source("a.xlsx", "excel")),
        ("pd.read_excel('a.xlsx', 'S')", Source("a.xlsx", "excel", {"sheet_name": "S"})),
        ("pd.read_excel(io='a.xls', usecols='B:C')", Source("a.xls", "excel", {"usecols": [1, 2]})),
        ("pd.read_excel('a.xlsx', engine='xlrd')", Source("a.xlsx", "excel")),
        ("pd.read_json(path_or_buf='a.json')", Source("a.json", "json")),
        ("pd.read_json('a.json', 'split')", Source("a.json", "json", {"orient": "split"})),
        ("pd.read_json('a.json', lines=True)", Source("a.json", "json", {"lines": True})),
    ],
)  # fmt: skip
def test_a_reading_call_is_read(code: str, expected: Source) -> None:
    assert read(code) == expected


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("pd.read_excel('a.xlsx', sheet_name=None)", "several sheets"),
        ("pd.read_excel('a.xlsx', sheet_name=['a', 'b'])", "several sheets"),
        ("pd.read_excel('a.xlsx', header=[0, 1])", "header of several rows"),
        ("pd.read_excel('a.xlsx', usecols='?')", "not columns of an Excel sheet"),
        ("pd.read_json('a.json', typ='series')", "not a table"),
    ],
)
def test_what_gives_no_table_is_refused(code: str, why: str) -> None:
    with pytest.raises(NoData, match=why):
        read(code)


HEAD: list[Any] = ["id", "city", "day", "ok", "x", None]
ROWS: list[list[Any]] = [
    [1, "Rome", (DAY, 1), True, 0.5, "1"],
    [2, None, None, False, None, "NA"],
    [3, "Oslo", (DAY + 1, 1), True, 2, 3],
]
NAMES = [*HEAD[:5], "Unnamed: 5"]


@pytest.mark.parametrize(
    ("rows", "options", "names", "count"),
    [
        ([HEAD, *ROWS], {}, NAMES, 3),
        ([["A title"], HEAD, *ROWS], {"header": 1}, NAMES, 3),
        ([["A title"], [], HEAD, *ROWS], {"skiprows": 2}, NAMES, 3),
        ([HEAD, ["a unit"], *ROWS], {"skiprows": [1]}, NAMES, 3),
        ([HEAD, *ROWS, ["a sum"]], {"skipfooter": 1}, NAMES, 3),
        ([HEAD, *ROWS], {"nrows": 2}, NAMES, 2),
        ([HEAD, *ROWS], {"index_col": 0}, NAMES[1:], 3),
        ([HEAD, *ROWS], {"index_col": "id"}, NAMES[1:], 3),
        ([HEAD, *ROWS], {"usecols": ["city", "x"]}, ["city", "x"], 3),
        ([HEAD, *ROWS], {"usecols": [0, 1, 2], "index_col": 0}, ["city", "day"], 3),
        ([HEAD, *ROWS], {"names": list("abcdef")}, list("abcdef"), 3),
        (ROWS, {"header": None}, [0, 1, 2, 3, 4, 5], 3),
        (ROWS, {"header": None, "names": list("abcdef")}, list("abcdef"), 3),
        ([HEAD, *ROWS, [], [None]], {}, NAMES, 3),
    ],
)
def test_a_look_at_a_workbook(
    tmp_path: Path, rows: list[Any], options: dict[str, Any], names: list[object], count: int
) -> None:
    path = workbook(tmp_path / "a.xlsx", sheet(*rows))
    seen = summarize(path, Source("a.xlsx", "excel", options))
    assert (list(seen.columns), seen.rows) == (names, count)
    position = {
        str(n): at for n, at in zip([*NAMES, *range(6), *"abcdef"], [*range(6)] * 3, strict=True)
    }
    if "skipfooter" not in options:  # whose rows are looked at
        assert {position[name] for name in seen.texts} <= {1}
        assert {position[name] for name in seen.dates} <= {2}


def test_the_first_sheet_with_a_table_is_taken(tmp_path: Path) -> None:
    rows = [[n, n % 3] for n in range(30)]
    path = workbook(tmp_path / "a.xlsx", sheet(["a word"]), sheet(["x", "y"], *rows))
    found = read_table(path, "y")
    assert (found.options, found.rows) == ({"sheet_name": 1}, 30)
    assert "sheet 2" in found.notes[0]


def test_texts_dates_and_different_values_of_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", sheet([*HEAD[:5], "t"], *ROWS))
    seen = summarize(path, Source("a.xlsx", "excel"))
    assert seen.texts == {"city"}
    assert seen.dates == {"day"}
    assert seen.values == {"id": 3, "city": 2, "day": 2, "ok": 2, "x": 2, "t": 2}


def test_a_damaged_workbook_gives_one_line(tmp_path: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(OLE + bytes(600))
    with pytest.raises(NoData, match=r"old\.xls .*save it again as \.xlsx or CSV") as refusal:
        summarize(path, Source("old.xls", "excel"))
    assert "\n" not in str(refusal.value)


RECORDS: list[dict[str, Any]] = [
    {"id": 1, "city": "Rome", "ok": True, "date": "2024-01-01", "n": "1"},
    {"id": 2, "city": None, "ok": False, "date": "2024-02-01", "n": "2"},
    {"id": 3, "city": "Oslo", "ok": True, "date": None, "n": "3.5", "late": 0.5},
]
COLUMNS = [*RECORDS[0], "late"]
FULL = [{name: record.get(name) for name in COLUMNS} for record in RECORDS]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (RECORDS, {}),
        (RECORDS, {"orient": "records"}),
        ("\n".join(map(json.dumps, RECORDS)) + "\n", {"lines": True}),
        ({name: {str(at): r[name] for at, r in enumerate(FULL)} for name in COLUMNS}, {}),
        ({name: [r[name] for r in FULL] for name in COLUMNS}, {"orient": "columns"}),
        ({str(at): r for at, r in enumerate(FULL)}, {"orient": "index"}),
        ({"columns": COLUMNS, "data": [list(r.values()) for r in FULL]}, {"orient": "split"}),
    ],
)
def test_a_look_at_json(tmp_path: Path, content: Any, options: dict[str, Any]) -> None:
    path = tmp_path / "a.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    seen = summarize(path, Source("a.json", "json", options))
    assert (list(seen.columns), seen.rows) == (COLUMNS, 3)
    assert seen.texts == {"city"}
    assert seen.dates == {"date"}
    assert seen.values["ok"] == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[{"a": 1, "b": [1, 2]}]', "'b' of a.json holds lists or records"),
        ('{"a": {"0": {"b": 1}}}', "holds lists or records"),
        ("7", "not a table"),
        ('"text"', "not a table"),
        ("[1, 2]", "not a table"),
        ('{"a": 1}', "not a table"),
        ('{"a": 1}\n{"a": 2}\n', "can't be read"),
        ("", "can't be read"),
        ("[" * 200_000, "nested"),
    ],
)
def test_json_that_is_no_table_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoData, match=why) as refusal:
        summarize(path, Source("a.json", "json"))
    assert "\n" not in str(refusal.value)


def test_large_json_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "_MOST_BYTES", 10)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(RECORDS), encoding="utf-8")
    with pytest.raises(NoData, match="too large"):
        summarize(path, Source("a.json", "json"))


def test_a_table_of_another_kind_is_read_the_plain_way() -> None:
    excel = Source("a.xlsx", "excel", {"header": 2})
    assert as_file(excel, Path("b.xlsx")) is excel
    assert as_file(excel, Path("b.csv")) == Source("a.xlsx", "csv")
    assert as_file(excel, Path("b.tsv")) == Source("a.xlsx", "csv", {"sep": "\t"})
    assert as_file(Source("a.data", "csv", {"sep": ";"}), Path("a.data")).format == "csv"
