"""Gives each table that is read within an expression a statement, and a variable, of its own.

`df = pd.merge(df, pd.read_csv("zones.csv"))` becomes `zones = pd.read_csv("zones.csv")` and
`df = pd.merge(df, zones)`. Lists of files are written out: loops, and comprehensions, over them
become a statement for each table.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from idea.knowledge.readers import TABLE_FILE
from idea.names import snake_case
from idea.program.comments import NO_COMMENTS
from idea.program.dataflow import Step
from idea.program.names_used import free_names, separated, stored_names
from idea.program.static_values import Unknown, elements, literal
from idea.program.substitute import Substitution, bound
from idea.syntax import copied, import_path, walk

IsReader = Callable[[ast.expr], bool]
_MOST_TABLES = 20  # in a list of files
# What may not be evaluated, or more than once, or only later.
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_APART = ast.Lambda | ast.BoolOp | ast.IfExp
_STATEMENTS = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr
# What is kept of values, so that lists of files are known.
_KNOWN = ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.BinOp | ast.JoinedStr


def with_reads_apart(
    steps: Iterable[Step], imports: Mapping[str, str], is_reader: IsReader, in_chains: bool = True
) -> tuple[list[Step], list[str]]:
    """Give each table that is read within an expression a statement of its own.

    Args:
        steps: the statements, which are not changed.
        imports: dotted paths by the names that they are imported as.
        is_reader: tells whether a function reads a table.
        in_chains: whether to do so at the start of a chain: ``pd.read_csv(path).dropna()``.

    Returns:
        The statements, and the variables that hold a table each and are used once.
    """
    steps = [*steps]
    taken = {n.id for step in steps for n in walk(step.node) if isinstance(n, ast.Name)}
    taken |= {step.node.name for step in steps if isinstance(step.node, ast.FunctionDef)}
    apart = _Apart(imports, is_reader, in_chains, taken)
    return [new for step in steps for new in apart.steps(step)], apart.made


class _Names:
    """What variables hold: texts, and lists of them."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.imports = imports
        self.values: dict[str, ast.expr] = {}

    def path(self, node: ast.expr) -> str | None:
        return import_path(node, self.imports)

    def value(self, name: str) -> ast.expr | None:
        return self.values.get(name)

    def follow(self, step: Step) -> None:
        """Note what a statement gives its variables."""
        touched = step.effects.makes | step.effects.changes
        gone = [n for n, v in self.values.items() if n in touched or free_names(v) & touched]
        for name in gone:
            del self.values[name]
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if isinstance(value, _KNOWN) and name not in free_names(value):
                    self.values[name] = value


