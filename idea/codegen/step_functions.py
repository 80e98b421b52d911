"""Groups statements into functions with names, parameters and results."""

import ast
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from idea.analysis.statements import SourcedStatement
from idea.codegen.formatter import WIDTH, layout
from idea.codegen.function_names import function_name, stored_columns
from idea.program.comments import Comments
from idea.program.dataflow import effects
from idea.program.names_used import free_names, stored_names
from idea.syntax import walk

_LONGEST_STEP = 14  # statements
_LONGEST_SENTENCE = 240  # characters of a docstring


@dataclass(frozen=True)
class Function:
    """A function of a module.

    Attributes:
        name: its name.
        body: its statements.
        takes: its parameters.
        gives: the variables that it returns.
        cells: numbers of the cells that its statements come from.
        heading: the heading above the first of them.
        frame: the variable that holds the data frame, wherever it stands.
    """

    name: str
    body: tuple[ast.stmt, ...]
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    cells: tuple[int, ...]
    heading: str
    frame: str

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its parameters, and of its result."""

        def typed(name: str) -> str:
            return {self.frame: "pd.DataFrame", "learn": "Learned"}.get(name, "Any")

        several = "Any" if self.gives else "None"
        gives = typed(self.gives[0]) if len(self.gives) == 1 else several
        return (*map(typed, self.takes), gives)

    @property
    def call(self) -> str:
        """The statement that calls it."""
        call = f"{self.name}({', '.join(self.takes)})"
        return f"{', '.join(self.gives)} = {call}" if self.gives else call


def functions(
    parts: Sequence[SourcedStatement],
    result: ast.expr,
    frame: str,
    outside: Sequence[str],
    taken: Iterable[str],
    columns: Iterable[str],
) -> list[Function]:
    """Group statements by their cell or heading into functions.

    Args:
        parts: the statements.
        result: the expression that they are for.
        frame: the variable that the first function takes.
        outside: names that every function may take beyond variables (`learn`, `y`).
        taken: names that no function may have.
        columns: names of the columns that are there from the start.
    """
    groups = _groups(parts)
    # What is changed and not made here is the module's own: an import, or an object at its top.
    made = {frame, *(name for part in parts for name in effects(part.node).makes)}
    made |= {name for part in parts for name in _bound_inside(part.node)}
    names = {*taken, *made, *outside}
    known = set(columns)
    found: list[Function] = []
    needed = [free_names(result)]  # after each group, the last first
    for group in groups[:0:-1]:
        needed.append(_needs(group, needed[-1]))
    for group, later in zip(groups, reversed(needed), strict=False):
        needs = _needs(group, set())
        name = function_name(group, known, names)
        names.add(name)
        known |= {column for part in group for column in stored_columns(part.node)}
        takes = _frame_first((needs & made) - set(outside), frame)
        found.append(
            Function(
                name,
                tuple(part.node for part in group),
                (*takes, *(each for each in outside if each in needs)),
                _frame_first(_touched(group) & later, frame),
                tuple(sorted({part.cell for part in group})),
                group[0].heading,
                frame,
            )
        )
    return found


def _groups(parts: Iterable[SourcedStatement]) -> list[list[SourcedStatement]]:
    groups: list[list[SourcedStatement]] = []
    for part in parts:
        last = groups[-1] if groups else []
        same = last and (
            last[-1].cell == part.cell or (part.heading and last[-1].heading == part.heading)
        )
        if same and len(last) < _LONGEST_STEP:
            last.append(part)
        else:
            groups.append([part])
    return groups


def _frame_first(names: Set[str], frame: str) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (name != frame, name)))


def _touched(group: Iterable[SourcedStatement]) -> set[str]:
    found = [effects(part.node) for part in group]
    return {name for effect in found for name in effect.makes | effect.changes}


def _bound_inside(node: ast.stmt) -> set[str]:
    """Give the names that a block may bind, or not: a loop, a branch, a `try`."""
    blocks = (ast.For, ast.While, ast.If, ast.Try, ast.With)
    return stored_names(node) if isinstance(node, blocks) else set()


def _needs(group: Sequence[SourcedStatement], after: set[str]) -> set[str]:
    """Give the names that statements need from before, if some are needed after them."""
    wanted = set(after)
    for part in reversed(group):
        effect, made = effects(part.node), _bound_for_certain(part.node)
        wanted = (wanted - made) | effect.uses | (effect.changes & after - made)
    return wanted


def _bound_for_certain(node: ast.stmt) -> set[str]:
    """Give the names that a statement binds, whichever of its branches runs."""
    if not isinstance(node, ast.If):
        return set(effects(node).makes)
    branches = (node.body, node.orelse)
    either, other = ({n for s in b for n in _bound_for_certain(s)} for b in branches)
    return either & other


def used_of_the_module(statements: Sequence[SourcedStatement], result: ast.expr) -> set[str]:
    """Give the names that the steps use and none of them has made before.

    Args:
        statements: the steps, in order.
        result: what they are for.
    """
    made: set[str] = set()
    used: set[str] = set()
    for statement in statements:
        effect = effects(statement.node)
        used |= (effect.uses | effect.changes) - made
        made |= effect.makes
    return used | (free_names(result) - made)


# --- constants ---


@dataclass(frozen=True)
class WithConstants:
    """Assignments at the top of a module, and the statements and expression that use them."""

    tops: tuple[ast.stmt, ...]
    statements: tuple[SourcedStatement, ...]
    result: ast.expr


def constants(
    parts: Sequence[SourcedStatement], result: ast.expr, names: Iterable[str]
) -> WithConstants:
    """Take lists and dicts that are written out, and never changed, to the top of the module.

    Args:
        parts: the statements, whose names are changed.
        result: the expression that they are for, likewise.
        names: names that no constant may have.
    """
    reserved = {*names, "COLUMNS"}
    made = [name for part in parts for name in _touched([part])]
    tops: list[ast.stmt] = []
    rest: list[SourcedStatement] = []
    renamed: dict[str, str] = {}
    for part in parts:
        match part.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if made.count(
                name
            ) == 1 and _is_written_out(value):
                new = _constant_name(name)
                while new in reserved:
                    new += "_"
                reserved.add(new)
                renamed[name] = new
                top = ast.Assign([ast.Name(new, ast.Store())], value)
                tops.append(ast.fix_missing_locations(ast.copy_location(top, part.node)))
            case _:
                rest.append(part)
    for node in [*(part.node for part in rest), result]:
        for each in walk(node):
            if isinstance(each, ast.Name) and each.id in renamed:
                each.id = renamed[each.id]
    return WithConstants(tuple(tops), tuple(rest), result)


def _is_written_out(node: ast.expr) -> bool:
    match node:
        case ast.List() | ast.Tuple() | ast.Dict() | ast.Set() | ast.Constant():
            return not any(isinstance(n, ast.Name | ast.Call | ast.Lambda) for n in walk(node))
    return False


def _constant_name(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


# --- text ---


def function_text(step: Function, captions: Mapping[int, str], comments: Comments) -> str:
    """Write a function.

    Args:
        step: the function.
        captions: what each cell is about.
        comments: the comments of its statements.
    """
    *types, gives = step.types
    typed = zip(step.takes, types, strict=True)
    arguments = ", ".join(f"{name}: {its}" for name, its in typed)
    function = ast.parse(f"def {step.name}({arguments}) -> {gives}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    said = ast.Expr(ast.Constant(_docstring(step, captions)))
    function.body = [said, *_with_return(step)]
    return layout([ast.fix_missing_locations(function)], comments).rstrip("\n")


def _with_return(step: Function) -> list[ast.stmt]:
    """Give the function's statements, with a `return` at their end."""
    match step.body:
        case [*before, ast.Assign(targets=[ast.Name(id=name)], value=value) as last] if (
            step.gives == (name,)
        ):
            return [*before, ast.copy_location(ast.Return(value), last)]
    given = [ast.Name(name, ast.Load()) for name in step.gives]
    match given:
        case []:
            return list(step.body)
        case [one]:
            return [*step.body, ast.Return(one)]
    return [*step.body, ast.Return(ast.Tuple(given, ast.Load()))]  # type: ignore[arg-type]


def _docstring(step: Function, captions: Mapping[int, str]) -> str:
    """Repeat the text above the cells, or their heading if there are several texts."""
    numbers = ", ".join(map(str, step.cells))
    cells = f"cell {numbers}" if len(step.cells) == 1 else f"cells {numbers}"
    said = {captions.get(cell, "") for cell in step.cells}
    title = said.pop() if len(said) == 1 else step.heading
    title = title.strip().rstrip(".:").replace("\\", "").replace('"', "'")
    if not title or len(title) > _LONGEST_SENTENCE:
        return f"{cells.capitalize()}."
    end = "" if title.endswith(("?", "!")) else "."
    text = f"{title[:1].upper()}{title[1:]} ({cells}){end}"
    return textwrap.fill(text, WIDTH - 7 - 4, break_long_words=False, break_on_hyphens=False)
