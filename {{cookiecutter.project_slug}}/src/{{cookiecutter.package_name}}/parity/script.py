"""Writes the notebook's cells from the table to the fit as a script, for `steps.replay`."""

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from ..steps.run_cells import PARTING
from ..tools.errors import Refusal
from .notebook import BODIES, DESCRIPTION, Original, codes, without, without_magics
from .surroundings import READERS, STOOD_IN_FOR, TEXT_READERS

HEADER = '''\
"""The cells of {name} from its table to its fit, as they are.

`steps.replay` runs them; `notebook` stands for its files, its split and its fit.
"""

# ruff: noqa
# mypy: ignore-errors
# fmt: off
'''
CELL = "# %% cell "
OTHER_READERS = ("load_dataset", "scan_csv", "scan_parquet")  # of seaborn and Polars
USUAL = {"np": "numpy", "pd": "pandas"}  # the cell that imports these is often missing
DISPLAYED = ("plt", "sns")
# Methods that change neither what they belong to nor what they are given.
LOOKING = {
    *("predict", "predict_proba", "decision_function", "score", "head", "tail", "info", "describe"),
    *("value_counts", "sample", "corr", "corrwith", "plot", "hist", "boxplot", "nunique", "unique"),
    *("isnull", "isna", "sum", "mean", "std", "min", "max", "median", "count", "groupby", "format"),
    *("join", "get_params", "get_feature_names_out", "to_csv", "save", "show", "copy", "transform"),
    *("drop_duplicates", "duplicated", "keys", "items", "values", "astype", "to_dict", "to_numpy"),
    *("crosstab", "mode", "quantile", "agg", "pivot_table", "sort_index", "to_frame", "round"),
}
FITTING = {"fit", "fit_transform", "fit_predict", "partial_fit"}  # change what they belong to
MODELS = ("catboost", "lightgbm", "scipy", "sklearn", "xgboost")  # change no argument
PRINTING = {"print", "display", "len", "type", "str", "list", "dict", "set", "range", "sorted"}


def cells_as_script(original: Original, loader: str = "") -> str:
    """The script.

    Args:
        original: the notebook.
        loader: the function of scikit-learn that gives the table; empty if a file does.

    Raises:
        Refusal: if a cell is not Python, or no statement is where the fit should be.
    """
    code = {**codes(original.notebook), **original.today}
    place, line = original.fit["cell"], original.fit["line"]
    order = original.order or sorted(code)
    parts: list[tuple[int, str, ast.stmt]] = []
    for number in order:
        source = without_magics(code[number])
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            raise Refusal(f"cell {number} of {original.notebook} is not Python ({error})") from None
        tree = without(tree, original.skip.get(number, []))
        if number == place:
            tree.body = _to_fit(tree.body, line, original.fit["X"], original.fit["y"])
            if not _calls_fit(tree):
                where = f"line {line} of cell {place} of {original.notebook}"
                raise Refusal(f"nothing is fitted at {where}; correct `fit` in {DESCRIPTION}")
        parts += [(number, source, statement) for statement in tree.body]
        if number == place and not _in_function(tree):
            break
    return _text(original, _needed(parts), loader)


def _to_fit(body: list[ast.stmt], line: int, X: str, y: str) -> list[ast.stmt]:
    """Statements up to the one that fits, which is replaced by the end of the run.

    Args:
        body: of the cell.
        line: of the statement.
        X: expression for the features.
        y: expression for the target.
    """
    for at, statement in enumerate(body):
        if not _first_line(statement) <= line <= (statement.end_lineno or 0):
            continue
        inner = [part for name in BODIES if (part := getattr(statement, name, None))]
        if any(_first_line(part[0]) <= line <= (part[-1].end_lineno or 0) for part in inner):
            for part in inner:
                if _first_line(part[0]) <= line <= (part[-1].end_lineno or 0):
                    part[:] = _to_fit(part, line, X, y)
            is_function = isinstance(statement, ast.FunctionDef | ast.ClassDef)
            return body if is_function else body[: at + 1]
        end = ast.parse(f"notebook.fit(({X}), ({y}))").body
        return [*body[:at], *end]
    return body


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _calls_fit(tree: ast.AST) -> bool:
    return any(_is_end(node) for node in ast.walk(tree))


def _is_end(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "notebook.fit"


def _in_function(tree: ast.Module) -> bool:
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda))
    return any(_calls_fit(function) for function in functions)


def _needed(
    parts: Sequence[tuple[int, str, ast.stmt]],
) -> list[tuple[int, str, ast.stmt]]:
    """The statements without those that provably can't reach the fit.

    A statement goes if it binds, and can change, nothing that a later one which stays looks at.

    Args:
        parts: cell, source and statement each.
    """
    modules = dict(_imported(statement for _, _, statement in parts))
    modules.pop("*", None)  # which is always kept
    statements = [statement for _, _, statement in parts]
    while more := {k: v for k, v in _drawn(statements, modules).items() if k not in modules}:
        modules |= more  # axes of a figure, in turn
    functions = {s.name: s for _, _, s in parts if isinstance(s, ast.FunctionDef | ast.ClassDef)}
    if any(_looks_at_all(statement) for _, _, statement in parts):
        return list(parts)
    live: set[str] = set()
    kept = []
    ending = _ending(functions)
    for number, source, statement in reversed(parts):
        names, changed = _names(statement), _changed(statement, modules, functions)
        reaches = (_bound(statement) | changed) & (live | {"*"})
        if reaches or names & ending or _calls_fit(statement):
            kept.append((number, source, statement))
            anew = _bound_anew(statement)
            live = (live - anew) | (names - anew) | _loaded(statement) | changed
    return kept[::-1]


