"""The meaning of a notebook's names, as far as its imports and assignments say."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from idea.knowledge.pandas_methods import FRAME_ATTRIBUTES, FRAME_FUNCTIONS
from idea.knowledge.readers import READERS
from idea.syntax import import_path, walk

_MOST_ROUNDS = 5  # of inferring frames from other frames


@dataclass(frozen=True)
class NotebookNames:
    """Names that mean the same in every cell of a notebook.

    Attributes:
        imports: dotted paths by the names that they are imported as.
        own: functions and classes that the notebook defines itself.
        frames: variables that hold a data frame, or a part or a change of one.
        classes: import paths of the classes that variables were made with.
        columns: columns of frames, as `column_of` gives them, that are read before some of their
            rows are written to.
        arrays: variables that hold as many values as a part of a frame has rows.
        rows: parameters that only ever hold a row of a frame by its columns' names.
    """

    imports: Mapping[str, str] = field(default_factory=dict)
    own: Set[str] = frozenset()
    frames: Set[str] = frozenset()
    classes: Mapping[str, str] = field(default_factory=dict)
    columns: Set[tuple[str, str]] = frozenset()
    arrays: Set[str] = frozenset()
    rows: Set[str] = frozenset()

    def path(self, node: ast.expr | None) -> str:
        """Give the dotted import path of a name or attribute; empty for the notebook's own."""
        return (import_path(node, self.imports) if node is not None else None) or ""

    @cached_property
    def pandas(self) -> str:
        """The name under which pandas is imported."""
        return next((name for name, path in self.imports.items() if path == "pandas"), "pd")


def notebook_names(trees: Iterable[ast.Module]) -> NotebookNames:
    """Collect the names of a notebook's cells."""
    by_cell = [walk(tree) for tree in trees]
    nodes = [node for found in by_cell for node in found]
    imports = dict(pair for node in nodes for pair in _imported(node))
    methods = {part for n in nodes if isinstance(n, ast.ClassDef) for part in n.body}
    functions = {
        n.name: n
        for n in nodes
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n not in methods
    }
    own = {*functions, *(n.name for n in nodes if isinstance(n, ast.ClassDef))}
    classes = {
        name: path
        for target, value in _assignments(nodes)
        for name in _names(target)
        if isinstance(value, ast.Call) and (path := import_path(_maker(value), imports))
    }
    arrays = {
        name
        for target, value in _assignments(nodes)
        if _may_be_array(value)
        for name in _names(target)
    }
    frames = _frames(nodes, imports, functions)
    columns, rows = _read_columns(by_cell), _row_parameters(nodes, functions)
    return NotebookNames(imports, own, frames, classes, columns, arrays, rows)


def _row_parameters(
    nodes: Iterable[ast.AST], functions: Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]
) -> set[str]:
    """Find the first parameters of functions that are applied to the rows of a table with names.

    Args:
        nodes: all nodes of the notebook.
        functions: the functions that it defines.
    """
    found: set[str] = set()
    stored: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                stored.add(name)
            case ast.Call(
                func=ast.Attribute(value=table, attr="apply"), args=[applied, *rest], keywords=named
            ):
                axis = [*rest[:1], *(each.value for each in named if each.arg == "axis")]
                by_row = (
                    axis
                    and isinstance(axis[0], ast.Constant)
                    and axis[0].value
                    in (
                        1,
                        "columns",
                    )
                )
                function = functions.get(applied.id) if isinstance(applied, ast.Name) else applied
                takes = isinstance(function, ast.FunctionDef | ast.Lambda) and function.args.args
                if by_row and takes and _has_named_columns(table):
                    found.add(takes[0].arg)
    return found - stored


def _has_named_columns(table: ast.expr) -> bool:
    """Tell whether an expression takes columns of a table by a list of their names."""
    match table:
        case ast.Subscript(slice=ast.List(elts=[ast.Constant(value=str()), *_])):
            return True
    return False


def column_of(node: ast.AST) -> tuple[str, str] | None:
    """Give the variable and the column of ``df["a"]``, ``df[name]`` or ``df.a``; or None."""
    match node:
        case ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=str(column))):
            return frame, repr(column)
        case ast.Subscript(value=ast.Name(id=frame), slice=ast.Name(id=variable)):
            return frame, variable
        case ast.Attribute(value=ast.Name(id=frame), attr=column):
            return frame, repr(column)
    return None


