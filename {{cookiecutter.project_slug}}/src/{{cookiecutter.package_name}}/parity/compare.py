"""Compares the rows and features of this repository with the notebook's, value by value."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types
from scipy import sparse
from sklearn.base import clone

from .capture import Split

Rows = npt.NDArray[np.intp]  # positions of rows in a table
Unit = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]  # another one of the same values


def subsets(kept: Rows, raw: int, splits: Sequence[Split]) -> list[Rows]:
    """Find the rows of the prepared table that each split put into its train and test rows.

    Args:
        kept: positions of the prepared rows in the raw table; shape (prepared rows,).
        raw: number of rows of the raw table.
        splits: in order. A split of an earlier split's rows is recognised by their number.

    Returns:
        Positions in the prepared table: all rows twice, then test and train rows of each split.
    """
    found = [np.arange(raw), kept]
    for split in splits:
        parent = next((subset for subset in reversed(found) if len(subset) == split.rows), None)
        if parent is not None:
            found += [parent[split.test], parent[split.train]]
    positions = [pd.Index(kept).get_indexer(pd.Index(subset)) for subset in found]
    return [subset[subset >= 0] for subset in positions]


def find(
    candidates: Sequence[Rows], ours: npt.NDArray[Any], theirs: npt.NDArray[Any]
) -> Rows | None:
    """Find the rows that a target of the notebook belongs to.

    Args:
        candidates: subsets of the rows.
        ours: the target of all rows; shape (rows,).
        theirs: the notebook's target of some rows.

    Returns:
        The last subset with the same target; without one, the last of the same size, or None.
    """
    same_size = [rows for rows in reversed(candidates) if len(rows) == len(theirs)]
    same_target = (rows for rows in same_size if corresponds(ours[rows], theirs))
    return next(same_target, same_size[0] if same_size else None)


def find_by_values(ours: Sequence[Any], theirs: Sequence[Any]) -> Rows | None:
    """Find the rows of a table by what they hold, where neither order nor index tells.

    Args:
        ours: the features and the target of all rows.
        theirs: the notebook's features and target of some rows.

    Returns:
        A row of ours for each of theirs, another one each time; None if one is not there. Of
        columns, those count that hold no other values than ours; others were made otherwise.
    """
    keys: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []
    for part, other in zip(ours, theirs, strict=True):
        here, there = _frame(part), _frame(other)
        if not (_has_names(part) and _has_names(other)):
            here = here.set_axis(range(here.shape[1]), axis=1)
            there = there.set_axis(range(there.shape[1]), axis=1)
        for name in here.columns.intersection(there.columns):
            pair = _rounded(here[name]), _rounded(there[name])
            keys += [pair] if np.isin(pair[1], pair[0]).all() else []
    if not keys:
        return None
    known, asked = (_numbered(side) for side in zip(*keys, strict=True))
    rows = known.get_indexer(asked)
    return rows if (rows >= 0).all() else None


def _rounded(column: pd.Series) -> npt.NDArray[Any]:
    """A hash of each value, in which numbers that differ by rounding are one."""
    values = _values(column)
    values = values.astype("float32") if values.dtype == float else values.astype(str)
    return pd.util.hash_array(values)


def _numbered(columns: Sequence[npt.NDArray[Any]]) -> pd.MultiIndex:
    """Rows by what they hold; equal ones by their order too."""
    rows = pd.DataFrame(dict(enumerate(columns)))
    return pd.MultiIndex.from_arrays([*columns, rows.groupby([*rows]).cumcount()])


def corresponds(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> bool:
    """Whether two targets are those of the same rows: equal, or the same under other names.

    Values of which each is another one say that only by their order.
    """
    names = renaming(ours, theirs)
    if names is None:
        return False
    if len(names) <= len(ours) / 2 or not all(map(types.is_numeric_dtype, (ours, theirs))):
        return True
    here, there = np.argsort(ours, kind="stable"), np.argsort(theirs, kind="stable")
    return np.array_equal(here, there) or np.array_equal(here, there[::-1])


def renaming(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> dict[Any, Any] | None:
    """Map each of our values to the notebook's, if they correspond one to one; otherwise None."""
    codes, names = pd.factorize(ours)
    their_codes, their_names = pd.factorize(theirs)
    if not np.array_equal(codes, their_codes):
        return None
    return dict(zip(names.tolist(), their_names.tolist(), strict=True))


