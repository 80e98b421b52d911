"""The verdict on two models is right as often as it says, on traffic whose truth is known."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf
from scipy.stats import binom

from {{ cookiecutter.package_name }}.data.schema import Schema, Task
from {{ cookiecutter.package_name }}.monitoring import ab
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.paths import REPORTS

from conftest import configured

SIMULATIONS = 500
ALPHA, POWER = 0.05, 0.8
NAN = np.nan
ROWS = 7000
# What is looked for in each task, with traffic split or in the shadow.
SMALLEST: dict[tuple[Task, bool], float] = {
    ("binary", False): 0.06,
    ("binary", True): 0.03,
    ("regression", False): 0.15,
    ("regression", True): 0.05,
}
KINDS = list(SMALLEST)


def settings(smallest_difference: float) -> DictConfig:
    return OmegaConf.create(
        {"alpha": ALPHA, "power": POWER, "smallest_difference": smallest_difference}
    )


def simulated(
    seed: int, task: Task, shadow: bool, difference: float = 0.0, rows: int = ROWS
) -> ab.Quality:
    """Quality of answers, of which the challenger's are better by `difference`."""
    rng = np.random.default_rng(seed)
    if task == "regression":
        noise = rng.normal(size=rows)
        other = 0.8 * noise + 0.6 * rng.normal(size=rows)  # as far off, but not on the same rows
        champion, challenger = -abs(noise), -abs(other) * (1 - difference)
    else:
        # Both have 85 %, on rows that differ in a tenth of all.
        won, lost = 0.05 + max(difference, 0), 0.05 + max(-difference, 0)
        draw = rng.random(rows)
        champion = (draw < 0.85).astype(float)
        challenger = ((draw >= lost) & (draw < 0.85 + won)).astype(float)
    quality = np.column_stack([champion, challenger])
    return quality if shadow else shared(quality, rng.random(rows) < 0.1)


def shared(quality: ab.Quality, is_challengers: npt.NDArray[np.bool_]) -> ab.Quality:
    """The same rows, of which each model answered its own."""
    return np.where(np.column_stack([~is_challengers, is_challengers]), quality, np.nan)


def verdicts(task: Task, shadow: bool, difference: float) -> list[str]:
    """What is said of the same traffic, drawn again and again."""
    options = settings(SMALLEST[task, shadow])
    draws = (simulated(seed, task, shadow, difference) for seed in range(SIMULATIONS))
    return [ab.compare(quality, task, options).verdict for quality in draws]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "shadow"), KINDS)
def test_equal_models_have_a_winner_as_seldom_as_stated(task: Task, shadow: bool) -> None:
    found = verdicts(task, shadow, 0.0)
    winners = SIMULATIONS - found.count("no difference that matters")
    assert winners <= binom.ppf(0.999, SIMULATIONS, ALPHA)


@pytest.mark.slow
@pytest.mark.parametrize("better", ["challenger", "champion"])
@pytest.mark.parametrize(("task", "shadow"), KINDS)
def test_the_smallest_difference_is_found_as_often_as_stated(
    task: Task, shadow: bool, better: str
) -> None:
    difference = SMALLEST[task, shadow] * (1 if better == "challenger" else -1)
    found = verdicts(task, shadow, difference).count(f"{better} is better")
    assert found >= binom.ppf(0.001, SIMULATIONS, POWER)
    assert found <= 0.98 * SIMULATIONS  # nor were far more rows asked for than it takes


@pytest.mark.parametrize(("task", "shadow"), KINDS)
def test_the_verdict_stays_however_often_one_looks(task: Task, shadow: bool) -> None:
    options = settings(SMALLEST[task, shadow])
    for seed in range(5):
        quality = simulated(seed, task, shadow)
        looks = [ab.compare(quality[:n], task, options) for n in range(200, ROWS + 1, 200)]
        said = [look.verdict for look in looks if not look.verdict.startswith("too early")]
        assert len(set(said)) == 1
        begun = len(looks) - len(said)
        assert all(look.missing for look in looks[:begun])
        assert looks[begun:] == [looks[-1]] * len(said)


@pytest.mark.parametrize(("task", "shadow"), KINDS)
def test_too_early_says_how_many_rows_are_missing(task: Task, shadow: bool) -> None:
    options = settings(SMALLEST[task, shadow])
    quality = simulated(1, task, True)
    if not shadow:
        quality = shared(quality, np.arange(ROWS) % 10 == 9)
    early = ab.compare(quality[:600], task, options)
    assert early.verdict == f"too early: {early.missing} more rows"
    assert ab.compare(quality[: 599 + early.missing], task, options).missing > 0
    then = ab.compare(quality[: 600 + early.missing], task, options)
    assert (then.missing, then.needed) == (0, early.needed)
    assert then.needed is not None
    assert all(then.rows[name] >= needed for name, needed in then.needed.items())


