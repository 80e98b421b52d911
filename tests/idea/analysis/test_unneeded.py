"""Statements that can't reach the fit are left out of the comparison, and no others."""

from pathlib import Path

import pytest

from idea.analysis.unneeded import needed_files, only_compared, unneeded_lines
from tests.idea.analysis.notebooks import XY, analysed

FIT = f"{XY}model = LogisticRegression()\nmodel.fit(X, y)\nprint(model.score(X, y))\n"


@pytest.mark.parametrize(
    "shown",
    [
        "df.head()",
        "print(df.describe(), df['age'].max())",
        "df['age'].plot(kind='hist')",
        "parts = df.groupby(['plan', 'churn'])['churn'].count().unstack()\n"
        "parts.div(parts.sum(axis=1), axis=0).plot(kind='bar', stacked=True)",
        "print(df['age'].rolling(3).mean().sub(1).ge(2).mod(2), df['plan'].str.contains('a'))",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.set_title('Ages')",
        "counts = df['plan'].value_counts()\nprint(counts)",
        "for name in ['age', 'income']:\n    print(name, df[name].mean())",
        "if len(df) > 3:\n    print(df.shape)",
        "tree = DecisionTreeClassifier()\ntree.fit(df[['age']], df['churn'])\ntree.score(df, df)",
        "tree = SVC()\ntry:\n    tree.fit(df[['age']], df['churn'])\nexcept ValueError as why:\n"
        "    print(why)\nfinally:\n    print(tree)",
        "search = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {'svc__C': [1, 2]})\n"
        "search.fit(df[['age']], df['churn'])\nprint(search.best_params_)",
        "print(cross_val_score(SVC(), df[['age']], df['churn'], cv=3).mean())",
        "scores = []\nfor depth in range(3):\n    tree = DecisionTreeClassifier(max_depth=depth)\n"
        "    scores.append(tree.fit(df[['age']], df['churn']).score(df[['age']], df['churn']))\n"
        "best, total = max(scores), 0\nfor score in scores:\n    if score < 0:\n        continue\n"
        "    total += score",
        "trees = {'small': SVC(C=1), 'large': SVC(C=9)}\ntrees['default'] = SVC()\nfound = {}\n"
        "for name, tree in trees.items():\n    tree.fit(df[['age']], df['churn'])\n"
        "    found[name] = tree.score(df[['age']], df['churn'])",
        "trees = []\ntrees.append(('one', SVC()))\nfor at, (name, tree) in enumerate(trees):\n"
        "    pass\nfor name, tree in trees:\n    tree.fit(df[['age']], df['churn'])",
        "given = {'C': 2, 'gamma': 1}\ntree = SVC(**given)\ntree.fit(df[['age']], df['churn'])",
        "other = df.copy()\nother['age'] = np.random.permutation(other['age'])\n"
        "other.loc[other['age'] > 3, 'income'] = 0",
        "a, b = train_test_split(df)\ntree = SVC()\ntree.fit(b, a)",
        "import optuna\nstudy = optuna.create_study()\n"
        "study.optimize(lambda trial: trial.suggest_int('x', 1, 3), n_trials=9)",
        "ax = df['age'].plot()\nax.set_title('Ages')",
        "import matplotlib.pyplot as plt\nbars = plt.bar(['a', 'b'], [1, 2])\n"
        "for bar, high in zip(bars, [1, 2]):\n"
        "    plt.text(bar.get_x() + bar.get_width() / 2, bar.get_height(), str(high))",
        "scores = []\nfor C in [1, 2]:\n    tree = SVC(C=C).fit(df[['age']], df['churn'])\n"
        "    scores.append(tree.score(df[['age']], df['churn']))\n"
        "best = [1, 2][scores.index(max(scores))]",
        "from sklearn.tree import plot_tree\ngrown = []\nfor cost in np.log10([1, 2]):\n"
        "    tree = DecisionTreeClassifier(ccp_alpha=cost)\n"
        "    tree.fit(df[['age']], df['churn'])\n    grown.append(tree)\nplot_tree(grown[0])\n"
        "nodes = [tree.score(df[['age']], df['churn']) for tree in grown]",
    ],
)
def test_what_only_shows_or_fits_another_model_is_unneeded(people: Path, shown: str) -> None:
    found = unneeded_lines(analysed(people, shown, FIT))
    lines = len(shown.splitlines())
    first = 1 + shown.startswith(("import", "from"))
    assert found == {1: [(first, lines)]}


