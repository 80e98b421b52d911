"""Parts a notebook's statements in what is learned from training rows and what is applied.

The statement stays as it was; only what is told from many rows is wrapped:
``df["Age"].fillna(df["Age"].median())`` becomes
``df["Age"].fillna(learn("age_median", lambda: df["Age"].median()))``.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from idea.analysis.row_dependence import Kind, Kinds, column_of, grouped, rowwise
from idea.knowledge.pandas_methods import MUTATORS
from idea.program.names_used import free_names

# What gives one row something else than it gives the whole table, and can't be parted.
BY_ORDER = frozenset(
    "shift diff cumsum cumprod cummax cummin cumcount rank rolling expanding ewm interpolate ffill "
    "bfill pct_change resample".split()
)
# Accessors mean nothing without what follows them.
_ACCESSORS = frozenset({"loc", "iloc", "at", "iat", "str", "dt", "cat"})
# How functions of pandas call the argument that holds the rows, where it may be given by name.
_DATA = {"get_dummies": "data", "cut": "x", "qcut": "x", "factorize": "values"}
_SCALERS = {"sklearn.preprocessing.scale": "StandardScaler",
            "sklearn.preprocessing.minmax_scale": "MinMaxScaler",
            "sklearn.preprocessing.robust_scale": "RobustScaler",
            "sklearn.preprocessing.maxabs_scale": "MaxAbsScaler"}  # fmt: skip


class Learning:
    """Rewrites statements one after the other, keeping track of which variables hold rows."""

    def __init__(
        self,
        rows: Iterable[str],
        imports: dict[str, str],
        functions: Mapping[str, ast.FunctionDef] | None = None,
    ) -> None:
        """Start from the variables that hold rows, the paths of imports, and own functions."""
        self.kinds = Kinds(rows, imports)
        self.functions = functions or {}
        self.names: list[str] = []  # of what is learned, in order
        self.warnings: list[str] = []
        self.extra_imports: dict[str, str] = {}
        self._loops: list[str] = []
        self._before: list[ast.stmt] = []
        self._made: set[str] = set()  # estimators that were made and not fitted yet
        self._series: set[str] = set()  # variables that hold one column
        self._numbers: set[str] = set()  # variables that hold a number
        self._bound: frozenset[str] = frozenset()  # parameters that are another value at each call
        self._nested = False  # inside a function, before which no statement can stand

    @contextmanager
    def _within(
        self,
        names: Sequence[str],
        rows: bool = False,
        loops: Sequence[str] = (),
        bound: bool = False,
    ) -> Iterator[None]:
        """Inside a lambda or a comprehension, where some names stand for something of their own."""
        before = set(self.kinds.rows), self._loops, self._bound, self._nested
        self.kinds.rows = (self.kinds.rows - set(names)) | set(names if rows else ())
        self._loops = [*self._loops, *loops]
        self._bound = (self._bound - set(names)) | set(names if bound else ())
        self._nested = True
        yield
        self.kinds.rows, self._loops, self._bound, self._nested = before

    def statements(self, nodes: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Rewrite a list of statements."""
        return [new for node in nodes for new in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """Rewrite one statement; it may need others before it."""
        outer, self._before = self._before, []
        new = self._statement(copy.deepcopy(node))
        before, self._before = self._before, outer
        result = [*before, *new]
        for each in result:
            ast.fix_missing_locations(each)
        return result

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.Assign():
                kind, value = self.kinds.of(node.value), copy.deepcopy(node.value)
                node.value = self.rewrite(node.value, _hint(node.targets[0]))
                for target in node.targets:
                    self._store(target, kind, value)
            case ast.AnnAssign(value=ast.expr() as given):
                kind, value = self.kinds.of(given), copy.deepcopy(given)
                node.value = self.rewrite(given, _hint(node.target))
                self._store(node.target, kind, value)
            case ast.AugAssign():
                node.value = self.rewrite(node.value, _hint(node.target))
                if isinstance(node.target, ast.Subscript):
                    node.target.slice = self.rewrite(node.target.slice, "rows")
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=made, attr="fit")) as call) if (
                self._is_fit(call) and isinstance(made, ast.Name | ast.Subscript)
            ):
                return [self._fitted(made, call)]
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name() as frame, attr="dropna")) as call
            ) if rowwise(call) and self.kinds.of(frame) is Kind.ROWS:
                call.keywords = [k for k in call.keywords if k.arg != "inplace"]
                return [ast.Assign([ast.Name(frame.id, ast.Store())], self.rewrite(call, None))]
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=made, attr=method)) as call) if (
                method in MUTATORS and self.kinds.of(made) is Kind.PLAIN
            ):  # a list is filled anew each time, with what was learned
                call.args = [self.rewrite(a, None) for a in call.args]
            case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
                node.value = self.rewrite(value, None)
            case ast.For():
                self._for(node)
            case ast.If() | ast.While():
                node.test = self.rewrite(node.test, None)
                node.body = self.statements(node.body)
                node.orelse = self.statements(node.orelse)
            case ast.Try():
                node.body = self.statements(node.body)
                for handler in node.handlers:
                    handler.body = self.statements(handler.body)
                node.orelse = self.statements(node.orelse)
                node.finalbody = self.statements(node.finalbody)
            case ast.With():
                node.body = self.statements(node.body)
        return [node]

    def _store(self, target: ast.expr, kind: Kind, value: ast.expr | None = None) -> None:
        match target:
            case ast.Name(id=name):
                rows = kind is Kind.ROWS
                for names, holds in (
                    (self._series, rows and value is not None and self._is_series(value)),
                    (self._numbers, isinstance(value, ast.Constant)),
                    (self._made, isinstance(value, ast.Call)),
                    (self.kinds.rows, rows),
                ):
                    (names.add if holds else names.discard)(name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._store(part, kind)
            case ast.Subscript():
                target.slice = self.rewrite(target.slice, "rows")
                if isinstance(value, ast.Call):
                    self._made.add(ast.unparse(target))

    def _for(self, node: ast.For) -> None:
        kind = self.kinds.of(node.iter)
        many_frames = isinstance(node.iter, ast.List | ast.Tuple) and kind is Kind.ROWS
        if kind is Kind.LEARNED or (
            kind is Kind.ROWS and not many_frames and "select_dtypes" in ast.unparse(node.iter)
        ):
            if kind is Kind.ROWS:  # going through a frame gives its columns' names
                node.iter = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
            node.iter = self._wrapped(node.iter, _plural(node.target))
        targets = _names(node.target)
        if "groupby" in ast.unparse(node.iter) and kind is Kind.ROWS:
            self._warn(node.iter, "goes through groups of rows, which could not be parted")
        self._made.clear()  # what was made before the loop is fitted again at every turn
        if many_frames:
            self.kinds.rows.update(targets)
        else:
            self.kinds.rows.difference_update(targets)
            self._loops += targets
        node.body = self.statements(node.body)
        node.orelse = self.statements(node.orelse)
        self._made.clear()
        if not many_frames:
            del self._loops[len(self._loops) - len(targets) :]

    # expressions

    def rewrite(self, node: ast.expr, hint: str | None) -> ast.expr:
        """Rewrite an expression, wrapping what is learned in it."""
        kind = self.kinds.of(node)
        if kind is Kind.PLAIN:
            return node
        if isinstance(node, ast.Lambda):
            with self._within(_parameters(node), bound=True):
                node.body = self.rewrite(node.body, None)
            return node
        if kind is Kind.LEARNED and self._whole(node):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Subscript() as made)) if (
                    self._is_fit(node) and not self._nested
                ):  # from here on, `made` is used as fitted
                    self._before.append(self._fitted(made, node))
                    return copy.deepcopy(made)
            return self._wrapped(node, hint)
        if kind is Kind.LEARNED and isinstance(node, ast.Call) and self._bound & free_names(node):
            self._check_parted(node)
        special = self._special(node, hint)
        if special is not None:
            return special
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._each(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, name, self.rewrite(value, None))
            elif isinstance(value, list):
                setattr(node, name, [self._part(item) for item in value])
        return node

    def _check_parted(self, node: ast.Call) -> None:
        """``(df["city"] == city).sum()`` for each row's city needs all rows each time."""
        match node.func:
            case ast.Attribute(value=base) if self.kinds.of(base) is Kind.ROWS:
                if self._bound & free_names(base):
                    self._warn(node, "looks at all rows for each row, which could not be parted")

    def _whole(self, node: ast.expr) -> bool:
        """Whether a learned expression has one value, which can be kept."""
        if isinstance(node, ast.Slice) or self._bound & free_names(node):
            return False
        if isinstance(node, ast.Tuple):
            return not any(isinstance(part, ast.Slice) for part in node.elts)
        return not (isinstance(node, ast.Attribute) and node.attr in _ACCESSORS)

    def _part(self, item: ast.AST) -> ast.AST:
        if isinstance(item, ast.expr):
            return self.rewrite(item, None)
        if isinstance(item, ast.keyword):
            item.value = self.rewrite(item.value, None)
        return item

    def _each(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> ast.expr:
        """What is learned in a comprehension has a name for each of the values it goes through."""
        first = node.generators[0]
        # Going through a frame gives its columns' names, through a column its rows.
        by_row = self.kinds.of(first.iter) is Kind.ROWS and not self._is_frame(first.iter)
        first.iter = self.rewrite(first.iter, None)
        names = [name for generator in node.generators for name in _names(generator.target)]
        with self._within(names, loops=() if by_row else names, bound=by_row):
            for generator in node.generators:
                generator.ifs = [self.rewrite(test, None) for test in generator.ifs]
            if isinstance(node, ast.DictComp):
                node.key, node.value = self.rewrite(node.key, None), self.rewrite(node.value, None)
            else:
                node.elt = self.rewrite(node.elt, None)
        return node

    def _special(self, node: ast.expr, hint: str | None) -> ast.expr | None:
        if isinstance(node, ast.BinOp) and self.kinds.is_length(node.right):
            node.left, node.right = self.rewrite(node.left, hint), self._wrapped(node.right, "rows")
            return node
        if not isinstance(node, ast.Call):
            return None
        function = node.func
        path = self.kinds.path(function) or ""
        name = path.rpartition(".")[2]
        self._check_function(node)
        if path.startswith("pandas."):
            _data_first(node, name)
        if self._first_rows(node):
            if path.startswith("pandas."):
                return self._special_pandas(node, name, hint)
            if path in _SCALERS:
                return self._scaled(node, _SCALERS[path])
            if path == "scipy.stats.zscore":
                return self._zscore(node.args[0])
            if path in ("scipy.stats.boxcox", "scipy.stats.yeojohnson"):
                self._warn(node, "is fitted to all rows at once, which could not be parted")
        if isinstance(function, ast.Attribute):
            return self._special_method(node, function, hint)
        return None

    def _check_function(self, node: ast.Call) -> None:
        """A function of the notebook's own is called as it stands: it can't keep what it learns."""
        match node:
            case ast.Call(func=ast.Name(id=name)) if self._first_rows(node):
                pass
            case ast.Call(func=ast.Attribute(attr="pipe"), args=[ast.Name(id=name), *_]):
                pass
            case _:
                return
        function = self.functions.get(name)
        if function is not None:
            inside = Learning({a.arg for a in function.args.args}, self.kinds.imports)
            inside.statements(function.body)
            if inside.names:
                self._warn(node, "tells something from all rows, which could not be parted")

    def _special_pandas(self, node: ast.Call, name: str, hint: str | None) -> ast.expr | None:
        match name:
            case "get_dummies":
                return self._method("get_dummies", node, "dummies")
            case "factorize":
                return self._method("factorize", node, hint or "codes")
            case "qcut":
                return self._method("qcut", node, hint)
            case "cut" if self._counts_bins(node):
                return self._method("cut", node, hint)
            case "Categorical" if len(node.args) == 1 and not node.keywords:
                series = ast.Call(_dotted("pd.Series"), [self.rewrite(node.args[0], None)], [])
                category = self._called("category", [series], [], hint or column_of(node))
                return ast.Attribute(category, "array", ast.Load())
        return None

    def _counts_bins(self, node: ast.Call) -> bool:
        """Whether ``pd.cut`` is told how many bins to make, not which."""
        bins = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "bins")]
        match bins:
            case [ast.Constant()]:
                return True
            case [ast.Name(id=name)]:
                return name in self._numbers
        return False

    def _special_method(
        self, node: ast.Call, function: ast.Attribute, hint: str | None
    ) -> ast.expr | None:
        base = function.value
        method = function.attr
        kind = self.kinds.of(base)
        if kind is Kind.PLAIN and method in ("fit_transform", "fit_predict"):
            return self._fit_and(method.removeprefix("fit_"), base, node)
        if kind is Kind.LEARNED:
            function.value = self.rewrite(base, hint)
            node.args = [self.rewrite(a, None) for a in node.args]
            return node
        if kind is not Kind.ROWS:
            return None
        if method in ("transform", "apply") and grouped(base) and node.args:
            return self._by_group(base, node.args[0], hint)
        if method == "factorize":
            return self._called("factorize", [self.rewrite(base, None)], node.keywords, hint)
        if method == "astype":
            return self._categories(node, base)
        if method == "dropna" and rowwise(node):
            columns = ast.Attribute(copy.deepcopy(node), "columns", ast.Load())
            kept = self._wrapped(ast.Call(_dotted("list"), [columns], []), "complete_columns")
            return ast.Subscript(self.rewrite(base, None), kept, ast.Load())
        if method == "get_dummies":  # of `.str`
            columns = ast.Attribute(copy.deepcopy(node), "columns", ast.Load())
            known = self._wrapped(ast.Call(_dotted("list"), [columns], []), "dummies")
            keywords = [ast.keyword("columns", known), ast.keyword("fill_value", ast.Constant(0))]
            return ast.Call(ast.Attribute(node, "reindex", ast.Load()), [], keywords)
        if method in ("assign", "pipe"):
            for given in [*node.args, *(k.value for k in node.keywords)]:
                if isinstance(given, ast.Lambda):
                    with self._within(_parameters(given), rows=True):
                        given.body = self.rewrite(given.body, None)
            return None
        columnwise = method in ("apply", "transform", "agg") and not rowwise(node)
        if columnwise and node.args and self._is_frame(base):
            return self._columnwise(node, function)
        if method in BY_ORDER:
            self._warn(node, "looks at neighbouring rows, which one row alone does not have")
        return None

    def _categories(self, node: ast.Call, base: ast.expr) -> ast.expr | None:
        """``astype("category")``, of some columns or of all."""
        given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "dtype")]
        match given:
            case [ast.Constant(value="category")]:
                return self._called("category", [self.rewrite(base, None)], [], column_of(base))
            case [ast.Dict(keys=keys, values=values)]:
                pairs = list(zip(keys, values, strict=True))
                chosen = [k for k, v in pairs if k and _is_constant(v, "category")]
                rest = [(k, v) for k, v in pairs if not _is_constant(v, "category")]
                if not chosen:
                    return None
                arguments = [self.rewrite(base, None), ast.List(chosen, ast.Load())]
                made = self._called("category", arguments, [], "categories")
                if not rest:
                    return made
                types = ast.Dict([k for k, _ in rest], [v for _, v in rest])
                return ast.Call(ast.Attribute(made, "astype", ast.Load()), [types], [])
        return None

    def _columnwise(self, node: ast.Call, function: ast.Attribute) -> ast.expr | None:
        """``df.apply(f)`` gives `f` whole columns: what it learns is kept by the column's name."""
        given = node.args[0]
        match given:
            case ast.Lambda(args=ast.arguments(args=[ast.arg(arg=parameter)])):
                body = given.body
            case ast.Attribute() | ast.Name():
                parameter = "column"
                body = ast.Call(copy.deepcopy(given), [ast.Name(parameter, ast.Load())], [])
            case _:
                return None
        before = ast.unparse(body)
        with self._within([parameter], rows=True, loops=[f"{parameter}.name"]):
            self._series.add(parameter)
            body = self.rewrite(body, None)
            self._series.discard(parameter)
        function.value = self.rewrite(function.value, None)
        if ast.unparse(body) != before:
            node.args[0] = _function(parameter, body)
        return node

    def _by_group(self, base: ast.expr, how: ast.expr, hint: str | None) -> ast.expr | None:
        """``df.groupby(keys)[column].transform(how)``."""
        match base:
            case ast.Subscript(
                value=ast.Call(func=ast.Attribute(value=frame)) as call, slice=column
            ):
                own: ast.expr = ast.Subscript(frame, column, ast.Load())
            case ast.Attribute(value=ast.Call(func=ast.Attribute(value=frame)) as call, attr=name):
                column, own = ast.Constant(name), ast.Attribute(frame, name, ast.Load())
            case ast.Call(func=ast.Attribute(value=own)) as call:
                frame, column = own, ast.Constant(None)
            case _:
                self._warn(base, "could not be parted by group")
                return None
        keys = next(iter([*call.args, *(k.value for k in call.keywords if k.arg == "by")]), None)
        if keys is None or (_is_constant(column, None) and self._is_frame(own)):
            self._warn(base, "could not be parted by group")
            return None
        name = column_of(own) or hint or "groups"
        name = f"{_identifier(name)}_by_{'_'.join(_words(ast.unparse(keys)))}"

        def told(how: ast.expr) -> ast.expr:
            arguments = [self.rewrite(copy.deepcopy(a), None) for a in (frame, keys)]
            return self._called("by_group", [*arguments, column, how], [], name)

        match how:
            case ast.Constant(value=str(method)) if method not in BY_ORDER:
                return told(how)
            case ast.Name() | ast.Attribute() if self.kinds.path(how):
                return told(how)
            case ast.Lambda(args=ast.arguments(args=[ast.arg(arg=parameter)])):
                parted = _InGroup(parameter, own, told, self.kinds.imports)
                body: ast.expr = parted.visit(copy.deepcopy(how.body))
                if not parted.failed:
                    return body
        self._warn(how, "could not be parted by group")
        return None

    def _zscore(self, values: ast.expr) -> ast.expr:
        def told(method: str, *keywords: ast.keyword) -> ast.expr:
            call = ast.Attribute(copy.deepcopy(values), method, ast.Load())
            return self._wrapped(ast.Call(call, [], list(keywords)), None)

        mean = told("mean")
        spread = told("std", ast.keyword("ddof", ast.Constant(0)))
        centred = ast.BinOp(self.rewrite(values, None), ast.Sub(), mean)
        return ast.BinOp(centred, ast.Div(), spread)

    def _scaled(self, node: ast.Call, name: str) -> ast.expr:
        """``preprocessing.scale(values)`` is a scaler that is fitted and forgotten."""
        self.extra_imports[name] = f"sklearn.preprocessing.{name}"
        made = ast.Call(ast.Name(name, ast.Load()), [], [])
        values = node.args[0]
        if not self._is_series(values):
            return self._fit_and("transform", made, ast.Call(made, [values], []))
        table = ast.Call(ast.Attribute(values, "to_frame", ast.Load()), [], [])
        scaled = self._fit_and("transform", made, ast.Call(made, [table], []))
        first = ast.Tuple([ast.Slice(), ast.Constant(0)], ast.Load())
        return ast.Subscript(scaled, first, ast.Load())

    def _fit_and(self, method: str, made: ast.expr, call: ast.Call) -> ast.expr:
        """``made.fit_transform(rows)``: a fit, which is learned, and a method of what it gives."""
        call = copy.deepcopy(call)
        if call.args:
            call.args[0] = given = self.rewrite(call.args[0], None)
        else:
            call.keywords[0].value = given = self.rewrite(call.keywords[0].value, None)
        named = isinstance(made, ast.Name | ast.Subscript) and not self.kinds.path(made)
        if named and not self._nested:
            self._before.append(self._fitted(made, call))
            fitted = copy.deepcopy(made)
        else:
            fit = ast.Call(ast.Attribute(made, "fit", ast.Load()), call.args, call.keywords)
            fitted = self._learn(self._named(_class_name(made)), fit, clone=named)
        return ast.Call(ast.Attribute(fitted, method, ast.Load()), [copy.deepcopy(given)], [])

    def _fitted(self, made: ast.expr, call: ast.Call) -> ast.stmt:
        """``made.fit(rows)`` as ``made = learn("made", lambda: made.fit(rows))``."""
        call = copy.deepcopy(call)
        if ".fit" in "".join(map(ast.unparse, call.args)):  # which is used as fitted later on
            call.args = [self.rewrite(a, None) for a in call.args]
        call.func = ast.Attribute(copy.deepcopy(made), "fit", ast.Load())
        text = ast.unparse(made)
        learned = self._learn(self._named(_class_name(made)), call, clone=text not in self._made)
        self._made.discard(text)
        target = copy.deepcopy(made)
        target.ctx = ast.Store()  # type: ignore[attr-defined]
        return ast.Assign([target], learned)

    def _is_fit(self, call: ast.Call) -> bool:
        """Whether a call fits something to rows."""
        match call.func:
            case ast.Attribute(value=made, attr="fit"):
                return self.kinds.of(made) is Kind.PLAIN and self.kinds.of(call) is Kind.LEARNED
        return False

    def _is_series(self, node: ast.expr) -> bool:
        """Whether an expression of rows is one column."""
        match node:
            case ast.Name(id=name):
                return name in self._series
            case ast.Subscript(value=inner, slice=ast.Constant(value=str())):
                return self.kinds.of(inner) is Kind.ROWS
            case ast.Subscript(value=inner, slice=ast.Compare()):
                return self._is_series(inner)
            case ast.Attribute(value=ast.Name(id=name)):
                return name in self.kinds.rows
            case ast.Attribute(value=inner, attr="str" | "dt" | "cat"):
                return self._is_series(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)):
                return method != "to_frame" and self._is_series(inner)
            case ast.BinOp(left=left, right=right):
                return self._is_series(left) or self._is_series(right)
        return False

    def _is_frame(self, node: ast.expr) -> bool:
        """Whether an expression of rows is a table: a variable, or some columns of one."""
        match node:
            case ast.Name(id=name):
                return name not in self._series
            case ast.Subscript(slice=ast.List() | ast.Name()):
                return not self._loops or ast.unparse(node.slice) not in self._loops
            case ast.Call(func=ast.Attribute(value=inner, attr=method)):
                return method == "select_dtypes" or (method != "apply" and self._is_frame(inner))
        return False

    def _warn(self, node: ast.AST, why: str) -> None:
        self.warnings.append(f"`{_short(node)}` {why}")

    def _method(self, method: str, node: ast.Call, hint: str | None) -> ast.expr:
        arguments = [self.rewrite(a, None) for a in node.args]
        for keyword in node.keywords:
            keyword.value = self.rewrite(keyword.value, None)
        return self._called(method, arguments, node.keywords, hint)

    def _called(
        self, method: str, args: list[ast.expr], keywords: list[ast.keyword], hint: str | None
    ) -> ast.expr:
        name = self._named(hint or (column_of(args[0]) if args else None) or method)
        function = ast.Attribute(ast.Name("learn", ast.Load()), method, ast.Load())
        return ast.Call(function, [name, *args], keywords)

    def _wrapped(self, node: ast.expr, hint: str | None) -> ast.expr:
        return self._learn(self._named(hint or _name_for(node)), node)

    def _learn(self, name: ast.expr, node: ast.expr, clone: bool = False) -> ast.expr:
        nothing = ast.arguments([], [], kwonlyargs=[], kw_defaults=[], defaults=[])
        match node:
            case ast.Call(func=ast.Attribute(value=made) as fit) if clone:
                # What is fitted more than once, is another one each time.
                self.extra_imports["clone"] = "sklearn.base.clone"
                fit.value = ast.Call(ast.Name("clone", ast.Load()), [made], [])
        function = ast.Name("learn", ast.Load())
        return ast.Call(function, [name, ast.Lambda(nothing, node)], [])

    def _named(self, hint: str) -> ast.expr:
        base = _identifier(hint)
        name, number = base, 1
        while name in self.names:
            number += 1
            name = f"{base}_{number}"
        self.names.append(name)
        if not self._loops:
            return ast.Constant(name)
        parts: list[ast.expr] = []
        for loop in self._loops:
            value = ast.parse(loop, mode="eval").body
            parts += [ast.FormattedValue(value, -1, None), ast.Constant(".")]
        return ast.JoinedStr([*parts, ast.Constant(name)])

    def _first_rows(self, call: ast.Call) -> bool:
        return bool(call.args) and self.kinds.of(call.args[0]) is Kind.ROWS


