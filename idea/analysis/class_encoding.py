"""The classes behind a target that the notebook turned into numbers.

The statements that make y are followed with every value that the table's column has, so that each
class gets its number: {"No": 0, "Yes": 1}. If every class has a number of its own, the repository
predicts the classes as the table has them.
"""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from idea.analysis.column_follower import UNKNOWN, ColumnFollower, Frame, Lost, column
from idea.analysis.slices import Slices
from idea.analysis.statements import SourcedStatement
from idea.program import literal
from idea.program.static_values import Unknown, resolve
from idea.program.substitute import Scope, bound, substituted
from idea.syntax import constant, keyword_value, walk

_ENCODERS = frozenset({"LabelEncoder", "OrdinalEncoder", "LabelBinarizer"})
_OF_ROWS = frozenset("dropna drop drop_duplicates sample sort_values sort_index".split())
_TEXT_METHODS = frozenset("capitalize lower lstrip replace rstrip strip title upper".split())

MOST_LABELS = 50

Label = str | int | bool
Values = dict[Label, Any]


def class_numbers(
    slices: Slices,
    statements: Sequence[SourcedStatement],
    column: str,
    labels: Sequence[Label],
    ordered: int,
) -> dict[Label, int] | None:
    """Give the notebook's number for each class of a column.

    Args:
        slices: the statements behind the fit.
        statements: those behind y, on the raw table.
        column: of the raw table.
        labels: all values of the column, in the order in which the rows have them.
        ordered: the position up to which rows are as in the table: all, in their order.

    Returns:
        The numbers by class; None if they are not known, or two classes share one.
    """
    follower = ClassFollower(slices, column, labels, ordered)
    return numbers_of(follower, slices, statements)


def numbers_of(
    follower: "ClassFollower", slices: Slices, statements: Sequence[SourcedStatement]
) -> dict[Label, int] | None:
    """Give the number that each class becomes.

    Args:
        follower: knows the classes.
        slices: the statements behind the fit.
        statements: those behind y, on the raw table.

    Returns:
        The numbers by class; None if they are not known, or two classes share one.
    """
    for statement in statements:
        follower.run(statement.node, statement.position)
    try:
        value = _one_column(follower.result(slices.fit))
        numbers = dict(value) if isinstance(value, dict) else {}
        distinct = len({float(number) for number in numbers.values()})
    except UNKNOWN:
        return None
    whole = all(float(number).is_integer() for number in numbers.values())
    if len(numbers) < 2 or distinct < len(numbers) or not whole:
        return None
    return {label: int(number) for label, number in numbers.items()}


