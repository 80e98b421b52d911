"""What functions of the notebook need comes along, and what nothing makes is named."""

from pathlib import Path

import pytest

from idea.analysis import BadIdea, read_idea
from idea.codegen.features_module import features_module
from tests.idea.analysis.notebooks import FIT, analysed, notebook

XY = 'X = df[["new", "income"]]\ny = df["churn"]\n'


@pytest.mark.parametrize(
    ("made", "used", "lines"),
    [
        ("import re\nvowel = re.compile('[aeiou]')", "len(vowel.findall(str(v)))",
         ["vowel = re.compile('[aeiou]')"]),
        ("class Scale:\n    def __init__(self, by):\n        self.by = by\n"
         "    def of(self, v):\n        return v * self.by\ntwice = Scale(2)", "twice.of(v)",
         ["class Scale:", "twice = Scale(2)"]),
        ("prices = {}\nfor at, name in enumerate('abc'):\n    prices[name] = at * 2",
         "prices.get(v, 0)", ["prices = {}", "for at, name in enumerate"]),
        ("base = 7\nlimits = [base, base * 2]\nhighest = max(limits)", "min(v, highest)",
         ["base = 7", "limits = [base, base * 2]", "highest = max(limits)"]),
        ("from pathlib import Path\nhere = Path('.')", "len(str(here)) + v", ["here = Path('.')"]),
        ("scaler = lambda v: v / 3", "scaler(v)", ["scaler = lambda v: v / 3"]),
    ],
)  # fmt: skip
def test_objects_that_functions_use_come_along(
    people: Path, made: str, used: str, lines: list[str]
) -> None:
    function = f"def new(v):\n    return {used}\n"
    found = analysed(people, made, function, "df['new'] = df['age'].map(new)\n", XY, FIT)
    text = features_module(found, "idea.ipynb").text.replace('"', "'")
    places = [text.index(line) for line in lines]
    assert places == sorted(places)
    assert places[-1] < text.index("def steps(")
    scope: dict[str, object] = {}
    start = text.index("COLUMNS =")
    imports = "import re\nfrom pathlib import Path\n"
    exec(imports + text[start : text.index("\ndef add_new")], scope)  # noqa: S102 - our own code
    assert callable(scope["new"])
    scope["new"](3)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("def new(v):\n    return v + offset\ndf['new'] = df['age'].map(new)\n", "offset"),
        ("for c in ['age']:\n    df['new'] = df[c] + nowhere\n", "nowhere"),
        ("if df.shape[0] > 3:\n    df['new'] = df['age'] + gone\n", "gone"),
        ("df['new'] = df['age'] * factor\n", "factor"),
        ("def one(v):\n    return other(v)\ndef other(v):\n    return v * lost\n"
         "df['new'] = df['age'].map(one)\n", "lost"),
    ],
)  # fmt: skip
def test_what_uses_a_name_that_nothing_makes_is_left_out_and_named(
    people: Path, cell: str, name: str
) -> None:
    rest = 'X = df.drop("churn", axis=1)\ny = df["churn"]\n'
    found = analysed(people, cell, rest, FIT)
    notes = [note for _, note in found.notes]
    assert any(f"`{name}`, which nothing makes; left out" in note for note in notes)
    assert name not in features_module(found, "idea.ipynb").text


def test_a_value_of_the_rows_is_no_object_of_the_module(people: Path) -> None:
    cells = ("high = df['age'].max()\n", "def new(v):\n    return v / high\n",
             "df['new'] = df['age'].map(new)\n", XY)  # fmt: skip
    found = analysed(people, *cells, FIT)
    assert 'learn("high"' in features_module(found, "idea.ipynb").text


@pytest.mark.parametrize(
    "cell",
    [
        "X = nowhere.of(df)\ny = df['churn']\n",
        "import harbour\nX = harbour.features(df)\ny = df['churn']\n",
        "X = df[cols]\ny = df['churn']\n",
    ],
)
def test_an_x_that_nothing_makes_is_refused_in_one_line(people: Path, cell: str) -> None:
    with pytest.raises(BadIdea) as refused:
        analysed(people, cell, FIT)
    assert "\n" not in str(refused.value)
    assert "needs" in str(refused.value)
    assert refused.value.table is not None


def test_what_a_condition_in_a_loop_makes_and_uses_is_no_missing_name(people: Path) -> None:
    helper = (
        "def scaled(t):\n    for c in t.columns:\n        if t[c].dtype != object:\n"
        "            middle = np.mean(t[c])\n            t[c] = t[c] - middle\n"
    )
    cells = ("X = df[['age', 'plan']]\ny = df['churn']", "scaled(X)", "X = pd.get_dummies(X)")
    found = analysed(people, helper, *cells, FIT)
    assert not any("left out" in note for _, note in found.notes)
    assert "learn(" in features_module(found, "idea.ipynb").text


@pytest.mark.parametrize(
    ("makes", "why"),
    [
        ("import oversampled\nmore = oversampled.more(X)\n", "`oversampled`, a package"),
        ("more = unheard_of(X)\n", "`unheard_of`, which nothing makes"),
    ],
)
def test_a_refusal_names_what_x_lacks(people: Path, makes: str, why: str) -> None:
    with pytest.raises(BadIdea, match=f"which needs {why}"):
        analysed(people, XY.replace("new", "age"), makes, FIT.replace("(X,", "(more,"))


def test_what_everybody_imports_needs_no_import(people: Path) -> None:
    start = "from preamble import *\ndf = pd.read_csv('people.csv')\nX = np.log1p(df[['age']])\n"
    fit = "from sklearn.svm import SVC\ny = df['churn']\nmodel = SVC().fit(X, y)\n"
    found = read_idea(notebook(people, start, fit))
    assert "import numpy as np" in features_module(found, "idea.ipynb").text
