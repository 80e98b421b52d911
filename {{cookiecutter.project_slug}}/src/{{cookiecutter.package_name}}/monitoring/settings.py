"""The `monitoring` group of the configuration."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ..tools import config
from ..tools.config import Share
from .journal import Options


class Window(config.Group):
    """The live rows that are looked at."""

    rows: PositiveInt | None
    hours: PositiveFloat | None


class Trial(config.Group):
    """When champion and challenger are compared."""

    alpha: Share
    power: Share
    smallest_difference: Share


class Group(config.Group):
    """See conf/monitoring/default.yaml."""

    log: Options
    window: Window
    min_rows: PositiveInt
    alpha: Share
    smallest: dict[
        Literal["Kolmogorov-Smirnov", "chi-squared", "Fisher", "Mann-Whitney"], NonNegativeFloat
    ]
    tolerated: Annotated[float, Field(ge=0, le=1)]
    ignore: list[str]
    ab: Trial
