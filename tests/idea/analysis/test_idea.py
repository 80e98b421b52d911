"""What a notebook's code says: which model, which target, which rows and columns, which split."""

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from idea.analysis import BadIdea, Idea, read_idea
from idea.codegen.modules import features_module
from idea.program.script import FitAsWritten
from idea.project import problems

START = """
import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

df = pd.read_csv("people.csv")
"""
XY = 'X = df[["age", "income"]]\ny = df["churn"]\n'
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=3)\n"
FIT = "model = LogisticRegression().fit(X, y)\n"
COLUMNS = ("id", "age", "income", "plan", "churn")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Write the table that the notebooks of this file read; give its folder."""
    rows = [f"{n},{20 + n},{n * 1.5},{'ab'[n % 2]},{n % 3 // 2}" for n in range(60)]
    lines = [",".join(COLUMNS), *rows]
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def notebook(
    folder: Path,
    *cells: str,
    outputs: Mapping[int, str] | None = None,
    counts: Sequence[int] = (),
    language: str = "python",
) -> Path:
    """Write a notebook of some code cells, with what they printed and when they ran."""
    made = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": source,
            "execution_count": counts[at] if counts else at + 1,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": text}
                for cell, text in (outputs or {}).items()
                if cell == at
            ],
        }
        for at, source in enumerate(cells)
    ]
    metadata = {"language_info": {"name": language}}
    path = folder / "idea.ipynb"
    path.write_text(
        json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}), encoding="utf-8"
    )
    return path


def told(
    folder: Path, *cells: str, target: str = "", outputs: Mapping[int, str] | None = None
) -> Idea:
    """Read a notebook that starts as they do: imports and the table."""
    return read_idea(notebook(folder, START, *cells, outputs=outputs), None, target)


def made_by(idea: Idea) -> str:
    """Give the statements of `prepare`, and the target that it makes."""
    reading = idea.reading
    lines = [ast.unparse(part.node) for part in reading.prepare]
    return "\n".join([*lines, ast.unparse(reading.y) if reading.y is not None else ""]).strip()


def fitted_to(idea: Idea) -> str:
    """Give the statements of `features`."""
    return "\n".join(ast.unparse(part.node) for part in idea.reading.features)


# which fit


@pytest.mark.parametrize(
    ("code", "model"),
    [
        (  # the one that is saved
            "a = RandomForestClassifier().fit(X, y)\nb = LogisticRegression().fit(X, y)\n"
            "b.predict(X)\njoblib.dump(a, 'a.joblib')",
            "random_forest",
        ),
        (  # the one that is used last
            "a = RandomForestClassifier().fit(X, y)\nb = LogisticRegression().fit(X, y)\n"
            "b.predict(X)\na.predict(X)",
            "random_forest",
        ),
        (  # the one that is fitted last
            "a = RandomForestClassifier().fit(X, y)\nb = LogisticRegression().fit(X, y)",
            "logistic_regression",
        ),
        (  # a cross-validation after all of them
            "a = RandomForestClassifier().fit(X, y)\na.predict(X)\n"
            "cross_val_score(LogisticRegression(), X, y, cv=5)",
            "logistic_regression",
        ),
        (  # nothing but a cross-validation
            "cross_val_score(DecisionTreeClassifier(max_depth=3), X, y)",
            "decision_tree",
        ),
        (  # a sweep over a parameter, then the model
            "m = DecisionTreeClassifier(max_depth=3).fit(X, y)\nm.predict(X)\n"
            "for k in range(1, 9):\n    m = RandomForestClassifier(n_estimators=k)\n"
            "    m.fit(X, y)\n    print(m.score(X, y))",
            "decision_tree",
        ),
        ("p = Pipeline([('s', StandardScaler()), ('m', SVC())])\np.fit(X, y)", "svc"),
        ("p = make_pipeline(StandardScaler(), DecisionTreeClassifier())\np.fit(X, y)",
         "decision_tree"),
        ("m = LogisticRegression()\nfinal = m.fit(X, y)\nfinal.predict(X)", "logistic_regression"),
        ("g = GridSearchCV(LogisticRegression(), {'C': [1, 2]}).fit(X, y)\n"
         "best = g.best_estimator_\nbest.predict(X)", "logistic_regression"),
    ],
)  # fmt: skip
def test_the_model_is_the_one_that_the_notebook_settles_on(
    people: Path, code: str, model: str
) -> None:
    assert told(people, XY, code).estimator.name == model


def test_a_loop_that_compares_is_a_list_of_models(people: Path) -> None:
    loop = (
        "models = {'tree': DecisionTreeClassifier(max_depth=3), 'line': LogisticRegression(C=2)}\n"
        "for name, m in models.items():\n    m.fit(X, y)\n    print(name, m.score(X, y))"
    )
    found = told(people, XY, loop)
    names = {found.estimator.name, *(other.name for other in found.others)}
    assert names == {"decision_tree", "logistic_regression"}


def test_a_fit_inside_a_function_is_found(people: Path) -> None:
    code = (
        "def learn(X, y, depth):\n    m = DecisionTreeClassifier(max_depth=depth)\n"
        "    m.fit(X, y)\n    return m\n"
    )
    found = told(people, code, XY, "model = learn(X, y, 4)\nmodel.predict(X)")
    assert found.estimator.name == "decision_tree"
    assert found.estimator.config["max_depth"] == 4
    assert found.reading.target == "churn"


def test_the_others_are_kept(people: Path) -> None:
    code = "a = DecisionTreeClassifier().fit(X, y)\nb = RandomForestClassifier().fit(X, y)\n"
    found = told(people, XY, code, FIT)
    assert [other.name for other in found.others] == ["decision_tree", "random_forest"]


# search

SEARCH = "grid = GridSearchCV(LogisticRegression(), {'C': [0.1, 1, 10]}, cv=4)\ngrid.fit(X, y)\n"


def test_a_search_is_carried_over(people: Path) -> None:
    found = told(people, XY, SEARCH)
    assert found.searched
    assert found.estimator.search
    assert found.estimator.search.space == {"C": [0.1, 1, 10]}
    assert (found.estimator.search.kind, found.estimator.search.cv) == ("grid", 4)


def test_what_it_found_is_taken_from_the_outputs(people: Path) -> None:
    found = told(people, XY, SEARCH + "print(grid.best_params_)", outputs={2: "{'C': 10}\n"})
    assert not found.searched
    assert found.estimator.config["C"] == 10


# target


@pytest.mark.parametrize(
    "code",
    [
        "X = df.drop('churn', axis=1)\ny = df['churn']\n",
        "X = df.drop(columns=['churn', 'id'])\ny = df.churn\n",
        "X = df.iloc[:, :-1]\ny = df.iloc[:, -1]\n",
        "X = df.iloc[:, 1:3].values\ny = df.iloc[:, 4].values\n",
        "y = df.pop('churn')\nX = df\n",
        "target = 'churn'\nX = df.drop(target, axis=1)\ny = df[target]\n",
        "inputs = ['age', 'income']\nX, y = df[inputs], df['churn'].values\n",
        "target = ['churn']\nX = df[['age']]\ny = df[target].values.ravel()\n",
        "data = df.values\nX = data[:, :4]\ny = data[:, 4]\n",
    ],
)
def test_a_target_that_is_a_column_needs_no_preparing(people: Path, code: str) -> None:
    found = told(people, code, FIT)
    assert found.reading.target == "churn"
    assert found.reading.y is None
    assert made_by(found) == ""
    assert "churn" not in found.reading.used


@pytest.mark.parametrize(
    ("code", "target", "words"),
    [
        ("df['churn'] = df['churn'].map({0: 'no', 1: 'yes'})\ny = df['churn']\n", "churn", "map"),
        ("y = LabelEncoder().fit_transform(df['plan'])\n", "plan", "fit_transform"),
        ("df['plan'] = LabelEncoder().fit_transform(df['plan'])\ny = df.plan\n", "plan",
         "fit_transform"),
        ("y = np.log1p(df['income'])\n", "income", "log1p"),
        ("y = (df['income'] > 30).astype(int)\n", "income", "> 30"),
        ("df['rich'] = np.where(df['income'] > 30, 1, 0)\ny = df['rich']\n", "rich", "np.where"),
        ("df['group'] = pd.cut(df['income'], 3, labels=False)\ny = df['group']\n", "group", "cut"),
        ("df = pd.get_dummies(df, drop_first=True)\ny = df['plan_b']\n", "plan_b", "get_dummies"),
    ],
)  # fmt: skip
def test_a_target_that_is_made_is_prepared(
    people: Path, code: str, target: str, words: str
) -> None:
    found = told(people, "X = df[['age']]\n" + code, FIT)
    assert found.reading.target == target
    assert words in made_by(found)
    assert found.reading.used == ("age",)


def test_a_target_among_dummies_is_made_once(people: Path) -> None:
    code = "df2 = pd.get_dummies(df)\nX = df2.drop('plan_b', axis=1)\ny = df2['plan_b']\n"
    found = told(people, code, FIT)
    assert made_by(found) == "df2 = pd.get_dummies(df)\ny = df2['plan_b']\ny"
    assert found.reading.used == ("id", "age", "income", "churn")
    assert '.drop("plan_b", axis=1, errors="ignore")' in features_module(found, "idea.ipynb").text


def test_a_target_under_another_name_is_the_raw_column(people: Path) -> None:
    for code in (
        "df.columns = [c.upper() for c in df.columns]\nX, y = df[['AGE']], df['CHURN']\n",
        "df = df.rename(columns={'churn': 'left'})\nX = df[['age']]\ny = df['left']\n",
    ):
        found = told(people, code, FIT)
        assert (found.reading.target, found.reading.y) == ("churn", None)


def test_a_target_that_is_named_is_taken(people: Path) -> None:
    code = "import mystery\nX = df[['age']]\ny = mystery.of(df)\n"
    with pytest.raises(BadIdea, match="name it with target="):
        told(people, code, FIT)
    assert told(people, code, FIT, target="plan").reading.target == "plan"


# columns


@pytest.mark.parametrize(
    ("code", "used"),
    [
        ("X = df[['age', 'income']]\n", "age income"),
        ("X = df.drop(['churn', 'id'], axis=1)\n", "age income plan"),
        ("unwanted = ['id', 'plan']\nX = df.drop(unwanted + ['churn'], axis=1)\n", "age income"),
        ("del df['id']\nX = df.drop('churn', axis=1)\n", "age income plan"),
        ("df.drop('id', axis=1, inplace=True)\nX = df.drop(columns='churn')\n", "age income plan"),
        ("X = df.iloc[:, 1:3]\n", "age income"),
        ("df['ratio'] = df['income'] / df['age']\nX = df[['ratio']]\n", "age income"),
        ("X = pd.get_dummies(df.drop(['churn', 'id'], axis=1))\n", "age income plan"),
        ("df = df.drop(['id'], axis=1)\ndf = pd.get_dummies(df)\nX = df.drop('churn', axis=1)\n",
         "age income plan"),
        ("X = df.loc[:, 'age':'income']\n", "age income"),
        ("k = ['plan']\ndf = pd.concat([df.drop(k, axis=1), pd.get_dummies(df[k])], axis=1)\n"
         "X = df.drop(['id', 'churn'], axis=1)\n", "age income plan"),
        ("gone = ['id', 'plan', 'churn']\ndf2 = df.drop(gone, axis=1)\n"
         "df2 = pd.get_dummies(df2, columns=['age'])\nX = df2\n", "age income"),
    ],
)  # fmt: skip
def test_only_the_columns_that_are_looked_at_are_asked_for(
    people: Path, code: str, used: str
) -> None:
    assert told(people, "y = df['churn']\n" + code, FIT).reading.used == tuple(used.split())


def test_what_only_the_target_is_made_of_is_not_asked_for(people: Path) -> None:
    code = (
        "df['rich'] = (df['income'] > 30).astype(int)\n"
        "df = pd.get_dummies(df.drop(['id', 'churn'], axis=1), columns=['plan'])\n"
        "X = df.drop(['income', 'rich'], axis=1)\ny = df['rich']\n"
    )
    assert told(people, code, FIT).reading.used == ("age", "plan")


# split


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ("random", 0.25, 42)),
        (", test_size=0.3, random_state=5", ("random", 0.3, 5)),
        (", train_size=0.8, random_state=0", ("random", 0.2, 0)),
        (", test_size=15", ("random", 0.25, 42)),
        (", stratify=y, test_size=0.1", ("stratified", 0.1, 42)),
        (", shuffle=False", ("time", 0.25, 42)),
        (", test_size=size, random_state=SEED", ("random", 0.4, 9)),
    ],
)
def test_a_split_is_the_notebook_s(
    people: Path, options: str, expected: tuple[str, float, int]
) -> None:
    code = f"SEED, size = 9, 0.4\na, b, c, d = train_test_split(X, y{options})\n"
    found = told(people, XY, code, "m = LogisticRegression().fit(a, c)\nm.score(b, d)")
    assert (found.split_kind, found.test_size, found.seed) == expected
    assert found.reading.split.position > 0


def test_without_a_split_there_is_a_usual_one(people: Path) -> None:
    found = told(people, XY, FIT)
    assert (found.split_kind, found.test_size, found.seed) == ("stratified", 0.2, 42)
    assert found.reading.split.position == -1


def test_a_split_of_the_frame_in_two_stages_is_followed(people: Path) -> None:
    code = (
        "full, test = train_test_split(df, test_size=0.2, random_state=1)\n"
        "train, val = train_test_split(full, test_size=0.25, random_state=1)\n"
        "y_train = train['churn'].values\ndel train['churn']\n"
        "m = LogisticRegression().fit(train[['age', 'income']], y_train)\n"
    )
    found = told(people, code)
    assert (found.reading.target, found.reading.used) == ("churn", ("age", "income"))
    assert found.seed == 1


def test_a_loop_over_a_splitter_is_a_split(people: Path) -> None:
    code = (
        "split = StratifiedShuffleSplit(n_splits=1, test_size=0.2, random_state=6)\n"
        "for train_index, test_index in split.split(df, df['plan']):\n"
        "    train = df.loc[train_index]\n    test = df.loc[test_index]\n"
        "X = train.drop(['churn', 'plan'], axis=1)\ny = train['churn']\n"
    )
    found = told(people, code, FIT)
    assert found.reading.target == "churn"
    assert found.reading.filters == ()


def test_a_split_by_position_leaves_out_no_rows(people: Path) -> None:
    code = "train, test = df[:40], df[40:]\nX = train[['age']]\ny = train['churn']\n"
    found = told(people, code, FIT)
    assert found.reading.kept == ""
    assert found.reading.target == "churn"


# rows


@pytest.mark.parametrize(
    "code",
    [
        "df = df.dropna()",
        "df.dropna(subset=['age'], inplace=True)",
        "df = df[df['age'] < 70]",
        "df = df[(df.age > 21) & (df.income > 1)]",
        "df = df.query('age < 70')",
        "df = df.drop(df[df['age'] > 70].index)",
        "df.drop(df[df.age > 70].index, inplace=True)",
        "df = df.drop_duplicates()",
        "df = df.loc[df['income'].between(1, 60)]",
        "df = df[df['plan'].isin(['a'])]",
        "df = df[~df['plan'].str.contains('b')]",
        "q = df['income'].quantile(0.95)\ndf = df[df['income'] < q]",
        "for c in ['age', 'income']:\n    low = df[c].quantile(0.25)\n"
        "    high = df[c].quantile(0.75)\n"
        "    df = df[df[c] < high + 1.5 * (high - low)]",
    ],
)
def test_rows_that_are_left_out_are_left_out_before_the_split(people: Path, code: str) -> None:
    found = told(people, code, XY, SPLIT, "LogisticRegression().fit(X_train, y_train)")
    assert len(found.reading.filters) == 1
    assert found.reading.kept
    assert code in made_by(found)
    for word in ("dropna", "query", "drop_duplicates", "isin", "quantile"):
        assert word not in fitted_to(found)


def test_a_function_that_leaves_out_rows_is_understood(people: Path) -> None:
    code = "def without(frame, column):\n    return frame[frame[column] > 3]\n"
    found = told(people, code, "df = without(df, 'age')", XY, SPLIT, FIT)
    assert len(found.reading.filters) == 1
    assert made_by(found) == "df = df[df['age'] > 3]"


def test_where_nothing_is_left_out_all_rows_are_kept(people: Path) -> None:
    code = "df['age'] = df['age'].fillna(df['age'].mean())\ndf = df.sort_values('age')\n"
    found = told(people, code, XY, FIT)
    assert (found.reading.filters, found.reading.kept, made_by(found)) == ((), "", "")


# what is learned


def test_what_is_learned_before_the_split_is_told(people: Path) -> None:
    before = "df['age'] = df['age'].fillna(df['age'].mean())\n"
    after = (
        "s = StandardScaler()\nX_train = s.fit_transform(X_train)\nX_test = s.transform(X_test)\n"
    )
    found = told(people, before, XY, SPLIT, after, "LogisticRegression().fit(X_train, y_train)")
    assert found.reading.before_split == ("age_mean",)
    assert found.reading.learned == ("age_mean", "s")
    assert "learn('age_mean', lambda: df['age'].mean())" in fitted_to(found)
    assert "learn('s', lambda: s.fit(X_train))" in fitted_to(found)


def test_a_statement_that_only_looks_is_left_out(people: Path) -> None:
    found = told(people, "df['age'].hist()\nprint(df.describe())\nz = df['income'].sum()", XY, FIT)
    assert not {"hist", "describe", "sum"} & set(fitted_to(found).replace("(", ".").split("."))


# how it was written


@pytest.mark.parametrize(
    ("statement", "given"),
    [
        ("LogisticRegression().fit(features, labels)", ("features", "labels")),
        ("cross_val_score(LogisticRegression(), features, y=labels)", ("features", "labels")),
    ],
)
def test_a_fit_in_a_function_is_where_it_is_written(
    people: Path, statement: str, given: tuple[str, str]
) -> None:
    function = f"def judge(features, labels):\n    shape = features.shape\n    {statement}\n"
    fit = told(people, XY, function, "judge(X, y)\n").reading.fit
    assert fit.written == FitAsWritten(2, *given)
    assert fit.line == 3


def test_cells_are_read_in_the_order_in_which_they_ran(people: Path) -> None:
    cells = (START, FIT, "X = clean(df)[['age']]\ny = df['churn']", "def clean(f):\n    return f\n")
    path = notebook(people, *cells, counts=(1, 4, 3, 2))
    found = read_idea(path)
    assert found.reading.target == "churn"
    assert [cell.number for cell in found.notebook.in_order()] == [0, 3, 2, 1]


def test_what_only_jupyter_understands_is_set_aside(people: Path) -> None:
    code = "%matplotlib inline\n!pip install x\ndf.head()?\n"
    found = told(people, code, "%%time\n" + XY + FIT)
    assert found.reading.target == "churn"
    assert len(found.notebook.set_aside) >= 3


def test_python_2_is_read(people: Path) -> None:
    found = told(people, "print 'rows', len(df)\n", XY + FIT + "print model.score(X, y)")
    assert found.reading.target == "churn"


def test_old_libraries_are_moved_to_today_s(people: Path) -> None:
    old = "from sklearn.cross_validation import train_test_split\n" + SPLIT
    found = told(people, XY, old, "LogisticRegression(penalty='none').fit(X_train, y_train)")
    assert found.estimator.config["_target_"].endswith("LogisticRegression")
    assert found.script.moved


def test_a_script_in_percent_format_is_a_notebook(people: Path) -> None:
    path = people / "idea.py"
    path.write_text(f"# %%\n{START}\n# %% [markdown]\n# # Model\n# %%\n{XY}{FIT}", encoding="utf-8")
    assert read_idea(path).reading.target == "churn"


# what can't be used


@pytest.mark.parametrize(
    ("cells", "question", "words"),
    [
        ((START, "df.head()"), "notebook", "no scikit-learn model is fitted"),
        ((START, XY, "def broken(:\n    model.fit(X, y"), "notebook", "no scikit-learn model"),
        (("x = 1",), "notebook", "no scikit-learn model is fitted"),
        ((), "notebook", "holds no Python code"),
        ((START, "X = df[['age']]\ny = other(df)", FIT), "notebook", "target=…"),
        ((START.replace("people.csv", "gone.csv"), XY, FIT), "dataset", "'gone.csv' beside it"),
        ((START.replace('"people.csv"', "somewhere()"), XY, FIT), "dataset", "dataset=…"),
    ],
)
def test_why_there_is_no_idea_is_said_in_a_line(
    people: Path, cells: tuple[str, ...], question: str, words: str
) -> None:
    with pytest.raises(BadIdea) as bad:
        read_idea(notebook(people, *cells))
    assert bad.value.question == question
    assert words in str(bad.value)
    assert "\n" not in str(bad.value)


def refused(folder: Path, name: str = "idea.ipynb") -> str:
    """Give the one line that is said of a notebook that can't be used."""
    answers = {
        "project_name": "Idea", "project_slug": "idea", "package_name": "idea_repo",
        "description": "", "author_name": "Someone", "author_email": "someone@example.com",
        "github_owner": "someone", "license": "MIT", "dataset": "", "target": "",
        "notebook": name, "__python_version": "3.11", "__cwd": str(folder),
        "parts": "default", "__search": "", "__packages": "",
    }  # fmt: skip
    (line,) = problems(answers)
    assert "\n" not in line
    return line


def test_a_notebook_without_a_table_is_refused(people: Path) -> None:
    notebook(people, START.replace("people.csv", "gone.csv"), XY, FIT)
    assert refused(people).startswith("dataset: the notebook reads 'gone.csv'")


def test_another_language_is_refused(people: Path) -> None:
    notebook(people, "library(caret)\nfit <- train(y ~ ., data)", language="R")
    assert "is written in R" in refused(people)


@pytest.mark.parametrize("text", ['{"cells": [', "[]", "{}", ""])
def test_a_broken_file_is_refused(people: Path, text: str) -> None:
    (people / "idea.ipynb").write_text(text, encoding="utf-8")
    assert refused(people).startswith("notebook: 'idea.ipynb' is no notebook of version 4")


def test_an_absent_file_is_refused(people: Path) -> None:
    assert "no such file" in refused(people, "absent.ipynb")
