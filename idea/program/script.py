"""From a notebook's cells to one program: imports, functions, and statements in their order."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from idea.knowledge.model_selection import CROSS_VALIDATIONS
from idea.knowledge.readers import READERS
from idea.modernize import Moved, modernise, notebook_names
from idea.notebooks import Notebook
from idea.program.added_rows import without_added_rows
from idea.program.aliases import without_aliases
from idea.program.bunches import without_bunches
from idea.program.canonical import canonical_steps, is_reader
from idea.program.comments import Comments, read_comments
from idea.program.dataflow import Program, Step
from idea.program.drawn_counts import with_counts_in_draws
from idea.program.formulas import is_of_formula, made_of_formula, models_of_formulas
from idea.program.found_parameters import with_found_parameters
from idea.program.held_tables import without_holders
from idea.program.inline import Location, inlined, location
from idea.program.made_columns import with_turns
from idea.program.names_used import imported_paths, separated, stored_names
from idea.program.nested_reads import with_reads_apart
from idea.program.own_modules import with_own_modules
from idea.program.own_objects import without_objects, without_unused
from idea.program.settings import without_settings
from idea.program.switches import Switches, find_switches
from idea.program.text_reads import TEXT_READERS, with_pandas_reads
from idea.program.trained_models import with_estimators
from idea.syntax import callee_name, copied, import_path, parse, walk

_READERS = frozenset(path.rpartition(".")[2] for path in (*READERS, *TEXT_READERS))
# What everybody calls these.
_USUAL = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sns": "seaborn"}


@dataclass(frozen=True)
class FitAsWritten:
    """A fit or a cross-validation as its cell has it, before the notebook's functions are inlined.

    Attributes:
        cell: number of the cell that holds its code.
        X: source of the rows that it is given.
        y: source of the targets that it is given.
        model: source of the model of a formula that makes both of these; empty if none does.
    """

    cell: int
    X: str
    y: str
    model: str = ""

    @property
    def of_formula(self) -> bool:
        """Whether a formula makes X and y, within the model."""
        return bool(self.model)


@dataclass(frozen=True)
class Script:
    """A notebook's code as one program.

    Attributes:
        program: the statements in the order in which they run.
        imports: dotted paths by the names that they are imported as.
        functions: the notebook's own functions by name.
        classes: the notebook's own classes by name.
        moved: what was moved to current libraries, with the cell's number.
        current: code by cell, of those cells that were moved to current libraries.
        fits: fits and cross-validations by their location in the cells.
        modules: the files of the author's own modules that were read.
        formulas: functions that make a model of a formula, with the number of the cell.
        added: what adds rows that no table has, and is left out, with the number of the cell.
    """

    program: Program
    imports: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, ast.FunctionDef] = field(default_factory=dict)
    classes: Mapping[str, ast.ClassDef] = field(default_factory=dict)
    moved: tuple[tuple[int, Moved], ...] = ()
    current: Mapping[int, str] = field(default_factory=dict)
    fits: Mapping[Location, FitAsWritten] = field(default_factory=dict)
    modules: tuple[Path, ...] = ()
    formulas: tuple[tuple[int, str], ...] = ()
    added: tuple[tuple[int, str], ...] = ()

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or attribute; None for the notebook's own."""
        return import_path(node, self.imports)

    def fit_as_written(self, step: Step, call: ast.Call) -> FitAsWritten | None:
        """Find how a cell writes a fit; None if the call was made by a rewrite."""
        return self.fits.get(call.__dict__.get("written", location(call, step.written_in)))


@dataclass(frozen=True)
class _CurrentCell:
    """A cell that parses, with its code moved to current libraries."""

    number: int
    heading: str
    code: str
    moved: list[Moved]
    tree: ast.Module
    comments: Comments

    def steps(self, switches: Switches) -> Iterator[Step]:
        """Give its statements."""
        for node in _unwrapped(self.tree.body, switches):
            comments = self.comments.within(node)
            yield Step(
                node, self.number, node.lineno, self.heading,
                written_in=self.number, comments=comments,
            )  # fmt: skip


