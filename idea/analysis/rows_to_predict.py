"""Takes tables of rows to predict, such as `test.csv`, out of a notebook's statements."""

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from idea.analysis.row_filters import unfiltered, without_row_filters
from idea.analysis.slices import Slices
from idea.knowledge.pandas_methods import CONCATENATIONS, JOINS, REDUCTIONS
from idea.program import Program, Script, Step
from idea.program.names_used import free_names, root
from idea.syntax import brief, callee_name, import_path, keyword_value

_WIDTH = 70  # of code in a note
_Node = TypeVar("_Node", bound=ast.AST)


class Origin(Enum):
    """The table that an expression's rows come from."""

    MAIN = "main"  # the one that the model learns from
    OTHER = "other"  # one of rows to predict
    BOTH = "both"  # both, one below the other


@dataclass(frozen=True)
class Separated:
    """A notebook's code without the rows to predict, and what to say about these."""

    script: Script
    notes: tuple[tuple[int, str], ...]


def without_rows_to_predict(
    slices: Slices, headers: Mapping[int, Sequence[object]]
) -> Separated | None:
    """Take the tables out that hold rows to predict.

    Such a table is put below the one that is learned from, and cut off again; or it is shaped
    beside it. A table that is joined by a key is none, nor is one whose rows are learned from.

    Args:
        slices: the statements behind the fit.
        headers: the columns of tables, by the position of their load, where they are known.

    Returns:
        The code, in which what only concerns these rows is left out; None if there are none, or
        if the target is read from another table.
    """
    others = [
        position
        for position, step in enumerate(slices.steps)
        if step.role == "load"
        and position != slices.load
        and (position in slices.X or position in slices.y)
    ]
    others = [p for p in others if _is_to_predict(p, slices) and _is_alike(p, slices, headers)]
    if not others or slices.load not in slices.y:
        return None
    separator = _Separator(slices, others, headers)
    steps = [separator.step(position, step) for position, step in enumerate(slices.steps)]
    program = Program(tuple(steps), slices.script.functions)
    notes = [*separator.notes]
    for p in others:
        code = brief(slices.steps[p].node, _WIDTH)
        text = f"`{code}` reads rows to predict: nothing is learned from them"
        notes.append((slices.steps[p].cell, text))
    return Separated(replace(slices.script, program=program), tuple(notes))


def _is_to_predict(load: int, slices: Slices) -> bool:
    """Tell whether a table holds rows to predict.

    Args:
        load: position of the step that reads it.
        slices: the statements behind the fit.
    """
    names = variables_of(load, slices)
    learned = variables_of(slices.load, slices) | ({*slices.X_lineage.values()} - names)
    joined = False
    below = -1
    for position in range(load + 1, slices.fit.position):
        node = slices.steps[position].node
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or not names & free_names(call):
                continue
            if callee_name(call) in JOINS or is_beside(call, slices.script):
                joined = joined or bool(free_names(call) & learned)
            if import_path(call.func, slices.script.imports) in CONCATENATIONS:
                below = max(below, position) if position in slices.X_lineage else below
    if joined:
        return False
    return below < 0 or _is_cut_off(below, slices)


def _is_alike(load: int, slices: Slices, headers: Mapping[int, Sequence[object]]) -> bool:
    """Tell whether a table has the columns of the one that is learned from, as far as is known.

    Args:
        load: position of the step that reads it.
        slices: the statements behind the fit.
        headers: the columns of tables, by the position of their load, where they are known.
    """
    columns, learned = headers.get(load), headers.get(slices.load)
    if not columns or not learned:
        return True
    return sum(column in learned for column in columns) * 2 >= len(columns)


def is_beside(call: ast.Call, script: Script) -> bool:
    """Tell whether a call puts tables beside each other, columns by columns."""
    if import_path(call.func, script.imports) not in CONCATENATIONS:
        return False
    axis = keyword_value(call, "axis") or (call.args[1] if len(call.args) > 1 else None)
    return isinstance(axis, ast.Constant) and axis.value in (1, "columns")


