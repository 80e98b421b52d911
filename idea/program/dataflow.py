"""The data flow of a notebook: the names that each statement binds, changes and uses."""

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from idea.knowledge.pandas_methods import MUTATORS
from idea.program.comments import NO_COMMENTS, Comments
from idea.program.names_used import free_names, root, stored_names
from idea.syntax import is_in_place, walk, with_locations

_Block = ast.For | ast.With | ast.If | ast.While | ast.Try


@dataclass(frozen=True, eq=False)
class Step:
    """A statement of the notebook.

    Attributes:
        node: the statement; for a load, split or resampling the assignment that replaces it.
        cell: number of the cell in which it runs.
        line: line of that cell.
        heading: the nearest heading above that cell.
        role: "load", "look_up" (a load of a table beside the one that is learned from), "split",
            "test" (the test rows of a split) or "resample"; else empty.
        call: the call that loads, splits or resamples.
        written_in: number of the cell that holds its code: for a statement of a function, the
            cell that defines the function.
        comments: the comments above, beside and inside its code.
    """

    node: ast.stmt
    cell: int
    line: int
    heading: str = ""
    role: str = ""
    call: ast.Call | None = None
    written_in: int = -1
    comments: Comments = NO_COMMENTS

    @cached_property
    def free_names(self) -> frozenset[str]:
        """The names that it takes from outside itself."""
        return frozenset(free_names(self.node))

    @cached_property
    def effects(self) -> "Effects":
        """Its effects, where the notebook's own functions change none of their arguments."""
        return effects(self.node)

    @cached_property
    def called_names(self) -> frozenset[str]:
        """The names of the functions that it calls by their names."""
        calls = (part.func for part in walk(self.node) if isinstance(part, ast.Call))
        return frozenset(function.id for function in calls if isinstance(function, ast.Name))

    def becomes(self, node: ast.stmt, role: str = "", call: ast.Call | None = None) -> "Step":
        """Give another statement in its place, which takes its position in the source.

        Args:
            node: the other statement.
            role: the other one's role.
            call: the call that gives it its role.

        Returns:
            A new step.
        """
        with_locations(ast.copy_location(node, self.node))
        return replace(self, node=node, role=role, call=call)


