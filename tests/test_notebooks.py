"""The example notebooks: what is told of each, and the repo that is rendered from it."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from idea.analysis import read_idea
from idea.notebooks import read_notebook
from tests.idea.project.test_hydra_compose import by_hydra
from tests.rendered import EXAMPLES, Rendered, RenderedRepo, render


@dataclass(frozen=True)
class Fact:
    """What is known of an example."""

    target: str
    task: str
    model: str
    metric: str
    rows: tuple[int, int]  # in the table, and to learn from
    filters: int
    used: str  # columns, split by commas
    split: tuple[str, float, int]
    config: dict[str, Any]


FACTS = {
    "penguins": Fact(
        target="species",
        task="classification",
        model="sklearn.ensemble.RandomForestClassifier",
        metric="accuracy",
        rows=(344, 333),
        filters=1,
        used="island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex",
        split=("stratified", 0.3, 7),
        config={"n_estimators": 200, "max_depth": 6},
    ),
    "seattle-rain": Fact(
        target="wet",
        task="classification",
        model="sklearn.linear_model.LogisticRegression",
        metric="roc_auc",
        rows=(1460, 1437),
        filters=1,
        used="date,temp_max,temp_min,wind",
        split=("time", 0.25, 42),
        config={"max_iter": 2000},
    ),
    "cars": Fact(
        target="log_mpg",
        task="regression",
        model="sklearn.linear_model.Ridge",
        metric="r2",
        rows=(406, 381),
        filters=2,
        used="name,cylinders,displacement,horsepower,weight_in_lbs,acceleration,year,origin",
        split=("random", 0.2, 4),
        config={"alpha": 10},
    ),
    "rentals": Fact(
        target="Rent (EUR)",
        task="regression",
        model="sklearn.ensemble.HistGradientBoostingRegressor",
        metric="r2",
        rows=(1080, 1024),
        filters=2,
        used="Listed On,City,District,Size,Rooms,Floor ,Year Built,Furnished,Pets Allowed,Heating,"
        "Energy Class,Distance to Station",
        split=("random", 0.2, 7),
        config={"learning_rate": 0.1, "max_iter": 150, "max_leaf_nodes": 5},
    ),
    "churn": Fact(
        target="Churn",
        task="classification",
        model="sklearn.linear_model.LogisticRegression",
        metric="roc_auc",
        rows=(1500, 1500),
        filters=0,
        used="Customer ID,Senior Citizen,Partner,Tenure Months,Contract,Internet Service,"
        "Online Security,Tech Support,Support Calls,Payment Method,Monthly Charges,Total Charges",
        split=("random", 0.2, 1),
        config={"solver": "liblinear", "C": 1.0},
    ),
    "tumours": Fact(
        target="target",
        task="classification",
        model="sklearn.svm.SVC",
        metric="accuracy",
        rows=(569, 569),
        filters=0,
        used="",  # all thirty
        split=("stratified", 0.2, 1),
        config={},
    ),
}


def notebook_of(name: str) -> Path:
    """Give the path of an example's notebook."""
    (path,) = [*(EXAMPLES / name).glob("*.ipynb"), *(EXAMPLES / name).glob("*.py")]
    return path


@pytest.fixture(params=FACTS)
def name(request: pytest.FixtureRequest) -> str:
    """Give each example's name."""
    return str(request.param)


@pytest.fixture
def repo(name: str, rendered: Rendered) -> RenderedRepo:
    """Give each example's repo."""
    return rendered(f"example-{name}", project_name=name, notebook=str(notebook_of(name)))


# what is read


def test_what_is_told(name: str) -> None:
    fact, idea = FACTS[name], read_idea(notebook_of(name))
    assert (idea.reading.target.column, idea.task) == (fact.target, fact.task)
    assert (idea.estimator.path, idea.metric) == (fact.model, fact.metric)
    assert (idea.summary.rows, len(idea.reading.features.filters)) == (fact.rows[0], fact.filters)
    assert (idea.split_kind, idea.test_size, idea.seed) == fact.split
    assert idea.estimator.config.items() >= fact.config.items()
    if fact.used:
        assert idea.reading.used == tuple(fact.used.split(","))
    else:
        assert len(idea.reading.used) == 30


