"""Which code, data and packages a model was made with."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig
from packaging.requirements import Requirement


def of(cfg: DictConfig) -> dict[str, Any]:
    """The Git commit, the data's DVC hash, Python's version and the packages'."""
    return {
        "code": commit(),
        "data": data_hash(Path(cfg.data.path)),
        "python": platform.python_version(),
        "packages": packages(),
    }


def commit() -> str | None:
    """The commit that is checked out; None outside a Git repository."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
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


def packages() -> dict[str, str]:
    """The installed versions of what the pipeline needs, by name."""
    needed = (Requirement(line) for line in metadata.requires(__package__) or [])
    names = sorted(need.name for need in needed if not need.marker)
    return {name: metadata.version(name) for name in names}
