"""Leaves out changes of columns that are dropped later, and that nothing looks at before."""

import ast
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.slices import Slices
from idea.analysis.statements import SourcedStatement, column_strings
from idea.program import literal
from idea.program.names_used import free_names, root
from idea.program.static_values import Unknown
from idea.syntax import callee_name, constant, copied, walk


def without_dead_columns(
    statements: Sequence[SourcedStatement], result: ast.expr, slices: Slices, raw: Set[str]
) -> tuple[tuple[SourcedStatement, ...], ast.expr]:
    """Leave out statements that give a column new values which are dropped unseen.

    Args:
        statements: the steps from the raw table to X.
        result: X, in terms of them.
        slices: the statements behind the fit.
        raw: names of the columns that are there from the start.

    Returns:
        The other steps, and X; what drops a column that nothing makes any more passes over it.
    """
    rows = frozenset(name for at in slices.rows_at for name in at)
    reader = _Reader(slices, rows)
    if not statements:
        return (), result
    last = replace(statements[-1], node=ast.Expr(result))
    kept: list[SourcedStatement] = []
    later = [reader.use(last)]  # the nearest use last
    for statement in reversed(statements):
        new = reader.remaining(statement.node, later)
        if new is not None:
            kept.append(statement if new is statement.node else replace(statement, node=new))
            later.append(reader.use(kept[-1]))
    kept = [last, *kept][::-1]
    gone = reader.gone - raw - {name for each in kept for name in _stored(each.node)}
    if gone:
        kept = [left for each in kept if (left := reader.without_drops_of(gone, each))]
    *rest, last = kept
    assert isinstance(last.node, ast.Expr)
    return tuple(rest), last.node.value


@dataclass(frozen=True)
class _Use:
    """How a statement uses columns.

    Attributes:
        seen: columns that it may look at.
        dropped: columns that it drops.
        takes_others: the variables that it binds and takes from, if it takes only columns that it
            names; empty otherwise.
        after: variables that later statements look at.
        looks_at_all: whether it may look at any column.
    """

    seen: frozenset[object]
    dropped: frozenset[object]
    takes_others: tuple[str, ...]
    after: frozenset[str]
    looks_at_all: bool


class _Reader:
    """Tells which columns a statement stores, and whether later ones look at them."""

    def __init__(self, slices: Slices, rows: Set[str]) -> None:
        self.slices = slices
        self.rows = rows
        self.gone: set[object] = set()  # columns that a statement less gives values
        self.after: set[str] = set()  # variables that the statements so far, from the end, look at

    def remaining(self, node: ast.stmt, later: Sequence[_Use | None]) -> ast.stmt | None:
        """Give a statement without what it does to columns that are dropped unseen.

        Args:
            node: the statement.
            later: the uses after it, the nearest last.

        Returns:
            The statement itself, a changed copy, or None if nothing is left.
        """
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=str(c)))],
                value=value,
            ) if frame in self.rows and not isinstance(value, ast.Constant):  # of the target
                return None if self._is_dead(c, later, frame) else node
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Attribute(value=ast.Name(id=frame), attr="loc" | "at"),
                        slice=ast.Tuple(elts=[_, ast.Constant(value=str(c))]),
                    )
                ]
            ) if frame in self.rows:
                return None if self._is_dead(c, later, frame) else node
            case ast.For(
                target=ast.Name(id=name), iter=ast.List(elts=elements), body=body, orelse=[]
            ) if all(self._stores_only(inner, name) for inner in body):
                frame = _stored_frame(body[0])
                left = [e for e in elements if not self._is_dead(constant(e), later, frame)]
                if len(left) == len(elements):
                    return node
                if not left:
                    return None
                new = copied(node)
                new.iter = ast.copy_location(ast.List(left, ast.Load()), node.iter)
                return new
        return node

    def _stores_only(self, node: ast.stmt, name: str) -> bool:
        """Tell whether a statement of a loop only stores the loop's column."""
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=frame), slice=ast.Name(id=column))]
            ):
                return column == name and frame in self.rows
        return False

    def use(self, statement: SourcedStatement) -> _Use | None:
        """Tell how a statement uses columns; None for a list, which counts where it is used."""
        if _is_list(statement.node):
            return None
        node = copied(statement.node)
        names = NamesAtStep(self.slices.script, statement.position)
        dropped = frozenset(_without_drops(node, names))
        seen = frozenset({*column_strings(node), *self._listed(node, names)})
        looks_at_all, after = self._looks_at_all(node), frozenset(self.after)
        self.after |= free_names(statement.node)
        return _Use(seen, dropped, self._selects_others(node, names), after, looks_at_all)

    def without_drops_of(
        self, gone: Set[object], statement: SourcedStatement
    ) -> SourcedStatement | None:
        """Give a statement that drops no columns of some names; None if it did nothing else.

        Args:
            gone: the names.
            statement: the statement.
        """
        names = NamesAtStep(self.slices.script, statement.position)
        node = copied(statement.node)
        for call in _drops(node):
            self._pass_over(gone, call, names)
        if isinstance(node, ast.Delete):
            node.targets = [each for each in node.targets if _deleted(each) not in gone]
            if not node.targets:
                return None
        return replace(statement, node=ast.fix_missing_locations(node))

    def _pass_over(self, gone: Set[object], call: ast.Call, names: NamesAtStep) -> None:
        for given in _given_to_drop(call):
            if isinstance(given, ast.List | ast.Tuple):
                given.elts = [each for each in given.elts if constant(each) not in gone]
            value = _literal(given, names)
            if not gone.isdisjoint(value if isinstance(value, list) else [value]):
                call.keywords = [key for key in call.keywords if key.arg != "errors"]
                call.keywords.append(ast.keyword("errors", ast.Constant("ignore")))

    def _is_dead(self, column: object, later: Sequence[_Use | None], frame: str) -> bool:
        """Tell whether a column is dropped, or left behind, before anything looks at it.

        Args:
            column: its name.
            later: the uses after the statement that stores it, the nearest last.
            frame: the variable that holds the frame.
        """
        for use in reversed(later):
            if use is None:
                continue
            if column in use.seen or not isinstance(column, str):
                return False
            if column in use.dropped or _leaves_behind(use, frame):
                self.gone |= set() if use.looks_at_all else {column}
                return not use.looks_at_all
            if use.looks_at_all:
                return False
        return False

    def _listed(self, node: ast.AST, names: NamesAtStep) -> set[object]:
        """Give the columns in lists that code uses by their variables."""
        found: set[object] = set()
        for part in walk(node):
            if not isinstance(part, ast.Name) or part.id in self.rows or names.path(part):
                continue
            value = _literal(part, names)
            found |= set(map(str, value)) if isinstance(value, list) else {value}
        return found

    def _selects_others(self, node: ast.stmt, names: NamesAtStep) -> tuple[str, ...]:
        """Give what a statement binds and takes from, as `X` and `df` of ``X = df[["a", "b"]]``.

        Args:
            node: the statement.
            names: what names stand for.

        Returns:
            The variables; none if it takes other columns than those that it names.
        """
        match node:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value):
                pass
            case ast.Expr(value=value):
                bound = ""
            case _:
                return ()
        match value:
            case ast.Subscript(value=ast.Name(id=frame), slice=index):
                chosen = frame in self.rows and isinstance(_literal(index, names), list)
                return (bound, frame) if chosen else ()
            case (
                ast.Call(func=ast.Attribute(value=inner, attr="copy" | "to_numpy"))
                | ast.Attribute(value=inner, attr="values")
            ):
                found = self._selects_others(ast.Expr(inner), names)
                return (bound, *found[1:]) if found else ()
        return ()

    def _looks_at_all(self, node: ast.AST) -> bool:
        """Tell whether code uses a frame otherwise than by columns that it names."""
        allowed = set(_by_column(node))
        return any(
            isinstance(part, ast.Name) and part.id in self.rows and id(part) not in allowed
            for part in walk(node)
            if isinstance(getattr(part, "ctx", None), ast.Load)
        )


