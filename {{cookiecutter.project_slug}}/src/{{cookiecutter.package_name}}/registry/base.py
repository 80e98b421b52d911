"""The interface of a registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hydra.utils import instantiate
from omegaconf import DictConfig

STAGING, PRODUCTION, ARCHIVED = "staging", "production", "archived"


@dataclass(frozen=True)
class Version:
    """A registered model.

    Attributes:
        name: such as v0.0.3.
        stage: staging, production, archived, or None.
        source: the commit, run or content that it came from.
        made: when it was registered, in seconds since 1970.
    """

    name: str
    stage: str | None
    source: str
    made: float


class Registry(Protocol):
    """The same verbs for every backend, each of which has its own words for the stages."""

    def register(self, folder: Path) -> str:
        """Give a model folder a version, or return the one it has."""
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


def put_into_production(found: Registry, version: str) -> None:
    """Promote a version and archive the one that it replaces."""
    former = in_stage(found, PRODUCTION)
    found.assign(version, PRODUCTION)
    if former and former != version:
        found.assign(former, ARCHIVED)