def _is_cut_off(below: int, slices: Slices) -> bool:
    """Tell whether rows are selected between a concatenation and the fit."""
    functions = slices.script.functions
    kinds = slices.kinds_at(slices.fit.position)
    if ast.dump(unfiltered(slices.fit.X, kinds, functions)) != ast.dump(slices.fit.X):
        return True
    return any(
        without_row_filters(slices.steps[p].node, slices.kinds_at(p), functions).filters
        or any(_is_of_key(part) for part in ast.walk(slices.steps[p].node))
        for p in slices.X_lineage
        if p > below
    )


def _is_of_key(node: ast.AST) -> bool:
    """Tell whether an expression takes one of the tables by its key: ``both.loc["train"]``."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="loc"), slice=ast.Constant(value=str())):
            return True
        case ast.Call(func=ast.Attribute(attr="xs")):
            return True
    return False


def variables_of(load: int, slices: Slices) -> set[str]:
    """Give the variables that hold nothing but rows of one table."""
    names = set(slices.program.effects[load].makes)
    for step in slices.steps[load + 1 : slices.fit.position]:
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if root(value) in names:
                names.add(name)
    return names


class _Separator:
    """Goes through the statements and follows which table each variable's rows are from."""

    def __init__(
        self, slices: Slices, others: Sequence[int], headers: Mapping[int, Sequence[object]]
    ) -> None:
        """Start before the first statement.

        Args:
            slices: the statements behind the fit.
            others: positions of the loads of rows to predict.
            headers: the columns of other tables, by the position of their load.
        """
        self.slices = slices
        self.others = set(others)
        self.headers = headers
        self.origins: dict[str, Origin] = {}
        self.lists: dict[str, list[ast.expr]] = {}  # frames in a list or dict, by its variable
        self.columns: dict[str, Sequence[object]] = {}
        self.partners: dict[str, str] = {}  # the table that each other one is in a list with
        self.notes: list[tuple[int, str]] = []
        self.later: Sequence[ast.stmt] = ()  # statements of the loop, after the present one
        self.cell = 0
        self.is_behind_fit = False  # whether the step gives X or y their rows

    def step(self, position: int, step: Step) -> Step:
        """Give a step without the rows to predict."""
        if isinstance(step.node, ast.FunctionDef | ast.ClassDef):
            return step
        if position == self.slices.load:
            self.origins[self.slices.frame] = Origin.MAIN
            return step
        if position in self.others:
            assert isinstance(step.node, ast.Assign)
            name = root(step.node.targets[0]) or ""
            self.origins[name] = Origin.OTHER
            self.columns[name] = self.headers.get(position, ())
            return step.becomes(ast.Pass())
        self.is_behind_fit = position in self.slices.X_lineage or position in self.slices.y_lineage
        self.cell = step.cell
        before = ast.dump(step.node)
        node = self.statement(copy.deepcopy(step.node))
        if node is None:
            return step.becomes(ast.Pass())
        return step if ast.dump(node) == before else step.becomes(node, step.role, step.call)

    def statement(self, node: ast.stmt) -> ast.stmt | None:
        """Take rows to predict out of a statement; None if nothing is left."""
        match node:
            case ast.Assign(targets=[target]):
                return self._assignment(node, target)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target) if (
                self.origins.get(root(target) or "") is Origin.OTHER
            ):
                return None
            case ast.Delete():
                node.targets = [t for t in node.targets if self.of(t) is not Origin.OTHER]
                return node if node.targets else None
            case ast.Expr(value=ast.Call() as call):
                return self._call(node, call)
            case ast.For():
                return self._loop(node)
            case ast.If() | ast.While() | ast.With() | ast.Try():
                for block in _blocks(node):
                    block[:] = self._block(block)
        return node

    def _block(self, nodes: Sequence[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        outside = self.later
        for at, node in enumerate(nodes):
            self.later = nodes[at + 1 :]
            if new := self.statement(node):
                found.append(new)
        self.later = outside
        return found or [ast.Pass()]

    def _assignment(self, node: ast.Assign, target: ast.expr) -> ast.stmt | None:
        if isinstance(target, ast.Tuple | ast.List):
            return self._unpacking(node, target)
        if self._frames_of(node.value) and isinstance(target, ast.Name):
            self.lists[target.id] = self._frames_of(node.value) or []
        if isinstance(target, ast.Name):
            node.value = self._of_the_other_table(node.value, target.id)
        cut = self._selects_from_both(node.value)
        part = cut and not self.is_behind_fit and not _takes_first(node.value)
        if isinstance(target, ast.Name) and part:
            self.origins[target.id] = Origin.OTHER
            return None
        rewriter = _Rewriter(self)
        node.value = rewriter.visit(node.value)
        origin = Origin.MAIN if cut else Origin.BOTH if rewriter.mixes else self.of(node.value)
        if isinstance(target, ast.Name):
            if origin is None:
                self.origins.pop(target.id, None)
            else:
                self.origins[target.id] = origin
            same = isinstance(node.value, ast.Name) and node.value.id == target.id
            return None if origin is Origin.OTHER or same else node
        holder = root(target) or ""
        if self.origins.get(holder) is Origin.OTHER:
            self.columns.pop(holder, None)
            return None
        return node

    def _of_the_other_table(self, value: ast.expr, name: str) -> ast.expr:
        """Take a number from the rows to learn from, where it is one of the rows to predict.

        That is, where the rest of a loop over both uses it. Numbers that only the rows to predict
        need go with them.
        """
        match value:
            case ast.Call(func=ast.Attribute(value=column, attr=method)) if method in REDUCTIONS:
                holder = root(column) or ""
            case _:
                return value
        is_other = self.origins.get(holder) is Origin.OTHER and holder in self.partners
        if not is_other or not any(name in free_names(each) for each in self.later):
            return value
        partner = self.partners[holder]
        self.notes.append(
            (
                self.cell,
                f"`{brief(value, _WIDTH)}` is of rows to predict: "
                f"it is computed of `{partner}` instead",
            )
        )
        return _put(value, holder, ast.Name(partner, ast.Load()))

    def _pair(self, frames: Sequence[ast.expr]) -> None:
        """Note that tables stand beside each other in a list."""
        names = [frame.id for frame in frames if isinstance(frame, ast.Name)]
        main = [name for name in names if self.origins.get(name) is Origin.MAIN]
        for name in names:
            if self.origins.get(name) is Origin.OTHER and main:
                self.partners[name] = main[0]

    def _unpacking(self, node: ast.Assign, target: ast.Tuple | ast.List) -> ast.stmt | None:
        """Take rows to predict out of ``train, test = …``."""
        values = self._each(node.value)
        if values is not None and len(values) == len(target.elts):
            pairs = []
            for one, value in zip(target.elts, values, strict=True):
                single = self._assignment(ast.Assign([one], value), one)
                if isinstance(single, ast.Assign):
                    pairs.append((one, single.value))
            if not pairs:
                return None
            if len(pairs) == 1:
                new: ast.stmt = ast.Assign([pairs[0][0]], pairs[0][1])
            else:
                parts = [value for _, value in pairs]
                targets = ast.Tuple([one for one, _ in pairs], ast.Store())
                new = ast.Assign([targets], ast.Tuple(parts, ast.Load()))
            return ast.fix_missing_locations(ast.copy_location(new, node))
        given = {self.of(argument) for argument in _arguments(node.value)}
        if Origin.OTHER not in given:
            return node
        if _is_method(node.value, "align"):  # other columns than the table's there are none
            assert isinstance(node.value, ast.Call)
            assert isinstance(node.value.func, ast.Attribute)
            first = target.elts[0]
            single = ast.Assign([first], node.value.func.value)
            return self._assignment(ast.copy_location(single, node), first)
        node.value = self._with_stand_ins(node.value)
        for one in target.elts:
            if isinstance(one, ast.Name) and self.origins.get(one.id) is Origin.OTHER:
                one.id = "_"
        return node

    def _each(self, value: ast.expr) -> list[ast.expr] | None:
        """Give the parts of a tuple, or what a comprehension over frames computes for each."""
        match value:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return parts
            case (
                ast.ListComp(elt=each, generators=[generator])
                | ast.GeneratorExp(elt=each, generators=[generator])
            ) if isinstance(generator.target, ast.Name) and not generator.ifs:
                frames = self._frames_of(generator.iter) or []
                name = generator.target.id
                return [_put(each, name, frame) for frame in frames] or None
            case ast.Call(func=ast.Name(id="map"), args=[function, frames_node]):
                frames = self._frames_of(frames_node) or []
                return [ast.Call(function, [frame], []) for frame in frames] or None
        return None

    def _frames_of(self, node: ast.expr) -> list[ast.expr] | None:
        """Give the frames in a list, tuple or dict; None if it holds something else."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
                known = [self.of(part) for part in parts]
                return parts if parts and all(known) else None
            case ast.Name(id=name):
                return self.lists.get(name)
            case ast.Call(func=ast.Attribute(value=inner, attr="values")):
                return self._frames_of(inner)
        return None

    def _call(self, node: ast.Expr, call: ast.Call) -> ast.stmt | None:
        """Take rows to predict out of a call whose value is not used."""
        holder = root(call.func)
        if holder is not None and self.origins.get(holder) is Origin.OTHER:
            self.columns.pop(holder, None)
            return None
        given = {self.of(argument) for argument in _arguments(call)} - {None}
        if given == {Origin.OTHER}:
            return None
        if Origin.OTHER in given:
            node.value = self._with_stand_ins(call)
        return node

    def _with_stand_ins(self, value: ast.expr) -> ast.expr:
        """Give a function no rows, in the form of the table, in place of rows to predict."""
        if not isinstance(value, ast.Call):
            return value
        main = next((n for n, origin in self.origins.items() if origin is Origin.MAIN), "")
        none = ast.parse(f"{main}.iloc[:0].copy()", mode="eval").body
        value.args = [none if self.of(a) is Origin.OTHER else a for a in value.args]
        for keyword in value.keywords:
            if self.of(keyword.value) is Origin.OTHER:
                keyword.value = none
        return value

    def _loop(self, node: ast.For) -> ast.stmt | None:
        """Take rows to predict out of a loop over frames."""
        frames, name = self._looped(node)
        if frames is not None and name is not None:
            self._pair(frames)
            kept = [frame for frame in frames if self.of(frame) is not Origin.OTHER]
            if not kept:
                return None
            self.origins[name] = Origin.MAIN
        elif self.of(node.iter) is Origin.OTHER:
            return None
        node.body = self._block(node.body)
        node.orelse = self._block(node.orelse) if node.orelse else []
        nothing = all(isinstance(inner, ast.Pass) for inner in [*node.body, *node.orelse])
        return None if nothing else node

    def _looped(self, node: ast.For) -> tuple[list[ast.expr] | None, str | None]:
        """Give the frames that a loop goes through, and its variable.

        The loop, which may count them or go through their names too, is left to go through the
        frames that stay.
        """
        others: list[tuple[ast.expr, Sequence[ast.expr]]] = []
        match node:
            case ast.For(target=ast.Name() as variable, iter=iterable):
                frames = self._frames_of(iterable)
            case ast.For(
                target=ast.Tuple(elts=[number, ast.Name() as variable]),
                iter=ast.Call(func=ast.Name(id="enumerate"), args=[iterable]),
            ):
                frames = self._frames_of(iterable)
                others = [(number, [ast.Constant(at) for at in range(len(frames or []))])]
            case ast.For(
                target=ast.Tuple(elts=[ast.Name() as one, ast.Name() as other]),
                iter=ast.Call(func=ast.Name(id="zip"), args=[first, second]),
            ):
                variable, frames = other, self._frames_of(second)
                beside, names = one, first
                if frames is None:
                    variable, frames = one, self._frames_of(first)
                    beside, names = other, second
                if frames is not None and isinstance(names, ast.List | ast.Tuple):
                    others = [(beside, names.elts)]
            case ast.For(
                target=ast.Tuple(elts=[key, ast.Name() as variable]),
                iter=ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys) as table, attr="items")),
            ):
                frames = self._frames_of(table)
                others = [(key, [each or ast.Constant(None) for each in keys])]
            case _:
                return None, None
        if frames is None:
            return None, None
        kept = [at for at, frame in enumerate(frames) if self.of(frame) is not Origin.OTHER]
        if len(kept) < len(frames) or not isinstance(node.iter, ast.List | ast.Tuple):
            if others and len(kept) != 1:
                return None, None
            for target, values in others:
                if isinstance(target, ast.Name):
                    node.body = [_put(inner, target.id, values[kept[0]]) for inner in node.body]
            node.target = variable
            node.iter = ast.List([copy.deepcopy(frames[at]) for at in kept], ast.Load())
        return frames, variable.id

    def of(self, node: ast.AST) -> Origin | None:
        """Give the table that an expression's rows come from; None if it has no rows of either."""
        match node:
            case ast.Name(id=name):
                return self.origins.get(name)
            case ast.Subscript(value=inner):
                base = self.of(inner)
                if base is Origin.BOTH and self._selects_from_both(node):
                    return Origin.MAIN
                return base
            case ast.Attribute(value=inner) | ast.Call(func=ast.Attribute(value=inner)) if (
                self.of(inner) is not None
            ):
                return self.of(inner)
            case ast.Lambda() | ast.Constant():
                return None
        found = {self.of(child) for child in ast.iter_child_nodes(node)} - {None}
        for origin in (Origin.BOTH, Origin.MAIN, Origin.OTHER):
            if origin in found:
                return origin
        return None

    def _selects_from_both(self, node: ast.AST) -> bool:
        """Tell whether an expression selects rows of a frame that has those of both tables."""
        for part in ast.walk(node):
            match part:
                case ast.Subscript(value=inner, slice=index) if _base(inner, self) is Origin.BOTH:
                    if isinstance(index, ast.Tuple) and index.elts:
                        index = index.elts[0]
                    if _is_part(index) or self._is_mask(index) or _is_of_key(part):
                        return True
                case ast.Call(
                    func=ast.Attribute(value=inner, attr="head" | "tail" | "query" | "xs")
                ):
                    if self.of(inner) is Origin.BOTH:
                        return True
        return False

    def _is_mask(self, index: ast.expr) -> bool:
        if isinstance(index, ast.Compare | ast.UnaryOp | ast.BinOp):
            return self.of(index) is not None
        return (
            isinstance(index, ast.Call)
            and isinstance(index.func, ast.Attribute)
            and index.func.attr in ("notnull", "notna", "isnull", "isna", "isin", "eq", "ne")
            and self.of(index.func.value) is not None
        )


class _Rewriter(ast.NodeTransformer):
    """Takes rows to predict out of concatenations, and the cut that takes them off again."""

    def __init__(self, separator: _Separator) -> None:
        self.separator = separator
        self.mixes = False  # whether rows to predict were put below others

    def visit_Call(self, call: ast.Call) -> ast.expr:
        """Leave frames of rows to predict out of ``pd.concat([train, test])``."""
        self.generic_visit(call)
        separator = self.separator
        path = import_path(call.func, separator.slices.script.imports)
        if path in CONCATENATIONS:
            given = call.args[0] if call.args else keyword_value(call, "objs")
            frames = separator._frames_of(given) if given is not None else None
            kept = [f for f in frames or [] if separator.of(f) is not Origin.OTHER]
            if frames is not None and kept and len(kept) < len(frames):
                self.mixes = True
                return _together(copy.deepcopy(kept), call)
        match call:
            case ast.Call(func=ast.Attribute(value=inner, attr="head" | "xs")):
                if separator.of(inner) is Origin.BOTH:
                    return inner
        return call

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Give all rows for ``both[:n]``."""
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or _base(node.value, self.separator) is not (
            Origin.BOTH
        ):
            return node
        frame = node.value
        if isinstance(frame, ast.Attribute) and frame.attr in ("loc", "iloc"):
            frame = frame.value
        match node.slice:
            case ast.Slice(lower=lower, upper=ast.expr()) if _is_start(lower):
                return frame
            case ast.Tuple(elts=[ast.Slice(lower=lower, upper=ast.expr()), *_]) if _is_start(lower):
                node.slice.elts[0] = ast.Slice()
            case _ if _is_of_key(node):
                return frame
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Give the columns of rows to predict as they stand in their file."""
        self.generic_visit(node)
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="columns", ctx=ast.Load()):
                columns = self.separator.columns.get(name)
                if columns and self.separator.origins.get(name) is Origin.OTHER:
                    return ast.List([ast.Constant(c) for c in columns], ast.Load())  # type: ignore[arg-type]
        return node


def _together(kept: list[ast.expr], call: ast.Call) -> ast.expr:
    """Give the frames that are left of a concatenation."""
    if len(kept) == 1:
        frame = kept[0]
        if not isinstance(frame, ast.Name):
            return frame
        return ast.Call(ast.Attribute(frame, "copy", ast.Load()), [], [])
    whole = ast.List(kept, ast.Load())
    if call.args:
        call.args[0] = whole
    for keyword in call.keywords:
        if keyword.arg == "objs":
            keyword.value = whole
    return call


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, [])
        if block:
            yield block
    for handler in getattr(node, "handlers", []):
        yield handler.body


