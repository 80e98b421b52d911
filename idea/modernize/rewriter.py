"""Moves a cell's code to current pandas, NumPy and scikit-learn, where a former API is gone."""

import ast
from dataclasses import dataclass
from typing import Any

from idea.knowledge.renames import GONE
from idea.modernize import rules  # noqa: F401  (registers the rules)
from idea.modernize.context import Context, context_of
from idea.modernize.edits import Edit, Insertion, edited
from idea.modernize.grids import current_key, current_values, is_removed
from idea.modernize.imports import current_import, current_import_from
from idea.modernize.names import NotebookNames
from idea.modernize.registry import rewritten
from idea.modernize.rules.errors import root_of_error
from idea.modernize.rules.keywords import current_keyword
from idea.syntax import callee_name, constant, parse, walk

_MOST_REWRITES = 5  # of one call, which may be outdated in several ways


@dataclass(frozen=True)
class Moved:
    """The former and the present text of a piece of code, and its line."""

    line: int
    was: str
    now: str


def modernise(code: str, names: NotebookNames) -> tuple[str, list[Moved]]:
    """Move a cell's code to current libraries.

    Only what changes is written anew: the rest keeps its text and its line.

    Args:
        code: the cell's code.
        names: what the names of the notebook stand for.

    Returns:
        The code, and its changes by line.
    """
    code = code.replace("\r\n", "\n")
    tree = parse(code)
    if tree is None:
        return code, []
    moves = _Moves(tree, context_of(tree, names))
    try:
        moves.visit(tree)
        new = edited(code, moves.edits, moves.insertion(tree))
    except (RecursionError, ValueError):  # nested too deeply, or not printable
        return code, []
    return (new, moves.report()) if parse(new) else (code, [])


