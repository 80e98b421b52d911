"""A table: what a pandas DataFrame does on rows that are numbered from 0."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..base import Unknown
from .columns import (
    ACCESSORS,
    NUMBERS,
    Array,
    Column,
    Rows,
    all_rows,
    array_of,
    chosen,
    column,
    inferred,
    objects,
    truths,
)
from .texts import Texts

Columns = dict[Any, Column]

TEXT = str  # which is a property's name within `Names`

set_attribute = object.__setattr__  # where `Table` itself would set a column


def table(columns: Columns, rows: int) -> "Table":
    """A table of columns, which from then on are its own."""
    made = Table.__new__(Table)
    set_attribute(made, "parts_", columns)
    set_attribute(made, "rows_", rows)
    return made


class Names(list[Any]):
    """The names of a table's columns."""

    __hash__: ClassVar[None]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray):
            taken = _mask(key, len(self))
            return Names(name for name, here in zip(self, taken, strict=True) if here)
        found = super().__getitem__(key)
        return Names(found) if isinstance(key, slice) else found

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Iterable) and not isinstance(other, TEXT):
            raise Unknown("DataFrame.columns beside others")
        return np.array([name == other for name in self], dtype=bool)

    def __ne__(self, other: object) -> Any:
        return ~(self == other)

    def isin(self, values: Iterable[Any]) -> npt.NDArray[np.bool_]:
        """Which of them are among some."""
        among = set(listed(values))
        return np.array([name in among for name in self], dtype=bool)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unknown(f"DataFrame.columns.{name}")

    def __add__(self, other: Any) -> Any:
        raise Unknown("DataFrame.columns in a sum")

    @property
    def str(self) -> Any:
        """Texts' own methods, which give names."""
        return OfNames(Texts(column(objects(self))))

    def tolist(self) -> list[Any]:
        """A list of them."""
        return list(self)

    to_list = tolist

    @property
    def values(self) -> Array:
        """An array of them."""
        return objects(self)

    def drop(self, names: Any) -> "Names":
        """Without some."""
        gone = listed(names)
        if any(name not in self for name in gone):
            raise KeyError(f"{gone} not found in axis")
        return Names(name for name in self if name not in gone)

    def difference(self, other: Iterable[Any]) -> "Names":
        """Those that are not among others, sorted."""
        left = set(self) - set(listed(other))
        if not all(isinstance(name, TEXT) for name in left):
            raise Unknown("DataFrame.columns.difference of such names")
        return Names(sorted(left))

    def map(self, how: Callable[[Any], Any]) -> "Names":
        """Other names."""
        return Names(how(name) for name in self)


class OfNames:
    """`DataFrame.columns.str`.

    Args:
        texts: the names.
    """

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.texts, name)

        def of_names(*args: Any, **options: Any) -> Any:
            found = method(*args, **options)
            return found.cells if found.cells.dtype.kind == "b" else Names(found.tolist())

        return of_names


def _mask(key: Array, count: int) -> list[bool]:
    """Which of so many are taken."""
    if key.dtype != bool or key.shape != (count,):
        raise Unknown("columns by an array of other values")
    return key.tolist()  # type: ignore[no-any-return]


def listed(names: Any) -> list[Any]:
    """One name, or several, as a list."""
    if isinstance(names, list | tuple | Names):
        return list(names)
    if isinstance(names, str | int):
        return [names]
    if hasattr(names, "matrix"):
        raise Unknown("names that are a matrix")
    return list(names)


