"""Tree ensembles of scikit-learn as ONNX, in the double precision that scikit-learn itself has.

The converters of skl2onnx keep scores in single precision (or, with doubles, fail for boosted
trees), so that a vote of two equal classes may turn. ONNX's operator TreeEnsemble
(ai.onnx.ml, version 5) has doubles throughout: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from .encoding import NotCompiled

TREE = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)
FOREST = (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor)
BOOSTED = (GradientBoostingClassifier, GradientBoostingRegressor)
BINNED = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
ENSEMBLES = (*TREE, *FOREST, *BOOSTED, *BINNED)
MAX_NODES = 5_000_000  # about 300 MB; larger forests stay what they are


@dataclass(frozen=True)
class Tree:
    """One tree's nodes; a leaf has no left child (-1).

    Attributes:
        target: the column of the scores that its leaves add to.
    """

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    gaps_left: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    target: int


# The trees, by how many their sum is divided, what is added, and how that becomes the answer.
Parts = tuple[Iterable[Tree], int, npt.NDArray[np.float64], str]


def ensemble_as_onnx(model: Any, features: int) -> ModelProto:
    """A graph from X, shape (rows, features), to Y: probabilities, or a regression's values.

    Raises:
        NotCompiled: if the model has options of which no graph is known, or is too large.
    """
    single = isinstance(model, (*TREE, *FOREST, *BOOSTED))
    trees, count, base, link = _parts(model)
    nodes = []
    if single:  # these look at single-precision features
        nodes.append(helper.make_node("Cast", ["X"], ["single"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Cast", ["single"], ["features"], to=TensorProto.DOUBLE))
    nodes.append(_ensemble(trees, len(base), "features" if single else "X"))
    nodes.append(helper.make_node("Div", ["sum", "count"], ["mean"]))
    nodes.append(helper.make_node("Add", ["mean", "base"], ["raw"]))
    nodes += _linked(link)
    outputs = 2 if link in ("share", "sigmoid") else len(base)
    constants = {"base": base, "one": np.ones(1), "count": np.array([float(count)])}
    graph = helper.make_graph(
        nodes,
        "trees",
        [helper.make_tensor_value_info("X", TensorProto.DOUBLE, [None, features])],
        [helper.make_tensor_value_info("Y", TensorProto.DOUBLE, [None, outputs])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    versions = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 5)]
    return helper.make_model(graph, opset_imports=versions, ir_version=10)


def _linked(link: str) -> list[NodeProto]:
    """From the raw score to the answer. A `share` and a `sigmoid` are of the second class."""
    match link:
        case "identity":
            return [helper.make_node("Identity", ["raw"], ["Y"])]
        case "exp":
            return [helper.make_node("Exp", ["raw"], ["Y"])]
        case "softmax":
            return [helper.make_node("Softmax", ["raw"], ["Y"], axis=1)]
        case "share":
            second = helper.make_node("Identity", ["raw"], ["second"])
        case _:
            second = helper.make_node("Sigmoid", ["raw"], ["second"])
    return [
        second,
        helper.make_node("Sub", ["one", "second"], ["first"]),
        helper.make_node("Concat", ["first", "second"], ["Y"], axis=1),
    ]


def _parts(model: Any) -> Parts:
    if isinstance(model, BINNED):
        return _binned(model)
    if isinstance(model, BOOSTED):
        return _boosted(model)
    members = [model] if isinstance(model, TREE) else model.estimators_
    if getattr(model, "n_outputs_", 1) != 1:
        raise NotCompiled("it answers several targets")
    classes = getattr(model, "n_classes_", 1)
    targets = [1] if classes == 2 else range(classes)
    trees = (
        _tree(member.tree_, member.tree_.value[:, 0, kind], kind * (classes > 2))
        for member in members
        for kind in targets
    )
    link = "share" if classes == 2 else "identity"
    return trees, len(members), np.zeros(len(targets)), link


def _boosted(model: Any) -> Parts:
    constant = np.zeros((2, model.n_features_in_))
    constant[1] = 1
    start = model._raw_predict_init(constant.astype(np.float32))
    if not np.array_equal(start[0], start[1]):
        raise NotCompiled("its first guess depends on the features")
    trees = (
        _tree(member.tree_, member.tree_.value[:, 0, 0] * model.learning_rate, target)
        for stage in model.estimators_
        for target, member in enumerate(stage)
    )
    if isinstance(model, GradientBoostingRegressor):
        return trees, 1, np.asarray(start[0], dtype=float), "identity"
    if model.loss != "log_loss":
        raise NotCompiled(f"no faster form of loss={model.loss} is known")
    link = "sigmoid" if len(model.classes_) == 2 else "softmax"
    return trees, 1, np.asarray(start[0], dtype=float), link


def _binned(model: Any) -> Parts:
    if model.is_categorical_ is not None:
        raise NotCompiled("it has categorical features of its own")
    trees = (
        _binned_tree(member.nodes, target)
        for stage in model._predictors
        for target, member in enumerate(stage)
    )
    base = np.asarray(model._baseline_prediction, dtype=float).ravel()
    if isinstance(model, HistGradientBoostingRegressor):
        return trees, 1, base, "exp" if model.loss in ("poisson", "gamma") else "identity"
    return trees, 1, base, "sigmoid" if len(model.classes_) == 2 else "softmax"


def _tree(tree: Any, value: npt.NDArray[np.float64], target: int) -> Tree:
    gaps = np.asarray(tree.missing_go_to_left).astype(int)
    left, right = tree.children_left, tree.children_right
    return Tree(left, right, tree.feature, tree.threshold, gaps, value, target)


def _binned_tree(nodes: Any, target: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        np.where(leaf, -1, nodes["left"].astype(int)),
        np.where(leaf, -1, nodes["right"].astype(int)),
        nodes["feature_idx"].astype(int),
        nodes["num_threshold"],
        nodes["missing_go_to_left"].astype(int),
        nodes["value"],
        target,
    )


@dataclass
class _Table:
    """The operator's attributes: inner nodes and leaves of all trees, one after the other."""

    roots: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    children: dict[str, list[int]] = field(default_factory=lambda: {"true": [], "false": []})
    are_leaves: dict[str, list[int]] = field(default_factory=lambda: {"true": [], "false": []})
    weights: list[float] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)

    def add(self, tree: Tree) -> None:
        inner, leaves = np.flatnonzero(tree.left >= 0), np.flatnonzero(tree.left < 0)
        place = np.empty(len(tree.left), dtype=int)
        place[inner] = len(self.features) + np.arange(len(inner))
        place[leaves] = len(self.weights) + np.arange(len(leaves))
        self.weights += tree.value[leaves].tolist()
        self.targets += [tree.target] * len(leaves)
        if not len(inner):  # a tree that is one leaf has a node both of whose ways lead there
            inner = np.array([0])
            self.roots.append(len(self.features))
            sides = [("true", np.array([0])), ("false", np.array([0]))]
        else:
            self.roots.append(int(place[0]))
            sides = [("true", tree.left[inner]), ("false", tree.right[inner])]
        self.features += np.maximum(tree.feature[inner], 0).tolist()
        self.splits += tree.threshold[inner].tolist()
        self.gaps += tree.gaps_left[inner].tolist()
        for side, child in sides:
            self.children[side] += place[child].tolist()
            self.are_leaves[side] += (tree.left[child] < 0).astype(int).tolist()


