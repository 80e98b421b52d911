"""The order of parameters, as people passed them by position when they could.

Of every callable: the parameters that current releases still take by position, a bar, and those
that have to be named now. Checked with pandas 3.1, scikit-learn 1.9, XGBoost 3.2, LightGBM 4.7 and
CatBoost 1.2; the order behind the bar is that of scikit-learn 0.20 and pandas 0.24.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idea.knowledge.estimators import stem


@dataclass(frozen=True)
class Signature:
    """The order of a callable's first parameters.

    Attributes:
        positional: those that may be passed by position.
        named: those behind them, which could once be passed by position.
    """

    positional: tuple[str, ...]
    named: tuple[str, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """All of them."""
        return self.positional + self.named


def _read(table: Mapping[str, str]) -> dict[str, Signature]:
    found = {}
    for names, text in table.items():
        positional, _, named = text.partition("|")
        signature = Signature(tuple(positional.split()), tuple(named.split()))
        found.update(dict.fromkeys(names.split(), signature))
    return found


# Methods of frames and series, by their name alone: what they are called on is not known.
METHODS = _read(
    {
        "drop": "labels | axis index columns level inplace errors",
        "dropna": "| axis how thresh subset inplace",
        "drop_duplicates": "subset | keep inplace",
        "fillna": "value | method axis inplace limit",
        "ffill bfill": "| axis inplace limit",
        "sort_values": "by | axis ascending inplace kind na_position",
        "sort_index": "| axis level ascending inplace",
        "set_index": "keys | drop append inplace",
        "reset_index": "level | drop inplace",
        "set_axis": "labels | axis inplace",
        "replace": "to_replace value | inplace limit regex",
        "mask where": "cond other | inplace axis",
        "interpolate": "method | axis limit inplace",
        "to_csv": "path_or_buf | sep na_rep float_format columns header index",
        "to_excel": "excel_writer | sheet_name",
    }
)

FUNCTIONS = _read(
    {
        # pandas
        "concat": "objs | axis join",
        "read_csv read_table": "filepath_or_buffer | sep delimiter header names index_col usecols",
        "read_excel": "io sheet_name | header names index_col usecols",
        "read_json": "path_or_buf | orient typ",
        # sklearn.model_selection
        "cross_val_score": "estimator X y | scoring cv",
        "cross_val_predict": "estimator X y | cv",
        # sklearn.metrics
        "accuracy_score": "y_true y_pred | normalize",
        "classification_report": "y_true y_pred | labels target_names",
        "confusion_matrix": "y_true y_pred | labels",
        "f1_score precision_score recall_score": "y_true y_pred | labels pos_label average",
        "fbeta_score": "y_true y_pred | beta labels pos_label average",
        "mean_squared_error": "y_true y_pred | sample_weight",
        "precision_recall_curve roc_curve": "y_true y_score | pos_label",
        "roc_auc_score": "y_true y_score | average",
    }
)

# Classes; an entry without `Classifier` or `Regressor` is for both.
CLASSES = _read(
    {
        # predictors
        "AdaBoost": "estimator | n_estimators learning_rate",
        "Bagging": "estimator n_estimators |",
        "CalibratedClassifierCV": "estimator | method cv",
        "CatBoost": "iterations learning_rate depth |",
        "ClassifierChain MultiOutput OneVsOne OneVsRest RegressorChain": "estimator |",
        "DecisionTree": "| criterion splitter max_depth",
        "ElasticNet": "alpha | l1_ratio",
        "ExtraTrees RandomForest": (
            "n_estimators | criterion max_depth min_samples_split min_samples_leaf"
        ),
        "GaussianNB": "| priors",
        "GaussianProcess": "kernel |",
        "GradientBoosting": "| loss learning_rate n_estimators",
        "HistGradientBoosting": "loss |",
        "KNeighbors": "n_neighbors | weights algorithm",
        "KernelRidge": "alpha | kernel",
        "LGBM": "| boosting_type num_leaves max_depth learning_rate n_estimators",
        "Lasso Ridge": "alpha | fit_intercept",
        "LinearRegression": "| fit_intercept",
        "LinearSVC": "penalty loss |",
        "LinearSVR": "| epsilon tol C",
        "LogisticRegression": "| penalty dual tol C",
        "MLPClassifier": "hidden_layer_sizes activation | solver alpha",
        # Since 1.7 the first parameter is another one, `loss`.
        "MLPRegressor": "| hidden_layer_sizes activation solver alpha",
        "MultinomialNB": "| alpha",
        "NuSVC": "| nu kernel",
        "RANSAC": "estimator |",
        "RidgeCV": "alphas |",
        "SGD": "loss | penalty alpha",
        "SVC": "| C kernel degree gamma",
        "SVR": "| kernel degree gamma coef0 tol C epsilon",
        "Stacking": "estimators final_estimator | cv",
        "TransformedTarget": "regressor | transformer func inverse_func",
        "VotingClassifier": "estimators | voting weights",
        "VotingRegressor": "estimators | weights",
        "XGB": "| max_depth learning_rate n_estimators",
        # transformers
        "ColumnTransformer": "transformers | remainder",
        "FunctionTransformer": "func inverse_func |",
        "PCA": "n_components |",
        "PolynomialFeatures": "degree | interaction_only include_bias",
        "RFE": "estimator | n_features_to_select",
        "SelectFromModel": "estimator |",
        "SelectKBest": "score_func | k",
        "SimpleImputer": "| missing_values strategy axis",
        # searches and splitters
        "GridSearchCV": "estimator param_grid | scoring",
        "RandomizedSearchCV": "estimator param_distributions | n_iter scoring",
        "HalvingGridSearchCV": "estimator param_grid |",
        "HalvingRandomSearchCV OptunaSearchCV": "estimator param_distributions |",
        "BayesSearchCV": "estimator search_spaces optimizer_kwargs n_iter scoring |",
        "KFold StratifiedKFold": "n_splits | shuffle random_state",
        "ShuffleSplit StratifiedShuffleSplit": "n_splits | test_size",
    }
)

_UNKNOWN = Signature((), ())


def signature_of_class(name: str) -> Signature:
    """Give the order of a class's parameters; an empty one if it is not known."""
    return CLASSES.get(name) or CLASSES.get(stem(name)) or _UNKNOWN


def signature_of(name: str) -> Signature:
    """Give the order of the parameters of any callable, by its last name."""
    return METHODS.get(name) or FUNCTIONS.get(name) or signature_of_class(name)
