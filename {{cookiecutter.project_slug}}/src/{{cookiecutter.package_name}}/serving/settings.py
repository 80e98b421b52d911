"""The `serving` group of the configuration, checked, and handed to worker processes."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError

from ..packing.opening import Loading
from ..tools import config
from ..tools.errors import Refusal

VARIABLE = "SERVING_SETTINGS"
SERVED, CHALLENGER = Path("models/served"), Path("models/challenger")


class Group(config.Group):
    """See conf/serving/default.yaml."""

    model_config = ConfigDict(strict=False)

    model: Annotated[str, Field(min_length=1)]
    runtime: Literal["auto", "scikit-learn"] = "auto"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: PositiveInt = 1
    reload_seconds: PositiveFloat | None = 10
    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    max_rows: PositiveInt = 10_000
    max_bytes: PositiveInt = 10_000_000
    max_bytes_in_flight: PositiveInt = 30_000_000
    max_waiting: PositiveInt = 100
    max_connections: PositiveInt = 500
    drain_seconds: Annotated[float, Field(ge=0)] = 6
    cors_origins: list[str] = Field(default_factory=list)
    docs: bool = True
    access_log: bool = False
    log_payloads: bool = False
    challenger: str | None = None
    challenger_mode: Literal["split", "shadow"] = "split"
    challenger_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    log: dict[str, Any] | None = None
    checks: dict[str, Any] = Field(default_factory=dict)
    more_metrics: Path | None = None
    more_routes: dict[str, Any] | None = None
    complete: dict[str, Any] | None = None


class Settings(Group):
    """The same, and what the service's processes need besides: where the models lie by now.

    `looks` is a file as old as the last look at the registry, if someone follows it.
    """

    title: str = "Model"
    loading: Loading = Loading()
    folder: str = ""
    challenger_folder: str = ""
    looks: Path | None = None

    @classmethod
    def checked(cls, group: Any, title: str) -> Self:
        """Settings of the `serving` group.

        Raises:
            Refusal: naming the first value that can't be.
        """
        try:
            return cls(**group, title=title)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, ("serving", *first["loc"])))
            raise Refusal(f"{name} is {first['input']!r}: {first['msg'].lower()}") from None

    @classmethod
    def of_process(cls) -> Self:
        """The settings that `hand_on` left for this process."""
        return cls.model_validate_json(os.environ[VARIABLE])

    def hand_on(self) -> None:
        """Leave the settings for worker processes; they hold no secret."""
        os.environ[VARIABLE] = self.model_dump_json()


def api_key() -> str | None:
    """The key that requests have to bring, if there is one."""
    return os.environ.get("API_KEY") or None


def checked(looks: Path) -> float:
    """When the registry was last looked at, in seconds since 1970; 0 if nobody knows."""
    try:
        return looks.stat().st_mtime
    except OSError:
        return 0.0
