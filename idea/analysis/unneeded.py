"""Statements that provably can't reach the chosen fit: they show something, or fit another model.

What may stand in such a statement is listed, and whatever is not known is needed. So a statement
that was not carried over by mistake still runs when the rendered repo is compared with its
notebook.
"""

import ast
import copy
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from idea.analysis.also_read import AlsoRead
from idea.analysis.held_objects import HeldObjects, is_plain_mapping
from idea.analysis.idea import Idea
from idea.knowledge.estimators import COPIES, PACKAGES
from idea.knowledge.harmless import (
    ALL_NAMES,
    BUILTINS,
    CALLING,
    CHANGING,
    COLLECTING,
    DRAWING,
    FITTING,
    FUNCTIONS,
    MAKERS,
    METHODS,
    MODULES,
    PREDICTING,
    RETURNING,
    SEEDING,
    SHOWING,
    SPLITTING,
    TRANSFORMING,
    VALIDATING,
)
from idea.knowledge.readers import READERS
from idea.program import Script
from idea.program.dataflow import effects
from idea.program.inline import bound_arguments
from idea.program.names_used import root
from idea.syntax import callee_name, constant, keyword_value, mentions, parse, walk

Lines = tuple[int, int]

_DEEPEST = 5  # from one name to the next

_PARTS_OF_MODELS = ("named_estimators_", "named_steps", "named_transformers_")
_COMPOUND = (
    ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Slice | ast.Starred | ast.BinOp | ast.BoolOp
    | ast.UnaryOp | ast.Compare | ast.IfExp | ast.JoinedStr | ast.FormattedValue | ast.Subscript
    | ast.Attribute | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda
)  # fmt: skip


@dataclass(frozen=True)
class _Written:
    """A statement as its cell has it."""

    cell: int
    node: ast.stmt

    @property
    def lines(self) -> Lines:
        return self.node.lineno, self.node.end_lineno or self.node.lineno


def unneeded_lines(idea: Idea) -> dict[int, list[Lines]]:
    """Give the first and the last line of the statements, by cell, that can't reach the fit."""
    step = idea.script.program.steps[idea.reading.fit.position]
    before, fitting = _before(idea, step.cell, step.line)
    if fitting is None:
        return {}
    names = _Names(idea.script, [written.node for written in before])
    open_ = [written for written in before if names.is_harmless(written.node)]
    while True:
        left = [*_without_effect(open_, before, fitting, names)]
        if len(left) == len(open_):
            break
        open_ = left
    found: dict[int, list[Lines]] = {}
    for one in open_:
        found.setdefault(one.cell, []).append(one.lines)
    return {cell: list(_joined(lines, before, cell)) for cell, lines in found.items()}


def _without_effect(
    open_: list[_Written], before: list[_Written], fitting: ast.stmt, names: "_Names"
) -> Iterator[_Written]:
    """Give the open statements of which the others use nothing, in order.

    A name that is bound counts until it is bound anew. An object that is changed may have other
    names, so it counts everywhere, unless it is an estimator of which only methods are called.

    Args:
        open_: the statements that may be left out, as far as is known.
        before: all statements before the fit.
        fitting: the statement that fits.
        names: what the names stand for.
    """
    left_out = set(map(id, open_))
    kept = [fitting, *(one.node for one in before if id(one) not in left_out)]
    used = {name for node in kept for name in _needed(node)}
    inside = {name for node in kept for name in _used_later(node)}
    everything, live = bool(used & ALL_NAMES), _needed(fitting)
    every = [fitting, *(one.node for one in before)]
    changes = {id(one): names.changed(one.node) for one in before}
    shown = {
        id(part)
        for one in open_
        for part in walk(one.node)
        if isinstance(part, ast.Expr)
        or (isinstance(part, ast.Assign) and not _bound(part) & used)  # a name that nobody uses
    }
    single = {
        name for one in open_ for name in changes[id(one)] if _has_one_name(name, every, shown)
    }
    found: list[_Written] = []
    for one in reversed(before):
        bound, changed = _bound(one.node), changes[id(one)]
        alive = bound | (changed & single)
        is_used = bound | changed if everything else alive & (live | inside)
        is_used |= (changed - single) & used
        if id(one) in left_out and not is_used:
            found.append(one)
        else:
            live = (live - _bound_anew(one.node)) | _needed(one.node)
    yield from reversed(found)


