"""Rewrites loads, splits and resampling as simple assignments, and stores as whole columns."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from idea.knowledge.model_selection import RESAMPLING_METHODS, SHUFFLE, TRAIN_TEST_SPLITS
from idea.knowledge.readers import READERS
from idea.program.dataflow import Step, effects
from idea.program.folds import one_fold
from idea.program.index_columns import index_statements, looks_at_index, without_index
from idea.program.names_used import free_names, separated
from idea.syntax import copied, import_path, walk


def canonical_steps(
    steps: Iterable[Step], imports: Mapping[str, str]
) -> tuple[list[Step], dict[str, str]]:
    """Give loads, splits and resampling a form of their own, with a role.

    `X_train, X_test = train_test_split(X)` becomes `X_train = X` (role "split") and `X_test = X`
    (role "test"); `df = pd.read_csv(path).dropna()` becomes a load and the rest.

    Args:
        steps: the statements, whose trees are changed.
        imports: dotted paths by the names that they are imported as.

    Returns:
        The statements, and imports that they need beyond the given ones.
    """
    steps = [*steps]
    whole = _WholeColumns(imports)
    parts = _PartsOfSplits(imports)
    indexed = looks_at_index(steps)
    done = [
        new
        for step in steps
        for single in parts.named(step.becomes(whole.visit(step.node)))
        for each in _canonical(single, imports)
        for new in (_with_index(each, imports) if indexed and each.role == "load" else [each])
    ]
    _write_out_lists(done)
    return done, whole.needed


def _write_out_lists(steps: Iterable[Step]) -> None:
    """Write ``for frame in tables`` as ``for frame in [train, test]``: it changes these two.

    Args:
        steps: the statements, whose loops are changed.
    """
    lists: dict[str, ast.expr] = {}
    for step in steps:
        for loop in walk(step.node):
            if isinstance(loop, ast.For):
                loop.iter = _Lists(lists).visit(loop.iter)
        match step.node:
            case ast.FunctionDef() | ast.ClassDef():
                continue
        effect = step.effects
        touched = effect.makes | effect.changes
        lists = {
            name: value
            for name, value in lists.items()
            if name not in touched and not free_names(value) & effect.makes
        }
        match step.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _holds_names(value):
                lists[name] = value


def _holds_names(node: ast.expr) -> bool:
    """Tell whether an expression is a list, tuple or dict of variables."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            return bool(parts) and all(isinstance(part, ast.Name) for part in parts)
    return False


