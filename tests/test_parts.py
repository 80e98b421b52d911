"""Parts: what an answer means, and that a repo holds its parts and no trace of the others."""

import re
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from idea.project.parts import FOLDER, BadParts, choice_of, choose, owned, parts
from tests.at_work import attempt
from tests.environment import lend
from tests.rendered import EXAMPLES, TEMPLATE, Rendered, RenderedRepo, render

INSIDE = TEMPLATE / "{{cookiecutter.project_slug}}"
SLOT = re.compile(r"""\{\{-? slot\("(\w+)"\)""")
BLOCK = re.compile(r"\{% block (\w+) %\}")
FRAGMENTS = sorted(
    (
        path.relative_to(FOLDER).parts[0],
        path.relative_to(FOLDER / path.relative_to(FOLDER).parts[0]),
    )
    for path in FOLDER.glob("*/**/*")
    if path.is_file()
)


def with_needs(name: str) -> list[str]:
    """Name a part and those that need it, which go with it."""
    return [other for other in parts() if name == other or name in needs(other)]


def needs(name: str) -> set[str]:
    """Name what a part needs, also indirectly."""
    direct = set(parts()[name].needs)
    return direct.union(*map(needs, direct))


@pytest.fixture(scope="session")
def none(rendered: Rendered) -> RenderedRepo:
    """Give the repo without parts. Tests only read it."""
    return rendered("none", parts="none")


@pytest.fixture(scope="session")
def whole(rendered: Rendered) -> RenderedRepo:
    """Give the repo with every part. Tests only read it."""
    return rendered("whole", parts="all")


@pytest.fixture(scope="session")
def from_notebook(tmp_path_factory: pytest.TempPathFactory) -> RenderedRepo:
    """Give the repo without parts of a notebook that tries several models. Tests only read it."""
    notebook = str(EXAMPLES / "penguins" / "penguins.ipynb")
    return render(tmp_path_factory.mktemp("from_notebook"), parts="none", notebook=notebook)


@pytest.fixture(scope="session")
def without(rendered: Rendered) -> dict[str, RenderedRepo]:
    """Give a repo without each of the parts. Tests only read them."""
    return {name: rendered(f"without-{name}", parts=f"all -{name}") for name in parts()}


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("all", list(parts())),
        ("ALL", list(parts())),
        ("default", [name for name, part in parts().items() if part.default]),
        ("", [name for name, part in parts().items() if part.default]),
        ("none", []),
        *((f"all, -{name}", [n for n in parts() if n not in with_needs(name)]) for name in parts()),
        *(
            (f"no-{name} all", [n for n in parts() if n not in with_needs(name)])
            for name in parts()
        ),
        *((name, [n for n in parts() if n == name or n in needs(name)]) for name in parts()),
        *(
            (f"none,{name}", [n for n in parts() if n == name or n in needs(name)])
            for name in parts()
        ),
    ],
)
def test_an_answer_means_parts(answer: str, names: list[str]) -> None:
    assert list(choose(answer).names) == names


def test_every_file_belongs_to_the_core_or_to_one_part(whole: RenderedRepo) -> None:
    owners: Counter[str] = Counter()
    for part in parts().values():
        for path in owned(whole.path, part):
            within = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
            owners.update(p.relative_to(whole.path).as_posix() for p in within)
    # Tables as Markdown, which three parts write.
    assert {name for name, count in owners.items() if count > 1} == {
        "src/my_model/tools/markdown.py"
    }


def test_every_path_of_the_table_is_there(whole: RenderedRepo, regression: RenderedRepo) -> None:
    for part in parts().values():
        assert set(part.needs) <= parts().keys()
        for pattern in [*part.paths, *(p for own in part.together.values() for p in own)]:
            found = [*whole.path.glob(pattern), *regression.path.glob(pattern)]
            assert found, f"{part.name}: {pattern}"


def test_every_target_and_extra_of_the_table_is_the_part_s_own(
    whole: RenderedRepo, without: dict[str, RenderedRepo]
) -> None:
    for name, part in parts().items():
        assert targets(whole) - targets(without[name]) >= set(part.targets)
        assert extras(whole) - extras(without[name]) >= set(part.extras)
        gone = {t for other in with_needs(name) for t in parts()[other].targets}
        assert targets(whole) - targets(without[name]) == gone
        gone = {e for other in with_needs(name) for e in parts()[other].extras}
        assert extras(whole) - extras(without[name]) == gone


def test_the_document_lists_the_table() -> None:
    document = (TEMPLATE / "docs" / "parts.md").read_text(encoding="utf-8")
    for part in parts().values():
        needed = ", ".join(f"`{name}`" for name in part.needs) or "–"
        assert f"| `{part.name}` | {part.title} | {needed} |" in document


