"""Notebooks on Polars: their target and model are read; their own cells are to make the rest."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.analysis import read_idea
from idea.codegen.files import packages
from tests.idea.analysis.notebooks import FIT, notebook

START = "import polars as pl\nfrom sklearn.linear_model import LogisticRegression\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    table = pd.DataFrame({"age": range(40), "plan": [*"ab"] * 20, "churn": [0, 1, 1, 0] * 10})
    table.to_csv(tmp_path / "people.csv", sep=";", index=False)
    return tmp_path


READS = ["read_csv('people.csv', separator=';')", "scan_csv('people.csv', separator=';').collect()"]
TAKEN = [
    "X, y = df.select('age'), df['churn']\n",
    "X, y = df.drop('churn', 'plan').to_numpy(), df.get_column('churn').to_numpy()\n",
    "X, y = df[['age']], df.select(pl.col('churn')).to_series()\n",
    "df = df.with_columns((pl.col('age') * 2).alias('twice')).to_pandas()\n"
    "X, y = df[['twice']], df['churn']\n",
]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("taken", TAKEN)
def test_the_target_is_found(folder: Path, read: str, taken: str) -> None:
    idea = read_idea(notebook(folder, START, f"df = pl.{read}\n", taken, FIT))
    assert (idea.reading.target.column, idea.task) == ("churn", "classification")
    assert idea.source.options == {"sep": ";"}
    assert "Polars" in idea.unparted
    assert any(each.startswith("polars") for each in packages(idea))
