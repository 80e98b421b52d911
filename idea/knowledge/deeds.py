"""What calls of pandas and scikit-learn do, in words that can name a function."""

from collections.abc import Mapping

# By the name of what is called: a verb, and its object where a statement names no column. The most
# telling call comes first.
DEEDS: Mapping[str, tuple[str, str]] = {
    "get_dummies": ("encode", "categories"),
    "OneHotEncoder": ("encode", "categories"),
    "OrdinalEncoder": ("encode", "categories"),
    "LabelEncoder": ("encode", "categories"),
    "factorize": ("encode", "categories"),
    "StandardScaler": ("scale", "features"),
    "MinMaxScaler": ("scale", "features"),
    "RobustScaler": ("scale", "features"),
    "MaxAbsScaler": ("scale", "features"),
    "Normalizer": ("scale", "features"),
    "PCA": ("project", "features"),
    "TruncatedSVD": ("project", "features"),
    "SelectKBest": ("select", "features"),
    "SimpleImputer": ("fill", "missing_values"),
    "KNNImputer": ("fill", "missing_values"),
    "fillna": ("fill", "missing_values"),
    "interpolate": ("fill", "missing_values"),
    "cut": ("bin", "values"),
    "qcut": ("bin", "values"),
    "clip": ("clip", "values"),
    "to_datetime": ("parse", "dates"),
    "to_numeric": ("convert", "types"),
    "astype": ("convert", "types"),
    "map": ("map", "values"),
    "replace": ("replace", "values"),
    "dropna": ("drop", "missing_values"),
    "drop_duplicates": ("drop", "duplicates"),
    "drop": ("drop", "columns"),
    "rename": ("rename", "columns"),
    "set_axis": ("rename", "columns"),
    "merge": ("join", "tables"),
    "concat": ("join", "tables"),
    "query": ("filter", "rows"),
    "sort_values": ("sort", "rows"),
    "sample": ("sample", "rows"),
    "log": ("transform", "values"),
    "log1p": ("transform", "values"),
    "sqrt": ("transform", "values"),
}

# Methods that tell of each row whether something holds.
MASKS = frozenset(
    "isin between isna isnull notna notnull duplicated contains startswith endswith match eq ne lt "
    "le gt ge".split()
)
