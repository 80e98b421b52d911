"""Stage 3: hold rows back for the test, the same ones every time."""

import logging
import math

import numpy as np
import pandas as pd
from omegaconf import DictConfig
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from ..data.schema import Schema
from ..data.tables import read_table, write_table
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.paths import TABLE, TEST, TRAIN

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
        classes = table[target] if kind == "stratified" else None
        if classes is not None and not _can_be_stratified(classes, size):
            log.warning("too few rows a class to split each class alike: the split is random")
            classes = None
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
        raise Refusal(
            f"data.split.kind is {kind!r}; kinds: random, stratified, group, time, predefined"
        )
    return table.iloc[np.sort(train)], table.iloc[np.sort(test)]


def _can_be_stratified(classes: pd.Series, size: float) -> bool:
    """Whether each class has rows for both sides."""
    counts = classes.value_counts()
    test = math.ceil(size * len(classes))
    return bool(counts.min() >= 2 and len(counts) <= min(test, len(classes) - test))


def split(cfg: DictConfig) -> None:
    """Write data/processed/train.parquet and test.parquet."""
    table = read_table(TABLE)
    schema = Schema.load()
    target = schema.target
    labelled = table.dropna(subset=[target])
    if len(labelled) < len(table):
        log.warning("%d rows without a target are left out", len(table) - len(labelled))
    train, test = split_rows(labelled, target, cfg.data.split, cfg.seed)
    known = [column.name for column in schema.columns if column.name in table]
    write_table(TRAIN, train[known])
    write_table(TEST, test[known])
    log.info("%d rows to train, %d to test (%s)", len(train), len(test), cfg.data.split.kind)


main = command(split)

if __name__ == "__main__":
    main()
