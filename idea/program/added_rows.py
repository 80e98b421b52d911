"""Leaves rows out that a notebook writes down itself and adds to its table.

`df = pd.concat([df, pd.DataFrame([{"age": 30}])])` and `df.loc[len(df)] = [30]` add a row that no
table has: nothing can be learned from it in a repository, whose rows are those of its table.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

from idea.program.dataflow import Step
from idea.program.names_used import free_names
from idea.syntax import brief, copied, import_path, keyword_value, walk

_WIDTH = 70  # of code in a note
_MAKERS = ("pandas.DataFrame", "pandas.DataFrame.from_dict", "pandas.DataFrame.from_records")
_LITERAL = ("pandas.Series", "numpy.array", "numpy.nan", *_MAKERS)
_CHANGED = ("T", "to_frame", "reset_index", "astype", "transpose")


def without_added_rows(
    steps: Iterable[Step], imports: Mapping[str, str], reads: Iterable[str]
) -> tuple[list[Step], list[tuple[int, str]]]:
    """Leave such rows out.

    Args:
        steps: the statements, in order; they are not changed.
        imports: dotted paths by the names that they are imported as.
        reads: functions that read tables, by their import paths.

    Returns:
        The statements, and what was left out, with its cell.
    """
    rows = _AddedRows(imports, set(reads))
    kept = [new for step in steps for new in rows.without(step)]
    return kept, rows.left_out


class _AddedRows:
    """Knows which variables hold rows of tables, and which hold what the notebook writes down."""

    def __init__(self, imports: Mapping[str, str], reads: set[str]) -> None:
        self.imports = imports
        self.reads = reads
        self.tables: set[str] = set()
        self.written: set[str] = set()
        self.left_out: list[tuple[int, str]] = []

    def without(self, step: Step) -> Iterator[Step]:
        """Give a statement without the rows that it adds; nothing if it does nothing else."""
        node = step.node
        if _stores_below(node, self.tables):
            self._note(step)
            return
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                new = self._with_rows_of_tables(value)
                if new is not None:
                    self._note(step)
                    if not (isinstance(new, ast.Name) and new.id == name):
                        yield step.becomes(ast.Assign(node.targets, new))
                else:
                    yield step
                self._follow(name, value)
            case _:
                yield step
                for name in step.effects.makes:
                    self.tables.discard(name)
                    self.written.discard(name)

    def _note(self, step: Step) -> None:
        what = f"`{brief(step.node, _WIDTH)}` adds rows that no table has"
        self.left_out.append((step.cell, f"{what}: nothing is learned from them"))

    def _follow(self, name: str, value: ast.expr) -> None:
        """Note what a variable holds from here on."""
        is_table = bool(free_names(value) & self.tables) or any(
            isinstance(part, ast.Call) and import_path(part.func, self.imports) in self.reads
            for part in walk(value)
        )
        (self.tables.add if is_table else self.tables.discard)(name)
        (self.written.add if self._is_written(value) else self.written.discard)(name)

    def _with_rows_of_tables(self, value: ast.expr) -> ast.expr | None:
        """Give ``pd.concat([df, extra])`` without what the notebook writes down; None if all stays.

        Args:
            value: the expression.
        """
        match value:
            case ast.Call(func=function, args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]) if (
                import_path(function, self.imports) == "pandas.concat"
                and not isinstance(keyword_value(value, "axis"), ast.Constant)
            ):
                left = [part for part in parts if not self._makes_rows(part)]
                if len(left) == len(parts) or not free_names(ast.List(left)) & self.tables:
                    return None
                anew = keyword_value(value, "ignore_index")
                if len(left) > 1:
                    keywords = [copied(k) for k in value.keywords]
                    return ast.Call(function, [ast.List(left, ast.Load())], keywords)
                if isinstance(anew, ast.Constant) and anew.value:
                    reset = ast.Attribute(left[0], "reset_index", ast.Load())
                    return ast.Call(reset, [], [ast.keyword("drop", ast.Constant(True))])
                return left[0]
        return None

    def _makes_rows(self, node: ast.expr) -> bool:
        """Tell whether an expression is a frame that the notebook writes down."""
        if isinstance(node, ast.Name):
            return node.id in self.written
        makes = any(
            isinstance(part, ast.Call) and import_path(part.func, self.imports) in _LITERAL
            for part in walk(node)
        )
        return makes and self._is_written(node)

    def _is_written(self, node: ast.expr) -> bool:
        """Tell whether an expression is made of constants only."""
        for part in walk(node):
            match part:
                case ast.Call(func=ast.Attribute(attr=attr)) if attr in _CHANGED:
                    continue
                case ast.Call(func=function):
                    if import_path(function, self.imports) not in _LITERAL:
                        return False
                case ast.Name(id=name):
                    if name not in self.written and name not in self.imports:
                        return False
                case ast.ListComp() | ast.DictComp() | ast.SetComp() | ast.GeneratorExp():
                    return False
        return True


def _stores_below(node: ast.stmt, tables: set[str]) -> bool:
    """Tell whether a statement is ``df.loc[len(df)] = …`` of a table."""
    match node:
        case ast.Assign(
            targets=[
                ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="loc"), slice=place)
            ]
        ) if name in tables:
            return ast.unparse(place) in {
                f"len({name})", f"len({name}.index)", f"{name}.shape[0]", f"{name}.index.max() + 1",
                f"{name}.index[-1] + 1", f"max({name}.index) + 1",
            }  # fmt: skip
    return False