class _Moves(ast.NodeTransformer):
    """Applies the rules to a cell's tree, and records what to edit and what to report."""

    def __init__(self, tree: ast.Module, context: Context) -> None:
        self.context = context
        self.moved: dict[Moved, None] = {}
        self.edits: list[Edit] = []
        self.imports: list[str] = []
        self.last = 0  # line of the statement that is visited
        self.grown = self._import_roots(tree)

    def report(self) -> list[Moved]:
        """Give the changes, by line."""
        return sorted(self.moved, key=lambda move: move.line)

    def insertion(self, tree: ast.Module) -> Insertion:
        """Give the imports that the new code needs, before its first statement."""
        first = tree.body[0] if tree.body else ast.Pass(lineno=1, col_offset=0)
        is_block = hasattr(first, "body")  # which no semicolon may precede
        at = first.lineno, first.col_offset
        return Insertion(at, self.imports, "\n" if is_block else "; ")

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        """Visit a node, keeping track of the last line of its statement or block header."""
        before = self.last
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = node.end_lineno or node.lineno
            self.last = max(node.lineno, body[0].lineno - 1) if body else end
        try:
            new: ast.AST | list[ast.stmt] = super().visit(node)
            return new
        finally:
            self.last = before

    def _tell(self, line: int, was: str, now: str) -> None:
        self.moved[Moved(line, was, now)] = None

    def _edit(self, old: ast.expr | ast.stmt, new: ast.expr | list[ast.stmt]) -> None:
        end = (old.end_lineno or old.lineno, old.end_col_offset or 0)
        self.edits.append(Edit((old.lineno, old.col_offset), end, new, self.last))

    def _swap(self, old: ast.expr, new: ast.expr) -> ast.expr:
        self._tell(old.lineno, ast.unparse(old), ast.unparse(new))
        self._edit(old, new)
        return ast.copy_location(new, old)

    def _need(self, line: str) -> None:
        if line not in self.imports:
            self.imports.append(line)

    def _by_rule(self, node: Any) -> Any:
        """Apply the first rule that fits an expression; the node itself if none does."""
        found = rewritten(node, self.context)
        if found is None:
            return node
        new, rule = found
        if rule.needs:
            self._need(rule.needs)
        return self._swap(node, new)

    # Imports

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt]:
        return self._imported(node, current_import(node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if node.level or not node.module:
            return node
        for alias in node.names:
            if alias.name in GONE:
                self._tell(node.lineno, ast.unparse(node), f"as it was: {GONE[alias.name]}")
        return self._imported(node, current_import_from(node))

    def _imported(self, old: ast.stmt, new: list[ast.stmt]) -> ast.AST | list[ast.stmt]:
        if [ast.dump(one) for one in new] == [ast.dump(old)] and old not in self.grown:
            return old
        was = self.grown.get(old) or ast.unparse(old)
        self._tell(old.lineno, was, "; ".join(map(ast.unparse, new)))
        self._edit(old, new)
        return [ast.copy_location(one, old) for one in new]

    def _import_roots(self, tree: ast.Module) -> dict[ast.stmt, str]:
        """Import `root_mean_squared_error` beside `mean_squared_error` where it will be needed.

        Returns the extended imports with their former source.
        """
        grown: dict[ast.stmt, str] = {}
        imports = [node for node in walk(tree) if isinstance(node, ast.ImportFrom)]
        for call in walk(tree):
            root = root_of_error(call, self.context) if isinstance(call, ast.Call) else None
            if not (isinstance(root, ast.Call) and isinstance(root.func, ast.Name)):
                continue
            name, old = root.func.id, callee_name(call) if isinstance(call, ast.Call) else ""
            if name == old:
                continue
            holder = next((i for i in imports if old in {alias.name for alias in i.names}), None)
            if holder is None:
                self._need(f"from sklearn.metrics import {name}")
            elif name not in {alias.name for alias in holder.names}:
                grown.setdefault(holder, ast.unparse(holder))
                holder.names.append(ast.alias(name))
        return grown

    # Expressions

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._by_rule(node)  # type: ignore[no-any-return]

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        return self._by_rule(node)  # type: ignore[no-any-return]

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        return self._by_rule(node)  # type: ignore[no-any-return]

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Rewrite an f-string as a whole: before Python 3.12 its parts have wrong locations."""
        edits = len(self.edits)
        self.generic_visit(node)
        if len(self.edits) > edits:
            del self.edits[edits:]
            self._edit(node, node)
        return node

    # Statements

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        return self._statement(node)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        return self._statement(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        return self._statement(node)

    def _statement(self, node: ast.stmt) -> ast.stmt:
        self.generic_visit(node)
        found = rewritten(node, self.context)
        if found is None:
            return node
        new: ast.stmt = ast.fix_missing_locations(found[0])
        self._tell(node.lineno, ast.unparse(node), ast.unparse(new))
        self._edit(node, [new])
        return ast.copy_location(new, node)

    # Calls and grids

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Rename keyword arguments, then apply the rules until none fits."""
        self.generic_visit(node)
        if callee_name(node) in GONE:
            gone = GONE[callee_name(node)]
            self._tell(node.lineno, ast.unparse(node), f"as it was: {gone}")
        new: ast.expr = node
        for _ in range(_MOST_REWRITES):
            if isinstance(new, ast.Call):
                self._keywords(new)
            before = new
            new = self._by_rule(new) if isinstance(new, ast.Call) else new
            if new is before:
                break
        return new

    def _keywords(self, call: ast.Call) -> None:
        name = callee_name(call)
        holds_values = name[:1].isupper() or name in ("set_params", "dict")
        given = {key.arg for key in call.keywords}
        kept = []
        for key in call.keywords:
            new = current_keyword(name, key)
            if new is not key:
                gone = new is None or (new.arg != key.arg and new.arg in given)
                now = "" if gone or new is None else ast.unparse(new)
                self._tell(call.lineno, f"{name}({ast.unparse(key)})", f"{name}({now})")
                self._edit(call, call)
                if gone or new is None:
                    continue
            elif holds_values or key.arg == "scoring":
                new.value = self._value(key.arg or "", key.value, name)
            kept.append(new)
        call.keywords = kept

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        """Give parameters in a dict, as of a grid, their present names and values."""
        self.generic_visit(node)
        left: list[tuple[ast.expr | None, ast.expr]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            text = constant(key)
            if key is None or not isinstance(text, str):
                left.append((key, value))
                continue
            parameter = text.rpartition("__")[2]
            if is_removed(parameter, value, self.context):
                self._tell(key.lineno, f"{ast.unparse(key)}: {ast.unparse(value)}", "(left out)")
                self._edit(node, node)
                continue
            current = current_key(text)
            new = self._swap(key, ast.Constant(current)) if current != text else key
            left.append((new, self._value(parameter, value)))
        node.keys, node.values = [key for key, _ in left], [value for _, value in left]
        return node

    def _value(self, parameter: str, value: ast.expr, estimator: str = "") -> ast.expr:
        new = current_values(parameter, value, estimator, self.context, self._tell)
        if new is not value:
            self._edit(value, new)
        return new
