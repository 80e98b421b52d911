"""From a notebook's cells to one program: imports, functions, and statements in their order."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from idea.modernize import Moved, modernise
from idea.notebooks import Notebook
from idea.program.dataflow import Program, Step
from idea.program.inline import inlined
from idea.program.names_used import free_names


@dataclass
class Script:
    """What a notebook says, as one program."""

    program: Program
    imports: dict[str, str] = field(default_factory=dict)  # name → dotted path
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    moved: list[tuple[int, Moved]] = field(default_factory=list)  # by cell
    today: dict[int, str] = field(default_factory=dict)  # code by cell, moved to today's libraries

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or attribute; None for the notebook's own."""
        match node:
            case ast.Name(id=name):
                return self.imports.get(name)
            case ast.Attribute(value=inner, attr=attribute):
                base = self.path(inner)
                return f"{base}.{attribute}" if base else None
        return None


def read_script(notebook: Notebook) -> Script:
    """Read a notebook's code, moved to today's libraries, as one program."""
    moved: list[tuple[int, Moved]] = []
    own = _own_names(notebook)
    steps: list[Step] = []
    today: dict[int, str] = {}
    for cell in notebook.in_order():
        code, moves = modernise(cell.code, own)
        moved += [(cell.number, move) for move in moves]
        if moves:
            today[cell.number] = code
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError):
            continue
        _mark_fits(tree, cell.number)
        for node in _flat(tree.body):
            steps.append(Step(node, cell.number, node.lineno, cell.heading))
    imports: dict[str, str] = {}
    functions: dict[str, ast.FunctionDef] = {}
    classes: dict[str, ast.ClassDef] = {}
    rest: list[Step] = []
    for step in steps:
        node = step.node
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(_imported(node))
        elif isinstance(node, ast.FunctionDef):
            functions[node.name] = node
            rest.append(step)
        elif isinstance(node, ast.ClassDef):
            classes[node.name] = node
            rest.append(step)
        else:
            for nested in ast.walk(node):
                if isinstance(nested, ast.Import | ast.ImportFrom):
                    imports.update(_imported(nested))
            rest.append(step)
    for function in functions.values():
        for nested in ast.walk(function):
            if isinstance(nested, ast.Import | ast.ImportFrom):
                imports.update(_imported(nested))
    script = Script(Program([], functions), imports, functions, classes, moved, today)
    flat = list(inlined(functions, rest))
    script.program = Program([s for step in flat for s in _apart(step)], functions)
    return script


def _mark_fits(tree: ast.Module, cell: int) -> None:
    """Keep at each fit where it was written, and to what: functions are inlined later."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        given = {"X": call.args[0:1], "y": call.args[1:2]}
        for keyword in call.keywords:
            if keyword.arg in ("X", "y"):
                given[keyword.arg] = [keyword.value]
        if isinstance(call.func, ast.Attribute) and call.func.attr == "fit" and given["y"]:
            written = ast.unparse(given["X"][0]), ast.unparse(given["y"][0])
            vars(call).update(written=written, cell=cell)


def _own_names(notebook: Notebook) -> set[str]:
    """Names of the functions and classes that the notebook defines itself."""
    return {
        name
        for cell in notebook.cells
        for name in re.findall(r"^(?:def|class)\s+(\w+)", cell.code, re.M)
    }


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements inside ``if __name__ == "__main__"`` and ``with`` blocks stand on their own."""
    for node in body:
        if (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)) or (
            isinstance(node, ast.With) and not any(i.optional_vars for i in node.items)
        ):
            yield from _flat(node.body)
        else:
            yield node


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, f"{node.module or ''}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            yield alias.name.split(".")[0], alias.name.split(".")[0]


def _apart(step: Step) -> Iterator[Step]:
    """Part ``a, b = x, y`` into two statements, and chained assignments too."""
    node = step.node
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if (
            len(node.targets) == 1
            and isinstance(target, ast.Tuple)
            and isinstance(node.value, ast.Tuple)
            and len(target.elts) == len(node.value.elts)
        ):
            stored = {t.id for t in target.elts if isinstance(t, ast.Name)}
            if not stored & free_names(node.value):
                for one, its in zip(target.elts, node.value.elts, strict=True):
                    part = ast.Assign([one], its, lineno=node.lineno)
                    yield Step(part, step.cell, step.line, step.heading)
                return
        if len(node.targets) > 1 and all(isinstance(t, ast.Name) for t in node.targets):
            first = node.targets[-1]
            yield Step(ast.Assign([first], node.value), step.cell, step.line, step.heading)
            for other in node.targets[:-1]:
                copied = ast.Name(first.id, ast.Load())  # type: ignore[attr-defined]
                yield Step(ast.Assign([other], copied), step.cell, step.line, step.heading)
            return
    yield step
