"""What a fit of a notebook is made of: the table, its rows, the target, the features."""

import ast
import builtins
import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from idea.analysis.chosen_fit import NoIdea
from idea.analysis.column_tracker import Column, Tracker, mentioned
from idea.analysis.fit_state import Learning
from idea.analysis.fits import Fit
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.row_dependence import Kind, Kinds
from idea.analysis.row_filters import RowParts, keeping_index, without_row_parts
from idea.analysis.statements import SourcedStatement
from idea.program import Script, Step, literal
from idea.program.dataflow import effects
from idea.program.names_used import free_names, root
from idea.program.static_values import Unknown

_MODULES = frozenset({"pd", "np", "pandas", "numpy", "stats", "preprocessing"})


@dataclass
class Reading:
    """A notebook's idea, part by part; positions are those of the program's steps."""

    script: Script
    fit: Fit
    load: int
    frame: str
    raw: list[object]
    target: str = ""
    target_source: str = ""  # the raw column that it is made of
    target_made: bool = False
    features: list[SourcedStatement] = field(default_factory=list)
    result: ast.expr | None = None
    learned: list[str] = field(default_factory=list)
    before_split: list[str] = field(default_factory=list)
    prepare: list[SourcedStatement] = field(default_factory=list)
    kept: str = ""  # the frame whose rows are the ones that are left; empty if all are
    y: ast.expr | None = None  # the target, where it is made; None for a raw column
    filters: list[tuple[int, str]] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    split: ast.Call | None = None
    split_position: int = -1
    notes: list[tuple[int, str]] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    learns_of_target: bool = False  # whether steps need its column while fitting


