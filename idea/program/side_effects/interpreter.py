"""Runs statements and expressions abstractly."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from idea.knowledge.shared_objects import CHANGE_FIRST, FRAME_MUTATORS
from idea.program.dataflow import Step
from idea.program.names_used import stored_names
from idea.program.side_effects.calls import Arguments, Calls
from idea.program.side_effects.heap import (
    NONE,
    Code,
    Function,
    Object,
    Objects,
    Scope,
    Sort,
    TooMuch,
)
from idea.syntax import constant, import_path, keyword_value, parse, walk

_EXPRESSION = 10  # what an expression costs, in objects that are looked at
_NAMESPACES = frozenset({"globals", "locals", "vars"})


class Interpreter(Calls):
    """Runs steps abstractly, and tells which variables each may change."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        """Start before the first step, with the dotted paths of imported names."""
        super().__init__()
        self._imports = imports
        self._globals = Scope()
        self._rebound: set[str] = set()  # variables that a function binds
        self._everything = False  # whether the step may change anything
        self._weak = 0  # depth of code that may not run

    def run(self, step: Step) -> None:
        """Run a step."""
        self._heap.changed, self._rebound, self._done = set(), set(), {}
        self._everything, self._heap.work = False, 0
        try:
            match step.node:
                case ast.Assign(targets=targets) if step.role:
                    for target in targets:  # tables and their parts are objects of their own
                        self._store(target, self._heap.new(Sort.FRAME), self._globals)
                case node:
                    self._statement(node, self._globals)
        except (TooMuch, RecursionError):
            self._everything = True

    def changed(self, names: Iterable[str]) -> frozenset[str]:
        """Give those of some variables whose objects the last step may have changed."""
        if self._everything:
            return frozenset(names)
        self._heap.work = 0
        try:
            return frozenset(
                name
                for name in names
                if name in self._rebound
                or self._heap.reachable(self._globals.names.get(name, NONE)) & self._heap.changed
            )
        except TooMuch:
            return frozenset(names)

    # statements

    @contextmanager
    def _maybe(self) -> Iterator[None]:
        """Run code that may not run, or run again."""
        self._weak += 1
        try:
            yield
        finally:
            self._weak -= 1

    def _run_body(self, function: Function, scope: Scope) -> None:
        weak, self._weak = self._weak, 0  # its variables are new at each call
        try:
            if isinstance(function, ast.Lambda):
                self._returned[-1] |= self._value(function.body, scope)
            else:
                self._block(function.body, scope)
        finally:
            self._weak = weak

    def _block(self, nodes: Iterable[ast.stmt], scope: Scope) -> None:
        for node in nodes:
            self._statement(node, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value, scope)
            case ast.AugAssign(target=target, value=value):
                given = self._value(value, scope)
                if isinstance(target, ast.Name):
                    self._heap.change(scope.find(target.id) or NONE, self._heap.elements(given))
                    if target.id in scope.declared:
                        self._rebind(target.id, given, scope.declared[target.id])
                else:
                    self._store(target, given, scope)
            case (
                ast.For(target=target, iter=iterable, body=body, orelse=orelse)
                | ast.AsyncFor(target=target, iter=iterable, body=body, orelse=orelse)
            ):
                elements = self._heap.elements(self._value(iterable, scope))
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
                        self._store(item.optional_vars, given | self._heap.held(given), scope)
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
                    made |= self._heap.new(Sort.HOLDER, made)
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
                        self._store(target, NONE, scope)
            case ast.Global(names=names):
                scope.declared.update(dict.fromkeys(names, self._globals))
            case ast.Nonlocal(names=names) if scope.outer is not None:
                scope.declared.update(dict.fromkeys(names, scope.outer))
            case ast.Match(subject=subject, cases=cases):
                given = self._value(subject, scope)
                with self._maybe():
                    for each in cases:
                        for part in walk(each.pattern):
                            if isinstance(part, ast.MatchAs) and part.name:
                                self._bind(part.name, given | self._heap.held(given), scope)
                        self._block(each.body, scope)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._value(child, scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        inside = Scope(outer=scope)
        self._block(node.body, inside)
        methods = {s.name: s for s in node.body if isinstance(s, ast.FunctionDef)}
        for base in node.bases:
            for one in self._value(base, scope):
                methods = {**self._heap[one].methods, **methods}
        held = {one for objects in inside.names.values() for one in objects}
        made = Object(Sort.HOLDER, held, methods=methods, made_in=scope, is_class=True)
        self._bind(node.name, self._heap.add(made), scope)

    def _function(self, node: Function, scope: Scope) -> Objects:
        arguments = node.args
        defaults = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
        held = {one for each in defaults for one in self._value(each, scope)}
        return self._heap.add(Object(Sort.HOLDER, held, code=Code(node, scope)))

    # binding

    def _assign(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
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
                    self._heap.change(self._value(_as_value(target), scope))
                self._store(target, self._value(value, scope), scope)

    def _store(self, target: ast.expr, objects: Objects, scope: Scope) -> None:
        match target:
            case ast.Name(id=name):
                self._bind(name, objects, scope)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                inside = self._heap.elements(objects) | objects
                for part in parts:
                    self._store(part, inside, scope)
            case ast.Starred(value=inner):
                self._store(inner, objects | self._heap.new(Sort.HOLDER, objects), scope)
            case ast.Subscript(value=inner, slice=index):
                self._value(index, scope)
                if _is_namespace(inner):
                    key = constant(index)
                    if isinstance(key, str):
                        self._rebind(key, objects, self._globals)
                    else:
                        self._everything = True
                    return
                self._heap.change(self._value(inner, scope), objects)
            case ast.Attribute(value=inner):
                self._heap.change(self._value(inner, scope), objects)

    def _bind(self, name: str, objects: Objects, scope: Scope) -> None:
        if name in scope.declared:
            self._rebind(name, objects, scope.declared[name])
        elif self._weak and name in scope.names:
            scope.names[name] |= objects
        else:
            scope.names[name] = objects

    def _rebind(self, name: str, objects: Objects, scope: Scope) -> None:
        """Bind a name of another scope."""
        scope.names[name] = scope.names.get(name, NONE) | objects
        if scope is self._globals:
            self._rebound.add(name)

    # expressions

    def _value(self, node: ast.expr, scope: Scope) -> Objects:
        """Give the objects that an expression may be."""
        self._heap.count(_EXPRESSION)
        match node:
            case ast.Name(id=name):
                return scope.find(name) or NONE
            case ast.Attribute(value=inner, attr=attribute):
                return self._attribute(self._value(inner, scope), attribute)
            case ast.Subscript(value=inner, slice=index):
                self._value(index, scope)
                if _is_namespace(inner):
                    key = constant(index)
                    if isinstance(key, str):
                        return self._globals.names.get(key, NONE)
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
                return self._heap.new(Sort.HOLDER, self._children(node, scope))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._value(test, scope)
                return self._value(body, scope) | self._value(orelse, scope)
            case ast.BinOp(left=left, right=right):
                return self._computed(self._value(left, scope) | self._value(right, scope))
            case ast.Compare() | ast.UnaryOp():
                return self._computed(self._children(node, scope))
            case ast.Yield(value=ast.expr() as value) | ast.YieldFrom(value=value):
                given = self._value(value, scope)
                made = self._heap.new(Sort.HOLDER, given | self._heap.held(given))
                if self._returned:
                    self._returned[-1] |= made
                return NONE
        return self._children(node, scope)

    def _children(self, node: ast.AST, scope: Scope) -> Objects:
        found = NONE
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                found |= self._value(child, scope)
            elif not isinstance(child, ast.expr_context):
                found |= self._children(child, scope)
        return found

    def _computed(self, operands: Objects) -> Objects:
        """Give the result of arithmetic: new values, or a list of what two lists hold."""
        if not operands:
            return NONE
        if self._heap.of_sort(operands, Sort.FRAME):
            return self._heap.new(Sort.FRAME)
        if self._heap.of_sort(operands, Sort.ARRAY):
            return self._heap.new(Sort.ARRAY)
        return self._heap.new(Sort.HOLDER, self._heap.held(operands))

    def _part(self, objects: Objects) -> Objects:
        """Give what an index takes out of objects."""
        found = self._heap.held(objects) | self._heap.of_sort(objects, Sort.ARRAY)
        if self._heap.of_sort(objects, Sort.FRAME):
            found |= self._heap.new(Sort.FRAME)
        return found

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope
    ) -> Objects:
        inside = Scope(outer=scope)
        with self._maybe():
            for generator in node.generators:
                elements = self._heap.elements(self._value(generator.iter, inside))
                self._store(generator.target, elements, inside)
                for test in generator.ifs:
                    self._value(test, inside)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            held = frozenset(one for part in parts for one in self._value(part, inside))
        return self._heap.new(Sort.HOLDER, held)

    # calls

    def _call(self, node: ast.Call, scope: Scope) -> Objects:
        arguments = self._arguments(node, scope)
        self._heap.change(arguments.named.get("out", NONE))
        own = isinstance(node.func, ast.Name) and scope.find(node.func.id) is not None
        path = None if own else import_path(node.func, self._imports)
        if path is not None:
            return self._library(path, arguments)
        match node.func:
            case ast.Name(id=name) if not own:
                return self._builtin(name, node, arguments)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                return NONE
            case ast.Attribute(value=inner, attr=method):
                receiver = self._value(inner, scope)
                in_place = keyword_value(node, "inplace")
                if in_place is not None and constant(in_place) is not False:
                    self._heap.change(receiver)
                return self._method(receiver, method, arguments)
        return self._called(self._value(node.func, scope), arguments)

    def _arguments(self, node: ast.Call, scope: Scope) -> Arguments:
        given = [self._value(argument, scope) for argument in node.args]
        named = {key.arg or "**": self._value(key.value, scope) for key in node.keywords}
        if not _has_star(*node.args) and "**" not in named:
            return Arguments(given, named)
        every = Arguments(given, named).every
        return Arguments([every | self._heap.held(every)], named, anywhere=True)

    def _builtin(self, name: str, node: ast.Call, arguments: Arguments) -> Objects:
        """Call a function of Python.

        Args:
            name: its name.
            node: the call.
            arguments: what it is given.
        """
        if name in ("exec", "eval"):
            return self._executed(constant(node.args[0]) if node.args else None)
        if name in _NAMESPACES:
            held = self._heap.held(arguments.every)
            return held if node.args else self._heap.new(Sort.HOLDER, self._namespace())
        if name in CHANGE_FIRST:
            self._heap.change(arguments.first, arguments.every)
            return NONE
        if name == "getattr":
            attribute = constant(node.args[1]) if len(node.args) > 1 else None
            if attribute in FRAME_MUTATORS:
                self._heap.change(arguments.first)
            named = attribute if isinstance(attribute, str) else ""
            return self._attribute(arguments.first, named)
        return self._handed_on(name, arguments)

    def _executed(self, code: object) -> Objects:
        """Run the code in a text; one that is not written out may do anything."""
        tree = parse(code) if isinstance(code, str) else None
        if tree is None:
            self._everything = True
            return self._namespace()
        found = NONE
        for statement in tree.body:
            if isinstance(statement, ast.Expr):
                found = self._value(statement.value, self._globals)
            else:
                self._statement(statement, self._globals)
                self._rebound |= stored_names(statement)
        return found

    def _namespace(self) -> Objects:
        """Give all that the program's variables hold."""
        return frozenset(one for each in self._globals.names.values() for one in each)


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


def _as_value(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body


def _has_star(*nodes: ast.expr) -> bool:
    return any(isinstance(node, ast.Starred) for node in nodes)


def _is_namespace(node: ast.expr) -> bool:
    """Tell whether an expression is ``globals()``, or ``locals()`` at the top."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[]):
            return name in _NAMESPACES
    return False