def compare_target(
    ours: npt.NDArray[Any],
    theirs: npt.NDArray[Any],
    classes: bool,
    numbers: Mapping[Any, Any] | None = None,
) -> dict[str, Any]:
    """Compare two targets; the names of classes may differ.

    Args:
        ours: this repository's; shape (rows,).
        theirs: the notebook's; the same shape.
        classes: whether the values are classes.
        numbers: the notebook's number for each class, where it makes numbers of them.
    """
    if numbers:
        ours = np.array([numbers.get(value, value) for value in ours.tolist()])
    difference = compare_column(pd.Series(ours), pd.Series(theirs))
    names = renaming(ours, theirs)
    if difference["equal"] or not classes or names is None:
        return difference
    return {"equal": True, "renamed": {str(key): value for key, value in names.items()}}


def one_column(y: Any) -> npt.NDArray[Any]:
    """A notebook's target; of one column for each class, the number of the class; shape (rows,)."""
    values = np.asarray(y)
    several = values.ndim == 2 and values.shape[1] > 1
    return values.argmax(axis=1) if several else np.ravel(values)


def unit_of(
    transformer: Any, target: npt.NDArray[Any], train: Rows, theirs: npt.NDArray[Any]
) -> Unit | None:
    """How the notebook transforms the target that it fits to; None if it does not.

    Args:
        transformer: of this repository's target, fitted to these rows; None if there is none.
        target: of all rows.
        train: the rows that the notebook fits to.
        theirs: its target of these rows.
    """
    if transformer is None or are_same(target[train], theirs):
        return None
    # A notebook may scale before it splits.
    whole = clone(transformer).fit(target.reshape(-1, 1))
    units = [partial(_transformed, each) for each in (transformer, whole)]
    return next((unit for unit in units if are_same(unit(target[train]), theirs)), units[0])


def _transformed(transformer: Any, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.ravel(transformer.transform(values.reshape(-1, 1)))


def are_same(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> bool:
    """Whether two targets have the same numbers, up to rounding."""
    return ours.shape == theirs.shape and np.allclose(ours.astype(float), theirs.astype(float))


def compare(ours: Any, theirs: Any) -> dict[str, Any]:
    """Compare two tables of features: shape, names, their order, and the values of each column.

    If either has no column names, columns are compared by position.
    """
    here, there = _frame(ours), _frame(theirs)
    names, their_names = list(here), list(there)
    named = _has_names(ours) and _has_names(theirs)
    if not named:
        both = names if _has_names(ours) else their_names
        names, their_names = both[: here.shape[1]], both[: there.shape[1]]
    result: dict[str, Any] = {
        "equal": False,
        "shape": {"notebook": list(there.shape), "repository": list(here.shape)},
        "only_in_notebook": [name for name in their_names if named and name not in names],
        "only_here": [name for name in names if named and name not in their_names],
        "same_order": names == their_names,
        "columns": {},
    }
    if len(here) == len(there):
        result["columns"] = {
            name: compare_column(here.iloc[:, names.index(name)], there.iloc[:, number])
            for number, name in enumerate(their_names)
            if name in names
        }
    result["equal"] = (
        here.shape == there.shape
        and result["same_order"]
        and all(column["equal"] for column in result["columns"].values())
    )
    return result


def compare_column(ours: pd.Series, theirs: pd.Series) -> dict[str, Any]:
    """Compare two columns: numbers up to rounding, everything else exactly."""
    here, there = _values(ours), _values(theirs)
    numbers = here.dtype == there.dtype == float
    if numbers:
        same = np.isclose(here, there, rtol=1e-6, atol=1e-9, equal_nan=True)
    else:
        same = np.asarray((here == there) | (pd.isna(here) & pd.isna(there)), dtype=bool)
    if same.all():
        return {"equal": True}
    first = int(np.argmin(same))
    result: dict[str, Any] = {
        "equal": False,
        "rows": int((~same).sum()),
        "first_row": first,
        "notebook": str(there[first]),
        "repository": str(here[first]),
    }
    if numbers:
        result["max_difference"] = float(np.nanmax(np.abs(here - there), initial=0.0))
    return result


def _has_names(X: Any) -> bool:
    return isinstance(X, pd.DataFrame) or (isinstance(X, pd.Series) and X.name is not None)


def _frame(X: Any) -> pd.DataFrame:
    if sparse.issparse(X):
        frame: pd.DataFrame = cast(Any, pd.DataFrame).sparse.from_spmatrix(X)
    else:
        frame = pd.DataFrame(X if isinstance(X, pd.DataFrame | pd.Series) else np.asarray(X))
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _values(column: pd.Series) -> npt.NDArray[Any]:
    """Numbers of any type as floats; everything else as objects."""
    if types.is_object_dtype(column):
        column = pd.Series(column.tolist(), dtype=object).infer_objects()
    if types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return column.to_numpy(dtype=object)
