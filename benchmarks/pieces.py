"""Tables of 1 to 30 million rows through the stages before training: writes docs/long-tables.md.

    python -m benchmarks.pieces [ROWS …] [--environment .venv]

A repo is rendered from the first part, then reads a folder of parts of a million rows each, of 14
columns. Every stage is a process of its own, whose time and peak of memory the system tells.
"""

import argparse
import os
import platform
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.environment import make_environment
from tests.lives import PACKAGE
from tests.rendered import TEMPLATE, RenderedRepo, clean_environment, render

DOCUMENT = TEMPLATE / "docs" / "long-tables.md"
SIZES = (1_000_000, 5_000_000, 30_000_000)
STAGES = ("describe", "ingest", "validate", "split")
WORDS = ("--config-dir", ".", "--config-name", "params")
PART = 1_000_000  # rows
# Writes parts: the words are the first one's number, the last one's, and the rows of each.
WRITE = """
import sys
import numpy as np, pyarrow as pa, pyarrow.csv as csv

first, last, n = map(int, sys.argv[1:])
for number in range(first, last):
    rng = np.random.default_rng(number)
    columns = {f"x{i}": rng.normal(size=n).round(3) for i in range(7)}
    columns |= {f"k{i}": rng.integers(0, 100, n) for i in range(3)}
    columns["shop"] = np.array(["north", "south", "east", "west"])[rng.integers(0, 4, n)]
    columns["plan"] = np.array(["a", "b", "c"])[rng.integers(0, 3, n)]
    columns["gap"] = pa.array(rng.normal(size=n).round(2), mask=rng.random(n) < 0.1)
    left = columns["x0"] + rng.normal(size=n) > 1
    columns["churn"] = np.array(["no", "yes"])[left.astype(int)]
    csv.write_csv(pa.table(columns), f"part-{number:03d}.csv")
"""
PANDAS = "import sys, pandas as pd; pd.read_csv(sys.argv[1])"
HEAD = """\
# Long tables

A folder of parts with 14 columns (7 numbers, 3 integers, 2 categories, one column with gaps, the
target), as CSV, through the stages before training, each a process of its own: seconds by the
clock and of both processors, and the peak of its memory. Beside it, for the smallest table, as one
file: `pandas.read_csv` with its imports, and `describe`. `python -m benchmarks.pieces` writes
this page.

| rows | CSV | stage | seconds | CPU seconds | memory |
| ---: | ---: | --- | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    wall: float
    cpu: float
    memory: int  # bytes

    def cells(self) -> str:
        """Write it as cells of a table."""
        return f"{self.wall:.1f} | {self.cpu:.1f} | {self.memory / 1e6:.0f} MB"


def main() -> None:
    """Measure, and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rows", nargs="*", type=int, default=SIZES)
    arguments.add_argument("--environment", type=Path, help="that holds what a repo needs")
    given = arguments.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = "".join(measured(folder, sorted(given.rows), given.environment))
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], text=True).strip()
    where = (
        f"\n{os.cpu_count()} cores, {platform.system()}, {time.strftime('%d %B %Y')}, commit "
        f"{commit}; load average before the run: {load:.1f}.\n"
    )
    DOCUMENT.write_text(HEAD + lines + where, encoding="utf-8")
    print(DOCUMENT.read_text(encoding="utf-8"))


def measured(folder: Path, sizes: list[int], environment: Path | None) -> list[str]:
    """Give the page's lines.

    Args:
        folder: where everything is made.
        sizes: numbers of rows, ascending.
        environment: that holds what a repo needs; None makes one.
    """
    if environment is None:
        (folder / "made").mkdir()
        make_environment(folder / "made")
        environment = folder / "made" / "environment" / ".venv"
    python = str(environment.absolute() / "bin" / "python")
    parts = folder / "parts"
    parts.mkdir()
    lines: list[str] = []
    done = 0
    for rows in sizes:
        count = max(1, rows // PART)
        subprocess.run(
            [python, "-c", WRITE, str(done), str(count), str(min(rows, PART))],
            cwd=parts,
            check=True,
        )
        done = count
        if not lines:
            cost = cost_of([python, "-c", PANDAS, str(parts / "part-000.csv")], parts)
            lines.append(f"| {rows:,} | one file | `pandas.read_csv` | {cost.cells()} |\n")
            alone = repo_of(folder / "alone", parts / "part-000.csv")
            cost = cost_of([python, "-m", f"{PACKAGE}.stages.describe", *WORDS], alone.path)
            lines.append(f"| {rows:,} | one file | describe | {cost.cells()} |\n")
        repo = repo_of(folder / f"{rows}", parts)
        size = sum(part.stat().st_size for part in parts.iterdir()) / 1e6
        for stage in STAGES:
            cost = cost_of([python, "-m", f"{PACKAGE}.stages.{stage}", *WORDS], repo.path)
            lines.append(f"| {rows:,} | {size:,.0f} MB | {stage} | {cost.cells()} |\n")
            print(lines[-1], end="", flush=True)
    return lines


def repo_of(folder: Path, table: Path) -> RenderedRepo:
    """Render a repo whose raw table is a file, or a folder of parts."""
    first = table / "part-000.csv" if table.is_dir() else table
    answers = {"dataset": str(first), "target": "churn", "parts": "service"}
    repo = render(folder, package_name=PACKAGE, **answers)
    for path in (repo.path / "params.yaml", *(repo.path / "conf/data").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("data/raw/part_000.csv", str(table)), encoding="utf-8")
    return repo


def cost_of(command: list[str], folder: Path) -> Cost:
    """Run a command in a folder.

    Raises:
        CalledProcessError: it failed.
    """
    start = time.perf_counter()
    source = clean_environment(PYTHONPATH=str(folder / "src"))
    with subprocess.Popen(command, cwd=folder, env=source, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    wall = time.perf_counter() - start
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


if __name__ == "__main__":
    main()
