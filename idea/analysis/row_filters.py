"""Separates row filters from what shapes columns."""

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from idea.analysis.row_dependence import Kind, Kinds, rowwise
from idea.knowledge.pandas_methods import ROW_FILTERS
from idea.program.names_used import root
from idea.syntax import is_in_place, mentions

Functions = Mapping[str, ast.FunctionDef]


@dataclass(frozen=True)
class Unfiltered:
    """A statement without its row filters.

    Attributes:
        node: what is left of the statement; None if it did nothing else.
        filters: the source of each filter.
        split_by_position: whether a filter cuts rows by their position.
    """

    node: ast.stmt | None
    filters: tuple[str, ...]
    split_by_position: bool


def without_row_filters(node: ast.stmt, kinds: Kinds, functions: Functions) -> Unfiltered:
    """Take the row filters out of a statement on a frame.

    Args:
        node: the statement, which is not changed.
        kinds: which variables hold rows.
        functions: the notebook's own functions.
    """
    filters = _RowFilters(kinds, functions)
    rest = _rest(copy.deepcopy(node), filters)
    return Unfiltered(rest, tuple(filters.found), filters.split_by_position)


def unfiltered(node: ast.expr, kinds: Kinds, functions: Functions) -> ast.expr:
    """Give a copy of an expression without its row filters.

    Args:
        node: the expression.
        kinds: which variables hold rows.
        functions: the notebook's own functions.
    """
    return _RowFilters(kinds, functions).without(copy.deepcopy(node))


def _rest(node: ast.stmt, filters: "_RowFilters") -> ast.stmt | None:
    match node:
        case ast.For() | ast.If():
            node.body = list(_rest_of_block(node.body, filters)) or [ast.Pass()]
            node.orelse = list(_rest_of_block(node.orelse, filters))
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            node.value = filters.without(value)
            if isinstance(node.value, ast.Name) and node.value.id == name:
                return None
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=inner)) as call):
            rows = filters.kinds.of(inner) is Kind.ROWS
            if rows and is_row_filter(call) and is_in_place(call):
                filters.found.append(ast.unparse(node))
                return None
    return node


def _rest_of_block(nodes: Sequence[ast.stmt], filters: "_RowFilters") -> Iterator[ast.stmt]:
    """Take the row filters out of a loop or branch, which is no split by position."""
    for node in nodes:
        found = without_row_filters(node, filters.kinds, filters.functions)
        filters.found += found.filters
        if found.node is not None:
            yield found.node


