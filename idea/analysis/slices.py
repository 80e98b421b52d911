"""The statements behind a fit: what X and y need, and what gives them their rows."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from idea.analysis.chosen_fit import NoIdea
from idea.analysis.fits import Fit
from idea.analysis.row_dependence import Kind, Kinds
from idea.knowledge.readers import OTHER_READERS
from idea.knowledge.sklearn_datasets import MADE_UP
from idea.program import Program, Script, Step
from idea.program.names_used import free_names
from idea.syntax import walk

_DEEPEST = 4


@dataclass(frozen=True)
class Slices:
    """The statements behind a fit, by their positions among the program's steps.

    Attributes:
        script: the notebook's code.
        fit: the fit.
        rows_at: variables that hold rows, before each step and after the last.
        test_rows_at: variables that hold rows of the test set, before each step.
        X: what X needs.
        y: what y needs.
        X_lineage: the steps that give X its rows, the last first, with the variable that has
            these rows after the step.
        y_lineage: the same for y.
        load: the step that reads the table that X is made of.
        frame: the variable that holds this table.
        y_names: variables that hold the target on its way from the table to the fit.
    """

    script: Script
    fit: Fit
    rows_at: tuple[frozenset[str], ...]
    test_rows_at: tuple[frozenset[str], ...]
    X: tuple[int, ...]
    y: tuple[int, ...]
    X_lineage: Mapping[int, str]
    y_lineage: Mapping[int, str]
    load: int
    frame: str
    y_names: frozenset[str]

    @property
    def program(self) -> Program:
        """The notebook's statements."""
        return self.script.program

    @property
    def steps(self) -> tuple[Step, ...]:
        """The notebook's statements, in order."""
        return self.script.program.steps

    def kinds_at(self, position: int) -> Kinds:
        """Give the kinds of expressions before a step."""
        return Kinds(self.rows_at[position], self.script.imports)

    def needs_table(self, node: ast.AST, depth: int = 0) -> bool:
        """Tell whether code uses a value that is computed from the table.

        Args:
            node: the code.
            depth: how many functions were entered on the way to it.
        """
        for name in free_names(node):
            own = self.script.functions.get(name)
            deeper = own is not None and own is not node and depth < _DEEPEST
            if own is not None and deeper and self.needs_table(own, depth + 1):
                return True
            found = self.program.last_value(name, self.fit.position)
            if found is not None and self.load in self.program.backward_slice({name}, found[1] + 1):
                return True
        return False

    def stands_alone(self, node: ast.stmt) -> bool:
        """Tell whether a statement defines a function or class that needs no table."""
        return isinstance(node, ast.FunctionDef | ast.ClassDef) and not self.needs_table(node)


def find_slices(script: Script, fit: Fit) -> Slices:
    """Find the statements behind a fit.

    Raises:
        NoIdea: X comes from no table.
    """
    program = script.program
    rows_at = _rows_at(script)
    X = program.backward_slice(free_names(fit.X), fit.position)
    y = program.backward_slice(free_names(fit.y), fit.position)
    X_lineage = lineage(fit.X, fit.position, program, rows_at)
    y_lineage = lineage(fit.y, fit.position, program, rows_at)
    load = _load(script, X, y, X_lineage)
    frame = _loaded_name(program.steps[load])
    rows_at_fit = rows_at[fit.position]
    X_names = {row_source(fit.X, rows_at_fit), *X_lineage.values()}
    y_names = {row_source(fit.y, rows_at_fit), *y_lineage.values()} - X_names - {None, frame}
    y_names |= _taken_alike(y_names, X, program, fit.position) - X_names
    return Slices(
        script,
        fit,
        rows_at,
        _test_rows_at(program, rows_at),
        tuple(X),
        tuple(y),
        X_lineage,
        y_lineage,
        load,
        frame,
        frozenset(name for name in y_names if name and not _is_wide(name, program, fit.position)),
    )


