"""Parts what leaves out rows from what shapes columns."""

import ast
import copy
from collections.abc import Iterator, Mapping

from idea.analysis.row_dependence import Kind, Kinds, rowwise
from idea.program.names_used import root
from idea.syntax import is_in_place

_ROW_METHODS = frozenset(
    "drop_duplicates query sample head tail nlargest nsmallest truncate".split()
)
# What has to stay as it is where rows are left out, so that each row keeps its place.
_ORDER_METHODS = frozenset({"reset_index"})


class RowParts(ast.NodeTransformer):
    """Takes out of an expression what leaves out rows; `found` says what that was."""

    def __init__(self, kinds: Kinds, functions: Mapping[str, ast.FunctionDef]) -> None:
        """Take what tells rows from other values, and the notebook's own functions."""
        self.kinds = kinds
        self.functions = functions
        self.found: list[str] = []
        self.split_by_position = False

    def spine(self, node: ast.expr) -> ast.expr:
        """Give the expression without row filters, following the frame that it works on."""
        match node:
            case ast.Call(func=ast.Attribute(value=inner)):
                assert isinstance(node.func, ast.Attribute)
                if self.kinds.of(inner) is Kind.ROWS:
                    if leaves_out_rows(node):
                        self.found.append(ast.unparse(node))
                        return self.spine(inner)
                    node.func.value = self.spine(inner)
                    return node
                return self._arguments(node)
            case ast.Call():
                return self._arguments(node)
            case ast.Attribute(value=inner):
                node.value = self.spine(inner)
                return node
            case ast.Subscript():
                return self._subscript(node)
        return node

    def _arguments(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.args:
            own = self.functions.get(node.func.id)
            if own is not None and filters_rows(own) and self.kinds.of(node.args[0]) is Kind.ROWS:
                self.found.append(ast.unparse(node))
                return self.spine(node.args[0])
        path = self.kinds.path(node.func) or ""
        if path == "pandas.concat" and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
            if not rowwise(node):
                self.found.append(ast.unparse(node))
                return self.spine(node.args[0].elts[0])
            node.args[0].elts = [self.spine(e) for e in node.args[0].elts]
            return node
        for position, argument in enumerate(node.args[:1]):
            if self.kinds.of(argument) is Kind.ROWS:
                node.args[position] = self.spine(argument)
        return node

    def _subscript(self, node: ast.Subscript) -> ast.expr:
        indexer = node.value.attr if isinstance(node.value, ast.Attribute) else ""
        if indexer in ("loc", "iloc"):
            assert isinstance(node.value, ast.Attribute)
            frame = node.value.value
            rows, columns = _rows_and_columns(node.slice)
            if self._leaves_out(rows, by_position=indexer == "iloc"):
                self.found.append(ast.unparse(node))
                if columns is None:
                    return self.spine(frame)
                everything = ast.Slice()
                node.value.value = self.spine(frame)
                node.slice = ast.Tuple([everything, columns], ast.Load())
                return node
            node.value.value = self.spine(frame)
            return node
        rows, columns = _rows_and_columns(node.slice)
        if isinstance(node.slice, ast.Tuple):
            if self._leaves_out(rows, by_position=True):
                self.found.append(ast.unparse(node))
                assert isinstance(node.slice, ast.Tuple)
                node.slice.elts[0] = ast.Slice()
            node.value = self.spine(node.value)
            return node
        if self._leaves_out(node.slice, by_position=True):
            self.found.append(ast.unparse(node))
            return self.spine(node.value)
        node.value = self.spine(node.value)
        return node

    def _leaves_out(self, rows: ast.expr, by_position: bool) -> bool:
        if isinstance(rows, ast.Slice):
            if rows.lower is None and rows.upper is None and rows.step is None:
                return False
            if isinstance(rows.lower, ast.Constant) and isinstance(rows.lower.value, str):
                return False
            self.split_by_position = True
            return True
        return self.kinds.of(rows) is Kind.ROWS


def leaves_out_rows(node: ast.Call) -> bool:
    """Whether a method call leaves out rows."""
    assert isinstance(node.func, ast.Attribute)
    method = node.func.attr
    if method in _ROW_METHODS:
        return True
    if method == "dropna":
        return not rowwise(node)
    if method == "drop":
        keywords = {k.arg: k.value for k in node.keywords}
        if "index" in keywords:
            return True
        axis = keywords.get("axis")
        by_row = axis is None or (
            isinstance(axis, ast.Constant) and axis.value in (0, "index", "rows")
        )
        return by_row and "columns" not in keywords
    return False


def _rows_and_columns(node: ast.expr) -> tuple[ast.expr, ast.expr | None]:
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        return node.elts[0], node.elts[1]
    return node, None


def filters_rows(function: ast.FunctionDef) -> bool:
    """Whether a function of the notebook's own gives some of a frame's rows, as they were."""
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
            case ast.For(iter=ast.Call(func=ast.Attribute(attr="groupby"))):
                return True
            case ast.For(iter=iterable) if "groupby" in ast.unparse(iterable):
                return True
            case ast.Return(value=ast.Call(func=ast.Attribute()) as call) if leaves_out_rows(call):
                return True
            case ast.Return(value=ast.Subscript(slice=index)) if kinds.of(index) is Kind.ROWS:
                return True
    return False


def without_row_parts(
    node: ast.stmt, kinds: Kinds, functions: Mapping[str, ast.FunctionDef]
) -> tuple[ast.stmt | None, RowParts]:
    """Take what leaves out rows out of a statement on a frame.

    Returns:
        What is left of it (None: nothing), and what was found.
    """
    parts = RowParts(kinds, functions)
    node = copy.deepcopy(node)
    match node:
        case ast.For() | ast.If():
            node.body = list(_without(node.body, kinds, functions, parts)) or [ast.Pass()]
            node.orelse = list(_without(node.orelse, kinds, functions, parts))
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            node.value = parts.spine(value)
            if isinstance(node.value, ast.Name) and node.value.id == name:
                return None, parts
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=inner)) as call):
            if kinds.of(inner) is Kind.ROWS and leaves_out_rows(call) and is_in_place(call):
                parts.found.append(ast.unparse(node))
                return None, parts
    return node, parts


def _without(
    nodes: list[ast.stmt], kinds: Kinds, functions: Mapping[str, ast.FunctionDef], found: RowParts
) -> Iterator[ast.stmt]:
    for node in nodes:
        rest, parts = without_row_parts(node, kinds, functions)
        found.found += parts.found
        if rest is not None:
            yield rest


class KeepIndex(ast.NodeTransformer):
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


def keeping_index(nodes: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Give statements that leave every row its index."""
    for node in nodes:
        new = KeepIndex().visit(copy.deepcopy(node))
        match new:
            case ast.Expr(value=ast.Name()):
                continue
            case ast.Assign(targets=[ast.Name(id=a)], value=ast.Name(id=b)) if a == b:
                continue
        yield ast.fix_missing_locations(new)