def test_a_list_that_is_shown_and_filled_anew_needs_no_earlier_fits(people: Path) -> None:
    loop = (
        "scores = []\nfor C in [1, 2]:\n    other = SVC(C=C)\n    other.fit(X, y)\n"
        "    scores.append(other.score(X, y))\nprint(scores)\n"
    )
    found = unneeded_lines(analysed(people, XY, loop, loop.replace("SVC", "LogisticRegression")))
    assert found == {2: [(1, 6)]}


@pytest.mark.parametrize(
    "changes",
    [
        "print(df.pop('id'))",
        "df.sort_values('age', inplace=True)",
        "for frame in [df]:\n    frame['age'] = 1",
        "try:\n    df['age'] = df['age'] + 1\nexcept TypeError:\n    pass",
        "try:\n    print(df['x'])\nexcept KeyError:\n    df['age'] = 1",
        "def older(frame):\n    frame['age'] += 1\n    return frame\nprint(older(df).head())",
        "def older(row):\n    df['age'] += 1\n    return row\nprint(df['age'].map(older).max())",
        "class Head:\n    def head(self):\n        df['age'] = 1\nHead().head()",
        "exec('df[\"age\"] = 1')",
        "df['age'].values[0] = 3",
        "np.random.shuffle(df['age'].values)",
        "frames = []\nframes.append(df)\nfor frame in frames:\n    frame['age'] = 1",
        "rows = [df]\nrows[0]['age'] = 1",
        "rows = df\nrows += 1",
        "rows = df['age'].values\nrows[0] = 1",
        "take = df.pop\nprint(list(map(take, ['id'])))",
        "take = lambda name: df.pop(name)\ndf['plan'].head(1).map({'a': 'id'}).apply(take)",
        "np.random.seed(1)\nprint(np.random.permutation(3))",
        "kept = [SVC()]\nkept.append(df.insert(0, 'x', 1))",
        "scaler = StandardScaler(copy=False)\nscaler.fit_transform(df[['age']])",
        "ages = df['age'].max()\ndf['age'] = df['age'] / ages",
        "scaler = StandardScaler()\nscaler.fit(df)\ndf['age'] = scaler.transform(df)",
        "plt = df\nplt.title = df.insert(0, 'x', 1)",
    ],
)
def test_what_may_change_rows_is_needed(people: Path, changes: str) -> None:
    assert unneeded_lines(analysed(people, changes, FIT)) == {}


def test_names_count_where_code_may_use_any(people: Path) -> None:
    cells = ("most = df['age'].max()", "df['age'] = eval('df[\"age\"] / most')\ndf.head()")
    assert unneeded_lines(analysed(people, *cells, FIT)) == {2: [(2, 2)]}


def test_statements_of_a_function_that_is_called_are_needed(people: Path) -> None:
    cells = ("def settled(a, b):\n    return LogisticRegression().fit(a, b)", XY, "df.head()")
    idea = analysed(people, *cells, "df.tail()\nmodel = settled(X, y)\nmodel.score(X, y)")
    assert unneeded_lines(idea) == {3: [(1, 1)], 4: [(1, 1)]}


def test_a_table_is_unneeded_if_its_name_is_another_ones_before_it_is_used(people: Path) -> None:
    again = "df = pd.read_csv('people.csv')"
    other = "df = pd.read_csv('cars.csv').dropna()\nages = df['age'].max()"
    assert unneeded_lines(analysed(people, other, again, FIT))[1] == [(1, 2)]
    for used in ("def most():\n    return df['age'].max()\ntop = most()", "old = list([df])[0]"):
        cells = (other, used, again, "print(old.pop('id')) if 'old' in dir() else top()", FIT)
        found = unneeded_lines(analysed(people, *cells))
        assert found.get(1) == [(2, 2)], used


def test_what_changes_an_object_with_another_name_is_needed(people: Path) -> None:
    alias = "scaler = StandardScaler()\nother = scaler\nscaler.fit(df[['age']])\nscaler = 0"
    changes = "df['age'] = other.transform(df[['age']])"
    assert unneeded_lines(analysed(people, alias, changes, FIT)) == {1: [(4, 4)]}


