"""Functions and methods that change neither their arguments nor what they are called on."""

BUILTINS = frozenset(
    "abs all any bool dict display enumerate filter float format int isinstance len list map max "
    "min print range repr reversed round set sorted str sum tuple type zip".split()
)
# Packages that only show something.
SHOWING = frozenset("IPython matplotlib missingno plotly pprint seaborn tabulate wordcloud".split())
# Modules of which every function is harmless.
MODULES = ("math", "scipy.stats", "sklearn.metrics", "statistics")
FUNCTIONS = frozenset(
    "pandas.DataFrame pandas.Series pandas.concat pandas.crosstab pandas.isna pandas.isnull "
    "pandas.notna pandas.notnull pandas.pivot_table pandas.value_counts "
    "numpy.abs numpy.allclose numpy.arange numpy.argmax numpy.argsort numpy.array numpy.asarray "
    "numpy.bincount numpy.corrcoef numpy.cov numpy.cumsum numpy.diag numpy.exp numpy.expm1 "
    "numpy.histogram numpy.isfinite numpy.isinf numpy.isnan numpy.linspace numpy.log numpy.log1p "
    "numpy.logspace numpy.max numpy.mean numpy.median numpy.min numpy.ones numpy.ones_like "
    "numpy.percentile numpy.quantile numpy.round numpy.sort numpy.sqrt numpy.std numpy.sum "
    "numpy.tril numpy.triu numpy.unique numpy.var numpy.where numpy.zeros numpy.zeros_like".split()
)
# Methods of frames, series, groups, arrays, texts and containers.
METHODS = frozenset(
    "agg aggregate all any argmax argmin astype bar barh boxplot copy corr count cov crosstab "
    "describe dropna duplicated endswith fillna first flatten format get groupby head hist idxmax "
    "idxmin info isin isna isnull items iterrows join keys kurt kurtosis last line lower max mean "
    "median memory_usage min mode nlargest notna notnull nsmallest nunique pie pivot pivot_table "
    "plot quantile ravel replace reset_index reshape round scatter select_dtypes set_index size "
    "skew sort_index sort_values split startswith std strip sum tail title to_dict to_frame "
    "to_list to_numpy to_string tolist transpose unique unstack upper value_counts values "
    "var".split()
)
# Methods of fitted estimators; and those that change the estimator, and nothing else.
PREDICTING = frozenset(
    "decision_function get_feature_names_out get_params predict predict_log_proba predict_proba "
    "score transform".split()
)
FITTING = frozenset({"fit", "fit_predict", "fit_transform"})
# Functions that fit copies of their first argument, an estimator.
VALIDATING = frozenset(
    f"sklearn.model_selection.{name}"
    for name in "cross_val_predict cross_val_score cross_validate learning_curve "
    "validation_curve".split()
)
# Arguments with which what is passed may change.
CHANGING = ("copy", "copy_X", "copy_x", "inplace", "out", "overwrite_a")
# Functions through which code may use any name.
ALL_NAMES = frozenset("eval exec get_ipython globals locals vars".split())
