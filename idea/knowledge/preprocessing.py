"""Transformers of scikit-learn that a rendered repository fits to training rows only.

Checked with scikit-learn 1.9.
"""

from collections.abc import Mapping

# Functions that fit a scaler and forget it, by the class of that scaler.
SCALERS = {
    "sklearn.preprocessing.scale": "StandardScaler",
    "sklearn.preprocessing.minmax_scale": "MinMaxScaler",
    "sklearn.preprocessing.robust_scale": "RobustScaler",
    "sklearn.preprocessing.maxabs_scale": "MaxAbsScaler",
}
# Options that let an encoder meet a value that it never saw while fitting.
UNSEEN_VALUES: Mapping[str, Mapping[str, str | int]] = {
    "sklearn.preprocessing.OneHotEncoder": {"handle_unknown": "ignore"},
    "sklearn.preprocessing.OrdinalEncoder": {
        "handle_unknown": "use_encoded_value",
        "unknown_value": -1,
    },
}
