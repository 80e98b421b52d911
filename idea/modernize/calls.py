"""What calls of pandas, NumPy and scikit-learn are today."""

import ast
import copy
import re
from collections.abc import Collection, Set
from dataclasses import dataclass

from idea.knowledge.renames import (
    DISPLAYS,
    KEYWORDS,
    NUMERIC_ONLY,
    POSITIONAL,
    REDUCTIONS,
    TAKE_FREQUENCY,
    frequency,
)

_PATTERN = re.compile(r"[\\^$.|?*+()\[\]{}]")
_WINDOW = re.compile(r"(rolling|expanding)_(\w+)")
_SOUNDS_LIKE_FRAME = re.compile(
    r"(?:^|_)(?:df|data|dataset|dataframe|frame|train|test|X)\d*(?:$|_)|^df|df$", re.I
)
_FRAMES_HAVE = frozenset("loc iloc columns dtypes head isnull isna groupby describe info".split())
_FILLS = {"ffill": "ffill", "pad": "ffill", "bfill": "bfill", "backfill": "bfill"}
_SPLITTERS = frozenset("KFold StratifiedKFold ShuffleSplit StratifiedShuffleSplit".split())


@dataclass(frozen=True)
class Known:
    """What a cell tells of its names and calls.

    `used` are calls of `append` that give something, `callees` what is called, by identity.
    """

    pandas: str
    own: Set[str]
    frames: Set[str]
    dicts: Set[str]
    used: Set[int]
    callees: Set[int]

    def is_pandas(self, node: ast.expr | None) -> bool:
        """Tell the module pandas."""
        return isinstance(node, ast.Name) and node.id in (self.pandas, "pandas")

    def is_frame(self, node: ast.expr) -> bool:
        """Tell whether a name is of a frame, or sounds like one."""
        if not isinstance(node, ast.Name) or node.id in self.dicts:
            return False
        return node.id in self.frames or bool(_SOUNDS_LIKE_FRAME.search(node.id))


def know(tree: ast.Module, own: Collection[str]) -> Known:
    """Look through a cell."""
    names, frames, dicts, used, callees = set(own), set[str](), set[str](), set[int](), set[int]()
    pandas = "pd"
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases):
                pandas = next((a.asname or a.name for a in aliases if a.name == "pandas"), pandas)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (
                attribute in _FRAMES_HAVE
            ):
                frames.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict()):
                dicts.add(name)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="pd"), attr=reads)),
            ) if reads.startswith("read_") or reads in ("DataFrame", "concat", "merge"):
                frames.add(name)
        if isinstance(node, ast.Call):
            callees.add(id(node.func))
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) else None
        while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            used.add(id(value))
            value = value.func.value
    return Known(pandas, names, frames, dicts, used, callees)


def build(template: str, **parts: ast.expr | str) -> ast.expr:
    """Parse an expression in which the parts stand where their names are."""

    class _Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            part = parts.get(node.id, node)
            return ast.Name(part, ast.Load()) if isinstance(part, str) else copy.deepcopy(part)

    expression: ast.Expression = _Put().visit(ast.parse(template, mode="eval"))
    return expression.body


