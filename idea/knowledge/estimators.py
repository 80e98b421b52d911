"""What is known of estimators without importing them: where they live, and how they are called."""

import re
from typing import Any

CLASSIFICATION, REGRESSION = "classification", "regression"


def _by_name(modules: dict[str, str]) -> dict[str, str]:
    return {name: f"{module}.{name}" for module, names in modules.items() for name in names.split()}


CLASSIFIERS = _by_name(
    {
        "sklearn.calibration": "CalibratedClassifierCV",
        "sklearn.discriminant_analysis": """
            LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis""",
        "sklearn.dummy": "DummyClassifier",
        "sklearn.ensemble": """AdaBoostClassifier BaggingClassifier ExtraTreesClassifier
            GradientBoostingClassifier HistGradientBoostingClassifier RandomForestClassifier
            StackingClassifier VotingClassifier""",
        "sklearn.gaussian_process": "GaussianProcessClassifier",
        "sklearn.linear_model": """LogisticRegression LogisticRegressionCV
            PassiveAggressiveClassifier Perceptron RidgeClassifier RidgeClassifierCV
            SGDClassifier""",
        "sklearn.model_selection": "FixedThresholdClassifier TunedThresholdClassifierCV",
        "sklearn.multiclass": "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier",
        "sklearn.multioutput": "ClassifierChain MultiOutputClassifier",
        "sklearn.naive_bayes": "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB",
        "sklearn.neighbors": "KNeighborsClassifier NearestCentroid RadiusNeighborsClassifier",
        "sklearn.neural_network": "MLPClassifier",
        "sklearn.semi_supervised": "LabelPropagation LabelSpreading SelfTrainingClassifier",
        "sklearn.svm": "LinearSVC NuSVC SVC",
        "sklearn.tree": "DecisionTreeClassifier ExtraTreeClassifier",
        "xgboost": "XGBClassifier XGBRFClassifier",
        "lightgbm": "LGBMClassifier",
        "catboost": "CatBoostClassifier",
    }
)
REGRESSORS = _by_name(
    {
        "sklearn.compose": "TransformedTargetRegressor",
        "sklearn.cross_decomposition": "CCA PLSCanonical PLSRegression",
        "sklearn.dummy": "DummyRegressor",
        "sklearn.ensemble": """AdaBoostRegressor BaggingRegressor ExtraTreesRegressor
            GradientBoostingRegressor HistGradientBoostingRegressor RandomForestRegressor
            StackingRegressor VotingRegressor""",
        "sklearn.gaussian_process": "GaussianProcessRegressor",
        "sklearn.isotonic": "IsotonicRegression",
        "sklearn.kernel_ridge": "KernelRidge",
        "sklearn.linear_model": """ARDRegression BayesianRidge ElasticNet ElasticNetCV
            GammaRegressor HuberRegressor Lars LarsCV Lasso LassoCV LassoLars LassoLarsCV
            LassoLarsIC LinearRegression MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso
            MultiTaskLassoCV OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV
            PassiveAggressiveRegressor PoissonRegressor QuantileRegressor RANSACRegressor Ridge
            RidgeCV SGDRegressor TheilSenRegressor TweedieRegressor""",
        "sklearn.multioutput": "MultiOutputRegressor RegressorChain",
        "sklearn.neighbors": "KNeighborsRegressor RadiusNeighborsRegressor",
        "sklearn.neural_network": "MLPRegressor",
        "sklearn.svm": "LinearSVR NuSVR SVR",
        "sklearn.tree": "DecisionTreeRegressor ExtraTreeRegressor",
        "xgboost": "XGBRegressor XGBRFRegressor",
        "lightgbm": "LGBMRegressor",
        "catboost": "CatBoostRegressor",
    }
)
TRANSFORMERS = _by_name(
    {
        "sklearn.compose": "ColumnTransformer",
        "sklearn.decomposition": """DictionaryLearning FactorAnalysis FastICA IncrementalPCA
            KernelPCA LatentDirichletAllocation MiniBatchNMF NMF PCA SparsePCA TruncatedSVD""",
        "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis",
        "sklearn.feature_extraction": "DictVectorizer FeatureHasher",
        "sklearn.feature_extraction.text": """CountVectorizer HashingVectorizer TfidfTransformer
            TfidfVectorizer""",
        "sklearn.feature_selection": """GenericUnivariateSelect RFE RFECV SelectFdr SelectFpr
            SelectFromModel SelectFwe SelectKBest SelectPercentile SequentialFeatureSelector
            VarianceThreshold""",
        "sklearn.impute": "IterativeImputer KNNImputer MissingIndicator SimpleImputer",
        "sklearn.kernel_approximation": "Nystroem PolynomialCountSketch RBFSampler",
        "sklearn.pipeline": "FeatureUnion",
        "sklearn.preprocessing": """Binarizer FunctionTransformer KBinsDiscretizer LabelBinarizer
            LabelEncoder MaxAbsScaler MinMaxScaler MultiLabelBinarizer Normalizer OneHotEncoder
            OrdinalEncoder PolynomialFeatures PowerTransformer QuantileTransformer RobustScaler
            SplineTransformer StandardScaler TargetEncoder""",
        "sklearn.random_projection": "GaussianRandomProjection SparseRandomProjection",
    }
)
KNOWN = {
    **{path: CLASSIFICATION for path in CLASSIFIERS.values()},
    **{path: REGRESSION for path in REGRESSORS.values()},
}

