"""The raw table as a snapshot of a query: what is new in it, and what stays when it fails."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from omegaconf import DictConfig, OmegaConf

from {{ cookiecutter.package_name }}.database import snapshot
from {{ cookiecutter.package_name }}.database.connection import Connection
from {{ cookiecutter.package_name }}.database.snapshot import fetch, take, take_first
from {{ cookiecutter.package_name }}.tools.config import Source
from {{ cookiecutter.package_name }}.tools.errors import Refusal

TABLE = Path("data/raw/shop.parquet")
QUERY = "SELECT * FROM shop -- all of it"
ROWS = [(1, 1.5, "a", None), (2, None, "b", None), (3, 2, "c;é", None)]

Do = Callable[..., None]


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    """A function that executes SQL in a database with a table, beside which DVC keeps files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(snapshot, "dvc", _dvc)

    def execute(sql: str, rows: Sequence[tuple[object, ...]] = ()) -> None:
        with closing(sqlite3.connect(tmp_path / "a #1.db")) as database, database:
            if rows:
                database.executemany(sql, rows)
            else:
                database.executescript(sql)

    execute("CREATE TABLE shop (id INTEGER, price REAL, name TEXT, remark TEXT)")
    execute("INSERT INTO shop VALUES (?, ?, ?, ?)", ROWS)
    return execute


def _dvc(verb: str, path: str) -> None:
    """Write what `dvc add` writes; to start it takes longer than all of these tests."""
    assert verb == "add"
    digest = hashlib.md5(Path(path).read_bytes(), usedforsecurity=False).hexdigest()
    Path(f"{path}.dvc").write_text(f"outs:\n- md5: {digest}\n  path: {Path(path).name}\n")


@pytest.fixture
def data(tmp_path: Path, do: Do) -> DictConfig:
    """The `data` group of that."""
    source = {"url": f"sqlite:///{tmp_path.as_posix()}/a #1.db", "query": QUERY, "dates": []}
    return OmegaConf.create({"path": TABLE.as_posix(), "source": source})


def test_a_snapshot_holds_all_rows_in_the_types_of_the_database(data: DictConfig) -> None:
    assert take(data) == f"{TABLE}: 3 rows of 4 columns"
    assert pq.read_schema(TABLE).types == ["int64", "double", "string", "double"]
    table = pd.read_parquet(TABLE)
    assert table["name"].tolist() == ["a", "b", "c;é"]
    assert table["price"].isna().tolist() == [False, True, False]
    pointer = yaml.safe_load(Path(f"{TABLE}.dvc").read_text(encoding="utf-8"))
    assert pointer["meta"]["rows"] == 3
    assert pointer["meta"]["query"] == QUERY


def test_the_same_rows_are_the_same_table(data: DictConfig) -> None:
    take(data)
    pointer = Path(f"{TABLE}.dvc").read_bytes()
    assert take(data) == f"{TABLE}: 3 rows, as many as before"
    assert Path(f"{TABLE}.dvc").read_bytes() == pointer


def test_it_says_what_is_new(data: DictConfig, do: Do) -> None:
    take(data)
    do("INSERT INTO shop VALUES (4, 3.0, 'd', 'x'); ALTER TABLE shop DROP COLUMN price")
    do("ALTER TABLE shop ADD COLUMN size REAL")
    assert take(data) == (
        f"{TABLE}: 4 rows, 1 more than before, column new: size, column gone: price, column of "
        "another type: remark (double, now string)"
    )
    do("DELETE FROM shop WHERE id < 3; UPDATE shop SET id = 'none', name = x'00' WHERE id = 3")
    assert "2 rows, 2 fewer than before, column of another type: id (int64, now string)" in take(
        data
    )