def targets(repo: RenderedRepo) -> set[str]:
    """Name the targets that `make` lists."""
    return set(re.findall(r"^([a-z-]+):.* ## ", repo.read("Makefile"), re.MULTILINE))


def extras(repo: RenderedRepo) -> set[str]:
    """Name the extras that people can install."""
    return set(tomllib.loads(repo.read("pyproject.toml"))["project"]["optional-dependencies"])


@pytest.mark.parametrize(("part", "file"), FRAGMENTS, ids=lambda value: str(value))
def test_every_fragment_fills_a_slot(part: str, file: Path) -> None:
    assert part in parts()
    slots = slots_of(file)
    blocks = BLOCK.findall((FOLDER / part / file).read_text(encoding="utf-8"))
    assert set(blocks) <= set(slots)
    assert len(blocks) == len(set(blocks))


def slots_of(file: Path) -> list[str]:
    """Name the slots of a shared file, and of the fragments for it."""
    texts = [INSIDE / file, *(FOLDER / part / file for part, name in FRAGMENTS if name == file)]
    return [slot for path in texts for slot in SLOT.findall(path.read_text(encoding="utf-8"))]


def test_every_slot_is_filled() -> None:
    filled = {
        (file, name)
        for part, file in FRAGMENTS
        for name in BLOCK.findall((FOLDER / part / file).read_text(encoding="utf-8"))
    }
    for path in INSIDE.rglob("*"):
        if path.is_file() and b"slot(" in path.read_bytes():
            file = path.relative_to(INSIDE)
            for name in slots_of(file):
                assert (file, name) in filled


def test_every_target_is_phony(whole: RenderedRepo, none: RenderedRepo) -> None:
    for repo in (whole, none):
        makefile = repo.read("Makefile").replace("\\\n", " ")
        phony = [w for line in re.findall(r"^\.PHONY: (.*)", makefile, re.M) for w in line.split()]
        made = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
        assert made == set(phony)
        assert len(phony) == len(made)


# What a part is known by, besides its targets and extras.
WORDS = {
    "service": ["onnx", "(?<!kubeflow/)Dockerfile", r"(conf|src/\w+)/serving", "compose.yaml"],
    "watch": ["(?i:streamlit|grafana)", "[^l]monitoring", r"reference\.parquet", "/watching"],
    "retraining": ["make retrain", "retraining", r"ct\.yml", r"\bCT\b", "ALERT_TOKEN"],
    "deploy": [
        r"cd\.yml",
        "deploy/(deploy|targets|README)",
        "Kubernetes|deploy/kubernetes",
        r"\bCD\b",
    ],
    "report": [r"report\.(ipynb|html)", "reporting", "papermill", "(?i:jupyterlab)"],
    "experiments": [
        "optuna",
        r"\bdask\b",
        r"\bray\b",
        "/experiments",
        r"search: (none|random)",
        "EXTRAS=dev,xgboost",
    ],
    "wandb": ["(?i:wandb)", "W&B"],
    "mlflow": ["(?i:mlflow)", "MLproject", "mlruns"],
    "signing": [
        "SIGNING_KEY",
        r"signing\.(key|pub|md)",
        r"(packing.signature|registry.sign)",
        "cryptography",
    ],
    "github": [
        "CODEOWNERS",
        "rulesets",
        r"template\.yml",
        "pip-audit",
        r"advisories\.py",
        r"dependabot\.yml",
        r"SECURITY\.md",
    ],
    "policy": [r"\.policy\.yaml", "docs/policy", "REVIEW"],
    "devcontainer": ["devcontainer", "conda", "editorconfig"],
    "engines": [r"engines\b", "ALERT_URL"],
    "airflow": ["(?i:airflow)"],
    "kubeflow": ["(?i:kubeflow)", r"\b(?i:kfp)\b"],
    "feast": ["(?i:feast)", "feature_repo", "feature.store"],
    "clouds": ["(?i:sagemaker|vertex)", r"\b(?i:azure.ml)\b", r"\bclouds\b", "RUN_AS=10001"],
}


@pytest.mark.parametrize("name", parts())
def test_nothing_is_left_of_a_part(without: dict[str, RenderedRepo], name: str) -> None:
    words = [*WORDS[name], *(rf"make {target}(?![\w-])" for target in parts()[name].targets)]
    pattern = re.compile("|".join(f"({word})" for word in words))
    for file in without[name].files():
        if Path(file).suffix in (".csv", ".lock", ".dvc"):
            continue
        text = without[name].read(file).partition("## What others promise")[0]
        found = pattern.search(text)
        assert not found, f"{file}: {found[0]!r}"


