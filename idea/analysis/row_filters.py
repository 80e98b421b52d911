"""Separates row filters from what shapes columns."""

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from idea.analysis.row_dependence import Kind, Kinds, rowwise
from idea.knowledge.pandas_methods import ROW_FILTERS
from idea.program.dataflow import loop_elements
from idea.program.names_used import root
from idea.syntax import callee_name, constant, copied, is_in_place, keyword_value, mentions, walk

Functions = Mapping[str, ast.FunctionDef]
_ROW = "row_number"  # the column that holds the index while tables are merged


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
    rest = _rest(copied(node), filters)
    return Unfiltered(rest, tuple(filters.found), filters.split_by_position)


def unfiltered(node: ast.expr, kinds: Kinds, functions: Functions) -> ast.expr:
    """Give a copy of an expression without its row filters.

    Args:
        node: the expression.
        kinds: which variables hold rows.
        functions: the notebook's own functions.
    """
    return _RowFilters(kinds, functions).without(copied(node))


def _rest(node: ast.stmt, filters: "_RowFilters") -> ast.stmt | None:
    match node:
        case ast.For(target=ast.Name(id=name), iter=ast.List() | ast.Tuple()) if (
            name not in filters.kinds.rows and filters.kinds.of(node.iter) is Kind.ROWS
        ):
            filters.kinds.rows.add(name)
            rest = _rest(node, filters)
            filters.kinds.rows.discard(name)
            return rest
        case ast.For(target=ast.Tuple()) if new := _names_of_rows(node, filters.kinds.rows):
            filters.kinds.rows.update(new)
            rest = _rest(node, filters)
            filters.kinds.rows.difference_update(new)
            return rest
        case ast.For() | ast.If() | ast.While():
            node.body = list(_rest_of_block(node.body, filters)) or [ast.Pass()]
            node.orelse = list(_rest_of_block(node.orelse, filters))
        case ast.With():
            node.body = list(_rest_of_block(node.body, filters)) or [ast.Pass()]
        case ast.Try():
            node.body = list(_rest_of_block(node.body, filters)) or [ast.Pass()]
            for handler in node.handlers:
                handler.body = list(_rest_of_block(handler.body, filters)) or [ast.Pass()]
            node.orelse = list(_rest_of_block(node.orelse, filters))
            node.finalbody = list(_rest_of_block(node.finalbody, filters))
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if filters.kinds.of(value) is not Kind.ROWS:
                return node  # something is computed from some rows, and all rows stay
            node.value = filters.without(value)
            if isinstance(node.value, ast.Name) and node.value.id == name:
                return None
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=inner)) as call):
            rows = filters.kinds.of(inner) is Kind.ROWS
            if rows and is_row_filter(call) and is_in_place(call):
                filters.found.append(ast.unparse(node))
                return None
    return node


def _names_of_rows(loop: ast.For, rows: Set[str]) -> set[str]:
    """Give the variables of a loop that stand for rows: `d` of ``for n, d in enumerate([df])``.

    Args:
        loop: the loop.
        rows: other variables that hold rows.
    """
    found = loop_elements(loop).items()
    return {name for name, each in found if each and {*each} <= rows} - {*rows}


def _rest_of_block(nodes: Sequence[ast.stmt], filters: "_RowFilters") -> Iterator[ast.stmt]:
    """Take the row filters out of a loop or branch, which is no split by position."""
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if name not in filters.kinds.rows:
                yield node  # a variable of the block's own
                continue
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
                if leaves_out_unmatched(node):
                    self.found.append(ast.unparse(node))
                    _keep_unmatched(node)
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


def leaves_out_unmatched(call: ast.Call) -> bool:
    """Tell whether a call joins a table, and gives the rows only that have their key in it."""
    how = constant(keyword_value(call, "how"))
    match callee_name(call):
        case "merge":
            return how == "inner" or keyword_value(call, "how") is None
        case "join":
            return how == "inner"
    return False


def _keep_unmatched(call: ast.Call) -> None:
    """Let a call that joins a table give all rows."""
    call.keywords = [keyword for keyword in call.keywords if keyword.arg != "how"]
    call.keywords.append(ast.keyword("how", ast.Constant("left")))


def only_shuffles(filters: Sequence[str]) -> bool:
    """Tell whether filters, by their source, only put all rows into another order."""
    calls = [ast.parse(source, mode="eval").body for source in filters]
    return all(
        isinstance(call, ast.Call)
        and callee_name(call) == "sample"
        and constant(keyword_value(call, "frac")) == 1
        for call in calls
    )


