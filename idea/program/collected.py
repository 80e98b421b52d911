"""What a list or a dict holds after the statements that fill it: `append`, `d[key] = value`, loops.

The statements are followed as if they ran, with expressions for values. What can't be followed (a
condition that depends on data, a call that may change the collection) makes the whole unknown: a
list with a missing part is worse than none.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from idea.knowledge.estimators import RETURN_THEMSELVES
from idea.program.dataflow import Program, effects
from idea.program.names_used import stored_names
from idea.program.static_functions import MAX_ITEMS
from idea.program.static_values import Names, Unknown, elements, entries, literal, resolve
from idea.program.substitute import bound, substituted
from idea.syntax import brief, walk

_STARTS = ("list", "dict", "OrderedDict")
_MOST_COPIES = 5  # of copies

# Stands for a value that can't be told from the code: a call of a function that nobody knows.
UNKNOWN = ast.parse("unknown()", mode="eval").body


class NamesOfThen(Names, Protocol):
    """The meaning of names before a step, for readers that come later."""

    def as_of_then(self, node: ast.expr) -> ast.expr:
        """Replace names in an expression that stand for something else by now."""
        ...


def collected(
    name: str, before: int, program: Program, names_at: Callable[[int], NamesOfThen]
) -> ast.expr | None:
    """Give the expression that a list or a dict equals before a position.

    Args:
        name: the variable.
        before: the position.
        program: the notebook's statements.
        names_at: what names stand for, just before a step.

    Returns:
        A display of its elements, or UNKNOWN; None if no statement fills it.
    """
    start = program.start(name, before)
    value = None if start is None else _assigned_value(program.steps[start].node)
    if start is None or value is None:
        return None
    first = _first(value, start, program)
    if first is None or not _is_collection(first):
        return None
    touched = [at for at in program.touching(name, before) if at > start]
    if not touched:
        return None
    try:
        begin = _copied_from(value) or value
        collection = _Collection(name, begin, names_at(start), program.functions, _is_list(first))
        for at in touched:
            collection.run([program.steps[at].node], names_at(at), {})
    except (Unknown, RecursionError, LookupError, TypeError):
        return UNKNOWN
    return collection.display()


def _assigned_value(node: ast.stmt) -> ast.expr | None:
    match node:
        case (
            ast.Assign(targets=[ast.Name()], value=value)
            | ast.AnnAssign(target=ast.Name(), value=value)
        ):
            return value
    return None


def _first(value: ast.expr, at: int, program: Program) -> ast.expr | None:
    """Give what a value is a copy of, or a copy of a copy; the value itself if it is none.

    Args:
        value: the value.
        at: the position of the statement with it.
        program: the notebook's statements.
    """
    for _ in range(_MOST_COPIES):
        original = _copied_from(value)
        if original is None:
            return value
        start = program.start(original.id, at)
        found = None if start is None else _assigned_value(program.steps[start].node)
        if start is None or found is None:
            return None
        value, at = found, start
    return None


def _copied_from(node: ast.expr) -> ast.Name | None:
    """Give the variable that an expression copies; None if it copies none."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr="copy"), args=[]):
            return name
        case ast.Call(
            func=ast.Name(id="copy" | "deepcopy") | ast.Attribute(attr="copy" | "deepcopy"),
            args=[ast.Name() as name],
        ):
            return name
    return None


def _is_list(node: ast.expr) -> bool:
    match node:
        case ast.List() | ast.ListComp() | ast.Call(func=ast.Name(id="list")):
            return True
    return False


def _is_collection(node: ast.expr) -> bool:
    match node:
        case ast.List() | ast.ListComp() | ast.Dict() | ast.DictComp():
            return True
        case ast.Call(func=ast.Name(id=function) | ast.Attribute(attr=function)):
            return function in _STARTS
    return False


def _called_on(model: ast.expr, call: ast.expr) -> ast.expr:
    """Give a call of a method with another object in its object's place."""
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    return ast.Call(ast.Attribute(model, call.func.attr, ast.Load()), call.args, call.keywords)