@dataclass(frozen=True)
class Effects:
    """Names that a statement binds for certain, may change, and uses."""

    makes: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Program:
    """A notebook's statements in the order in which they run, and its own functions by name."""

    steps: tuple[Step, ...]
    functions: Mapping[str, ast.FunctionDef] = field(default_factory=dict)

    @cached_property
    def effects(self) -> tuple[Effects, ...]:
        """The effects of every statement."""
        own = self.functions.keys()
        return tuple(
            step.effects
            if own.isdisjoint(step.called_names)
            else effects(step.node, self.functions)
            for step in self.steps
        )

    @cached_property
    def found_values(self) -> dict[object, ast.expr | None]:
        """What names stand for at some steps, of those readers that asked before."""
        return {}

    def backward_slice(
        self, names: Iterable[str], before: int, given: Iterable[str] = ()
    ) -> list[int]:
        """Find the statements before a position that bind or change some names.

        Args:
            names: the names of interest.
            before: the position.
            given: names whose values are known, and need no statements.

        Returns:
            The positions of these statements, and of those that they need in turn, in order.
        """
        known = frozenset(given)
        wanted, found = set(names) - known, []
        for position in range(before - 1, -1, -1):
            effect = self.effects[position]
            touched = effect.makes | effect.changes
            if touched & wanted:
                found.append(position)
                wanted = ((wanted - effect.makes) | effect.uses) - known
        return found[::-1]

    def live_names(self, names: Iterable[str], before: int) -> list[frozenset[str]]:
        """Find the variables that are needed after each statement before a position.

        Args:
            names: the names that are needed at the position.
            before: the position.
        """
        wanted, found = set(names), []
        for effect in reversed(self.effects[:before]):
            found.append(frozenset(wanted))
            if (effect.makes | effect.changes) & wanted:
                wanted = (wanted - effect.makes) | effect.uses
        return found[::-1]

    def last_value(self, name: str, before: int) -> tuple[ast.expr, int] | None:
        """Find the expression that a variable was last assigned before a position, and where."""
        positions, values = self._bindings.get(name, ((), ()))
        at = bisect_left(positions, before) - 1
        if at < 0:
            return None
        value = values[at]
        return None if value is None else (value, positions[at])

    def touching(self, name: str, before: int, first: int = 0) -> list[int]:
        """Give the positions, from one to another, of steps that bind or may change a variable."""
        positions = self._touching.get(name, [])
        return positions[bisect_left(positions, first) : bisect_left(positions, before)]

    def bound_between(self, names: Iterable[str], first: int, before: int) -> set[str]:
        """Give those of some names that a step binds from one position to another."""
        found = set()
        for name in names:
            positions = self._made.get(name, [])
            at = bisect_left(positions, first)
            if at < len(positions) and positions[at] < before:
                found.add(name)
        return found

    def start(self, name: str, before: int) -> int | None:
        """Give the last position, before another, of a step that gives a variable a new value."""
        positions = self._made.get(name, [])
        for at in reversed(positions[: bisect_left(positions, before)]):
            if not isinstance(self.steps[at].node, ast.AugAssign):
                return at
        return None

    @cached_property
    def _made(self) -> Mapping[str, list[int]]:
        """Where each variable is bound for certain."""
        found: dict[str, list[int]] = {}
        for position, effect in enumerate(self.effects):
            for name in effect.makes:
                found.setdefault(name, []).append(position)
        return found

    @cached_property
    def _touching(self) -> Mapping[str, list[int]]:
        """Where each variable is bound or may be changed."""
        found: dict[str, list[int]] = {}
        for position, effect in enumerate(self.effects):
            for name in effect.makes | effect.changes:
                found.setdefault(name, []).append(position)
        return found

    @cached_property
    def _bindings(self) -> Mapping[str, tuple[list[int], list[ast.expr | None]]]:
        """Where each variable is bound, and to which expression; None where that is not known."""
        found: dict[str, tuple[list[int], list[ast.expr | None]]] = {}
        for position, (step, effect) in enumerate(zip(self.steps, self.effects, strict=True)):
            here: dict[str, ast.expr | None] = {}
            for node in walk(step.node):
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                        for name, value in _pairs(target, node.value):
                            here.setdefault(name, value)
            here |= {name: None for name in effect.makes if name not in here}
            for name, bound in here.items():
                positions, values = found.setdefault(name, ([], []))
                positions.append(position)
                values.append(bound)
        return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Give the names that an assignment binds, with the expression that each is bound to."""
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ast.Tuple(elts=ones) | ast.List(elts=ones), ast.Tuple(elts=values) | ast.List(
            elts=values
        ):
            if len(ones) == len(values):
                for one, its in zip(ones, values, strict=True):
                    yield from _pairs(one, its)


def assigned(target: ast.expr, value: ast.expr, name: str) -> ast.expr | None:
    """Give the expression that an assignment binds to a name.

    Args:
        target: the assignment's target.
        value: the assigned expression.
        name: the name of interest.

    Returns:
        The expression, or the part of a tuple; None if the name is not bound.
    """
    if isinstance(target, ast.Name):
        return value if target.id == name else None
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        if len(target.elts) != len(value.elts):
            return None
        for one, its in zip(target.elts, value.elts, strict=True):
            found = assigned(one, its, name)
            if found is not None:
                return found
    return None


def effects(node: ast.stmt, functions: Mapping[str, ast.FunctionDef] | None = None) -> Effects:
    """Find the names that a statement binds for certain, may change, and uses.

    Args:
        node: the statement.
        functions: the notebook's own functions by name, which may change their arguments.

    Returns:
        The names.
    """
    if isinstance(node, ast.Import | ast.ImportFrom):
        made = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        return Effects(makes=frozenset(made))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return Effects(makes=frozenset({node.name}), uses=frozenset(free_names(node)))
    stored = stored_names(node)
    changed = set(_changed(node, functions or {}))
    used = free_names(node)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        used.add(node.target.id)
    if isinstance(node, _Block):
        used = _exposed(node)
    for part in walk(node):  # a loop's variable is its own
        if isinstance(part, ast.For):
            stored -= {n.id for n in walk(part.target) if isinstance(n, ast.Name)}
    # A loop, a condition or a `try` may run without binding anything.
    if isinstance(node, ast.For | ast.While | ast.If | ast.Try):
        return Effects(changes=frozenset(stored | changed), uses=frozenset(used))
    return Effects(frozenset(stored), frozenset(changed - stored), frozenset(used))


def _exposed(node: _Block) -> set[str]:
    """Find the names that a block needs from before, without those that it binds first."""
    match node:
        case ast.For():
            made = {n.id for n in walk(node.target) if isinstance(n, ast.Name)}
            return free_names(node.iter) | _exposed_in([*node.body, *node.orelse], made)
        case ast.With():
            needed = {name for item in node.items for name in free_names(item.context_expr)}
            return needed | _exposed_in(node.body, stored_names(node))
        case ast.If() | ast.While():
            needed = free_names(node.test) | _exposed_in(node.body, set())
            return needed | _exposed_in(node.orelse, set())
    needed = _exposed_in([*node.body, *node.orelse], set()) | _exposed_in(node.finalbody, set())
    for handler in node.handlers:
        needed |= free_names(handler.type) if handler.type is not None else set()
        needed |= _exposed_in(handler.body, {handler.name} if handler.name else set())
    return needed


def _exposed_in(body: Iterable[ast.stmt], made: set[str]) -> set[str]:
    """Find the names that statements need from before.

    Args:
        body: the statements, in order.
        made: names that are bound before them, in the block.
    """
    needed: set[str] = set()
    made = set(made)
    for statement in body:
        effect = effects(statement)
        if isinstance(statement, _Block):
            needed |= _exposed(statement) - made
        else:
            needed |= (effect.uses | (effect.changes - effect.makes)) - made
        made |= effect.makes
    return needed


def _changed(node: ast.stmt, functions: Mapping[str, ast.FunctionDef]) -> Iterator[str]:
    elements = loop_elements(node)
    for part in walk(node):
        names: list[str | None] = []
        if isinstance(part, ast.Subscript | ast.Attribute) and isinstance(
            part.ctx, ast.Store | ast.Del
        ):
            names.append(root(part))
        elif isinstance(part, ast.Call):
            if isinstance(part.func, ast.Attribute) and (
                part.func.attr in MUTATORS or is_in_place(part)
            ):
                names.append(root(part.func))
            names += _changed_arguments(part, functions)
        for name in names:
            if name:
                yield name
                yield from elements.get(name, ())


def _changed_arguments(
    call: ast.Call, functions: Mapping[str, ast.FunctionDef]
) -> list[str | None]:
    """Find the arguments that one of the notebook's own functions changes in place."""
    if not (isinstance(call.func, ast.Name) and call.func.id in functions):
        return []
    function = functions[call.func.id]
    changed = {name for statement in function.body for name in _changed(statement, {})}
    parameters = [argument.arg for argument in function.args.args]
    return [
        root(value)
        for parameter, value in zip(parameters, call.args, strict=False)
        if parameter in changed
    ]


