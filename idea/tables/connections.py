"""The address of a database, as an answer or a notebook has it, and the query for its table."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from idea.names import listed
from idea.tables.checks import BadTable

# By the scheme of an address; behind a plus, SQLAlchemy's have a driver.
KINDS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "duckdb": "duckdb",
}
_ADDRESS = re.compile(r"([a-z]\w*)(?:\+\w+)?(://.*)", re.I | re.S)
_ASKED = re.compile(r"[?&](table|query)=(.*)\Z", re.S)
_FILES = ("sqlite", "duckdb")  # whose database is a file
_MOST = 60  # characters


@dataclass(frozen=True)
class Connection:
    """A table that a query in a database gives.

    Attributes:
        kind: sqlite, postgresql or duckdb.
        url: the address without the query, and without a password; absolute, if it is a file's.
        query: a SELECT; empty if nobody named one.
        name: of the table; that of the database, if it is several's.
    """

    kind: str
    url: str
    query: str
    name: str

    @property
    def file(self) -> Path:
        """The database's file, if it is one."""
        return Path(self.url.partition(":///")[2])

    @property
    def shown(self) -> str:
        """The table and where it is, in words."""
        place = self.file.name if self.kind in _FILES else f"the database {_database(self.url)}"
        return place if self.name == file_or_database(self) else f"{self.name} in {place}"


def file_or_database(connection: Connection) -> str:
    """Name the database itself."""
    if connection.kind in _FILES:
        return connection.file.stem
    return _database(connection.url)


def is_address(answer: str) -> bool:
    """Tell whether an answer is an address rather than a path."""
    return _ADDRESS.match(answer) is not None


def read_address(answer: str, folder: Path) -> Connection:
    """Read an address, such as `sqlite:///shop.db?table=customers`.

    Args:
        answer: the address; `table=` or `query=` and the rest of it say what is read.
        folder: which a relative path of a file is relative to.

    Raises:
        BadTable: it is the address of something else, or holds what no file may.
    """
    found = _ADDRESS.match(answer)
    assert found is not None
    scheme, rest = found[1].lower(), found[2]
    if scheme not in KINDS:
        raise BadTable(_not_read(scheme))
    kind = KINDS[scheme]
    asked = _ASKED.search(rest)
    url = f"{kind}{rest[: asked.start()] if asked else rest}"
    if "${" in answer:
        raise BadTable("the address holds `${`, which the configuration reads as a reference; save "
                       "the query as a view, and name that with ?table=…")  # fmt: skip
    if kind in _FILES:
        url = f"{kind}:///{_absolute(url, folder)}"
    else:
        _check_server(url)
    if asked is None:
        return Connection(kind, url, "", _database(url) if kind not in _FILES else _stem(url))
    if not asked[2].strip():
        raise BadTable(f"{asked[1]}= is empty; type the name of a table, or a SELECT")
    if asked[1] == "query":
        name = _stem(url) if kind in _FILES else _database(url)
        return Connection(kind, url, asked[2].strip(), name)
    return of_table(Connection(kind, url, "", ""), asked[2].strip())


def of_table(connection: Connection, table: str) -> Connection:
    """Give the connection for a table of it, `customers` or `sales.customers`."""
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
    name = table.rpartition(".")[2]
    return Connection(connection.kind, connection.url, " ".join(("SELECT * FROM", quoted)), name)


def _absolute(url: str, folder: Path) -> str:
    path = url.partition("://")[2].partition("?")[0].removeprefix("/")
    if path in ("", ":memory:"):
        raise BadTable(f"{url} is a database in memory, which nobody else can read; name a file")
    return Path(folder, Path(path).expanduser()).as_posix()


def _check_server(url: str) -> None:
    try:
        parts = urlsplit(url)
        password, _ = parts.password, parts.port
    except ValueError:
        raise BadTable(
            "the address can't be read, perhaps for a password in it; leave that out, and set "
            "DATABASE_PASSWORD when you type make setup"
        ) from None
    written = password is not None or re.search(r"(^|&)(ssl)?password=", parts.query)
    if written or "@" in parts.path or parts.fragment:  # it may hold a slash, or more
        raise BadTable(
            "the address holds a password, which files would keep; leave it out, and set "
            "DATABASE_PASSWORD when you type make setup"
        )
    if not _database(url):
        raise BadTable("the address names no database; type postgresql://<host>/<database>")


def _database(url: str) -> str:
    return unquote(urlsplit(url).path.strip("/"))


def _stem(url: str) -> str:
    return Path(url.partition(":///")[2]).stem


def _not_read(scheme: str) -> str:
    if scheme in ("http", "https", "ftp", "s3", "gs", "file"):
        return "it is a URL, and nothing is downloaded here; download it, type its path"
    known = listed(sorted({*KINDS.values()}))
    return (
        f"{scheme[:_MOST]} is none of the databases that are read, {known}; save the query's "
        "result as CSV or Parquet, and type its path"
    )
