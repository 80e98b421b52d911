"""Records fits and scores of the original notebook while `make parity` runs its cells.

A cell before the first calls `start`; around the statement that fits stand `fitting` and `fitted`.
"""

import ast
import functools
import importlib
import inspect
import os
import pickle
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import numpy.typing as npt
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from sklearn import metrics, model_selection
from sklearn.base import is_classifier

# What is only looked at, or stands on somebody's machine: stood in for where it is not installed.
LOOKS = (
    "cufflinks",
    "dtreeviz",
    "google.colab",
    "graphviz",
    "kaggle",
    "missingno",
    "opendatasets",
    "pandas_profiling",
    "plotly",
    "pydotplus",
    "scikitplot",
    "seaborn",
    "sweetviz",
    "wordcloud",
    "ydata_profiling",
    "yellowbrick",
)
READERS = ("read_csv", "read_table", "read_excel", "read_json", "read_parquet", "read_feather")
SHOWN = {  # what shows a score without giving it
    "classification_report": "accuracy_score",
    "confusion_matrix": "accuracy_score",
    "roc_curve": "roc_auc_score",
}
SAYS = ("predict", "predict_proba", "decision_function", "score")


@dataclass
class Watch:
    """The record so far.

    Attributes:
        folder: where it is kept.
        data: where the notebook's files are, by the names that it has for them.
        splits: number of rows, positions of the train and of the test rows, of each split.
        models: what the chosen statement fitted; None where the notebook fitted it anew.
        outputs: number of the model, method and value of each prediction.
        scores: each score of one of the models.
    """

    folder: Path = Path()
    data: dict[str, str] = field(default_factory=dict)
    splits: list[tuple[int, npt.NDArray[np.intp], npt.NDArray[np.intp]]] = field(
        default_factory=list
    )
    models: list[Any] = field(default_factory=list)
    outputs: list[tuple[int, str, npt.NDArray[Any]]] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)

    def save(self, name: str, value: Any) -> None:
        """Keep a value at once, since the kernel may not live to the end."""
        (self.folder / f"{name}.pickle").write_bytes(pickle.dumps(value))

    def number(self, model: Any) -> int | None:
        """Which of the models that is, or whose best one; the last if it is several."""
        same = [
            number
            for number, known in enumerate(self.models)
            if known is not None
            and (model is known or model is getattr(known, "best_estimator_", None))
        ]
        return max(same, default=None)


watch = Watch()


def start(folder: str, data: dict[str, str], seconds: float) -> None:
    """Look on from here.

    Args:
        folder: where to keep what is seen.
        data: where the notebook's files are, by the names that it has for them.
        seconds: when to give up.
    """
    watch.folder, watch.data = Path(folder), data
    limit = threading.Timer(seconds, os._exit, [1])  # a cell that computes can't be interrupted
    limit.daemon = True
    limit.start()
    os.environ.update(MPLBACKEND="Agg", WANDB_MODE="disabled")
    sys.meta_path.append(_Looks())
    pd.set_option("future.infer_string", False)  # it was written when texts were objects
    for name in READERS:
        setattr(pd, name, _reader(getattr(pd, name)))
    setattr(importlib.import_module("seaborn"), "load_dataset", _load_dataset)  # noqa: B010
    importlib.import_module("google.colab").files.upload = _uploaded
    _watch_splits()
    _watch_metrics()
    shell = InteractiveShell.instance()
    _quieten(shell)
    # The cell that imported these is often gone, or further down.
    usual = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sns": "seaborn"}
    shell.push({name: importlib.import_module(module) for name, module in usual.items()})


def fitting(X: Any, y: Any) -> None:
    """See what is about to be fitted to."""
    watch.save("fit", {"X": X, "y": y, "splits": watch.splits})


def fitted(model: Any) -> Any:
    """Record a fit; from now on the model's predictions are recorded."""
    if hasattr(model, "predict") and not isinstance(model, MagicMock):
        watch.models.append(model)
        for each in {type(model), type(getattr(model, "best_estimator_", model))}:
            for name in ("fit", *SAYS):
                method = inspect.getattr_static(each, name, None)
                if method is not None and not isinstance(method, _Heard):
                    setattr(each, name, _Heard(name, method))
    return model


