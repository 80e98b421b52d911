"""Objects that may hold each other, and the variables that stand for them."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

_MOST_WORK = 200_000  # objects that one statement may lead to, each as often as it does

Objects = frozenset[int]  # by their numbers on the heap
NONE: Objects = frozenset()
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class TooMuch(Exception):
    """A statement takes too long to follow."""


class Sort(Enum):
    """What an object is, as far as it matters for sharing."""

    FRAME = 0  # a frame, a series, an index: parts of it are copies
    ARRAY = 1  # parts of it are the same memory
    HOLDER = 2  # holds other objects: a list, a dict, an instance, a closure
    TOOL = 3  # of a library, such as an estimator or a plot: keeps no rows, gives new ones


@dataclass
class Scope:
    """Variables, and the scope around them.

    Attributes:
        names: the objects that each variable may be.
        outer: the scope around.
        declared: the scopes of the names in `global` and `nonlocal`.
    """

    names: dict[str, Objects] = field(default_factory=dict)
    outer: "Scope | None" = None
    declared: dict[str, "Scope"] = field(default_factory=dict)

    def find(self, name: str) -> Objects | None:
        """Give the objects of a name; None if nothing binds it."""
        if name in self.declared:
            return self.declared[name].find(name)
        if name in self.names:
            return self.names[name]
        return self.outer.find(name) if self.outer is not None else None


@dataclass(frozen=True)
class Code:
    """What runs when an object is called.

    Attributes:
        function: the code.
        scope: where it was defined.
        me: what `self` is in it; None for a plain function.
    """

    function: Function
    scope: Scope
    me: int | None = None


@dataclass
class Object:
    """An object.

    Attributes:
        sort: what it is.
        held: the objects that it holds.
        code: what runs when it is called; None if it is no function.
        methods: the methods of the notebook's own class that it is, or is made of.
        made_in: where that class was defined; None for everything else.
        is_class: whether it is the class itself.
    """

    sort: Sort
    held: set[int] = field(default_factory=set)
    code: Code | None = None
    methods: Mapping[str, ast.FunctionDef] = field(default_factory=dict)
    made_in: Scope | None = None
    is_class: bool = False


class Heap:
    """All objects, and those that a statement changes.

    Attributes:
        copy: stands for whatever copy of rows a library hands to a function.
        changed: the objects that the current statement may change.
        work: how many objects were looked at for it.
    """

    def __init__(self) -> None:
        """Start with no object but the copy."""
        self.work = 0
        self._objects: list[Object] = [Object(Sort.FRAME)]
        self.copy: Objects = frozenset({0})
        self.changed: set[int] = set()

    def __getitem__(self, number: int) -> Object:
        """Give an object by its number."""
        return self._objects[number]

    def add(self, new: Object) -> Objects:
        """Add an object."""
        self._objects.append(new)
        return frozenset({len(self._objects) - 1})

    def count(self, objects: int) -> None:
        """Count objects that are looked at.

        Raises:
            TooMuch: when there are too many for one statement.
        """
        self.work += objects
        if self.work > _MOST_WORK:
            raise TooMuch

    def new(self, sort: Sort, held: Iterable[int] = ()) -> Objects:
        """Add an object that holds others."""
        return self.add(Object(sort, set(held)))

    def held(self, objects: Iterable[int]) -> Objects:
        """Give what objects hold."""
        found = frozenset().union(*(self._objects[one].held for one in objects))
        self.count(len(found))
        return found

    def reachable(self, objects: Iterable[int]) -> set[int]:
        """Give objects, what they hold, what that holds, and so on."""
        found: set[int] = set()
        left = list(objects)
        while left:
            one = left.pop()
            if one not in found:
                found.add(one)
                held = self._objects[one].held
                self.count(1 + len(held))
                left += held
        return found

    def of_sort(self, objects: Iterable[int], *sorts: Sort) -> Objects:
        """Give the objects of some sorts."""
        return frozenset(one for one in objects if self._objects[one].sort in sorts)

    def elements(self, objects: Iterable[int]) -> Objects:
        """Give what a loop over objects goes through."""
        return self.held(objects) | self.of_sort(objects, Sort.ARRAY)

    def change(self, objects: Iterable[int], held: Iterable[int] = ()) -> None:
        """Note that objects change, and what they hold from then on."""
        for one in objects:
            self.changed.add(one)
            if self._objects[one].sort is Sort.HOLDER:
                self._objects[one].held.update(held)
            elif self._objects[one].sort is Sort.TOOL:  # a pipeline fits its steps
                self.changed |= self.of_sort(self.reachable({one}), Sort.TOOL)
