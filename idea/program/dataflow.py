"""The data flow of a notebook: which statement makes, changes and uses which name."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from idea.program.names_used import free_names, root, stored_names

# Methods that change the object they are called on.
MUTATORS = frozenset(
    "append extend insert update pop remove sort clear add setdefault discard reverse "
    "fit fit_transform fit_predict fit_resample partial_fit set_params set_output".split()
)


@dataclass(eq=False)
class Step:
    """A statement of the notebook, and the cell and line where it stands."""

    node: ast.stmt
    cell: int
    line: int
    heading: str = ""
    role: str = ""  # "load", "split" or "resample", where the node is what is left of that
    call: ast.Call | None = None  # that call


@dataclass(frozen=True)
class Effects:
    """Names that a statement makes for certain, may change, and uses."""

    makes: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()


@dataclass
class Program:
    """A notebook's statements in the order of their execution."""

    steps: list[Step]
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out every statement's effects once."""
        self.effects = [effects(step.node, self) for step in self.steps]

    def backward_slice(
        self, names: Iterable[str], before: int, given: Iterable[str] = ()
    ) -> list[int]:
        """Find the statements before a position that make or change some names.

        Args:
            names: what is wanted.
            before: the position.
            given: names that need no making.

        Returns:
            Their positions, in order. What a name needs in turn is part of the slice.
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

    def last_value(self, name: str, before: int) -> tuple[ast.expr, int] | None:
        """Find what a variable was last assigned before a position, and where."""
        for position in range(before - 1, -1, -1):
            for node in ast.walk(self.steps[position].node):
                if isinstance(node, ast.Assign):
                    for target in node.targets:
                        value = assigned(target, node.value, name)
                        if value is not None:
                            return value, position
                elif isinstance(node, ast.AnnAssign) and node.value is not None:
                    value = assigned(node.target, node.value, name)
                    if value is not None:
                        return value, position
            if name in self.effects[position].makes:
                return None
        return None


def assigned(target: ast.expr, value: ast.expr, name: str) -> ast.expr | None:
    """Give the expression that an assignment binds to a name, if it does."""
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


def effects(node: ast.stmt, program: Program | None = None) -> Effects:
    """Say which names a statement makes for certain, may change, and uses."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        made = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        return Effects(makes=frozenset(made))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return Effects(makes=frozenset({node.name}), uses=frozenset(free_names(node)))
    stored = stored_names(node)
    changed = set(_changed(node, program))
    used = free_names(node)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        used.add(node.target.id)
    if isinstance(node, ast.For | ast.With):
        used = _exposed(node)
    for part in ast.walk(node):  # what a loop goes through, is its own
        if isinstance(part, ast.For):
            stored -= {n.id for n in ast.walk(part.target) if isinstance(n, ast.Name)}
    # What a loop, a condition or a `try` makes, it may as well not make.
    if isinstance(node, ast.For | ast.While | ast.If | ast.Try):
        return Effects(changes=frozenset(stored | changed), uses=frozenset(used))
    return Effects(frozenset(stored), frozenset(changed - stored), frozenset(used))


def _exposed(node: ast.For | ast.With) -> set[str]:
    """Names that a block needs from before: not those that it makes itself first."""
    if isinstance(node, ast.For):
        needed = free_names(node.iter)
        made = {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
    else:
        needed = {name for item in node.items for name in free_names(item.context_expr)}
        made = stored_names(node)
    for statement in [*node.body, *getattr(node, "orelse", [])]:
        effect = effects(statement)
        needed |= (effect.uses | (effect.changes - effect.makes)) - made
        made |= effect.makes
    return needed


def _changed(node: ast.stmt, program: Program | None) -> Iterator[str]:
    elements = _loop_elements(node, program)
    for part in ast.walk(node):
        names: list[str | None] = []
        if isinstance(part, ast.Subscript | ast.Attribute) and isinstance(
            part.ctx, ast.Store | ast.Del
        ):
            names.append(root(part))
        elif isinstance(part, ast.Call):
            if isinstance(part.func, ast.Attribute) and (
                part.func.attr in MUTATORS or _inplace(part)
            ):
                names.append(root(part.func))
            names += _changed_arguments(part, program)
        for name in names:
            if name:
                yield name
                yield from elements.get(name, ())


def _changed_arguments(call: ast.Call, program: Program | None) -> list[str | None]:
    """Arguments that a function of the notebook's own changes in place."""
    if not (program and isinstance(call.func, ast.Name) and call.func.id in program.functions):
        return []
    function = program.functions[call.func.id]
    changed: set[str] = set()
    for statement in function.body:
        changed |= set(_changed(statement, None))
    parameters = [argument.arg for argument in function.args.args]
    return [
        root(value)
        for parameter, value in zip(parameters, call.args, strict=False)
        if parameter in changed
    ]


def _loop_elements(node: ast.stmt, program: Program | None) -> dict[str, list[str]]:
    """For ``for frame in [train, test]``, what `frame` stands for."""
    found: dict[str, list[str]] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.For) and isinstance(part.target, ast.Name):
            found[part.target.id] = _element_names(part.iter, program)
    return found


def _element_names(node: ast.expr, program: Program | None) -> list[str]:
    if isinstance(node, ast.List | ast.Tuple):
        return [one.id for one in node.elts if isinstance(one, ast.Name)]
    if isinstance(node, ast.Name):
        return [node.id]
    return []


def _inplace(call: ast.Call) -> bool:
    return any(
        keyword.arg == "inplace"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
        for keyword in call.keywords
    )
