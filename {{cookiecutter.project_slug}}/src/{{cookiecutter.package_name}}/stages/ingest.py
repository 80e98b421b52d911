"""Stage 1: the raw table, as it came, into typed Parquet; and what is silently wrong with it."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict

import pandas as pd
import pyarrow as pa
from omegaconf import DictConfig

from ..data.casting import conform
from ..data.pieces import arrow_type, check_types, is_folder, raw_pieces, sample_of, writing
from ..data.schema import Schema
from ..data.tables import read_raw, write_table
from ..prepare import prepare
from ..tools.command import command
from ..tools.errors import Refusal, brief, failed_step
from ..tools.files import write_json
from ..tools.paths import NOTICED, TABLE
from .findings import look_at, silent_findings

log = logging.getLogger(__name__)


def read_prepared(data: DictConfig, raw: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read the raw table's rows that are to be learned from, with their target.

    Args:
        data: the `data` group.
        raw: the raw table, where it has been read.

    Raises:
        Refusal: if the table can't be read, or `prepare` can't make anything of it.
    """
    raw = read_raw(data) if raw is None else raw
    table = _prepared(raw, data)
    if table.empty:
        raise Refusal(f"prepare.py leaves none of the {len(raw)} rows of {data.path}")
    if data.target not in table:
        names = ", ".join(map(str, table.columns))
        raise Refusal(f"{data.path} has no column {data.target!r} (data.target), only: {names}")
    if len(table) < len(raw):
        log.info("%d of %d rows are left out by prepare.py", len(raw) - len(table), len(raw))
    return table


def prepared_pieces(data: DictConfig) -> Iterator[pd.DataFrame]:
    """The rows of a folder of parts that are to be learned from, piece by piece."""
    for piece in raw_pieces(data):
        yield _prepared(piece, data)


def read_sample(data: DictConfig) -> pd.DataFrame:
    """Read the raw table, or rows of it where it is a folder of parts."""
    return sample_of(raw_pieces(data)) if is_folder(data) else read_raw(data)


def _prepared(raw: pd.DataFrame, data: DictConfig) -> pd.DataFrame:
    try:
        return prepare(raw)
    except Exception as error:
        from ..steps import failing_row  # only here: it brings scikit-learn

        row = failing_row(len(raw), lambda rows: prepare(raw.iloc[rows]), error)
        if row is not None:
            error.add_note(f"row {row} of {data.path}, counted from 0")
        reason = f"prepare.py can't work on {data.path} ({brief(error)}); mend either"
        raise Refusal(failed_step(error) or reason) from error


def ingest(cfg: DictConfig) -> None:
    """Read the raw table, give its columns the schema's types, write it to data/interim.

    What the gate asks about is looked for here, where columns are that the schema leaves out.
    """
    schema = Schema.load()
    if is_folder(cfg.data):
        _ingest_pieces(cfg, schema)
        return
    raw = read_prepared(cfg.data)
    table = _conformed(raw, schema, cfg.data.split.column)
    left_out = [str(name) for name in raw if name not in table]
    if left_out:
        log.warning("columns that the schema does not know are left out: %s", ", ".join(left_out))
    write_table(TABLE, table)
    write_json(NOTICED, [asdict(one) for one in silent_findings(look_at(raw, schema, cfg))])
    log.info("%s: %d rows, %d columns", TABLE, len(table), len(table.columns))


def _conformed(raw: pd.DataFrame, schema: Schema, splitting: str | None) -> pd.DataFrame:
    table = conform(raw, schema)
    if splitting in raw and splitting not in table:  # needed once, by `split`
        table[splitting] = raw[splitting]
    return table


def _ingest_pieces(cfg: DictConfig, schema: Schema) -> None:
    """Do the same with a folder of parts, a piece at a time; what is silent is told by a sample."""
    splitting, rows = cfg.data.split.column, 0
    types = {column.name: arrow_type(column) for column in schema.columns}

    def pieces() -> Iterator[pd.DataFrame]:
        nonlocal rows
        write = None
        for raw in prepared_pieces(cfg.data):
            piece = _conformed(raw, schema, splitting)
            check_types(piece, schema.columns, cfg.data.path)
            if write is None:
                more = [name for name in piece if name not in types]
                found = pa.Schema.from_pandas(piece[more], preserve_index=False)
                every = types | {field.name: field.type for field in found}
                write = stack.enter_context(writing(TABLE, every))
            write(piece)
            rows += len(piece)
            yield raw

    with ExitStack() as stack:
        sample = sample_of(pieces())
    write_json(NOTICED, [asdict(one) for one in silent_findings(look_at(sample, schema, cfg))])
    log.info("%s: %d rows, %d columns, read in pieces", TABLE, rows, len(types))


main = command(ingest)

if __name__ == "__main__":
    main()
