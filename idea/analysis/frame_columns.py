"""The columns of frames, as far as they can be inferred from code."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from idea.analysis.column_names import Names, changed_names, constant_of, names_of, position_of
from idea.knowledge.pandas_methods import KEEP_COLUMNS
from idea.syntax import callee_name, keyword_value

_MASKS = (ast.Slice, ast.Compare, ast.UnaryOp, ast.BoolOp, ast.Call)
# Transformers that make several columns of one, or put them in another order.
MANY_FOR_ONE = frozenset(
    "ColumnTransformer CountVectorizer DictVectorizer FeatureUnion HashingVectorizer "
    "KBinsDiscretizer OneHotEncoder Pipeline PolynomialFeatures SplineTransformer TfidfVectorizer "
    "make_column_transformer make_pipeline make_union".split()
)


@dataclass(frozen=True)
class Column:
    """A column of a frame.

    Attributes:
        name: what it is called.
        raw: the raw table's column that it comes from; None if it comes from several or none.
        made: whether a statement gave it new values.
        text: whether the raw table has text in it.
        empty: whether the raw table has nothing in it, in its first rows.
        spread: whether it stands for any number of columns, at any place among such ones.
    """

    name: object
    raw: str | None
    made: bool = False
    text: bool = False
    spread: bool = False
    empty: bool = False


Columns = list[Column]
Found = TypeVar("Found")


class PerFrame(Generic[Found]):
    """What is computed from the columns of frames, once for columns that stay as they are."""

    def __init__(self, compute: Callable[[Columns], Found]) -> None:
        """Take what is computed from the columns of a frame."""
        self._compute = compute
        self._known: dict[int, tuple[Columns, Found]] = {}  # by identity, which stays theirs

    def of(self, known: "FrameColumns") -> list[Found]:
        """Give what is computed from the columns of each frame that is known, the last one first.

        Args:
            known: what is known at one point of the code.
        """
        different: dict[int, Columns] = {}
        for columns in reversed(known.frames.values()):
            if columns:
                different.setdefault(id(columns), columns)
        return [self._one(columns) for columns in different.values()]

    def new(self, known: "FrameColumns") -> list[Found]:
        """Give the same of those frames whose columns were not asked for before."""
        return [
            self._one(columns)
            for columns in known.frames.values()
            if columns and id(columns) not in self._known
        ]

    def _one(self, columns: Columns) -> Found:
        found = self._known.get(id(columns))
        if found is None:
            found = self._known[id(columns)] = (columns, self._compute(columns))
        return found[1]


class FrameColumns:
    """What is known at one point of the code.

    Attributes:
        frames: columns by the variable that holds a frame; None where they are not known.
        lists: column names by the variable that holds them; None where they are not known.
        dicts: dicts that are written out, by variable.
        makers: names of classes and functions by the variable that holds what they made.
    """

    def __init__(self) -> None:
        """Start with no variable."""
        self.frames: dict[str, Columns | None] = {}
        self.lists: dict[str, Names | None] = {}
        self.dicts: dict[str, ast.Dict] = {}
        self.makers: dict[str, str] = {}

    def names_in(self, variable: str) -> Names | None:
        """Give the names that a variable holds, as a list or as a frame's columns."""
        names = self.lists.get(variable)
        return _named(self.frames.get(variable)) if names is None else names

    def columns_named(self, frame: ast.expr) -> Names | None:
        """Give the names of a frame's columns."""
        return _named(self.columns(frame))

    def names(self, node: ast.expr) -> Names | None:
        """Give the column names that an expression stands for; None if they are not known."""
        return names_of(node, self)

    def columns(self, node: ast.expr) -> Columns | None:
        """Give the columns of a frame, a series or an array; None if they are not known."""
        match node:
            case ast.Name(id=name):
                return self.frames.get(name)
            case ast.Attribute(attr="T"):
                return None
            case ast.Attribute(value=inner, attr="values"):
                return self.columns(inner)
            case ast.Attribute(value=inner, attr=name):
                return [c for c in self.columns(inner) or [] if c.name == name] or None
            case ast.Subscript(value=ast.Attribute(value=inner, attr="loc" | "iloc" as locator)):
                return self._located(self.columns(inner), node.slice, by_name=locator == "loc")
            case ast.Subscript(value=inner, slice=ast.Tuple(elts=[ast.Slice(), chosen])):
                return self._chosen(self.columns(inner), chosen, by_name=False)
            case ast.Subscript(value=inner, slice=index):
                return self._indexed(self.columns(inner), index)
            case ast.Call(func=ast.Attribute(attr=method)) if method in _FUNCTIONS and node.args:
                return _FUNCTIONS[method](self, node)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)):
                known = self.columns(inner)
                if known is not None and method in _METHODS:
                    return _METHODS[method](self, known, node)
                return known if method in KEEP_COLUMNS else None
        return None

    # indexing

    def _indexed(self, known: Columns | None, index: ast.expr) -> Columns | None:
        """Give the columns of ``frame[index]``: some by name, or all by a mask of rows."""
        if known is None:
            return None
        names = self.names(index)
        if names is not None:
            by_name = {column.name: column for column in known}
            return [by_name[n] for n in names] if all(n in by_name for n in names) else None
        match index:
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
                return known
        return known if isinstance(index, _MASKS) else None

    def _located(self, known: Columns | None, index: ast.expr, by_name: bool) -> Columns | None:
        """Give the columns of ``frame.loc[index]`` or ``frame.iloc[index]``.

        Args:
            known: the frame's columns.
            index: the index.
            by_name: whether it names columns; else it counts them.
        """
        match index:
            case ast.Tuple(elts=[_, chosen]):
                return self._chosen(known, chosen, by_name)
            case ast.Slice() | ast.Compare() | ast.UnaryOp() | ast.BinOp() | ast.Call():
                return known
        return None

    def _chosen(self, known: Columns | None, index: ast.expr, by_name: bool) -> Columns | None:
        """Give the columns that an index chooses.

        Args:
            known: the columns to choose from.
            index: the index of columns.
            by_name: whether it names columns; else it counts them.
        """
        if known is None:
            return None
        if isinstance(index, ast.Slice):
            return _sliced_by_name(known, index) if by_name else self._sliced(known, index)
        position = None if by_name else position_of(index, self)
        chosen = self.names(index) if position is None else [position]
        if chosen is None:
            return None
        if by_name:
            columns = {column.name: column for column in known}
            return [columns[name] for name in chosen if name in columns]
        places = [_place(known, position) for position in chosen]
        return None if None in places else [known[place] for place in places if place is not None]

    def _sliced(self, known: Columns, index: ast.Slice) -> Columns | None:
        """Give the columns from one position to another."""
        bounds = [position_of(bound, self) for bound in (index.lower, index.upper)]
        unknown = (index.lower and bounds[0] is None) or (index.upper and bounds[1] is None)
        return None if unknown else _from_to(known, *bounds)

    # methods of frames whose columns are known

    def _without(self, known: Columns, gone: ast.expr | None) -> Columns | None:
        """Give the columns without those that an expression names."""
        names = self.names(gone) if gone is not None else None
        return None if names is None else [c for c in known if c.name not in names]

    def _drop(self, known: Columns, call: ast.Call) -> Columns | None:
        given = keyword_value(call, "columns")
        if given is None:
            axis = keyword_value(call, "axis")
            if axis is None or constant_of(axis) not in (1, "columns"):
                return known  # rows are dropped
            given = call.args[0] if call.args else keyword_value(call, "labels")
        return self._without(known, given)

    def _dropna(self, known: Columns, call: ast.Call) -> Columns | None:
        """Leave out the columns without a value; which others have gaps is not known."""
        axis = keyword_value(call, "axis") or (call.args[0] if call.args else None)
        if axis is None or constant_of(axis) not in (1, "columns"):
            return known  # rows are dropped
        left = [column for column in known if not column.empty]
        return left if len(left) < len(known) else None

    def _rename(self, known: Columns, call: ast.Call) -> Columns | None:
        given = keyword_value(call, "columns")
        if isinstance(given, ast.Name):
            given = self.dicts.get(given.id)
        match given:
            case ast.Dict(keys=keys, values=values):
                new = {constant_of(k): constant_of(v) for k, v in zip(keys, values, strict=True)}
                return [replace(c, name=new.get(c.name, c.name)) for c in known]
            case ast.Attribute(value=ast.Name(id="str"), attr=method):
                names = changed_names([c.name for c in known], method, [])
                return None if names is None else _renamed(known, names)
        return None

    def _reset_index(self, known: Columns, call: ast.Call) -> Columns | None:
        return (
            known if constant_of(keyword_value(call, "drop")) else [Column("index", None), *known]
        )

    def _set_index(self, known: Columns, call: ast.Call) -> Columns | None:
        return self._without(known, call.args[0] if call.args else None)

    def _assign(self, known: Columns, call: ast.Call) -> Columns | None:
        made = [keyword.arg for keyword in call.keywords if keyword.arg]
        have = {column.name for column in known}
        new = [replace(c, made=True) if c.name in made else c for c in known]
        return [*new, *(Column(name, None, made=True) for name in made if name not in have)]

    def _pop(self, known: Columns, call: ast.Call) -> Columns | None:
        names = self.names(call.args[0]) if call.args else None
        return [c for c in known if names and c.name in names] or None

    def _join(self, known: Columns, call: ast.Call) -> Columns | None:
        other = self.columns(call.args[0]) if call.args else None
        return None if other is None else [*known, *other]

    # functions of frames

    def _concat(self, call: ast.Call) -> Columns | None:
        parts, axis = call.args[0], keyword_value(call, "axis")
        if not isinstance(parts, ast.List | ast.Tuple):
            return None
        known = [self.columns(part) for part in parts.elts]
        if axis is None or constant_of(axis) in (0, "index", "rows"):
            return known[0] if known else None
        if any(part is None for part in known):
            return None
        return [column for part in known if part for column in part]

    def _get_dummies(self, call: ast.Call) -> Columns | None:
        """Leave numbers where they are; the dummies of the other columns come after them."""
        data, given = call.args[0], keyword_value(call, "columns")
        known = self.columns(data)
        chosen = self.names(given) if given is not None else None
        if known is None or (given is not None and chosen is None):
            return None
        # A series has all its values as columns.
        series = len(known) == 1 and not isinstance(data, ast.Name)

        def encoded(column: Column) -> bool:
            if chosen is not None:
                return column.name in chosen
            return series or (column.text and not column.made)

        rest = [column for column in known if not encoded(column)]
        return rest + [
            replace(c, name=f"{c.name}_…", made=True, spread=True) for c in known if encoded(c)
        ]

    def _transform(self, call: ast.Call) -> Columns | None:
        """Give columns without a name: an unknown transformer makes them of the given ones."""
        known = self.columns(call.args[0])
        if known is None:
            return None
        assert isinstance(call.func, ast.Attribute)
        spread = self.maker(call.func.value) in MANY_FOR_ONE
        return [replace(c, name=None, made=True, spread=c.spread or spread) for c in known]

    def maker(self, node: ast.expr) -> str:
        """Name the class of an object, where it is known."""
        match node:
            case ast.Name(id=name):
                return self.makers.get(name, "")
            case ast.Call(func=ast.Attribute(value=inner, attr="fit")):
                return self.maker(inner)
            case ast.Call():
                return callee_name(node).rpartition(".")[2]
        return ""

    def _same(self, call: ast.Call) -> Columns | None:
        return self.columns(call.args[0])

    def _data_frame(self, call: ast.Call) -> Columns | None:
        known, given = self.columns(call.args[0]), keyword_value(call, "columns")
        if given is None:
            return known
        names = self.names(given)
        if known is None or names is None or len(names) != len(known):
            return None
        return _renamed(known, names)


