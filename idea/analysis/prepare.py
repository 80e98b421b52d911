"""What happens to rows and target before a split: row filters, and the making of the target."""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from idea.analysis.defined_names import Checked, ModuleObjects, with_defined_names
from idea.analysis.held_back import selections
from idea.analysis.look_ups import LOOK_UP
from idea.analysis.raw_columns import RawColumns
from idea.analysis.row_filters import (
    keeping_index,
    only_shuffles,
    with_tracked_rows,
    without_row_filters,
)
from idea.analysis.slices import Slices
from idea.analysis.splits import Split
from idea.analysis.statements import (
    SourcedStatement,
    alive,
    column_strings,
    without_test_frames,
)
from idea.analysis.target import (
    Target,
    dummy_sources,
    is_computed,
    listed_columns,
    target_names,
)
from idea.knowledge.pandas_methods import CHANGE_VALUES, REDUCTIONS, RENAME_COLUMNS
from idea.program import Step
from idea.program.names_used import free_names, root, stored_names
from idea.syntax import copied, mentions, walk

_ROWS = "row_numbers"  # the variable that remembers rows
_PARTS = ("split", "test")  # roles of what a split gives
# Methods and functions that change the order of rows.
MIXING_ROWS = ("sample", "sort_values", "sort_index", "shuffle", "merge")


@dataclass(frozen=True)
class PredefinedRows:
    """Rows to learn from and rows to test on, as the notebook selects them.

    Attributes:
        statements: the statements that select them, on the raw table.
        kept: the frame with the rows to learn from.
        held: the frame with those to test on.
        rows: the series with the number of each row by the index of these frames; empty if that is
            the raw table's.
    """

    statements: tuple[SourcedStatement, ...]
    kept: str
    held: str
    rows: str = ""


@dataclass(frozen=True)
class Preparation:
    """What happens to rows and target before a split.

    Attributes:
        statements: the statements, on the raw table.
        kept: the frame whose rows are the ones that are left; empty if all are.
        y: the target, where it is computed; None for a raw column.
        notes: what was left out, by cell.
        rows: the series with the number of each row by the index of these statements' frames; empty
            if that is the raw table's.
        predefined: the rows, where the notebook selects those to test on; then `kept` is empty,
            and `statements` see the rows that are left.
    """

    statements: tuple[SourcedStatement, ...]
    kept: str
    y: ast.expr | None
    notes: tuple[tuple[int, str], ...] = ()
    rows: str = ""
    predefined: PredefinedRows | None = None

    @property
    def does_something(self) -> bool:
        """Whether the raw table is not what the model learns from as it is."""
        return bool(self.statements or self.kept or self.predefined or self.y is not None)

    @property
    def all_statements(self) -> tuple[SourcedStatement, ...]:
        """The statements that select rows, and those that compute the target."""
        return (*(self.predefined.statements if self.predefined else ()), *self.statements)


def read_preparation(
    slices: Slices, raw: RawColumns, target: Target, filters: Sequence[int], split: Split
) -> Preparation:
    """Find the statements that leave out rows, and those that compute the target.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        target: the column to predict.
        filters: positions of the steps that leave out rows on the way to X.
        split: how the notebook splits.

    Raises:
        NoIdea: the target or the rows are computed from something that nothing makes.
    """
    predefined = _predefined_rows(slices, raw, split) if split.is_predefined else None
    parting = split.by_hand.selections if split.by_hand is not None else frozenset()
    if predefined is not None:
        parting = frozenset({*filters, *slices.X_lineage, *slices.y_lineage})
    left = [p for p in filters if p in slices.X_lineage and p not in parting]
    own = [p for p in left if not _only_splits(p, slices)]
    last_filter = max(own, default=-1)
    kept = slices.X_lineage[last_filter] if last_filter >= 0 else ""
    positions = set(slices.program.backward_slice({kept}, last_filter + 1)) if kept else set()
    y: ast.expr | None = None
    if not target.is_named and is_computed(
        target, slices, target_names(target, slices, raw, slices.y)
    ):
        y = copied(slices.fit.y)
        positions |= set(slices.y)
    reader = _PreparationReader(slices, raw, target, last_filter, sorted(positions), parting)
    wanted: set[str] = {kept} - {""} | (free_names(y) if y else set())
    statements = reader.all_statements(wanted)
    tracked = _with_tracked_rows(statements, slices)
    rows = _ROWS if len(tracked) > len(statements) else ""
    checked = _checked(tracked, wanted | {rows} - {""}, slices, raw)
    return Preparation(checked.statements, kept, y, checked.notes, rows, predefined)


