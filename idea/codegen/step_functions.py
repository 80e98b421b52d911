"""Statements as the functions of a module: named, with what they take and give."""

import ast
import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idea.analysis.statements import SourcedStatement
from idea.program.dataflow import effects
from idea.program.names_used import free_names, root

_LONGEST_STEP = 14
_KEYWORDS = frozenset("and or not if else for in is def class return from import with as".split())


@dataclass
class Function:
    """A step: statements of one cell, what they take and what they give."""

    name: str
    body: list[ast.stmt]
    takes: list[str]
    gives: list[str]
    cells: list[int]
    heading: str
    frame: str


def tidied(
    parts: Sequence[SourcedStatement], result: ast.expr, first: str, raw: Iterable[object] = ()
) -> tuple[list[SourcedStatement], ast.expr, str]:
    """Make one name of `df1`, `df2` and `df3`, and one statement of making and fitting.

    Args:
        parts: the statements.
        result: what they are for.
        first: the variable that is there from the start.
        raw: columns that are there from the start.

    Returns:
        Statements and result, and what that variable is called now.
    """
    parts = [SourcedStatement(copy.deepcopy(p.node), p.position, p.cell, p.heading) for p in parts]
    result = copy.deepcopy(result)
    parts = [_not_in_place(part) for part in parts]
    parts = _fitted_at_once(parts, result)
    number = 0
    while number < len(parts):
        node = parts[number].node
        match node:
            case ast.Assign(targets=[ast.Name(id=new)], value=value):
                old = root(_innermost(value)) if not isinstance(value, ast.Name) else value.id
                later: list[ast.AST] = [*(p.node for p in parts[number + 1 :]), result]
                before = [p.node for p in parts[:number]]
                if (
                    old
                    and old != new
                    and (_akin(old, new) or isinstance(value, ast.Name))
                    and not _uses(later, old)
                    and not _uses(before, new)
                    and (old == first or any(_stores(n, old) for n in before))
                    and not _has_nested(later, new)
                ):
                    for each in [node, *later]:
                        _rename(each, new, old)
                    if isinstance(node.value, ast.Name) and node.value.id == old:
                        del parts[number]
                        continue
        number += 1
    everything: list[ast.AST] = [*(p.node for p in parts), result]
    plain = re.sub(r"_?\d+$", "", first)
    if (
        plain
        and plain != first
        and not _uses(everything, plain)
        and not _has_nested(everything, plain)
    ):
        for each in everything:
            _rename(each, first, plain)
        first = plain
    parts = _alive_columns(parts, result, {str(name) for name in raw})
    return parts, result, first


def _alive_columns(
    parts: list[SourcedStatement], result: ast.expr, raw: set[str]
) -> list[SourcedStatement]:
    """Leave out columns that are made, only to be dropped again."""
    out = list(parts)
    for part in parts:
        match part.node:
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=str(name)))
                ]
            ):
                pass
            case _:
                continue
        later = out[out.index(part) + 1 :]
        if _mentions(result, name) or name in raw:
            continue
        if any(_makes_column(p.node, frame, name) for p in out if p is not part):
            continue
        for other in later:
            if _drops_only(other.node, name):
                out.remove(part)
                assert isinstance(other.node, ast.Assign)
                assert isinstance(other.node.value, ast.Call)
                assert isinstance(other.node.value.func, ast.Attribute)
                other.node.value = other.node.value.func.value
                break
            drops = _drop_list(other.node, name)
            if drops is not None:
                if len(drops.elts) > 1:
                    out.remove(part)
                    drops.elts = [
                        e
                        for e in drops.elts
                        if not (isinstance(e, ast.Constant) and e.value == name)
                    ]
                break
            if _mentions(other.node, name) or not _by_column(other.node, frame):
                break
    return out


def _makes_column(node: ast.stmt, frame: str, name: str) -> bool:
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=f), slice=ast.Constant(value=n))]):
            return f == frame and n == name
    return False


def _drops_only(node: ast.stmt, name: str) -> bool:
    """Whether a statement is ``new = frame.drop("name", axis=1)``."""
    match node:
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="drop")) as call,
        ):
            given = [
                *call.args[:1],
                *(k.value for k in call.keywords if k.arg in ("columns", "labels")),
            ]
            match given:
                case [ast.Constant(value=value)] | [ast.List(elts=[ast.Constant(value=value)])]:
                    return bool(value == name)
    return False


def _mentions(node: ast.AST, name: str) -> bool:
    return any(
        (isinstance(p, ast.Constant) and p.value == name)
        or (isinstance(p, ast.Attribute) and p.attr == name)
        for p in ast.walk(node)
    )


def _drop_list(node: ast.stmt, name: str) -> ast.List | None:
    """Give the list in which a column is dropped, if nothing else happens to it."""
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr="drop")):
                lists = [n for n in ast.walk(part) if isinstance(n, ast.List)]
                for found in lists:
                    if any(isinstance(e, ast.Constant) and e.value == name for e in found.elts):
                        return found
    return None


