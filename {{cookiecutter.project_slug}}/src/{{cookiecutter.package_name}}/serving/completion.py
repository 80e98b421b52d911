"""What completes requests: an object that the function in `serving.complete` makes."""

from collections.abc import Mapping
from typing import Any, Protocol, cast

from hydra.utils import get_method

from ..data.schema import Schema
from .settings import Settings


class Completion(Protocol):
    """Brings what the rows of a request leave out."""

    async def __call__(self, body: bytes, schema: Schema) -> tuple[bytes, Mapping[str, Any]]:
        """Complete a body.

        Args:
            body: as it came.
            schema: of the model that is asked.

        Returns:
            The body to read, and what the answer says besides, by its name.

        Raises:
            HTTPException: saying why it can't.
        """
        ...


def open_completion(settings: Settings) -> Completion | None:
    """Make what the configuration names, if it names any.

    Args:
        settings: whose `complete` has `_target_`, a function, and its arguments by name.

    Raises:
        Refusal: if an argument is wrong.
    """
    if settings.complete is None:
        return None
    arguments = {name: value for name, value in settings.complete.items() if name != "_target_"}
    return cast(Completion | None, get_method(settings.complete["_target_"])(**arguments))
