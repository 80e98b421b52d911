"""What is read out of a table, and what is said about one that can't be used."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from idea.tables import NoData, Source, find_file, read_table
from idea.tables.checks import BadTable
from idea.tables.parquet import read_footer
from idea.tables.target import Candidate, guessed_target
from tests.conftest import WriteCsv
from tests.rendered import EXAMPLES

ROWS = 40


@pytest.mark.parametrize(
    ("table", "target", "rows", "task"),
    [
        ("penguins/penguins.csv", "species", 344, "classification"),
        ("penguins/penguins.csv", "body_mass_g", 344, "regression"),
        ("penguins/penguins.csv", "year", 344, "classification"),
        ("seattle-rain/seattle_rain.csv", "rain_tomorrow", 1460, "classification"),
        ("seattle-rain/seattle_rain.csv", "wind", 1460, "regression"),
        ("cars/cars.csv", "miles_per_gallon", 406, "regression"),
        ("cars/cars.csv", "cylinders", 406, "classification"),
    ],
)
def test_examples(table: str, target: str, rows: int, task: str) -> None:
    found = read_table(EXAMPLES / table, target)
    assert (found.target, found.rows, found.tasks[0]) == (target, rows, task)


@pytest.mark.parametrize(
    ("values", "tasks"),
    [
        (["a", "b", "c"], ("classification",)),
        (["True", "False"], ("classification",)),
        (["0", "1"], ("classification", "regression")),
        (["0.5", "1.5"], ("classification", "regression")),
        (["1.0", "2.0", "3.0", "NA"], ("classification", "regression")),
        ([str(n) for n in range(10)], ("classification", "regression")),
        ([str(n) for n in range(11)], ("regression", "classification")),
        (["0.1", "0.2", "0.3"], ("regression", "classification")),
        (["1e3", "2e3", "2.5e-3", "-1"], ("regression", "classification")),
        ([*(f"{n}.5" for n in range(30)), "?"], ("regression", "classification")),
        ([f"${n},{n:03}.50" for n in range(1, 31)], ("regression", "classification")),
        ([f"{n}%" for n in range(30)], ("regression", "classification")),
        ([str(n * 7) for n in range(60)], ("regression", "classification")),
        ([f"{n} kg" for n in range(30)], ("regression", "classification")),
        (["None", "Some", "Marked"], ("classification",)),
        (["+", "-"], ("classification",)),
        (["1", "1.0", "", "null"] * 5 + ["2"], ("classification", "regression")),
        (["1_000", "2_000", "3_000"], ("classification",)),
    ],
)
def test_task_of_a_csv(csv_table: WriteCsv, values: list[str], tasks: tuple[str, ...]) -> None:
    cells = values * (1 + ROWS // len(values))
    path = csv_table(header="a,y", rows=[f"{n},{cell}" for n, cell in enumerate(cells)])
    assert read_table(path, "y").tasks == tasks


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_separator(csv_table: WriteCsv, sep: str, suffix: str) -> None:
    header = sep.join(["a", '"b,;|x"', "c"])
    path = csv_table(
        f"table{suffix}", header, [sep.join(["1", "2", str(n % 3)]) for n in range(ROWS)]
    )
    found = read_table(path)
    assert (found.sep, found.columns, found.rows) == (sep, ("a", "b,;|x", "c"), ROWS)


def test_decimal_comma(csv_table: WriteCsv) -> None:
    path = csv_table(header="a;y", rows=[f"x;{n},5" for n in range(ROWS)])
    found = read_table(path)
    assert (found.decimal, found.tasks[0]) == (",", "regression")


def test_byte_order_mark_is_not_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "excel.CSV"
    rows = "".join(f"{n},{n % 2}\r\n" for n in range(ROWS))
    path.write_bytes(b"\xef\xbb\xbfage,bought\r\n" + rows.encode())
    found = read_table(path)
    assert (found.columns, found.rows) == (("age", "bought"), ROWS)


def test_quoted_newlines_count_as_one_row(csv_table: WriteCsv) -> None:
    assert read_table(csv_table(header="a,y", rows=['"x\ny",0', '"x",1'] * 10)).rows == 20


def test_a_changed_file_is_read_again(csv_table: WriteCsv) -> None:
    assert read_table(csv_table()).rows == 12
    assert read_table(csv_table(rows=["1,a,yes", "2,b,no"] * 10)).rows == 20


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        (["Y", "Class", "x"], "Class"),
        (["label", "TARGET", "x"], "TARGET"),
        (["a", "b", "price"], "price"),
        (["a", "price", "__index_level_0__"], "price"),
    ],
)
def test_target_is_found(columns: list[str], target: str) -> None:
    assert guessed_target(Path(), [Candidate(name) for name in columns]) == target


# What can't be used: name, header, rows, target, and the words that the message must hold.
GOOD = [f"{n},x,{'yes' if n % 2 else 'no'}" for n in range(12)]
HEADER = "age,plan,churn"
BAD: dict[str, tuple[str, str, list[str], str, list[str]]] = {
    "unknown suffix": ("churn.sav", HEADER, GOOD, "", ["churn.sav", ".csv", ".xlsx", ".gz"]),
    "no workbook": ("churn.xlsx", HEADER, GOOD, "", ["churn.xlsx", "damaged, or no .xlsx"]),
    "no JSON": ("churn.json", HEADER, GOOD, "", ["churn.json is no json", "CSV"]),
    "no archive": ("churn.zip", HEADER, GOOD, "", ["churn.zip can't be unpacked"]),
    "header only": ("t.csv", HEADER, [], "", ["no rows", "at least 10"]),
    "one row": ("t.csv", HEADER, GOOD[:1], "", ["1 row can't be split", "at least 10"]),
    "nine rows": ("t.csv", HEADER, GOOD[:9], "", ["9 rows can't be split", "at least 10"]),
    "duplicates": ("t.csv", "age,plan,age", GOOD, "", ["more than once", "age", "rename"]),
    "nameless column": ("t.csv", ",plan,churn", ["1,x,yes", "1,x,no"] * 6, "", ["first column"]),
    "empty name": ("t.csv", "age,,churn", GOOD, "", ["without a name", "2 of 3"]),
    "wrong delimiter": ("t.csv", "age:plan:churn", ["1:x:2"] * 12, "", ["semicolon", "tab", "bar"]),
    "one column": ("t.csv", "age", ["1"] * 12, "", ["one column only", "comma"]),
    "long row": ("t.csv", HEADER, [*GOOD, "1,x,y,z"], "", ["line 14", "4 cells", "has 3"]),
    "lists": (
        "t.csv",
        HEADER,
        ['"[1, 2]",x,yes', '"[]",x,no'] * 6,
        "",
        ["'age'", "lists", "[1, 2]"],
    ),
    "records": ("t.csv", HEADER, ['"{""a"": 1}",x,yes', ",x,no"] * 6, "", ["'age'", "records"]),
    "no such column": (
        "t.csv",
        HEADER,
        GOOD,
        "Chrun",
        ["'Chrun'", "one of: churn, ", "plan", "age"],
    ),
    "all missing": ("t.csv", HEADER, ["1,x,NA", "2,x,"] * 6, "churn", ["all values", "missing"]),
    "one class": ("t.csv", HEADER, ["1,x,no", "2,x,"] * 10, "churn", ["one value only", "'no'"]),
    "few labels": ("t.csv", HEADER, [*GOOD[:4], *["1,x,"] * 9], "churn", ["4 of 13 rows"]),
    "open quote": ("t.csv", HEADER, ['"' + "x" * 200_000], "", ["valid CSV", "quote"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_csv(csv_table: WriteCsv, case: str) -> None:
    name, header, rows, target, expected = BAD[case]
    message = refusal(csv_table(name, header, rows), target)
    for words in expected:
        assert words in message


def refusal(path: Path, target: str = "") -> str:
    """Read a table that can't be used; give the one line that is said."""
    with pytest.raises(BadTable) as caught:
        read_table(path, target)
    message = str(caught.value)
    assert "\n" not in message
    assert ";" in message, "it must say what to type instead"
    return message


