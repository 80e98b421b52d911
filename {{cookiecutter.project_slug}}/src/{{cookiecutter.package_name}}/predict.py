"""Predict for the rows of a file: `python -m … input=rows.csv output=predictions.csv`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from omegaconf import DictConfig{{ ', OmegaConf' if not cookiecutter.__cells }}
from rich.progress import Progress

from .data.casting import conform, fits, plain
from .data.pieces import arrow_type
from .data.schema import Schema
{%- if cookiecutter.__cells %}
from .data.tables import reader_options
{%- endif %}
from .packing.opening import Loading
from .runtime.rows import SHOWN, BadRows, Problem, Reader, describe, short
from .runtime.served_model import ServedModel, load
from .serving.fetch import bring
from .tools.command import command
from .tools.errors import Refusal
from .tools.files import replacing

BATCH = Path("models/batch")
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
    model = load(bring(cfg, str(cfg.serving.model), BATCH), Loading.of(cfg), cfg.serving.runtime)
    reader = Reader(model.schema, unknown_fields="ignore")
    types = {column.name: arrow_type(column) for column in model.schema.columns}
    if source.suffix == ".parquet":
        types |= {field.name: field.type for field in pq.read_schema(source)}
    done = 0
    with (
        Progress() as progress,
        replacing(target) as new,
        _writing(new, types, model.schema) as write,
    ):
        for table in _chunks(source, cfg, progress):
            if len(table):
                write(answered(table, model, reader, done))
                done += len(table)
        if not done:
            raise Refusal(f"{source} has no rows")
    print(f"{done} rows of {source} are predicted by {model.version} in {target}")


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


def _chunks(source: Path, cfg: DictConfig, progress: Progress) -> Iterator[pd.DataFrame]:
    if source.suffix == ".parquet":
        file = pq.ParquetFile(source)
        batches = file.iter_batches(cfg.chunk_rows)
        pieces = -(-file.metadata.num_rows // cfg.chunk_rows)
        for batch in progress.track(batches, total=pieces, description=source.name):
            yield cast(pd.DataFrame, batch.to_pandas())
        return
{%- if cookiecutter.__cells %}
    options = {"sep": SEPARATORS[source.suffix]} | _reader_options(cfg)
{%- else %}
    options: dict[str, Any] = {"sep": SEPARATORS[source.suffix]}
    if cfg.data.format == "csv":
        options |= cast(dict[str, Any], OmegaConf.to_container(cfg.data.read, resolve=True))
{%- endif %}
    options |= {"dtype": "str", "chunksize": cfg.chunk_rows}  # part of a column may look otherwise
    try:
        with progress.open(source, "rb", description=source.name) as file:
            for table in pd.read_csv(file, **options):
                yield table.set_axis([str(name) for name in table.columns], axis=1)
    except (UnicodeDecodeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Refusal(f"{source} can't be read ({reason}); see data.read") from None


{% if cookiecutter.__cells -%}
def _reader_options(cfg: DictConfig) -> dict[str, Any]:
    """How the raw table is read, as far as a file of rows can be that is read in pieces."""
    if cfg.data.format == "csv":
        options = reader_options(cfg.data)
        if options.pop("skipfooter", None):
            options.pop("engine", None)  # which was chosen to skip it
        return options
    return {"keep_default_na": False, "na_values": [""]}


{% endif -%}
@contextmanager
def _writing(path: Path, types: dict[str, pa.DataType], schema: Schema) -> Iterator[Write]:
    """Open a file to which tables are added, the first with its header.

    Args:
        path: of the file.
        types: of columns in Parquet; the others have those of the first table.
        schema: says what the texts of a CSV stand for.
    """
    parquet: list[pq.ParquetWriter] = []

    def write_csv(table: pd.DataFrame) -> None:
        separator = SEPARATORS[path.suffix]
        table.to_csv(path, sep=separator, mode="a", header=not path.exists(), index=False)

    def write_parquet(table: pd.DataFrame) -> None:
        typed = conform(table, schema)
        table = pd.DataFrame({name: typed.get(name, table[name]) for name in table})
        if not parquet:
            found = pa.Schema.from_pandas(table, preserve_index=False)
            fields = [field.with_type(types.get(field.name, field.type)) for field in found]
            parquet.append(pq.ParquetWriter(path, pa.schema(fields)))
        parquet[0].write_table(pa.Table.from_pandas(table, parquet[0].schema, preserve_index=False))

    try:
        yield write_parquet if path.suffix == ".parquet" else write_csv
    finally:
        for writer in parquet:
            writer.close()


main = command(predict, "predict", options=("input", "output", "chunk_rows"))

if __name__ == "__main__":
    main()
