"""Fitted estimators as ONNX graphs of doubles: what they answer, by what they are made of.

An estimator that is not known here may still be converted by skl2onnx; see `export.py`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model._base import LinearClassifierMixin, LinearModel
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from ..model.pipeline import EncodedTarget, Resampled
from .adaptive import BOOSTS, of_boost
from .boosters import booster_of
from .encoding import NotCompiled, steps_of
from .graphs import INPUT, Graph
from .trees import BINNED, BOOSTED, ENSEMBLES, of_ensemble, raw_of

INVERSE: dict[Any, Callable[[Graph, str], str]] = {
    None: lambda _, value: value,
    np.exp: lambda graph, value: graph("Exp", value),
    np.expm1: lambda graph, value: graph("Sub", graph("Exp", value), graph.constant(1.0)),
    np.square: lambda graph, value: graph("Mul", value, value),
    np.sqrt: lambda graph, value: graph("Sqrt", value),
    np.exp2: lambda graph, value: graph("Pow", graph.constant(2.0), value),
    np.log: lambda graph, value: graph("Log", value),
}


def innermost(estimator: Any) -> Any:
    """What answers, within what only fits or names it."""
    while True:
        match estimator:
            case FixedThresholdClassifier():
                estimator = estimator.estimator_
            case FrozenEstimator():
                estimator = estimator.estimator
            case EncodedTarget() | Resampled():
                estimator = estimator.classifier_
            case Pipeline() if len(estimator) == 1:
                estimator = estimator[-1]
            case _:
                return estimator


def as_onnx(estimator: Any, width: int) -> ModelProto:
    """A graph from X, shape (rows, width), to Y: probabilities, or a regression's values.

    Raises:
        NotCompiled: if no graph of the estimator is known, or it is too large.
    """
    graph = Graph()
    answers = answers_of(graph, estimator, INPUT)
    return graph.model(answers, width, len(getattr(estimator, "classes_", [0])))


def answers_of(graph: Graph, estimator: Any, source: str) -> str:
    """Add what an estimator answers: each class's probability, or one number a row.

    Raises:
        NotCompiled: if no graph of it is known.
    """
    estimator = innermost(estimator)
    if isinstance(estimator, ENSEMBLES):
        return of_ensemble(graph, estimator, source)
    if isinstance(estimator, BOOSTS):
        return of_boost(graph, estimator, source)
    match estimator:
        case Pipeline():
            return answers_of(graph, estimator[-1], _transformed(graph, estimator[:-1], source))
        case CalibratedClassifierCV():
            return _calibrated(graph, estimator, source)
        case TransformedTargetRegressor():
            found = answers_of(graph, estimator.regressor_, source)
            return _turned_back(graph, estimator.transformer_, found)
        case VotingClassifier() | VotingRegressor():
            return _voted(graph, estimator, source)
        case BaggingClassifier() | BaggingRegressor():
            return _bagged(graph, estimator, source)
        case StackingClassifier() | StackingRegressor():
            return _stacked(graph, estimator, source)
        case GaussianNB():
            return _gaussian(graph, estimator, source)
        case LogisticRegression() | LinearDiscriminantAnalysis():
            scores = decision_of(graph, estimator, source)
            if len(estimator.classes_) == 2:
                return graph.of_second(graph("Sigmoid", scores))
            return graph("Softmax", scores, axis=1)
        case MLPClassifier() | MLPRegressor():
            return _perceptrons(graph, estimator, source)
        case SVR() | NuSVR():
            kernel = _kernel(graph, estimator, source)
            return graph.affine(kernel, _full(estimator.dual_coef_).T, estimator.intercept_)
        case LinearModel() if not hasattr(estimator, "classes_") and np.ndim(estimator.coef_) == 1:
            weights = np.asarray(estimator.coef_, dtype=float).reshape(-1, 1)
            return graph.affine(source, weights, np.ravel(estimator.intercept_))
    if (add := booster_of(estimator)) is not None:
        return add(graph, source)
    raise _unknown(estimator)


def decision_of(graph: Graph, estimator: Any, source: str) -> str:
    """Add what a classifier decides by: one score a row for two classes, else one a class.

    Raises:
        NotCompiled: if no graph of it is known.
    """
    estimator = innermost(estimator)
    match estimator:
        case Pipeline():
            return decision_of(graph, estimator[-1], _transformed(graph, estimator[:-1], source))
        case SVC() | NuSVC():
            return _of_vectors(graph, estimator, source)
        case LinearClassifierMixin():
            weights = np.atleast_2d(estimator.coef_).T
            return graph.affine(source, weights, np.ravel(estimator.intercept_))
    if isinstance(estimator, BOOSTED + BINNED):
        return raw_of(graph, estimator, source)
    if hasattr(estimator, "decision_function"):
        raise _unknown(estimator)
    chances = answers_of(graph, estimator, source)
    return graph.columns(chances, [1]) if len(estimator.classes_) == 2 else chances


def _unknown(estimator: Any) -> NotCompiled:
    return NotCompiled(f"no graph of {type(estimator).__name__} is known")


def _full(matrix: Any) -> npt.NDArray[np.float64]:
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, dtype=float)


def _transformed(graph: Graph, transformers: Pipeline, source: str) -> str:
    """Add a pipeline's transformers."""
    for _, transformer in transformers.steps:
        match transformer:
            case "passthrough" | None | FunctionTransformer(func=None):
                continue
            case _:
                for step in steps_of(transformer):
                    source = _stepped(graph, source, **step)
    return source


