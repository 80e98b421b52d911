"""An answer that is the address of a database: what is read of it, and what is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from idea.tables.answered_query import likeliest_in_query, read_query
from idea.tables.checks import BadTable
from idea.tables.connections import read_address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a database of two tables and a view."""
    with closing(sqlite3.connect(tmp_path / "shop 1%.db")) as database, database:
        database.execute('CREATE TABLE "or""der" (id INTEGER, code TEXT, paid REAL, label)')
        database.executemany(
            'INSERT INTO "or""der" VALUES (?, ?, ?, ?)',
            [(n, str(n % 2), n / 4, "None" if n % 2 else None) for n in range(40)],
        )
        database.execute("CREATE TABLE empty (a, b)")
        database.execute('CREATE VIEW paid AS SELECT id, paid FROM "or""der"')
    return tmp_path


def read(folder: Path, asked: str, target: str = "", task: str = "") -> tuple[object, ...]:
    """Read what an address asks of the database."""
    found = read_query(f"sqlite:///shop 1%.db{asked}", folder, target, task)
    table = found.table
    return found.connection.query, table.columns, table.rows, table.target, table.tasks


def test_a_table_is_a_query_for_all_of_it(folder: Path) -> None:
    assert read(folder, '?table=or"der', "paid") == (
        'SELECT * FROM "or""der"',
        ("id", "code", "paid", "label"),
        40,
        "paid",
        ("regression", "classification"),
    )


def test_a_query_is_the_rest_of_the_answer(folder: Path) -> None:
    query = 'SELECT paid, code AS x FROM "or""der" WHERE id % 4 <> 3 AND code <> \'?&table=\';'
    found = read(folder, f"?query={query}")
    assert found == (query, ("paid", "x"), 30, "x", ("classification",))


def test_a_text_is_a_class_whatever_it_looks_like(folder: Path) -> None:
    assert read(folder, '?table=or"der', "code")[-1] == ("classification",)
    with pytest.raises(BadTable, match="'label' has one value only"):
        read(folder, '?table=or"der', "label")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, '$' || (id % 3) AS y FROM paid",
        "SELECT id, (id % 3) || ' kg' AS y FROM paid",
        "SELECT id, substr('?-', 1 + id % 2, 1) AS y FROM paid",
    ],
)
def test_a_text_that_a_csv_would_have_as_an_amount_stays_one(folder: Path, query: str) -> None:
    assert read(folder, f"?query={query}", "y")[-1] == ("classification",)


def test_the_address_of_a_file_becomes_absolute(folder: Path) -> None:
    found = read_address("sqlite:///a/../b #.db?table=x", folder)
    assert found.url == f"sqlite:///{folder.as_posix()}/a/../b #.db"
    assert found.shown == "x in b #.db"
    assert read_address("sqlite:////srv/b.db?query=SELECT 1", folder).file == Path("/srv/b.db")


def test_the_address_of_a_server_loses_only_the_query(folder: Path) -> None:
    found = read_address("postgres://me@host:1/shop?sslmode=require&table=a.b", folder)
    assert found.url == "postgresql://me@host:1/shop?sslmode=require"
    assert (found.query, found.name) == ('SELECT * FROM "a"."b"', "b")
    assert found.shown == "b in the database shop"


def test_what_is_not_opened_here_takes_the_answers(folder: Path) -> None:
    found = read_query("duckdb:///x.duckdb?table=t", folder, "y", "regression")
    assert (found.table.target, found.table.tasks) == ("y", ("regression",))
    assert found.table.columns == ()
    assert likeliest_in_query("postgresql://h/d?table=t", folder) == ""


def test_the_likeliest_columns_are_named(folder: Path) -> None:
    assert likeliest_in_query('sqlite:///shop 1%.db?table=or"der', folder) == "'code', 'paid'"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("sqlite:///shop 1%.db", 'several tables: empty, or"der, paid; name one with .table=…'),
        ("sqlite:///shop 1%.db?table=nope", "can't be read: no such table: nope"),
        ("sqlite:///shop 1%.db?table=", "table= is empty"),
        ("sqlite:///shop 1%.db?table=empty", "the query gives no rows"),
        ("sqlite:///shop 1%.db?query=SELECT 1 AS x", "gives one column only, 'x'"),
        ("sqlite:///shop 1%.db?query=DELETE FROM empty", "readonly|gives no rows"),
        ("sqlite:///shop 1%.db?query=SELECT 1, 1", "occur more than once"),
        ("sqlite:///shop.db", "shop.db does not exist; in .* there is shop 1%.db"),
        ("sqlite://", "a database in memory"),
        ("sqlite:///x.db?query=SELECT ${a}", "a reference; save the query as a view"),
        ("mysql://host/shop", "mysql is none of the databases that are read, duckdb, postgresql"),
        ("https://host/x.csv", "it is a URL, and nothing is downloaded here"),
        ("postgresql://host/shop", "shop may hold several tables; name one with .table=…"),
        ("postgresql://host", "names no database"),
        ("postgresql://host/shop?table=a", "add target=<column>, and __task=classification or"),
        ("duckdb:///x.duckdb?table=a", "DuckDB is not opened before `make setup`"),
        ("postgresql://me:hush@host/shop?table=a", "holds a password, which files would keep"),
        ("postgresql://me:hu/sh@host/shop?table=a", "password"),
        ("postgresql://me:hush#@host/shop?table=a", "password"),
        ("postgresql://host/shop?password=hush&table=a", "password"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(folder: Path, answer: str, reason: str) -> None:
    with pytest.raises(BadTable, match=reason) as refused:
        read_query(answer, folder, "", "")
    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)
