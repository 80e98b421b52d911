"""Makes of every load, split and resampling a statement of its own that only renames."""

import ast
import copy
from collections.abc import Iterator

from idea.knowledge.readers import READERS
from idea.program.dataflow import Program, Step
from idea.program.script import Script

_SPLITTERS = frozenset({"sklearn.model_selection.train_test_split"})


def normalised(script: Script) -> Script:
    """Make of every load, split and resampling a statement of its own that only renames."""
    steps = [new for step in script.program.steps for new in _normal(step, script)]
    script.program = Program(steps, script.functions)
    return script


def _normal(step: Step, script: Script) -> Iterator[Step]:
    def made(node: ast.stmt, role: str = "", call: ast.Call | None = None) -> Step:
        ast.copy_location(node, step.node)
        ast.fix_missing_locations(node)
        return Step(node, step.cell, step.line, step.heading, role, call)

    node = step.node = _Whole(script).visit(step.node)
    ast.fix_missing_locations(node)
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call() as call):
            path = script.path(call.func) or ""
            if path in _SPLITTERS and len(targets) == 2 * len(call.args):
                for number, argument in enumerate(call.args):
                    for role, target in (
                        ("split", targets[2 * number]),
                        ("test", targets[2 * number + 1]),
                    ):
                        yield made(ast.Assign([target], copy.deepcopy(argument)), role, call)
                return
            if isinstance(call.func, ast.Attribute) and call.func.attr in (
                "fit_resample",
                "fit_sample",
            ):
                for target, argument in zip(targets, call.args, strict=False):
                    yield made(ast.Assign([target], argument), "resample", call)
                return
        case ast.Assign(targets=[ast.Name() as target], value=value):
            load = _loaded(value, script)
            if load is not None and load is not value:
                first = ast.Assign([ast.Name(target.id, ast.Store())], load)
                yield made(first, "load", load)
                rest = _replace(copy.deepcopy(value), load, ast.Name(target.id, ast.Load()))
                yield made(ast.Assign([target], rest))
                return
            if load is not None:
                yield made(node, "load", load)
                return
        case ast.For(iter=ast.Call(func=ast.Attribute(attr="split")) as call):
            parts = list(_index_split(node))
            if parts:
                for part, role in parts:
                    yield made(part, role, call)
                return
    yield step


class _Whole(ast.NodeTransformer):
    """Writes what is stored in part of a frame as a whole column or frame.

    In place, today's pandas keeps whole numbers whole, and refuses 3.5 among them.
    """

    def __init__(self, script: Script) -> None:
        self.script = script

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """``X[:] = values`` and ``df.loc[df[c] > high, c] = high``."""
        new: ast.stmt = node
        match node:
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id=name), slice=ast.Slice(lower=None, upper=None))
                ],
                value=value,
            ):
                text = f"pd.DataFrame(0, columns={name}.columns, index={name}.index)"
                frame = ast.parse(text, mode="eval").body
                assert isinstance(frame, ast.Call)
                frame.args[0] = value
                self.script.imports.setdefault("pd", "pandas")
                new = ast.Assign([ast.Name(name, ast.Store())], frame)
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
                stored = ast.Subscript(copy.deepcopy(of), copy.deepcopy(column), ast.Store())
                new = ast.Assign([stored], masked)
        return ast.copy_location(new, node)


def _is_mask_of(mask: ast.expr, frame: ast.expr, column: ast.expr) -> bool:
    """Whether a mask compares the very column that is written to."""
    if not isinstance(mask, ast.Compare | ast.BinOp | ast.UnaryOp):
        return False
    own = ast.dump(ast.Subscript(frame, column, ast.Load()))
    dotted = column.value if isinstance(column, ast.Constant) else None
    return any(
        ast.dump(part) == own for part in ast.walk(mask) if isinstance(part, ast.Subscript)
    ) or (
        dotted is not None
        and any(isinstance(part, ast.Attribute) and part.attr == dotted for part in ast.walk(mask))
    )


def _loaded(value: ast.expr, script: Script) -> ast.Call | None:
    """Give the call at the bottom of an expression that reads a table."""
    while True:
        match value:
            case ast.Call(func=function) if script.path(function) in READERS:
                return value
            case ast.Call(func=function) if (script.path(function) or "").startswith(
                ("sklearn.datasets.load_", "sklearn.datasets.fetch_")
            ):
                return value
            case ast.Call(func=ast.Attribute(value=inner)):
                value = inner
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                value = inner
            case _:
                return None


def _replace(node: ast.expr, old: ast.expr, new: ast.expr) -> ast.expr:
    text = ast.dump(old)

    class Replace(ast.NodeTransformer):
        def visit_Call(self, call: ast.Call) -> ast.expr:
            if ast.dump(call) == text:
                return new
            self.generic_visit(call)
            return call

    return Replace().visit(node)  # type: ignore[no-any-return]


def _index_split(loop: ast.For) -> Iterator[tuple[ast.stmt, str]]:
    """``for train, test in splitter.split(X): a, b = X.loc[train], X.loc[test]`` as renamings."""
    match loop.target:
        case ast.Tuple(elts=[ast.Name(id=train), ast.Name(id=test)]):
            pass
        case _:
            return
    for statement in loop.body:
        pairs: list[tuple[ast.expr, ast.expr]] = []
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = list(zip(targets, values, strict=False))
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                continue
            case _:
                return
        for target, value in pairs:
            match value:
                case ast.Subscript(value=inner, slice=ast.Name(id=name)) if name in (train, test):
                    frame = (
                        inner.value
                        if isinstance(inner, ast.Attribute) and inner.attr in ("loc", "iloc")
                        else inner
                    )
                    role = "split" if name == train else "test"
                    yield ast.Assign([target], frame), role
                case _:
                    return