def filters_rows(function: ast.FunctionDef) -> bool:
    """Tell whether one of the notebook's own functions gives some of a frame's rows unchanged."""
    parameters = {argument.arg for argument in function.args.args}
    nodes = list(walk(function))
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
        """Drop ``reset_index(drop=True)`` and ``ignore_index=True``; keep the index in a merge."""
        self.generic_visit(node)
        node.keywords = [k for k in node.keywords if k.arg != "ignore_index"]
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr="merge") as method):
                method.value = _with_index_as_column(inner)
                return _with_index_again(node)
            case ast.Call(func=ast.Attribute(value=inner, attr="reset_index"), keywords=keywords):
                if any(k.arg == "drop" for k in keywords):
                    return inner
        return node


def _with_index_as_column(frame: ast.expr) -> ast.expr:
    name = ast.keyword("names", ast.Constant(_ROW))
    return ast.Call(ast.Attribute(frame, "reset_index", ast.Load()), [], [name])


def _with_index_again(merged: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(merged, "set_index", ast.Load()), [ast.Constant(_ROW)], [])


def keeping_index(nodes: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Give copies of statements that leave every row its index."""
    for node in nodes:
        new = _KeepIndex().visit(copied(node))
        match new:
            case ast.Expr(value=ast.Name()):
                continue
            case ast.Assign(targets=[ast.Name(id=a)], value=ast.Name(id=b)) if a == b:
                continue
        yield ast.fix_missing_locations(new)


def with_tracked_rows(nodes: Sequence[ast.stmt], name: str, pandas: str) -> list[ast.stmt]:
    """Add statements that remember the rows of a frame whose index is replaced.

    Args:
        nodes: statements, in order.
        name: the variable that is to hold each row's number by its new index.
        pandas: what pandas is imported as.

    Returns:
        The statements; they make the variable only if one of them replaces an index.
    """
    done: list[ast.stmt] = []
    tracked = False
    for node in [part for whole in nodes for part in _in_parts(whole)]:
        frames = _reindexed(node)
        if frames is None:
            done.append(node)
            continue
        old, new = frames
        rows = f"{name}.loc[{old}.index].to_numpy()" if tracked else f"{old}.index"
        before = ast.parse(f"{name} = {rows}").body[0]
        after = ast.parse(f"{name} = {pandas}.Series({name}, index={new}.index)").body[0]
        done += [ast.copy_location(before, node), node, ast.copy_location(after, node)]
        tracked = True
    return [ast.fix_missing_locations(node) for node in done]


def _in_parts(node: ast.stmt) -> Iterator[ast.stmt]:
    """Write ``new = old.a().set_index(...).b()`` as three statements."""
    match node:
        case ast.Assign(targets=[ast.Name(id=new)], value=value):
            inner: Any = _replaced_index_in(value)
            if inner is None or (isinstance(inner.func.value, ast.Name) and inner is value):
                yield node
                return
        case _:
            yield node
            return
    name = ast.Name(new, ast.Load())
    parts: list[ast.expr] = []
    base = inner.func.value
    if not isinstance(base, ast.Name):
        parts.append(base)
        inner.func.value = name
    parts.append(copy.copy(inner))
    if inner is not value:
        rest: Any = _ReplaceNode(inner, name).visit(value)
        parts.append(rest)
    for part in parts:
        yield ast.copy_location(ast.Assign([ast.Name(new, ast.Store())], part), node)


class _ReplaceNode(ast.NodeTransformer):
    """Replaces one node of an expression."""

    def __init__(self, old: ast.AST, new: ast.expr) -> None:
        self.old = old
        self.new = new

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace the node, wherever it is."""
        return self.new if node is self.old else self.generic_visit(node)


def _replaced_index_in(node: Any) -> Any:
    """Find the call in a chain of methods that replaces the frame's index; None if none does."""
    while True:
        match node:
            case ast.Call(
                func=ast.Attribute(attr="set_index"), args=[ast.Constant(value=name)]
            ) if name == _ROW:
                return None  # the index as it was
            case ast.Call(func=ast.Attribute(attr="set_index" | "reset_index")):
                return node
            case ast.Call(func=ast.Attribute(value=inner)):
                node = inner
            case ast.Subscript(value=inner) | ast.Attribute(value=inner):
                node = inner
            case _:
                return None


def _reindexed(node: ast.stmt) -> tuple[str, str] | None:
    """Give the frame whose index a statement replaces, and the one with the new index."""
    match node:
        case ast.Assign(
            targets=[ast.Name(id=new)],
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=old), attr=method)),
        ) if method in ("set_index", "reset_index"):
            return old, new
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=old), attr=method)) as call
        ) if method in ("set_index", "reset_index") and is_in_place(call):
            return old, old
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=old), attr="index")]):
            return old, old
    return None
