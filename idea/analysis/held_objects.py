"""What a notebook's variables may hold, as its assignments, loops and `append` say."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from idea.knowledge.harmless import COLLECTING, FILLED, MAKING, RETURNING
from idea.syntax import callee_name, children, constant, walk

_DEEPEST = 5  # from one name to the next
_NEW = (
    ast.Constant | ast.JoinedStr | ast.List | ast.Set | ast.Dict | ast.ListComp | ast.SetComp
    | ast.DictComp | ast.BinOp | ast.UnaryOp | ast.Compare
)  # fmt: skip


class HeldObjects:
    """What variables may hold, wherever in the notebook they are looked at.

    Attributes:
        values: the expressions that are bound to each variable; None for one that is not known.
            An element of what a loop goes through is a starred expression.
        filled: what is put into each list or dict by its name; None for what is not known.
    """

    def __init__(self, statements: Iterable[ast.stmt]) -> None:
        """Take the statements."""
        self.values: dict[str, list[ast.expr | None]] = {}
        self.filled: dict[str, list[ast.expr | None]] = {}
        for statement in statements:
            for name, value in bindings(statement):
                self.values.setdefault(name, []).append(value)
            for name, value in _fillings(statement):
                self.filled.setdefault(name, []).append(value)

    def within(
        self, body: Sequence[ast.stmt], parameters: Sequence[str]
    ) -> tuple["HeldObjects", set[str]]:
        """Give what variables may hold in a function, and those that are bound there.

        Args:
            body: its statements.
            parameters: its parameters, of which nothing is known.
        """
        own = HeldObjects(body)
        made = own.values.keys() | set()
        own.values = self.values | own.values | {name: [None] for name in parameters}
        own.filled = {**self.filled, **own.filled}
        return own, made

    def is_own(self, node: ast.expr) -> bool:
        """Tell whether a variable only ever holds objects that were made for it."""
        values = self.values.get(node.id, []) if isinstance(node, ast.Name) else []
        return bool(values) and all(map(self._is_new, values))

    def _is_new(self, value: ast.expr | None) -> bool:
        match value:
            case ast.Call(func=ast.Name(id=name)):
                return name in MAKING and name not in self.values
            case ast.Call(func=ast.Attribute(attr="copy"), args=[], keywords=[]):
                return True
            case ast.Call(func=ast.Attribute(attr="get_feature_names_out" | "tolist" | "to_list")):
                return True
            case ast.Call(func=ast.Attribute(attr="DataFrame" | "Series"), args=given):
                return all(isinstance(each, ast.Dict | ast.List) for each in given[:1])
            case ast.Call(func=ast.Attribute(attr=name)):
                return name in FILLED
        return isinstance(value, _NEW)

    def makes_lists(self, name: str) -> bool:
        """Tell whether a variable only ever holds a dict that makes its own lists."""
        values = self.values.get(name, [])
        return (
            bool(values)
            and name not in self.filled
            and all(
                isinstance(value, ast.Call) and callee_name(value) == "defaultdict"
                for value in values
            )
        )

    def elements(self, node: ast.expr, depth: int = 0) -> Sequence[ast.expr] | None:
        """Give what a list holds, or the values of a dict; None if it is not known."""
        pairs = self._pairs(node, depth)
        if pairs is not None:
            return [value for _, value in pairs]
        return self.items(node, depth)

    def items(self, node: ast.expr, depth: int = 0) -> Sequence[ast.expr] | None:
        """Give what a loop goes through; None if it is not known."""
        deeper = depth + 1
        match node:
            case _ if depth > _DEEPEST:
                return None
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return None if any(isinstance(part, ast.Starred) for part in parts) else parts
            case ast.Call(func=ast.Attribute(value=inner, attr="values"), args=[]):
                pairs = self._pairs(inner, deeper)
                return None if pairs is None else [value for _, value in pairs]
            case ast.Call(func=ast.Attribute(value=inner, attr="items"), args=[]):
                pairs = self._pairs(inner, deeper)
                return None if pairs is None else [_tuple(pair) for pair in pairs]
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                found = self.items(inner, deeper)
                return None if found is None else [_tuple((_UNKNOWN, each)) for each in found]
            case ast.Call(func=ast.Name(id="zip"), args=lists, keywords=[]):
                each = [self.items(one, deeper) for one in lists]
                known = [one for one in each if one is not None]
                return (
                    None
                    if len(known) < len(each)
                    else [_tuple(t) for t in zip(*known, strict=False)]
                )
            case ast.Name(id=name):
                return self._of_all(name, self.items, deeper)
        return None

    def _of_all(self, name: str, of_one: object, depth: int) -> Sequence[ast.expr] | None:
        """Give the elements of every list that a variable stands for, and what is put there."""
        assert callable(of_one)
        found: list[ast.expr] = []
        values, added = self.values.get(name, []), self.filled.get(name, [])
        for value in values:
            parts = None if value is None else of_one(value, depth)
            if parts is None:
                return None
            found += parts
        if not values or None in added:
            return None
        return [*found, *(each for each in added if each is not None)]

    def _pairs(self, node: ast.expr, depth: int) -> Sequence[tuple[ast.expr, ast.expr]] | None:
        """Give the keys and values of a dict; None if they are not known."""
        match node:
            case _ if depth > _DEEPEST:
                return None
            case ast.Dict(keys=keys, values=values):
                known = [key for key in keys if key is not None]
                return None if len(known) < len(keys) else list(zip(known, values, strict=True))
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=named):
                if any(each.arg is None for each in named):
                    return None
                return [(ast.Constant(each.arg), each.value) for each in named]
            case ast.Name(id=name):

                def values_of(value: ast.expr, deeper: int) -> list[ast.expr] | None:
                    pairs = self._pairs(value, deeper)
                    return None if pairs is None else [its for _, its in pairs]

                found = self._of_all(name, values_of, depth + 1)
                return None if found is None else [(_UNKNOWN, value) for value in found]
        return None

    def part(self, node: ast.expr) -> Sequence[ast.expr] | None:
        """Give what an element of a list, or one part of it, may be; None if it is not known."""
        match node:
            case ast.Starred(value=iterable):
                return self.items(iterable)
            case ast.Subscript(
                value=ast.Starred() | ast.Subscript() as whole, slice=ast.Constant(value=int(at))
            ):
                return _parts_at(self.part(whole) or [_UNKNOWN], at)
            case ast.Subscript(value=inner):
                return self.elements(inner)
        return None

    def reached(self, name: str) -> set[str]:
        """Give the variables whose objects a variable may stand for, or hold."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            found.add(one)
            for value in (*self.values.get(one, ()), *self.filled.get(one, ())):
                waiting += _held_by(value)
        return found


