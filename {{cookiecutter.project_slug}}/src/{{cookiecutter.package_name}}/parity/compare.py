"""Compares rows and features of this repository with the notebook's, value for value."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types
from scipy import sparse

Rows = npt.NDArray[np.intp]
Split = tuple[int, Rows, Rows]


def pieces(kept: Rows, raw: int, splits: Sequence[Split]) -> list[Rows]:
    """Positions of all rows of the prepared table, and of those in each part of each split.

    Args:
        kept: the prepared rows' positions in the raw table.
        raw: how many rows that has.
        splits: number of rows, positions of the train and of the test rows; one after the other,
            so that a split of what an earlier one left is recognised by its number of rows.
    """
    found = [np.arange(raw), kept]
    for rows, train, test in splits:
        parent = next((part for part in reversed(found) if len(part) == rows), None)
        if parent is not None:
            found += [parent[test], parent[train]]
    positions = [pd.Index(kept).get_indexer(pd.Index(part)) for part in found]
    return [part[part >= 0] for part in positions]


def find(parts: Sequence[Rows], ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> Rows | None:
    """The rows that a target of the notebook's is of: the last part whose target it is.

    If it is no part's, the last one of as many rows.
    """
    candidates = [part for part in reversed(parts) if len(part) == len(theirs)]
    right = (part for part in candidates if renaming(ours[part], theirs) is not None)
    return next(right, candidates[0] if candidates else None)


def renaming(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> dict[Any, Any] | None:
    """Map each of our values to the notebook's, if they correspond one to one; otherwise None."""
    codes, names = pd.factorize(ours)
    their_codes, their_names = pd.factorize(theirs)
    if not np.array_equal(codes, their_codes):
        return None
    return dict(zip(names.tolist(), their_names.tolist(), strict=True))


def compare_target(
    ours: npt.NDArray[Any], theirs: npt.NDArray[Any], classes: bool
) -> dict[str, Any]:
    """Compare two targets; classes may have other names.

    Args:
        ours: of this repository.
        theirs: the notebook's.
        classes: whether the values are classes.
    """
    difference = compare_column(pd.Series(ours), pd.Series(theirs))
    names = renaming(ours, theirs)
    if difference["equal"] or not classes or names is None:
        return difference
    return {"equal": False, "renamed": {str(key): value for key, value in names.items()}}


def compare(ours: Any, theirs: Any) -> dict[str, Any]:
    """Compare two tables of features: shape, names, their order, each column's values.

    Where one of them has no names, columns are compared by position.
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
    """Numbers as floats, whatever their type was; everything else as objects."""
    if types.is_object_dtype(column):
        column = pd.Series(column.tolist(), dtype=object).infer_objects()
    if types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return column.to_numpy(dtype=object)
