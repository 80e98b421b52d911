"""Old ways of pandas, NumPy and scikit-learn become today's, and nothing else is touched."""

import ast

import pytest

from idea.modernize import Moved, modernise
from idea.modernize.rewriter import modern_tree

PANDAS = {
    "df['a'].fillna(0, inplace=True)": "df['a'] = df['a'].fillna(0)",
    "df.a.replace({1: 2}, inplace=True)": "df['a'] = df.a.replace({1: 2})",
    "self.df.drop('a', axis=1, inplace=True)": "self.df = self.df.drop('a', axis=1)",
    "df.loc[:, 'a'].clip(0, 1, inplace=True)": "df.loc[:, 'a'] = df.loc[:, 'a'].clip(0, 1)",
    "df[['a']].fillna(0, inplace=True)": "df[['a']] = df[['a']].fillna(0)",
    "df[c].fillna(0, inplace=True)  # why": "df[c] = df[c].fillna(0)  # why",
    "df['a'].fillna(method='ffill', inplace=True)": "df['a'] = df['a'].ffill()",
    "df.fillna(method='pad', limit=2)": "df.ffill(limit=2)",
    "df.set_axis(c, axis=1, inplace=True)": "df = df.set_axis(c, axis=1)",
    "df['a'][df.b > 1] = 5": "df.loc[df.b > 1, 'a'] = 5",
    "df.a[df.b > 1] += 5": "df.loc[df.b > 1, 'a'] += 5",
    "houses['a'][houses.b > 1] = 5": "houses.loc[houses.b > 1, 'a'] = 5",
    "df['a'][i] = 5": "df.loc[i, 'a'] = 5",
    "df['a'][2:5] = 5": "df.iloc[2:5, df.columns.get_loc('a')] = 5",
    "df['a'].loc[rows] = 5": "df.loc[rows, 'a'] = 5",
    "df['a'].iloc[3] = 5": "df.iloc[3, df.columns.get_loc('a')] = 5",
    "all = all.append(one)": "all = pd.concat([all, one])",
    "all.append(one, ignore_index=True)": "pd.concat([all, one], ignore_index=True)",
    "df = df.append({'a': 1}, ignore_index=True)": "df = pd.concat([df, pd.DataFrame([{'a': 1}])], "
    "ignore_index=True)",
    "df = df.append(a).append([b, c])": "df = pd.concat([df, a, b, c])",
    "df.ix[3]": "df.loc[3]",
    "df.as_matrix()": "df.to_numpy()",
    "df.iteritems()": "df.items()",
    "df.applymap(f)": "df.map(f)",
    "df.sort('a')": "df.sort_values('a')",
    "df.mad() * 2": "(df - df.mean()).abs().mean() * 2",
    "df.get_value(0, 'a')": "df.at[0, 'a']",
    "df.clip_upper(3)": "df.clip(upper=3)",
    "df.to_dict('record')": "df.to_dict('records')",
    "df.corr()": "df.corr(numeric_only=True)",
    "df.fillna(df.mean())": "df.fillna(df.mean(numeric_only=True))",
    "df.groupby('a').mean()": "df.groupby('a').mean(numeric_only=True)",
    "df.groupby('a')['b', 'c'].sum()": "df.groupby('a')[['b', 'c']].sum()",
    "df.drop('a', 1)": "df.drop('a', axis=1)",
    "df.sort_values('a', 0, False)": "df.sort_values('a', axis=0, ascending=False)",
    "df.isnull().any(1)": "df.isnull().any(axis=1)",
    "df.pivot('a', 'b', 'c')": "df.pivot(index='a', columns='b', values='c')",
    "df.a.str.replace('[$]', '')": "df.a.str.replace('[$]', '', regex=True)",
    "df.a.str.split(' ', 1)": "df.a.str.split(' ', n=1)",
    "df.t.dt.week": "df.t.dt.isocalendar().week",
    "df.t.dt.weekday_name": "df.t.dt.day_name()",
    "df.a.between(1, 2, inclusive=False)": "df.a.between(1, 2, inclusive='neither')",
    "df.resample('M').sum()": "df.resample('ME').sum()",
    "df.t.dt.floor('15T')": "df.t.dt.floor('15min')",
    "df.t.dt.to_period('A')": "df.t.dt.to_period('Y')",
    "pd.date_range('2020', periods=3, freq='Q-DEC')": "pd.date_range('2020', periods=3, "
    "freq='QE-DEC')",
    "pd.concat([a, b], 1)": "pd.concat([a, b], axis=1)",
    "pd.read_csv('a', ';', squeeze=True)": "pd.read_csv('a', sep=';')",
    "pd.read_csv('a', delim_whitespace=True)": "pd.read_csv('a', sep='\\\\s+')",
    "pd.read_csv('a', error_bad_lines=False)": "pd.read_csv('a', on_bad_lines='skip')",
    "df.to_csv('a', line_terminator=n)": "df.to_csv('a', lineterminator=n)",
    "pd.rolling_mean(a, 3, min_periods=1)": "a.rolling(3, min_periods=1).mean()",
    "pd.value_counts(a)": "pd.Series(a).value_counts()",
    "df.apply(pd.value_counts)": "df.apply(pd.Series.value_counts)",
    "pd.datetime.strptime(a, '%Y')": "pd.to_datetime(a, format='%Y')",
    "pd.np.log(a)": "import numpy as np; np.log(a)",
    "from pandas.tools.plotting import scatter_matrix": "from pandas.plotting import "
    "scatter_matrix",
}
NUMPY = {
    "a.astype(np.float)": "a.astype(float)",
    "a = -np.NaN": "a = -np.nan",
    "np.in1d(a, b)": "np.isin(a, b)",
    "np.NINF": "(-np.inf)",
    "np.asscalar(a)": "a.item()",
    "from numpy import NaN": "from numpy import nan as NaN",
    "from scipy import interp": "from numpy import interp",
}
SCIKIT_LEARN = {
    "from sklearn.cross_validation import KFold": "from sklearn.model_selection import KFold",
    "from sklearn import grid_search, svm": "from sklearn import model_selection, svm",
    "grid_search.GridSearchCV(m, p)": "model_selection.GridSearchCV(m, p)",
    "from sklearn.externals import joblib": "import joblib",
    "from sklearn.ensemble.forest import A": "from sklearn.ensemble import A",
    "from sklearn.preprocessing import Imputer, B": "from sklearn.impute import SimpleImputer; "
    "from sklearn.preprocessing import B",
    "Imputer(missing_values='NaN', strategy='mean', axis=0)": "SimpleImputer(strategy='mean')",
    "from sklearn.lda import LDA": "from sklearn.discriminant_analysis import "
    "LinearDiscriminantAnalysis as LDA",
    "from sklearn.metrics import plot_roc_curve": "from sklearn.metrics import RocCurveDisplay",
    "plot_roc_curve(m, X, y)": "RocCurveDisplay.from_estimator(m, X, y)",
    "metrics.mean_squared_error(a, b, squared=False)": "metrics.root_mean_squared_error(a, b)",
    "mean_squared_error(a, b, squared=False)": "from sklearn.metrics import "
    "root_mean_squared_error; root_mean_squared_error(a, b)",
    "from sklearn.metrics import mean_squared_error\n"
    "mean_squared_error(a, b, squared=False)": "from sklearn.metrics import mean_squared_error, "
    "root_mean_squared_error\nroot_mean_squared_error(a, b)",
    "OneHotEncoder(sparse=False)": "OneHotEncoder(sparse_output=False)",
    "encoder.get_feature_names()": "encoder.get_feature_names_out()",
    "Ridge(normalize=True, alpha=2)": "Ridge(alpha=2)",
    "BaggingClassifier(base_estimator=m)": "BaggingClassifier(estimator=m)",
    "AdaBoostClassifier(m, 10, algorithm='SAMME')": "AdaBoostClassifier(m, n_estimators=10)",
    "DecisionTreeRegressor(criterion='mse')": "DecisionTreeRegressor(criterion='squared_error')",
    "GradientBoostingRegressor(loss='lad')": "GradientBoostingRegressor(loss='absolute_error')",
    "SGDClassifier(loss='log')": "SGDClassifier(loss='log_loss')",
    "RandomForestRegressor(max_features='auto')": "RandomForestRegressor(max_features=1.0)",
    "RandomForestClassifier(max_features='auto')": "RandomForestClassifier(max_features='sqrt')",
    "LogisticRegression(penalty='none')": "LogisticRegression(C=float('inf'))",
    "LogisticRegression(penalty='l1')": "LogisticRegression(l1_ratio=1)",
    "LogisticRegression('l2', multi_class='ovr')": "LogisticRegression()",
    "SVC(1.0, 'rbf')": "SVC(C=1.0, kernel='rbf')",
    "GridSearchCV(m, p, iid=False, scoring='log_loss')": "GridSearchCV(m, p, "
    "scoring='neg_log_loss')",
    "p = {'m__max_features': ['auto', 'sqrt']}": "p = {'m__max_features': ['sqrt']}",
    "p = {'normalize': [True, False], 'a': [1]}": "p = {'a': [1]}",
    "p = {'base_estimator__max_depth': [1]}": "p = {'estimator__max_depth': [1]}",
    "KFold(len(X), n_folds=5, shuffle=True)": "KFold(n_splits=5, shuffle=True)",
    "StratifiedKFold(y, 5)": "StratifiedKFold(5)",
    "KFold(n_splits=5, random_state=1)": "KFold(n_splits=5)",
    "confusion_matrix(a, b, [0, 1])": "confusion_matrix(a, b, labels=[0, 1])",
    "XGBClassifier(silent=1, nthread=2, seed=3)": "XGBClassifier(n_jobs=2, random_state=3)",
    "XGBRegressor(objective='reg:linear')": "XGBRegressor(objective='reg:squarederror')",
    "m.fit(X, y, early_stopping_rounds=9, eval_set=e)": "m.fit(X, y, eval_set=e)",
}
MOVED = PANDAS | NUMPY | SCIKIT_LEARN


