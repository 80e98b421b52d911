"""The log of answers: an object that the function in `serving.log` makes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from hydra.utils import get_method

if TYPE_CHECKING:
    from starlette.routing import Route

    from .state import State


class Answered(NamedTuple):
    """A request and its answer.

    Attributes:
        body: the request's, as it came.
        columns: the checked values in it, by name.
        content: the answer's body.
        variant: which model answered: champion, challenger or shadow.
        key: by which the model was chosen, if the client sent one.
        seconds: taken to answer.
    """

    body: bytes
    columns: Mapping[str, Sequence[Any]]
    content: bytes
    variant: str
    key: str | None
    seconds: float


class Log(Protocol):
    """Keeps every answer before it is sent, and may add routes to the service.

    Attributes:
        required: whether an answer that can't be kept is refused.
        paths: of the routes that it adds.
    """

    required: bool
    paths: frozenset[str]

    def request_id(self) -> str:
        """An id for a request."""
        ...

    def predicted(self, answered: Answered) -> None:
        """Keep one answer.

        Raises:
            OSError: if it can't be kept.
        """
        ...

    def routes(self, state: "State") -> list["Route"]:
        """Routes to add to the service."""
        ...

    def operations(self, state: "State") -> dict[str, dict[str, Any]]:
        """The OpenAPI operation of each POST route, by path."""
        ...

    def close(self) -> None:
        """Finish, when the service stops."""
        ...


def open_log(config: Mapping[str, Any] | None) -> Log | None:
    """Make the log that the configuration names, if it names one.

    Args:
        config: `_target_`, a function, and its arguments by name.

    Raises:
        Refusal: if an argument is wrong.
    """
    if config is None:
        return None
    arguments = {name: value for name, value in config.items() if name != "_target_"}
    return cast(Log, get_method(config["_target_"])(**arguments))
