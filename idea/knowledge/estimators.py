"""Estimators: their import paths, their tasks, and how they behave.

Checked with scikit-learn 1.9, XGBoost 3.2, LightGBM 4.7 and CatBoost 1.2. Where a table speaks of a
*stem*, that is a class's name without `Classifier` or `Regressor`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
TASKS = {
    **{path: CLASSIFICATION for path in CLASSIFIERS.values()},
    **{path: REGRESSION for path in REGRESSORS.values()},
}
# Packages whose classes may be parameters of an estimator: a kernel, a transformer, a calibrator.
PACKAGES = frozenset("sklearn xgboost lightgbm catboost imblearn category_encoders".split())
# Packages whose classes are imported from the package itself.
_FLAT = frozenset("xgboost lightgbm catboost".split())
# Packages with classes named as scikit-learn names its own, which are none of them.
_NOT_SCIKIT = frozenset("mlxtend yellowbrick keras scikeras tensorflow tf_keras pyspark".split())
# Models that are no scikit-learn estimators, by their package; a star is any class whose name ends
# as predictors' names do.
FOREIGN_MODELS: Mapping[str, frozenset[str]] = {
    "autogluon": frozenset({"TabularPredictor"}),
    "fastai": frozenset({"tabular_learner", "Learner"}),
    "keras": frozenset({"Sequential", "Model", "*"}),
    "mlxtend": frozenset({"*"}),
    "pytorch_tabnet": frozenset({"*"}),
    "scikeras": frozenset({"*"}),
    "tensorflow": frozenset({"Sequential", "Model", "*"}),
    "tf_keras": frozenset({"Sequential", "Model", "*"}),
    "tpot": frozenset({"*"}),
}

# Functions that train a model which is no estimator; and classes and functions, by their package,
# whose objects are trained by methods of their own.
TRAINING_FUNCTIONS = frozenset({"lightgbm.train", "xgboost.train", "xgboost.cv", "lightgbm.cv"})
TRAINING_PACKAGES: Mapping[str, frozenset[str]] = {
    "statsmodels": frozenset(
        """ARIMA ExponentialSmoothing GLM GLS Logit MNLogit OLS Poisson Probit RLM SARIMAX WLS glm
        gls logit mixedlm mnlogit ols poisson probit rlm wls""".split()
    ),
    "torch": frozenset({"Sequential"}),
    "prophet": frozenset({"Prophet"}),
}


@dataclass(frozen=True)
class Booster:
    """A function that trains a booster, and the estimators that do the same.

    Attributes:
        arguments: the function's first ones, by their order.
        rounds: how many there are by default.
        names_of_rounds: the parameters that say how many.
        classifier: the estimator for objectives of classes.
        regressor: the one for all others.
    """

    arguments: tuple[str, ...]
    rounds: int
    names_of_rounds: frozenset[str]
    classifier: str
    regressor: str


BOOSTER_TRAINING: Mapping[str, Booster] = {
    "lightgbm.train": Booster(
        ("params", "train_set", "num_boost_round"), 100,
        frozenset("num_iterations num_iteration n_iter num_tree num_trees num_round num_rounds "
                  "num_boost_round n_estimators".split()),
        "lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor",
    ),
    "xgboost.train": Booster(
        ("params", "dtrain", "num_boost_round"), 10, frozenset(),
        "xgboost.XGBClassifier", "xgboost.XGBRegressor",
    ),
}  # fmt: skip
# What holds rows for such a function; and the objectives that make it predict classes, with the
# parameters that name one.
BOOSTER_DATA = frozenset({"lightgbm.Dataset", "xgboost.DMatrix", "xgboost.QuantileDMatrix"})
CLASS_OBJECTIVES = ("binary", "multi", "softmax", "ova", "cross_entropy")
OBJECTIVE_NAMES = ("objective", "objective_type", "app", "application")
# Functions of statsmodels that add the column of an intercept.
ADD_CONSTANT = frozenset(
    {"statsmodels.api.add_constant", "statsmodels.tools.add_constant",
     "statsmodels.tools.tools.add_constant"}
)  # fmt: skip
# Models of statsmodels that scikit-learn has too, with the parameters that make them the same.
LINEAR_MODELS: Mapping[str, tuple[str, str]] = {
    "OLS": ("sklearn.linear_model.LinearRegression", "fit_intercept=False"),
    "Logit": (
        "sklearn.linear_model.LogisticRegression",
        "C=float('inf'), fit_intercept=False, max_iter=1000",
    ),
}
# Functions of statsmodels.formula.api that make one of these, of the design that a formula gives.
FORMULA_MODELS = {"ols": "OLS", "logit": "Logit"}

# Stems that use `random_state`, always or only with some values of another parameter.
SEEDED = frozenset(
    """AdaBoost Bagging CatBoost ClassifierChain DecisionTree ExtraTree ExtraTrees GaussianProcess
    GradientBoosting HistGradientBoosting LGBM LinearSVC LinearSVR MLP OutputCode PassiveAggressive
    Perceptron RANSAC RandomForest RegressorChain SGD TheilSen TunedThresholdClassifierCV XGB
    XGBRF""".split()
)
SEEDED_IF = {
    "ElasticNet": ("selection", ("random",)),
    "Lasso": ("selection", ("random",)),
    "LogisticRegression": ("solver", ("liblinear", "sag", "saga")),
    "Ridge": ("solver", ("sag", "saga")),
}
# Stems of classifiers that have no `predict_proba` of their own.
WITHOUT_PROBABILITIES = frozenset(
    """LinearSVC NuSVC OneVsOne OutputCode PassiveAggressive Perceptron Ridge
    RidgeClassifierCV SVC""".split()
)
# Losses with which SGDClassifier has one.
SGD_PROBABILITY_LOSSES = frozenset({"log_loss", "modified_huber"})
# Parameters without a default, by stem.
REQUIRED = {"Stacking": "estimators", "Voting": "estimators"} | dict.fromkeys(
    ("ClassifierChain", "MultiOutput", "OneVsOne", "OneVsRest", "RegressorChain"), "estimator"
)
# Parameters that hold another estimator; one that is fitted to what others predict; and those that
# hold the named members of a vote, a stack or a pipeline.
INNER_ESTIMATORS = frozenset({"estimator", "base_estimator", "regressor", "classifier"})
FINAL_ESTIMATOR = "final_estimator"
MEMBERS = frozenset({"estimators", "steps"})
# Stems that fit a copy of another estimator to each of several targets; and estimators that share
# something between targets, with those that do the same for one.
OF_EACH_TARGET = frozenset({"ClassifierChain", "MultiOutput", "RegressorChain"})
FOR_ONE_TARGET = {
    "sklearn.linear_model.MultiTaskElasticNet": "sklearn.linear_model.ElasticNet",
    "sklearn.linear_model.MultiTaskElasticNetCV": "sklearn.linear_model.ElasticNetCV",
    "sklearn.linear_model.MultiTaskLasso": "sklearn.linear_model.Lasso",
    "sklearn.linear_model.MultiTaskLassoCV": "sklearn.linear_model.LassoCV",
}
# Other names of parameters that the libraries take as well, by stem.
SYNONYMS = {
    "LGBM": {
        "bagging_fraction": "subsample",
        "bagging_freq": "subsample_freq",
        "boosting": "boosting_type",
        "eta": "learning_rate",
        "feature_fraction": "colsample_bytree",
        "lambda_l1": "reg_alpha",
        "lambda_l2": "reg_lambda",
        "min_data_in_leaf": "min_child_samples",
        "min_gain_to_split": "min_split_gain",
        "min_sum_hessian_in_leaf": "min_child_weight",
        "num_boost_round": "n_estimators",
        "num_iterations": "n_estimators",
        "num_leaf": "num_leaves",
        "seed": "random_state",
        "shrinkage_rate": "learning_rate",
    },
    "XGB": {
        "alpha": "reg_alpha",
        "eta": "learning_rate",
        "lambda": "reg_lambda",
        "min_split_loss": "gamma",
        "seed": "random_state",
    },
}
# Parameters that say how to compute or how much to print, not what to learn.
TECHNICAL = frozenset(
    "n_jobs nthread silent thread_count verbose verbosity logging_level warm_start".split()
)
# Parameters that need rows set aside while fitting (`eval_set`).
NEED_EVALUATION_ROWS = frozenset({"early_stopping_round", "early_stopping_rounds"})
# Parameters that give the number of rounds of boosting, the usual one first, by stem.
ROUNDS: Mapping[str, tuple[str, ...]] = {
    "CatBoost": ("iterations", "n_estimators", "num_boost_round", "num_trees"),
    "LGBM": ("n_estimators", "num_iterations", "num_boost_round"),
    "XGB": ("n_estimators",),
}
# Parameters that keep a library from printing and from writing files, by stem.
QUIET: Mapping[str, Mapping[str, bool | int]] = {
    "CatBoost": {"verbose": False, "allow_writing_files": False},
    "LGBM": {"verbose": -1},
}

PIPELINES = frozenset({"Pipeline", "make_pipeline"})
# Functions that copy an estimator, and methods whose value is the estimator itself.
COPIES = frozenset({"sklearn.base.clone", "sklearn.clone", "copy.copy", "copy.deepcopy"})
RETURN_THEMSELVES = frozenset({"fit", "set_params"})
# Methods that use a fitted model, and functions that save one.
PREDICTING_METHODS = frozenset({"predict", "predict_proba", "score", "decision_function"})
SAVING_FUNCTIONS = frozenset(
    {"joblib.dump", "pickle.dump", "pickle.dumps", "dill.dump", "cloudpickle.dump"}
)

_CONFIG_NAMES = {
    "XGB": "xgboost",
    "XGBRF": "xgboost_rf",
    "LGBM": "lightgbm",
    "CatBoost": "catboost",
}


def canonical(path: str) -> str:
    """Give a class's public import path: `sklearn.ensemble.X` of `sklearn.ensemble.forest.X`."""
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
    """Give the task of a class by its canonical path; None if it is not a predictor."""
    if path in TASKS:
        return TASKS[path]
    if path.split(".")[0] in _NOT_SCIKIT:
        return None
    if path.endswith("Classifier"):
        return CLASSIFICATION
    return REGRESSION if path.endswith("Regressor") else None


def is_foreign(path: str) -> bool:
    """Tell whether a class or function makes a model that is no scikit-learn estimator."""
    known = FOREIGN_MODELS.get(path.partition(".")[0], frozenset())
    name = path.rpartition(".")[2]
    return name in known or ("*" in known and name.endswith(("Classifier", "Regressor")))


def stem(path: str) -> str:
    """Give a class's name without its task: `RandomForest`."""
    return re.sub(r"(?<=.)(Classifier|Regressor)$", "", path.rpartition(".")[2])


def config_name(path: str) -> str:
    """Give the name of a class's file in `conf/model/`: `random_forest`."""
    short = stem(path)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", short).lower()
    return _CONFIG_NAMES.get(short, words)
