"""Writes `features.py` and `prepare.py`: the notebook's own statements, as steps."""

import ast
import builtins
import copy
import keyword
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from idea.analysis import Idea
from idea.analysis.row_filters import keeping_index
from idea.analysis.statements import SourcedStatement
from idea.codegen.formatter import layout
from idea.codegen.step_functions import Function, constants, functions, tidied
from idea.knowledge.preprocessing import UNSEEN_VALUES
from idea.program import Script
from idea.program.dataflow import effects
from idea.program.names_used import free_names

_STDLIB = frozenset(
    "re math datetime collections itertools functools string random os sys time json typing "
    "statistics operator calendar decimal fractions warnings pathlib unicodedata".split()
)
_WRAPPED = {
    "sklearn.preprocessing.LabelEncoder": "LabelEncoder",
}
_LEARNED = "steps.learned"  # module of the rendered package
_RESERVED = frozenset({"features", "preprocessing", "prepare", "learn", "y", "table", "pd", "np"})


@dataclass(frozen=True)
class GeneratedModule:
    """The text of a module, and the functions in it that are steps."""

    text: str
    steps: tuple[Function, ...]


class Module:
    """The parts of a module, written out by `text`."""

    def __init__(self, idea: Idea, doc: str) -> None:
        """Start a module with its docstring."""
        self.idea = idea
        self.doc = doc
        self.local: dict[str, list[str]] = {}
        self.imports: dict[str, str] = {"pd": "pandas"}
        self.typing: set[str] = set()
        self.blocks: list[str] = []
        self.encoders: dict[str, str] = {}  # imports of encoders that are named anew

    def add(self, nodes: Sequence[ast.stmt]) -> None:
        """Add statements at the top level."""
        self.blocks.append(layout(nodes, python=self.python).rstrip("\n"))

    @property
    def python(self) -> tuple[int, int]:
        """The oldest Python that the module is for."""
        return (3, 11)

    def helpers(self, names: Iterable[str], keep_index: bool = False) -> None:
        """Add the notebook's own functions and classes that some names stand for."""
        script = self.idea.script
        wanted, seen, order = list(names), set(), []
        while wanted:
            name = wanted.pop()
            own = script.functions.get(name) or script.classes.get(name)
            if own is None or name in seen:
                continue
            seen.add(name)
            order.append(own)
            wanted += sorted(free_names(own))
        position = {id(step.node): at for at, step in enumerate(script.program.steps)}
        for own in sorted(order, key=lambda node: position.get(id(node), 0)):
            self.need(own)
            self.need_values(own)
            self.add(list(keeping_index([own])) if keep_index else [own])

    def need_values(self, node: ast.AST) -> None:
        """Add the values at the top of the notebook that one of its functions counts on."""
        program = self.idea.script.program
        for name in sorted(free_names(node)):
            found = program.last_value(name, self.idea.reading.fit.position)
            if name in self.idea.script.imports:
                continue
            at = self.idea.reading.fit.position
            while found is None and at > 0:  # made by something else later on
                at -= 1
                found = program.last_value(name, at)
            if found is None:
                continue
            value = found[0]
            if all(isinstance(n, _PLAIN) for n in ast.walk(value)):
                made = ast.Assign([ast.Name(name, ast.Store())], value)
                self.add([ast.fix_missing_locations(made)])
            else:
                statement = program.steps[found[1]].node
                if isinstance(statement, ast.Assign) and isinstance(
                    statement.targets[0], ast.Tuple
                ):
                    self.need(statement)
                    self.add([statement])

    def need(self, node: ast.AST) -> None:
        """Import what a piece of code uses."""
        imports = {**self.encoders, **self.idea.script.imports, **self.idea.reading.imports}
        for name in free_names(node):
            if name in imports:
                path = imports[name]
                if path in _WRAPPED and self.local.get(_LEARNED) is not None:
                    if name not in self.local[_LEARNED]:
                        self.local[_LEARNED].append(name)
                else:
                    self.imports[name] = path

    def text(self) -> str:
        """Write the module."""
        lines = [f'"""{self.doc}"""', ""]
        sections: list[list[str]] = [[], [], []]
        froms: list[dict[str, set[str]]] = [{}, {}, {}]
        for name, path in self.imports.items():
            section = 0 if path.split(".")[0] in _STDLIB else 1
            module, _, last = path.rpartition(".")
            if not module:
                sections[section].append(f"import {path}" + (f" as {name}" if name != path else ""))
            else:
                froms[section].setdefault(module, set()).add(
                    last if last == name else f"{last} as {name}"
                )
        for name in self.typing:
            froms[0].setdefault("typing", set()).add(name)
        for module, names in self.local.items():
            if names:
                froms[2].setdefault(f".{module}", set()).update(names)
        for plain, found in zip(sections, froms, strict=True):
            plain.sort(key=lambda line: line.split()[1].lower())
            for module in sorted(found, key=str.lower):
                members = ", ".join(sorted(found[module], key=_import_order))
                plain += layout(ast.parse(f"from {module} import {members}").body).splitlines()
            if plain:
                lines += [*plain, ""]
        first = self.blocks[0]
        gap = "\n\n" if first.startswith(("def ", "class ", "@")) else "\n"
        return "\n".join(lines) + gap + "\n\n\n".join(self.blocks) + "\n"


