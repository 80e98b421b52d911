"""Notebooks as they come, and those of which no repository can be made."""

from pathlib import Path

import pytest

from idea.analysis import BadIdea, read_idea
from idea.program.script import FitAsWritten
from idea.project import problems
from tests.idea.analysis.notebooks import FIT, SPLIT, START, XY, analysed, notebook

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
    fit = analysed(people, XY, function, "judge(X, y)\n").reading.fit
    assert fit.written == FitAsWritten(2, *given)
    assert fit.line == 3


def test_cells_are_read_in_the_order_in_which_they_ran(people: Path) -> None:
    cells = (START, FIT, "X = clean(df)[['age']]\ny = df['churn']", "def clean(f):\n    return f\n")
    path = notebook(people, *cells, counts=(1, 4, 3, 2))
    found = read_idea(path)
    assert found.reading.target.column == "churn"
    assert [cell.number for cell in found.notebook.in_order()] == [0, 3, 2, 1]


def test_what_only_jupyter_understands_is_set_aside(people: Path) -> None:
    code = "%matplotlib inline\n!pip install x\ndf.head()?\n"
    found = analysed(people, code, "%%time\n" + XY + FIT)
    assert found.reading.target.column == "churn"
    assert len(found.notebook.set_aside) >= 3


def test_python_2_is_read(people: Path) -> None:
    found = analysed(people, "print 'rows', len(df)\n", XY + FIT + "print model.score(X, y)")
    assert found.reading.target.column == "churn"


def test_old_libraries_are_moved_to_today_s(people: Path) -> None:
    old = "from sklearn.cross_validation import train_test_split\n" + SPLIT
    found = analysed(people, XY, old, "LogisticRegression(penalty='none').fit(X_train, y_train)")
    assert found.estimator.config["_target_"].endswith("LogisticRegression")
    assert found.script.moved


def test_a_script_in_percent_format_is_a_notebook(people: Path) -> None:
    path = people / "idea.py"
    path.write_text(f"# %%\n{START}\n# %% [markdown]\n# # Model\n# %%\n{XY}{FIT}", encoding="utf-8")
    assert read_idea(path).reading.target.column == "churn"


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


# the metric for the target's classes

MACRO = "from sklearn.metrics import f1_score\nf1_score(y, model.predict(X), average='macro')\n"


@pytest.mark.parametrize(
    ("y", "metric"),
    [
        ("y = df['churn']\n", "f1"),
        ("y = df['plan'].map({'a': '<=50K', 'b': '>50K'})\n", "f1"),
        ("df['churn'] = pd.cut(df['age'], 3)\ny = df['churn']\n", "f1_macro"),
        ("df['churn'] = df['age'].apply(lambda a: a // 30)\ny = df['churn']\n", "f1_macro"),
        ("df['churn'] = df['age'] > 30\ny = df['churn']\n", "f1_macro"),
    ],
)
def test_a_metric_fits_the_classes_that_the_column_has(people: Path, y: str, metric: str) -> None:
    assert analysed(people, "X = df[['age']]\n" + y, FIT, MACRO).metric == metric
