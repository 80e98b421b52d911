"""Which table the rows of an expression are from: the one that is learned from, or another."""

import ast
from enum import Enum

from idea.analysis.row_dependence import Kinds
from idea.program.names_used import free_names


class Origin(Enum):
    """The table that an expression's rows come from."""

    MAIN = "main"  # the one that the model learns from
    OTHER = "other"  # one of rows to predict
    BOTH = "both"  # both, one below the other


class Origins:
    """The origin of the rows that each variable holds.

    Attributes:
        names: the origin of each variable's rows.
        lists: frames in a list or a dict, by its variable.
        kinds: of expressions at the present statement; None if they are not known.
        shared: columns that all tables have, as far as is known: they tell no tables apart.
    """

    def __init__(self) -> None:
        """Start without a table."""
        self.names: dict[str, Origin] = {}
        self.lists: dict[str, list[ast.expr]] = {}
        self.kinds: Kinds | None = None
        self.shared: frozenset[object] = frozenset()

    def of(self, node: ast.AST) -> Origin | None:
        """Give the table that an expression's rows come from; None if it has no rows of either."""
        found = self._of(node)
        return None if found is Origin.BOTH and self._is_of_columns(node) else found

    def _is_of_columns(self, node: ast.AST) -> bool:
        """Tell whether an expression is computed from both tables' columns, and holds no rows."""
        if self.kinds is None or isinstance(node, ast.Name):
            return False
        both = {name for name in free_names(node) if self.names.get(name) is Origin.BOTH}
        return both <= self.kinds.rows and not self.kinds.holds_rows(node)

    def _of(self, node: ast.AST) -> Origin | None:
        match node:
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.Subscript(value=inner):
                base = self.of(inner)
                if base is Origin.BOTH and self.selects_from_both(node):
                    return Origin.MAIN
                return base
            case ast.Attribute(value=inner) | ast.Call(func=ast.Attribute(value=inner)) if (
                self.of(inner) is not None
            ):
                return self.of(inner)
            case ast.Lambda() | ast.Constant():
                return None
        found = {self.of(child) for child in ast.iter_child_nodes(node)} - {None}
        for origin in (Origin.BOTH, Origin.MAIN, Origin.OTHER):
            if origin in found:
                return origin
        return None

    def selects_from_both(self, node: ast.AST) -> bool:
        """Tell whether an expression selects rows of a frame that has those of both tables."""
        for part in ast.walk(node):
            match part:
                case ast.Subscript(value=inner, slice=index) if self.of_frame(inner) is Origin.BOTH:
                    if isinstance(index, ast.Tuple) and index.elts:
                        index = index.elts[0]
                    if _is_part(index) or self._is_mask(index) or is_of_key(part):
                        return True
                case ast.Call(
                    func=ast.Attribute(value=inner, attr="head" | "tail" | "query" | "xs")
                ):
                    if self.of(inner) is Origin.BOTH:
                        return True
        return False

    def _is_mask(self, index: ast.expr) -> bool:
        if self._is_of_shared_columns(index):
            return False
        if isinstance(index, ast.Compare | ast.UnaryOp | ast.BinOp):
            return self.of(index) is not None
        return (
            isinstance(index, ast.Call)
            and isinstance(index.func, ast.Attribute)
            and index.func.attr in ("notnull", "notna", "isnull", "isna", "isin", "eq", "ne")
            and self.of(index.func.value) is not None
        )

    def _is_of_shared_columns(self, index: ast.expr) -> bool:
        """Tell whether a mask looks at columns that all tables have, and at nothing else."""
        named = set()
        for part in ast.walk(index):
            match part:
                case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=name)):
                    named.add(name)
                case ast.Attribute(value=ast.Name(id=frame), attr=name) if frame in self.names:
                    named.add(name)
                case ast.Name(id=name) if name not in self.names:
                    return False
        return bool(named) and named <= self.shared

    def of_frame(self, node: ast.expr) -> Origin | None:
        """Give the origin of a frame, or of the one in ``frame.loc``."""
        if isinstance(node, ast.Attribute) and node.attr in ("loc", "iloc", "values"):
            node = node.value
        return self.of(node)

    def frames_of(self, node: ast.expr) -> list[ast.expr] | None:
        """Give the frames in a list, tuple or dict; None if it holds something else."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
                known = [self.of(part) for part in parts]
                return parts if parts and all(known) else None
            case ast.Name(id=name):
                return self.lists.get(name)
            case ast.Call(func=ast.Attribute(value=inner, attr="values")):
                return self.frames_of(inner)
        return None


def is_of_key(node: ast.AST) -> bool:
    """Tell whether an expression takes one of the tables by its key: ``both.loc["train"]``."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="loc"), slice=ast.Constant(value=str())):
            return True
        case ast.Call(func=ast.Attribute(attr="xs")):
            return True
    return False


def _is_part(index: ast.expr) -> bool:
    return isinstance(index, ast.Slice) and (index.lower is not None or index.upper is not None)


def takes_first(node: ast.expr) -> bool:
    """Tell whether an expression takes the first rows of a frame: those of the first table."""
    for part in ast.walk(node):
        match part:
            case ast.Slice(lower=lower, upper=ast.expr()) if is_start(lower):
                return True
            case ast.Call(func=ast.Attribute(attr="head")):
                return True
    return False


def is_start(lower: ast.expr | None) -> bool:
    """Tell whether a slice begins with the first row."""
    return lower is None or (isinstance(lower, ast.Constant) and lower.value == 0)
