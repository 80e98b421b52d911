"""The `retraining` group of the configuration."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, NonNegativeFloat, PositiveFloat

from ..tools import config


class Alerts(config.Group):
    """What the receiver of alerts does."""

    model_config = ConfigDict(strict=False)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9095
    command: config.Text = "make retrain"
    log: Path = Path("logs/retrain.log")
    pause_minutes: NonNegativeFloat = 60


class Group(config.Group):
    """See conf/retraining/default.yaml."""

    new_data: bool
    max_age_days: PositiveFloat | None
    reasons: dict[str, Any] = Field(default_factory=dict)
    promote: bool
    alerts: Alerts
