"""Two tables, compared column by column: could both be drawn from the same world?

Each test suits the type of its column, and comes with an effect size, since in a large table any
difference is significant:

- Kolmogorov-Smirnov for numbers, dates and the length of texts; the largest gap between the two
  cumulative distributions
- chi-squared for categories, the rare ones pooled; the Jensen-Shannon distance, 0 to 1
- Fisher's exact test for what is missing; the difference of the two shares
- Mann-Whitney, one-sided, for the model's loss on rows whose truth is known; the rank-biserial
  correlation: how much likelier than not a live row has the greater loss

A column has drifted if its p-value holds after Holm's correction for all tests that were made, and
its effect reaches the smallest that matters. So where nothing has drifted, the chance of an
alarm is at most `alpha`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from scipy import stats
from scipy.spatial.distance import jensenshannon

from ..data.casting import as_type
from ..data.schema import Schema, Type
from ..model.metrics import Predictions
from .columns import in_log

PREDICTED, ACTUAL, PROBABILITY = "predicted", "actual", "probability_"
EXPECTED = 5  # rows of a category, below which the chi-squared approximation is a poor one

Kind = Literal["values", "missing", "prediction", "concept"]


@dataclass(frozen=True)
class Check:
    """One test and what came of it.

    Attributes:
        column: a column of the log; the target's name for the concept.
        kind: what of it was compared.
        p_value: of this test alone.
        adjusted: the p-value after Holm's correction for all tests.
        drifted: whether the difference is beyond chance and large enough to matter.
    """

    column: str
    kind: Kind
    test: str
    effect: float
    p_value: float
    adjusted: float = 1.0
    drifted: bool = False

    @property
    def name(self) -> str:
        """The check's name in a sentence."""
        return self.column if self.kind == "values" else f"{self.column} ({self.kind})"


def compare(
    reference: pd.DataFrame, window: pd.DataFrame, schema: Schema, options: DictConfig
) -> list[Check]:
    """Every test that the rows allow, those that found drift first.

    Args:
        reference: as `read_reference` gives it.
        window: logged predictions, as `store.read` gives them.
        schema: of both.
        options: the `monitoring` group.
    """
    made = [
        *_features(reference, window, schema, compared(window, schema, options)),
        *_predictions(reference, window, schema),
        *_concept(reference, window, schema, options.min_rows),
    ]
    if not made:
        return []
    checks = [
        replace(
            check,
            adjusted=p_value,
            drifted=p_value <= options.alpha and check.effect >= options.smallest[check.test],
        )
        for check, p_value in zip(made, holm([check.p_value for check in made]), strict=True)
    ]
    return sorted(checks, key=lambda check: (not check.drifted, check.adjusted, -check.effect))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, corrected for their number; in milliseconds, unlike statsmodels' own."""
    raw = np.asarray(p_values, dtype=float)
    order = np.argsort(raw)
    adjusted = np.empty_like(raw)
    adjusted[order] = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    return [float(p_value) for p_value in np.minimum(adjusted, 1)]


def compared(window: pd.DataFrame, schema: Schema, options: DictConfig) -> list[str]:
    """Features that can be compared: neither ignored nor dropped from the log, nor hashed there.

    Args:
        window: logged predictions.
        schema: of the model.
        options: the `monitoring` group.
    """
    left_out = {*options.ignore, *options.log.get("drop", ()), *options.log.get("hash", ())}
    names = in_log(schema).items()
    return [name for name, logged in names if logged in window and name not in left_out]


def with_outcomes(table: pd.DataFrame, schema: Schema) -> Predictions:
    """Predictions for rows with known outcomes."""
    kind = schema[schema.target].type
    rows = table[table[ACTUAL].notna()]
    truth = as_type(rows[ACTUAL], kind).to_numpy()
    predicted = as_type(rows[PREDICTED], kind).to_numpy()
    if schema.task == "regression":
        return Predictions(truth.astype(float), predicted.astype(float))
    names = probabilities(table)
    classes = as_type(pd.Series([name.removeprefix(PROBABILITY) for name in names]), kind)
    chances = rows[names].to_numpy(dtype=float)
    found = Predictions(truth, predicted, chances, classes.to_numpy(), schema.positive)
    return found[pd.Series(truth).isin(classes).to_numpy()]  # others the model can't know


def probabilities(table: pd.DataFrame) -> list[str]:
    """The columns of a class's probability each; no feature is called so in the log."""
    return [str(name) for name in table if str(name).startswith(PROBABILITY)]


