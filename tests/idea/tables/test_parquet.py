"""What pandas takes for the index of a Parquet file is no column of the table."""

from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pytest

from idea.tables.parquet import read_footer

TABLE = pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")})


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE[TABLE["a"] > 1],  # with an index of its own, without a name
        TABLE.assign(id=list("pqr")).set_index("id"),
        TABLE.assign(id=list("pqr"), day=[3, 2, 1]).set_index(["id", "day"]),
    ],
)
def test_the_columns_are_those_that_pandas_reads(tmp_path: Path, table: pd.DataFrame) -> None:
    path = tmp_path / "table.parquet"
    table.to_parquet(path)
    columns, rows = read_footer(path)
    assert [column.name for column in columns] == list(pd.read_parquet(path).columns)
    assert rows == len(table)
