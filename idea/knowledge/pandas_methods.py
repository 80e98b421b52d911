"""Methods of pandas and NumPy, by what they do to rows and columns.

Checked with pandas 3.1 and NumPy 2.4. Names are those of methods of frames, series and groups,
whatever they are called on, unless a comment says otherwise.
"""

# Rows

# Reductions: one value, or one for each column or group, of many rows.
REDUCTIONS = frozenset(
    "mean median mode std var sem min max sum prod count nunique unique value_counts quantile "
    "describe corr cov corrwith skew kurt kurtosis idxmax idxmin argmax argmin any all agg "
    "aggregate mad nlargest nsmallest info memory_usage pivot_table crosstab ptp first last "
    "hist item".split()
)
NUMPY_REDUCTIONS = frozenset(
    "mean median std var min max amin amax sum prod percentile quantile nanmean nanmedian nanstd "
    "nanmin nanmax nanpercentile unique bincount histogram corrcoef average ptp argmax argmin "
    "cov sort".split()
)
BUILTIN_REDUCTIONS = frozenset({"min", "max", "sum", "set", "sorted", "any", "all"})
REDUCING_FUNCTIONS = frozenset(
    {
        "collections.Counter",
        "pandas.crosstab",
        "pandas.pivot_table",
        "pandas.unique",
        "pandas.value_counts",
        "scipy.stats.boxcox_normmax",
        "scipy.stats.iqr",
        "scipy.stats.kurtosis",
        "scipy.stats.mode",
        "scipy.stats.sem",
        "scipy.stats.skew",
        "scipy.stats.variation",
        "statistics.mean",
        "statistics.median",
    }
)
# Reductions that take the axis as their first argument; of NumPy's functions it is the second.
AXIS_FIRST = frozenset(
    "mean median mode std var sem min max sum prod count nunique skew kurt idxmax idxmin argmax "
    "argmin any all dropna nanmean nanmedian nanstd nanmin nanmax amin amax average".split()
)
# Methods of groups that give a value for every row all the same.
GROUP_TRANSFORMS = frozenset(
    "transform cumcount cumsum cumprod cummax cummin rank shift diff fillna ffill bfill head tail "
    "filter ngroup pct_change rolling".split()
)
# Methods after which a reduction gives a value for every row.
WINDOWS = frozenset({"rolling", "expanding", "ewm"})
# Methods whose value for a row depends on the other rows or on their order.
ORDER_DEPENDENT = frozenset(
    "shift diff cumsum cumprod cummax cummin cumcount rank rolling expanding ewm interpolate ffill "
    "bfill pct_change resample".split()
)
# Methods that leave out rows, whatever their arguments; `drop` and `dropna` depend on the axis.
ROW_FILTERS = frozenset(
    "drop_duplicates query sample head tail nlargest nsmallest truncate".split()
)

# Columns

# Methods after which a frame has the same columns.
KEEP_COLUMNS = frozenset(
    "copy dropna fillna astype replace reset_index sort_values sort_index query head tail sample "
    "drop_duplicates apply applymap map where mask clip round interpolate ffill bfill "
    "infer_objects to_numpy convert_dtypes nlargest nsmallest abs ravel squeeze reshape flatten "
    "tolist to_list".split()
)
# Of these, methods that may change the values of every column.
CHANGE_VALUES = frozenset(
    "fillna replace apply applymap map where mask clip round interpolate ffill bfill abs".split()
)
# Methods and functions after which values are the same, in another container.
KEEP_VALUES = frozenset(
    {"ravel", "to_numpy", "copy", "squeeze", "flatten", "reshape", "infer_objects"}
)
ARRAY_FUNCTIONS = frozenset({"numpy.array", "numpy.ravel", "numpy.asarray"})
# Functions of numpy.random that draw as many numbers as they are told to.
DRAWS = frozenset(
    "binomial choice exponential normal poisson rand randint randn random random_sample "
    "uniform".split()
)
# Functions of patsy that make features of a formula, and a target too.
FORMULA_FUNCTIONS = frozenset({"patsy.dmatrices", "patsy.dmatrix"})
# Methods and attributes that give columns other names.
RENAME_COLUMNS = frozenset({"rename", "set_axis", "columns", "add_prefix"})
# Methods that write a frame into a file.
WRITERS = frozenset("to_csv to_excel to_feather to_json to_parquet to_pickle".split())
# Attributes that describe a table, and hold no values of its rows.
OF_THE_TABLE = frozenset({"shape", "size", "ndim", "empty", "name", "names", "columns"})
# Attributes of a frame that are none of its columns, in `df.a = …`.
NO_COLUMNS = frozenset("loc iloc at iat values index columns T data flat shape dtypes".split())
# Attributes and methods that frames have, and hardly anything else.
FRAME_ATTRIBUTES = frozenset(
    "loc iloc columns dtypes head isnull isna groupby describe info".split()
)
# Functions of pandas that give a frame, besides its readers.
FRAME_FUNCTIONS = frozenset({"pandas.DataFrame", "pandas.concat", "pandas.merge"})

# Tables together

# Functions that put tables below each other.
CONCATENATIONS = frozenset(
    {"pandas.concat", "numpy.concatenate", "numpy.vstack", "scipy.sparse.vstack"}
)
# Methods and functions that look rows of one table up in another.
JOINS = frozenset({"merge", "join", "merge_asof", "merge_ordered", "map", "isin", "lookup"})

# Both

LOCATORS = frozenset({"loc", "iloc", "at", "iat"})
# Attributes that mean nothing without what follows them.
ACCESSORS = LOCATORS | {"str", "dt", "cat"}
# Names of the argument that holds the rows, of functions of pandas.
DATA_PARAMETERS = {
    "get_dummies": "data",
    "cut": "x",
    "qcut": "x",
    "factorize": "values",
    "to_datetime": "arg",
}
# Methods that change the object that they are called on, of containers and estimators.
MUTATORS = frozenset(
    "append extend insert update pop remove sort clear add setdefault discard reverse "
    "fit fit_transform fit_predict fit_resample partial_fit set_params set_output".split()
)
