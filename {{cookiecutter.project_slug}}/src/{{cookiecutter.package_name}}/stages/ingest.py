"""Stage 1: the raw table, as it came, into typed Parquet; and what is silently wrong with it."""

import logging
from dataclasses import asdict

import pandas as pd
from omegaconf import DictConfig

from ..data.casting import conform
from ..data.schema import Schema
from ..data.tables import read_raw, write_table
from ..prepare import prepare
from ..tools.command import command
from ..tools.errors import Refusal, brief, failed_step
from ..tools.files import write_json
from ..tools.paths import NOTICED, TABLE
from .findings import look_at, silent_findings

log = logging.getLogger(__name__)


def read_prepared(data: DictConfig) -> pd.DataFrame:
    """Read the raw table's rows that are to be learned from, with their target.

    Raises:
        Refusal: if the table can't be read, or `prepare` can't make anything of it.
    """
    raw = read_raw(data)
    try:
        table = prepare(raw)
    except Exception as error:
        from ..steps import failing_row  # only here: it brings scikit-learn

        row = failing_row(len(raw), lambda rows: prepare(raw.iloc[rows]), error)
        if row is not None:
            error.add_note(f"row {row} of {data.path}, counted from 0")
        reason = f"prepare.py can't work on {data.path} ({brief(error)}); mend either"
        raise Refusal(failed_step(error) or reason) from error
    if table.empty:
        raise Refusal(f"prepare.py leaves none of the {len(raw)} rows of {data.path}")
    if data.target not in table:
        names = ", ".join(map(str, table.columns))
        raise Refusal(f"{data.path} has no column {data.target!r} (data.target), only: {names}")
    if len(table) < len(raw):
        log.info("%d of %d rows are left out by prepare.py", len(raw) - len(table), len(raw))
    return table


def ingest(cfg: DictConfig) -> None:
    """Read the raw table, give its columns the schema's types, write it to data/interim.

    What the gate asks about is looked for here, where columns are that the schema leaves out.
    """
    raw, schema = read_prepared(cfg.data), Schema.load()
    table = conform(raw, schema)
    splitting = cfg.data.split.column
    if splitting in raw and splitting not in table:  # needed once, by `split`
        table[splitting] = raw[splitting]
    left_out = [str(name) for name in raw if name not in table]
    if left_out:
        log.warning("columns that the schema does not know are left out: %s", ", ".join(left_out))
    write_table(TABLE, table)
    write_json(NOTICED, [asdict(one) for one in silent_findings(look_at(raw, schema, cfg))])
    log.info("%s: %d rows, %d columns", TABLE, len(table), len(table.columns))


main = command(ingest)

if __name__ == "__main__":
    main()
