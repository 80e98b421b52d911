"""Runs a notebook's cells, one after the other, in a process of their own, and keeps what failed.

`python -c "from <package>.parity.cells import main; main()" plan.json`: pickles of what it
records name `capture`, which is no program.
"""

import ast
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from ..tools.errors import brief
from . import capture, surroundings

CAPTURE = "_parity"  # what the notebook calls the module `capture`
FAILURES = "failures.json"
LONGEST = 100  # letters of a statement that is shown
# Methods that change what they are called on, whatever becomes of their value.
CHANGING = {"append", "extend", "fit", "fit_transform", "insert", "partial_fit", "pop", "update"}

Names = set[str]


@dataclass(frozen=True)
class Failure:
    """What went wrong in one statement.

    Attributes:
        place: "cell 3".
        statement: its source, on one line.
        error: the exception's type and first line.
        unbound: names that are not bound, or not changed, because of it.
        missing: the package that could not be imported; else empty.
        goes_on: whether the rest of its cell ran all the same.
        is_import: whether the statement imports.
    """

    place: str
    statement: str
    error: str
    unbound: list[str]
    missing: str = ""
    goes_on: bool = False
    is_import: bool = False

    def __str__(self) -> str:
        statement = f", `{self.statement}`" if self.statement else ""
        return f"{self.place}{statement}: {self.error}"


class Runner(ast.NodeTransformer):
    """Runs cells in one IPython shell, and keeps what failed.

    A failed import, or expression such as a plot, does not take the rest of its cell with it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failures: list[Failure] = []
        self.place = "before the first cell"
        self.body: list[ast.stmt] = []
        self.shell = InteractiveShell.instance()
        _quieten(self.shell)
        self.shell.ast_transformers.append(self)
        self.shell.push({CAPTURE: capture, "_parity_failed": self.failed_and_goes_on})
        # The cell that imports these is often missing, or further down.
        usual = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sns": "seaborn"}
        self.shell.push({name: __import__(path, fromlist=["x"]) for name, path in usual.items()})

    def run(self, place: str, source: str) -> None:
        """Run a cell."""
        self.place, self.body = place, []
        self.save(running=True)
        result = self.shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not isinstance(error, capture.Reached):
            self._failed(error, error.__traceback__, goes_on=False)
        self.save()

    def save(self, running: bool = False) -> None:
        """Write what failed so far, and the cell that runs, since the process may be ended."""
        content = {
            "running": self.place if running else "",
            "failures": [asdict(one) for one in self.failures],
        }
        (self.folder / FAILURES).write_text(json.dumps(content), encoding="utf-8")

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Put each import, and each expression statement, into a `try` of its own."""
        self.body = [part for statement in node.body for part in _parts(statement)]
        node.body = [
            _in_try(part, number)
            if isinstance(part, ast.Expr | ast.Import | ast.ImportFrom) and not _is_future(part)
            else part
            for number, part in enumerate(self.body)
        ]
        return ast.fix_missing_locations(node)

    def failed_and_goes_on(self, number: int) -> None:
        """Keep the error that is being handled, of a statement after which the cell goes on."""
        _, error, _ = sys.exc_info()
        if error is not None:
            self._failed(error, error.__traceback__, goes_on=True, number=number)

    def _failed(
        self,
        error: BaseException,
        trace: TracebackType | None,
        goes_on: bool,
        number: int | None = None,
    ) -> None:
        """Keep an error.

        Args:
            error: the exception.
            trace: where it came from.
            goes_on: whether the rest of the cell runs.
            number: of the statement in the cell; None to find it by its line.
        """
        if number is None:
            number = self._number_of(trace)
        rest = self.body[number : number + 1 if goes_on else None] if number is not None else []
        statement = ast.unparse(rest[0]) if rest else ""
        missing = ""
        if isinstance(error, ModuleNotFoundError) and error.name:
            missing = error.name.partition(".")[0]
        self.failures.append(
            Failure(
                self.place,
                _brief(statement),
                brief(error),
                sorted({name for part in rest for name in bound_by(part)}),
                missing,
                goes_on,
                bool(rest) and isinstance(rest[0], ast.Import | ast.ImportFrom),
            )
        )

    def _number_of(self, trace: TracebackType | None) -> int | None:
        """The number of the cell's statement in which an error arose."""
        line = 0
        while trace is not None:
            frame = trace.tb_frame
            if frame.f_globals is self.shell.user_ns and frame.f_code.co_name == "<module>":
                line = trace.tb_lineno
                break
            trace = trace.tb_next
        lines = [(part.lineno, part.end_lineno or part.lineno) for part in self.body]
        within = [n for n, (first, last) in enumerate(lines) if first <= line <= last]
        return within[0] if within else None


