"""What an expression holds: per-row values, an aggregate over rows, or neither."""

import ast
from collections.abc import Iterable, Mapping
from enum import Enum

from idea.knowledge.pandas_methods import (
    AXIS_FIRST,
    BUILTIN_REDUCTIONS,
    GROUP_TRANSFORMS,
    NUMPY_REDUCTIONS,
    OF_THE_TABLE,
    REDUCING_FUNCTIONS,
    REDUCTIONS,
    WINDOWS,
)
from idea.program.drawn_counts import counted_gaps, draws
from idea.program.names_used import root
from idea.syntax import import_path, mentions, walk


class Kind(Enum):
    """What an expression holds."""

    PLAIN = 0  # the same whatever the rows
    AGGREGATE = 1  # computed from many rows
    ROWS = 2  # a value for every row


class Kinds:
    """Gives the kind of expressions.

    Attributes:
        rows: the variables that hold rows.
        imports: the paths of imported names.
    """

    def __init__(self, rows: Iterable[str], imports: Mapping[str, str]) -> None:
        """Start from the variables that hold rows, and the paths of imported names."""
        self.rows = set(rows)
        self.imports = imports

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a function; None for the notebook's own."""
        return import_path(node, self.imports)

    def of(self, node: ast.AST) -> Kind:
        """Give the kind of an expression."""
        match node:
            case ast.Name(id=name):
                return Kind.ROWS if name in self.rows else Kind.PLAIN
            case ast.Constant():
                return Kind.PLAIN
            case ast.Lambda():
                return self.of_function(node, frozenset())
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv(), right=right):
                kinds = [self.of(left), self.of(right)]
                return self._of_all([*kinds, Kind.AGGREGATE] if self.is_length(right) else kinds)
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[_]):
                kinds = [self.of(node.left), *map(self.of, node.comparators)]
                return self._of_all(kinds)
        return self._of_all(self.of(child) for child in ast.iter_child_nodes(node))

    def holds_rows(self, node: ast.AST) -> bool:
        """Tell whether an expression holds a value for every row."""
        return self.of(node) is Kind.ROWS

    def of_function(self, node: ast.Lambda, rows: Iterable[str]) -> Kind:
        """Give the kind of what a lambda returns, if some of its parameters hold rows."""
        own = {argument.arg for argument in node.args.args}
        return Kinds((self.rows - own) | set(rows), self.imports).of(node.body)

    def is_length(self, node: ast.expr) -> bool:
        """Tell whether it is a number of rows: ``len(df)``, ``df.shape[0]``, ``len(df) - 1``."""
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[inner]):
                return self.of(inner) is Kind.ROWS and not _is_text_of_row(inner)
            case ast.Subscript(
                value=ast.Attribute(value=inner, attr="shape"), slice=ast.Constant(value=0)
            ):
                return self.of(inner) is Kind.ROWS
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant()):
                return self.is_length(left)
        return False

    def drawn_size(self, call: ast.Call) -> ast.expr | None:
        """Give the count of rows that random numbers are drawn for, such as those with a gap."""
        if not draws(call, self.imports):
            return None
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        return next((each for each in given if self._is_count(each)), None)

    def _is_count(self, node: ast.expr) -> bool:
        column = counted_gaps(node)
        if column is not None:
            return self.of(column) is Kind.ROWS
        return self.is_length(node)

    @staticmethod
    def _of_all(kinds: Iterable[Kind]) -> Kind:
        return max(kinds, key=lambda kind: kind.value, default=Kind.PLAIN)

    def _attribute(self, node: ast.Attribute) -> Kind:
        base = self.of(node.value)
        if base is Kind.ROWS:
            if node.attr == "dtypes" or (node.attr == "columns" and _chosen_by_type(node.value)):
                return Kind.AGGREGATE
            if node.attr in OF_THE_TABLE:
                return Kind.PLAIN
        return base

    def _subscript(self, node: ast.Subscript) -> Kind:
        base, inner = self.of(node.value), self.of(node.slice)
        match node:
            case ast.Subscript(value=ast.Attribute(attr="iloc"), slice=ast.Constant()):
                return min(base, Kind.AGGREGATE, key=lambda kind: kind.value)  # one row of many
        if base is Kind.PLAIN:
            return inner
        if base is Kind.AGGREGATE and inner is Kind.ROWS:
            return Kind.ROWS
        return base

    def _call(self, node: ast.Call) -> Kind:
        arguments = self._of_all(
            self.of(a) for a in [*node.args, *(k.value for k in node.keywords)]
        )
        function = node.func
        path = self.path(function)
        if path:
            module, _, name = path.rpartition(".")
            if self.drawn_size(node) is not None:
                return Kind.ROWS  # a number is drawn for each row
            if arguments is Kind.ROWS and not rowwise(node):
                if module.startswith("numpy") and name in NUMPY_REDUCTIONS:
                    return Kind.AGGREGATE
                if path in REDUCING_FUNCTIONS:
                    return Kind.AGGREGATE
            return arguments
        if isinstance(function, ast.Attribute):
            return self._method(node, function, arguments)
        if isinstance(function, ast.Name):
            if function.id in ("len", "isinstance", "type", "print", "range", "enumerate"):
                return Kind.AGGREGATE if arguments is Kind.AGGREGATE else Kind.PLAIN
            if function.id in BUILTIN_REDUCTIONS and arguments is Kind.ROWS:
                return Kind.AGGREGATE
            if function.id in ("filter", "map") and len(node.args) == 2:
                by_row = self.of(node.args[1]) is Kind.ROWS
                return arguments if by_row or arguments is Kind.PLAIN else Kind.AGGREGATE
            if function.id in ("list", "tuple") and node.args and _is_frame(node.args[0], self):
                return Kind.AGGREGATE if _chosen_by_type(node.args[0]) else Kind.PLAIN
        return self._of_all([arguments, self.of(function)])

    def _method(self, node: ast.Call, function: ast.Attribute, arguments: Kind) -> Kind:
        base = self.of(function.value)
        if base is Kind.PLAIN and function.attr == "fit" and arguments is Kind.ROWS:
            return Kind.AGGREGATE
        if base is not Kind.ROWS:
            return self._of_all([base, arguments])
        if function.attr in ("keys", "items", "iteritems") and _is_frame(function.value, self):
            return Kind.PLAIN
        if grouped(function.value):
            if function.attr == "apply" and node.args and isinstance(node.args[0], ast.Lambda):
                group = node.args[0]
                return self.of_function(group, {a.arg for a in group.args.args})
            return Kind.ROWS if function.attr in GROUP_TRANSFORMS else Kind.AGGREGATE
        match function.value:
            case ast.Call(func=ast.Attribute(attr=before)) if before in WINDOWS:
                return Kind.ROWS
        if function.attr in REDUCTIONS and not rowwise(node):
            return Kind.AGGREGATE
        by_column = function.attr == "apply" and node.args and not rowwise(node)
        listed = isinstance(function.value, ast.Subscript) and isinstance(
            function.value.slice, ast.Name
        )
        is_frame = listed or _is_frame(function.value, self)
        if by_column and is_frame and self._reduces_columns(node.args[0]):
            return Kind.AGGREGATE
        return Kind.ROWS

    def _reduces_columns(self, function: ast.expr) -> bool:
        """Tell whether a function gives one value for a column: ``lambda c: skew(c.dropna())``.

        A column's own methods and functions of statistics say so; those of Python may be of the
        texts or numbers in a column as well.
        """
        if self.path(function) in REDUCING_FUNCTIONS:
            return True
        if not isinstance(function, ast.Lambda) or not function.args.args:
            return False
        column = function.args.args[0].arg
        for part in walk(function.body):
            match part:
                case ast.Call(func=ast.Attribute(attr=method) as reduced, args=[]) if (
                    method in REDUCTIONS and root(reduced.value) == column
                ):
                    return self.of_function(function, {column}) is Kind.AGGREGATE
                case ast.Call(func=called) if self.path(called) in REDUCING_FUNCTIONS:
                    return self.of_function(function, {column}) is Kind.AGGREGATE
        return False

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Kind:
        """Give the kind of a comprehension.

        Going through a column gives a value for every row. Going through a whole frame gives the
        names of its columns, which are an aggregate if they were chosen by the columns' types, or
        by a test of their values: ``[c for c in df if df[c].nunique() > 1]``.
        """
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        tests = [test for generator in node.generators for test in generator.ifs]
        inner = self._of_all(self.of(part) for part in [*parts, *tests])
        each = self._of_all(self._element(generator.iter) for generator in node.generators)
        if each is Kind.ROWS or (inner is Kind.ROWS and not tests):
            return Kind.ROWS
        if inner is not Kind.PLAIN or any(mentions(test, "dtype") for test in tests):
            return Kind.AGGREGATE
        return each

    def _element(self, iterable: ast.expr) -> Kind:
        """Give the kind of what a loop goes through."""
        if _is_frame(iterable, self):
            return Kind.AGGREGATE if _chosen_by_type(iterable) else Kind.PLAIN
        return self.of(iterable)


