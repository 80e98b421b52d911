"""Where the table is in its file, and how the file is read."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from idea.tables import read_table
from idea.tables.answered_table import Table
from idea.tables.checks import BadTable
from idea.tables.encodings import encoding_of
from tests.conftest import WriteCsv
from tests.idea.tables.test_xlsx import sheet, workbook

ROWS = [f"{n * 7 % 50},{'ab'[n % 2]},{n * 37 % 100}.5" for n in range(40)]
TEXT = "\n".join(["size,kind,price", *ROWS, ""])
NAMES = ("size", "kind", "price")


def read(path: Path, text: str, name: str = "t.csv", encoding: str = "utf-8") -> Table:
    (path / name).write_bytes(text.encode(encoding))
    return read_table(path / name)


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (TEXT, {}, ""),
        (TEXT.replace(",", ", "), {"skipinitialspace": True}, ""),
        (f"Sales of 2023\n\n{TEXT}", {"skiprows": 2}, "1 line above the header"),
        (f"Sales of 2023,,\nin euros,,\n{TEXT}", {"skiprows": 2}, "2 lines above the header"),
        (f"# by us, for you, and all, at once\n{TEXT}", {"skiprows": 1}, "# by us"),
        (f"{TEXT}Total,,2000\n", {"skipfooter": 1, "engine": "python"}, "1 line of totals"),
        (f"{TEXT}Sum,,5\nSource: us\n", {"skipfooter": 2, "engine": "python"}, "2 lines"),
        (TEXT.replace("\n7,", "\n# later\n7,", 1), {"comment": "#"}, "1 line of comment"),
    ],
)  # fmt: skip
def test_lines_that_are_no_rows(
    tmp_path: Path, text: str, options: dict[str, Any], said: str
) -> None:
    found = read(tmp_path, text)
    assert (found.columns, found.rows, found.target) == (NAMES, 40, "price")
    assert found.options == {"sep": ","} | options
    assert said in "; ".join(found.notes)


def test_a_header_that_is_missing(tmp_path: Path) -> None:
    found = read(tmp_path, "\n".join(ROWS))
    names = ["column_1", "column_2", "column_3"]
    assert found.options == {"sep": ",", "header": None, "names": names}
    assert (found.columns, found.rows, found.tasks[0]) == (tuple(names), 40, "regression")
    words = ["sunny,hot,no", "rainy,mild,yes", "sunny,mild,yes", "rainy,hot,no"] * 5
    assert read(tmp_path, "\n".join(words)).columns == tuple(names)


def test_a_header_of_years_is_one(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n * 3 % 11},{n * 5 % 13},{n}.5" for n in range(40)]
    found = read(tmp_path, "\n".join(["1990,1991,1992,1993", *rows]))
    assert found.columns == ("1990", "1991", "1992", "1993")


@pytest.mark.parametrize(
    ("header", "options"),
    [(",size,kind,price", {"index_col": 0}), ("size,kind,price", {})],
    ids=["pandas", "R"],
)
def test_a_nameless_first_column_is_the_index(
    tmp_path: Path, header: str, options: dict[str, int]
) -> None:
    rows = [f"{n + 1},{row}" for n, row in enumerate(ROWS)]
    found = read(tmp_path, "\n".join([header, *rows]))
    assert found.options == {"sep": ","} | options
    assert (found.columns, found.target, found.tasks[0]) == (NAMES, "price", "regression")
    assert "the first column, without a name, is the index" in found.notes


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("naïve café", "utf-8", "utf-8"),
        ("naïve café", "utf-8-sig", "utf-8"),
        ("naïve café", "utf-16", "utf-16"),
        ("a plain text", "utf-16-le", "utf-16-le"),
        ("Zürich, Genève, Málaga und Köln", "latin-1", "cp1252"),
        ("“quoted” for 5 €", "cp1252", "cp1252"),
        ("Łódź, Kraków, Gdańsk, Świdnica", "cp1250", "cp1250"),
        ("Москва, Тверь, Казань", "cp1251", "cp1251"),
        ("東京, 大阪, 名古屋", "shift_jis", "shift_jis"),
    ],
)
def test_encodings(tmp_path: Path, text: str, encoding: str, told: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes((f"{text}\n" * 5).encode(encoding))
    assert encoding_of(path) == told
    assert read(tmp_path, TEXT.replace("a", text.split(",")[0]), "u.csv", encoding).rows == 40


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([0, 1, 2, 3]) * 10)
    with pytest.raises(BadTable, match=r"no text, in spite of its suffix; give"):
        read_table(tmp_path / "t.csv")


def test_every_format_of_one_table_gives_the_same(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[int(a), b, float(c)] for a, b, c in (r.split(",") for r in ROWS)]
    records = [dict(zip(NAMES, row, strict=True)) for row in rows]
    (tmp_path / "t.csv").write_text(TEXT)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("inside/t.csv", TEXT)
    workbook(tmp_path / "t.xlsx", sheet([*NAMES], *rows))
    (tmp_path / "t.json").write_text(json.dumps(records))
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, records)))
    found = {path.name: read_table(path, "price") for path in tmp_path.iterdir()}
    for one in found.values():
        assert (one.columns, one.rows, one.tasks) == (NAMES, 40, found["t.csv"].tasks)
        assert one.because == found["t.csv"].because
    assert found["t.csv.gz"].path.name == found["z.zip"].path.name == "t.csv"
    assert found["z.zip"].notes == ("taken out of z.zip",)
    assert found["t.jsonl"].options == {"lines": True, "convert_dates": False, "dtype": False}


# A target's values, over and over, and the words of the refusal.
BAD_TARGETS: dict[str, tuple[list[str], str]] = {
    "identifier": ([str(100 + n) for n in range(40)], "is an identifier"),
    "codes": ([f"K-{n * 77}" for n in range(40)], "text that hardly repeats, 40 different"),
    "sentences": ([f"the {n}th of many long remarks" for n in range(40)], "holds sentences"),
    "dates": ([f"2024-01-{n:02}" for n in range(1, 21)], "holds dates or times"),
    "compact dates": ([str(20240100 + n) for n in range(1, 21)], "holds dates, such as 20240101"),
    "spellings": (["Yes", "yes ", "YES", "No", "Yes"], "'Yes', 'yes ', 'YES' as 'Yes'"),
    "a class of one row": ([*["a", "b"] * 19, "c", "d"], "2 of 4 classes of 'y' have one row"),
    "a number of one row": ([*["0"] * 39, "1"], "has the value 1 in one row only"),
}


@pytest.mark.parametrize("kind", BAD_TARGETS)
def test_a_target_that_can_not_be_learned(csv_table: WriteCsv, kind: str) -> None:
    values, said = BAD_TARGETS[kind]
    rows = [f"{n % 9},{n % 5},{values[n % len(values)]}" for n in range(40)]
    with pytest.raises(BadTable) as refused:
        read_table(csv_table(header="a,b,y", rows=rows), "y")
    message = str(refused.value)
    assert said in message
    assert refused.value.question == "target"
    assert message.count("'") <= 2 * 8, "at most five values are named"


@pytest.mark.parametrize(
    ("values", "because"),
    [
        (["a", "b"], "2 different texts"),
        (["1", "2", "3"], "3 different whole numbers, each in 13 rows or more"),
        ([str(n * 3) for n in range(20)], "20 different whole numbers, 0 to 57"),
        (["1", *["2", "3", "4"] * 13], "4 different whole numbers, 1 to 4"),
    ],
)
def test_the_evidence_for_a_task_is_said(
    csv_table: WriteCsv, values: list[str], because: str
) -> None:
    rows = [f"{n % 9},{n % 5},{values[n % len(values)]}" for n in range(40)]
    assert read_table(csv_table(header="a,b,y", rows=rows), "y").because == because
