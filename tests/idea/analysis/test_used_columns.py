"""The raw columns that a prediction has to give."""

from pathlib import Path

import pytest

from tests.idea.analysis.notebooks import FIT, analysed


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
        # a position among columns of which one has become several
        ("from sklearn.compose import ColumnTransformer\n"
         "from sklearn.preprocessing import OneHotEncoder\nX = df.iloc[:, :-1].values\n"
         "ct = ColumnTransformer([('e', OneHotEncoder(), [3])], remainder='passthrough')\n"
         "X = ct.fit_transform(X)\nX = X[:, 1:]\n", "id age income plan"),
        ("X = pd.get_dummies(df.drop(columns=['id', 'churn'])).iloc[:, 3:]\n", "plan"),
        ("X = pd.get_dummies(df.drop(columns='churn')).iloc[:, 1:]\n", "age income plan"),
        ("X = StandardScaler().fit_transform(df.iloc[:, :3])[:, 1:]\n", "age income"),
        ("gone = ['id', 'plan', 'churn']\ndf2 = df.drop(gone, axis=1)\n"
         "df2 = pd.get_dummies(df2, columns=['age'])\nX = df2\n", "age income"),
        # a number of each row, of all that it holds
        ("df['gaps'] = df.isna().sum(axis=1)\nX = df[['gaps', 'age']]\n", "id age income plan"),
        # in an object of the notebook's own class
        ("class Score:\n    def __call__(self, row):\n"
         "        return row['age'] + (row['plan'] == 'a')\n"
         "score = Score()\ndf['score'] = df.apply(score, axis=1)\nX = df[['score', 'income']]\n",
         "age income plan"),
        # in a function of a row, and in one that it calls
        ("def dear(r):\n    return r.plan == 'a'\n"
         "def score(row):\n    return row['age'] + dear(row)\n"
         "df['score'] = df.apply(score, axis=1)\nX = df[['score', 'income']]\n",
         "age income plan"),
    ],
)  # fmt: skip
def test_only_the_columns_that_are_looked_at_are_asked_for(
    people: Path, code: str, used: str
) -> None:
    assert analysed(people, "y = df['churn']\n" + code, FIT).reading.used == tuple(used.split())


def test_what_only_the_target_is_made_of_is_not_asked_for(people: Path) -> None:
    code = (
        "df['rich'] = (df['income'] > 30).astype(int)\n"
        "df = pd.get_dummies(df.drop(['id', 'churn'], axis=1), columns=['plan'])\n"
        "X = df.drop(['income', 'rich'], axis=1)\ny = df['rich']\n"
    )
    assert analysed(people, code, FIT).reading.used == ("age", "plan")


def test_columns_in_lists_of_lists_are_looked_at(people: Path) -> None:
    code = (
        "groups = [['age', 'income'], ['id']]\n"
        "X = pd.concat([df[group] for group in groups], axis=1)\n"
        "model = LogisticRegression().fit(X, df['churn'])\n"
    )
    assert {"id", "age", "income"} <= set(analysed(people, code).reading.used)
