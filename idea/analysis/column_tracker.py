"""Which columns a frame has at each point of a notebook, as far as its code tells."""

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from idea.knowledge.pandas_methods import KEEP_COLUMNS
from idea.program.names_used import root


@dataclass(frozen=True)
class Column:
    """A column: its name now, and the raw table's column that it comes from."""

    name: object
    raw: str | None
    made: bool = False  # whether a statement gave it new values
    text: bool = False  # whether the raw table has text in it


Columns = list[Column]


class Tracker:
    """Follows the columns of every frame from statement to statement; None where unknown."""

    def __init__(self) -> None:
        """Start with no frame."""
        self.frames: dict[str, Columns | None] = {}
        self.lists: dict[str, list[object] | None] = {}
        self.dicts: dict[str, ast.Dict] = {}

    def follow(self, node: ast.stmt) -> None:
        """Take in what a statement does."""
        match node:
            case ast.Assign(targets=[target], value=value):
                self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
                if any(k.arg == "inplace" for k in call.keywords):
                    self.frames[name] = self.columns(call)
                elif isinstance(call.func, ast.Attribute) and call.func.attr == "pop":
                    self._drop(name, self._names(call.args[0]) if call.args else None)
                elif isinstance(call.func, ast.Attribute) and call.func.attr == "insert":
                    self._insert(name, call)
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                        self._drop(target.value.id, self._names(target.slice))
            case ast.For() | ast.If() | ast.With() | ast.Try() | ast.While():
                self._block(node)

    def raw_names(self) -> dict[object, str]:
        """Map the names that columns have now to those of the raw table."""
        return {
            column.name: column.raw
            for columns in self.frames.values()
            for column in columns or []
            if column.raw is not None
        }

    def _block(self, node: ast.For | ast.If | ast.With | ast.Try | ast.While) -> None:
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            if isinstance(node.iter, ast.List | ast.Tuple) and all(
                isinstance(e, ast.Name) for e in node.iter.elts
            ):
                for element in node.iter.elts:
                    for statement in node.body:
                        renamed = _renamed(statement, node.target.id, element.id)  # type: ignore[attr-defined]
                        self.follow(renamed)
                return
            names = self._names(node.iter)
            if names is not None and len(names) <= 200:
                for name in names:
                    self.lists[node.target.id] = [name]
                    for statement in node.body:
                        self.follow(statement)
                self.lists.pop(node.target.id, None)
                return
        for statement in node.body:
            self.follow(statement)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.frames[name] = self.columns(value)
                self.lists[name] = self._names(value)
                if isinstance(value, ast.Dict):
                    self.dicts[name] = value
                match value:
                    case ast.Call(func=ast.Attribute(value=ast.Name(id=frame), attr="pop")):
                        self._drop(frame, self._names(value.args[0]) if value.args else None)
            case ast.Subscript(value=ast.Name(id=frame), slice=inner):
                source = self.columns(value)
                self._set(frame, self._names(inner), source)
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=frame), attr="loc"),
                slice=ast.Tuple(elts=[_, inner]),
            ):
                self._set(frame, self._names(inner))
            case ast.Attribute(value=ast.Name(id=frame), attr="columns"):
                self._rename_all(frame, value)
            case ast.Attribute(value=ast.Name(id=frame), attr=column):
                known = self.frames.get(frame)
                if known and any(c.name == column for c in known):
                    self._set(frame, [column])
            case ast.Tuple(elts=parts):
                for part in parts:
                    if isinstance(part, ast.Name):
                        self.frames[part.id] = None
                        self.lists[part.id] = None

    def _set(
        self, frame: str, names: Sequence[object] | None, source: Columns | None = None
    ) -> None:
        known = self.frames.get(frame)
        if known is None:
            return
        if names is None:
            self.frames[frame] = [replace(column, made=True) for column in known]
            return
        new = [replace(c, made=True) if c.name in names else c for c in known]
        have = {column.name for column in new}
        raw, made = (source[0].raw, source[0].made) if source and len(source) == 1 else (None, True)
        plain = source is not None and len(source) == 1 and not made
        new += [Column(name, raw, made=not plain) for name in names if name not in have]
        self.frames[frame] = new

    def _insert(self, frame: str, call: ast.Call) -> None:
        known = self.frames.get(frame)
        match call.args:
            case [ast.Constant(value=int(at)), ast.Constant(value=name), *_] if known is not None:
                self.frames[frame] = [*known[:at], Column(name, None, True), *known[at:]]
            case _:
                self.frames[frame] = None

    def _drop(self, frame: str, names: Sequence[object] | None) -> None:
        known = self.frames.get(frame)
        if known is not None:
            self.frames[frame] = (
                None if names is None else [c for c in known if c.name not in names]
            )

    def _rename_all(self, frame: str, value: ast.expr) -> None:
        known = self.frames.get(frame)
        names = self._names(value)
        if known is None or names is None or len(names) != len(known):
            self.frames[frame] = None
            return
        self.frames[frame] = [replace(c, name=n) for c, n in zip(known, names, strict=True)]

    # what an expression's columns are

    def columns(self, node: ast.expr) -> Columns | None:
        """Give the columns of a frame, a series or an array; None if they can't be told."""
        match node:
            case ast.Name(id=name):
                return self.frames.get(name)
            case ast.Attribute(value=inner, attr="values" | "T" as attribute):
                return self.columns(inner) if attribute == "values" else None
            case ast.Attribute(value=inner, attr=attribute):
                known = self.columns(inner)
                found = [c for c in known or [] if c.name == attribute]
                return found or None
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
        return None

    def _subscript(self, node: ast.Subscript) -> Columns | None:
        match node:
            case ast.Subscript(value=ast.Attribute(value=inner, attr="loc" | "iloc" as how)):
                known = self.columns(inner)
                match node.slice:
                    case ast.Tuple(elts=[_, chosen]):
                        return self._chosen(known, chosen, by_name=how == "loc")
                    case ast.Slice() | ast.Compare() | ast.UnaryOp() | ast.BinOp() | ast.Call():
                        return known
                return None
            case ast.Subscript(value=inner, slice=ast.Tuple(elts=[ast.Slice(), chosen])):
                return self._chosen(self.columns(inner), chosen, by_name=False)
        known = self.columns(node.value)
        if known is None:
            return None
        names = self._names(node.slice)
        if names is None:
            masks = (ast.Slice, ast.Compare, ast.UnaryOp, ast.BoolOp, ast.Call)
            mask = isinstance(node.slice, masks) or (
                isinstance(node.slice, ast.BinOp)
                and isinstance(node.slice.op, ast.BitAnd | ast.BitOr)
            )
            return known if mask else None
        by_name = {column.name: column for column in known}
        return [by_name[name] for name in names] if all(n in by_name for n in names) else None

    def _chosen(self, known: Columns | None, node: ast.expr, by_name: bool) -> Columns | None:
        if known is None:
            return None
        if isinstance(node, ast.Slice):
            first, last = _constant(node.lower), _constant(node.upper)
            if not by_name:
                if (node.lower and not isinstance(first, int)) or (
                    node.upper and not isinstance(last, int)
                ):
                    return None
                return known[slice(first, last)]
            names = [column.name for column in known]
            if (node.lower and first not in names) or (node.upper and last not in names):
                return None
            begin = names.index(first) if node.lower else 0
            end = names.index(last) + 1 if node.upper else len(names)
            return known[begin:end]
        names_or_positions = self._names(node)
        if names_or_positions is None:
            return None
        if by_name:
            by = {column.name: column for column in known}
            return [by[n] for n in names_or_positions if n in by]
        try:
            return [known[position] for position in names_or_positions]
        except (IndexError, TypeError):
            return None

    def _call(self, node: ast.Call) -> Columns | None:
        function = node.func
        if isinstance(function, ast.Attribute):
            known = self.columns(function.value)
            keywords = {k.arg: k.value for k in node.keywords}
            if function.attr == "drop" and known is not None:
                return self._after_drop(known, node, keywords)
            if function.attr == "rename" and known is not None:
                return self._after_rename(known, keywords)
            if function.attr == "reset_index" and known is not None:
                drop = keywords.get("drop")
                if isinstance(drop, ast.Constant) and drop.value:
                    return known
                return [Column("index", None), *known]
            if function.attr == "set_index" and known is not None:
                names = self._names(node.args[0]) if node.args else None
                return None if names is None else [c for c in known if c.name not in names]
            if function.attr == "assign" and known is not None:
                made = [k.arg for k in node.keywords if k.arg]
                have = {c.name for c in known}
                new = [replace(c, made=True) if c.name in made else c for c in known]
                return [*new, *(Column(m, None, True) for m in made if m not in have)]
            if function.attr == "pop" and known is not None and node.args:
                names = self._names(node.args[0])
                return [c for c in known if names and c.name in names] or None
            if function.attr in KEEP_COLUMNS:
                return known
            if function.attr == "join" and known is not None and node.args:
                other = self.columns(node.args[0])
                return None if other is None else [*known, *other]
            if function.attr == "concat" and node.args:
                return self._concatenated(node.args[0], keywords.get("axis"))
            if function.attr == "get_dummies" and node.args:
                return self._dummies(node.args[0], keywords.get("columns"))
            if function.attr in ("fit_transform", "transform") and node.args:
                return self._transformed(node.args[0])
            if function.attr == "DataFrame" and node.args:
                known = self.columns(node.args[0])
                if "columns" not in keywords:
                    return known
                names = self._names(keywords["columns"])
                if known is not None and names is not None and len(names) == len(known):
                    return [replace(c, name=n) for c, n in zip(known, names, strict=True)]
        return None

    def _dummies(self, data: ast.expr, columns: ast.expr | None) -> Columns | None:
        """Numbers stay where they are; the dummies of the others come after them."""
        known = self.columns(data)
        if known is None:
            return None
        chosen = self._names(columns) if columns is not None else None
        if columns is not None and chosen is None:
            return None
        # A series has all its values as columns.
        series = len(known) == 1 and not isinstance(data, ast.Name)

        def encoded(column: Column) -> bool:
            if chosen is not None:
                return column.name in chosen
            return series or (column.text and not column.made)

        rest = [column for column in known if not encoded(column)]
        return rest + [replace(c, name=f"{c.name}_…", made=True) for c in known if encoded(c)]

    def _transformed(self, data: ast.expr) -> Columns | None:
        """What an unknown transformer makes of columns may be anything, but comes from them."""
        known = self.columns(data)
        return None if known is None else [replace(c, name=None, made=True) for c in known]

    def _concatenated(self, parts: ast.expr, axis: ast.expr | None) -> Columns | None:
        if not isinstance(parts, ast.List | ast.Tuple):
            return None
        known = [self.columns(part) for part in parts.elts]
        if axis is None or _constant(axis) in (0, "index", "rows"):
            return known[0] if known else None
        if any(part is None for part in known):
            return None
        return [column for part in known if part for column in part]

    def _after_drop(
        self, known: Columns, node: ast.Call, keywords: dict[str | None, ast.expr]
    ) -> Columns | None:
        axis = _constant(keywords["axis"]) if "axis" in keywords else 0
        given = keywords.get("columns")
        if given is None:
            if axis not in (1, "columns"):
                return known  # rows are dropped
            given = node.args[0] if node.args else keywords.get("labels")
        names = self._names(given) if given is not None else None
        return None if names is None else [c for c in known if c.name not in names]

    def _after_rename(self, known: Columns, keywords: dict[str | None, ast.expr]) -> Columns | None:
        given = keywords.get("columns")
        if isinstance(given, ast.Name):
            given = self.dicts.get(given.id)
        match given:
            case ast.Dict(keys=keys, values=values):
                new = {_constant(k): _constant(v) for k, v in zip(keys, values, strict=True)}
                return [replace(c, name=new.get(c.name, c.name)) for c in known]
            case ast.Attribute(value=ast.Name(id="str"), attr=method):
                return _changed_names(known, method, [])
        return None

    # lists of names

    def _names(self, node: ast.expr) -> list[Any] | None:
        match node:
            case ast.Constant(value=str() | int() as value):
                return [value]
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
                return [-value]
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                found = [self._names(part) for part in parts]
                return None if None in found else [n for part in found if part for n in part]
            case ast.Name(id=name):
                if self.lists.get(name) is not None:
                    return self.lists[name]
                known = self.frames.get(name)
                return None if known is None else [c.name for c in known]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first, second = self._names(left), self._names(right)
                return None if first is None or second is None else [*first, *second]
            case ast.Attribute(value=inner, attr="columns"):
                known = self.columns(inner)
                return None if known is None else [c.name for c in known]
            case ast.Attribute(value=inner, attr="values"):
                return self._names(inner)
            case ast.Subscript(value=inner, slice=ast.Slice() as part):
                names = self._names(inner)
                first, last = _constant(part.lower), _constant(part.upper)
                if names is None or isinstance(inner, ast.Constant):
                    return None
                return names[slice(first, last)]
            case ast.Subscript(value=inner, slice=ast.Constant() | ast.UnaryOp() as at):
                names, position = self._names(inner), _constant(at)
                if names is None or not isinstance(position, int):
                    return None
                return [names[position]] if -len(names) <= position < len(names) else None
            case ast.Call(func=ast.Name(id="list" | "sorted"), args=[inner]):
                return self._names(inner)
            case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(last))]):
                return list(range(last))
            case ast.Call(func=ast.Attribute(value=inner, attr="tolist" | "to_list"), args=[]):
                return self._names(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr="drop" | "difference"), args=[less]):
                names, dropped = self._names(inner), self._names(less)
                if names is None or dropped is None:
                    return None
                return [name for name in names if name not in dropped]
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=inner, attr="str"), attr=method),
                args=arguments,
            ):
                names = self._names(inner)
                if names is None:
                    return None
                changed = _changed_names([Column(n, None) for n in names], method, arguments)
                return None if changed is None else [c.name for c in changed]
            case ast.ListComp(
                elt=elt,
                generators=[ast.comprehension(target=ast.Name(id=each), iter=inner, ifs=[])],
            ):
                names = self._names(inner)
                if names is None:
                    return None
                return self._each(elt, each, names)
        return None

    def _each(self, node: ast.expr, each: str, names: list[object]) -> list[object] | None:
        match node:
            case ast.Name(id=name) if name == each:
                return names
            case ast.Call(func=ast.Attribute(value=inner, attr=method), args=arguments):
                inside = self._each(inner, each, names)
                if inside is None:
                    return None
                changed = _changed_names([Column(n, None) for n in inside], method, arguments)
                return None if changed is None else [c.name for c in changed]
        return None


def _changed_names(known: Columns, method: str, arguments: list[ast.expr]) -> Columns | None:
    values = [_constant(argument) for argument in arguments]
    if method not in ("lower", "upper", "strip", "title", "capitalize", "replace"):
        return None
    if any(not isinstance(value, str) for value in values) or (method == "replace") != bool(values):
        return None
    return [replace(c, name=getattr(str(c.name), method)(*values)) for c in known]


def _constant(node: ast.expr | None) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
    return None


def _renamed(node: ast.stmt, old: str, new: str) -> ast.stmt:
    copied = copy.deepcopy(node)
    for part in ast.walk(copied):
        if isinstance(part, ast.Name) and part.id == old:
            part.id = new
    return copied


def mentioned(node: ast.AST, names: set[object]) -> set[object]:
    """Give those column names that a piece of code mentions, as strings or as attributes."""
    found: set[object] = set()
    for part in ast.walk(node):
        match part:
            case ast.Constant(value=value) if isinstance(value, str | int) and value in names:
                if not isinstance(value, bool):
                    found.add(value)
            case ast.Attribute(value=inner, attr=attribute) if attribute in names and root(inner):
                found.add(attribute)
    return found
