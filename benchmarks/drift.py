"""How long drift takes to find, and in how much memory: `benchmarks/drift.py my_model`.

Run by the Python of a rendered repository's environment, with the name of its package. Compares
windows of 14 columns (with predictions and outcomes) with 5,000 reference rows, each in a process
of its own, and prints a table.
"""
# mypy: ignore-errors
# Runs in the rendered repo's environment, whose packages the template's own does not have.

import importlib
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir

SIZES = (100_000, 10_000_000)
REFERENCE = 5_000
LABELS = np.array(["no", "yes"])
LEVELS = np.array([f"level {number}" for number in range(20)])


def rows(size, seed):
    """Rows of 8 numbers, 2 integers, 3 categories and a boolean, and what a model said of them."""
    rng = np.random.default_rng(seed)
    table = {f"number_{n}": rng.normal(size=size) for n in range(8)}
    table |= {f"integer_{n}": rng.integers(0, 50, size) for n in range(2)}
    for n in range(3):
        table[f"category_{n}"] = pd.array(LEVELS[rng.integers(0, 20, size)], dtype="str")
    table["boolean"] = rng.random(size) < 0.3
    chance = rng.random(size)
    table |= {"probability_no": 1 - chance, "probability_yes": chance}
    for name, is_yes in (("predicted", chance > 0.5), ("actual", rng.random(size) < chance)):
        table[name] = pd.array(LABELS[is_yes.astype(int)], dtype="str")
    return pd.DataFrame(table, copy=False)


def measure(package, size):
    """Seconds, and gigabytes with nothing but the rows and at the most."""
    schemas = importlib.import_module(f"{package}.data.schema")
    compare = importlib.import_module(f"{package}.monitoring.compare").compare
    conf = importlib.import_module(f"{package}.tools.paths").CONF
    kinds = {"n": "number", "i": "integer", "c": "category", "b": "boolean"}
    reference, window = rows(REFERENCE, 0), rows(size, 1)
    columns = tuple(schemas.Column(name, kinds[name[0]]) for name in reference.columns[:14])
    columns += (schemas.Column("bought", "category"),)
    schema = schemas.Schema("bought", "binary", columns, "yes")
    with initialize_config_dir(str(conf), version_base="1.3"):
        options = compose("config").monitoring
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    checks = compare(reference, window, schema, options)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = {"before": before / 2**20, "peak": peak / 2**20}
    return {"tests": len(checks), "seconds": seconds, **memory}


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
        sys.exit()
    print("| rows | tests | time | peak memory | before |\n| --- | --- | --- | --- | --- |")
    for size in SIZES:
        words = [sys.executable, __file__, sys.argv[1], str(size)]
        answer = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        found = json.loads(answer)
        print(
            f"| {size:,} | {found['tests']} | {found['seconds']:.1f} s "
            f"| {found['peak']:.1f} GB | {found['before']:.1f} GB |",
            flush=True,
        )
