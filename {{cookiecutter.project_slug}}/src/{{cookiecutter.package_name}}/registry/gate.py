"""May the candidate replace the production model? Judged on the same test rows."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..data.schema import Schema
from ..data.tables import read_table
from ..model.metrics import OF_PROBABILITIES, Metric, Predictions, predict, score
from ..model.pipeline import baseline, dependence_warning, inputs, row_dependence
from ..model.resampling import resampled
from ..packing import digest
from ..packing.opening import Loading, open_pipeline
from ..tools.files import write_json
from ..tools.paths import CANDIDATE, REPORTS, TEST, TRAIN

LINE = "conf/gate/default.yaml"
POWER = 0.8  # of the number of rows that a refusal names


@dataclass(frozen=True)
class Check:
    """One condition, what was found, and whether it holds.

    Attributes:
        refusal: what to say of a candidate for which it does not hold.
    """

    name: str
    required: str
    found: str
    passed: bool
    refusal: str


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
    model = open_pipeline(candidate, Loading.of(cfg))
    said = predict(model, *inputs(test, schema), schema)
    new = said.coded()
    names = sorted({metric, *gate.minimum})
    scores = score(new, schema.task, names)
    checks = [_at_least(name, scores[name], float(gate.minimum[name])) for name in gate.minimum]
    dummy = score(baseline(train, test, schema), schema.task, [metric])[metric]
    checks.append(
        Check(
            "better than the baseline",
            f"{metric} above {dummy:.4f}",
            f"{scores[metric]:.4f}",
            scores[metric] > dummy,
            f"the candidate is not better than the baseline, which looks at no column: "
            f"{metric} {scores[metric]:.4f}, the baseline's is {dummy:.4f}",
        )
    )
    dependence = row_dependence(model, test, schema, said, cfg.seed)
    checks.append(
        Check(
            "the same answer for a row alone",
            "of every row",
            f"{dependence['alone']} of {dependence['rows']} differ",
            not (warning := dependence_warning(dependence)),
            warning or "",
        )
    )
    checks += [
        Check(**instantiate(check, _partial_=True)(candidate, gate))
        for check in gate.get("checks", {}).values()
    ]
    if production is not None:
        model = open_pipeline(production, Loading.of(cfg))
        old = predict(model, *inputs(test, schema), schema).coded()
        checks.append(_as_good_as_production(new, old, schema, cfg))
    return checks


def judged(cfg: DictConfig, production: Path | None, version: str | None) -> list[Check]:
    """Put the candidate through the gate, show the verdict, and leave reports/gate.json.

    Args:
        cfg: the composed configuration.
        production: the folder of the model in production, if there is one.
        version: its name.
    """
    checks = judge(CANDIDATE, production, read_table(TRAIN), read_table(TEST), cfg)
    Console(width=120).print(table(checks))
    verdict = {
        "passed": failed(checks) is None,
        "digest": digest(CANDIDATE),
        "production": production and {"version": version, "digest": digest(production)},
        "checks": [vars(check) for check in checks],
    }
    write_json(REPORTS / "gate.json", verdict)
    return checks


def failed(checks: list[Check]) -> str | None:
    """Why the candidate is refused; None if it passed."""
    return "; ".join(check.refusal for check in checks if not check.passed) or None


def _at_least(name: str, found: float, minimum: float) -> Check:
    return Check(
        f"{name} is high enough",
        f"at least {minimum:.4f}",
        f"{found:.4f}",
        found >= minimum,
        f"the candidate's {name} is {found:.4f}, below the {minimum:.4f} of gate.minimum",
    )


@dataclass(frozen=True)
class Comparison:
    """A candidate and production on the same test rows.

    Attributes:
        rows: how many there are.
        scores: of candidate and production.
        tolerated: how much worse the candidate may be, in the metric's unit.
        lowest: the lower end of the one-sided interval of candidate minus production.
        passed: whether that shows the candidate to be at most so much worse.
        needed: test rows that would show it of an equal model, four times out of five; None if no
            number would.
    """

    rows: int
    scores: tuple[float, float]
    tolerated: float
    lowest: float
    passed: bool
    needed: int | None


def compare(
    new: Predictions, old: Predictions, metric: Metric, of_labels: bool, gate: DictConfig, seed: int
) -> Comparison:
    """Test for non-inferiority by a paired bootstrap of the difference on the same rows.

    After Wellek, Testing Statistical Hypotheses of Equivalence and Noninferiority (2010). What
    happens on none of n rows may still happen on 3 in n, which no resample shows. So both models
    get one more row, the one that costs the candidate the most. Without it, two models that agree
    on all of a hundred rows would pass as equal, whatever they do on others.

    Args:
        new: the candidate's predictions.
        old: production's, for the same rows.
        metric: greater is better.
        of_labels: whether the metric counts labels.
        gate: tolerance, confidence and resamples.
        seed: of the resamples.
    """
    now, before = metric(new), metric(old)
    tolerated = _tolerated(gate.tolerance, before)
    if _are_equal(new, old):
        return Comparison(len(new), (now, before), tolerated, 0.0, True, None)
    ours, theirs = _with_worst_row(new, old, metric, of_labels)

    def statistic(rows: npt.NDArray[np.intp]) -> dict[str, float]:
        now, before = metric(ours[rows]), metric(theirs[rows])
        difference = now - before
        return {"difference": difference, "slack": difference + _tolerated(gate.tolerance, before)}

    draws = resampled(ours, statistic, gate.resamples, seed).dropna()
    lowest, slack = draws.quantile(1 - gate.confidence)
    needed = _needed(len(new), now - before + tolerated, tolerated, draws["slack"].std(), gate)
    return Comparison(len(new), (now, before), tolerated, lowest, bool(slack > 0), needed)


def _tolerated(tolerance: float | str, before: float) -> float:
    """A number is one of the metric's unit; `2%` is a share of production's score."""
    if isinstance(tolerance, str):
        return float(tolerance.removesuffix("%")) / 100 * abs(before)
    return float(tolerance)


def _are_equal(new: Predictions, old: Predictions) -> bool:
    if new.probabilities is not None and old.probabilities is not None:
        alike = np.array_equal(new.probabilities, old.probabilities)
    else:
        alike = True
    return alike and np.array_equal(new.predicted, old.predicted)


def _with_worst_row(
    new: Predictions, old: Predictions, metric: Metric, of_labels: bool
) -> tuple[Predictions, Predictions]:
    """Both with one more row: the one that costs the candidate the most."""
    if not of_labels:  # the row on which it falls farthest behind, once more
        worst = int(np.argmax(_losses(new) - _losses(old)))
        rows = np.append(np.arange(len(new)), worst)
        return new[rows], old[rows]
    _, firsts, counts = np.unique(old.truth, return_index=True, return_counts=True)
    by_count = firsts[np.argsort(-counts, kind="stable")].tolist()  # a row of each label
    pairs = [  # production is right, and the candidate takes it for the label of another row
        (_with_row(new, row, others[0]), _with_row(old, row, row))
        for row in by_count
        if (others := [other for other in by_count if other != row])
    ]
    return min(pairs, key=lambda pair: metric(pair[0]) - metric(pair[1]), default=(new, old))


def _losses(predictions: Predictions) -> npt.NDArray[np.float64]:
    """How far each row is from its truth; shape (rows,)."""
    if predictions.probabilities is None:
        return np.asarray(np.abs(predictions.truth - predictions.predicted))
    of_truth = predictions.probabilities[np.arange(len(predictions)), predictions.truth]
    return np.asarray(1 - of_truth)


def _with_row(predictions: Predictions, row: int, like: int) -> Predictions:
    """One more row: the truth is that of a row, the prediction the truth of another."""
    return replace(
        predictions,
        truth=np.append(predictions.truth, predictions.truth[row]),
        predicted=np.append(predictions.predicted, predictions.truth[like]),
        probabilities=None,
    )


def _needed(
    rows: int, slack: float, tolerated: float, deviation: float, gate: DictConfig
) -> int | None:
    """Rows that an equal model takes, or one that differs as much as this one does.

    Args:
        rows: that there are.
        slack: what is left of the tolerance on them.
        tolerated: how much worse the candidate may be.
        deviation: of the bootstrap's differences, so of the mean of so many rows.
        gate: with the confidence.
    """
    if min(slack, tolerated) <= 0 or math.isnan(deviation):
        return None
    of_one_row = deviation * math.sqrt(rows)
    sure, powerful = (NormalDist().inv_cdf(share) for share in (gate.confidence, POWER))
    needed = max((sure + powerful) / tolerated, sure / slack) ** 2 * of_one_row**2
    step = int(10 ** max(0, math.floor(math.log10(max(needed, 1))) - 1))  # to two digits
    return math.ceil(needed / step) * step


def _as_good_as_production(
    new: Predictions, old: Predictions, schema: Schema, cfg: DictConfig
) -> Check:
    gate, name = cfg.gate, cfg.gate.metric

    def metric(predictions: Predictions) -> float:
        return score(predictions, schema.task, [name])[name]

    of_labels = schema.task != "regression" and name not in OF_PROBABILITIES
    found = compare(new, old, metric, of_labels, gate, cfg.seed)
    now, before = found.scores
    return Check(
        "as good as production",
        f"{name} {before:.4f}, at most {found.tolerated:.4g} less",
        f"{now:.4f} (difference at least {found.lowest:+.4f})",
        found.passed,
        _refusal(found, gate),
    )


def _refusal(found: Comparison, gate: DictConfig) -> str:
    now, before = found.scores
    scores = f"{gate.metric} {now:.4f}, production's is {before:.4f}"
    line = f"{gate.tolerance} less is tolerated (gate.tolerance in {LINE})"
    if now - before + found.tolerated <= 0 and now < before:
        return f"the candidate is worse than production: {scores}, and {line}"
    more = f"; about {found.needed:,} rows could show that it is not" if found.needed else ""
    return (
        f"the candidate may be worse than production: {scores}, on {found.rows:,} test rows the "
        f"difference may be {found.lowest:+.4f} ({gate.confidence:.0%} sure it is no lower), and "
        f"{line}{more}"
    )


def table(checks: list[Check]) -> Table:
    """The verdict, for people."""
    verdict = Table("check", "required", "found", "verdict", title="Gate")
    for check in checks:
        colour = "green" if check.passed else "red"
        word = "passed" if check.passed else "refused"
        verdict.add_row(check.name, check.required, escape(check.found), f"[{colour}]{word}[/]")
    return verdict
