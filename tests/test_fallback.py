"""A notebook that looks at other rows: split, then replayed, then the table only."""

import json
import random
from pathlib import Path

import pytest
import yaml

from tests.at_work import change, run
from tests.environment import lend
from tests.rendered import RenderedRepo, render
from tests.test_notebook_kinds import write

pytestmark = pytest.mark.slow

IMPORTS = """import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split
%matplotlib inline
days = pd.read_csv("days.csv")"""
FIT = """X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=5)
tried = RandomForestRegressor(n_estimators=5).fit(X_train, y_train)
print(tried.score(X_test, y_test))
forest = RandomForestRegressor(n_estimators=10, random_state=2)
forest.fit(X_train, y_train)
print(forest.score(X_test, y_test))"""
LOOKS_AROUND = """import not_installed_anywhere as extra
extra.show(days)
days['temperature'] = days['temperature'].fillna(days['temperature'].median())
days['rank'] = days['temperature'].rank()
days['alike'] = days.groupby('weather')['temperature'].transform('count')
days['before'] = days['guests'].shift(1).rolling(3).mean()
days = days.dropna()
fig, ax = plt.subplots()
ax.errorbar(days['rank'], days['guests'])
def draw(table):
    plt.rcParams['figure.figsize'] = (9, 4)
    with plt.style.context('ggplot'):
        plt.hist(table['rank'])
draw(days)
X, y = days.drop(columns=['day', 'weather', 'icecream']), days['icecream']"""
LEAVES_OUT = """days['warmth'] = days['temperature'].rank()
days = days[days['temperature'] < days['temperature'].quantile(0.9)]
X, y = days[['temperature', 'warmth', 'guests']], days['icecream']"""
# What a person's code asks: is a row alone what it is among others?
ALONE = """
import numpy as np
import pandas as pd
from pathlib import Path
from kinds.data.schema import Schema
from kinds.data.tables import read_table
from kinds.model.model_file import load_pipeline
from kinds.tools.paths import TEST, TRAINED
model, schema, test = load_pipeline(TRAINED / "pipeline.skops"), Schema.load(), read_table(TEST)
X = test[schema.features]
features = model.named_steps["features"]
whole = features.transform(X)
alone = pd.concat([features.transform(X.iloc[[row]]) for row in range(4)])
np.testing.assert_allclose(alone.to_numpy(float), whole.head(4).to_numpy(float))
print(*whole.columns)
"""
AGAIN = """
from kinds.parity.birth import fall_back
from kinds.tools.config import composed
print(fall_back(composed(), "somebody wants it"))
"""


def notebook_repo(folder: Path, environment: Path, cell: str) -> RenderedRepo:
    """Render the repo of a notebook whose second cell is given."""
    chance = random.Random(4)  # noqa: S311 - of invented data
    rows = ["day,weather,temperature,guests,icecream"]
    for day in range(120):
        temperature, guests = round(chance.gauss(20, 6), 1), chance.randrange(10, 90)
        weather = chance.choice(["sun", "rain", "clouds"])
        sold = round(temperature * 2 + guests + chance.gauss(0, 2), 1)
        rows.append(f"{day},{weather},{'' if day % 17 == 3 else temperature},{guests},{sold}")
    (folder / "days.csv").write_text("\n".join(rows), encoding="utf-8")
    notebook = write(folder, [IMPORTS, cell, FIT], {})
    repo = render(folder / "out", project_name="kinds", notebook=str(notebook), parts="none")
    lend(environment, repo)
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    return repo


def test_what_looks_at_other_rows_is_replayed(environment: Path, tmp_path: Path) -> None:
    repo = notebook_repo(tmp_path, environment, LOOKS_AROUND)
    assert "replayed: the notebook's own cells run for every row" in run(repo, "make", "pipeline")
    cells = repo.read("src/kinds/steps/notebook_cells.py")
    assert "rolling(3)" in cells
    assert "plt.plot" not in cells
    assert "tried" not in cells
    found = json.loads(repo.read("reports/parity.json"))
    assert found["features"]["equal"]
    columns = run(repo, "python", "-c", ALONE).split()
    assert columns == ["temperature", "guests", "rank", "alike", "before"]
    asked = set(yaml.safe_load(repo.read("data/schema.yaml"))["columns"])
    assert asked == {"weather", "temperature", "guests", "icecream"}
    depends = json.loads(repo.read("reports/evaluation.json"))["row_dependence"]
    assert (depends["alone"], depends["shuffled"], depends["halves"]) == (0, 0, 0)
    run(repo, "make", "lint", "type")
    *_, line = run(repo, "python", "-c", AGAIN).splitlines()
    assert line.startswith("table only: random_forest learns from the raw columns")
    run(repo, "dvc", "repro", "candidate")
    assert not repo.has("src/kinds/steps/notebook_cells.py")
    assert "features: default" in repo.read("conf/config.yaml")
    assert json.loads(repo.read("reports/metrics.json"))["r2"] > 0
    run(repo, "make", "lint", "type")


def test_where_replaying_fails_the_table_is_left(environment: Path, tmp_path: Path) -> None:
    repo = notebook_repo(tmp_path, environment, LEAVES_OUT)
    run(repo, "make", "data/schema.yaml")
    *_, line = run(repo, "python", "-c", AGAIN).splitlines()
    assert line.startswith("table only: random_forest learns from the raw columns")
    assert "leaves out rows like this one" in line
    assert not repo.has("src/kinds/steps/notebook_cells.py")
    assert "steps.replay" not in repo.read("src/kinds/features.py")
