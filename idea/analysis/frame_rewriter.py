"""Takes rows to predict out of expressions."""

import ast
import copy
from collections.abc import Mapping, Sequence

from idea.analysis.row_origins import Origin, Origins, is_of_key, is_start
from idea.knowledge.pandas_methods import CONCATENATIONS
from idea.syntax import import_path, keyword_value


class FrameRewriter(ast.NodeTransformer):
    """Takes rows to predict out of concatenations, and the cut that takes them off again."""

    def __init__(
        self,
        origins: Origins,
        columns: Mapping[str, Sequence[object]],
        imports: Mapping[str, str],
    ) -> None:
        """Take what is known before the statement.

        Args:
            origins: of the rows that variables hold.
            columns: of tables of rows to predict, by variable, as they stand in their files.
            imports: full names of what is imported.
        """
        self.origins = origins
        self.columns = columns
        self.imports = imports
        self.mixes = False  # whether rows to predict were put below others

    def visit_Call(self, call: ast.Call) -> ast.expr:
        """Leave frames of rows to predict out of ``pd.concat([train, test])``."""
        self.generic_visit(call)
        path = import_path(call.func, self.imports)
        if path in CONCATENATIONS:
            given = call.args[0] if call.args else keyword_value(call, "objs")
            frames = self.origins.frames_of(given) if given is not None else None
            kept = [f for f in frames or [] if self.origins.of(f) is not Origin.OTHER]
            if frames is not None and kept and len(kept) < len(frames):
                self.mixes = True
                return _together(copy.deepcopy(kept), call)
        match call:
            case ast.Call(func=ast.Attribute(value=inner, attr="head" | "xs")):
                if self.origins.of(inner) is Origin.BOTH:
                    return inner
        return call

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Leave values of rows to predict out of ``list(train["city"]) + list(test["city"])``."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Add) and _is_listed(node.left) and _is_listed(node.right):
            left, right = self.origins.of(node.left), self.origins.of(node.right)
            if left is not Origin.OTHER and right is Origin.OTHER:
                return node.left
            if left is Origin.OTHER and right is not Origin.OTHER:
                return node.right
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Give all rows for ``both[:n]``."""
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or self.origins.of_frame(node.value) is not (
            Origin.BOTH
        ):
            return node
        frame = node.value
        if isinstance(frame, ast.Attribute) and frame.attr in ("loc", "iloc"):
            frame = frame.value
        match node.slice:
            case ast.Slice(lower=lower, upper=ast.expr()) if is_start(lower):
                return frame
            case ast.Tuple(elts=[ast.Slice(lower=lower, upper=ast.expr()), *_]) if is_start(lower):
                node.slice.elts[0] = ast.Slice()
            case _ if is_of_key(node):
                return frame
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Give the columns of rows to predict as they stand in their file."""
        self.generic_visit(node)
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="columns", ctx=ast.Load()):
                columns = self.columns.get(name)
                if columns and self.origins.names.get(name) is Origin.OTHER:
                    return ast.List([ast.Constant(c) for c in columns], ast.Load())  # type: ignore[arg-type]
        return node


def _is_listed(node: ast.expr) -> bool:
    """Tell whether an expression is a list of a column's values."""
    match node:
        case (
            ast.Call(func=ast.Name(id="list"))
            | ast.Call(func=ast.Attribute(attr="tolist" | "to_list"))
        ):
            return True
        case ast.BinOp(op=ast.Add()):
            return _is_listed(node.left) and _is_listed(node.right)
    return False


def _together(kept: list[ast.expr], call: ast.Call) -> ast.expr:
    """Give the frames that are left of a concatenation."""
    if len(kept) == 1:
        frame = kept[0]
        if not isinstance(frame, ast.Name):
            return frame
        return ast.Call(ast.Attribute(frame, "copy", ast.Load()), [], [])
    whole = ast.List(kept, ast.Load())
    if call.args:
        call.args[0] = whole
    for keyword in call.keywords:
        if keyword.arg == "objs":
            keyword.value = whole
    return call