@lru_cache(maxsize=8)
def needed_files(idea: Idea) -> tuple[AlsoRead, ...]:
    """Give the files that the notebook's cells read on their way to the fit, and no step."""
    skipped = unneeded_lines(idea)
    return tuple(
        each
        for each in idea.also_read
        if not any(first <= each.line <= last for first, last in skipped.get(each.cell, ()))
    )


def only_compared(idea: Idea) -> dict[str, Path]:
    """Give these files by their names in the repo, where it has them for nothing else."""
    others = {idea.file, *(each.name for each in idea.look_ups)}
    return {each.name: each.path for each in needed_files(idea) if each.name not in others}


def _before(idea: Idea, cell: int, line: int) -> tuple[list[_Written], ast.stmt | None]:
    """Give the statements that run before the one on a line, and that one.

    Args:
        idea: the result of the analysis.
        cell: the number of the cell.
        line: in that cell.
    """
    before: list[_Written] = []
    for one in idea.notebook.in_order():
        tree = parse(idea.script.current.get(one.number, one.code))
        for node in tree.body if tree else []:
            if one.number == cell and node.lineno <= line <= (node.end_lineno or 0):
                return before, node
            before.append(_Written(one.number, node))
    return before, None


def _joined(lines: list[Lines], before: Iterable[_Written], cell: int) -> Iterator[Lines]:
    """Join the lines of statements that follow each other.

    Args:
        lines: of the statements.
        before: all statements.
        cell: the number of the cell.
    """
    run: Lines | None = None
    for one in before:
        if one.cell != cell:
            continue
        if one.lines in lines:
            run = (run[0] if run else one.lines[0], one.lines[1])
        elif run:
            yield run
            run = None
    if run:
        yield run