_PLAIN = (
    ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Load, ast.UnaryOp, ast.USub, ast.UAdd,
)  # fmt: skip


def _import_order(name: str) -> tuple[int, str]:
    first = name.split(" ")[0]
    return (0 if first.isupper() else 1 if first[:1].isupper() else 2, first)


def features_module(idea: Idea, name: str) -> GeneratedModule:
    """Write `features.py`.

    Args:
        idea: what was read.
        name: the notebook's name in the repo.
    """
    reading = idea.reading
    assert reading.result is not None
    module = Module(
        idea,
        "The notebook's feature steps: what is learned, is learned from training rows and kept.\n\n"
        f"Their statements are those of notebooks/{name};\n"
        "docs/from-the-notebook.md says which cell became what.\n",
    )
    module.local[_LEARNED] = ["Learned", "Steps", "as_read"]
    module.typing.add("Any")
    unseen = _Unseen(idea.script, module.encoders)
    parts = [unseen.statement(part) for part in reading.features]
    result = unseen.visit(copy.deepcopy(reading.result))
    if _hidden(idea):  # no dummies are made of the target here
        *parts, last = _forgiving(
            [*parts, SourcedStatement(ast.Expr(result), 0, 0, "")],
            {str(name) for name in reading.raw},
        )
        assert isinstance(last.node, ast.Expr)
        result = last.node.value
    for part in parts:
        _rename_all(part.node, reading.slices.y_names)
    _rename_all(result, reading.slices.y_names)
    parts, result, frame = tidied(parts, result, reading.frame, reading.raw)
    imports = {**module.encoders, **idea.script.imports}
    tops, parts, result = constants(parts, result, imports)
    columns = list(reading.raw)
    sources = _hidden(idea)
    columns = [c for c in columns if str(c) not in sources]
    tops.insert(0, _assign("COLUMNS", columns))
    taken = {*_RESERVED, *imports, *idea.script.functions, *dir(builtins)}
    steps = functions(parts, result, frame, ("learn", "y"), taken)
    for part in [*parts, SourcedStatement(ast.Expr(result), 0, 0, "")]:
        module.need(part.node)
    used = {n for p in parts for n in free_names(p.node)} | free_names(result)
    module.blocks.append(
        "# The table's columns as the notebook has them; those that are not given come as 0.\n"
        + layout(tops[:1]).rstrip("\n")
    )
    if tops[1:]:
        module.blocks[-1] += "\n\n" + layout(tops[1:]).rstrip("\n")
    module.helpers(used)
    for step in steps:
        module.blocks.append(_function(step, idea, learns=True))
    module.blocks.append(_features_class(steps, result, frame, idea))
    if idea.estimator.before:
        *helpers, preprocessing = _preprocessing(idea, module, unseen)
        module.blocks[-1:-1] = helpers
        module.blocks.append(preprocessing)
    return GeneratedModule(module.text(), tuple(steps))