def test_a_search_s_result_is_taken_from_the_outputs() -> None:
    for name, kind in (("cars", "grid"), ("rentals", "random")):
        idea = read_idea(notebook_of(name))
        assert idea.estimator.search
        assert idea.estimator.search.kind == kind
        assert not idea.searched
    assert read_idea(notebook_of("tumours")).searched  # a script holds no outputs


def test_what_comes_before_the_model_is_told() -> None:
    steps = {name: len(read_idea(notebook_of(name)).estimator.before) for name in FACTS}
    assert steps == {
        "penguins": 0, "seattle-rain": 0, "cars": 0, "rentals": 1, "churn": 0, "tumours": 2
    }  # fmt: skip


def test_cells_that_ran_out_of_order_are_read_as_they_ran() -> None:
    order = [cell.number for cell in read_notebook(notebook_of("rentals")).in_order()]
    assert order != sorted(order)


# what is rendered


def test_it_is_clean_from_birth(repo: RenderedRepo) -> None:
    for command in (["format", "--check"], ["check"]):
        done = repo.run(sys.executable, "-m", "ruff", *command, "--no-cache", ".", check=False)
        assert done.returncode == 0, done.stdout
    for path in (repo.path / "src").rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")


def test_the_notebook_stays_as_it_came(name: str, repo: RenderedRepo) -> None:
    said = yaml.safe_load(repo.read("notebooks/parity.yaml"))
    assert (repo.path / said["notebook"]).read_bytes() == notebook_of(name).read_bytes()


def test_the_document_tells_of_every_cell(name: str, repo: RenderedRepo) -> None:
    document = repo.read("docs/from-the-notebook.md")
    rows = [line.split(" | ") for line in document.splitlines() if line.startswith("| ")]
    told = {row[0].strip("| "): row[-1].strip("| ") for row in rows}
    for cell in read_notebook(notebook_of(name)).cells:
        if cell.kind == "code" and cell.source.strip():
            assert told[str(cell.number)]


def test_parity_looks_where_the_model_is_fitted(name: str, repo: RenderedRepo) -> None:
    said = yaml.safe_load(repo.read("notebooks/parity.yaml"))
    fit = said["fit"]
    codes = {cell.number: cell.code for cell in read_notebook(notebook_of(name)).cells}
    code = said["today"].get(fit["cell"], codes[fit["cell"]])
    assert ".fit(" in code.splitlines()[fit["line"] - 1]
    assert all(repo.has(place) for place in said["data"].values())


def test_the_parameters_are_those_that_hydra_composes(repo: RenderedRepo) -> None:
    assert repo.read("params.yaml") == by_hydra(repo.path / "conf")


def test_the_rows_to_learn_from_are_the_notebook_s(
    name: str, repo: RenderedRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    omegaconf: Any = pytest.importorskip("omegaconf")
    monkeypatch.chdir(repo.path)
    monkeypatch.syspath_prepend(str(repo.path / "src"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    package = name.replace("-", "_")
    tables = importlib.import_module(f"{package}.data.tables")
    ingest = importlib.import_module(f"{package}.stages.ingest")
    cfg = omegaconf.OmegaConf.load("params.yaml").data
    assert len(tables.read_raw(cfg)) == FACTS[name].rows[0]
    table = ingest.read_prepared(cfg)
    assert len(table) == FACTS[name].rows[1]
    assert table[cfg.target].notna().all()
    assert table[cfg.target].nunique() > 1


def test_the_farewell_names_the_document(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    render(tmp_path, notebook=str(notebook_of("penguins")))
    assert "docs/from-the-notebook.md" in capfd.readouterr().out


def test_without_a_notebook_nothing_speaks_of_one(starter: RenderedRepo) -> None:
    assert not [name for name in starter.files() if "parity" in name or "from-the" in name]
    assert "parity" not in starter.read("Makefile")
    assert "parity" not in starter.read("README.md")
