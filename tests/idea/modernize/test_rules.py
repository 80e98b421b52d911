"""Each rule of `idea.modernize.rules`: how code was written, and what the rule makes of it."""

import ast

import pytest

from idea.modernize import NotebookNames, modernise, notebook_names, registry

# What the cells before have defined.
BEFORE = """
import catboost
import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn import cross_validation, grid_search, metrics, preprocessing
df = pd.read_csv("a.csv")
houses = clean(df)
light = lgb.LGBMRegressor()
cat = catboost.CatBoostRegressor()
m = XGBRegressor()
"""

CASES: dict[str, dict[str, str]] = {
    "positional.one_axis": {
        "df.drop(columns=['a'], axis=1, inplace=True)": "df.drop(columns=['a'], inplace=True)",
        "df = df.rename(columns={'a': 'b'}, axis='columns')": (
            "df = df.rename(columns={'a': 'b'})"
        ),
    },
    "row_positions.value_of_row": {
        "df[['a', 'b']].apply(lambda r: r[0] + r[1], axis=1)": (
            "df[['a', 'b']].apply(lambda r: r.iloc[0] + r.iloc[1], axis=1)"
        ),
    },
    "numpy_names.builtin_types": {
        "a.astype(np.float)": "a.astype(float)",
    },
    "numpy_names.renamed_constants_and_functions": {
        "a = -np.NaN": "a = -np.nan",
        "np.in1d(a, b)": "np.isin(a, b)",
        "np.NINF": "(-np.inf)",
    },
    "numpy_names.asscalar": {
        "np.asscalar(a)": "a.item()",
    },
    "pandas_attributes.numpy_of_pandas": {
        "pd.np.log(a)": "import numpy as np; np.log(a)",
    },
    "pandas_attributes.datetime_of_pandas": {
        "isinstance(a, pd.datetime)": "isinstance(a, pd.Timestamp)",
    },
    "pandas_attributes.value_counts_as_value": {
        "df.apply(pd.value_counts)": "df.apply(pd.Series.value_counts)",
    },
    "pandas_attributes.parts_of_dates": {
        "df.t.dt.week": "df.t.dt.isocalendar().week",
        "df.t.dt.weekday_name": "df.t.dt.day_name()",
    },
    "moved_members.imputer": {
        "preprocessing.Imputer()": "from sklearn.impute import SimpleImputer; SimpleImputer()",
    },
    "moved_members.old_modules": {
        "grid_search.GridSearchCV(m, p)": "model_selection.GridSearchCV(m, p)",
        "cross_validation.train_test_split(X)": "model_selection.train_test_split(X)",
    },
    "moved_members.moved_modules": {
        "pd.scatter_matrix(df)": "pd.plotting.scatter_matrix(df)",
    },
    "renamed_members.methods": {
        "df.as_matrix()": "df.to_numpy()",
        "df.iteritems()": "df.items()",
        "df.applymap(f)": "df.map(f)",
        "sampler.fit_sample(X, y)": "sampler.fit_resample(X, y)",
        "encoder.get_feature_names()": "encoder.get_feature_names_out()",
    },
    "renamed_members.attributes": {
        "df.ix[3]": "df.loc[3]",
    },
    "renamed_members.classes": {
        "Imputer(missing_values='NaN', strategy='mean', axis=0)": "SimpleImputer(strategy='mean')",
        "metrics.jaccard_similarity_score(a, b)": "metrics.accuracy_score(a, b)",
    },
    "chained_changes.in_place": {
        "df['a'].fillna(0, inplace=True)": "df['a'] = df['a'].fillna(0)",
        "df.a.replace({'x': 'y'}, inplace=True)": "df['a'] = df.a.replace({'x': 'y'})",
        "df.a.replace('x', 2, inplace=True)": "df['a'] = df.a.replace('x', 2).infer_objects()",
        "unknown.a.replace({1: '2'}, inplace=True)": "unknown.a = unknown.a.replace({1: '2'})",
        "df.loc[:, 'a'].clip(0, 1, inplace=True)": "df.loc[:, 'a'] = df.loc[:, 'a'].clip(0, 1)",
        "df[['a']].fillna(0, inplace=True)": "df[['a']] = df[['a']].fillna(0)",
        "df[c].fillna(0, inplace=True)  # why": "df[c] = df[c].fillna(0)  # why",
        "df['a'].fillna(method='ffill', inplace=True)": "df['a'] = df['a'].ffill()",
        "df.set_axis(c, axis=1, inplace=True)": "df = df.set_axis(c, axis=1)",
    },
    "chained_changes.cells_of_a_column": {
        "df['a'][df.b > 1] = 5": "df.loc[df.b > 1, 'a'] = 5",
        "df.a[df.b > 1] += 5": "df.loc[df.b > 1, 'a'] += 5",
        "houses['a'][i] = 5": "houses.loc[i, 'a'] = 5",
        "unknown['a'][unknown.b > 1] = 5": "unknown.loc[unknown.b > 1, 'a'] = 5",
        "df['a'][i] = 5": "df.loc[i, 'a'] = 5",
        "df['a'][2:5] = 5": "df.iloc[2:5, df.columns.get_loc('a')] = 5",
        "df['a'].loc[rows] = 5": "df.loc[rows, 'a'] = 5",
        "df['a'][df['a'] > 5] = 5.5": "df['a'] = df['a'].mask(df['a'] > 5, 5.5)",
        "df['a'].iloc[3] = 5": "df.iloc[3, df.columns.get_loc('a')] = 5",
    },
    "other_types.in_some_rows": {
        "df.loc[df['a'] > high, 'a'] = high": "df['a'] = df['a'].mask(df['a'] > high, high)",
        "df.loc[(df.a < 1) | (df.b > 2), 'a'] = 0.5": (
            "df['a'] = df['a'].mask((df.a < 1) | (df.b > 2), 0.5)"
        ),
        "df.loc[df[c] > 9, c] = df[c].mean()": "df[c] = df[c].mask(df[c] > 9, df[c].mean())",
        "df.loc[df['a'] < 18, 'a'] = 'young'": "df['a'] = df['a'].mask(df['a'] < 18, 'young')",
        "df.a.sum()\ndf.loc[df.b.isin(x), 'a'] = 1.5": (
            "df.a.sum()\ndf['a'] = df['a'].mask(df.b.isin(x), 1.5)"
        ),
        "df['a'] = 1\ndf.at[3, 'a'] = 2.5": (
            "df['a'] = 1\ndf['a'] = df['a'].mask(df.index == 3, 2.5)"
        ),
    },
    "splitters.number_of_rows": {
        "KFold(len(X), n_folds=5, shuffle=True)": "KFold(n_splits=5, shuffle=True)",
        "StratifiedKFold(y, 5)": "StratifiedKFold(5)",
    },
    "splitters.seed_without_shuffling": {
        "KFold(n_splits=5, random_state=1)": "KFold(n_splits=5)",
        "KFold(len(X), n_folds=5, random_state=1)": "KFold(n_splits=5)",
    },
    "positional.named_arguments": {
        "df.drop('a', 1)": "df.drop('a', axis=1)",
        "df.sort_values('a', 0, False)": "df.sort_values('a', axis=0, ascending=False)",
        "df.isnull().any(1)": "df.isnull().any(axis=1)",
        "df.pivot('a', 'b', 'c')": "df.pivot(index='a', columns='b', values='c')",
        "df.a.str.split(' ', 1)": "df.a.str.split(' ', n=1)",
        "pd.concat([a, b], 1)": "pd.concat([a, b], axis=1)",
        "pd.read_csv('a', ';', squeeze=True)": "pd.read_csv('a', sep=';')",
        "SVC(1.0, 'rbf')": "SVC(C=1.0, kernel='rbf')",
        "MLPRegressor((9, 9))": "MLPRegressor(hidden_layer_sizes=(9, 9))",
        "VotingRegressor(e, w)": "VotingRegressor(e, weights=w)",
        "LGBMClassifier('gbdt', 31)": "LGBMClassifier(boosting_type='gbdt', num_leaves=31)",
        "XGBClassifier(3, 0.1)": "XGBClassifier(max_depth=3, learning_rate=0.1)",
        "AdaBoostClassifier(m, 10, algorithm='SAMME')": "AdaBoostClassifier(m, n_estimators=10)",
        "LogisticRegression('l2', multi_class='ovr')": "LogisticRegression()",
        "confusion_matrix(a, b, [0, 1])": "confusion_matrix(a, b, labels=[0, 1])",
    },
    "replaced_values.numbers_for_texts": {
        "df['a'] = df['a'].replace({'no': 0, 'yes': 1})": (
            "df['a'] = df['a'].replace({'no': 0, 'yes': 1}).infer_objects()"
        ),
        "df = df.replace({'a': {'no': -1}})": (
            "df = df.replace({'a': {'no': -1}}).infer_objects()"
        ),
        "a = a.replace(['x', 'y'], [0, 1])": "a = a.replace(['x', 'y'], [0, 1]).infer_objects()",
        "a = a.replace(to_replace='x', value=1)": (
            "a = a.replace(to_replace='x', value=1).infer_objects()"
        ),
    },
    "replaced_methods.by_template": {
        "df.mad() * 2": "(df - df.mean()).abs().mean() * 2",
        "df.get_value(0, 'a')": "df.at[0, 'a']",
        "df.clip_upper(3)": "df.clip(upper=3)",
    },
    "replaced_methods.sort": {
        "df.sort('a')": "df.sort_values('a')",
        "df.sort(columns='a')": "df.sort_values('a')",
    },
    "replaced_methods.records": {
        "df.to_dict('record')": "df.to_dict('records')",
    },
    "replaced_methods.parsed_dates": {
        "pd.datetime.strptime(a, '%Y')": "pd.to_datetime(a, format='%Y')",
    },
    "replaced_methods.value_counts": {
        "pd.value_counts(a)": "pd.Series(a).value_counts()",
    },
    "replaced_methods.windows": {
        "pd.rolling_mean(a, 3, min_periods=1)": "a.rolling(3, min_periods=1).mean()",
    },
    "fillna.fill_method": {
        "df.fillna(method='pad', limit=2)": "df.ffill(limit=2)",
    },
    "fillna.filled_by_its_own": {
        "df.fillna(df.mean())": "df.fillna(df.mean(numeric_only=True))",
    },
    "patterns.replaced_patterns": {
        "df.a.str.replace('[$]', '')": "df.a.str.replace('[$]', '', regex=True)",
    },
    "numeric_columns.numeric_only": {
        "df.corr()": "df.corr(numeric_only=True)",
        "df.groupby('a').mean()": "df.groupby('a').mean(numeric_only=True)",
    },
    "early_stopping.arguments_of_fit": {
        "m.fit(X, y, early_stopping_rounds=9, eval_set=e)": "m.fit(X, y, eval_set=e)",
        "light.fit(X, y, early_stopping_rounds=9, eval_metric='l1')": "light.fit(X, y, "
        "eval_metric='l1')",
    },
    "append.append": {
        "all = all.append(one)": "all = pd.concat([all, one])",
        "all.append(one, ignore_index=True)": "pd.concat([all, one], ignore_index=True)",
        "df = df.append({'a': 1}, ignore_index=True)": "df = pd.concat([df, "
        "pd.DataFrame([{'a': 1}])], ignore_index=True)",
        "df = df.append(a).append([b, c])": "df = pd.concat([df, a, b, c])",
    },
    "errors.root_of_error": {
        "metrics.mean_squared_error(a, b, squared=False)": "metrics.root_mean_squared_error(a, b)",
        "mean_squared_error(a, b, squared=False)": "from sklearn.metrics import "
        "root_mean_squared_error; root_mean_squared_error(a, b)",
        "from sklearn.metrics import mean_squared_error\n"
        "mean_squared_error(a, b, squared=False)": "from sklearn.metrics import "
        "mean_squared_error, root_mean_squared_error\nroot_mean_squared_error(a, b)",
    },
    "displays.plots": {
        "plot_roc_curve(m, X, y)": "RocCurveDisplay.from_estimator(m, X, y)",
    },
    "frequencies.letters": {
        "df.resample('M').sum()": "df.resample('ME').sum()",
        "df.t.dt.floor('15T')": "df.t.dt.floor('15min')",
        "df.t.dt.to_period('A')": "df.t.dt.to_period('Y')",
        "pd.date_range('2020', periods=3, freq='Q-DEC')": "pd.date_range('2020', periods=3, "
        "freq='QE-DEC')",
    },
    "group_columns.several_columns": {
        "df.groupby('a')['b', 'c'].sum()": "df.groupby('a')[['b', 'c']].sum()",
    },
}
# Tables of knowledge that are applied without a rule of their own.
TABLES: dict[str, dict[str, str]] = {
    "imports": {
        "from pandas.tools.plotting import scatter_matrix": "from pandas.plotting import "
        "scatter_matrix",
        "from numpy import NaN": "from numpy import nan as NaN",
        "from scipy import interp": "from numpy import interp",
        "from sklearn.cross_validation import KFold": "from sklearn.model_selection import KFold",
        "from sklearn import grid_search, svm": "from sklearn import model_selection, svm",
        "from sklearn.externals import joblib": "import joblib",
        "from sklearn.ensemble.forest import A": "from sklearn.ensemble import A",
        "from sklearn.preprocessing import Imputer, B": "from sklearn.impute import "
        "SimpleImputer; from sklearn.preprocessing import B",
        "from sklearn.lda import LDA": "from sklearn.discriminant_analysis import "
        "LinearDiscriminantAnalysis as LDA",
        "from sklearn.metrics import plot_roc_curve": "from sklearn.metrics import RocCurveDisplay",
    },
    "keywords": {
        "df.a.between(1, 2, inclusive=False)": "df.a.between(1, 2, inclusive='neither')",
        "pd.read_csv('a', delim_whitespace=True)": "pd.read_csv('a', sep='\\\\s+')",
        "pd.read_csv('a', error_bad_lines=False)": "pd.read_csv('a', on_bad_lines='skip')",
        "df.to_csv('a', line_terminator=n)": "df.to_csv('a', lineterminator=n)",
        "OneHotEncoder(sparse=False)": "OneHotEncoder(sparse_output=False)",
        "Ridge(normalize=True, alpha=2)": "Ridge(alpha=2)",
        "BaggingClassifier(base_estimator=m)": "BaggingClassifier(estimator=m)",
        "LogisticRegression(penalty='none')": "LogisticRegression(C=float('inf'))",
        "LogisticRegression(penalty='l1')": "LogisticRegression(l1_ratio=1)",
        "XGBClassifier(silent=1, nthread=2, seed=3)": "XGBClassifier(n_jobs=2, random_state=3)",
    },
    "values": {
        "DecisionTreeRegressor(criterion='mse')": "DecisionTreeRegressor("
        "criterion='squared_error')",
        "GradientBoostingRegressor(loss='lad')": "GradientBoostingRegressor(loss='absolute_error')",
        "SGDClassifier(loss='log')": "SGDClassifier(loss='log_loss')",
        "RandomForestRegressor(max_features='auto')": "RandomForestRegressor(max_features=1.0)",
        "RandomForestClassifier(max_features='auto')": "RandomForestClassifier("
        "max_features='sqrt')",
        "XGBRegressor(objective='reg:linear')": "XGBRegressor(objective='reg:squarederror')",
        "GridSearchCV(m, p, iid=False, scoring='log_loss')": "GridSearchCV(m, p, "
        "scoring='neg_log_loss')",
        "p = {'m__max_features': ['auto', 'sqrt']}": "p = {'m__max_features': ['sqrt']}",
    },
    "grids": {
        "p = {'normalize': [True, False], 'a': [1]}": "p = {'a': [1]}",
        "p = {'base_estimator__max_depth': [1]}": "p = {'estimator__max_depth': [1]}",
    },
}
PAIRS = [(old, new) for table in (CASES | TABLES).values() for old, new in table.items()]


