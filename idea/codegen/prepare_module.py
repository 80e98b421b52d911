"""Writes `prepare.py`: the notebook's statements that leave out rows or compute the target."""

import ast
import builtins
import keyword
from collections.abc import Sequence
from dataclasses import replace

from idea.analysis import Idea
from idea.analysis.statements import SourcedStatement
from idea.codegen.dropped_columns import ignoring_missing
from idea.codegen.formatter import layout
from idea.codegen.module_writer import (
    LOOK_UPS,
    RESERVED,
    GeneratedModule,
    ModuleWriter,
    dates_argument,
)
from idea.codegen.step_functions import Function, constants, functions, used_of_the_module
from idea.codegen.tidy import tidied
from idea.syntax import copied

# Methods that give an array, of a column or of a transformer.
ARRAY_METHODS = frozenset("to_numpy ravel flatten reshape transform fit_transform".split())

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
    does += ["holds back rows"] if preparation.predefined else []
    does += ["computes the target"] if preparation.y is not None else []
    doc = _DOC.format(does=" and ".join(does).capitalize(), name=name)
    module = ModuleWriter(idea, doc, {**script.imports, **LOOK_UPS}, ["as_read"])
    writer = _PrepareWriter(idea, module)
    body = ["table = table.reset_index(drop=True)"]
    if (rows := preparation.predefined) is not None:
        frames = [rows.kept, rows.held, *([rows.rows] if rows.rows else [])]
        body += writer.steps(rows.statements, frames, None)
        body += _held_back(*map(ast.unparse, writer.result))
    if preparation.predefined is None or preparation.y is not None:
        kept = [name for name in (preparation.kept, preparation.rows) if name]
        body += writer.steps(preparation.statements, kept, preparation.y)
    module.helpers(writer.names, keep_index=True)
    module.blocks += writer.blocks
    module.add([_prepare(body, writer.result, idea, target)])
    return GeneratedModule(module.text(), tuple(writer.functions))


class _PrepareWriter:
    """Writes statements as functions.

    Attributes:
        blocks: the text of the functions.
        functions: the functions.
        names: the names that their statements use.
        result: the expressions that the last statements were for.
    """

    def __init__(self, idea: Idea, module: ModuleWriter) -> None:
        """Take the result of the analysis, and the module that the functions are for."""
        self.idea = idea
        self.module = module
        self.blocks: list[str] = []
        self.functions: list[Function] = []
        self.names: set[str] = set()
        self.result: list[ast.expr] = []

    def steps(
        self, statements: Sequence[SourcedStatement], frames: Sequence[str], y: ast.expr | None
    ) -> list[str]:
        """Write statements as functions; give the code that calls them.

        Args:
            statements: the statements, on the raw table.
            frames: the variables that they are for.
            y: the target that they are for; None if it is a raw column.
        """
        idea, module = self.idea, self.module
        reading, script = idea.reading, idea.script
        tolerant = ignoring_missing(statements, reading.raw.names)
        located = [replace(s, node=module.sources.located(s.node, s.position)) for s in tolerant]
        wanted: list[ast.expr] = [ast.Name(frame, ast.Load()) for frame in frames]
        wanted += [copied(y)] if y is not None else []
        result = ast.Tuple(wanted, ast.Load())
        tidy = tidied(located, result, reading.frame, reading.raw.names, script.imports)
        comments = module.sources.of(tidy.statements)
        code = constants(tidy.statements, tidy.result, script.imports)
        own = {function.name for function in self.functions}
        taken = {*RESERVED, *own, *script.imports, *script.functions, *dir(builtins)}
        steps = functions(code.statements, code.result, tidy.frame, (), taken, reading.raw.strings)
        if code.tops:
            self.blocks.append(layout(code.tops, comments).rstrip("\n"))
        nodes: list[ast.AST] = [*(s.node for s in code.statements), code.result]
        module.need(*nodes)
        self.names |= used_of_the_module(code.statements, code.result)
        for step in steps:
            self.blocks.append(module.step_text(step, comments))
        self.functions += steps
        assert isinstance(code.result, ast.Tuple)
        self.result = code.result.elts
        raw = list(reading.raw.names)
        unnamed = raw and not all(isinstance(name, str) for name in raw)
        columns = repr(raw) if unnamed else "table.columns"
        start = f"{tidy.frame} = as_read(table, {columns}{dates_argument(idea)})"
        if reading.preparation.predefined is not None and y is not None:  # rows are left out
            start += "\n" + f"{tidy.frame} = {tidy.frame}.set_axis(table.index)"
        return [*start.split("\n"), *(step.call for step in steps)]