_METHODS: dict[str, Callable[[FrameColumns, Columns, ast.Call], Columns | None]] = {
    "drop": FrameColumns._drop,
    "dropna": FrameColumns._dropna,
    "rename": FrameColumns._rename,
    "reset_index": FrameColumns._reset_index,
    "set_index": FrameColumns._set_index,
    "assign": FrameColumns._assign,
    "pop": FrameColumns._pop,
    "join": FrameColumns._join,
}
_FUNCTIONS: dict[str, Callable[[FrameColumns, ast.Call], Columns | None]] = {
    "concat": FrameColumns._concat,
    "get_dummies": FrameColumns._get_dummies,
    "fit_transform": FrameColumns._transform,
    "transform": FrameColumns._transform,
    "DataFrame": FrameColumns._data_frame,
    "array": FrameColumns._same,
    "asarray": FrameColumns._same,
}


def _named(known: Columns | None) -> Names | None:
    return None if known is None else [column.name for column in known]


def _renamed(known: Columns, names: Names) -> Columns:
    return [replace(column, name=name) for column, name in zip(known, names, strict=True)]


def _from_to(known: Columns, lower: int | None, upper: int | None) -> Columns:
    """Give the columns from one position to another; more where it is not known which they are.

    Args:
        known: the columns.
        lower: the first position; None for the start.
        upper: the position after the last; None for the end.
    """
    many = [at for at, column in enumerate(known) if column.spread]
    if not many:
        return known[slice(lower, upper)]
    first, after = many[0], len(known) - many[-1] - 1
    if lower is not None:
        lower = min(lower, first) if lower >= 0 else lower if -lower <= after else 0
    if upper is not None:
        is_known = upper <= first if upper >= 0 else -upper <= after
        upper = upper if is_known else many[-1] + 1 if upper < 0 else None
    return known[slice(lower, upper)]


def _place(known: Columns, position: object) -> int | None:
    """Find the column at a position; None if it is not known which that is."""
    if not isinstance(position, int) or not -len(known) <= position < len(known):
        return None
    between = known[: position + 1] if position >= 0 else known[position:]
    return None if any(column.spread for column in between) else position


def _sliced_by_name(known: Columns, index: ast.Slice) -> Columns | None:
    """Give the columns from one name to another, which is the last."""
    names = [column.name for column in known]
    first, last = constant_of(index.lower), constant_of(index.upper)
    if (index.lower and first not in names) or (index.upper and last not in names):
        return None
    begin = names.index(first) if index.lower else 0
    end = names.index(last) + 1 if index.upper else len(names)
    return known[begin:end]
