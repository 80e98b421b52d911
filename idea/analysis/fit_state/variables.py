"""What the notebook's variables hold at the point that is being rewritten."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from idea.analysis.row_dependence import Kind, Kinds


class Variables:
    """What variables hold at one point of the code.

    Attributes:
        kinds: which of them hold rows.
        loops: expressions that have another value at each turn of a loop around this point.
        bound: parameters around this point, which have another value at each call.
        labelled: whether an index may hold anything but the rows' numbers.
        nested: whether this point is in an expression's own scope, before which no statement
            can stand.
    """

    def __init__(self, rows: Iterable[str], imports: Mapping[str, str]) -> None:
        """Start from the variables that hold rows, and the paths of imported names."""
        self.kinds = Kinds(rows, imports)
        self.loops: tuple[ast.expr, ...] = ()
        self.bound: frozenset[str] = frozenset()
        self.labelled = False
        self.nested = False
        self._series: set[str] = set()  # hold one column
        self._numbers: set[str] = set()  # hold a constant
        self._unfitted: set[str] = set()  # hold an estimator; sources of expressions

    @contextmanager
    def scope(
        self,
        names: Sequence[str],
        rows: bool = False,
        loops: Sequence[ast.expr] = (),
        bound: bool = False,
    ) -> Iterator[None]:
        """Enter a lambda or a comprehension, in which some names are its own.

        Args:
            names: these names.
            rows: whether they hold rows.
            loops: expressions that have another value at each turn.
            bound: whether the names have another value at each call.
        """
        before = set(self.kinds.rows), self.loops, self.bound, self.nested
        self.kinds.rows = (self.kinds.rows - set(names)) | set(names if rows else ())
        self.loops = (*self.loops, *loops)
        self.bound = (self.bound - set(names)) | set(names if bound else ())
        self.nested = True
        yield
        self.kinds.rows, self.loops, self.bound, self.nested = before

    @contextmanager
    def loop(self, names: Sequence[str]) -> Iterator[None]:
        """Enter a loop over values that are no rows."""
        before = self.loops
        self.kinds.rows.difference_update(names)
        self.loops = (*before, *(ast.Name(name, ast.Load()) for name in names))
        yield
        self.loops = before

    @contextmanager
    def series(self, name: str) -> Iterator[None]:
        """Enter code in which a name holds one column."""
        self._series.add(name)
        yield
        self._series.discard(name)

    def store(self, name: str, kind: Kind, value: ast.expr | None) -> None:
        """Note an assignment to a variable.

        Args:
            name: the variable.
            kind: what the value holds.
            value: the value; None if it is a part of what is assigned.
        """
        rows = kind is Kind.ROWS
        for names, holds in (
            (self._series, rows and value is not None and self.is_series(value)),
            (self._numbers, isinstance(value, ast.Constant)),
            (self._unfitted, isinstance(value, ast.Call)),
            (self.kinds.rows, rows),
        ):
            (names.add if holds else names.discard)(name)

    def note_made(self, target: ast.expr) -> None:
        """Note that what an expression stands for was made, and not fitted yet."""
        self._unfitted.add(ast.unparse(target))

    def note_fitted(self, target: ast.expr) -> None:
        """Note that what an expression stands for was fitted."""
        self._unfitted.discard(ast.unparse(target))

    def note_all_fitted(self) -> None:
        """Note that everything may have been fitted, as at a turn of a loop."""
        self._unfitted.clear()

    def is_unfitted(self, target: ast.expr) -> bool:
        """Tell whether what an expression stands for was made, and not fitted yet."""
        return ast.unparse(target) in self._unfitted

    def is_number(self, name: str) -> bool:
        """Tell whether a variable holds a constant."""
        return name in self._numbers

    def is_series(self, node: ast.expr) -> bool:
        """Tell whether an expression of rows is one column."""
        match node:
            case ast.Name(id=name):
                return name in self._series
            case ast.Subscript(value=inner, slice=ast.Constant(value=str())):
                return self.kinds.of(inner) is Kind.ROWS
            case ast.Subscript(value=inner, slice=ast.Compare()):
                return self.is_series(inner)
            case ast.Attribute(value=ast.Name(id=name)):
                return name in self.kinds.rows
            case ast.Attribute(value=inner, attr="str" | "dt" | "cat"):
                return self.is_series(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)):
                return method != "to_frame" and self.is_series(inner)
            case ast.BinOp(left=left, right=right):
                return self.is_series(left) or self.is_series(right)
        return False

    def is_frame(self, node: ast.expr) -> bool:
        """Tell whether an expression of rows is a table: a variable, or some columns of one."""
        match node:
            case ast.Name(id=name):
                return name not in self._series
            case ast.Subscript(slice=ast.List() | ast.Name() as columns):
                return all(ast.dump(columns) != ast.dump(each) for each in self.loops)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)):
                return method == "select_dtypes" or (method != "apply" and self.is_frame(inner))
        return False