def _held_back(kept: str, held: str, numbers: str = "") -> list[str]:
    """Write the lines that leave rows to learn from and to test on, and mark the latter.

    Args:
        kept: the frame with the rows to learn from.
        held: the frame with those to test on.
        numbers: the series with the numbers of rows by the index of these frames; empty if the
            numbers are their index.
    """
    return [
        f"held_back = table.index.isin({_numbers_of(held, numbers)})",
        f"used = held_back | table.index.isin({_numbers_of(kept, numbers)})",
        "table, held_back = table[used], held_back[used]",
    ]


def _numbers_of(frame: str, numbers: str) -> str:
    """Write the numbers of a frame's rows.

    Args:
        frame: the frame.
        numbers: the series with these numbers by the frame's index; empty if they are the index.
    """
    return f"{numbers}[{numbers}.index.isin({frame}.index)]" if numbers else f"{frame}.index"


def _numbered(result: Sequence[ast.expr], idea: Idea) -> ast.expr:
    """Give the target with the numbers of its rows as its index, unless it is an array.

    Args:
        result: the frame whose rows are kept, the series of numbers, the target: what there is.
        idea: the result of the analysis.
    """
    y = result[-1]
    slices = idea.reading.slices
    if slices.load not in slices.y and not _is_array(idea.reading.fit.y, idea):
        # Of another table, whose rows the notebook takes in their order, whatever their index is.
        return ast.Call(ast.Attribute(y, "to_numpy", ast.Load()), [], [])
    if not idea.reading.preparation.rows or _is_array(idea.reading.fit.y, idea):
        return y
    return ast.Call(ast.Attribute(y, "rename", ast.Load()), [result[-2]], [])


def _is_array(node: ast.expr, idea: Idea) -> bool:
    """Tell whether the target is an array, which has no index."""
    match node:
        case ast.Name(id=name):
            found = idea.script.program.last_value(name, idea.reading.fit.position)
            return found is not None and found[0] is not node and _is_array(found[0], idea)
        case ast.Attribute(attr="values"):
            return True
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in ARRAY_METHODS
    return False


def _prepare(body: Sequence[str], result: Sequence[ast.expr], idea: Idea, target: str) -> ast.stmt:
    """Write the function that runs the steps.

    Args:
        body: the code up to the result.
        result: the frame whose rows are kept, if rows are left out, and the target, if it is made.
        idea: the result of the analysis.
        target: the target's name in the prepared table.
    """
    preparation = idea.reading.preparation
    lines = list(body)
    if preparation.kept:
        numbers = ast.unparse(result[1]) if preparation.rows else ""
        lines.append(f"table = table.loc[{_numbers_of(ast.unparse(result[0]), numbers)}]")
    columns = {held_back_column(idea): "held_back"} if preparation.predefined else {}
    if preparation.y is not None:
        columns[target] = ast.unparse(_numbered(result, idea))
    plain = all(name.isidentifier() and not keyword.iskeyword(name) for name in columns)
    named = ", ".join(f"{name}={value}" for name, value in columns.items())
    pairs = ", ".join(f"{name!r}: {value}" for name, value in columns.items())
    given = named if plain else f"**{{{pairs}}}"
    lines.append(f"return table.assign({given})" if columns else "return table")
    return ast.parse(
        "def prepare(table: pd.DataFrame) -> pd.DataFrame:\n"
        '    """Give the rows to learn from, with their target."""\n'
        + "".join(f"    {line}\n" for line in lines)
    ).body[0]


def held_back_column(idea: Idea) -> str:
    """Name the column that marks the rows to test on."""
    name = "held_back"
    while name in idea.reading.raw.strings or name == idea.reading.target.column:
        name += "_"
    return name
