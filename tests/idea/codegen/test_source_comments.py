"""The comments and texts of a notebook's cells in the modules that are written."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from idea.analysis import read_idea
from idea.codegen.features_module import features_module
from idea.codegen.prepare_module import prepare_module

RUFF = shutil.which("ruff", path=Path(sys.prefix, "bin")) or shutil.which("ruff")

START = """
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.model_selection import train_test_split

# the people
df = pd.read_csv("people.csv")  # all of them
"""
END = """
# features and target
X = df.drop(columns=["churn"])  # everything else
y = df["churn"]
# hold some out
X_train, X_test, y_train, y_test = train_test_split(X, y)  # at random
# fit it
model = LogisticRegression().fit(X_train, y_train)  # the model
"""
COLUMNS = ("age", "income", "plan", "churn")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Write the table that the notebooks of this file read; give its folder."""
    rows = [f"{20 + n},{n * 1.5},{'ab'[n % 2]},{n % 3 // 2}" for n in range(60)]
    lines = [",".join(COLUMNS), *rows]
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def written(folder: Path, *cells: str, end: str = END) -> str:
    """Write `features.py` of a notebook: cells that begin with `%%md` are text.

    What is written parses, and ruff would write it the same.
    """
    made: list[dict[str, object]] = []
    for cell in (START, *cells, "%%md# The model", end):
        if cell.startswith("%%md"):
            made.append({"cell_type": "markdown", "source": cell.removeprefix("%%md").strip()})
        else:
            made.append({"cell_type": "code", "source": cell, "outputs": []})
    path = folder / "idea.ipynb"
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4}), encoding="utf-8")
    return module_of(path)


def module_of(path: Path) -> str:
    """Write `features.py` of a notebook, and hold it against ruff."""
    idea = read_idea(path)
    text = features_module(idea, path.name).text
    assert_formatted(text, path.parent)
    if idea.reading.preparation.does_something:
        assert_formatted(prepare_module(idea, path.name, "churn").text, path.parent)
    return text


def assert_formatted(text: str, folder: Path) -> None:
    assert RUFF
    ast.parse(text)
    (folder / "module.py").write_text(text, encoding="utf-8")
    command = [RUFF, "format", "--isolated", "--diff", "--line-length", "100", "module.py"]
    run = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert not run.returncode, run.stdout + run.stderr


def comments(text: str) -> list[str]:
    """List the comments of a module, but the one above the table's columns."""
    found = [line.partition("#")[2].strip() for line in text.split("\n") if "#" in line]
    return found[1:]


def test_beside_above_and_between(people: Path) -> None:
    text = written(
        people,
        "# a ratio\n"
        "df['ratio'] = df['income'] / df['age']  # per year\n"
        "\n"
        "# rich people\n"
        "# earn a lot\n"
        "\n"
        "df['rich'] = df['income'] > 40   #more than 40\n",
    )
    assert (
        "    # a ratio\n"
        '    df["ratio"] = df["income"] / df["age"]  # per year\n'
        "    # rich people\n"
        "    # earn a lot\n"
        '    df["rich"] = df["income"] > 40  # more than 40\n'
    ) in text


def test_inside_brackets(people: Path) -> None:
    text = written(
        people,
        "df['plan'] = df['plan'].map({\n"
        "    # the cheap one\n"
        "    'a': 0,\n"
        "    'b': 1,  # the other\n"
        "    # and no more\n"
        "})\n"
        "df['band'] = pd.cut(\n"
        "    df['age'],  # in years\n"
        "    bins=[0, 30, 200],  # young and old\n"
        "    labels=False)\n"
        "df['score'] = (\n"
        "    df['age'] * 2  # twice\n"
        "    # less what they earn\n"
        "    - df['income']\n"
        ")\n",
    )
    assert (
        '    df["plan"] = df["plan"].map(\n'
        "        {\n"
        "            # the cheap one\n"
        '            "a": 0,\n'
        '            "b": 1,  # the other\n'
        "            # and no more\n"
        "        }\n"
        "    )\n"
    ) in text
    assert '        df["age"],  # in years\n' in text
    assert "        bins=[0, 30, 200],  # young and old\n" in text
    assert (
        '        df["age"] * 2  # twice\n        # less what they earn\n        - df["income"]\n'
    ) in text


def test_in_the_notebook_s_own_functions(people: Path) -> None:
    text = written(
        people,
        "# Tells the young from the old.\n"
        "def band(age):  # in years\n"
        "    # below thirty\n"
        "    if age < 30:\n"
        "        return 0  # young\n"
        "    # all others\n"
        "    return 1\n"
        "df['band'] = df['age'].apply(band)  # 0 or 1\n",
    )
    assert (
        "# Tells the young from the old.\n"
        "def band(age):  # in years\n"
        "    # below thirty\n"
        "    if age < 30:\n"
        "        return 0  # young\n"
        "    # all others\n"
        "    return 1\n"
    ) in text
    assert ".apply(band)  # 0 or 1\n" in text


