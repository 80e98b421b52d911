"""Tables as people have them, each a repo, through description, pipeline and service.

All repos live in one process, which imports their libraries once.
"""

import bz2
import gzip
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lives import PACKAGE, PARTS, Life, lives
from tests.rendered import RenderedRepo, render

pytestmark = pytest.mark.slow

ROWS = 60
QUICK = ["evaluate.resamples=10", "model.estimator.n_estimators=10", "monitoring.min_rows=5"]
DAYS = [date(2023, 1, 1) + timedelta(days=3 * n) for n in range(ROWS)]
SIZES = [(n * 37) % 100 + 1 for n in range(ROWS)]
SHOPS = ["north", "south", "east"]


def csv(header: str, row: Callable[[int], str]) -> bytes:
    """Write a table of ROWS rows."""
    return "\n".join([header, *map(row, range(ROWS)), ""]).encode()


def plain(n: int) -> str:
    return f"{SIZES[n]},{SHOPS[n % 3]},{SIZES[n] * 10 + n % 3}"


def measured(n: int) -> str:
    """Give the end of a row: a whole number, and a price that follows it."""
    return f"{SIZES[n]},{SIZES[n]}.5"


PLAIN = csv("size,shop,price", plain)
MONEY = csv("size,rate,price", lambda n: f'"{SIZES[n] * 100:,}",{n % 9}%,"${SIZES[n] * 1000:,}.50"')

OF_PLAIN = {"size": "integer", "shop": "category", "price": "integer"}
ASKED: list[dict[str, Any]] = [{"size": 38, "shop": "north"}, {"size": 90, "shop": "south"}]

