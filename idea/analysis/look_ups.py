"""Tables beside the one that is learned from, in which statements look something up by a key."""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from idea.analysis.chosen_fit import NoIdea
from idea.analysis.rows_to_predict import is_beside, variables_of
from idea.analysis.slices import Slices
from idea.knowledge.pandas_methods import CONCATENATIONS, REDUCTIONS
from idea.knowledge.readers import PATH_PARAMETERS, SUFFIXES
from idea.names import file_stem_for
from idea.program import Program, Script, Step
from idea.program.names_used import free_names, root
from idea.syntax import copied, import_path, keyword_value, walk
from idea.tables import NoData, Source, TableSummary

LOOK_UP = "look_up"  # role of a step that reads such a table; and the function that gives its file
# Methods that give one row for each group.
_OF_GROUPS = REDUCTIONS | {"size"}
_SAME_ROWS = 0.5  # share of the rows, from which on two tables are about the same things


@dataclass(frozen=True)
class FoundTable:
    """A table that a step reads.

    Attributes:
        source: how the notebook reads it.
        path: its file.
        summary: what a look at it shows.
    """

    source: Source
    path: Path
    summary: TableSummary


@dataclass(frozen=True)
class LookUp:
    """A table in which statements look something up.

    Attributes:
        source: how the notebook reads it.
        path: its file.
        name: of its file in the repo.
        columns: of the table.
    """

    source: Source
    path: Path
    name: str
    columns: tuple[object, ...] = ()


@dataclass(frozen=True)
class WithLookUps:
    """A notebook's code in which look-up tables are read from the repo.

    Attributes:
        script: the code.
        tables: the tables.
    """

    script: Script
    tables: tuple[LookUp, ...]


def with_look_ups(
    slices: Slices, main: FoundTable, found: Callable[[int], FoundTable]
) -> WithLookUps | None:
    """Find the tables that the fit needs beside the one whose rows it learns from.

    Args:
        slices: the statements behind the fit.
        main: the table whose rows are learned from.
        found: finds the table that the step at a position reads.

    Returns:
        The code, in which they are read from the repo; None if there are none.

    Raises:
        NoIdea: such a table gives rows, or stands beside the other row by row.
        NoData: it can't be found or read.
    """
    steps = [_with_merge_methods(step, slices.script) for step in slices.steps]
    tables: list[LookUp] = []
    for position in sorted({*slices.X, *slices.y} - {slices.load}):
        step = steps[position]
        if step.role != "load" or step.call is None:
            continue
        table = found(position)
        _check(position, table, slices, main)
        taken = {main.path.name.lower(), *(each.name for each in tables)}
        name = file_name(table.source, table.path, taken)
        look_up = LookUp(table.source, table.path, name, tuple(table.summary.columns))
        steps[position] = _read_from_repo(step, look_up)
        tables.append(look_up)
    if not tables:
        return None
    program = Program(tuple(steps), slices.script.functions)
    return WithLookUps(replace(slices.script, program=program), tuple(tables))


def _check(position: int, table: FoundTable, slices: Slices, main: FoundTable) -> None:
    """Refuse a table that is no look-up.

    Args:
        position: of the step that reads it.
        table: the table.
        slices: the statements behind the fit.
        main: the table whose rows are learned from.
    """
    both = f"{main.path.name} and {table.path.name}"
    advice = "save what it makes of them as one table, and name that with dataset=…"
    if "sql" in (table.source.format, main.source.format) and table.path == main.path:
        raise NoData(f"it reads several tables of {main.path.name}; join them in one query")
    if table.source.format in ("sklearn", "sql"):
        raise NoIdea(f"it uses the rows of {both}; {advice}")
    names = variables_of(position, slices)
    for at, step in enumerate(slices.steps[: slices.fit.position]):
        for call in _calls(step.node):
            if import_path(call.func, slices.script.imports) not in CONCATENATIONS:
                continue
            if not names & free_names(call) or at not in slices.X_lineage:
                continue
            how = "beside each other, row by row" if is_beside(call, slices.script) else "together"
            raise NoIdea(f"it puts the rows of {both} {how}; {advice}")
    rows, learned = table.summary.rows, main.summary.rows
    counted = f"{table.path.name}, of {rows} rows, to {main.path.name}, of {learned}"
    is_right = any(root(call.func) in names for call in _merges(slices))
    kept = _rows_of(position, slices)
    if is_right or (
        rows >= learned * _SAME_ROWS and any(_uses_rows(call, kept) for call in _merges(slices))
    ):
        raise NoIdea(f"it joins {counted}, which is no look-up table; {advice}")
    if slices.load not in slices.y and position in slices.y and rows != learned:
        raise NoIdea(
            f"it takes its target from {table.path.name}, of {rows} rows, and its features from "
            f"{main.path.name}, of {learned}; {advice}"
        )