def test_a_known_sample_size() -> None:
    # 0.9 against 0.88 at 80 % power: arcsine differences, as in Cohen (1988), chapter 6.
    h = 2 * np.arcsin(np.sqrt(0.9)) - 2 * np.arcsin(np.sqrt(0.88))
    expected = np.ceil((1.959964 + 0.841621) ** 2 / h**2 * (1 + 1 / 9))
    right = (np.arange(500) % 10 != 3).astype(float)
    quality = shared(np.column_stack([right, right]), np.arange(500) // 10 % 10 == 0)
    found = ab.compare(quality, "binary", settings(0.02))
    assert found.needed == {"champion": 9 * expected, "challenger": expected}


def test_before_the_pilot_is_complete_nobody_knows_how_many() -> None:
    found = ab.compare(simulated(0, "binary", True, rows=480), "binary", settings(0.02))
    assert (found.verdict, found.needed) == ("too early: at least 20 more rows", None)


@pytest.mark.parametrize(("task", "shadow"), KINDS)
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_answers_that_are_all_alike_are_no_difference(
    task: Task, shadow: bool, value: float
) -> None:
    quality = simulated(0, task, shadow)
    alike = np.where(np.isnan(quality), np.nan, -value if task == "regression" else value)
    found = ab.compare(alike, task, settings(0.05))
    assert (found.verdict, found.p_value) == ("no difference that matters", 1.0)


def logged(rows: list[tuple[str, str, Any, Any]], **columns: Any) -> pd.DataFrame:
    """A log of rows of variant, version, predicted and actual."""
    log = pd.DataFrame(rows, columns=["variant", "version", "predicted", "actual"])
    log = log.assign(id=[f"r{n}.0" for n in range(len(log))], key=None, **columns)
    return log.assign(time=pd.date_range("2030", periods=len(log), freq="s"))


A, B, S = ("champion", "v1"), ("challenger", "v2"), ("shadow", "v2")


def test_both_are_compared_from_when_both_were_there_until_the_challenger_went() -> None:
    before = [("challenger", "v0", "x", "y"), ("champion", "v0", "x", "y"), (*A, "x", "y")]
    after = [("champion", "v2", "x", "y")]
    during = [(*B, "x", None), (*A, "x", "y"), (*A, "x", "x"), (*B, "y", "x"), (*B, "y", "y")]
    found = ab.trial(logged(before + during + after), "binary")
    assert found.versions == {"champion": "v1", "challenger": "v2"}
    assert not found.shadow
    assert np.array_equal(found.quality, [[0, NAN], [1, NAN], [NAN, 0], [NAN, 1]], equal_nan=True)


def test_of_one_key_the_first_outcome_counts() -> None:
    log = logged([(*A, 2.0, 2.0), (*B, 1.0, None), (*B, 1.0, 1.5), (*B, 1.0, 9.0)] * 3)
    log["key"] = [*("a", "b", "b", "b"), *("a", "c", "c", "c"), None, "c", None, None]
    found = ab.trial(log, "regression")
    assert found.outcomes == 8  # the champion's first was before the challenger was there
    expected = [[NAN, -0.5], [0, NAN], [NAN, -0.5], [0, NAN], [NAN, -0.5], [NAN, -8]]
    assert np.array_equal(found.quality, expected, equal_nan=True)


def test_in_the_shadow_both_answers_to_a_request_are_a_pair() -> None:
    log = logged([(*A, True, False), (*S, False, None), (*A, True, True), (*S, True, None)] * 2)
    log["id"] = [f"r{n // 2}{'.shadow' if n % 2 else ''}.0" for n in range(8)]
    log = log.drop(index=7).reset_index(drop=True)  # the service may stop between the two
    found = ab.trial(log, "binary")
    assert found.shadow
    assert found.quality.tolist() == [[0, 1], [1, 1], [0, 1]]


def test_without_outcomes_it_says_where_to_tell_them() -> None:
    with pytest.raises(Refusal, match=r"no logged prediction has an outcome.*POST /feedback"):
        ab.trial(logged([(*A, "x", None), (*B, "x", None)]), "binary")
    log = logged([(*B, "x", "x"), (*A, "x", "x"), (*A, "x", "x"), (*B, "x", None)])
    with pytest.raises(Refusal, match=r"0 answers of the challenger.*POST /feedback"):
        ab.trial(log, "binary")


def test_without_one_of_the_two_there_is_nothing_to_compare() -> None:
    with pytest.raises(Refusal, match="no challenger is in the log"):
        ab.trial(logged([(*A, "x", "x")]), "binary")
    with pytest.raises(Refusal, match="no champion is in the log"):
        ab.trial(logged([(*B, "x", "x")]), "binary")


def test_an_empty_log_is_refused_in_one_line(workspace: Path) -> None:
    words = [sys.executable, "-m", ab.__name__]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Refused: no logged prediction has an outcome")
    assert "POST /feedback" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_command_prints_the_verdict_and_keeps_it(
    workspace: Path,
    schema: Schema,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = logged([(*A, 1, 1), (*B, 1, 1), (*A, 1, 2), (*B, 1, 1)] * 1000)
    monkeypatch.setattr(ab, "read", lambda folder, schema: log)
    ab.ab(configured("monitoring.ab.smallest_difference=0.2"))
    printed = capsys.readouterr().out
    assert "champion v1" in printed
    assert "Verdict: challenger is better" in printed
    kept = json.loads((REPORTS / "ab.json").read_text(encoding="utf-8"))
    assert kept["versions"] == {"champion": "v1", "challenger": "v2"}
    right = 0 if schema.task == "regression" else 1
    assert kept["score"] == {"champion": pytest.approx(0.5, abs=0.001), "challenger": right}
    assert kept["interval"][0] < 0.5 < kept["interval"][1]
    assert kept["p_value"] < 0.001 < kept["alpha"]
    assert kept["verdict"] == "challenger is better"


@pytest.mark.parametrize("name", ["alpha", "power", "smallest_difference"])
def test_a_setting_that_is_no_share_is_refused(name: str, workspace: Path) -> None:
    with pytest.raises(Refusal, match=f"{name} is a share"):
        ab.ab(configured(f"monitoring.ab.{name}=1.5"))