class _Names:
    """What a notebook's names may stand for."""

    def __init__(self, script: Script, statements: Sequence[ast.stmt]) -> None:
        self.script = script
        self.own = {*script.functions, *script.classes}
        self.passed_on = ""  # what holds the other keywords of the function that is looked at
        self.assumed: frozenset[str] = frozenset()  # parameters that a call gives estimators
        self.pure: dict[str, bool] = {}
        self.definitions: dict[str, list[ast.FunctionDef]] = {}
        for node in statements:
            if isinstance(node, ast.FunctionDef):
                self.definitions.setdefault(node.name, []).append(node)
        self.methods = {
            part.name
            for node in script.classes.values()
            for part in node.body
            if isinstance(part, ast.FunctionDef)
        }
        self.held = HeldObjects(statements)
        self.is_seeded = any(mentions(node, *SEEDING) for node in statements)

    def is_harmless(self, node: ast.stmt) -> bool:
        """Tell whether a statement changes nothing but the names that it binds or fits."""
        match node:
            case ast.Pass() | ast.Break() | ast.Continue():
                return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=inner, attr=method)) as call) if (
                method in COLLECTING and self._is_own_collection(inner)
            ):
                return all(map(self.is_pure, [*call.args, *(k.value for k in call.keywords)]))
            case ast.AugAssign(target=target, value=value):
                return self.is_pure(value) and self._is_free_target(target, anew=False)
            case ast.Expr(value=value):
                return self.is_pure(value)
            case ast.Assign(targets=targets, value=value):
                return self.is_pure(value) and all(map(self._is_free_target, targets))
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
                rest = all(map(self.is_harmless, [*body, *orelse]))
                return rest and self.is_pure(iterable) and self._is_free_target(target)
            case ast.If(test=test, body=body, orelse=orelse):
                return self.is_pure(test) and all(map(self.is_harmless, [*body, *orelse]))
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=end):
                errors = [each.type for each in handlers if each.type is not None]
                inside = [each for handler in handlers for each in handler.body]
                rest = all(map(self.is_harmless, [*body, *inside, *orelse, *end]))
                return rest and all(map(self.is_pure, errors))
        return False

    def showing(self) -> set[str]:
        """Give the names of libraries that only show something."""
        paths = self.script.imports.items()
        found = {name for name, path in paths if path.split(".")[0] in SHOWING}
        return found - self.held.values.keys()

    def changed(self, node: ast.stmt) -> set[str]:
        """Give the names of what a harmless statement fits, fills or draws on."""
        changed = _changed(node)
        for call in walk(node):
            if isinstance(call, ast.Call):
                changed |= {root(model) or "" for model in self._given_models(call) if model}
        return {other for name in changed for other in self.held.reached(name)}

    def is_pure(self, node: ast.AST) -> bool:
        """Tell whether an expression changes nothing but estimators that it fits."""
        match node:
            case ast.Constant() | ast.Name():
                return True
            case ast.Call():
                return self._is_pure_call(node)
            case _ if isinstance(node, _COMPOUND):
                return all(
                    self.is_pure(child.value if isinstance(child, ast.keyword) else child)
                    for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.expr | ast.keyword)
                ) and all(
                    self.is_pure(part)
                    for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.comprehension)
                    for part in (child.iter, *child.ifs)
                )
        return False

    def _is_pure_call(self, call: ast.Call) -> bool:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not all(map(self._is_pure_keyword, call.keywords)):
            return False
        if not all(map(self.is_pure, arguments)) or self._hands_over_own(arguments):
            return False
        if callee_name(call) in CALLING and not self._is_pure_callable(arguments[:1]):
            return False
        if isinstance(call.func, ast.Name) and call.func.id in self.script.functions:
            is_pure = self._is_only_defined(call.func.id) and self._is_pure_function(call.func.id)
            return is_pure and all(map(self.is_model, self._given_models(call)))
        path = self.script.path(call.func)
        if path and root(call.func) not in self.held.values:
            first = arguments[0] if arguments else None
            return (
                path.split(".")[0] in SHOWING
                or path in FUNCTIONS
                or path.startswith(tuple(f"{module}." for module in MODULES))
                or (path in READERS and first is not None and self.is_text(first))
                or (path in VALIDATING and first is not None and self.is_model(first))
                or _is_class_of_library(path)
                or (path in DRAWING and not self.is_seeded)
                or (path in SPLITTING and (self._is_drawn_alike(call) or not self.is_seeded))
            )
        match call.func:
            case ast.Name(id=name):
                return name in BUILTINS and name not in self.held.values and name not in self.own
            case ast.Attribute(value=receiver, attr=method) if self.is_pure(receiver):
                estimates = method in FITTING | TRANSFORMING
                if (estimates or method in PREDICTING) and self.is_model(receiver):
                    return True  # also where a class of the notebook has such a method
                if estimates or method in self.methods:
                    return False
                return method in METHODS | PREDICTING or self._is_drawn(root(receiver) or "")
        return False

    @staticmethod
    def _is_drawn_alike(call: ast.Call) -> bool:
        """Tell whether a call draws with a random state of its own."""
        return isinstance(constant(keyword_value(call, "random_state")), int)

    def _is_pure_keyword(self, keyword: ast.keyword) -> bool:
        if keyword.arg is not None:
            return keyword.arg not in CHANGING
        if isinstance(keyword.value, ast.Name) and keyword.value.id == self.passed_on:
            return True
        return is_plain_mapping(self.held, keyword.value, CHANGING)

    def _given_models(self, call: ast.Call) -> list[ast.expr | None]:
        """Give the arguments of a call that one of the notebook's functions fits or asks.

        One that is not known is None.
        """
        its = self.definitions.get(call.func.id, []) if isinstance(call.func, ast.Name) else []
        found: list[ast.expr | None] = []
        for function in its:
            used = _used_as_models(function)
            given = bound_arguments(function, call) if used else None
            found += [given.get(name) if given else None for name in sorted(used)]
        return found

    def _is_pure_function(self, name: str) -> bool:
        """Tell whether one of the notebook's own functions changes nothing but its own names."""
        if name not in self.pure:
            self.pure[name] = False  # as long as it is looked at: it may call itself
            self.pure[name] = all(map(self._does_nothing_outside, self.definitions[name]))
        return self.pure[name]

    def _does_nothing_outside(self, function: ast.FunctionDef) -> bool:
        given = function.args
        parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        parameters += [each for each in (given.vararg, given.kwarg) if each is not None]
        if function.decorator_list or not all(map(self.is_pure, given.defaults)):
            return False
        inside = copy.copy(self)
        inside.held, made = self.held.within(function.body, [each.arg for each in parameters])
        inside.passed_on = given.kwarg.arg if given.kwarg else ""
        inside.assumed = _used_as_models(function)
        own = (made - {each.arg for each in parameters}) | inside.assumed
        *before, last = _without_docstring(function.body)
        returned = last.value if isinstance(last, ast.Return) else None
        if not isinstance(last, ast.Return):
            before.append(last)
        return (
            all(map(inside.is_harmless, before))
            and (returned is None or inside.is_pure(returned))
            and all(inside.changed(each) <= own | inside.showing() for each in function.body)
        )

    def _hands_over_own(self, arguments: Iterable[ast.expr]) -> bool:
        """Tell whether a call may call one of the notebook's own functions that may change more."""
        parts = [part for argument in arguments for part in walk(argument)]
        called = {id(part.func) for part in parts if isinstance(part, ast.Call)}
        return any(
            isinstance(part, ast.Name) and part.id in self.own and not self._is_pure_own(part.id)
            for part in parts
            if id(part) not in called
        )

    def _is_pure_callable(self, first: Sequence[ast.expr]) -> bool:
        """Tell whether an argument is no function, or one that changes nothing."""
        for argument in first:
            match argument:
                case ast.Name(id=name) if name not in self.own:
                    values = self.held.values.get(name, [])
                    if not all(isinstance(value, ast.Dict | ast.Lambda) for value in values):
                        return False
                    if not all(self.is_pure(value) for value in values if value is not None):
                        return False
                case ast.Attribute():
                    path = self.script.path(argument) or ""
                    if path not in FUNCTIONS and not path.startswith(("numpy.", "scipy.stats.")):
                        return False
        return True

    def _is_pure_own(self, name: str) -> bool:
        """Tell whether a name only ever stands for a function that changes but its own names."""
        fits = any(map(_used_as_models, self.definitions.get(name, [])))
        return self._is_only_defined(name) and not fits and self._is_pure_function(name)

    def _is_only_defined(self, name: str) -> bool:
        """Tell whether a name only ever stands for functions that the notebook defines."""
        its = self.definitions.get(name, [])
        return bool(its) and self.held.values.get(name) == [None] * len(its)

    def is_model(self, node: ast.expr | None, on_the_way: frozenset[str] = frozenset()) -> bool:
        """Tell whether an expression is an estimator of a library, and nothing else.

        Args:
            node: the expression.
            on_the_way: what leads to it: a loop may go through a list that it has filled.
        """
        if len(on_the_way) > 2 * _DEEPEST:
            return False
        match node:
            case ast.Name(id=name) if name in on_the_way or name in self.assumed:
                return True
            case ast.Name(id=name):
                values, names = self.held.values.get(name, []), on_the_way | {name}
                return bool(values) and all(self.is_model(value, names) for value in values)
            case ast.Attribute(value=inner, attr="best_estimator_"):
                return self.is_model(inner, on_the_way)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in RETURNING:
                return self.is_model(inner, on_the_way)
            case (
                ast.Attribute(value=ast.Attribute(value=inner, attr=named))
                | ast.Subscript(value=ast.Attribute(value=inner, attr=named))
            ) if named in _PARTS_OF_MODELS:
                return self.is_model(inner, on_the_way)
            case ast.Starred() | ast.Subscript():
                parts, deeper = self.held.part(node), on_the_way | {ast.unparse(node)}
                return bool(parts) and all(self.is_model(part, deeper) for part in parts or ())
            case ast.Call(func=function, args=[inner, *_]) if self.script.path(function) in COPIES:
                return self.is_model(inner, on_the_way)
            case ast.Call(func=function, args=arguments, keywords=keywords):
                given = [*arguments, *(keyword.value for keyword in keywords)]
                lambdas = any(isinstance(n, ast.Lambda) for g in given for n in walk(g))
                path = self.script.path(function) or ""
                return _is_class_of_library(path) and not lambdas and self._is_pure_call(node)
        return False

    def is_text(self, node: ast.expr | None, depth: int = 0) -> bool:
        """Tell whether an expression is a path: no open file, which reading changes."""
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr():
                return True
            case ast.BinOp(left=left, right=right):
                return self.is_text(left, depth) or self.is_text(right, depth)
            case ast.Name(id=name) if depth <= _DEEPEST:
                values = self.held.values.get(name, [])
                return bool(values) and all(self.is_text(value, depth + 1) for value in values)
        return False

    def _is_drawn(self, name: str) -> bool:
        """Tell whether a name only ever stands for what a plotting library gives."""
        values = self.held.values.get(name, [])
        return bool(values) and all(
            isinstance(value, ast.Call)
            and (
                (self.script.path(value.func) or "").split(".")[0] in SHOWING
                or callee_name(value) in {"boxplot", "hist", "plot"} - self.methods
            )
            for value in values
        )

    def _is_own_collection(self, node: ast.expr) -> bool:
        """Tell whether what is filled was made for one variable, or by a dict that one holds."""
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=key) if self.held.makes_lists(name):
                return self.is_pure(key)
        return self.held.is_own(node)

    def _is_free_target(self, target: ast.expr, anew: bool = True) -> bool:
        """Tell whether to store there changes nothing but one variable's own object.

        Args:
            target: where something is stored.
            anew: whether a variable is bound anew, and what it held before stays.
        """
        match target:
            case ast.Name():
                return anew or self.held.is_own(target)
            case ast.Subscript(value=inner, slice=key) if self.held.is_own(_without_indexer(inner)):
                return self.is_pure(key)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return all(map(self._is_free_target, parts))
            case ast.Subscript(value=inner) | ast.Attribute(value=inner):
                path = self.script.path(inner) or ""
                return path.split(".")[0] in SHOWING or self._is_drawn(root(inner) or "")
        return False


