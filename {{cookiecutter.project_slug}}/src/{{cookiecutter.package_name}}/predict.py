"""Predict for the rows of a file: `python -m … input=rows.csv output=predictions.csv`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from omegaconf import DictConfig, OmegaConf
from rich.progress import Progress

from .conform import conform, fits, plain
from .errors import Refusal
from .files import replacing
from .loaded import Loaded, load
from .paths import BATCH
from .registry.fetch import bring
from .rows import SHOWN, BadRows, Problem, Reader, describe, short
from .schema import Schema
from .stage import stage

SEPARATORS = {".csv": ",", ".tsv": "\t"}


class Write(Protocol):
    """Adds rows to a file."""

    def __call__(self, table: pd.DataFrame) -> None:
        """Add a table's rows."""
        ...


def predict(cfg: DictConfig) -> None:
    """Write the input's rows with a prediction each, in the same order.

    Raises:
        Refusal: if the input can't be read, or has rows that are not as the schema says.
    """
    source, target = Path(cfg.input), Path(cfg.output)
    for path in (source, target):
        if path.suffix not in (*SEPARATORS, ".parquet"):
            raise Refusal(f"{path} is neither .csv nor .tsv nor .parquet")
    if not source.is_file():
        raise Refusal(f"{source} is not there")
    model = load(bring(cfg, BATCH), cfg.serving.runtime)
    reader = Reader(model.schema, unknown_fields="ignore")
    done = 0
    with Progress() as progress, replacing(target) as new, _writing(new) as write:
        for table in _chunks(source, cfg, model.schema, progress):
            write(answered(table, model, reader, done))
            done += len(table)
    print(f"{done} rows of {source} are predicted by {model.version} in {target}")


def answered(table: pd.DataFrame, model: Loaded, reader: Reader, first: int = 0) -> pd.DataFrame:
    """The rows with columns of what is predicted: label and probabilities, or number and interval.

    Args:
        table: raw rows.
        model: what answers.
        reader: of its schema.
        first: the number of the first row, for messages.

    Raises:
        Refusal: naming the rows that are not as the schema says.
    """
    given = table[[name for name in reader.names if name in table]]
    try:
        _check_types(given, model.schema)
        known = plain(conform(given, model.schema))
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
    told: dict[str, Any] = {f"predicted_{name}": found.predictions}
    if found.probabilities is not None:
        for number, label in enumerate(model.runtime.classes or []):
            told[f"probability_{label}"] = found.probabilities[:, number]
    elif model.margin is not None:
        told[f"{name}_low"] = [number - model.margin for number in found.predictions]
        told[f"{name}_high"] = [number + model.margin for number in found.predictions]
    kept = table.drop(columns=[name for name in told if name in table])
    return pd.concat([kept, pd.DataFrame(told, table.index)], axis=1)


def _check_types(given: pd.DataFrame, schema: Schema) -> None:
    """Name the cells for which a column can't have its type."""
    problems = []
    for name in given.columns:
        column, values = schema[str(name)], given[name]
        for row in np.flatnonzero(~fits(values, column.type)):
            text = short(repr(values.iloc[row]))
            problems.append(Problem(int(row), column.name, describe(column), text))
    if problems:
        raise BadRows(problems[:SHOWN], len(problems))


def _chunks(
    source: Path, cfg: DictConfig, schema: Schema, progress: Progress
) -> Iterator[pd.DataFrame]:
    if source.suffix == ".parquet":
        file = pq.ParquetFile(source)
        batches = file.iter_batches(cfg.chunk_rows)
        pieces = -(-file.metadata.num_rows // cfg.chunk_rows)
        for batch in progress.track(batches, total=pieces, description=source.name):
            yield cast(pd.DataFrame, batch.to_pandas())
        return
    options: dict[str, Any] = {"sep": SEPARATORS[source.suffix]}
    if cfg.data.format == "csv":
        options |= cast(dict[str, Any], OmegaConf.to_container(cfg.data.read, resolve=True))
    # Part of a column may look like numbers where the whole does not.
    texts = {c.name: "str" for c in schema.columns if c.type in ("category", "text", "id")}
    try:
        with progress.open(source, "rb", description=source.name) as file:
            for table in pd.read_csv(file, **{"dtype": texts} | options, chunksize=cfg.chunk_rows):
                yield table.set_axis([str(name) for name in table.columns], axis=1)
    except (UnicodeDecodeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Refusal(f"{source} can't be read ({reason}); see data.read") from None


@contextmanager
def _writing(path: Path) -> Iterator[Write]:
    """Open a file to which tables are added, the first with its header."""
    parquet: list[pq.ParquetWriter] = []

    def write_csv(table: pd.DataFrame) -> None:
        separator = SEPARATORS[path.suffix]
        table.to_csv(path, sep=separator, mode="a", header=not path.exists(), index=False)

    def write_parquet(table: pd.DataFrame) -> None:
        schema = parquet[0].schema if parquet else None
        rows = pa.Table.from_pandas(table, schema, preserve_index=False)
        if not parquet:
            parquet.append(pq.ParquetWriter(path, rows.schema))
        parquet[0].write_table(rows)

    try:
        yield write_parquet if path.suffix == ".parquet" else write_csv
    finally:
        for writer in parquet:
            writer.close()


main = stage(predict, "predict")

if __name__ == "__main__":
    main()
