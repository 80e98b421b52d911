"""What people are told when something fails: one line with the problem, its cause and a remedy."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb

PACKAGE = Path(__file__).parents[1]
STEPS = ("features.py", "prepare.py")  # what people write
LONGEST = 120  # characters of a statement
ROW = "row "  # begins the note of an exception that one row causes


class Refusal(Exception):  # noqa: N818 - it is an answer, not an accident
    """The problem, its cause, and a remedy; printed without a traceback, exit code 1."""


def brief(error: BaseException) -> str:
    """The first line of an exception that says something, with its type."""
    lines = (line.strip() for line in str(error).splitlines())
    said = next((line for line in lines if any(map(str.isalnum, line))), "")
    return f"{type(error).__name__}: {said}".removesuffix(": ")


def failed_step(error: BaseException) -> str | None:
    """Which step of features.py or prepare.py an exception comes from, and what to do about it.

    Returns:
        One line; None if the exception comes from elsewhere.
    """
    places = list(_places(error))
    if not places:
        return None
    file, line = places[-1]
    source = file.read_text(encoding="utf-8")
    around = [node for node in ast.walk(ast.parse(source)) if _covers(node, line)]
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    statement = min(
        (node for node in around if isinstance(node, ast.stmt)),
        key=lambda node: (node.end_lineno or 0) - node.lineno,
    )
    code = " ".join((ast.get_source_segment(source, statement) or "").split())
    code = code if len(code) <= LONGEST else f"{code[:LONGEST]}…"
    name = functions[0].name if functions else "the module"
    row = next((note for note in getattr(error, "__notes__", []) if note.startswith(ROW)), "")
    return (
        f"{name} in {file.name}{_cells(functions)} fails at `{code}` with {brief(error)}"
        f"{f', for {row}' if row else ''}; correct line {line} of {file.name}, or the data"
    )


def _places(error: BaseException) -> Iterator[tuple[Path, int]]:
    """The lines of what people write that an exception went through, the outermost first."""
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.name in STEPS and file.parent == PACKAGE:
            yield file, line


def _covers(node: ast.AST, line: int) -> bool:
    return isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)


def _cells(functions: list[ast.FunctionDef]) -> str:
    """The notebook's cells that a step comes from, as its docstring names them."""
    said = ast.get_docstring(functions[0]) if functions else None
    found = re.search(r"\bcells? [0-9]+(?:,\s+[0-9]+)*", said or "", re.IGNORECASE)
    return f" ({' '.join(found[0].lower().split())} of the notebook)" if found else ""
