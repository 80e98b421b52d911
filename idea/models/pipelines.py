"""The steps of a pipeline, as a notebook writes them and as `conf/model/` has them."""

import ast
from collections.abc import Iterable
from typing import Any

from idea.models.hydra_config import Config
from idea.program import literal
from idea.program.static_values import Names, resolve
from idea.syntax import keyword_value

Step = tuple[str, ast.expr]

# Names that `make_pipeline` gives to the steps that these functions make.
_MADE_BY = {"make_pipeline": "pipeline", "make_column_transformer": "columntransformer"}


def steps_of(call: ast.Call, names: Names) -> list[Step]:
    """Give the steps of `Pipeline(…)` or `make_pipeline(…)`; none if they are not known.

    Raises:
        Unknown: a step's name is not known.
    """
    if (names.path(call.func) or "").endswith("make_pipeline"):
        return _numbered([(_step_name(step, names), step) for step in call.args])
    given = call.args[0] if call.args else keyword_value(call, "steps")
    listed = resolve(given, names) if given is not None else None
    if not isinstance(listed, ast.List | ast.Tuple):
        return []
    steps: list[Step] = []
    for item in listed.elts:
        pair = resolve(item, names)
        if not isinstance(pair, ast.List | ast.Tuple) or len(pair.elts) != 2:
            return []
        steps.append((str(literal(pair.elts[0], names)), pair.elts[1]))
    return steps


def pipeline_config(steps: Iterable[tuple[str, Any]]) -> Config:
    """Give the configuration of a pipeline of steps."""
    return {
        "_target_": "sklearn.pipeline.Pipeline",
        "steps": [[name, step] for name, step in steps],
    }


def _step_name(node: ast.expr, names: Names) -> str:
    """Name a step as `make_pipeline` does: by its class."""
    behind = resolve(node, names)
    while isinstance(behind, ast.Call) and names.path(behind.func) is None:
        if not isinstance(behind.func, ast.Attribute):
            break
        behind = resolve(behind.func.value, names)
    path = names.path(behind.func) if isinstance(behind, ast.Call) else None
    name = (path or "step").rpartition(".")[2].lower()
    return _MADE_BY.get(name, name)


def _numbered(steps: list[Step]) -> list[Step]:
    """Number steps of one class, as `make_pipeline` does."""
    written = [name for name, _ in steps]
    return [
        (f"{name}-{written[: i + 1].count(name)}" if written.count(name) > 1 else name, step)
        for i, (name, step) in enumerate(steps)
    ]
