"""Moves code to today's pandas, NumPy and scikit-learn, where the old way is gone or changed."""

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from idea.knowledge.renames import (
    DISPLAYS,
    GONE,
    GONE_FROM_GRIDS,
    NAMES,
    NUMPY,
    OLD_MODULES,
    RENAMED,
    VALUES,
    Value,
    module,
)
from idea.modernize.attributes import assigned, attribute_today
from idea.modernize.calls import (
    Known,
    as_today,
    called,
    constant,
    keyword_today,
    know,
    named_arguments,
)
from idea.notebooks.magics import parse


@dataclass(frozen=True)
class Moved:
    """What a line said, and what it says now."""

    line: int
    was: str
    now: str


def modernise(code: str, own: Collection[str] = ()) -> tuple[str, list[Moved]]:
    """Move a cell's code to today's libraries; `own` are names that the notebook defines itself.

    Only what changes is written anew: the rest keeps its text and its line.
    """
    code = code.replace("\r\n", "\n")
    tree = parse(code)
    if tree is None:
        return code, []
    moves = _Moves(tree, own)
    try:
        moves.visit(tree)
        new = _edited(code, moves)
    except (RecursionError, ValueError):  # what no person wrote, or can't be written anew
        return code, []
    return (new, moves.told()) if parse(new) else (code, [])


def modern_tree(tree: ast.Module, own: Collection[str] = ()) -> list[Moved]:
    """Move a tree to today's libraries, in place."""
    moves = _Moves(tree, own)
    moves.visit(tree)
    tree.body[:0] = [ast.parse(line).body[0] for line in moves.imports]
    ast.fix_missing_locations(tree)
    return moves.told()


@dataclass(frozen=True)
class _Edit:
    """A place in the code, what stands there now, and the last line of its statement."""

    start: tuple[int, int]
    end: tuple[int, int]
    new: ast.expr | list[ast.stmt]
    last: int

    @property
    def text(self) -> str:
        """What to write."""
        if isinstance(self.new, list):
            return "; ".join(map(ast.unparse, self.new))
        text = ast.unparse(self.new)
        return f"({text})" if isinstance(self.new, ast.BinOp | ast.UnaryOp) else text


def _edited(code: str, moves: "_Moves") -> str:
    """Write the outermost changes into the code; a statement keeps its number of lines."""
    data = code.encode()  # a tree counts columns in bytes
    lines = [0]
    for line in data.split(b"\n"):
        lines.append(lines[-1] + len(line) + 1)
    texts: list[tuple[int, int, bytes]] = []
    done = -1
    for edit in sorted(
        reversed(moves.edits), key=lambda edit: (edit.start, [-at for at in edit.end])
    ):
        start, end = (lines[row - 1] + column for row, column in (edit.start, edit.end))
        if start >= done:
            text, done = edit.text.encode(), end
            lost = data[start:end].count(b"\n") - text.count(b"\n")
            after = lines[edit.last] - 1
            texts += [(start, end, text), (after, after, b"\n" * lost)]
    at = lines[moves.first[0] - 1] + moves.first[1]
    texts += [(at, at, f"{line}{moves.separator}".encode()) for line in moves.imports]
    for start, end, text in sorted(texts, reverse=True):
        data = data[:start] + text + data[end:]
    return data.decode()


_ESTIMATOR = re.compile(r"[A-Z]\w*(?:Classifier|Regressor|Regression\w*|SV[CR]|Lasso|Ridge|Net)\w*")