def _taken_alike(
    names: Set[str | None], positions: Sequence[int], program: Program, before: int
) -> set[str]:
    """Find other variables that take the same column of the same frame: ``y_too = df["churn"]``.

    Args:
        names: the variables that hold the target.
        positions: of the steps that X needs.
        program: the notebook's statements.
        before: the position of the fit.
    """
    found = [program.last_value(name, before) for name in names if name]
    taken = {ast.dump(each[0]) for each in found if each and _is_column(each[0])}
    alike: set[str] = set()
    for position in positions if taken else ():
        match program.steps[position].node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if ast.dump(value) in taken:
                alike.add(name)
    return alike


def _is_column(node: ast.expr) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str())):
            return True
        case ast.Attribute(value=ast.Name()):
            return True
    return False


def row_source(node: ast.expr, rows: Set[str]) -> str | None:
    """Give the variable whose rows an expression has: `df` for ``np.log(df["age"])``.

    Args:
        node: the expression.
        rows: the variables that hold rows.
    """
    if isinstance(node, ast.Name):
        return node.id if node.id in rows else None
    parts: list[ast.expr] = []
    match node:
        case ast.Subscript(value=inner, slice=index):
            parts = [inner, index]
        case ast.Attribute(value=inner) | ast.UnaryOp(operand=inner) | ast.Compare(left=inner):
            parts = [inner]
        case ast.Call(func=function, args=arguments, keywords=keywords):
            parts = [*arguments, *(keyword.value for keyword in keywords)]
            if isinstance(function, ast.Attribute):
                parts.insert(0, function.value)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            pass
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.ListComp(generators=[generator, *_]):
            parts = [generator.iter]
    found = (row_source(part, rows) for part in parts)
    return next((name for name in found if name), None)


def lineage(
    node: ast.expr, before: int, program: Program, rows_at: tuple[frozenset[str], ...]
) -> dict[int, str]:
    """Find the steps that give an expression its rows.

    Args:
        node: the expression.
        before: the position of its step.
        program: the notebook's statements.
        rows_at: the variables that hold rows, before each step.

    Returns:
        The variable that has the rows after each such step, by position, the last step first.
    """
    found: dict[int, str] = {}
    name = row_source(node, rows_at[before])
    position = before
    while name and position > 0:
        position -= 1
        effect = program.effects[position]
        if name in effect.changes:
            found[position] = name
        elif name in effect.makes:
            found[position] = name
            value = program.last_value(name, position + 1)
            if program.steps[position].role == "load" or value is None:
                break
            name = row_source(value[0], rows_at[position])
    return found


def _load(
    script: Script, rows: Sequence[int], targets: Sequence[int], lineage: Collection[int]
) -> int:
    """Find the step that reads the table of X.

    Args:
        script: the notebook's code.
        rows: the steps that X needs.
        targets: the steps that y needs.
        lineage: the steps that give X its rows.

    Returns:
        Of several loads, the first that gives X its rows, and that y needs too if there is one.
    """
    program = script.program
    loads = [position for position in rows if program.steps[position].role == "load"]
    if not loads:
        made = _made_up(script, rows)
        if made:
            raise NoIdea(f"its rows are made up by `{made}`, and read from no table")
        reader = _other_reader(script, rows)
        if reader:
            of_pandas = reader.startswith("pandas.")
            why = "which a repository can't" if of_pandas else "and not by pandas"
            raise NoIdea(f"its table is read by `{reader}`, {why}; read it with pandas.read_csv")
        raise NoIdea("where its table comes from could not be found")
    if len(loads) == 1:
        return loads[0]
    shared = [position for position in loads if position in targets] or loads
    for tables in (shared, loads):
        for position in tables:
            if position in lineage:
                return position
    return shared[0]