def _ensemble(trees: Iterable[Tree], targets: int, source: str) -> NodeProto:
    table = _Table()
    for tree in _limited(trees):
        table.add(tree)
    less_or_equal = np.zeros(len(table.features), dtype=np.uint8)
    return helper.make_node(
        "TreeEnsemble",
        [source],
        ["sum"],
        domain="ai.onnx.ml",
        n_targets=targets,
        aggregate_function=1,  # the sum
        tree_roots=table.roots,
        nodes_featureids=table.features,
        nodes_splits=numpy_helper.from_array(np.array(table.splits)),
        nodes_modes=numpy_helper.from_array(less_or_equal),
        nodes_missing_value_tracks_true=table.gaps,
        nodes_truenodeids=table.children["true"],
        nodes_trueleafs=table.are_leaves["true"],
        nodes_falsenodeids=table.children["false"],
        nodes_falseleafs=table.are_leaves["false"],
        leaf_targetids=table.targets,
        leaf_weights=numpy_helper.from_array(np.array(table.weights)),
    )


def _limited(trees: Iterable[Tree]) -> Iterator[Tree]:
    nodes = 0
    for tree in trees:
        nodes += len(tree.left)
        if nodes > MAX_NODES:
            raise NotCompiled(f"it has more than {MAX_NODES:,} nodes")
        yield tree
