"""Metrics by their scorer names: those that a rendered repository has, and what others become.

Scorer names and functions are those of scikit-learn 1.9's `sklearn.metrics`.
"""

# Scorers of a rendered repository's metrics; a classification is binary or multiclass at run time.
_CLASSES = frozenset({"accuracy", "balanced_accuracy", "neg_log_loss"})
_BINARY = _CLASSES | frozenset(
    "f1 precision recall roc_auc average_precision neg_brier_score".split()
)
_MULTICLASS = _CLASSES | frozenset({"f1_macro", "f1_weighted", "roc_auc_ovr"})
SCORERS = {
    "regression": frozenset(
        "r2 neg_root_mean_squared_error neg_mean_absolute_error neg_median_absolute_error".split()
    ),
    "binary": _BINARY,
    "multiclass": _MULTICLASS,
    "classification": _BINARY | _MULTICLASS,
}
# The metrics that an estimator's `score` computes.
DEFAULT_SCORERS = {"regression": "r2", "classification": "accuracy"}

# Aliases: metrics of one label for each row that equal a supported scorer.
ALIASES = {
    "f1_micro": "accuracy",
    "precision_micro": "accuracy",
    "recall_micro": "accuracy",
    "recall_weighted": "accuracy",
    "recall_macro": "balanced_accuracy",
}
# Metrics whose nearest supported scorer gives another number, by task.
_NEAR_OF_ANY = {"cohen_kappa": "balanced_accuracy", "matthews_corrcoef": "balanced_accuracy"}
_NEAR_OF_AVERAGES = {
    "jaccard_macro": "f1_macro",
    "jaccard_weighted": "f1_weighted",
    "precision_macro": "f1_macro",
    "precision_weighted": "f1_weighted",
    "roc_auc_ovo": "roc_auc_ovr",
    "roc_auc_ovo_weighted": "roc_auc_ovr",
    "roc_auc_ovr_weighted": "roc_auc_ovr",
    **_NEAR_OF_ANY,
}
NEAREST = {
    "regression": {
        "explained_variance": "r2",
        "neg_max_error": "neg_mean_absolute_error",
        "neg_mean_absolute_percentage_error": "neg_mean_absolute_error",
        "neg_mean_squared_log_error": "neg_root_mean_squared_error",
        "neg_root_mean_squared_log_error": "neg_root_mean_squared_error",
    },
    "multiclass": {
        "average_precision": "roc_auc_ovr",
        "f1": "f1_macro",
        "jaccard": "f1_macro",
        "neg_brier_score": "neg_log_loss",
        "precision": "f1_macro",
        "recall": "balanced_accuracy",
        "roc_auc": "roc_auc_ovr",
        **_NEAR_OF_AVERAGES,
    },
    "binary": {
        "f1_macro": "f1",
        "f1_weighted": "f1",
        "jaccard": "f1",
        "precision_macro": "precision",
        "precision_weighted": "precision",
        "roc_auc_ovo": "roc_auc",
        "roc_auc_ovr": "roc_auc",
        **_NEAR_OF_ANY,
    },
    "classification": {"jaccard": "f1", **_NEAR_OF_AVERAGES},
}

# Functions of sklearn.metrics, by the scorer that gives their value or its negative.
FUNCTIONS = {
    "accuracy_score": "accuracy",
    "auc": "roc_auc",
    "average_precision_score": "average_precision",
    "balanced_accuracy_score": "balanced_accuracy",
    "brier_score_loss": "neg_brier_score",
    "cohen_kappa_score": "cohen_kappa",
    "explained_variance_score": "explained_variance",
    "f1_score": "f1",
    "fbeta_score": "f1",
    "jaccard_score": "jaccard",
    "log_loss": "neg_log_loss",
    "matthews_corrcoef": "matthews_corrcoef",
    "max_error": "neg_max_error",
    "mean_absolute_error": "neg_mean_absolute_error",
    "mean_absolute_percentage_error": "neg_mean_absolute_percentage_error",
    "mean_squared_error": "neg_mean_squared_error",
    "mean_squared_log_error": "neg_mean_squared_log_error",
    "median_absolute_error": "neg_median_absolute_error",
    "precision_score": "precision",
    "r2_score": "r2",
    "recall_score": "recall",
    "roc_auc_score": "roc_auc",
    "root_mean_squared_error": "neg_root_mean_squared_error",
    "root_mean_squared_log_error": "neg_root_mean_squared_log_error",
}
# Scorers whose function takes `average`, which becomes a suffix of the name.
AVERAGED = frozenset({"f1", "jaccard", "precision", "recall"})
# Functions that show how good a model is, and the metric that people read off.
OVERVIEWS = {
    "classification_report": "accuracy",
    "confusion_matrix": "accuracy",
    "roc_curve": "roc_auc",
    "precision_recall_curve": "average_precision",
}
# Functions and methods that keep a score, or average it over folds.
KEEP_A_SCORE = frozenset("abs average display float mean round sum around".split())


def negated(name: str) -> str:
    """Give an error's scorer name, which people also write as scikit-learn did before 0.18."""
    if FUNCTIONS.get(name, "").startswith("neg_"):
        return FUNCTIONS[name]
    is_error = name.endswith(("_error", "_loss")) and not name.startswith("neg_")
    return f"neg_{name}" if is_error else name
