"""Gives each table that a list or a dict holds a variable of its own.

Of `data = {"train": pd.read_csv("a.csv")}` and `data["train"]["age"] = 1` it makes `a =
pd.read_csv("a.csv")` and `a["age"] = 1`. That is the same only if nothing else can reach the list
or dict, and if it is known which table each place means. Else it stays.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from idea.knowledge.pandas_methods import CONCATENATIONS
from idea.names import snake_case
from idea.program.comments import NO_COMMENTS
from idea.program.dataflow import Step
from idea.program.names_used import stored_names
from idea.program.substitute import Substitution, bound
from idea.syntax import copied, import_path, walk

_LOOK_AT_ALL = {"eval", "exec", "globals", "locals", "vars"}
_OWN_SCOPE = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_VIEWS = ("items", "keys", "values")
_MOST_TURNS = 20

_Key = str | int


class _EscapesError(Exception):
    """Something else may reach the list or dict, or which of its tables is meant is not known."""


def without_holders(
    steps: list[Step], imports: Mapping[str, str], tables: Iterable[str]
) -> list[Step]:
    """Use variables for the tables that lists and dicts hold.

    Args:
        steps: the statements, in order; they are not changed.
        imports: dotted paths by the names that they are imported as.
        tables: variables that hold a table each, and are used once.
    """
    fresh = set(tables)
    names = [n.id for step in steps for n in walk(step.node) if isinstance(n, ast.Name)]
    if not fresh or _LOOK_AT_ALL & {*names}:
        return steps
    for holder in _holders(steps, fresh):
        try:
            steps = [*_Holder(holder, imports, fresh, {*names}).rewritten(steps)]
        except _EscapesError:
            continue
    return steps


def _holders(steps: Iterable[Step], fresh: set[str]) -> list[str]:
    """Give the variables that hold lists and dicts into which fresh tables are put."""
    made: dict[str, None] = {}
    found: dict[str, None] = {}
    for step in steps:
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if (entries := _entries(value)) is not None:
                    made[name] = None
                    if any(_is_one_of(entry, fresh) for entry in entries.values()):
                        found[name] = None
            case (
                ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=value)
                | ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]
                    )
                )
            ) if name in made and _is_one_of(value, fresh):
                found[name] = None
    return [*found]


def _is_one_of(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _entries(node: ast.expr) -> dict[_Key, ast.expr] | None:
    """Give what a list or a dict holds when it is made; None if it is something else."""
    match node:
        case ast.List(elts=parts) if not any(isinstance(part, ast.Starred) for part in parts):
            return dict(enumerate(parts))
        case ast.Dict(keys=keys, values=values):
            known = [_key(key) for key in keys if key is not None]
            if len(known) == len(keys) and None not in known:
                return {key: v for key, v in zip(known, values, strict=True) if key is not None}
        case ast.Call(func=ast.Name(id="list" | "dict"), args=[], keywords=[]):
            return {}
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            if all(keyword.arg for keyword in keywords):
                return {str(keyword.arg): keyword.value for keyword in keywords}
    return None


def _key(node: ast.expr) -> _Key | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


class _Holder(ast.NodeTransformer):
    """Writes the variables of a list's or a dict's tables in its place."""

    def __init__(
        self, name: str, imports: Mapping[str, str], fresh: set[str], taken: set[str]
    ) -> None:
        self.name = name
        self.imports = imports
        self.fresh = fresh
        self.taken = taken
        self.is_list = False
        self.made = False
        self.variables: dict[_Key, str] = {}

    def rewritten(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Give the statements with the variables.

        Raises:
            _EscapesError: not all of them can be.
        """
        for step in steps:
            if not any(self._is_it(part) for part in walk(step.node)):
                yield step
                continue
            for number, node in enumerate(self._statements(copied(step.node))):
                new = step.becomes(node)
                yield replace(new, comments=NO_COMMENTS) if number else new

    def _is_it(self, node: ast.AST | None) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name

    def _statements(self, node: ast.stmt) -> list[ast.stmt]:
        """Give the statements that one becomes; it is changed."""
        match node:
            case ast.Assign(targets=[ast.Name(id=self.name)], value=value):
                entries = _entries(value)
                if entries is None or self.made:
                    raise _EscapesError
                self.made, self.is_list = True, isinstance(value, ast.List)
                self.is_list = self.is_list or ast.unparse(value) == "list()"
                return [new for key, each in entries.items() for new in self._put(key, each)]
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=self.name), slice=index)], value=value
            ) if _key(index) is not None and not self.is_list:
                return self._put(_key(index), value)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=self.name), attr="append"),
                    args=[value],
                    keywords=[],
                )
            ) if self.is_list:
                return self._put(len(self.variables), value)
            case ast.For() if (turns := self._turns(node)) is not None:
                return [new for turn in turns for new in self._statements(turn)]
        return [self.visit(node)]

    def _put(self, key: _Key | None, value: ast.expr) -> list[ast.stmt]:
        """Give the statement that puts a value into its place; none if a fresh table is put."""
        assert key is not None
        value = self.visit(value)
        if isinstance(value, ast.Name) and value.id in self.fresh and key not in self.variables:
            self.variables[key] = value.id
            return []
        if key not in self.variables:
            name = f"{self.name}_{snake_case(str(key))}".rstrip("_")
            while name in self.taken:
                name += "_"
            self.taken.add(name)
            self.variables[key] = name
        return [ast.Assign([ast.Name(self.variables[key], ast.Store())], value)]

    def _turns(self, loop: ast.For) -> list[ast.stmt] | None:
        """Write a loop out that takes tables by its variable; None if it takes none so.

        Raises:
            _EscapesError: it can't be.
        """
        target = stored_names(loop.target)
        taken = [
            part
            for node in loop.body
            for part in walk(node)
            if isinstance(part, ast.Subscript) and self._is_it(part.value)
        ]
        if not any(isinstance(part.slice, ast.Name) and part.slice.id in target for part in taken):
            return None
        items = self._items(loop.iter)
        stops = any(isinstance(part, ast.Break | ast.Continue) for part in walk(loop))
        stored = {name for node in loop.body for name in stored_names(node)}
        if items is None or not 0 < len(items) <= _MOST_TURNS or stops or stored & target:
            raise _EscapesError
        found: list[ast.stmt] = []
        for item in items:
            scope = bound(loop.target, item)
            if scope is None or loop.orelse:
                raise _EscapesError
            found += [Substitution(scope).visit(copied(node)) for node in loop.body]
        return [*found, ast.Assign([loop.target], items[-1])]

    def _items(self, node: ast.expr) -> list[ast.expr] | None:
        """Give what a loop goes through: a list of constants, or the tables' places."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return parts if all(isinstance(part, ast.Constant) for part in parts) else None
            case ast.Call(func=ast.Attribute(value=inner, attr=view), args=[]) if self._is_it(
                inner
            ):
                return self._view(view) if view in _VIEWS and not self.is_list else None
            case ast.Name(id=self.name) if not self.is_list:
                return self._view("keys")
        return None

    def _view(self, view: str) -> list[ast.expr]:
        keys = [ast.Constant(key) for key in self.variables]
        tables = [ast.Name(name, ast.Load()) for name in self.variables.values()]
        if view == "items":
            pairs = zip(keys, tables, strict=True)
            return [ast.Tuple([*pair], ast.Load()) for pair in pairs]
        return [*(keys if view == "keys" else tables)]

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Give the table's variable."""
        if not self._is_it(node.value):
            return self.generic_visit(node)
        key = _key(node.slice)
        if key not in self.variables or key is None or isinstance(node.ctx, ast.Del):
            raise _EscapesError
        return ast.copy_location(ast.Name(self.variables[key], node.ctx), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Give a list of the tables, or their number."""
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=view), args=[]) if (
                self._is_it(inner) and view in _VIEWS and not self.is_list
            ):
                return ast.List(self._view(view), ast.Load())
            case ast.Call(func=ast.Name(id="len"), args=[inner]) if self._is_it(inner):
                return ast.Constant(len(self.variables))
            case ast.Call(func=function, args=[inner, *_]) if (
                self._is_it(inner)
                and self.is_list
                and import_path(function, self.imports) in CONCATENATIONS
            ):
                node.args[0] = ast.List(self._view("values"), ast.Load())
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        """Let a loop go through a list of the tables."""
        if self._is_it(node.iter):
            node.iter = ast.List(self._view("values" if self.is_list else "keys"), ast.Load())
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Let a comprehension go through a list of the tables."""
        if self._is_it(node.iter):
            node.iter = ast.List(self._view("values" if self.is_list else "keys"), ast.Load())
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Refuse every other use."""
        if self._is_it(node):
            raise _EscapesError
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Refuse uses in functions, which run later."""
        if isinstance(node, _OWN_SCOPE) and any(self._is_it(part) for part in walk(node)):
            raise _EscapesError
        return super().generic_visit(node)
