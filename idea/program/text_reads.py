"""Writes what numpy or csv reads from a text file as what pandas reads: a table, and its values."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from idea.program.dataflow import Step
from idea.program.names_used import stored_names
from idea.syntax import constant, copied, import_path, keyword_value, walk

_READERS = {"numpy.loadtxt": "skiprows", "numpy.genfromtxt": "skip_header"}
# What says nothing of which values are read, where they are numbers.
_OTHERS = {"dtype", "encoding", "invalid_raise", "autostrip", "ndmin", "filling_values"}
_BLANKS = r"\s+"
# What csv gives: a dict for each row, or a list for each, after that of the columns' names.
_ROWS = {
    "csv.DictReader": "table.to_dict('records')",
    "csv.reader": "[list(table.columns), *table.to_numpy().tolist()]",
}
TEXT_READERS = frozenset({*_READERS, *_ROWS})  # which are written so


def with_pandas_reads(steps: Iterable[Step], imports: Mapping[str, str]) -> Iterator[Step]:
    """Write ``np.loadtxt(path, delimiter=",")`` as ``pd.read_csv(path, header=None).to_numpy()``.

    Args:
        steps: the statements, which are not changed.
        imports: dotted paths by the names that they are imported as.
    """
    pandas = next((name for name, path in imports.items() if path == "pandas"), "")
    reads = _Reads(imports, pandas)
    for step in steps:
        if pandas and any(reads.path(part) in TEXT_READERS for part in walk(step.node)):
            yield step.becomes(reads.statement(copied(step.node)), step.role, step.call)
        else:
            yield step


class _Reads(ast.NodeTransformer):
    """Replaces the calls."""

    def __init__(self, imports: Mapping[str, str], pandas: str) -> None:
        self.imports = imports
        self.pandas = pandas

    def path(self, node: ast.AST) -> str | None:
        """Give the import path of what a call calls; None of anything else."""
        return import_path(node.func, self.imports) if isinstance(node, ast.Call) else None

    def statement(self, node: ast.stmt) -> ast.stmt:
        """Replace the calls of a statement, of which ``x, y = np.loadtxt(path).T`` may be one."""
        new: ast.stmt = self.visit(node)
        match new:
            case ast.Assign(
                targets=[ast.Tuple(elts=targets)],
                value=ast.Attribute(
                    value=ast.Call(func=ast.Attribute(value=table, attr="to_numpy")), attr="T"
                ),
            ):
                name = "_".join(sorted(stored_names(new)))
                once = ast.NamedExpr(ast.Name(name, ast.Store()), table)
                each = [once, *(ast.Name(name, ast.Load()) for _ in targets[1:])]
                columns = [_values(_column(one, at)) for at, one in enumerate(each)]
                new.value = ast.Tuple([*columns], ast.Load())
        return new

    def visit_Call(self, call: ast.Call) -> ast.AST:
        """Replace a call, if pandas can say all of it."""
        self.generic_visit(call)
        rows = self._rows(call)
        if rows is not None:
            return ast.copy_location(rows, call)
        skipping = _READERS.get(self.path(call) or "")
        known = {"delimiter", "usecols", "unpack", "comments", "names", skipping, *_OTHERS}
        if skipping is None or len(call.args) != 1 or {k.arg for k in call.keywords} - known:
            return call
        named = constant(keyword_value(call, "names")) is True
        if not named and keyword_value(call, "names") is not None:
            return call
        table = self._table(call, keyword_value(call, skipping), named)
        return call if table is None else ast.copy_location(self._values(call, table, named), call)

    def _rows(self, call: ast.Call) -> ast.expr | None:
        """Give the rows that csv gives; None if something else is called, or it is told more."""
        written = _ROWS.get(self.path(call) or "")
        if written is None or len(call.args) != 1 or {k.arg for k in call.keywords} - {"delimiter"}:
            return None
        separator = keyword_value(call, "delimiter")
        keywords = [] if separator is None else [ast.keyword("sep", separator)]
        reader = ast.Attribute(ast.Name(self.pandas, ast.Load()), "read_csv", ast.Load())
        table = ast.NamedExpr(ast.Name("table", ast.Store()), ast.Call(reader, call.args, keywords))
        node = ast.parse(written, mode="eval").body
        uses = [part for part in walk(node) if isinstance(part, ast.Attribute)]
        uses[0].value = table
        return node

    def _table(self, call: ast.Call, skipped: ast.expr | None, named: bool) -> ast.Call | None:
        """Give the call of pandas; None if it is not known how many lines are left out.

        Args:
            call: the call of numpy.
            skipped: how many lines it leaves out.
            named: whether the first of the others names the columns.
        """
        lines = 0 if skipped is None else constant(skipped)
        if not isinstance(lines, int):
            return None
        separator = keyword_value(call, "delimiter") or ast.Constant(_BLANKS)
        keywords = [ast.keyword("sep", separator)]
        if lines == 1 and not named:
            pass  # the names of the columns, which pandas keeps
        elif not named:
            keywords.append(ast.keyword("header", ast.Constant(None)))
        if lines > 1 or (named and lines):
            keywords.append(ast.keyword("skiprows", ast.Constant(lines)))
        comments = keyword_value(call, "comments")
        if comments is not None:
            keywords.append(ast.keyword("comment", comments))
        reader = ast.Attribute(ast.Name(self.pandas, ast.Load()), "read_csv", ast.Load())
        return ast.Call(reader, call.args, keywords)

    def _values(self, call: ast.Call, table: ast.expr, named: bool) -> ast.expr:
        """Give the columns that numpy takes, as it holds them."""
        columns = keyword_value(call, "usecols")
        if isinstance(columns, ast.Tuple):
            columns = ast.List(columns.elts, ast.Load())
        if columns is not None:
            table = _column(table, columns)
        if named:
            return table
        values = _values(table)
        is_turned = constant(keyword_value(call, "unpack")) is True
        return ast.Attribute(values, "T", ast.Load()) if is_turned else values


def _column(table: ast.expr, at: ast.expr | int) -> ast.expr:
    """Write ``table.iloc[:, at]``."""
    at = ast.Constant(at) if isinstance(at, int) else at
    rows = ast.Attribute(copied(table), "iloc", ast.Load())
    return ast.Subscript(rows, ast.Tuple([ast.Slice(), at], ast.Load()), ast.Load())


def _values(table: ast.expr) -> ast.Call:
    """Write ``table.to_numpy()``."""
    return ast.Call(ast.Attribute(table, "to_numpy", ast.Load()), [], [])
