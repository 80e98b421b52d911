"""Names of pandas, NumPy, scikit-learn and their neighbours that were moved, renamed or removed.

Checked with pandas 3.1, NumPy 2.4, scikit-learn 1.9, XGBoost 3.2, LightGBM 4.7, imbalanced-learn
0.14.
"""

import re
from collections.abc import Mapping
from typing import Any

from idea.knowledge.estimators import (
    CLASSIFICATION,
    CLASSIFIERS,
    REGRESSION,
    REGRESSORS,
    stem,
    task_of,
)
from idea.knowledge.metrics import FUNCTIONS as METRIC_FUNCTIONS
from idea.knowledge.metrics import negated

# Modules

MODULES = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "sklearn.lda": "sklearn.discriminant_analysis",
    "sklearn.qda": "sklearn.discriminant_analysis",
    "sklearn.ensemble.partial_dependence": "sklearn.inspection",
    "sklearn.utils.testing": "sklearn.utils._testing",
    "pandas.tools.plotting": "pandas.plotting",
    "pandas.io.json.json_normalize": "pandas.json_normalize",
    "pandas.scatter_matrix": "pandas.plotting.scatter_matrix",
    "IPython.core.display": "IPython.display",
}
# `sklearn.ensemble.forest` and `sklearn.ensemble._forest` are private; their package is not.
PRIVATE = re.compile(
    r"(sklearn\.(?:cluster|covariance|cross_decomposition|datasets|decomposition|ensemble"
    r"|feature_selection|gaussian_process|impute|inspection|linear_model|manifold|metrics|mixture"
    r"|model_selection|neighbors|neural_network|preprocessing|semi_supervised|svm|tree))"
    r"\.(?!pairwise\b|cluster\b|kernels\b)\w+"
)

# Members of modules by their former module and name: their module and name today.
NAMES = {
    ("sklearn.externals", "joblib"): ("", "joblib"),
    ("sklearn.externals.six", "StringIO"): ("io", "StringIO"),
    ("sklearn", "cross_validation"): ("sklearn", "model_selection"),
    ("sklearn", "grid_search"): ("sklearn", "model_selection"),
    ("sklearn", "learning_curve"): ("sklearn", "model_selection"),
    ("sklearn.cross_validation", "LabelKFold"): ("sklearn.model_selection", "GroupKFold"),
    ("sklearn.preprocessing", "Imputer"): ("sklearn.impute", "SimpleImputer"),
    ("sklearn.preprocessing", "CategoricalEncoder"): ("sklearn.preprocessing", "OneHotEncoder"),
    ("sklearn.decomposition", "RandomizedPCA"): ("sklearn.decomposition", "PCA"),
    ("sklearn.mixture", "GMM"): ("sklearn.mixture", "GaussianMixture"),
    ("sklearn.lda", "LDA"): ("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis"),
    ("sklearn.qda", "QDA"): ("sklearn.discriminant_analysis", "QuadraticDiscriminantAnalysis"),
    ("sklearn.metrics", "jaccard_similarity_score"): ("sklearn.metrics", "accuracy_score"),
    ("sklearn.metrics", "plot_confusion_matrix"): ("sklearn.metrics", "ConfusionMatrixDisplay"),
    ("sklearn.metrics", "plot_roc_curve"): ("sklearn.metrics", "RocCurveDisplay"),
    ("sklearn.metrics", "plot_precision_recall_curve"): (
        "sklearn.metrics",
        "PrecisionRecallDisplay",
    ),
    ("sklearn.inspection", "plot_partial_dependence"): (
        "sklearn.inspection",
        "PartialDependenceDisplay",
    ),
    ("pandas.io.json", "json_normalize"): ("pandas", "json_normalize"),
    ("scipy", "interp"): ("numpy", "interp"),
}
# Of these every use is renamed, since nobody else has the name. After other imports the code keeps
# its name: `import LinearDiscriminantAnalysis as LDA`.
RENAMED_EVERYWHERE = {
    "Imputer": "SimpleImputer",
    "CategoricalEncoder": "OneHotEncoder",
    "RandomizedPCA": "PCA",
    "jaccard_similarity_score": "accuracy_score",
}
DISPLAYS = {
    "plot_confusion_matrix": "ConfusionMatrixDisplay",
    "plot_roc_curve": "RocCurveDisplay",
    "plot_precision_recall_curve": "PrecisionRecallDisplay",
    "plot_partial_dependence": "PartialDependenceDisplay",
}
# Members of former modules, as in `grid_search.GridSearchCV`; people also name their own search
# `grid_search`, whose attributes are others.
OLD_MODULES = {
    "cross_validation": re.compile(r"[A-Z]\w*|train_test_split|cross_val_\w+|permutation_\w+"),
    "grid_search": re.compile(r"GridSearchCV|RandomizedSearchCV|Parameter\w+"),
    "learning_curve": re.compile(r"learning_curve|validation_curve"),
}
GONE = {
    "load_boston": "scikit-learn has no Boston data any more",
    "fetch_mldata": "mldata.org is gone; fetch_openml has its data",
}

