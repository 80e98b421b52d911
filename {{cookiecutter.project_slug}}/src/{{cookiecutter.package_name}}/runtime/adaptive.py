"""AdaBoost as an ONNX graph: its members' votes, or the weighted median of what they say."""

from typing import Any

import numpy as np
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from .encoding import NotCompiled
from .graphs import Graph
from .trees import raw_scores, single, tree_of

BOOSTS = (AdaBoostClassifier, AdaBoostRegressor)


def of_boost(graph: Graph, model: Any, source: str) -> str:
    """Add what AdaBoost answers: probabilities, or a regression's values.

    Raises:
        NotCompiled: if its members are no trees.
    """
    trees = DecisionTreeClassifier | DecisionTreeRegressor
    if not all(isinstance(member, trees) for member in model.estimators_):
        raise NotCompiled(f"no graph of {type(model).__name__} of other members is known")
    source = single(graph, source)
    if isinstance(model, AdaBoostRegressor):
        return _median(graph, model, source)
    classes, weights = len(model.classes_), model.estimator_weights_
    if any(len(member.classes_) < classes for member in model.estimators_):
        raise NotCompiled("a member of the boost does not know every class")
    members = zip(model.estimators_, weights / weights.sum(), strict=False)
    votes = (
        tree_of(member.tree_, np.where(best == kind, share, -share / (classes - 1)), kind)
        for member, share in members
        for best in [member.tree_.value[:, 0, :].argmax(axis=1)]
        for kind in range(classes)
    )
    scores = raw_scores(graph, votes, source, np.zeros(classes))
    if classes == 2:  # the decision is the second's less the first's, and half of that counts
        return graph("Softmax", graph("Mul", scores, graph.constant(1.0)), axis=1)
    return graph("Softmax", graph("Div", scores, graph.constant(classes - 1.0)), axis=1)


def _median(graph: Graph, model: AdaBoostRegressor, source: str) -> str:
    count = len(model.estimators_)
    trees = (
        tree_of(member.tree_, member.tree_.value[:, 0, 0], at)
        for at, member in enumerate(model.estimators_)
    )
    said = raw_scores(graph, trees, source, np.zeros(count))
    ordered, places = graph.several(
        "TopK", said, graph.whole([count]), outputs=2, axis=1, largest=0, sorted=1
    )
    weights = np.asarray(model.estimator_weights_[:count], dtype=float)
    reached = graph("CumSum", graph("Gather", graph.constant(weights), places), graph.whole(1))
    all_of_them = graph.columns(reached, [count - 1])
    half = graph("Mul", all_of_them, graph.constant(0.5))
    above = graph.cast(graph("GreaterOrEqual", reached, half), 7)
    middle = graph("ArgMax", above, axis=1)
    return graph("GatherElements", ordered, middle, axis=1)