class _Apart:
    """Takes the reading of tables out of statements."""

    def __init__(
        self, imports: Mapping[str, str], is_reader: IsReader, in_chains: bool, taken: set[str]
    ) -> None:
        self.names = _Names(imports)
        self.is_reader = is_reader
        self.in_chains = in_chains
        self.taken = taken
        self.made: list[str] = []

    def steps(self, step: Step) -> Iterator[Step]:
        """Give the statements that one becomes."""
        if not self._reads(step.node) or isinstance(step.node, ast.FunctionDef | ast.ClassDef):
            self.names.follow(step)
            yield step
            return
        for number, node in enumerate(self._statements(step.node)):
            new = step if node is step.node else step.becomes(node)
            self.names.follow(new)
            yield replace(new, comments=NO_COMMENTS) if number else new

    def _reads(self, node: ast.AST) -> bool:
        return any(
            isinstance(part, ast.Name | ast.Attribute) and self.is_reader(part)
            for part in walk(node)
        )

    def _statements(self, node: ast.stmt) -> list[ast.stmt]:
        """Give the statements that one becomes; it is not changed."""
        if isinstance(node, ast.For):
            turns = self._turns(node)
            if turns is None:
                loop = copied(node)
                tables = _Tables(self)
                loop.iter = tables.expression(loop.iter)
                return [*tables.before, loop] if tables.before else [node]
            return [new for turn in turns for new in self._statements(turn)]
        if not isinstance(node, _STATEMENTS) or node.value is None:
            return [node]
        new = copied(node)
        new.value = _WrittenOut(self.names, self._reads).visit(node.value)
        tables = _Tables(self)
        parts = _pairs(new) or [new]
        for part in parts:
            self._part(part, tables)
        same = not tables.before and len(parts) == 1 and ast.dump(new) == ast.dump(node)
        return [node] if same else [*tables.before, *parts]

    def _part(self, node: ast.stmt, tables: "_Tables") -> None:
        """Take the reading out of one assignment, which is changed."""
        assert isinstance(node, _STATEMENTS)
        assert node.value is not None
        tables.kept = node.value
        match node:
            case ast.Assign(targets=[ast.Name()], value=value) if not self.in_chains:
                tables.kept = self._bottom(value)
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
                tables.kept = None
        node.value = tables.expression(node.value)

    def _bottom(self, value: ast.expr) -> ast.Call | None:
        """Find the call at the bottom of ``pd.read_csv(path).dropna()``, which is a load anyway."""
        while True:
            match value:
                case ast.Call(func=function) if self.is_reader(function):
                    return value
                case (
                    ast.Call(func=ast.Attribute(value=inner))
                    | ast.Attribute(value=inner)
                    | ast.Subscript(value=inner)
                ):
                    value = inner
                case _:
                    return None

    def _turns(self, loop: ast.For) -> list[ast.stmt] | None:
        """Write a loop over a list of files out; None if it is another loop."""
        stops = any(isinstance(part, ast.Break | ast.Continue) for part in walk(loop))
        target = stored_names(loop.target)
        stored = {name for node in loop.body for name in stored_names(node)}
        if loop.orelse or stops or target & stored:
            return None
        found: list[ast.stmt] = []
        with suppress(Unknown):
            items = elements(loop.iter, self.names)
            if not items or len(items) > _MOST_TABLES:
                return None
            for item in items:
                scope = bound(loop.target, item)
                if scope is None:
                    return None
                turn = Substitution(scope)
                found += [turn.visit(copied(node)) for node in loop.body]
            return [*found, ast.copy_location(ast.Assign([loop.target], items[-1]), loop)]
        return None

    def name_for(self, call: ast.Call) -> str:
        """Give a variable for a table: `zones` for ``pd.read_csv("data/zones.csv")``."""
        texts = [
            part.value
            for part in walk(call)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        for place in call.args[:1]:
            with suppress(Unknown):
                texts.append(str(literal(place, self.names)))
        files = [text for text in texts if TABLE_FILE.search(text)]
        stem = re.split(r"[/\\]", files[-1])[-1].partition(".")[0] if files else ""
        name = snake_case(stem)
        if not files and isinstance(call.func, ast.Name):
            name = f"{call.func.id}_result"
        if not name.isidentifier():
            name = f"table_{name}".rstrip("_")
        base, number = name, 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        self.made.append(name)
        return name


def _pairs(node: ast.stmt) -> list[ast.stmt]:
    """Split ``a, b = [x, y]`` into two statements."""
    match node:
        case ast.Assign(targets=[ast.Tuple() as target], value=ast.List(elts=parts)):
            return separated(ast.Assign([target], ast.Tuple(parts, ast.Load())))
    return separated(node)


class _Tables(ast.NodeTransformer):
    """Replaces calls that read tables by variables.

    Attributes:
        before: the statements that give these variables their tables.
        kept: a call that stays where it is.
    """

    def __init__(self, apart: _Apart) -> None:
        self.apart = apart
        self.before: list[ast.stmt] = []
        self.kept: ast.expr | None = None

    def expression(self, node: ast.expr) -> ast.expr:
        """Replace the calls in an expression."""
        new = self.visit(node)
        assert isinstance(new, ast.expr)
        return new

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace the call, if it is certain to run, once."""
        if isinstance(node, _COMPREHENSIONS):
            first = node.generators[0]
            first.iter = self.expression(first.iter)
            return node
        if isinstance(node, _APART):
            return node
        new = self.generic_visit(node)
        match new:
            case ast.NamedExpr(target=target, value=value):
                name = target.id
            case ast.Call(func=function) if new is not self.kept and self.apart.is_reader(function):
                name, value = self.apart.name_for(new), new
            case _:
                return new
        self.before.append(ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), new))
        return ast.copy_location(ast.Name(name, ast.Load()), new)


class _WrittenOut(ast.NodeTransformer):
    """Writes comprehensions over lists of files out, and takes the branch that reads."""

    def __init__(self, names: _Names, reads: Callable[[ast.AST], bool]) -> None:
        self.names = names
        self.reads = reads

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Write ``pd.read_csv(path) if exists(path) else download()`` as what it reads."""
        for branch in (node.body, node.orelse):
            if self.reads(branch):
                taken: ast.AST = self.visit(branch)
                return taken
        return self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """Write ``[pd.read_csv(f) for f in files]`` as a list of the calls."""
        return self._listed(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        """Write a generator as a list."""
        return self._listed(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Write ``map(pd.read_csv, files)`` as a list of the calls."""
        match node:
            case ast.Call(func=ast.Name(id="map"), args=[function, files], keywords=[]):
                with suppress(Unknown):
                    found = [ast.Call(function, [one], []) for one in elements(files, self.names)]
                    if found and self.reads(found[0]) and len(found) <= _MOST_TABLES:
                        return ast.List([*found], ast.Load())
        return self.generic_visit(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        """Write ``{n: pd.read_csv(n + ".csv") for n in names}`` as a dict of the calls."""
        pair = ast.Tuple([node.key, node.value], ast.Load())
        pairs = self._listed(ast.ListComp(pair, node.generators))
        found = [each.elts for each in getattr(pairs, "elts", ()) if isinstance(each, ast.Tuple)]
        return ast.Dict([key for key, _ in found], [value for _, value in found]) if found else node

    def _listed(self, node: ast.ListComp | ast.GeneratorExp) -> ast.AST:
        with suppress(Unknown):
            found: Sequence[ast.expr] = elements(node, self.names) if self.reads(node.elt) else []
            if 0 < len(found) <= _MOST_TABLES:
                return ast.List([copied(each) for each in found], ast.Load())
        return node
