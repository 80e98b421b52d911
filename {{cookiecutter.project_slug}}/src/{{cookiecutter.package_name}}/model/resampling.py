"""Bootstrap: what rows drawn with replacement say, after Efron and Tibshirani (1993), chapter 13.

A draw only changes how often each row counts. So the scores of many draws are arithmetic on a
matrix of counts, some fifty times as fast as scikit-learn's functions called for each draw.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from ..data.schema import Task
from ..tools.command import progress
from .metrics import Predictions, score

AT_ONCE = 2_000_000  # counts in memory: 16 MB

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def resampled(
    predictions: Predictions,
    statistic: Callable[[npt.NDArray[np.intp]], dict[str, float]],
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """A statistic of rows drawn with replacement; one row a resample.

    Args:
        predictions: to draw from.
        statistic: of the drawn rows' positions.
        resamples: how many times to draw.
        seed: of the draws.
    """
    draw = np.random.default_rng(seed).integers
    size = len(predictions)
    rounds = progress(range(resamples), "Resampling")
    return pd.DataFrame([statistic(draw(size, size=size)) for _ in rounds])


def intervals(
    predictions: Predictions, task: Task, confidence: float, resamples: int, seed: int
) -> dict[str, list[float]]:
    """Percentile bootstrap interval of every metric, as [low, high].

    Args:
        predictions: for rows with known outcomes.
        task: binary, multiclass or regression.
        confidence: of the interval, 0 to 1.
        resamples: how many times rows are drawn.
        seed: of the draws.
    """
    samples = resampled_scores(predictions.coded(), task, resamples, seed)
    samples = samples.dropna(axis="columns", how="all")
    tail = (1 - confidence) / 2
    bounds = samples.quantile([tail, 1 - tail])
    return {str(name): [float(bound) for bound in bounds[name]] for name in bounds}


def resampled_scores(
    predictions: Predictions, task: Task, resamples: int, seed: int
) -> pd.DataFrame:
    """Every metric of a task for each resample, as `score` gives it for the drawn rows.

    Args:
        predictions: to draw from, coded.
        task: binary, multiclass or regression.
        resamples: how many times rows are drawn.
        seed: of the draws.
    """
    if predictions.classes is None:
        scores: Callable[[Numbers], dict[str, Numbers]] = _OfNumbers(predictions)
    elif (predictions.truth < 0).any():  # a class that the model does not know
        return resampled(predictions, lambda rows: score(predictions[rows], task), resamples, seed)
    else:
        scores = _OfClasses(predictions, task)
    draws = map(scores, _counts(len(predictions), resamples, seed))
    return pd.concat(map(pd.DataFrame, draws), ignore_index=True)


def _counts(size: int, resamples: int, seed: int) -> Iterator[Numbers]:
    """How often each row is drawn, in batches of shape (resamples, rows); as `resampled` draws."""
    draw = np.random.default_rng(seed).integers
    batch = max(1, AT_ONCE // max(size, 1))
    for start in progress(range(0, resamples, batch), "Resampling"):
        draws = [draw(size, size=size) for _ in range(min(batch, resamples - start))]
        yield np.stack([np.bincount(rows, minlength=size) for rows in draws]).astype(float)


class _OfNumbers:
    """The scores of a regression, for rows that count so often; counts have shape (draws, rows)."""

    def __init__(self, predictions: Predictions) -> None:
        self.truth = np.asarray(predictions.truth, dtype=float)
        self.errors = np.abs(self.truth - np.asarray(predictions.predicted, dtype=float))
        self.order = np.argsort(self.errors)

    def __call__(self, counts: Numbers) -> dict[str, Numbers]:
        rows = len(self.truth)
        squares = counts @ self.errors**2
        means = counts @ self.truth / rows
        # Centred first: the difference of two large sums would lose digits.
        centred = self.truth - self.truth.mean()
        spread = counts @ centred**2 - rows * (means - self.truth.mean()) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            r2 = np.where(spread > 0, 1 - squares / spread, np.where(squares == 0, 1.0, 0.0))
        return {
            "r2": r2 if rows > 1 else np.full(len(counts), np.nan),
            "neg_root_mean_squared_error": -np.sqrt(squares / rows),
            "neg_mean_absolute_error": -(counts @ self.errors) / rows,
            "neg_median_absolute_error": -self._median(counts),
        }

    def _median(self, counts: Numbers) -> Numbers:
        """The median absolute error; of an even number, the mean of the two in the middle."""
        reached = np.cumsum(counts[:, self.order], axis=1)
        rows = len(self.truth)
        middle = [
            self.errors[self.order[(reached > place).argmax(axis=1)]]
            for place in ((rows - 1) // 2, rows // 2)
        ]
        return np.asarray(np.mean(middle, axis=0))


class _OfClasses:
    """The scores of a classification, for rows that count so often."""

    def __init__(self, predictions: Predictions, task: Task) -> None:
        assert predictions.classes is not None
        assert predictions.probabilities is not None
        self.task = task
        self.kinds = len(predictions.classes)
        self.truth = predictions.truth
        self.positive = predictions.positive
        self.right = np.asarray(predictions.truth == predictions.predicted, dtype=float)
        self.of_truth = _one_hot(predictions.truth, self.kinds)
        self.of_predicted = _one_hot(predictions.predicted, self.kinds)
        self.probabilities = np.asarray(predictions.probabilities, dtype=float)
        self.losses = self._losses()
        self.orders: dict[int, tuple[Places, Places, npt.NDArray[np.bool_]]] = {}

    def __call__(self, counts: Numbers) -> dict[str, Numbers]:
        rows = len(self.truth)
        support = counts @ self.of_truth  # shape (draws, classes), as the next two
        predicted = counts @ self.of_predicted
        right = (counts * self.right) @ self.of_truth
        with np.errstate(divide="ignore", invalid="ignore"):
            recall = right / support
            f1 = 2 * right / (support + predicted)
        found = {
            "accuracy": right.sum(axis=1) / rows,
            "balanced_accuracy": np.nanmean(recall, axis=1),
            "neg_log_loss": -(counts @ self.losses) / rows,
        }
        if self.task == "binary":
            at = self.positive
            with np.errstate(divide="ignore", invalid="ignore"):
                precision = right[:, at] / predicted[:, at]
            area, average = self._ranked(counts, at)
            truth = (self.truth == at).astype(float)
            brier = counts @ (self.probabilities[:, at] - truth) ** 2 / rows
            return found | {
                "f1": np.nan_to_num(f1[:, at]),
                "precision": np.nan_to_num(precision),
                "recall": np.nan_to_num(recall[:, at]),
                "roc_auc": area,
                "average_precision": average,
                "neg_brier_score": -brier,
            }
        areas = [self._ranked(counts, kind)[0] for kind in range(self.kinds)]
        return found | {
            "f1_macro": np.nanmean(f1, axis=1),  # of the classes that a draw has or predicts
            "f1_weighted": (np.nan_to_num(f1) * support).sum(axis=1) / rows,
            "roc_auc_ovr": np.mean(areas, axis=0),
        }

    def _losses(self) -> Numbers:
        """Minus the logarithm of the true class's probability, a row each."""
        chosen = self.probabilities[np.arange(len(self.truth)), self.truth]
        tiny = np.finfo(float).eps  # as scikit-learn clips
        return np.asarray(-np.log(np.clip(chosen, tiny, 1 - tiny)))

    def _order(self, kind: int) -> tuple[Places, Places, npt.NDArray[np.bool_]]:
        """Rows by a class's chance, where equal chances start, and which are of the class."""
        if kind not in self.orders:
            chances = self.probabilities[:, kind]
            order = np.argsort(-chances, kind="stable")
            starts = np.flatnonzero(np.diff(chances[order], prepend=np.inf))
            self.orders[kind] = order, starts, (self.truth == kind)[order]
        return self.orders[kind]

    def _ranked(self, counts: Numbers, kind: int) -> tuple[Numbers, Numbers]:
        """The area under the ROC curve, and the average precision, of a class against the rest."""
        order, starts, of_kind = self._order(kind)
        drawn = counts[:, order]
        hits = np.add.reduceat(drawn * of_kind, starts, axis=1)
        misses = np.add.reduceat(drawn * ~of_kind, starts, axis=1)
        above, all_above = np.cumsum(hits, axis=1), np.cumsum(hits + misses, axis=1)
        positives, negatives = above[:, -1], all_above[:, -1] - above[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            area = (misses * (above - hits / 2)).sum(axis=1) / (positives * negatives)
            average = (hits * np.nan_to_num(above / all_above)).sum(axis=1) / positives
        return area, np.nan_to_num(average)


def _one_hot(codes: npt.NDArray[np.intp], kinds: int) -> csr_array:
    """A row for each code, with a one in its column."""
    rows = np.arange(len(codes))
    return csr_array((np.ones(len(codes)), (rows, codes)), shape=(len(codes), kinds))
