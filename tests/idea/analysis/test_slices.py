"""The statements behind a fit."""

import ast
from pathlib import Path

import pytest

from idea.analysis import BadIdea
from idea.analysis.slices import Slices, row_source
from tests.idea.analysis.notebooks import FIT, SPLIT, XY, analysed


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("df", "df"),
        ("other", None),
        ("df['age'].fillna(0)", "df"),
        ("np.log(df.age + 1)", "df"),
        ("other[mask]", "mask"),
        ("scaler.transform(X=df)", "df"),
        ("[other, df]", "df"),
        ("pd.DataFrame({'a': other, 'b': df})", "df"),
        ("[f(v) for v in df['age']]", "df"),
        ("-df", "df"),
        ("df > 3", "df"),
        ("3", None),
    ],
)
def test_an_expression_has_the_rows_of_a_variable(code: str, name: str | None) -> None:
    assert row_source(ast.parse(code, mode="eval").body, {"df", "mask"}) == name


def slices(people: Path, *cells: str) -> Slices:
    """Give the slices of a notebook that starts with imports and the table."""
    return analysed(people, *cells).reading.slices


def statements(found: Slices, positions: object) -> list[str]:
    """Give the source of some steps."""
    assert isinstance(positions, tuple | dict)
    return [ast.unparse(found.steps[position].node) for position in sorted(positions)]


def test_the_lineage_is_what_gives_x_its_rows(people: Path) -> None:
    made = "means = df['age'].mean()\ndf = df.dropna()\ndf['age'] = df['age'] / means\n"
    found = slices(people, made, XY, FIT)
    assert statements(found, dict(found.X_lineage)) == [
        "df = pd.read_csv('people.csv')",
        "df = df.dropna()",
        "df['age'] = df['age'] / means",
        "X = df[['age', 'income']]",
    ]
    assert list(found.X_lineage.values()) == ["X", "df", "df", "df"]
    assert "means = df['age'].mean()" in statements(found, found.X)
    assert found.frame == "df"


def test_variables_that_hold_only_the_target_are_known(people: Path) -> None:
    found = slices(
        people, "df2 = df.copy()\nlabels = df2['churn']\nX = df2[['age']]\ny = labels\n", FIT
    )
    assert found.y_names == {"labels", "y"}


def test_of_several_tables_the_one_of_the_rows_is_read(people: Path) -> None:
    (people / "more.csv").write_text("id,extra\n1,2\n", encoding="utf-8")
    code = "more = pd.read_csv('more.csv')\ndf['n'] = len(more)\nX = df[['n']]\ny = df['churn']\n"
    found = slices(people, code, FIT)
    assert statements(found, (found.load,)) == ["df = pd.read_csv('people.csv')"]


def test_rows_of_the_test_set_are_known(people: Path) -> None:
    code = "b = X_test.copy()\nX_test = 3\nLogisticRegression().fit(X_train, y_train)"
    found = slices(people, XY, SPLIT, code)
    assert found.test_rows_at[found.fit.position] == {"y_test", "b"}
    assert found.rows_at[found.fit.position] >= {"df", "X", "y", "X_train", "b"}
    assert "X_test" not in found.rows_at[found.fit.position]


def test_a_function_stands_alone_unless_it_needs_the_table(people: Path) -> None:
    code = (
        "high = df['age'].max()\n"
        "def double(v):\n    return v * 2\n"
        "def low(v):\n    return v < high\n"
        "def lower(v):\n    return low(v)\n"
    )
    found = slices(people, code, XY, FIT)
    own = found.script.functions
    assert [found.stands_alone(own[name]) for name in ("double", "low", "lower")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("code", "made_by"),
    [
        ("X, y = make_moons(n_samples=50)\n", "sklearn.datasets.make_moons"),
        ("X = np.random.normal(size=(9, 2))\ny = X[:, 0] > 0\n", "numpy.random.normal"),
    ],
)
def test_rows_that_are_made_up_are_named(people: Path, code: str, made_by: str) -> None:
    start = "from sklearn.datasets import make_moons\n"
    with pytest.raises(BadIdea, match=f"its rows are made up by `{made_by}`"):
        analysed(people, start + code + "m = LogisticRegression().fit(X, y)")


def test_the_table_that_gives_the_rows_is_the_one_that_is_learned_from(people: Path) -> None:
    """Features that are chosen by what a model says of them need the target's table, too."""
    (people / "labels.csv").write_text("left\n" + "0\n1\n" * 30, encoding="utf-8")
    found = analysed(
        people,
        'labels = pd.read_csv("labels.csv")\ny = np.array(labels).reshape((-1,))\n'
        "X = df.drop(columns=['plan', 'churn']).to_numpy()\n"
        "first = RandomForestClassifier().fit(X, y)\n"
        "best = first.feature_importances_.argsort()[-2:]\nX = X[:, best]\n",
        FIT,
    )
    assert found.file == "people.csv"


@pytest.mark.parametrize("reads", ["read_avro('people.avro')", "scan_ipc('people.ipc').collect()"])
def test_a_table_that_another_library_reads_is_named(people: Path, reads: str) -> None:
    cells = (f"import polars as pl\nrows = pl.{reads}\n", "X, y = rows[['age']], rows['churn']\n")
    name = reads.partition("(")[0]
    with pytest.raises(BadIdea, match=rf"read by `polars.{name}`, and not by pandas; read it with"):
        analysed(people, *cells, FIT)
