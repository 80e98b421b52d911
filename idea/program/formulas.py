"""Models of formulas: the columns that these name, on the left of `~` and on its right."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from idea.knowledge.estimators import FORMULA_MODELS
from idea.syntax import constant, import_path, walk

_QUOTED = re.compile(r"""\bQ\(\s*(['"])(.*?)\1\s*\)""")


@dataclass(frozen=True)
class Formula:
    """What a formula takes of a table.

    Attributes:
        target: the column on its left.
        columns: the columns that its right names, in order.
        table: the expression of the table.
    """

    target: str
    columns: tuple[str, ...]
    table: ast.expr

    @property
    def rows(self) -> ast.expr:
        """The columns of the right, as they are."""
        names: list[ast.expr] = [ast.Constant(name) for name in self.columns]
        return ast.Subscript(self.table, ast.List(names, ast.Load()), ast.Load())

    @property
    def targets(self) -> ast.expr:
        """The column of the left."""
        return ast.Subscript(self.table, ast.Constant(self.target), ast.Load())


def read_formula(call: ast.Call) -> Formula | None:
    """Read ``ols("sales ~ area + C(kind)", data=df)``; None if it can't be told what it takes."""
    given = dict(zip(("formula", "data"), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    text = constant(given.get("formula", given.get("formula_like")))
    table = given.get("data")
    if not isinstance(text, str) or not isinstance(table, ast.Name):
        return None
    left, tilde, right = text.partition("~")
    targets, columns = _names(left), _names(right)
    if not tilde or targets is None or not columns or left.strip() not in _as_written(targets):
        return None
    kept = tuple(name for name in columns if name not in targets)
    return Formula(targets[0], kept, table) if len(targets) == 1 and kept else None


def is_of_formula(model: ast.expr, names: Set[str]) -> bool:
    """Tell whether an expression is a model of a formula.

    Args:
        model: the expression.
        names: variables that hold such models.
    """
    match model:
        case ast.Name(id=name):
            return name in names
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in FORMULA_MODELS and read_formula(model) is not None
    return False


def made_of_formula(tree: ast.Module, imports: Mapping[str, str]) -> Iterator[str]:
    """Give the functions that code calls to make models of a formula.

    Args:
        tree: the code.
        imports: dotted paths by the names that they are imported as.
    """
    for call in walk(tree):
        if isinstance(call, ast.Call):
            path = import_path(call.func, imports) or ""
            root, _, name = path.rpartition(".")
            is_model = root.startswith("statsmodels") and name in FORMULA_MODELS
            if is_model and read_formula(call) is not None:
                yield path


def models_of_formulas(tree: ast.Module) -> Iterator[str]:
    """Give the variables that code assigns a model of a formula to."""
    for node in walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if isinstance(value, ast.Call) and is_of_formula(value, frozenset()):
                    yield name


def _as_written(names: list[str]) -> set[str]:
    return {form for name in names for form in (name, f"Q('{name}')", f'Q("{name}")')}


def _names(side: str) -> list[str] | None:
    """Give the columns that a side of a formula names; None if it is no expression."""
    quoted: list[str] = []

    def placed(match: re.Match[str]) -> str:
        quoted.append(match[2])
        return f"quoted_{len(quoted) - 1}"

    plain = _QUOTED.sub(placed, side).strip().replace(":", "+").replace("\n", " ")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    skipped = {id(part.func) for part in walk(tree) if isinstance(part, ast.Call)}
    skipped |= {id(part.value) for part in walk(tree) if isinstance(part, ast.Attribute)}
    names = [
        (part.col_offset, part.id)
        for part in walk(tree)
        if isinstance(part, ast.Name) and id(part) not in skipped
    ]
    by_place = {f"quoted_{at}": name for at, name in enumerate(quoted)}
    return list(dict.fromkeys(by_place.get(name, name) for _, name in sorted(names)))
