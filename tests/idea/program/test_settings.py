"""Options of libraries are no change of data."""

import ast
from pathlib import Path

import pytest

from idea.codegen.features_module import features_module
from idea.program import Step
from idea.program.settings import without_settings
from tests.idea.analysis.notebooks import FIT, analysed

IMPORTS = {
    "pd": "pandas",
    "np": "numpy",
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "warnings": "warnings",
    "rcParams": "matplotlib.rcParams",
    "sys": "sys",
    "shop": "shop.table",
}


def left(code: str) -> list[str]:
    """Give the statements that are left, as source."""
    steps = [Step(node, 1, node.lineno) for node in ast.parse(code).body]
    return [ast.unparse(step.node) for step in without_settings(steps, IMPORTS)]


@pytest.mark.parametrize(
    "code",
    [
        "pd.options.display.max_rows = 80",
        "pd.options.display.float_format = '{:.1f}'.format",
        "pd.set_option('display.width', 200)",
        "plt.rcParams['figure.figsize'] = (8, 4)",
        "plt.rcParams.update({'font.size': 12})",
        "rcParams['axes.grid'] = True",
        "plt.style.use('ggplot')",
        "np.random.seed(7)",
        "np.set_printoptions(precision=3)",
        "warnings.filterwarnings('ignore')",
        "sns.set_theme(style='white')",
        "sys.path.append('..')",
        "pd.options.mode.chained_assignment, pd.options.display.width = None, 99",
        "if True:\n    pd.options.display.width = 99",
        "for name in names:\n    pd.set_option(name, 9)",
        "try:\n    sns.set()\nexcept Exception:\n    pass",
    ],
)
def test_a_setting_is_left_out(code: str) -> None:
    assert left(code) == []


@pytest.mark.parametrize(
    "code",
    [
        "df['a'] = 1",
        "pd = prepared(df)\npd['a'] = 2",  # a name of an import that the notebook binds anew
        "df.options.a = 1",
        "shop['a'] = df['a']",  # an object of the author's own module
        "names.append('a')",
        "np.random.shuffle(names)",
        "if df.empty:\n    df = other",
        "df = pd.DataFrame(rows)",
    ],
)
def test_what_changes_data_stays(code: str) -> None:
    assert "\n".join(left(code)) == code


def test_a_setting_among_others_goes_alone() -> None:
    code = "for c in names:\n    pd.options.display.width = 9\n    df[c] = df[c] * 2"
    assert left(code) == ["for c in names:\n    df[c] = df[c] * 2"]


@pytest.mark.parametrize(
    "setting",
    [
        "pd.options.display.precision = 2",
        "def tidy_output():\n    pd.options.display.max_columns = 40\n\ntidy_output()",
        "if len(df) > 5:\n    pd.options.display.max_rows = len(df)",
    ],
)
def test_no_module_binds_the_name_of_a_library(people: Path, setting: str) -> None:
    code = 'df["decade"] = pd.cut(df["age"], [0, 40, 99], labels=[0, 1]).astype(int)\n'
    found = analysed(people, setting, code, 'X = df[["decade"]]\ny = df["churn"]\n', FIT)
    text = features_module(found, "idea.ipynb").text
    assert "options" not in text
    assert "pd =" not in text
    assert "pd.cut" in text


def test_a_random_feature_is_named(people: Path) -> None:
    code = 'np.random.seed(1)\ndf["noise"] = np.random.rand(len(df))\n'
    found = analysed(people, code, 'X = df[["age", "noise"]]\ny = df["churn"]\n', FIT)
    notes = [note for _, note in found.notes]
    assert any("np.random.rand(len(df))" in note and "random" in note for note in notes)
