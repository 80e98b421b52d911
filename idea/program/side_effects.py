"""Follows objects through a program: which variables a statement changes, under whatever name.

An abstract interpretation. Frames, arrays, containers and functions are objects; a variable stands
for the objects that it may be. Where two values may be one object, they are one. A frame hands out
copies only, as pandas 3 does: ``df["a"]`` is another object, ``df`` in a list is the same.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from idea.knowledge.packages import LIBRARIES
from idea.knowledge.shared_objects import (
    ARRAY_MUTATORS,
    ARRAY_VIEWS,
    CHANGE_FIRST,
    FRAME_MUTATORS,
    FRAME_PARTS,
    GIVE_NEW,
    GIVE_THEMSELVES,
    HOLDER_MUTATORS,
    NUMPY_VIEWS,
)
from idea.program.dataflow import Step
from idea.syntax import constant, import_path, keyword_value, parse

_DEEPEST = 6  # calls inside calls
_MOST_WORK = 20_000  # expressions of one statement
_NAMESPACES = frozenset({"globals", "locals", "vars"})

Objects = frozenset[int]
_NONE: Objects = frozenset()
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Sort(Enum):
    """What an object is, as far as it matters for sharing."""

    FRAME = 0  # a frame, a series, an index: parts of it are copies
    ARRAY = 1  # parts of it are the same memory
    HOLDER = 2  # holds other objects: a list, a dict, an instance, a closure
    TOOL = 3  # of a library, such as an estimator or a plot: keeps no rows, gives new ones


@dataclass
class _Scope:
    """Variables, and the scope around them."""

    names: dict[str, Objects] = field(default_factory=dict)
    outer: "_Scope | None" = None
    declared: dict[str, "_Scope"] = field(default_factory=dict)  # `global` and `nonlocal`

    def find(self, name: str) -> Objects | None:
        """Give the objects of a name; None if nothing binds it."""
        if name in self.declared:
            return self.declared[name].find(name)
        if name in self.names:
            return self.names[name]
        return self.outer.find(name) if self.outer is not None else None


@dataclass
class _Object:
    """An object.

    Attributes:
        sort: what it is.
        held: the objects that it holds.
        code: what runs when it is called.
        scope: where that code was defined.
        methods: its class's methods by name.
        me: what `self` is in its code; None for a plain function.
    """

    sort: Sort
    held: set[int] = field(default_factory=set)
    code: _Function | None = None
    scope: _Scope | None = None
    methods: Mapping[str, ast.FunctionDef] = field(default_factory=dict)
    me: int | None = None


class _TooMuch(Exception):
    """A statement takes too long to follow."""


class SideEffects:
    """Runs steps abstractly, and tells which variables each may change."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        """Start before the first step, with the dotted paths of imported names."""
        self._imports = imports
        self._objects: list[_Object] = [_Object(Sort.FRAME)]
        self._copy = frozenset({0})  # whatever copy of rows a library hands to a function
        self._globals = _Scope()
        self._changed: set[int] = set()
        self._rebound: set[str] = set()
        self._everything = False
        self._weak = 0  # depth of code that may not run
        self._stack: list[_Function] = []
        self._returned: list[set[int]] = []
        self._work = 0
        self._done: dict[tuple[_Function, Objects], Objects] = {}  # what a step's calls returned

    def run(self, step: Step) -> None:
        """Run a step."""
        self._changed, self._rebound = set(), set()
        self._everything, self._work, self._done = False, 0, {}
        try:
            self._step(step)
        except (_TooMuch, RecursionError):
            self._everything = True

    def changed(self, names: Iterable[str]) -> frozenset[str]:
        """Give those of some variables whose objects the last step may have changed."""
        if self._everything:
            return frozenset(names)
        return frozenset(
            name
            for name in names
            if name in self._rebound
            or self._reachable(self._globals.names.get(name, _NONE)) & self._changed
        )

    def _step(self, step: Step) -> None:
        match step.node:
            case ast.Assign(targets=targets) if step.role:
                for target in targets:  # tables and their parts are objects of their own
                    self._store(target, self._new(Sort.FRAME), self._globals)
            case node:
                self._statement(node, self._globals)

    # objects

    def _new(self, sort: Sort, held: Iterable[int] = (), **parts: object) -> Objects:
        self._objects.append(_Object(sort, set(held), **parts))  # type: ignore[arg-type]
        return frozenset({len(self._objects) - 1})

    def _held(self, objects: Iterable[int]) -> Objects:
        return frozenset(each for one in objects for each in self._objects[one].held)

    def _reachable(self, objects: Iterable[int]) -> set[int]:
        found: set[int] = set()
        left = list(objects)
        while left:
            one = left.pop()
            if one not in found:
                found.add(one)
                left += self._objects[one].held
        return found

    def _of_sort(self, objects: Iterable[int], *sorts: Sort) -> Objects:
        return frozenset(one for one in objects if self._objects[one].sort in sorts)

    def _change(self, objects: Iterable[int], held: Iterable[int] = ()) -> None:
        for one in objects:
            self._changed.add(one)
            if self._objects[one].sort is Sort.HOLDER:
                self._objects[one].held.update(held)
            elif self._objects[one].sort is Sort.TOOL:
                # A pipeline fits its steps.
                self._changed |= self._of_sort(self._reachable({one}), Sort.TOOL)

    def _elements(self, objects: Iterable[int]) -> Objects:
        """Give what a loop over objects goes through."""
        return self._held(objects) | self._of_sort(objects, Sort.ARRAY)

    # statements

    @contextmanager
    def _maybe(self) -> Iterator[None]:
        """Run code that may not run, or run again."""
        self._weak += 1
        try:
            yield
        finally:
            self._weak -= 1

    def _block(self, nodes: Iterable[ast.stmt], scope: _Scope) -> None:
        for node in nodes:
            self._statement(node, scope)

    def _statement(self, node: ast.stmt, scope: _Scope) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value, scope)
            case ast.AugAssign(target=target, value=value):
                given = self._value(value, scope)
                if isinstance(target, ast.Name):
                    self._change(scope.find(target.id) or _NONE, self._elements(given))
                    if target.id in scope.declared:
                        self._rebind(target.id, given, scope.declared[target.id])
                else:
                    self._store(target, given, scope)
            case (
                ast.For(target=target, iter=iterable, body=body, orelse=orelse)
                | ast.AsyncFor(target=target, iter=iterable, body=body, orelse=orelse)
            ):
                elements = self._elements(self._value(iterable, scope))
                with self._maybe():
                    self._store(target, elements, scope)
                    self._block([*body, *body, *orelse], scope)
            case ast.While(test=test, body=body, orelse=orelse):
                with self._maybe():
                    self._value(test, scope)
                    self._block([*body, *body, *orelse], scope)
            case ast.If(test=test, body=body, orelse=orelse):
                self._value(test, scope)
                with self._maybe():
                    self._block([*body, *orelse], scope)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    given = self._value(item.context_expr, scope)
                    if item.optional_vars is not None:
                        self._store(item.optional_vars, given | self._held(given), scope)
                self._block(body, scope)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                inside = [statement for handler in handlers for statement in handler.body]
                with self._maybe():
                    self._block([*body, *inside, *orelse, *finalbody], scope)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                made = self._function(node, scope)
                if node.decorator_list:
                    for decorator in node.decorator_list:
                        self._value(decorator, scope)
                    made |= self._new(Sort.HOLDER, made)
                self._bind(name, made, scope)
            case ast.ClassDef():
                self._class(node, scope)
            case ast.Return(value=ast.expr() as value):
                given = self._value(value, scope)
                if self._returned:
                    self._returned[-1] |= given
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Subscript | ast.Attribute):
                        self._store(target, _NONE, scope)
            case ast.Global(names=names):
                scope.declared.update(dict.fromkeys(names, self._globals))
            case ast.Nonlocal(names=names) if scope.outer is not None:
                scope.declared.update(dict.fromkeys(names, scope.outer))
            case ast.Match(subject=subject, cases=cases):
                given = self._value(subject, scope)
                with self._maybe():
                    for each in cases:
                        for part in ast.walk(each.pattern):
                            if isinstance(part, ast.MatchAs) and part.name:
                                self._bind(part.name, given | self._held(given), scope)
                        self._block(each.body, scope)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._value(child, scope)

    def _class(self, node: ast.ClassDef, scope: _Scope) -> None:
        inside = _Scope(outer=scope)
        self._block(node.body, inside)
        methods = {s.name: s for s in node.body if isinstance(s, ast.FunctionDef)}
        for base in node.bases:
            for one in self._value(base, scope):
                methods = {**self._objects[one].methods, **methods}
        held = frozenset(one for objects in inside.names.values() for one in objects)
        self._bind(node.name, self._new(Sort.HOLDER, held, methods=methods, scope=scope), scope)

    def _function(self, node: _Function, scope: _Scope) -> Objects:
        arguments = node.args
        defaults = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
        held = frozenset(one for each in defaults for one in self._value(each, scope))
        return self._new(Sort.HOLDER, held, code=node, scope=scope)

    # binding

    def _assign(self, target: ast.expr, value: ast.expr, scope: _Scope) -> None:
        match target, value:
            case (
                ast.Tuple(elts=targets) | ast.List(elts=targets),
                ast.Tuple(elts=values) | ast.List(elts=values),
            ) if len(targets) == len(values) and not _has_star(*targets, *values):
                pairs = [(t, self._value(v, scope)) for t, v in zip(targets, values, strict=True)]
                for each, given in pairs:
                    self._store(each, given, scope)
            case _:
                if _is_replaced(target, value):
                    self._change(self._value(_as_value(target), scope))
                self._store(target, self._value(value, scope), scope)

    def _store(self, target: ast.expr, objects: Objects, scope: _Scope) -> None:
        match target:
            case ast.Name(id=name):
                self._bind(name, objects, scope)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                inside = self._elements(objects) | objects
                for part in parts:
                    self._store(part, inside, scope)
            case ast.Starred(value=inner):
                self._store(inner, objects | self._new(Sort.HOLDER, objects), scope)
            case ast.Subscript(value=inner, slice=index):
                self._value(index, scope)
                if _is_namespace(inner):
                    key = constant(index)
                    if isinstance(key, str):
                        self._rebind(key, objects, self._globals)
                    else:
                        self._everything = True
                    return
                self._change(self._value(inner, scope), objects)
            case ast.Attribute(value=inner):
                self._change(self._value(inner, scope), objects)

    def _bind(self, name: str, objects: Objects, scope: _Scope) -> None:
        if name in scope.declared:
            self._rebind(name, objects, scope.declared[name])
        elif self._weak and name in scope.names:
            scope.names[name] |= objects
        else:
            scope.names[name] = objects

    def _rebind(self, name: str, objects: Objects, scope: _Scope) -> None:
        """Bind a name of another scope."""
        scope.names[name] = scope.names.get(name, _NONE) | objects
        if scope is self._globals:
            self._rebound.add(name)

    # expressions

    def _value(self, node: ast.expr, scope: _Scope) -> Objects:
        """Give the objects that an expression may be."""
        self._work += 1
        if self._work > _MOST_WORK:
            raise _TooMuch
        match node:
            case ast.Name(id=name):
                return scope.find(name) or _NONE
            case ast.Attribute(value=inner, attr=attribute):
                return self._attribute(self._value(inner, scope), attribute)
            case ast.Subscript(value=inner, slice=index):
                self._value(index, scope)
                if _is_namespace(inner):
                    key = constant(index)
                    if isinstance(key, str):
                        return self._globals.names.get(key, _NONE)
                    return self._namespace()
                return self._part(self._value(inner, scope))
            case ast.Call():
                return self._call(node, scope)
            case ast.Lambda():
                return self._function(node, scope)
            case ast.NamedExpr(target=target, value=value):
                given = self._value(value, scope)
                self._store(target, given, scope)
                return given
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Dict() | ast.List() | ast.Set() | ast.Tuple():
                return self._new(Sort.HOLDER, self._children(node, scope))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._value(test, scope)
                return self._value(body, scope) | self._value(orelse, scope)
            case ast.BinOp(left=left, right=right):
                return self._computed(self._value(left, scope) | self._value(right, scope))
            case ast.Compare() | ast.UnaryOp():
                return self._computed(self._children(node, scope))
            case ast.Yield(value=ast.expr() as value) | ast.YieldFrom(value=value):
                given = self._value(value, scope)
                if self._returned:
                    self._returned[-1] |= self._new(Sort.HOLDER, given) | self._held(given)
                return _NONE
        return self._children(node, scope)

    def _children(self, node: ast.AST, scope: _Scope) -> Objects:
        found = _NONE
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                found |= self._value(child, scope)
            elif not isinstance(child, ast.expr_context):
                found |= self._children(child, scope)
        return found

    def _computed(self, operands: Objects) -> Objects:
        """Give the result of arithmetic: new values, or a list of what two lists hold."""
        if not operands:
            return _NONE
        if self._of_sort(operands, Sort.FRAME):
            return self._new(Sort.FRAME)
        if self._of_sort(operands, Sort.ARRAY):
            return self._new(Sort.ARRAY)
        return self._new(Sort.HOLDER, self._held(operands))

    def _attribute(self, objects: Objects, attribute: str) -> Objects:
        found = _NONE
        for one in objects:
            it = self._objects[one]
            if it.sort is Sort.FRAME:
                if attribute in FRAME_PARTS:
                    found |= {one}
                else:
                    found |= self._new(Sort.ARRAY if attribute == "values" else Sort.FRAME)
            elif it.sort is Sort.ARRAY:
                found |= {one} if attribute in ARRAY_VIEWS else self._new(Sort.ARRAY)
            elif it.sort is Sort.TOOL:
                found |= it.held | self._new(Sort.FRAME)
            elif attribute in it.methods:
                method = it.methods[attribute]
                bound = self._new(Sort.HOLDER, {one}, code=method, scope=it.scope, me=one)
                found |= self._call_object(bound, [], {}) if _is_property(method) else bound
            else:
                found |= it.held
        return found

    def _part(self, objects: Objects) -> Objects:
        """Give what an index takes out of objects."""
        found = self._held(objects) | self._of_sort(objects, Sort.ARRAY)
        if self._of_sort(objects, Sort.FRAME):
            found |= self._new(Sort.FRAME)
        return found

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: _Scope
    ) -> Objects:
        inside = _Scope(outer=scope)
        with self._maybe():
            for generator in node.generators:
                elements = self._elements(self._value(generator.iter, inside))
                self._store(generator.target, elements, inside)
                for test in generator.ifs:
                    self._value(test, inside)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            held = frozenset(one for part in parts for one in self._value(part, inside))
        return self._new(Sort.HOLDER, held)

    def _namespace(self) -> Objects:
        """Give all that the program's variables hold."""
        return frozenset(one for each in self._globals.names.values() for one in each)

    # calls

    def _call(self, node: ast.Call, scope: _Scope) -> Objects:
        given = [self._value(argument, scope) for argument in node.args]
        named = {
            keyword.arg or "**": self._value(keyword.value, scope) for keyword in node.keywords
        }
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            every = frozenset(one for each in given for one in each | self._held(each))
            given, named = [every], {**named, "*": every}
        if "out" in named:
            self._change(named["out"])
        own = isinstance(node.func, ast.Name) and scope.find(node.func.id) is not None
        path = None if own else import_path(node.func, self._imports)
        if path is not None:
            return self._library(path, given, named)
        match node.func:
            case ast.Name(id=name) if not own:
                return self._builtin(name, node, given, named, scope)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=_):
                return _NONE
            case ast.Attribute(value=inner, attr=method):
                receiver = self._value(inner, scope)
                if not _is_false(keyword_value(node, "inplace")):
                    self._change(receiver)
                return self._method(receiver, method, given, named)
        return self._call_object(self._value(node.func, scope), given, named)

    def _call_object(
        self, called: Iterable[int], given: Sequence[Objects], named: Mapping[str, Objects]
    ) -> Objects:
        """Call objects: functions, classes, instances, and what holds some of them."""
        found = _NONE
        for one in called:
            it = self._objects[one]
            if it.code is not None:
                found |= self._run(it, given, named)
            elif (it.methods and "__init__" in it.methods) or self._is_class(it):
                found |= self._instance(it, given, named)
            elif "__call__" in it.methods:
                found |= self._call_object(
                    self._attribute(frozenset({one}), "__call__"), given, named
                )
            else:
                every = _every(given, named)
                found |= self._run_all(frozenset(it.held), every | it.held)
                found |= every | it.held
        return found

    def _is_class(self, it: _Object) -> bool:
        return it.sort is Sort.HOLDER and it.scope is not None and it.code is None and it.me is None

    def _instance(
        self, made: _Object, given: Sequence[Objects], named: Mapping[str, Objects]
    ) -> Objects:
        own = self._new(Sort.HOLDER, made.held, methods=made.methods, me=-1)
        (one,) = own
        self._objects[one].scope = made.scope
        if "__init__" in made.methods:
            self._call_object(self._attribute(own, "__init__"), given, named)
        else:
            self._objects[one].held |= _every(given, named)
        return own

    def _run(
        self, function: _Object, given: Sequence[Objects], named: Mapping[str, Objects]
    ) -> Objects:
        """Run a function's code; give what it may return."""
        node = function.code
        assert node is not None
        every = _every(given, named) | function.held
        if node in self._stack or len(self._stack) > _DEEPEST:
            self._change(self._reachable(every))
            return every
        scope = _Scope(outer=function.scope)
        _take(scope, node, function, given, named, every)
        for name in [node.args.vararg, node.args.kwarg]:
            if name is not None:
                scope.names[name.arg] = self._new(Sort.HOLDER, every)
        self._stack.append(node)
        self._returned.append(set())
        weak, self._weak = self._weak, 0
        try:
            if isinstance(node, ast.Lambda):
                self._returned[-1] |= self._value(node.body, scope)
            else:
                self._block(node.body, scope)
        finally:
            self._weak = weak
            self._stack.pop()
            returned = self._returned.pop()
        return frozenset(returned)

    def _run_all(self, objects: Iterable[int], given: Objects) -> Objects:
        """Run the functions among objects, with any of some objects for each parameter."""
        found = _NONE
        for one in objects:
            it = self._objects[one]
            if it.code is None:
                continue
            if (it.code, given) not in self._done:
                self._done[it.code, given] = _NONE
                self._done[it.code, given] = self._run(it, [given], {"*": given})
            found |= self._done[it.code, given]
        return found

    def _method(
        self,
        receiver: Objects,
        method: str,
        given: Sequence[Objects],
        named: Mapping[str, Objects],
    ) -> Objects:
        every = _every(given, named)
        found = _NONE
        for one in receiver:
            it = self._objects[one]
            if it.sort is Sort.FRAME:
                if method in FRAME_MUTATORS:
                    self._change({one})
                if method == "pipe":
                    found |= self._call_object(
                        given[0] if given else _NONE, [frozenset({one}), *given[1:]], named
                    )
                    found |= self._run_all(self._held(every), every | {one})
                else:
                    new = self._new(Sort.ARRAY if method == "to_numpy" else Sort.FRAME)
                    self._run_all(every, every | self._copy)
                    found |= new | ({one} if "inplace" in named else _NONE)
            elif it.sort is Sort.ARRAY:
                if method in ARRAY_MUTATORS:
                    self._change({one})
                found |= {one} if method in ARRAY_VIEWS else self._new(Sort.ARRAY)
            elif it.sort is Sort.TOOL:
                if method in HOLDER_MUTATORS:
                    self._change({one})
                self._run_all(every, every | self._copy)
                found |= {one} if method in GIVE_THEMSELVES else self._new(Sort.FRAME)
            elif method in it.methods:
                bound = self._attribute(frozenset({one}), method)
                found |= self._call_object(bound, given, named)
            else:
                if method in HOLDER_MUTATORS:
                    self._change({one}, every | self._held(every))
                inside = frozenset(it.held)
                found |= self._run_all(every | inside, every | inside)
                found |= inside | self._new(Sort.HOLDER, inside)
                if method in HOLDER_MUTATORS:
                    found |= {one}
        if not receiver:
            self._run_all(every, every)
            return self._new(Sort.HOLDER, self._of_sort(every, Sort.HOLDER))
        return found

    def _builtin(
        self,
        name: str,
        node: ast.Call,
        given: Sequence[Objects],
        named: Mapping[str, Objects],
        scope: _Scope,
    ) -> Objects:
        every = _every(given, named)
        if name in ("exec", "eval"):
            code = constant(node.args[0]) if node.args else None
            tree = parse(code) if isinstance(code, str) else None
            if tree is None:
                self._everything = True
                return self._namespace()
            for statement in tree.body:
                if isinstance(statement, ast.Expr):
                    return self._value(statement.value, scope)
                self._statement(statement, scope)
                self._rebound |= {
                    part.id
                    for part in ast.walk(statement)
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del)
                }
            return _NONE
        if name in _NAMESPACES:
            return self._held(every) if every else self._new(Sort.HOLDER, self._namespace())
        if name in CHANGE_FIRST and given:
            self._change(given[0], every)
            return _NONE
        if name == "getattr" and given:
            attribute = constant(node.args[1]) if len(node.args) > 1 else None
            if attribute in FRAME_MUTATORS:
                self._change(given[0])
            return self._attribute(given[0], attribute if isinstance(attribute, str) else "")
        return self._handed_on(name, given, named)

    def _library(
        self, path: str, given: Sequence[Objects], named: Mapping[str, Objects]
    ) -> Objects:
        """Call a function or class of a library."""
        package, _, rest = path.partition(".")
        name = rest.rpartition(".")[2]
        every = _every(given, named)
        if path in CHANGE_FIRST and given:
            self._change(given[0], every)
        if package == "pandas":
            self._run_all(every, every)
            return self._new(Sort.FRAME)
        if package == "numpy":
            self._run_all(every, every)
            views = self._of_sort(every, Sort.ARRAY) if name in NUMPY_VIEWS else _NONE
            return views | self._new(Sort.ARRAY)
        if package in LIBRARIES:
            # A library of others copies the rows that it is given, and keeps what works on them.
            inside = every | self._held(every | self._held(every))  # ("step", tool) in a list
            functions = self._of_sort(inside, Sort.HOLDER)
            self._run_all(functions, functions | self._copy)
            return self._new(Sort.TOOL, self._of_sort(inside, Sort.TOOL) | self._new(Sort.FRAME))
        if path == "copy.copy":
            return self._of_sort(every, Sort.ARRAY) | self._new(Sort.HOLDER, self._held(every))
        return self._handed_on(path, given, named)

    def _handed_on(
        self, path: str, given: Sequence[Objects], named: Mapping[str, Objects]
    ) -> Objects:
        """Call what may give back its arguments, or what they hold."""
        every = _every(given, named)
        inside = every | self._held(every)
        returned = self._run_all(inside, inside)
        if path in GIVE_NEW:
            return _NONE
        held = inside | returned
        return held | self._new(Sort.HOLDER, held)


