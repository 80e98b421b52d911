"""A last check of a generated module: is every name bound where it is used?"""

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from idea.analysis.defined_names import is_known_package
from idea.syntax import walk

_ALWAYS_THERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


@dataclass(frozen=True)
class Unbound:
    """A name that is used where it can't be bound.

    Attributes:
        name: the name.
        function: the function or class that uses it; empty at the top of the module.
    """

    name: str
    function: str


def unbound_names(module: ast.Module) -> list[Unbound]:
    """Find the names that a module uses where no statement can have bound them yet.

    A name counts as bound if some way through the code binds it before. Functions run once what
    is around them is complete, so they may use what comes below them. Of a module with a star
    import nothing can be said.
    """
    nodes = list(walk(module))
    if any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in nodes):
        return []
    globals_ = {name for n in nodes if isinstance(n, ast.Global) for name in n.names}
    checker = _Checker(_bound_in(module.body) | globals_)
    checker.block(module.body, set(_ALWAYS_THERE), frozenset(), "")
    return list(dict.fromkeys(checker.found))


def unknown_packages(module: ast.Module) -> list[str]:
    """Find the packages that a module imports and that no requirement is known for."""
    return sorted(package for package in imported_packages(module) if not is_known_package(package))


def imported_packages(module: ast.Module) -> set[str]:
    """Give the packages that a module imports, without its own."""
    found: set[str] = set()
    for node in walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.split(".")[0])
    return found