def crossed(function: Callable[..., Any], estimator: Any, X: Any, y: Any, **options: Any) -> Any:
    """Record the mean score of a cross-validation, which fits and scores in one.

    Args:
        function: of scikit-learn, called instead of the notebook.
        estimator: to be validated.
        X: its rows.
        y: their target.
    """
    value = function(estimator, X, y, **options)
    scoring = options.get("scoring") or ("accuracy" if is_classifier(estimator) else "r2")
    if isinstance(scoring, str):
        watch.models.append(estimator)
        mean = np.mean(value["test_score"] if isinstance(value, dict) else value)
        folds = {"cv": options.get("cv")}
        _note(len(watch.models) - 1, scoring, folds, mean, y, "cross")
    return value


class _Heard:
    """A method of which a call is noted."""

    def __init__(self, name: str, method: Any) -> None:
        self.name = name
        self.method = method

    def __get__(self, model: Any, owner: type) -> Any:
        bound = self.method.__get__(model, owner)
        return bound if model is None else functools.partial(_said, model, self.name, bound)


def _said(model: Any, name: str, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
    number = watch.number(model)
    value = method(*args, **options)
    if number is None:
        return value
    if name == "fit":  # its later predictions are not those of the chosen fit
        watch.models = [None if each is model else each for each in watch.models]
    elif name == "score":
        scoring = getattr(model, "scoring", None) or ("accuracy" if is_classifier(model) else "r2")
        truth = args[1] if len(args) > 1 else options.get("y")
        _note(number, str(scoring), {}, value, truth, name)
    else:
        watch.outputs.append((number, name, np.asarray(value)))
    return value


def _watch_splits() -> None:
    model_selection.train_test_split = _split_once(model_selection.train_test_split)
    for each in vars(model_selection).values():
        if inspect.isclass(each) and "split" in vars(each):
            setattr(each, "split", _split_often(vars(each)["split"]))  # noqa: B010 - any class


def _split_once(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def train_test_split(*arrays: Any, **options: Any) -> Any:
        if not _is_notebook():
            return original(*arrays, **options)
        rows = np.arange(np.shape(arrays[0])[0])
        *parts, train, test = original(*arrays, rows, **options)
        watch.splits.append((len(rows), train, test))
        return parts

    return train_test_split


def _split_often(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def split(self: Any, X: Any, *args: Any, **options: Any) -> Any:
        folds = original(self, X, *args, **options)
        return _seen(np.shape(X)[0], folds) if _is_notebook() else folds

    def _seen(rows: int, folds: Any) -> Any:
        for train, test in folds:
            watch.splits.append((rows, train, test))
            yield train, test

    return split


def _watch_metrics() -> None:
    for name, function in list(vars(metrics).items()):
        if inspect.isfunction(function):
            first, second, *_ = [*inspect.signature(function).parameters, "", ""]
            if first == "y_true" and second in ("y_pred", "y_score", "y_proba"):
                setattr(metrics, name, _noted(name, function))


def _noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def metric(*args: Any, **options: Any) -> Any:
        value = function(*args, **options)
        if _is_notebook():
            _measured(name, function, value, args, options)
        return value

    return metric


def _measured(
    name: str, function: Callable[..., Any], value: Any, args: Any, options: dict[str, Any]
) -> None:
    """Note a score if it is one of the models'."""
    given = inspect.signature(function).bind(*args, **options).arguments
    truth, said, *_ = given.values()
    others = dict(list(given.items())[2:])
    if name in SHOWN:
        name, others = SHOWN[name], {}
        try:
            value = inspect.unwrap(getattr(metrics, name))(truth, said)
        except ValueError:
            return
    if not np.isscalar(value) or not all(_is_plain(other) for other in others.values()):
        return
    said = np.squeeze(np.asarray(said))
    for number, how, output in reversed(watch.outputs):
        columns = range(output.shape[1]) if output.ndim > 1 else ()
        for column in (None, *columns):
            if np.array_equal(said, np.squeeze(output if column is None else output[:, column])):
                _note(number, name, others, value, truth, how, column)
                return


def _note(
    number: int,
    name: str,
    options: dict[str, Any],
    value: Any,
    truth: Any,
    how: str,
    column: int | None = None,
) -> None:
    if watch.models[number] is None or not np.isfinite(value):
        return
    watch.scores.append(
        {
            "model": number,
            "kind": _kind(watch.models[number]),
            "name": name,
            "options": options,
            "value": float(value),
            "truth": np.ravel(np.asarray(truth)),
            "how": how,
            "column": column,
        }
    )
    watch.save("scores", watch.scores)


def _kind(model: Any) -> str:
    """The class of the model inside a search or a pipeline."""
    model = getattr(model, "best_estimator_", model)
    return _kind(model.steps[-1][1]) if hasattr(model, "steps") else type(model).__name__


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | list)


def _is_notebook() -> bool:
    """Return whether the caller's caller is the notebook, not a library."""
    return sys._getframe(2).f_globals.get("__name__") == "__main__"


def _reader(original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)
    first = next(iter(signature.parameters))
    read_csv, read_parquet = pd.read_csv, pd.read_parquet

    @functools.wraps(original)
    def read(*args: Any, **options: Any) -> Any:
        given = signature.bind(*args, **options)
        here = _here(given.arguments.get(first))
        if here is None:
            return original(*args, **options)
        if here.suffix == ".parquet":
            return read_parquet(here)
        if here.suffix in (".csv", ".tsv") and original.__name__ not in ("read_csv", "read_table"):
            return read_csv(here, sep=None, engine="python")
        given.arguments[first] = here
        return original(*given.args, **given.kwargs)

    return read


def _here(source: Any) -> Path | None:
    """Where a file is that the notebook knows by a path on some machine, or by a URL."""
    if not isinstance(source, str | os.PathLike):
        return None
    if not Path(source).is_absolute() and Path(source).exists():
        return None
    for name, here in watch.data.items():
        if _base(str(source)) == _base(name):
            return Path(here)
    return None


def _base(name: str) -> str:
    return name.partition("?")[0].replace("\\", "/").rpartition("/")[2]


def _load_dataset(name: str, **_: Any) -> pd.DataFrame:
    return pd.read_csv(_here(name) or _here(f"{name}.csv") or name)


def _uploaded() -> dict[str, bytes]:
    return {_base(name): Path(here).read_bytes() for name, here in watch.data.items()}


class _Looks(MetaPathFinder, Loader):
    """Finds modules of `LOOKS` that nobody else found."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if any(f"{each}.".startswith(f"{name}.") or name.startswith(f"{each}.") for each in LOOKS):
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Look(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Look(ModuleType):
    """A module in which everything is there and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, MagicMock(name=f"{self.__name__}.{name}"))
        return getattr(self, name)


def _quieten(shell: InteractiveShell) -> None:
    """No shell commands, no installs; an expression that fails, such as a plot, stops no cell."""
    for stream in (1, 2):  # what workers print would reach the console
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    shell.system = shell.getoutput = lambda *_, **__: []
    shell.push({"exit": lambda *_: None, "quit": lambda *_: None})
    for name in ("conda", "load_ext", "matplotlib", "pip", "reload_ext"):
        shell.register_magic_function(lambda *_: None, "line", name)
    for name in ("bash", "script", "sh"):
        shell.register_magic_function(lambda *_: None, "cell", name)
    shell.ast_transformers.append(_Tolerant())


class _Tolerant(ast.NodeTransformer):
    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = [_tried(each) if isinstance(each, ast.Expr) else each for each in node.body]
        return ast.fix_missing_locations(node)


def _tried(statement: ast.stmt) -> ast.stmt:
    source = "try: pass\nexcept Exception: __import__('IPython').get_ipython().showtraceback()"
    attempt = ast.parse(source).body[0]
    assert isinstance(attempt, ast.Try)
    attempt.body = [statement]
    return attempt