def _hint(target: ast.expr) -> str | None:
    match target:
        case ast.Name(id=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return None if not name else f"{name}"
        case ast.Attribute(attr=name):
            return name
    return None


def _name_for(node: ast.expr) -> str:
    column = column_of(node)
    methods = [
        part.func.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
    ]
    method = methods[0] if methods else "learned"
    match node:
        case ast.Call(func=ast.Attribute(value=made, attr="fit")):
            return _class_name(made)
    return f"{column}_{method}" if column else method


def _class_name(node: ast.expr) -> str:
    match node:
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _class_name(inner)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return "fitted"


def _identifier(text: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    return "_".join(words).lower() or "value"


def _words(text: str) -> list[str]:
    return [_identifier(word) for word in re.findall(r"\w+", text)]


def _plural(target: ast.expr) -> str:
    return f"{target.id}s" if isinstance(target, ast.Name) else "items"


def _dotted(path: str) -> ast.expr:
    return ast.parse(path, mode="eval").body


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


class _InGroup(ast.NodeTransformer):
    """Makes of a function of a group's values one of a column; what it reduces is told by group."""

    def __init__(
        self,
        parameter: str,
        own: ast.expr,
        told: Callable[[ast.expr], ast.expr],
        imports: dict[str, str],
    ) -> None:
        """Take the function's parameter, the column, and what tells a reduction by group."""
        self.parameter = parameter
        self.own = own
        self.told = told
        self.kinds = Kinds({parameter}, imports)
        self.failed = False

    def visit(self, node: ast.AST) -> Any:
        """Replace a reduction by its value by group, and the parameter by the column."""
        if isinstance(node, ast.expr) and self.kinds.of(node) is Kind.LEARNED:
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(), attr=method), args=[], keywords=[]
                ):
                    return self.told(ast.Constant(method))
            return self.told(_function(self.parameter, node))
        match node:
            case ast.Name(id=self.parameter):
                return copy.deepcopy(self.own)
            case ast.Attribute(attr=method) if method in BY_ORDER:
                self.failed = True
        return self.generic_visit(node)


def _function(parameter: str, body: ast.expr) -> ast.Lambda:
    arguments = ast.arguments([], [ast.arg(parameter)], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(arguments, body)


def _names(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def _parameters(node: ast.Lambda) -> list[str]:
    return [argument.arg for argument in node.args.args]


def _data_first(node: ast.Call, name: str) -> None:
    """``get_dummies(data=df)`` as ``get_dummies(df)``."""
    for keyword in node.keywords:
        if keyword.arg == _DATA.get(name) and not node.args:
            node.args = [keyword.value]
            node.keywords.remove(keyword)
            return


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}…"
