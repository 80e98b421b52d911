"""The features: the statements that X needs, as they run on training rows and on new rows."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from idea.analysis.chosen_fit import NoIdea
from idea.analysis.dead_columns import without_dead_columns
from idea.analysis.defined_names import Checked, ModuleObjects, with_defined_names
from idea.analysis.fit_state import Learning, learned_at_once
from idea.analysis.look_ups import LOOK_UP, looked_up_in
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.raw_columns import RawColumns
from idea.analysis.row_filters import unfiltered, without_row_filters
from idea.analysis.row_order import depends_on_order, without_sorts
from idea.analysis.single_rows import changes_single_rows, joins_what_was_changed_apart
from idea.analysis.slices import Slices, row_source
from idea.analysis.splits import Split
from idea.analysis.statements import (
    SourcedStatement,
    alive,
    column_strings,
    without_test_frames,
)
from idea.analysis.target import Target, stores_column, target_names
from idea.analysis.without_target import passing_over_target, without_target
from idea.knowledge.settings import RANDOM_DRAWS, SETTING_FUNCTIONS
from idea.program import Step
from idea.program.names_used import free_names, root
from idea.program.substitute import substituted
from idea.syntax import brief, copied, walk

_WIDTH = 70  # of code in a note
Note = tuple[int, str]


@dataclass(frozen=True)
class Features:
    """What the model is fitted to.

    Attributes:
        statements: the steps from the raw table to X.
        result: X, in terms of these steps.
        learned: names of the values that are computed from training rows, in order.
        before_split: those of them that the notebook computes before it splits.
        before_filters: those of them that it computes before it leaves out any row.
        filters: steps that leave out rows, with the source of the filter.
        imports: what the statements need beyond the notebook's own imports.
        learns_of_target: whether a value is computed from the target's column while fitting.
        notes: what was left out, by cell.
    """

    statements: tuple[SourcedStatement, ...]
    result: ast.expr
    learned: tuple[str, ...]
    before_split: tuple[str, ...]
    before_filters: tuple[str, ...]
    filters: tuple[tuple[int, str], ...]
    imports: Mapping[str, str]
    learns_of_target: bool
    notes: tuple[Note, ...]


def read_features(slices: Slices, raw: RawColumns, target: Target, split: Split) -> Features:
    """Read the steps from the raw table to X.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        target: the column to predict.
        split: how the notebook splits.
    """
    return _FeaturesReader(slices, raw, target, split).read()


class _FeaturesReader:
    """Goes through the steps that X needs, and gives each what it is in the rendered repo."""

    def __init__(self, slices: Slices, raw: RawColumns, target: Target, split: Split) -> None:
        """Start before the first step.

        Args:
            slices: the statements behind the fit.
            raw: the raw table's columns.
            target: the column to predict.
            split: how the notebook splits.
        """
        self.slices = slices
        self.raw = raw
        self.target = target
        self.split = split
        self.functions = slices.script.functions
        # What y takes from the table is not X's; what comes before the table is known by name.
        needed = slices.program.backward_slice(
            free_names(slices.fit.X), slices.fit.position, slices.y_names
        )
        self.positions = [position for position in needed if position != slices.load]
        self.target_names = target_names(target, slices, raw, self.positions)
        self.learning = Learning(
            {slices.frame, *slices.y_names}, slices.script.imports, self.functions
        )
        steps = (slices.steps[position].node for position in self.positions)
        self.needs_order = any(depends_on_order(node) for node in steps)
        self.placeholders: set[str] = set()
        self.before_split: tuple[str, ...] | None = None
        self.before_filters: tuple[str, ...] = ()
        self.parting = split.by_hand.selections if split.by_hand is not None else frozenset()
        self.filters: list[tuple[int, str]] = []
        self.notes: list[Note] = []

    def read(self) -> Features:
        """Read all steps, then X itself."""
        statements = [
            SourcedStatement(node, position, step.cell, step.heading)
            for position in self.positions
            for step in [self.slices.steps[position]]
            for node in self._nodes_at(step, position)
        ]
        result = self._result()
        checked = self._checked(statements, result)
        cell = self.slices.steps[self.slices.fit.position].cell
        self.notes += [(cell, text) for text in self.learning.warnings]
        learned = tuple(self.learning.names)
        before_split = learned if self.split.position < 0 else self.before_split or ()
        lively, result = without_dead_columns(
            checked.statements, result, self.slices, {*self.raw.strings}
        )
        kept = alive(lively, free_names(result))
        self._refuse_single_rows(kept)
        self.notes += self._random_draws(kept)
        return Features(
            tuple(kept),
            result,
            learned,
            before_split,
            tuple(name for name in self.before_filters if name in before_split),
            tuple(self.filters),
            dict(self.learning.imports),
            _learns_of(self.target.column, kept),
            tuple(self.notes),
        )

    def _refuse_single_rows(self, statements: Iterable[SourcedStatement]) -> None:
        """Part nothing where a step changes rows of this table that no new row is.

        Raises:
            NoIdea: one does.
        """
        for each in statements:
            if changes_single_rows(each.node, self.slices.rows_at[each.position]):
                what = brief(self.slices.steps[each.position].node, _WIDTH)
                raise NoIdea(f"`{what}` changes rows of its own table")
        for at in self.slices.X_lineage:
            if joins_what_was_changed_apart(at, self.slices.program, self.slices.script.imports):
                what = brief(self.slices.steps[at].node, _WIDTH)
                raise NoIdea(f"`{what}` puts rows together that were changed apart")

    def _checked(self, statements: Iterable[SourcedStatement], result: ast.expr) -> Checked:
        """Leave out what uses a name that nothing makes.

        Args:
            statements: the steps.
            result: X, in terms of them.

        Raises:
            NoIdea: X itself uses one.
        """
        own = {self.slices.frame, "learn", "y", LOOK_UP}
        known = {*own, *self.slices.y_names, *self.learning.imports}
        objects = ModuleObjects(self.slices, self.raw)
        needed = alive(list(statements), free_names(result))
        checked = with_defined_names(needed, known, objects)
        missing = objects.missing(free_names(result) - checked.known)
        if missing is not None:
            raise missing.refusal(f"what it fits to needs {missing}")
        self.notes += checked.notes
        return checked

    def _nodes_at(self, step: Step, position: int) -> Sequence[ast.stmt]:
        """Give the statements that a step becomes."""
        if self.slices.stands_alone(step.node):
            return []
        if step.role == "load":
            what = brief(step.node, _WIDTH)
            self.notes.append(
                (step.cell, f"`{what}` reads a second table, which is not carried over")
            )
            return []
        if step.role == LOOK_UP:
            assert isinstance(step.node, ast.Assign)
            return [learned_at_once(step.node, looked_up_in(step.node))]
        if position == self.split.position:
            self.before_split = tuple(self.learning.names)
        node: ast.stmt | None = step.node
        if stores_column(step.node, self.target_names.get(position, set())):
            node = self._placeholder(step.node, position)
        if node is None or step.role == "test":
            return []
        node = without_test_frames(node, self.slices.test_rows_at[position])
        node = without_target(node, self.target_names.get(position, set()), self.slices)
        goal = {self.target.column, self.target.alias}
        node = passing_over_target(node, goal, NamesAtStep(self.slices.script, position))
        if position in self.slices.X_lineage and not self.needs_order:
            unsorted = without_sorts(node, self.learning.kinds)
            if unsorted is None:
                return []
            node = unsorted
        if position in self.slices.X_lineage or self._becomes_columns(step.node, position):
            rest = without_row_filters(node, self.learning.kinds, self.functions)
            if rest.filters and not self.filters and position not in self.parting:
                self.before_filters = tuple(self.learning.names)
            self.filters += [(position, text) for text in rest.filters]
            if rest.node is None:
                return []
            node = rest.node
        return self.learning.statement(node)

    def _becomes_columns(self, node: ast.stmt, position: int) -> bool:
        """Tell whether rows that a step selects are stored as columns of the table later.

        Args:
            node: the statement.
            position: of its step.
        """
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]):
                return any(
                    _stores_rows_of(name, self.slices.steps[later].node, self.slices.rows_at[later])
                    for later in self.positions
                    if later > position
                )
        return False

    def _result(self) -> ast.expr:
        result = unfiltered(self.slices.fit.X, self.learning.kinds, self.functions)
        return ast.fix_missing_locations(self.learning.rewrite(result, "features"))

    def _random_draws(self, statements: Iterable[SourcedStatement]) -> Iterator[Note]:
        """Note the statements that draw random numbers: no seed gives a single row its own."""
        for statement in statements:
            calls = [part for part in walk(statement.node) if isinstance(part, ast.Call)]
            once = dict(filter(None, map(_drawn_once, calls)))
            for call in calls:
                path = self.slices.script.path(call.func) or ""
                if path.startswith(RANDOM_DRAWS) and path not in SETTING_FUNCTIONS:
                    later = "the middle one" if id(call) in once else "others"
                    what = f"`{brief(once.get(id(call), call), _WIDTH)}` draws random numbers"
                    yield statement.cell, f"{what}: a row gets {later} each time"

    def _placeholder(self, node: ast.stmt, position: int) -> ast.stmt | None:
        """Keep the place of a target that is a new column: statements may count on it.

        Args:
            node: the statement that stores the target.
            position: of its step.

        Returns:
            A statement that stores 0, once; None where the raw table has the column already.
        """
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name))) as target]):
                there = name in self.raw.strings and not self._is_built(target, position)
                if there or name in self.placeholders:
                    return None
                self.placeholders.add(name)
                made = ast.Assign([copied(target)], ast.Constant(0))
                return ast.fix_missing_locations(ast.copy_location(made, node))
        return None

    def _is_built(self, target: ast.Subscript, position: int) -> bool:
        """Tell whether a column is stored in a frame that the notebook builds by itself."""
        found = self.slices.program.last_value(root(target) or "", position)
        match found and found[0]:
            case ast.Call(func=function):
                return self.slices.script.path(function) == "pandas.DataFrame"
        return False


def _drawn_once(call: ast.Call) -> tuple[int, ast.expr] | None:
    """Of ``learn.draw("ages", count, lambda size: draw(size))``, give ``draw(count)``.

    Returns:
        Which call it is, and what it stands for.
    """
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="learn"), attr="draw"),
            args=[_, count, ast.Lambda(body=drawn)],
        ):
            return id(drawn), substituted(drawn, {"size": count})
    return None


def _stores_rows_of(frame: str, node: ast.stmt, rows: Set[str]) -> bool:
    """Tell whether a statement stores a frame, or columns of it, in a frame.

    Args:
        frame: the variable that holds the frame.
        node: the statement.
        rows: the variables that hold rows.
    """
    match node:
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()], value=value):
            return row_source(value, rows) == frame
    return False


def _learns_of(column: str, statements: Iterable[SourcedStatement]) -> bool:
    """Tell whether a value is computed from a column while fitting, such as its mean by group."""
    statements = [*statements]
    named = {text for statement in statements for text in column_strings(statement.node)}
    for statement in statements:
        for call in walk(statement.node):
            match call:
                case ast.Call(func=ast.Name(id="learn"), args=[_, value, *_]):
                    if column in column_strings(value) or (
                        _is_of_every_column(value) and column in named
                    ):
                        return True
    return False


def _is_of_every_column(value: ast.AST) -> bool:
    """Tell whether a value says how columns go together, of which the target may be one."""
    return any(
        isinstance(part, ast.Attribute) and part.attr in ("corr", "corrwith", "cov")
        for part in walk(value)
    )