def test_in_blocks(people: Path) -> None:
    text = written(
        people,
        "# both numbers\n"
        "for c in ['age', 'income']:  # each\n"
        "    # what it looks like\n"
        "    print(df[c].mean())\n"
        "    # by its largest\n"
        "    df[c] = df[c] / 100  # or so\n",
    )
    assert (
        "    # both numbers\n"
        '    for c in ["age", "income"]:  # each\n'
        "        # by its largest\n"
        "        df[c] = df[c] / 100  # or so\n"
    ) in text
    assert "what it looks like" not in text


def test_beside_what_is_learned(people: Path) -> None:
    text = written(
        people,
        "# no gaps\n"
        "df['age'] = df['age'].fillna(df['age'].median())  # robust\n"
        "# with their mean\n"
        "df['income'] = df['income'].fillna(\n"
        "    df['income'].mean()  # of all\n"
        ")\n",
    )
    assert '    # no gaps\n    df["age"] = df["age"].fillna(learn(' in text
    assert comments(text)[:4] == ["no gaps", "robust", "with their mean", "of all"] or (
        comments(text)[:4] == ["no gaps", "robust", "of all", "with their mean"]
    )


def test_a_split_statement_keeps_its_comments_once(people: Path) -> None:
    text = written(
        people,
        "# two of them\ndf['a'], df['b'] = df['age'] * 2, df['age'] * 3  # at once\n",
    )
    assert (
        '    # two of them\n    df["a"] = df["age"] * 2\n    df["b"] = df["age"] * 3  # at once\n'
    ) in text or (
        '    # two of them\n    df["a"] = df["age"] * 2  # at once\n    df["b"] = df["age"] * 3\n'
    ) in text
    assert text.count("at once") == text.count("two of them") == 1


def test_a_chained_assignment_keeps_its_comments(people: Path) -> None:
    text = written(
        people,
        "# limits\nlow = least = df['age'].min()  # the youngest\n"
        "df['age'] = df['age'] - low\ndf['income'] = df['income'] - least\n",
    )
    assert text.count("# limits") == text.count("# the youngest") == 1


def test_a_modernised_statement_keeps_its_comments(people: Path) -> None:
    text = written(
        people,
        "# no gaps\n"
        "df['age'].fillna(\n"
        "    0,  # as good as any\n"
        "    inplace=True,\n"
        ")  # in place\n",
    )
    assert sorted(comments(text)[:3]) == ["as good as any", "in place", "no gaps"]
    assert 'df["age"] = df["age"].fillna(0)' in text


def test_an_inlined_function_brings_its_comments(people: Path) -> None:
    text = written(
        people,
        "def tidy(data):\n"
        "    # one number\n"
        "    data['ratio'] = data['income'] / data['age']  # per year\n"
        "    return data\n",
        "# make it tidy\ndf = tidy(df)  # all of it\n",
    )
    assert "def tidy" not in text
    assert comments(text)[:4] in (
        ["make it tidy", "all of it", "one number", "per year"],
        ["make it tidy", "one number", "per year", "all of it"],
    )


def test_an_estimator_that_is_made_and_fitted_at_once(people: Path) -> None:
    text = written(
        people,
        "# on one scale\nsc = StandardScaler()  # mean 0\ndf['age'] = df['age'] * 1\n"
        "sc.fit(df[['age']])  # here\ndf[['age']] = sc.transform(df[['age']])  # apply it\n",
    )
    assert "    # on one scale\n    # mean 0\n    sc = learn(" in text
    assert "# here" in text
    assert "# apply it" in text


def test_before_a_pipeline_s_model(people: Path) -> None:
    end = (
        "from sklearn.compose import ColumnTransformer\nfrom sklearn.pipeline import Pipeline\n"
        "X = df.drop(columns=['churn'])\ny = df['churn']\n"
        "# of people\nnumbers = ['age', 'income']  # all of them\n"
        "# on one scale\nprep = ColumnTransformer([\n"
        "    ('scale', StandardScaler(), numbers),  # mean 0\n])\n"
        "model = Pipeline([('prep', prep), ('model', LogisticRegression())]).fit(X, y)\n"
    )
    text = written(people, end=end)
    assert (
        '    # of people\n    numbers = ["age", "income"]  # all of them\n    # on one scale\n'
    ) in text
    assert '("scale", StandardScaler(), numbers)  # mean 0\n' in text


def test_an_estimator_that_is_made_in_the_line_above_its_fit(people: Path) -> None:
    text = written(
        people,
        "# on one scale\nsc = StandardScaler()\nsc.fit(df[['age']])\n"
        "df[['age']] = sc.transform(df[['age']])\n",
    )
    assert "    # on one scale\n    sc = learn(" in text
    assert text.count("on one scale") == 1


