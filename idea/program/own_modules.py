"""Reads the author's own modules beside a notebook, as if their code stood in its cells."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from idea.knowledge.packages import LIBRARIES
from idea.modernize import modernise, notebook_names
from idea.program.comments import read_comments
from idea.program.dataflow import Step
from idea.program.names_used import imported_paths, stored_names
from idea.syntax import parse, walk

_LARGEST = 1_000_000  # bytes of a module
_MOST = 50  # modules

Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class _Module:
    """A module of the author's, of which every name has one that nothing else has.

    Attributes:
        name: its dotted name.
        path: its file.
        steps: its statements, after those of the modules that it imports.
        names: what its names are called among the notebook's.
    """

    name: str
    path: Path
    steps: tuple[Step, ...]
    names: Mapping[str, str]


def with_own_modules(steps: Sequence[Step], folder: Path) -> tuple[list[Step], tuple[Path, ...]]:
    """Replace imports of the author's own modules by the statements of these modules.

    Args:
        steps: the notebook's statements, whose trees are changed.
        folder: the notebook's folder.

    Returns:
        The statements, and the files of the modules that were read.
    """
    reader = _Reader(folder, _names_of(steps))
    done = reader.replaced(steps, folder)
    return done, tuple(module.path for module in reader.modules.values())


def _names_of(steps: Iterable[Step]) -> dict[str, str]:
    """Give the names that statements bind, with the paths of those that are imported."""
    found: dict[str, str] = {}
    for step in steps:
        if isinstance(step.node, Import):
            found.update(imported_paths(step.node))
        elif isinstance(step.node, ast.FunctionDef | ast.ClassDef):
            found[step.node.name] = ""
        else:
            found.update(dict.fromkeys(stored_names(step.node), ""))
    return found


class _Reader:
    """Reads modules, each once.

    Attributes:
        modules: those that were read, by their dotted names.
    """

    def __init__(self, folder: Path, taken: Mapping[str, str]) -> None:
        """Take the notebook's folder, and the names of the notebook with their imports' paths."""
        self.modules: dict[str, _Module] = {}
        self._roots = (folder, folder / "src", folder.parent, folder.parent / "src")
        self._taken = dict(taken)
        self._reading: set[Path] = set()

    def replaced(self, steps: Iterable[Step], folder: Path) -> list[Step]:
        """Replace imports of own modules, and the names that they bind.

        Args:
            steps: statements of the notebook or of a module.
            folder: of the file that holds them.
        """
        done: list[Step] = []
        names: dict[str, str] = {}
        qualified: dict[str, _Module] = {}
        for step in steps:
            if isinstance(step.node, Import):
                done += self._import(step, step.node, folder, names, qualified)
            else:
                done.append(step)
        rename = _Renamed(names, qualified)
        return [step.becomes(rename.visit(step.node)) for step in done]

    def _import(
        self,
        step: Step,
        node: Import,
        folder: Path,
        names: dict[str, str],
        qualified: dict[str, _Module],
    ) -> Iterator[Step]:
        """Give the statements that an import becomes.

        Args:
            step: its step.
            node: the import.
            folder: of the file that holds it.
            names: takes what imported names are called from here on.
            qualified: takes the modules by the expressions that stand for them.
        """
        others: list[ast.alias] = []
        for alias in node.names:
            called = alias.asname or alias.name
            base = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            level = node.level if isinstance(node, ast.ImportFrom) else 0
            whole = f"{base}.{alias.name}".strip(".")
            known = set(self.modules)
            module = None if alias.name == "*" else self._module(whole, level, folder, step)
            if module is not None:
                qualified[called] = module
            elif isinstance(node, ast.ImportFrom):
                module = self._module(base, level, folder, step) if base else None
                if module is not None:
                    wanted = module.names if alias.name == "*" else {alias.name}
                    for name in wanted:
                        its = alias.asname or name
                        names[its] = module.names.get(name, name)
            if module is None:
                others.append(alias)
            elif module.name not in known:
                yield from module.steps
        if others:
            node.names = others
            yield step

    def _module(self, name: str, level: int, folder: Path, step: Step) -> _Module | None:
        """Read a module; None if it is none of the author's.

        Args:
            name: its dotted name.
            level: the number of dots before it.
            folder: of the file that imports it.
            step: the notebook's statement that imports it, or one of the modules that do.
        """
        path = self._file(name, level, folder)
        known = next((m for m in self.modules.values() if m.path == path), None)
        if path is None or known is not None:
            return known
        if path in self._reading or len(self.modules) >= _MOST:
            return None
        tree = self._tree(path)
        if tree is None:
            return None
        self._reading.add(path)
        code, module = tree
        number = -2 - len(self._reading)  # no cell holds its code
        comments = read_comments(code, module, code)
        steps = [
            Step(
                node, step.cell, step.line, step.heading,
                written_in=number, comments=comments.within(node),
            )
            for node in module.body
            if not _is_main(node) and not _is_text(node)
        ]  # fmt: skip
        own = self._own_names(steps, name.rpartition(".")[2])
        rename = _Renamed(own, {})
        steps = self.replaced(steps, path.parent)
        steps = [each.becomes(rename.visit(each.node)) for each in steps]
        made = _Module(name, path, tuple(steps), own)
        self.modules[name] = made
        return made

    def _file(self, name: str, level: int, folder: Path) -> Path | None:
        package = name.split(".")[0]
        if level == 0 and (package in sys.stdlib_module_names or package in LIBRARIES):
            return None
        roots = () if level else self._roots
        folder = folder.joinpath(*[".."] * (level - 1))
        parts = [part for part in name.split(".") if part]
        places = [root.joinpath(*parts) for root in (folder, *roots)] if parts else []
        files = [path for p in places for path in (p.with_suffix(".py"), p / "__init__.py")]
        return next((path.resolve() for path in files if path.is_file()), None)

    def _tree(self, path: Path) -> tuple[str, ast.Module] | None:
        """Read a module's code, moved to current libraries; None if it can't be read."""
        try:
            if path.stat().st_size > _LARGEST:
                return None
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, ValueError):
            return None
        tree = parse(text)
        if tree is None:
            return None
        code, _ = modernise(text, notebook_names([tree]))
        tree = parse(code)
        return (code, tree) if tree is not None else None

    def _own_names(self, steps: Sequence[Step], stem: str) -> dict[str, str]:
        """Choose what a module's names are called among the notebook's."""
        own: dict[str, str] = {}
        for name, path in _names_of(steps).items():
            new = name
            while new in self._taken and not (path and self._taken[new] == path):
                # The notebook's own name of what it imports from this very module is its name.
                if self._taken[new].endswith(f"{stem}.{name}") or self._taken[new] == f".{name}":
                    break
                new = f"{new}_{stem}"
            own[name] = new
            self._taken[new] = path
        return own


def _is_main(node: ast.stmt) -> bool:
    """Tell whether a statement is what a module does when it is run as a script."""
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in walk(node.test)
    )


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class _Renamed(ast.NodeTransformer):
    """Replaces names, and attributes of modules, by what they are called."""

    def __init__(self, names: Mapping[str, str], qualified: Mapping[str, _Module]) -> None:
        self.names = {old: new for old, new in names.items() if old != new}
        self.qualified = qualified

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Rename a variable."""
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        """Rename a function, and what it uses."""
        node.name = self.names.get(node.name, node.name)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        """Rename a class, and what it uses."""
        node.name = self.names.get(node.name, node.name)
        self.generic_visit(node)
        return node

    def visit_alias(self, node: ast.alias) -> ast.alias:
        """Give an import the name that is used for it."""
        bound = node.asname or node.name
        if bound in self.names:
            node.asname = self.names[bound]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Replace ``module.name`` by the name."""
        module = self.qualified.get(_dotted(node.value) or "")
        if module is not None and node.attr in module.names:
            return ast.copy_location(ast.Name(module.names[node.attr], node.ctx), node)
        self.generic_visit(node)
        return node


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name):
            base = _dotted(inner)
            return f"{base}.{name}" if base else None
    return None