OPERATORS = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"}


def _stepped(graph: Graph, source: str, do: str, by: Any, gaps: Any = ()) -> str:
    """Add a step of arithmetic, as `Encoder` knows them."""
    if do in OPERATORS:
        return graph(OPERATORS[do], source, graph.constant(by))
    if do == "take":
        return graph.columns(source, by)
    if do == "project":
        return graph("MatMul", source, graph.constant(by))
    if do == "powers":
        one_each = graph("Unsqueeze", source, graph.whole([1]))
        graph.widen(np.size(by))
        powers = graph("Pow", one_each, graph.constant(by))
        return graph("ReduceProd", powers, graph.whole([2]), keepdims=0)
    missing = graph("IsNaN", source)
    filled = graph("Where", missing, graph.constant(by), source)
    if not len(gaps):
        return filled
    return graph("Concat", filled, graph.columns(graph.cast(missing), gaps), axis=1)


def _turned_back(graph: Graph, transformer: Any, value: str) -> str:
    """Add the inverse of what a target went through before the fit."""
    match transformer:
        case FunctionTransformer(inverse_func=inverse) if inverse in INVERSE:
            return INVERSE[inverse](graph, value)
        case StandardScaler() | RobustScaler():
            scale = transformer.scale_
            center = getattr(transformer, "mean_", getattr(transformer, "center_", None))
        case MaxAbsScaler():
            scale, center = transformer.scale_, None
        case MinMaxScaler():
            scale, center = 1 / transformer.scale_, -transformer.min_ / transformer.scale_
        case _:
            raise NotCompiled(f"no inverse of {type(transformer).__name__} is known")
    if scale is not None:
        value = graph("Mul", value, graph.constant(scale))
    return value if center is None else graph("Add", value, graph.constant(center))


def _calibrated(graph: Graph, model: CalibratedClassifierCV, source: str) -> str:
    """Add the mean of calibrated probabilities."""
    known = np.asarray(model.classes_).tolist()
    parts = []
    for part in model.calibrated_classifiers_:
        inner = np.asarray(part.estimator.classes_).tolist()
        if part.method not in ("sigmoid", "isotonic") or inner != known:
            raise NotCompiled(f"no graph of such a calibration ({part.method}) is known")
        scores = decision_of(graph, part.estimator, source)
        many = len(part.calibrators) > 1
        each = [
            _calibrator(graph, one, graph.columns(scores, [at]) if many else scores)
            for at, one in enumerate(part.calibrators)
        ]
        if not many:
            parts.append(graph.of_second(each[0]))
            continue
        together = graph("Concat", *each, axis=1)
        total = graph("ReduceSum", together, graph.whole([1]))
        nothing = graph("Equal", total, graph.constant(0.0))
        shares = graph("Div", together, total)
        parts.append(graph("Where", nothing, graph.constant(1 / len(each)), shares))
    return _mean(graph, parts)