def _read_columns(by_cell: Iterable[Iterable[ast.AST]]) -> frozenset[tuple[str, str]]:
    """Find the columns of which a line reads or stores all before one stores to some rows."""
    first: dict[tuple[str, str], tuple[tuple[int, int], bool]] = {}
    for cell, nodes in enumerate(by_cell):
        for node in nodes:
            whole = column_of(node)
            part = _in_some_rows(node)
            for own, is_whole in ((whole, True), (part, False)):
                if own is not None and isinstance(node, ast.expr):
                    found = ((cell, node.lineno), is_whole)
                    first[own] = min(found, first.get(own, found))
    return frozenset(own for own, (_, is_whole) in first.items() if is_whole)


def _in_some_rows(node: ast.AST) -> tuple[str, str] | None:
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name() as frame, attr="loc" | "at"),
            slice=ast.Tuple(elts=[_, column]),
            ctx=ast.Store(),
        ):
            return column_of(ast.Subscript(frame, column, ast.Load()))
    return None


def _may_be_array(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(attr="predict" | "to_numpy" | "tolist" | "to_list")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="random"))):
            return True
        case ast.List() | ast.ListComp() | ast.Attribute(attr="values"):
            return True
        case ast.Subscript(value=inner):
            return _may_be_array(inner)
    return False


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (first, first)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Find all assignments; a loop assigns each of its items to its variable."""
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((target, value) for target in targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield target, value
            case ast.For(target=target, iter=ast.List(elts=items) | ast.Tuple(elts=items)):
                yield from ((target, item) for item in items)


def _names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _names(part)


def _maker(call: ast.Call) -> ast.expr:
    """Give the callee at the bottom of `Model(…).fit(…)`."""
    while isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        call = call.func.value
    return call.func


def _frames(
    nodes: Sequence[ast.AST], imports: Mapping[str, str], functions: Mapping[str, ast.AST]
) -> frozenset[str]:
    """Find variables that hold a frame, in several rounds, since frames are made of frames.

    Args:
        nodes: all nodes of the notebook.
        imports: dotted paths by the names that they are imported as.
        functions: the notebook's own functions.

    Returns:
        Names; a few of them may hold something else that was computed from a frame.
    """
    makers = {
        name
        for name, function in functions.items()
        if any(isinstance(n, ast.Call) and _is_maker(n, imports) for n in walk(function))
    }
    instances = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    bindings = [
        (name, value)
        for target, value in [*_assignments(nodes), *_passed(nodes, functions)]
        if not _is_call_of(value, instances)
        for name in _names(target)
    ]
    frames = _used_as_frames(nodes) - set(imports)
    for _ in range(_MOST_ROUNDS):
        found = {n for n, value in bindings if _gives_frame(value, frames, makers, imports)}
        if found <= frames:
            break
        frames |= found
    # A dict may have `items`; but a name may hold a dict before it holds a frame.
    dicts = {name for name, value in bindings if isinstance(value, ast.Dict)}
    return frozenset(frames - (dicts - found))


def _is_call_of(node: ast.expr, names: Set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in names
    return False


def _passed(
    nodes: Sequence[ast.AST], functions: Mapping[str, ast.AST]
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Find the arguments that are passed to parameters of own functions, by position."""
    for call in nodes:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            function = functions.get(call.func.id)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                parameters = [ast.Name(argument.arg) for argument in function.args.args]
                yield from zip(parameters, call.args, strict=False)


def _used_as_frames(nodes: Sequence[ast.AST]) -> set[str]:
    """Find variables with an attribute that hardly anything but a frame has."""
    return {
        node.value.id
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in FRAME_ATTRIBUTES
    }


def _is_maker(call: ast.Call, imports: Mapping[str, str]) -> bool:
    path = import_path(call.func, imports) or ""
    return path in READERS or path in FRAME_FUNCTIONS or path.startswith("pandas.read_")


def _gives_frame(
    node: ast.expr, frames: Set[str], makers: Set[str], imports: Mapping[str, str]
) -> bool:
    """Tell whether an expression is made of a frame.

    Args:
        node: the expression.
        frames: variables that hold a frame.
        makers: own functions that make one.
        imports: dotted paths by the names that they are imported as.

    Returns:
        Whether it is a frame, a part of one, or the value of a call that gets one.
    """
    match node:
        case ast.Name(id=name):
            return name in frames
        case ast.Attribute(value=of) | ast.Subscript(value=of):
            return _gives_frame(of, frames, makers, imports)
        case ast.Call(func=function, args=args):
            if _is_maker(node, imports):
                return True
            if isinstance(function, ast.Name) and function.id in makers:
                return True
            objects = [function.value] if isinstance(function, ast.Attribute) else []
            return any(_gives_frame(part, frames, makers, imports) for part in [*objects, *args])
    return False
