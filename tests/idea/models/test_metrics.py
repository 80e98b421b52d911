"""The metric that a notebook judges by, and the scores that it shows."""

import ast
from pathlib import Path
from typing import Any

import pytest

from idea.knowledge.metrics import SCORERS
from idea.models import Score, judged_by
from idea.models.measures import scoring_name
from idea.program import Step
from tests.idea.program.test_static_values import Written, expression

HEAD = """
import numpy as np
from math import sqrt
from sklearn import metrics
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import *
from sklearn.model_selection import GridSearchCV, cross_val_score
"""

Cells = list[tuple[str, str]]


def judged(task: str, *cells: tuple[str, str]) -> tuple[str, tuple[Score, ...]]:
    """Judge by cells of source and output, after a split into training and test rows."""
    steps = [
        Step(parse(f"{name} = {name[0]}")[0], -1, 1, role=role)
        for name, role in [
            ("X_train", "split"),
            ("X_test", "test"),
            ("y_train", "split"),
            ("y_test", "test"),
        ]
    ]
    steps += [Step(n, i, n.lineno) for i, (source, _) in enumerate(cells) for n in parse(source)]
    outputs = {i: (text,) for i, (_, text) in enumerate(cells) if text}
    names = Written(HEAD + "\n".join(source for source, _ in cells))
    return judged_by(steps, outputs, names, task)


def parse(source: str) -> list[ast.stmt]:
    return ast.parse(source).body


SCORE = "accuracy_score(y_test, p)"
METRICS: list[tuple[str, str, str]] = [
    # (task, source, metric)
    ("classification", "", "accuracy"),
    ("regression", "", "r2"),
    ("classification", SCORE, "accuracy"),
    ("classification", "metrics.balanced_accuracy_score(y_test, p)", "balanced_accuracy"),
    ("binary", "f1_score(y_test, p)", "f1"),
    ("classification", "f1_score(y_test, p, average='weighted')", "f1_weighted"),
    ("multiclass", "f1_score(y_test, p, average=None)", "f1_macro"),
    ("multiclass", "f1_score(y_test, p)", "f1_macro"),
    ("binary", "f1_score(y_test, p, average='macro')", "f1"),
    ("multiclass", "recall_score(y_test, p, average='macro')", "balanced_accuracy"),
    ("classification", "recall_score(y_test, p, average='weighted')", "accuracy"),
    ("multiclass", "precision_score(y_test, p, average='macro')", "f1_macro"),
    ("binary", "precision_score(y_test, p)", "precision"),
    ("binary", "precision_score(y_test, p)\nrecall_score(y_test, p)", "f1"),
    ("binary", "matthews_corrcoef(y_test, p)", "balanced_accuracy"),
    ("classification", "log_loss(y_test, p)", "neg_log_loss"),
    # ROC AUC wins wherever it stands, others by being last
    ("classification", "roc_auc_score(y_test, p)\nf1_score(y_test, p)", "roc_auc"),
    ("multiclass", "roc_auc_score(y_test, p, multi_class='ovo')", "roc_auc_ovr"),
    ("classification", "roc_auc_score(y_test, p, multi_class='ovr')", "roc_auc_ovr"),
    ("classification", "fpr, tpr, _ = roc_curve(y_test, p)\nauc(fpr, tpr)", "roc_auc"),
    ("classification", "f1_score(y_test, p)\naccuracy_score(y_test, p)", "accuracy"),
    ("classification", f"{SCORE}\nroc_auc_score(y_train, p)", "accuracy"),
    # what is on test rows counts more than folds, folds more than looks
    (
        "classification",
        "m.score(X_test, y_test)\ncross_val_score(m, X, y, scoring='f1')",
        "accuracy",
    ),
    ("classification", "GridSearchCV(m, g, scoring='f1')\nconfusion_matrix(y_test, p)", "f1"),
    ("classification", "GridSearchCV(m, g, scoring='roc_auc')\nm.score(X_test, y_test)", "roc_auc"),
    ("classification", "print(classification_report(y_test, p))", "accuracy"),
    ("classification", "def report(m):\n    print(roc_auc_score(y_test, m.predict(X)))", "roc_auc"),
    # regression
    ("regression", "m.score(X_test, y_test)", "r2"),
    ("regression", "mean_squared_error(y_test, p)", "neg_root_mean_squared_error"),
    ("regression", "np.sqrt(mean_squared_error(y_test, p))", "neg_root_mean_squared_error"),
    ("regression", "mean_squared_error(y_test, p, squared=False)", "neg_root_mean_squared_error"),
    (
        "regression",
        "r2_score(y_test, p)\nmean_absolute_error(y_test, p)",
        "neg_mean_absolute_error",
    ),
    ("regression", "median_absolute_error(y_test, p)", "neg_median_absolute_error"),
    ("regression", "mean_absolute_percentage_error(y_test, p)", "neg_mean_absolute_error"),
    ("regression", "rmse(y_test, p)", "r2"),  # nobody knows what it computes
    (
        "regression",
        "cross_val_score(m, X, y, scoring='neg_mean_squared_error')",
        "neg_root_mean_squared_error",
    ),
    ("regression", SCORE, "r2"),
]


@pytest.mark.parametrize(("task", "source", "metric"), METRICS)
def test_metric(task: str, source: str, metric: str) -> None:
    assert judged(task, (source, ""))[0] == metric


