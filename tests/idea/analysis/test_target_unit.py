"""Targets that a notebook transforms: answers come in the table's unit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idea.analysis import Idea
from idea.models.transformed_target import Function, Linear, Scaler
from tests.idea.analysis.notebooks import analysed, made_by

START = """
import math
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.preprocessing import MinMaxScaler, StandardScaler
df = pd.read_csv("homes.csv")
"""
X = "X = df[['area', 'rooms']]\n"
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
FIT = "Ridge(alpha=2).fit(X_train, y_train)"
LOG1P, STANDARD = Function("numpy.log1p"), Scaler("StandardScaler")
BOX_COX = Scaler("PowerTransformer", (("method", "box-cox"), ("standardize", False)))
TRANSFORMED: dict[str, tuple[Any, ...]] = {
    "y = np.log1p(df['price'])": (LOG1P,),
    "y = np.log(df['price'])": (Function("numpy.log"),),
    "y = np.log(df.price + 1)": (LOG1P,),
    "df['price'] = np.log1p(df['price'])\ny = df['price'].values": (LOG1P,),
    "df['log_price'] = np.log1p(df['price'])\ny = df['log_price']": (LOG1P,),
    "y = df['price'].apply(np.sqrt)": (Function("numpy.sqrt"),),
    "y = df['price'].map(lambda v: math.log(1 + v))": (LOG1P,),
    "def small(v):\n    return np.log1p(v)\ny = df['price'].apply(small)": (LOG1P,),
    "for c in ['area', 'price']:\n    df[c] = np.log1p(df[c])\ny = df['price']": (LOG1P,),
    "y = df['price'] ** 0.5": (Function("numpy.sqrt"),),
    "y = df['price'] / 1000": (Linear(0.001, 0),),
    "df['price'] /= 1000\ny = df['price']": (Linear(0.001, 0),),
    "y = 5 - 2 * df['price']": (Linear(-2, 5),),
    "y, power = stats.boxcox(df['price'])": (BOX_COX,),
    "y = stats.boxcox(df['price'])[0]": (BOX_COX,),
    "df['price'], power = stats.boxcox(df['price'])\ny = df['price']": (BOX_COX,),
    "y = StandardScaler().fit_transform(df[['price']])": (STANDARD,),
    "scaler = StandardScaler()\ny = scaler.fit_transform(df['price'].values.reshape(-1, 1))"
    ".ravel()": (STANDARD,),
    "both = ['area', 'price']\ndf[both] = StandardScaler().fit_transform(df[both])\n"
    "y = df['price']": (STANDARD,),
    "y = MinMaxScaler(feature_range=(-1, 1)).fit_transform(np.log1p(df[['price']]))": (
        LOG1P, Scaler("MinMaxScaler", (("feature_range", [-1, 1]),)),
    ),
    "df = df.rename(columns={'price': 'cost'})\ny = np.log1p(df['cost'])": (LOG1P,),
    "y = df['price'].astype(float)": (),
}  # fmt: skip
NOT_INVERTIBLE = {
    "two columns": "y = np.log(df['price'] / df['area'])",
    "what is cut": "y = np.log1p(df['price'].clip(upper=400))",
    "what is filled": "y = df['price'].fillna(0) / 1000",
    "other rows": "y = np.log1p(df['price'].shift(-1))",
    "some rows": "df.loc[df['rooms'] > 2, 'price'] = df['price'] / 2\ny = np.log1p(df['price'])",
    "nothing times the price": "y = 0 * df['price']",
}


@pytest.fixture
def homes(tmp_path: Path) -> Path:
    rows = [f"{20 + n},{1 + n % 4},{100 + 7 * n}" for n in range(60)]
    (tmp_path / "homes.csv").write_text("\n".join(["area,rooms,price", *rows]) + "\n")
    (tmp_path / "people.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    return tmp_path


def read(homes: Path, y: str, fit: str = SPLIT + FIT) -> Idea:
    return analysed(homes, START, y, X, fit)


@pytest.mark.parametrize("y", TRANSFORMED)
def test_answers_come_in_the_unit_of_the_table(homes: Path, y: str) -> None:
    found = read(homes, y)
    assert (found.reading.target.column, made_by(found)) == ("price", "")
    assert found.transforms == TRANSFORMED[y]
    inner = found.estimator.config.get("regressor", found.estimator.config)
    assert inner["_target_"] == "sklearn.linear_model.Ridge"
    assert (inner is not found.estimator.config) is bool(TRANSFORMED[y])


@pytest.mark.parametrize("y", NOT_INVERTIBLE.values(), ids=NOT_INVERTIBLE)
def test_what_has_no_inverse_is_predicted_as_the_notebook_does_and_named(
    homes: Path, y: str
) -> None:
    found = read(homes, y)
    assert not found.transforms
    assert made_by(found)
    assert any("not in the table's unit" in note for _, note in found.notes)


@pytest.mark.parametrize(
    "fit",
    [
        SPLIT + "Ridge().fit(X_train, np.log1p(y_train))",
        SPLIT + "y_train = np.log1p(y_train)\nRidge().fit(X_train, y_train)",
        "GridSearchCV(Ridge(), {'alpha': [1, 2]}).fit(X, np.log1p(y))",
    ],
)
def test_a_target_may_be_transformed_after_the_split(homes: Path, fit: str) -> None:
    found = read(homes, "y = df['price']", fit)
    assert (found.transforms, made_by(found)) == ((LOG1P,), "")
    if found.searched:
        assert found.estimator.search is not None
        assert list(found.estimator.search.space) == ["regressor__alpha"]


def test_rows_are_left_out_by_the_transformed_target(homes: Path) -> None:
    y = "df['price'] = np.log1p(df['price'])\ndf = df[df['price'] > 5]\ny = df['price']"
    found = read(homes, y)
    assert found.transforms == (LOG1P,)
    assert "> 5" in made_by(found)


def test_each_function_has_its_inverse() -> None:
    from scipy import special  # type: ignore[import-untyped]

    from idea.knowledge.target_transforms import INVERSES

    values = np.array([0.2, 0.5, 0.9])
    for path, inverse in INVERSES.items():
        one, other = (
            getattr(special if name.startswith("scipy") else np, name.rpartition(".")[2])
            for name in (path, inverse)
        )
        np.testing.assert_allclose(other(one(values)), values)
