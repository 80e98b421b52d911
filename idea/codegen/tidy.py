"""Tidies a notebook's statements: fewer names, nothing in place, nothing that is undone later."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from idea.analysis.statements import SourcedStatement
from idea.codegen.dropped_columns import without_dropped_columns
from idea.codegen.merged_names import stores, uses, with_one_name, without_number
from idea.knowledge.estimators import SAVING_FUNCTIONS
from idea.knowledge.packages import DRAWING
from idea.knowledge.pandas_methods import WRITERS
from idea.program.names_used import root
from idea.syntax import copied, import_path, walk


@dataclass(frozen=True)
class Tidied:
    """Statements, the expression that they are for, and the name of the frame they start from."""

    statements: tuple[SourcedStatement, ...]
    result: ast.expr
    frame: str


def tidied(
    statements: Iterable[SourcedStatement],
    result: ast.expr,
    frame: str,
    raw: Iterable[object],
    imports: Mapping[str, str],
) -> Tidied:
    """Tidy up statements.

    Frames that replace each other (`df1`, `df2`) get one name, an estimator is made and fitted in
    one statement, changes in place become assignments, and columns that are made only to be
    dropped are left out.

    Args:
        statements: the statements.
        result: the expression that they are for.
        frame: the variable that is there from the start.
        raw: names of the columns that are there from the start.
        imports: dotted paths by the names that they are imported as.
    """
    result = copied(result)
    quiet = _Quiet(imports)
    parts = [replace(s, node=copied(s.node)) for s in statements]
    for part in parts:
        quiet.visit(part.node)
    parts = _with_fits_at_once([_not_in_place(part) for part in parts])
    parts = with_one_name(parts, result, frame, {"learn", *imports})
    frame = without_number([*(part.node for part in parts), result], frame)
    parts = without_dropped_columns(parts, result, {str(name) for name in raw})
    return Tidied(tuple(parts), result, frame)


# --- what only prints ---


class _Quiet(ast.NodeTransformer):
    """Removes statements inside blocks that only print, draw or write files."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.imports = imports

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if self._only_shows(node.value) else node

    def _only_shows(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="print" | "display")):
                return True
            case ast.Call(func=ast.Name(id="learn"), args=[_, ast.Lambda(body=shown)]):
                return self._only_shows(shown)
            case ast.Call(func=ast.Attribute(attr=method)) if method in WRITERS:
                return True
            case ast.Call(func=function):
                package = self.imports.get(root(function) or "", "").split(".")[0]
                return package in DRAWING or import_path(function, self.imports) in SAVING_FUNCTIONS
        return False

    def visit_With(self, node: ast.With) -> ast.With | None:
        self.generic_visit(node)
        return node if node.body else None

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


# --- changes in place ---


def _not_in_place(part: SourcedStatement) -> SourcedStatement:
    """``df.drop(…, inplace=True)`` as an assignment, as pandas recommends."""
    for call in walk(part.node):
        match call:
            case ast.Call(func=ast.Attribute(attr="drop"), keywords=keywords):
                if any(k.arg == "columns" for k in keywords):
                    call.keywords = [k for k in keywords if k.arg != "axis"]
    match part.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
            rest = [k for k in call.keywords if k.arg != "inplace"]
            if len(rest) < len(call.keywords):
                call.keywords = rest
                made = ast.Assign([ast.Name(name, ast.Store())], call)
                ast.fix_missing_locations(ast.copy_location(made, part.node))
                return replace(part, node=made)
    return part


# --- estimators ---


def _with_fits_at_once(parts: Sequence[SourcedStatement]) -> list[SourcedStatement]:
    """Write ``sc = Scaler()`` and ``sc = learn("sc", lambda: sc.fit(X))`` as one statement."""
    out = list(parts)
    for part in parts:
        match part.node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Name(id="learn"),
                    args=[
                        _,
                        ast.Lambda(
                            body=ast.Call(
                                func=ast.Attribute(value=ast.Name(id=own), attr="fit") as fit
                            )
                        ),
                    ],
                ),
            ) if name == own:
                at = out.index(part)
                maker = _maker(out[:at], name)
                if maker is not None:
                    fit.value = maker.node.value  # type: ignore[attr-defined]
                    out[at] = replace(part, absorbed=(maker.position, *maker.absorbed))
                    out.remove(maker)
    return out


def _maker(before: Sequence[SourcedStatement], name: str) -> SourcedStatement | None:
    """Find the statement that makes an estimator, if nothing uses it before its fit."""
    at, maker = next(
        (
            (at, part)
            for at, part in reversed(list(enumerate(before)))
            if isinstance(part.node, ast.Assign) and stores(part.node, name)
        ),
        (0, None),
    )
    match maker and maker.node:
        case ast.Assign(value=ast.Call(func=ast.Name(id="learn"))):
            return None
        case ast.Assign(value=ast.Call()):
            return None if uses([p.node for p in before[at + 1 :]], name) else maker
    return None