class Table:
    """Columns by name."""

    __slots__ = ("parts_", "rows_")
    __hash__: ClassVar[None]  # type: ignore[assignment]
    parts_: Columns
    rows_: int

    def __init__(
        self, data: Any = None, index: Any = None, columns: Any = None, dtype: Any = None
    ) -> None:
        if dtype is not None:
            raise Unknown("DataFrame with dtype")
        names = None if columns is None else list(columns)
        data = np.asarray(data) if hasattr(data, "matrix") else data
        parts: Columns
        match data:
            case Table():
                rows = data.rows_
                chosen = data.parts_ if names is None else data[names].parts_
                parts = dict(chosen)
            case np.ndarray() if data.ndim == 2:
                rows = len(data)
                names = list(range(data.shape[1])) if names is None else names
                if len(names) != data.shape[1]:
                    raise ValueError("other columns")
                if data.dtype.kind in "biuf":  # one copy, of which each column is a part
                    parts = {
                        name: column(cells, name)
                        for name, cells in zip(names, data.T.copy(), strict=True)
                    }
                else:
                    parts = {
                        name: column(array_of(data[:, at].copy(), rows), name)
                        for at, name in enumerate(names)
                    }
            case dict() if data and names is None:
                sized = [each for each in data.values() if hasattr(each, "__len__")]
                sized = [each for each in sized if not isinstance(each, str)]
                if not sized:
                    raise Unknown("DataFrame of single values")
                rows = len(sized[0])
                parts = {name: made(each, rows, name) for name, each in data.items()}
            case None if names is None:  # its first column says how many rows there are
                parts, rows = {}, 0
            case _:
                raise Unknown("DataFrame of such values")
        if index is not None and not (isinstance(index, Rows) and len(index) == rows):
            raise Unknown("DataFrame with an index")
        if len(parts) != (len(names) if names is not None else len(parts)):
            raise Unknown("columns of one name")
        set_attribute(self, "parts_", parts)
        set_attribute(self, "rows_", rows)

    # columns

    def __len__(self) -> int:
        return self.rows_

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.parts_))

    def __contains__(self, name: Any) -> bool:
        return name in self.parts_

    def __bool__(self) -> bool:
        raise Unknown("the truth of a DataFrame")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.parts_ and not hasattr(pd.DataFrame, name):
            return self[name]
        raise Unknown(f"DataFrame.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "columns":
            names = list(value)
            if len(names) != len(self.parts_):
                raise ValueError("another number of columns")
            self._become(dict(zip(names, self.parts_.values(), strict=True)), len(names))
        elif name == "index":
            if not np.array_equal(np.asarray(value), np.arange(self.rows_)):
                raise Unknown("another index")
        elif name in self.parts_ and not hasattr(pd.DataFrame, name):
            self[name] = value
        else:
            raise Unknown("an attribute of a DataFrame")

    def __getitem__(self, key: Any) -> Any:
        if type(key) is str:
            of = self.parts_[key]
            return column(of.cells, key, of.kinds)
        if isinstance(key, list):
            if len(set(key)) < len(key):
                raise Unknown("columns of one name")
            return table({name: self.parts_[name] for name in key}, self.rows_)
        if isinstance(key, Column | np.ndarray):
            all_rows(key, self.rows_)
            return self.copy()
        if isinstance(key, slice | Table) or not isinstance(key, str | int | tuple):
            raise Unknown("some rows of a DataFrame")
        return column(self.parts_[key].cells, key, self.parts_[key].kinds)

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, list):
            if not isinstance(key, str | int):
                raise Unknown("a DataFrame's item of other kinds")
            if not self.parts_:
                if not isinstance(value, Column | np.ndarray | list):
                    raise Unknown("an empty DataFrame's item of other kinds")
                set_attribute(self, "rows_", len(value))
            self.parts_[key] = made(value, self.rows_, key)
            return
        match value:
            case Table() if len(value.parts_) == len(key) and value.rows_ == self.rows_:
                parts: Iterable[Any] = value.parts_.values()
            case np.ndarray() if value.shape == (self.rows_, len(key)):
                parts = value.T.copy()
            case str() | int() | float():
                parts = [value] * len(key)
            case _:
                raise Unknown("several columns of such values")
        for name, part in zip(key, parts, strict=True):
            self.parts_[name] = made(part, self.rows_, name)

    def __delitem__(self, name: Any) -> None:
        del self.parts_[name]

    def pop(self, name: Any) -> Column:
        """A column, which goes."""
        found = self[name]
        del self.parts_[name]
        return found  # type: ignore[no-any-return]

    def get(self, name: Any, default: Any = None) -> Any:
        """A column, or something else where it is not there."""
        return self[name] if name in self.parts_ else default

    def insert(self, loc: int, column: Any, value: Any) -> None:
        """Set a column at a place."""
        if column in self.parts_:
            raise ValueError("it is there already")
        names = list(self.parts_)
        names.insert(loc, column)
        self[column] = value
        self._become({name: self.parts_[name] for name in names})

    def _become(self, parts: Columns, count: int | None = None) -> None:
        if count is not None and len(parts) < count:
            raise Unknown("columns of one name")
        set_attribute(self, "parts_", parts)

    def _given(self, parts: Columns, inplace: bool, count: int | None = None) -> Any:
        if not inplace:
            found = table({}, self.rows_)
            found._become(parts, count)
            return found
        self._become(parts, count)
        return None

    @property
    def columns(self) -> Names:
        """The names."""
        return Names(self.parts_)

    @property
    def index(self) -> Rows:
        """The rows' numbers."""
        return Rows(self.rows_)

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns."""
        return self.rows_, len(self.parts_)

    @property
    def empty(self) -> bool:
        """Whether there is nothing."""
        return not self.parts_ or not self.rows_

    @property
    def loc(self) -> "Places":
        """Parts by name."""
        return Places(self)

    @property
    def iloc(self) -> "Numbered":
        """Parts by number."""
        return Numbered(self)

    def copy(self, deep: bool = True) -> "Table":
        """The same columns."""
        return table(dict(self.parts_), self.rows_)

    def reset_index(self, drop: bool = False, inplace: bool = False) -> Any:
        """The same rows, which are numbered already."""
        if not drop:
            raise Unknown("DataFrame.reset_index without drop")
        return self._given(dict(self.parts_), inplace)

    def drop(
        self,
        labels: Any = None,
        axis: Any = 0,
        index: Any = None,
        columns: Any = None,
        inplace: bool = False,
        errors: str = "raise",
    ) -> Any:
        """Without some columns."""
        if columns is None:
            if axis not in (1, "columns"):
                raise Unknown("DataFrame.drop of rows")
            columns = labels
        elif index is not None or labels is not None:
            raise Unknown("DataFrame.drop of rows")
        gone = listed(columns)
        strange = [name for name in gone if name not in self.parts_]
        if strange and errors != "ignore":
            raise KeyError(f"{strange} not found in axis")
        return self._given({n: each for n, each in self.parts_.items() if n not in gone}, inplace)

    def rename(
        self, mapper: Any = None, columns: Any = None, axis: Any = 0, inplace: bool = False
    ) -> Any:
        """Other names for some columns."""
        if columns is None:
            if axis not in (1, "columns"):
                raise Unknown("DataFrame.rename of rows")
            columns = mapper
        if callable(columns):
            parts = {columns(name): each for name, each in self.parts_.items()}
        elif isinstance(columns, dict):
            parts = {columns.get(name, name): each for name, each in self.parts_.items()}
        else:
            raise Unknown("DataFrame.rename in such a way")
        return self._given(parts, inplace, len(self.parts_))

    def reindex(self, columns: Any = None, fill_value: Any = np.nan) -> "Table":
        """These columns, with a value where there are none."""
        if columns is None:
            raise Unknown("DataFrame.reindex of rows")
        filled = {name: self.parts_.get(name) for name in columns}
        return table(
            {
                name: made(fill_value, self.rows_, name) if each is None else each
                for name, each in filled.items()
            },
            self.rows_,
        )

    def filter(
        self, items: Any = None, like: Any = None, regex: Any = None, axis: Any = None
    ) -> "Table":
        """Columns by name."""
        if axis not in (None, 1, "columns"):
            raise Unknown("DataFrame.filter of rows")
        if items is not None:
            return self[[name for name in items if name in self.parts_]]  # type: ignore[no-any-return]
        if like is not None:
            return self[[name for name in self.parts_ if like in str(name)]]  # type: ignore[no-any-return]
        return self[[name for name in self.parts_ if re.search(regex, str(name))]]  # type: ignore[no-any-return]

    def assign(self, **values: Any) -> "Table":
        """More columns."""
        found = self.copy()
        for name, value in values.items():
            found[name] = value(found) if callable(value) else value
        return found

    def select_dtypes(self, include: Any = None, exclude: Any = None) -> "Table":
        """The columns of numbers, or the others."""
        kind = include if exclude is None else exclude
        kinds = (
            {*map(_of_kind, listed(kind))} if isinstance(kind, list | tuple) else {_of_kind(kind)}
        )
        wanted = exclude is None
        _refuse_gaps(self.parts_.values())
        return self[  # type: ignore[no-any-return]
            [n for n, c in self.parts_.items() if any(is_of(c) for is_of in kinds) is wanted]
        ]

    def dropna(self, axis: Any = 0, subset: Any = None, inplace: bool = False, **_: Any) -> Any:
        """The same rows, if nothing is missing."""
        if axis != 0:
            raise Unknown("DataFrame.dropna of columns")
        for name in self.parts_ if subset is None else listed(subset):
            all_rows(self.parts_[name].notna(), self.rows_)
        return self._given(dict(self.parts_), inplace)

    def drop_duplicates(self, *_: Any, inplace: bool = False, **__: Any) -> Any:
        """The same row, if there is one."""
        if self.rows_ != 1:
            raise Unknown("DataFrame.drop_duplicates of several rows")
        return self._given(dict(self.parts_), inplace)

    # values

    def _all(self, work: Callable[[Column], Column], inplace: bool = False) -> Any:
        return self._given({name: work(self[name]) for name in self.parts_}, inplace)

    def fillna(self, value: Any = None, inplace: bool = False) -> Any:
        """Values in place of those that are missing."""
        from .constants import Constant

        if isinstance(value, Constant):
            value = value.as_dict()
        if not isinstance(value, Mapping):
            return self._all(lambda each: each.fillna(value), inplace)
        by_name: Mapping[Any, Any] = value
        return self._all(
            lambda each: each.fillna(by_name[each.name]) if each.name in by_name else each, inplace
        )

    def replace(self, to_replace: Any, value: Any = ..., inplace: bool = False) -> Any:
        """Values for others, in every column that can have them."""
        old, new = to_replace, value
        keys = list(old) if isinstance(old, dict) else listed(old)
        if any(isinstance(key, Column) for key in keys):
            raise Unknown("DataFrame.replace in such a way")
        if isinstance(old, dict) and any(isinstance(each, dict) for each in old.values()):
            if not set(old) <= set(self.parts_) or new is not ...:
                raise Unknown("DataFrame.replace in such a way")
            return self._all(
                lambda each: each.replace(old[each.name]) if each.name in old else each, inplace
            )
        return self._all(lambda each: each.replace(old, new), inplace)

    def astype(self, kind: Any) -> "Table":
        """Values of other types."""
        if not isinstance(kind, dict):
            return self._all(lambda each: each.astype(kind))  # type: ignore[no-any-return]
        if strange := set(kind) - set(self.parts_):
            raise KeyError(f"{strange} not found")
        return self._all(  # type: ignore[no-any-return]
            lambda each: each.astype(kind[each.name]) if each.name in kind else each
        )

    def infer_objects(self) -> "Table":
        """Values of the types that they have."""
        return self._all(lambda each: each.infer_objects())  # type: ignore[no-any-return]

    def isna(self) -> "Table":
        """Where a value is missing."""
        return self._all(lambda each: each.isna())  # type: ignore[no-any-return]

    isnull = isna

    def notna(self) -> "Table":
        """Where a value is not missing."""
        return self._all(lambda each: each.notna())  # type: ignore[no-any-return]

    notnull = notna

    def round(self, decimals: int = 0) -> "Table":
        """Rounded numbers; other columns as they are."""
        return self._all(  # type: ignore[no-any-return]
            lambda each: each.round(decimals) if _has_numbers(each) and not each.kinds else each
        )

    def clip(self, lower: Any = None, upper: Any = None) -> "Table":
        """Values within bounds."""
        return self._all(lambda each: each.clip(lower, upper))  # type: ignore[no-any-return]

    def apply(self, how: Callable[..., Any], axis: Any = 0, args: Sequence[Any] = ()) -> Any:
        """What a function gives for each row, or for each column."""
        if not callable(how) or isinstance(how, np.ufunc):
            raise Unknown("DataFrame.apply of no function")
        if axis in (1, "columns"):
            rows = [Row(self, at) for at in range(self.rows_)]
            return column(inferred([how(row, *args) for row in rows]))
        parts = {name: how(self[name], *args) for name in self.parts_}
        if not all(isinstance(each, Column) for each in parts.values()):
            raise Unknown("DataFrame.apply to a column's one value")
        return table(parts, self.rows_)

    def map(self, how: Callable[[Any], Any]) -> "Table":
        """What a function gives for each value."""
        return self._all(lambda each: each.apply(how))  # type: ignore[no-any-return]

    def to_dict(self, orient: str = "dict") -> Any:
        """Each row as a dict."""
        if orient != "records":
            raise Unknown("DataFrame.to_dict by columns")
        lists = [each._elements() for each in self.parts_.values()]
        return [dict(zip(self.parts_, row, strict=True)) for row in zip(*lists, strict=True)]

    def iterrows(self) -> Iterator[tuple[int, "Row"]]:
        """Each row with its number."""
        return ((at, Row(self, at)) for at in range(self.rows_))

    @property
    def values(self) -> Array:
        """The matrix."""
        return self.__array__()

    def to_numpy(self, dtype: Any = None) -> Array:
        """The matrix."""
        return self.__array__(dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        kind = _common(self.parts_.values())
        found = np.empty((self.rows_, len(self.parts_)), dtype=kind)
        for at, each in enumerate(self.parts_.values()):
            found[:, at] = each.decoded()
        return found if dtype is None else found.astype(dtype)

    def __array_function__(self, function: Any, _: Any, args: Any, options: Any) -> Any:
        return column(np.zeros(0)).__array_function__(
            function, _, *((_plain(args), _plain(options)))
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **options: Any) -> Any:
        if len(inputs) != 1:
            raise Unknown(f"numpy.{ufunc.__name__} of a DataFrame")
        return self._all(lambda each: getattr(ufunc, method)(each, **options))

    # over a row

    def _matrix(self) -> npt.NDArray[Any]:
        if not all(_has_numbers(each) or each.cells.dtype == bool for each in self.parts_.values()):
            raise Unknown("a sum over values that are no numbers")
        if any(each.kinds for each in self.parts_.values()):
            raise Unknown("a sum over categories")
        return np.column_stack([each.cells for each in self.parts_.values()])

    def _over(self, axis: Any, work: Callable[[Array], Array]) -> Column:
        if axis not in (1, "columns") or not self.parts_:
            raise Unknown("what takes many rows")
        return column(work(self._matrix()))

    def sum(self, axis: Any = 0) -> Column:
        """The sum of each row."""
        return self._over(axis, lambda matrix: np.nansum(matrix, axis=1))

    def mean(self, axis: Any = 0) -> Column:
        """The mean of each row."""
        return self._over(axis, lambda matrix: _mean(matrix.astype(float)))

    def max(self, axis: Any = 0) -> Column:
        """The largest number of each row."""
        return self._over(axis, lambda matrix: np.fmax.reduce(matrix, axis=1))

    def min(self, axis: Any = 0) -> Column:
        """The smallest number of each row."""
        return self._over(axis, lambda matrix: np.fmin.reduce(matrix, axis=1))

    def any(self, axis: Any = 0) -> Column:
        """Whether one of a row's truths holds."""
        return self._truths(axis, lambda matrix: np.asarray(matrix.any(axis=1)))

    def all(self, axis: Any = 0) -> Column:
        """Whether all of a row's truths hold."""
        return self._truths(axis, lambda matrix: np.asarray(matrix.all(axis=1)))

    def _truths(self, axis: Any, work: Callable[[Array], Array]) -> Column:
        if any(each.cells.dtype != bool for each in self.parts_.values()):
            raise Unknown("the truth of other values")
        return self._over(axis, work)

    # with another table

    def __eq__(self, other: object) -> Any:
        return self._all(lambda each: each == other)

    def __ne__(self, other: object) -> Any:
        return self._all(lambda each: each != other)

    def join(self, other: "Table") -> "Table":
        """The columns of another table beside these."""
        if not isinstance(other, Table) or set(other.parts_) & set(self.parts_):
            raise Unknown("DataFrame.join in such a way")
        return table(self.parts_ | other.parts_, self.rows_)