class Reader:
    """Reads the idea behind one fit."""

    def __init__(self, script: Script, fit: Fit) -> None:
        """Take the notebook's code, and the fit."""
        self.script = script
        self.program = script.program
        self.fit = fit
        self.steps = self.program.steps

    @cached_property
    def x_slice(self) -> list[int]:
        """Positions of the statements that X needs."""
        return self.program.backward_slice(free_names(self.fit.X), self.fit.position)

    @cached_property
    def y_slice(self) -> list[int]:
        """Positions of the statements that y needs."""
        return self.program.backward_slice(free_names(self.fit.y), self.fit.position)

    @cached_property
    def load(self) -> int:
        """Position of the statement that reads the table which X is made of."""
        loads = [p for p in self.x_slice if self.steps[p].role == "load"]
        if not loads:
            raise NoIdea("where its table comes from could not be found")
        if len(loads) == 1:
            return loads[0]
        shared = [p for p in loads if p in self.y_slice]
        spine = [p for p, _ in self.spine(self.fit.X, self.fit.position)]
        on_spine = [p for p in (shared or loads) if p in spine]
        return (on_spine or shared or loads)[0]

    @property
    def frame(self) -> str:
        """The variable that holds the table as it was read."""
        node = self.steps[self.load].node
        assert isinstance(node, ast.Assign)
        assert isinstance(node.targets[0], ast.Name)
        return node.targets[0].id

    @cached_property
    def rows_at(self) -> list[set[str]]:
        """Which variables hold rows, before each statement."""
        kinds = Kinds((), self.script.imports)
        before: list[set[str]] = []
        for step in self.steps:
            before.append(set(kinds.rows))
            if step.role == "load":
                assert isinstance(step.node, ast.Assign)
                kinds.rows.add(root(step.node.targets[0]) or "")
                continue
            _follow_rows(step.node, kinds)
        before.append(set(kinds.rows))
        return before

    def spine(self, node: ast.expr, before: int) -> list[tuple[int, str]]:
        """Find the statements that give an expression its rows, the last first."""
        found: list[tuple[int, str]] = []
        name = self._bottom(node, before)
        position = before
        while name and position > 0:
            position -= 1
            effect = self.program.effects[position]
            if name in effect.changes:
                found.append((position, name))
            elif name in effect.makes:
                found.append((position, name))
                value = self.program.last_value(name, position + 1)
                if self.steps[position].role == "load" or value is None:
                    break
                name = self._bottom(value[0], position)
        return found

    def _bottom(self, node: ast.expr, position: int) -> str | None:
        """Give the variable whose rows an expression has."""
        if isinstance(node, ast.Name):
            return node.id if node.id in self.rows_at[position] else None
        parts: list[ast.expr] = []
        match node:
            case ast.Subscript(value=inner, slice=index):
                parts = [inner, index]
            case ast.Attribute(value=inner) | ast.UnaryOp(operand=inner) | ast.Compare(left=inner):
                parts = [inner]
            case ast.Call(func=function, args=arguments, keywords=keywords):
                parts = [*arguments, *(keyword.value for keyword in keywords)]
                if isinstance(function, ast.Attribute):
                    parts.insert(0, function.value)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
                pass
            case ast.BinOp(left=left, right=right):
                parts = [left, right]
            case ast.ListComp(generators=[generator, *_]):
                parts = [generator.iter]
        found = (self._bottom(part, position) for part in parts)
        return next((name for name in found if name), None)

    # target

    def y_names(self) -> set[str]:
        """Variables that hold the target on its way from the frame to the fit."""
        return self._y_names

    @cached_property
    def _y_names(self) -> set[str]:
        x_names = {name for _, name in self.spine(self.fit.X, self.fit.position)}
        x_names |= {self._bottom(self.fit.X, self.fit.position) or ""}
        names = {self._bottom(self.fit.y, self.fit.position) or ""}
        names |= {name for _, name in self.spine(self.fit.y, self.fit.position)}
        return {n for n in names - x_names if n and n != self.frame and not self._is_wide(n)}

    def _is_wide(self, name: str) -> bool:
        """Whether a variable is a frame of which a column is taken later."""
        for position in range(self.fit.position):
            for node in ast.walk(self.steps[position].node):
                match node:
                    case ast.Subscript(value=ast.Name(id=found), slice=ast.Constant(value=str())):
                        if found == name:
                            return True
                    case ast.Attribute(
                        value=ast.Name(id=found), attr="columns" | "drop" | "loc" | "iloc"
                    ):
                        if found == name:
                            return True
        return False

    def read(self, raw: Sequence[object], texts: Iterable[str] = (), target: str = "") -> Reading:
        """Read the idea.

        Args:
            raw: the raw table's columns, in order.
            texts: those of them that hold text.
            target: the one to predict, if it was named.

        Raises:
            NoIdea: it can't be told.
        """
        self.texts = set(texts)
        reading = Reading(self.script, self.fit, self.load, self.frame, list(raw))
        y_names = self.y_names()
        self._find_target(reading, y_names, target)
        self._find_split(reading)
        self._features(reading, y_names)
        self._prepare(reading)
        self._used(reading)
        return reading

    def tracker_at(
        self, positions: Iterable[int], raw: Sequence[object]
    ) -> Iterator[tuple[int, Tracker]]:
        """Follow the columns through some statements; give each with what holds before it."""
        tracker = Tracker()
        tracker.frames[self.frame] = [
            Column(name, str(name), text=str(name) in self.texts) for name in raw
        ]
        for position in positions:
            yield position, tracker
            if position != self.load:
                tracker.follow(self.steps[position].node)
        yield len(self.steps), tracker

    def _find_target(self, reading: Reading, y_names: set[str], named: str) -> None:
        """Find the column that y is, or is made of."""
        spine = {p for p, n in self.spine(self.fit.y, self.fit.position) if n in y_names}
        positions = sorted({*self.y_slice, *self.x_slice})
        first = min(spine) if spine else len(self.steps)
        for position, tracker in self.tracker_at(positions, reading.raw):
            if position < first:
                continue
            node: ast.AST = self.steps[position].node if position < len(self.steps) else self.fit.y
            if isinstance(node, ast.Assign):
                node = node.value
            self._target_in(node, tracker, reading)
            if reading.target or position >= len(self.steps):
                break
        if not reading.target and named in map(str, reading.raw):
            reading.target = reading.target_source = named
        if not reading.target:
            raise NoIdea("which column it predicts could not be found; name it with target=…")

    def _target_in(self, node: ast.AST, tracker: Tracker, reading: Reading) -> None:
        for part in ast.walk(node):
            if not isinstance(part, ast.Subscript | ast.Attribute | ast.Call | ast.Name):
                continue
            columns = tracker.columns(part)
            if columns is not None and len(columns) == 1:
                column = columns[0]
                if column.raw is not None:
                    reading.target = column.raw
                    reading.target_source = str(column.name)
                    reading.target_made = column.made
                    return
                reading.target = reading.target_source = str(column.name)
                reading.target_made = True
                return
        # A column of dummies: `Churn_Yes` is made of `Churn`.
        for part in ast.walk(node):
            match part:
                case (
                    ast.Subscript(slice=ast.Constant(value=str(name)))
                    | ast.Attribute(attr=name)
                    | ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=str(name))])
                ):
                    for raw in reading.raw:
                        if name == str(raw):
                            reading.target = reading.target_source = name
                            return
                        if name.startswith(f"{raw}_"):
                            reading.target = reading.target_source = name
                            reading.target_made = True
                            return
        for part in ast.walk(node):  # a column that was made, and can't be followed
            match part:
                case ast.Subscript(slice=ast.Constant(value=str(name))):
                    if any(self._stores_column(name)):
                        reading.target = reading.target_source = name
                        reading.target_made = True
                        return

    def _stores_column(self, name: str) -> Iterator[bool]:
        """Whether some statement stores a column of that name."""
        for position in self.y_slice:
            match self.steps[position].node:
                case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=value))]):
                    yield value == name

    def _find_split(self, reading: Reading) -> None:
        spine = [p for p, _ in self.spine(self.fit.X, self.fit.position)]
        splits = [p for p in spine if self.steps[p].role == "split"]
        reading.split_position = splits[0] if splits else -1
        if splits:
            reading.split = self.steps[splits[0]].call
        else:  # fitted to all rows, as in cross-validation: a split elsewhere still says how
            other = [s for s in self.steps if s.role == "split"]
            reading.split = other[-1].call if other else None

    # features

    def _features(self, reading: Reading, y_names: set[str]) -> None:
        # Only what happens after the table was read: what is known before comes along by name.
        positions = self.program.backward_slice(free_names(self.fit.X), self.fit.position, y_names)
        spine = {p for p, _ in self.spine(self.fit.X, self.fit.position)}
        positions = [p for p in positions if p != self.load]
        learning = Learning({self.frame, *y_names}, self.script.imports, self.script.functions)
        target_names = self._target_names(reading, positions)
        placed: set[str] = set()
        parts: list[SourcedStatement] = []
        for position in positions:
            step = self.steps[position]
            node: ast.stmt | None = step.node
            assert node is not None
            if self._stands_alone(node):
                continue
            if step.role == "load":
                reading.notes.append(
                    (step.cell, f"`{_brief(node)}` reads a second table, which is not carried over")
                )
                continue
            if step.role == "split" and position == reading.split_position:
                reading.before_split = [*learning.names]
            if self._makes_target(node, target_names.get(position, set())):
                node = self._placeholder(node, position, reading, placed)
                if node is None:
                    continue
            if step.role == "resample" and step.call is not None:
                what = (
                    f"`{_brief(step.call)}` resamples the training rows, which is not carried over"
                )
                reading.notes.append((step.cell, f"{what}: class weights do the same"))
            if step.role == "test":
                continue
            node = _without_test_frames(node, self._test_names(position))
            node = self._without_target(node, target_names.get(position, set()), positions)
            if position in spine:
                node, row_parts = without_row_parts(node, learning.kinds, self.script.functions)
                reading.filters += [(position, text) for text in row_parts.found]
                if node is None:
                    continue
            learned = learning.statement(node)
            learning.kinds.rows.update({self.frame} if not parts and not learned else ())
            for new in learned:
                parts.append(SourcedStatement(new, position, step.cell, step.heading))
        result = copy.deepcopy(self.fit.X)
        row_parts = RowParts(learning.kinds, self.script.functions)
        result = row_parts.spine(result)
        reading.result = learning.rewrite(result, "features")
        ast.fix_missing_locations(reading.result)
        parts = self._defined(parts, learning, reading)
        reading.learns_of_target = self._learns_of_target(parts, reading)
        reading.features = _alive(parts, free_names(reading.result))
        reading.learned = learning.names
        if reading.split_position < 0:
            reading.before_split = [*learning.names]
        for text in learning.warnings:
            reading.notes.append((self.steps[self.fit.position].cell, text))
        reading.imports.update(learning.extra_imports)

    def _placeholder(
        self, node: ast.stmt, position: int, reading: Reading, placed: set[str]
    ) -> ast.stmt | None:
        """Where the target is a new column, it keeps its place: statements may count on it."""
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name))) as target]):
                there = name in map(str, reading.raw) and not self._is_built(target, position)
                if there or name in placed:
                    return None
                placed.add(name)
                made = ast.Assign([copy.deepcopy(target)], ast.Constant(0))
                return ast.fix_missing_locations(ast.copy_location(made, node))
        return None

    def _is_built(self, target: ast.Subscript, position: int) -> bool:
        """Whether a column is stored in a frame that was built without the raw one's columns."""
        found = self.program.last_value(root(target) or "", position)
        match found and found[0]:
            case ast.Call(func=function):
                return self.script.path(function) == "pandas.DataFrame"
        return False

    def _without_target(self, node: ast.stmt, names: set[str], positions: list[int]) -> ast.stmt:
        """A loop over columns leaves out the target, which is not there in prediction."""
        if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name):
            return node
        columns: ast.expr | None = node.iter
        if isinstance(columns, ast.Name):
            found = self.program.last_value(columns.id, self.fit.position)
            columns = found[0] if found else None
        if not isinstance(columns, ast.List | ast.Tuple):
            return node
        rest = [e for e in columns.elts if not (isinstance(e, ast.Constant) and e.value in names)]
        if len(rest) == len(columns.elts) or not rest:
            return node
        new = copy.deepcopy(node)
        new.iter = ast.List(copy.deepcopy(rest), ast.Load())
        return ast.fix_missing_locations(new)

    def _test_names(self, position: int) -> set[str]:
        """Variables that hold rows for the test before a statement."""
        names: set[str] = set()
        for before in range(position):
            made = self.program.effects[before].makes
            node = self.steps[before].node
            of_test = isinstance(node, ast.Assign) and self._bottom(node.value, before) in names
            if self.steps[before].role == "test" or of_test:
                names |= made
            else:
                names -= made
        return names

    def _defined(
        self, parts: list[SourcedStatement], learning: Learning, reading: Reading
    ) -> list[SourcedStatement]:
        """Leave out, and say, what uses a name that nothing makes."""
        known = {
            self.frame, "learn", "y", *self.script.imports, *self.script.functions,
            *self.script.classes, *learning.extra_imports, *dir(builtins),
        }  # fmt: skip
        out: list[SourcedStatement] = []
        for part in parts:
            effect = effects(part.node)
            unknown = effect.uses - known - effect.makes
            if unknown and not isinstance(part.node, ast.For | ast.If | ast.While | ast.Try):
                name = sorted(unknown)[0]
                reading.notes.append(
                    (
                        part.cell,
                        f"`{_brief(part.node)}` uses `{name}`, which nothing makes; left out",
                    )
                )
                continue
            known |= effect.makes | effect.changes
            out.append(part)
        return out

    def _learns_of_target(self, parts: list[SourcedStatement], reading: Reading) -> bool:
        """Whether something is told from the target's column, such as its mean by group."""
        return any(
            reading.target in set(_strings(call.args[1]))
            for part in parts
            for call in ast.walk(part.node)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "learn"
            and len(call.args) > 1
        )

    def _target_names(self, reading: Reading, positions: list[int]) -> dict[int, set[str]]:
        """What the target column is called before each statement."""
        names: dict[int, set[str]] = {}
        made: set[str] = set()
        for position, tracker in self.tracker_at(sorted({*positions, self.load}), reading.raw):
            known = {
                str(column.name)
                for columns in tracker.frames.values()
                for column in columns or []
                if column.raw == reading.target
            }
            names[position] = {*known, reading.target, reading.target_source}
            made |= names[position]
        return names

    def _makes_target(self, node: ast.stmt, names: set[str]) -> bool:
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]):
                return name in names
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Attribute(attr="loc"),
                        slice=ast.Tuple(elts=[_, ast.Constant(value=str(name))]),
                    )
                ]
            ):
                return name in names
            case ast.Assign(targets=[ast.Attribute(attr=name)]):
                return name in names
            case ast.Assign(
                targets=[ast.Name()],
                value=ast.Call(
                    func=ast.Attribute(attr="astype" | "replace" | "fillna"),
                    args=[ast.Dict(keys=[ast.Constant(value=str(name))])],
                ),
            ):
                return name in names
        return False

    # rows and target

    def _prepare(self, reading: Reading) -> None:
        """The statements that leave out rows, and those that make the target."""
        by_filter = [p for p, _ in reading.filters if not self._only_splits(p)]
        positions: set[int] = set()
        if by_filter:
            last = max(by_filter)
            name = dict(self.spine(self.fit.X, self.fit.position))[last]
            reading.kept = name
            positions |= set(self.program.backward_slice({name}, last + 1))
        if self._target_is_made(reading):
            reading.y = copy.deepcopy(self.fit.y)
            positions |= set(self.y_slice)
        last_filter = max(by_filter, default=-1)
        names = self._target_names(reading, sorted(positions))
        for position in sorted(positions):
            step = self.steps[position]
            if position == self.load or step.role == "load":
                continue
            beside = self._beside_target(position, names.get(position, set()), positions)
            if position > last_filter and beside and not self._makes_dummy(step.node, reading):
                new = self._renaming(step.node)
                if new is not None:
                    reading.prepare.append(SourcedStatement(new, position, step.cell, step.heading))
                continue
            if self._stands_alone(step.node):
                continue
            if step.role == "test":
                continue
            step = Step(
                _without_test_frames(step.node, self._test_names(position)), step.cell, step.line,
                step.heading, step.role, step.call,
            )  # fmt: skip
            if self._only_splits(position):
                node, _ = without_row_parts(
                    step.node,
                    Kinds(self.rows_at[position], self.script.imports),
                    self.script.functions,
                )
                if node is None:
                    continue
            else:
                node = step.node
            for new in keeping_index([node]):
                reading.prepare.append(SourcedStatement(new, position, step.cell, step.heading))
        wanted = {reading.kept} - {""} | (free_names(reading.y) if reading.y else set())
        reading.prepare = _alive(reading.prepare, wanted)

    def _makes_dummy(self, node: ast.stmt, reading: Reading) -> bool:
        """Whether the target is one of the dummies that a statement makes."""
        raw = [str(name) for name in reading.raw]
        return (
            reading.target not in raw
            and any(reading.target.startswith(f"{name}_") for name in raw)
            and self._is_dummy(reading)
            and "get_dummies" in ast.unparse(node)
        )

    def _beside_target(self, position: int, names: set[str], positions: set[int]) -> bool:
        """Whether a statement shapes columns that the target is not made of."""
        node = self.steps[position].node
        makes = self.program.effects[position].makes
        if names & set(_strings(node)) or makes & self.y_names() or self._by_position(positions):
            return False
        holding = self.rows_at[position + 1] | self.rows_at[position]
        touched = makes | self.program.effects[position].changes
        if not touched & holding:
            return False  # a list, a number, a function: whoever uses it decides
        later = [self.steps[p].node for p in positions if p > position]
        texts = {t for p in later if names & set(_strings(p)) for t in self._all_strings(p)}
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="columns" | "index")]):
                return False
            case ast.Assign(targets=[ast.Name()], value=ast.Name()):
                return False
            case ast.Assign(targets=[target]):
                made = {t for t in _strings(target)} | {
                    t
                    for c in ast.walk(target)
                    if isinstance(c, ast.Constant)
                    for t in [str(c.value)]
                }
                if isinstance(target, ast.Name):
                    return _frame_of(node.value) is not None and not _renames(node)
                return not made & texts
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name()))):
                return not _renames(node)
            case ast.For(iter=columns):
                if isinstance(columns, ast.Name):
                    found = self.program.last_value(columns.id, position)
                    columns = found[0] if found else columns
                return isinstance(columns, ast.List | ast.Tuple) and not (names | texts) & {
                    *_strings(columns),
                    *_strings(node),
                }
        return False

    def _all_strings(self, node: ast.AST) -> set[str]:
        """Names of columns that a statement may mention, itself or in functions that it uses."""
        found = set(_strings(node))
        for name in free_names(node):
            if name in self.script.functions:
                found |= set(_strings(self.script.functions[name]))
        return found

    def _by_position(self, positions: set[int]) -> bool:
        """Whether the target is taken by its column's position."""
        return any(
            (isinstance(part, ast.Attribute) and part.attr in ("iloc", "values"))
            or isinstance(part, ast.Slice)
            for p in positions
            if self.program.effects[p].makes & self.y_names()
            for part in ast.walk(self.steps[p].node)
            if not (
                isinstance(part, ast.Attribute)
                and part.attr == "values"
                and self._column_values(part)
            )
        )

    @staticmethod
    def _column_values(node: ast.Attribute) -> bool:
        """Whether it is ``df["target"].values``."""
        match node.value:
            case ast.Subscript(slice=ast.Constant(value=str())) | ast.Attribute():
                return True
        return False

    def _renaming(self, node: ast.stmt) -> ast.stmt | None:
        """What is left of a statement whose change nothing needs: at most another name."""
        match node:
            case ast.Assign(targets=[ast.Name(id=new)], value=value):
                old = _frame_of(value)
                if old and old != new:
                    made = ast.Assign([ast.Name(new, ast.Store())], ast.Name(old, ast.Load()))
                    return ast.fix_missing_locations(ast.copy_location(made, node))
        return None

    def _only_splits(self, position: int) -> bool:
        """Whether a statement cuts rows by their position, as a split by hand does."""
        node = self.steps[position].node
        kinds = Kinds(self.rows_at[position], self.script.imports)
        _, parts = without_row_parts(node, kinds, self.script.functions)
        same = isinstance(node, ast.Assign) and root(node.targets[0]) == root(node.value)
        return parts.split_by_position and not same

    def _stands_alone(self, node: ast.stmt) -> bool:
        """Whether it is a function or class that needs nothing that is told from the table."""
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            return False
        return not self._from_table(node, 0)

    def _from_table(self, node: ast.AST, depth: int) -> bool:
        for name in free_names(node):
            own = self.script.functions.get(name)
            if (
                own is not None
                and own is not node
                and depth < 4
                and self._from_table(own, depth + 1)
            ):
                return True
            found = self.program.last_value(name, self.fit.position)
            if found is not None and self.load in self.program.backward_slice({name}, found[1] + 1):
                return True
        return False

    def _target_is_made(self, reading: Reading) -> bool:
        """Whether y is something else than a raw column as it is."""
        if reading.target_made:
            return True
        names = self._target_names(reading, self.y_slice)
        if any(self._makes_target(self.steps[p].node, names.get(p, set())) for p in self.y_slice):
            return True
        position = self.fit.position
        node: ast.expr = self.fit.y
        while True:
            match node:
                case ast.Attribute(value=inner, attr="values" | "T"):
                    node = inner
                case ast.Call(
                    func=ast.Attribute(
                        value=inner,
                        attr="ravel" | "to_numpy" | "copy" | "squeeze" | "flatten" | "reshape",
                    ),
                ):
                    node = inner
                case ast.Call(func=function, args=[inner, *_]) if self.script.path(function) in (
                    "numpy.array",
                    "numpy.ravel",
                    "numpy.asarray",
                ):
                    node = inner
                case ast.Name(id=name):
                    changed = [
                        p
                        for p in range(position)
                        if name in self.program.effects[p].changes and p in self.y_slice
                    ]
                    found = self.program.last_value(name, position)
                    if found is None:
                        return bool(changed) and name in self.y_names()
                    if changed and changed[-1] > found[1] and name in self.y_names():
                        return True
                    node, position = found
                case ast.Subscript() | ast.Attribute():
                    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                        rows = self.rows_at[position]
                        kinds = Kinds(rows, self.script.imports)
                        if kinds.of(node.slice) is Kind.ROWS:
                            node = node.value
                            continue
                    return False
                case ast.Call(func=ast.Attribute(attr="pop")):
                    return False
                case _:
                    return True

    def _used(self, reading: Reading) -> None:
        """Which raw columns the features look at."""
        raw = [str(name) for name in reading.raw]
        written: dict[int, list[ast.stmt]] = {}
        for part in reading.features:
            written.setdefault(part.position, []).append(part.node)
        final: list[str] | None = None
        mentions: set[str] = set()
        gone: set[str] = set()
        whole = False  # whether a statement looked at every column that is left
        for position, tracker in self.tracker_at(sorted(written), reading.raw):
            if position >= len(self.steps):
                columns = tracker.columns(self.fit.X)
                if columns is not None:
                    final = [c.raw for c in columns if c.raw is not None]
                continue
            names = {
                c.name: c.raw
                for columns in tracker.frames.values()
                for c in columns or []
                if c.raw is not None
            }
            for node in written[position]:
                mentions |= {str(names[n]) for n in self._mentions(node, position, set(names))}
            node = self.steps[position].node
            dropped = self._dropped(node, position)
            whole = whole or (not dropped and self._looks_at_all(node))
            if not whole:
                gone |= {str(names.get(name, name)) for name in dropped}
        if final is None:
            used = [c for c in raw if c not in gone or c in mentions]
        else:
            used = [c for c in raw if c in final or c in mentions]
        sources = {reading.target}
        if reading.target not in raw:  # a column of dummies of it
            sources |= {
                c for c in raw if reading.target.startswith(f"{c}_") and self._is_dummy(reading)
            }
        reading.used = [c for c in used if c not in sources]

    def _is_dummy(self, reading: Reading) -> bool:
        return not any(
            isinstance(node, ast.Constant) and node.value == reading.target
            for position in self.y_slice
            for statement in [self.steps[position].node]
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript)
            for node in [statement.targets[0].slice]
        )

    def _mentions(self, node: ast.stmt, position: int, names: set[object]) -> set[object]:
        """Columns that a statement uses, itself or by a list; to drop or rename is no use."""
        if isinstance(node, ast.Delete) or (
            isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple)
        ):
            return set()  # a list of names counts where it is used
        node = copy.deepcopy(node)
        for part in ast.walk(node):
            match part:
                case ast.Call(func=ast.Attribute(attr="drop" | "rename")):
                    part.args = []
                    part.keywords = [k for k in part.keywords if k.arg not in ("columns", "labels")]
        found = mentioned(node, names)
        for name in free_names(node):
            with suppress(Unknown):
                value = literal(ast.Name(name, ast.Load()), NamesAtStep(self.script, position))
                found |= {n for n in (value if isinstance(value, list) else ()) if n in names}
        return found

    def _dropped(self, node: ast.stmt, position: int) -> set[object]:
        """Columns that a statement drops, lists behind names among them."""
        found = _dropped(node)
        for part in ast.walk(node):
            match part:
                case ast.Call(func=ast.Attribute(attr="drop"), args=args, keywords=keywords):
                    for given in [*args[:1], *(k.value for k in keywords if k.arg == "columns")]:
                        with suppress(Unknown):
                            names = literal(given, NamesAtStep(self.script, position))
                            found |= set(names if isinstance(names, list) else [names])
        return found

    @staticmethod
    def _looks_at_all(node: ast.stmt) -> bool:
        """Whether a statement may use any column of its frame: one or some that it names aside."""
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="columns")]):
                return False  # other names for the same columns
        for part in ast.walk(node):
            match part:
                case ast.Attribute(attr="select_dtypes" | "dtypes" | "columns" | "fit_transform"):
                    return True
                case ast.Call(func=ast.Attribute(attr="get_dummies"), args=[given, *_]):
                    some = any(k.arg == "columns" for k in part.keywords)
                    if not some and not isinstance(given, ast.Subscript | ast.Attribute):
                        return True
        return False


