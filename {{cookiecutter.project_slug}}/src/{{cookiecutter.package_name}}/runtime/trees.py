"""Tree ensembles of scikit-learn as ONNX, in the double precision that scikit-learn itself has.

The converters of skl2onnx keep scores in single precision (or, with doubles, fail for boosted
trees), so that a vote of two equal classes may turn. ONNX's operator TreeEnsemble
(ai.onnx.ml, version 5) has doubles throughout: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, numpy_helper
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
from .graphs import TREES, Graph

TREE = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)
FOREST = (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor)
BOOSTED = (GradientBoostingClassifier, GradientBoostingRegressor)
BINNED = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
ENSEMBLES = (*TREE, *FOREST, *BOOSTED, *BINNED)
MAX_NODES = 5_000_000  # about 300 MB; larger forests stay what they are
# ONNX Runtime needs a second to load so many trees, and four times that for twice as many.
MAX_TREES = 20_000
LESS_OR_EQUAL, MEMBER = 0, 6  # how a node compares, as ONNX numbers it

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """One tree's nodes; a leaf has no left child (-1).

    Attributes:
        target: the column of the scores that its leaves add to.
        members: for nodes that compare no threshold, the values that go left.
    """

    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: Numbers
    gaps_left: npt.NDArray[np.int64]
    value: Numbers
    target: int
    members: Mapping[int, Numbers] = field(default_factory=dict)


# The trees, by how many their sum is divided, what is added, and how that becomes the answer.
Parts = tuple[Iterable[Tree], int, Numbers, str]


def of_ensemble(graph: Graph, model: Any, source: str) -> str:
    """Add what an ensemble answers for a matrix: probabilities, or a regression's values.

    Raises:
        NotCompiled: if the model has options of which no graph is known, or is too large.
    """
    return linked(graph, raw_of(graph, model, source), _parts(model)[3])


def raw_of(graph: Graph, model: Any, source: str) -> str:
    """Add an ensemble's score, before it becomes the answer."""
    if isinstance(model, (*TREE, *FOREST, *BOOSTED)):
        source = single(graph, source)
    elif isinstance(model, BINNED) and model.is_categorical_ is not None:
        source = _known_categories(graph, model, source)
    if isinstance(model, (*TREE, *FOREST)) and getattr(model, "n_classes_", 1) > 2:
        return _shares(graph, _members_of(model), source)
    trees, count, base, _ = _parts(model)
    return raw_scores(graph, trees, source, base, count)


def single(graph: Graph, source: str) -> str:
    """Add the features in single precision, which is what some trees look at."""
    return graph.cast(graph.cast(source, TensorProto.FLOAT))


def raw_scores(
    graph: Graph,
    trees: Iterable[Tree],
    source: str,
    base: Numbers,
    count: int = 1,
    kind: type = np.float64,
) -> str:
    """Add the sum of trees' values, divided by a count, and the base.

    Args:
        graph: to add to.
        trees: whose values are summed.
        source: of features.
        base: what is added.
        count: by which the sum is divided.
        kind: of numbers, in which features are compared and values summed: in single precision
            the order counts, so the base comes first.
    """
    if kind is not np.float64:
        first = (_leaf(number, target) for target, number in enumerate(base.tolist()))
        return _ensemble(graph, chain(first, trees), len(base), source, kind)
    found = _ensemble(graph, trees, len(base), source, kind)
    if count != 1:
        found = graph("Div", found, graph.constant(float(count)))
    return graph("Add", found, graph.constant(base)) if base.any() else found


def linked(graph: Graph, raw: str, link: str) -> str:
    """Add what leads from the raw score to the answer. A `share` is of the second class."""
    match link:
        case "identity":
            return raw
        case "exp":
            return graph("Exp", raw)
        case "softmax":
            return graph("Softmax", raw, axis=1)
        case "share":
            return graph.of_second(raw)
    return graph.of_second(graph("Sigmoid", raw))


def _known_categories(graph: Graph, model: Any, source: str) -> str:
    """Add categories as the model numbers them, and the other columns; a new one is a gap."""
    is_kind = np.asarray(model.is_categorical_)
    known = model._preprocessor.named_transformers_["encoder"].categories_
    if any(np.asarray(kinds).dtype.kind not in "biuf" for kinds in known):
        raise NotCompiled("its categories are no numbers")
    table = np.full((len(known), max(map(len, known))), np.nan)
    for row, kinds in zip(table, known, strict=True):
        row[: len(kinds)] = kinds
    values = graph.columns(source, np.flatnonzero(is_kind))
    one_each = graph("Unsqueeze", values, graph.whole([2]))
    graph.widen(table.size)
    matches = graph.cast(graph("Equal", one_each, graph.constant(table)), TensorProto.FLOAT)
    found = graph("ReduceMax", matches, graph.whole([2]), keepdims=0)
    is_known = graph.cast(found, TensorProto.BOOL)
    places = graph.cast(graph("ArgMax", matches, axis=2, keepdims=0))
    kinds = graph("Where", is_known, places, graph.constant(np.nan))
    if is_kind.all():
        return kinds
    numbers = graph.columns(source, np.flatnonzero(~is_kind))
    return graph("Concat", kinds, numbers, axis=1)


def _parts(model: Any) -> Parts:
    if isinstance(model, BINNED):
        return _binned(model)
    if isinstance(model, BOOSTED):
        return _boosted(model)
    members = _members_of(model)
    two = getattr(model, "n_classes_", 1) == 2
    trees = (tree_of(member.tree_, member.tree_.value[:, 0, int(two)], 0) for member in members)
    return trees, len(members), np.zeros(1), "share" if two else "identity"