def _calibrator(graph: Graph, calibrator: Any, score: str) -> str:
    """Add one class's probability of its score, shape (rows, 1)."""
    if not isinstance(calibrator, IsotonicRegression):
        times = graph("Mul", score, graph.constant(-calibrator.a_))
        return graph("Sigmoid", graph("Sub", times, graph.constant(calibrator.b_)))
    x, y = calibrator.X_thresholds_, calibrator.y_thresholds_
    if calibrator.out_of_bounds != "clip" or len(x) < 2:
        raise NotCompiled("no graph of such a calibration is known")
    inside = graph("Max", score, graph.constant(x[0]))
    inside = graph("Min", inside, graph.constant(x[-1]))
    reached = graph.cast(graph("GreaterOrEqual", inside, graph.constant(x[1:-1])), 7)
    place = graph("ReduceSum", reached, graph.whole([1]))  # int64, shape (rows, 1)
    slopes = np.diff(y) / np.diff(x)
    start, slope, low = (
        graph("Gather", graph.constant(each), place) for each in (x[:-1], slopes, y[:-1])
    )
    rise = graph("Mul", graph("Sub", inside, start), slope)
    return graph("Add", low, rise)


def _mean(graph: Graph, parts: list[str], weights: Any = None) -> str:
    """Add the mean of several matrices."""
    shares = np.full(len(parts), 1.0) if weights is None else np.asarray(weights, dtype=float)
    if len(parts) == 1:
        return parts[0]
    weighted = [
        graph("Mul", part, graph.constant(share))
        for part, share in zip(parts, shares / shares.sum(), strict=True)
    ]
    return graph("Sum", *weighted)


def _voted(graph: Graph, model: Any, source: str) -> str:
    if getattr(model, "voting", "soft") != "soft":
        raise NotCompiled("votes are counted")
    used = [each for each in model.estimators if not _is_dropped(each[1])]
    weights = model.weights
    if weights is not None and len(used) < len(model.estimators):
        raise NotCompiled("no graph of weights with a dropped voter is known")
    parts = [answers_of(graph, each, source) for each in model.estimators_]
    return _mean(graph, parts, weights)


def _is_dropped(estimator: Any) -> bool:
    return isinstance(estimator, str) and estimator == "drop"


def _bagged(graph: Graph, model: Any, source: str) -> str:
    classes = getattr(model, "classes_", None)
    parts = []
    for member, columns in zip(model.estimators_, model.estimators_features_, strict=True):
        if classes is not None and len(member.classes_) < len(classes):
            raise NotCompiled("a part of the bag does not know every class")
        every = np.array_equal(columns, np.arange(model.n_features_in_))
        some = source if every else graph.columns(source, columns)
        parts.append(answers_of(graph, member, some))
    return _mean(graph, parts)


def _stacked(graph: Graph, model: Any, source: str) -> str:
    two = isinstance(model, StackingClassifier) and len(model.classes_) == 2
    parts = []
    for member, method in zip(model.estimators_, model.stack_method_, strict=True):
        if method == "decision_function":
            parts.append(decision_of(graph, member, source))
            continue
        if isinstance(model, StackingClassifier) and method != "predict_proba":
            raise NotCompiled("a stack of labels")
        found = answers_of(graph, member, source)
        parts.append(graph.columns(found, [1]) if two else found)
    if model.passthrough:
        parts.append(source)
    return answers_of(graph, model.final_estimator_, graph("Concat", *parts, axis=1))


def _gaussian(graph: Graph, model: GaussianNB, source: str) -> str:
    """Add the naive Bayes of normal distributions."""
    graph.widen(model.theta_.size)
    one_each = graph("Unsqueeze", source, graph.whole([1]))  # shape (rows, 1, features)
    far = graph("Sub", one_each, graph.constant(model.theta_))
    squares = graph("Div", graph("Mul", far, far), graph.constant(model.var_))
    sums = graph("ReduceSum", squares, graph.whole([2]), keepdims=0)
    least = np.log(model.class_prior_) - 0.5 * np.log(2 * np.pi * model.var_).sum(axis=1)
    scores = graph("Add", graph("Mul", sums, graph.constant(-0.5)), graph.constant(least))
    return graph("Softmax", scores, axis=1)


ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid"}