# What can be instantiated as a parameter of an estimator: a kernel, a transformer, a calibrator.
ROOTS = frozenset("sklearn xgboost lightgbm catboost imblearn category_encoders".split())
_FLAT = frozenset("xgboost lightgbm catboost".split())
_NOT_SCIKIT = frozenset("mlxtend yellowbrick keras tensorflow pyspark".split())

SEEDED = frozenset(
    """AdaBoost Bagging CatBoost ClassifierChain DecisionTree ExtraTree ExtraTrees GaussianProcess
    GradientBoosting HistGradientBoosting LGBM LinearSVC LinearSVR MLP OutputCode PassiveAggressive
    Perceptron RANSAC RandomForest RegressorChain SGD TheilSen TunedThresholdClassifierCV XGB
    XGBRF""".split()
)
# Those that look at random_state only with certain values of another parameter.
SEEDED_IF = {
    "ElasticNet": ("selection", ("random",)),
    "Lasso": ("selection", ("random",)),
    "LogisticRegression": ("solver", ("liblinear", "sag", "saga")),
    "Ridge": ("solver", ("sag", "saga")),
}

# The parameters that people pass by position, in the order that they had when they could.
_TREES = ("n_estimators", "criterion", "max_depth", "min_samples_split", "min_samples_leaf")
POSITIONAL = {
    "AdaBoost": ("estimator", "n_estimators", "learning_rate"),
    "Bagging": ("estimator", "n_estimators"),
    "CalibratedClassifierCV": ("estimator", "method", "cv"),
    "CatBoost": ("iterations", "learning_rate", "depth"),
    "ClassifierChain": ("estimator",),
    "DecisionTree": ("criterion", "splitter", "max_depth"),
    "ElasticNet": ("alpha", "l1_ratio"),
    "ExtraTrees": _TREES,
    "GaussianNB": ("priors",),
    "GaussianProcess": ("kernel",),
    "GradientBoosting": ("loss", "learning_rate", "n_estimators"),
    "HistGradientBoosting": ("loss",),
    "KNeighbors": ("n_neighbors", "weights", "algorithm"),
    "KernelRidge": ("alpha", "kernel"),
    "LGBM": ("boosting_type", "num_leaves", "max_depth", "learning_rate", "n_estimators"),
    "Lasso": ("alpha", "fit_intercept"),
    "LinearRegression": ("fit_intercept",),
    "LinearSVC": ("penalty", "loss"),
    "LinearSVR": ("epsilon", "tol", "C"),
    "LogisticRegression": ("penalty", "dual", "tol", "C"),
    "MLP": ("hidden_layer_sizes", "activation", "solver", "alpha"),
    "MultiOutput": ("estimator",),
    "MultinomialNB": ("alpha",),
    "NuSVC": ("nu", "kernel"),
    "OneVsOne": ("estimator",),
    "OneVsRest": ("estimator",),
    "RANSAC": ("estimator",),
    "RandomForest": _TREES,
    "RegressorChain": ("estimator",),
    "Ridge": ("alpha", "fit_intercept"),
    "RidgeCV": ("alphas",),
    "SGD": ("loss", "penalty", "alpha"),
    "SVC": ("C", "kernel", "degree", "gamma"),
    "SVR": ("kernel", "degree", "gamma", "coef0", "tol", "C"),
    "Stacking": ("estimators", "final_estimator", "cv"),
    "TransformedTarget": ("regressor", "transformer", "func", "inverse_func"),
    "Voting": ("estimators", "voting"),
    "XGB": ("max_depth", "learning_rate", "n_estimators"),
    # transformers that stand inside an ensemble's pipelines
    "ColumnTransformer": ("transformers",),
    "FunctionTransformer": ("func", "inverse_func"),
    "PCA": ("n_components",),
    "PolynomialFeatures": ("degree",),
    "SelectFromModel": ("estimator",),
    "SelectKBest": ("score_func", "k"),
}
# Classifiers that give a decision but no probabilities.
UNSURE = frozenset(
    """LinearSVC NuSVC OneVsOne OutputCode PassiveAggressive Perceptron Ridge
    RidgeClassifierCV SVC""".split()
)
# What an estimator can't be made without.
REQUIRED = {"Stacking": "estimators", "Voting": "estimators"} | dict.fromkeys(
    ("ClassifierChain", "MultiOutput", "OneVsOne", "OneVsRest", "RegressorChain"), "estimator"
)
# What parameters of older releases are called today; None where they are gone. "" is for all.
_BOOSTED = {"early_stopping_rounds": None, "seed": "random_state"}
RENAMED: dict[str, dict[str, str | None]] = {
    "": {"base_estimator": "estimator", "min_impurity_split": None, "presort": None},
    "AdaBoost": {"algorithm": None},
    "CatBoost": {"early_stopping_rounds": None, "logging_level": None},
    "ElasticNet": {"normalize": None},
    "GradientBoosting": {"criterion": None},
    "LGBM": {**_BOOSTED, "early_stopping_round": None},
    "Lasso": {"normalize": None},
    "LinearRegression": {"normalize": None},
    "LogisticRegression": {"multi_class": None},
    "Ridge": {"normalize": None},
    "XGB": {**_BOOSTED, "use_label_encoder": None},
}
# What values of older releases are called today, by the parameter's name.
_MSE = {"mse": "squared_error", "mae": "absolute_error"}
VALUES: dict[str, dict[str, Any]] = {
    "criterion": _MSE,
    "loss": {"ls": "squared_error", "lad": "absolute_error", "deviance": "log_loss"},
    "objective": {"reg:linear": "reg:squarederror"},
}
# Values that say what a removed parameter said anyway.
SILENT = (None, False, "auto", "deprecated", "warn")
# The configuration's `compute` group and logging say these.
DROPPED = frozenset("n_jobs nthread silent thread_count verbose verbosity warm_start".split())

