"""Moves ``iris.data`` and ``iris.target`` to columns of one table, as other notebooks have it."""

import ast

from idea.knowledge.sklearn_datasets import TOYS, Toy
from idea.program.dataflow import Program, Step
from idea.program.script import Script


def without_bunches(script: Script) -> Script:
    """Rewrite the use of scikit-learn's own tables, in place."""
    tables: dict[str, tuple[Toy, bool]] = {}
    steps: list[Step] = []
    for step in script.program.steps:
        match step.node:
            case ast.Assign(targets=[target], value=ast.Call() as call) if _toy(call, script):
                toy = _toy(call, script)
                assert toy is not None
                as_frame = _is_true(call, "as_frame")
                if _is_true(call, "return_X_y") and isinstance(target, ast.Tuple):
                    load = ast.Call(call.func, [], [])
                    node = ast.Assign([ast.Name("table", ast.Store())], load)
                    steps.append(_like(step, node))
                    tables["table"] = (toy, as_frame)
                    for part, attribute in zip(target.elts, ("data", "target"), strict=False):
                        value = _attribute("table", attribute, toy, as_frame)
                        assert value is not None
                        steps.append(_like(step, ast.Assign([part], value)))
                    continue
                if isinstance(target, ast.Name):
                    tables[target.id] = (toy, as_frame)
        step.node = _Bunches(tables).visit(step.node)
        ast.fix_missing_locations(step.node)
        steps.append(step)
    if tables:
        script.program = Program(steps, script.functions)
    return script


def _like(step: Step, node: ast.stmt) -> Step:
    ast.copy_location(node, step.node)
    ast.fix_missing_locations(node)
    return Step(node, step.cell, step.line, step.heading)


def _toy(call: ast.Call, script: Script) -> Toy | None:
    path = script.path(call.func) or ""
    if not path.startswith("sklearn.datasets."):
        return None
    return TOYS.get(path.rpartition(".")[2])


def _is_true(call: ast.Call, name: str) -> bool:
    return any(
        k.arg == name and isinstance(k.value, ast.Constant) and k.value.value for k in call.keywords
    )


class _Bunches(ast.NodeTransformer):
    def __init__(self, tables: dict[str, tuple[Toy, bool]]) -> None:
        self.tables = tables

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.tables:
            new = _attribute(node.value.id, node.attr, *self.tables[node.value.id])
            return new if new is not None else node
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
                if name in self.tables:
                    new = _attribute(name, key, *self.tables[name])
                    return new if new is not None else node
        return node


def _attribute(name: str, attribute: str, toy: Toy, as_frame: bool) -> ast.expr | None:
    array = "" if as_frame else ".to_numpy()"
    text = {
        "data": f"{name}.drop(columns='target'){array}",
        "target": f"{name}['target']{array}",
        "frame": f"{name}.copy()",
        "feature_names": repr(list(toy.features)),
        "target_names": f"np.array({list(toy.classes)!r})",
    }.get(attribute)
    return ast.parse(text, mode="eval").body if text else None
