"""Letters for frequencies, as in `df.resample("M")`."""

import ast

from idea.knowledge.renames import FREQUENCIES, FREQUENCY, PERIODS, TAKE_FREQUENCY
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.syntax import callee_name, constant


@rewrites(ast.Call)
def letters(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.resample("M")` as `df.resample("ME")`."""
    name = callee_name(call)
    if name not in TAKE_FREQUENCY and name != "to_period":
        return None
    letters = PERIODS if name == "to_period" else FREQUENCIES

    def today(node: ast.expr) -> ast.expr:
        text = constant(node)
        found = FREQUENCY.fullmatch(text) if isinstance(text, str) else None
        if not found:
            return node
        count, unit, anchor = found.groups(default="")
        return ast.Constant(f"{count}{letters.get(unit, unit)}{anchor}")

    args = [arg if name.endswith("date_range") else today(arg) for arg in call.args]
    keywords = [
        ast.keyword(key.arg, today(key.value) if key.arg in ("freq", "rule") else key.value)
        for key in call.keywords
    ]
    new = ast.Call(call.func, args, keywords)
    return new if ast.dump(new) != ast.dump(call) else None
