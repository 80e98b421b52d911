"""Small notebooks on invented tables, one for each way of writing that is carried over."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

START = """import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split"""
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=3)"
FOREST = (
    "model = RandomForestRegressor(n_estimators=10, random_state=0)\nmodel.fit(X_train, y_train)\n"
    "print(r2_score(y_test, model.predict(X_test)))"
)


@dataclass(frozen=True)
class Kind:
    """A notebook, and what is right for it.

    Attributes:
        cells: its code.
        target: the column that it predicts.
        used: the raw columns that the service asks for.
        model: the class of its estimator.
        split: how it splits.
        verdict: of the comparison with the notebook.
        falls_back: whether its own cells have to find its rows, or make its features, row by row.
        scored: whether it scores the answers of a single model.
        beside: other files, by name.
    """

    cells: tuple[str, ...]
    target: str
    used: frozenset[str]
    model: str
    split: str = "random"
    falls_back: bool = False
    scored: bool = True
    beside: Mapping[str, str] = field(default_factory=dict)


KINDS = {
    "two_tables_and_a_look_up": Kind(
        (
            "train = pd.read_csv('homes.csv')\ntest = pd.read_csv('homes_to_sell.csv')\n"
            "zones = pd.read_csv('zones.csv')\nn = len(train)\n"
            "both = pd.concat([train, test], sort=False).reset_index(drop=True)",
            "for frame in [both]:\n    frame['age'] = 2010 - frame['built']\n"
            "both['alley'] = both['alley'].fillna('none')\n"
            "both = both.merge(zones, on='zone', how='left')\n"
            "both = pd.get_dummies(both.drop(columns=['built', 'zone']))",
            "train = both[:n]\nX = train.drop(columns=['price', 'id'])\ny = train['price']",
            SPLIT,
            FOREST,
        ),
        "price",
        frozenset({"area", "zone", "alley", "built", "lot"}),
        "RandomForestRegressor",
    ),
    "split_by_date": Kind(
        (
            "df = pd.read_csv('sales.csv')\ndf['day'] = pd.to_datetime(df['day'])\n"
            "df['weekday'] = df['day'].dt.dayofweek\nbefore = df['day'] < '2021-05-01'\n"
            "columns = ['temp', 'promo', 'weekday']\ntrain, test = df[before], df[~before]",
            "model = Ridge().fit(train[columns], train['units'])\n"
            "print(r2_score(test['units'], model.predict(test[columns])))",
        ),
        "units",
        frozenset({"day", "temp", "promo"}),
        "Ridge",
        split="predefined",
    ),
    "own_module_with_objects": Kind(
        (
            "from homeprep import prepare\ndf = prepare(pd.read_csv('homes.csv'))\n"
            "X, y = df.drop(columns=['id', 'price']), df['price']",
            SPLIT,
            FOREST,
        ),
        "price",
        frozenset({"area", "zone", "alley", "built"}),
        "RandomForestRegressor",
        beside={
            "homeprep.py": "import re\n\nHOMES = re.compile('^R')\n"
            "RANKS = {'paved': 2, 'grvl': 1}\n\n\ndef prepare(df):\n    df = df.copy()\n"
            "    df['home'] = df['zone'].apply(lambda zone: int(bool(HOMES.match(zone))))\n"
            "    df['alley'] = df['alley'].map(RANKS).fillna(0)\n"
            "    return df.drop(columns=['zone', 'lot'])\n"
        },
    ),
    "folds_by_hand": Kind(
        (
            "from sklearn.model_selection import KFold\ndf = pd.read_csv('homes.csv')\n"
            "columns = ['area', 'lot', 'level']\nscores = []",
            "for tr, va in KFold(5, shuffle=True, random_state=1).split(df):\n"
            "    a, b = df.iloc[tr].copy(), df.iloc[va].copy()\n"
            "    means = a.groupby('zone')['price'].mean()\n    middle = a['lot'].median()\n"
            "    for part in (a, b):\n        part['level'] = part['zone'].map(means)\n"
            "        part['lot'] = part['lot'].fillna(middle)\n"
            "    model = RandomForestRegressor(n_estimators=10, random_state=0)\n"
            "    model.fit(a[columns].values, a['price'].values)  # no index\n"
            "    scores.append(r2_score(b['price'], model.predict(b[columns].values)))\n"
            "print(np.mean(scores))",
        ),
        "price",
        frozenset({"area", "lot", "zone"}),
        "RandomForestRegressor",
    ),
    "weighted_blend": Kind(
        (
            "df = pd.read_csv('homes.csv')\nX, y = df[['area', 'built']], df['price']",
            SPLIT,
            "line = LinearRegression().fit(X_train, y_train)\n"
            "wood = RandomForestRegressor(n_estimators=10, random_state=0).fit(X_train, y_train)\n"
            "print(r2_score(y_test, 0.7 * line.predict(X_test) + 0.3 * wood.predict(X_test)))",
        ),
        "price",
        frozenset({"area", "built"}),
        "VotingRegressor",
        scored=False,  # the sum of two
    ),
    "encoders_of_other_libraries": Kind(
        (
            "import category_encoders as ce\nfrom feature_engine.imputation import "
            "MeanMedianImputer\nfrom sklearn.pipeline import make_pipeline\n"
            "df = pd.read_csv('homes.csv')\nX = df[['area', 'zone', 'alley', 'lot']]\n"
            "y = df['price']",
            SPLIT,
            "encoder = ce.TargetEncoder(cols=['zone'])\n"
            "X_train = encoder.fit_transform(X_train, y_train)\n"
            "X_test = encoder.transform(X_test)",
            "model = make_pipeline(\n    MeanMedianImputer(variables=['lot']),\n"
            "    ce.OneHotEncoder(cols=['alley']),\n"
            "    RandomForestRegressor(n_estimators=10, random_state=0),\n)\n"
            "model.fit(X_train, y_train)\nprint(r2_score(y_test, model.predict(X_test)))",
        ),
        "price",
        frozenset({"area", "zone", "alley", "lot"}),
        "RandomForestRegressor",
    ),
    "learned_before_rows_go": Kind(
        (
            "df = pd.read_csv('homes.csv')\ndf['lot'] = df['lot'].fillna(df['lot'].mean())\n"
            "df['more'] = df['area'] - df.groupby('zone')['area'].transform('mean')\n"
            "df = df[df['area'] < 150]\ndf['area'] = df['area'] / df['area'].max()\n"
            "X, y = pd.get_dummies(df[['area', 'zone', 'lot', 'more']]), df['price']",
            SPLIT,
            FOREST,
        ),
        "price",
        frozenset({"area", "zone", "lot"}),
        "RandomForestRegressor",
    ),
    "days_before_and_after": Kind(
        (
            "from sklearn.ensemble import RandomForestClassifier\ndf = pd.read_csv('sales.csv')\n"
            "df = df[df['temp'] > 8]\n"
            "df['rises'] = (df['units'].shift(-1) > df['units']).astype(int)\n"
            "df['before'] = df['units'].shift(1)\ndf = df.dropna().reset_index(drop=True)",
            "X, y = df[['temp', 'promo', 'units', 'before']], df['rises']\nn = int(len(df) * 0.8)\n"
            "X_train, X_test, y_train, y_test = X[:n], X[n:], y[:n], y[n:]",
            "model = RandomForestClassifier(n_estimators=10, random_state=0)\n"
            "model.fit(X_train, y_train)\nprint(model.score(X_test, y_test))",
        ),
        "rises",
        frozenset({"temp", "promo", "units"}),
        "RandomForestClassifier",
        split="time",
        falls_back=True,
        scored=False,
    ),
    "target_by_code_that_no_reader_sees": Kind(
        (
            "df = pd.read_csv('homes.csv')\nmade = {}\n"
            'exec(\'def worth(t):\\n    return t["price"] / t["area"]\', made)\n'
            "df = df[df['built'] > 1960]\ndf['worth'] = made['worth'](df)\n"
            "df['age'] = 2010 - df['built']\nX, y = df[['age', 'area']], df['worth']",
            SPLIT,
            FOREST,
        ),
        "worth",
        frozenset({"area", "built"}),
        "RandomForestRegressor",
        falls_back=True,
    ),
    "tables_in_a_dict_and_a_class": Kind(
        (
            "data = {name: pd.read_csv(f'{name}.csv') for name in ['homes', 'zones']}\n"
            "data['homes'] = data['homes'].dropna(subset=['built'])",
            "class Prep:\n    def __init__(self, table):\n"
            "        self.table = table.copy()\n"
            "    def fill(self):\n        mean = self.table['lot'].mean()\n"
            "        self.table['lot'] = self.table['lot'].fillna(mean)\n        return self\n"
            "    def beside(self, other):\n"
            "        density = other.set_index('zone')['density']\n"
            "        self.table['density'] = self.table['zone'].map(density)\n"
            "        return self.table[['area', 'lot', 'density']], self.table['price']",
            "X, y = Prep(data['homes']).fill().beside(data['zones'])",
            SPLIT,
            FOREST,
        ),
        "price",
        frozenset({"area", "lot", "zone"}),
        "RandomForestRegressor",
    ),
    "frames_of_polars": Kind(
        (
            "import polars as pl\ndf = pl.read_csv('homes.csv')",
            "df = df.with_columns((2010 - pl.col('built')).alias('age'))\n"
            "df = df.with_columns(pl.col('alley').fill_null('none')).to_dummies(columns=['alley'])",
            "X, y = df.drop(['id', 'built', 'lot', 'price', 'zone']), df['price']",
            SPLIT,
            FOREST,
        ),
        "price",
        frozenset({"area", "alley", "built"}),
        "RandomForestRegressor",
        falls_back=True,
    ),
    "looks_at_other_rows": Kind(
        (
            "df = pd.read_csv('sales.csv')\ndf['rank'] = df['temp'].rank()\n"
            "df['before'] = df['temp'].shift(1).rolling(3).mean()\ndf = df.dropna()\n"
            "X, y = df[['temp', 'promo', 'rank', 'before']], df['units']",
            SPLIT,
            FOREST,
        ),
        "units",
        frozenset({"temp", "promo"}),
        "RandomForestRegressor",
        falls_back=True,
    ),
}


def write_kind(folder: Path, name: str) -> Path:
    """Write the notebook of a kind with all tables beside it; give its path."""
    _write_tables(folder)
    kind = KINDS[name]
    for file, text in kind.beside.items():
        (folder / file).write_text(text, encoding="utf-8")
    cells = [
        {
            "cell_type": "code",
            "execution_count": at,
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for at, source in enumerate((START, *kind.cells), 1)
    ]
    path = folder / f"{name}.ipynb"
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _write_tables(folder: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - of invented data

    def table(name: str, rows: list[list[object]]) -> None:
        lines = [",".join(map(str, row)) for row in rows]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    homes: list[list[object]] = []
    for number in range(160):
        area, zone = chance.randint(40, 220), chance.choice(["RL", "RM", "C"])
        lot = "" if number % 9 == 4 else round(chance.uniform(10, 90), 1)
        built = chance.randint(1950, 2010)
        price = 900 * area + 300 * (built - 1950) + (20000 if zone == "RL" else 0)
        alley = chance.choice(["", "paved", "grvl"])
        homes.append([number, area, zone, alley, built, lot, price + chance.randint(-5000, 5000)])
    header: list[object] = ["id", "area", "zone", "alley", "built", "lot", "price"]
    table("homes.csv", [header, *homes])
    table("homes_to_sell.csv", [header[:-1], *(row[:-1] for row in homes[:40])])
    table("zones.csv", [["zone", "density"], ["RL", 1.5], ["RM", 3.0], ["C", 9.0]])
    sales: list[list[object]] = [["day", "temp", "promo", "units"]]
    for number in range(150):
        temp, promo = round(chance.gauss(15, 5), 1), chance.randint(0, 1)
        day = f"2021-{1 + number // 28:02}-{1 + number % 28:02}"
        sales.append([day, temp, promo, round(50 + 3 * temp + 9 * promo + chance.gauss(0, 3), 1)])
    table("sales.csv", sales)