def _arguments(value: ast.expr) -> Iterable[ast.expr]:
    if isinstance(value, ast.Call):
        yield from value.args
        yield from (keyword.value for keyword in value.keywords)


def _is_method(value: ast.expr, method: str) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == method
    )


class _Put(ast.NodeTransformer):
    """Puts an expression in the place of a variable."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name = name
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace the variable where it is used."""
        used = node.id == self.name and isinstance(node.ctx, ast.Load)
        return copy.deepcopy(self.value) if used else node


def _put(node: _Node, name: str, value: ast.expr) -> _Node:
    """Give a copy of code with an expression in the place of a variable."""
    new: _Node = _Put(name, value).visit(copy.deepcopy(node))
    return new


def _base(node: ast.expr, separator: _Separator) -> Origin | None:
    """Give the origin of a frame, or of the one in ``frame.loc``."""
    if isinstance(node, ast.Attribute) and node.attr in ("loc", "iloc", "values"):
        node = node.value
    return separator.of(node)


def _is_part(index: ast.expr) -> bool:
    return isinstance(index, ast.Slice) and (index.lower is not None or index.upper is not None)


def _takes_first(node: ast.expr) -> bool:
    """Tell whether an expression takes the first rows of a frame: those of the first table."""
    for part in ast.walk(node):
        match part:
            case ast.Slice(lower=lower, upper=ast.expr()) if _is_start(lower):
                return True
            case ast.Call(func=ast.Attribute(attr="head")):
                return True
    return False


def _is_start(lower: ast.expr | None) -> bool:
    return lower is None or (isinstance(lower, ast.Constant) and lower.value == 0)
