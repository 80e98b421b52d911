"""Tables of raw rows, answered by one process or by all cores, in their order."""

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..data.casting import conform, fits, plain
from ..data.schema import Schema
from ..packing.opening import Loading
from ..tools.errors import Refusal
from .rows import SHOWN, BadRows, Problem, Reader, describe, short
from .served_model import ServedModel, load

WORTH = 5.0  # seconds of one process, after which others are worth their start

Piece = tuple[int, pd.DataFrame]  # the number of its first row, and the rows


class Ended(Refusal):
    """A process that predicts was ended from outside."""


@dataclass(frozen=True)
class Serving:
    """How each process opens the model.

    Attributes:
        folder: of the model.
        loading: what opening it may take.
        runtime: auto, or scikit-learn.
    """

    folder: Path
    loading: Loading
    runtime: str

    def open(self) -> tuple[ServedModel, Reader]:
        """Open the model, and what reads rows for it."""
        model = load(self.folder, self.loading, self.runtime)
        return model, Reader(model.schema, unknown_fields="ignore")


def in_order(
    pieces: Iterable[Piece], serving: Serving, opened: tuple[ServedModel, Reader], workers: int
) -> Iterator[pd.DataFrame]:
    """Answer pieces of a table, in their order; two for each process are in memory at most.

    Args:
        pieces: of raw rows.
        serving: how further processes open the model.
        opened: the model, in this process, which answers alone as long as that is faster.
        workers: processes at most.

    Raises:
        Refusal: naming the rows that are not as the schema says.
        Ended: a process was ended.
    """
    start, rest = time.monotonic(), iter(pieces)
    for first, table in rest:
        yield answered(table, *opened, first)
        if workers > 1 and time.monotonic() - start >= WORTH:
            break
    waiting: deque[Future[pd.DataFrame]] = deque()
    context = multiprocessing.get_context("spawn")  # threads of libraries do not survive a fork
    pool = ProcessPoolExecutor(workers, context, _begin, (serving,))
    try:
        for first, table in rest:
            waiting.append(pool.submit(_answer, first, table))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise Ended(
            "a process that predicts was ended, perhaps for want of memory; set workers=1 or "
            "chunk_rows lower, and run the command again: it goes on where it was"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


_opened: list[tuple[ServedModel, Reader]] = []  # of a worker


def _begin(serving: Serving) -> None:
    _opened.append(serving.open())


def _answer(first: int, table: pd.DataFrame) -> pd.DataFrame:
    return answered(table, *_opened[0], first)


def answered(
    table: pd.DataFrame, model: ServedModel, reader: Reader, first: int = 0
) -> pd.DataFrame:
    """The rows with columns of what is predicted: label and probabilities, or number and interval.

    Args:
        table: raw rows.
        model: what answers.
        reader: of its schema.
        first: the number of the first row, for messages.

    Raises:
        Refusal: naming the rows that are not as the schema says.
    """
    try:
        typed = conform(table, model.schema)
        _check_types(typed, model.schema)
        known = plain(typed[[name for name in reader.names if name in typed]])
        rows = zip(*known.values(), strict=True)
        columns = reader.check([dict(zip(known, row, strict=True)) for row in rows])
        found = model.runtime.predict(columns)
    except BadRows as error:
        lines = "".join(
            f"\n  row {first + row}, {field or 'as a whole'}: expected {expected}, not {given}"
            for row, field, expected, given in error.problems
        )
        raise Refusal(f"{error}:{lines}") from None
    name = model.schema.target
    predicted: dict[str, Any] = {f"predicted_{name}": found.predictions}
    if found.probabilities is not None:
        for number, label in enumerate(model.runtime.classes or []):
            predicted[f"probability_{label}"] = found.probabilities[:, number]
    elif model.margin is not None:
        predicted[f"{name}_low"] = [number - model.margin for number in found.predictions]
        predicted[f"{name}_high"] = [number + model.margin for number in found.predictions]
    predicted = {_free(each, model.schema): values for each, values in predicted.items()}
    kept = table.drop(columns=[name for name in predicted if name in table])
    return pd.concat([kept, pd.DataFrame(predicted, table.index)], axis=1)


def _free(name: str, schema: Schema) -> str:
    """A name that no column of the schema has."""
    taken = {column.name for column in schema.columns}
    while name in taken:
        name += "_"
    return name


def _check_types(table: pd.DataFrame, schema: Schema) -> None:
    """Name the cells for which a column can't have its type."""
    problems = []
    for column in schema.columns:
        values = table.get(column.name, pd.Series(index=table.index))
        for row in np.flatnonzero(~fits(values, column.type)):
            text = short(repr(values.iloc[row]))
            problems.append(Problem(int(row), column.name, describe(column), text))
    if problems:
        raise BadRows(problems[:SHOWN], len(problems))