class Row:
    """One row, for a function of rows."""

    def __init__(self, of: Table, at: int) -> None:
        self._of, self._at = of, at
        kinds = {each.cells.dtype.kind for each in of.parts_.values()}
        has_kinds = any(each.kinds for each in of.parts_.values())
        self._type = None
        if kinds <= set(NUMBERS) and not has_kinds:
            self._type = np.result_type(*(each.cells for each in of.parts_.values()))
        self.name = at

    def __getitem__(self, name: Any) -> Any:
        if not isinstance(name, str | int):
            raise Unknown("several values of a row")
        if isinstance(name, int) and name not in self._of.parts_:
            raise Unknown("a value of a row by its number")
        each = self._of.parts_[name]
        if self._type is not None:
            return self._type.type(each.cells[self._at])
        if each.kinds or each.cells.dtype.kind in "mMO":
            return each._elements()[self._at]
        return each.cells[self._at].item()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._of.parts_ and not hasattr(pd.Series, name):
            return self[name]
        raise Unknown(f"a row's {name}")

    def __contains__(self, name: Any) -> bool:
        return name in self._of.parts_


class Places:
    """`DataFrame.loc`."""

    def __init__(self, of: Table) -> None:
        self.of = of

    def __getitem__(self, key: Any) -> Any:
        rows, names = key if isinstance(key, tuple) else (key, slice(None))
        if not (isinstance(rows, slice) and rows == slice(None)):
            all_rows(rows, self.of.rows_)
        if isinstance(names, np.ndarray) and names.dtype == bool:
            names = self.of.columns[names]
        if not isinstance(names, slice):
            return self.of[names]
        order = list(self.of.parts_)
        if names.step is not None:
            raise Unknown("DataFrame.loc in such a way")
        start = 0 if names.start is None else order.index(names.start)
        stop = len(order) if names.stop is None else order.index(names.stop) + 1
        return self.of[order[start:stop]]

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, tuple) or len(key) != 2 or not isinstance(key[1], str | int):
            raise Unknown("DataFrame.loc in such a way")
        rows, name = key
        if isinstance(rows, slice) and rows == slice(None):
            there = np.ones(self.of.rows_, dtype=bool)
        else:
            there = truths(rows, self.of.rows_)
        if name not in self.of.parts_:
            raise Unknown("a new column by DataFrame.loc")
        of = self.of[name]
        changed = chosen(there, value, of.cells)
        if of.kinds or changed.dtype != of.cells.dtype:
            raise Unknown("a value of another type by DataFrame.loc")
        self.of[name] = of.with_array(changed)