@pytest.mark.parametrize("old", MOVED)
def test_old_ways_become_todays(old: str) -> None:
    new, moved = modernise(old)
    assert new == MOVED[old]
    assert moved
    assert modernise(new) == (new, [])
    tree = ast.parse(old)
    assert modern_tree(tree) == moved
    assert ast.unparse(tree).replace("\n", "; ") == ast.unparse(ast.parse(new)).replace("\n", "; ")


@pytest.mark.parametrize(
    "code",
    [
        "df[df.a > 1].fillna(0, inplace=True)",  # never changed df
        "df.dropna(inplace=True)",
        "df.loc[df.a > 1, 'b'] = 3",
        "scores['svc'][0] = 1",
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
        "catboost.fit(X, y, early_stopping_rounds=9)",
        "x = (1  ,\n   2)",
        "print x",
        "",
    ],
)
def test_the_rest_is_left_alone(code: str) -> None:
    assert modernise(code) == (code, [])


def test_names_that_the_notebook_defines_are_its_own() -> None:
    code = "plot_roc_curve(a, b)"
    assert modernise(code, own={"plot_roc_curve"}) == (code, [])


def test_the_rest_keeps_its_text_and_its_line() -> None:
    new, moved = modernise(
        "a = [1,2]  # mine\n"
        "m = Ridge(\n    alpha=2,  # small\n    normalize=True,\n).fit(X, y)\n"
        "for é in 'ů', np.NaN:\n"
        "    df['ž'].fillna(\n        0, inplace=True)  # why\n"
        "    'x'+'y'\n"
    )
    assert new == (
        "a = [1,2]  # mine\n"
        "m = Ridge(alpha=2).fit(X, y)\n\n\n\n"
        "for é in 'ů', np.nan:\n"
        "    df['ž'] = df['ž'].fillna(0)  # why\n\n"
        "    'x'+'y'\n"
    )
    assert moved == [
        Moved(2, "Ridge(normalize=True)", "Ridge()"),
        Moved(6, "np.NaN", "np.nan"),
        Moved(7, "df['ž'].fillna(0, inplace=True)", "df['ž'] = df['ž'].fillna(0)"),
    ]