def _take(
    scope: _Scope,
    node: _Function,
    function: _Object,
    given: Sequence[Objects],
    named: Mapping[str, Objects],
    every: Objects,
) -> None:
    """Bind a function's parameters to the arguments of a call.

    Args:
        scope: takes the parameters.
        node: the function.
        function: its object.
        given: the arguments by position.
        named: the arguments by name; with "*" or "**" any may be anything.
        every: all arguments, and the defaults.
    """
    parameters = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
    only = [argument.arg for argument in node.args.kwonlyargs]
    values = list(given)
    if function.me is not None and not _is_static(node):
        values.insert(0, frozenset({function.me}))
    if "*" in named or "**" in named:
        me = values[0] if function.me is not None and not _is_static(node) else None
        scope.names.update(dict.fromkeys([*parameters, *only], every))
        if me is not None and parameters:
            scope.names[parameters[0]] = me
        return
    defaults = frozenset(function.held)
    for name in [*parameters, *only]:
        scope.names[name] = named.get(name, defaults)
    scope.names.update(zip(parameters, values, strict=False))


def _as_value(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body


def _is_replaced(target: ast.expr, value: ast.expr) -> bool:
    """Tell whether an assignment is what a change in place was rewritten to.

    ``box.df.dropna(inplace=True)`` becomes ``box.df = box.df.dropna()``, and ``X[:] = 1`` becomes
    ``X = pd.DataFrame(1, columns=X.columns, index=X.index)``.
    """
    match target, value:
        case ast.Attribute() | ast.Subscript(), ast.Call(func=ast.Attribute(value=inner)):
            return ast.unparse(target) == ast.unparse(inner)
        case ast.Name(id=name), ast.Call(keywords=keywords):
            like = {keyword.arg: ast.unparse(keyword.value) for keyword in keywords}
            return like == {"columns": f"{name}.columns", "index": f"{name}.index"}
    return False


def _every(given: Iterable[Objects], named: Mapping[str, Objects]) -> Objects:
    return frozenset(one for each in (*given, *named.values()) for one in each)


def _has_star(*nodes: ast.expr) -> bool:
    return any(isinstance(node, ast.Starred) for node in nodes)


def _is_static(node: _Function) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list
    )


def _is_property(node: ast.FunctionDef) -> bool:
    return any(
        isinstance(each, ast.Name | ast.Attribute) and "property" in ast.unparse(each)
        for each in node.decorator_list
    )


def _is_namespace(node: ast.expr) -> bool:
    """Tell whether an expression is ``globals()``, or ``locals()`` at the top."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[]):
            return name in _NAMESPACES
    return False


def _is_false(node: ast.expr | None) -> bool:
    """Tell whether an argument is absent or False."""
    return node is None or constant(node) is False


def changes_among(
    steps: Sequence[Step], imports: Mapping[str, str], live: Sequence[Set[str]]
) -> Iterator[tuple[int, frozenset[str]]]:
    """Give the steps that change variables, under whatever name.

    Args:
        steps: the program's steps.
        imports: dotted paths by the names that they are imported as.
        live: the variables of interest after each step, as far as steps are of interest.

    Yields:
        The position of each such step, and those of its variables that it may change.
    """
    effects = SideEffects(imports)
    for position, (step, names) in enumerate(zip(steps, live, strict=False)):
        effects.run(step)
        changed = effects.changed(names)
        if changed:
            yield position, changed
