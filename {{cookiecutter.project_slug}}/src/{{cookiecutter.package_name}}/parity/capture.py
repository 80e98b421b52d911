"""Records what the original notebook fits, and its scores, while `cells` runs them.

`start` comes before the first cell. The statement that fits is surrounded by `record_data`,
`fitting` and `record_fit`.
"""

import contextlib
import functools
import importlib
import inspect
import pickle
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata
from sklearn import metrics, model_selection, utils
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from ..steps.run_cells import in_pandas
from .estimators import described, varied

SEVERAL = 5  # different numbers, whose order is hardly chance
# Functions that display a model's quality without returning a score, and the score to take instead.
DISPLAYS = {
    "classification_report": "accuracy_score",
    "confusion_matrix": "accuracy_score",
    "roc_curve": "roc_auc_score",
}
PREDICTING = ("predict", "predict_proba", "decision_function", "score")


@dataclass(frozen=True)
class Split:
    """One split that the notebook made.

    Attributes:
        rows: number of rows that were split.
        train: positions of the training rows; shape (train rows,).
        test: positions of the test rows; shape (test rows,).
    """

    rows: int
    train: npt.NDArray[np.intp]
    test: npt.NDArray[np.intp]


@dataclass(frozen=True)
class FitData:
    """What the chosen statement fits to.

    Attributes:
        X: the features.
        y: the target.
        splits: made before, in order.
    """

    X: Any
    y: Any
    splits: Sequence[Split] = ()


@dataclass(frozen=True)
class Output:
    """What one call of a model's method returned.

    Attributes:
        model: number of the model.
        method: such as `predict_proba`.
        array: shape (rows,) or (rows, classes).
    """

    model: int
    method: str
    array: npt.NDArray[Any]


@dataclass(frozen=True)
class Score:
    """One score that the notebook computed for a model.

    Attributes:
        metric: a function of sklearn.metrics, or the name of a scorer.
        options: arguments of the metric, or `cv` of a cross-validation.
        value: the notebook's; None if it computed none.
        method: of the model that gave the predictions; `score`, or `cross` for a cross-validation.
        column: of the predictions; None if all were scored.
        truth: the target of the scored rows; shape (rows,).
        model: number of the model.
        estimator: its class.
        turned_back: whether the predictions were turned back into another unit before.
    """

    metric: str
    options: dict[str, Any]
    value: float | None
    method: str
    column: int | None = None
    truth: npt.NDArray[Any] | None = None
    model: int = 0
    estimator: str = ""
    turned_back: bool = False


@dataclass
class Recording:
    """What has been recorded so far.

    Attributes:
        folder: where it is kept.
        splits: in the order in which they were made.
        models: fitted by the chosen statement; None once the notebook has fitted one again.
        outputs: of these models.
        scores: of these models.
        estimators: those that the chosen statement was about to fit, described.
        searched: names of parameters that a search has varied.
        resampled: rows that a sampler made, with X and y that it made them of.
        is_last: whether the next fit of the chosen statement is the one to stop at.
        is_over: whether that was reached.
    """

    folder: Path = Path()
    splits: list[Split] = field(default_factory=list)
    models: list[Any] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    estimators: list[dict[str, Any]] = field(default_factory=list)
    searched: set[str] = field(default_factory=set)
    resampled: list[tuple[Any, Any, Any]] = field(default_factory=list)
    is_last: bool = False
    is_over: bool = False

    def save(self, name: str, value: Any) -> None:
        """Write a value to disk at once, since the kernel may die before the end."""
        (self.folder / f"{name}.pickle").write_bytes(pickle.dumps(value))

    def number(self, model: Any) -> int | None:
        """The number of a model, or of the search whose best model it is; the last if several."""
        same = [
            number
            for number, known in enumerate(self.models)
            if known is not None
            and (model is known or model is getattr(known, "best_estimator_", None))
        ]
        return max(same, default=None)

    def add_score(self, score: Score, truth: Any) -> None:
        """Keep a score of a model that the notebook has not fitted again since."""
        model = self.models[score.model]
        if model is None or score.value is None or not np.isfinite(score.value):
            return
        truth = np.ravel(np.asarray(truth))
        self.scores.append(replace(score, truth=truth, estimator=_class_name(model)))
        self.save("scores", self.scores)


recording = Recording()


class Reached(BaseException):  # no error, and not to be caught as one
    """The notebook has come to its chosen fit, and nothing after it is of interest."""


def start(folder: str) -> None:
    """Record everything from here on.

    Args:
        folder: where to keep the recording.
    """
    recording.folder = Path(folder)
    _record_splits()
    _record_shuffles()
    _record_searches()
    _record_metrics()


def stop_at_next() -> None:
    """Let the next fit of the chosen statement be the end."""
    recording.is_last = True


def record_data(X: Any, y: Any) -> None:
    """Record what is about to be fitted to; of resampled rows, those that they were made of."""
    for made, *rows in reversed(recording.resampled):
        if X is made:
            X, y = rows
            break
    recording.save("fit", FitData(in_pandas(X), in_pandas(y), recording.splits))