class Numbered:
    """`DataFrame.iloc`."""

    def __init__(self, of: Table) -> None:
        self.of = of

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, tuple) or not (isinstance(key[0], slice) and key[0] == slice(None)):
            raise Unknown("rows by number")
        order = list(self.of.parts_)
        chosen = key[1]
        if isinstance(chosen, int):
            return self.of[order[chosen]]
        if isinstance(chosen, slice):
            return self.of[order[chosen]]
        return self.of[[order[at] for at in chosen]]


def made(value: Any, rows: int, name: Any) -> Column:
    """A column of whatever it is set to."""
    if isinstance(value, Table):
        if len(value.parts_) != 1:
            raise Unknown("a table as a column")
        (value,) = value.parts_.values()
    if isinstance(value, Column):
        if len(value.cells) != rows:
            raise Unknown("a column of another length")
        return column(value.cells, name, value.kinds)
    if hasattr(value, "matrix"):
        value = np.asarray(value)
    return column(array_of(value, rows), name)


# Types of the columns that a table of a service holds, by the names that pandas gives them.
_WIDTHS = {"float64": "f", "float": "f", "int64": "i", "int": "i", "bool": "b"}


def _of_kind(name: Any) -> Callable[[Column], bool]:
    """What tells whether `select_dtypes` finds a column by a type."""
    if name is np.number or (isinstance(name, str) and name == "number"):
        return _is_number
    if name is object or (isinstance(name, str) and name in ("object", "O")):
        return _is_object
    if isinstance(name, str) and name in _WIDTHS:
        return partial(_is_of, _WIDTHS[name])
    raise Unknown("DataFrame.select_dtypes in such a way")


