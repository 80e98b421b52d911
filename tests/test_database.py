"""A table that is a query: snapshots of a PostgreSQL server and a DuckDB file."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.environment import lend, uv
from tests.rendered import RenderedRepo, render

pytestmark = pytest.mark.slow

USER, PASSWORD = "reader", "p@ss/w:rd %40#?'"
# What happens to a table, one after the other, and what a new snapshot says of it.
SCRIPT = """
import hashlib, json, sys
from pathlib import Path
from adbc_driver_postgresql import dbapi
from omegaconf import OmegaConf
from shop.database.connection import Connection
from shop.database.snapshot import take
from shop.tools.config import composed
from shop.tools.errors import Refusal

data = composed().data
url, query = data.source.url, data.source.query
told = {}

def sql(*texts):
    with dbapi.connect(Connection(url).with_credentials) as server, server.cursor() as cursor:
        for text in texts:
            cursor.execute(text)
        server.commit()

def snapshot(name, **source):
    data.source.update({"url": url, "query": query, **source})
    try:
        said = take(data)
    except Refusal as refusal:
        said = f"Refused: {refusal}"
    table = Path(data.path)
    digest = hashlib.md5(table.read_bytes()).hexdigest() if table.exists() else ""
    told[name] = [said, digest]

snapshot("no table yet")
sql("CREATE TYPE mood AS ENUM ('good', 'bad')",
    "CREATE TABLE shop AS SELECT i::int2 AS id, (i / 4.0)::numeric(10, 2) AS price, "
    "'é' || i AS name, i % 2 = 0 AS vip, date '2024-01-01' + i AS day, now() AS at, "
    "CASE i WHEN 3 THEN 'infinity' ELSE '2024-01-01' END::timestamp AS until, "
    "'bad'::mood AS mood, '{}'::jsonb AS more, '12.50'::money AS paid, NULL::float8 AS gap "
    "FROM generate_series(1, 50) i")
snapshot("first")
snapshot("the same")
sql("INSERT INTO shop (id, price) SELECT i, 1 FROM generate_series(51, 60) i")
snapshot("rows")
sql("ALTER TABLE shop DROP COLUMN more", "ALTER TABLE shop ADD COLUMN size real",
    "ALTER TABLE shop ALTER COLUMN price TYPE text")
snapshot("columns")
snapshot("nothing", query="SELECT * FROM shop WHERE id > 99 -- none")
snapshot("breaks", query="SELECT i, CASE WHEN i = 400000 THEN "
         "pg_terminate_backend(pg_backend_pid())::text END FROM generate_series(1, 500000) i")
snapshot("refused", url="postgresql://127.0.0.1:1/postgres")
snapshot("writes", query="WITH gone AS (DELETE FROM shop RETURNING *) SELECT * FROM gone")
snapshot("twice", query="SELECT id, id FROM shop")

import duckdb
with duckdb.connect("shop.duckdb") as file:
    file.execute("CREATE TABLE shop AS SELECT 1.5::DECIMAL(4, 1) AS price, [1] AS list, "
                 "DATE '2024-01-01' AS day, 'infinity'::TIMESTAMP AS until, 7::HUGEINT AS id")