def _without_test_frames(node: ast.stmt, names: set[str]) -> ast.stmt:
    """``for frame in [train, test]`` goes through the training rows only."""
    if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name):
        return node
    if not isinstance(node.iter, ast.List | ast.Tuple):
        return node
    rest = [e for e in node.iter.elts if not (isinstance(e, ast.Name) and e.id in names)]
    if len(rest) == len(node.iter.elts) or not rest:
        return node
    new = copy.deepcopy(node)
    assert isinstance(new.iter, ast.List | ast.Tuple)
    new.iter.elts = rest
    return new


def _alive(parts: list[SourcedStatement], wanted: set[str]) -> list[SourcedStatement]:
    """Leave out the statements that nothing needs any more."""
    alive: list[SourcedStatement] = []
    needed = set(wanted)
    for part in reversed(parts):
        effect = effects(part.node)
        if (effect.makes | effect.changes) & needed:
            alive.append(part)
            needed = (needed - effect.makes) | effect.uses
    return alive[::-1]


def _frame_of(value: ast.expr) -> str | None:
    """Give the frame that an expression changes: of a method, or the first argument."""
    match value:
        case ast.Call(func=ast.Attribute(value=inner)) if (
            root(inner) and root(inner) not in _MODULES
        ):
            return root(inner)
        case ast.Call(args=args):
            return next((a.id for a in args if isinstance(a, ast.Name)), None)
        case ast.Subscript() | ast.Attribute():
            return root(value)
    return None