# Attributes

NUMPY_BUILTINS = {
    **{name: name for name in ("object", "int", "float", "bool", "str", "complex")},
    "long": "int",
    "unicode": "str",
}
NUMPY = {
    "NaN": "nan",
    "NAN": "nan",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "PINF": "inf",
    "float_": "float64",
    "complex_": "complex128",
    "unicode_": "str_",
    "string_": "bytes_",
    "bool8": "bool_",
    "int0": "intp",
    "product": "prod",
    "cumproduct": "cumprod",
    "in1d": "isin",
    "trapz": "trapezoid",
    "alltrue": "all",
    "sometrue": "any",
    "row_stack": "vstack",
    "round_": "round",
    "mat": "asmatrix",
}
# Methods of any object.
METHODS = {
    "as_matrix": "to_numpy",
    "get_values": "to_numpy",
    "iteritems": "items",
    "applymap": "map",
    "backfill": "bfill",
    "get_feature_names": "get_feature_names_out",
    "fit_sample": "fit_resample",
}
ATTRIBUTES = {"ix": "loc", "grid_scores_": "cv_results_", "base_estimator_": "estimator_"}

# Methods of frames that fill as `fillna(method=…)` did.
FILL_METHODS = {"ffill": "ffill", "pad": "ffill", "bfill": "bfill", "backfill": "bfill"}
# Reductions of frames whose axis is read better by its name; by position it goes soon.
AXIS_BY_POSITION = frozenset("any all sum mean median min max std var prod".split())

# Keyword arguments that were renamed, or removed (None), by the callables that take them.
_LINEAR = (
    "LinearRegression Ridge RidgeCV RidgeClassifier RidgeClassifierCV Lasso LassoCV LassoLars "
    "LassoLarsCV Lars ElasticNet ElasticNetCV BayesianRidge ARDRegression "
    "OrthogonalMatchingPursuit MultiTaskLasso MultiTaskElasticNet"
)
_BOOSTING = "XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor"
_KEYWORDS: tuple[tuple[str, Mapping[str, str | None]], ...] = (
    ("percentile nanpercentile nanquantile", {"interpolation": "method"}),
    (
        "read_csv read_table read_fwf",
        {
            "warn_bad_lines": None,
            "squeeze": None,
            "infer_datetime_format": None,
            "mangle_dupe_cols": None,
            "tupleize_cols": None,
            "date_parser": None,
            "prefix": None,
        },
    ),
    ("read_excel", {"sheetname": "sheet_name", "parse_cols": "usecols", "squeeze": None}),
    ("to_csv", {"line_terminator": "lineterminator"}),
    ("to_datetime", {"infer_datetime_format": None, "box": None}),
    ("info", {"null_counts": "show_counts"}),
    ("concat", {"join_axes": None, "copy": None}),
    ("groupby", {"squeeze": None}),
    ("rolling", {"how": None}),
    (_LINEAR, {"normalize": None}),
    ("LassoCV ElasticNetCV MultiTaskLassoCV", {"n_alphas": "alphas"}),
    ("RidgeCV RidgeClassifierCV", {"store_cv_values": "store_cv_results"}),
    ("LogisticRegression LogisticRegressionCV", {"multi_class": None}),
    ("LogisticRegression", {"n_jobs": None}),
    ("GradientBoostingClassifier GradientBoostingRegressor", {"criterion": None}),
    ("AdaBoostClassifier", {"algorithm": None}),
    ("OneHotEncoder", {"sparse": "sparse_output", "n_values": None}),
    ("SimpleImputer", {"axis": None, "verbose": None}),
    ("ColumnTransformer make_column_transformer", {"force_int_remainder_cols": None}),
    ("KMeans", {"n_jobs": None, "precompute_distances": None}),
    ("AgglomerativeClustering FeatureAgglomeration", {"affinity": "metric"}),
    ("TSNE", {"n_iter": "max_iter"}),
    ("GridSearchCV RandomizedSearchCV", {"iid": None}),
    ("cross_val_score cross_val_predict cross_validate", {"fit_params": "params"}),
    ("log_loss", {"eps": None}),
    (
        _BOOSTING,
        {
            "silent": None,
            "nthread": "n_jobs",
            "seed": "random_state",
            "use_label_encoder": None,
            "predictor": None,
            "gpu_id": None,
        },
    ),
    ("LGBMClassifier LGBMRegressor", {"silent": None}),
)
KEYWORDS: dict[str, dict[str, str | None]] = {}
for _names, _changes in _KEYWORDS:
    for _name in _names.split():
        KEYWORDS.setdefault(_name, {}).update(_changes)
