"""Boosted trees of XGBoost, LightGBM and CatBoost as ONNX graphs; none of them is imported.

XGBoost and CatBoost compare in single precision, so their thresholds are turned into those
doubles that decide the same of the single-precision features.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from onnx import TensorProto

from .encoding import NotCompiled
from .graphs import Graph
from .trees import Tree, linked, raw_scores, single

Add = Callable[[Graph, str], str]
LINKS = {"binary": "sigmoid", "cross_entropy": "sigmoid", "multiclass": "softmax"}
EXPONENTIAL = ("poisson", "gamma", "tweedie")
PLAIN = ("regression", "regression_l1", "huber", "fair", "quantile", "mape")


def booster_of(estimator: Any) -> Add | None:
    """What adds an estimator of these libraries to a graph; None if it is of another."""
    library = type(estimator).__module__.partition(".")[0]
    make = {"lightgbm": _lightgbm, "xgboost": _xgboost, "catboost": _catboost}.get(library)
    return None if make is None else lambda graph, source: make(graph, estimator, source)


def _lightgbm(graph: Graph, model: Any, source: str) -> str:
    told = model.booster_.dump_model()
    name, *options = told["objective"].split()
    base = np.zeros(told["num_tree_per_iteration"])
    if name in LINKS:
        if name == "binary" and "sigmoid:1" not in options:
            raise NotCompiled("no graph of such an objective is known")
        link = LINKS[name]
    elif name in EXPONENTIAL or (name in PLAIN and "sqrt" not in options):
        link = "exp" if name in EXPONENTIAL else "identity"
    else:
        raise NotCompiled(f"no graph of the objective {told['objective']} is known")
    trees = (
        _leaf_wise(tree["tree_structure"], at % len(base))
        for at, tree in enumerate(told["tree_info"])
    )
    count = len(told["tree_info"]) // len(base) if told.get("average_output") else 1
    return linked(graph, raw_scores(graph, trees, source, base, count), link)


def _leaf_wise(root: dict[str, Any], target: int) -> Tree:
    """A tree of LightGBM."""
    nodes, members = _Nodes(), {}
    waiting = [(root, -1, False)]
    while waiting:
        node, parent, is_left = waiting.pop()
        at = nodes.add(parent, is_left)
        if "split_feature" not in node:
            nodes.value[at] = node["leaf_value"]
            continue
        nodes.feature[at] = node["split_feature"]
        if node["missing_type"] == "Zero":
            raise NotCompiled("zeros are gaps")
        if node["decision_type"] == "==":
            kinds = [float(kind) for kind in node["threshold"].split("||")]
            members[at] = np.array(kinds)
            nodes.gaps[at] = int(node["missing_type"] == "None" and 0.0 in kinds)
        else:
            # Unless a feature had gaps, one is a zero.
            nodes.threshold[at] = float(node["threshold"])
            is_zero = node["missing_type"] == "None"
            goes_left = float(node["threshold"]) >= 0 if is_zero else node["default_left"]
            nodes.gaps[at] = int(goes_left)
        waiting += [(node["right_child"], at, False), (node["left_child"], at, True)]
    return nodes.tree(target, members)


def _xgboost(graph: Graph, model: Any, source: str) -> str:
    told = json.loads(model.get_booster().save_raw("json"))["learner"]
    booster, objective = told["gradient_booster"], told["objective"]["name"]
    if booster["name"] != "gbtree":
        raise NotCompiled(f"no graph of the booster {booster['name']} is known")
    kinds = max(1, int(told["learner_model_param"]["num_class"]))
    link = {"binary:logistic": "sigmoid", "multi:softprob": "softmax"}.get(objective, "identity")
    if objective in ("count:poisson", "reg:gamma", "reg:tweedie"):
        link = "exp"
    elif link == "identity" and not objective.startswith(
        ("reg:squarederror", "reg:absoluteerror", "reg:pseudohuber", "reg:quantile")
    ):
        raise NotCompiled(f"no graph of the objective {objective} is known")
    scores = json.loads(told["learner_model_param"]["base_score"])
    base = np.broadcast_to(np.asarray(scores, dtype=np.float32), (kinds,)).copy()
    if link == "sigmoid":
        base = -np.log(np.float32(1) / base - np.float32(1))
    elif link == "exp":
        base = np.log(base)
    trees, of = booster["model"]["trees"], booster["model"]["tree_info"]
    best = getattr(model, "best_iteration", None) if model.early_stopping_rounds else None
    if best is not None:
        kept = booster["model"]["iteration_indptr"][best + 1]
        trees, of = trees[:kept], of[:kept]
    if any(tree["categories"] for tree in trees):
        raise NotCompiled("it has categorical features of its own")
    grown = (_by_arrays(tree, target) for tree, target in zip(trees, of, strict=True))
    features = graph.cast(source, TensorProto.FLOAT)
    start = base.astype(float)
    raw = raw_scores(graph, grown, features, start, kind=np.float32)  # as XGBoost sums
    return graph.cast(_linked_singly(graph, raw, link))


def _linked_singly(graph: Graph, raw: str, link: str) -> str:
    """Add what leads from the raw score to the answer, each step in the precision of XGBoost."""
    if link == "identity":
        return raw
    one = graph.constant(1.0, np.float32)
    if link == "sigmoid":
        falling = _exponential(graph, graph("Neg", raw))
        second = graph("Div", one, graph("Add", falling, one))
        return graph("Concat", graph("Sub", one, second), second, axis=1)
    if link == "exp":
        return _exponential(graph, raw)
    largest = graph("ReduceMax", raw, graph.whole([1]))
    parts = _exponential(graph, graph("Sub", raw, largest))
    total = graph("ReduceSum", graph.cast(parts), graph.whole([1]))
    return graph("Div", parts, graph.cast(total, TensorProto.FLOAT))


def _exponential(graph: Graph, value: str) -> str:
    """Add the exponential of a number of single precision, rounded once."""
    return graph.cast(graph("Exp", graph.cast(value)), TensorProto.FLOAT)


def _by_arrays(tree: dict[str, Any], target: int) -> Tree:
    """A tree of XGBoost: what is less than a condition goes left."""
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    conditions = np.array(tree["split_conditions"], dtype=np.float32)
    below = np.nextafter(conditions, np.float32(-np.inf)).astype(float)
    value = conditions.astype(float)  # of a leaf
    gaps = np.array(tree["default_left"], dtype=int)
    return Tree(left, right, np.array(tree["split_indices"]), below, gaps, value, target)


def _catboost(graph: Graph, model: Any, source: str) -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        model.save_model(str(file), format="json")
        told = json.loads(file.read_text(encoding="utf-8"))
    if told["features_info"].get("categorical_features") or "oblivious_trees" not in told:
        raise NotCompiled("it has categorical features of its own")
    loss = str(model.get_all_params()["loss_function"]).partition(":")[0]
    links = {"Logloss": "sigmoid", "CrossEntropy": "sigmoid", "MultiClass": "softmax"}
    links |= dict.fromkeys(("RMSE", "MAE", "Quantile", "Huber", "LogCosh", "MAPE"), "identity")
    links |= dict.fromkeys(("Poisson", "Tweedie"), "exp")
    if loss not in links:
        raise NotCompiled(f"no graph of the loss {loss} is known")
    scale, bias = told["scale_and_bias"]
    base = np.ravel(np.asarray(bias, dtype=float))
    gaps = {each["flat_feature_index"]: each for each in told["features_info"]["float_features"]}
    trees = (
        tree
        for each in told["oblivious_trees"]
        for tree in _oblivious(each, len(base), scale, gaps)
    )
    return linked(graph, raw_scores(graph, trees, single(graph, source), base), links[loss])


def _oblivious(
    tree: dict[str, Any], targets: int, scale: float, features: dict[int, dict[str, Any]]
) -> Iterator[Tree]:
    """A tree of CatBoost, whose nodes of one depth all ask the same; what is above goes right."""
    splits = tree["splits"] or []
    depth = len(splits)
    inner = 2**depth - 1
    values = np.asarray(tree["leaf_values"], dtype=float).reshape(2**depth, targets) * scale
    numbers = np.arange(inner)
    level = np.log2(numbers + 1).astype(int)
    leaves = -np.ones(2**depth, dtype=int)
    # The first split is the lowest bit of a leaf's number, so the last one is asked first.
    asked = [splits[depth - 1 - at] for at in level.tolist()]
    by = {each["feature_index"]: each for each in features.values()}
    feature = [by[each["float_feature_index"]]["flat_feature_index"] for each in asked]
    borders = [float(np.float32(each["border"])) for each in asked]
    left_of_gaps = [
        by[each["float_feature_index"]]["nan_value_treatment"] != "AsTrue" for each in asked
    ]
    for target in range(targets):
        yield Tree(
            np.concatenate([2 * numbers + 1, leaves]),
            np.concatenate([2 * numbers + 2, leaves]),
            np.concatenate([np.array(feature, dtype=int), leaves]),
            np.concatenate([np.array(borders), np.zeros(2**depth)]),
            np.concatenate([np.array(left_of_gaps, dtype=int), np.zeros(2**depth, dtype=int)]),
            np.concatenate([np.zeros(inner), values[:, target]]),
            target,
        )


class _Nodes:
    """Nodes of a tree that grows."""

    def __init__(self) -> None:
        self.left: list[int] = []
        self.right: list[int] = []
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.gaps: list[int] = []
        self.value: list[float] = []

    def add(self, parent: int, is_left: bool) -> int:
        """A new node's number."""
        at = len(self.left)
        if parent >= 0:
            (self.left if is_left else self.right)[parent] = at
        for column in (self.left, self.right, self.feature):
            column.append(-1)
        self.threshold.append(0.0)
        self.value.append(0.0)
        self.gaps.append(0)
        return at

    def tree(self, target: int, members: dict[int, Any]) -> Tree:
        """The tree of these nodes."""
        left, right, feature, gaps = map(np.array, (self.left, self.right, self.feature, self.gaps))
        return Tree(
            left,
            right,
            feature,
            np.array(self.threshold),
            gaps,
            np.array(self.value),
            target,
            members,
        )