def names(*cells: str) -> NotebookNames:
    """Collect the names of a notebook of some cells, after the usual ones."""
    return notebook_names([ast.parse(BEFORE), *map(ast.parse, cells)])


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_former_code_becomes_current(old: str, new: str) -> None:
    written, moved = modernise(old, names(old))
    assert written == new
    assert moved
    assert modernise(new, names(new)) == (new, [])


def test_every_rule_has_its_cases() -> None:
    assert sorted(CASES) == sorted(registry.rules())


@pytest.mark.parametrize("rule", CASES)
def test_every_case_needs_its_rule(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without = {
        kind: [found for found in rules if found.name != rule]
        for kind, rules in registry.RULES.items()
    }
    monkeypatch.setattr(registry, "RULES", without)
    for old, new in CASES[rule].items():
        assert modernise(old, names(old))[0] != new, old


@pytest.mark.parametrize(
    "code",
    [
        "self.df.drop('a', axis=1, inplace=True)",  # the table that the object was given changes
        "store.df.drop(columns='a', inplace=True)",
        "df[df.a > 1].fillna(0, inplace=True)",  # never changed df
        "df['a'].fillna(0, inplace=False)",
        "df.dropna(inplace=True)",
        "df.loc[df.a > 1, 'b'] = 3",
        "df.loc[df.a > 1, 'b'] = 0.5",  # which may be new
        "df.loc[df.a > 1, 'b'] = 0.5\ndf['b'].sum()",
        "df.loc[df.a > 1, 'a'] = 1",
        "df.loc[df.a == 'm', 'a'] = 'male'",
        "df.loc[df['a'].isnull(), 'a'] = df['a'].mean()",
        "found = m.predict(x)\ndf.loc[df.a > 1, 'a'] = found",
        "df.loc[rows, 'a'] = df.a.mean()",
        "scores['svc'][0] = 1",
        "data['svc'][0] = 1",  # nothing says that it is a frame but its name
        "scores['svc']['f1'] = 1",
        "os.environ['HOME'] = '/'",
        "data = {}\ndata['a'][i] = 1",
        "self.a[self.b > 1] = 0",
        "df.values[df.a > 1] = 0",
        "names.append(x)",
        "x = np.append(x, 1)",
        "a.replace('b', 'c', 1)",
        "df.a.str.replace('$', '')",
        "np.where(a, b, c)",
        "np.sum(a, 1)",
        "df.groupby('a')['b'].mean()",
        "df.t.dt.to_period('M')",
        "grid_search.fit(X)",
        "plot_confusion_matrix(cm, names, classes=c)",
        "def plot_roc_curve(a, b): pass\nplot_roc_curve(a, b)",
        "class Imputer: pass\nImputer()",
        "from sklearn.metrics.pairwise import cosine_similarity",
        "from . import a",
        "KFold(5, shuffle=True, random_state=1)",
        "LinearSVC(penalty='l1', multi_class='ovr')",
        "cat.fit(X, y, early_stopping_rounds=9)",
        "catboost.CatBoostClassifier().fit(X, y, early_stopping_rounds=9)",
        "Ridge(2)",
        "df[['a', 'b']].apply(lambda t: t['a'], 1)",
        "df.apply(lambda r: r[0], axis=1)",
        "df[['a']].apply(lambda r: r[0], axis=0)",
    ],
)
def test_the_rest_is_left_alone(code: str) -> None:
    assert modernise(code, names(code)) == (code, [])


def test_own_functions_keep_their_arguments_and_own_methods_change_nothing() -> None:
    own = names("def concat(a, b): pass\nclass Table:\n    def drop(self, a, b): pass")
    assert modernise("concat(a, 1)", own) == ("concat(a, 1)", [])
    assert modernise("df.drop('a', 1)", own)[0] == "df.drop('a', axis=1)"


def test_modules_are_known_by_their_import_not_by_their_name() -> None:
    numeric = notebook_names([ast.parse("import numpy as numeric\nimport pandas as tables")])
    assert modernise("numeric.NaN", numeric)[0] == "numeric.nan"
    assert modernise("x = df.append(a)", numeric)[0] == "x = tables.concat([df, a])"
    other = notebook_names([ast.parse("import networkx as np")])
    assert modernise("np.product(a)", other) == ("np.product(a)", [])


@pytest.mark.parametrize(
    "cell",
    [
        "rows = pd.read_csv('a.csv')",
        "rows = other = pd.DataFrame(x)",
        "rows = df[df.a > 1].copy()",
        "rows, rest = train_test_split(df)",
        "for rows in [df, test]: pass",
        "def clean(rows): return 1\nclean(df)",
        "def read(): return pd.read_csv('a.csv')\nrows = read()",
        "rows = sns.load_dataset('a')\nimport seaborn as sns",
        "print(rows.columns)",
        "rows = {'a': [1]}\nrows = pd.DataFrame(rows)",
    ],
)
def test_frames_are_known_by_what_is_done_with_them(cell: str) -> None:
    assert modernise("rows['a'][i] = 1", names(cell))[0] == "rows.loc[i, 'a'] = 1"
