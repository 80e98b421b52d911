"""A column: what a pandas Series does on rows that are numbered from 0."""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..base import Unknown

Array = npt.NDArray[Any]

NUMBERS = "iuf"
ACCESSORS: dict[str, Any] = {}  # what other modules add to a column
MISSING = (float, type(None))  # what a gap may be among texts
str_ = str  # which is a property's name within a column


class Kinds:
    """The categories of a column whose values are their numbers, -1 where one is missing.

    Attributes:
        numbers: of the members.
        texts: whether they are texts only.
        kept: what was made of them for one row, for the next.
    """

    __slots__ = ("kept", "members", "numbers", "ordered", "texts")

    def __init__(self, members: tuple[Any, ...], ordered: bool = False) -> None:
        self.members = members
        self.ordered = ordered
        self.numbers = {value: number for number, value in enumerate(members)}
        self.texts = all(type(value) is str for value in members)
        self.kept: dict[Any, Any] = {}


class Rows:
    """The index of all tables and columns: rows numbered from 0."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    @property
    def values(self) -> Array:
        """An array of them."""
        return np.arange(self.count)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.arange(self.count, dtype=dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unknown(f"an index's {name}")


def column(values: Array, name: Any = None, kinds: Kinds | None = None) -> "Column":
    """A column of an array, as it is."""
    made = Column.__new__(Column)
    made.cells, made.name, made.kinds = values, name, kinds
    return made


class Column:
    """A named array; `kinds` is set if it holds numbers of categories."""

    __slots__ = ("cells", "kinds", "name")
    __hash__: ClassVar[None]  # type: ignore[assignment]
    cells: Array
    name: Any
    kinds: Kinds | None

    def __init__(
        self, data: Any = None, index: Any = None, name: Any = None, dtype: Any = None
    ) -> None:
        if isinstance(data, Column):
            self.cells, self.kinds, given = data.cells, data.kinds, data.name
        else:
            rows = len(index) if index is not None else len(data)
            self.cells, self.kinds, given = array_of(data, rows), None, None
        if index is not None and not (isinstance(index, Rows) and len(index) == len(self.cells)):
            raise Unknown("Series with an index")
        self.name = given if name is None else name
        if dtype is not None:
            self.cells = self.astype(dtype).cells

    # what it is

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __bool__(self) -> bool:
        raise Unknown("the truth of a Series")

    def __contains__(self, _: Any) -> bool:
        raise Unknown("`in` a Series")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unknown(f"Series.{name}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        values = self.decoded()
        return values.copy() if dtype is None else values.astype(dtype)

    @property
    def values(self) -> Array:
        """A copy of the array."""
        if self.kinds:
            raise Unknown("Series.values of categories")
        return self.cells.copy()

    def to_numpy(self, dtype: Any = None) -> Array:
        """A copy of the array."""
        return self.__array__(dtype)

    def tolist(self) -> list[Any]:
        """Plain values."""
        if self.cells.dtype.kind in "mM":
            return self._elements()
        return list(self.decoded().tolist())

    to_list = tolist

    @property
    def dtype(self) -> Any:
        """The type of numbers, truths and times."""
        if self.kinds or self.cells.dtype.kind == "O":
            raise Unknown("Series.dtype of texts")
        return self.cells.dtype

    @property
    def index(self) -> Rows:
        """The rows' numbers."""
        return Rows(len(self.cells))

    @property
    def shape(self) -> tuple[int]:
        """How many rows there are."""
        return (len(self.cells),)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.cells)

    @property
    def iloc(self) -> "Column":
        """Itself, for a row by its number."""
        return self

    loc = iloc

    @property
    def str(self) -> Any:
        """Texts' own methods."""
        return ACCESSORS["str"](self)

    @property
    def dt(self) -> Any:
        """Times' own methods."""
        return ACCESSORS["dt"](self)

    @property
    def cat(self) -> Any:
        """Categories' own methods."""
        return Categories(self)

    def decoded(self) -> Array:
        """The array, with categories in place of their numbers."""
        if not self.kinds:
            return self.cells
        known = (*self.kinds.members, np.nan)  # which -1 leads to
        return inferred([known[code] for code in self.cells.tolist()])

    def with_array(self, values: Array) -> "Column":
        """A column of the same name."""
        return column(values, self.name)

    # rows

    def __getitem__(self, key: Any) -> Any:
        match key:
            case bool() | np.bool_():
                raise Unknown("a Series at a truth")
            case int() | np.integer() if 0 <= key < len(self.cells):
                return self._elements()[key] if self.kinds else self.cells[key]
            case slice() if key == slice(None):
                return self.copy()
            case Column() | np.ndarray():
                all_rows(key, len(self.cells))
                return self.copy()
        raise Unknown("some rows of a Series")

    def __setitem__(self, key: Any, value: Any) -> None:
        self.cells = self.mask(truths(key, len(self.cells)), value).cells

    def copy(self, deep: bool = True) -> "Column":
        """The same values."""
        return column(self.cells, self.name, self.kinds)  # no array is ever changed

    def reset_index(self, drop: bool = False) -> "Column":
        """The same rows, which are numbered already."""
        if not drop:
            raise Unknown("Series.reset_index without drop")
        return self.copy()

    def rename(self, name: Any) -> "Column":
        """Another name."""
        if callable(name) or not isinstance(name, str_ | int):
            raise Unknown("Series.rename of rows")
        return column(self.cells, name, self.kinds)

    def to_frame(self, name: Any = None) -> Any:
        """A table of one column."""
        return ACCESSORS["table"]({self.name if name is None else name: self}, len(self.cells))

    def dropna(self) -> "Column":
        """The same rows, if none is missing."""
        all_rows(self.notna(), len(self.cells))
        return self.copy()

    # arithmetic, comparison and logic

    def _operate(self, other: Any, work: Callable[[Any, Any], Any], turned: bool = False) -> Any:
        right = operand(other, len(self.cells))
        if right is NotImplemented:
            return NotImplemented
        if self.kinds:
            raise Unknown("arithmetic with categories")
        a, b = (right, self.cells) if turned else (self.cells, right)
        ours, theirs = kind_of(a), kind_of(b)
        if ours in "biuf" and theirs in "biuf" and ours + theirs != "bb":
            if work in (operator.floordiv, operator.mod) and not np.all(b):
                raise Unknown("a division by zero")
            if work is operator.pow and ours + theirs != "ff" and "f" not in ours + theirs:
                raise Unknown("a power of whole numbers")
        elif not (ours + theirs in ("MM", "Mm", "mM", "mm") and work in TIMES):
            if work is operator.add and is_texts(a) and is_texts(b):
                return self.with_array(objects(map(operator.add, *both(a, b, len(self.cells)))))
            raise Unknown(f"{work.__name__} of such values")
        return self.with_array(work(a, b))

    def _compare(self, other: Any, work: Callable[[Any, Any], Any]) -> Any:
        right = operand(other, len(self.cells))
        if right is NotImplemented:
            return NotImplemented
        if self.kinds and (isinstance(right, np.ndarray) or work not in (operator.eq, operator.ne)):
            raise Unknown("a comparison of categories")
        left = self.decoded()
        ours, theirs = kind_of(left), kind_of(right)
        if (ours in "biuf" and theirs in "biuf") or (ours == theirs and ours in "mM"):
            return self.with_array(np.asarray(work(left, right), dtype=bool))
        if ours == "O" and (theirs in "OU" or work in (operator.eq, operator.ne)):
            other_way = work is operator.ne
            pairs = list(zip(*both(left, right, len(self.cells)), strict=True))
            if work not in (operator.eq, operator.ne) and not all(
                type(a) is str_ is type(b) for a, b in pairs
            ):
                raise Unknown("an order of such values")
            found = [
                other_way if is_missing(a) or is_missing(b) else bool(work(a, b)) for a, b in pairs
            ]
            return self.with_array(np.array(found, dtype=bool))
        raise Unknown("a comparison of such values")

    def _logic(self, other: Any, work: Callable[[Any, Any], Any]) -> Any:
        right = operand(other, len(self.cells))
        if right is NotImplemented:
            return NotImplemented
        if self.kinds or self.cells.dtype.kind != "b" or kind_of(right) != "b":
            raise Unknown("logic of values that are no truths")
        return self.with_array(work(self.cells, right))

    def __add__(self, other: Any) -> Any:
        return self._operate(other, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._operate(other, operator.add, True)

    def __sub__(self, other: Any) -> Any:
        return self._operate(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._operate(other, operator.sub, True)

    def __mul__(self, other: Any) -> Any:
        return self._operate(other, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        return self._operate(other, operator.mul, True)

    def __truediv__(self, other: Any) -> Any:
        return self._operate(other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Any:
        return self._operate(other, operator.truediv, True)

    def __floordiv__(self, other: Any) -> Any:
        return self._operate(other, operator.floordiv)

    def __mod__(self, other: Any) -> Any:
        return self._operate(other, operator.mod)

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, int) and other >= 0 and self.cells.dtype.kind in NUMBERS:
            return self.with_array(self.cells**other)
        return self._operate(other, operator.pow)

    def __eq__(self, other: object) -> Any:
        return self._compare(other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compare(other, operator.ne)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, operator.ge)

    def __and__(self, other: Any) -> Any:
        return self._logic(other, operator.and_)

    def __or__(self, other: Any) -> Any:
        return self._logic(other, operator.or_)

    def __xor__(self, other: Any) -> Any:
        return self._logic(other, operator.xor)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
    add, sub, mul, div, truediv = __add__, __sub__, __mul__, __truediv__, __truediv__
    eq, ne, lt, le, gt, ge, pow = __eq__, __ne__, __lt__, __le__, __gt__, __ge__, __pow__

    def __invert__(self) -> "Column":
        if self.kinds or self.cells.dtype.kind != "b":
            raise Unknown("`~` of values that are no truths")
        return self.with_array(~self.cells)

    def __neg__(self) -> "Column":
        return self.with_array(-self.numbers())

    def __abs__(self) -> "Column":
        return self.with_array(np.abs(self.numbers()))

    abs = __abs__

    def numbers(self) -> Array:
        """The array, if it holds numbers."""
        if self.kinds or self.cells.dtype.kind not in NUMBERS:
            raise Unknown("values that are no numbers")
        return self.cells

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            raise Unknown(f"numpy.{ufunc.__name__}.{method}")
        if ufunc in OPERATORS:
            left, right = inputs
            work = OPERATORS[ufunc]
            if isinstance(left, Column):
                return work(left, right)
            if work in TURNED:
                return TURNED[work](right, left)
            return right._operate(left, work, True)
        if ufunc not in FUNCTIONS:
            raise Unknown(f"numpy.{ufunc.__name__}")
        given = [each.numbers() if isinstance(each, Column) else each for each in inputs]
        if any(kind_of(each) not in NUMBERS for each in given):
            raise Unknown(f"numpy.{ufunc.__name__} of such values")
        return self.with_array(ufunc(*given))

    def __array_function__(self, function: Any, _: Any, args: Any, options: Any) -> Any:
        name = function.__name__
        if name in ("clip", "round", "around"):
            return getattr(args[0], "clip" if name == "clip" else "round")(*args[1:], **options)
        if name not in OF_ARRAYS:
            raise Unknown(f"numpy.{name}")
        return function(*map(arrays, args), **{key: arrays(each) for key, each in options.items()})

    # values

    def isna(self) -> "Column":
        """Where a value is missing."""
        return self.with_array(missing(self.cells, self.kinds))

    isnull = isna

    def notna(self) -> "Column":
        """Where a value is not missing."""
        return self.with_array(~missing(self.cells, self.kinds))

    notnull = notna

    def any(self) -> Any:
        """Whether one of the truths holds."""
        return np.bool_(truths(self, len(self.cells)).any())

    def all(self) -> Any:
        """Whether all of the truths hold."""
        return np.bool_(truths(self, len(self.cells)).all())

    def map(self, how: Any, na_action: Any = None) -> "Column":
        """Each value's image, by a function or a look-up."""
        if hasattr(how, "as_dict"):
            how = how.as_dict()
        if na_action is not None and not callable(how):
            raise Unknown("Series.map with na_action")
        if not isinstance(how, dict):
            if na_action is not None:
                return self._apply(lambda value: value if is_missing(value) else how(value))
            return self._apply(how)
        if hasattr(type(how), "__missing__"):
            return self._apply(how.__getitem__)
        return looked_up(self, how)

    def apply(self, how: Any, args: Sequence[Any] = (), **options: Any) -> "Column":
        """What a function gives for each value."""
        if isinstance(how, np.ufunc):
            return how(self)  # type: ignore[no-any-return]
        if not callable(how):
            raise Unknown("Series.apply of no function")
        if args or options:
            return self._apply(lambda value: how(value, *args, **options))
        return self._apply(how)

    def _apply(self, how: Callable[[Any], Any]) -> "Column":
        if self.kinds:
            raise Unknown("a function of categories")
        return self.with_array(inferred([how(value) for value in self._elements()]))

    def _elements(self) -> list[Any]:
        """What a function of a value gets."""
        match self.cells.dtype.kind:
            case "M":
                from pandas import Timestamp

                return [Timestamp(value) for value in self.cells]
            case "m":
                raise Unknown("a function of a duration")
        return list(self.decoded().tolist())

    def isin(self, values: Iterable[Any]) -> "Column":
        """Where a value is one of some."""
        if isinstance(values, str_):
            raise Unknown("Series.isin of a text")
        own = self.decoded()
        among = list(values)
        if not alike(own, among):
            raise Unknown("Series.isin of other types")
        known = set(among)
        return self.with_array(np.array([value in known for value in own.tolist()], dtype=bool))

    def between(self, left: Any, right: Any, inclusive: str_ = "both") -> Any:
        """Where a value is in a range."""
        above = self > left if inclusive in ("neither", "right") else self >= left
        return above & (self < right if inclusive in ("neither", "left") else self <= right)

    def fillna(self, value: Any) -> "Column":
        """A value in place of those that are missing."""
        gaps = missing(self.cells, self.kinds)
        if self.kinds and (isinstance(value, bool) or value not in self.kinds.members):
            raise Unknown("Series.fillna of categories with another")
        if not gaps.any():
            return self.copy()
        if self.kinds:
            code = self.kinds.members.index(value)
            return column(np.where(gaps, code, self.cells), self.name, self.kinds)
        if isinstance(value, dict):
            raise Unknown("Series.fillna with a dict")
        return self.with_array(chosen(gaps, value, self.cells))

    def ffill(self) -> "Column":
        """The same, if nothing is missing."""
        return self.dropna()

    bfill = ffill

    def mask(self, where: Any, other: Any = np.nan) -> "Column":
        """Another value where something holds."""
        if self.kinds:
            raise Unknown("Series.mask of categories")
        there = truths(where, len(self.cells))
        return self.with_array(chosen(there, other, self.cells)) if there.any() else self.copy()

    def where(self, where: Any, other: Any = np.nan) -> "Column":
        """Another value where something does not hold."""
        return self.mask(~truths(where, len(self.cells)), other)

    def replace(self, to_replace: Any, value: Any = ..., regex: bool = False) -> "Column":
        """Values for others."""
        old, new = to_replace, value
        if regex or self.kinds or isinstance(old, dict) == (new is not ...):
            raise Unknown("Series.replace in such a way")
        match old:
            case dict():
                images = old
            case list() | tuple():
                to = new if isinstance(new, list | tuple) else [new] * len(old)
                images = dict(zip(old, to, strict=True))
            case _:
                images = {old: new}
        if any(is_missing(key) for key in images):
            raise Unknown("Series.replace of a gap")
        if any(isinstance(each, dict | list | tuple) or each is None for each in images.values()):
            raise Unknown("Series.replace in such a way")
        return self._replaced(_comparable(self.cells, images))

    def _replaced(self, images: dict[Any, Any]) -> "Column":
        values = self.cells.tolist()
        used = [images[value] for value in values if value in images]
        if not used:
            return self.copy()
        found = [images.get(value, value) for value in values]
        if self.cells.dtype.kind == "O":
            return self.with_array(objects(found))
        if any(isinstance(each, str_) for each in used):  # then it holds objects
            if len(used) < len(values) or not all(isinstance(each, str_) for each in used):
                raise Unknown("values of several types")
            return self.with_array(objects(found))
        if not all(type(each) in (int, float, np.int64, np.float64) for each in used):
            raise Unknown("a value of another type")
        if self.cells.dtype.kind in "iu" and all(each == each // 1 for each in used):
            found = list(map(int, found))
            if self.cells.dtype != np.int64:
                raise Unknown("a value of another type")
        return self.with_array(np.array(found, dtype=self.cells.dtype if _is_float(self) else None))

    def infer_objects(self) -> "Column":
        """Values of the type that they have."""
        if self.kinds or self.cells.dtype.kind != "O":
            return self.copy()
        return self.with_array(inferred(self.cells.tolist()))

    def clip(self, lower: Any = None, upper: Any = None) -> "Column":
        """Values within bounds."""
        values = self.numbers()
        for bound in (lower, upper):
            if isinstance(bound, bool) or not isinstance(bound, int | float | np.number | None):
                raise Unknown("Series.clip by other than numbers")
            if bound is not None and values.dtype.kind != "f" and kind_of(bound) == "f":
                raise Unknown("Series.clip of whole numbers by others")
            if bound is not None and bound != bound:
                raise Unknown("Series.clip by a gap")
        if lower is None and upper is None:
            return self.copy()
        if lower is not None and upper is not None and lower > upper:
            raise Unknown("Series.clip between bounds that cross")
        return self.with_array(np.clip(values, lower, upper))

    def round(self, decimals: int = 0) -> "Column":
        """Rounded numbers."""
        return self.with_array(np.round(self.numbers(), decimals))

    def astype(self, kind: Any) -> "Column":
        """Values of another type."""
        if hasattr(kind, "categories"):
            return categorised(self, Kinds(tuple(kind.categories), bool(kind.ordered)))
        return self.with_array(cast(self.decoded(), kind))


class Categories:
    """`Series.cat`."""

    def __init__(self, of: Column) -> None:
        if not of.kinds:
            raise Unknown("Series.cat of no categories")
        self.of = of
        self.kinds = of.kinds

    @property
    def codes(self) -> Column:
        """The categories' numbers."""
        small = np.int8 if len(self.kinds.members) < 128 else np.int16
        if len(self.kinds.members) > 32_000:
            raise Unknown("so many categories")
        return column(self.of.cells.astype(small))

    def __getattr__(self, name: str) -> Any:
        raise Unknown(f"Series.cat.{name}")


def _is_float(of: Column) -> bool:
    return of.cells.dtype.kind == "f"


def _comparable(values: Array, images: dict[Any, Any]) -> dict[Any, Any]:
    """Those of a look-up's keys that values can be equal to."""
    texts = {key: image for key, image in images.items() if isinstance(key, str)}
    others = {key: image for key, image in images.items() if not isinstance(key, str)}
    if values.dtype.kind == "b":
        raise Unknown("Series.replace of truths")
    among, left = (texts, others) if values.dtype.kind == "O" else (others, texts)
    if not alike(values, list(among)) or not all(type(key) in (int, float, str) for key in left):
        raise Unknown("Series.replace of other types")
    return among


def _whole_numbers(values: list[Any], members: Iterable[Any]) -> bool:
    """Whether all are whole numbers, which a column of objects may hold."""
    return all(type(each) is int for each in (*values, *members))


def categorised(of: Column, kinds: Kinds) -> Column:
    """Values as numbers of categories; what is none of them is missing."""
    values, numbers = of.decoded(), kinds.numbers
    listed = values.tolist()
    if not (kinds.texts and values.dtype.kind == "O" and all(type(v) is str for v in listed)) and (
        not (alike(values, kinds.members) or _whole_numbers(listed, kinds.members))
    ):
        raise Unknown("categories of other types")
    codes = [numbers.get(value, -1) for value in listed]
    return column(np.array(codes, dtype=np.int64), of.name, kinds)


def looked_up(of: Column, images: dict[Any, Any]) -> Column:
    """The image of each value; what has none becomes a gap."""
    if of.kinds:
        if any(value not in images for value in of.kinds.members):
            raise Unknown("Series.map of some categories")
        mapped = tuple(images[value] for value in of.kinds.members)
        if len(set(mapped)) == len(mapped):
            return column(of.cells, of.name, Kinds(mapped, of.kinds.ordered))
        of = column(of.decoded(), of.name)
    if not alike(of.cells, list(images)):
        raise Unknown("Series.map of other types")
    if not images:
        raise Unknown("Series.map by nothing")
    every = inferred(list(images.values()))
    found = [images.get(value, np.nan) for value in of.cells.tolist()]
    if every.dtype.kind == "b" and any(type(value) is float for value in found):
        return of.with_array(objects(found))
    values = inferred(found)
    if values.dtype.kind in "iu" and every.dtype.kind == "f":
        values = values.astype(float)
    elif every.dtype.kind == "O" and values.dtype.kind != "O":
        values = objects(found)
    return of.with_array(values)


# what pandas does with arrays

OPERATORS: dict[Any, Callable[[Any, Any], Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.floor_divide: operator.floordiv,
    np.remainder: operator.mod,
    np.power: operator.pow,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.bitwise_and: operator.and_,
    np.bitwise_or: operator.or_,
}
TURNED: dict[Any, Callable[[Any, Any], Any]] = {  # comparisons, with the sides exchanged
    operator.eq: operator.eq,
    operator.ne: operator.ne,
    operator.lt: operator.gt,
    operator.gt: operator.lt,
    operator.le: operator.ge,
    operator.ge: operator.le,
}
FUNCTIONS = {
    *(np.log, np.log1p, np.log2, np.log10, np.exp, np.expm1, np.sqrt, np.cbrt, np.square),
    *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.arctan2, np.tanh, np.hypot),
    *(np.absolute, np.sign, np.floor, np.ceil, np.rint, np.trunc, np.isnan, np.isfinite),
    *(np.isinf, np.maximum, np.minimum, np.radians, np.deg2rad, np.degrees, np.rad2deg),
}
OF_ARRAYS = {
    *("where", "select", "column_stack", "hstack", "vstack", "concatenate", "isclose"),
    *("digitize", "nan_to_num", "zeros_like", "ones_like", "full_like", "isin", "stack"),
}
TIMES = (operator.add, operator.sub, operator.truediv)


def arrays(value: Any) -> Any:
    """An argument of a function of NumPy with arrays in place of columns."""
    if isinstance(value, Column):
        return value.__array__()
    if isinstance(value, list | tuple):
        return type(value)(arrays(each) for each in value)
    return np.asarray(value) if hasattr(value, "matrix") else value


def operand(value: Any, rows: int) -> Any:
    """The other side of an operation: an array of so many rows, or a scalar."""
    if isinstance(value, Column):
        if len(value.cells) != rows:
            raise Unknown("columns of other lengths")
        if value.kinds:
            raise Unknown("an operation with categories")
        return value.cells
    if isinstance(value, np.ndarray):
        if value.shape != (rows,):
            raise Unknown("an array of another shape")
        return value
    if isinstance(value, bool | int | float | str_ | np.generic):
        return value
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.to_datetime64() if hasattr(value, "to_datetime64") else np.datetime64(value)
    if hasattr(value, "to_timedelta64"):
        return value.to_timedelta64()
    if value is None or isinstance(value, list | tuple | dict | set):
        raise Unknown(f"an operation with a {type(value).__name__}")
    return NotImplemented


def kind_of(value: Any) -> str:
    """NumPy's letter for the kind of an array or a scalar."""
    match value:
        case bool():
            return "b"
        case int():
            return "i"
        case float():
            return "f"
        case str():
            return "U"
    return str(value.dtype.kind)


def both(a: Any, b: Any, rows: int) -> tuple[list[Any], list[Any]]:
    """Two sides of an operation as lists."""
    first, second = (
        each.tolist() if isinstance(each, np.ndarray) else [each] * rows for each in (a, b)
    )
    return first, second


def is_texts(value: Any) -> bool:
    """Whether there are texts only."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "U" or all(type(each) is str for each in value.tolist())
    return isinstance(value, str)


def is_missing(value: Any) -> bool:
    """Whether a value is a gap."""
    return value is None or value != value


def alike(values: Array, others: Iterable[Any]) -> bool:
    """Whether values can be found among others by being equal, as pandas does."""
    types = {type(other) for other in others}
    match values.dtype.kind:
        case "i" | "u" | "f":
            return all(issubclass(each, int | float | np.number) for each in types - {bool}) and (
                bool not in types
            )
        case "b":
            return types <= {bool, np.bool_}
        case "O":
            own = {type(value) for value in values.tolist()}
            return own <= {str, *MISSING} and types <= {str, np.str_}
    return False


def missing(values: Array, kinds: Kinds | None = None) -> npt.NDArray[np.bool_]:
    """Where a value is missing."""
    if kinds:
        return np.asarray(values < 0)
    match values.dtype.kind:
        case "f":
            return np.isnan(values)
        case "M" | "m":
            return np.isnat(values)
        case "O":
            found = [value is None or value != value for value in values.tolist()]
            return np.array(found, dtype=bool)
    return np.zeros(len(values), dtype=bool)


def truths(value: Any, rows: int) -> npt.NDArray[np.bool_]:
    """An array of truths."""
    found = value.cells if isinstance(value, Column) else value
    if not (isinstance(found, np.ndarray) and found.dtype == bool and found.shape == (rows,)):
        raise Unknown("a mask of values that are no truths")
    return found


def all_rows(mask: Any, rows: int) -> None:
    """Refuse a mask that leaves rows out."""
    if not truths(mask, rows).all():
        raise Unknown("rows that are left out")


def objects(values: Iterable[Any]) -> Array:
    """An array of objects."""
    listed = list(values)
    found = np.empty(len(listed), dtype=object)
    for at, value in enumerate(listed):
        found[at] = value
    return found


def inferred(values: list[Any]) -> Array:
    """Plain values as an array of the type that pandas finds."""
    types = {type(value) for value in values}
    if types <= {int, np.int64}:
        return np.array(values, dtype=np.int64)
    if types <= {int, float, np.int64, np.float64}:
        return np.array(values, dtype=np.float64)
    if types <= {bool, np.bool_}:
        return np.array(values, dtype=bool)
    if types <= {str, np.str_, list, *MISSING}:
        if type(None) in types and not types & {str, np.str_}:
            raise Unknown("values that are none")
        if float in types and any(type(v) is float and v == v for v in values):
            raise Unknown("values of several types")
        return objects(values)
    raise Unknown("values of several types")


def array_of(value: Any, rows: int) -> Array:
    """What a column of a table becomes when it is set."""
    match value:
        case np.ndarray():
            if value.shape == (rows,) and value.dtype.kind in "biuf":
                return value.copy()
            if value.ndim == 2 and value.shape[1] == 1:
                value = value[:, 0]
            if value.shape != (rows,) or value.dtype.kind not in "biufOUM":
                raise Unknown("a column of another shape")
            copy: Array = value.astype(object if value.dtype.kind == "U" else value.dtype)
            return copy
        case list() | tuple():
            if len(value) != rows:
                raise Unknown("a column of another length")
            return inferred(list(value))
        case str() | np.str_():
            return objects([value] * rows)
    if isinstance(value, bool | int | float | np.bool | np.int64):
        return np.full(rows, value)
    raise Unknown(f"a column of a {type(value).__name__}")


def chosen(there: npt.NDArray[np.bool_], value: Any, values: Array) -> Array:
    """A value, or a column's, in some places of an array, as pandas sets it.

    Raises:
        Unknown: if the type would have to change, but for a whole number's gap.
    """
    new = operand(value, len(values)) if value is not None else None
    if new is NotImplemented or new is None:
        raise Unknown("a value of another type")
    ours, theirs = values.dtype.kind, kind_of(new)
    if ours == "f" and theirs in NUMBERS:
        return np.where(there, new, values).astype(values.dtype)
    if ours in "iu" and theirs == "i":
        return np.where(there, new, values).astype(values.dtype)
    if ours in "iu" and isinstance(new, float) and new != new:
        return np.where(there, new, values)
    if ours == "b" and theirs == "b":
        return np.where(there, new, values)
    if ours == "O" and theirs in "OUif":
        first, second = both(new, values, len(values))
        pairs = zip(there.tolist(), first, second, strict=True)
        return objects(a if here else b for here, a, b in pairs)
    raise Unknown("a value of another type")


WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
REAL = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?", re.ASCII)
ALIASES = {"int": "int64", "float": "float64", "bool_": "bool"}
LIMITS = {name: np.iinfo(name) for name in ("int64", "int32", "int16", "int8", "uint8")}
BOUNDS = {name: (limits.min, limits.max) for name, limits in LIMITS.items()}


def cast(values: Array, kind: Any) -> Array:
    """Values of another type, where it is sure what pandas gives."""
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    name = ALIASES.get(name, name)
    ours = values.dtype.kind
    if name in BOUNDS:
        found = values
        if ours == "O":
            found = np.array([_as_int(value) for value in values.tolist()], dtype=np.int64)
        elif ours == "f" and not np.isfinite(values).all():
            raise Unknown("a gap as a whole number")
        elif ours not in "biuf":
            raise Unknown(f"such values as {name}")
        least, most = BOUNDS[name]
        if not all(least <= value < most for value in found.tolist()):
            raise Unknown("too large a number")
        return found.astype(name)
    if name in ("float64", "float32"):
        if ours == "O":
            return np.array([_as_float(v) for v in values.tolist()], dtype=name)
        if ours in "biuf":
            return values.astype(name)
    if name == "bool" and ours in "biu":
        return values.astype(bool)
    if name == "object" and ours in "biufO":
        return values.astype(object)
    if name == "str":
        listed = values.tolist()
        if ours in "biu" or (ours == "f" and np.isfinite(values).all() and values.itemsize == 8):
            return objects(map(str, listed))
        if ours == "O" and all(type(v) is str for v in listed):
            return values
    raise Unknown(f"such values as {name}")


def _as_int(value: Any) -> int:
    if type(value) in (int, bool) or (type(value) is str and WHOLE.fullmatch(value)):
        return int(value)
    raise Unknown("texts that are no whole numbers")


def _as_float(value: Any) -> float:
    if type(value) in (int, float, bool) or (type(value) is str and REAL.fullmatch(value)):
        return float(value)
    raise Unknown("texts that are no numbers")
