"""The pictures of an evaluation, as PNG."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn import metrics as sk
from sklearn.calibration import CalibrationDisplay

from ..data.schema import Task
from ..model.metrics import Predictions

mpl.use("agg")

SHOWN = 20  # features in the importance plot


def draw(folder: Path, predictions: Predictions, importance: pd.DataFrame, task: Task) -> None:
    """Leave the plots of a task in a folder.

    Args:
        folder: where the files go.
        predictions: for the test rows.
        importance: columns feature, importance and deviation, most important first.
        task: which plots there are.
    """
    _picture(folder / "importance.png", partial(_importance, importance=importance))
    pictures = {"binary": _BINARY, "multiclass": _MULTICLASS, "regression": _REGRESSION}[task]
    for name, painter in pictures.items():
        _picture(folder / f"{name}.png", partial(painter, p=predictions))


def _picture(path: Path, paint: Callable[[Axes], None]) -> None:
    figure = Figure(figsize=(6, 5), layout="constrained")
    with mpl.rc_context({"text.parse_math": False}):  # a $ is a $
        paint(figure.subplots())
        figure.savefig(path, dpi=100)


def _importance(axes: Axes, importance: pd.DataFrame) -> None:
    shown = importance.head(SHOWN)[::-1]
    axes.barh(shown["feature"], shown["importance"], xerr=shown["deviation"])
    axes.set_title("Permutation importance")
    axes.set_xlabel("score lost when the column is shuffled")


def _confusion(axes: Axes, p: Predictions) -> None:
    sk.ConfusionMatrixDisplay.from_predictions(
        p.truth, p.predicted, labels=p.classes, ax=axes, colorbar=False, xticks_rotation="vertical"
    )
    axes.set_title("Confusion matrix")


def _curves(axes: Axes, p: Predictions, display: Callable[..., None], title: str) -> None:
    """One curve a class, or one for the positive class."""
    assert p.classes is not None
    assert p.probabilities is not None
    if len(p.classes) == 2:
        display(p.is_positive, p.of_positive, str(p.positive), axes)
    else:
        for column, name in enumerate(p.classes):
            display(p.truth == name, p.probabilities[:, column], str(name), axes)
    axes.set_title(title)


def _roc(axes: Axes, p: Predictions) -> None:
    def display(truth: object, probability: object, name: str, ax: Axes) -> None:
        sk.RocCurveDisplay.from_predictions(truth, probability, name=name, ax=ax)

    _curves(axes, p, display, "ROC")


def _precision_recall(axes: Axes, p: Predictions) -> None:
    def display(truth: object, probability: object, name: str, ax: Axes) -> None:
        sk.PrecisionRecallDisplay.from_predictions(truth, probability, name=name, ax=ax)

    _curves(axes, p, display, "Precision and recall")


def _calibration(axes: Axes, p: Predictions) -> None:
    def display(truth: object, probability: object, name: str, ax: Axes) -> None:
        CalibrationDisplay.from_predictions(truth, probability, n_bins=10, name=name, ax=ax)

    _curves(axes, p, display, "Calibration")


def _threshold(axes: Axes, p: Predictions) -> None:
    precision, recall, thresholds = sk.precision_recall_curve(p.is_positive, p.of_positive)
    axes.plot(thresholds, precision[:-1], label="precision")
    axes.plot(thresholds, recall[:-1], label="recall")
    axes.set_title("Decision threshold")
    axes.set_xlabel(f"probability of {p.positive} from which it is predicted")
    axes.legend()


def _predicted(axes: Axes, p: Predictions) -> None:
    sk.PredictionErrorDisplay.from_predictions(
        p.truth, p.predicted, kind="actual_vs_predicted", ax=axes
    )
    axes.set_title("Predicted and actual")


def _residuals(axes: Axes, p: Predictions) -> None:
    sk.PredictionErrorDisplay.from_predictions(p.truth, p.predicted, ax=axes)
    axes.set_title("Residuals")


_MULTICLASS = {
    "confusion": _confusion,
    "roc": _roc,
    "precision_recall": _precision_recall,
    "calibration": _calibration,
}
_BINARY = {**_MULTICLASS, "threshold": _threshold}
_REGRESSION = {"predicted": _predicted, "residuals": _residuals}