def _by_column(node: ast.stmt, frame: str) -> bool:
    """Whether a statement touches single columns of a frame only, or just gives it on."""
    match node:
        case ast.Assign(
            targets=[ast.Name()], value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="copy"))
        ):
            return True
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == frame:
            holders = [
                p
                for p in ast.walk(node)
                if isinstance(p, ast.Subscript | ast.Attribute) and p.value is part
            ]
            if not holders:
                return False
            holder = holders[0]
            if isinstance(holder, ast.Subscript) and not isinstance(holder.slice, ast.Constant):
                return False
            if isinstance(holder, ast.Attribute) and any(
                isinstance(p, ast.Call) and p.func is holder for p in ast.walk(node)
            ):
                return holder.attr == "drop"
    return True


class _Quiet(ast.NodeTransformer):
    """Leaves out what only prints or shows."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        match node.value:
            case ast.Call(func=ast.Name(id="print" | "display")):
                return None
            case ast.Call() as call if root(call.func) in ("plt", "sns"):
                return None
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


def _not_in_place(part: SourcedStatement) -> SourcedStatement:
    """``df.drop(…, inplace=True)`` as an assignment, as pandas has it from now on."""
    _Quiet().visit(part.node)
    for call in ast.walk(part.node):
        match call:
            case ast.Call(func=ast.Attribute(attr="drop"), keywords=keywords):
                if any(k.arg == "columns" for k in keywords):
                    call.keywords = [k for k in keywords if k.arg != "axis"]
    match part.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
            rest = [k for k in call.keywords if k.arg != "inplace"]
            if len(rest) < len(call.keywords):
                call.keywords = rest
                made = ast.Assign([ast.Name(name, ast.Store())], call)
                node = ast.fix_missing_locations(ast.copy_location(made, part.node))
                return SourcedStatement(node, part.position, part.cell, part.heading)
    return part


def _fitted_at_once(parts: list[SourcedStatement], result: ast.expr) -> list[SourcedStatement]:
    """``sc = Scaler()`` and ``sc = learn("sc", lambda: sc.fit(X))`` in one statement."""
    out = list(parts)
    for part in parts:
        match part.node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Name(id="learn"),
                    args=[
                        _,
                        ast.Lambda(
                            body=ast.Call(
                                func=ast.Attribute(value=ast.Name(id=own), attr="fit")
                            ) as fit
                        ),
                    ],
                ),
            ) if name == own:
                at = out.index(part)
                makers = [
                    p for p in out[:at] if isinstance(p.node, ast.Assign) and _stores(p.node, name)
                ]
                if not makers or not isinstance(makers[-1].node, ast.Assign):
                    continue
                maker = makers[-1]
                assert isinstance(maker.node, ast.Assign)
                between = [p.node for p in out[out.index(maker) + 1 : at]]
                if isinstance(maker.node.value, ast.Call) and not _uses(between, name):
                    if (
                        isinstance(maker.node.value.func, ast.Name)
                        and maker.node.value.func.id == "learn"
                    ):
                        continue
                    assert isinstance(fit.func, ast.Attribute)
                    fit.func.value = maker.node.value
                    out.remove(maker)
    return out


def constants(
    parts: list[SourcedStatement], result: ast.expr, names: Iterable[str]
) -> tuple[list[ast.stmt], list[SourcedStatement], ast.expr]:
    """Take lists and dicts that are written out, and never changed, to the top of the module.

    Args:
        parts: the statements.
        result: what they are for.
        names: what no constant may be called.
    """
    used = {*names, "COLUMNS"}
    made: dict[str, int] = {}
    for part in parts:
        effect = effects(part.node)
        for name in effect.makes | effect.changes:
            made[name] = made.get(name, 0) + 1
    taken: list[ast.stmt] = []
    rest: list[SourcedStatement] = []
    renamed: dict[str, str] = {}
    for part in parts:
        match part.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if made[
                name
            ] == 1 and _written_out(value):
                new = _constant_name(name)
                while new in used:
                    new += "_"
                used.add(new)
                renamed[name] = new
                taken.append(ast.Assign([ast.Name(renamed[name], ast.Store())], value))
            case _:
                rest.append(part)
    for part in rest:
        for old, new in renamed.items():
            _rename(part.node, old, new)
    for old, new in renamed.items():
        _rename(result, old, new)
    return [ast.fix_missing_locations(node) for node in taken], rest, result


def _written_out(node: ast.expr) -> bool:
    match node:
        case ast.List() | ast.Tuple() | ast.Dict() | ast.Set() | ast.Constant():
            return not any(isinstance(n, ast.Name | ast.Call | ast.Lambda) for n in ast.walk(node))
    return False


def _constant_name(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def functions(
    parts: list[SourcedStatement],
    result: ast.expr,
    first: str,
    outside: Iterable[str],
    taken: Iterable[str],
) -> list[Function]:
    """Group statements by their cell into functions.

    Args:
        parts: the statements.
        result: what they are for.
        first: the variable that the first function takes.
        outside: names that every function may use without taking them (`learn`, `y`).
        taken: names that no function may have.
    """
    groups: list[list[SourcedStatement]] = []
    for part in parts:
        last = groups[-1] if groups else None
        same = last and (
            last[-1].cell == part.cell or (part.heading and last[-1].heading == part.heading)
        )
        if last is not None and same and len(last) < _LONGEST_STEP:
            last.append(part)
        else:
            groups.append([part])
    made = {first}
    for part in parts:
        effect = effects(part.node)
        made |= effect.makes | effect.changes
    used_names = {*taken, *made, *outside}
    found: list[Function] = []
    for number, group in enumerate(groups):
        later: set[str] = free_names(result)
        for other in reversed(groups[number + 1 :]):
            later = _needs(other, later)
        needs = _needs(group, set())
        takes = sorted((needs & made) - set(outside), key=lambda n: (n != first, n))
        gives_set: set[str] = set()
        for part in group:
            effect = effects(part.node)
            gives_set |= effect.makes | effect.changes
        gives = sorted(gives_set & later, key=lambda n: (n != first, n))
        extra = [name for name in outside if name in needs]
        # What a branch or a loop only may make, has to be there before.
        name = _function_name(group, used_names)
        used_names.add(name)
        found.append(
            Function(
                name,
                [p.node for p in group],
                [*takes, *extra],
                gives,
                sorted({p.cell for p in group}),
                group[0].heading,
                first,
            )
        )
    # Groups that need much from one another are one.
    return found


def _needs(group: Sequence[SourcedStatement], after: set[str]) -> set[str]:
    wanted = set(after)
    for part in reversed(group):
        effect = effects(part.node)
        wanted = (wanted - effect.makes) | effect.uses
        if effect.changes & after:
            wanted |= effect.changes & after
    return wanted


def _function_name(group: list[SourcedStatement], taken: set[str]) -> str:
    name = _from_heading(group[0].heading)
    if not name or name in taken:
        name = _from_columns(group) or _from_variables(group)
    if name in _KEYWORDS:
        name += "_"
    base, number = name, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _from_heading(heading: str) -> str:
    words = re.findall(r"[a-z0-9]+", heading.lower().encode("ascii", "ignore").decode())
    words = [w for w in words if w not in ("the", "a", "an", "of", "step", "part")]
    while words and words[0][0].isdigit():
        words.pop(0)
    if not 1 <= len(words) <= 5 or len("_".join(words)) > 40:
        return ""
    return "_".join(words)


def _from_columns(group: list[SourcedStatement]) -> str:
    names: list[str] = []
    for part in group:
        match part.node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]):
                names.append(name)
            case ast.Assign(targets=[ast.Attribute(attr=name)]) if name not in ("columns", "index"):
                names.append(name)
    slugs = [s for s in dict.fromkeys(_slug(n) for n in names) if s]
    if not slugs:
        return ""
    name = "_and_".join(slugs) if len(slugs) < 3 else f"{slugs[0]}_and_more"
    return name if len(name) <= 40 else slugs[0][:40]


def _from_variables(group: list[SourcedStatement]) -> str:
    text = " ".join(ast.unparse(part.node) for part in group)
    for word, name in (
        ("get_dummies", "dummies"),
        ("LabelEncoder", "encoded"),
        ("Scaler", "scaled"),
        ("PCA", "components"),
        ("fillna", "filled"),
        (".drop(", "dropped"),
        (".columns", "renamed"),
    ):
        if word in text:
            return name
    for part in reversed(group):
        for name in sorted(effects(part.node).makes):
            if name.lower() in ("x", "inputs", "x_train", "features"):
                return "inputs"
            if name.lower() in ("y", "y_train", "target", "labels"):
                return "target"
            if _slug(name):
                return f"made_{_slug(name)}"
    return "shaped"


def _slug(text: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    name = "_".join(words).lower()
    return f"column_{name}" if name[:1].isdigit() else name


def _akin(one: str, other: str) -> bool:
    """Whether two names are one with an ending: `df1` and `df2`, `X` and `X_train`."""

    def stem(name: str) -> str:
        return (re.sub(r"(_[a-z0-9]+|\d+)+$", "", name) or name).lower()

    return stem(one) == stem(other)


def _innermost(node: ast.expr) -> ast.expr:
    match node:
        case ast.Call(func=ast.Attribute(value=inner), args=args):
            bottom = root(inner)
            if bottom is None or bottom in ("learn", "pd", "np"):
                for argument in args:
                    if root(argument):
                        return argument
            return inner
        case ast.Call(args=args):
            return next((a for a in args if root(a)), node)
    return node


def _uses(nodes: Iterable[ast.AST], name: str) -> bool:
    return any(isinstance(p, ast.Name) and p.id == name for n in nodes for p in ast.walk(n))


def _stores(node: ast.AST, name: str) -> bool:
    return any(
        isinstance(p, ast.Name) and p.id == name and isinstance(p.ctx, ast.Store)
        for p in ast.walk(node)
    )


def _has_nested(nodes: Iterable[ast.AST], name: str) -> bool:
    """Whether a function or lambda has a parameter of that name."""
    return any(isinstance(p, ast.arg) and p.arg == name for n in nodes for p in ast.walk(n))


def _rename(node: ast.AST, old: str, new: str) -> None:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == old:
            part.id = new
