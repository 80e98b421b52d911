"""Tables as people have them, each a repo, through description, pipeline and service.

All repos live in one process, which imports their libraries once.
"""

import bz2
import gzip
import json
import os
import subprocess
import tomllib
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.rendered import RenderedRepo, clean_environment, render

pytestmark = pytest.mark.slow

ROWS = 60
# Describes a table, trains a small model and asks it, in each of the repos that are named.
LIFE = """
import importlib, json, logging, os, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
QUICK = ["evaluate.resamples=10", "model.estimator.n_estimators=10"]

def live(repo, package, asked):
    os.chdir(repo)
    load = lambda name: importlib.import_module(f"{package}.{name}")
    try:
        load("stages.describe").describe_table(load("tools.config").composed(QUICK))
        cfg = load("tools.config").composed(QUICK)
        for stage in ("ingest", "validate", "split", "train", "evaluate"):
            getattr(load(f"stages.{stage}"), stage)(cfg)
    except load("tools.errors").Refusal as refusal:
        return {"refused": str(refusal)}
    candidate = load("tools.paths").CANDIDATE
    folder = load("runtime.served_model").answering(candidate, "auto")
    reader = load("runtime.rows").Reader(folder.schema)
    answers = [folder.answers(reader.read(json.dumps(row).encode())) for row in asked]
    schema = load("data.schema").Schema.load()
    return {
        "task": schema.task,
        "types": {column.name: column.type for column in schema.columns},
        "categories": {c.name: c.categories for c in schema.columns if c.categories},
        "rows": len(load("data.tables").read_table(load("tools.paths").TABLE)),
        "answers": [answer[0]["prediction"] for answer in answers],
    }

print(json.dumps([live(*each) for each in json.loads(sys.stdin.read())]))
"""
DAYS = [date(2023, 1, 1) + timedelta(days=3 * n) for n in range(ROWS)]
SIZES = [(n * 37) % 100 + 1 for n in range(ROWS)]
SHOPS = ["north", "south", "east"]


def csv(header: str, row: Callable[[int], str]) -> bytes:
    """Write a table of ROWS rows."""
    return "\n".join([header, *map(row, range(ROWS)), ""]).encode()


def plain(n: int) -> str:
    return f"{SIZES[n]},{SHOPS[n % 3]},{SIZES[n] * 10 + n % 3}"


PLAIN = csv("size,shop,price", plain)
MONEY = csv("size,rate,price", lambda n: f'"{SIZES[n] * 100:,}",{n % 9}%,"${SIZES[n] * 1000:,}.50"')

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
        [{"size": "?", "age": -999, "shop": "None"}, {"size": None, "age": None, "shop": "None "}],
        ['na_values: ["?", "NA"]', 'age: {na_values: ["-999"]}'],
    ),
    "dates": (
        "t.csv",
        csv(
            "us,german,compact,words,size,price",
            lambda n: f"{DAYS[n]:%m/%d/%Y},{DAYS[n]:%d.%m.%Y},{DAYS[n]:%Y%m%d},"
            f'"{DAYS[n]:%b %d, %Y}",{SIZES[n]},{SIZES[n]}.5',
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
    "a nameless index": (
        "t.csv",
        csv(",size,shop,price", lambda n: f"{n},{plain(n)}"),
        "price",
        {"size": "integer", "shop": "category", "price": "integer"},
        [{"size": 38, "shop": "north"}, {"size": 38, "shop": " north"}],
        ["index_col: 0"],
    ),
    "titles and totals": (
        "t.csv",
        b"Sales of 2023\n# as exported\n" + PLAIN + b"Total,,12345\n",
        "price",
        {"size": "integer", "shop": "category", "price": "integer"},
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
        {"size": "integer", "shop": "category", "price": "integer"},
        [{"size": 38, "shop": "nörd"}],
        ["encoding: utf-16"],
    ),
    "Latin-1": (
        "t.csv",
        PLAIN.decode().replace("north", "nörd").encode("latin-1"),
        "price",
        {"size": "integer", "shop": "category", "price": "integer"},
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
        csv("Customer ID,size,price", lambda n: f"{1000 + n * 7},{SIZES[n]},{SIZES[n]}.5"),
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
    repos, plan = [], []
    for number, (file, content, target, asked) in enumerate([*given, *same]):
        table = folder / str(number) / file
        table.parent.mkdir()
        table.write_bytes(content)
        answers = {"dataset": str(table), "target": target, "parts": "service"}
        repo = render(table.parent, package_name=f"kind{number}", **answers)
        say_installed(repo)
        repos.append(repo)
        plan.append([str(repo.path), f"kind{number}", asked])
    sources = os.pathsep.join(str(repo.path / "src") for repo in repos)
    found = subprocess.run(
        [python, "-c", LIFE],
        input=json.dumps(plan),
        env=clean_environment(PYTHONPATH=sources),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    results = json.loads(found.stdout.splitlines()[-1])
    names = [*KINDS, *files]
    return {name: (repo, result) for name, repo, result in zip(names, repos, results, strict=True)}


Lived = dict[str, tuple[RenderedRepo, dict[str, Any]]]
ASKED = [{"size": 38, "shop": "north"}, {"size": 90, "shop": "south"}]


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


def say_installed(repo: RenderedRepo) -> None:
    """Leave what an installation would: the names of the packages that a model folder records."""
    project = tomllib.loads(repo.read("pyproject.toml"))["project"]
    told = repo.path / "src" / f"{project['name'].replace('-', '_')}-0.1.0.dist-info"
    told.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", "Version: 0.1.0"]
    lines += [f"Requires-Dist: {each}" for each in project["dependencies"]]
    (told / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_as_people_have_it(lived: Lived, kind: str) -> None:
    repo, found = lived[kind]
    _, _, target, types, asked, written = KINDS[kind]
    assert "refused" not in found
    assert found["types"] == types | ({target: found["types"][target]})
    assert found["rows"] == ROWS
    assert len(found["answers"]) == len(asked)
    assert len(set(map(str, found["answers"]))) == 1, "the same row, written in two ways"
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