def _ending(functions: dict[str, Any]) -> set[str]:
    """Functions and classes that hold the end of the run, or use one that does."""
    found = {name for name, function in functions.items() if _calls_fit(function)}
    while more := {n for n, function in functions.items() if _names(function) & found} - found:
        found |= more
    return found


def _imported(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """The full name of everything that is imported, by its name there."""
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                for each in node.names:
                    full = each.name if each.asname else each.name.partition(".")[0]
                    yield each.asname or full, full
            elif isinstance(node, ast.ImportFrom):
                for each in node.names:
                    yield each.asname or each.name, f"{node.module}.{each.name}"


def _drawn(statements: Sequence[ast.stmt], modules: dict[str, str]) -> dict[str, str]:
    """What display libraries give, such as axes: the library, by names of nothing else."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    bound = Counter(
        node.arg if isinstance(node, ast.arg) else node.id
        for node in nodes
        if isinstance(node, ast.arg)
        or (isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))
    )
    given: dict[str, str] = {}
    times: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            roots = _names(node.value.func)
            library = modules.get(min(roots), "").partition(".")[0] if roots else ""
            names = {name for target in node.targets for name in _names(target)}
            if library in _display():
                given |= dict.fromkeys(names, library)
                times.update(names)
    return {name: library for name, library in given.items() if times[name] == bound[name]}


def _looks_at_all(statement: ast.stmt) -> bool:
    """Whether names are used that no syntax tree shows."""
    return bool(_names(statement) & {"exec", "eval", "globals", "locals", "vars"})


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    names = {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    names |= {name for name, _ in _imported([statement])}
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def _bound_anew(statement: ast.stmt) -> set[str]:
    """Names that a statement gives a new object in any case."""
    if not isinstance(statement, ast.Assign):
        return set()
    parts = [
        part
        for target in statement.targets
        for part in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])
    ]
    return {part.id for part in parts if isinstance(part, ast.Name)}


def _changed(statement: ast.stmt, modules: dict[str, str], functions: dict[str, Any]) -> set[str]:
    """Names whose objects a statement may change.

    Args:
        statement: the statement.
        modules: full names of what is imported.
        functions: the notebook's own.
    """
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return set()
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found |= _names(node)
        elif isinstance(node, ast.AugAssign | ast.For | ast.With):
            found |= _names(node.target if isinstance(node, ast.AugAssign | ast.For) else node)
            if isinstance(node, ast.For):
                found |= _names(node.iter)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value:
            # The new name may be another one of the same object, which is changed later.
            found |= _shared(node.value, modules)
        elif isinstance(node, ast.Call):
            found |= _changed_by_call(node, modules, functions)
    return found - modules.keys()


def _shared(value: ast.expr, modules: dict[str, str]) -> set[str]:
    """Names of objects that a value may be, or hold."""
    match value:
        case ast.Name(id=name):
            return {name}
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return set().union(*(_shared(part, modules) for part in parts))
        case ast.Dict(values=parts):
            return set().union(*(_shared(part, modules) for part in parts))
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _shared(inner, modules)
        case ast.IfExp(body=one, orelse=other):
            return _shared(one, modules) | _shared(other, modules)
    return set()


def _changed_by_call(
    call: ast.Call, modules: dict[str, str], functions: dict[str, Any]
) -> set[str]:
    """Names whose objects a call may change.

    Args:
        call: the call.
        modules: full names of what is imported.
        functions: the notebook's own.
    """
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    arguments = set().union(*(_names(each) for each in given))
    match call.func:
        case ast.Name(id=name):
            if name in functions:
                return arguments | _names(functions[name])
            library = modules.get(name, "").partition(".")[0]
            return set() if name in PRINTING or library in (*MODELS, *_display()) else arguments
        case ast.Attribute(value=owner, attr=method):
            roots = _names(owner)
            imported = {modules[name].partition(".")[0] for name in roots if name in modules}
            if imported & {*MODELS, *_display()}:
                return set()
            if imported & {"numpy", "pandas"}:
                return arguments if "random" in ast.unparse(owner) else set()
            changes_itself = any(keyword.arg == "inplace" for keyword in call.keywords)
            if method in LOOKING and not changes_itself:
                return set()
            return roots if method in FITTING or changes_itself else roots | arguments
    return arguments | _names(call.func)


def _display() -> set[str]:
    return {name.partition(".")[0] for name in STOOD_IN_FOR}


def _loaded(node: ast.AST) -> set[str]:
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


class _Replayed(ast.NodeTransformer):
    """Puts `notebook` where the cells read, split, and import what only displays."""

    def __init__(self, loader: str, parting: Collection[int] = ()) -> None:
        self.loader = loader
        self.parting = parting

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        self.generic_visit(node)
        if node.lineno in self.parting:
            node.value = _Whole().visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in (*READERS, *OTHER_READERS):
            return _call("read", [node.func, *node.args], node.keywords)
        if name in TEXT_READERS:
            return _call("read_values", [node.func, *node.args], node.keywords)
        if isinstance(node.func, ast.Name) and name == "open":
            return _call(name, node.args, node.keywords)
        if self.loader and name == self.loader.rpartition(".")[2]:
            return _call("load", [node.func, *node.args], node.keywords)
        if name == "train_test_split":
            return _call(name, node.args, node.keywords)
        if name == "reset_index" and any(each.arg == "drop" for each in node.keywords):
            return _call("renumber", [node.func, *node.args], node.keywords)
        if name == "merge":
            return _call(name, [node.func, *node.args], node.keywords)
        if name == "split" and isinstance(node.func, ast.Attribute) and node.args:
            if isinstance(node.args[0], ast.Constant):  # that of a text
                return node
            return _call(name, [node.func.value, *node.args], node.keywords)
        return node

    def visit_Import(self, node: ast.Import) -> Any:
        shown = [each for each in node.names if _is_left_out(each.name)]
        others = [each for each in node.names if each not in shown]
        names = [each.asname or each.name.partition(".")[0] for each in shown]
        return [*([ast.Import(others)] if others else []), *map(_nothing, names)]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.level or not _is_left_out(node.module or ""):
            return node
        return [_nothing(each.asname or each.name) for each in node.names if each.name != "*"]


class _Whole(ast.NodeTransformer):
    """Lets `notebook` take the rows that a statement selects from a table."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        return _call("part", [node.value, _index(node.slice)], [])

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        taken = isinstance(node.func, ast.Attribute) and node.func.attr in PARTING
        return _call("taken", [node.func, *node.args], node.keywords) if taken else node


def _index(node: ast.expr) -> ast.expr:
    """What stands between brackets, as an argument."""
    match node:
        case ast.Slice(lower=lower, upper=upper, step=step):
            ends = [end or ast.Constant(None) for end in (lower, upper, step)]
            return ast.Call(ast.Name("slice", ast.Load()), ends, [])
        case ast.Tuple(elts=parts):
            return ast.Tuple([_index(part) for part in parts], ast.Load())
    return node


def _call(name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.Call:
    function = ast.Attribute(ast.Name("notebook", ast.Load()), name, ast.Load())
    return ast.Call(function, args, keywords)


def _nothing(name: str) -> ast.stmt:
    return ast.parse(f"{name} = notebook.nothing").body[0]


def _is_left_out(module: str) -> bool:
    """Whether a module only displays, or is not installed: what needs it does not equal then."""
    package = module.partition(".")[0]
    return _is_display(module) or find_spec(package) is None


def _is_display(module: str) -> bool:
    return any(f"{module}.".startswith(f"{library}.") for library in STOOD_IN_FOR)


def _text(original: Original, parts: Sequence[tuple[int, str, ast.stmt]], loader: str) -> str:
    """The script's text: each statement as it was written, where nothing in it is replaced.

    Args:
        original: the notebook.
        parts: cell, source and statement each.
        loader: the function of scikit-learn that gives the table.
    """
    lines = [HEADER.replace("{name}", original.notebook.as_posix()).rstrip("\n")]
    bound = set().union(*(_bound(statement) for _, _, statement in parts))
    used = set().union(*(_names(statement) for _, _, statement in parts))
    every = any(_looks_at_all(statement) for _, _, statement in parts)
    missing = {*USUAL, *DISPLAYED} - bound if every else used - bound
    lines += [f"import {full} as {name}" for name, full in USUAL.items() if name in missing]
    lines += [f"{name} = notebook.nothing" for name in DISPLAYED if name in missing]
    cell = None
    for number, source, statement in parts:
        if number != cell:
            lines.append(f"\n{CELL}{number}")
            cell = number
        before = ast.dump(statement)
        new = _Replayed(loader, original.parting.get(number, ())).visit(statement)
        whole = _as_written(source, statement)
        if isinstance(new, ast.AST) and ast.dump(new) == before and whole is not None:
            lines.append(whole)
        else:
            each = new if isinstance(new, list) else [new]
            lines += [ast.unparse(ast.fix_missing_locations(one)) for one in each if one]
    return "\n".join(lines) + "\n"


def _as_written(source: str, statement: ast.stmt) -> str | None:
    """A statement's own lines without blanks at their ends; None if they hold others too."""
    if _calls_fit(statement):
        return None
    lines = source.split("\n")[_first_line(statement) - 1 : statement.end_lineno]
    text = "\n".join(line.rstrip() for line in lines)
    try:
        (alone,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    return text if ast.dump(alone) == ast.dump(statement) else None