def _perceptrons(graph: Graph, model: Any, source: str) -> str:
    layers = list(zip(model.coefs_, model.intercepts_, strict=True))
    graph.widen(max(weights.shape[1] for weights, _ in layers))
    for at, (weights, added) in enumerate(layers):
        source = graph.affine(source, weights, added)
        if at < len(layers) - 1 and model.activation != "identity":
            source = graph(ACTIVATIONS[model.activation], source)
    match model.out_activation_:
        case "logistic" if len(model.classes_) == 2:
            return graph.of_second(graph("Sigmoid", source))
        case "softmax":
            return graph("Softmax", source, axis=1)
        case "identity":
            return source
    raise NotCompiled(f"no graph of an output by {model.out_activation_} is known")


def _kernel(graph: Graph, model: Any, source: str) -> str:
    """Add the kernel of rows and support vectors, shape (rows, vectors)."""
    if callable(model.kernel) or model.kernel == "precomputed":
        raise NotCompiled("no graph of its kernel is known")
    vectors, gamma = _full(model.support_vectors_), graph.constant(model._gamma)
    graph.widen(len(vectors))
    product = graph("MatMul", source, graph.constant(vectors.T))
    if model.kernel == "linear":
        return product
    if model.kernel == "rbf":
        own = graph("ReduceSum", graph("Mul", source, source), graph.whole([1]))
        both = graph("Add", own, graph.constant((vectors**2).sum(axis=1)))
        apart = graph("Sub", both, graph("Mul", product, graph.constant(2.0)))
        return graph("Exp", graph("Neg", graph("Mul", apart, gamma)))
    score = graph("Add", graph("Mul", product, gamma), graph.constant(model.coef0))
    if model.kernel == "sigmoid":
        return graph("Tanh", score)
    return graph("Pow", score, graph.constant(float(model.degree)))


def _of_vectors(graph: Graph, model: Any, source: str) -> str:
    """Add a support vector classifier's decision: each pair of classes has one, of its vectors."""
    kernel, duals = _kernel(graph, model, source), _full(model.dual_coef_)
    classes = len(model.classes_)
    if classes == 2:
        return graph.affine(kernel, duals.T, model.intercept_)
    if model.decision_function_shape != "ovr" or model.break_ties:
        raise NotCompiled("no graph of such decisions is known")
    # Each class's vectors weigh in its decisions against each other class.
    sizes = np.asarray(model.n_support_)
    of_classes = graph.several("Split", kernel, graph.whole(sizes), outputs=classes, axis=1)
    starts = np.cumsum(sizes) - sizes
    weighed = [
        graph("MatMul", part, graph.constant(duals[:, start : start + size].T))
        for part, start, size in zip(of_classes, starts, sizes, strict=True)
    ]
    every = graph("Concat", *weighed, axis=1)
    pairs = [(one, other) for one in range(classes) for other in range(one + 1, classes)]
    first = [one * (classes - 1) + other - 1 for one, other in pairs]
    second = [other * (classes - 1) + one for one, other in pairs]
    both = graph("Add", graph.columns(every, first), graph.columns(every, second))
    scores = graph("Add", both, graph.constant(model.intercept_))
    sides = np.zeros((2, len(pairs), classes))
    for at, (one, other) in enumerate(pairs):
        sides[0, at, one] = sides[1, at, other] = 1
    sums = graph("MatMul", scores, graph.constant(sides[0] - sides[1]))
    lost = graph.cast(graph("Less", scores, graph.constant(0.0)))
    votes = graph.affine(lost, sides[1] - sides[0], sides[0].sum(axis=0))
    size = graph("Add", graph("Abs", sums), graph.constant(1.0))
    share = graph("Div", sums, graph("Mul", size, graph.constant(3.0)))
    return graph("Add", votes, share)