def called(call: ast.Call) -> str:
    """Give the last name of what is called."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


_NONE_AT_ALL = object()


def constant(node: ast.expr | None) -> object:
    """Give the value of a constant; an object that equals no other otherwise."""
    return node.value if isinstance(node, ast.Constant) else _NONE_AT_ALL


# Arguments


def named_arguments(call: ast.Call, known: Known) -> ast.Call | None:
    """Name the arguments that may not be told by their place any more."""
    if any(isinstance(arg, ast.Starred) for arg in call.args):
        return None
    new = _split_as_today(call) if called(call) in _SPLITTERS else call
    args = new.args
    before, names = _places(new, known)
    more = [ast.keyword(key, arg) for key, arg in zip(names.split(), args[before:], strict=False)]
    if len(args) <= before + len(more):
        new = ast.Call(new.func, args[:before], [*more, *new.keywords])
    return new if ast.dump(new) != ast.dump(call) else None


def _places(call: ast.Call, known: Known) -> tuple[int, str]:
    """Give how many arguments keep their place, and the names of those behind them."""
    name, args = called(call), call.args
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    unchanged = len(args), ""
    if _is_numpy(of):
        return unchanged
    if isinstance(of, ast.Attribute) and of.attr == "str":
        return (1, "n expand") if name in ("split", "rsplit") else unchanged
    if name == "pivot" and not known.is_pandas(of):
        return 0, "index columns values"
    if name == "replace" and not (args and isinstance(constant(args[-1]), bool)):
        return unchanged  # a string takes a count there
    if name in REDUCTIONS and of is not None and len(args) == 1 and constant(args[0]) in (0, 1):
        return 0, "axis"
    return POSITIONAL.get(name, unchanged)


def _split_as_today(call: ast.Call) -> ast.Call:
    """Write `KFold(len(X), n_folds=5)` as `KFold(n_splits=5)`."""
    args = call.args
    keywords = [
        ast.keyword("n_splits", key.value) if key.arg in ("n_folds", "n_iter", "k") else key
        for key in call.keywords
        if key.arg != "n"
    ]
    given = len(keywords) < len(call.keywords) or any(
        new.arg != old.arg for new, old in zip(keywords, call.keywords, strict=False)
    )
    counts = (
        len(args) == 2 and type(constant(args[1])) is int and not isinstance(args[0], ast.Constant)
    )
    if args and (given or counts):
        args = args[1:]
    shuffles = {key.arg: constant(key.value) for key in keywords}.get("shuffle", False)
    if "KFold" in called(call) and len(args) < 2 and shuffles is False:
        keywords = [key for key in keywords if key.arg != "random_state"]  # which did nothing
    if args is call.args and keywords == call.keywords:
        return call
    return ast.Call(call.func, args, keywords)


def keyword_today(name: str, key: ast.keyword) -> ast.keyword | None:
    """Give a keyword as the function takes it today; None if it takes it no more."""
    changes, value = KEYWORDS.get(name, {}), constant(key.value)
    if key.arg in changes:
        today = changes[key.arg]
        return ast.keyword(today, key.value) if today else None
    if key.arg == "delim_whitespace":
        return ast.keyword("sep", ast.Constant(r"\s+")) if value else None
    if key.arg == "error_bad_lines":
        return None if value else ast.keyword("on_bad_lines", ast.Constant("skip"))
    if name == "SimpleImputer" and key.arg == "missing_values" and value in ("NaN", "nan"):
        return None
    if name.startswith("LogisticRegression") and key.arg == "penalty":
        # A ratio of penalties, and no C at all, say the same since 1.8.
        if value == "l1":
            return ast.keyword("l1_ratio", ast.Constant(1))
        if value in (None, "none"):
            return ast.keyword("C", build("float('inf')"))
        return None if value in ("l2", "elasticnet") else key
    if name == "between" and key.arg == "inclusive" and isinstance(value, bool):
        return ast.keyword("inclusive", ast.Constant("both" if value else "neither"))
    return key


# Calls


def as_today(call: ast.Call, known: Known) -> ast.expr | None:
    """Give what a call is today; None if that is what it was."""
    if isinstance(call.func, ast.Attribute):
        of = call.func.value
        new = _rewritten(call, of, known) or _method(call, of, known)
        if new:
            return new
    return _function(call, known)


def _rewritten(call: ast.Call, of: ast.expr, known: Known) -> ast.expr | None:
    """Write methods that are gone by others."""
    args = call.args
    match called(call), len(args), len(call.keywords):
        case "mad", 0, 0:
            return build("(x - x.mean()).abs().mean()", x=of)
        case "order", 0, 0:
            return build("x.sort_values()", x=of)
        case "sort", 1, _ if isinstance(constant(args[0]), str):
            return _call(of, "sort_values", args, call.keywords)
        case "sort", 0, _ if columns := _keyword(call, "columns"):
            return _call(of, "sort_values", [columns], _without(call, "columns"))
        case "get_value", 2, 0:
            return build("x.at[row, column]", x=of, row=args[0], column=args[1])
        case "clip_upper" | "clip_lower" as name, 1, 0:
            return _call(of, "clip", [], [ast.keyword(name.removeprefix("clip_"), args[0])])
        case "to_dict", 1, _ if constant(args[0]) in ("record", "r"):
            return _call(of, "to_dict", [ast.Constant("records")], call.keywords)
        case "strptime", 2, 0 if ast.unparse(of) == f"{known.pandas}.Timestamp":
            return build("pd.to_datetime(x, format=f)", pd=known.pandas, x=args[0], f=args[1])
        case "value_counts", 1, _ if known.is_pandas(of):
            return _call(build("pd.Series(x)", pd=of, x=args[0]), "value_counts", [], call.keywords)
        case name, 1 | 2, _ if known.is_pandas(of) and (window := _WINDOW.fullmatch(name)):
            size = [*args[1:], *filter(None, [_keyword(call, "window")])]
            of_windows = [key for key in call.keywords if key.arg in ("min_periods", "center")]
            windows = _call(args[0], window[1], size, of_windows)
            return _call(windows, window[2], [], _without(call, "window", "min_periods", "center"))
    return None


def _method(call: ast.Call, of: ast.expr, known: Known) -> ast.expr | None:
    """Give methods the arguments without which they do something else now."""
    name, args, given = called(call), call.args, {key.arg for key in call.keywords}
    of_strings = isinstance(of, ast.Attribute) and of.attr == "str"
    if name == "fillna" and "method" in given:
        how = _FILLS.get(str(constant(_keyword(call, "method"))))
        return _call(of, how, [], _without(call, "method", "value")) if how else None
    if name == "fillna" and isinstance(of, ast.Name) and len(args) == 1:
        return _filled_by_its_own(call, of)
    if name == "replace" and of_strings and args and "regex" not in given:
        text = constant(args[0])
        if isinstance(text, str) and len(text) > 1 and _PATTERN.search(text):
            return _with(call, "regex")
    if "numeric_only" not in given:
        of_groups = isinstance(of, ast.Call) and called(of) == "groupby"
        of_all = (name in ("corr", "cov") and not args) or name == "corrwith"
        if (of_groups and name in NUMERIC_ONLY) or of_all:
            return _with(call, "numeric_only")
    if name == "fit" and given & {"early_stopping_rounds", "eval_metric"}:
        return _fit(call, of)
    # A list's `append` has no keywords, and gives nothing that could be used.
    of_frame = given & {"ignore_index", "sort", "verify_integrity"} or id(call) in known.used
    if name == "append" and of_frame and len(args) == 1 and not _is_numpy(of):
        return _concatenated(call, of, known)
    return None


def _function(call: ast.Call, known: Known) -> ast.expr | None:
    name, args = called(call), call.args
    if name == "asscalar" and len(args) == 1:
        return build("x.item()", x=args[0])
    squared = constant(_keyword(call, "squared"))
    if name in ("mean_squared_error", "mean_squared_log_error") and isinstance(squared, bool | int):
        today = _renamed(call.func, name if squared else f"root_{name}")
        return ast.Call(today, args, _without(call, "squared"))
    if (
        name in DISPLAYS
        and name not in known.own
        and len(args) > 1
        and not _keyword(call, "classes")
    ):
        display = _renamed(call.func, DISPLAYS[name])
        return _call(display, "from_estimator", args, call.keywords)
    if name in TAKE_FREQUENCY or name == "to_period":
        return _as_often(call, periods=name == "to_period")
    return None


def _as_often(call: ast.Call, periods: bool) -> ast.expr | None:
    """Spell a call's frequency as today."""

    def today(node: ast.expr) -> ast.expr:
        text = constant(node)
        return ast.Constant(frequency(text, periods)) if isinstance(text, str) else node

    args = [arg if called(call).endswith("date_range") else today(arg) for arg in call.args]
    keywords = [
        ast.keyword(key.arg, today(key.value) if key.arg in ("freq", "rule") else key.value)
        for key in call.keywords
    ]
    new = ast.Call(call.func, args, keywords)
    return new if ast.dump(new) != ast.dump(call) else None


