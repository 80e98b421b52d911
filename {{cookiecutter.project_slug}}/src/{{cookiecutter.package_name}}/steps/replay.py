"""Features by the notebook's own cells, which run again for every row that is asked for.

`notebook_cells.py` holds the cells from the table to the fit. They run on the rows that the model
learned from with one new row below them, and the features of that row are taken. That is slow, and
right for cells that look at other rows as well: ranks, counts of a group, rolling means,
neighbours. Each row is asked for by itself, so that one row gets what it gets among others.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from ..tools.command import progress
from ..tools.errors import Refusal
from . import Steps, as_read, unique_names
from .run_cells import Cells, CellsError, Outcome, equal, steady, take

__all__ = ["Cells", "Replay"]

MANY = 8  # rows, from which on they are asked for together first
MOST_LEFT_OUT = 100  # rows that are fitted to and that the cells leave out: each takes a run
PROBES = 3  # rows that are taken out and asked for again

REMEMBERED = 5_000  # rows that were replayed, whose features are kept while the process lives

log = logging.getLogger(__name__)


class Replay(Steps):
    """The features that the notebook's cells give each row among the training rows.

    Attributes:
        cells: the notebook's.
        constants: a value for each column of the table that no feature depends on.
        target: the target's column, if features depend on it. That of a new row is not known: it
            gets the first training row's, since cells may refuse a gap.
    """

    cells: ClassVar[Cells]
    constants: ClassVar[Mapping[str, Any]] = {}
    target: ClassVar[str | None] = None
    slow: ClassVar[bool] = True

    def fit_transform(self, X: pd.DataFrame, y: Any = None, **_: Any) -> Any:
        """Keep the training rows, and give their features.

        Raises:
            Refusal: if the cells fail, or give a training row other features as a new row.
        """
        self.columns_in_ = list(X.columns)
        _ASKED.pop(self, None)
        table = self._as_read(X)
        if self.target is not None:
            table[self.target] = np.asarray(y)
        try:
            start = time.perf_counter()
            self.cells.run(table)
            taken = time.perf_counter() - start
            log.info(
                "the notebook's cells are replayed: each new row takes about %.2f s, as long as "
                "the cells on all %d rows",
                taken,
                len(table),
            )
            outcome, files, by = self.cells.tracked(table)
            names = list(outcome.X.columns) if _is_frame(outcome.X) else np.shape(outcome.X)[1:]
            self.learned_ = {"table": table, "files": files, "by": by, "names": names}
            self._check(outcome)
            self.learned_["features"] = self._in_order(outcome)
        except CellsError as reason:
            raise Refusal(f"the notebook's cells can't be replayed: {reason}") from reason
        return _named(self.learned_["features"], X.index)

    def transform(self, X: pd.DataFrame) -> Any:
        """The features of each row, as a new one below the training rows.

        A training row that is asked for again has its own features.

        Raises:
            CellsError: if the cells fail on a row, or leave it out.
        """
        check_is_fitted(self)
        known, rows = self.learned_["features"], self._as_read(X[self.columns_in_])
        keys, places = [*_keys(rows.drop(columns=self._target))], self._places()
        asked = _ASKED.setdefault(self, {})  # each by itself, so that it stays what it is
        first = {key: at for at, key in enumerate(keys) if key not in places and key not in asked}
        new = list(first.values())
        found = self._at_once(rows.iloc[new]) if len(new) >= MANY else {}
        together = {key: found[number] for number, key in enumerate(first) if number in found}
        left = [(key, at) for key, at in first.items() if key not in together]
        for key, at in progress(left, "replaying the notebook"):
            asked[key] = self._alone(self.learned_["table"], rows.iloc[[at]])
        answers = asked | together
        parts = [answers[key] if key not in places else take(known, [places[key]]) for key in keys]
        if len(asked) > REMEMBERED:
            asked.clear()
        return _named(_together(parts), X.index)

    @property
    def _target(self) -> list[str]:
        return [] if self.target is None else [self.target]

    def _as_read(self, X: pd.DataFrame) -> pd.DataFrame:
        """Rows as the notebook reads them, with constants for what is not asked for."""
        known = {name: np.full(len(X), value) for name, value in self.constants.items()}
        return as_read(X, self.cells.columns, known)

    def _places(self) -> "dict[_Key, int]":
        """The place of each training row by what is asked for."""
        table = self.learned_["table"].drop(columns=self._target)
        return {key: place for place, key in enumerate(_keys(table))}

    def _appended(self, table: pd.DataFrame, rows: pd.DataFrame) -> tuple[Outcome, Any]:
        """Run the cells on rows below others.

        Returns:
            What they fit to, and the place in it of each row that they keep, by its number.
        """
        if self.target is not None:
            rows = rows.copy()
            rows[self.target] = self.learned_["table"][self.target].iloc[0]
        by = self.learned_["by"]
        outcome, _ = self.cells.run(pd.concat([table, rows]), self.learned_["files"], by=by)
        labels = outcome.labels(by)
        if labels is None:
            raise CellsError("with another row it can't be said which features are whose")
        each = enumerate((labels - len(table)).tolist())
        return outcome, {number: place for place, number in each if number >= 0}

    def _alone(self, table: pd.DataFrame, row: pd.DataFrame) -> Any:
        """The features of one row below others; shape (1, features).

        Raises:
            CellsError: if the cells fail on it, or leave it out.
        """
        outcome, places = self._appended(table, row)
        if 0 not in places:
            raise CellsError("the notebook leaves out rows like this one, so it has no answer")
        return _with_columns(outcome.take([places[0]]), self.learned_["names"])

    def _at_once(self, rows: pd.DataFrame) -> dict[int, Any]:
        """The features of new rows that do not depend on each other, by number.

        All are asked for at once, and then those of each half, for as many ways to halve them as
        it takes to part any two. What changes depends on others, and is left out.
        """
        table = self.learned_["table"]
        try:
            whole, places = self._appended(table, rows)
            alike = set(places)
            for bit in range(len(rows).bit_length()):
                for side in (0, 1):
                    half = [number for number in range(len(rows)) if number >> bit & 1 == side]
                    part, there = self._appended(table, rows.iloc[half])
                    at = {half[number]: place for number, place in there.items()}
                    alike -= set(half) - at.keys()
                    both = [number for number in half if number in alike]
                    alike -= _differing(
                        both,
                        whole.columns(np.array([places[number] for number in both], dtype=int)),
                        part.columns(np.array([at[number] for number in both], dtype=int)),
                    )
                if len(alike) < len(rows) / 2:
                    return {}
        except CellsError:  # for one of the rows: each is asked for alone
            return {}
        names = self.learned_["names"]
        return {number: _with_columns(whole.take([places[number]]), names) for number in alike}

    def _check(self, outcome: Outcome) -> None:
        """Take training rows out, ask for them as new rows, and compare.

        The last row gets its own features. Others do where the order of rows says nothing: as a
        new row each comes last.

        Args:
            outcome: what the cells made of the training rows.

        Raises:
            CellsError: if a row gets other features.
        """
        table, by = self.learned_["table"], self.learned_["by"]
        labels = outcome.labels(by)
        assert labels is not None
        last = len(table) - 1
        drawn = np.random.default_rng(1).permutation(labels[labels < last])[:PROBES]
        order = np.r_[np.setdiff1d(np.arange(len(table)), drawn), drawn]
        moved, _ = self.cells.run(table.iloc[order], self.learned_["files"], by=by)
        there = moved.labels(by)
        same = set() if there is None else set(steady(outcome, moved, labels, order[there]))
        for label in (*drawn.tolist(), *([last] if last in labels else [])):
            row = self._alone(table.drop(index=label), table.iloc[[label]])
            alone = Outcome(row, None, 1).columns(np.array([0]))
            whole = outcome.columns(np.flatnonzero(labels == label))
            names = whole.keys() & alone.keys() & (whole.keys() if label == last else same)
            differing = [n for n in names if not equal(whole[n], alone[n]).all()]
            if differing:
                listed = ", ".join(sorted(str(name) for _, name in differing)[:5])
                if self.target is None:
                    raise CellsError(f"as a new row, row {label} has another value of {listed}")
                log.warning("%s depends on the row's own target, which a new row has not", listed)
                return

    def _in_order(self, outcome: Outcome) -> Any:
        """The features of all training rows, in their order.

        A row that the cells leave out of the whole, such as one without a predecessor, gets what
        it gets as a new row.

        Raises:
            CellsError: if the cells leave out too many, or such a row as a new one too.
        """
        table, labels = self.learned_["table"], outcome.labels(self.learned_["by"])
        assert labels is not None
        left_out = np.setdiff1d(np.arange(len(table)), labels)
        if len(left_out) > MOST_LEFT_OUT:
            raise CellsError(f"the cells leave out {len(left_out)} of {len(table)} training rows")
        if not len(left_out):
            return outcome.take(np.argsort(labels))
        features = {label: outcome.take([place]) for place, label in enumerate(labels.tolist())}
        for label in left_out.tolist():
            features[label] = self._alone(table.drop(index=label), table.iloc[[label]])
        return _together([features[label] for label in range(len(table))])


_Key = tuple[str, ...]
_ASKED: WeakKeyDictionary[Replay, dict[_Key, Any]] = WeakKeyDictionary()


def _keys(rows: pd.DataFrame) -> list[_Key]:
    """What tells rows apart: their cells as texts, in which gaps are equal."""
    columns = (rows.iloc[:, at].map(str).tolist() for at in range(rows.shape[1]))
    return list(zip(*columns, strict=True))


def _differing(
    rows: Sequence[int],
    one: Mapping[Any, npt.NDArray[Any]],
    other: Mapping[Any, npt.NDArray[Any]],
) -> set[int]:
    """The rows whose features are others.

    Args:
        rows: their numbers.
        one: the columns of their features.
        other: the columns of other features.
    """
    named = [name for name in one if name[0] == "X"]
    if any(name not in other for name in named):
        return set(rows)
    alike = np.ones(len(rows), dtype=bool)
    for name in named:
        alike &= equal(one[name], other[name])
    return {row for row, is_alike in zip(rows, alike, strict=True) if not is_alike}


def _is_frame(X: Any) -> bool:
    return isinstance(X, pd.DataFrame)


def _with_columns(X: Any, names: Any) -> Any:
    """The columns that the training rows have; what a new value adds goes.

    Raises:
        CellsError: if that can't be done since they have no names.
    """
    if isinstance(X, pd.DataFrame):
        return X if list(X.columns) == list(names) else X.reindex(columns=names, fill_value=0)
    if np.shape(X)[1:] != tuple(names):
        raise CellsError("it holds a value that no training row has, which makes another column")
    return X


def _together(parts: Sequence[Any]) -> Any:
    """Features of single rows as those of all."""
    first = parts[0]
    if isinstance(first, pd.DataFrame | pd.Series):
        return pd.concat(parts)
    if sparse.issparse(first):
        return sparse.vstack(parts).tocsr()
    if isinstance(first, list):
        return [item for part in parts for item in part]
    return np.concatenate(parts)


def _named(X: Any, index: pd.Index) -> Any:
    """Features with the index of their rows, and names that scikit-learn takes."""
    if isinstance(X, pd.DataFrame):
        return X.set_axis(index).set_axis(unique_names(X.columns), axis=1)
    return X.set_axis(index) if isinstance(X, pd.Series) else X
