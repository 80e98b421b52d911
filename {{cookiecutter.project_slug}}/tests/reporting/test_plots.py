"""Each task has its pictures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }}.model import metrics
from {{ cookiecutter.package_name }}.reporting import plots

TRUTH = np.array(["no", "yes", "maybe"] * 20)
CHANCES = np.random.default_rng(0).dirichlet(np.ones(3), 60)
IMPORTANCE = pd.DataFrame({"feature": ["x"], "importance": [0.5], "deviation": [0.1]})


def predictions(task: str) -> metrics.Predictions:
    if task == "regression":
        return metrics.Predictions(np.arange(60.0), np.arange(60.0) + 1)
    classes = np.array(["maybe", "no", "yes"] if task == "multiclass" else ["no", "yes"])
    truth = TRUTH if task == "multiclass" else np.where(TRUTH == "yes", "yes", "no")
    chances = CHANCES[:, : len(classes)] / CHANCES[:, : len(classes)].sum(axis=1, keepdims=True)
    return metrics.Predictions(truth, classes[chances.argmax(axis=1)], chances, classes, "yes")


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("binary", ["calibration", "confusion", "precision_recall", "roc", "threshold"]),
        ("multiclass", ["calibration", "confusion", "precision_recall", "roc"]),
        ("regression", ["predicted", "residuals"]),
    ],
)
def test_each_task_has_its_pictures(task: str, names: list[str], tmp_path: Path) -> None:
    plots.draw(tmp_path, predictions(task), IMPORTANCE, task)  # type: ignore[arg-type]
    pictures = {path.stem for path in tmp_path.glob("*.png")}
    assert pictures == {"importance", *names}