def _filled_by_its_own(call: ast.Call, of: ast.Name) -> ast.expr | None:
    """Write `df.fillna(df.mean(numeric_only=True))`."""
    match call.args[0]:
        case (
            ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="mean" | "median" | "std"),
                args=[],
                keywords=[],
            ) as filling
        ) if name == of.id:
            return ast.Call(call.func, [_with(filling, "numeric_only")], call.keywords)
    return None


def _fit(call: ast.Call, of: ast.expr) -> ast.expr | None:
    """Take from `fit` what only the constructor takes now."""
    model = ast.unparse(of).lower()
    if "cat" in model:  # CatBoost's still does
        return None
    light = "lgb" in model or "light" in model
    left = _without(call, "early_stopping_rounds", "" if light else "eval_metric")
    return ast.Call(call.func, call.args, left) if len(left) < len(call.keywords) else None


def _concatenated(call: ast.Call, of: ast.expr, known: Known) -> ast.expr:
    what = call.args[0]
    rows = [_as_frame(one, known) for one in (what.elts if isinstance(what, ast.List) else [what])]
    match of:
        case ast.Call(func=ast.Attribute(attr="concat"), args=[ast.List(elts=before)]):
            rows = [*before, *rows]
        case _:
            rows = [of, *rows]
    concat = build("pd.concat", pd=known.pandas)
    return ast.Call(concat, [ast.List(rows, ast.Load())], call.keywords)


def _as_frame(node: ast.expr, known: Known) -> ast.expr:
    """Make a frame of what is one row."""
    match node:
        case ast.Dict() | ast.Call(func=ast.Name(id="dict")):
            return build("pd.DataFrame([x])", pd=known.pandas, x=node)
        case ast.Name(id=name) if name in known.dicts:
            return build("pd.DataFrame([x])", pd=known.pandas, x=node)
        case ast.Call(func=ast.Attribute(attr="Series")):
            return build("x.to_frame().T", x=node)
    return node


def _is_numpy(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((key.value for key in call.keywords if key.arg == name), None)


def _without(call: ast.Call, *names: str) -> list[ast.keyword]:
    return [key for key in call.keywords if key.arg not in names]


def _with(call: ast.Call, name: str) -> ast.Call:
    """Set a keyword to True."""
    return ast.Call(call.func, call.args, [*call.keywords, ast.keyword(name, ast.Constant(True))])


def _call(of: ast.expr, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.Call:
    return ast.Call(ast.Attribute(of, name, ast.Load()), args, keywords)


def _renamed(callee: ast.expr, name: str) -> ast.expr:
    if isinstance(callee, ast.Attribute):
        return ast.Attribute(callee.value, name, ast.Load())
    return ast.Name(name, ast.Load())
