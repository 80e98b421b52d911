"""Rows of an uploaded file."""

from pathlib import PurePath
from typing import IO, Any, cast

import pandas as pd
from omegaconf import DictConfig, OmegaConf

from ..predict import SEPARATORS
from ..tools.errors import Refusal


def read(file: IO[bytes], name: str, cfg: DictConfig) -> pd.DataFrame:
    """Read the raw rows of a .csv or .tsv with the options of the raw table.

    Args:
        file: open for reading.
        name: of the file, whose suffix decides the separator.
        cfg: the composed configuration.

    Raises:
        Refusal: if it can't be read, or has no rows.
    """
    options: dict[str, Any] = {"sep": SEPARATORS[PurePath(name).suffix.lower()]}
    if cfg.data.format == "csv":
        options |= cast(dict[str, Any], OmegaConf.to_container(cfg.data.read, resolve=True))
    try:
        table: pd.DataFrame = pd.read_csv(file, **(options | {"dtype": "str"}))
    except (UnicodeDecodeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Refusal(f"{name} can't be read ({reason}); see data.read") from None
    if table.empty:
        raise Refusal(f"{name} has no rows")
    return table.set_axis([str(column) for column in table.columns], axis=1)