# A table's name, its bytes, its target, what the schema holds, what is asked in pairs that are
# alike, and the words that conf/data holds.
KINDS: dict[str, tuple[str, bytes, str, dict[str, str], list[dict[str, Any]], list[str]]] = {
    "money": (
        "t.csv",
        MONEY,
        "price",
        {"size": "integer", "rate": "integer", "price": "number"},
        [{"size": "3,800", "rate": "4%"}, {"size": 3800, "rate": 4}],
        ["size: {thousands: \",\", decimal: \".\"}", 'rate: {marks: ["%"], decimal: "."}'],
    ),
    "decimal comma": (
        "t.csv",
        csv("size;weight;price", lambda n: f"{SIZES[n]}.000,5;{n % 7},25 kg;{SIZES[n]},5"),
        "price",
        {"size": "number", "weight": "number", "price": "number"},
        [{"size": "38.000,5", "weight": "3,25 kg"}, {"size": 38000.5, "weight": 3.25}],
        ["sep: ;", "decimal: ','", 'marks: ["kg"]'],
    ),
    "missing values": (
        "t.csv",
        csv(
            "size,age,shop,price",
            lambda n: f"{'?' if n % 9 == 4 else SIZES[n]},{-999 if n % 8 == 5 else 20 + n % 40},"
            f"{['None', 'NA', 'north'][n % 3]},{SIZES[n]}.5",
        ),
        "price",
        {"size": "number", "age": "number", "shop": "category", "price": "number"},
        [{"size": "?", "age": -999, "shop": "None"}, {"size": None, "age": None, "shop": "None"}],
        ['na_values: ["?", "NA"]', 'age: {na_values: ["-999"]}'],
    ),
    "dates": (
        "t.csv",
        csv(
            "us,german,compact,words,size,price",
            lambda n: f"{DAYS[n]:%m/%d/%Y},{DAYS[n]:%d.%m.%Y},{DAYS[n]:%Y%m%d},"
            f'"{DAYS[n]:%b %d, %Y}",{measured(n)}',
        ),
        "price",
        {name: "datetime" for name in ("us", "german", "compact", "words")} | {"size": "integer"},
        [
            {"us": "02/03/2023", "german": "03.02.2023", "compact": "20230203",
             "words": "Feb 03, 2023", "size": 5},
            {"us": "2023-02-03", "german": "2023-02-03", "compact": "2023-02-03",
             "words": "2023-02-03", "size": 5},
        ],
        ['us: {dates: "%m/%d/%Y"}', 'compact: {dates: "%Y%m%d"}', 'words: {dates: "%b %d, %Y"}'],
    ),
    "padding": (
        "t.csv",
        csv("size,shop,price", lambda n: plain(n).replace("north", " north  ")),
        "price",
        OF_PLAIN,
        [{"size": 38, "shop": "north"}, {"size": 38, "shop": " north  "}],
        ["shop: {strip: true}"],
    ),
    "a nameless index": (
        "t.csv",
        csv(",size,shop,price", lambda n: f"{n},{plain(n)}"),
        "price",
        OF_PLAIN,
        [{"size": 38, "shop": "north"}],
        ["index_col: 0", "cells: {}"],
    ),
    "titles and totals": (
        "t.csv",
        b"Sales of 2023\n# as exported\n" + PLAIN + b"Total,,12345\n",
        "price",
        OF_PLAIN,
        [{"size": 38, "shop": "north"}],
        ["skiprows: 2", "skipfooter: 1"],
    ),
    "no header": (
        "t.csv",
        b"\n".join(PLAIN.split(b"\n")[1:]),
        "column_3",
        {"column_1": "integer", "column_2": "category", "column_3": "integer"},
        [{"column_1": 38, "column_2": "north"}],
        ["header: null", "names: [column_1, column_2, column_3]"],
    ),
    "UTF-16": (
        "t.csv",
        PLAIN.decode().replace("north", "nörd").encode("utf-16"),
        "price",
        OF_PLAIN,
        [{"size": 38, "shop": "nörd"}],
        ["encoding: utf-16"],
    ),
    "Latin-1": (
        "t.csv",
        PLAIN.decode().replace("north", "nörd").encode("latin-1"),
        "price",
        OF_PLAIN,
        [{"size": 38, "shop": "nörd"}],
        ["encoding: cp1252"],
    ),
    "None as a class": (
        "t.csv",
        csv("size,improved", lambda n: f"{SIZES[n]},{['None', 'Some', 'Marked'][n % 3]}"),
        "improved",
        {"size": "integer", "improved": "category"},
        [{"size": 38}],
        ["na_values: []"],
    ),
    "identifiers": (
        "t.csv",
        csv("Customer ID,size,price", lambda n: f"{1000 + n * 7},{measured(n)}"),
        "price",
        {"Customer ID": "id", "size": "integer", "price": "number"},
        [{"size": 38}],
        ["cells: {}"],
    ),
    "few rows of a class": (
        "t.csv",
        csv("size,fraud", lambda n: f"{SIZES[n]},{'yes' if n in (7, 21, 40) else 'no'}"),
        "fraud",
        {"size": "integer", "fraud": "category"},
        [{"size": 38}],
        ["cells: {}"],
    ),
    "tabs": (
        "t.tsv",
        PLAIN.replace(b",", b"\t"),
        "price",
        OF_PLAIN,
        ASKED[:1],
        ['sep: "\\t"'],
    ),
    "bars": ("t.csv", PLAIN.replace(b",", b"|"), "price", OF_PLAIN, ASKED[:1], ["sep: '|'"]),
    "blanks between cells": (
        "t.data",
        PLAIN.replace(b",", b"   "),
        "price",
        OF_PLAIN,
        ASKED[:1],
        ["sep: \\s+"],
    ),
    "blanks behind commas": (
        "t.csv",
        PLAIN.replace(b",", b", "),
        "price",
        OF_PLAIN,
        ASKED[:1],
        ["skipinitialspace: true", "cells: {}"],
    ),
    "lines of comment": (
        "t.csv",
        PLAIN.replace(b"\n75,", b"\n# checked so far\n75,", 1),
        "price",
        OF_PLAIN,
        ASKED[:1],
        ["comment: '#'"],
    ),
    "a mark of UTF-8": ("t.csv", b"\xef\xbb\xbf" + PLAIN, "price", OF_PLAIN, ASKED[:1], []),
    "Cyrillic": (
        "t.csv",
        PLAIN.decode().replace("north", "север").replace("south", "юг").encode("cp1251"),
        "price",
        OF_PLAIN,
        [{"size": 38, "shop": "север"}],
        ["encoding: cp1251"],
    ),
    "names of rows": (
        "t.csv",
        csv("size,shop,price", lambda n: f"r{n},{plain(n)}"),
        "price",
        OF_PLAIN,
        ASKED[:1],
        [],
    ),
    "apostrophes between thousands": (
        "t.csv",
        csv("size,price", lambda n: f"{SIZES[n]}'{n * 7 % 900 + 100}.50,{SIZES[n]}.5"),
        "price",
        {"size": "number", "price": "number"},
        [{"size": "38'120.50"}, {"size": 38120.5}],
        ["""size: {thousands: "'", decimal: "."}"""],
    ),
    "printed apostrophes": (
        "t.csv",
        csv("size,price", lambda n: f"CHF {SIZES[n]}\u2019{n * 7 % 900 + 100}.50,{SIZES[n]}.5"),
        "price",
        {"size": "number", "price": "number"},
        [{"size": "CHF 38\u2019120.50"}, {"size": 38120.5}],
        ["""size: {marks: ["CHF"], thousands: "'", decimal: "."}"""],
    ),
    "lakhs": (
        "t.csv",
        csv("size,price", lambda n: f'"{SIZES[n]},00,{n + 100}",{SIZES[n]}.5'),
        "price",
        {"size": "integer", "price": "number"},
        [{"size": "38,00,120"}, {"size": 3800120}],
        ['size: {thousands: ",", decimal: "."}'],
    ),
    "amounts in brackets": (
        "t.csv",
        csv("change,price", lambda n: f"{f'({n}.25)' if n % 2 else f'{n}.25'},{SIZES[n]}.5"),
        "price",
        {"change": "number", "price": "number"},
        [{"change": "(7.25)"}, {"change": -7.25}],
        ['change: {decimal: "."}'],
    ),
    "codes of money": (
        "t.csv",
        csv("paid,price", lambda n: f"EUR {measured(n)}"),
        "price",
        {"paid": "integer", "price": "number"},
        [{"paid": "EUR 38"}, {"paid": 38}],
        ['paid: {marks: ["EUR"], decimal: "."}'],
    ),
    "a printed minus": (
        "t.csv",
        csv("change,price", lambda n: f"\u2212{n}.5,{SIZES[n]}.5"),
        "price",
        {"change": "number", "price": "number"},
        [{"change": "\u22127.5"}, {"change": -7.5}],
        ['change: {decimal: "."}'],
    ),
    "blanks among numbers": (
        "t.csv",
        csv("charges,price", lambda n: f"{' ' if n in (3, 9) else SIZES[n] + 0.5},{SIZES[n]}.5"),
        "price",
        {"charges": "number", "price": "number"},
        [{"charges": " "}, {"charges": None}, {}],
        ['charges: {decimal: "."}'],
    ),
    "a word among numbers": (
        "t.csv",
        csv("age,price", lambda n: f"{'unknown' if n in (3, 9) else n + 20},{SIZES[n]}.5"),
        "price",
        {"age": "number", "price": "number"},
        [{"age": "unknown"}, {"age": None}],
        ['age: {na_values: ["unknown"], decimal: "."}'],
    ),
    "many spellings of nothing": (
        "t.csv",
        csv(
            "age,shop,price",
            lambda n: f"{['NULL', 'n/a', n, n + 1, n + 2][n % 5]},"
            f"{['nan', '--', 'east'][n % 3]},{SIZES[n]}.5",
        ),
        "price",
        {"age": "number", "shop": "category", "price": "number"},
        [{"age": "NULL", "shop": "--"}, {"age": None, "shop": None}],
        ['na_values: ["--", "NULL", "n/a", "nan"]'],
    ),
    "truths": (
        "t.csv",
        csv(
            "member,paid,size,left",
            lambda n: f"{n % 2 == 0},{['yes', 'no'][n % 3 == 0]},{SIZES[n]},{SIZES[n] > 50}",
        ),
        "left",
        {"member": "boolean", "paid": "category", "size": "integer", "left": "boolean"},
        [{"member": True, "paid": "yes", "size": 5}],
        [],
    ),
    "classes written as 1.0": (
        "t.csv",
        csv("size,grade", lambda n: f"{SIZES[n]},{n % 3 + 1}.0"),
        "grade",
        {"size": "integer", "grade": "integer"},
        [{"size": 5}],
        ["task: classification"],
    ),
    "sixty whole numbers": (
        "t.csv",
        csv("size,sold", lambda n: f"{SIZES[n]},{n * 3}"),
        "sold",
        {"size": "integer", "sold": "integer"},
        [{"size": 5}],
        ["task: regression"],
    ),
    "shares to predict": (
        "t.csv",
        csv("size,rate", lambda n: f"{SIZES[n]},{SIZES[n] / 2}%"),
        "rate",
        {"size": "integer", "rate": "number"},
        [{"size": 5}],
        ["task: regression", 'rate: {marks: ["%"], decimal: "."}'],
    ),
    "times with a zone": (
        "t.csv",
        csv("at,size,price", lambda n: f"{DAYS[n]}T08:30:00+02:00,{measured(n)}"),
        "price",
        {"at": "datetime", "size": "integer", "price": "number"},
        [{"at": "2023-02-03T08:30:00+02:00", "size": 5}, {"at": "2023-02-03T06:30:00", "size": 5}],
        ["cells: {}"],
    ),
    "days with a clock": (
        "t.csv",
        csv("at,size,price", lambda n: f"{DAYS[n]:%d.%m.%Y} 14:05,{measured(n)}"),
        "price",
        {"at": "datetime", "size": "integer", "price": "number"},
        [{"at": "03.02.2023 14:05", "size": 5}, {"at": "2023-02-03T14:05:00", "size": 5}],
        ['at: {dates: "%d.%m.%Y %H:%M"}'],
    ),
    "months": (
        "t.csv",
        csv("at,size,price", lambda n: f"{DAYS[n]:%b %Y},{measured(n)}"),
        "price",
        {"at": "datetime", "size": "integer", "price": "number"},
        [{"at": "Feb 2023", "size": 5}, {"at": "2023-02-01", "size": 5}],
        ['at: {dates: "%b %Y"}'],
    ),
    "texts of many words and lines": (
        "t.csv",
        csv(
            "remark,size,price",
            lambda n: f'"it is a, well, ""{SHOPS[n % 3]}""\n one of {n} words",{measured(n)}',
        ),
        "price",
        {"remark": "text", "size": "integer", "price": "number"},
        [{"remark": "it is\n a north", "size": 5}],
        ["cells: {}"],
    ),
    "odd names": (
        "t.csv",
        csv(
            'self,time,"a, b",größe 🐧,class',
            lambda n: f"{n % 9},{n % 8},{n % 7},{n % 5},{SIZES[n]}.5",
        ),
        "class",
        {name: "integer" for name in ("self", "time", "a, b", "größe 🐧")} | {"class": "number"},
        [{"self": 5, "time": 4, "a, b": 3, "größe 🐧": 2}],
        ["cells: {}"],
    ),
    "columns that say nothing": (
        "t.csv",
        csv("same,empty,rare,size,price", lambda n: f"1,,{n if n == 7 else ''},{measured(n)}"),
        "price",
        {"same": "integer", "empty": "number", "rare": "number", "size": "integer",
         "price": "number"},
        [{"same": 1, "size": 5}],
        ["cells: {}"],
    ),
    "a header of years": (
        "t.csv",
        csv("1990,1991,1992,1993", lambda n: f"{n % 7},{n * 3 % 11},{n * 5 % 13},{SIZES[n]}.5"),
        "1993",
        {"1990": "integer", "1991": "integer", "1992": "integer", "1993": "number"},
        [{"1990": 1, "1991": 2, "1992": 3}],
        ["read:", "sep: ','"],
    ),
    "very large and very small": (
        "t.csv",
        csv("far,near,price", lambda n: f"{n}e30,{n}e-30,{SIZES[n]}e12"),
        "price",
        {"far": "number", "near": "number", "price": "integer"},
        [{"far": 1e30, "near": 1e-30}],
        ["cells: {}"],
    ),
    "numbers with leading zeros": (
        "t.csv",
        csv("zip,size,price", lambda n: f"{['00123', '10115', 'K1A'][n % 3]},{measured(n)}"),
        "price",
        {"zip": "category", "size": "integer", "price": "number"},
        [{"zip": "00123", "size": 5}],
        ["cells: {}"],
    ),
    "many columns": (
        "t.csv",
        csv(
            ",".join([*(f"x{c}" for c in range(200)), "price"]),
            lambda n: ",".join([*(str((n * c) % 17) for c in range(200)), f"{SIZES[n]}.5"]),
        ),
        "price",
        {f"x{c}": "integer" for c in range(200)} | {"price": "number"},
        [{f"x{c}": 1 for c in range(1, 200)} | {"x0": 0}],
        ["cells: {}"],
    ),
    "labels that need quotes": (
        "t.csv",
        csv("size,kind", lambda n: f'{SIZES[n]},"{["a, b", "c ""d""", "e; f"][n % 3]}"'),
        "kind",
        {"size": "integer", "kind": "category"},
        [{"size": 5}],
        ["task: classification"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def lived(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> "Lived":
    """Give all repos, and what became of their tables."""
    return live(tmp_path_factory.mktemp("tables"), environment)


def live(folder: Path, environment: Path) -> "Lived":
    """Render a repo for each kind and each format, and let all of them live in one process."""
    python = str(environment / "bin" / "python")
    files = formats(folder, python)
    given = [
        (file, content, target, asked) for file, content, target, _, asked, _ in KINDS.values()
    ]
    same = [(file, content, "price", ASKED) for file, content in files.items()]
    repos = []
    for number, (file, content, target, _) in enumerate([*given, *same]):
        table = folder / str(number) / file
        table.parent.mkdir()
        table.write_bytes(content)
        answers = {"dataset": str(table), "target": target, "parts": PARTS}
        repos.append(render(table.parent, package_name=PACKAGE, **answers))
    results = lives(repos, [asked for *_, asked in [*given, *same]], environment, QUICK)
    names = [*KINDS, *files]
    return {name: (repo, result) for name, repo, result in zip(names, repos, results, strict=True)}


Lived = dict[str, tuple[RenderedRepo, Life]]


# Writes the table of standard input in the formats that pandas writes.
WRITE = """
import sys
import pandas as pd
table = pd.read_csv(sys.stdin)
table.to_excel("plain.xlsx", index=False)
table.to_json("plain.json", orient="records")
table.to_json("plain.jsonl", orient="records", lines=True)
table.convert_dtypes().astype({"shop": "category"}).to_parquet("plain.parquet")
"""


def formats(folder: Path, python: str) -> dict[str, bytes]:
    """Give the plain table as a file of each format, by the file's name."""
    text = PLAIN.decode()
    subprocess.run([python, "-c", WRITE], input=text, text=True, cwd=folder, check=True)
    with zipfile.ZipFile(folder / "plain.zip", "w") as packed:
        packed.writestr("inside.csv", PLAIN)
    written = {path.name: path.read_bytes() for path in sorted(folder.glob("plain.*"))}
    return {
        "plain.csv": PLAIN,
        "plain.csv.gz": gzip.compress(PLAIN, mtime=0),
        "plain.csv.bz2": bz2.compress(PLAIN),
        **written,
    }


def ids(types: dict[str, str]) -> set[str]:
    """Name the columns that tell rows apart."""
    return {name for name, kind in types.items() if kind == "id"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_as_people_have_it(lived: Lived, kind: str) -> None:
    repo, found = lived[kind]
    _, _, target, types, asked, written = KINDS[kind]
    assert not {"refused", "broken"} & set(found), found
    assert found["types"] == types | ({target: found["types"][target]})
    assert found["rows"] == ROWS
    assert len(found["answers"]) == len(asked)
    assert len(set(map(str, found["answers"]))) == 1, "the same row, written in two ways"
    assert set(found["watched"]) == set(types) - {target, *ids(types)}
    config = next((repo.path / "conf/data").glob("*.yaml")).read_text(encoding="utf-8")
    for words in written:
        assert words in config


@pytest.mark.parametrize("file", ["plain.csv.gz", "plain.csv.bz2", "plain.zip", "plain.xlsx",
                                  "plain.json", "plain.jsonl", "plain.parquet"])  # fmt: skip
def test_the_same_table_in_another_format_gives_the_same_model(lived: Lived, file: str) -> None:
    repo, found = lived[file]
    first, expected = lived["plain.csv"]
    assert found == expected
    assert repo.read("data/schema.yaml") == first.read("data/schema.yaml")


def test_params_follow_what_was_found(lived: Lived) -> None:
    repo, _ = lived["money"]
    assert "thousands: ','" in repo.read("params.yaml")