def target_statements(
    slices: Slices, raw: RawColumns, target: Target, split: Split
) -> list[SourcedStatement]:
    """Give all statements behind y, on the raw table, also those that shape other columns.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        target: the column to predict.
        split: how the notebook splits.
    """
    parting = split.by_hand.selections if split.by_hand is not None else frozenset()
    last = len(slices.steps)
    reader = _PreparationReader(slices, raw, target, last, sorted(slices.y), parting)
    return reader.all_statements(free_names(slices.fit.y))


def _predefined_rows(slices: Slices, raw: RawColumns, split: Split) -> PredefinedRows:
    """Find the statements that select the rows to learn from and those to test on."""
    assert split.by_hand is not None
    (kept, kept_at), (held, held_at) = split.by_hand.kept, split.by_hand.held
    program = slices.program
    positions = {
        *program.backward_slice({kept}, kept_at + 1),
        *program.backward_slice({held}, held_at + 1),
    }
    # Of a split, all parts are made at once.
    calls = {id(slices.steps[p].call) for p in positions if slices.steps[p].role in _PARTS}
    statements = []
    by_position = dict(_selections_by_position(split.by_hand.selections, slices))
    for position, step in enumerate(slices.steps):
        node: ast.stmt = step.node
        if step.role in _PARTS and id(step.call) in calls:
            calls.discard(id(step.call))
            node = _written_split(slices, step)
        elif position not in positions or step.role or slices.stands_alone(step.node):
            continue
        elif position in by_position:
            node = by_position[position]
        for new in keeping_index([node]):
            statements.append(SourcedStatement(new, position, step.cell, step.heading))
    tracked = _with_tracked_rows(statements, slices)
    rows = _ROWS if len(tracked) > len(statements) else ""
    checked = _checked(tracked, {kept, held, rows} - {""}, slices, raw)
    return PredefinedRows(checked.statements, kept, held, rows)


def _selections_by_position(positions: Set[int], slices: Slices) -> Iterator[tuple[int, ast.stmt]]:
    """Write selections as ``X[100:, :]`` of an array, which has no index, as ones of the table.

    Args:
        positions: of the steps that select.
        slices: the statements behind the fit.

    Yields:
        Each such step's position and statement, where the array has all rows in the table's order.
    """
    before = [at for at in slices.X_lineage if at < min(positions, default=0)]
    mixed = any(mentions(slices.steps[at].node, *MIXING_ROWS) for at in before)
    if mixed or selections(before, slices):
        return
    for at in positions:
        match slices.steps[at].node:
            case ast.Assign(
                targets=targets,
                value=ast.Subscript(
                    value=ast.Name(), slice=ast.Tuple(elts=[ast.Slice() as rows, ast.Slice()])
                ),
            ):
                table = ast.Attribute(ast.Name(slices.frame, ast.Load()), "iloc", ast.Load())
                yield at, ast.Assign(targets, ast.Subscript(table, rows, ast.Load()))


def _with_tracked_rows(
    statements: Sequence[SourcedStatement], slices: Slices
) -> list[SourcedStatement]:
    """Remember each row's number where a frame's index is replaced."""
    pandas = next((n for n, path in slices.script.imports.items() if path == "pandas"), "pd")
    by_node = {id(statement.node): statement for statement in statements}
    done: list[SourcedStatement] = []
    last: SourcedStatement | None = None
    nodes = with_tracked_rows([statement.node for statement in statements], _ROWS, pandas)
    for node in reversed(nodes):
        last = by_node.get(id(node), last) or statements[-1]
        done.append(replace(last, node=node))
    return done[::-1]


def _written_split(slices: Slices, step: Step) -> ast.stmt:
    """Give a split as the notebook has it: all parts of one call."""
    targets = [
        target
        for other in slices.steps
        if other.call is step.call and isinstance(other.node, ast.Assign)
        for target in other.node.targets
    ]
    assert step.call is not None
    whole = ast.Assign([ast.Tuple(targets, ast.Store())], step.call)
    return ast.fix_missing_locations(ast.copy_location(copied(whole), step.node))


