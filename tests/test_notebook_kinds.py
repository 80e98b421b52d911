"""Small notebooks of kinds that the examples lack, each rendered, trained and compared."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.at_work import change, run
from tests.environment import lend
from tests.rendered import RenderedRepo, render

pytestmark = pytest.mark.slow

BIRDS = [
    """import numpy as np
import pandas as pd
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import LabelEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
birds = pd.read_csv("birds.csv")""",
    "birds['kind'] = LabelEncoder().fit_transform(birds['kind'])\n"
    "X, y = birds[['length', 'depth']], birds['kind']\n"
    "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)",
    "members = []\n"
    "for name, model, grid in [('svm', SVC(), {'C': [1, 10]}),\n"
    "                          ('tree', DecisionTreeClassifier(random_state=0),\n"
    "                           {'max_depth': [2, 3]})]:\n"
    "    search = GridSearchCV(model, grid, cv=3)\n"
    "    search.fit(X_train, y_train)\n"
    "    members.append((name, search.best_estimator_))",
    "both = StackingClassifier(members, LogisticRegression())\n"
    "both.fit(X_train, y_train)\n"
    "print(accuracy_score(y_test, both.predict(X_test)))",
]
CABINS = [
    """import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GridSearchCV, train_test_split
cabins = pd.read_csv("cabins.csv")""",
    "X, y = cabins[['area', 'rooms']], cabins['rent']\n"
    "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)",
    "inner = TransformedTargetRegressor(RandomForestRegressor(random_state=0),\n"
    "                                   func=np.log1p, inverse_func=np.expm1)\n"
    "search = GridSearchCV(inner, {'regressor__max_depth': [2, 4],\n"
    "                              'regressor__n_estimators': [5, 10]}, cv=3)\n"
    "search.fit(X_train, y_train)\nprint(search.best_params_)",
    "print(search.score(X_test, y_test))",
]
HUTS = [
    """import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
huts = pd.read_csv("huts.csv")""",
    "huts['price'] = np.log1p(huts['price'])",
    "X = huts[['area']].copy()\n"
    "X['kind'] = huts['kind'].map({'hut': 0, 'shed': 1}).astype(int)\n"
    "X_train, X_test, y_train, y_test = train_test_split(X, huts['price'], random_state=0)",
    "model = Ridge()\nmodel.fit(X_train, y_train)\npredicted = model.predict(X_test)\n"
    "print(r2_score(y_test, predicted))\n"
    "print(mean_absolute_error(np.expm1(y_test), np.expm1(predicted)))",
]


def write(folder: Path, cells: Sequence[str], outputs: dict[int, str]) -> Path:
    """Write a notebook; give its path."""
    made = [
        {
            "cell_type": "code",
            "execution_count": at + 1,
            "id": f"cell-{at}",
            "metadata": {},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": outputs[at]}]
            if at in outputs
            else [],
            "source": source,
        }
        for at, source in enumerate(cells)
    ]
    path = folder / "idea.ipynb"
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def trained(folder: Path, notebook: Path, environment: Path) -> RenderedRepo:
    """Render a notebook's repo, run its pipeline, and the notebook beside it."""
    repo = render(folder / "out", project_name="kinds", notebook=str(notebook), parts="none")
    lend(environment, repo)
    change(repo, "conf/config.yaml", "resamples: 300", "resamples: 20")
    run(repo, "make", "data/schema.yaml", "pipeline", "parity")
    return repo


