"""Counts of rows that random numbers are drawn for, written where these are drawn.

Of ``n = df["age"].isnull().sum()``, ``drawn = np.random.randint(20, 40, size=n)`` it makes
``drawn = np.random.randint(20, 40, size=df["age"].isnull().sum())``: as many as there are rows at
hand, not as there were while fitting.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence

from idea.knowledge.pandas_methods import DRAWS
from idea.program.dataflow import Step
from idea.program.names_used import free_names, root, stored_names
from idea.program.substitute import substituted
from idea.syntax import copied, import_path, walk


def with_counts_in_draws(steps: Iterable[Step], imports: Mapping[str, str]) -> list[Step]:
    """Write counts where random numbers are drawn, in blocks too.

    Args:
        steps: the statements, in order; they are not changed.
        imports: dotted paths by the names that they are imported as.
    """
    steps = list(steps)
    counts = _only_drawn_by([step.node for step in steps], imports)
    if not counts:
        return steps
    nodes = _inlined([step.node for step in steps], counts)
    return [
        step.becomes(node, step.role, step.call)
        for step, node in zip(steps, nodes, strict=True)
        if node is not None
    ]


def _only_drawn_by(nodes: Sequence[ast.stmt], imports: Mapping[str, str]) -> set[str]:
    """Give the variables that are only used as arguments of random draws."""
    loads: list[str] = []
    drawn: list[str] = []
    for node in nodes:
        for part in walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                loads.append(part.id)
            elif isinstance(part, ast.Call) and draws(part, imports):
                given = [*part.args, *(keyword.value for keyword in part.keywords)]
                drawn += [each.id for each in given if isinstance(each, ast.Name)]
    return {name for name in drawn if loads.count(name) == drawn.count(name)}


def _inlined(block: Sequence[ast.stmt], counts: set[str]) -> list[ast.stmt | None]:
    """Give the statements of a block with the counts in the draws; None for what counted."""
    nodes: list[ast.stmt | None] = [_with_block(node, counts) for node in block]
    for at, node in enumerate(block):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in counts:
                using = [n for n in range(len(block)) if name in free_names(block[n])]
                if _counts_rows(value) and len(using) == 1 and using[0] > at:
                    between = block[at + 1 : using[0]]
                    if not any(_stored(each) & free_names(value) for each in between):
                        nodes[at] = None
                        nodes[using[0]] = _with_value(block[using[0]], name, value)
    return nodes


def _with_block(node: ast.stmt, counts: set[str]) -> ast.stmt:
    if not isinstance(node, ast.For | ast.If | ast.FunctionDef | ast.While):
        return node
    new = copied(node)
    new.body = [each for each in _inlined(node.body, counts) if each is not None]
    return new


def _with_value(node: ast.stmt, name: str, value: ast.expr) -> ast.stmt:
    new = copied(node)
    for part in walk(new):
        if isinstance(part, ast.Call):
            part.args = [substituted(each, {name: value}) for each in part.args]
            for keyword in part.keywords:
                keyword.value = substituted(keyword.value, {name: value})
    return new


def _stored(node: ast.stmt) -> set[str]:
    """Give the names that a statement binds, or of which it changes an item."""
    return stored_names(node) | {
        root(part) or ""
        for part in walk(node)
        if isinstance(part, ast.Subscript | ast.Attribute) and isinstance(part.ctx, ast.Store)
    }


def draws(call: ast.Call, imports: Mapping[str, str]) -> bool:
    """Tell whether a call draws as many random numbers as it is told to."""
    module, _, name = (import_path(call.func, imports) or "").rpartition(".")
    return module == "numpy.random" and name in DRAWS


def counted_gaps(node: ast.expr) -> ast.expr | None:
    """Give the column of ``column.isnull().sum()``."""
    match node:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(func=ast.Attribute(value=column, attr="isna" | "isnull")),
                attr="sum",
            )
        ):
            return column
    return None


def _counts_rows(node: ast.expr) -> bool:
    """Tell whether an expression counts gaps, or is a length."""
    match node:
        case ast.Call(func=ast.Name(id="len")):
            return True
    return counted_gaps(node) is not None
