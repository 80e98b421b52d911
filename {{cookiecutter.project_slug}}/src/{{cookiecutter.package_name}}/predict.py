"""Predict for the rows of a file: `python -m … input=rows.csv output=predictions.csv`."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from omegaconf import DictConfig, OmegaConf
from rich.progress import Progress

from .data.casting import conform
from .data.pieces import arrow_type, pieces_of_parquet
from .data.schema import Schema
from .data.tables import reader_options
from .packing.opening import Loading
from .runtime.batch import Ended, Serving, cores, in_order
from .serving.fetch import bring
from .serving.settings import Settings
from .tools.command import command
from .tools.errors import Refusal
from .tools.files import read_json, replacing, write_json

BATCH = Path("models/batch")
SEPARATORS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class Parts:
    """Pieces of an output, which become one file when all of them are there.

    Attributes:
        source: the file of rows.
        target: the output.
        how: it is made, in words; pieces that were made otherwise are made anew.
    """

    source: Path
    target: Path
    how: str

    @property
    def folder(self) -> Path:
        """The folder beside the output."""
        return self.target.with_name(f"{self.target.name}.parts")

    def begin(self) -> int:
        """Give the number of pieces that are there, of the same rows and the same model."""
        stat = self.source.stat()
        about = {"rows": [str(self.source), stat.st_size, stat.st_mtime_ns], "how": self.how}
        note = self.folder / "about.json"
        if not note.exists() or read_json(note) != about:
            self.remove()
            write_json(note, about)
        known = len(self._files())
        if known:
            print(f"{known} pieces of {self.target} are there; it goes on from them")
        return known

    @contextmanager
    def adding(self, number: int) -> Iterator[Path]:
        """A name for a piece, which is there when it is whole."""
        with replacing(self.folder / f"{number:06d}{self.target.suffix}") as new:
            yield new

    def types(self) -> dict[str, pa.DataType]:
        """The types of the first piece's columns, which the others have, in Parquet."""
        first = next(iter(self._files()), None)
        if first is None or first.suffix != ".parquet":
            return {}
        return {field.name: field.type for field in pq.read_schema(first)}

    def join(self) -> None:
        """Make one file of the pieces, and remove them."""
        with replacing(self.target) as new:
            if self.target.suffix == ".parquet":
                with pq.ParquetWriter(new, pq.read_schema(self._files()[0])) as writer:
                    for part in self._files():
                        writer.write_table(pq.read_table(part))
            else:
                with new.open("wb") as whole:
                    for part in self._files():
                        with part.open("rb") as file:
                            shutil.copyfileobj(file, whole)
        self.remove()

    def remove(self) -> None:
        """Remove the pieces."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"[0-9]*{self.target.suffix}"))


def predict(cfg: DictConfig) -> None:
    """Write the input's rows with a prediction each, in the same order.

    What is answered lies beside the output until all is; after a kill the command goes on there.

    Raises:
        Refusal: if the input can't be read, or has rows that are not as the schema says.
    """
    source, target = Path(cfg.input), Path(cfg.output)
    for path in (source, target):
        if path.suffix not in (*SEPARATORS, ".parquet"):
            raise Refusal(f"{path} is neither .csv nor .tsv nor .parquet")
    if not source.is_file():
        raise Refusal(f"{source} is not there")
    folder = bring(cfg, str(cfg.serving.model), BATCH)
    settings = Settings.checked(OmegaConf.to_container(cfg.serving, resolve=True), cfg.title)
    loading = Loading.of(cfg).also(settings.checks)
    serving = Serving(folder, loading, cfg.serving.runtime)
    opened = model, _ = serving.open()
    parts = Parts(source, target, f"{model.version} {cfg.serving.runtime} {cfg.chunk_rows}")
    types = {column.name: arrow_type(column) for column in model.schema.columns}
    if source.suffix == ".parquet":
        types |= {field.name: field.type for field in pq.read_schema(source)}
    done, known = 0, parts.begin()
    try:
        with Progress() as progress:

            def pieces() -> Iterator[tuple[int, pd.DataFrame]]:
                nonlocal done
                for number, table in enumerate(_chunks(source, cfg, progress)):
                    done += len(table)
                    if number >= known and len(table):
                        yield done - len(table), table

            tables = in_order(pieces(), serving, opened, cfg.get("workers") or cores())
            for number, table in enumerate(tables, known):
                types |= parts.types()
                with parts.adding(number) as new:
                    _write(new, table, types, model.schema, header=number == 0)
        if not done:
            raise Refusal(f"{source} has no rows")
    except Ended:
        raise
    except Refusal:
        parts.remove()
        raise
    parts.join()
    print(f"{done} rows of {source} are predicted by {model.version} in {target}")


def _chunks(source: Path, cfg: DictConfig, progress: Progress) -> Iterator[pd.DataFrame]:
    if source.suffix == ".parquet":
        size = cfg.chunk_rows
        pieces = -(-pq.read_metadata(source).num_rows // size)
        tables = pieces_of_parquet(source, size)
        yield from progress.track(tables, total=pieces, description=source.name)
        return
    options = {"sep": SEPARATORS[source.suffix]} | _reader_options(cfg)
    options |= {"dtype": "str", "chunksize": cfg.chunk_rows}  # part of a column may look otherwise
    try:
        with progress.open(source, "rb", description=source.name) as file:
            for table in pd.read_csv(file, **options):
                yield table.set_axis([str(name) for name in table.columns], axis=1)
    except (UnicodeDecodeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Refusal(f"{source} can't be read ({reason}); see data.read") from None


def _reader_options(cfg: DictConfig) -> dict[str, Any]:
    """How the raw table is read, as far as a file of rows can be that is read in pieces."""
    if cfg.data.format == "csv":
        options = reader_options(cfg.data)
        if options.pop("skipfooter", None):
            options.pop("engine", None)  # which was chosen to skip it
        return options
    return {{ '{"keep_default_na": False, "na_values": [""]}' if cookiecutter.__cells else '{}' }}


def _write(
    path: Path, table: pd.DataFrame, types: dict[str, pa.DataType], schema: Schema, header: bool
) -> None:
    """Write a piece of the output.

    Args:
        path: of the file.
        table: the rows, answered.
        types: of columns in Parquet; the others have those of the table.
        schema: says what the texts of a CSV stand for.
        header: whether a CSV begins with the columns' names.
    """
    if path.suffix != ".parquet":
        table.to_csv(path, sep=SEPARATORS[path.suffix], header=header, index=False)
        return
    typed = conform(table, schema)
    table = pd.DataFrame({name: typed.get(name, table[name]) for name in table})
    found = pa.Schema.from_pandas(table, preserve_index=False)
    fields = [field.with_type(types.get(field.name, field.type)) for field in found]
    pq.write_table(pa.Table.from_pandas(table, pa.schema(fields), preserve_index=False), path)


main = command(predict, "predict", options=("input", "output", "chunk_rows", "workers"))

if __name__ == "__main__":
    main()