snapshot("duckdb", url="duckdb:///shop.duckdb")
snapshot("no duckdb", url="duckdb:///shop.duckdb", query="SELECT * FROM gone")
snapshot("at last")
Path("told.json").write_text(json.dumps(told))
"""


def programs() -> Path:
    """Give the folder of PostgreSQL's programs, which a Debian machine may install."""

    def found() -> list[Path]:
        known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        return [path.parent for path in known] or [
            Path(path).parent for path in [shutil.which("initdb")] if path
        ]

    if not found() and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "postgresql"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], install):
            subprocess.run(command, env=quiet, capture_output=True, check=False, timeout=120)
    if not found():
        pytest.skip("PostgreSQL is not installed, and can't be by `apt-get install postgresql`")
    return found()[-1]


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """Give the port of a PostgreSQL server of its own, which wants a password."""
    folder = programs()
    who: dict[str, Any] = {}
    place = Path(tempfile.mkdtemp(prefix="postgresql-"))
    (place / "password").write_text(PASSWORD, encoding="utf-8")
    if os.geteuid() == 0:  # as whom it does not run
        who = {"user": "postgres"}
        for path in (place, place / "password"):
            shutil.chown(path, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *words: str) -> None:
        command = [str(folder / program), "-D", str(place / "data"), *words]
        subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL, **who)

    secret = f"--pwfile={place / 'password'}"
    run("initdb", "-U", USER, "--auth=scram-sha-256", secret, "--no-sync", "--encoding=UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run("pg_ctl", "start", "-w", "-l", str(place / "log"), "-o", options)
    yield port
    run("pg_ctl", "stop", "-m", "immediate")
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory, environment: Path, server: int) -> RenderedRepo:
    """Give a repo whose table is one of the server's."""
    made = render(
        tmp_path_factory.mktemp("shop"),
        project_name="Shop",
        dataset=f"postgresql://127.0.0.1:{server}/postgres?table=shop",
        target="vip",
        parts="retraining",
        __task="classification",
    )
    lend(environment, made)
    python = str(made.path / ".venv" / "bin" / "python")
    drivers = ["adbc-driver-postgresql>=1.10", "duckdb>=2.0"]
    uv(made, "pip", "install", "--python", python, *drivers)
    return made


def test_a_snapshot_of_a_server(repo: RenderedRepo) -> None:
    python = str(repo.path / ".venv" / "bin" / "python")
    secret = {"DATABASE_USER": USER, "DATABASE_PASSWORD": PASSWORD}
    first = repo.run(python, "-m", "shop.database.snapshot", check=False)
    assert first.returncode == 1
    assert "DATABASE_USER and DATABASE_PASSWORD in the environment" in first.stderr
    assert "Traceback" not in first.stderr

    done = repo.run(python, "-c", SCRIPT, env=secret, check=False)
    assert done.returncode == 0, done.stderr
    said = {name: line for name, (line, _) in json.loads(repo.read("told.json")).items()}
    digests = {name: digest for name, (_, digest) in json.loads(repo.read("told.json")).items()}
    assert 'relation "shop" does not exist' in said["no table yet"]
    assert said["first"] == "data/raw/shop.parquet: 50 rows of 11 columns"
    assert said["the same"] == "data/raw/shop.parquet: 50 rows, as many as before"
    assert digests["the same"] == digests["first"]
    assert said["rows"] == "data/raw/shop.parquet: 60 rows, 10 more than before"
    assert said["columns"].endswith(
        "60 rows, as many as before, column new: size, column gone: more, column of another type: "
        "price (double, now string)"
    )
    failed = {
        "nothing": "the query gives no rows; data/raw/shop.parquet stays as it is",
        "breaks": "server closed the connection|terminating connection",
        "refused": "Connection refused",
        "writes": "syntax error|must be at the top level",
        "twice": "several columns named id",
    }
    for name, reason in failed.items():
        assert said[name].startswith("Refused: "), name
        assert any(part in said[name] for part in reason.split("|")), said[name]
        assert digests[name] == digests["columns"], name
    assert said["duckdb"].startswith("data/raw/shop.parquet: 1 rows, 59 fewer than before")
    assert "list (" not in said["duckdb"]
    assert "gone does not exist" in said["no duckdb"]
    assert digests["at last"] == digests["columns"]

    told = repo.run(python, "-m", "shop.retraining.fetch", env=secret)
    assert "60 rows, as many as before" in told.stdout
    pointer = repo.read("data/raw/shop.parquet.dvc")
    for column in ("id: int64", "vip: bool", "day: timestamp[us]", "mood: string", "paid: double"):
        assert column in pointer
    assert "at: timestamp[us, tz=UTC]" in pointer
    assert PASSWORD not in "".join([first.stderr, done.stdout, done.stderr, told.stdout])
    for path in repo.path.rglob("*"):
        if path.is_file() and ".venv" not in path.parts:
            assert PASSWORD.encode() not in path.read_bytes(), path