def test_many_columns_are_not_all_named(csv_table: WriteCsv) -> None:
    names = [f"column{n}" for n in range(30)]
    path = csv_table(header=",".join(names), rows=[",".join("1" * 30)] * 12)
    message = refusal(path, "column29x")
    assert "one of: column29, " in message
    assert "… and 18 more" in message


def test_missing_file_names_the_nearest(csv_table: WriteCsv) -> None:
    path = csv_table("churn.csv")
    csv_table("zebra.csv")
    assert "there is churn.csv, zebra.csv" in refusal(path.with_name("chrn.csv"))
    assert "no folder" in refusal(path.parent / "nowhere" / "churn.csv")


def test_folder(tmp_path: Path, csv_table: WriteCsv) -> None:
    csv_table("inside.csv")
    message = refusal(tmp_path)
    assert "is a folder" in message
    assert "inside.csv" in message


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    assert "empty.csv is empty" in refusal(path)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12\n", "git lfs pull"),
        ("/annex/objects/MD5E-s12--4d.csv\n", "git annex get"),
    ],
)
def test_a_pointer_to_a_table(tmp_path: Path, text: str, command: str) -> None:
    path = tmp_path / "churn.csv"
    path.write_text(text)
    assert f"run `{command}" in refusal(path)
    notebook = tmp_path / "idea.ipynb"
    with pytest.raises(NoData, match=f"run `{command}"):
        find_file(Source("churn.csv", "csv"), notebook)


