"""Tables that the stages leave for one another, as Parquet."""

from pathlib import Path
from typing import cast

import pandas as pd
import pyarrow.parquet as pq

from ..tools.errors import Refusal
from ..tools.files import replacing


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that an earlier stage left.

    Raises:
        Refusal: if that stage has not run.
    """
    if not path.exists():
        raise Refusal(f"{path} is not there; run `make pipeline`, or the stage that makes it")
    return cast(pd.DataFrame, pq.read_table(path).to_pandas())


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, without its index."""
    with replacing(path) as new:
        table.to_parquet(new, index=False)