def _checked(
    statements: Sequence[SourcedStatement], wanted: Set[str], slices: Slices, raw: RawColumns
) -> Checked:
    """Leave out what nothing needs, and what uses a name that nothing makes.

    Args:
        statements: the statements, in order.
        wanted: the variables that are needed after the last.
        slices: the statements behind the fit.
        raw: the raw table's columns.

    Raises:
        NoIdea: one of these variables is not made.
    """
    objects = ModuleObjects(slices, raw)
    known = {slices.frame, LOOK_UP}
    checked = with_defined_names(alive(statements, wanted), known, objects)
    missing = objects.missing(wanted - checked.known)
    if missing is not None:
        raise missing.refusal(f"what it predicts, or for which rows, needs {missing}")
    return replace(checked, statements=tuple(alive(checked.statements, wanted)))


class _PreparationReader:
    """Turns the steps behind filters and target into statements of `prepare.py`."""

    def __init__(
        self,
        slices: Slices,
        raw: RawColumns,
        target: Target,
        last_filter: int,
        positions: Sequence[int],
        parting: Set[int],
    ) -> None:
        """Take what is known of the fit.

        Args:
            slices: the statements behind the fit.
            raw: the raw table's columns.
            target: the column to predict.
            last_filter: position of the last step that leaves out rows; -1 if none does.
            positions: of the steps to turn into statements.
            parting: of the steps whose filters leave out no rows here.
        """
        self.parting = parting
        self.slices = slices
        self.raw = raw
        self.needed: frozenset[str] = frozenset()
        self.looked_at: Mapping[str, int] = {}  # the last step that looks at a column
        named_at = [p for p in positions if _names_all_columns(slices.steps[p].node)]
        self.last_naming = max(named_at, default=-1)
        self.last_filter = last_filter
        self.positions = positions
        self.dummies_of = dummy_sources(target, slices, raw)
        self.names: Mapping[int, Set[str]] = target_names(target, slices, raw, positions)
        self.y_by_position = _takes_by_position(slices, positions)
        self.y_is_transformed = any(self._transforms_frame(p) for p in slices.y_lineage)

    def all_statements(self, wanted: Set[str]) -> list[SourcedStatement]:
        """Give what is left of all steps, with what makes the columns that these look at.

        Args:
            wanted: the variables that are needed after the last.
        """
        steps = [self.slices.steps[position].node for position in self.positions]
        renamed = {text for node in steps if _renames_columns(node) for text in _texts(node)}
        there = {*self.raw.strings} | renamed
        while True:
            found = [new for position in self.positions for new in self.statements_at(position)]
            needing = alive(found, wanted)
            looked_at = dict(self.looked_at)
            for new in needing:
                for text in column_strings(new.node):
                    looked_at[text] = max(new.position, looked_at.get(text, -1))
            needed = self.needed | (looked_at.keys() - there)
            if needed == self.needed and looked_at == self.looked_at:
                return found
            self.needed, self.looked_at = needed, looked_at

    def statements_at(self, position: int) -> Iterator[SourcedStatement]:
        """Give what is left of a step."""
        step = self.slices.steps[position]
        if step.role == "load":
            return
        if position > self.last_filter and self._only_shapes_others(step, position):
            node = self._renaming(step.node, position)
        elif step.role == "test" or self.slices.stands_alone(step.node):
            return
        else:
            node = without_test_frames(step.node, self.slices.test_rows_at[position])
            if position in self.parting or _only_splits(position, self.slices):
                kinds = self.slices.kinds_at(position)
                node = without_row_filters(node, kinds, self.slices.script.functions).node
            node = next(iter(keeping_index([node])), None) if node is not None else None
        if node is not None:
            yield SourcedStatement(node, position, step.cell, step.heading)

    def _only_shapes_others(self, step: Step, position: int) -> bool:
        """Tell whether a step only shapes columns that the target is not computed from."""
        makes_dummy = self.dummies_of and mentions(step.node, "get_dummies")
        return not makes_dummy and self._is_beside_target(step.node, position)

    def _is_beside_target(self, node: ast.stmt, position: int) -> bool:
        names = self.names.get(position, set())
        effect = self.slices.program.effects[position]
        looked_at = {name for name, last in self.looked_at.items() if last > position}
        named = {*column_strings(node), *listed_columns(node, position, self.slices)}
        if names & named or effect.makes & self.slices.y_names:
            return False
        if _written(node) & (self.needed | looked_at):
            return False
        if position < self.last_naming:  # it may be the one that leaves as many columns as names
            return False
        if self.y_by_position or self.y_is_transformed:
            return False
        holding = self.slices.rows_at[position + 1] | self.slices.rows_at[position]
        if not (effect.makes | effect.changes) & holding:
            return False  # a list, a number, a function: whoever uses it decides
        later = self._strings_beside(names, position)
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="columns" | "index")]):
                return False
            case ast.Assign(targets=[ast.Name()], value=ast.Name()):
                return False
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                frame = self._changed_frame(value, position)
                after = (self.slices.steps[p].node for p in self.positions if p > position)
                changed = frame is None or _renames_columns(node)
                changed = changed or _is_used_as_values(name, after)
                return not (changed or _changes_all(value, names | looked_at))
            case ast.Assign(targets=[target]):
                return not _named_in(target) & later
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name())) as call):
                return not (_renames_columns(node) or _changes_all(call, names | looked_at))
            case ast.For(iter=columns):
                if isinstance(columns, ast.Name):
                    found = self.slices.program.last_value(columns.id, position)
                    columns = found[0] if found else columns
                touched = {*column_strings(columns), *column_strings(node)}
                later |= looked_at
                if isinstance(columns, ast.List | ast.Tuple):
                    return not (names | later) & touched
                return _only_sets_cells(node, holding) and not _written(node) & later
        return False

    def _transforms_frame(self, position: int) -> bool:
        """Tell whether a step gives a whole frame to an estimator, and goes on with what it makes.

        The estimator may have learned from any column before, and the target is one of the frame.
        """
        node, rows = self.slices.steps[position].node, self.slices.rows_at[position]
        match node:
            case ast.Assign(
                value=ast.Call(func=ast.Attribute(value=made), args=[ast.Name(id=frame), *_])
            ):
                is_made = root(made) not in {*rows, *self.slices.script.imports, None}
                return is_made and frame in rows - self.slices.y_names
        return False

    def _strings_beside(self, names: Set[str], position: int) -> set[str]:
        """Find the columns that later steps may mention together with the target.

        Args:
            names: what the target's column is called.
            position: of the step before these.
        """
        later = [self.slices.steps[p].node for p in self.positions if p > position]
        functions = self.slices.script.functions
        beside = [node for node in later if names & set(column_strings(node))]
        called = [functions[n] for node in beside for n in free_names(node) if n in functions]
        return {text for node in [*beside, *called] for text in column_strings(node)}

    def _renaming(self, node: ast.stmt, position: int) -> ast.stmt | None:
        """Reduce a statement with no needed effect to a rename of the frame, or to nothing."""
        match node:
            case ast.Assign(targets=[ast.Name(id=new)], value=value):
                old = self._changed_frame(value, position)
                if old and old != new:
                    made = ast.Assign([ast.Name(new, ast.Store())], ast.Name(old, ast.Load()))
                    return ast.fix_missing_locations(ast.copy_location(made, node))
        return None

    def _changed_frame(self, value: ast.expr, position: int) -> str | None:
        """Give the frame that an expression changes: of a method, or the first argument.

        Args:
            value: the expression.
            position: of its step.
        """
        frame: str | None = None
        if _is_one_column(value, self.raw.strings) or _reduces(value):
            return None
        match value:
            case ast.Call(func=ast.Attribute(value=inner)) if (
                root(inner) and root(inner) not in self.slices.script.imports
            ):
                frame = root(inner)
            case ast.Call(args=args):
                frame = next((a.id for a in args if isinstance(a, ast.Name)), None)
            case ast.Subscript() | ast.Attribute():
                frame = root(value)
        return frame if frame in self.slices.rows_at[position] else None


