"""Gives an object that has several names one: what is changed under one name is changed."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from idea.knowledge.pandas_methods import MUTATORS
from idea.program.dataflow import Step
from idea.program.names_used import free_names
from idea.syntax import constant, copied, walk


def without_aliases(steps: Iterable[Step]) -> list[Step]:
    """Use the first of several names of an object, as long as all of them are its names.

    Of ``b = df``, ``b["x"] = 1``, ``b = b.dropna()`` it makes ``df["x"] = 1``, ``b = df``,
    ``b = b.dropna()``; ``tables[0]["x"] = 1`` after ``tables = [df, test]`` becomes
    ``df["x"] = 1``. Names that nothing is changed under stay.

    Args:
        steps: the statements, in order; they are not changed.
    """
    done = list(steps)
    deferred = _used_later(done)
    at = 0
    while at < len(done):
        alias = _alias(done[at].node)
        if alias is not None and not alias.names & deferred:
            new = _without(alias, at, done)
            if new is not done:  # what follows has moved up
                done = new
                continue
        at += 1
    return done


@dataclass(frozen=True)
class _Alias:
    """Another name for an object, or a container of objects.

    Attributes:
        name: the name.
        value: the variable, or the list, tuple or dict of variables.
    """

    name: str
    value: ast.expr

    @cached_property
    def originals(self) -> set[str]:
        """The variables that it stands for."""
        return free_names(self.value)

    @cached_property
    def names(self) -> set[str]:
        """All names of the objects."""
        return {self.name, *self.originals}

    def entry(self, key: object) -> ast.expr | None:
        """Give the variable that an item of the container is."""
        match self.value:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) if isinstance(key, int):
                return parts[key] if -len(parts) <= key < len(parts) else None
            case ast.Dict(keys=keys, values=values):
                return next(
                    (v for k, v in zip(keys, values, strict=True) if constant(k) == key), None
                )
        return None


def _alias(node: ast.stmt) -> _Alias | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            match value:
                case ast.Name():
                    parts: Sequence[ast.expr] = [value]
                case ast.List(elts=parts) | ast.Tuple(elts=parts):
                    pass
                case ast.Dict(keys=keys, values=parts) if all(
                    isinstance(key, ast.Constant) for key in keys
                ):
                    pass
                case _:
                    return None
            alike = parts and all(isinstance(part, ast.Name) for part in parts)
            if alike and name not in free_names(value):
                return _Alias(name, value)
    return None


def _used_later(steps: Iterable[Step]) -> set[str]:
    """Find the names that functions and classes take from outside: they are read when called."""
    return {
        name
        for step in steps
        for node in walk(step.node)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)
        for name in free_names(node)
    }


def _without(alias: _Alias, at: int, steps: list[Step]) -> list[Step]:
    """Use the first names up to the statement that ends the sharing.

    Args:
        alias: the other name.
        at: the position of the statement that makes it.
        steps: the statements.

    Returns:
        The statements; as they were if nothing is changed under one of the names.
    """
    end = next((n for n in range(at + 1, len(steps)) if _parts(alias, steps[n])), len(steps))
    between = steps[at + 1 : end]
    renamed = [_renamed(step, alias) for step in between]
    if not _matters(alias, between, renamed, steps[end:]):
        return steps
    rest = [steps[at], *steps[end:]] if end < len(steps) else []
    return [*steps[:at], *renamed, *rest]


def _parts(alias: _Alias, step: Step) -> bool:
    """Tell whether a statement gives one of the names to another object."""
    names = alias.names
    if names & step.effects.makes:
        return True
    if not names & (step.effects.changes | step.effects.uses | step.free_names):
        return False
    if names & {
        part.id
        for part in walk(step.node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del)
    }:
        return True
    return not isinstance(alias.value, ast.Name) and _fills(alias.name, step.node)


def _fills(container: str, node: ast.stmt) -> bool:
    """Tell whether a statement changes which objects a container holds."""
    for part in walk(node):
        match part:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                if name == container:
                    return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                if name == container and method in MUTATORS:
                    return True
    return False


def _renamed(step: Step, alias: _Alias) -> Step:
    if alias.name not in step.free_names:
        return step
    return replace(step, node=_Rename(alias).visit(copied(step.node)))


def _matters(
    alias: _Alias, before: Sequence[Step], after: Sequence[Step], later: Sequence[Step]
) -> bool:
    """Tell whether something is changed under one name, and another one is used afterwards.

    Args:
        alias: the other name.
        before: the statements while the names are shared.
        after: these statements with the first names.
        later: the statements after these.
    """
    last = {
        name: number
        for number, step in enumerate((*before, *later))
        for name in step.free_names & alias.names
    }
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        changed = new.effects.changes & alias.originals
        under_alias = new is not old and not changed <= old.effects.changes
        used = changed if under_alias else {alias.name}
        if changed and any(last.get(name, -1) > number for name in used):
            return True
    return False


class _Rename(ast.NodeTransformer):
    """Writes the first name, or the container of first names, for another name."""

    def __init__(self, alias: _Alias) -> None:
        self.alias = alias

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Give ``df`` for ``tables[0]``."""
        if isinstance(node.value, ast.Name) and node.value.id == self.alias.name:
            found = self.alias.entry(_index(node.slice))
            if found is not None:
                return copied(found)
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Give ``df`` for ``b``."""
        return copied(self.alias.value) if node.id == self.alias.name else node


def _index(node: ast.expr) -> object:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
    return constant(node)
