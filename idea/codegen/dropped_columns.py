"""Lets statements drop columns that are not there."""

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from idea.analysis.statements import SourcedStatement


def ignoring_missing(
    parts: Sequence[SourcedStatement], raw: Iterable[object]
) -> list[SourcedStatement]:
    """Let a drop pass over columns that nothing makes here, since nothing needs them.

    Args:
        parts: the statements.
        raw: names of the columns that are there from the start.

    Returns:
        Copies of the statements, in which such a drop has ``errors="ignore"``.
    """
    known = {*map(str, raw), *(name for part in parts for name in _stored_strings(part.node))}
    out = []
    for part in parts:
        node = copy.deepcopy(part.node)
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and _may_miss(call, known):
                call.keywords.append(ast.keyword("errors", ast.Constant("ignore")))
        out.append(replace(part, node=ast.fix_missing_locations(node)))
    return out


def _stored_strings(node: ast.stmt) -> Iterator[object]:
    for target in node.targets if isinstance(node, ast.Assign) else []:
        yield from (part.value for part in ast.walk(target) if isinstance(part, ast.Constant))


def _may_miss(call: ast.Call, known: Set[object]) -> bool:
    """Tell whether a call drops a column that is not known to be there."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "drop":
        return False
    if any(keyword.arg == "errors" for keyword in call.keywords):
        return False
    texts = {c.value for c in ast.walk(call) if isinstance(c, ast.Constant)}
    names = {text for text in texts if isinstance(text, str)} - {"columns", "index", "rows"}
    return not names <= known
