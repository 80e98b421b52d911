"""Rewrites `iris.data` and `iris.target` as columns of one table, as other notebooks have it."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from idea.knowledge.sklearn_datasets import TOYS, Toy
from idea.program.dataflow import Step
from idea.syntax import constant, import_path, keyword_value


@dataclass(frozen=True)
class _Loaded:
    """A table of scikit-learn's that a variable holds, and whether as a data frame."""

    toy: Toy
    as_frame: bool


def without_bunches(steps: Iterable[Step], imports: Mapping[str, str]) -> list[Step]:
    """Rewrite the use of scikit-learn's own tables.

    Args:
        steps: the statements, whose trees are changed.
        imports: dotted paths by the names that they are imported as.

    Returns:
        The statements, in which the variable of a table holds a data frame with all its columns.
    """
    tables: dict[str, _Loaded] = {}
    rewrite = _Bunches(tables)
    done: list[Step] = []
    for step in steps:
        match step.node:
            case ast.Assign(targets=[target], value=ast.Call() as call):
                loaded = _loaded(call, imports)
                if loaded and isinstance(target, ast.Tuple) and _is_true(call, "return_X_y"):
                    tables["table"] = loaded
                    done += _unpacked(step, target, call, loaded)
                    continue
                if loaded and isinstance(target, ast.Name):
                    tables[target.id] = loaded
                    done.append(step)
                    continue
        done.append(step.becomes(rewrite.visit(step.node)))
        for name in step.effects.makes:
            tables.pop(name, None)  # it holds something else from here on
    return done


def _unpacked(step: Step, target: ast.Tuple, call: ast.Call, loaded: _Loaded) -> Iterator[Step]:
    """Rewrite ``X, y = load_iris(return_X_y=True)``."""
    load = ast.Call(call.func, [], [])
    yield step.becomes(ast.Assign([ast.Name("table", ast.Store())], load))
    for part, attribute in zip(target.elts, ("data", "target"), strict=False):
        value = _attribute("table", attribute, loaded)
        assert value is not None
        yield step.becomes(ast.Assign([part], value))


def _loaded(call: ast.Call, imports: Mapping[str, str]) -> _Loaded | None:
    module, _, name = (import_path(call.func, imports) or "").rpartition(".")
    if not module.startswith("sklearn.datasets") or name not in TOYS:
        return None
    return _Loaded(TOYS[name], _is_true(call, "as_frame"))


def _is_true(call: ast.Call, name: str) -> bool:
    return constant(keyword_value(call, name)) is True


class _Bunches(ast.NodeTransformer):
    """Replaces attributes and keys of a table's variable by its columns."""

    def __init__(self, tables: Mapping[str, _Loaded]) -> None:
        self.tables = tables

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.tables:
            return _attribute(node.value.id, node.attr, self.tables[node.value.id]) or node
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
                if name in self.tables:
                    return _attribute(name, key, self.tables[name]) or node
        return node


def _attribute(name: str, attribute: str, loaded: _Loaded) -> ast.expr | None:
    """Give the expression for an attribute of a `Bunch`; None if it has no such attribute."""
    toy, array = loaded.toy, "" if loaded.as_frame else ".to_numpy()"
    text = {
        "data": f"{name}.drop(columns='target'){array}",
        "target": f"{name}['target']{array}",
        "frame": f"{name}.copy()",
        "feature_names": repr(list(toy.features)),
        "target_names": f"np.array({list(toy.classes)!r})",
    }.get(attribute)
    return ast.parse(text, mode="eval").body if text else None
