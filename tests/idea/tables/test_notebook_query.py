"""A notebook's `read_sql` and its kin: the database and the query behind them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from idea.analysis import BadIdea, Idea, read_idea
from idea.tables import query_key
from tests.idea.analysis.notebooks import notebook

IMPORTS = (
    "import os, sqlite3\nimport pandas as pd\nfrom sqlalchemy import create_engine, text\n"
    "from sklearn.tree import DecisionTreeClassifier\n"
)
FIT = "X, y = df[['age', 'city']], df['churn']\nmodel = DecisionTreeClassifier().fit(X, y)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a database."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        database.execute("CREATE TABLE people (id INTEGER, age REAL, city TEXT, day TEXT, churn)")
        rows = [(n, n / 2, "ab"[n % 2], "2024-01-01", n % 2) for n in range(30)]
        database.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)
        database.execute("CREATE TABLE cities AS SELECT 'a' AS city, 1.0 AS size")
    return tmp_path


def read(folder: Path, *cells: str) -> Idea:
    """Read a notebook whose cells make `df`."""
    return read_idea(notebook(folder, IMPORTS, *cells, FIT))


@pytest.mark.parametrize(
    "reading",
    [
        "con = sqlite3.connect('shop.db')\ndf = pd.read_sql('SELECT * FROM people', con)",
        "with sqlite3.connect('shop.db') as con:\n"
        "    df = pd.read_sql_query('SELECT * FROM people;', con)",
        "engine = create_engine('sqlite:///shop.db')\nquery = 'SELECT * FROM people'\n"
        "with engine.connect() as con:\n    df = pd.read_sql(sql=text(query), con=con)",
        "def load(query):\n    return pd.read_sql(query, 'sqlite:///shop.db')\n"
        "df = load('SELECT * FROM people')",
        "con = sqlite3.connect(os.path.join(FOLDER, 'shop.db'))\n"
        "df = pd.read_sql('SELECT * FROM people', con)",
    ],
)
def test_the_database_is_found_however_it_is_opened(folder: Path, reading: str) -> None:
    idea = read(folder, reading)
    assert idea.source.format == "sql"
    assert idea.source.options["query"] == "SELECT * FROM people"
    assert idea.path == folder / "shop.db"
    assert idea.summary.columns == ("id", "age", "city", "day", "churn")
    assert idea.summary.rows == 30
    assert idea.summary.texts == {"city", "day"}
    assert idea.reading.target.column == "churn"


def test_a_table_by_its_name_is_a_query(folder: Path) -> None:
    reading = "df = pd.read_sql_table('people', create_engine('sqlite:///shop.db'), index_col='id')"
    idea = read(folder, reading)
    assert idea.source.options["query"] == 'SELECT * FROM "people"'
    assert query_key(idea.source) == "people"
    assert idea.summary.columns == ("age", "city", "day", "churn")


def test_named_dates_are_dates(folder: Path) -> None:
    reading = "df = pd.read_sql('''SELECT *\n FROM people''', sqlite3.connect('shop.db'), "
    idea = read(folder, f"{reading}parse_dates=['day'])")
    assert idea.summary.dates == {"day"}
    assert idea.summary.texts == {"city"}
    assert query_key(idea.source) == "SELECT * FROM people"


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        ("pd.read_sql('SELECT * FROM x', create_engine('postgresql://me:pw@h/d'))", "only `make s"),
        ("pd.read_sql('SELECT * FROM x', create_engine('mysql://me:pw@h/d'))", "mysql is none of"),
        ("pd.read_sql('SELECT * FROM x', somewhere())", "behind `somewhere()` is not known"),
        ("pd.read_sql('SELECT ?', sqlite3.connect('shop.db'), params=[1])", "with params=…"),
        ("pd.read_sql(ask(), sqlite3.connect('shop.db'))", "query can't be read from the code"),
        ("pd.read_sql('SELECT * FROM no', sqlite3.connect('shop.db'))", "no such table: no"),
        ("pd.read_sql('SELECT * FROM people', sqlite3.connect('no.db'))", "no 'no.db' beside it"),
    ],
)
def test_what_is_not_known_is_said(folder: Path, reading: str, reason: str) -> None:
    with pytest.raises(BadIdea) as refused:
        read(folder, f"df = {reading}")
    assert reason in str(refused.value)
    assert "pw" not in str(refused.value)


def test_tables_that_are_merged_are_one_query(folder: Path) -> None:
    reading = (
        "con = sqlite3.connect('shop.db')\ncities = pd.read_sql('SELECT * FROM cities', con)\n"
    )
    reading += "df = pd.read_sql('SELECT * FROM people', con).merge(cities, on='city')"
    with pytest.raises(BadIdea, match=r"several tables of shop.db; join them in one query"):
        read(folder, reading)
