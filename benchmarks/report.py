"""What was measured, for people: a table, the targets, and a chart."""

import json
import operator
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.lending import MANY, Lending
from benchmarks.load import Figures

DOCS = Path(__file__).parents[1] / "docs"
SHOWN = "python scikit-learn pandas numpy fastapi pydantic uvicorn mlflow bentoml".split()
HEADER = [
    "contender",
    "cold start, s",
    "one row, req/s",
    "÷ `empty`",
    "÷ `naive`",
    "p50, ms",
    "p99, ms",
    f"{MANY:,} rows, req/s",
    "p50, ms",
    "p99, ms",
    "memory, MB",
]
BOUNDS = {"≥": operator.ge, ">": operator.gt, "≤": operator.le}
Ratio = Callable[[dict[str, Figures], float], float]
# How the rate for one row has to compare with that of others.
RATES = [
    ("empty", "≥", 0.6),
    ("unlogged", "≥", 0.95),
    ("naive", "≥", 5),
    ("mlflow", "≥", 10),
    ("bentoml", ">", 1),
]


def _rate_over(peer: str) -> Ratio:
    return lambda of, own: of["ours"].rate / of[peer].rate


# What, the bound, and the ratio, given everybody's figures and scikit-learn's own milliseconds.
TARGETS: list[tuple[str, str, float, Ratio]] = [
    *((f"one row: req/s ÷ `{peer}`", sign, low, _rate_over(peer)) for peer, sign, low in RATES),
    (f"{MANY:,} rows: p50 ÷ scikit-learn", "≤", 1.5, lambda of, own: of["ours"].many_p50 / own),
    ("cold start ÷ `naive`", "≤", 1, lambda of, own: of["ours"].cold / of["naive"].cold),
]
PAGE = """\
# Serving, measured

What `python -m benchmarks.serving` wrote: the rendered repository's service beside its peers. All
serve the same fitted model (histogram gradient boosting on 6 numbers with gaps and 8 categories),
with one worker, on the machine that also makes the load. First, each one's answers to 1,000 rows
at once and to 50 alone were compared with scikit-learn's.

{table}

![Requests a second for one row, and the time for {many:,} rows](serving.svg)

scikit-learn itself, in process, without a service: {own:.1f} ms for {many:,} rows (with one
thread or with all, whichever is faster).

Medians of {rounds} rounds. In each, every contender was started, measured and stopped in turn.

- *Cold start*: from the process's start to its first right answer.
- *One row*: requests a second are the better of those over {connections} connections and over one;
  percentiles are those over one. Each was measured for {seconds} s, after a second of warm-up, with
  rows that change from request to request. All services have `OMP_NUM_THREADS=1`: waiting threads
  would spin, which costs the peers most.
- *Memory*: what is resident after that, in all processes of a contender.

| contender | is |
| --- | --- |
{notes}

## To reach

{targets}

## Where

{machine}, {date}; load average before the run: {others:.1f}.

{versions}
"""


def table(figures: dict[str, Figures]) -> str:
    """Say everything that was measured, a line for each contender."""

    def ratio(name: str, other: str) -> str:
        return f"{figures[name].rate / figures[other].rate:.3g}" if other in figures else ""

    lines = [
        [
            f"`{name}`",
            f"{of.cold:.2f}",
            f"{of.rate:,.0f}",
            ratio(name, "empty"),
            ratio(name, "naive"),
            f"{of.p50:.2f}",
            f"{of.p99:.2f}",
            f"{of.many_rate:,.0f}",
            f"{of.many_p50:.1f}",
            f"{of.many_p99:.1f}",
            f"{of.memory:,.0f}",
        ]
        for name, of in figures.items()
    ]
    return _markdown(HEADER, lines)


def targets(figures: dict[str, Figures], own: float) -> str:
    """Say which targets were reached, of those whose contenders were measured."""
    lines = []
    for what, bound, limit, ratio in TARGETS:
        try:
            found = ratio(figures, own)
        except KeyError:
            continue
        reached = "yes" if BOUNDS[bound](found, limit) else "no"
        lines.append([what, f"{bound} {limit:g}", f"{found:.2f}", reached])
    return _markdown(["what", "to reach", "measured", "reached"], lines)


OTHERS = "# Other figures, as they were printed"  # from where on docs/benchmarks.md is by hand


def write(
    figures: dict[str, Figures],
    own: float,
    lending: Lending,
    notes: dict[str, str],
    **run: float,
) -> None:
    """Write docs/benchmarks.md and the chart beside it."""
    environments = {"": "the repository's own", "mlflow": "MLflow's", "bentoml": "BentoML's"}
    versions = [lending.versions(package) for package in environments]
    shown = [[name, *(found.get(name, "") for found in versions)] for name in SHOWN]
    page = PAGE.format(
        table=table(figures),
        targets=targets(figures, own),
        notes="\n".join(f"| `{name}` | {note} |" for name, note in notes.items()),
        machine=machine(),
        date=time.strftime("%-d %B %Y"),
        versions=_markdown(["package", *environments.values()], shown),
        many=MANY,
        own=own,
        **run,
    )
    file = DOCS / "benchmarks.md"
    _, mark, other = file.read_text(encoding="utf-8").partition(OTHERS)
    file.write_text(page.rstrip() + "\n\n" + mark + other if mark else page, encoding="utf-8")
    drawn = json.dumps({name: asdict(of) for name, of in figures.items()})
    # matplotlib is in the repository's environment.
    lending.run(
        "python",
        str(Path(__file__).with_name("chart.py")),
        drawn,
        str(own),
        str(DOCS / "serving.svg"),
    )


def machine() -> str:
    """Say what it ran on."""
    info = Path("/proc/cpuinfo")
    models = [
        line.partition(":")[2].strip()
        for line in (info.read_text().splitlines() if info.exists() else [])
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GB of memory, {platform.system()}"


def _markdown(header: list[str], lines: list[list[str]]) -> str:
    rows = [header, ["---", *["---:"] * (len(header) - 1)], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