def _renames(node: ast.stmt) -> bool:
    """Whether columns get other names."""
    return any(
        isinstance(p, ast.Attribute)
        and p.attr in ("rename", "set_axis", "columns", "add_prefix", "get_dummies")
        for p in ast.walk(node)
    ) and "get_dummies" not in ast.unparse(node)


def _strings(node: ast.AST) -> Iterator[str]:
    """Give the names of columns that a piece of code may mention."""
    for part in ast.walk(node):
        match part:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Attribute(attr=attribute):
                yield attribute


def _dropped(node: ast.stmt) -> set[object]:
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr="drop")):
                found: set[object] = set()
                for constant in ast.walk(part):
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        found.add(constant.value)
                return found - {"columns", "index", "rows", "ignore", "raise"}
    return set()


def _follow_rows(node: ast.stmt, kinds: Kinds) -> None:
    match node:
        case ast.Assign(targets=targets, value=value):
            kind = kinds.of(value)
            for target in targets:
                _mark(target, kind, kinds)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            _mark(target, kinds.of(value), kinds)
        case ast.For(target=target, iter=iterable, body=body):
            if isinstance(iterable, ast.List | ast.Tuple) and kinds.of(iterable) is Kind.ROWS:
                _mark(target, Kind.ROWS, kinds)
            for statement in body:
                _follow_rows(statement, kinds)
        case ast.If(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
            for statement in [*body, *orelse]:
                _follow_rows(statement, kinds)
        case ast.With(body=body) | ast.Try(body=body):
            for statement in body:
                _follow_rows(statement, kinds)


def _mark(target: ast.expr, kind: Kind, kinds: Kinds) -> None:
    match target:
        case ast.Name(id=name):
            if kind is Kind.ROWS:
                kinds.rows.add(name)
            else:
                kinds.rows.discard(name)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                _mark(part, kind, kinds)


def _brief(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}…"
