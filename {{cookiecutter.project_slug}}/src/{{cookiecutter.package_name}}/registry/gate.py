"""May the candidate replace the production model? Judged on the same test rows."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from rich.table import Table

from ..data.schema import Schema
from ..model.metrics import Predictions, predict, resampled, score
from ..model.pipeline import baseline, inputs
from ..packing.opening import Loading, open_pipeline


@dataclass(frozen=True)
class Check:
    """One condition, what was found, and whether it holds."""

    name: str
    required: str
    found: str
    passed: bool


def judge(
    candidate: Path,
    production: Path | None,
    train: pd.DataFrame,
    test: pd.DataFrame,
    cfg: DictConfig,
) -> list[Check]:
    """Put a candidate through every check of the `gate` group.

    Args:
        candidate: its model folder.
        production: the folder of the model in production, if there is one.
        train: rows that the baseline is fitted to.
        test: rows on which all are judged.
        cfg: the composed configuration.
    """
    schema, gate = Schema.load(), cfg.gate
    metric = gate.metric
    new = _predictions(candidate, test, schema, cfg)
    names = sorted({metric, *gate.minimum})
    scores = score(new, schema.task, names)
    checks = [
        _at_least(f"{name} is high enough", scores[name], float(gate.minimum[name]))
        for name in gate.minimum
    ]
    dummy = score(baseline(train, test, schema), schema.task, [metric])[metric]
    checks.append(
        Check(
            "better than the baseline",
            f"{metric} above {dummy:.4f}",
            f"{scores[metric]:.4f}",
            scores[metric] > dummy,
        )
    )
    if production is not None:
        old = _predictions(production, test, schema, cfg)
        checks.append(_no_worse(new, old, schema, cfg))
    return checks


def _predictions(folder: Path, test: pd.DataFrame, schema: Schema, cfg: DictConfig) -> Predictions:
    model = open_pipeline(folder, Loading.of(cfg))
    return predict(model, *inputs(test, schema), schema).coded()


def _at_least(name: str, found: float, minimum: float) -> Check:
    return Check(name, f"at least {minimum:.4f}", f"{found:.4f}", found >= minimum)


def _no_worse(new: Predictions, old: Predictions, schema: Schema, cfg: DictConfig) -> Check:
    """No significant regression, by a paired bootstrap of the difference on the same rows."""
    gate, metric = cfg.gate, cfg.gate.metric

    def difference(rows: npt.NDArray[np.intp]) -> dict[str, float]:
        now, before = (score(p[rows], schema.task, [metric])[metric] for p in (new, old))
        return {"difference": now - before}

    differences = resampled(new, difference, gate.resamples, cfg.seed)["difference"].dropna()
    tail = (1 - gate.confidence) / 2
    low, high = differences.quantile([tail, 1 - tail])
    now, before = (score(p, schema.task, [metric])[metric] for p in (new, old))
    return Check(
        "no worse than production",
        f"{metric} {before:.4f}, less {gate.tolerance:g}",
        f"{now:.4f} (difference {low:+.4f} to {high:+.4f})",
        not math.isnan(high) and high >= -gate.tolerance,
    )


def table(checks: list[Check]) -> Table:
    """The verdict, for people."""
    verdict = Table("check", "required", "found", "verdict", title="Gate")
    for check in checks:
        colour = "green" if check.passed else "red"
        word = "passed" if check.passed else "refused"
        verdict.add_row(check.name, check.required, check.found, f"[{colour}]{word}[/]")
    return verdict