_TITLES = {"XGB": "xgboost", "XGBRF": "xgboost_rf", "LGBM": "lightgbm", "CatBoost": "catboost"}


def canonical(path: str) -> str:
    """Where a class lives today: `sklearn.ensemble.forest.X` is `sklearn.ensemble.X`."""
    parts = path.split(".")
    root, name = parts[0], parts[-1]
    if root == "sklearn":
        for table in (CLASSIFIERS, REGRESSORS, TRANSFORMERS):
            if name in table:
                return table[name]
    if root in _FLAT:
        return f"{root}.{name}"
    return ".".join(part for part in parts if not part.startswith("_"))


def task_of(path: str) -> str | None:
    """What a predictor's class predicts, by its canonical path; None if it is no predictor."""
    if path in KNOWN:
        return KNOWN[path]
    if path.split(".")[0] in _NOT_SCIKIT:
        return None
    if path.endswith("Classifier"):
        return CLASSIFICATION
    return REGRESSION if path.endswith("Regressor") else None


def is_transformer_path(path: str) -> bool:
    """Whether a class transforms, by its canonical path."""
    name = path.rpartition(".")[2]
    return TRANSFORMERS.get(name) == path or name.endswith(
        ("Encoder", "Imputer", "Scaler", "Transformer", "Vectorizer")
    )


def renamed(short: str, parameter: str) -> str | None:
    """What a parameter of a class (by its stem) is called today; None if it is gone."""
    both = RENAMED[""] | RENAMED.get(short, {})
    return both.get(parameter, parameter)


def todays_value(path: str, parameter: str, value: Any) -> Any:
    """What a value of a class's parameter is called today."""
    if not isinstance(value, str):
        return value
    if value in ("True", "False"):
        return value == "True"
    if parameter == "max_features" and value == "auto":
        return "sqrt" if task_of(path) == CLASSIFICATION else 1.0
    if (stem(path), parameter, value) == ("SGD", "loss", "log"):
        return "log_loss"
    return VALUES.get(parameter, {}).get(value, value)


def stem(path: str) -> str:
    """A class's name without its task: `RandomForest`."""
    return re.sub(r"(?<=.)(Classifier|Regressor)$", "", path.rpartition(".")[2])


def title(path: str) -> str:
    """The name of a class's file in `conf/model/`: `random_forest`."""
    short = stem(path)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", short).lower()
    return _TITLES.get(short, words)