def _used_as_models(function: ast.FunctionDef) -> frozenset[str]:
    """Give the parameters that a function fits or asks for predictions, and never binds anew."""
    parameters = {each.arg for each in [*function.args.posonlyargs, *function.args.args]}
    bound = {name for statement in function.body for name in _bound(statement)}
    return frozenset(
        part.func.value.id
        for part in walk(function)
        if isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in FITTING | PREDICTING
        and isinstance(part.func.value, ast.Name)
        and part.func.value.id in parameters - bound
    )


def _without_indexer(node: ast.expr) -> ast.expr:
    """Give the frame of `frame.loc`."""
    match node:
        case ast.Attribute(value=inner, attr="at" | "iat" | "iloc" | "loc"):
            return inner
    return node


def _is_class_of_library(path: str) -> bool:
    """Tell whether a path is a class, or a maker, of a library of estimators."""
    known = path.split(".")[0] in PACKAGES | {"optuna"}
    return path in MAKERS or (known and path.rpartition(".")[2][:1].isupper())


def _loaded(node: ast.AST) -> set[str]:
    parts = walk(node)
    found = {n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return found | {
        part.target.id
        for part in parts
        if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)
    }


def _needed(node: ast.stmt) -> set[str]:
    """Give the names that a statement takes from those before it."""
    if isinstance(node, ast.For | ast.While | ast.If | ast.With | ast.Try | ast.FunctionDef):
        return set(effects(node).uses)
    return _loaded(node)


