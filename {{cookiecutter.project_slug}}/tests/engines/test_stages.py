"""Orchestrators read dvc.yaml as DVC does, and refuse what only DVC resolves."""

import subprocess
import sys
from pathlib import Path

import pytest
from dvc.repo import Repo
from dvc.stage import PipelineStage

from {{ cookiecutter.package_name }}.engines.stages import read_stages
from {{ cookiecutter.package_name }}.tools.errors import Refusal

from conftest import ROOT, dvc, git

PIPELINE = """\
stages:
  last:
    cmd: "true"
    deps: [out/b/part.txt]
    params: [made.yaml: [x]]
    outs: [end.txt]
  first:
    cmd: "true"
    wdir: out
    deps: [../in.txt]
    outs: [a.txt, b]
  between:
    cmd: "true"
    deps: [out]
    params: [seed]
    metrics: [made.yaml: {cache: false}]
  alone:
    cmd: "true"
    deps: [outer.txt]
    outs: [other.txt]
"""


def edges_of_dvc() -> dict[str, set[str]]:
    with Repo() as repo:
        graph = repo.index.graph
        stages = [stage for stage in graph if isinstance(stage, PipelineStage)]
        return {
            stage.name: {one.name for one in graph.successors(stage) if one in stages}
            for stage in stages
        }


def test_the_edges_are_those_of_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = read_stages()
    assert {stage.name: set(stage.needs) for stage in found} == edges_of_dvc()
    places = [stage.name for stage in found]
    assert all(places.index(need) < places.index(s.name) for s in found for need in s.needs)


def test_folders_working_folders_and_files_of_parameters_are_edges_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    found = {stage.name: set(stage.needs) for stage in read_stages()}
    assert found == {
        "first": set(),
        "alone": set(),
        "between": {"first"},
        "last": {"first", "between"},
    }
    git("init")
    dvc("init")
    Path("out").mkdir()
    assert found == edges_of_dvc()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("stages:\n  a:\n    foreach: [1]\n    do: {cmd: x}\n", "'a' of dvc.yaml has `foreach`"),
        ("stages:\n  a:\n    matrix: {x: [1]}\n    cmd: x\n", "has `matrix`"),
        ("stages:\n  a: {cmd: 'echo ${x}'}\n", "has `${…}`"),
        ("stages:\n  a: {cmd: x, vars: [{x: 1}]}\n", "has `vars`"),
        ("vars: [{x: 1}]\nstages:\n  a: {cmd: x}\n", "has `vars`"),
        ("stages: {}\n", "has no stages"),
        ("[", "is no YAML"),
        (
            "stages:\n  a: {cmd: x, deps: [1.txt], outs: [2.txt]}\n"
            "  b: {cmd: x, deps: [2.txt], outs: [1.txt]}\n",
            "need one another: a, b",
        ),
    ],
)
def test_what_only_dvc_resolves_is_refused_in_one_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "dvc.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as refusal:
        read_stages(file)
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is not there"):
        read_stages(tmp_path / "dvc.yaml")


def test_it_is_read_where_only_yaml_is_installed() -> None:
    others = ("dvc", "hydra", "numpy", "omegaconf", "pandas", "pydantic", "sklearn")
    code = f"import sys\nsys.modules |= dict.fromkeys({others})\n" + (
        "from {{ cookiecutter.package_name }}.engines.stages import read_stages\n"
        "from {{ cookiecutter.package_name }}.engines.alert import tell\n"
        "print(len(read_stages()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert int(done.stdout) > 4, done.stderr