def prepare_module(idea: Idea, name: str, target: str) -> GeneratedModule:
    """Write `prepare.py`."""
    reading = idea.reading
    what = "rows that the notebook leaves out" if reading.kept else ""
    made = "target that it makes" if reading.y is not None else ""
    module = Module(
        idea,
        f"The {' and the '.join(w for w in (what, made) if w)}, before anything is split.\n\n"
        f"The statements are those of notebooks/{name}.\n",
    )
    parts = _forgiving(reading.prepare, {str(name) for name in reading.raw})
    y = copy.deepcopy(reading.y)
    result = ast.Tuple(
        [
            *([ast.Name(reading.kept, ast.Load())] if reading.kept else []),
            *([y] if y is not None else []),
        ],
        ast.Load(),
    )
    parts, result, frame = tidied(parts, result, reading.frame, reading.raw)  # type: ignore[assignment]
    tops, parts, result = constants(parts, result, idea.script.imports)  # type: ignore[assignment]
    taken = {*_RESERVED, *idea.script.imports, *idea.script.functions, *dir(builtins)}
    steps = functions(parts, result, frame, (), taken)
    module.local = {_LEARNED: ["as_read"]}
    for part in [*parts, SourcedStatement(ast.Expr(result), 0, 0, "")]:
        _need_plain(module, part.node)
    if tops:
        module.blocks.append(layout(tops).rstrip("\n"))
    used = {n for p in parts for n in free_names(p.node)} | free_names(result)
    module.helpers(used, keep_index=True)
    for step in steps:
        module.blocks.append(_function(step, idea, learns=False))
    body = ["    table = table.reset_index(drop=True)"]
    columns = (
        repr(list(reading.raw))
        if reading.raw and not all(isinstance(c, str) for c in reading.raw)
        else "table.columns"
    )
    body.append(f"    {frame} = as_read(table, {columns}{_dates(idea)})")
    body += [f"    {line}" for step in steps for line in _call(step)]
    if reading.kept:
        kept = ast.unparse(result.elts[0])
        body.append(f"    table = table.loc[{kept}.index]")
    if y is not None:
        value = layout([ast.Expr(result.elts[-1])]).strip()
        is_argument = target.isidentifier() and not keyword.iskeyword(target)
        given = f"{target}={value}" if is_argument else f"**{{{target!r}: {value}}}"
        body.append(f"    return table.assign({given})")
    else:
        body.append("    return table")
    source = (
        "def prepare(table: pd.DataFrame) -> pd.DataFrame:\n"
        '    """Give the rows to learn from, with their target."""\n' + "\n".join(body)
    )
    module.blocks.append(_laid_out(source))
    if any(typed in "\n".join(module.blocks) for typed in (": Any", "-> Any")):
        module.typing.add("Any")
    return GeneratedModule(module.text(), tuple(steps))


def _forgiving(parts: Sequence[SourcedStatement], raw: set[str]) -> list[SourcedStatement]:
    """Let a drop pass over columns that nothing makes here, since nothing needs them."""
    made = {
        part.value
        for p in parts
        if not isinstance(p.node, ast.Expr)
        for target in getattr(p.node, "targets", [])
        for part in ast.walk(target)
        if isinstance(part, ast.Constant)
    }
    out = []
    for p in parts:
        node = copy.deepcopy(p.node)
        for call in ast.walk(node):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr != "drop" or any(k.arg == "errors" for k in call.keywords):
                continue
            dropped = {c.value for c in ast.walk(call) if isinstance(c, ast.Constant)}
            names = {n for n in dropped if isinstance(n, str)} - {"columns", "index", "rows"}
            if names and not names <= raw | made:
                call.keywords.append(ast.keyword("errors", ast.Constant("ignore")))
        out.append(SourcedStatement(ast.fix_missing_locations(node), p.position, p.cell, p.heading))
    return out