def test_a_column_of_bytes_stays_one_unless_texts_are_in_it(data: DictConfig, do: Do) -> None:
    do("UPDATE shop SET name = CAST(name AS BLOB), remark = x'61', price = x'62' WHERE id = 1")
    do("UPDATE shop SET name = x'63'")
    take(data)
    assert pq.read_schema(TABLE).types == ["int64", "string", "binary", "binary"]
    assert pd.read_parquet(TABLE)["price"].tolist()[0] == "b"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"query": "SELECT * FROM shop WHERE id > 9"}, "no rows; data/raw/shop.parquet stays"),
        ({"query": "SELECT * FROM gone"}, "no such table: gone"),
        ({"query": "SELECT id, id FROM shop"}, "several columns named id; rename them with AS"),
        ({"query": "SELECT id FROM shop; DELETE FROM shop"}, "only execute one statement|syntax"),
        ({"query": "DELETE FROM shop RETURNING id"}, "syntax error"),
        ({"url": "sqlite:///nowhere.db"}, "nowhere.db is not there; set data.source.url"),
        ({"url": "mysql://host/shop"}, "begins with none of: sqlite, postgresql, duckdb"),
    ],
)
def test_the_former_one_stays_if_it_fails(
    data: DictConfig, source: dict[str, str], reason: str
) -> None:
    take(data)
    before = [TABLE.read_bytes(), Path(f"{TABLE}.dvc").read_bytes()]
    data.source.update(source)
    with pytest.raises(Refusal, match=reason):
        take(data)
    assert [TABLE.read_bytes(), Path(f"{TABLE}.dvc").read_bytes()] == before
    assert sorted(path.name for path in TABLE.parent.iterdir()) == [TABLE.name, f"{TABLE.name}.dvc"]


def test_texts_become_dates_where_they_are_named(data: DictConfig, do: Do) -> None:
    do("UPDATE shop SET remark = '2024-03-01 10:00' WHERE id = 1")
    data.source.dates = ["remark"]
    take(data)
    assert pd.read_parquet(TABLE)["remark"][0] == pd.Timestamp(2024, 3, 1, 10)
    for name, reason in {"name": "name holds what is no date", "day": "no column day"}.items():
        data.source.dates = [name]
        with pytest.raises(Refusal, match=reason):
            take(data)


def test_the_first_is_taken_once(
    data: DictConfig, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(OmegaConf.create({"data": data, "first": True}))
    assert "3 rows of 4 columns" in capsys.readouterr().out
    do("DELETE FROM shop WHERE id = 1")
    fetch(OmegaConf.create({"data": data, "first": True}))
    assert capsys.readouterr().out == ""
    fetch(OmegaConf.create({"data": data}))
    assert "2 rows, 1 fewer than before" in capsys.readouterr().out


def test_another_query_asks_for_a_new_one(data: DictConfig) -> None:
    take_first(data)
    data.source.query = "SELECT id FROM shop"
    with pytest.raises(Refusal, match=r"another data.source.query .* run `make fetch`"):
        take_first(data)


def test_without_a_source_there_is_nothing_to_take() -> None:
    assert take_first(OmegaConf.create({"source": None, "path": "x"})) == ""
    with pytest.raises(Refusal, match=r"data.source is null"):
        take(OmegaConf.create({"source": None, "path": "x"}))


def test_a_password_stands_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Connection("postgresql+psycopg2://one@host:5433/shop?sslmode=require")
    assert "DATABASE_PASSWORD in the environment" in found.hint
    monkeypatch.setenv("DATABASE_USER", "tw/o")
    monkeypatch.setenv("DATABASE_PASSWORD", "p@ss/w:rd %")
    assert found.with_credentials == (
        "postgresql://tw%2Fo:p%40ss%2Fw%3Ard%20%25@host:5433/shop?sslmode=require&connect_timeout=10"
    )
    assert found.told(ValueError("no\n p@ss/w:rd % p%40ss%2Fw%3Ard%20%25!")) == "no *** ***!"
    assert found.hint == ""
    for url in ("postgresql://a:b@c/d", "postgresql://a:b/c@d/e", "postgresql://c/d?password=b"):
        with pytest.raises(ValueError, match="should hold no password"):
            Source(url=url, query="SELECT 1", dates=[])
    assert Source(url=found.url, query="SELECT 1", dates=[]).url == found.url