def _is_one_column(value: ast.expr, columns: Collection[str]) -> bool:
    """Tell whether an expression is made of one column of a frame: of ``df["age"].fillna(0)``.

    Args:
        value: the expression.
        columns: of the raw table.
    """
    while True:
        match value:
            case (
                ast.Subscript(value=inner, slice=ast.Constant(value=str(name)))
                | ast.Attribute(value=inner, attr=name)
            ) if name in columns and _is_frame(inner):
                return True
            case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Subscript(value=inner):
                value = inner
            case _:
                return False


def _is_frame(node: ast.expr) -> bool:
    """Tell whether code is a variable, or its groups."""
    match node:
        case ast.Name() | ast.Call(func=ast.Attribute(value=ast.Name(), attr="groupby")):
            return True
    return False


def _reduces(value: ast.expr) -> bool:
    """Tell whether an expression computes one number of each row or column."""
    match value:
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in REDUCTIONS
    return False


def _is_used_as_values(name: str, nodes: Iterable[ast.stmt]) -> bool:
    """Tell whether statements compute with a variable, and not only with columns that they name.

    Args:
        name: the variable.
        nodes: the statements after the one that binds it.
    """
    for node in nodes:
        for part in walk(node):
            match part:
                case ast.Compare(left=left, comparators=others):
                    held = [left, *others]
                case ast.BinOp(left=left, right=right):
                    held = [left, right]
                case ast.Subscript(slice=index):
                    held = [index]
                case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in REDUCTIONS:
                    held = [inner]
                case _:
                    continue
            if any(isinstance(each, ast.Name) and each.id == name for each in held):
                return True
        if name in stored_names(node):
            return False
    return False


