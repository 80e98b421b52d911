"""An ONNX graph, built node by node; all numbers are doubles."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

INPUT = "X"
TREES = "ai.onnx.ml"
VERSIONS = {"": 18, TREES: 5}
NUMBERS = 4_000_000  # that a step may hold: 32 MB
AT_ONCE = "rows_at_once"  # in the graph's properties, if rows become wide on the way


class Graph:
    """Nodes, each of which is named by its output, from a matrix X on.

    Attributes:
        widest: how many numbers a row has at most on the way.
    """

    def __init__(self) -> None:
        self.widest = 1
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, npt.NDArray[Any]] = {}

    def constant(self, value: Any, kind: Any = np.float64) -> str:
        """The name of a constant."""
        name = f"c{len(self.constants)}"
        self.constants[name] = np.ascontiguousarray(np.asarray(value, dtype=kind))
        return name

    def whole(self, value: Any) -> str:
        """The name of a constant of whole numbers."""
        return self.constant(value, np.int64)

    def __call__(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node of one output, and give its name."""
        return self.several(operator, *inputs, outputs=1, domain=domain, **attributes)[0]

    def several(
        self, operator: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node of some outputs, and give their names."""
        names = [f"{operator.lower()}{len(self.nodes)}_{number}" for number in range(outputs)]
        node = helper.make_node(operator, inputs, names, domain=domain or None, **attributes)
        self.nodes.append(node)
        return names

    def widen(self, width: int) -> None:
        """Note that a row has so many numbers on the way."""
        self.widest = max(self.widest, width)

    def cast(self, value: str, to: int = TensorProto.DOUBLE) -> str:
        """Values of another type."""
        return self("Cast", value, to=to)

    def columns(self, value: str, numbers: Any) -> str:
        """Some columns of a matrix."""
        return self("Gather", value, self.whole(numbers), axis=1)

    def affine(self, value: str, factors: Any, added: Any) -> str:
        """A matrix times another, and a row added."""
        product = self("MatMul", value, self.constant(factors))
        return self("Add", product, self.constant(added))

    def of_second(self, chance: str) -> str:
        """Both classes' probabilities, of the second's."""
        first = self("Sub", self.constant(1.0), chance)
        return self("Concat", first, chance, axis=1)

    def model(self, output: str, features: int, width: int) -> ModelProto:
        """The graph from X, shape (rows, features), to Y, shape (rows, width)."""
        last = helper.make_node("Identity", [output], ["Y"])
        made = helper.make_graph(
            [*self.nodes, last],
            "estimator",
            [helper.make_tensor_value_info(INPUT, TensorProto.DOUBLE, [None, features])],
            [helper.make_tensor_value_info("Y", TensorProto.DOUBLE, [None, width])],
            [numpy_helper.from_array(value, name) for name, value in self.constants.items()],
        )
        versions = [helper.make_opsetid(*version) for version in VERSIONS.items()]
        model = helper.make_model(made, opset_imports=versions, ir_version=10)
        if self.widest > 1:
            helper.set_model_props(model, {AT_ONCE: str(max(1, NUMBERS // self.widest))})
        return model
