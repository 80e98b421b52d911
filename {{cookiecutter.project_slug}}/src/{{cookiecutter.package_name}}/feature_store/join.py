"""The stage `join`: rows to learn from, with the features that the store had at their time."""

import logging
import tempfile
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from ..data.schema import Schema
from ..data.tables import write_table
from ..tools.command import command
from ..tools.errors import Refusal
from .environment import run
from .sources import write_sources

JOINED = Path("data/interim/joined.parquet")
WHEN = "event_timestamp"  # as Feast names it
ROW = "row_number"
log = logging.getLogger(__name__)


def join(cfg: DictConfig) -> None:
    """Join features to rows by key and time, if the data is to be joined; else leave no rows."""
    if Path(cfg.data.path) != JOINED:
        write_table(JOINED, pd.DataFrame())
        return
    schema, rows = Schema.load(), write_sources(cfg)
    key, time = cfg.feature_store.key, cfg.feature_store.time
    kept = [name for name in (schema.target, cfg.data.split.column) if name and name in rows]
    asked = rows[[*dict.fromkeys([key, *kept])]].assign(**{WHEN: rows[time], ROW: range(len(rows))})
    with tempfile.TemporaryDirectory(dir=".feast") as folder:
        given, made = Path(folder) / "rows.parquet", Path(folder) / "joined.parquet"
        write_table(given, asked)
        run("join", str(given), str(made))
        joined = pd.read_parquet(made)
    if sorted(joined[ROW]) != list(range(len(rows))):
        raise Refusal(f"Feast gave {len(joined)} rows for {len(rows)}; is feature_repo/ changed?")
    joined = joined.sort_values(ROW).rename(columns={WHEN: time}).drop(columns=ROW)
    write_table(JOINED, joined.reset_index(drop=True))
    log.info("%s: %d rows, joined by %s at %s", JOINED, len(joined), key, time)


main = command(join)

if __name__ == "__main__":
    main()
