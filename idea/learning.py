"""Parts a notebook's statements in what is learned from training rows and what is applied.

The statement stays as it was; only what is told from many rows is wrapped:
``df["Age"].fillna(df["Age"].median())`` becomes
``df["Age"].fillna(learn("age_median", lambda: df["Age"].median()))``.
"""

import ast
import copy
import re
from collections.abc import Iterable, Sequence

from idea.kinds import Kind, Kinds, column_of, grouped, rowwise

# What gives one row something else than it gives the whole table, and can't be parted.
BY_ORDER = frozenset(
    "shift diff cumsum cumprod cummax cummin cumcount rank rolling expanding ewm interpolate ffill "
    "bfill pct_change resample".split()
)
_SCALERS = {"sklearn.preprocessing.scale": "StandardScaler",
            "sklearn.preprocessing.minmax_scale": "MinMaxScaler",
            "sklearn.preprocessing.robust_scale": "RobustScaler",
            "sklearn.preprocessing.maxabs_scale": "MaxAbsScaler"}  # fmt: skip


class Learning:
    """Rewrites statements one after the other, keeping track of which variables hold rows."""

    def __init__(self, rows: Iterable[str], imports: dict[str, str]) -> None:
        self.kinds = Kinds(rows, imports)
        self.names: list[str] = []  # of what is learned, in order
        self.warnings: list[str] = []
        self.extra_imports: dict[str, str] = {}
        self._loops: list[str] = []
        self._before: list[ast.stmt] = []

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
                hint = _hint(node.targets[0])
                kind = self.kinds.of(node.value)
                node.value = self.rewrite(node.value, hint)
                for target in node.targets:
                    self._store(target, kind)
            case ast.AnnAssign(value=ast.expr()):
                kind = self.kinds.of(node.value)
                node.value = self.rewrite(node.value, _hint(node.target))
                self._store(node.target, kind)
            case ast.AugAssign():
                node.value = self.rewrite(node.value, _hint(node.target))
                if isinstance(node.target, ast.Subscript):
                    node.target.slice = self.rewrite(node.target.slice, "rows")
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as made, attr="fit"))):
                call = node.value
                assert isinstance(call, ast.Call)
                if self.kinds.of(made) is Kind.PLAIN and self._any_rows(call):
                    return [self._fitted(made, call)]
                node.value = self.rewrite(call, None)
            case ast.Expr():
                node.value = self.rewrite(node.value, None)
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

    def _store(self, target: ast.expr, kind: Kind) -> None:
        match target:
            case ast.Name(id=name):
                if kind is Kind.ROWS:
                    self.kinds.rows.add(name)
                else:
                    self.kinds.rows.discard(name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._store(part, kind)
            case ast.Subscript():
                target.slice = self.rewrite(target.slice, "rows")

    def _for(self, node: ast.For) -> None:
        kind = self.kinds.of(node.iter)
        many_frames = isinstance(node.iter, ast.List | ast.Tuple) and kind is Kind.ROWS
        if kind is Kind.LEARNED or (
            kind is Kind.ROWS and not many_frames and "select_dtypes" in ast.unparse(node.iter)
        ):
            if kind is Kind.ROWS:  # going through a frame gives its columns' names
                node.iter = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
            node.iter = self._wrapped(node.iter, _plural(node.target))
        targets = [n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)]
        if many_frames:
            self.kinds.rows.update(targets)
        else:
            self.kinds.rows.difference_update(targets)
            self._loops += targets
        node.body = self.statements(node.body)
        node.orelse = self.statements(node.orelse)
        if not many_frames:
            del self._loops[len(self._loops) - len(targets) :]

    # expressions

    def rewrite(self, node: ast.expr, hint: str | None) -> ast.expr:
        """Rewrite an expression, wrapping what is learned in it."""
        kind = self.kinds.of(node)
        if kind is Kind.LEARNED:
            return self._wrapped(node, hint)
        if kind is Kind.PLAIN:
            return node
        special = self._special(node, hint)
        if special is not None:
            return special
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, name, self.rewrite(value, None))
            elif isinstance(value, list):
                setattr(node, name, [self._part(item) for item in value])
        return node

    def _part(self, item: ast.AST) -> ast.AST:
        if isinstance(item, ast.expr):
            return self.rewrite(item, None)
        if isinstance(item, ast.keyword):
            item.value = self.rewrite(item.value, None)
        if isinstance(item, ast.comprehension):
            if self.kinds.of(item.iter) is not Kind.PLAIN:
                item.iter = self.rewrite(item.iter, None)
        return item

    def _special(self, node: ast.expr, hint: str | None) -> ast.expr | None:
        if not isinstance(node, ast.Call):
            return None
        function = node.func
        path = self.kinds.path(function) or ""
        name = path.rpartition(".")[2]
        if path.startswith("pandas."):
            if name == "get_dummies" and self._first_rows(node):
                return self._method("get_dummies", node, "dummies")
            if name == "factorize" and self._first_rows(node):
                return self._method("factorize", node, hint or "codes")
            if name == "qcut" and self._first_rows(node):
                return self._method("qcut", node, hint)
            if name == "cut" and self._first_rows(node) and len(node.args) > 1:
                if isinstance(node.args[1], ast.Constant):
                    return self._method("cut", node, hint)
            if name == "Categorical" and len(node.args) == 1 and not node.keywords:
                series = ast.Call(_dotted("pd.Series"), [node.args[0]], [])
                return self._called("category", [series], [], hint or column_of(node))
        if path in _SCALERS and self._first_rows(node):
            self.extra_imports[_SCALERS[path]] = f"sklearn.preprocessing.{_SCALERS[path]}"
            made = ast.Call(ast.Name(_SCALERS[path], ast.Load()), [], [])
            return self._fit_and_transform(made, node.args, [], hint)
        if path == "scipy.stats.zscore" and self._first_rows(node):
            return self._zscore(node.args[0], hint)
        if isinstance(function, ast.Attribute):
            return self._special_method(node, function, hint)
        return None

    def _special_method(
        self, node: ast.Call, function: ast.Attribute, hint: str | None
    ) -> ast.expr | None:
        base = function.value
        method = function.attr
        if method == "fit_transform" and self.kinds.of(base) is Kind.PLAIN:
            if isinstance(base, ast.Name) and not self.kinds.path(base):
                self._before.append(self._fitted(base, node))
                arguments = [self.rewrite(a, None) for a in node.args[:1]]
                return ast.Call(ast.Attribute(base, "transform", ast.Load()), arguments, [])
            return self._fit_and_transform(base, node.args, node.keywords, hint)
        if method == "transform" and isinstance(base, ast.Call):
            inner = base.func
            if isinstance(inner, ast.Attribute) and inner.attr == "fit":
                fitted = self._wrapped(base, hint or _class_name(inner.value))
                arguments = [self.rewrite(a, None) for a in node.args]
                return ast.Call(ast.Attribute(fitted, "transform", ast.Load()), arguments, [])
        if self.kinds.of(base) is not Kind.ROWS:
            return None
        if method == "transform" and grouped(base) and node.args:
            return self._by_group(base, node.args[0], hint)
        if method == "factorize":
            return self._called("factorize", [self.rewrite(base, None)], node.keywords, hint)
        if method == "astype" and node.args and _is_constant(node.args[0], "category"):
            return self._called("category", [self.rewrite(base, None)], [], column_of(base))
        if method in ("apply", "transform", "agg") and node.args and not rowwise(node):
            if _many_columns(base):
                return self._columnwise(node, function)
        if method in BY_ORDER:
            self.warnings.append(
                f"`{_short(node)}` looks at neighbouring rows, which one row alone does not have"
            )
        return None

    def _columnwise(self, node: ast.Call, function: ast.Attribute) -> ast.expr | None:
        """``df.apply(f)`` gives `f` whole columns: what it learns is kept by the column's name."""
        given = node.args[0]
        if isinstance(given, ast.Attribute) and given.attr == "fit_transform":
            column = ast.Name("column", ast.Load())
            name = _joined("column.name", _class_name(given.value))
            fit = ast.Call(ast.Attribute(given.value, "fit", ast.Load()), [column], [])
            learned = self._learn(name, fit, clone=True)
            body = ast.Call(ast.Attribute(learned, "transform", ast.Load()), [column], [])
        elif isinstance(given, ast.Lambda) and len(given.args.args) == 1:
            parameter = given.args.args[0].arg
            inner = Learning({*self.kinds.rows, parameter}, self.kinds.imports)
            inner._loops = [*self._loops, f"{parameter}.name"]
            body = inner.rewrite(given.body, None)
            self.names += inner.names
            given.body = body
            function.value = self.rewrite(function.value, None)
            return node
        else:
            return None
        arguments = ast.arguments([], [ast.arg("column")], kwonlyargs=[], kw_defaults=[], defaults=[])
        node.args[0] = ast.Lambda(arguments, body)
        return node

    def _by_group(self, base: ast.expr, how: ast.expr, hint: str | None) -> ast.expr | None:
        match base:
            case ast.Subscript(
                value=ast.Call(func=ast.Attribute(value=frame), args=[keys]), slice=column
            ):
                pass
            case ast.Attribute(
                value=ast.Call(func=ast.Attribute(value=frame), args=[keys]), attr=attribute
            ):
                column = ast.Constant(attribute)
            case _:
                self.warnings.append(f"`{_short(base)}.transform(…)` could not be parted")
                return None
        filled = False
        match how:
            case ast.Lambda(
                body=ast.Call(
                    func=ast.Attribute(value=ast.Name(), attr="fillna"),
                    args=[ast.Call(func=ast.Attribute(value=ast.Name(), attr=method))],
                )
            ):
                how, filled = ast.Constant(method), True
            case ast.Lambda(body=ast.Call(func=ast.Attribute(value=ast.Name(), attr=method), args=[])):
                how = ast.Constant(method)
            case ast.Lambda():
                self.warnings.append(f"`{_short(base)}.transform({_short(how)})` could not be parted")
                return None
        name = hint or column_of(column) or "groups"
        if isinstance(column, ast.Constant):
            key = "_".join(_words(ast.unparse(keys)))
            name = f"{_identifier(str(column.value))}_by_{key}"
        grouped_value = self._called("by_group", [frame, keys, column, how], [], name)
        if not filled:
            return grouped_value
        own = ast.Subscript(copy.deepcopy(frame), column, ast.Load())
        return ast.Call(ast.Attribute(own, "fillna", ast.Load()), [grouped_value], [])

    def _zscore(self, values: ast.expr, hint: str | None) -> ast.expr:
        def told(method: str, *keywords: ast.keyword) -> ast.expr:
            call = ast.Attribute(copy.deepcopy(values), method, ast.Load())
            return self._wrapped(ast.Call(call, [], list(keywords)), None)

        mean = told("mean")
        spread = told("std", ast.keyword("ddof", ast.Constant(0)))
        centred = ast.BinOp(self.rewrite(values, None), ast.Sub(), mean)
        return ast.BinOp(centred, ast.Div(), spread)

    def _fit_and_transform(
        self, made: ast.expr, args: list[ast.expr], keywords: list[ast.keyword], hint: str | None
    ) -> ast.expr:
        fit = ast.Call(
            ast.Attribute(made, "fit", ast.Load()),
            [copy.deepcopy(a) for a in args],
            copy.deepcopy(keywords),
        )
        fitted = self._wrapped(fit, _class_name(made))
        first = args[0] if args else keywords[0].value
        given = [self.rewrite(first, None)]
        return ast.Call(ast.Attribute(fitted, "transform", ast.Load()), given, [])

    def _fitted(self, made: ast.Name, call: ast.Call) -> ast.stmt:
        """``made.fit(rows)`` as ``made = learn("made", lambda: made.fit(rows))``."""
        fit = ast.Call(
            ast.Attribute(ast.Name(made.id, ast.Load()), "fit", ast.Load()),
            copy.deepcopy(call.args),
            copy.deepcopy(call.keywords),
        )
        learned = self._learn(self._named(made.id), fit, clone=True)
        return ast.Assign([ast.Name(made.id, ast.Store())], learned)

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
        if clone and isinstance(node, ast.Call) and self._loops:
            # In a loop the same estimator is fitted again and again: each time a new one.
            assert isinstance(node.func, ast.Attribute)
            self.extra_imports["clone"] = "sklearn.base.clone"
            node.func.value = ast.Call(ast.Name("clone", ast.Load()), [node.func.value], [])
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
            parts += [ast.FormattedValue(value, -1, None), ast.Constant("_")]
        return ast.JoinedStr([*parts, ast.Constant(name)])

    def _any_rows(self, call: ast.Call) -> bool:
        return any(
            self.kinds.of(a) is Kind.ROWS for a in [*call.args, *(k.value for k in call.keywords)]
        )

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
    if method == "fit":
        call = next(p for p in ast.walk(node) if isinstance(p, ast.Call))
        assert isinstance(call.func, ast.Attribute)
        return _class_name(call.func.value)
    return f"{column}_{method}" if column else method


def _class_name(node: ast.expr) -> str:
    match node:
        case ast.Call(func=inner):
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


def _joined(expression: str, name: str) -> ast.expr:
    value = ast.parse(expression, mode="eval").body
    return ast.JoinedStr([ast.FormattedValue(value, -1, None), ast.Constant(f"_{name}")])


def _dotted(path: str) -> ast.expr:
    return ast.parse(path, mode="eval").body


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def _many_columns(node: ast.expr) -> bool:
    """Whether an expression is a frame: a name, or a list of columns of one."""
    match node:
        case ast.Name():
            return True
        case ast.Subscript(slice=ast.List() | ast.Name()):
            return True
        case ast.Call(func=ast.Attribute(attr="select_dtypes")):
            return True
    return False


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}…"
