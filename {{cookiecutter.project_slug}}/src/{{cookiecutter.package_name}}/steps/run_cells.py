"""Runs the notebook's cells in `notebook_cells.py`, from the table to the fit, on any rows.

`notebook` stands in them for reading, splitting and fitting.
"""

import builtins
import importlib
import io
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from types import CodeType
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.model_selection import train_test_split

from . import as_read

SOURCE = Path(__file__).with_name("notebook_cells.py")
CELL = "# %% cell "  # begins each of them
KEPT = "kept "  # begins what says which row is which where no row may be numbered anew
FILE_ARGUMENTS = ("filepath_or_buffer", "io", "path_or_buf", "path")


# Methods that give some of a table's rows.
PARTING = ("drop", "head", "query", "sample", "tail")


class CellsError(ValueError):
    """The cells can't work on the rows; one line says where and why."""


class Reached(BaseException):  # a notebook's `except Exception` passes it on
    """The fit is reached.

    Args:
        X: the features that the notebook fits to.
        y: the target that it fits to.
    """

    def __init__(self, X: Any, y: Any) -> None:
        super().__init__("the notebook's fit")
        self.X, self.y = X, y


class Nothing:
    """Stands in for a library that only displays something."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Itself again."""
        return self

    def __getitem__(self, _: Any) -> Any:
        return self

    def __setitem__(self, _: Any, value: Any) -> None: ...

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __float__(self) -> float:
        return 0.0  # to be shown, as in "%.2f" % score

    def __format__(self, _: str) -> str:
        return ""


class Opened(io.StringIO):
    """A file of rows that the notebook has opened.

    Args:
        text: the rows.
        name: of the file.
    """

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name

    def __str__(self) -> str:
        return str(self.name)