def test_without_parts_there_are_few_files(none: RenderedRepo, from_notebook: RenderedRepo) -> None:
    assert len(none.contents_of_git()) <= 88
    assert len(from_notebook.contents_of_git()) <= 101


def test_without_experiments_the_document_holds_the_other_models(
    from_notebook: RenderedRepo,
) -> None:
    models = [path.name for path in (from_notebook.path / "conf" / "model").iterdir()]
    assert models == ["random_forest.yaml"]
    document = from_notebook.read("docs/from-the-notebook.md")
    (text,) = re.findall(r"`conf/model/k_neighbors.yaml`:\n\n```yaml\n(.*?)```", document, re.S)
    target = "sklearn.neighbors.KNeighborsClassifier"
    assert yaml.safe_load(text)["estimator"] == {"_target_": target, "n_neighbors": 5}


def test_links_of_documents_lead_somewhere(without: dict[str, RenderedRepo]) -> None:
    for repo in without.values():
        for file in [name for name in repo.files() if name.endswith(".md")]:
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", repo.read(file)):
                assert (repo.path / file).parent.joinpath(link).exists(), f"{file}: {link}"


def test_a_notebook_brings_the_part_that_its_model_needs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    notebook = str(EXAMPLES / "tumours" / "tumours.py")
    repo = render(tmp_path / "out", notebook=notebook, parts="none")
    assert repo.has("conf/search/notebook.yaml")
    assert (
        "The part experiments is there too: the notebook's search needs it."
        in capfd.readouterr().out
    )
    answers = {"parts": "default -experiments", "__search": "notebook", "__packages": ""}
    with pytest.raises(
        BadParts, match="'experiments' is left out, but the notebook's search needs"
    ):
        choice_of(answers)
    answers = {"parts": "none", "__search": "none", "__packages": "xgboost>=3.0"}
    assert choice_of(answers).names == ("experiments",)


def test_what_follows_from_an_answer_is_said() -> None:
    assert choose("watch").notes == ("The part service is there too: watch needs it.",)
    assert choose("all, -service").notes == (
        "The part watch is left out too: it needs service.",
        "The part deploy is left out too: it needs service.",
        "The part clouds is left out too: it needs service.",
        "The part feast is left out too: it needs service.",
    )
    assert choose("default").notes == ()


# If the code of a part, or a test, needs another part without saying so, one of these lacks that
# other part but has the part. The core alone is below.
CHOICES = (
    "service, watch, report, experiments, mlflow, policy, airflow",
    "service, retraining, deploy, wandb, signing, github, airflow",
    "retraining, experiments, mlflow, github, kubeflow",
    "report, wandb, signing, policy, devcontainer, airflow, kubeflow",
    "service, watch, deploy, mlflow, signing, github, policy, devcontainer",
    "service, watch, retraining, deploy, report, experiments, wandb, devcontainer",
    "clouds",
    "feast",
)


def test_the_choices_have_every_part_without_each_that_it_does_not_need() -> None:
    chosen = [set(choose(answer).names) for answer in CHOICES]
    for one in parts():
        for other in parts().keys() - {one} - needs(one):
            assert any(one in names and other not in names for names in chosen), (one, other)


@pytest.mark.slow
def test_every_choice_lints_type_checks_and_composes(environment: Path, tmp_path: Path) -> None:
    for answer in CHOICES:
        # Each at the same place, where mypy knows most modules.
        repo = render(tmp_path / "here", parts=answer)
        lend(environment, repo)
        for command in (
            ["make", "lint", "type", "params-check"],
            ["pytest", "-q", "tests/test_config.py", "tests/test_dvc.py"],
        ):
            done = attempt(repo, *command)
            assert done.returncode == 0, f"{answer}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        shutil.rmtree(repo.path)


@pytest.mark.slow
def test_without_parts_it_runs_its_tests_and_its_pipeline(
    none: RenderedRepo, tmp_path: Path
) -> None:
    repo = RenderedRepo(tmp_path / "none")
    shutil.copytree(none.path, repo.path)
    # Its slow tests are those of the repository with all usual parts, which runs them.
    for target in ("setup", "audit", "test", "pipeline"):
        done = repo.run("make", target, check=False)
        assert done.returncode == 0, f"{target}: {done.stdout[-4000:]}{done.stderr[-4000:]}"
        repo.run("git", "add", "--all")
        repo.run("git", "commit", "--quiet", "--allow-empty", "--message", target)
    assert "v0.0.1 is in production" in repo.run("make", "promote").stdout
