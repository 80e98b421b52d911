"""The model that is being served, and its change for a newer one while requests go on."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Refusal
from ..loaded import Loaded, load
from ..rows import Reader
from .metrics import Metrics
from .settings import Settings

WATCH_SECONDS = 0.5  # between looks at the folder; `registry.follow` looks at the registry

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Current:
    """A model and what reads requests for it; the two change together."""

    model: Loaded
    reader: Reader

    def told(self) -> dict[str, Any]:
        """What there is to say of the model."""
        model = self.model
        return {
            "version": model.version,
            "stage": model.stage,
            "runtime": model.runtime.name,
            "task": model.schema.task,
            "target": model.schema.target,
            "classes": model.runtime.classes,
            **model.facts,
            "schema": self.reader.json_schema(),
        }


class State:
    """What answers now, if anything does.

    Attributes:
        current: the model; None as long as none could be loaded.
        refused: why the folder's present content is not served; None if it is.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.current: Current | None = None
        self.refused: str | None = None
        self._folder = Path(settings.folder)
        self._seen: Any = ...

    def refresh(self) -> None:
        """Load the folder's model if it is another one than last time; keep the old if it fails."""
        seen = self._signature()
        if seen == self._seen or (seen is None and self.current):
            return  # nothing new, or just between two versions
        self._seen = seen
        try:
            model = load(self._folder, self.settings.runtime)
            if self.current:
                _check_contract(self.current.model, model)
        except Refusal as refusal:
            self.refused = str(refusal)
            self.metrics.reloads.labels("refused").inc()
            log.error("not served: %s", refusal)
            return
        former = self.current
        reader = Reader(model.schema, self.settings.unknown_fields, self.settings.max_rows)
        self.current, self.refused = Current(model, reader), None
        self.metrics.serves(model, former.model if former else None)
        log.info("serving %s by %s", model.version, model.runtime.name)

    async def watch(self) -> None:
        """Refresh whenever the folder changes, without holding up requests."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._signature() != self._seen:
                await asyncio.to_thread(self.refresh)

    def _signature(self) -> Any:
        """Tells one state of the folder from another, at the cost of a few system calls."""
        try:
            with os.scandir(self._folder) as entries:
                found = [(entry.name, entry.stat()) for entry in entries]
        except OSError:
            return None
        return {(name, at.st_mtime_ns, at.st_size, at.st_ino) for name, at in found} or None


_CONTRACT: dict[str, Callable[[Loaded], Any]] = {
    "fields": lambda model: {name: model.schema[name].type for name in model.schema.features},
    "target": lambda model: (model.schema.target, model.schema.task),
    "classes": lambda model: model.runtime.classes,
}


def _check_contract(former: Loaded, new: Loaded) -> None:
    """A running service does not change what it takes and gives, as its clients did not either.

    Raises:
        Refusal: if fields, their types, the target or the classes are others.
    """
    for what, of in _CONTRACT.items():
        if of(former) != of(new):
            raise Refusal(
                f"{new.version} has other {what} than {former.version}, which goes on serving; "
                "a restart changes over"
            )
