"""Writes `features.py`: the notebook's statements that make features, as functions."""

import ast
import builtins
from collections.abc import Sequence
from dataclasses import replace

from idea.analysis import Idea
from idea.analysis.statements import SourcedStatement
from idea.analysis.target import is_dummy
from idea.codegen.dropped_columns import ignoring_missing
from idea.codegen.formatter import layout
from idea.codegen.module_writer import (
    LEARNED,
    LOOK_UPS,
    RESERVED,
    GeneratedModule,
    ModuleWriter,
    dates_argument,
)
from idea.codegen.preprocessing_function import preprocessing_function
from idea.codegen.step_functions import Function, constants, functions, used_of_the_module
from idea.codegen.tidy import tidied
from idea.codegen.unseen_values import UnseenValues
from idea.program.names_used import free_names
from idea.syntax import mentions, walk

_DOC = """The notebook's feature steps; aggregates are computed on training rows only, and kept.

Their statements are those of notebooks/{name};
docs/from-the-notebook.md says which cell became what.
"""


def features_module(idea: Idea, name: str) -> GeneratedModule:
    """Write `features.py`.

    Args:
        idea: the result of the analysis.
        name: the notebook's name in the repo.
    """
    reading, script = idea.reading, idea.script
    unseen = UnseenValues(script)
    before = preprocessing_function(idea, unseen) if idea.estimator.before else None
    statements, result = _statements(idea, unseen)
    encoders = {each: f"{LEARNED}.{each}" for each in unseen.replaced()}
    imports = {**script.imports, **encoders}
    module = ModuleWriter(
        idea,
        _DOC.format(name=name),
        {**imports, **LOOK_UPS, **reading.features.imports, **(before.imports if before else {})},
        ["Learned", "Steps", "as_read"],
    )
    module.typing.add("Any")
    located = [replace(s, node=module.sources.located(s.node, s.position)) for s in statements]
    tidy = tidied(located, result, reading.frame, reading.raw.names, script.imports)
    comments = module.sources.of(tidy.statements)
    code = constants(tidy.statements, tidy.result, imports)
    taken = {*RESERVED, *imports, *script.functions, *dir(builtins)}
    steps = functions(
        code.statements, code.result, tidy.frame, ("learn", "y"), taken, reading.raw.strings
    )
    module.blocks.append(_columns(idea))
    if code.tops:
        module.blocks[-1] += "\n\n" + layout(code.tops, comments).rstrip("\n")
    nodes: list[ast.AST] = [*(s.node for s in code.statements), code.result]
    nodes += [before.node] if before else []
    module.need(*nodes)
    used = used_of_the_module(code.statements, code.result)
    module.helpers(used | (free_names(before.node) if before else set()))
    for step in steps:
        module.add_step(step, comments)
    module.add([_features_class(steps, code.result, tidy.frame, idea)])
    if before:
        module.add([before.node], before.comments)
    return GeneratedModule(module.text(), tuple(steps))


def _statements(idea: Idea, unseen: UnseenValues) -> tuple[list[SourcedStatement], ast.expr]:
    """Give the statements and X, in which encoders meet new values and the target is `y`."""
    statements = [unseen.statement(each) for each in idea.reading.features.statements]
    result = unseen.expression(idea.reading.features.result)
    if _hidden_columns(idea):  # no dummies are made of the target here
        last = SourcedStatement(ast.Expr(result), 0, 0, "")
        *statements, last = ignoring_missing([*statements, last], idea.reading.raw.names)
        result = last.node.value  # type: ignore[attr-defined]
    for node in [*(each.node for each in statements), result]:
        for part in walk(node):
            if isinstance(part, ast.Name) and part.id in idea.reading.slices.y_names:
                part.id = "y"
    return statements, result


def _hidden_columns(idea: Idea) -> set[str]:
    """Raw columns that the notebook's frame no longer has where the target's dummies are."""
    reading = idea.reading
    dummy = reading.target.alias
    as_made = replace(reading.target, column=dummy)
    if dummy in reading.raw.strings or not is_dummy(as_made, reading.slices):
        return set()
    hidden = {c for c in reading.raw.strings if dummy.startswith(f"{c}_")} - set(reading.used)
    taken = {
        part.slice.value
        for statement in reading.features.statements
        for part in walk(statement.node)
        if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
    }
    return hidden - taken


def _columns(idea: Idea) -> str:
    """Write the list of the table's columns, as numbers where they have no names."""
    hidden = _hidden_columns(idea)
    names = [name for name in idea.reading.raw.names if str(name) not in hidden]
    value = f"list(range({len(names)}))" if names == list(range(len(names))) else repr(names)
    return "# The table's columns in the notebook; a column that is not given is 0.\n" + layout(
        ast.parse(f"COLUMNS = {value}").body
    ).rstrip("\n")


def _target_given(idea: Idea) -> str:
    """Write the argument of `as_read` that says what stands in the target's column, if need be.

    Where columns are chosen by their type, a column of texts must not hold numbers.
    """
    target, features = idea.reading.target.column, idea.reading.features
    by_type = any(mentions(s.node, "select_dtypes", "dtypes", "dtype") for s in features.statements)
    is_text = target in idea.reading.raw.texts and by_type
    if not features.learns_of_target:
        return f", {{{target!r}: ''}}" if is_text else ""
    values = "'' if y is None else y" if is_text else "y"
    return f", {{{target!r}: {values}}}"


def _features_class(
    steps: Sequence[Function], result: ast.expr, frame: str, idea: Idea
) -> ast.stmt:
    """Write the class that runs the steps.

    Args:
        steps: the steps.
        result: X.
        frame: the variable that holds the data frame.
        idea: the result of the analysis.
    """
    body = [f"{frame} = as_read(X, COLUMNS{_target_given(idea)}{dates_argument(idea)})"]
    body += [step.call for step in steps]
    tree = ast.parse(
        "class Features(Steps):\n"
        '    """The features that the notebook fits its model to."""\n\n'
        "    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:\n"
        '        """Every step, in the notebook\'s order."""\n'
        + "".join(f"        {line}\n" for line in body)
    )
    made = tree.body[0]
    made.body[-1].body.append(ast.Return(result))  # type: ignore[attr-defined]
    return ast.fix_missing_locations(made)
