"""Versions of the code, data and packages behind a model."""

import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from packaging.requirements import Requirement

DISTRIBUTION = "{{ cookiecutter.project_slug }}"


def of(cfg: DictConfig) -> dict[str, Any]:
    """The Git commit and its time, the data's DVC hash, Python's version and the packages'."""
    code, _, time = (commit() or "").partition(" ")
    return {
        "code": code or None,
        "time": float(time) if time else None,
        "data": data_hash(Path(cfg.data.path)),
        "python": platform.python_version(),
        "packages": packages(cfg.model),
    }


def commit() -> str | None:
    """The commit that is checked out and its seconds since 1970; None outside a Git repository."""
    try:
        answer = subprocess.run(
            ["git", "show", "--no-patch", "--format=%H %ct", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def data_hash(path: Path) -> str | None:
    """The MD5 under which DVC keeps the raw table; None if DVC does not."""
    pointer = path.with_name(f"{path.name}.dvc")
    if not pointer.exists():
        return None
    return str(yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]["md5"])


def packages(model: DictConfig) -> dict[str, str]:
    """The installed versions of what the pipeline and a model, maybe of an extra, need; by name."""
    of_model = set(re.findall(r"_target_: (\w+)", OmegaConf.to_yaml(model)))
    needed = (Requirement(line) for line in metadata.requires(DISTRIBUTION) or [])
    names = sorted({need.name for need in needed if not need.marker or need.name in of_model})
    return {name: metadata.version(name) for name in names}