def _is_of(kind: str, each: Column) -> bool:
    return each.cells.dtype.kind == kind and not each.kinds


def _is_number(each: Column) -> bool:
    return _has_numbers(each) and not each.kinds


def _is_object(each: Column) -> bool:
    return each.cells.dtype.kind == "O" and not each.kinds


def _refuse_gaps(columns: Iterable[Column]) -> None:
    """Refuse to tell the type of gaps only, which may be numbers to pandas."""
    if any(_is_object(each) and each.isna().cells.all() for each in columns):
        raise Unknown("the type of gaps")


def _has_numbers(each: Column) -> bool:
    return each.cells.dtype.kind in NUMBERS


def _common(columns: Iterable[Column]) -> Any:
    kinds = set()
    types = []
    for each in columns:
        kinds.add("O" if each.kinds else each.cells.dtype.kind)
        types.append(each.cells.dtype)
    if kinds <= set(NUMBERS) or kinds == {"b"}:
        return np.result_type(*types)
    if kinds & set("mM"):
        raise Unknown("a matrix with times")
    return object


def _mean(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    there = ~np.isnan(matrix)
    return np.asarray(np.where(there, matrix, 0).sum(axis=1) / there.sum(axis=1))


def _plain(value: Any) -> Any:
    if isinstance(value, Table):
        return value.__array__()
    if isinstance(value, list | tuple):
        return type(value)(_plain(each) for each in value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


ACCESSORS["table"] = table
