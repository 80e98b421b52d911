"""What a call changes, and which objects it may give back."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
from idea.program.side_effects.heap import NONE, Code, Function, Heap, Object, Objects, Scope, Sort

_DEEPEST = 6  # calls inside calls


@dataclass(frozen=True)
class Arguments:
    """The objects that a call is given.

    Attributes:
        given: by position.
        named: by name.
        anywhere: whether each may go to any parameter, as with ``*arguments``.
    """

    given: Sequence[Objects] = ()
    named: Mapping[str, Objects] = field(default_factory=dict)
    anywhere: bool = False

    @property
    def every(self) -> Objects:
        """All of them."""
        return frozenset(one for each in (*self.given, *self.named.values()) for one in each)

    @property
    def first(self) -> Objects:
        """The first by position."""
        return self.given[0] if self.given else NONE


class Calls(ABC):
    """Follows calls of functions, methods and classes; what is in them is run by a subclass."""

    def __init__(self) -> None:
        """Start with no object."""
        self._heap = Heap()
        self._stack: list[Function] = []
        self._returned: list[set[int]] = []
        self._done: dict[tuple[Function, Objects], Objects] = {}  # what a step's calls returned

    @abstractmethod
    def _run_body(self, function: Function, scope: Scope) -> None:
        """Run a function's statements or expression."""

    def _attribute(self, objects: Objects, attribute: str) -> Objects:
        """Give an attribute of objects."""
        found = NONE
        self._heap.count(len(objects))
        for one in objects:
            it = self._heap[one]
            if it.sort is Sort.FRAME:
                if attribute in FRAME_PARTS:
                    found |= {one}
                else:
                    found |= self._heap.new(Sort.ARRAY if attribute == "values" else Sort.FRAME)
            elif it.sort is Sort.ARRAY:
                found |= {one} if attribute in ARRAY_VIEWS else self._heap.new(Sort.ARRAY)
            elif it.sort is Sort.TOOL:
                found |= it.held | self._heap.new(Sort.FRAME)
            elif attribute in it.methods and it.made_in is not None:
                method = it.methods[attribute]
                me = None if _is_decorated(method, "staticmethod") else one
                bound = self._heap.add(
                    Object(Sort.HOLDER, {one}, code=Code(method, it.made_in, me))
                )
                is_value = _is_decorated(method, "property", "cached_property")
                found |= self._called(bound, Arguments()) if is_value else bound
            else:
                found |= it.held
        return found

    def _called(self, called: Iterable[int], arguments: Arguments) -> Objects:
        """Call objects: functions, classes, instances, and what holds some of them."""
        found = NONE
        for one in called:
            it = self._heap[one]
            if it.code is not None:
                found |= self._run_code(it, it.code, arguments)
            elif it.is_class:
                found |= self._instance(it, arguments)
            elif "__call__" in it.methods:
                found |= self._called(self._attribute(frozenset({one}), "__call__"), arguments)
            else:
                every = arguments.every | it.held
                found |= self._run_any(frozenset(it.held), every) | every
        return found

    def _instance(self, made: Object, arguments: Arguments) -> Objects:
        """Make an instance of one of the notebook's own classes."""
        own = self._heap.add(
            Object(Sort.HOLDER, set(made.held), methods=made.methods, made_in=made.made_in)
        )
        if "__init__" in made.methods:
            self._called(self._attribute(own, "__init__"), arguments)
        else:
            self._heap.change(own, arguments.every)
        return own

    def _run_code(self, function: Object, code: Code, arguments: Arguments) -> Objects:
        """Run a function.

        Args:
            function: its object, which holds the values of its defaults.
            code: what runs.
            arguments: what it is given.

        Returns:
            What it may return.
        """
        node = code.function
        every = arguments.every | function.held
        if node in self._stack or len(self._stack) > _DEEPEST:
            self._heap.change(self._heap.reachable(every))
            return every
        scope = Scope(_parameters(code, function, arguments), code.scope)
        for name in (node.args.vararg, node.args.kwarg):
            if name is not None:
                scope.names[name.arg] = self._heap.new(Sort.HOLDER, every)
        self._stack.append(node)
        self._returned.append(set())
        try:
            self._run_body(node, scope)
        finally:
            self._stack.pop()
            returned = self._returned.pop()
        return frozenset(returned)

    def _run_any(self, objects: Objects, given: Objects) -> Objects:
        """Run the functions among objects, with any of some objects for each parameter."""
        found = NONE
        self._heap.count(len(objects))
        for one in objects:
            it = self._heap[one]
            if it.code is None:
                continue
            key = it.code.function, given
            if key not in self._done:
                self._done[key] = NONE
                self._done[key] = self._run_code(it, it.code, Arguments([given], anywhere=True))
            found |= self._done[key]
        return found

    def _method(self, receiver: Objects, method: str, arguments: Arguments) -> Objects:
        """Call a method.

        Args:
            receiver: the objects that it may be called on.
            method: its name.
            arguments: what it is given.
        """
        every = arguments.every
        found = NONE
        self._heap.count(len(receiver) * (1 + len(every)))
        for one in receiver:
            it = self._heap[one]
            own = frozenset({one})
            if it.sort is Sort.FRAME:
                found |= self._method_of_frame(own, method, arguments)
            elif it.sort is Sort.ARRAY:
                if method in ARRAY_MUTATORS:
                    self._heap.change(own)
                found |= own if method in ARRAY_VIEWS else self._heap.new(Sort.ARRAY)
            elif it.sort is Sort.TOOL:
                if method in HOLDER_MUTATORS:
                    self._heap.change(own)
                self._run_any(every, every | self._heap.copy)
                found |= own if method in GIVE_THEMSELVES else self._heap.new(Sort.FRAME)
            elif method in it.methods:
                found |= self._called(self._attribute(own, method), arguments)
            else:
                if method in HOLDER_MUTATORS:
                    self._heap.change(own, every | self._heap.held(every))
                inside = frozenset(it.held)
                self._run_any(every | inside, every | inside)
                found |= inside | self._heap.new(Sort.HOLDER, inside)
                if method in HOLDER_MUTATORS:
                    found |= own
        if not receiver:
            self._run_any(every, every)
            return self._heap.new(Sort.HOLDER, self._heap.of_sort(every, Sort.HOLDER))
        return found

    def _method_of_frame(self, frame: Objects, method: str, arguments: Arguments) -> Objects:
        """Call a method of a frame or series.

        Args:
            frame: the frame.
            method: the method's name.
            arguments: what it is given.
        """
        every = arguments.every
        if method in FRAME_MUTATORS:
            self._heap.change(frame)
        if method == "pipe":
            piped = Arguments([frame, *arguments.given[1:]], arguments.named, arguments.anywhere)
            inside = self._run_any(self._heap.held(every), every | frame)
            return self._called(arguments.first, piped) | inside
        self._run_any(every, every | self._heap.copy)
        new = self._heap.new(Sort.ARRAY if method == "to_numpy" else Sort.FRAME)
        return new | frame if "inplace" in arguments.named else new

    def _library(self, path: str, arguments: Arguments) -> Objects:
        """Call a function or class of a library."""
        package, _, rest = path.partition(".")
        every = arguments.every
        if path in CHANGE_FIRST:
            self._heap.change(arguments.first, every)
        if package == "pandas":
            self._run_any(every, every)
            return self._heap.new(Sort.FRAME)
        if package == "numpy":
            self._run_any(every, every)
            is_view = rest.rpartition(".")[2] in NUMPY_VIEWS
            views = self._heap.of_sort(every, Sort.ARRAY) if is_view else NONE
            return views | self._heap.new(Sort.ARRAY)
        if package in LIBRARIES:
            # A library of others copies the rows that it is given, and keeps what works on them.
            inside = every | self._heap.held(every | self._heap.held(every))  # ("step", tool)
            functions = self._heap.of_sort(inside, Sort.HOLDER)
            self._run_any(functions, functions | self._heap.copy)
            tools = self._heap.of_sort(inside, Sort.TOOL)
            return self._heap.new(Sort.TOOL, tools | self._heap.new(Sort.FRAME))
        if path == "copy.copy":
            arrays = self._heap.of_sort(every, Sort.ARRAY)
            return arrays | self._heap.new(Sort.HOLDER, self._heap.held(every))
        return self._handed_on(path, arguments)

    def _handed_on(self, path: str, arguments: Arguments) -> Objects:
        """Call what may give back its arguments, or what they hold."""
        every = arguments.every
        inside = every | self._heap.held(every)
        returned = self._run_any(inside, inside)
        if path in GIVE_NEW:
            return NONE
        held = inside | returned
        return held | self._heap.new(Sort.HOLDER, held)


def _parameters(code: Code, function: Object, arguments: Arguments) -> dict[str, Objects]:
    """Match a call's arguments to a function's parameters.

    Args:
        code: the function.
        function: its object, which holds the values of its defaults.
        arguments: what it is given.

    Returns:
        The objects that each parameter may be.
    """
    node = code.function
    names = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
    only = [argument.arg for argument in node.args.kwonlyargs]
    defaults = frozenset(function.held)
    me = [] if code.me is None else [frozenset({code.me})]
    if arguments.anywhere:
        found = dict.fromkeys([*names, *only], arguments.every | defaults)
        return {**found, **dict(zip(names, me, strict=False))}
    found = {name: arguments.named.get(name, defaults) for name in [*names, *only]}
    return {**found, **dict(zip(names, [*me, *arguments.given], strict=False))}


def _is_decorated(node: ast.FunctionDef, *names: str) -> bool:
    """Tell whether a method has one of some decorators."""
    return any(
        (isinstance(each, ast.Name) and each.id in names)
        or (isinstance(each, ast.Attribute) and each.attr in names)
        for each in node.decorator_list
    )