def test_files_that_only_the_notebook_reads_come_along(people: Path) -> None:
    (people / "test.csv").write_text("id,age,income,plan\n9,30,100,a\n", encoding="utf-8")
    (people / "cars.csv").write_text("speed\n9\n", encoding="utf-8")
    reads = "place = './'\nnew = pd.read_csv(place + 'test.csv')\ncars = pd.read_csv('cars.csv')"
    idea = analysed(people, reads, "new['age'] = new['age'] + new.pop('id')", FIT)
    assert only_compared(idea) == {"test.csv": people / "test.csv"}
    assert [each.as_written for each in needed_files(idea)] == ["./test.csv"]


TRIED = "def tried(**options):\n    {}\n    return tree.score(df[['age']], df['churn'])"


@pytest.mark.parametrize(
    ("does", "is_unneeded"),
    [
        ("tree = DecisionTreeClassifier(**options).fit(df[['age']], df['churn'])", True),
        ("tree = SVC(**options)\n    tree.fit(df[['age']], df['churn'])\n    print(tree)", True),
        (
            """pipe = make_pipeline(StandardScaler(), SVC(**options)).fit(df[["age"]], df["churn"])
    try:
        names = pipe.named_steps["standardscaler"].get_feature_names_out()
        names.extend(["age"])
    except AttributeError:
        names = []
    parts = []
    for each in names:
        parts.append((each, StandardScaler(), list(range(3))))
    if hasattr(pipe, "steps"):
        parts.extend(pipe.named_steps["svc"].predict(df[["age"]]))
    tree = SVC()""",
            True,
        ),
        (
            "class Own:\n        def predict(self, X):\n            X['age'] = 0\n"
            "    Own().predict(df)\n    tree = SVC()",
            False,
        ),
        ("tree = SVC()\n    print(other.predict(df))", True),
        ("tree = SVC()\n    print(other.transform(other['f']))", False),
        ("'Try.'\n    tree = SVC()\n    for c in [1, 2]:\n        print(c)", True),
        ("df['age'] = 1\n    tree = SVC()", False),
        ("global y\n    y = 1\n    tree = SVC()", False),
        ("tree = scaler\n    scaler.fit(df[['age']])", False),
        ("tree = SVC(**other)", False),
        ("tree = SVC()\n    df.pop('id')", False),
        ("tree = SVC()\n    return tried()", False),
    ],
)
def test_a_function_that_fits_a_model_of_its_own_is_unneeded(
    people: Path, does: str, is_unneeded: bool
) -> None:
    cells = (
        "scaler = StandardScaler()\nother = df.iloc[0]",
        TRIED.format(does),
        "tried(C=2)\ntried()",
    )
    end = f"df[['age']] = scaler.fit_transform(df[['age']])\n{FIT}"
    found = unneeded_lines(analysed(people, *cells, end))
    assert (found.get(3) == [(1, 2)]) is is_unneeded
    assert 3 not in unneeded_lines(analysed(people, *cells[:2], "tried(copy_X=False)", end))


def test_models_that_one_name_stood_for_before_are_unneeded(people: Path) -> None:
    other = "model = SVC()\nmodel.fit(df[['age']], df['churn'])\nfirst = model.predict(df[['age']])"
    assert unneeded_lines(analysed(people, other, FIT)) == {1: [(1, 3)]}


@pytest.mark.parametrize(
    "keeps",
    ["kept = scaler", "kept = scaler.fit(df[['age']])", "kept = [scaler][0]",
     "kept = scaler.set_params()"],
)  # fmt: skip
def test_a_model_that_another_name_keeps_is_needed(people: Path, keeps: str) -> None:
    cells = (f"scaler = StandardScaler()\n{keeps}\nscaler.fit(df[['age']])", "scaler = 3")
    end = f"df['age'] = kept.transform(df[['age']])\n{FIT}"
    assert 1 not in unneeded_lines(analysed(people, *cells, end))


@pytest.mark.parametrize("both", ["kept = SVC()\nother = kept", "kept = other = SVC()"])
def test_a_model_that_changes_under_another_name_is_needed(people: Path, both: str) -> None:
    changes = "other.fit(df[['age']], df['churn'])\nother = 3"
    end = f"df['age'] = kept.predict(df[['age']])\n{FIT}"
    assert unneeded_lines(analysed(people, both, changes, end)).get(2) == [(2, 2)]