def _leaves_behind(use: _Use, frame: str) -> bool:
    """Tell whether a statement takes named columns, and nothing looks at a frame's others then.

    Args:
        use: how the statement uses columns.
        frame: the variable that holds the frame.
    """
    if not use.takes_others:
        return False
    bound, taken = use.takes_others
    return bound == taken == frame or use.after.isdisjoint({frame, taken} - {bound})


def _stored_frame(node: ast.stmt) -> str:
    """Give the variable of ``frame[column] = value``."""
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    return (root(target) or "") if target is not None else ""


def _is_list(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple)


def _by_column(node: ast.AST) -> Iterator[int]:
    """Give the frames in code, by their ids, of which only named columns are used."""
    for part in walk(node):
        match part:
            case ast.Subscript(value=ast.Name() as frame, slice=ast.Constant() | ast.List()):
                yield id(frame)
            case ast.Subscript(value=ast.Name() as frame, slice=ast.Name()):
                yield id(frame)
            case ast.Assign(value=ast.Name() as frame) | ast.Expr(value=ast.Name() as frame):
                yield id(frame)
            case ast.Call(func=ast.Attribute(value=ast.Name() as frame, attr="copy")):
                yield id(frame)


def _without_drops(node: ast.AST, names: NamesAtStep) -> set[object]:
    """Take the names out of calls of `drop`, and the frames that they are called on.

    Args:
        node: the code, which is changed.
        names: what names stand for.

    Returns:
        The columns that the calls drop.
    """
    found: set[object] = set()
    for call in _drops(node):
        for value in (_literal(each, names) for each in _given_to_drop(call)):
            found |= set(map(str, value)) if isinstance(value, list) else {value}
        call.args, call.keywords = [], []
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            call.func.value = ast.Constant(None)
    for part in walk(node):
        if isinstance(part, ast.Delete):
            found |= {_deleted(each) for each in part.targets}
            part.targets = []
    return found


def _drops(node: ast.AST) -> list[ast.Call]:
    """Give the calls of `drop` in code."""
    calls = [part for part in walk(node) if isinstance(part, ast.Call)]
    return [call for call in calls if callee_name(call) == "drop"]


def _given_to_drop(call: ast.Call) -> list[ast.expr]:
    """Give what a call of `drop` may name columns in."""
    return [*call.args[:1], *(key.value for key in call.keywords if key.arg == "columns")]


def _deleted(target: ast.expr) -> object:
    return constant(target.slice) if isinstance(target, ast.Subscript) else None


def _stored(node: ast.stmt) -> set[object]:
    """Give the columns of these names that a statement may store."""
    return {
        name
        for part in walk(node)
        if isinstance(part, ast.Assign | ast.For)
        for target in (part.targets if isinstance(part, ast.Assign) else [part.iter])
        for name in column_strings(target)
    }


def _literal(node: ast.expr, names: NamesAtStep) -> object:
    try:
        value: object = literal(node, names)
    except Unknown:
        return None
    return value if isinstance(value, str | list) else None
