"""Writes the function that makes the steps of the notebook's pipeline before its model."""

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from idea.analysis import Idea
from idea.codegen.source_comments import SourceComments
from idea.codegen.unseen_values import UnseenValues
from idea.program.comments import NO_COMMENTS, Comments
from idea.program.dataflow import effects
from idea.program.names_used import free_names
from idea.syntax import walk

_FITS = ("fit", "fit_transform")


@dataclass(frozen=True)
class Preprocessing:
    """The function `preprocessing`, its comments, and imports that the notebook may lack."""

    node: ast.FunctionDef
    comments: Comments
    imports: Mapping[str, str]


def preprocessing_function(idea: Idea, unseen: UnseenValues) -> Preprocessing:
    """Write the function that makes the pipeline's steps before its model.

    Args:
        idea: the result of the analysis.
        unseen: lets encoders meet new values.
    """
    steps = idea.estimator.before
    positions, frames = _statements_for({n for _, expr in steps for n in free_names(expr)}, idea)
    sources = SourceComments(idea.script.program)
    body = [sources.located(idea.script.program.steps[p].node, p) for p in positions]
    comments = sum((sources.of_step(p) for p in positions), NO_COMMENTS)
    _rename_frames(body, frames, idea)
    body = [unseen.visit(node) for node in body]
    imports = {}
    if len(steps) == 1:
        made = unseen.expression(steps[0][1])
    else:
        imports["Pipeline"] = "sklearn.pipeline.Pipeline"
        pairs: list[ast.expr] = [
            ast.Tuple([ast.Constant(name), unseen.expression(each)], ast.Load())
            for name, each in steps
        ]
        made = ast.Call(ast.Name("Pipeline", ast.Load()), [ast.List(pairs, ast.Load())], [])
    function = ast.parse(
        "def preprocessing(X: Any) -> Any:\n"
        '    """The steps of the notebook\'s pipeline before its model, unfitted."""\n'
    ).body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body += [*body, ast.Return(made)]
    return Preprocessing(ast.fix_missing_locations(function), comments, imports)


def _statements_for(names: set[str], idea: Idea) -> tuple[list[int], set[str]]:
    """Find the statements that the pipeline's steps need.

    Args:
        names: names in these steps.
        idea: the result of the analysis.

    Returns:
        The positions of the statements, in order, and the variables that hold rows before them.
    """
    program, slices = idea.script.program, idea.reading.slices
    wanted, frames = set(names), set[str]()
    kept: list[int] = []
    last = max(slices.X_lineage, default=-1)
    for position in reversed(program.backward_slice(names, idea.reading.fit.position)):
        step, effect = program.steps[position], program.effects[position]
        makes = effect.makes if _mentions_fit(step.node) else effect.makes | effect.changes
        if not makes & wanted:
            continue
        rows = makes & slices.rows_at[position + 1]
        only_fits = not isinstance(step.node, ast.Assign) and _calls_fit(step.node)
        # A value of the features, once they are complete, is computed here too.
        if (rows or step.role) and (position <= last or step.role or only_fits):
            frames |= rows
        elif not only_fits and not isinstance(step.node, ast.FunctionDef | ast.ClassDef):
            kept.append(position)
            wanted |= effect.uses
    return kept[::-1], frames


def _rename_frames(body: Sequence[ast.stmt], frames: Set[str], idea: Idea) -> None:
    """Rename the variables that hold features as the function's parameter."""
    own = {name for node in body for name in effects(node).makes}
    rows = idea.reading.slices.rows_at[idea.reading.fit.position]
    held = {name for node in body for name in free_names(node) if name in rows}
    renamed = ({*frames, *held, idea.reading.frame}) - own
    for node in body:
        for part in walk(node):
            if isinstance(part, ast.Name) and part.id in renamed:
                part.id = "X"


def _fit_attributes(node: ast.AST) -> Iterator[ast.Attribute]:
    for part in walk(node):
        if isinstance(part, ast.Attribute) and part.attr in _FITS:
            yield part


def _mentions_fit(node: ast.stmt) -> bool:
    return any(_fit_attributes(node))


def _calls_fit(node: ast.stmt) -> bool:
    return any(
        fit for call in walk(node) if isinstance(call, ast.Call)
        for fit in _fit_attributes(call) if call.func is fit
    )  # fmt: skip
