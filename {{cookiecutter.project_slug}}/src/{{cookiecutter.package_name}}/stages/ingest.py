"""Stage 1: the raw table, as it came, into typed Parquet."""

import logging

from omegaconf import DictConfig

from ..data.casting import conform
from ..data.raw import read_prepared
from ..data.schema import Schema
from ..data.tables import write_table
from ..tools.command import command
from ..tools.paths import TABLE

log = logging.getLogger(__name__)


def ingest(cfg: DictConfig) -> None:
    """Read the raw table, give its columns the schema's types, write it to data/interim."""
    raw = read_prepared(cfg.data)
    table = conform(raw, Schema.load())
    splitting = cfg.data.split.column
    if splitting in raw and splitting not in table:  # needed once, by `split`
        table[splitting] = raw[splitting]
    left_out = [str(name) for name in raw if name not in table]
    if left_out:
        log.warning("columns that the schema does not know are left out: %s", ", ".join(left_out))
    write_table(TABLE, table)
    log.info("%s: %d rows, %d columns", TABLE, len(table), len(table.columns))


main = command(ingest)

if __name__ == "__main__":
    main()