def _need_plain(module: Module, node: ast.AST) -> None:
    imports = module.idea.script.imports
    for name in free_names(node):
        if name in imports:
            module.imports[name] = imports[name]


def _laid_out(source: str) -> str:
    return layout(ast.parse(source).body).rstrip("\n")


def _hidden(idea: Idea) -> set[str]:
    """Raw columns that the notebook's frame no longer has where the target's dummies are."""
    reading = idea.reading
    raw = [str(c) for c in reading.raw]
    if reading.target in raw:
        return set()
    return {c for c in raw if reading.target.startswith(f"{c}_") and c not in reading.used}


def _rename_all(node: ast.AST, names: Set[str]) -> None:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in names:
            part.id = "y"


class _Unseen(ast.NodeTransformer):
    """Lets encoders meet values that they never saw; on those that they saw nothing changes."""

    def __init__(self, script: Script, imports: dict[str, str]) -> None:
        """Take the notebook's program, and where to note imports of what gets another name."""
        self.script = script
        self.imports = imports

    def statement(self, part: SourcedStatement) -> SourcedStatement:
        """Give a statement whose encoders meet new values."""
        node = self.visit(copy.deepcopy(part.node))
        return replace(part, node=ast.fix_missing_locations(node))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        options = UNSEEN_VALUES.get(self.script.path(node.func) or "")
        if options and not any(k.arg in ("handle_unknown",) for k in node.keywords):
            node.keywords += [ast.keyword(k, ast.Constant(v)) for k, v in options.items()]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        wrapped = _WRAPPED.get(self.script.path(node) or "")
        if wrapped:
            self.imports[wrapped] = "sklearn.preprocessing.LabelEncoder"
            return ast.Name(wrapped, node.ctx)
        return node


def _assign(name: str, values: Sequence[Any]) -> ast.stmt:
    if list(values) == list(range(len(values))):
        value: ast.expr = ast.parse(f"list(range({len(values)}))", mode="eval").body
    else:
        value = ast.List([ast.Constant(v) for v in values], ast.Load())
    return ast.fix_missing_locations(ast.Assign([ast.Name(name, ast.Store())], value))


def _call(step: Function) -> Iterator[str]:
    call = f"{step.name}({', '.join(step.takes)})"
    yield f"{', '.join(step.gives)} = {call}" if step.gives else call


def _function(step: Function, idea: Idea, learns: bool) -> str:
    frame = step.frame

    def typed(name: str) -> str:
        return "pd.DataFrame" if name == frame else "Learned" if name == "learn" else "Any"

    arguments = ", ".join(f"{name}: {typed(name)}" for name in step.takes)
    gives = typed(step.gives[0]) if len(step.gives) == 1 else "Any" if step.gives else "None"
    given = f"\n    return {', '.join(step.gives)}" if step.gives else ""
    number = ", ".join(str(cell) for cell in step.cells)
    cells = f"cell {number}" if len(step.cells) == 1 else f"cells {number}"
    title = step.heading or ""
    said = f"{title.strip().rstrip('.')} ({cells})." if title else f"{cells.capitalize()}."
    said = said.replace("\\", "").replace('"', "'")
    said = said[:1].upper() + said[1:]
    if len(said) > 85:
        said = f"{cells.capitalize()}."
    body = [*step.body]
    if step.gives and body:
        last = body[-1]
        match last:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if step.gives == [name]:
                body[-1] = ast.Return(value)
                given = ""
    function = ast.parse(f"def {step.name}({arguments}) -> {gives}:\n    {said!r}{given}").body[0]
    assert isinstance(function, ast.FunctionDef)
    ends = function.body[1:]
    function.body = [function.body[0], *body, *ends]
    return layout([ast.fix_missing_locations(function)]).rstrip("\n")


def _dates(idea: Idea) -> str:
    found = sorted({str(name) for name in idea.reading.raw} & set(idea.summary.dates))
    return f", dates={found!r}" if found else ""