def _rows_of(load: int, slices: Slices) -> set[str]:
    """Give the variables that hold rows of a table, not one row for each of its groups.

    Args:
        load: position of the step that reads it.
        slices: the statements behind the fit.
    """
    names = set(slices.program.effects[load].makes)
    for step in slices.steps[load + 1 : slices.fit.position]:
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                (names.add if _uses_rows(value, names) else names.discard)(name)
    return names


def _uses_rows(node: ast.AST, names: set[str]) -> bool:
    """Tell whether code uses the rows of such variables otherwise than by group."""
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Call) and _gives_groups(node):
        return False
    return any(_uses_rows(child, names) for child in ast.iter_child_nodes(node))


def _gives_groups(call: ast.Call) -> bool:
    """Tell whether a call gives a row for each group, as ``df.groupby("id").sum()`` does."""
    match call.func:
        case ast.Attribute(attr="pivot_table" | "value_counts" | "crosstab"):
            return True
        case ast.Attribute(value=inner, attr=method) if method in _OF_GROUPS:
            while isinstance(inner, ast.Call | ast.Attribute | ast.Subscript):
                if isinstance(inner, ast.Attribute) and inner.attr == "groupby":
                    return True
                inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return False


def _merges(slices: Slices) -> Iterable[ast.Call]:
    """Give the calls that join columns of other tables to the rows that are learned from."""
    return (
        call
        for position in slices.X_lineage
        for call in _calls(slices.steps[position].node)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("merge", "join")
    )


def _calls(node: ast.AST) -> Iterable[ast.Call]:
    return (part for part in walk(node) if isinstance(part, ast.Call))


def looked_up_in(node: ast.AST) -> str:
    """Name the file that a statement reads from the repo."""
    for call in _calls(node):
        match call:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(file))]):
                if name == LOOK_UP:
                    return file
    raise AssertionError(f"{ast.unparse(node)} reads no table")


class _MergeMethods(ast.NodeTransformer):
    """Writes ``pd.merge(a, b)`` as ``a.merge(b)``."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Rewrite a call whose tables are known."""
        self.generic_visit(node)
        if import_path(node.func, self.script.imports) != "pandas.merge":
            return node
        left = node.args[0] if node.args else keyword_value(node, "left")
        right = node.args[1] if len(node.args) > 1 else keyword_value(node, "right")
        if left is None or right is None:
            return node
        rest = [k for k in node.keywords if k.arg not in ("left", "right")]
        return ast.Call(ast.Attribute(left, "merge", ast.Load()), [right, *node.args[2:]], rest)


def _with_merge_methods(step: Step, script: Script) -> Step:
    if not any(import_path(c.func, script.imports) == "pandas.merge" for c in _calls(step.node)):
        return step
    new = _MergeMethods(script).visit(copied(step.node))
    return step.becomes(new, step.role, step.call)


def _read_from_repo(step: Step, look_up: LookUp) -> Step:
    """Let a step read its table from the repo."""
    assert step.call is not None
    assert isinstance(step.node, ast.Assign)
    call = copied(step.call)
    place = ast.Call(ast.Name(LOOK_UP, ast.Load()), [ast.Constant(look_up.name)], [])
    if call.args:
        call.args[0] = place
    for keyword in call.keywords:
        if keyword.arg in PATH_PARAMETERS:
            keyword.value = place
    return step.becomes(ast.Assign(step.node.targets, call), LOOK_UP, step.call)


def file_name(source: Source, path: Path, taken: Sequence[str] | set[str]) -> str:
    """Give a file a name in the repo that no other table has.

    Args:
        source: how the notebook reads it.
        path: the file.
        taken: the names of others.
    """
    suffix = path.suffix.lower()
    suffix = suffix if suffix in SUFFIXES else f".{source.format}"
    stem = file_stem_for(path.stem)
    name, number = f"{stem}{suffix}", 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}{suffix}"
    return name
