"""Has the world moved on since the model was made? `make monitor`.

Compares the newest logged predictions with the reference in the model folder, and leaves
reports/drift.json, reports/drift.html and, for Prometheus, reports/drift.prom. Exit codes:
0, no drift; 3, drift; 2, too few rows; 1, it could not run.
"""

import math
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from rich.console import Console

from ..data.schema import Schema
from ..model.metrics import score
from ..model.resampling import intervals
from ..packing.opening import Loading, open_folder
from ..runtime.served_model import load
from ..serving.fetch import bring
from ..tools.command import command
from ..tools.files import write_json, write_text
from ..tools.paths import REPORTS
from .compare import ACTUAL, compare, compared, with_outcomes
from .drift_report import page, table
from .drift_result import DRIFT, NO_DRIFT, TOO_FEW, DriftResult, Score
from .quality import quality
from .reference import read_reference
from .store import read

MODEL = Path("models/monitored")
RESAMPLED = 5_000  # rows at most for an interval of live scores: of more, it is a little wide


def judge(
    reference: pd.DataFrame, window: pd.DataFrame, model: str, schema: Schema, cfg: DictConfig
) -> DriftResult:
    """Compare a window with the reference.

    Args:
        reference: as `read_reference` gives it.
        window: logged predictions of one model, as `store.read` gives them.
        model: its version.
        schema: of the model.
        cfg: the composed configuration.
    """
    options = cfg.monitoring
    rows = {
        "window": len(window),
        "reference": len(reference),
        "outcomes": int(window[ACTUAL].notna().sum()),
    }
    since, until = (window["time"].min(), window["time"].max()) if len(window) else (None, None)
    about = (model, datetime.now(UTC), rows, since, until)
    if len(window) < options.min_rows:
        return DriftResult(TOO_FEW, *about, [], [], [])
    checks = compare(reference, window, schema, options)
    names = compared(window, schema, options)
    found = quality(reference, window, schema, names, options.tolerated)
    scores = _performance(reference, window, schema, cfg)
    found_any = any(check.drifted for check in checks) or any(column.bad for column in found)
    return DriftResult(DRIFT if found_any else NO_DRIFT, *about, checks, found, scores)


def _performance(
    reference: pd.DataFrame, window: pd.DataFrame, schema: Schema, cfg: DictConfig
) -> list[Score]:
    then, now = with_outcomes(reference, schema), with_outcomes(window, schema)
    if len(now) < cfg.monitoring.min_rows:
        return []
    before, live = score(then, schema.task), score(now, schema.task)
    sample = window[window[ACTUAL].notna()]
    sample = sample.sample(min(len(sample), RESAMPLED), random_state=cfg.seed)
    confidence, resamples = cfg.evaluate.confidence, cfg.evaluate.resamples
    spans = intervals(with_outcomes(sample, schema), schema.task, confidence, resamples, cfg.seed)
    return [Score(name, before[name], live[name], spans.get(name, [])) for name in live]


def latest(cfg: DictConfig, schema: Schema, model: str) -> pd.DataFrame:
    """The window: a model's newest logged predictions.

    Args:
        cfg: the composed configuration.
        schema: of the model.
        model: its version.
    """
    options = cfg.monitoring
    hours = options.window.hours
    since = None if hours is None else time.time() - 3600 * hours
    logged = read(Path(options.log.folder), schema, since)
    rows = logged[logged["version"] == model]
    return rows if options.window.rows is None else rows.tail(options.window.rows)


def sentence(found: DriftResult, options: DictConfig) -> str:
    """The result and the next step, in a sentence."""
    rows = f"{found.rows['window']} predictions of {found.model}"
    if found.code == TOO_FEW:
        return (
            f"Can't tell: {rows} in {options.log.folder}, and monitoring.min_rows is "
            f"{options.min_rows}; wait for more, or widen monitoring.window"
        )
    beside = f"{rows} beside its {found.rows['reference']} reference rows"
    if found.code == NO_DRIFT:
        return f"No drift: {beside}, {len(found.checks)} tests; nothing to do"
    remedy = "train on newer rows"
    if not any(check.drifted for check in found.checks):
        remedy = "mend what asks, or data/schema.yaml"
    return (
        f"Drift in {', '.join(found.drifted)}: {beside}; look at {REPORTS / 'drift.html'}, "
        f"then {remedy}"
    )


def write_gauges(path: Path, found: DriftResult) -> None:
    """Leave gauges where the textfile collector of Prometheus's node exporter finds them."""
    registry = CollectorRegistry()

    def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"drift_{name}", text, labels, registry=registry)

    gauge("window_rows", "Logged predictions compared").set(found.rows["window"])
    checked = gauge("checked_timestamp_seconds", "When drift was last looked for")
    checked.set(found.checked.timestamp())
    if found.code != TOO_FEW:  # no value is neither yes nor no
        gauge("detected", "1 if anything has drifted").set(found.code == DRIFT)
    labels = ("column", "check")
    effect = gauge("statistic", "Effect size of a test", labels)
    p_value = gauge("p_value", "P-value of a test, after Holm's correction", labels)
    for check in found.checks:
        effect.labels(check.column, check.kind).set(check.effect)
        p_value.labels(check.column, check.kind).set(check.adjusted)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry)


def content(found: DriftResult, cfg: DictConfig) -> dict[str, Any]:
    """The content of reports/drift.json."""
    summary = {"verdict": found.verdict, "drifted": found.drifted, **asdict(found)}
    summary["alpha"], summary["correction"] = cfg.monitoring.alpha, "Holm"
    return {key: _finite(value) for key, value in summary.items()}


def _finite(value: Any) -> Any:
    """The same with null for what is no number, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def monitor(cfg: DictConfig) -> int:
    """Judge the newest predictions, leave the reports, and say what was found.

    Returns:
        The exit code.
    """
    folder = bring(cfg, str(cfg.serving.model), MODEL)
    loading = Loading.of(cfg)
    model = load(folder, loading, cfg.serving.runtime)
    reference = open_folder(read_reference, folder, loading)
    window = latest(cfg, model.schema, model.version)
    found = judge(reference, window, model.version, model.schema, cfg)
    verdict = sentence(found, cfg.monitoring)
    write_json(REPORTS / "drift.json", content(found, cfg))
    write_gauges(REPORTS / "drift.prom", found)
    shown = page(found, reference, window, model.schema, cfg.title, verdict)
    write_text(REPORTS / "drift.html", shown)
    if found.checks:
        Console().print(table(found))
    print(verdict)
    return found.code


@command
def main(cfg: DictConfig) -> None:
    """Monitor, and exit with what came of it."""
    if code := monitor(cfg):
        raise SystemExit(code)


if __name__ == "__main__":
    main()