class _Lists(ast.NodeTransformer):
    """Replaces variables that hold lists of variables by these lists."""

    def __init__(self, lists: Mapping[str, ast.expr]) -> None:
        self.lists = lists

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace the variable."""
        found = self.lists.get(node.id)
        return node if found is None else copied(found)


def _canonical(step: Step, imports: Mapping[str, str]) -> Iterator[Step]:
    match step.node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call() as call):
            found = _split(step, targets, call, imports) or _shuffled(step, targets, call, imports)
            found = found or list(_resampled(step, targets, call))
            found = found or list(_box_cox(step, targets, call, imports))
        case ast.Assign(targets=[ast.Name() as target], value=value):
            found = list(_load(step, target, value, imports))
        case ast.For(iter=ast.Call(func=ast.Attribute(attr="split")) as call) as loop:
            found = [step.becomes(node, role, call) for node, role in _split_in_loop(loop)]
            found = found or _one_fold(step)
        case ast.For() as loop if _repeats_split(loop, imports):
            found = [new for each in _one_turn(step, loop) for new in _canonical(each, imports)]
        case ast.For():
            found = _one_fold(step)
        case _:
            found = []
    yield from found or [step]


def _one_fold(step: Step) -> list[Step]:
    """Give the statements of a loop over folds for one fold, of which some may resample."""
    return [new for each in one_fold(step) for new in _with_renamed_samples(each)]


def _with_renamed_samples(step: Step) -> list[Step]:
    match step.node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call() as call):
            return list(_resampled(step, targets, call)) or [step]
    return [step]


def _repeats_split(loop: ast.For, imports: Mapping[str, str]) -> bool:
    """Tell whether a loop splits at every turn, and fits to a part that it makes."""
    match loop:
        case ast.For(target=ast.Name(), iter=ast.Call(func=ast.Name(id="range")), orelse=[]):
            pass
        case _:
            return False
    parts: set[str] = set()
    for node in loop.body:
        match node:
            case ast.Assign(targets=[ast.Tuple()], value=ast.Call() as call) if (
                import_path(call.func, imports) in TRAIN_TEST_SPLITS
            ):
                parts |= effects(node).makes
            case ast.Expr(value=ast.Call(func=function, args=[rows, _, *_])):
                is_fit = isinstance(function, ast.Attribute) and function.attr == "fit"
                if is_fit and parts & free_names(rows):
                    return True
    return False


def _one_turn(step: Step, loop: ast.For) -> Iterator[Step]:
    """Write the first turn of a loop out."""
    yield step.becomes(ast.Assign([loop.target], ast.Constant(0)))
    for node in loop.body:
        for single in separated(node) or [node]:
            yield step.becomes(copied(single))


class _PartsOfSplits(ast.NodeTransformer):
    """Gives each part of ``parts = train_test_split(X, y)`` a variable, for `parts[0]`."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.imports = imports
        self.variables: dict[str, list[str]] = {}

    def named(self, step: Step) -> Iterator[Step]:
        """Rewrite a statement; ``X_train, X_test = parts`` becomes two."""
        node = step.node
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=arrays) as call) if (
                import_path(call.func, self.imports) in TRAIN_TEST_SPLITS
            ):
                variables = [f"{name}_{number}" for number in range(2 * len(arrays))]
                self.variables[name] = variables
                targets: list[ast.expr] = [ast.Name(v, ast.Store()) for v in variables]
                yield step.becomes(ast.Assign([ast.Tuple(targets, ast.Store())], call))
                return
            case ast.Assign(targets=[ast.Tuple(elts=elts)], value=ast.Name(id=name)) if len(
                elts
            ) == len(self.variables.get(name, ())):
                for target, variable in zip(elts, self.variables[name], strict=True):
                    yield step.becomes(ast.Assign([target], ast.Name(variable, ast.Load())))
                return
        yield step.becomes(self.visit(node)) if self.variables else step
        for name in effects(node).makes:
            self.variables.pop(name, None)  # it holds something else from here on

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Give the variable of ``parts[0]``."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Name(id=name)) if name in self.variables:
                number = _integer(node.slice)
                variables = self.variables[name]
                if number is not None and -len(variables) <= number < len(variables):
                    return ast.Name(variables[number], node.ctx)
        return node


def _integer(node: ast.expr) -> int | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, int) else None


def _split(
    step: Step, targets: list[ast.expr], call: ast.Call, imports: Mapping[str, str]
) -> list[Step]:
    """``X_train, X_test, … = train_test_split(X, …)`` as two renamings for each array."""
    if import_path(call.func, imports) not in TRAIN_TEST_SPLITS or len(targets) != 2 * len(
        call.args
    ):
        return []
    return [
        step.becomes(ast.Assign([target], copied(argument)), role, call)
        for number, argument in enumerate(call.args)
        for role, target in zip(("split", "test"), targets[2 * number :], strict=False)
    ]


def _shuffled(
    step: Step, targets: list[ast.expr], call: ast.Call, imports: Mapping[str, str]
) -> list[Step]:
    """``X, y = shuffle(X, y)`` as two assignments of all rows in another order."""
    if import_path(call.func, imports) != SHUFFLE or len(targets) != len(call.args):
        return []
    return [
        step.becomes(ast.Assign([target], _sample(array, call)))
        for target, array in zip(targets, call.args, strict=True)
    ]


