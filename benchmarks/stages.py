"""Training beside scikit-learn alone: `python -m benchmarks.stages`, a table in Markdown.

Makes a table (`--rows`, a million; 6 numbers, 8 categories) and a repository of it with gradient
boosting, runs its stages, and measures the CPU seconds, the time and the memory of each, beside a
script that only reads the training rows, encodes their categories and fits the same estimator.
Then it runs the pipeline again without a change, beside bare `dvc repro`. `--folder` keeps what is
made, and uses what is there. A million rows take about four minutes.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lending import Lending, choose, loans
from benchmarks.load import Failed
from benchmarks.repositories import where
from tests.rendered import render

STAGES = ("describe", "ingest", "validate", "split", "train", "evaluate")
BARE = """
import sys, pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

table = pd.read_parquet("data/processed/train.parquet")
y = table.pop("defaulted")
kinds = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
encode = make_column_transformer((OrdinalEncoder(), kinds), remainder="passthrough")
options = dict(learning_rate=0.1, max_iter=200, max_leaf_nodes=31, min_samples_leaf=20)
places = list(range(len(kinds)))
model = HistGradientBoostingClassifier(**options, categorical_features=places, random_state=0)
make_pipeline(encode, model).fit(table, y)
"""


@dataclass(frozen=True)
class Run:
    """What a command took: CPU seconds, seconds, megabytes at most."""

    cpu: float
    wall: float
    memory: float

    def line(self, name: str, beside: "Run | None" = None) -> str:
        """A row of the table."""
        ratio = f"{self.wall / beside.wall:.2f}" if beside else ""
        return f"| {name} | {self.cpu:.1f} | {self.wall:.1f} | {self.memory:,.0f} | {ratio} |"


def timed(lending: Lending, *words: str) -> Run:
    """Run a command in the repository and measure it."""
    program = "import resource,subprocess,sys;c=subprocess.run(sys.argv[1:]).returncode;"
    program += (
        "print('PEAK',resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024);sys.exit(c)"
    )
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=lending.repo,
        env=lending.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise Failed(f"{' '.join(words)[:80]} failed: {done.stderr[-500:]}")
    peak = float(done.stdout.rpartition("PEAK ")[2])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(cpu, wall, peak)


def made(folder: Path, rows: int) -> Lending:
    """The table and a repository of it, set up but for its training."""
    lending = Lending(folder)
    if not lending.repo.exists():
        folder.mkdir(parents=True, exist_ok=True)
        loans(rows).to_csv(folder / "loans.csv", index=False)
        answers = {"project_name": "Loan Default", "target": "defaulted"}
        repo = render(folder, dataset=str(folder / "loans.csv"), **answers)
        choices = {"model": "hist_gradient_boosting", "tracking": "none"}
        choose(repo.path / "conf" / "config.yaml", **choices)
        lending.run("make", "setup")
        lending.run("make", "params")
    return lending


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep what is made here, and use it again")
    options = parser.parse_args()
    print(where(), f"{options.rows:,} rows", "", sep="\n")
    print("| what | CPU, s | s | memory, MB | ÷ |\n| --- | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        try:
            lending = made((options.folder or Path(temporary)).resolve(), options.rows)
            python = str(lending.bin() / "python")
            of_params = ("--config-dir", ".", "--config-name", "params")
            found = {}
            for stage in STAGES:
                own = ("+overwrite=true",) if stage == "describe" else of_params
                module = f"loan_default.stages.{stage}"
                if stage == "train":
                    bare = timed(lending, python, "-c", BARE)
                    print(bare.line("scikit-learn alone: read, encode, fit"), flush=True)
                found[stage] = timed(lending, python, "-m", module, *own)
                beside = bare if stage == "train" else None
                print(found[stage].line(f"`{stage}`", beside), flush=True)
            dvc = str(lending.bin() / "dvc")
            timed(lending, dvc, "commit", "--force", "--quiet")
            timed(lending, "make", "pipeline")
            plain = timed(lending, dvc, "repro")
            print(plain.line("`dvc repro` without a change"), flush=True)
            print(timed(lending, "make", "pipeline").line("`make pipeline`", plain), flush=True)
        except Failed as failed:
            sys.exit(str(failed))


if __name__ == "__main__":
    main()