def _has_one_name(name: str, statements: Iterable[ast.stmt], shown: Container[int]) -> bool:
    """Tell whether nothing but a variable ever stands for what it holds: its methods are called.

    Args:
        name: the variable.
        statements: all that there are.
        shown: the identities of harmless statements, which may show it, and keep nothing that
            the others use.
    """
    every = [part for statement in statements for part in _simple(statement, name)]
    stored = {each for statement in every for each in _bound(statement)}
    for statement in every:
        if id(statement) in shown and not any(
            isinstance(part, ast.Attribute) and part.attr in COLLECTING for part in walk(statement)
        ):
            continue
        attributes, loads = 0, 0
        for part in walk(statement):
            match part:
                case ast.Attribute(value=ast.Name(id=found)) if found == name:
                    attributes += 1
                case ast.Name(id=found, ctx=ast.Load()) if found == name:
                    loads += 1
        if attributes != loads:
            return False
        match statement:
            case ast.Expr():
                continue
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                if root(value) in stored - {name}:
                    return False
                continue
        if name in _bound(statement):
            return False
        if loads and not all(_gives_values(part, name) for part in walk(statement)):
            return False
    return True


def _simple(statement: ast.stmt, name: str) -> Iterator[ast.stmt]:
    """Give the statements of loops and conditions in which a variable is used, each by itself."""
    match statement:
        case ast.For(target=head, iter=iterable) if not any(
            name in _loaded(part) | _bound(part) for part in (head, iterable)
        ):
            inside = [*statement.body, *statement.orelse]
        case ast.If(test=test) if name not in _loaded(test):
            inside = [*statement.body, *statement.orelse]
        case _:
            yield statement
            return
    for each in inside:
        yield from _simple(each, name)