def loop_elements(node: ast.stmt) -> dict[str, list[str]]:
    """Map loop variables to the names they stand for: those of ``for frame in [train, test]``."""
    return {
        name: elements
        for part in walk(node)
        if isinstance(part, ast.For)
        for name, elements in _elements(part.target, part.iter)
    }


def _elements(target: ast.expr, iterable: ast.expr) -> Iterator[tuple[str, list[str]]]:
    """Give the variables of a loop, with the names that each may stand for.

    Args:
        target: what the loop assigns to.
        iterable: what it goes through: a list, or the list in `enumerate`, `zip` or a dict's view.
    """
    match target, iterable:
        case ast.Name(id=name), ast.Call(func=ast.Attribute(value=inner, attr="values")):
            yield name, _element_names(inner)
        case ast.Name(id=name), _:
            yield name, _element_names(iterable)
        case (
            ast.Tuple(elts=[_, inside]),
            ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_])
            | ast.Call(func=ast.Attribute(value=inner, attr="items")),
        ):
            yield from _elements(inside, inner)
        case ast.Tuple(elts=parts), ast.Call(func=ast.Name(id="zip"), args=lists):
            for part, each in zip(parts, lists, strict=False):
                yield from _elements(part, each)


def _element_names(node: ast.expr) -> list[str]:
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            return [one.id for one in parts if isinstance(one, ast.Name)]
        case ast.Name(id=name):
            return [name]
    return []