def _is_text_of_row(node: ast.expr) -> bool:
    """Tell whether an expression is the parts of a single text: ``texts[i].split()``."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="split" | "strip")):
            return not (isinstance(inner, ast.Attribute) and inner.attr == "str")
    return False


def _chosen_by_type(node: ast.AST) -> bool:
    """Tell whether columns are chosen by their types, which are known once the table is read."""
    return mentions(node, "select_dtypes")


def _is_frame(node: ast.expr, kinds: Kinds) -> bool:
    """Tell whether going through an expression gives column names: a whole frame does."""
    if kinds.of(node) is not Kind.ROWS:
        return False
    match node:
        case ast.Name():
            return True
        case ast.Call(func=ast.Attribute(attr="select_dtypes" | "drop" | "copy")):
            return True
        case ast.Subscript(slice=ast.List()):
            return True
    return False


def rowwise(call: ast.Call) -> bool:
    """Tell whether a call works along each row (``axis=1``)."""
    match call:
        case ast.Call(
            func=ast.Attribute(attr=method),
            args=[ast.Constant(value=1)] | [_, ast.Constant(value=1)],
        ):
            if method in (AXIS_FIRST if len(call.args) == 1 else AXIS_FIRST | {"apply"}):
                return True
    for keyword in call.keywords:
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            return keyword.value.value in (1, "columns", -1)
    return False


def grouped(node: ast.expr) -> bool:
    """Tell whether an expression is a ``groupby(...)``, or a column of one."""
    while True:
        match node:
            case ast.Call(func=ast.Attribute(attr="groupby")):
                return True
            case ast.Subscript(value=inner) | ast.Attribute(value=inner):
                node = inner
            case _:
                return False


def column_of(node: ast.expr) -> str | None:
    """Give the column that an expression is mostly about, to name things after."""
    for part in walk(node):
        match part:
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                return name
    for part in walk(node):
        match part:
            case ast.Attribute(value=ast.Name(), attr=name) if root(part):
                if name not in REDUCTIONS | OF_THE_TABLE and not _is_method(part, node):
                    return name
    return None


def _is_method(attribute: ast.Attribute, within: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) and part.func is attribute for part in walk(within))
