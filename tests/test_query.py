"""The repo of a table that a query gives, and that of a notebook which reads one."""

import ast
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from cookiecutter.exceptions import FailedHookException  # type: ignore[import-untyped]

from tests.idea.analysis.notebooks import notebook
from tests.rendered import RenderedRepo, render

CELLS = (
    "import sqlite3\nimport pandas as pd\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "with sqlite3.connect('shop.db') as con:\n"
    "    df = pd.read_sql('SELECT *\\nFROM people', con, parse_dates=['day'])",
    "X, y = df[['age', 'city']], df['churn']\nmodel = DecisionTreeClassifier().fit(X, y)",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a database."""
    made = tmp_path_factory.mktemp("query")
    with closing(sqlite3.connect(made / "shop.db")) as database, database:
        database.execute("CREATE TABLE people (age REAL, city TEXT, day TEXT, churn TEXT)")
        rows = [(n / 2, "ab"[n % 2], "2024-01-01", "ny"[n % 2]) for n in range(30)]
        database.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
    return made


@pytest.fixture(scope="module")
def repo(folder: Path) -> RenderedRepo:
    """Give the repo of a table, with no part."""
    return render(folder / "table", dataset=f"sqlite:///{folder.as_posix()}/shop.db", parts="none")


@pytest.fixture(scope="module")
def of_notebook(folder: Path) -> RenderedRepo:
    """Give the repo of a notebook."""
    return render(folder / "notebook", notebook=str(notebook(folder, *CELLS)))


def source_of(repo: RenderedRepo) -> dict[str, object]:
    """Give what a repo's snapshot is one of."""
    (path,) = (repo.path / "conf" / "data").iterdir()
    source: dict[str, object] = yaml.safe_load(path.read_text(encoding="utf-8"))["source"]
    assert yaml.safe_load(repo.read("params.yaml"))["data"]["source"] == source
    return source


def test_address_and_query_are_configuration(folder: Path, repo: RenderedRepo) -> None:
    url = f"sqlite:///{folder.as_posix()}/shop.db"
    assert source_of(repo) == {"url": url, "query": 'SELECT * FROM "people"', "dates": []}
    stages = yaml.safe_load(repo.read("dvc.yaml"))["stages"]
    assert "data/raw/people.parquet" in stages["ingest"]["deps"]
    assert "/data/raw/people.parquet\n" in repo.read(".gitignore")
    assert not repo.has("data/raw")


def test_types_are_the_database_s(repo: RenderedRepo) -> None:
    data = yaml.safe_load(repo.read("params.yaml"))["data"]
    assert not {"na_values", "cells"} & set(data)


def test_the_snapshot_comes_before_the_schema(repo: RenderedRepo) -> None:
    make = repo.read("Makefile")
    assert re.search(r"^fetch: ## take a new snapshot", make, re.M)
    assert re.search(r"^data/schema.yaml: \| snapshot$", make, re.M)
    setup = make[make.index("\nsetup:") : make.index("\nschema:")]
    assert setup.index("database.snapshot +first=true") < setup.index("stages.describe")


def test_what_is_rendered_parses(repo: RenderedRepo, of_notebook: RenderedRepo) -> None:
    for one in (repo, of_notebook):
        assert one.has("src/my_model/database/snapshot.py")
        for name in one.files():
            if name.endswith(".py"):
                ast.parse(one.read(name), name)
                assert "{%" not in one.read(name), name
                assert "\n\n\n\n" not in one.read(name), name


def test_the_notebook_s_query_is_the_repo_s(folder: Path, of_notebook: RenderedRepo) -> None:
    url = f"sqlite:///{folder.as_posix()}/shop.db"
    expected = {"url": url, "query": "SELECT *\nFROM people", "dates": ["day"]}
    assert source_of(of_notebook) == expected
    data = yaml.safe_load(of_notebook.read("notebooks/parity.yaml"))["data"]
    assert data == {"SELECT * FROM people": "data/raw/shop.parquet"}
    assert "fetch: ## take a new snapshot" in of_notebook.read("Makefile")
    assert "return take(data)" in of_notebook.read("src/my_model/retraining/fetch.py")


def test_a_notebook_takes_no_address_beside_it(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FailedHookException, match="a notebook names its database itself"):
        render(tmp_path, notebook=str(notebook(folder, *CELLS)), dataset="sqlite:///shop.db")
    assert not list(tmp_path.iterdir())


def test_other_repos_have_no_trace_of_it(starter: RenderedRepo) -> None:
    assert not [name for name in starter.files() if "database" in name]
    for name in ("Makefile", "pyproject.toml", "src/my_model/tools/config.py", "conf/config.yaml"):
        assert not re.search("snapshot|postgresql|duckdb|sqlite", starter.read(name)), name
