"""Follows the columns of every frame from statement to statement."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from idea.analysis.column_names import Names, position_of
from idea.analysis.frame_columns import Column, Columns, FrameColumns
from idea.syntax import copied, walk

_MOST_TURNS = 200


class Tracker(FrameColumns):
    """Follows the columns of every frame from statement to statement."""

    def follow(self, node: ast.stmt) -> None:
        """Take in what a statement does."""
        match node:
            case ast.Assign(targets=[target], value=value):
                self._assigned(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assigned(target, value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
                self._called(name, call)
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                        self._remove(target.value.id, self.names(target.slice))
            case ast.For():
                self._for(node)
            case ast.If() | ast.With() | ast.Try() | ast.While():
                self._block(node.body)

    def _block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.follow(statement)

    def _for(self, node: ast.For) -> None:
        """Take in a loop: over frames or a few columns turn by turn, else once."""
        if not isinstance(node.target, ast.Name):
            self._block(node.body)
            return
        frames = _variables(node.iter)
        names = self.names(node.iter)
        if frames is not None:
            for frame in frames:
                self._block([_renamed(each, node.target.id, frame) for each in node.body])
        elif names is not None and len(names) <= _MOST_TURNS:
            for name in names:
                self.lists[node.target.id] = [name]
                self._block(node.body)
            self.lists.pop(node.target.id, None)
        else:
            self._block(node.body)

    def _called(self, frame: str, call: ast.Call) -> None:
        """Take in a method call whose value is not used.

        Args:
            frame: the variable whose method is called.
            call: the call.
        """
        assert isinstance(call.func, ast.Attribute)
        if any(keyword.arg == "inplace" for keyword in call.keywords):
            self.frames[frame] = self.columns(call)
        elif call.func.attr == "pop":
            self._remove(frame, self.names(call.args[0]) if call.args else None)
        elif call.func.attr == "insert":
            self._insert(frame, call)

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self._bind(name, value)
            case ast.Subscript(value=ast.Name(id=frame), slice=inner):
                self._store(frame, self.names(inner), self.columns(value))
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=frame), attr="loc"),
                slice=ast.Tuple(elts=[_, inner]),
            ):
                self._store(frame, self.names(inner))
            case ast.Attribute(value=ast.Name(id=frame), attr="columns"):
                self._rename_all(frame, self.names(value))
            case ast.Attribute(value=ast.Name(id=frame), attr=column):
                if any(known.name == column for known in self.frames.get(frame) or []):
                    self._store(frame, [column])
            case ast.Tuple(elts=parts):
                for part in parts:
                    if isinstance(part, ast.Name):
                        self.frames[part.id] = None
                        self.lists[part.id] = None

    def _bind(self, name: str, value: ast.expr) -> None:
        """Give a variable another value."""
        self.frames[name] = self.columns(value)
        position = position_of(value, self)
        self.lists[name] = self.names(value) if position is None else [position]
        self.makers[name] = self.maker(value)
        match value:
            case ast.Dict():
                self.dicts[name] = value
            case ast.Call(func=ast.Attribute(value=ast.Name(id=frame), attr="pop")):
                self._remove(frame, self.names(value.args[0]) if value.args else None)

    def _store(self, frame: str, names: Names | None, source: Columns | None = None) -> None:
        """Give columns of a frame new values.

        Args:
            frame: the variable that holds the frame.
            names: the columns; None if they are not known.
            source: the columns of what is stored; None if they are not known.
        """
        known = self.frames.get(frame)
        if known is None:
            return
        if names is None:
            self.frames[frame] = [replace(column, made=True) for column in known]
            return
        have = {column.name for column in known}
        single = source[0] if source and len(source) == 1 else Column(None, None, made=True)
        self.frames[frame] = [
            *(replace(column, made=True) if column.name in names else column for column in known),
            *(Column(name, single.raw, single.made) for name in names if name not in have),
        ]

    def _insert(self, frame: str, call: ast.Call) -> None:
        known = self.frames.get(frame)
        match call.args:
            case [ast.Constant(value=int(at)), ast.Constant(value=name), *_] if known is not None:
                self.frames[frame] = [*known[:at], Column(name, None, made=True), *known[at:]]
            case _:
                self.frames[frame] = None

    def _remove(self, frame: str, names: Names | None) -> None:
        known = self.frames.get(frame)
        if known is not None:
            rest = None if names is None else [c for c in known if c.name not in names]
            self.frames[frame] = rest

    def _rename_all(self, frame: str, names: Names | None) -> None:
        known = self.frames.get(frame)
        if known is None or names is None or len(names) != len(known):
            self.frames[frame] = None
        else:
            self.frames[frame] = [replace(c, name=n) for c, n in zip(known, names, strict=True)]


def _variables(node: ast.expr) -> list[str] | None:
    """Give the variables of a list of nothing but variables."""
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    names = [element.id for element in node.elts if isinstance(element, ast.Name)]
    return names if len(names) == len(node.elts) else None


def _renamed(node: ast.stmt, old: str, new: str) -> ast.stmt:
    """Give a copy of a statement in which a variable has another name.

    Args:
        node: the statement.
        old: the variable's name.
        new: its other name.
    """
    new_node = copied(node)
    for part in walk(new_node):
        if isinstance(part, ast.Name) and part.id == old:
            part.id = new
    return new_node
