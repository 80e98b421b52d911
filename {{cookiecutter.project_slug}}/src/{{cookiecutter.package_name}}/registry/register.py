"""`make register`: give the candidate a version."""

from omegaconf import DictConfig

from ..tools.command import command
from ..tools.paths import CANDIDATE
from .base import STAGING, Registry, registry, stage_of


def register(cfg: DictConfig) -> None:
    """Register models/candidate; what is new goes to staging."""
    found = registry(cfg)
    version = registered(found)
    print(f"{cfg.name} {version} is in {stage_of(found, version)}. Next: make promote")


def registered(found: Registry) -> str:
    """The candidate's version, which is in staging if it was in no stage."""
    version = found.register(CANDIDATE)
    if stage_of(found, version) is None:
        found.assign(version, STAGING)
    return version


main = command(register)

if __name__ == "__main__":
    main()
