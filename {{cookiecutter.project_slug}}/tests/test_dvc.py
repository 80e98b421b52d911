"""dvc.yaml names every module that a stage's result depends on."""

import ast
import json
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT

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
            yield from imports("\n".join(code), PACKAGE)


def targets(stage: dict[str, Any]) -> Iterator[str]:
    """Names in the groups of conf/ that are a stage's parameters, functions among them."""
    for group in stage.get("params", []):
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
        if name == "hydra.utils" and not calls_targets:
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
