"""Writes rows of the table into the repo, for its tests to run on."""

import csv
from itertools import islice
from pathlib import Path

from idea.analysis import Idea
from idea.tables import read_rows

_ROWS = 400
_BYTES = 150_000


def sampled(idea: Idea) -> bool:
    """Tell whether a CSV of the table's rows reads as the table itself."""
    if idea.source.format == "csv":
        return len(str(idea.source.options.get("sep", ","))) == 1
    if idea.source.format in ("excel", "json"):
        return not idea.summary.dates  # which are texts in a CSV
    return idea.source.format == "sklearn"


def write_sample(idea: Idea, folder: Path) -> None:
    """Write rows from all over the table, as the table is written if it is a CSV.

    Args:
        idea: the result of the analysis.
        folder: the folder of the tests.
    """
    if not sampled(idea) or idea.source.format == "sklearn":
        return
    if idea.source.format != "csv":
        _write_table(idea, folder)
        return
    options = idea.source.options
    sep = str(options.get("sep", ","))
    encoding = str(options.get("encoding", "utf-8-sig"))
    header = 0 if options.get("header", 0) is None or "names" in options else 1
    skipped = options.get("skiprows", 0)
    header += skipped if isinstance(skipped, int) else 0
    every = max(1, idea.summary.rows // _ROWS)
    size = 0
    with (
        idea.path.open(encoding=encoding, newline="") as file,
        (folder / "sample.csv").open("w", encoding="utf-8", newline="") as out,
    ):
        reader = csv.reader(file, delimiter=sep)
        writer = csv.writer(out, delimiter=sep, lineterminator="\n")
        writer.writerows(islice(reader, header))
        for number, row in enumerate(r for r in reader if r):
            if number % every == 0 and size < _BYTES:
                writer.writerow(row)
                size += sum(map(len, row))


def write_look_ups(idea: Idea, folder: Path) -> None:
    """Write the first rows of the look-up tables, for tests where `dvc pull` has not been run.

    Args:
        idea: the result of the analysis.
        folder: the folder of the tests.
    """
    for table in idea.look_ups:
        content = table.path.read_bytes()
        if table.source.format == "csv" and len(content) > _BYTES:
            content = content[:_BYTES].rpartition(b"\n")[0] + b"\n"
        (folder / "raw").mkdir(exist_ok=True)
        (folder / "raw" / table.name).write_bytes(content)


def _write_table(idea: Idea, folder: Path) -> None:
    """Write a sample of another format as an equivalent CSV."""
    names, positions, rows = read_rows(idea.path, idea.source)
    every = -(-idea.summary.rows // _ROWS)
    size = 0
    with (folder / "sample.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        for row in islice(rows, 0, None, every):
            if size < _BYTES:
                writer.writerow([row[at] for at in positions])
                size += sum(len(str(cell)) for cell in row)