def _held_by(value: ast.AST | None) -> list[str]:
    """Give the variables whose objects a value holds; what a call gives is a new one."""
    value = _itself(value) if isinstance(value, ast.expr) else value
    if value is None or isinstance(value, ast.Call | _PLAIN):
        return []
    inside = [name for child in children(value) for name in _held_by(child)]
    return [value.id, *inside] if isinstance(value, ast.Name) else inside


def _itself(value: ast.expr | None) -> ast.expr | None:
    """Give the estimator of `model.fit(X, y)`, which that is."""
    match value:
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in RETURNING:
            return _itself(inner)
    return value


_PLAIN = ast.Constant | ast.JoinedStr | ast.BinOp | ast.UnaryOp | ast.Compare
_UNKNOWN = ast.Constant(None)


def _parts_at(each: Sequence[ast.expr], at: int) -> Sequence[ast.expr] | None:
    """Give a part of each tuple; None if one of them has no such part."""
    tuples = [one.elts for one in each if isinstance(one, ast.Tuple | ast.List)]
    parts = [elts[at] for elts in tuples if at < len(elts)]
    return parts if len(parts) == len(each) else None


def _tuple(parts: Iterable[ast.expr]) -> ast.expr:
    return ast.Tuple(list(parts), ast.Load())


def bindings(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Give the names that a statement binds, with the expression where that is known."""
    known: set[int] = set()
    for node in walk(statement):
        match node:
            case ast.Assign(targets=targets, value=value):
                for part, its in ((part, its) for t in targets for part, its in _each(t, value)):
                    if isinstance(part, ast.Name):
                        known.add(id(part))
                        yield part.id, its
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                known.add(id(target))
                yield name, ast.BinOp(ast.Name(name, ast.Load()), op, value)
            case (
                ast.For(target=target, iter=iterable)
                | ast.comprehension(target=target, iter=iterable)
            ):
                for part, element in _of_loop(target, ast.Starred(iterable, ast.Load())):
                    known.add(id(part))
                    yield part.id, element
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, None
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if id(node) not in known:
                yield name, None


def _each(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Give the parts of a target with the value that each takes, or else the whole value."""
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    match value:
        case ast.Tuple(elts=values) if len(values) == len(parts) and parts != [target]:
            yield from zip(parts, values, strict=True)
        case _:
            yield from ((part, value) for part in parts)


def _of_loop(target: ast.expr, element: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Give the variables of a loop, with the part of an element that each takes."""
    match target:
        case ast.Name():
            yield target, element
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for at, part in enumerate(parts):
                yield from _of_loop(part, ast.Subscript(element, ast.Constant(at), ast.Load()))


def _fillings(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Give the lists and dicts that a statement fills, with what it puts there."""
    for node in walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=given):
                if method in COLLECTING:
                    yield name, given[0] if method == "append" and len(given) == 1 else None
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value):
                yield name, value
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                pass
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name, None


def is_plain_mapping(held: HeldObjects, node: ast.expr, forbidden: Sequence[str]) -> bool:
    """Tell whether keyword arguments are read from a dict without some keys."""
    match node:
        case ast.Dict(keys=keys):
            return all(isinstance(k, ast.Constant) and constant(k) not in forbidden for k in keys)
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=named):
            return all(each.arg is not None and each.arg not in forbidden for each in named)
        case ast.Attribute(attr="best_params_" | "params"):
            return True
        case ast.Name(id=name):
            values = held.values.get(name, [])
            return (
                bool(values)
                and name not in held.filled
                and all(
                    value is not None
                    and not isinstance(value, ast.Name)
                    and is_plain_mapping(held, value, forbidden)
                    for value in values
                )
            )
    return False