class _Checker:
    """Goes through code in the order in which it runs, and notes names that are not bound."""

    def __init__(self, module: Set[str]) -> None:
        """Take the names that the module binds anywhere at its top."""
        self.found: list[Unbound] = []
        self._module = module
        self._around: set[str] = set()  # bound at any time by the functions around this point

    def block(
        self, nodes: Sequence[ast.stmt], bound: set[str], outside: Set[str], where: str
    ) -> None:
        """Check statements, which add to what is bound.

        Args:
            nodes: the statements.
            bound: names that are bound before the first of them; those that they bind are added.
            outside: names of the scopes around them, which are bound when this code runs.
            where: the function that holds the statements.
        """
        for node in nodes:
            self._statement(node, bound, outside, where)

    def _statement(self, node: ast.stmt, bound: set[str], outside: Set[str], where: str) -> None:
        if isinstance(node, _Function):
            self._expressions(
                [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)],
                bound, outside, where,
            )  # fmt: skip
            bound.add(node.name)
            self._function(node, bound, outside, where)
        elif isinstance(node, ast.ClassDef):
            self._expressions([*node.bases, *node.decorator_list], bound, outside, where)
            # Methods do not see the names of their class.
            own = set(bound)
            for inner in node.body:
                if isinstance(inner, _Function):
                    own.add(inner.name)
                    self._function(inner, bound | {node.name}, outside, f"{node.name}.{inner.name}")
                else:
                    self._statement(inner, own, outside, where)
            bound.add(node.name)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._expressions([node.iter], bound, outside, where)
            bound |= _stored(node.target) | _bound_in(node.body)  # at the turn before
            self.block(node.body, bound, outside, where)
            self.block(node.orelse, bound, outside, where)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self._expressions([item.context_expr], bound, outside, where)
                bound |= _stored(item.optional_vars) if item.optional_vars else set()
            self.block(node.body, bound, outside, where)
        elif isinstance(node, ast.If | ast.While):
            bound |= _bound_in(node.body) if isinstance(node, ast.While) else set()
            self._expressions([node.test], bound, outside, where)
            self._ways([node.body, node.orelse], bound, outside, where)
        elif isinstance(node, ast.Try | ast.TryStar):
            self.block(node.body, bound, outside, where)
            for handler in node.handlers:
                self._expressions([handler.type] if handler.type else [], bound, outside, where)
                bound |= {handler.name} if handler.name else set()
            ways = [*(handler.body for handler in node.handlers), node.orelse]
            self._ways(ways, bound, outside, where)
            self.block(node.finalbody, bound, outside, where)
        elif isinstance(node, ast.Match):
            self._expressions([node.subject], bound, outside, where)
            ends = [set(bound)]
            for case in node.cases:
                own = bound | _captured(case.pattern)
                self._expressions([case.guard] if case.guard else [], own, outside, where)
                self.block(case.body, own, outside, where)
                ends.append(own)
            bound.update(*ends)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif not isinstance(node, ast.Global | ast.Nonlocal):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                self._use(node.target.id, bound, outside, where)
            # An annotation of a variable is not evaluated in a function.
            parts = [node.target, node.value] if isinstance(node, ast.AnnAssign) else [node]
            self._expressions(filter(None, parts), bound, outside, where)
            bound |= _stored(node)

    def _ways(
        self, blocks: Iterable[Sequence[ast.stmt]], bound: set[str], outside: Set[str], where: str
    ) -> None:
        """Check blocks of which one runs.

        Args:
            blocks: the blocks.
            bound: names that are bound before; what any of the blocks binds is added.
            outside: names of the scopes around.
            where: the function that holds the blocks.
        """
        ends = []
        for block in blocks:
            own = set(bound)
            self.block(block, own, outside, where)
            ends.append(own)
        bound.update(*ends)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, bound: Set[str], outside: Set[str],
        where: str,
    ) -> None:  # fmt: skip
        """Check a function's body.

        Args:
            node: the function.
            bound: names that are bound around it.
            outside: names of the scopes further out.
            where: the function or method that holds it; empty at the top of the module.
        """
        own = _bound_in(node.body) - _declared_outside(node.body)
        around = (set(bound) | self._around | outside | self._module) - own
        before, self._around = self._around, self._around | own | _parameters(node.args)
        name = where if where.endswith(f".{node.name}") else node.name
        self.block(node.body, _parameters(node.args), around, name)
        self._around = before

    def _expressions(
        self, nodes: Iterable[ast.AST], bound: set[str], outside: Set[str], where: str
    ) -> None:
        for node in nodes:
            self._expression(node, bound, outside, where)

    def _expression(self, node: ast.AST, bound: set[str], outside: Set[str], where: str) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._use(node.id, bound, outside, where)
        elif isinstance(node, ast.NamedExpr):
            self._expression(node.value, bound, outside, where)
            bound |= _stored(node.target)
        elif isinstance(node, ast.Lambda):
            self._expressions(
                [*node.args.defaults, *filter(None, node.args.kw_defaults)], bound, outside, where
            )
            self._expression(node.body, bound | _parameters(node.args), outside, where)
        elif isinstance(node, _Comprehension):
            inside = set(bound)
            for generator in node.generators:
                self._expression(generator.iter, inside, outside, where)
                inside |= _stored(generator.target)
                self._expressions(generator.ifs, inside, outside, where)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            self._expressions(parts, inside, outside, where)
        else:
            self._expressions(ast.iter_child_nodes(node), bound, outside, where)

    def _use(self, name: str, bound: Set[str], outside: Set[str], where: str) -> None:
        if name not in bound and name not in outside:
            self.found.append(Unbound(name, where))


def _parameters(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += filter(None, (arguments.vararg, arguments.kwarg))
    return {argument.arg for argument in every}


def _stored(node: ast.AST) -> set[str]:
    """Give the names that a statement or a target binds, outside of scopes of their own."""
    return {
        part.id
        for part in _in_scope(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _captured(pattern: ast.pattern) -> set[str]:
    names = set()
    for part in walk(pattern):
        if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
            names.add(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest:
            names.add(part.rest)
    return names


def _bound_in(nodes: Iterable[ast.stmt]) -> set[str]:
    """Give the names that statements bind in their scope, whenever they do."""
    found: set[str] = set()
    for node in nodes:
        for part in _in_scope(node):
            match part:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.add(name)
                case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                    found.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    found |= {alias.asname or alias.name.split(".")[0] for alias in names}
                case ast.match_case(pattern=pattern):
                    found |= _captured(pattern)
    return found


def _declared_outside(nodes: Iterable[ast.stmt]) -> set[str]:
    return {
        name
        for node in nodes
        for part in _in_scope(node)
        if isinstance(part, ast.Global | ast.Nonlocal)
        for name in part.names
    }


def _in_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Walk code without entering what has names of its own."""
    yield node
    if isinstance(node, _Function | ast.ClassDef | ast.Lambda | _Comprehension):
        return
    for child in ast.iter_child_nodes(node):
        yield from _in_scope(child)
