"""Runs a notebook's cells, one after the other, in a process of their own.

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
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from ..tools.errors import brief
from . import capture, surroundings
from .failures import Failure, bound_by

CAPTURE = "_parity"  # what the notebook calls the module `capture`
FAILURES = "failures.json"
LONGEST = 100  # letters of a statement that is shown


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
