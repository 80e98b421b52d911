"""Writes `prepare.py`: the notebook's statements that leave out rows or compute the target."""

import ast
import builtins
import copy
import keyword
from collections.abc import Sequence
from dataclasses import replace

from idea.analysis import Idea
from idea.codegen.dropped_columns import ignoring_missing
from idea.codegen.module_writer import (
    RESERVED,
    GeneratedModule,
    ModuleWriter,
    dates_argument,
)
from idea.codegen.step_functions import Function, constants, functions
from idea.codegen.tidy import tidied
from idea.program.names_used import free_names

_DOC = """{does} as the notebook does, before the split.

The statements are those of notebooks/{name}.
"""


def prepare_module(idea: Idea, name: str, target: str) -> GeneratedModule:
    """Write `prepare.py`.

    Args:
        idea: the result of the analysis.
        name: the notebook's name in the repo.
        target: the target's name in the prepared table.
    """
    reading, script = idea.reading, idea.script
    preparation = reading.preparation
    does = ["leaves out rows"] if preparation.kept else []
    does += ["computes the target"] if preparation.y is not None else []
    doc = _DOC.format(does=" and ".join(does).capitalize(), name=name)
    module = ModuleWriter(idea, doc, script.imports, ["as_read"])
    statements = ignoring_missing(preparation.statements, reading.raw.names)
    located = [replace(s, node=module.sources.located(s.node, s.position)) for s in statements]
    kept = [ast.Name(preparation.kept, ast.Load())] if preparation.kept else []
    y = [copy.deepcopy(preparation.y)] if preparation.y is not None else []
    result = ast.Tuple([*kept, *y], ast.Load())
    tidy = tidied(located, result, reading.frame, reading.raw.names, script.imports)
    comments = module.sources.of(tidy.statements)
    code = constants(tidy.statements, tidy.result, script.imports)
    taken = {*RESERVED, *script.imports, *script.functions, *dir(builtins)}
    steps = functions(code.statements, code.result, tidy.frame, (), taken, reading.raw.strings)
    if code.tops:
        module.add(code.tops, comments)
    nodes: list[ast.AST] = [*(s.node for s in code.statements), code.result]
    module.need(*nodes)
    module.helpers({used for node in nodes for used in free_names(node)}, keep_index=True)
    for step in steps:
        module.add_step(step, comments)
    module.add([_prepare(steps, code.result, tidy.frame, idea, target)])
    return GeneratedModule(module.text(), tuple(steps))


def _prepare(
    steps: Sequence[Function], result: ast.expr, frame: str, idea: Idea, target: str
) -> ast.stmt:
    """Write the function that runs the steps.

    Args:
        steps: the steps.
        result: the frame whose rows are kept, if rows are left out, and the target, if it is made.
        frame: the variable that holds the data frame.
        idea: the result of the analysis.
        target: the target's name in the prepared table.
    """
    assert isinstance(result, ast.Tuple)
    raw = list(idea.reading.raw.names)
    unnamed = raw and not all(isinstance(name, str) for name in raw)
    columns = repr(raw) if unnamed else "table.columns"
    body = [
        "table = table.reset_index(drop=True)",
        f"{frame} = as_read(table, {columns}{dates_argument(idea)})",
        *(step.call for step in steps),
    ]
    if idea.reading.preparation.kept:
        body.append(f"table = table.loc[{ast.unparse(result.elts[0])}.index]")
    if idea.reading.preparation.y is not None:
        value = ast.unparse(result.elts[-1])
        is_argument = target.isidentifier() and not keyword.iskeyword(target)
        given = f"{target}={value}" if is_argument else f"**{{{target!r}: {value}}}"
        body.append(f"return table.assign({given})")
    else:
        body.append("return table")
    return ast.parse(
        "def prepare(table: pd.DataFrame) -> pd.DataFrame:\n"
        '    """Give the rows to learn from, with their target."""\n'
        + "".join(f"    {line}\n" for line in body)
    ).body[0]
