"""Milliseconds that a repository's own pipeline takes for 1,000 rows, without a service.

`any_in_process.py package seconds`, in the repository, with the rows on standard input.
"""
# mypy: ignore-errors
# Runs in the rendered repo's environment, whose packages the template's own does not have.

import statistics
import sys
import time
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    package, seconds = sys.argv[1], float(sys.argv[2])
    model = Path("models/candidate")
    schema = import_module(f"{package}.data.schema").Schema.load(model / "schema.yaml")
    pipeline = import_module(f"{package}.model.model_file").load_pipeline(model / "pipeline.skops")
    runtime = import_module(f"{package}.runtime.pipeline").PipelineRuntime(pipeline, schema)
    reader = import_module(f"{package}.runtime.rows").Reader(schema)
    table = runtime.frame(reader.read(sys.stdin.buffer.read()))
    ask = pipeline.predict if schema.task == "regression" else pipeline.predict_proba
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        ask(table)
        times.append(1000 * (time.perf_counter() - start))
    print(statistics.median(times))
