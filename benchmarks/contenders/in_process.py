"""scikit-learn without a service: its answers for rows, and how long it takes for them.

`in_process.py model rows.json seconds` prints both as JSON. The time is a median: that with all of
OpenMP's threads or that with one, whichever is better.
"""
# mypy: ignore-errors
# Runs in the rendered repo's environment, whose packages the template's own does not have.

import json
import statistics
import sys
import time
from pathlib import Path

import pandas as pd
from loan_default.model.model_file import load_pipeline
from threadpoolctl import threadpool_limits


def milliseconds(pipeline, table, seconds):
    """Take the median of as many predictions as there is time for."""
    times = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        pipeline.predict_proba(table)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


if __name__ == "__main__":
    model, rows, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    pipeline = load_pipeline(model / "pipeline.skops")
    table = pd.DataFrame(json.loads(rows.read_text()))
    answers = pipeline.predict_proba(table)[:, 1].tolist()
    with_all = milliseconds(pipeline, table, seconds / 2)
    with threadpool_limits(1, "openmp"):
        with_one = milliseconds(pipeline, table, seconds / 2)
    print(json.dumps({"answers": answers, "ms": min(with_all, with_one)}))