def read_script(notebook: Notebook) -> Script:
    """Read a notebook's code, moved to current libraries, as one program."""
    cells = list(_current_cells(notebook))
    switches = find_switches(cell.tree for cell in cells)
    written = [
        _with_reading_apart(step, switches) for cell in cells for step in cell.steps(switches)
    ]
    written, modules = with_own_modules(written, notebook.path.parent)
    written, methods = without_objects(written)
    formulas = {name for cell in cells for name in models_of_formulas(cell.tree)}
    fits = {location: fit for cell in cells for location, fit in _fits(cell, formulas)}
    functions = {s.node.name: s.node for s in written if isinstance(s.node, ast.FunctionDef)}
    classes = {s.node.name: s.node for s in written if isinstance(s.node, ast.ClassDef)}
    imports = _imports(written, functions.values())
    designs = tuple(
        (one.number, path) for one in cells for path in made_of_formula(one.tree, imports)
    )
    steps = [step for step in written if not isinstance(step.node, ast.Import | ast.ImportFrom)]
    loaders = methods | {
        name for name, function in functions.items() if _reads_table(function.body)
    }
    steps, _ = with_reads_apart(steps, imports, lambda function: _is_one_of(function, loaders))
    steps, tables = with_reads_apart(
        with_pandas_reads(without_unused(inlined(functions, steps, switches), methods), imports),
        imports,
        lambda function: is_reader(import_path(function, imports) or ""),
        in_chains=False,
    )
    steps = [single for step in steps for single in _single_assignments(step)]
    steps, added = without_added_rows(without_holders(steps, imports, tables), imports, READERS)
    functions = {s.node.name: s.node for s in steps if isinstance(s.node, ast.FunctionDef)}
    steps = without_aliases(without_settings([*with_turns(steps)], imports))
    steps = with_counts_in_draws(steps, imports)
    steps, estimators = with_estimators(steps, imports)
    imports |= estimators
    steps, needed = canonical_steps(without_bunches(steps, imports), imports)
    steps = with_found_parameters(steps, notebook, imports)
    return Script(
        Program(tuple(steps), functions),
        {**imports, **needed},
        functions,
        classes,
        tuple((cell.number, move) for cell in cells for move in cell.moved),
        {cell.number: cell.code for cell in cells if cell.moved},
        fits,
        modules,
        designs,
        tuple(added),
    )


def _current_cells(notebook: Notebook) -> Iterator[_CurrentCell]:
    trees = [tree for cell in notebook.in_order() if (tree := parse(cell.code))]
    names = notebook_names(trees)
    for cell in notebook.in_order():
        code, moved = modernise(cell.code, names)
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError):
            continue  # nothing of it was moved: what is moved parses
        comments = read_comments(code, tree, cell.code)
        yield _CurrentCell(cell.number, cell.heading, code, moved, tree, comments)


def _unwrapped(
    body: Sequence[ast.stmt], switches: Switches, one_reads: bool = True
) -> Iterator[ast.stmt]:
    """Take statements out of blocks that are certain to run.

    These are those of ``if __name__ == "__main__"``, of ``with`` without a name or with a table
    read in it, of the branch that reads a table (without it there is nothing to learn from), and of
    the branch that a constant decides on.

    Args:
        body: the statements.
        switches: the notebook's constants.
        one_reads: whether a branch that reads a table is the one that runs.
    """
    rest = partial(_unwrapped, switches=switches, one_reads=one_reads)
    for node in body:
        match node:
            case ast.If() if _asks_for_name(node.test):
                yield from rest(node.body)
            case ast.If() if (branch := switches.branch(node)) is not None:
                yield from rest(branch)
            case ast.With() if not any(item.optional_vars for item in node.items):
                yield from rest(node.body)
            case ast.With() if _reads_table(node.body):
                yield from _opened(node)
                yield from rest(node.body)
            case ast.Try() if _reads_table(node.body):
                yield from rest([*node.body, *node.orelse, *node.finalbody])
            case ast.If() if one_reads and _reads_table(node.body):
                yield from rest(node.body)
            case ast.If() if one_reads and _reads_table(node.orelse):
                yield from rest(node.orelse)
            case _:
                yield node