@pytest.fixture(scope="module")
def birds(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give the repo of a stack whose tuned members a loop collects, of an encoded target."""
    folder = tmp_path_factory.mktemp("birds")
    kinds = ["Adelie", "Chinstrap", "Gentoo"]
    rows = [f"{35 + 6 * (n % 3) + n % 7},{15 + n % 5 - n % 3},{kinds[n % 3]}" for n in range(90)]
    (folder / "birds.csv").write_text("\n".join(["length,depth,kind", *rows]), encoding="utf-8")
    return trained(folder, write(folder, BIRDS, {}), environment)


@pytest.fixture(scope="module")
def cabins(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give the repo of a search inside of which the target is logged."""
    folder = tmp_path_factory.mktemp("cabins")
    rows = [f"{20 + n % 40},{1 + n % 5},{100 * (1 + n % 40) * (1 + n % 5)}" for n in range(120)]
    (folder / "cabins.csv").write_text("\n".join(["area,rooms,rent", *rows]), encoding="utf-8")
    shown = {2: "{'regressor__max_depth': 4, 'regressor__n_estimators': 10}\n"}
    return trained(folder, write(folder, CABINS, shown), environment)


@pytest.fixture(scope="module")
def huts(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give the repo of a notebook that takes the logarithm of its target by hand."""
    folder = tmp_path_factory.mktemp("huts")
    rows = [f"{20 + n % 40},{['hut', 'shed'][n % 2]},{900 * (1 + n % 40)}" for n in range(120)]
    (folder / "huts.csv").write_text("\n".join(["area,kind,price", *rows]), encoding="utf-8")
    return trained(folder, write(folder, HUTS, {}), environment)


def test_answers_come_in_the_table_s_unit_and_parity_compares_in_the_notebook_s(
    huts: RenderedRepo,
) -> None:
    predictions = huts.read("reports/plots/predictions.csv").splitlines()[1:]
    assert all(float(line.split(",")[0]) >= 900 for line in predictions)
    assert json.loads(huts.read("reports/metrics.json"))["neg_mean_absolute_error"] < -100
    found = json.loads(huts.read("reports/notebook.json"))
    assert found["features"]["equal"]
    assert found["target"] == {"equal": True}
    lines = {line["metric"]: line for line in found["score"]}
    verdicts = [lines[name]["verdict"] for name in ("r2_score", "mean_absolute_error")]
    assert verdicts == ["equal", "equal"]
    assert lines["mean_absolute_error"]["notebook"] > 100


def test_a_step_that_fails_is_named_in_one_line(huts: RenderedRepo) -> None:
    name = "src/kinds/features.py"
    change(huts, name, '"shed": 1', '"cabin": 1')
    python = huts.path / ".venv/bin/python"
    failed = huts.run(str(python), "-m", "kinds.stages.train", check=False)
    assert failed.returncode == 1
    said = failed.stderr.splitlines()[-1]
    assert "(cell 2 of the notebook)" in said
    assert "IntCastingNaNError" in said
    assert "for row " in said
    assert "Traceback" not in failed.stderr
    change(huts, name, '"cabin": 1', '"shed": 1')


def test_classes_are_those_of_the_table(birds: RenderedRepo) -> None:
    schema = yaml.safe_load(birds.read("data/schema.yaml"))
    assert (schema["target"], schema["task"]) == ("kind", "multiclass")
    assert "Chinstrap" in birds.read("reports/metrics.json") + birds.read("data/schema.yaml")
    found = json.loads(birds.read("reports/notebook.json"))
    assert found["features"]["equal"]
    assert found["target"] == {"equal": True}


def test_a_stack_of_tuned_members_searches_them(birds: RenderedRepo) -> None:
    settled = json.loads(birds.read("models/trained/search.json"))["parameters"]
    assert {"estimator__svm__C", "estimator__tree__max_depth"} <= set(settled)
    config = yaml.safe_load(birds.read("conf/model/stacking.yaml"))
    assert [name for name, _ in config["estimator"]["estimators"]] == ["svm", "tree"]


def test_what_a_nested_search_found_is_where_it_belongs(cabins: RenderedRepo) -> None:
    config = yaml.safe_load(cabins.read("conf/model/transformed_target.yaml"))["estimator"]
    assert (config["regressor"]["max_depth"], config["regressor"]["n_estimators"]) == (4, 10)
    found = json.loads(cabins.read("reports/notebook.json"))
    assert found["features"]["equal"]
    assert found["target"] == {"equal": True}
    assert {line["verdict"] for line in found["score"]} <= {"equal", "same within noise"}
