"""Stage 3: hold rows back for the test, the same ones every time."""

import logging
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
from omegaconf import DictConfig
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from ..data.pieces import arrow_type, is_long, table_pieces, writing
from ..data.schema import Schema
from ..data.tables import read_table, write_table
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.paths import TABLE, TEST, TRAIN

KINDS = ("random", "stratified", "group", "time", "predefined")

log = logging.getLogger(__name__)


def split_rows(
    table: pd.DataFrame, target: str, options: DictConfig, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a table into train and test rows, which keep the table's order.

    Args:
        table: rows whose target is known.
        target: its name.
        options: kind (random, stratified, group, time or predefined), column (the group's or the
            time's; for rows that are in order of time, null; for predefined rows the one that is
            true for test rows) and test_size (a share of the rows or groups).
        seed: the same seed gives the same split.

    Raises:
        Refusal: if the options don't suit the table.
    """
    rows = np.arange(len(table))
    kind, column, size = options.kind, options.column, options.test_size
    in_order = kind == "time" and column is None
    if kind in ("group", "time", "predefined") and not in_order and column not in table:
        raise Refusal(f"data.split.column is {column!r}; a {kind} split needs one of the columns")
    if kind == "time":
        order = rows if in_order else table[column].argsort(kind="stable").to_numpy()
        cut = len(table) - max(1, round(size * len(table)))
        train, test = order[:cut], order[cut:]
    elif kind == "group":
        splitter = GroupShuffleSplit(n_splits=1, test_size=size, random_state=seed)
        train, test = next(splitter.split(rows, groups=table[column]))
    elif kind == "predefined":
        held_back = table[column].astype(bool).to_numpy()
        train, test = rows[~held_back], rows[held_back]
        if not (len(train) and len(test)):
            raise Refusal(f"data.split.column {column!r} leaves no rows to train or none to test")
    elif kind in ("random", "stratified"):
        classes = None
        if kind == "stratified":
            if _can_be_stratified(table[target], size):
                classes = pd.factorize(table[target], sort=True)[0]  # numbers are split faster
            else:
                log.warning("too few rows a class to split each class alike: the split is random")
        try:
            train, test = train_test_split(
                rows, test_size=size, random_state=seed, stratify=classes
            )
        except ValueError as error:
            raise Refusal(
                f"a {kind} split with test_size {size} fails: {error} "
                "Set data.split.kind=random, or drop the rare classes"
            ) from None
    else:
        raise Refusal(f"data.split.kind is {kind!r}; kinds: {', '.join(KINDS)}")
    return table.iloc[np.sort(train)], table.iloc[np.sort(test)]


Mask = npt.NDArray[np.bool_]


def held_back(path: Path, options: DictConfig, seed: int) -> Callable[[pd.DataFrame], Mask]:
    """Make what masks the test rows of a table's pieces, which are given in order.

    Each row, or group, is held back with the chance `test_size`: of so many rows that is the share,
    in each class too.

    Args:
        path: of the table.
        options: as `split_rows` takes them.
        seed: the same seed gives the same split.

    Raises:
        Refusal: if there is no such kind.
    """
    kind, column, size = options.kind, options.column, options.test_size
    rows = pq.read_metadata(path).num_rows
    cut = rows - max(1, round(size * rows))
    rng = np.random.default_rng(seed)
    if kind == "time" and column is not None:
        times = np.concatenate([_times(piece[column]) for piece in table_pieces(path, [column])])
        first = float(np.partition(times, cut)[cut])
        return lambda piece: _times(piece[column]) >= first
    if kind == "time":
        return lambda piece: np.asarray(piece.index >= cut)
    if kind == "group":
        key = f"{seed:016d}"[-16:]
        most = size * 2.0**64
        return lambda piece: pd.util.hash_array(piece[column].to_numpy(), hash_key=key) < most
    if kind == "predefined":
        return lambda piece: np.asarray(piece[column].astype(bool))
    if kind in ("random", "stratified"):
        return lambda piece: rng.random(len(piece)) < size
    raise Refusal(f"data.split.kind is {kind!r}; kinds: {', '.join(KINDS)}")


def _times(values: pd.Series) -> npt.NDArray[np.float64]:
    return np.asarray(values.astype("int64"), dtype=float)


def _can_be_stratified(classes: pd.Series, size: float) -> bool:
    """Whether each class has rows for both sides."""
    counts = classes.value_counts()
    test = math.ceil(size * len(classes))
    return bool(counts.min() >= 2 and len(counts) <= min(test, len(classes) - test))


def split(cfg: DictConfig) -> None:
    """Write data/processed/train.parquet and test.parquet."""
    schema = Schema.load()
    if is_long(TABLE):
        _split_pieces(cfg, schema)
        return
    table = read_table(TABLE)
    target = schema.target
    labelled = table.dropna(subset=[target])
    if len(labelled) < len(table):
        log.warning("%d rows without a target are left out", len(table) - len(labelled))
    if (sample := cfg.data.split.get("sample")) and sample < len(labelled):
        rows = np.random.default_rng(cfg.seed).choice(len(labelled), sample, replace=False)
        labelled = labelled.iloc[np.sort(rows)]
        log.info("%d rows are drawn for training and test (data.split.sample)", sample)
    train, test = split_rows(labelled, target, cfg.data.split, cfg.seed)
    known = [column.name for column in schema.columns if column.name in table]
    write_table(TRAIN, train[known])
    write_table(TEST, test[known])
    log.info("%d rows to train, %d to test (%s)", len(train), len(test), cfg.data.split.kind)


def _split_pieces(cfg: DictConfig, schema: Schema) -> None:
    """Do the same with a table that came from a folder of parts, a piece at a time."""
    rows, options = pq.read_metadata(TABLE).num_rows, cfg.data.split
    there = set(pq.read_schema(TABLE).names)
    if options.column is not None and options.column not in there:
        raise Refusal(
            f"data.split.column is {options.column!r}; a {options.kind} split needs one of the "
            "columns"
        )
    types = {column.name: arrow_type(column) for column in schema.columns}
    share = min(1.0, (options.get("sample") or rows) / rows)
    rng = np.random.default_rng([cfg.seed, 1])
    counts = np.zeros(2, dtype=int)
    test_rows = held_back(TABLE, options, cfg.seed)
    with writing(TRAIN, types) as train, writing(TEST, types) as test:
        for piece in table_pieces(TABLE):
            mask = test_rows(piece)
            kept = piece[schema.target].notna().to_numpy() & (rng.random(len(piece)) < share)
            train(piece[kept & ~mask])
            test(piece[kept & mask])
            counts += (kept & ~mask).sum(), (kept & mask).sum()
    if not counts.all():
        raise Refusal(f"the {options.kind} split leaves no rows to train or none to test")
    log.info("%d rows to train, %d to test (%s), in pieces", *counts, options.kind)


main = command(split)

if __name__ == "__main__":
    main()
