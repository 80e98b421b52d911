"""Versions of the model and the stage each is in: several registries behind the same verbs."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hydra.utils import instantiate
from omegaconf import DictConfig

from ..packing import check_hashes, digest
from ..tools.errors import Refusal
from ..tools.files import replacing

log = logging.getLogger(__name__)

STAGING, PRODUCTION, ARCHIVED = "staging", "production", "archived"


@dataclass(frozen=True)
class Version:
    """A registered model.

    Attributes:
        name: such as v0.0.3.
        stage: staging, production, archived, or None.
        source: the commit, run or content that it came from.
        made: when it was registered, in seconds since 1970.
        digest: of the model folder that was registered; None of versions without one.
    """

    name: str
    stage: str | None
    source: str
    made: float
    digest: str | None = None


class Registry(Protocol):
    """The same verbs for every backend, each of which has its own words for the stages."""

    def register(self, folder: Path, commit: str = "HEAD") -> str:
        """Give a model folder, made by a commit's run, a version, or return the one it has."""
        ...

    def assign(self, version: str, stage: str) -> None:
        """Put a version in a stage; staging and production hold one version each."""
        ...

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        ...

    def served(self) -> list[str]:
        """The versions that have been in production, in the order in which they first were."""
        ...

    def fetch(self, version: str, folder: Path) -> Path:
        """Bring a version's model folder to `folder`, in place of what is there."""
        ...


def registry(cfg: DictConfig) -> Registry:
    """The registry that the configuration names."""
    return instantiate(cfg.registry)  # type: ignore[no-any-return]


def in_stage(found: Registry, stage: str) -> str | None:
    """The version in a stage, if there is one."""
    return next((version.name for version in found.versions() if version.stage == stage), None)


def version_of(found: Registry, name: str) -> Version:
    """A version by its name."""
    return next(version for version in found.versions() if version.name == name)


def stage_of(found: Registry, name: str) -> str | None:
    """The stage that a version is in, if it is in one."""
    return version_of(found, name).stage


def fetch_version(found: Registry, version: str, folder: Path) -> Path:
    """Bring a version's model folder, in place of what is there, if it is what was registered.

    Args:
        found: the registry.
        version: its name.
        folder: to bring it to.

    Raises:
        Refusal: if there is no such version, or its files are others than were registered.
    """
    with replacing(folder) as new:
        found.fetch(version, new)
        expected = version_of(found, version).digest
        if expected is None:
            log.warning(
                "%s was registered without a digest, as older repositories did: nothing shows that "
                "its files are still the same; the next version that is promoted has one",
                version,
            )
        else:
            check_hashes(new)
            if (here := digest(new)) != expected:
                raise Refusal(
                    f"the files of {version} are not those that were registered: their digest is "
                    f"{here[:12]}, the registry's is {expected[:12]}"
                )
    return folder


def put_into_production(found: Registry, version: str) -> None:
    """Promote a version and archive the one that it replaces."""
    former = in_stage(found, PRODUCTION)
    found.assign(version, PRODUCTION)
    if former and former != version:
        found.assign(former, ARCHIVED)
