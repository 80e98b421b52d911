"""The `feature_store` group of the configuration."""

from typing import Literal

from pydantic import ConfigDict, PositiveFloat

from ..tools import config


class Group(config.Group):
    """See conf/feature_store/default.yaml."""

    model_config = ConfigDict(strict=False)

    table: config.Text
    key: config.Text | None
    time: config.Text | None
    sources: dict[str, config.Text]
    ttl_hours: PositiveFloat | None
    old: Literal["flag", "refuse"]
    url: config.Text | None
    seconds: PositiveFloat