class _Collection:
    """A list or a dict that statements fill."""

    def __init__(
        self,
        name: str,
        start: ast.expr,
        names: NamesOfThen,
        functions: Mapping[str, ast.FunctionDef],
        is_list: bool,
    ) -> None:
        """Start with what the variable is assigned.

        Args:
            name: the variable.
            start: the expression that it is assigned.
            names: what names stand for there.
            functions: the notebook's own functions by name.
            is_list: whether it is a list; else it is a dict.
        """
        self.name = name
        self.functions = functions
        self.items: list[ast.expr] = []
        self.pairs: dict[str, ast.expr] = {}
        self.is_list = is_list
        if is_list:
            self.items = [names.as_of_then(item) for item in elements(start, names)]
        elif not (isinstance(start, ast.Call) and not start.args and not start.keywords):
            self.pairs = {k: names.as_of_then(v) for k, v in entries(start, names)}
        self._turns = 0

    def display(self) -> ast.expr:
        """Give it as an expression."""
        if self.is_list:
            return ast.List(self.items, ast.Load())
        return ast.Dict([ast.Constant(key) for key in self.pairs], list(self.pairs.values()))

    def run(
        self, statements: Sequence[ast.stmt], names: NamesOfThen, scope: dict[str, ast.expr]
    ) -> None:
        """Follow statements.

        Args:
            statements: the statements.
            names: what the notebook's names stand for before them.
            scope: what the names stand for that loops around them bind; it is changed.

        Raises:
            Unknown: one of them can't be followed.
        """
        for node in statements:
            self._turns += 1
            if self._turns > MAX_ITEMS:
                raise Unknown(self.name)
            self._run(node, names, scope)

    def _run(self, node: ast.stmt, names: NamesOfThen, scope: dict[str, ast.expr]) -> None:
        match node:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) as call
            ) if name == self.name:
                arguments = [substituted(argument, scope) for argument in call.args]
                if call.keywords:
                    raise Unknown(brief(call))
                self._call(method, arguments, names)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value) if (
                name == self.name
            ):
                self._call("extend", [substituted(value, scope)], names)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.BitOr(), value=value) if (
                name == self.name
            ):
                self._call("update", [substituted(value, scope)], names)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(
                        value=ast.Subscript(value=ast.Name(id=name), slice=key) as entry,
                        attr=method,
                    )
                ) as call
            ) if name == self.name and method in RETURN_THEMSELVES:
                key = substituted(key, scope)
                old = resolve(ast.Subscript(self.display(), key, ast.Load()), names)
                if isinstance(old, ast.Subscript):
                    raise Unknown(brief(entry))
                self._store(key, _called_on(old, substituted(call, scope)), names)
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) as call
            ) if name in scope and method in RETURN_THEMSELVES:
                scope[name] = _called_on(scope[name], substituted(call, scope))
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value
            ) if name == self.name:
                self._store(substituted(key, scope), substituted(value, scope), names)
            case ast.For() if self.name in effects(node, self.functions).changes:
                for item in elements(substituted(node.iter, scope), names):
                    self._bind(node.target, item, names, scope)
                    self.run(node.body, names, scope)
            case ast.With(body=body) | ast.Try(body=body):
                self.run(body, names, scope)
            case ast.If(test=test, body=body, orelse=orelse) if self._touches(node):
                chosen = literal(substituted(test, scope), names)
                self.run(body if chosen else orelse, names, scope)
            case _ if self._touches(node):
                raise Unknown(brief(node))
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, substituted(value, scope), names, scope)
            case _:  # what it binds depends on data
                scope |= dict.fromkeys(stored_names(node), UNKNOWN)

    def _touches(self, node: ast.stmt) -> bool:
        """Tell whether a statement may change the collection."""
        effect = effects(node, self.functions)
        return self.name in effect.makes | effect.changes or any(
            isinstance(part, ast.Break | ast.Continue) for part in walk(node)
        )

    def _call(self, method: str, arguments: list[ast.expr], names: NamesOfThen) -> None:
        match method, arguments:
            case "append", [value] if self.is_list:
                self.items.append(names.as_of_then(value))
            case "extend", [values] if self.is_list:
                self.items += [names.as_of_then(value) for value in elements(values, names)]
            case "insert", [at, value] if self.is_list:
                self.items.insert(literal(at, names), names.as_of_then(value))
            case "update", [values] if not self.is_list:
                self.pairs |= {k: names.as_of_then(value) for k, value in entries(values, names)}
            case "pop", [key] if not self.is_list:
                del self.pairs[str(literal(key, names))]
            case "clear", []:
                self.items, self.pairs = [], {}
            case _:
                raise Unknown(f"{self.name}.{method}")

    def _store(self, key: ast.expr, value: ast.expr, names: NamesOfThen) -> None:
        value = names.as_of_then(value)
        if self.is_list:
            self.items[literal(key, names)] = value
        else:
            self.pairs[str(literal(key, names))] = value

    @staticmethod
    def _bind(
        target: ast.expr, value: ast.expr, names: NamesOfThen, scope: dict[str, ast.expr]
    ) -> None:
        """Note what an assignment or a loop binds.

        Args:
            target: the target.
            value: the expression that it takes.
            names: what the notebook's names stand for.
            scope: takes what is bound.
        """
        if isinstance(target, ast.Subscript | ast.Attribute):
            return
        its = bound(target, value) or bound(target, resolve(value, names))
        if its is None:  # a tuple of unknown parts
            its = dict.fromkeys((n.id for n in walk(target) if isinstance(n, ast.Name)), UNKNOWN)
        scope |= its
