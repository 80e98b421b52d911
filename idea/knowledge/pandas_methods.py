"""Methods of pandas and NumPy, by whether they keep, reduce or group rows."""

# Methods that make one value, or one value a column or group, of many rows.
REDUCTIONS = frozenset(
    "mean median mode std var sem min max sum prod count nunique unique value_counts quantile "
    "describe corr cov corrwith skew kurt kurtosis idxmax idxmin argmax argmin any all agg "
    "aggregate mad nlargest nsmallest info memory_usage pivot_table crosstab ptp first last "
    "hist item".split()
)
# Of a group: what has a value for every row all the same.
OF_EACH_ROW = frozenset(
    "transform cumcount cumsum cumprod cummax cummin rank shift diff fillna ffill bfill head tail "
    "filter ngroup pct_change rolling".split()
)
# What has a value for every row whatever is reduced after it.
WINDOWS = frozenset({"rolling", "expanding", "ewm"})
NUMPY_REDUCTIONS = frozenset(
    "mean median std var min max amin amax sum prod percentile quantile nanmean nanmedian nanstd "
    "nanmin nanmax nanpercentile unique bincount histogram corrcoef average ptp argmax argmin "
    "cov".split()
)
BUILTIN_REDUCTIONS = frozenset({"min", "max", "sum", "set", "sorted", "any", "all"})
REDUCING_PATHS = frozenset(
    {"collections.Counter", "pandas.crosstab", "pandas.pivot_table", "scipy.stats.mode",
     "pandas.value_counts", "pandas.unique", "statistics.mean", "statistics.median"}
)  # fmt: skip
# What takes the axis as its first argument as a method, as its second as a function of NumPy.
AXIS_FIRST = frozenset(
    "mean median mode std var sem min max sum prod count nunique skew kurt idxmax idxmin argmax "
    "argmin any all dropna nanmean nanmedian nanstd nanmin nanmax amin amax average".split()
)
OF_THE_TABLE = frozenset({"shape", "size", "ndim", "empty", "name", "names", "columns"})
