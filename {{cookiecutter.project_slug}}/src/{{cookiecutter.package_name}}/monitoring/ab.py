"""`make ab`: is the challenger better? Two models compared on logged answers and their outcomes.

Whoever looks every day, and stops at the first significant difference, finds one sooner or later
where there is none. Here looking costs nothing, since the sample is fixed: the first 500 rows with
an outcome, both models together, measure how much the scores vary and how traffic is split (an
internal pilot: Wittes and Brittain, Statistics in Medicine, 1990). From these follows how many rows
find `ab.smallest_difference` with probability `ab.power`. Before they are there, there is no
verdict. Afterwards the verdict is on exactly these, however many follow; only an outcome that comes
late, of a row among them, can still move it.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_effectsize,
    proportions_ztest,
)
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from ..data.schema import Schema, Task
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.files import write_json
from ..tools.paths import REPORTS
from .store import read

PILOT = 500  # rows from which the number of needed rows is computed
LARGE = 0.5  # an effect, in standard deviations, that fewer rows than the pilot find
FEW = 25  # discordant pairs, below which McNemar's test is exact
SHADOW = r"\.shadow(\.\d+)$"  # in the id of a row that the challenger answered unseen
BOTH = ("champion", "challenger")
OUTCOMES = "outcomes come by POST /feedback (id, actual)"

Quality = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """The champion and the challenger on the rows that count.

    Attributes:
        rows: of each, with an outcome.
        needed: rows of each; None as long as the pilot is too small.
        missing: how many more rows, of both as traffic is split, until there is a verdict.
        score: the share of right answers of each, or its mean absolute error.
        gain: by how much the challenger is better.
        interval: of the gain.
        p_value: of no difference.
    """

    rows: dict[str, int]
    needed: dict[str, int] | None
    missing: int
    score: dict[str, float]
    gain: float
    interval: tuple[float, float]
    p_value: float
    verdict: str


@dataclass(frozen=True)
class Trial:
    """Two models that were tried, and the quality of each of their answers.

    Attributes:
        versions: of champion and challenger.
        shadow: whether both answered each request, or each its share of them.
        quality: 1 for a right class and 0 for a wrong one, or minus the absolute error; NaN where a
            model was not asked. Shape (rows, 2): champion and challenger, oldest first.
        outcomes: that are known, before those of one key became one row.
    """

    versions: dict[str, str]
    shadow: bool
    quality: Quality
    outcomes: int


def compare(quality: Quality, task: Task, ab: DictConfig) -> Comparison:
    """Test, and give a verdict if the sample is complete.

    Args:
        quality: of each answer; see `Trial`.
        task: classes are compared by shares, quantities by mean errors.
        ab: alpha, power and smallest_difference.
    """
    answered = ~np.isnan(quality)
    needed, missing = None, PILOT - len(quality)
    if missing <= 0:
        needed = _needed(quality[:PILOT], task, ab)
        share = answered[:PILOT].sum(axis=0).clip(1) / PILOT
        missing = max(0, math.ceil(round(max((needed - answered.sum(axis=0)) / share), 6)))
    if needed is not None and not missing:
        complete = (answered.cumsum(axis=0) >= needed).all(axis=1)
        quality = quality[: max(PILOT, int(complete.argmax()) + 1)]
    gain, interval, p_value = _tested(quality, task, ab.alpha)
    return Comparison(
        _of_both((~np.isnan(quality)).sum(axis=0)),
        None if needed is None else _of_both(needed),
        missing,
        _of_both(abs(np.nanmean(quality, axis=0))),
        gain,
        interval,
        p_value,
        _verdict(missing, needed is not None, gain, p_value < ab.alpha),
    )


def _of_both(values: npt.NDArray[Any]) -> dict[str, Any]:
    return dict(zip(BOTH, values.tolist(), strict=True))


def _needed(pilot: Quality, task: Task, ab: DictConfig) -> npt.NDArray[np.int64]:
    """Rows of each model that a two-sided z test needs. Who is ahead has no part in it."""
    is_paired = _is_paired(pilot)
    pooled = np.where(np.isnan(pilot[:, 0]), pilot[:, 1], pilot[:, 0])
    level = abs(pooled.mean())
    shift = ab.smallest_difference * (level if task == "regression" else 1)
    if task != "regression" and not is_paired:
        # Towards one half, where a difference is hardest to see.
        other = max(level - shift, 0) if level >= 0.5 else min(level + shift, 1)
        effect = abs(proportion_effectsize(level, other))
    else:
        # Errors that are greater by the difference also vary more by it.
        wider = 1 + ab.smallest_difference
        spread = np.std(pilot[:, 1] - pilot[:, 0] if is_paired else pooled * wider, ddof=1)
        effect = shift / spread if spread else LARGE
    seen = (~np.isnan(pilot)).sum(axis=0).clip(1)
    of_challenger = NormalIndPower().solve_power(
        min(effect, LARGE) or LARGE,
        alpha=ab.alpha,
        power=ab.power,
        ratio=0 if is_paired else seen[0] / seen[1],  # 0: one sample, of pairs
    )
    rows: npt.NDArray[np.int64] = np.ceil(math.ceil(of_challenger) * seen / seen[1]).astype(int)
    return rows


def _tested(quality: Quality, task: Task, alpha: float) -> tuple[float, tuple[float, float], float]:
    """The challenger's gain, its interval, and the p-value of no difference."""
    champion, challenger = (column[~np.isnan(column)] for column in quality.T)
    gain = challenger.mean() - champion.mean()
    with np.errstate(invalid="ignore", divide="ignore"):  # answers that are all alike
        if _is_paired(quality):
            pairs = DescrStatsW(challenger - champion)
            low, high = pairs.zconfint_mean(alpha)
            is_mean = task == "regression"
            p_value = pairs.ztest_mean()[1] if is_mean else _mcnemar(champion, challenger)
        elif task == "regression":
            means = CompareMeans(DescrStatsW(challenger), DescrStatsW(champion))
            low, high = means.zconfint_diff(alpha, usevar="unequal")
            p_value = means.ztest_ind(usevar="unequal")[1]
        else:
            right, rows = (challenger.sum(), champion.sum()), (len(challenger), len(champion))
            low, high = confint_proportions_2indep(
                right[0], rows[0], right[1], rows[1], method="newcomb", compare="diff", alpha=alpha
            )
            p_value = proportions_ztest(right, rows)[1]
    nothing_differs = math.isnan(p_value)
    return float(gain), (float(low), float(high)), 1.0 if nothing_differs else float(p_value)