# Parameters that no scikit-learn estimator has any more.
_OF_ANY_ESTIMATOR: Mapping[str, str | None] = {
    "base_estimator": "estimator",
    "min_impurity_split": None,
    "presort": None,
}

# Values of keyword arguments, and of the parameters in a grid.
Value = str | float | None
VALUES: Mapping[str, Mapping[str, Value]] = {
    "criterion": {
        "mse": "squared_error",
        "mae": "absolute_error",
        "friedman_mse": "squared_error",
    },
    "loss": {
        "ls": "squared_error",
        "lad": "absolute_error",
        "deviance": "log_loss",
        "log": "log_loss",
        "squared_loss": "squared_error",
        "least_squares": "squared_error",
        "least_absolute_deviation": "absolute_error",
        "binary_crossentropy": "log_loss",
        "categorical_crossentropy": "log_loss",
    },
    "penalty": {"none": None},
    "class_weight": {"auto": "balanced"},
    "gamma": {"auto_deprecated": "auto"},
    "objective": {"reg:linear": "reg:squarederror"},
    "tree_method": {"gpu_hist": "hist"},
    "scoring": {name: negated(name) for name in METRIC_FUNCTIONS if negated(name) != name},
}
# The meaning of `max_features="auto"`, by task.
AUTO_MAX_FEATURES: Mapping[str, Value] = {CLASSIFICATION: "sqrt", REGRESSION: 1.0}
# Values of a removed parameter that say what holds without it.
SILENT = (None, False, "auto", "deprecated", "warn")

# Reductions that need `numeric_only=True` to skip columns that hold no numbers.
NUMERIC_ONLY = frozenset("mean median std var sum prod quantile skew sem corr cov".split())

# Letters for frequencies: of `resample` and the like, and of periods.
FREQUENCIES = {
    "M": "ME",
    "BM": "BME",
    "SM": "SME",
    "Q": "QE",
    "BQ": "BQE",
    "A": "YE",
    "Y": "YE",
    "BA": "BYE",
    "AS": "YS",
    "BAS": "BYS",
    "H": "h",
    "BH": "bh",
    "T": "min",
    "S": "s",
    "L": "ms",
    "U": "us",
    "N": "ns",
}
PERIODS = {"A": "Y", "H": "h", "T": "min", "S": "s"}
FREQUENCY = re.compile(r"(-?\d*)([A-Z]+)(-[A-Z]{3})?")
TAKE_FREQUENCY = frozenset(
    "resample asfreq date_range bdate_range Grouper floor ceil round".split()
)


def current_parameter(name: str, parameter: str) -> str | None:
    """Give the name of a parameter today.

    Args:
        name: the last name of the callable.
        parameter: the parameter's name in any release.

    Returns:
        Its name; None if it was removed.
    """
    changes = KEYWORDS.get(name, {})
    if parameter in changes:
        return changes[parameter]
    if _is_estimator(name):
        return _OF_ANY_ESTIMATOR.get(parameter, parameter)
    return parameter


def current_value(path: str, parameter: str, value: Any) -> Any:
    """Give the value of a parameter today.

    Args:
        path: the import path of the class.
        parameter: the parameter's name today.
        value: its value in any release.

    Returns:
        The value that means the same.
    """
    if not isinstance(value, str):
        return value
    if value in ("True", "False"):
        return value == "True"
    if parameter == "max_features" and value == "auto":
        return AUTO_MAX_FEATURES[task_of(path) or REGRESSION]
    return VALUES.get(parameter, {}).get(value, value)


def _is_estimator(name: str) -> bool:
    return name in CLASSIFIERS or name in REGRESSORS or stem(name) != name