def test_unreadable_file(csv_table: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    path = csv_table()
    monkeypatch.setattr(Path, "open", denied)
    assert "can't be read: permission denied" in refusal(path)


# Parquet: held against what pyarrow writes.

NUMBERS: dict[str, tuple[list[Any], str, tuple[Any, Any]]] = {
    "few": ([n % 7 for n in range(ROWS)], "integer", (0, 6)),
    "many": ([n * 3 - 50 for n in range(ROWS)], "integer", (-50, 67)),
    "float": ([n / 7 for n in range(ROWS)], "number", (0.0, 39 / 7)),
    "text": ([f"v{n % 3}" for n in range(ROWS)], "string", (b"v0", b"v2")),
    "bool": ([n % 2 == 0 for n in range(ROWS)], "bool", (False, True)),
    "gaps": ([n if n % 2 else None for n in range(ROWS)], "integer", (1, 39)),
}


@pytest.mark.parametrize("row_groups", [1, 4])
@pytest.mark.parametrize("version", ["1.0", "2.6"])
def test_parquet_footer(tmp_path: Path, row_groups: int, version: str) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {name: values for name, (values, _, _) in NUMBERS.items()}
        | {
            "time": [datetime(2024, 1, 1 + n % 28) for n in range(ROWS)],
            "day": pa.array(list(range(ROWS)), pa.int32()).cast(pa.date32()),
            "category": pa.array(["a", "b"] * (ROWS // 2)).dictionary_encode(),
            "lists": [[n] for n in range(ROWS)],
            "record": [{"a": n, "b": {"c": n}} for n in range(ROWS)],
            "unsigned": pa.array([2**64 - 1] * ROWS, pa.uint64()),
            "small": pa.array([n % 5 for n in range(ROWS)], pa.int8()),
            "half": pa.array([0.5] * ROWS, pa.float32()),
            "money": pa.array(list(range(ROWS)), pa.int32()).cast(pa.decimal128(20, 2)),
            "nothing": pa.nulls(ROWS),
            "last": list(range(ROWS)),
        }
    )
    path = tmp_path / "table.parquet"
    pq.write_table(table, path, row_group_size=ROWS // row_groups, version=version)
    columns, rows = read_footer(path)
    assert rows == ROWS
    assert [column.name for column in columns] == table.column_names
    by_name = {column.name: column for column in columns}
    for name, (_, kind, (low, high)) in NUMBERS.items():
        column = by_name[name]
        assert (column.kind, column.low, column.high) == (kind, low, high)
    assert {name: by_name[name].kind for name in table.column_names[len(NUMBERS) :]} == {
        "time": "timestamp",
        "day": "timestamp",
        "category": "string",
        "lists": "nested",
        "record": "nested",
        "unsigned": "integer",
        "small": "integer",
        "half": "number",
        "money": "number",
        "nothing": "nothing",
        "last": "integer",
    }
    assert by_name["gaps"].missing == ROWS // 2
    if version != "1.0":  # format 1.0 has no unsigned integers of 64 bits in its statistics
        assert by_name["unsigned"].low == 2**64 - 1


def write_parquet(tmp_path: Path, y: list[Any], **options: Any) -> Path:
    """Write a Parquet file of a column x and a column y."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": list(range(len(y))), "y": y}), path, **options)
    return path


@pytest.mark.parametrize(
    ("values", "options", "tasks"),
    [
        (["a", "b"], {}, ("classification",)),
        ([True, False], {}, ("classification",)),
        ([0.5, 1.5], {}, ("regression", "classification")),
        (list(range(10)), {}, ("classification", "regression")),
        (list(range(11)), {}, ("regression", "classification")),
        ([0, 1], {"write_statistics": False}, ("regression", "classification")),
    ],
)
def test_task_of_a_parquet(
    tmp_path: Path, values: list[Any], options: dict[str, Any], tasks: tuple[str, ...]
) -> None:
    path = write_parquet(tmp_path, values * 10, **options)
    found = read_table(path, "y")
    assert (found.tasks, found.format, found.sep) == (tasks, "parquet", "")


def test_task_of_decimals_of_a_parquet(tmp_path: Path) -> None:
    values = [Decimal(n) / 8 for n in range(ROWS)]
    assert read_table(write_parquet(tmp_path, values), "y").tasks[0] == "regression"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[1, 2]] * 12, ["'y'", "lists or records"]),
        ([None] * 12, ["all values of 'y' are missing"]),
        (["no"] * 12, ["one value only, 'no'"]),
        ([3] * 12, ["one value only, '3'"]),
        ([datetime(2024, 1, n + 1) for n in range(12)], ["dates or times"]),
        ([1, 2, 3], ["3 rows can't be split"]),
        ([1, 2] * 2 + [None] * 12, ["4 of 16 rows"]),
    ],
)
def test_bad_parquet(tmp_path: Path, values: list[Any], expected: list[str]) -> None:
    message = refusal(write_parquet(tmp_path, values), "y")
    for words in expected:
        assert words in message


def test_damaged_parquet(tmp_path: Path) -> None:
    path = write_parquet(tmp_path, list(range(20)))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert "its end is missing" in refusal(path)
    path.write_bytes(b"id,y\n" * 20)
    assert "does not start as Parquet" in refusal(path)
    footer = int.from_bytes(whole[-8:-4], "little")
    path.write_bytes(whole[: -8 - footer] + b"\xff" * footer + whole[-8:])
    assert "footer is damaged" in refusal(path)


CLASSES = ["yes", "no", "no"]
UNFIT = {
    "an identifier": [str(1000 + n) for n in range(ROWS)],
    "an identifier of texts": [f"AB-{n * 7919 % 1000}" for n in range(ROWS)],
    "free text": [f"the {n}th customer said that it was fine" for n in range(ROWS)],
    "addresses": [f"{n} Long Road, Town {n % 7}" for n in range(ROWS)],
    "one value": ["x"] * ROWS,
    "nothing": [""] * ROWS,
    "nearly nothing": ["", "NA"] * (ROWS // 2 - 1) + ["1.5", "2.5"],
    "dates": [f"2024-0{1 + n % 9}-1{n % 10}" for n in range(ROWS)],
}


@pytest.mark.parametrize("what", UNFIT)
@pytest.mark.parametrize("name", ["last", "target"])
def test_what_nobody_predicts_is_never_guessed(csv_table: WriteCsv, what: str, name: str) -> None:
    rows = [f"{n},{CLASSES[n % 3]},{n * 37 % 11}.5,{cell}" for n, cell in
            enumerate(f'"{cell}"' if cell else "" for cell in UNFIT[what])]  # fmt: skip
    with pytest.raises(BadTable) as refused:
        read_table(csv_table(header=f"row,answer,size,{name}", rows=rows))
    message = str(refused.value)
    assert refused.value.question == "target"
    assert f"({name!r}, the last, " in message
    assert "name one with target=…, such as 'answer', 'size'" in message
    assert "'row'" not in message
    assert read_table(csv_table(header=f"row,answer,size,{name}", rows=rows), "size").rows == ROWS


def test_a_column_named_as_targets_are_needs_no_place(csv_table: WriteCsv) -> None:
    rows = [f"{n % 2},{n}" for n in range(ROWS)]
    assert read_table(csv_table(header="Outcome,id", rows=rows)).target == "Outcome"


@pytest.mark.parametrize(
    "values", [[str(n * n) for n in range(ROWS)], ["1", "2"] * 20, CLASSES * 14]
)
def test_amounts_and_classes_in_the_last_column_are_guessed(
    csv_table: WriteCsv, values: list[str]
) -> None:
    rows = [f"{n},{cell}" for n, cell in enumerate(values)]
    assert read_table(csv_table(header="id,result", rows=rows)).target == "result"


def test_ten_thousand_columns_are_refused_in_one_line(tmp_path: Path) -> None:
    table = tmp_path / "genes.csv"
    header = ",".join(f"gene{number}" for number in range(10_000))
    rows = "\n".join(",".join(["1.5"] * 9_999 + [str(row)]) for row in range(12))
    table.write_text(f"{header}\n{rows}\n")
    with pytest.raises(
        BadTable, match=r"genes\.csv has 10,000 columns, and at most 5,000"
    ) as error:
        read_table(table, "gene9999")
    assert "\n" not in str(error.value)
