"""`str.replace` took patterns by default."""

import ast
import re

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import with_true
from idea.syntax import keyword_value

_PATTERN = re.compile(r"[\\^$.|?*+()\[\]{}]")


@rewrites(ast.Call)
def replaced_patterns(call: ast.Call, context: Context) -> ast.expr | None:
    """`s.str.replace("[$]", "")` with `regex=True`; one letter alone never was a pattern."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="str"), attr="replace"),
            args=[ast.Constant(value=str(text)), *_],
        ) if len(text) > 1 and _PATTERN.search(text):
            return with_true(call, "regex") if keyword_value(call, "regex") is None else None
    return None
