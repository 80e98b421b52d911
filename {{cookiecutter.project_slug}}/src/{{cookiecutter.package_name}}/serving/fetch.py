"""Bring the model that `serving.model` names: `python -m … +to=models/image`."""

import shutil
from pathlib import Path

from omegaconf import DictConfig

from ..packing.opening import Loading, check_folder
from ..registry import (
    PRODUCTION,
    STAGING,
    Registry,
    fetch_version,
    in_stage,
    registry,
    version_of,
)
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.files import replacing, write_json
from ..tools.paths import CANDIDATE


def is_stage(model: str | None) -> bool:
    """Return whether a name is that of a stage, whose version may change."""
    return model in (STAGING, PRODUCTION)


def bring(cfg: DictConfig, model: str, to: Path) -> Path:
    """The folder of a model.

    Args:
        cfg: the configuration.
        model: a stage, a version, candidate, or a folder.
        to: where a registered model's files go; a candidate and a folder stay where they are.

    Raises:
        Refusal: if the registry has no such version, or none in that stage.
    """
    if model == CANDIDATE.name:
        return CANDIDATE
    if "/" in model or "\\" in model or Path(model).is_dir():
        return Path(model)
    found = registry(cfg)
    version = in_stage(found, model) if is_stage(model) else model
    if version is None:
        raise Refusal(f"nothing is in {model}; run `make promote`, or set serving.model=candidate")
    place(found, version, to)
    return to


def place(found: Registry, version: str, to: Path) -> None:
    """Bring a version's files, with a note of the version and its stage.

    Args:
        found: the registry.
        version: its name.
        to: the folder to replace.
    """
    with replacing(to) as new:
        fetch_version(found, version, new)
        one = version_of(found, version)
        note = {"version": version, "stage": one.stage, "made": one.made}
        write_json(new / "registration.json", note)


def fetch(cfg: DictConfig) -> None:
    """Bring the model to the folder `to`, whatever it is."""
    to = Path(cfg.to)
    folder = bring(cfg, str(cfg.serving.model), to)
    check_folder(folder, Loading.of(cfg))  # before a copy makes files of links
    if folder != to:
        with replacing(to) as new:
            shutil.copytree(folder, new)
    print(f"{cfg.serving.model} is in {to}")


main = command(fetch, options=("to",))

if __name__ == "__main__":
    main()
