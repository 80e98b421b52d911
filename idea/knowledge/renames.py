"""What was renamed, moved or removed in pandas, NumPy, scikit-learn and their neighbours.

Verified with pandas 3.1, NumPy 2.4, scikit-learn 1.9 and XGBoost 3.2.
"""

import re
from collections.abc import Mapping

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

# What a module gave, and where it is now: module, name.
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
# Names that are so much their library's own that every use is renamed with the import.
# Other imports keep the name that the code uses: `import … as LDA`.
RENAMED = {
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
# `from sklearn import grid_search`, then `grid_search.GridSearchCV`; but people also call their
# search `grid_search`.
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
# Of any object, when called.
METHODS = {
    "as_matrix": "to_numpy",
    "get_values": "to_numpy",
    "iteritems": "items",
    "applymap": "map",
    "backfill": "bfill",
    "get_feature_names": "get_feature_names_out",
}
ATTRIBUTES = {"ix": "loc", "grid_scores_": "cv_results_", "base_estimator_": "estimator_"}

# Arguments that must be named now: how many come before them, and their names.
POSITIONAL: Mapping[str, tuple[int, str]] = {
    # of frames and series
    "drop": (1, "axis index columns level inplace errors"),
    "dropna": (0, "axis how thresh subset inplace"),
    "drop_duplicates": (1, "keep inplace"),
    "fillna": (1, "method axis inplace limit"),
    "ffill": (0, "axis inplace limit"),
    "bfill": (0, "axis inplace limit"),
    "sort_values": (1, "axis ascending inplace kind na_position"),
    "sort_index": (0, "axis level ascending inplace"),
    "set_index": (1, "drop append inplace"),
    "reset_index": (1, "drop inplace"),
    "set_axis": (1, "axis inplace"),
    "replace": (2, "inplace limit regex"),
    "mask": (2, "inplace axis"),
    "where": (2, "inplace axis"),
    "interpolate": (1, "axis limit inplace"),
    "to_csv": (1, "sep na_rep float_format columns header index"),
    "to_excel": (1, "sheet_name"),
    # of pandas
    "concat": (1, "axis join"),
    "read_csv": (1, "sep delimiter header names index_col usecols"),
    "read_table": (1, "sep delimiter header names index_col usecols"),
    "read_excel": (2, "header names index_col"),
    # of scikit-learn
    "SVC": (0, "C kernel degree gamma"),
    "SVR": (0, "kernel degree gamma coef0 tol C epsilon"),
    "LinearRegression": (0, "fit_intercept"),
    "LogisticRegression": (0, "penalty dual tol C"),
    "KNeighborsClassifier": (1, "weights algorithm"),
    "KNeighborsRegressor": (1, "weights algorithm"),
    "DecisionTreeClassifier": (0, "criterion splitter max_depth"),
    "DecisionTreeRegressor": (0, "criterion splitter max_depth"),
    "RandomForestClassifier": (1, "criterion max_depth"),
    "RandomForestRegressor": (1, "criterion max_depth"),
    "GradientBoostingClassifier": (0, "loss learning_rate n_estimators"),
    "GradientBoostingRegressor": (0, "loss learning_rate n_estimators"),
    "AdaBoostClassifier": (1, "n_estimators learning_rate"),
    "AdaBoostRegressor": (1, "n_estimators learning_rate"),
    "VotingClassifier": (1, "voting"),
    "SimpleImputer": (0, "missing_values strategy axis"),
    "PolynomialFeatures": (1, "interaction_only include_bias"),
    "SelectKBest": (1, "k"),
    "RFE": (1, "n_features_to_select"),
    "ColumnTransformer": (1, "remainder"),
    "GridSearchCV": (2, "scoring"),
    "RandomizedSearchCV": (2, "n_iter scoring"),
    "KFold": (1, "shuffle random_state"),
    "StratifiedKFold": (1, "shuffle random_state"),
    "ShuffleSplit": (1, "test_size"),
    "StratifiedShuffleSplit": (1, "test_size"),
    "cross_val_score": (3, "scoring cv"),
    "cross_val_predict": (3, "cv"),
    "accuracy_score": (2, "normalize"),
    "classification_report": (2, "labels target_names"),
    "confusion_matrix": (2, "labels"),
    "f1_score": (2, "labels pos_label average"),
    "fbeta_score": (2, "beta labels pos_label average"),
    "precision_score": (2, "labels pos_label average"),
    "recall_score": (2, "labels pos_label average"),
    "precision_recall_curve": (2, "pos_label"),
    "roc_auc_score": (2, "average"),
    "roc_curve": (2, "pos_label"),
    "mean_squared_error": (2, "sample_weight"),
}
# The axis of these is still taken by its place, for a while.
REDUCTIONS = frozenset("any all sum mean median min max std var prod".split())

# Keywords that are called otherwise now, or are gone (None).
_LINEAR = (
    "LinearRegression Ridge RidgeCV RidgeClassifier RidgeClassifierCV Lasso LassoCV LassoLars "
    "LassoLarsCV Lars ElasticNet ElasticNetCV BayesianRidge ARDRegression "
    "OrthogonalMatchingPursuit MultiTaskLasso MultiTaskElasticNet"
)
_TREES = (
    "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor "
    "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor "
    "GradientBoostingClassifier GradientBoostingRegressor"
)
_BOOSTING = "XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor"
_KEYWORDS: tuple[tuple[str, dict[str, str | None]], ...] = (
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
    (_TREES, {"presort": None, "min_impurity_split": None}),
    ("GradientBoostingClassifier GradientBoostingRegressor", {"criterion": None}),
    ("AdaBoostClassifier", {"algorithm": None}),
    (
        "AdaBoostClassifier AdaBoostRegressor BaggingClassifier BaggingRegressor RANSACRegressor "
        "CalibratedClassifierCV ClassifierChain RegressorChain SelfTrainingClassifier",
        {"base_estimator": "estimator"},
    ),
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

# Values of keywords, and of the keys of parameter grids.
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
    "scoring": {
        name: f"neg_{name}"
        for name in (
            "mean_squared_error",
            "mean_absolute_error",
            "median_absolute_error",
            "mean_squared_log_error",
            "log_loss",
        )
    },
}
# Parameters that are gone from estimators, so also from grids.
GONE_FROM_GRIDS = {
    "normalize": _LINEAR,
    "criterion": "GradientBoostingClassifier GradientBoostingRegressor",
    "algorithm": "AdaBoostClassifier",
    "multi_class": "LogisticRegression",
    "presort": _TREES,
    "min_impurity_split": _TREES,
}
# What a frame says now of the columns that it can't compute with: nothing, if told.
NUMERIC_ONLY = frozenset("mean median std var sum prod quantile skew sem corr cov".split())

# How often, by letters that are no longer taken.
_FREQUENCIES = {
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
_PERIODS = {"A": "Y", "H": "h", "T": "min", "S": "s"}
_FREQUENCY = re.compile(r"(-?\d*)([A-Z]+)(-[A-Z]{3})?")
TAKE_FREQUENCY = frozenset(
    "resample asfreq date_range bdate_range Grouper floor ceil round".split()
)


def frequency(text: str, periods: bool = False) -> str:
    """Spell a frequency as pandas does today."""
    found = _FREQUENCY.fullmatch(text)
    if not found:
        return text
    count, unit, anchor = found.groups(default="")
    return f"{count}{(_PERIODS if periods else _FREQUENCIES).get(unit, unit)}{anchor}"


def module(name: str) -> str:
    """Give the module in which a module's contents are now."""
    return MODULES.get(name) or PRIVATE.sub(r"\1", name)
