"""Further routes: those of an object that the function in `serving.more_routes` makes."""

from typing import TYPE_CHECKING, Protocol, cast

from hydra.utils import get_method

from ..tools.errors import Refusal
from .guard import OF_DOCS, PATHS
from .log import Log
from .settings import Settings

if TYPE_CHECKING:
    from starlette.routing import Route

    from .predict import Predict
    from .state import State


class MoreRoutes(Protocol):
    """Answers the same models by another contract.

    Attributes:
        paths: of its routes, by what they are for.
    """

    paths: dict[str, str]

    def routes(self, state: "State", predict: "Predict") -> list["Route"]:
        """The routes.

        Args:
            state: with the models.
            predict: what answers rows.
        """
        ...


def open_routes(settings: Settings, log: Log | None) -> MoreRoutes | None:
    """Make the routes that the configuration names, if it names any.

    Args:
        settings: whose `more_routes` has `_target_`, a function, and its arguments by name.
        log: which may have routes of its own.

    Raises:
        Refusal: if a path is no path, or one that the service answers already.
    """
    if settings.more_routes is None:
        return None
    arguments = {name: value for name, value in settings.more_routes.items() if name != "_target_"}
    more = cast(MoreRoutes, get_method(settings.more_routes["_target_"])(**arguments))
    taken = PATHS | OF_DOCS | (log.paths if log else set())
    for use, path in more.paths.items():
        if not path.startswith("/") or set(path) & set("{}?# "):
            raise Refusal(f"the route for {use} is {path!r}; one looks like /answer")
        if path in taken:
            raise Refusal(f"the route for {use} is {path}, which is taken; choose another")
        taken = taken | {path}
    return more
