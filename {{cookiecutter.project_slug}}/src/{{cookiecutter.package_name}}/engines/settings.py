"""The `engines` group of the configuration."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveFloat

from ..tools import config


class Group(config.Group):
    """See conf/engines/default.yaml."""

    workspace: Literal["shared", "apart"]
    then: list[Literal["gate", "register", "promote"]]
    schedule: config.Text | None
    retries: NonNegativeInt
    retry_minutes: PositiveFloat
    limit_minutes: PositiveFloat
{{- slot("fields") }}
