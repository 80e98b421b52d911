"""The state of the page: the model that `serving.model` names, and reference rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from omegaconf import DictConfig

from ..data.casting import conform, plain
from ..monitoring.columns import features_of
from ..packing.opening import Loading, open_folder
from ..runtime.base import Columns
from ..runtime.rows import BadRows, Reader
from ..runtime.served_model import ServedModel, load
from ..serving.fetch import bring
from ..tools.config import overridden
from ..tools.paths import TEST

MODEL = Path("models/app")
ROWS = 200  # enough for the average of what they are answered


class PageState(NamedTuple):
    """All that the page shows.

    Attributes:
        reader: of the model's rows.
        example: the model's own, checked.
        reference: checked rows that the model did not learn from.
    """

    cfg: DictConfig
    model: ServedModel
    reader: Reader
    example: dict[str, Any]
    reference: Columns


def page_state(overrides: Sequence[str]) -> PageState:
    """Bring and load the model.

    Raises:
        Refusal: if the configuration can't be, or there is no such model.
    """
    cfg = overridden(overrides)
    folder = bring(cfg, str(cfg.serving.model), MODEL)
    loading = Loading.of(cfg)
    model = load(folder, loading, cfg.serving.runtime)
    reader = Reader(model.schema, unknown_fields="ignore")
    example = reader.check([model.example])
    reference: Columns = example
    kept = open_folder(reference_of, folder, loading)
    tables = (table_of(TEST), None if kept is None else features_of(kept, model.schema))
    for table in tables:  # the last that suits the model
        reference = _rows(table, reader, model) or reference
    return PageState(cfg, model, reader, first(example), reference)


def first(columns: Columns) -> dict[str, Any]:
    """The first row."""
    return {name: values[0] for name, values in columns.items()}


def table_of(path: Path) -> pd.DataFrame | None:
    """A table; None if there is none."""
    return pd.read_parquet(path) if path.is_file() else None


def reference_of(folder: Path) -> pd.DataFrame | None:
    """The reference rows of a model folder, if it has some."""
    return table_of(folder / "reference.parquet")


def _rows(raw: pd.DataFrame | None, reader: Reader, model: ServedModel) -> Columns | None:
    """Some rows of a table; None if there is none, or it is not of the model's schema."""
    if raw is None:
        return None
    table = conform(raw, model.schema)
    if table.empty or not set(reader.names) <= set(table):
        return None
    known = plain(table.sample(min(ROWS, len(table)), random_state=0))
    rows = zip(*known.values(), strict=True)
    try:
        return reader.check([dict(zip(known, row, strict=True)) for row in rows])
    except BadRows:
        return None
