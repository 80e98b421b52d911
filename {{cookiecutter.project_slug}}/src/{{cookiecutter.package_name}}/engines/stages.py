"""Read dvc.yaml, the one definition of the pipeline: its stages, and what each of them needs.

Orchestrators import this where none of the repository's packages are, but PyYAML.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..tools.errors import Refusal

NOT_READ = ("foreach", "matrix", "vars")
OUTPUTS = ("outs", "metrics", "plots")


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline.

    Attributes:
        name: as dvc.yaml has it.
        needs: names of the stages whose outputs it depends on.
    """

    name: str
    needs: tuple[str, ...]


def read_stages(file: Path = Path("dvc.yaml")) -> list[Stage]:
    """The stages of dvc.yaml, each after those that it needs.

    Raises:
        Refusal: if the file is not there, or holds what only DVC can resolve.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{file} is not there; name the repository's own") from None
    except yaml.YAMLError as error:
        raise Refusal(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    stages = content.get("stages") if isinstance(content, dict) else None
    if not stages:
        raise Refusal(f"{file} has no stages")
    if "vars" in content:
        raise Refusal(f"{file} has `vars`, which only DVC resolves; write the values out")
    for name, stage in stages.items():
        _refuse_templates(name, stage)
    makes = {name: set(_outputs(stage)) for name, stage in stages.items()}
    needs = {
        name: tuple(
            other
            for other in stages
            if other != name
            and any(_overlap(dep, out) for dep in _dependencies(stage) for out in makes[other])
        )
        for name, stage in stages.items()
    }
    return [Stage(name, needs[name]) for name in _in_order(needs)]


def _refuse_templates(name: str, stage: Any) -> None:
    found = next((word for word in NOT_READ if word in stage), None)
    if found is None and "${" in yaml.safe_dump(stage):
        found = "${…}"
    if found:
        raise Refusal(
            f"the stage {name!r} of dvc.yaml has `{found}`, which only DVC resolves; write out its "
            "stages and values"
        )


def _dependencies(stage: dict[str, Any]) -> Iterator[str]:
    """The paths that a stage reads, files of parameters among them."""
    files = [path for each in stage.get("params", []) if isinstance(each, dict) for path in each]
    for path in (*stage.get("deps", []), "params.yaml", *files):
        yield _path(stage, path)


def _outputs(stage: dict[str, Any]) -> Iterator[str]:
    for kind in OUTPUTS:
        for each in stage.get(kind, []):
            for path in each if isinstance(each, dict) else [each]:
                yield _path(stage, path)


def _path(stage: dict[str, Any], path: str) -> str:
    return os.path.normpath(Path(stage.get("wdir", "."), path))


def _overlap(one: str, other: str) -> bool:
    """Whether two paths are the same, or one is a folder around the other."""
    return one == other or one.startswith(f"{other}{os.sep}") or other.startswith(f"{one}{os.sep}")


def _in_order(needs: dict[str, tuple[str, ...]]) -> Iterator[str]:
    waiting, done = dict(needs), set[str]()
    while waiting:
        ready = [name for name, before in waiting.items() if done.issuperset(before)]
        if not ready:
            raise Refusal(f"stages of dvc.yaml need one another: {', '.join(waiting)}")
        for name in ready:
            del waiting[name]
        done.update(ready)
        yield from ready
