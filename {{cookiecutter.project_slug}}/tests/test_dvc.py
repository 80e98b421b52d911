"""dvc.yaml names every module that a stage's result depends on; dvc.lock is checked against it."""

import ast
import json
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

import pytest
import yaml

from {{ cookiecutter.package_name }}.tools.dvc import check_lock

from conftest import ROOT, dvc, git

PACKAGE = "{{ cookiecutter.package_name }}"
STAGES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]


def module_file(name: str) -> Path | None:
    """The file of a module or package of this repository, if there is one of that name."""
    path = ROOT.joinpath("src", *name.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def imports(code: str, package: str) -> Iterator[str]:
    """Every name that code imports, also within functions; relative ones are resolved."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            base = resolve_name(name, package) if node.level else name
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def entries(stage: dict[str, Any]) -> Iterator[str]:
    """What a stage begins with: its module, and its notebooks' imports."""
    yield stage["cmd"].split()[2]
    for dependency in stage["deps"]:
        if dependency.endswith(".ipynb"):
            cells = json.loads((ROOT / dependency).read_text("utf-8"))["cells"]
            code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            with suppress(SyntaxError):  # one with magics, which imports nothing from here
                yield from imports("\n".join(code), PACKAGE)


def targets(stage: dict[str, Any]) -> Iterator[str]:
    """Names in the parts of conf/ that are a stage's parameters, functions among them."""
    shared = yaml.safe_load((ROOT / "conf/config.yaml").read_text("utf-8"))
    for group in stage.get("params", []):
        yield from strings(shared.get(group))
        for file in (ROOT / "conf" / group).glob("*.yaml"):
            yield from strings(yaml.safe_load(file.read_text("utf-8")))


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from strings(item)
    elif isinstance(node, str):
        yield node


def needed(stage: dict[str, Any]) -> set[str]:
    """The files of the package that a stage imports, directly or not."""
    found: set[Path] = set()
    calls_targets = False
    names = list(entries(stage))
    while names:
        name = names.pop()
        if name == "hydra.utils.instantiate" and not calls_targets:
            calls_targets = True
            names += targets(stage)
        if name.split(".")[0] != PACKAGE:
            continue
        file = module_file(name)
        if file is None:  # a function, or a class, of a module
            names.append(name.rpartition(".")[0])
        elif file not in found:
            found.add(file)
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            names += imports(file.read_text("utf-8"), package)
    return {file.relative_to(ROOT).as_posix() for file in found if has_code(file)}


def has_code(file: Path) -> bool:
    """Whether a module does more than to import, which its imports are followed for anyway."""
    return any(
        not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for node in ast.parse(file.read_text("utf-8")).body
    )


def covers(dependency: str, file: str) -> bool:
    return file == dependency or file.startswith(f"{dependency}/")


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_what_it_imports(name: str) -> None:
    dependencies = [one for one in STAGES[name]["deps"] if one.startswith("src/")]
    files = needed(STAGES[name])
    missing = [file for file in files if not any(covers(one, file) for one in dependencies)]
    assert not missing, f"add them to {name} in dvc.yaml, or a folder of theirs"


PIPELINE = """\
stages:
  train:
    cmd: git --version
    params: [depth]
    deps: [data/raw/table.csv, src/train.py]
    outs: [model]
  evaluate:
    cmd: git --version
    deps: [model]
    metrics:
      - metrics.json: {cache: false}
  other:
    cmd: git --version
    deps: [src/other.py]
"""
FILES = {
    "data/raw/table.csv": "a,b\n",
    "dvc.yaml": PIPELINE,
    "metrics.json": "{}\n",
    "model": "a tree\n",
    "params.yaml": "depth: 1\n",
    "src/other.py": "",
    "src/train.py": "",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which a small pipeline has run."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, text in FILES.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text)
        git("init")
        git("config", "user.name", "Tester")
        git("config", "user.email", "tester@example.com")
        dvc("init")
        dvc("add", "data/raw/table.csv")
        dvc("commit", "--force")
        git("add", "--all")
        git("commit", "--message", "Train")
    return folder


@pytest.fixture
def clone(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone of it without any data, which is the current folder."""
    git("clone", str(made), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")


@pytest.mark.usefixtures("clone")
def test_a_clone_without_data_is_in_order() -> None:
    assert not Path("model").exists()
    assert not Path("data/raw/table.csv").exists()
    assert check_lock() == 0


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize(
    ("path", "now", "stages"),
    [
        ("src/train.py", "1\n", ["train", "evaluate"]),
        ("src/other.py", "1\n", ["other"]),
        ("params.yaml", "depth: 2\n", ["train", "evaluate"]),
        ("metrics.json", '{"r2": 1}\n', ["evaluate"]),
        ("dvc.yaml", PIPELINE.replace("[src/other.py]", "[src/train.py]"), ["other"]),
    ],
)
def test_what_changed_is_named(
    path: str, now: str, stages: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(path).write_text(now)
    assert check_lock() == 1
    said = capsys.readouterr().out
    assert sorted(said.partition(": ")[2].partition(" would")[0].split(", ")) == sorted(stages)
    assert said.endswith("`make pipeline`, commit dvc.lock\n")


@pytest.mark.usefixtures("clone")
def test_another_table_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    pointer = Path("data/raw/table.csv.dvc")
    pointer.write_text(pointer.read_text().replace("md5: ", "md5: 0", 1))
    assert check_lock() == 1
    assert ": train, evaluate would run" in capsys.readouterr().out


@pytest.mark.usefixtures("clone")
def test_before_the_first_training_there_is_nothing_to_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("dvc.lock").unlink()
    assert check_lock() == 0
    assert "Next: make pipeline" in capsys.readouterr().out
