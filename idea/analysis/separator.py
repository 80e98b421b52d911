"""Goes through a notebook's statements, and takes rows to predict out of each."""

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from idea.analysis.frame_rewriter import FrameRewriter
from idea.analysis.row_origins import Origin, Origins, takes_first
from idea.analysis.slices import Slices
from idea.knowledge.pandas_methods import REDUCTIONS
from idea.program import Step
from idea.program.names_used import free_names, root
from idea.syntax import brief

WIDTH = 70  # of code in a note
_Node = TypeVar("_Node", bound=ast.AST)


class Separator:
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
        self.origins = Origins()
        known = [set(headers.get(at, ())) for at in (slices.load, *others)]
        self.origins.shared = frozenset(set.intersection(*known))
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
            self.origins.names[self.slices.frame] = Origin.MAIN
            return step
        if position in self.others:
            assert isinstance(step.node, ast.Assign)
            name = root(step.node.targets[0]) or ""
            self.origins.names[name] = Origin.OTHER
            self.columns[name] = self.headers.get(position, ())
            return step.becomes(ast.Pass())
        self.is_behind_fit = position in self.slices.X_lineage or position in self.slices.y_lineage
        self.cell = step.cell
        self.origins.kinds = self.slices.kinds_at(position)
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
                self.origins.names.get(root(target) or "") is Origin.OTHER
            ):
                return None
            case ast.Delete():
                node.targets = [t for t in node.targets if self.origins.of(t) is not Origin.OTHER]
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
        if self.origins.frames_of(node.value) and isinstance(target, ast.Name):
            self.origins.lists[target.id] = self.origins.frames_of(node.value) or []
        if isinstance(target, ast.Name):
            node.value = self._of_the_other_table(node.value, target.id)
        cut = self.origins.selects_from_both(node.value)
        part = cut and not self.is_behind_fit and not takes_first(node.value)
        if isinstance(target, ast.Name) and part:
            self.origins.names[target.id] = Origin.OTHER
            return None
        rewriter = FrameRewriter(self.origins, self.columns, self.slices.script.imports)
        node.value = rewriter.visit(node.value)
        origin = (
            Origin.MAIN if cut else Origin.BOTH if rewriter.mixes else self.origins.of(node.value)
        )
        if isinstance(target, ast.Name):
            if origin is None:
                self.origins.names.pop(target.id, None)
            else:
                self.origins.names[target.id] = origin
            same = isinstance(node.value, ast.Name) and node.value.id == target.id
            return None if origin is Origin.OTHER or same else node
        holder = root(target) or ""
        if self.origins.names.get(holder) is Origin.OTHER:
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
        is_other = self.origins.names.get(holder) is Origin.OTHER and holder in self.partners
        if not is_other or not any(name in free_names(each) for each in self.later):
            return value
        partner = self.partners[holder]
        self.notes.append(
            (
                self.cell,
                f"`{brief(value, WIDTH)}` is of rows to predict: "
                f"it is computed of `{partner}` instead",
            )
        )
        return _put(value, holder, ast.Name(partner, ast.Load()))

    def _pair(self, frames: Sequence[ast.expr]) -> None:
        """Note that tables stand beside each other in a list."""
        names = [frame.id for frame in frames if isinstance(frame, ast.Name)]
        main = [name for name in names if self.origins.names.get(name) is Origin.MAIN]
        for name in names:
            if self.origins.names.get(name) is Origin.OTHER and main:
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
        given = {self.origins.of(argument) for argument in _arguments(node.value)}
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
            if isinstance(one, ast.Name) and self.origins.names.get(one.id) is Origin.OTHER:
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
                frames = self.origins.frames_of(generator.iter) or []
                name = generator.target.id
                return [_put(each, name, frame) for frame in frames] or None
            case ast.Call(func=ast.Name(id="map"), args=[function, frames_node]):
                frames = self.origins.frames_of(frames_node) or []
                return [ast.Call(function, [frame], []) for frame in frames] or None
        return None

    def _call(self, node: ast.Expr, call: ast.Call) -> ast.stmt | None:
        """Take rows to predict out of a call whose value is not used."""
        holder = root(call.func)
        if holder is not None and self.origins.names.get(holder) is Origin.OTHER:
            self.columns.pop(holder, None)
            return None
        rewriter = FrameRewriter(self.origins, self.columns, self.slices.script.imports)
        call.args = [rewriter.visit(each) for each in call.args]
        given = {self.origins.of(argument) for argument in _arguments(call)} - {None}
        if given == {Origin.OTHER}:
            return None
        if Origin.OTHER in given:
            node.value = self._with_stand_ins(call)
        return node

    def _with_stand_ins(self, value: ast.expr) -> ast.expr:
        """Give a function no rows, in the form of the table, in place of rows to predict."""
        if not isinstance(value, ast.Call):
            return value
        main = next((n for n, origin in self.origins.names.items() if origin is Origin.MAIN), "")
        none = ast.parse(f"{main}.iloc[:0].copy()", mode="eval").body
        value.args = [none if self.origins.of(a) is Origin.OTHER else a for a in value.args]
        for keyword in value.keywords:
            if self.origins.of(keyword.value) is Origin.OTHER:
                keyword.value = none
        return value

    def _loop(self, node: ast.For) -> ast.stmt | None:
        """Take rows to predict out of a loop over frames."""
        frames, name = self._looped(node)
        if frames is not None and name is not None:
            self._pair(frames)
            kept = [frame for frame in frames if self.origins.of(frame) is not Origin.OTHER]
            if not kept:
                return None
            self.origins.names[name] = Origin.MAIN
        elif self.origins.of(node.iter) is Origin.OTHER:
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
                frames = self.origins.frames_of(iterable)
            case ast.For(
                target=ast.Tuple(elts=[number, ast.Name() as variable]),
                iter=ast.Call(func=ast.Name(id="enumerate"), args=[iterable]),
            ):
                frames = self.origins.frames_of(iterable)
                others = [(number, [ast.Constant(at) for at in range(len(frames or []))])]
            case ast.For(
                target=ast.Tuple(elts=[ast.Name() as one, ast.Name() as other]),
                iter=ast.Call(func=ast.Name(id="zip"), args=[first, second]),
            ):
                variable, frames = other, self.origins.frames_of(second)
                beside, names = one, first
                if frames is None:
                    variable, frames = one, self.origins.frames_of(first)
                    beside, names = other, second
                if frames is not None and isinstance(names, ast.List | ast.Tuple):
                    others = [(beside, names.elts)]
            case ast.For(
                target=ast.Tuple(elts=[key, ast.Name() as variable]),
                iter=ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys) as table, attr="items")),
            ):
                frames = self.origins.frames_of(table)
                others = [(key, [each or ast.Constant(None) for each in keys])]
            case _:
                return None, None
        if frames is None:
            return None, None
        kept = [at for at, frame in enumerate(frames) if self.origins.of(frame) is not Origin.OTHER]
        if len(kept) < len(frames) or not isinstance(node.iter, ast.List | ast.Tuple):
            if others and len(kept) != 1:
                return None, None
            for target, values in others:
                if isinstance(target, ast.Name):
                    node.body = [_put(inner, target.id, values[kept[0]]) for inner in node.body]
            node.target = variable
            node.iter = ast.List([copy.deepcopy(frames[at]) for at in kept], ast.Load())
        return frames, variable.id


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