def _parts(statement: ast.stmt) -> list[ast.stmt]:
    """A statement that imports several names as one for each."""
    match statement:
        case ast.Import(names=[_, _, *_] as names):
            parts: list[ast.stmt] = [ast.Import([name]) for name in names]
        case ast.ImportFrom(module=module, names=[_, _, *_] as names, level=level):
            parts = [ast.ImportFrom(module, [name], level) for name in names]
        case _:
            return [statement]
    return [ast.copy_location(part, statement) for part in parts]


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _in_try(statement: ast.stmt, number: int) -> ast.stmt:
    attempt = ast.parse(f"try: pass\nexcept Exception: _parity_failed({number})").body[0]
    assert isinstance(attempt, ast.Try)
    attempt.body = [statement]
    return ast.copy_location(attempt, statement)


def _brief(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _quieten(shell: InteractiveShell) -> None:
    """Print nothing, run no shell command and no installation."""
    shell.showtraceback = lambda *_, **__: None
    shell.showsyntaxerror = lambda *_, **__: None
    shell.system = shell.getoutput = lambda *_, **__: []
    shell.push({"exit": lambda *_: None, "quit": lambda *_: None})
    for name in ("conda", "load_ext", "matplotlib", "pip", "reload_ext"):
        shell.register_magic_function(lambda *_: None, "line", name)
    for name in ("bash", "script", "sh"):
        shell.register_magic_function(lambda *_: None, "cell", name)


# Which failures matter


def reaching(failures: Sequence[Failure], cells: Sequence[tuple[str, str]]) -> Iterator[Failure]:
    """The failures that left something as it was, or unbound, that the fit depends on.

    Args:
        failures: in order.
        cells: place and source of those that ran; the last statement comes to the fit.
    """
    found = [(place, each) for place, source in cells for each in _body(source)]
    if not found:
        return
    *before, (last, fitting) = found
    functions = _functions(each for _, each in found)
    wanted = _with_inside(_loaded(fitting), functions)
    after: dict[str, list[Names]] = {last: [wanted]}  # each statement of a cell, from its end
    for place, statement in reversed(before):
        after.setdefault(place, []).append(wanted)
        if (bound_by(statement) | _changed(statement, functions)) & wanted:
            needed = _with_inside(_loaded(statement), functions)
            wanted = (wanted - _bound_anew(statement)) | needed
    also = _other_names(each for _, each in found)
    for one in failures:
        if one.is_import or one.place not in after:
            continue
        rest = after[one.place] if one.goes_on else after[one.place][:1]
        unbound = {other for name in one.unbound for other in (name, *also.get(name, ()))}
        if any(unbound & wanted for wanted in rest):
            yield one


def _body(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _loaded(node: ast.AST) -> Names:
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def _functions(statements: Iterable[ast.stmt]) -> dict[str, Names]:
    """The names that the notebook's own functions and classes use, by their names."""
    found: dict[str, Names] = {}
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found.setdefault(statement.name, set()).update(_loaded(statement))
    return found


def _with_inside(names: Names, functions: Mapping[str, Names]) -> Names:
    """Names, and those that functions among them use."""
    found, waiting = set(names), [*names]
    while waiting:
        new = functions.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _changed(statement: ast.stmt, functions: Mapping[str, Names]) -> Names:
    """The names of what a statement may change without binding it."""
    if isinstance(statement, ast.Expr):
        return _loaded(statement)
    found: Names = set()
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in CHANGING:
                found |= _loaded(owner)
            case ast.Call(func=ast.Name(id=name)) if name in functions:
                found |= _loaded(node)
    return found


def _bound_anew(statement: ast.stmt) -> Names:
    """The names that a statement binds in any case, whatever they stood for."""
    match statement:
        case ast.Assign(targets=targets):
            parts = [p for t in targets for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
            return {part.id for part in parts if isinstance(part, ast.Name)}
    return set()


def _other_names(statements: Iterable[ast.stmt]) -> dict[str, Names]:
    """The other names that each name's object has had, by plain assignment."""
    found: dict[str, Names] = {}
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=one)], value=ast.Name(id=other)):
                group = found.get(one, {one}) | found.get(other, {other})
                found |= dict.fromkeys(group, group)
    return found


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, or whose objects it changes, in it or deeper."""
    found = set()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                found |= _root(node)
            case ast.Call(func=function, keywords=[*_]) if _is_in_place(node):
                found |= _root(function)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
    return found


def _root(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _is_in_place(call: ast.Call) -> bool:
    return any(keyword.arg == "inplace" for keyword in call.keywords)


# The process


def end_all() -> None:
    """End this process and those that it started, at once."""
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Run the cells of the plan whose path is the argument, for as long as the plan says."""
    plan: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.argv[1:] = []
    # Also where the process that waits for this one is gone. A cell that computes can't be
    # interrupted.
    limit = threading.Timer(plan["seconds"] + 5, end_all)
    limit.daemon = True
    limit.start()
    surroundings.prepare(plan["data"])
    capture.start(plan["folder"])
    if any("imblearn" in source for _, source in plan["cells"]):
        with contextlib.suppress(ImportError):  # the cell that needs it will say so
            capture.record_resampling()
    runner = Runner(Path(plan["folder"]))
    with contextlib.suppress(capture.Reached):
        for place, source in plan["cells"]:
            runner.run(place, source)
            if capture.recording.is_over:
                break
    os._exit(0)  # without waiting for threads that the notebook started
