"""Finds names that code uses and nothing makes, and what stands behind those that are made."""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

from idea.analysis.chosen_fit import NoIdea, Unmade
from idea.analysis.column_values import column_values
from idea.analysis.raw_columns import RawColumns
from idea.analysis.slices import Slices
from idea.analysis.statements import SourcedStatement
from idea.knowledge.packages import INSTALLED, REQUIREMENTS
from idea.program.dataflow import effects
from idea.program.names_used import free_names, stored_names
from idea.syntax import brief

_BUILTINS = frozenset(dir(builtins))
_BLOCKS = ast.If | ast.While | ast.Try | ast.FunctionDef | ast.ClassDef  # bind what they use
_WIDTH = 70  # of code in a note
_NOT_KNOWN = "that is not known here"


@dataclass(frozen=True)
class Missing:
    """A name that code needs, and why it can't have it."""

    name: str
    why: str
    in_notebook: bool = False  # where it has it, and a module of the repo can't

    @property
    def refusal(self) -> type[NoIdea]:
        """The error that says so."""
        return NoIdea if self.in_notebook else Unmade

    def __str__(self) -> str:
        return f"`{self.name}`, {self.why}"


@dataclass
class ModuleObjects:
    """What a module of the repo can have at its top: no value of the table's rows.

    Attributes:
        slices: the statements behind the fit.
        raw: the raw table's columns.
    """

    slices: Slices
    raw: RawColumns
    _seen: dict[str, Missing | None] = field(default_factory=dict)

    def missing(self, names: Iterable[str]) -> Missing | None:
        """Find the first of some names that can't be had, itself or for what it needs in turn."""
        return next((found for name in sorted(names) if (found := self._missing(name))), None)

    def behind(self, name: str) -> list[int]:
        """Give the positions of the statements that make a module-level object; none if none do.

        Functions, classes and imports are no statements of their own here.
        """
        script, program = self.slices.script, self.slices.program
        known = {*script.imports, *script.functions, *script.classes}
        if name in known or name in _BUILTINS:
            return []
        found = program.backward_slice({name}, self.slices.fit.position, known)
        if any(program.steps[p].role or self._holds_rows(p) for p in found):
            return []
        return found

    def value_of(self, name: str) -> ast.expr | None:
        """Give the value of an object that is made of a frame's columns alone; or None."""
        if name in self.slices.script.imports or self.behind(name):
            return None
        return self._column_values.get(name)

    @cached_property
    def _column_values(self) -> Mapping[str, ast.expr]:
        return column_values(self.slices, self.raw)

    def _missing(self, name: str) -> Missing | None:
        if name not in self._seen:
            self._seen[name] = None  # a function that calls itself
            self._seen[name] = self._looked_up(name)
        return self._seen[name]

    def _looked_up(self, name: str) -> Missing | None:
        script = self.slices.script
        own = script.functions.get(name) or script.classes.get(name)
        if own is not None:
            return self.missing(free_names(own) - {name})
        if name in script.imports:
            package = script.imports[name].split(".")[0]
            if is_known_package(package):
                return None
            return Missing(package, f"a package or module {_NOT_KNOWN}")
        if name in _BUILTINS or name.startswith("__"):
            return None
        positions = self.behind(name)
        if not positions:
            return None if self.value_of(name) is not None else self._made_of_rows(name)
        used = {each for p in positions for each in self.slices.program.effects[p].uses}
        return self.missing(used - {name} - self._made(positions))

    def _made_of_rows(self, name: str) -> Missing:
        program = self.slices.program
        found = program.backward_slice({name}, self.slices.fit.position)
        for position in found:
            if program.steps[position].role == "load" and position != self.slices.load:
                why = f"which needs `{brief(program.steps[position].node, _WIDTH)}`"
                return Missing(name, why, in_notebook=True)
        if not found:
            return Missing(name, "which nothing makes")
        used = {each for position in found for each in program.effects[position].uses}
        unknown = next((why for each in sorted(used) if (why := self._why_unknown(each))), "")
        why = f"which needs {unknown}" if unknown else "which is made of other rows"
        return Missing(name, why, in_notebook=not unknown)

    def _why_unknown(self, name: str) -> str:
        """Say that the notebook does not have a name, or that a package is not known here."""
        script = self.slices.script
        if name in script.imports:
            package = script.imports[name].split(".")[0]
            return "" if is_known_package(package) else f"`{package}`, a package {_NOT_KNOWN}"
        if name in script.functions or name in script.classes or name in _BUILTINS:
            return ""
        made = script.program.backward_slice({name}, self.slices.fit.position)
        return "" if made else f"`{name}`, which nothing makes"

    def _made(self, positions: Iterable[int]) -> Set[str]:
        effects = self.slices.program.effects
        return {name for p in positions for name in effects[p].makes | effects[p].changes}

    def _holds_rows(self, position: int) -> bool:
        effect = self.slices.program.effects[position]
        touched = effect.makes | effect.changes
        return bool(touched & self.slices.rows_at[position + 1])


@dataclass(frozen=True)
class Checked:
    """Statements of which each has every name that it uses.

    Attributes:
        statements: the statements.
        notes: those that are left out, by cell.
        known: the variables that there are after the last.
    """

    statements: tuple[SourcedStatement, ...]
    notes: tuple[tuple[int, str], ...]
    known: frozenset[str]


def with_defined_names(
    statements: Iterable[SourcedStatement], known: Iterable[str], objects: ModuleObjects
) -> Checked:
    """Leave out, with a note, what uses a name that nothing makes.

    Args:
        statements: the statements, in order.
        known: the variables that there are before the first.
        objects: what the module has at its top.
    """
    slices = objects.slices
    variables = set(known) - {slices.frame}
    tables = [at for at, step in enumerate(slices.steps) if step.role == "load"]
    kept: list[SourcedStatement] = []
    notes: list[tuple[int, str]] = []
    for statement in statements:
        while tables and tables[0] < statement.position:
            table = tables.pop(0)
            held = slices.program.effects[table].makes
            variables = variables | held if table == slices.load else variables - held
        effect = effects(statement.node)
        inside = stored_names(statement.node) if isinstance(statement.node, _BLOCKS) else set()
        missing = objects.missing(effect.uses - variables - inside)
        if missing is not None:
            what = f"`{brief(statement.node, _WIDTH)}` uses {missing}; left out"
            notes.append((statement.cell, what))
            continue
        variables |= effect.makes | effect.changes
        kept.append(statement)
    if slices.load in tables:
        variables.add(slices.frame)
    return Checked(tuple(kept), tuple(notes), frozenset(variables))


def is_known_package(package: str) -> bool:
    """Tell whether a package is part of Python, of every rendered repo, or can be required."""
    return package in sys.stdlib_module_names or package in INSTALLED or package in REQUIREMENTS


def top_level_names(objects: ModuleObjects, names: Iterable[str]) -> Iterator[str]:
    """Give names and those that they need in turn, which a module has at its top."""
    script, steps = objects.slices.script, objects.slices.steps
    wanted, seen = list(names), set[str]()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        own = script.functions.get(name) or script.classes.get(name)
        if own is not None:
            wanted += free_names(own)
        for position in objects.behind(name):
            wanted += free_names(steps[position].node)
