"""Follows what a notebook's statements make of one column, through its frames and variables."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from idea.analysis.fits import Fit
from idea.analysis.names_at_step import NamesAtStep, NamesInLoop
from idea.analysis.slices import Slices
from idea.knowledge.pandas_methods import ARRAY_FUNCTIONS, KEEP_VALUES
from idea.program import literal
from idea.program.static_values import Unknown, elements, resolve
from idea.program.substitute import bound
from idea.syntax import callee_name, constant, is_in_place, keyword_value

# Methods of a frame that change no value of the rows that are left.
_SAME_VALUES = frozenset(
    "astype copy dropna drop drop_duplicates head infer_objects join merge reset_index sample "
    "set_index sort_index sort_values".split()
)
_CONTAINERS = (
    frozenset("copy infer_objects tolist to_list to_frame reset_index".split()) | KEEP_VALUES
)
_CONTAINER_FUNCTIONS = ARRAY_FUNCTIONS | {
    "numpy.reshape", "numpy.expand_dims", "numpy.squeeze", "pandas.Series", "pandas.DataFrame",
}  # fmt: skip
_MOST_TURNS = 200


class Lost(ValueError):
    """What a statement does to the column is not known."""


# What is raised where values are not known: `Lost` and `Unknown` are ValueErrors.
UNKNOWN = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


@dataclass
class Frame:
    """The columns of a frame that are followed, by their names; None for unknown values."""

    columns: dict[str, Any] = field(default_factory=dict)


class ColumnFollower(ABC):
    """Follows a column's values, in whatever way a subclass describes them."""

    def __init__(self, slices: Slices, column: str, values: Any) -> None:
        """Take the column's values in the raw table.

        Args:
            slices: the statements behind the fit.
            column: of the raw table.
            values: what is known of its values.
        """
        self.script = slices.script
        self.names: NamesAtStep | NamesInLoop = NamesAtStep(slices.script, slices.fit.position)
        self.position = 0
        self.variables: dict[str, Any] = {slices.frame: Frame({column: values})}

    @abstractmethod
    def computed(self, node: ast.expr) -> Any:
        """Give the values that an operation on columns makes.

        Raises:
            Lost: they are not known.
        """

    @abstractmethod
    def of_function(self, path: str, call: ast.Call) -> Any:
        """Give what an imported function makes of a frame or a column.

        Raises:
            Lost: it is not known.
        """

    @abstractmethod
    def of_method(self, name: str, of: Any, call: ast.Call) -> Any:
        """Give what a method makes of a column, or of a frame if that is not known to all.

        Raises:
            Lost: it is not known.
        """

    @abstractmethod
    def holds(self, test: ast.expr) -> bool:
        """Tell whether a condition on the type of a column holds.

        Raises:
            Lost: it is not known.
        """

    @abstractmethod
    def combined(self, mask: Any, new: Any, old: Any) -> Any:
        """Give values that are new where a mask is true; None if they are not known."""

    def chosen_rows(self, of: Any, mask: Any) -> Any:
        """Give a frame or a column of which a mask chooses rows."""
        return of

    def run(self, node: ast.stmt, position: int) -> None:
        """Follow a statement; of whatever one that is not understood changes, nothing is known.

        Args:
            node: the statement.
            position: of its step.
        """
        self.names = NamesAtStep(self.script, position)
        self.position = position
        try:
            self._run(node)
        except UNKNOWN:
            effect = self.script.program.effects[position]
            for name in {*effect.makes, *effect.changes} & {*self.variables}:
                self.variables[name] = None

    def result(self, fit: Fit) -> Any:
        """Give the values that a fit takes as y: a frame or a column.

        Raises:
            Lost: they are not known.
        """
        self.names = NamesAtStep(self.script, fit.position)
        self.position = fit.position
        return self.value(fit.y)

    def _run(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=[first, *_])], value=ast.Call() as call):
                self._store(first, self._value_or_none(call))
            case ast.Assign(targets=[target], value=value):
                self._store(target, self._value_or_none(value))
            case ast.AugAssign(target=target, op=op, value=value):
                self._store(target, self._value_or_none(ast.BinOp(target, op, value)))
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=of)) as call) if is_in_place(
                call
            ):
                self._store(of, self._value_or_none(call))
            case ast.For(target=target, iter=turns, body=body):
                self._loop(target, turns, body)
            case ast.If(test=test, body=yes, orelse=no):
                for each in yes if self._test(test) else no:
                    self._run(each)
            case ast.FunctionDef() | ast.ClassDef() | ast.Pass():
                pass
            case _:
                raise Lost

    def _change(self, node: ast.expr, value: Any) -> None:
        """Give an object other values, under all of its names."""
        frame = self._value_or_none(node)
        if isinstance(frame, Frame) and isinstance(value, Frame):
            frame.columns = value.columns
        else:
            self._store(node, value)

    def _loop(self, target: ast.expr, turns: ast.expr, body: list[ast.stmt]) -> None:
        outside = self.names
        for item in self._turns(turns)[:_MOST_TURNS]:
            scope = bound(target, item)
            if scope is None or isinstance(outside, NamesInLoop):
                raise Lost
            self.names = NamesInLoop(outside, scope)
            for node in body:
                self._run(node)
        self.names = outside

    def _turns(self, node: ast.expr) -> list[ast.expr]:
        try:
            return elements(node, self.names)
        except Unknown:
            return [ast.Constant(name) for name in self._chosen_columns(node)]

    def _key(self, node: ast.expr) -> Any:
        """Give the name of a column, or a list of those that are followed."""
        try:
            return literal(node, self.names)
        except Unknown:
            return self._chosen_columns(node)

    def _chosen_columns(self, node: ast.expr) -> list[str]:
        """Give the followed columns among those that an expression lists.

        Raises:
            Lost: it lists no columns.
        """
        if isinstance(node, ast.Name) and isinstance(self.variables.get(node.id), Frame):
            return list(self.variables[node.id].columns)
        node = resolve(node, self.names)
        match node:
            case ast.ListComp(
                elt=ast.Name(id=elt), generators=[ast.comprehension(ast.Name(id=name), turns, ifs)]
            ) if elt == name:
                return [c for c in self._chosen_columns(turns) if self._all_hold(ifs, name, c)]
            case ast.Call(func=ast.Name(id="list"), args=[inner]):
                return self._chosen_columns(inner)
        chosen = self._frame(node)
        return list(chosen.columns)

    def _all_hold(self, tests: list[ast.expr], name: str, column_name: str) -> bool:
        outside = self.names
        if isinstance(outside, NamesInLoop):
            raise Lost
        self.names = NamesInLoop(outside, {name: ast.Constant(column_name)})
        try:
            return all(self._test(test) for test in tests)
        finally:
            self.names = outside

    def _test(self, test: ast.expr) -> bool:
        try:
            return bool(literal(test, self.names))
        except Unknown:
            return self.holds(test)

    def _value_or_none(self, node: ast.expr) -> Any:
        try:
            return self.value(node)
        except UNKNOWN:
            return None

    def _store(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name(id=name):
                self.variables[name] = value
            case ast.Subscript(
                value=ast.Attribute(value=of, attr="loc"), slice=ast.Tuple(elts=[mask, key])
            ):
                frame, name = self._frame(of), str(literal(key, self.names))
                rows = column(self._value_or_none(mask))
                frame.columns[name] = self.combined(rows, column(value), frame.columns.get(name))
            case ast.Subscript(value=of, slice=key):
                self._store_columns(self._frame(of), self._key(key), value)
            case ast.Attribute(value=of, attr=name) if name not in ("columns", "index"):
                self._frame(of).columns[name] = column(value)
            case _:
                raise Lost

    def _store_columns(self, frame: Frame, key: Any, value: Any) -> None:
        if not isinstance(key, list):
            frame.columns[str(key)] = column(value)
        elif len(key) == 1:
            frame.columns[str(key[0])] = column(value)
        else:
            new = value.columns if isinstance(value, Frame) else {}
            frame.columns |= {str(name): new.get(str(name)) for name in key}

    def _frame(self, node: ast.expr) -> Frame:
        value = self.value(node)
        if not isinstance(value, Frame):
            raise Lost
        return value

    def value(self, node: ast.expr) -> Any:
        """Give what an expression holds: a frame, or the values of a column.

        Raises:
            Lost: that is not known.
        """
        found = self._value(node)
        if found is None:
            raise Lost
        return found

    def column_of(self, node: ast.expr) -> Any:
        """Give the values of a column.

        Raises:
            Lost: they are not known.
        """
        found = column(self.value(node))
        if found is None:
            raise Lost
        return found

    def with_column(self, name: str, values: Any, make: Callable[[], Any]) -> Any:
        """Compute something while a name stands for a column: the argument of a lambda."""
        before = self.variables.get(name)
        self.variables[name] = values
        try:
            return make()
        finally:
            self.variables[name] = before

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Name(id=name) if name in self.variables:
                return self.variables[name]
            case ast.Subscript(value=of, slice=key):
                return self._chosen(of, key)
            case ast.Attribute(value=of, attr="values" | "T" | "array" | "columns" | "str" | "cat"):
                return self.value(of)
            case ast.Attribute(value=ast.Name() | ast.Subscript() as of, attr=name):
                whole = self._value_or_none(of)
                if isinstance(whole, Frame):
                    return whole.columns.get(name)
            case ast.Call():
                return self._call(node)
            case ast.ListComp(elt=ast.Name()):
                return Frame(dict.fromkeys(self._chosen_columns(node)))
        return self.computed(node)

    def _chosen(self, node: ast.expr, key: ast.expr) -> Any:
        match node, key:
            case ast.Attribute(value=of, attr="loc"), ast.Tuple(elts=[_, name]):
                return self._chosen(of, name)
            case ast.Attribute(value=of, attr="loc"), _:
                return self.chosen_rows(self.value(of), column(self._value_or_none(key)))
            case ast.Attribute(value=of, attr="iloc"), _:
                return self.value(of)  # of its columns, one is followed
        of = self.value(node)
        try:
            wanted = self._key(key)
        except (Lost, Unknown):
            return self.chosen_rows(of, column(self._value_or_none(key)))
        if not isinstance(of, Frame):
            if wanted == 0 and isinstance(node, ast.Call):
                return of  # the first of what a function gives
            raise Lost
        if not isinstance(wanted, list):
            return of.columns.get(str(wanted))
        return Frame({str(name): of.columns.get(str(name)) for name in wanted})

    def _call(self, call: ast.Call) -> Any:
        path, name = self.script.path(call.func) or "", callee_name(call)
        if path in _CONTAINER_FUNCTIONS and call.args:
            return self.value(call.args[0])
        if path == "pandas.concat" and call.args and keyword_value(call, "axis") is not None:
            parts = [self._value_or_none(part) for part in elements(call.args[0], self.names)]
            frames = [part for part in parts if isinstance(part, Frame)]
            return Frame({name: v for frame in frames for name, v in frame.columns.items()})
        if path or not isinstance(call.func, ast.Attribute):
            return self.of_function(path, call)
        if name in ("fit_transform", "transform") and self._maker(call.func.value) is not None:
            maker = self._maker(call.func.value)
            assert maker is not None
            return self._each(self.value(call.args[0]), lambda v: self.transformed(maker, v))
        of = self.value(call.func.value)
        if isinstance(of, Frame):
            return self._of_frame(name, of, call)
        if name in _CONTAINERS:
            return of
        return self.of_method(name, of, call)

    def _of_frame(self, name: str, of: Frame, call: ast.Call) -> Any:
        if name == "rename":
            return self._renamed(of, call)
        if name in _SAME_VALUES | _CONTAINERS:
            return Frame(dict(of.columns))
        if name == "assign":
            new = Frame(dict(of.columns))
            for keyword in call.keywords:
                new.columns[str(keyword.arg)] = self._assigned(new, keyword.value)
            return new
        return self.of_method(name, of, call)

    def _assigned(self, frame: Frame, node: ast.expr) -> Any:
        """Give the values of a column that `assign` makes, also by a lambda of the frame."""
        match node:
            case ast.Lambda(args=ast.arguments(args=[argument]), body=body):
                return self.with_column(
                    argument.arg, frame, lambda: column(self._value_or_none(body))
                )
        return column(self._value_or_none(node))

    def _renamed(self, of: Frame, call: ast.Call) -> Frame:
        """Give a frame whose columns have other names."""
        given = keyword_value(call, "columns") or (call.args[0] if call.args else None)
        axis = constant(keyword_value(call, "axis"))
        if given is None or (not keyword_value(call, "columns") and axis not in (1, "columns")):
            return Frame(dict(of.columns))
        new = literal(given, self.names)
        return Frame({str(new.get(name, name)): values for name, values in of.columns.items()})

    def transformed(self, maker: ast.Call, values: Any) -> Any:
        """Give what a transformer makes of a column.

        Args:
            maker: the call that makes the transformer.
            values: of the column.

        Raises:
            Lost: it is not known.
        """
        raise Lost

    def _maker(self, node: ast.expr) -> ast.Call | None:
        """Give the call that makes a transformer; None if the expression is none."""
        made = resolve(node, self.names)
        match made:
            case ast.Call(func=ast.Attribute(value=inner, attr="fit")) if (
                self.script.path(made.func) is None
            ):
                return self._maker(inner)
            case ast.Call() if (self.script.path(made.func) or "").startswith("sklearn."):
                return made
        return None

    def _each(self, value: Any, change: Callable[[Any], Any]) -> Any:
        """Change a column, or each column of a frame that is followed."""
        if not isinstance(value, Frame):
            return change(value)
        return Frame({n: None if v is None else change(v) for n, v in value.columns.items()})


def column(value: Any) -> Any:
    """Give the only known column of a frame, or a column as it is."""
    if not isinstance(value, Frame):
        return value
    known = [values for values in value.columns.values() if values is not None]
    return known[0] if len(known) == 1 else None