def _gives_values(node: ast.AST, name: str) -> bool:
    """Tell whether an attribute of a variable holds, or gives, no estimator."""
    match node:
        case ast.Attribute(value=ast.Name(id=found), attr=attribute) if found == name:
            fitted = attribute.endswith("_") and "estimator" not in attribute
            return fitted or attribute in PREDICTING | (FITTING - RETURNING)
    return True


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), _, *_]:
            return body[1:]
    return body


def _used_later(node: ast.AST) -> set[str]:
    """Give the names in code of a statement that may run after it."""
    later = [
        part
        for part in walk(node)
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
        or (isinstance(part, ast.GeneratorExp) and part is getattr(node, "value", None))
    ]
    return {name for part in later for name in _loaded(part)}


def _bound_anew(node: ast.stmt) -> set[str]:
    """Give the names that a statement binds in any case, whatever they stood for."""
    match node:
        case ast.Assign(targets=targets):
            parts = [p for t in targets for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
            return {part.id for part in parts if isinstance(part, ast.Name)}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {each.asname or each.name.partition(".")[0] for each in names}
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
    return set()


def _bound(node: ast.AST) -> set[str]:
    """Give the names that a harmless statement binds."""
    return {
        part.id
        for part in walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del)
    }


def _changed(node: ast.stmt) -> set[str]:
    """Give the names by which a harmless statement fits, fills or draws on something."""
    found = set()
    for part in walk(node):
        match part:
            case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if (
                method in FITTING | COLLECTING
            ):
                found.add(root(receiver) or "")
            case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                found.add(root(part) or "")
            case ast.AugAssign(target=ast.Name(id=name)):
                found.add(name)
    return found - {""}