def test_f_strings_are_written_anew_as_a_whole() -> None:
    assert modernise("print(f'{df.as_matrix()} {a}')")[0] == "print(f'{df.to_numpy()} {a}')"


def test_an_import_goes_before_a_block() -> None:
    new, _ = modernise("def f(a, b):\n    return mean_squared_error(a, b, squared=False)")
    assert new == (
        "from sklearn.metrics import root_mean_squared_error\n"
        "def f(a, b):\n    return root_mean_squared_error(a, b)"
    )


def test_the_estimator_that_is_named_nearest_decides() -> None:
    new, _ = modernise(
        "a = {'max_features': ['auto'], 'criterion': ['mse']}\nRandomForestRegressor()\n\n\n"
        "b = {'max_features': ['auto']}\nRandomForestClassifier()\n\n\n"
        "c = {'criterion': ['friedman_mse'], 'd': 1}\nGradientBoostingRegressor()"
    )
    assert "a = {'max_features': [1.0], 'criterion': ['squared_error']}" in new
    assert "b = {'max_features': ['sqrt']}" in new
    assert "c = {'d': 1}" in new


def test_what_is_gone_is_said() -> None:
    code = "from sklearn.datasets import load_boston\nx = load_boston()"
    new, moved = modernise(code)
    assert new == code
    assert [(move.line, "no Boston data" in move.now) for move in moved] == [(1, True), (2, True)]


def test_what_no_person_wrote_is_left_alone() -> None:
    code = "x = " + " + ".join(["np.NaN"] * 3000)
    assert modernise(code) == (code, [])