def _other_reader(script: Script, rows: Sequence[int]) -> str | None:
    """Give the function of another library that reads a table; None if there is none.

    Args:
        script: the notebook's code.
        rows: the steps that X needs.
    """
    for path in _called(script, rows):
        package, _, function = path.rpartition(".")
        if path in OTHER_READERS:
            return path
        if package not in ("", "pandas") and function.startswith(("read_", "scan_")):
            return path
    return None


def _made_up(script: Script, rows: Sequence[int]) -> str | None:
    """Give the function that draws rows instead of reading them; None if there is none.

    Args:
        script: the notebook's code.
        rows: the steps that X needs.
    """
    return next((path for path in _called(script, rows) if path.startswith(MADE_UP)), None)


def _called(script: Script, rows: Sequence[int]) -> Iterator[str]:
    """Give the import paths of the functions that steps call, in order."""
    for position in rows:
        for call in walk(script.program.steps[position].node):
            path = script.path(call.func) if isinstance(call, ast.Call) else None
            if path:
                yield path


def _loaded_name(step: Step) -> str:
    assert isinstance(step.node, ast.Assign)
    assert isinstance(step.node.targets[0], ast.Name)
    return step.node.targets[0].id


def _is_wide(name: str, program: Program, before: int) -> bool:
    """Tell whether a variable is a frame of which a column is taken.

    Args:
        name: the variable.
        program: the notebook's statements.
        before: the position before which it is asked.
    """
    for step in program.steps[:before]:
        for node in walk(step.node):
            match node:
                case (
                    ast.Subscript(value=ast.Name(id=found), slice=ast.Constant(value=str()))
                    | ast.Attribute(
                        value=ast.Name(id=found), attr="columns" | "drop" | "loc" | "iloc"
                    )
                ) if found == name:
                    return True
    return False


def _test_rows_at(
    program: Program, rows_at: tuple[frozenset[str], ...]
) -> tuple[frozenset[str], ...]:
    """Find the variables that hold rows of the test set, before each step."""
    names: frozenset[str] = frozenset()
    before = []
    for step, effect, rows in zip(program.steps, program.effects, rows_at, strict=False):
        before.append(names)
        match step.node:
            case ast.Assign(value=value) if row_source(value, rows) in names:
                names |= effect.makes
            case _ if step.role == "test":
                names |= effect.makes
            case _:
                names -= effect.makes
    return tuple(before)


def _rows_at(script: Script) -> tuple[frozenset[str], ...]:
    """Find the variables that hold rows, before each step and after the last."""
    kinds = Kinds((), script.imports)
    before = []
    for step in script.program.steps:
        before.append(frozenset(kinds.rows))
        if step.role == "load":
            kinds.rows.add(_loaded_name(step))
        else:
            _follow_rows(step.node, kinds)
    return (*before, frozenset(kinds.rows))


def _follow_rows(node: ast.stmt, kinds: Kinds) -> None:
    """Note which variables a statement gives rows, and which it gives something else."""
    match node:
        case ast.Assign(targets=targets, value=value):
            kind = kinds.of(value)
            for target in targets:
                _mark(target, kind, kinds)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            _mark(target, kinds.of(value), kinds)
        case ast.For(target=target, iter=iterable, body=body):
            if isinstance(iterable, ast.List | ast.Tuple) and kinds.of(iterable) is Kind.ROWS:
                _mark(target, Kind.ROWS, kinds)
            for statement in body:
                _follow_rows(statement, kinds)
        case ast.If(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
            for statement in [*body, *orelse]:
                _follow_rows(statement, kinds)
        case ast.With(body=body) | ast.Try(body=body):
            for statement in body:
                _follow_rows(statement, kinds)


def _mark(target: ast.expr, kind: Kind, kinds: Kinds) -> None:
    match target:
        case ast.Name(id=name):
            if kind is Kind.ROWS:
                kinds.rows.add(name)
            else:
                kinds.rows.discard(name)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                _mark(part, kind, kinds)
