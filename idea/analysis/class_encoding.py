"""The classes behind a target that the notebook turned into numbers.

The statements that make y are followed with every value that the table's column has, so that each
class gets its number: {"No": 0, "Yes": 1}. If every class has a number of its own, the repository
predicts the classes as the table has them.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.prepare import Preparation
from idea.analysis.slices import Slices
from idea.knowledge.pandas_methods import ARRAY_FUNCTIONS, KEEP_VALUES
from idea.program import literal
from idea.program.static_values import Names, Unknown, resolve
from idea.program.substitute import substituted
from idea.syntax import callee_name, constant, is_in_place, keyword_value

_ENCODERS = frozenset({"LabelEncoder", "OrdinalEncoder", "LabelBinarizer"})
_SAME_ROWS = frozenset(
    "astype copy dropna drop drop_duplicates rename reset_index sample sort_values fillna".split()
)

MOST_LABELS = 50

Label = str | int | bool
Values = dict[Label, Any]


@dataclass
class _Frame:
    """The columns of a frame that are followed, by their names."""

    columns: dict[str, Values | None] = field(default_factory=dict)


class _Lost(ValueError):
    """What a statement does to the target is not known."""


def class_numbers(
    slices: Slices, preparation: Preparation, column: str, labels: Sequence[Label]
) -> dict[Label, Any] | None:
    """Give the notebook's number for each class of a column.

    Args:
        slices: the statements behind the fit.
        preparation: the statements that make y, and y.
        column: of the raw table.
        labels: all values of the column.

    Returns:
        The numbers by class; None if they are not known, or two classes share one.
    """
    if preparation.y is None:
        return None
    follower = _Follower(slices, column, sorted(labels))
    try:
        for statement in preparation.statements:
            follower.run(statement.node, statement.position)
        value = follower.value(preparation.y)
        numbers = dict(value) if isinstance(value, dict) else {}
        distinct = len({float(number) for number in numbers.values()})
    except (_Lost, Unknown, RecursionError, TypeError, ValueError, LookupError):
        return None
    whole = all(float(number).is_integer() for number in numbers.values())
    if len(numbers) < 2 or distinct < len(numbers) or not whole:
        return None
    return {label: int(number) for label, number in numbers.items()}


class _Follower:
    """Follows a column's values through statements."""

    def __init__(self, slices: Slices, column: str, labels: Sequence[Label]) -> None:
        self.script = slices.script
        self.labels = labels
        self.names: Names = NamesAtStep(slices.script, slices.fit.position)
        self.variables: dict[str, _Frame | Values | None] = {
            slices.frame: _Frame({column: {label: label for label in labels}})
        }

    def run(self, node: ast.stmt, position: int) -> None:
        """Follow a statement."""
        self.names = NamesAtStep(self.script, position)
        match node:
            case ast.Assign(targets=[target], value=value):
                self._store(target, self._value_or_none(value))
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=of, attr="replace")) as call) if (
                is_in_place(call)
            ):
                self._store(of, self.value(call))
            case ast.Expr(value=ast.Call()):
                pass
            case ast.FunctionDef() | ast.ClassDef():
                pass
            case _:
                raise _Lost

    def _value_or_none(self, node: ast.expr) -> "_Frame | Values | None":
        try:
            return self.value(node)
        except (_Lost, Unknown, TypeError, LookupError):
            return None

    def _store(self, target: ast.expr, value: "_Frame | Values | None") -> None:
        match target:
            case ast.Name(id=name):
                self.variables[name] = value
            case ast.Subscript(
                value=ast.Attribute(value=of, attr="loc"), slice=ast.Tuple(elts=[mask, key])
            ):
                frame, name = self._frame(of), str(literal(key, self.names))
                old, new = frame.columns.get(name), _column(value)
                where = _column(self._value_or_none(mask))
                known = old is not None and new is not None and where is not None
                frame.columns[name] = (
                    {k: new[k] if where[k] else v for k, v in old.items()}  # type: ignore[index]
                    if known and old is not None
                    else None
                )
            case ast.Subscript(value=of, slice=key):
                self._frame(of).columns[str(literal(key, self.names))] = _column(value)
            case ast.Attribute(value=of, attr=name):
                if name != "columns":
                    self._frame(of).columns[name] = _column(value)
                else:
                    raise _Lost

    def _frame(self, node: ast.expr) -> _Frame:
        value = self.value(node)
        if not isinstance(value, _Frame):
            raise _Lost
        return value

    def value(self, node: ast.expr) -> "_Frame | Values":
        """Give what an expression holds: a frame, or a value for each class."""
        found = self._value(node)
        if found is None:
            raise _Lost
        return found

    def _value(self, node: ast.expr) -> "_Frame | Values | None":
        match node:
            case ast.Name(id=name):
                return self.variables.get(name)
            case ast.Subscript(value=of, slice=key):
                return self._chosen(self.value(of), key)
            case ast.Attribute(value=ast.Attribute(value=of, attr="cat"), attr="codes"):
                return _codes(_column(self.value(of)))
            case ast.Attribute(value=of, attr="values" | "T" | "array"):
                return self.value(of)
            case ast.Attribute(value=of, attr=name):
                return self._frame(of).columns.get(name)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[right]):
                wanted = literal(right, self.names)
                same = isinstance(op, ast.Eq)
                return {k: (v == wanted) is same for k, v in self._column_of(left).items()}
            case ast.BinOp(left=of, op=ast.Mult(), right=ast.Constant(value=1)):
                return {k: int(v) for k, v in self._column_of(of).items()}
            case ast.UnaryOp(op=ast.Invert(), operand=of):
                return {k: not v for k, v in self._column_of(of).items()}
            case ast.Constant(value=value):
                return dict.fromkeys(self.labels, value)
            case ast.Call():
                return self._call(node)
        raise _Lost

    def _column_of(self, node: ast.expr) -> Values:
        column = _column(self.value(node))
        if column is None:
            raise _Lost
        return column

    def _chosen(self, of: "_Frame | Values", key: ast.expr) -> "_Frame | Values | None":
        try:
            wanted = literal(key, self.names)
        except Unknown:
            return _with_rows(of, _column(self._value_or_none(key)))
        if not isinstance(of, _Frame):
            raise _Lost
        wanted = wanted if isinstance(wanted, list) else [wanted]
        if len(wanted) == 1:
            return of.columns.get(str(wanted[0]))
        return _Frame({name: of.columns.get(str(name)) for name in wanted})

    def _call(self, call: ast.Call) -> "_Frame | Values | None":
        path, name = self.script.path(call.func) or "", callee_name(call)
        first = call.args[0] if call.args else None
        if first is not None and path in ARRAY_FUNCTIONS:
            return self.value(first)
        if path == "numpy.where" and len(call.args) == 3:
            yes, no = (literal(part, self.names) for part in call.args[1:])
            return {k: yes if v else no for k, v in self._column_of(call.args[0]).items()}
        if path == "pandas.get_dummies" and first is not None:
            return self._dummies(self.value(first), call)
        if not isinstance(call.func, ast.Attribute) or path:
            raise _Lost
        of = call.func.value
        if name in ("fit_transform", "transform") and first is not None:
            if self._encodes(of):
                return _codes(self._column_of(first))
            raise _Lost
        return self._method(name, self.value(of), call)

    def _encodes(self, node: ast.expr) -> bool:
        encoder = resolve(node, self.names)
        if not isinstance(encoder, ast.Call):
            return False
        path = self.script.path(encoder.func)
        match encoder.func:
            case ast.Attribute(value=inner, attr="fit") if path is None:
                return self._encodes(inner)
        return (path or "").rpartition(".")[2] in _ENCODERS and not encoder.keywords

    def _method(self, name: str, of: "_Frame | Values", call: ast.Call) -> "_Frame | Values | None":
        first = call.args[0] if call.args else keyword_value(call, "to_replace")
        if isinstance(of, _Frame):
            if name == "replace" and first is not None:
                by_column = literal(first, self.names)
                for column, numbers in by_column.items():
                    known = of.columns.get(str(column))
                    if known is not None and isinstance(numbers, dict):
                        of.columns[str(column)] = {k: numbers.get(v, v) for k, v in known.items()}
                return of
            if name in _SAME_ROWS and constant(keyword_value(call, "inplace")) is not True:
                return _Frame(dict(of.columns))
            raise _Lost
        if name in ("map", "apply", "replace") and first is not None:
            return self._mapped(name, of, call, first)
        if name == "astype" and first is not None:
            kind = constant(first) if isinstance(first, ast.Constant) else ast.unparse(first)
            if str(kind).startswith(("int", "np.int", "float", "bool", "uint")):
                return {k: int(v) for k, v in of.items()}
            return dict(of)
        if name == "isin" and first is not None:
            among = literal(first, self.names)
            return {k: v in among for k, v in of.items()}
        if name in ("eq", "ne") and first is not None:
            wanted = literal(first, self.names)
            return {k: (v == wanted) is (name == "eq") for k, v in of.items()}
        if name in KEEP_VALUES or name in ("ravel", "to_numpy", "flatten", "reshape", "squeeze"):
            return dict(of)
        raise _Lost

    def _mapped(self, name: str, of: Values, call: ast.Call, first: ast.expr) -> Values:
        """Give the values that `map`, `apply` or `replace` makes."""
        function = resolve(first, self.names)
        if isinstance(function, ast.Name):
            own = self.script.functions.get(function.id)
            if own is None or name == "replace":
                raise _Lost
            return {k: self._result(own, v) for k, v in of.items()}
        if isinstance(function, ast.Lambda):
            (argument,) = function.args.args
            return {
                k: literal(substituted(function.body, {argument.arg: ast.Constant(v)}), self.names)
                for k, v in of.items()
            }
        numbers = literal(first, self.names)
        if isinstance(numbers, list) and len(call.args) == 2:
            new = literal(call.args[1], self.names)
            numbers = dict(zip(numbers, new if isinstance(new, list) else [new], strict=False))
        elif not isinstance(numbers, dict) and len(call.args) == 2:
            numbers = {numbers: literal(call.args[1], self.names)}
        if not isinstance(numbers, dict):
            raise _Lost
        return {k: numbers[v] if name == "map" else numbers.get(v, v) for k, v in of.items()}

    def _result(self, function: ast.FunctionDef, value: Any) -> Any:
        """Run a function of one argument that consists of conditions and returns."""
        (argument,) = function.args.args
        scope = {argument.arg: ast.Constant(value)}
        body: list[ast.stmt] = list(function.body)
        while body:
            match body.pop(0):
                case ast.Return(value=ast.expr() as result):
                    return literal(substituted(result, scope), self.names)
                case ast.If(test=test, body=yes, orelse=no):
                    body = [*(yes if literal(substituted(test, scope), self.names) else no), *body]
                case ast.Expr(value=ast.Constant()):
                    continue
                case _:
                    raise _Lost
        raise _Lost

    def _dummies(self, of: "_Frame | Values", call: ast.Call) -> "_Frame | Values":
        """Give the dummies of a column, or those of a frame's columns that are followed."""
        drops = constant(keyword_value(call, "drop_first")) is True
        if not isinstance(of, _Frame):
            kept = list(of)[1:] if drops else list(of)
            found = _Frame({str(one): {k: int(k == one) for k in of} for one in kept})
            return _column(found) or found
        chosen = keyword_value(call, "columns")
        names = [str(name) for name in literal(chosen, self.names)] if chosen else list(of.columns)
        new = _Frame({name: values for name, values in of.columns.items() if name not in names})
        for name in names:
            values = of.columns.get(name)
            for one in list(values or {})[1 if drops else 0 :]:
                assert values is not None
                new.columns[f"{name}_{values[one]}"] = {k: int(k == one) for k in values}
        return new


