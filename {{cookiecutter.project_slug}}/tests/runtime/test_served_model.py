"""A model folder whose files never end, or swell, is refused, and the former model serves on."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import yaml
from onnx import NodeProto, TensorProto, helper

from {{ cookiecutter.package_name }}.data.schema import Schema
from {{ cookiecutter.package_name }}.packing import write_hashes
from {{ cookiecutter.package_name }}.packing.opening import Loading
from {{ cookiecutter.package_name }}.runtime.served_model import load
from {{ cookiecutter.package_name }}.serving.metrics import Metrics
from {{ cookiecutter.package_name }}.serving.settings import Settings
from {{ cookiecutter.package_name }}.serving.state import State
from {{ cookiecutter.package_name }}.tools import files, paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal

LIMITS = Loading()
SLOW = r"can't be opened in 3 seconds"
LARGE = r"needs more than 1\.\d GB|can't be loaded"


def element(folder: Path) -> int:
    """The type of the numbers that the folder's graph takes."""
    if files.read_json(folder / "runtime.json")["runtime"] != "onnx":
        pytest.skip("the model of this repository does not compile")
    (given,) = onnx.load(folder / "model.onnx").graph.input
    return int(given.type.tensor_type.elem_type)


def graph(folder: Path, *nodes: NodeProto) -> None:
    """Put a graph that goes from `X` to `Y` in place of the folder's own."""
    ends = [helper.make_tensor_value_info(name, element(folder), None) for name in "XY"]
    made = helper.make_graph(list(nodes), "graph", ends[:1], ends[1:])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (folder / "model.onnx").write_bytes(model.SerializeToString())


def constant(name: str, kind: int, value: int, *shape: int) -> NodeProto:
    tensor = helper.make_tensor(name, kind, shape, [value])
    return helper.make_node("Constant", [], [name], value=tensor)


def endless_graph(folder: Path) -> None:
    info = helper.make_tensor_value_info
    at, on = info("at", TensorProto.INT64, []), info("on", TensorProto.BOOL, [])
    x, more = (info(name, element(folder), None) for name in ("x", "more"))
    steps = [
        helper.make_node("Identity", ["on"], ["still"]),
        helper.make_node("Neg", ["x"], ["more"]),
    ]
    still = info("still", TensorProto.BOOL, [])
    body = helper.make_graph(steps, "body", [at, on, x], [still, more])
    graph(
        folder,
        constant("often", TensorProto.INT64, 2**62),
        constant("true", TensorProto.BOOL, 1),
        helper.make_node("Loop", ["often", "true", "X"], ["Y"], body=body),
    )


def swelling_graph(folder: Path) -> None:
    zero = helper.make_tensor("zero", element(folder), [1], [0])
    zeros = helper.make_node("ConstantOfShape", ["size"], ["zeros"], value=zero)
    sum_ = helper.make_node("ReduceSum", ["zeros"], ["Y"], keepdims=1)
    graph(folder, constant("size", TensorProto.INT64, 2**31, 1), zeros, sum_)


def swelling_yaml(folder: Path) -> None:
    """Lists of lists that refer to each other: 10^14 texts in a few hundred bytes."""
    categories: object = "x"
    for _ in range(14):
        categories = [categories] * 10
    content = yaml.safe_load((folder / "schema.yaml").read_text(encoding="utf-8"))
    name = Schema.load(folder / "schema.yaml").features[0]
    content["columns"][name] = {"type": "category", "categories": categories}
    (folder / "schema.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def long_yaml(folder: Path) -> None:
    with (folder / "schema.yaml").open("a", encoding="utf-8") as file:
        file.writelines(f"  column_{n}:\n    type: number\n" for n in range(300_000))


def nested_json(folder: Path) -> None:
    (folder / "runtime.json").write_text("[" * 200_000, encoding="utf-8")


def long_json(folder: Path) -> None:
    with (folder / "example.json").open("w", encoding="utf-8") as file:
        file.write("[" + "{}," * 20_000_000 + "{}]")


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a graph that never ends": (endless_graph, SLOW),
    "a graph that swells": (swelling_graph, LARGE),
    "YAML that refers to itself": (swelling_yaml, LARGE),
    "YAML without end": (long_yaml, SLOW),
    "JSON nested without end": (nested_json, "can't be loaded"),
    "JSON without end": (long_json, LARGE),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_a_file_that_never_ends_or_swells_is_refused(
    kind: str, trained: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(trained / paths.CANDIDATE, tmp_path / "model"))
    change, reason = KINDS[kind]
    change(folder)
    write_hashes(folder)
    with pytest.raises(Refusal, match=reason):
        load(folder, replace(LIMITS, seconds=3) if reason == SLOW else LIMITS)


def test_the_former_model_serves_on_until_a_correct_one_comes(
    trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"

    def put(version: str, change: Callable[[Path], None] = lambda _: None) -> None:
        with files.replacing(folder) as new:
            shutil.copytree(trained / paths.CANDIDATE, new)
            change(new)
            write_hashes(new)
            note = {"version": version, "stage": "production"}
            (new / "registration.json").write_text(json.dumps(note), encoding="utf-8")

    state = State(Settings(model="test", folder=str(folder), loading=LIMITS), Metrics())
    put("v1")
    state.refresh()
    put("v2", nested_json)
    state.refresh()
    assert "can't be loaded" in str(state.refused)
    put("v3", swelling_graph)
    state.refresh()
    assert state.current
    assert state.current.model.version == "v1"
    assert re.search(LARGE, str(state.refused))
    put("v4")
    state.refresh()
    assert (state.current.model.version, state.refused) == ("v4", None)