def _only_splits(position: int, slices: Slices) -> bool:
    """Tell whether a step cuts rows by their position, as a split by hand does, or shuffles."""
    node = slices.steps[position].node
    found = without_row_filters(node, slices.kinds_at(position), slices.script.functions)
    if found.filters and only_shuffles(found.filters):
        return True
    same = isinstance(node, ast.Assign) and root(node.targets[0]) == root(node.value)
    return found.split_by_position and not same


def _names_all_columns(node: ast.stmt) -> bool:
    """Tell whether a statement gives a frame's columns names in their order."""
    match node:
        case ast.Assign(
            targets=[ast.Attribute(value=ast.Name(), attr="columns")],
            value=ast.List() | ast.Name() | ast.Tuple(),
        ):
            return True
    return False


def _changes_all(value: ast.expr, names: Set[str]) -> bool:
    """Tell whether a frame's method, as of ``df.ffill()``, may change a column of some name.

    Args:
        value: the expression with the method.
        names: what the column may be called.
    """
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr in CHANGE_VALUES:
            given = value.args[0] if value.args else None
            if value.func.attr == "replace" and isinstance(given, ast.Dict):
                by_column = any(isinstance(each, ast.Dict) for each in given.values)
                return not by_column or bool(names & {*column_strings(given)})
            return not isinstance(given, ast.Dict) or bool(names & {*column_strings(given)})
        value = value.func.value
    return False


def _named_in(target: ast.expr) -> set[str]:
    """Give the columns and attributes that the target of an assignment names."""
    constants = {str(part.value) for part in walk(target) if isinstance(part, ast.Constant)}
    return {*column_strings(target), *constants}


def _written(node: ast.stmt) -> set[str]:
    """Give the columns that a statement names where it assigns."""
    assigned = [part for part in walk(node) if isinstance(part, ast.Assign)]
    targets = [target for part in assigned for target in part.targets]
    return {name for target in targets for name in _named_in(target)}


def _only_sets_cells(loop: ast.For, frames: Set[str]) -> bool:
    """Tell whether a loop only assigns to named columns of frames, as ``df.loc[rows, "age"] = 1``.

    Args:
        loop: the loop.
        frames: the variables that hold rows.
    """
    return all(
        _only_sets_cells(statement, frames)
        if isinstance(statement, ast.For)
        else isinstance(statement, ast.Assign)
        and all(
            isinstance(target, ast.Subscript) and root(target) in frames and _named_in(target)
            for target in statement.targets
        )
        for statement in loop.body
    )


def _takes_by_position(slices: Slices, positions: Sequence[int]) -> bool:
    """Tell whether some step takes the target by its column's position."""
    return any(
        (
            (isinstance(part, ast.Attribute) and part.attr in ("iloc", "values"))
            and not _are_values_of_column(part)
        )
        or isinstance(part, ast.Slice)
        for position in positions
        if slices.program.effects[position].makes & slices.y_names
        for part in walk(slices.steps[position].node)
    )


def _are_values_of_column(node: ast.Attribute) -> bool:
    """Tell whether an attribute is the `values` of ``df["target"]``."""
    match node:
        case ast.Attribute(
            value=ast.Subscript(slice=ast.Constant(value=str())) | ast.Attribute(), attr="values"
        ):
            return True
    return False


def _texts(node: ast.stmt) -> set[str]:
    return {
        part.value
        for part in walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def _renames_columns(node: ast.stmt) -> bool:
    """Tell whether columns get other names, but not those of dummies."""
    renames = any(isinstance(p, ast.Attribute) and p.attr in RENAME_COLUMNS for p in walk(node))
    return renames and not mentions(node, "get_dummies")