def test_what_a_loop_makes_for_itself_is_not_taken_from_before(people: Path) -> None:
    before = "tree = SVC()\ntree.fit(df[['age']], df['churn'])\nfound = tree.score(df, df)"
    loop = (
        f"{XY}for c in [1, 2]:\n    found = c + 1\n    model = LogisticRegression(C=found)\n"
        "    model.fit(X, y)\nprint(model.score(X, y))\n"
    )
    assert unneeded_lines(analysed(people, before, loop)) == {1: [(1, 3)]}


def test_functions_that_only_compute_may_be_handed_over(people: Path) -> None:
    search = (
        "import optuna\ndef tried(trial):\n    tree = SVC(C=trial.suggest_float('C', 1, 2))\n"
        "    return tree.fit(df[['age']], df['churn']).score(df, df)\n"
        "study = optuna.create_study()\nstudy.optimize(tried, n_trials=9)"
    )
    changing = search.replace("    return", "    df['age'] = 1\n    return")
    assert unneeded_lines(analysed(people, search, FIT)) == {1: [(5, 6)]}
    assert unneeded_lines(analysed(people, changing, FIT)) == {}


HELPER = (
    "def rated(model, rows=None):\n    model.fit(df[['age']], df['churn'])\n"
    "    return model.score(df[['age']], df['churn'])\n"
)


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("first = SVC()\nscore = rated(first)\nprint(rated(model=SVC(C=2)), score)", {2: [(1, 3)]}),
        ("first = df.copy()\nscore = rated(first)", {}),  # who knows what that fits
        ("first = SVC()\nscores = list(map(rated, [first]))", {}),
        ("scaler = StandardScaler()\nfirst = SVC()\nscore = rated(first)\nkept = first\n"
         "df['age'] = kept.predict(df[['age']])", {}),
    ],
)  # fmt: skip
def test_a_function_may_fit_what_it_is_given(
    people: Path, call: str, found: dict[int, list[tuple[int, int]]]
) -> None:
    lines = unneeded_lines(analysed(people, HELPER, call, FIT))
    assert {cell: each for cell, each in lines.items() if each != [(1, 1)]} == found


OWN = """
class Own:
    def fit(self, X, y=None):
        X["age"] = 0
        return self
    def predict(self, X):
        return X
"""


@pytest.mark.parametrize(
    ("fits", "is_unneeded"),
    [
        ("tree = SVC()\ntree.fit(df[['age']], df['churn'])\ntree.predict(df[['age']])", True),
        ("tree = Own()\ntree.fit(df)", False),
        ("tree = make_pipeline(Own(), SVC())\ntree.fit(df, df['churn'])", False),
        ("tree = SVC()\nif len(df) > 3:\n    tree = Own()\ntree.fit(df, df['churn'])", False),
    ],
)
def test_models_of_libraries_are_told_from_classes_of_the_notebook(
    people: Path, fits: str, is_unneeded: bool
) -> None:
    found = unneeded_lines(analysed(people, OWN, fits, FIT))
    assert (found.get(2) == [(1, len(fits.splitlines()))]) is is_unneeded


def test_a_function_that_sets_how_plots_look_is_unneeded(people: Path) -> None:
    draws = "def draw(rows):\n    plt.rcParams['figure.figsize'] = (9, 4)\n    rows.hist()\n"
    cells = ("import matplotlib.pyplot as plt\n" + draws, "draw(df)", FIT)
    assert unneeded_lines(analysed(people, *cells))[2] == [(1, 1)]


@pytest.mark.parametrize(
    ("keeps", "is_unneeded"),
    [
        ("best = search.best_estimator_\nprint(best)", True),
        ("best = search.best_estimator_\nother = best", False),
        ("other = search.best_estimator_", False),
        ("first = other = search", False),
    ],
)
def test_a_model_under_a_name_that_nobody_uses_is_unneeded(
    people: Path, keeps: str, is_unneeded: bool
) -> None:
    begin = "search = GridSearchCV(SVC(), {'C': [1, 2]})\nsearch.fit(df[['age']], df['churn'])\n"
    again = "search = GridSearchCV(SVC(), {'C': [3]})\nsearch.fit(df[['age']], df['churn'])\n"
    uses = "" if is_unneeded else "df['age'] = other.predict(df[['age']])\n"
    found = unneeded_lines(analysed(people, begin, keeps, again, uses + FIT))
    assert (found.get(1) == [(1, 2)]) is is_unneeded
