"""Writes objects of the notebook's own classes as variables and functions.

Of `prep = Prep(df)` and `df = prep.run()` it makes `prep_init(df)` and `df = prep_run()`, two
functions that share the variables `prep_…`, which were the object's attributes. What a class does
to a table is then read as what a function does. An object that anything else can reach stays.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from idea.names import snake_case
from idea.program.dataflow import Step
from idea.program.names_used import stored_names
from idea.syntax import copied, walk

_LOOK_AT_ALL = {"eval", "exec", "globals", "locals", "vars", "getattr", "setattr", "super"}
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_SIMPLE = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr


def without_objects(steps: Sequence[Step]) -> tuple[list[Step], set[str]]:
    """Write objects as variables and functions.

    Args:
        steps: the statements, in order; they are not changed.

    Returns:
        The statements, and the names of the functions.
    """
    steps = list(steps)
    functions: set[str] = set()
    names = {n.id for step in steps for n in walk(step.node) if isinstance(n, ast.Name)}
    if names & _LOOK_AT_ALL:
        return steps, functions
    for one in _classes(steps):
        named = steps
        for _ in range(2):  # the second time, what the first gave a name is known
            known = {name for step in named if (name := _made(step.node, one.name))}
            named = [new for step in named for new in _one_by_one(step, one, known, names)]
        objects = _objects(named, one)
        if objects is None:
            continue
        for name in objects:
            written = _Written(name, one)
            if not written.functions & names:
                named = [new for step in named for new in written.statements(step)]
                functions |= written.functions
        steps = named
    return steps, functions


def without_unused(steps: Iterable[Step], functions: set[str]) -> list[Step]:
    """Leave out those of some functions that nothing calls any more.

    Args:
        steps: the statements.
        functions: the names of these functions.
    """
    steps = list(steps)
    while True:
        used = {
            name
            for step in steps
            for name in step.free_names
            if not (isinstance(step.node, ast.FunctionDef) and step.node.name == name)
        }
        kept = [
            step
            for step in steps
            if not isinstance(step.node, ast.FunctionDef)
            or step.node.name in used
            or step.node.name not in functions
        ]
        if len(kept) == len(steps):
            return kept
        steps = kept


@dataclass(frozen=True)
class _Class:
    """A class of the notebook's own.

    Attributes:
        step: the statement that defines it.
        name: its name.
        methods: its methods by name.
        constants: the statements that give it attributes.
        attributes: what its objects have, besides methods.
        fluent: methods that give the object itself.
    """

    step: Step
    name: str
    methods: dict[str, ast.FunctionDef]
    constants: list[ast.Assign]
    attributes: set[str]
    fluent: set[str]


def _classes(steps: Iterable[Step]) -> list[_Class]:
    """Give the classes whose methods do nothing with `self` but to take its parts by name."""
    nodes = [step for step in steps if isinstance(step.node, ast.ClassDef)]
    found = (_class(step) for step in nodes)
    once = [n.node.name for n in nodes if isinstance(n.node, ast.ClassDef)]
    return [each for each in found if each is not None and once.count(each.name) == 1]


def _class(step: Step) -> _Class | None:
    node = step.node
    assert isinstance(node, ast.ClassDef)
    if node.decorator_list or node.keywords or [b for b in node.bases if _named(b) != "object"]:
        return None
    methods: dict[str, ast.FunctionDef] = {}
    constants: list[ast.Assign] = []
    for part in node.body:
        match part:
            case ast.FunctionDef(name=name, decorator_list=[]) if part.args.args:
                methods[name] = part
            case ast.Assign(targets=[ast.Name()], value=ast.Constant()):
                constants.append(part)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case _:
                return None
    if any(name.startswith("__") and name != "__init__" for name in methods):
        return None
    attributes = {name for part in constants for name in stored_names(part)}
    fluent = {name for name, method in methods.items() if _gives_itself(method)}
    for name in fluent:
        methods[name] = copied(methods[name])
        methods[name].body[-1] = ast.copy_location(ast.Pass(), methods[name].body[-1])
    for method in methods.values():
        found = _parts_of(method.args.args[0].arg, method.body, methods)
        if found is None:
            return None
        attributes |= found
    return _Class(step, node.name, methods, constants, attributes - methods.keys(), fluent)


def _gives_itself(method: ast.FunctionDef) -> bool:
    """Tell whether a method ends in ``return self``, and nowhere before."""
    returns = [part for part in walk(method) if isinstance(part, ast.Return)]
    if len(returns) != 1 or method.body[-1] is not returns[0] or returns[0].value is None:
        return False
    return _named(returns[0].value) == method.args.args[0].arg


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _parts_of(
    name: str, body: Iterable[ast.AST], methods: dict[str, ast.FunctionDef]
) -> set[str] | None:
    """Give the attributes of an object that code takes; None if it does anything else with it.

    Args:
        name: the variable that holds the object.
        body: the code.
        methods: the object's methods by name, which are to be called only.
    """
    found: set[str] = set()
    seen = called = taken = 0
    for node in body:
        for part in walk(node):
            match part:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=one), attr=attr)) if (
                    one == name and attr in methods
                ):
                    called += 1
                case ast.Attribute(value=ast.Name(id=one), attr=attr) if one == name:
                    taken += attr in methods
                    seen += 1
                    found.add(attr)
                case ast.Name(id=one) if one == name:
                    seen -= 1
                case ast.FunctionDef() | ast.ClassDef() | ast.Lambda() if part is not node and any(
                    _named(each) == name for each in walk(part) if isinstance(each, ast.Name)
                ):
                    return None
    return found if not seen and called == taken else None


def _one_by_one(step: Step, one: _Class, objects: set[str], taken: set[str]) -> Iterator[Step]:
    """Write ``df = Prep(df).clean().d`` as three statements: the object, the call, and the rest.

    Args:
        step: the statement.
        one: the class.
        objects: variables that hold objects of it.
        taken: names that are taken; the new ones are added.
    """
    known = {one.name, *objects}
    if not isinstance(step.node, _SIMPLE) or not any(_mentions(step.node, name) for name in known):
        yield step
        return
    chain = _Chain(one, objects, taken)
    node = copied(step.node)
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if chain.gives_itself(value):
            chain.name = name
    new: ast.stmt = chain.visit(node)
    yield from map(step.becomes, chain.before)
    match new:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if name == other:
            return
        case ast.Expr(value=ast.Name()):
            return
    yield step.becomes(new)


class _Chain(ast.NodeTransformer):
    """Takes the making of an object, and calls that give itself, out of an expression.

    Attributes:
        before: the statements that are taken out.
        name: the object's variable.
    """

    def __init__(self, one: _Class, objects: set[str], taken: set[str]) -> None:
        self.one = one
        self.objects = objects
        self.taken = taken
        self.before: list[ast.stmt] = []
        self.name = ""

    def gives_itself(self, node: ast.expr) -> bool:
        """Tell whether an expression is an object of the class: ``Prep(df).clean()``."""
        match node:
            case ast.Name(id=name):
                return name in self.objects
            case ast.Call(func=ast.Name(id=kind)):
                return kind == self.one.name
            case ast.Call(func=ast.Attribute(value=inner, attr=method)):
                return method in self.one.fluent and self.gives_itself(inner)
        return False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Take a call out."""
        if not self.gives_itself(node):
            return self.generic_visit(node)
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute):
            self.before.append(ast.copy_location(ast.Expr(node), node))
            return copied(node.func.value)
        if not self.name:
            self.name = snake_case(self.one.name)
            while self.name in self.taken:
                self.name += "_"
        self.taken.add(self.name)
        made = ast.Assign([ast.Name(self.name, ast.Store())], node)
        self.before.append(ast.copy_location(made, node))
        return ast.copy_location(ast.Name(self.name, ast.Load()), node)