def _opened(node: ast.With) -> Iterator[ast.stmt]:
    """Give ``f = open("a.csv")`` for each item of ``with open("a.csv") as f``."""
    for item in node.items:
        if item.optional_vars is not None:
            made = ast.Assign([item.optional_vars], item.context_expr)
            yield ast.fix_missing_locations(ast.copy_location(made, node))


def _reads_table(body: Sequence[ast.stmt]) -> bool:
    """Tell whether statements, not those of a function that they define, read a table."""
    return any(
        _is_read(part)
        for node in body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        for part in walk(node)
    )


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and callee_name(node) in _READERS


def _with_reading_apart(step: Step, switches: Switches) -> Step:
    """Take the statements of a function that reads a table out of their blocks, up to its end.

    Args:
        step: the statement, which may define such a function.
        switches: the notebook's constants.
    """
    function = step.node
    if not isinstance(function, ast.FunctionDef) or not _reads_table(function.body):
        return step
    handlers = {id(p) for n in walk(function) if isinstance(n, ast.ExceptHandler) for p in walk(n)}
    reads = [node for node in walk(function) if _is_read(node) and id(node) not in handlers]
    body = [*_unwrapped(function.body, switches, one_reads=len(reads) == 1)]
    ends = [at for at, node in enumerate(body) if isinstance(node, ast.Return | ast.Raise)]
    new = copied(function)
    new.body = body[: ends[0] + 1] if ends else body
    return replace(step, node=new)


def _is_one_of(function: ast.expr, names: Set[str]) -> bool:
    """Tell whether a function is one of some of the notebook's own."""
    return isinstance(function, ast.Name) and function.id in names


def _asks_for_name(test: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in walk(test))


def _fits(cell: _CurrentCell, formulas: Set[str]) -> Iterator[tuple[Location, FitAsWritten]]:
    """Find the fits and cross-validations with rows and targets.

    Args:
        cell: the cell.
        formulas: variables that hold models of formulas, whose fits are given neither.
    """
    for call in walk(cell.tree):
        match call:
            case ast.Call(func=ast.Attribute(value=model, attr="fit"), args=[]) if is_of_formula(
                model, formulas
            ):
                made = f"{ast.unparse(model)}.data"
                design = f"{made}.orig_exog", f"{made}.orig_endog"
                written = FitAsWritten(cell.number, *design, ast.unparse(model))
                yield location(call, cell.number), written
                continue
            case ast.Call(func=ast.Attribute(attr="fit")):
                names = ["X", "y"]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in CROSS_VALIDATIONS
            ):
                names = ["estimator", "X", "y"]
            case _:
                continue
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        given = dict(zip(names, call.args, strict=False)) | named
        if "X" in given and "y" in given:
            written = FitAsWritten(cell.number, ast.unparse(given["X"]), ast.unparse(given["y"]))
            yield location(call, cell.number), written


def _imports(steps: Iterable[Step], functions: Iterable[ast.FunctionDef]) -> dict[str, str]:
    """Collect the imports of all statements, and of the functions that are defined last.

    The cell that imports what everybody imports is often missing: `from preamble import *`.
    """
    steps, functions = list(steps), list(functions)
    stored = {name for step in steps for name in stored_names(step.node)}
    found = {name: path for name, path in _USUAL.items() if name not in stored}
    outside = [s.node for s in steps if not isinstance(s.node, ast.FunctionDef | ast.ClassDef)]
    for node in [*outside, *functions]:
        for nested in walk(node):
            if isinstance(nested, ast.Import | ast.ImportFrom):
                found.update(imported_paths(nested))
    return found


def _single_assignments(step: Step) -> Iterator[Step]:
    """Split ``a, b = x, y`` and ``a = b = x`` into two statements each."""
    if singles := separated(step.node):
        yield from map(step.becomes, singles)
        return
    match step.node:
        case ast.Assign(targets=[*others, ast.Name(id=last) as target], value=value) if (
            others and all(isinstance(other, ast.Name) for other in others)
        ):
            yield step.becomes(ast.Assign([target], value))
            for other in others:
                yield step.becomes(ast.Assign([other], ast.Name(last, ast.Load())))
            return
    yield step