class _RowFilters:
    """Takes row filters out of expressions, and notes them in `found`."""

    def __init__(self, kinds: Kinds, functions: Functions) -> None:
        self.kinds = kinds
        self.functions = functions
        self.found: list[str] = []
        self.split_by_position = False

    def without(self, node: ast.expr) -> ast.expr:
        """Take the filters out of an expression, from the outermost to the frame inside."""
        match node:
            case ast.Call(func=ast.Attribute(value=inner) as method) if (
                self.kinds.of(inner) is Kind.ROWS
            ):
                if is_row_filter(node):
                    return self._taken(node, inner)
                method.value = self.without(inner)
            case ast.Call():
                return self._function(node)
            case ast.Attribute(value=inner):
                node.value = self.without(inner)
            case ast.Subscript(value=ast.Attribute(attr="loc" | "iloc") as indexer):
                return self._located(node, indexer)
            case ast.Subscript(slice=ast.Tuple(elts=[rows, *_]) as index):
                if self._selects_rows(rows):
                    self.found.append(ast.unparse(node))
                    index.elts[0] = ast.Slice()
                node.value = self.without(node.value)
            case ast.Subscript(value=inner, slice=rows):
                if self._selects_rows(rows):
                    return self._taken(node, inner)
                node.value = self.without(inner)
        return node

    def _taken(self, node: ast.expr, inner: ast.expr) -> ast.expr:
        self.found.append(ast.unparse(node))
        return self.without(inner)

    def _function(self, node: ast.Call) -> ast.expr:
        """Take filters out of the first argument of a function, or of the frames in a concat."""
        if not node.args:
            return node
        first = node.args[0]
        if isinstance(node.func, ast.Name):
            own = self.functions.get(node.func.id)
            if own is not None and filters_rows(own) and self.kinds.of(first) is Kind.ROWS:
                return self._taken(node, first)
        concat = self.kinds.path(node.func) == "pandas.concat"
        match first:
            case ast.List(elts=[top, *_]) | ast.Tuple(elts=[top, *_]) if concat:
                if not rowwise(node):
                    return self._taken(node, top)
                first.elts = [self.without(frame) for frame in first.elts]
            case _ if self.kinds.of(first) is Kind.ROWS:
                node.args[0] = self.without(first)
        return node

    def _located(self, node: ast.Subscript, indexer: ast.Attribute) -> ast.expr:
        """Take the filter out of ``df.loc[rows, columns]``.

        Args:
            node: the whole expression.
            indexer: the ``df.loc`` in it.
        """
        match node.slice:
            case ast.Tuple(elts=[rows, columns]):
                if self._selects_rows(rows):
                    self.found.append(ast.unparse(node))
                    node.slice = ast.Tuple([ast.Slice(), columns], ast.Load())
            case rows:
                if self._selects_rows(rows):
                    return self._taken(node, indexer.value)
        indexer.value = self.without(indexer.value)
        return node

    def _selects_rows(self, index: ast.expr) -> bool:
        """Tell whether an index selects some of the rows."""
        match index:
            case ast.Slice(lower=None, upper=None, step=None):
                return False
            case ast.Slice(lower=ast.Constant(value=str())):
                return False
            case ast.Slice():
                self.split_by_position = True
                return True
        return self.kinds.of(index) is Kind.ROWS


def is_row_filter(call: ast.Call) -> bool:
    """Tell whether a call of a method gives some of a frame's rows only."""
    assert isinstance(call.func, ast.Attribute)
    method = call.func.attr
    if method == "dropna":
        return not rowwise(call)
    if method == "drop":
        keywords = {k.arg: k.value for k in call.keywords}
        axis = keywords.get("axis", ast.Constant(0))
        by_row = isinstance(axis, ast.Constant) and axis.value in (0, "index", "rows")
        return "index" in keywords or (by_row and "columns" not in keywords)
    return method in ROW_FILTERS


def filters_rows(function: ast.FunctionDef) -> bool:
    """Tell whether one of the notebook's own functions gives some of a frame's rows unchanged."""
    parameters = {argument.arg for argument in function.args.args}
    nodes = list(ast.walk(function))
    if any(
        isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store) and root(n) in parameters
        for n in nodes
    ):
        return False
    kinds = Kinds(parameters, {})
    for node in nodes:
        match node:
            case ast.For(iter=iterable) if mentions(iterable, "groupby"):
                return True
            case ast.Return(value=ast.Call(func=ast.Attribute()) as call) if is_row_filter(call):
                return True
            case ast.Return(value=ast.Subscript(slice=index)) if kinds.of(index) is Kind.ROWS:
                return True
    return False


class _KeepIndex(ast.NodeTransformer):
    """Keeps each row's index, by which the rows that are left are found in the table."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Drop ``reset_index(drop=True)`` and ``ignore_index=True``."""
        self.generic_visit(node)
        node.keywords = [k for k in node.keywords if k.arg != "ignore_index"]
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr="reset_index"), keywords=keywords):
                if any(k.arg == "drop" for k in keywords):
                    return inner
        return node


def keeping_index(nodes: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Give copies of statements that leave every row its index."""
    for node in nodes:
        new = _KeepIndex().visit(copy.deepcopy(node))
        match new:
            case ast.Expr(value=ast.Name()):
                continue
            case ast.Assign(targets=[ast.Name(id=a)], value=ast.Name(id=b)) if a == b:
                continue
        yield ast.fix_missing_locations(new)