def _objects(steps: Iterable[Step], one: _Class) -> list[str] | None:
    """Give the variables that hold a class's objects; None if anything else can reach one.

    Args:
        steps: the statements.
        one: the class.
    """
    others = [step.node for step in steps if step.node is not one.step.node]
    found = [name for node in others if (name := _made(node, one.name))]
    uses = sum(_named(p) == one.name for n in others for p in walk(n) if isinstance(p, ast.Name))
    if not found or uses != len(found) or len(set(found)) != len(found):
        return None
    for name in found:
        rest = [node for node in others if _made(node, one.name) != name]
        if any(isinstance(node, _SCOPES) and _mentions(node, name) for node in rest):
            return None
        parts = _parts_of(name, rest, one.methods)
        if parts is None or parts - one.attributes - one.methods.keys():
            return None
    return found


def _made(node: ast.stmt, kind: str) -> str:
    """Give the variable of a statement that makes an object of a class; empty if it makes none."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=made))):
            return name if made == kind else ""
    return ""


def _mentions(node: ast.AST, name: str) -> bool:
    return any(_named(part) == name for part in walk(node) if isinstance(part, ast.Name))


class _Written:
    """Writes one object as variables and functions.

    Attributes:
        functions: the functions' names.
    """

    def __init__(self, name: str, one: _Class) -> None:
        self.name = name
        self.one = one
        self.functions = {self._function(method) for method in one.methods}

    def _function(self, method: str) -> str:
        return f"{self.name}_{method.strip('_')}"

    def statements(self, step: Step) -> Iterator[Step]:
        """Give what a statement becomes."""
        node = step.node
        if node is self.one.step.node or not _mentions(node, self.name):
            yield step
            return
        if _made(node, self.one.name) == self.name:
            assert isinstance(node, ast.Assign)
            assert isinstance(node.value, ast.Call)
            yield from self._definitions(step)
            if "__init__" in self.one.methods:
                function = ast.Name(self._function("__init__"), ast.Load())
                call = ast.Call(function, node.value.args, node.value.keywords)
                yield step.becomes(ast.Expr(ast.copy_location(call, node.value)))
            return
        yield step.becomes(_Parts(self.name, self).visit(copied(node)), step.role, step.call)

    def _definitions(self, step: Step) -> Iterator[Step]:
        """Define the functions, as the class defines its methods."""
        for constant in self.one.constants:
            new = copied(constant)
            assert isinstance(new.targets[0], ast.Name)
            new.targets = [ast.Name(self.part(new.targets[0].id), ast.Store())]
            yield replace(step.becomes(new), written_in=self.one.step.written_in)
        for name, method in self.one.methods.items():
            function = copied(method)
            myself = function.args.args.pop(0).arg
            function.name = self._function(name)
            parts = _Parts(myself, self)
            function.body = [parts.visit(node) for node in function.body]
            stored = sorted({n for node in function.body for n in stored_names(node)} & self._parts)
            if stored:
                function.body.insert(0, ast.copy_location(ast.Global(stored), method.body[0]))
            ast.fix_missing_locations(function)
            yield replace(
                step,
                node=function,
                written_in=self.one.step.written_in,
                comments=self.one.step.comments.within(method),
            )

    def part(self, name: str) -> str:
        """Give what stands for the object's attribute or method."""
        return self._function(name) if name in self.one.methods else f"{self.name}_{name}"

    @property
    def _parts(self) -> set[str]:
        return {self.part(name) for name in self.one.attributes}


class _Parts(ast.NodeTransformer):
    """Writes variables and functions for what an object has."""

    def __init__(self, name: str, written: _Written) -> None:
        self.name = name
        self.written = written

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Replace ``prep.d`` by ``prep_d``."""
        if _named(node.value) == self.name:
            return ast.copy_location(ast.Name(self.written.part(node.attr), node.ctx), node)
        return self.generic_visit(node)