def _mcnemar(champion: npt.NDArray[np.float64], challenger: npt.NDArray[np.float64]) -> float:
    pairs = np.zeros((2, 2), dtype=int)
    np.add.at(pairs, (champion.astype(int), challenger.astype(int)), 1)
    is_exact = pairs[0, 1] + pairs[1, 0] < FEW
    return float(mcnemar(pairs, exact=is_exact, correction=False).pvalue)


def _is_paired(quality: Quality) -> bool:
    return not np.isnan(quality).any()


def _verdict(missing: int, is_known: bool, gain: float, is_significant: bool) -> str:
    if missing > 0:
        return f"too early: {'' if is_known else 'at least '}{missing} more rows"
    if not is_significant:
        return "no difference that matters"
    return f"{'challenger' if gain > 0 else 'champion'} is better"


def trial(log: pd.DataFrame, task: Task) -> Trial:
    """The latest trial of a challenger in the log.

    Answers of one key are answers about one thing, not independent rows: the first counts.

    Raises:
        Refusal: if there was none, or too little is known of how it went.
    """
    if log["actual"].isna().all():
        raise Refusal(f"no logged prediction has an outcome; {OUTCOMES}")
    tried = log.index[log["variant"] != "champion"]
    if tried.empty:
        raise Refusal("no challenger is in the log; name one in serving.challenger, and serve")
    log = log.loc[: tried[-1]]  # the champion may have gone on without it, or become it
    last = log["variant"].iloc[-1]
    answers = [_latest(log, variant) for variant in ("champion", last)]
    rows = (_paired if last == "shadow" else _split)(*answers)
    rows = rows[rows["actual"].notna()]
    first = rows[rows["key"].isna() | ~rows["key"].duplicated()]
    quality = np.column_stack([_quality(first[name], first["actual"], task) for name in BOTH])
    for name, known in _of_both((~np.isnan(quality)).sum(axis=0)).items():
        if known < 2:
            raise Refusal(f"{known} answers of the {name} have an outcome; {OUTCOMES}")
    versions = dict(zip(BOTH, (answer["version"].iloc[-1] for answer in answers), strict=True))
    return Trial(versions, last == "shadow", quality, len(rows))


