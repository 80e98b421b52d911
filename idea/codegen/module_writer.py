"""Writes a module: its imports, the notebook's own functions and their values, and its steps."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from idea.analysis import Idea
from idea.analysis.defined_names import ModuleObjects, top_level_names
from idea.analysis.look_ups import LOOK_UP
from idea.analysis.row_filters import keeping_index
from idea.codegen.formatter import layout
from idea.codegen.source_comments import SourceComments
from idea.codegen.step_functions import Function, function_text
from idea.program.comments import NO_COMMENTS, Comments
from idea.program.names_used import free_names

LEARNED = "steps"  # module of the rendered package
LOOK_UPS = {LOOK_UP: f".tools.look_ups.{LOOK_UP}"}  # what reads look-up tables
RESERVED = frozenset({"features", "preprocessing", "prepare", "learn", "y", "table", "pd", "np"})


@dataclass(frozen=True)
class GeneratedModule:
    """The text of a module, and the functions in it that are steps."""

    text: str
    steps: tuple[Function, ...]


class ModuleWriter:
    """Collects a module's blocks, and the imports that they need."""

    def __init__(
        self, idea: Idea, doc: str, imports: Mapping[str, str], learned: Iterable[str]
    ) -> None:
        """Start a module.

        Args:
            idea: the result of the analysis.
            doc: the module's docstring.
            imports: dotted paths by name, for all names that the module may use.
            learned: names that it uses of the rendered package's `learned`.
        """
        self.idea = idea
        self.doc = doc
        self.sources = SourceComments(idea.script.program)
        self.blocks: list[str] = []
        self._known = imports
        self._imports: dict[str, str] = {"pd": "pandas"}
        self._learned = set(learned)
        self._local: dict[str, str] = {}
        self.typing: set[str] = set()
        self._last_value = -2  # position of the last object at the top

    def add(self, nodes: Sequence[ast.stmt], comments: Comments = NO_COMMENTS) -> None:
        """Add statements at the top level, with their comments."""
        self.blocks.append(layout(nodes, comments).rstrip("\n"))

    def add_step(self, step: Function, comments: Comments) -> None:
        """Add a function, with the comments of its statements."""
        self.blocks.append(self.step_text(step, comments))

    def step_text(self, step: Function, comments: Comments) -> str:
        """Write a function, with the comments of its statements, for which its types are needed."""
        captions = {cell.number: cell.caption for cell in self.idea.notebook.cells}
        if "Any" in step.types:
            self.typing.add("Any")
        return function_text(step, captions, comments)

    def need(self, *nodes: ast.AST) -> None:
        """Import what pieces of code use."""
        for name in {name for node in nodes for name in free_names(node)} & set(self._known):
            if self._known[name] == f"{LEARNED}.{name}":
                self._learned.add(name)
            elif self._known[name].startswith("."):
                self._local[name] = self._known[name]
            else:
                self._imports[name] = self._known[name]

    def helpers(self, names: Iterable[str], keep_index: bool = False) -> None:
        """Add the notebook's own functions, classes and objects that code uses, and what these use.

        Args:
            names: the names in the code.
            keep_index: whether every row has to keep its index in them.
        """
        script = self.idea.script
        objects = ModuleObjects(self.idea.reading.slices, self.idea.reading.raw)
        at = {id(step.node): position for position, step in enumerate(script.program.steps)}
        found: dict[int, ast.stmt] = {}
        values: list[ast.stmt] = []
        for name in sorted(top_level_names(objects, names)):
            own = script.functions.get(name) or script.classes.get(name)
            if own is not None:
                found[at.get(id(own), -1)] = own
            for position in objects.behind(name):
                found[position] = script.program.steps[position].node
            value = objects.value_of(name)
            if value is not None:
                values.append(ast.Assign([ast.Name(name, ast.Store())], value))
        if values:
            self.add([ast.fix_missing_locations(value) for value in values])
        for position, node in sorted(found.items()):
            self.need(node)
            self._add_helper(node, position, keep_index)

    def _add_helper(self, node: ast.stmt, position: int, keep_index: bool) -> None:
        """Add a statement at the top level, where the notebook has it.

        Args:
            node: the statement.
            position: of its step; -1 if it is none.
            keep_index: whether every row has to keep its index in it.
        """
        comments = NO_COMMENTS
        if position >= 0:
            node, comments = self.sources.located(node, position), self.sources.of_step(position)
        nodes = list(keeping_index([node])) if keep_index else [node]
        if isinstance(node, ast.FunctionDef | ast.ClassDef) or position != self._last_value + 1:
            self.add(nodes, comments)
        else:  # lines that follow each other in the notebook, too
            self.blocks[-1] += "\n" + layout(nodes, comments).rstrip("\n")
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            self._last_value = position

    def text(self) -> str:
        """Write the module."""
        lines = [line for line in self.blocks[0].split("\n") if not line.startswith("#")]
        first = lines[0] if lines else ""
        gap = "\n\n" if first.startswith(("def ", "class ", "@")) else "\n"
        head = [f'"""{self.doc}"""', "", *self._import_lines()]
        return "\n".join(head) + gap + "\n\n\n".join(self.blocks) + "\n"

    def _import_lines(self) -> Iterator[str]:
        """Write the imports in the order of isort: standard library, others, own package."""
        standard: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        for name, path in self._imports.items():
            own = path.split(".")[0] in sys.stdlib_module_names
            (standard if own else others).append((name, path))
        standard += [(name, f"typing.{name}") for name in self.typing]
        local = [(name, f".{LEARNED}.{name}") for name in self._learned]
        local += self._local.items()
        for section in (standard, others, local):
            if section:
                yield from _import_section(section)
                yield ""


def dates_argument(idea: Idea) -> str:
    """Write the argument of `as_read` that names the raw columns with dates; empty if none has."""
    found = sorted({*idea.reading.raw.strings} & {*idea.summary.dates})
    return f", dates={found!r}" if found else ""


def _import_section(imports: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Write a section of imports, given as names and dotted paths."""
    plain: list[str] = []
    members: dict[str, set[str]] = {}
    for name, path in imports:
        module, _, last = path.rpartition(".")
        if module:
            members.setdefault(module, set()).add(last if last == name else f"{last} as {name}")
        else:
            plain.append(f"import {path}" if name == path else f"import {path} as {name}")
    yield from sorted(plain, key=lambda line: line.split()[1].lower())
    for module in sorted(members, key=str.lower):
        names = ", ".join(sorted(members[module], key=_import_order))
        yield from layout(ast.parse(f"from {module} import {names}").body).splitlines()


def _import_order(name: str) -> tuple[int, str]:
    """Sort constants before classes before functions, as isort does."""
    first = name.split(" ")[0]
    return (0 if first.isupper() else 1 if first[:1].isupper() else 2, first)