def fitting(model: Any) -> Any:
    """Record the estimator that is about to be fitted, unless it is no predictor.

    Raises:
        Reached: if this is the fit to stop at.
    """
    if hasattr(model, "predict") and not isinstance(model, MagicMock):
        with contextlib.suppress(Exception):  # an estimator of the notebook's own may not say
            recording.estimators.append(described(model, recording.searched))
            recording.save("estimators", recording.estimators)
        if recording.is_last:
            recording.is_over = True
            raise Reached
    return model


def record_fit(model: Any) -> Any:
    """Record a fitted model, whose outputs are recorded from now on."""
    if hasattr(model, "predict") and not isinstance(model, MagicMock):
        recording.models.append(model)
        for each in {type(model), type(getattr(model, "best_estimator_", model))}:
            for name in ("fit", *PREDICTING):
                method = inspect.getattr_static(each, name, None)
                if method is not None and not isinstance(method, _RecordedMethod):
                    setattr(each, name, _RecordedMethod(name, method))
    return model


def record_inside(path: str) -> None:
    """Record fits that the author's own modules make, of a class, a pipeline or a search."""
    module, _, name = path.rpartition(".")
    known = getattr(importlib.import_module(module), name)
    for each in (known, Pipeline, model_selection.GridSearchCV.__base__):
        setattr(each, "fit", _recording_fit(each.fit))  # noqa: B010 - any class