def test_a_constant_takes_its_comments_to_the_top(people: Path) -> None:
    text = written(
        people,
        "# not known in time\n"
        "leaks = [\n    'income',  # comes later\n    'plan',\n]\n"
        "df = df.drop(columns=leaks)\n",
    )
    assert '# not known in time\nLEAKS = [\n    "income",  # comes later\n    "plan",\n]\n' in text


def test_a_comment_goes_with_the_statement_that_is_not_carried_over(people: Path) -> None:
    text = written(
        people,
        "# look at the ages\nprint(df['age'].mean())\ndf['old'] = df['age'] > 50\n"
        "# a picture\nplt.plot(df['age'])\n# correlations\ncorr = df.corr()\n"
        "df['rich'] = df['income'] > 40  # rich\n",
    )
    assert comments(text)[:1] == ["rich"]
    for gone in ("look at", "picture", "correlations", "the people", "hold some", "at random"):
        assert gone not in text


def test_a_comment_above_lines_goes_on_to_the_one_that_is_carried_over(people: Path) -> None:
    text = written(
        people,
        "X_other = df[['age']]\n"
        "# the same for both\n"
        "X_other['twice'] = X_other['age'] * 2\n"
        "df['twice'] = df['age'] * 2\n"
        "\n"
        "# only of the other\n"
        "X_other['half'] = X_other['age'] / 2\n"
        "\n"
        "df['third'] = df['age'] / 3\n",
    )
    assert '    # the same for both\n    df["twice"] = df["age"] * 2\n' in text
    assert "only of the other" not in text


def test_what_tools_read_is_left_out(people: Path) -> None:
    text = written(
        people,
        "#@title Ages\ndf['a'] = df['age'] * 2  # noqa: E501\n# fmt: off\n"
        "df['b'] = df['a'] * 2  # why  # type: ignore\n",
    )
    assert comments(text)[:1] == ["why"]


def test_long_comments_and_other_letters(people: Path) -> None:
    long = "sehr lang und ausführlich, 日本語 auch " * 4
    text = written(people, f"df['a'] = df['age'] * 2  # {long}\ndf['b'] = df['a'] * 2  # größer\n")
    assert f'    # {long.strip()}\n    df["a"] = df["age"] * 2\n' in text
    assert '    df["b"] = df["a"] * 2  # größer\n' in text


def test_of_a_script_with_cells(people: Path) -> None:
    path = people / "idea.py"
    path.write_text(
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n"
        f"# %% [markdown]\n# # Churn\n\n# %% Load\n{START}\n"
        "# %% [markdown]\n# Income says little without age. So there is a ratio.\n\n"
        "# %%\n# per year\ndf['ratio'] = df['income'] / df['age']\ndf['plan'] = df['plan'] == 'a'\n"
        f"# %% Fit\n{END}",
        encoding="utf-8",
    )
    text = module_of(path)
    assert '    """Income says little without age (cell 4)."""\n' in text or (
        '    """Income says little without age (cell 5)."""\n' in text
    )
    assert '    # per year\n    df["ratio"]' in text
    assert "%%" not in text
    assert "coding" not in text


@pytest.mark.parametrize(
    ("above", "said"),
    [
        ("%%md## Make features", "Make features (cell 2)."),
        ("%%md## Features\n\nSome are made of others.", "Features (cell 2)."),
        ("%%mdSome are made of *others*. Look:", "Some are made of others (cell 2)."),
        ("%%md- what is rich\n- what is old", "What is rich (cell 2)."),
        ("%%mdWhy not?", "Why not? (cell 2)"),
        ("%%md![](picture.png)", "Cell 2."),
        (f"%%md{'So much to say ' * 20}", "Cell 2."),
    ],
)
def test_a_docstring_says_what_the_text_above_says(people: Path, above: str, said: str) -> None:
    text = written(people, above, "df['old'] = df['age'] > 50\ndf['rich'] = df['income'] > 40\n")
    assert f'"""{said}"""' in text


def test_a_text_is_about_the_cell_below_it(people: Path) -> None:
    text = written(
        people,
        "%%md# Features",
        "%%mdThe old are few.",
        "df['old'] = df['age'] > 50\n",
        "df['rich'] = df['income'] > 40\n",
    )
    assert '"""Features (cells 3, 4' in text  # one function of two cells, about several things


def test_a_long_sentence_is_wrapped(people: Path) -> None:
    sentence = "The age of a customer is what tells those who leave from those who stay, " * 2
    text = written(people, f"%%md{sentence.strip(', ')}.", "df['old'] = df['age'] > 50\n")
    match = re.search(r'"""(The age[^"]*)"""', text)
    assert match
    assert " ".join(match[1].split()) == f"{sentence.strip(', ')} (cell 2)."
    assert all(len(line) <= 100 for line in text.split("\n"))
