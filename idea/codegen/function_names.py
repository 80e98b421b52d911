"""Names for the functions of a module, from what their statements do or the heading above them."""

import ast
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import count

from idea.analysis.statements import SourcedStatement
from idea.knowledge.deeds import DEEDS, MASKS
from idea.names import snake_case
from idea.program.dataflow import effects
from idea.syntax import callee_name, walk

_LONGEST = 40  # characters of a name
_MOST_WORDS = 5  # of a heading that makes a name


def function_name(group: Sequence[SourcedStatement], known: Set[str], taken: Set[str]) -> str:
    """Name the function that holds some statements.

    A single statement is named after what it does. Several have the name of the heading above them,
    if that makes one, and else are named after what they do.

    Args:
        group: the statements.
        known: columns that are there before them.
        taken: names that are in use.
    """
    nodes = [part.node for part in group]
    deed = _from_columns(nodes, known) or _from_calls(nodes)
    heading = _from_heading(group[0].heading)
    names = [deed, heading] if len(group) == 1 else [heading, deed]
    names = [name for name in (*names, _from_variables(nodes)) if name] or ["update"]
    return next((name for name in names if name not in taken), _numbered(names[0], taken))


def stored_columns(node: ast.stmt) -> list[str]:
    """List the columns that a statement assigns, by subscript or as attributes."""
    assigned = [part for part in walk(node) if isinstance(part, ast.Assign)]
    return [name for each in assigned for target in each.targets for name in _columns(target)]


def _columns(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            yield name
        case ast.Subscript(slice=ast.List(elts=elts)):
            yield from (str(e.value) for e in elts if isinstance(e, ast.Constant))
        case ast.Attribute(attr=name) if name not in ("columns", "index"):
            yield name
        case ast.Tuple(elts=elts):
            for each in elts:
                yield from _columns(each)


def _numbered(name: str, taken: Set[str]) -> str:
    return next(free for n in count(2) if (free := f"{name}_{n}") not in taken)


def _from_heading(heading: str) -> str:
    words = re.findall(r"[a-z0-9]+", heading.lower().encode("ascii", "ignore").decode())
    words = [w for w in words if w not in ("the", "a", "an", "of", "step", "part")]
    while words and words[0][0].isdigit():
        words.pop(0)
    name = "_".join(words)
    fits = 1 <= len(words) <= _MOST_WORDS and len(name) <= _LONGEST
    return name if fits and not keyword.iskeyword(name) else ""


def _from_columns(nodes: Sequence[ast.stmt], known: Set[str]) -> str:
    """Say `add_ratio` where columns are new, `fill_age` where a column is changed."""
    columns = list(dict.fromkeys(name for node in nodes for name in stored_columns(node)))
    slugs = [slug for slug in map(snake_case, columns) if slug]
    if not slugs:
        return ""
    new = [name for name in columns if name not in known and not _is_changed(nodes, name)]
    verb, _ = _deed(nodes) if len(nodes) == 1 else ("", "")
    verb = "add" if new else verb or "update"
    return _joined(verb, [snake_case(name) for name in new or columns])


def _is_changed(nodes: Iterable[ast.stmt], column: str) -> bool:
    """Tell whether the first statement that assigns a column uses it too."""
    for node in nodes:
        if column in stored_columns(node):
            uses = [part.value for part in walk(node) if isinstance(part, ast.Assign)]
            return any(
                (isinstance(part, ast.Constant) and part.value == column)
                or (isinstance(part, ast.Attribute) and part.attr == column)
                for value in uses[:1]
                for part in walk(value)
            )
    return False


def _from_calls(nodes: Sequence[ast.stmt]) -> str:
    """Say `drop_id` or `scale_features` where a frame is changed as a whole."""
    verb, thing = _deed(nodes)
    if not verb and any(map(_filters, nodes)):
        return "filter_rows"
    selected = [name for node in nodes for name in _selected(node)]
    if verb == "drop" and thing == "columns" and len(nodes) == 1:
        return _joined(verb, [snake_case(name) for name in _dropped(nodes[0])] or [thing])
    if not verb and selected:
        return _joined("select", [snake_case(name) for name in selected if name] or ["columns"])
    return f"{verb}_{thing}" if verb else ""


def _from_variables(nodes: Sequence[ast.stmt]) -> str:
    """Say `make_bins`, after the variable that is made last."""
    made = [snake_case(name) for node in nodes for name in sorted(effects(node).makes)]
    return f"make_{made[-1]}" if made and made[-1] else ""


def _deed(nodes: Sequence[ast.stmt]) -> tuple[str, str]:
    """Find the verb and object of the most telling call in some statements."""
    if any(isinstance(node, ast.Delete) for node in nodes):
        return ("drop", "columns")
    called = {
        callee_name(part) for node in nodes for part in walk(node) if isinstance(part, ast.Call)
    }
    return next((deed for name, deed in DEEDS.items() if name in called), ("", ""))


def _selected(node: ast.stmt) -> list[str]:
    """List the columns that ``y = df["a"]`` or ``X = df[names]`` takes, "" for several."""
    match node:
        case ast.Assign(targets=[ast.Name()], value=ast.Subscript(slice=ast.Constant(value=name))):
            return [str(name)]
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=name)]),
        ):
            return [str(name)]
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Subscript(slice=ast.List() | ast.Name() | ast.Tuple(elts=[ast.Slice(), _])),
        ):
            return [""]
    return []


def _filters(node: ast.stmt) -> bool:
    """Tell whether a statement is ``df = df[df["age"] > 30]``, or the same with `loc`."""
    match node:
        case ast.Assign(value=ast.Subscript(slice=ast.Tuple(elts=[rows, *_]))):
            return _is_mask(rows)
        case ast.Assign(value=ast.Subscript(slice=rows)):
            return _is_mask(rows)
    return False


def _is_mask(node: ast.expr) -> bool:
    match node:
        case ast.Compare() | ast.UnaryOp(op=ast.Invert()):
            return True
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return True
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in MASKS
    return False


def _dropped(node: ast.stmt) -> list[str]:
    """List the columns that a statement drops by name."""
    for call in walk(node):
        match call:
            case ast.Delete(targets=[ast.Subscript(slice=ast.Constant(value=name))]):
                return [str(name)]
            case ast.Call(func=ast.Attribute(attr="drop"), args=args, keywords=keywords):
                named = [k.value for k in keywords if k.arg in ("columns", "labels")]
                parts = [part for each in [*args[:1], *named] for part in walk(each)]
                texts = [part.value for part in parts if isinstance(part, ast.Constant)]
                return [text for text in texts if isinstance(text, str)]
    return []


def _joined(verb: str, names: Sequence[str]) -> str:
    """Make a name of a verb and one, two or more objects."""
    several = f"{names[0]}_and_more"
    name = f"{verb}_{'_and_'.join(names) if len(names) < 3 else several}"
    return name if len(name) <= _LONGEST else f"{verb}_{names[0]}"[:_LONGEST].rstrip("_")