class _Moves(ast.NodeTransformer):
    """Moves a cell's tree, and notes what to edit and what to tell."""

    def __init__(self, tree: ast.Module, own: Collection[str]) -> None:
        self.moved: dict[Moved, None] = {}
        self.edits: list[_Edit] = []
        self.imports: list[str] = []
        self.last = 0  # line of the statement that is visited
        first = tree.body[0] if tree.body else ast.Pass(lineno=1, col_offset=0)
        self.first = (first.lineno, first.col_offset)
        self.separator = "\n" if hasattr(first, "body") else "; "
        self.known: Known = know(tree, own)
        self.estimators = [
            (node.lineno, name)
            for node in ast.walk(tree)
            if isinstance(node, ast.Name | ast.Attribute)
            and _ESTIMATOR.fullmatch(name := node.id if isinstance(node, ast.Name) else node.attr)
        ]
        self.grown = self._import_roots(tree)

    def told(self) -> list[Moved]:
        """Give what to tell, by line."""
        return sorted(self.moved, key=lambda move: move.line)

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        """Visit a node, knowing the last line of the statement, or of a block's head."""
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
        self.edits.append(_Edit((old.lineno, old.col_offset), end, new, self.last))

    def _swap(self, old: ast.expr, new: ast.expr) -> ast.expr:
        self._tell(old.lineno, ast.unparse(old), ast.unparse(new))
        self._edit(old, new)
        return ast.copy_location(new, old)

    def _need(self, line: str) -> None:
        if line not in self.imports:
            self.imports.append(line)

    # Imports

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt]:
        """Name the module in which things are now."""
        names = [ast.alias(module(alias.name), alias.asname) for alias in node.names]
        return self._imported(node, [ast.Import(names)])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        """Import every name from where it is now."""
        if node.level or not node.module:
            return node
        places: dict[str, dict[tuple[str, str | None], None]] = {}
        for alias in node.names:
            if alias.name in GONE:
                self._tell(node.lineno, ast.unparse(node), f"as it was: {GONE[alias.name]}")
            source, name = _place(node.module, alias.name)
            used_as = alias.asname
            if name != alias.name and alias.name not in (*RENAMED, *DISPLAYS, *OLD_MODULES):
                used_as = alias.asname or alias.name
            places.setdefault(source, {})[name, used_as] = None
        new: list[ast.stmt] = []
        for source, found in places.items():
            names = [ast.alias(name, used_as) for name, used_as in found]
            new.append(ast.ImportFrom(source, names, 0) if source else ast.Import(names))
        return self._imported(node, new)

    def _imported(self, old: ast.stmt, new: list[ast.stmt]) -> ast.AST | list[ast.stmt]:
        if [ast.dump(one) for one in new] == [ast.dump(old)] and old not in self.grown:
            return old
        was = self.grown.get(old) or ast.unparse(old)
        self._tell(old.lineno, was, "; ".join(map(ast.unparse, new)))
        self._edit(old, new)
        return [ast.copy_location(one, old) for one in new]

    def _import_roots(self, tree: ast.Module) -> dict[ast.stmt, str]:
        """Import `root_mean_squared_error` beside `mean_squared_error` where it will be needed.

        Gives the imports that grew, as they were.
        """
        grown: dict[ast.stmt, str] = {}
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        for call in ast.walk(tree):
            root = as_today(call, self.known) if isinstance(call, ast.Call) else None
            if not (isinstance(root, ast.Call) and isinstance(root.func, ast.Name)):
                continue
            name, old = root.func.id, called(call) if isinstance(call, ast.Call) else ""
            if not name.startswith("root_mean_") or name == old:
                continue
            holder = next((i for i in imports if old in {alias.name for alias in i.names}), None)
            if holder is None:
                self._need(f"from sklearn.metrics import {name}")
            elif name not in {alias.name for alias in holder.names}:
                grown.setdefault(holder, ast.unparse(holder))
                holder.names.append(ast.alias(name))
        return grown

    # Names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Rename what was renamed where it is imported."""
        if node.id in RENAMED and node.id not in self.known.own and isinstance(node.ctx, ast.Load):
            return self._swap(node, ast.Name(RENAMED[node.id], ast.Load()))
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Rename attributes, methods, and what modules hold."""
        self.generic_visit(node)
        new, needed = attribute_today(node, self.known)
        if new is None:
            return node
        if needed:
            self._need(needed)
        return self._swap(node, new)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Write an f-string anew as a whole: before Python 3.12 its parts have no true place."""
        edits = len(self.edits)
        self.generic_visit(node)
        if len(self.edits) > edits:
            del self.edits[edits:]
            self._edit(node, node)
        return node

    # Statements

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """Assign what was to be changed in place through a selection, which is a copy now."""
        return self._statement(node)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """Set cells of a column through its frame."""
        return self._statement(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """Change cells of a column through its frame."""
        return self._statement(node)

    def _statement(self, node: ast.stmt) -> ast.stmt:
        self.generic_visit(node)
        new = assigned(node, self.known)
        if new is None:
            return node
        self._tell(node.lineno, ast.unparse(node), ast.unparse(ast.fix_missing_locations(new)))
        self._edit(node, [new])
        return ast.copy_location(new, node)

    # Calls and grids

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Select several columns of groups by a list."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Call() as groups, slice=ast.Tuple(elts=columns)):
                if called(groups) == "groupby":
                    several = ast.List(columns, ast.Load())
                    return self._swap(node, ast.Subscript(groups, several, node.ctx))
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Give a call today's arguments, then today's form."""
        self.generic_visit(node)
        name = called(node)
        if name in GONE:
            self._tell(node.lineno, ast.unparse(node), f"as it was: {GONE[name]}")
        new: ast.expr = node
        named = named_arguments(node, self.known)
        if named:
            new = self._swap(node, named)
        if isinstance(new, ast.Call):
            self._keywords(new, name)
        for _ in range(3):  # one call may be old in several ways
            today = as_today(new, self.known) if isinstance(new, ast.Call) else None
            if today is None:
                break
            new = self._swap(new, today)
        return new

    def _keywords(self, call: ast.Call, name: str) -> None:
        holds_values = name[:1].isupper() or name in ("set_params", "dict")
        given = {key.arg for key in call.keywords}
        kept = []
        for key in call.keywords:
            new = keyword_today(name, key)
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
        """Give parameters in a dict, as of a grid, today's names and values."""
        self.generic_visit(node)
        left: list[tuple[ast.expr | None, ast.expr]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            text = constant(key)
            if key is None or not isinstance(text, str):
                left.append((key, value))
                continue
            parameter = text.rpartition("__")[2]
            if self._gone(parameter, value):
                self._tell(key.lineno, f"{ast.unparse(key)}: {ast.unparse(value)}", "(left out)")
                self._edit(node, node)
                continue
            new = re.sub(r"(^|__)base_estimator(?=$|__)", r"\1estimator", text)
            renamed = self._swap(key, ast.Constant(new)) if new != text else key
            left.append((renamed, self._value(parameter, value)))
        node.keys, node.values = [key for key, _ in left], [value for _, value in left]
        return node

    def _gone(self, parameter: str, value: ast.expr) -> bool:
        """Tell whether a grid's parameter is gone from the estimator that is named nearest."""
        if not isinstance(value, ast.List | ast.Tuple):
            return False
        if parameter == "normalize":
            return all(isinstance(constant(one), bool) for one in value.elts)
        owners = GONE_FROM_GRIDS.get(parameter, "").split()
        return self._nearest(value.lineno) in owners

    def _value(self, parameter: str, value: ast.expr, estimator: str = "") -> ast.expr:
        """Give a parameter's value, or the list of its values, as today's estimators take it."""
        values = dict(VALUES.get(parameter, {}))
        if parameter == "max_features":
            name = estimator if _ESTIMATOR.fullmatch(estimator) else self._nearest(value.lineno)
            values["auto"] = 1.0 if name.endswith("Regressor") else "sqrt"
        if not values:
            return value
        if not isinstance(value, ast.List | ast.Tuple):
            new = self._today(parameter, value, values)
            if new is not value:
                self._edit(value, new)
            return new
        today = {
            ast.dump(new): new
            for new in (self._today(parameter, one, values) for one in value.elts)
        }
        if list(today) != [ast.dump(one) for one in value.elts]:
            value.elts = list(today.values())
            self._edit(value, value)
        return value

    def _today(self, parameter: str, value: ast.expr, values: Mapping[str, Value]) -> ast.expr:
        was = constant(value)
        if not isinstance(was, str) or was not in values:
            return value
        new = ast.Constant(values[was])
        self._tell(value.lineno, f"{parameter}={was!r}", f"{parameter}={values[was]!r}")
        return ast.copy_location(new, value)

    def _nearest(self, line: int) -> str:
        """Give the estimator that is named nearest to a line."""
        return min(self.estimators, key=lambda named: abs(named[0] - line), default=(0, ""))[1]


def _place(source: str, name: str) -> tuple[str, str]:
    """Give the module and the name under which something can be imported today."""
    if source == "numpy" and name in NUMPY:
        return source, NUMPY[name]
    today = module(source)
    return NAMES.get((source, name)) or NAMES.get((today, name)) or (today, name)