class Notebook:
    """What stands in the cells for reading, splitting and fitting, as `notebook`.

    Args:
        table: rows as the notebook reads them, numbered from 0.
        names: of the files that the notebook reads the table from.
        places: of its other files in this repository, by name.
        files: what was read from these, by call; None: read now.
        splits: whether test rows are held back, as in the notebook.
        keeps: whether rows keep their numbers where the notebook numbers them anew.
    """

    nothing = Nothing()

    def __init__(
        self,
        table: pd.DataFrame,
        names: Sequence[str],
        places: Mapping[str, str],
        files: dict[str, Any] | None = None,
        splits: bool = False,
        keeps: bool = False,
    ) -> None:
        self.splits = splits
        self.keeps = keeps
        self.table = table
        self.names = names
        self.places = places
        self.reads = files is None
        self.files: dict[str, Any] = {} if files is None else files

    def read(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """What the notebook reads: the rows, or the content of another file.

        Args:
            function: a reader, such as `pandas.read_csv`.
            *args: of the call: the file comes first.
            **options: of the call.
        """
        named = [key for key in FILE_ARGUMENTS if key in options]
        source = args[0] if args else options.pop(named[0]) if named else ""
        name = _file_name(source)
        if name in self.names or f"{name}.csv" in self.names:
            return _as_read_by(function, self._rows(**options))
        call = f"{function.__name__} {name}"
        if self.reads and call not in self.files:
            self.files[call] = function(self.places.get(name, source), *args[1:], **options)
        found = self.files[call]
        return found.copy() if hasattr(found, "copy") else found

    def read_values(
        self,
        function: Callable[..., Any],
        source: Any,
        *args: Any,
        usecols: Any = None,
        unpack: bool = False,
        names: Any = None,
        **options: Any,
    ) -> Any:
        """What the notebook reads by numpy: the rows' numbers, or those of another file.

        Args:
            function: `numpy.loadtxt` or `numpy.genfromtxt`.
            source: the file.
            *args: of the call.
            usecols: numbers of the columns to take.
            unpack: whether columns come first.
            names: whether the columns keep their names.
            **options: of the call, which say how the file is written.
        """
        name = _file_name(source)
        if name not in self.names:
            given = {"usecols": usecols, "unpack": unpack, **options}
            given |= {} if names is None else {"names": names}
            return function(self.places.get(name, source), *args, **given)
        rows = self.table if usecols is None else self.table.iloc[:, np.atleast_1d(usecols)]
        if names:
            return rows.to_records(index=False)
        values = rows.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
        values = values[:, 0] if np.ndim(usecols) == 0 and usecols is not None else values
        return values.T if unpack else values

    def open(self, file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        """A file that the notebook opens: the rows as a text, or another one.

        Args:
            file: the file.
            mode: in which it is opened.
            *args: of the call.
            **options: of the call.
        """
        name = _file_name(file)
        if name in self.names and not set(mode) & set("wax+b"):
            numbered = all(isinstance(column, int) for column in self.table.columns)
            return Opened(self.table.to_csv(index=False, header=not numbered), name)
        place = self.places.get(name, file)
        return builtins.open(place, mode, *args, **options)  # noqa: PTH123 - what the notebook calls

    def _rows(
        self,
        index_col: Any = None,
        usecols: Any = None,
        parse_dates: Any = None,
        columns: Any = None,
        **_: Any,
    ) -> pd.DataFrame:
        """The rows, as the options of a reader that change them say.

        Args:
            index_col: name or number of the column that becomes the index.
            usecols: names or numbers of the columns to take.
            parse_dates: names or numbers of the columns to take for dates.
            columns: what Polars calls `usecols`.
        """
        usecols = columns if usecols is None else usecols
        rows = self.table.copy()
        names = list(rows.columns)

        def named(column: Any) -> Any:
            return column if column in names else names[column]

        if isinstance(parse_dates, list):
            for column in map(named, parse_dates):
                rows[column] = pd.to_datetime(rows[column])
        if callable(usecols):
            rows = rows[[name for name in names if usecols(name)]]
        elif usecols is not None:
            taken = [named(column) for column in usecols]
            rows = rows[[name for name in names if name in taken]]
        if index_col is not None and index_col is not False:
            rows = rows.set_index(named(index_col))
        return rows

    def load(self, function: Callable[..., Any], **options: Any) -> Any:
        """What a loader of scikit-learn gives, with the rows in place of its own.

        Args:
            function: such as `sklearn.datasets.load_iris`.
            **options: `as_frame` and `return_X_y`.
        """
        bunch = function(as_frame=True)
        target = bunch.target.name
        frame = self.table.copy()
        X: Any = frame[list(bunch.data.columns)].copy()
        y: Any = frame[target].copy()
        if not options.get("as_frame"):
            X, y = X.to_numpy(), y.to_numpy()
        bunch.update(data=X, target=y, frame=frame if options.get("as_frame") else None)
        return (X, y) if options.get("return_X_y") else bunch

    def renumber(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Rows numbered anew, or as they are.

        Args:
            function: the method `reset_index` of something.
            *args: of the call.
            **options: of the call, `drop` among them.
        """
        rows = getattr(function, "__self__", None)
        if not (self.keeps and options["drop"] and isinstance(rows, pd.DataFrame | pd.Series)):
            return function(*args, **options)
        return None if options.get("inplace") else rows.copy()

    def merge(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Two tables merged; the rows have new numbers, or those of the left table.

        Args:
            function: ``pandas.merge``, or the method of a table.
            *args: of the call.
            **options: of the call.
        """
        owner = getattr(function, "__self__", None)
        left, *others = args if owner is None and args else (owner, *args)
        if not (self.keeps and isinstance(left, pd.DataFrame)):
            return function(*args, **options)
        numbered = left.assign(**{KEPT: left.index})
        return numbered.merge(*others, **options).set_index(KEPT).rename_axis(index=None)

    def part(self, of: Any, index: Any) -> Any:
        """All rows where some of a table's are selected, since test rows were held back before.

        Args:
            of: anything with items: a table, its `loc` or `iloc`, an array.
            index: what stands between the brackets.
        """
        table = getattr(of, "obj", of)  # of `loc` and `iloc`
        if self.splits or not isinstance(table, pd.DataFrame | pd.Series | np.ndarray):
            return of[index]
        rows, *columns = index if isinstance(index, tuple) else (index,)
        if not _selects_rows(rows, len(table), of is not table or isinstance(of, np.ndarray)):
            return of[index]
        return of[(slice(None), *columns)].copy() if columns else table.copy()

    def taken(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """The same where a method selects.

        Args:
            function: the method.
            *args: of the call.
            **options: of the call.
        """
        table, labels = getattr(function, "__self__", None), [*args, options.get("index")][0]
        selects = isinstance(table, pd.DataFrame | pd.Series) and (
            function.__name__ != "drop" or isinstance(labels, pd.Index)
        )
        if self.splits or not selects or "columns" in options or options.get("axis") == 1:
            return function(*args, **options)
        return cast(Any, table).copy()

    def train_test_split(self, *arrays: Any, **options: Any) -> list[Any]:
        """All rows for the training, since the test rows were held back before; and for the test.

        Both get copies, so that neither is changed through the other.
        """
        if self.splits:
            return list(train_test_split(*arrays, **options))
        return [part.copy() if hasattr(part, "copy") else part for a in arrays for part in (a, a)]

    def split(self, splitter: Any, *args: Any, **options: Any) -> Any:
        """One fold of all rows where a splitter of scikit-learn is asked; else what it gives.

        Args:
            splitter: anything with a method `split`.
            *args: of the call.
            **options: of the call.
        """
        if self.splits or not hasattr(splitter, "get_n_splits"):
            return splitter.split(*args, **options)
        every = np.arange(np.shape(args[0])[0])
        return iter([(every, every)])

    def fit(self, X: Any, y: Any) -> None:
        """End the cells: what they were for is there."""
        raise Reached(in_pandas(X), in_pandas(y))


def _as_read_by(function: Callable[..., Any], rows: pd.DataFrame) -> Any:
    """Rows as a table of the library that would have read them: pandas, or Polars."""
    library = function.__module__.partition(".")[0]
    if library != "polars":
        return rows
    polars = importlib.import_module(library)
    table = polars.from_pandas(rows)
    return table.lazy() if function.__name__.startswith("scan_") else table


def in_pandas(values: Any) -> Any:
    """Features or a target that are of Polars as pandas has them; others as they are."""
    is_of_polars = type(values).__module__.partition(".")[0] == "polars"
    return values.to_pandas() if is_of_polars else values


def _file_name(source: Any) -> str:
    """The last part of a path or an address, or of that of an opened file."""
    return str(source).partition("?")[0].replace("\\", "/").rpartition("/")[2]


def _selects_rows(index: Any, rows: int, by_number: bool) -> bool:
    """Whether an index selects some of the rows, and no columns.

    Args:
        index: of the rows.
        rows: how many there are.
        by_number: whether a list of numbers means rows.
    """
    if isinstance(index, slice):
        return index != slice(None)
    if not isinstance(index, list | np.ndarray | pd.Series | pd.Index):
        return False
    kind = np.asarray(index).dtype.kind
    return (kind == "b" and len(index) == rows) or (kind in "iu" and by_number)


@cache
def _code() -> CodeType:
    return compile(SOURCE.read_text(encoding="utf-8"), str(SOURCE), "exec")


def forget() -> None:
    """Read the cells anew, which have been written again."""
    _code.cache_clear()


_alone = Lock()  # the cells of a notebook were not written for threads
_warned: dict[Any, Any] = {}  # so that a warning is shown once, not for every row


@dataclass(frozen=True)
class Outcome:
    """What the cells fit to.

    Attributes:
        X: the features.
        y: the target.
        rows: number of rows that the cells were given.
    """

    X: Any
    y: Any
    rows: int

    def labels(self, by: str) -> npt.NDArray[np.intp] | None:
        """The numbers of the given rows that X holds, in its order; None if `by` does not say.

        Args:
            by: "X" or "y", whose index says it, or "order" where no row went.
        """
        found: Any = {"X": self.X, "y": self.y}.get(by.removeprefix(KEPT))
        count = np.shape(self.X)[0]
        if by == "order":
            return np.arange(count) if count == self.rows else None
        index = getattr(found, "index", None)
        if not isinstance(index, pd.Index) or not pd.api.types.is_integer_dtype(index):
            return None
        inside = index.is_unique and len(index) == count
        if not (inside and len(index) and index.min() >= 0 and index.max() < self.rows):
            return None
        return index.to_numpy(dtype=np.intp)

    def take(self, positions: Sequence[int] | npt.NDArray[np.intp]) -> Any:
        """The features at some positions."""
        return take(self.X, positions)

    def columns(self, positions: npt.NDArray[np.intp]) -> dict[Any, npt.NDArray[Any]]:
        """The features at some positions by column, and the target."""
        X = as_frame(self.take(positions))
        found = {("X", name): X[name].to_numpy() for name in X}
        if np.shape(self.y)[:1] == np.shape(self.X)[:1]:
            found["y", ""] = np.asarray(self.y).reshape(np.shape(self.y)[0], -1)[positions, 0]
        return found


def as_frame(X: Any) -> pd.DataFrame:
    """Features as a table whose columns have different names."""
    if sparse.issparse(X):
        X = X.toarray()
    if isinstance(X, pd.Series):
        X = X.to_frame()
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
    return frame if frame.columns.is_unique else frame.set_axis(range(frame.shape[1]), axis=1)


def equal(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where two columns hold the same, numbers up to rounding."""
    if pd.api.types.is_numeric_dtype(a.dtype) and pd.api.types.is_numeric_dtype(b.dtype):
        same = np.isclose(a.astype(float), b.astype(float), rtol=1e-9, atol=1e-12, equal_nan=True)
        return np.asarray(same, dtype=bool)
    return np.asarray((a == b) | (pd.isna(a) & pd.isna(b)), dtype=bool)


@dataclass(frozen=True)
class Cells:
    """The notebook's cells, and what they read.

    Attributes:
        columns: of the table as the notebook reads it.
        table: names of the files that it reads the table from.
        others: places of its other files in this repository, by name.
    """

    columns: Sequence[Any]
    table: Sequence[str]
    others: Mapping[str, str] = field(default_factory=dict)

    def run(
        self,
        table: pd.DataFrame,
        files: dict[str, Any] | None = None,
        splits: bool = False,
        by: str = "",
    ) -> tuple[Outcome, Any]:
        """Run the cells.

        Args:
            table: rows as the notebook reads them.
            files: the contents of other files; None: they are read.
            splits: whether test rows are held back, as in the notebook.
            by: what says which row is which: see `tracked`.

        Returns:
            What the notebook fits to, and the contents of other files.

        Raises:
            CellsError: if they fail, or end without the fit.
        """
        table = table.reset_index(drop=True)
        keeps = by.startswith(KEPT)
        notebook = Notebook(table, self.table, self.others, files, splits, keeps)
        silent = dict.fromkeys(("print", "display", "exit", "quit", "input"), Notebook.nothing)
        namespace = {"__name__": "__main__", "__builtins__": builtins, "notebook": notebook}
        namespace |= {**silent, "__warningregistry__": _warned}
        try:
            with _alone:
                exec(_code(), namespace)  # noqa: S102  # nosec B102 - this repository's own file
        except Reached as reached:
            return Outcome(reached.X, reached.y, len(table)), notebook.files
        except (Exception, SystemExit) as error:
            raise CellsError(_where(error)) from error
        raise CellsError("the cells end before the fit")

    def of_notebook(self, raw: pd.DataFrame) -> Outcome:
        """What the notebook itself fits to, of the raw table and with its own split.

        Raises:
            CellsError: if the cells fail.
        """
        return self.run(as_read(raw, self.columns), splits=True)[0]

    def rows_of_notebook(self, raw: pd.DataFrame) -> npt.NDArray[np.intp] | None:
        """The numbers of the raw table's rows that the notebook itself fits to, in its order.

        Raises:
            CellsError: if the cells fail.
        """
        table = as_read(raw, self.columns)
        _, files, by = self.tracked(table)
        return self.run(table, files, splits=True, by=by)[0].labels(by)

    def rows_to_learn_from(
        self, table: pd.DataFrame, target: str, as_in_table: bool = False
    ) -> pd.DataFrame:
        """The raw table's rows that the notebook fits to, with their target.

        Args:
            table: the raw table.
            target: the name of the target.
            as_in_table: whether the target stays as it is there.

        Raises:
            CellsError: if the cells fail, or it can't be said which rows they fit to.
        """
        table = table.reset_index(drop=True)
        outcome, _, by = self.tracked(as_read(table, self.columns))
        labels = outcome.labels(by)
        if labels is None:
            raise CellsError("the cells leave out rows, and it can't be said which")
        kept = table.iloc[np.sort(labels)]
        if as_in_table:
            return kept
        y = np.asarray(outcome.y).reshape(len(labels), -1)
        if y.shape[1] > 1:
            raise CellsError(f"the notebook fits to {y.shape[1]} targets at once")
        kept = kept.copy()
        kept[target] = y[np.argsort(labels), 0]
        return kept

    def tracked(self, table: pd.DataFrame) -> tuple[Outcome, Any, str]:
        """Run the cells, and find out what says which row of X is which row of the table.

        They run once more, on the rows in another order: a row is recognised if what belongs to it
        goes with it. If nothing does, because rows are numbered anew, they run without that; what
        they fit to has to be the same.

        Args:
            table: the rows.

        Returns:
            What they fit to, the contents of other files, and what says it: see `Outcome.labels`.

        Raises:
            CellsError: if they fail, or nothing says it.
        """
        first, files = self.run(table)
        order = np.random.default_rng(0).permutation(len(table))
        best: tuple[int, Outcome, str] = (0, first, "")
        for kept in ("", KEPT):
            outcome = first
            if kept:
                outcome, _ = self.run(table, files, by=kept)
                if not _alike(first, outcome):
                    break
            other, _ = self.run(table.iloc[order], files, by=kept)
            for by in (f"{kept}X", f"{kept}y", "order"):
                here, there = outcome.labels(by), other.labels(by)
                if here is not None and there is not None:
                    found = len(steady(outcome, other, here, order[there]))
                    best = max(best, (found, outcome, by), key=lambda each: each[0])
            # A feature of the row before goes with that one, under new numbers: most have to.
            if 2 * best[0] > len(first.columns(np.array([0]))):
                break
        if not best[0]:
            raise CellsError("it can't be said which features are those of which row")
        return best[1], files, best[2]


def _alike(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes hold the same."""
    if np.shape(one.X) != np.shape(other.X):
        return False
    every = np.arange(np.shape(one.X)[0])
    ours, theirs = one.columns(every), other.columns(every)
    return all(name in theirs and equal(ours[name], theirs[name]).all() for name in ours)


def steady(
    one: Outcome, other: Outcome, here: npt.NDArray[np.intp], there: npt.NDArray[np.intp]
) -> list[Any]:
    """The columns that vary, and hold the same for each row in both outcomes.

    Args:
        one: an outcome.
        other: another one, of the same rows in another order.
        here: the rows that the first holds, in its order.
        there: the rows that the second holds, by their numbers in the first.
    """
    both, at, at_other = np.intersect1d(here, there, return_indices=True)
    if len(both) < 2:
        return []
    ours, theirs = one.columns(at), other.columns(at_other)
    varying = [
        name for name in ours if name in theirs and len(pd.unique(pd.Series(ours[name]))) > 1
    ]
    return [name for name in varying if equal(ours[name], theirs[name]).all()]


def _where(error: BaseException) -> str:
    """The cell, statement and reason of an error in the cells."""
    reason = (str(error).strip().splitlines() or [""])[0][:200]
    what = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == str(SOURCE)]
    if not lines:
        return what
    source = SOURCE.read_text(encoding="utf-8").splitlines()
    before = source[: lines[-1]]
    cell = next((line for line in reversed(before) if line.startswith(CELL)), CELL)
    return f"cell {cell.removeprefix(CELL)}, `{before[-1].strip()[:80]}`: {what}"


def take(X: Any, positions: Any) -> Any:
    """The features at some positions."""
    if isinstance(X, pd.DataFrame | pd.Series):
        return X.iloc[positions]
    if sparse.issparse(X):
        return X.tocsr()[positions]
    if isinstance(X, list):
        return [X[position] for position in positions]
    return X[np.asarray(positions)]