def _column(value: "_Frame | Values | None") -> Values | None:
    """Give the only column of a frame, or a column as it is."""
    if isinstance(value, _Frame):
        return next(iter(value.columns.values())) if len(value.columns) == 1 else None
    return value


def _with_rows(value: "_Frame | Values", mask: Values | None) -> "_Frame | Values":
    """Leave out the classes whose rows a mask leaves out; a mask of other columns leaves none."""
    if mask is None:
        return value
    if isinstance(value, _Frame):
        return _Frame({n: v and _column(_with_rows(v, mask)) for n, v in value.columns.items()})
    return {label: one for label, one in value.items() if mask.get(label)}


def _codes(values: Values | None) -> Values:
    """Number values in their order, as LabelEncoder does."""
    if values is None:
        raise _Lost
    order = sorted(set(values.values()))
    return {label: order.index(value) for label, value in values.items()}


def labels_of(cells: Sequence[str]) -> list[Label] | None:
    """Give the classes that a column's cells are read as; None if they are no classes.

    Args:
        cells: the different values as they are written.
    """
    if not 2 <= len(cells) <= MOST_LABELS:
        return None
    if set(cells) <= {"True", "False"}:
        return [cell == "True" for cell in cells]
    try:
        return [int(cell) for cell in cells]
    except ValueError:
        pass
    try:
        [float(cell) for cell in cells]
    except ValueError:
        return list(cells)
    return None


def with_class_names(config: Mapping[str, Any], numbers: Mapping[Label, Any]) -> dict[str, Any]:
    """Give a model's configuration with classes for numbers in its class weights.

    Raises:
        ValueError: a parameter counts on the numbers' order, which is not that of the classes.
    """
    names = {number: label for label, number in numbers.items()}
    order = [numbers[label] for label in sorted(numbers)]

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if "scale_pos_weight" in value and order != sorted(order):
            raise ValueError("scale_pos_weight")
        return {
            key: {names.get(k, k): v for k, v in item.items()}
            if key == "class_weight" and isinstance(item, Mapping)
            else renamed(item)
            for key, item in value.items()
        }

    return dict(renamed(config))