def _members_of(model: Any) -> Sequence[Any]:
    if getattr(model, "n_outputs_", 1) != 1:
        raise NotCompiled("it answers several targets")
    return [model] if isinstance(model, TREE) else model.estimators_


def _shares(graph: Graph, members: Sequence[Any], source: str) -> str:
    """Add each class's mean share of many classes: each tree finds its leaf's row in a table."""
    found, table, start = [], [], 0
    for at, member in enumerate(members):
        leaves = member.tree_.children_left < 0
        rows = start + np.cumsum(leaves) - 1.0
        found.append(tree_of(member.tree_, rows, at))
        table.append(member.tree_.value[leaves, 0, :])
        start += int(leaves.sum())
    count, shares = len(members), np.concatenate(table)
    graph.widen(count * shares.shape[1])
    places = graph.cast(raw_scores(graph, found, source, np.zeros(count)), TensorProto.INT64)
    each = graph("Gather", graph.constant(shares), places, axis=0)  # shape (rows, trees, classes)
    total = graph("ReduceSum", each, graph.whole([1]), keepdims=0)
    return graph("Div", total, graph.constant(float(count)))


def _boosted(model: Any) -> Parts:
    constant = np.zeros((2, model.n_features_in_))
    constant[1] = 1
    start = model._raw_predict_init(constant.astype(np.float32))
    if not np.array_equal(start[0], start[1]):
        raise NotCompiled("its first guess depends on the features")
    trees = (
        tree_of(member.tree_, member.tree_.value[:, 0, 0] * model.learning_rate, target)
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
    trees = (
        _binned_tree(member, target)
        for stage in model._predictors
        for target, member in enumerate(stage)
    )
    base = np.asarray(model._baseline_prediction, dtype=float).ravel()
    if isinstance(model, HistGradientBoostingRegressor):
        return trees, 1, base, "exp" if model.loss in ("poisson", "gamma") else "identity"
    return trees, 1, base, "sigmoid" if len(model.classes_) == 2 else "softmax"


def tree_of(tree: Any, value: Numbers, target: int) -> Tree:
    """A tree of scikit-learn, whose nodes have these values."""
    gaps = np.asarray(tree.missing_go_to_left).astype(int)
    left, right = tree.children_left, tree.children_right
    return Tree(left, right, tree.feature, tree.threshold, gaps, value, target)


def _binned_tree(member: Any, target: int) -> Tree:
    nodes = member.nodes
    leaf = nodes["is_leaf"].astype(bool)
    members = {
        int(at): _members(member.raw_left_cat_bitsets[nodes["bitset_idx"][at]])
        for at in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf)
    }
    return Tree(
        np.where(leaf, -1, nodes["left"].astype(int)),
        np.where(leaf, -1, nodes["right"].astype(int)),
        nodes["feature_idx"].astype(int),
        nodes["num_threshold"],
        nodes["missing_go_to_left"].astype(int),
        nodes["value"],
        target,
        members,
    )


def _members(bits: npt.NDArray[np.uint32]) -> Numbers:
    """The categories whose bits are set; where none is, what no category is."""
    numbers = [number for number in range(32 * len(bits)) if bits[number // 32] >> number % 32 & 1]
    return np.array(numbers or [-1], dtype=float)


def _leaf(value: float, target: int) -> Tree:
    """A tree that is one leaf."""
    one = np.array([-1])
    return Tree(one, one, one, np.zeros(1), np.zeros(1, dtype=int), np.array([value]), target)


@dataclass
class _Table:
    """The operator's attributes: inner nodes and leaves of all trees, one after the other."""

    roots: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    members: list[float] = field(default_factory=list)  # of each node that has some, with NaN last
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
        for node in inner.tolist():
            self.modes.append(MEMBER if node in tree.members else LESS_OR_EQUAL)
            if node in tree.members:
                self.members += [*tree.members[node].tolist(), np.nan]
        for side, child in sides:
            self.children[side] += place[child].tolist()
            self.are_leaves[side] += (tree.left[child] < 0).astype(int).tolist()


def _ensemble(graph: Graph, trees: Iterable[Tree], targets: int, source: str, kind: type) -> str:
    table = _Table()
    for tree in _limited(trees):
        table.add(tree)
    more = {}
    if table.members:
        more["membership_values"] = numpy_helper.from_array(np.array(table.members, dtype=kind))
    return graph(
        "TreeEnsemble",
        source,
        domain=TREES,
        n_targets=targets,
        aggregate_function=1,  # the sum
        tree_roots=table.roots,
        nodes_featureids=table.features,
        nodes_splits=numpy_helper.from_array(np.array(table.splits, dtype=kind)),
        nodes_modes=numpy_helper.from_array(np.array(table.modes, dtype=np.uint8)),
        nodes_missing_value_tracks_true=table.gaps,
        nodes_truenodeids=table.children["true"],
        nodes_trueleafs=table.are_leaves["true"],
        nodes_falsenodeids=table.children["false"],
        nodes_falseleafs=table.are_leaves["false"],
        leaf_targetids=table.targets,
        leaf_weights=numpy_helper.from_array(np.array(table.weights, dtype=kind)),
        **more,
    )


def _limited(trees: Iterable[Tree]) -> Iterator[Tree]:
    nodes = 0
    for number, tree in enumerate(trees, start=1):
        if number > MAX_TREES:
            raise NotCompiled(f"it has more than {MAX_TREES:,} trees, which take long to load")
        nodes += len(tree.left)
        if nodes > MAX_NODES:
            raise NotCompiled(f"it has more than {MAX_NODES:,} nodes")
        yield tree
