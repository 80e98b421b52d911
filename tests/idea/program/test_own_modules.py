"""The author's own modules beside a notebook."""

import ast
from pathlib import Path

import pytest

from idea.codegen.features_module import features_module
from tests.idea.analysis.notebooks import FIT, analysed, fitted_to

RULES = '''
"""Rules of thumb."""

import numpy as np

STEP = 5


def _rounded(value):
    return STEP * round(value / STEP)


def decade(age):
    """Round an age."""
    return _rounded(age)


def shaped(frame):
    frame["decade"] = frame["age"].map(decade)
    return frame


if __name__ == "__main__":
    shaped(None)
'''
XY = 'X = df[["decade", "income"]]\ny = df["churn"]\n'


def text_of(folder: Path, *cells: str) -> str:
    return features_module(analysed(folder, *cells, XY, FIT), "idea.ipynb").text


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        ("rules.py", "from rules import decade\ndf['decade'] = df['age'].map(decade)\n"),
        ("rules.py", "import rules\ndf['decade'] = df['age'].map(rules.decade)\n"),
        ("rules.py", "import rules as r\ndf = r.shaped(df)\n"),
        ("rules.py", "from rules import *\ndf = shaped(df)\n"),
        ("rules.py", "from rules import decade as tens\ndf['decade'] = df['age'].map(tens)\n"),
        ("src/rules.py", "import sys\nsys.path.append('src')\nfrom rules import shaped\n"
         "df = shaped(df)\n"),
        ("src/rules.py", "from src.rules import shaped\ndf = shaped(df)\n"),
        ("tools/rules.py", "from tools import rules\ndf = rules.shaped(df)\n"),
        ("tools/rules.py", "import tools.rules\ndf = tools.rules.shaped(df)\n"),
        ("rules/__init__.py", "from rules import shaped\ndf = shaped(df)\n"),
    ],
)  # fmt: skip
def test_what_is_used_comes_along(people: Path, place: str, cell: str) -> None:
    path = people / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(RULES, encoding="utf-8")
    found = analysed(people, cell, XY, FIT)
    text = features_module(found, "idea.ipynb").text
    assert "STEP = 5" in text
    assert text.index("STEP = 5") < text.index("def _rounded") < text.index("def decade")
    assert "import rules" not in text
    assert "__main__" not in text
    assert 'df["decade"] = df["age"].map(decade)' in text
    assert found.script.modules == (path.resolve(),)


def test_a_module_s_function_is_read_like_the_notebook_s(people: Path) -> None:
    code = "def prepared(t):\n    t['decade'] = t['age'].fillna(t['age'].mean())\n    return t\n"
    (people / "prep.py").write_text(code, encoding="utf-8")
    found = analysed(people, "import prep\ndf = prep.prepared(df)\n", XY, FIT)
    assert found.reading.features.learned == ("age_mean",)


def test_modules_import_each_other(people: Path) -> None:
    (people / "inner.py").write_text("LIMIT = 40\n", encoding="utf-8")
    outer = "from inner import LIMIT\ndef low(a):\n    return min(a, LIMIT)\n"
    (people / "outer.py").write_text(outer, encoding="utf-8")
    text = text_of(people, "from outer import low\ndf['decade'] = df['age'].map(low)\n")
    assert text.count("LIMIT = 40") == 1
    assert text.count("def low") == 1


def test_names_that_clash_are_kept_apart(people: Path) -> None:
    (people / "far.py").write_text("def scale(v):\n    return v * 9\n", encoding="utf-8")
    own = "def scale(v):\n    return v * 2\n"
    use = "import far\ndf['decade'] = df['age'].map(far.scale) + df['age'].map(scale)\n"
    text = text_of(people, own + use)
    assert "v * 9" in text
    assert "v * 2" in text
    assert "map(scale_far)" in text


@pytest.mark.parametrize(
    "cell",
    [
        "from nowhere import decade\ndf['decade'] = df['age'].map(decade)\n",
        "import nowhere\ndf['decade'] = df['age'].map(nowhere.decade)\n",
        "import nowhere as n\ndef tens(a):\n    return n.decade(a)\n"
        "df['decade'] = df['age'].map(tens)\n",
    ],
)
def test_a_module_that_is_not_there_is_named(people: Path, cell: str) -> None:
    found = analysed(people, cell, 'X = df[["income"]]\ny = df["churn"]\n', FIT)
    assert "decade" not in fitted_to(found)  # X needs none of it
    found = analysed(people, cell, 'X = df.drop("churn", axis=1)\ny = df["churn"]\n', FIT)
    assert any("`nowhere`" in note for _, note in found.notes)
    assert "nowhere" not in ast.unparse(ast.parse(features_module(found, "idea.ipynb").text))