def _sample(rows: ast.expr, call: ast.Call) -> ast.Call:
    """Write ``shuffle(rows)`` as pandas does it: ``rows.sample(frac=1)``.

    Args:
        rows: the rows.
        call: of the shuffle, which may have a seed.
    """
    seed = [copied(k) for k in call.keywords if k.arg == "random_state"]
    keywords = [ast.keyword("frac", ast.Constant(1)), *seed]
    return ast.Call(ast.Attribute(copied(rows), "sample", ast.Load()), [], keywords)


def _resampled(step: Step, targets: list[ast.expr], call: ast.Call) -> Iterator[Step]:
    """``X, y = SMOTE().fit_resample(X, y)`` as renamings."""
    match call.func:
        case ast.Attribute(attr=method) if method in RESAMPLING_METHODS:
            for target, argument in zip(targets, call.args, strict=False):
                yield step.becomes(ast.Assign([target], argument), "resample", call)


def _load(
    step: Step, target: ast.Name, value: ast.expr, imports: Mapping[str, str]
) -> Iterator[Step]:
    """``df = pd.read_csv(path).dropna()`` as a load, and an assignment of the rest."""
    load = _loading_call(value, imports)
    if load is None:
        return
    yield step.becomes(ast.Assign([ast.Name(target.id, ast.Store())], load), "load", load)
    if load is not value:
        rest = _Replace(load, ast.Name(target.id, ast.Load())).visit(copied(value))
        yield step.becomes(ast.Assign([target], rest))


def _box_cox(
    step: Step, targets: Sequence[ast.expr], call: ast.Call, imports: Mapping[str, str]
) -> Iterator[Step]:
    """``a, power = stats.boxcox(x)`` as the search for the power, and what is done with it."""
    is_search = import_path(call.func, imports) == "scipy.stats.boxcox" and not call.keywords
    if not is_search or not isinstance(call.func, ast.Attribute) or len(call.args) != 1:
        return
    match targets:
        case [ast.Subscript() as changed, ast.Name(id=power)]:  # a variable may be the target
            power = "power" if power == "_" else power
        case _:
            return
    search = ast.Attribute(copied(call.func.value), "boxcox_normmax", ast.Load())
    by_likelihood = [ast.keyword("method", ast.Constant("mle"))]
    found = ast.Call(search, [copied(call.args[0])], by_likelihood)
    yield step.becomes(ast.Assign([ast.Name(power, ast.Store())], found))
    done = ast.Call(call.func, [call.args[0], ast.Name(power, ast.Load())], [])
    yield step.becomes(ast.Assign([changed], done))


def _with_index(step: Step, imports: Mapping[str, str]) -> Iterator[Step]:
    """``df = pd.read_csv(path, index_col="day")`` as a load, and the making of the index."""
    assert step.call is not None
    load, column, dates = without_index(step.call)
    if column is None or not isinstance(step.node, ast.Assign):
        yield step
        return
    pandas = next((name for name, path in imports.items() if path == "pandas"), "pd")
    name = ast.unparse(step.node.targets[0])
    yield step.becomes(ast.Assign(step.node.targets, load), "load", load)
    for made in index_statements(name, column, dates, pandas):
        yield step.becomes(made)


def _loading_call(value: ast.expr, imports: Mapping[str, str]) -> ast.Call | None:
    """Find the call at the bottom of an expression that reads a table."""
    while True:
        match value:
            case ast.Call(func=function) if is_reader(import_path(function, imports) or ""):
                return value
            case ast.Call(func=ast.Attribute(value=inner)):
                value = inner
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                value = inner
            case _:
                return None


def is_reader(path: str) -> bool:
    """Tell whether a function, by its import path, reads a table."""
    return path in READERS or path.startswith(("sklearn.datasets.load_", "sklearn.datasets.fetch_"))


class _Replace(ast.NodeTransformer):
    """Replaces every call that reads as a given one does."""

    def __init__(self, old: ast.Call, new: ast.expr) -> None:
        self.old = ast.dump(old)
        self.new = new

    def visit_Call(self, call: ast.Call) -> ast.AST:
        return self.new if ast.dump(call) == self.old else self.generic_visit(call)


