"""Cookiecutter as the command that people type, in its lowest and its newest version."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import WriteCsv
from tests.rendered import TEMPLATE, RenderedRepo, clean_environment, typed

LOWEST = "2.2.0"


def type_in(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with standard input closed."""
    return subprocess.run(
        command,
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )


def test_relative_paths_are_relative_to_where_it_was_typed(
    tmp_path: Path, csv_table: WriteCsv, notebook: Path
) -> None:
    here = tmp_path / "here"
    (here / "tables").mkdir(parents=True)
    csv_table("here/tables/churn.csv", header="age,plan,Churn")
    out = tmp_path / "out"
    made = type_in(
        here,
        *("cookiecutter", "--no-input", "--default-config", "-o", str(out), str(TEMPLATE)),
        *("dataset=tables/churn.csv", "target=Churn", f"notebook=../{notebook.name}"),
    )
    repo = RenderedRepo(out / "my-model")
    assert 'target: "Churn"' in repo.read("conf/data/churn.yaml")
    assert repo.has("data/raw/churn.csv")
    assert repo.has("notebooks/my_first_idea_2.ipynb")
    assert f"  cd {repo.path.as_posix()}\n" in made.stdout


def test_a_relative_template(tmp_path: Path) -> None:
    link = tmp_path / "template"
    link.symlink_to(TEMPLATE)
    here = tmp_path / "here"
    here.mkdir()
    assert typed(here, "--no-input", "--default-config", "../template").returncode == 0
    assert RenderedRepo(here / "my-model").has("params.yaml")


def test_a_guessed_target_is_told(tmp_path: Path, csv_table: WriteCsv) -> None:
    words = ["--no-input", "--default-config", str(TEMPLATE), f"dataset={csv_table().name}"]
    made = typed(tmp_path, *words)
    assert "You named no target, so 'churn' was taken" in made.stdout
    assert "target=<column>" in made.stdout


@pytest.mark.slow
@pytest.mark.parametrize("version", [f"=={LOWEST}", ""], ids=["lowest", "newest"])
def test_versions_of_cookiecutter(tmp_path: Path, version: str) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv")
    type_in(tmp_path, uv, "venv", "-q", "env")
    python = str(tmp_path / "env" / "bin" / "python")
    type_in(tmp_path, uv, "pip", "install", "-q", "--python", python, f"cookiecutter{version}")
    command = [python, "-m", "cookiecutter", "--no-input", str(TEMPLATE)]
    type_in(tmp_path, *command, "description=A {{ 7*7 }} Z", "license=Apache-2.0")
    repo = RenderedRepo(tmp_path / "my-model")
    assert 'description = "A {{ 7*7 }} Z"' in repo.read("pyproject.toml")
    assert "Apache License" in repo.read("LICENSE")
    refused = subprocess.run(
        [*command, "project_slug=a/b"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "Traceback" not in refused.stdout + refused.stderr
    assert not (tmp_path / "a").exists()