def _features_class(steps: list[Function], result: ast.expr, frame: str, idea: Idea) -> str:
    given = f", {{{idea.reading.target!r}: y}}" if idea.reading.learns_of_target else ""
    given += _dates(idea)
    body = [f"        {frame} = as_read(X, COLUMNS{given})"]
    body += [f"        {line}" for step in steps for line in _call(step)]
    source = (
        "class Features(Steps):\n"
        '    """What the notebook fits its model to."""\n\n'
        "    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:\n"
        '        """Every step, in the notebook\'s order."""\n'
        + "\n".join(body)
        + "\n        return None"
    )
    tree = ast.parse(source)
    method = tree.body[0].body[-1]  # type: ignore[attr-defined]
    method.body[-1] = ast.Return(result)
    return layout([ast.fix_missing_locations(tree.body[0])]).rstrip("\n")


def _preprocessing(idea: Idea, module: Module, unseen: _Unseen) -> list[str]:
    """The function that makes the steps of the notebook's pipeline before its model."""
    script, reading = idea.script, idea.reading
    steps = idea.estimator.before
    names = {n for _, expr in steps for n in free_names(expr)}
    program = script.program
    positions = program.backward_slice(names, reading.fit.position)
    body: list[ast.stmt] = []
    frames: set[str] = set()
    wanted = set(names)
    kept: list[ast.stmt] = []
    last = max(reading.slices.X_lineage, default=-1)
    for position in reversed(positions):
        node = program.steps[position].node
        makes = program.effects[position].makes | program.effects[position].changes
        if _has_fit(node):
            makes = program.effects[position].makes
        if not makes & wanted:
            continue
        holding = reading.slices.rows_at[position + 1]
        told = makes & holding or program.steps[position].role
        # What is made of the features themselves is made here too.
        if told and (position <= last or program.steps[position].role or _fits(node)):
            frames |= makes & holding
            continue
        if _fits(node):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        kept.append(node)
        wanted |= program.effects[position].uses
    body = [copy.deepcopy(n) for n in reversed(kept)]
    own = {n for b in body for n in effects(b).makes}
    frames |= {
        n for b in body for n in free_names(b) if n in reading.slices.rows_at[reading.fit.position]
    }
    frames = (frames | {reading.frame}) - own
    for node in body:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in frames:
                part.id = "X"
    body = [unseen.visit(n) for n in body]
    pairs: list[ast.expr] = [
        ast.Tuple([ast.Constant(name), unseen.visit(copy.deepcopy(e))], ast.Load())
        for name, e in steps
    ]
    if len(steps) == 1:
        made: ast.expr = unseen.visit(copy.deepcopy(steps[0][1]))
    else:
        module.imports["Pipeline"] = "sklearn.pipeline.Pipeline"
        made = ast.Call(ast.Name("Pipeline", ast.Load()), [ast.List(pairs, ast.Load())], [])
    body.append(ast.Return(made))
    source = '''def preprocessing(X: Any) -> Any:
    """What the notebook\'s pipeline does before its model, unfitted."""
'''
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body += body
    for node in body:
        module.need(node)
    used = {n for node in body for n in free_names(node)}
    already = "\n".join(module.blocks)
    fresh = {n for n in used if f"def {n}(" not in already and f"class {n}(" not in already}
    at = len(module.blocks)
    module.helpers(fresh)
    helpers = module.blocks[at:]
    del module.blocks[at:]
    return [*helpers, layout([ast.fix_missing_locations(function)]).rstrip("\n")]


def _has_fit(node: ast.stmt) -> bool:
    return any(
        isinstance(p, ast.Attribute) and p.attr in ("fit", "fit_transform") for p in ast.walk(node)
    )


def _fits(node: ast.stmt) -> bool:
    return any(
        isinstance(p, ast.Call)
        and isinstance(p.func, ast.Attribute)
        and p.func.attr in ("fit", "fit_transform")
        for p in ast.walk(node)
    ) and not isinstance(node, ast.Assign)