def losses(predictions: Predictions) -> npt.NDArray[np.float64]:
    """The absolute error of each row, or the probability that was kept from what came true."""
    if predictions.probabilities is None:
        found = np.abs(predictions.truth - predictions.predicted)
    else:
        of_truth = predictions.coded().truth[:, None]
        found = 1 - np.take_along_axis(predictions.probabilities, of_truth, axis=1)[:, 0]
    return _rounded(found)


def measured(values: pd.Series, kind: Type) -> npt.NDArray[Any] | None:
    """The known values of a column whose type has an order; None for categories."""
    if kind == "datetime":
        known = pd.to_datetime(values, errors="coerce").dropna()
        return known.to_numpy("datetime64[us]").astype("int64")
    if kind == "text":
        return values.dropna().astype(str).str.len().to_numpy()
    if kind in ("number", "integer"):
        return pd.to_numeric(values, errors="coerce").dropna().to_numpy(dtype=float)
    return None


def counted(values: pd.Series) -> pd.Series:
    """The number of rows of each category."""
    counts = values.value_counts()
    return counts.set_axis(counts.index.map(str)).groupby(level=0).sum()


def pooled(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A row a category, a column a sample, with the categories of few rows made one."""
    sizes = table.sum(axis=0)
    if not sizes.all():
        return table[:0]
    table = table[table.sum(axis=1).argsort(kind="stable")]
    expected = table.sum(axis=1) * sizes.min() / sizes.sum()
    rare = int(np.searchsorted(expected, EXPECTED))
    if 0 < rare < len(table) and expected[:rare].sum() < EXPECTED:
        rare += 1  # together they are still too few
    return np.vstack([table[:rare].sum(axis=0), table[rare:]]) if rare else table


def _features(
    reference: pd.DataFrame, window: pd.DataFrame, schema: Schema, names: list[str]
) -> Iterator[Check]:
    logged = in_log(schema)
    for name in names:
        then, now, kind = reference[logged[name]], window[logged[name]], schema[name].type
        yield from _values(name, "values", then, now, kind)
        table = [[values.isna().sum(), values.notna().sum()] for values in (then, now)]
        # A test that can't come out either way would only cost the others (Tarone, 1990).
        if all(np.sum(table, axis=0)):
            effect = abs(now.isna().mean() - then.isna().mean())
            yield Check(name, "missing", "Fisher", effect, stats.fisher_exact(table).pvalue)


def _predictions(reference: pd.DataFrame, window: pd.DataFrame, schema: Schema) -> Iterator[Check]:
    names = [PREDICTED]
    if schema.task == "binary":
        names.append(f"{PROBABILITY}{schema.positive}")
    for name in names:
        is_label = name == PREDICTED and schema.task != "regression"
        then, now = reference[name], window[name]
        if not is_label:
            then, now = (pd.Series(_rounded(values)) for values in (then, now))
        yield from _values(name, "prediction", then, now, "category" if is_label else "number")


def _concept(
    reference: pd.DataFrame, window: pd.DataFrame, schema: Schema, min_rows: int
) -> Iterator[Check]:
    then, now = (losses(with_outcomes(table, schema)) for table in (reference, window))
    if len(now) < min_rows:
        return
    test = stats.mannwhitneyu(now, then, alternative="greater", method="asymptotic")
    effect = 2 * test.statistic / (len(now) * len(then)) - 1
    yield Check(schema.target, "concept", "Mann-Whitney", float(effect), float(test.pvalue))


def _values(
    name: str, kind: Kind, then: pd.Series, now: pd.Series, of_type: Type
) -> Iterator[Check]:
    samples = measured(then, of_type), measured(now, of_type)
    if samples[0] is None or samples[1] is None:
        table = pooled(pd.concat([counted(then), counted(now)], axis=1).fillna(0).to_numpy())
        if len(table) > 1:
            p_value = stats.chi2_contingency(table, correction=False).pvalue
            distance = float(jensenshannon(*table.T, base=2))
            yield Check(name, kind, "chi-squared", distance, float(p_value))
    elif len(samples[0]) and len(samples[1]):
        test = stats.ks_2samp(*samples, method="asymp")
        yield Check(name, kind, "Kolmogorov-Smirnov", float(test.statistic), float(test.pvalue))


def _rounded(values: Any) -> npt.NDArray[np.float64]:
    """Single precision: the compiled pipeline may differ in last digits, where ties are to stay."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)