VALUES: list[tuple[str, str, str, Any]] = [
    # (task, source, output, value of the last score)
    ("classification", SCORE, "0.9123", 0.9123),
    ("classification", SCORE, "np.float64(0.5)", 0.5),
    ("classification", f"{SCORE} * 100", "91.5", 0.915),
    ("classification", f"score = {SCORE}\nscore", "0.75", 0.75),
    ("classification", f"round({SCORE} * 100, 2)", "98.75", 0.9875),
    ("classification", f"print({SCORE})", "0.9\n", 0.9),
    ("classification", f"print('Accuracy:', {SCORE})", "Accuracy: 0.9\n", 0.9),
    ("classification", f"print(f'{{name}} got {{{SCORE}:.2%}}!')", "SVC got 98.75%!\n", 0.9875),
    ("classification", f"print('Accuracy: %.3f' % {SCORE})", "Accuracy: 0.912\n", 0.912),
    ("classification", f"print('{{:.1f}}% right'.format({SCORE} * 100))", "91.2% right", 0.912),
    ("classification", f"print('a: {{0}}, n={{n}}'.format({SCORE}, n=3))", "a: 0.5, n=3", 0.5),
    ("classification", f"print('right: ' + str({SCORE}))", "right: 1.0", 1.0),
    ("classification", f"print('\\nAccuracy \\n', {SCORE})", "\nAccuracy \n 0.5\n", 0.5),
    ("classification", f"print('first', 0.1)\nprint('a', {SCORE})", "first 0.1\na 0.5\n", 0.5),
    ("classification", f"print({SCORE})\nprint(f1_score(y_test, p))", "0.9\n0.8\n", 0.8),
    (
        "classification",
        "print(classification_report(y_test, p))",
        "   accuracy                           0.93       114\n   macro avg  0.9  0.9  0.9  114\n",
        0.93,
    ),
    (
        "classification",
        "s = cross_val_score(m, X, y, cv=5)\nprint('CV: %.3f +/- %.3f' % (s.mean(), s.std()))",
        "CV: 0.950 +/- 0.014\n",
        0.95,
    ),
    (
        "classification",
        "gs = GridSearchCV(m, {}, scoring='f1')\ngs = gs.fit(X, y)\nprint(gs.best_score_)",
        "0.6\n",
        0.6,
    ),
    ("regression", "r2_score(y_test, p)", "-0.25", -0.25),
    ("regression", "mean_absolute_error(y_test, p)", "1234.5", -1234.5),
    ("regression", "mean_squared_error(y_test, p)", "9.0", -3.0),
    ("regression", "sqrt(mean_squared_error(y_test, p))", "9.0", -9.0),
    (
        "regression",
        "mse = mean_squared_error(y_test, p)\nprint('RMSE', mse ** 0.5)",
        "RMSE 3.0\n",
        -3.0,
    ),
    (
        "regression",
        "def rmse(a, b):\n    return np.sqrt(mean_squared_error(a, b))\nrmse(y_test, p)",
        "3.0",
        -3.0,
    ),
    # unknown
    ("classification", SCORE, "", None),
    ("classification", SCORE, "0.9 or 0.8", None),
    ("classification", SCORE, "912", None),
    ("classification", f"print({SCORE})\nprint(f1_score(y_test, p))", "0.9\n", None),
    ("classification", f"for m in ms:\n    print({SCORE})", "0.9\n0.8\n", None),
    ("classification", "cross_val_score(m, X, y)", "array([0.9, 0.8])", None),
    ("classification", "precision_score(y_test, p, average='macro')", "0.9", None),
]


@pytest.mark.parametrize(("task", "source", "output", "value"), VALUES)
def test_value(task: str, source: str, output: str, value: Any) -> None:
    scores = judged(task, (source, output))[1]
    assert scores[-1].value == (value if value is None else pytest.approx(value))


def test_scores_have_their_cells_and_calls() -> None:
    metric, scores = judged(
        "regression",
        ("mae = mean_absolute_error(y_test, p)", ""),
        ("train = r2_score(y_train, model.predict(X_train))\ntrain", "0.99"),
        ("print('MAE', mae)\nprint('R2', r2_score(y_test, p))", "MAE 2.5\nR2 0.8\n"),
    )
    assert metric == "r2"
    assert [(s.metric, s.value, s.cell, s.text) for s in scores] == [
        ("neg_mean_absolute_error", -2.5, 0, "mean_absolute_error(y_test, p)"),
        ("r2", 0.8, 2, "r2_score(y_test, p)"),
    ]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("'roc_auc'", "roc_auc"),
        ("'mean_squared_error'", "neg_mean_squared_error"),
        ("make_scorer(f1_score, average='micro')", "f1_micro"),
        ("{'AUC': 'roc_auc', 'Accuracy': make_scorer(accuracy_score)}", "roc_auc"),
        ("['recall', 'f1']", "recall"),
        ("make_scorer(my_score)", None),
        ("None", None),
        ("scoring", None),
    ],
)
def test_scoring_name(source: str, name: str | None) -> None:
    assert scoring_name(expression(source), Written(HEAD)) == name


def test_long_outputs_are_soon_read() -> None:
    source = f"print(a, b, {SCORE}, c)\nprint(a, {SCORE}, b)"
    assert judged("classification", (source, "1 " * 100_000 + "x\n" * 50_000))[0] == "accuracy"


def test_known_are_those_of_the_rendered_repo() -> None:
    template = Path(__file__).parents[3] / "{{cookiecutter.project_slug}}"
    module = ast.parse(next(template.glob("src/*/model/metrics.py")).read_text(encoding="utf-8"))
    tables: dict[str, set[str]] = {}
    for node in module.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
            pairs = zip(node.value.keys, node.value.values, strict=True)
            written = [(ast.unparse(key).strip("'") if key else value) for key, value in pairs]
            tables[ast.unparse(node.target)] = {
                name
                for key in written
                for name in ([key] if isinstance(key, str) else tables[ast.unparse(key)])
            }
    for task in ("regression", "binary", "multiclass"):
        assert SCORERS[task] == tables[task.upper()]
