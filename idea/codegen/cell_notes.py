"""One line about a cell, and the reason why it was not carried over."""

import ast
from collections.abc import Mapping

from idea.knowledge.packages import DRAWING
from idea.notebooks import Cell
from idea.program.names_used import root
from idea.program.settings import is_setting
from idea.syntax import callee_name, parse, walk

_WIDTH = 60  # of a cell's first line of code

# Calls that only show something, by their last name.
_SHOWING = frozenset(
    "print display show head tail info describe hist plot value_counts isnull isna unique nunique "
    "corr boxplot pivot_table".split()
)
_SHOWN = frozenset({"shape", "columns", "dtypes", "plot"})


def gist(cell: Cell) -> str:
    """Give the first line that does something, as code in a cell of a Markdown table."""
    lines = [" ".join(line.split()) for line in cell.source.splitlines() if line.strip()]
    for line in lines:
        if not line.startswith(("#", "%", "!", "import ", "from ")):
            return _code(line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}…")
    return _code(lines[0][:_WIDTH] if lines else "")


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def why_it_stays(cell: Cell, imports: Mapping[str, str]) -> str:
    """Say why nothing of a cell was carried over.

    Args:
        cell: the cell.
        imports: dotted paths by the names that they are imported as.
    """
    lines = [line.strip() for line in cell.source.splitlines() if line.strip()]
    tree = parse(cell.code)
    body = tree.body if tree else []
    if all(line.startswith("#") for line in lines):
        return "stays: a comment"
    if not body and not all(line.startswith(("%", "!", "#")) for line in lines):
        return "stays: not Python"
    if all(isinstance(n, ast.Import | ast.ImportFrom) or is_setting(n, imports) for n in body):
        return "stays: imports and settings"
    if any(_shows(part, imports) for node in body for part in walk(node)):
        return "stays: it looks, plots or prints"
    return "stays: nothing that the model is fitted to comes from it"


def _shows(node: ast.AST, imports: Mapping[str, str]) -> bool:
    match node:
        case ast.Call(func=function):
            path = imports.get(root(function) or "", "")
            return callee_name(node) in _SHOWING or path.split(".")[0] in DRAWING
        case ast.Attribute(attr=name, ctx=ast.Load()):
            return name in _SHOWN
    return False
