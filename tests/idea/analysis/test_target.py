"""The column that a notebook predicts, and how it computes it."""

from pathlib import Path

import pytest

from idea.analysis import BadIdea
from idea.codegen.features_module import features_module
from tests.idea.analysis.notebooks import FIT, analysed, made_by


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
    found = analysed(people, code, FIT)
    assert found.reading.target.column == "churn"
    assert found.reading.preparation.y is None
    assert made_by(found) == ""
    assert "churn" not in found.reading.used


@pytest.mark.parametrize(
    ("code", "target", "words"),
    [
        ("df['churn'] = df['churn'].map({0: 'no', 1: 'yes'})\ny = df['churn']\n", "churn", "map"),
        ("y = np.log1p(df['income'].round())\n", "income", "log1p"),
        ("y = (df['income'] > 30).astype(int)\n", "income", "> 30"),
        ("df['rich'] = np.where(df['income'] > 30, 1, 0)\ny = df['rich']\n", "rich", "np.where"),
        ("df['group'] = pd.cut(df['income'], 3, labels=False)\ny = df['group']\n", "group", "cut"),
    ],
)  # fmt: skip
def test_a_target_that_is_made_is_prepared(
    people: Path, code: str, target: str, words: str
) -> None:
    found = analysed(people, "X = df[['age']]\n" + code, FIT)
    assert found.reading.target.column == target
    assert words in made_by(found)
    assert found.reading.used == ("age",)


def test_a_target_among_dummies_is_the_column_that_they_are_made_of(people: Path) -> None:
    code = "df2 = pd.get_dummies(df)\nX = df2.drop('plan_b', axis=1)\ny = df2['plan_b']\n"
    found = analysed(people, code, FIT)
    assert (found.reading.target.column, made_by(found)) == ("plan", "")
    assert found.reading.used == ("id", "age", "income", "churn")
    assert '.drop("plan_b", axis=1, errors="ignore")' in features_module(found, "idea.ipynb").text


def test_a_target_under_another_name_is_the_raw_column(people: Path) -> None:
    for code in (
        "df.columns = [c.upper() for c in df.columns]\nX, y = df[['AGE']], df['CHURN']\n",
        "df = df.rename(columns={'churn': 'left'})\nX = df[['age']]\ny = df['left']\n",
    ):
        found = analysed(people, code, FIT)
        assert (found.reading.target.column, found.reading.preparation.y) == ("churn", None)


def test_a_target_that_is_named_is_taken(people: Path) -> None:
    code = "import mystery\nX = df[['age']]\ny = mystery.of(df)\n"
    with pytest.raises(BadIdea, match="name it with target="):
        analysed(people, code, FIT)
    assert analysed(people, code, FIT, target="plan").reading.target.column == "plan"


def test_a_target_is_taken_by_loc_from_a_frame_that_cannot_be_followed(people: Path) -> None:
    code = (
        "full = df.drop(df.columns[df.isnull().mean() > 0.8], axis=1)\n"
        "train, val = train_test_split(full, random_state=3)\n"
        "y_train = train.loc[:, 'churn']\n"
        "m = LogisticRegression().fit(train[['age', 'income']], y_train)\n"
    )
    assert analysed(people, code).reading.target.column == "churn"


def test_a_variable_of_a_bunch_may_hold_another_table_later(people: Path) -> None:
    code = (
        "from sklearn.datasets import load_iris\ndata = load_iris()\nA = data['data']\n"
        "data = pd.read_csv('people.csv')\ndata['target'] = (data['plan'] == 'a').astype(int)\n"
        "m = LogisticRegression().fit(data[['age', 'income']], data['target'])\n"
    )
    found = analysed(people, code)
    assert found.source.as_written == "people.csv"
    assert found.reading.target.column in ("plan", "target")


def test_a_target_that_the_table_lacks_is_named(people: Path) -> None:
    code = "y = df['cost']\nm = LogisticRegression().fit(df[['age']], y)"
    with pytest.raises(BadIdea, match="it predicts 'cost', and its table has no such column"):
        analysed(people, code)


@pytest.mark.parametrize(
    "code",
    [
        "cols = list(df.columns)\nX, y = df[cols[:-1]], df[cols[len(cols) - 1]]\n",
        "n = df.shape[1]\nX, y = df.iloc[:, : n - 1], df.iloc[:, n - 1]\n",
        "last = len(df.columns) - 1\nX, y = df.iloc[:, :last], df[df.columns[last]]\n",
        "names = [c for c in df.columns if c != 'churn']\nX, y = df[names], df['churn']\n",
    ],
)
def test_columns_are_counted_from_the_table_s_header(people: Path, code: str) -> None:
    some = "df = df[['age', 'income', 'churn']]\n"
    found = analysed(people, some + code, "LogisticRegression().fit(X, y)")
    assert found.reading.target.column == "churn"
    assert found.reading.used == ("age", "income")


@pytest.mark.parametrize(
    "dropped", ["df = df.dropna(axis=1)\n", "df.dropna(axis=1, inplace=True)\n"]
)
def test_a_last_column_without_values_is_dropped_before_the_target(
    tmp_path: Path, dropped: str
) -> None:
    rows = "".join(f"{n},{n % 7},{'yn'[n % 2]},\n" for n in range(60))
    (tmp_path / "people.csv").write_text(f"id,age,churn,\n{rows}", encoding="utf-8")
    code = "X, y = df.iloc[:, :-1], df.iloc[:, -1]\n"
    found = analysed(tmp_path, dropped + code, FIT)
    assert found.reading.target.column == "churn"


@pytest.mark.parametrize(
    ("code", "stands"),
    [
        ("X = df[['age', 'churn']]\ny = df['churn']\n", True),
        ("X = df.drop(columns='plan')\ny = df.churn\n", True),
        ("X = df.drop(columns=['plan', 'churn'])\ny = df.churn\n", False),
        ("y = df.pop('churn')\nX = df.drop(columns='plan')\n", False),
        (
            "df['next'] = df['churn'].shift(-1).fillna(0)\nX = df[['churn']]\ny = df['next']\n",
            False,
        ),
    ],
)
def test_the_target_among_the_features_is_named(people: Path, code: str, stands: bool) -> None:
    notes = [text for _, text in analysed(people, code, FIT).notes]
    assert any("`churn`, which it predicts, stands in X too" in text for text in notes) is stands