def _latest(log: pd.DataFrame, variant: str) -> pd.DataFrame:
    """All answers of a variant's latest version."""
    answers = log[log["variant"] == variant]
    if answers.empty:
        raise Refusal(f"no {variant} is in the log; nothing to compare with")
    is_last: pd.Series = answers["version"] == answers["version"].iloc[-1]
    return answers[is_last]


def _split(champion: pd.DataFrame, challenger: pd.DataFrame) -> pd.DataFrame:
    """Both models' answers, in their order, from when both were there."""
    both = [
        answers.assign(**{name: answers["predicted"]})
        for name, answers in zip(BOTH, (champion, challenger), strict=True)
    ]
    rows = pd.concat(both).sort_index()
    begun: int = max(champion.index[0], challenger.index[0])
    return rows[rows.index >= begun]


def _paired(champion: pd.DataFrame, challenger: pd.DataFrame) -> pd.DataFrame:
    """Requests that both models answered; the outcome belongs to the answer that was sent."""
    unseen = challenger.assign(id=challenger["id"].str.replace(SHADOW, r"\1", regex=True))
    unseen = unseen[["id", "predicted"]].rename(columns={"predicted": "challenger"})
    pairs = champion.assign(champion=champion["predicted"]).merge(unseen, on="id")
    return pairs.dropna(subset=list(BOTH))


def _quality(predicted: pd.Series, actual: pd.Series, task: Task) -> pd.Series:
    if task == "regression":
        return -(predicted.astype(float) - actual.astype(float)).abs()
    return (predicted == actual).astype(float).where(predicted.notna())


def table(found: Comparison, tried: Trial, task: Task) -> Table:
    """The comparison, for people.

    Args:
        found: the comparison.
        tried: with the versions of both models.
        task: decides the metric.
    """
    title = "Champion and challenger, " + ("in the shadow" if tried.shadow else "each its share")
    shown = Table("", *(f"{name} {tried.versions[name]}" for name in BOTH), title=title)
    needed: dict[str, Any] = found.needed or dict.fromkeys(BOTH, "?")
    shown.add_row("rows", *(str(found.rows[name]) for name in BOTH))
    shown.add_row("needed", *(str(needed[name]) for name in BOTH))
    shown.add_row(metric(task), *(f"{found.score[name]:.4f}" for name in BOTH))
    return shown


def metric(task: Task) -> str:
    """The metric by which two models are compared."""
    return "mean absolute error" if task == "regression" else "accuracy"


def ab(cfg: DictConfig) -> None:
    """Compare the two, print the verdict, and write reports/ab.json."""
    settings = cfg.monitoring.ab
    for name in ("alpha", "power", "smallest_difference"):
        if not 0 < settings[name] < 1:
            raise Refusal(f"monitoring.ab.{name} is a share: above 0 and below 1")
    schema = Schema.load()
    tried = trial(read(Path(cfg.monitoring.log.folder), schema), schema.task)
    found = compare(tried.quality, schema.task, settings)
    Console(width=100).print(table(found, tried, schema.task))
    low, high = found.interval
    print(f"{tried.outcomes} outcomes, of which the first of each key counts")
    print(
        f"The challenger gains {found.gain:+.4f} ({low:+.4f} to {high:+.4f}), p {found.p_value:.4f}"
    )
    print(f"Verdict: {found.verdict}")
    content = {
        "versions": tried.versions,
        "shadow": tried.shadow,
        "metric": metric(schema.task),
        **asdict(found),
        **{name: settings[name] for name in ("alpha", "power", "smallest_difference")},
    }
    write_json(REPORTS / "ab.json", content)


main = command(ab)

if __name__ == "__main__":
    main()