def _split_in_loop(loop: ast.For) -> list[tuple[ast.stmt, str]]:
    """``for train, test in splitter.split(X): a, b = X.loc[train], X.loc[test]`` as renamings.

    Returns:
        The renamings with their roles; none if the loop does anything else.
    """
    match loop.target:
        case ast.Tuple(elts=[ast.Name(id=train), ast.Name(id=test)]):
            roles = {train: "split", test: "test"}
        case _:
            return []
    renamings: list[tuple[ast.stmt, str]] = []
    for statement in loop.body:
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = list(zip(targets, values, strict=False))
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                continue
            case _:
                return []
        for target, value in pairs:
            match value:
                case ast.Subscript(value=rows, slice=ast.Name(id=name)) if name in roles:
                    renamings.append((ast.Assign([target], _without_locator(rows)), roles[name]))
                case _:
                    return []
    return renamings


def _without_locator(node: ast.expr) -> ast.expr:
    match node:
        case ast.Attribute(value=frame, attr="loc" | "iloc"):
            return frame
    return node


class _WholeColumns(ast.NodeTransformer):
    """Rewrites a store into part of a frame as one of a whole column or frame, and shuffles.

    In place, pandas 3 keeps a column of integers, and refuses to store 3.5 in it.
    """

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.imports = imports
        self.pandas = next((name for name, path in imports.items() if path == "pandas"), "")
        self.needed: dict[str, str] = {}

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Rewrite ``shuffle(df)``."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=function, args=[rows]) if (
                import_path(function, self.imports) == SHUFFLE
            ):
                return ast.copy_location(_sample(rows, node), node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """Rewrite ``X[:] = values`` and ``df.loc[df[c] > high, c] = high``."""
        self.generic_visit(node)
        new: ast.stmt = node
        match node:
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id=name), slice=ast.Slice(lower=None, upper=None))
                ],
                value=value,
            ):
                new = ast.Assign([ast.Name(name, ast.Store())], self._frame_like(name, value))
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Attribute(value=of, attr="loc"),
                        slice=ast.Tuple(elts=[mask, column]),
                    )
                ],
                value=value,
            ) if _is_mask_of(mask, of, column):
                chosen = ast.Subscript(of, column, ast.Load())
                masked = ast.Call(ast.Attribute(chosen, "mask", ast.Load()), [mask, value], [])
                stored = ast.Subscript(copied(of), copied(column), ast.Store())
                new = ast.Assign([stored], masked)
        return ast.copy_location(new, node)

    def _frame_like(self, name: str, values: ast.expr) -> ast.expr:
        """Make a frame of values, with the columns and the index of another one."""
        pandas = self.pandas or "pd"
        if not self.pandas:
            self.needed["pd"] = "pandas"
        text = f"{pandas}.DataFrame(0, columns={name}.columns, index={name}.index)"
        frame = ast.parse(text, mode="eval").body
        assert isinstance(frame, ast.Call)
        frame.args[0] = values
        return frame


def _is_mask_of(mask: ast.expr, frame: ast.expr, column: ast.expr) -> bool:
    """Tell whether a mask compares the very column that is written to.

    Args:
        mask: the rows of `df.loc[rows, column]`.
        frame: the frame, `df`.
        column: the column's expression.

    Returns:
        Whether `df[column]` or `df.column` occurs in a comparison.
    """
    if not isinstance(mask, ast.Compare | ast.BinOp | ast.UnaryOp):
        return False
    own = ast.dump(ast.Subscript(frame, column, ast.Load()))
    dotted = column.value if isinstance(column, ast.Constant) else None
    return any(
        (isinstance(part, ast.Subscript) and ast.dump(part) == own)
        or (dotted is not None and isinstance(part, ast.Attribute) and part.attr == dotted)
        for part in walk(mask)
    )