def _recording_fit(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def fit(self: Any, X: Any, y: Any = None, *args: Any, **options: Any) -> Any:
        if _is_of_library(sys._getframe(1).f_code.co_filename):
            return original(self, X, y, *args, **options)
        record_data(X, y)
        return record_fit(original(fitting(self), X, y, *args, **options))

    return fit


def _is_of_library(file: str) -> bool:
    places = {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
    return "site-packages" in file or file.startswith(tuple(places))


def record_cross_validation(
    function: Callable[..., Any], estimator: Any, X: Any, y: Any, **options: Any
) -> Any:
    """Call a cross-validation, which fits and scores in one, and record its mean score, if any.

    Args:
        function: `cross_val_score`, `cross_validate` or `cross_val_predict`.
        estimator: to be validated.
        X: its features.
        y: their target.
        **options: passed on.

    Returns:
        What the function returns.
    """
    value = function(fitting(estimator), X, y, **options)
    if getattr(function, "__name__", "") == "cross_val_predict":
        return value
    scoring = options.get("scoring") or _default_scoring(estimator)
    if isinstance(scoring, str):
        recording.models.append(estimator)
        mean = float(np.mean(value["test_score"] if isinstance(value, dict) else value))
        number, folds = len(recording.models) - 1, {"cv": options.get("cv")}
        recording.add_score(Score(scoring, folds, mean, "cross", model=number), y)
    return value


class _RecordedMethod:
    """A method whose calls are recorded."""

    def __init__(self, name: str, method: Any) -> None:
        self.name = name
        self.method = method

    def __get__(self, model: Any, owner: type) -> Any:
        bound = self.method.__get__(model, owner)
        return bound if model is None else functools.partial(_call, model, self.name, bound)


def _call(model: Any, name: str, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call a model's method, and record its result if the model is one of the chosen fit.

    Args:
        model: whose method it is.
        name: of the method.
        method: bound to the model.
        *args: of the call.
        **options: of the call.
    """
    number = recording.number(model)
    value = method(*args, **options)
    if number is None:
        return value
    if name == "fit":  # later predictions are not those of the chosen fit
        recording.models = [None if each is model else each for each in recording.models]
    elif name == "score":
        scoring = getattr(model, "scoring", None) or _default_scoring(model)
        truth = args[1] if len(args) > 1 else options.get("y")
        recording.add_score(Score(str(scoring), {}, float(value), name, model=number), truth)
    else:
        recording.outputs.append(Output(number, name, np.asarray(value)))
    return value


def _default_scoring(model: Any) -> str:
    return "accuracy" if is_classifier(model) else "r2"


def _record_splits() -> None:
    """Make scikit-learn's splitters record the splits that the notebook makes."""
    model_selection.train_test_split = _recording_function(model_selection.train_test_split)
    splitters = [each for each in vars(model_selection).values() if hasattr(each, "split")]
    bases = {base for each in splitters if inspect.isclass(each) for base in each.__mro__}
    for each in bases:  # KFold takes its `split` from one
        if "split" in vars(each):
            setattr(each, "split", _recording_method(vars(each)["split"]))  # noqa: B010 - any class


def _recording_function(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def train_test_split(*arrays: Any, **options: Any) -> Any:
        if not _is_notebook():
            return original(*arrays, **options)
        rows = np.arange(np.shape(arrays[0])[0])
        *parts, train, test = original(*arrays, rows, **options)
        recording.splits.append(Split(len(rows), train, test))
        return parts

    return train_test_split


def _record_shuffles() -> None:
    """Make what shuffles rows record their new order, as a split that leaves no row out.

    A later split is one of these rows; the order of a frame that is numbered anew says nothing.
    """
    original = utils.shuffle

    @functools.wraps(original)
    def shuffle(*arrays: Any, **options: Any) -> Any:
        if not _is_notebook() or not arrays:
            return original(*arrays, **options)
        rows = np.arange(np.shape(arrays[0])[0])
        *parts, order = original(*arrays, rows, **options)
        if len(order) == len(rows):
            recording.splits.append(Split(len(rows), order, order[:0]))
        return parts[0] if len(parts) == 1 else parts

    setattr(utils, "shuffle", shuffle)  # noqa: B010
    of_frame = pd.DataFrame.sample

    @functools.wraps(of_frame)
    def sample(self: pd.DataFrame, *args: Any, **options: Any) -> pd.DataFrame:
        drawn = of_frame(self, *args, **options)
        if _is_notebook() and self.index.is_unique and len(drawn) == len(self):
            order = self.index.get_indexer(drawn.index)
            recording.splits.append(Split(len(self), order, order[:0]))
        return drawn

    setattr(pd.DataFrame, "sample", sample)  # noqa: B010


def _recording_method(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def split(self: Any, X: Any, *args: Any, **options: Any) -> Any:
        folds = original(self, X, *args, **options)
        return _recorded(np.shape(X)[0], folds) if _is_notebook() else folds

    def _recorded(rows: int, folds: Any) -> Any:
        for train, test in folds:
            recording.splits.append(Split(rows, train, test))
            yield train, test

    return split


def _record_searches() -> None:
    """Make scikit-learn's searches record which parameters they vary."""
    base = model_selection.GridSearchCV.__base__
    original = base.fit

    @functools.wraps(original)
    def fit(self: Any, *args: Any, **options: Any) -> Any:
        recording.searched |= {name.rpartition("__")[2] for name in varied(self)}
        return original(self, *args, **options)

    setattr(base, "fit", fit)  # noqa: B010


def record_resampling() -> None:
    """Make imbalanced-learn's samplers record which rows they resample."""
    base = importlib.import_module("imblearn.base").BaseSampler
    original = base.fit_resample

    @functools.wraps(original)
    def fit_resample(self: Any, X: Any, y: Any, **options: Any) -> Any:
        rows, targets = original(self, X, y, **options)
        if _is_notebook():
            recording.resampled.append((rows, X, y))
        return rows, targets

    setattr(base, "fit_resample", fit_resample)  # noqa: B010


def _record_metrics() -> None:
    """Make the functions of sklearn.metrics record the scores that the notebook computes."""
    for name, function in list(vars(metrics).items()):
        if inspect.isfunction(function):
            first, second, *_ = [*inspect.signature(function).parameters, "", ""]
            if first == "y_true" and second in ("y_pred", "y_score", "y_proba"):
                setattr(metrics, name, _recording_metric(name, function))


def _recording_metric(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def metric(*args: Any, **options: Any) -> Any:
        value = function(*args, **options)
        if _is_notebook():
            arguments = inspect.signature(function).bind(*args, **options).arguments
            _record_metric(name, value, arguments)
        return value

    return metric


def _record_metric(name: str, value: Any, arguments: dict[str, Any]) -> None:
    """Record a score if it is of predictions that one of the models returned.

    Args:
        name: of the metric.
        value: that it returned.
        arguments: of the call: the truth, the predictions, then options.
    """
    truth, predicted, *_ = arguments.values()
    options = dict(list(arguments.items())[2:])
    if name in DISPLAYS:
        name, options = DISPLAYS[name], {}
        try:
            value = inspect.unwrap(getattr(metrics, name))(truth, predicted)
        except ValueError:
            return
    if not isinstance(value, int | float | np.number):
        return
    if not all(_is_plain(option) for option in options.values()):
        return
    predicted = np.squeeze(np.asarray(predicted))
    for output in reversed(recording.outputs):
        array = output.array
        columns = range(array.shape[1]) if array.ndim > 1 else ()
        for column in (None, *columns):
            same = np.squeeze(array if column is None else array[:, column])
            exact = np.array_equal(predicted, same)
            if exact or (output.method == "predict" and _is_turned_back(predicted, same)):
                score = Score(name, options, float(value), output.method, column)
                score = replace(score, model=output.model, turned_back=not exact)
                recording.add_score(score, truth)
                return


def _is_turned_back(scored: npt.NDArray[Any], output: npt.NDArray[Any]) -> bool:
    """Whether numbers are predictions in another unit, such as `np.expm1` of them: in one order."""
    if scored.shape != output.shape or not scored.dtype.kind == output.dtype.kind == "f":
        return False
    several = len(np.unique(output)) >= SEVERAL
    return several and np.array_equal(rankdata(output), rankdata(scored))


def _class_name(model: Any) -> str:
    """The class of the model inside a search or a pipeline."""
    model = getattr(model, "best_estimator_", model)
    return _class_name(model.steps[-1][1]) if hasattr(model, "steps") else type(model).__name__


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | list)


def _is_notebook() -> bool:
    """Whether the caller's caller is the notebook, not a library."""
    return sys._getframe(2).f_globals.get("__name__") == "__main__"