class ClassFollower(ColumnFollower):
    """Follows the values that each class of a column becomes: `{"No": 0, "Yes": 1}`."""

    def __init__(self, slices: Slices, column: str, labels: Sequence[Label], ordered: int) -> None:
        """Take a column, and its classes in the order in which the rows have them.

        Args:
            slices: the statements behind the fit.
            column: of the raw table.
            labels: its values.
            ordered: the position up to which rows are as in the table.
        """
        super().__init__(slices, column, {label: label for label in labels})
        self.labels = labels
        self.ordered = ordered

    def computed(self, node: ast.expr) -> Any:
        """Give what a comparison, a negation or a list of conditions makes of each class."""
        match node:
            case ast.Attribute(value=ast.Attribute(value=of, attr="cat"), attr="codes"):
                return _codes(self.column_of(of))
            case ast.Attribute(value=ast.Call(func=function, args=[first, *_]), attr="codes") if (
                self.script.path(function) == "pandas.Categorical"
            ):
                return _codes(self.column_of(first))
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[right]):
                wanted = literal(right, self.names)
                same = isinstance(op, ast.Eq)
                return {k: (v == wanted) is same for k, v in self.column_of(left).items()}
            case ast.BinOp(left=of, op=op, right=right):
                values = self.column_of(of).items()
                return {
                    k: literal(ast.BinOp(ast.Constant(int(v)), op, right), self.names)
                    for k, v in values
                }
            case ast.UnaryOp(op=ast.Invert(), operand=of):
                return {k: not v for k, v in self.column_of(of).items()}
            case ast.ListComp(elt=elt, generators=[ast.comprehension(ast.Name(id=name), of, [])]):
                values = self.column_of(of)
                return {k: self._with_argument(elt, name, v) for k, v in values.items()}
            case ast.Constant(value=value):
                return dict.fromkeys(self.labels, value)
        raise Lost

    def of_function(self, path: str, call: ast.Call) -> Any:
        """Give what `where`, `factorize` and `get_dummies` make of each class."""
        first = call.args[0] if call.args else keyword_value(call, "data")
        if first is None:
            raise Lost
        if path == "numpy.where" and len(call.args) == 3:
            yes, no = (literal(part, self.names) for part in call.args[1:])
            return {k: yes if v else no for k, v in self.column_of(first).items()}
        if path == "pandas.get_dummies":
            return self._dummies(self.value(first), call)
        if path == "pandas.factorize":
            return self._factorized(self.column_of(first), call)
        if path == "pandas.Categorical":
            return self.column_of(first)
        if path.endswith(".label_binarize"):
            values = self.column_of(first)
            if len(set(values.values())) == 2:
                return _codes(values)
        raise Lost

    def transformed(self, maker: ast.Call, values: Any) -> Any:
        """Number values as an encoder does."""
        encoder = (self.script.path(maker.func) or "").rpartition(".")[2]
        order = keyword_value(maker, "categories")
        if encoder not in _ENCODERS or (encoder == "LabelBinarizer" and len(values) != 2):
            raise Lost
        if order is not None:
            (listed,) = literal(order, self.names)
            return {label: listed.index(value) for label, value in values.items()}
        return _codes(values)

    def of_method(self, name: str, of: Any, call: ast.Call) -> Any:
        """Give what a method makes of each class."""
        first = call.args[0] if call.args else keyword_value(call, "to_replace")
        if isinstance(of, Frame):
            return self._of_frame_of_classes(name, of, call, first)
        if name in ("map", "apply", "replace", "rename_categories") and first is not None:
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
        if name == "factorize":
            return self._factorized(of, call)
        if name in ("mask", "where") and len(call.args) == 2:
            mask, new = self.column_of(call.args[0]), self.column_of(call.args[1])
            return {k: new[k] if bool(mask[k]) is (name == "mask") else v for k, v in of.items()}
        if name == "fillna" or (name in _OF_ROWS):
            return dict(of)
        return self._text(name, of, call)

    def _of_frame_of_classes(
        self, name: str, of: Frame, call: ast.Call, first: ast.expr | None
    ) -> Any:
        """Give what a method makes of each class in a frame's columns.

        Args:
            name: of the method.
            of: the frame.
            call: of the method.
            first: its first argument.
        """
        if name == "apply" and first is not None and self._fits_encoder(first):
            return self._each(of, _codes)
        if name == "replace" and first is not None:
            return Frame(
                {
                    name: None if values is None else self._replaced(name, values, call, first)
                    for name, values in of.columns.items()
                }
            )
        if name == "fillna":
            return Frame(dict(of.columns))
        if name == "select_dtypes":
            given = first or keyword_value(call, "include")
            if given is not None and {"object", "category", "str"} & set(_listed(given)):
                return Frame({name: of.columns[name] for name in _texts(of)})
        if name == "argmax":
            return _one_column(of)
        raise Lost

    def _replaced(self, name: str, values: Values, call: ast.Call, first: ast.expr) -> Values:
        """Give what `replace` of a whole frame makes of one of its columns.

        Args:
            name: of the column.
            values: of the column.
            call: of `replace`.
            first: its first argument.
        """
        given = literal(first, self.names)
        if isinstance(given, dict) and any(isinstance(one, dict) for one in given.values()):
            numbers = given.get(name, {})
            return {k: numbers.get(v, v) for k, v in values.items()}
        return self._mapped("replace", values, call, first)

    def holds(self, test: ast.expr) -> bool:
        """Tell whether `df[column].dtype == "object"` holds."""
        match test:
            case ast.Compare(
                left=ast.Attribute(value=of, attr="dtype" | "dtypes"),
                ops=[ast.Eq() | ast.NotEq() as op],
                comparators=[ast.Constant(value=str(kind)) | ast.Name(id=kind)],
            ) if kind in ("object", "O", "str", "category"):
                try:
                    values = self.column_of(of).values()
                except Lost:
                    return False
                return any(isinstance(value, str) for value in values) is isinstance(op, ast.Eq)
        raise Lost

    def combined(self, mask: Any, new: Any, old: Any) -> Any:
        """Give each class its new value where a mask says so."""
        if mask is None or new is None or old is None:
            return None
        return {k: new[k] if mask[k] else v for k, v in old.items()}

    def chosen_rows(self, of: Any, mask: Any) -> Any:
        """Leave out the classes whose rows a mask leaves out; one of other columns leaves none."""
        if mask is None:
            return of
        return self._each(of, lambda values: {k: v for k, v in values.items() if mask.get(k)})

    def _fits_encoder(self, node: ast.expr) -> bool:
        """Tell whether a function is `LabelEncoder().fit_transform`."""
        match node:
            case ast.Attribute(value=of, attr="fit_transform"):
                maker = self._maker(of)
                path = self.script.path(maker.func) if maker is not None else None
                return (path or "").rpartition(".")[2] == "LabelEncoder"
            case ast.Lambda(args=ast.arguments(args=[one]), body=ast.Call(func=f, args=[a])) if (
                isinstance(a, ast.Name) and a.id == one.arg
            ):
                return self._fits_encoder(f)
        return False

    def _factorized(self, values: Values, call: ast.Call) -> Values:
        if constant(keyword_value(call, "sort")) is True:
            return _codes(values)
        order = self._in_order(values)
        return {label: order.index(value) for label, value in values.items()}

    def _in_order(self, values: Values) -> list[Any]:
        """Give the different values in the order in which the rows have them."""
        if self.position > self.ordered:
            raise Lost
        return list(dict.fromkeys(values.values()))

    def _mapped(self, name: str, of: Values, call: ast.Call, first: ast.expr) -> Values:
        """Give the values that `map`, `apply` or `replace` makes.

        Args:
            name: of the method.
            of: the values before.
            call: of the method.
            first: its first argument.
        """
        function = self._behind(first)
        if isinstance(function, ast.Name):
            own = self.script.functions.get(function.id)
            if own is None or name == "replace":
                raise Lost
            return {k: self._result(own, v) for k, v in of.items()}
        if isinstance(function, ast.Attribute):  # a method: of a list, or of a dictionary
            return {
                k: literal(ast.Call(function, [ast.Constant(v)], []), self.names)
                for k, v in of.items()
            }
        if isinstance(function, ast.Lambda):
            (argument,) = function.args.args
            return {k: self._with_argument(function.body, argument.arg, v) for k, v in of.items()}
        numbers = self._table(first)
        value = call.args[1] if len(call.args) == 2 else keyword_value(call, "value")
        if isinstance(numbers, list) and value is not None:
            new = literal(value, self.names)
            new = new if isinstance(new, list) else [new] * len(numbers)
            numbers = dict(zip(numbers, new, strict=True))
        elif not isinstance(numbers, dict) and value is not None:
            numbers = {numbers: literal(value, self.names)}
        if not isinstance(numbers, dict):
            raise Lost
        return {k: numbers[v] if name == "map" else numbers.get(v, v) for k, v in of.items()}

    def _behind(self, node: ast.expr) -> ast.expr:
        try:
            return resolve(node, self.names)
        except Unknown:
            return node

    def _table(self, node: ast.expr) -> Any:
        """Give a dictionary or a list, also one that is made of a column's different values."""
        try:
            return literal(node, self.names)
        except Unknown:
            behind = self._behind(node)
        match behind:
            case ast.DictComp(key=key, value=value, generators=[generator]):
                return {
                    self._at(key, scope): self._at(value, scope)
                    for scope in self._scopes(generator)
                }
            case ast.Call(func=ast.Name(id="dict"), args=[ast.Call() as pairs]):
                return dict(self._pairs(pairs))
        raise Lost

    def _scopes(self, generator: ast.comprehension) -> list[Scope]:
        items = [ast.parse(repr(item), mode="eval").body for item in self._items(generator.iter)]
        scopes = [bound(generator.target, item) for item in items]
        if generator.ifs or None in scopes:
            raise Lost
        return [scope for scope in scopes if scope is not None]

    def _at(self, node: ast.expr, scope: Scope) -> Any:
        return literal(substituted(node, scope), self.names)

    def _pairs(self, node: ast.expr) -> list[Any]:
        return [tuple(item) for item in self._items(node)]

    def _items(self, node: ast.expr) -> list[Any]:
        """Give a column's different values, sorted, numbered or paired with others."""
        match node:
            case ast.Call(func=ast.Name(id="sorted"), args=[inner], keywords=[]):
                return sorted(self._items(inner))
            case ast.Call(func=ast.Name(id="list"), args=[inner]):
                return self._items(inner)
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *rest]):
                start = literal(rest[0], self.names) if rest else 0
                return [[at + start, item] for at, item in enumerate(self._items(inner))]
            case ast.Call(func=ast.Name(id="zip"), args=parts):
                return [list(pair) for pair in zip(*map(self._items, parts), strict=False)]
            case ast.Call(func=ast.Attribute(value=of, attr="unique"), args=[]):
                return self._in_order(self.column_of(of))
            case ast.Call(func=function, args=[of]) if self.script.path(function) == "numpy.unique":
                return sorted(set(self.column_of(of).values()))
            case ast.Call(
                func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"), args=[inner])]
            ):
                return list(range(len(self._items(inner))))
            case ast.Name():
                behind = self._behind(node)
                if behind is not node:
                    return self._items(behind)
        found = literal(node, self.names)
        if not isinstance(found, list):
            raise Lost
        return found

    def _with_argument(self, body: ast.expr, name: str, value: Any) -> Any:
        return literal(substituted(body, {name: ast.Constant(value)}), self.names)

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
                    raise Lost
        raise Lost

    def _text(self, name: str, of: Values, call: ast.Call) -> Values:
        """Give what a method of texts makes of each class: `df.churned.str.lower()`."""
        match call.func:
            case ast.Attribute(value=ast.Attribute(attr="str")) if name in _TEXT_METHODS:
                arguments = [literal(argument, self.names) for argument in call.args]
                if call.keywords or not all(isinstance(v, str) for v in of.values()):
                    raise Lost
                return {k: getattr(v, name)(*arguments) for k, v in of.items()}
        raise Lost

    def _dummies(self, of: Any, call: ast.Call) -> Any:
        """Give the dummies of a column, or those of a frame's columns that are followed."""
        drops = constant(keyword_value(call, "drop_first")) is True
        prefix = constant(keyword_value(call, "prefix"))
        if not isinstance(of, Frame):
            kept = sorted(of)[1:] if drops else sorted(of)
            start = f"{prefix}_" if isinstance(prefix, str) else ""
            found = Frame({f"{start}{one}": {k: int(k == one) for k in of} for one in kept})
            return column(found) or found
        chosen = keyword_value(call, "columns")
        names = [str(name) for name in literal(chosen, self.names)] if chosen else _texts(of)
        new = Frame({name: values for name, values in of.columns.items() if name not in names})
        for name in names:
            values = of.columns.get(name)
            start = prefix if isinstance(prefix, str) else name
            for one in sorted(values or {})[1 if drops else 0 :]:
                assert values is not None
                new.columns[f"{start}_{values[one]}"] = {k: int(k == one) for k in values}
        return new


def _listed(node: ast.expr) -> list[object]:
    """Give the constants and names in an expression."""
    parts = walk(node)
    return [
        p.value if isinstance(p, ast.Constant) else p.id
        for p in parts
        if isinstance(p, ast.Constant | ast.Name)
    ]


def _one_column(value: Any) -> Any:
    """Give a column as it is; for one that has a column for each class, the number of the class."""
    if not isinstance(value, Frame) or len(value.columns) == 1:
        return column(value)
    dummies = list(value.columns.values())
    if None in dummies:
        return column(value)
    labels = list(dummies[0])
    marked = {label: [n for n, one in enumerate(dummies) if one[label] == 1] for label in labels}
    if any(len(found) != 1 for found in marked.values()):
        raise Lost
    return {label: found[0] for label, found in marked.items()}


def _texts(frame: Frame) -> list[str]:
    """Give the columns of texts, of which `get_dummies` makes dummies by itself."""
    return [
        name
        for name, values in frame.columns.items()
        if values is not None and any(isinstance(value, str) for value in values.values())
    ]


def _codes(values: Values | None) -> Values:
    """Number values in their order, as LabelEncoder does."""
    if values is None:
        raise Lost
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
