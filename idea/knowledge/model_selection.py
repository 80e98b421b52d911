"""Functions and classes that split rows, cross-validate, and search hyperparameters.

Checked with scikit-learn 1.9, imbalanced-learn 0.14, Optuna 4 and scikit-optimize 0.10.
"""

TRAIN_TEST_SPLITS = frozenset({"sklearn.model_selection.train_test_split"})
# Functions that put rows into a random order.
SHUFFLE = "sklearn.utils.shuffle"
SHUFFLES = frozenset({SHUFFLE, "sklearn.utils.resample"})
DEFAULT_TEST_SIZE = 0.25  # of train_test_split, if neither size is given
CROSS_VALIDATIONS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})
# Of these two the value is the score itself.
CROSS_VALIDATED_SCORES = frozenset({"cross_val_score", "cross_validate"})
# Splitters that took the number of rows first, before scikit-learn 0.18.
ONCE_SIZED_SPLITTERS = frozenset(
    {"KFold", "StratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit"}
)
# Splitters that the rendered repository's folds equal: stratified for classes, else plain.
PLAIN_FOLDS = frozenset({"KFold", "StratifiedKFold"})
DEFAULT_FOLDS = 5

# Methods of imbalanced-learn's samplers.
RESAMPLING_METHODS = frozenset({"fit_resample"})
# Samplers of imbalanced-learn that draw, and so take `random_state`.
DRAWING_SAMPLERS = frozenset(
    """ADASYN BorderlineSMOTE ClusterCentroids CondensedNearestNeighbour InstanceHardnessThreshold
    KMeansSMOTE OneSidedSelection RandomOverSampler RandomUnderSampler SMOTE SMOTEENN SMOTEN SMOTENC
    SMOTETomek SVMSMOTE""".split()
)

# Searches, by the kind of search of the rendered repository that does the same.
SEARCHES = {
    "GridSearchCV": "grid",
    "RandomizedSearchCV": "random",
    "HalvingGridSearchCV": "halving",
    "HalvingRandomSearchCV": "halving",
    "OptunaSearchCV": "optuna",
    "BayesSearchCV": "optuna",
}
# How they call the parameter that holds the search space.
SPACE_PARAMETERS = frozenset({"param_grid", "param_distributions", "search_spaces"})
# How many candidates they draw if they are not asked for a number.
DEFAULT_DRAWS = {"random": 10}
