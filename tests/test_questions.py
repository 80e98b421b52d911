"""The questions: few, in human words, and none without an effect."""

import json
from pathlib import Path
from typing import Any

import pytest

from idea.names import package_for, slug_for
from idea.project import derive, problems
from tests.rendered import EXAMPLES, TEMPLATE, RenderedRepo, render

QUESTIONS: dict[str, Any] = json.loads((TEMPLATE / "cookiecutter.json").read_text("utf-8"))
VISIBLE = [name for name in QUESTIONS if not name.startswith("_")]

# Every choice but the default's. Names that follow from another answer are held still, so that
# the answer itself must make the difference.
FIXED = {"project_slug": "my-model", "package_name": "my_model"}
CHOICES: list[dict[str, str]] = [
    {"project_name": "Another Name", **FIXED},
    {"project_slug": "another-slug", "package_name": "my_model"},
    {"package_name": "another_package"},
    {"description": "Another description."},
    {"author_name": "Somebody Else"},
    {"author_email": "somebody@example.org"},
    {"github_owner": "another-owner"},
    {"license": "Apache-2.0"},
    {"license": "BSD-3-Clause"},
    {"license": "proprietary"},
    {"dataset": str(EXAMPLES / "seattle-rain" / "seattle_rain.csv")},
    {"target": "island"},
    {"target": "body_mass_g"},
    {"notebook": str(EXAMPLES / "tumours" / "tumours.py")},
    {"parts": "default, -deploy"},
    {"__python_version": "3.12"},
    {"__python_version": "3.13"},
    {"__python_version": "3.14"},
]


def test_at_most_twelve() -> None:
    assert VISIBLE == [
        "project_name",
        "project_slug",
        "package_name",
        "description",
        "author_name",
        "author_email",
        "github_owner",
        "license",
        "dataset",
        "target",
        "notebook",
        "parts",
    ]


def test_every_question_is_asked_in_human_words() -> None:
    prompts = QUESTIONS["__prompts__"]
    assert list(prompts) == VISIBLE
    for name in VISIBLE:
        text = prompts[name]["__prompt__"] if isinstance(prompts[name], dict) else prompts[name]
        assert " " in text
        assert text[0].isupper()
    assert list(prompts["license"])[1:] == QUESTIONS["license"]


def test_every_choice_is_tried() -> None:
    assert {next(iter(choice)) for choice in CHOICES} == {*VISIBLE, "__python_version"}
    assert {c["license"] for c in CHOICES if "license" in c} == set(QUESTIONS["license"][1:])


def functional(repo: RenderedRepo) -> dict[str, bytes]:
    """Give the files that do something: no text for people, nothing that DVC keeps for itself."""
    return {name: data for name, data in repo.contents().items() if not name.endswith(".md")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "choice", CHOICES, ids=lambda choice: "=".join(next(iter(choice.items())))[-40:]
)
def test_every_choice_changes_a_functional_file(
    starter: RenderedRepo, tmp_path: Path, choice: dict[str, str]
) -> None:
    repo = render(tmp_path / "out", **choice)
    assert functional(repo) != functional(starter)


def answers_of(repo: RenderedRepo) -> dict[str, str]:
    """Give the answers that a repo was rendered with, as cookiecutter kept them."""
    replay = next((repo.path.parent.parent / f"{repo.path.parent.name}-replay").glob("*.json"))
    answers: dict[str, str] = json.loads(replay.read_text(encoding="utf-8"))["cookiecutter"]
    return answers


def test_names_follow_from_the_project_name(tmp_path: Path) -> None:
    repo = render(tmp_path, project_name="Ärger & Co. 2")
    assert repo.path.name == "arger-co-2"
    assert repo.has("src/arger_co_2/__init__.py")


@pytest.mark.parametrize(
    ("name", "slug", "package"),
    [
        ("2024 churn", "model-2024-churn", "model_2024_churn"),
        ("数据", "shu-ju", "shu_ju"),
        ("🐧", "model", "model"),
        ("Test", "test", "test_model"),
        ("Random", "random", "random_model"),
        ("Class", "class", "class_model"),
        ("con", "model-con", "model_con"),
        ("x" * 100, "x" * 40, "x" * 40),
    ],
)
def test_defaults_are_never_refused(
    starter: RenderedRepo, name: str, slug: str, package: str
) -> None:
    assert (slug_for(name), package_for(slug_for(name))) == (slug, package)
    names = {"project_name": name, "project_slug": slug, "package_name": package}
    assert not problems(answers_of(starter) | names)


@pytest.mark.parametrize(
    ("table", "target", "task", "file"),
    [
        ("seattle-rain/seattle_rain.csv", "rain_tomorrow", "classification", "seattle_rain"),
        ("cars/cars.csv", "miles_per_gallon", "regression", "cars"),
    ],
)
def test_a_table_of_ones_own(tmp_path: Path, table: str, target: str, task: str, file: str) -> None:
    repo = render(tmp_path, dataset=str(EXAMPLES / table), target=target)
    conf = repo.read(f"conf/data/{file}.yaml")
    assert f'target: "{target}"' in conf
    assert f"task: {task}" in conf
    assert repo.has(f"data/raw/{file}.csv")
    assert not repo.has("conf/data/penguins.yaml")


def test_the_task_can_be_overruled(tmp_path: Path) -> None:
    table = str(EXAMPLES / "cars" / "cars.csv")
    repo = render(tmp_path, dataset=table, target="cylinders", __task="regression")
    assert "task: regression" in repo.read("conf/data/cars.yaml")
    assert "RandomForestRegressor" in repo.read("params.yaml")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Churn Data (2024).CSV", "churn_data_2024"),
        ("2024.csv", "data_2024"),
        ("数据.csv", "shu_ju"),
        ("!!!.csv", "data"),
        ("nul.csv", "data_nul"),
    ],
)
def test_awkward_file_names(starter: RenderedRepo, name: str, file: str) -> None:
    derived = derive(answers_of(starter) | {"dataset": name})
    assert (derived.data_name, derived.data_file) == (file, f"{file}.csv")


def test_parquet_and_separators_reach_the_configuration(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    parquet = tmp_path / "table.parquet"
    pq.write_table(pa.table({"x": list(range(20)), "y": ["a", "b"] * 10}), parquet)
    conf = render(tmp_path / "a", dataset=str(parquet)).read("conf/data/table.yaml")
    assert "format: parquet" in conf
    assert "sep:" not in conf
    tsv = tmp_path / "table.tsv"
    tsv.write_text("x\ty\n" + "1\ta\n2\tb\n" * 10, encoding="utf-8")
    assert 'sep: "\\t"' in render(tmp_path / "b", dataset=str(tsv)).read("conf/data/table.yaml")
