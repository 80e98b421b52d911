"""Compose conf/ in a process that Hydra does not run."""

from collections.abc import Sequence

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from .errors import Refusal
from .paths import CONF


def composed(overrides: Sequence[str] = ()) -> DictConfig:
    """The resolved configuration, without the folders that Hydra makes for a job."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", list(overrides))
    OmegaConf.resolve(cfg)
    return cfg


def overridden(overrides: Sequence[str]) -> DictConfig:
    """The configuration with overrides that someone typed.

    Raises:
        Refusal: if an override does not fit.
    """
    try:
        return composed(overrides)
    except (HydraException, OmegaConfBaseException) as error:
        reason = str(error).splitlines()[0]
        raise Refusal(f"{reason}; an option looks like seed=7") from None
