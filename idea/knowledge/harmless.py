"""Functions and methods that change neither their arguments nor what they are called on."""

BUILTINS = frozenset(
    "abs all any bool dict display enumerate filter float format hasattr int isinstance len list "
    "map max min print range repr reversed round set sorted str sum tuple type zip".split()
)
# Functions that make an object of their own, and those of NumPy that fill it.
MAKING = frozenset(
    "bool Counter defaultdict dict float int len list OrderedDict round set sorted str".split()
)
FILLED = frozenset("empty empty_like full full_like ones ones_like zeros zeros_like".split())
# Methods that put something into a list, a set or a dict.
COLLECTING = frozenset("add append extend insert setdefault update".split())
# Packages that only show something.
SHOWING = frozenset("IPython matplotlib missingno plotly pprint seaborn tabulate wordcloud".split())
# Modules of which every function is harmless.
MODULES = ("collections", "itertools", "math", "scipy.stats", "sklearn.metrics", "statistics")
FUNCTIONS = frozenset(
    "pandas.DataFrame pandas.Series pandas.concat pandas.crosstab pandas.cut pandas.get_dummies "
    "pandas.isna pandas.isnull pandas.melt pandas.merge pandas.qcut pandas.to_datetime "
    "pandas.notna pandas.notnull pandas.pivot_table pandas.to_numeric pandas.value_counts "
    "numpy.abs numpy.absolute numpy.allclose numpy.arange numpy.argmax numpy.argmin numpy.argsort "
    "numpy.argwhere numpy.around numpy.array numpy.array_equal numpy.asarray numpy.average "
    "numpy.bincount numpy.ceil numpy.clip numpy.column_stack numpy.concatenate "
    "numpy.corrcoef numpy.cov numpy.cumsum numpy.diag numpy.diff numpy.dot numpy.empty numpy.exp "
    "numpy.expand_dims numpy.expm1 numpy.eye numpy.flip numpy.floor numpy.full numpy.histogram "
    "numpy.hstack numpy.isfinite numpy.isinf numpy.isnan numpy.linspace numpy.log numpy.log10 "
    "numpy.log1p numpy.log2 numpy.logspace numpy.max numpy.maximum numpy.mean numpy.median "
    "numpy.meshgrid numpy.min numpy.minimum numpy.nanargmax numpy.nanargmin numpy.nanmax "
    "numpy.nanmean numpy.nanmedian numpy.nanmin numpy.nanstd numpy.ones numpy.ones_like "
    "numpy.percentile numpy.power numpy.prod numpy.quantile numpy.ravel numpy.repeat numpy.reshape "
    "numpy.round numpy.set_printoptions numpy.sign numpy.sort numpy.sqrt numpy.square "
    "numpy.squeeze numpy.stack numpy.std numpy.sum numpy.tile numpy.transpose numpy.tril "
    "numpy.triu numpy.unique numpy.var numpy.vstack numpy.where numpy.zeros numpy.zeros_like "
    "sklearn.base.clone sklearn.clone sklearn.inspection.permutation_importance "
    "sklearn.tree.export_graphviz sklearn.tree.export_text sklearn.tree.plot_tree".split()
)
# Methods of frames, series, groups, arrays, texts, containers and drawn things.
METHODS = frozenset(
    "abs add_prefix add_suffix agg aggregate align all any apply applymap argmax argmin asfreq "
    "assign astype autocorr bar barh between bfill boxplot capitalize cat clip combine_first "
    "contains convert_dtypes copy corr corrwith count cov crosstab cummax cummin cumprod cumsum "
    "day_name describe diff div divide drop dropna duplicated endswith eq equals expanding "
    "explode ffill fillna find findall first flatten floordiv format ge get get_figure get_group "
    "get_height get_legend get_legend_handles_labels get_level_values get_loc get_title "
    "get_width get_x get_xlim get_xticklabels get_xticks get_y get_ylim get_yticklabels "
    "get_yticks groupby gt head hist idxmax idxmin index infer_objects info interpolate isalnum "
    "isalpha isdecimal isdigit isin islower isna isnull isnumeric isspace isupper items iterrows "
    "join keys kurt kurtosis last le line ljust lower lstrip lt map mask match max mean median "
    "melt memory_usage merge min mod mode month_name mul multiply ne ngroup nlargest notna "
    "notnull nsmallest nth nunique partition pct_change pie pivot pivot_table plot pow prod "
    "product quantile rank ravel reindex rename rename_axis repeat replace resample reset_index "
    "reshape rfind rjust rolling round rpartition rsplit rstrip scatter select_dtypes sem "
    "set_axis set_index shift size skew sort_index sort_values split squeeze stack startswith "
    "std strftime strip sub subtract suggest_categorical suggest_float suggest_int "
    "suggest_loguniform suggest_uniform sum swapaxes swapcase tail take title to_dict to_frame "
    "to_list to_numpy to_period to_string to_timestamp tolist total_seconds transpose truediv "
    "tz_convert tz_localize unique unstack upper value_counts values var where xs zfill".split()
)
# Methods of fitted estimators; and those that change the estimator, and nothing else.
PREDICTING = frozenset(
    "cost_complexity_pruning_path decision_function decision_path get_booster get_depth "
    "get_feature_names_out get_n_leaves get_params get_score inverse_transform kneighbors predict "
    "predict_log_proba predict_proba score staged_predict staged_predict_proba transform".split()
)
TRANSFORMING = frozenset({"inverse_transform", "transform"})  # frames have such a method, too
FITTING = frozenset({"fit", "fit_predict", "fit_transform", "optimize", "set_params"})
RETURNING = frozenset({"fit", "set_params"})  # of these, those that give the estimator
# Functions, other than classes, that make an estimator, a study of one, or what watches its fit.
MAKERS = frozenset(
    "lightgbm.early_stopping lightgbm.log_evaluation optuna.create_study "
    "sklearn.compose.make_column_transformer sklearn.pipeline.make_pipeline "
    "sklearn.pipeline.make_union".split()
)
# Functions that fit copies of their first argument, an estimator.
VALIDATING = frozenset(
    f"sklearn.model_selection.{name}"
    for name in "cross_val_predict cross_val_score cross_validate learning_curve "
    "validation_curve".split()
)
# Arguments with which what is passed may change.
CHANGING = ("copy", "copy_X", "copy_x", "inplace", "out", "overwrite_a")
# Names through which code makes what is drawn at random the same each time.
SEEDING = ("seed", "seed_everything", "set_state", "setstate")
# Functions that draw at random.
DRAWING = frozenset(
    f"numpy.random.{name}"
    for name in "binomial choice exponential normal permutation poisson rand randint randn random "
    "random_sample uniform".split()
) | frozenset(f"random.{name}" for name in "choice gauss randint random sample uniform".split())
# Functions that draw at random unless they are given a `random_state`.
SPLITTING = frozenset({"sklearn.model_selection.train_test_split"})
# Functions and methods that call their first argument.
CALLING = frozenset("apply applymap filter map".split())
# Functions through which code may use any name.
ALL_NAMES = frozenset("eval exec get_ipython globals locals vars".split())
