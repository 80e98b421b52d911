"""The models that are being served, and their change for newer ones while requests go on."""

import asyncio
import logging
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..runtime.rows import Reader
from ..runtime.served_model import ServedModel, load
from ..tools.errors import Refusal
from .metrics import Metrics
from .settings import Settings, api_key

CHAMPION, CHALLENGER, SHADOW = "champion", "challenger", "shadow"
WATCH_SECONDS = 0.5  # between looks at the folders; `registry.follow` looks at the registry

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Current:
    """A model and what reads requests for it; the two change together."""

    model: ServedModel
    reader: Reader

    def description(self) -> dict[str, Any]:
        """The model's facts and its schema."""
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


class Slot:
    """A folder, and the model that was last taken up from it.

    Args:
        folder: of the model.
        variant: champion or challenger.
        settings: how rows are read.
        metrics: where what is taken up or refused is counted.

    Attributes:
        current: the model; None as long as none could be loaded.
        refused: why the folder's present content is not served; None if it is.
    """

    def __init__(self, folder: str, variant: str, settings: Settings, metrics: Metrics) -> None:
        self.folder = Path(folder)
        self.variant = variant
        self.settings = settings
        self.metrics = metrics
        self.current: Current | None = None
        self.refused: str | None = None
        self._seen: Any = ...

    def refresh(self, beside: Current | None = None) -> None:
        """Load the folder's model if it is another one than last time; keep the old if it fails.

        Args:
            beside: another model that answers the same requests.
        """
        seen = self.signature()
        if seen == self._seen or (seen is None and self.current):
            return  # nothing new, or just between two versions
        self._seen = seen
        try:
            model = load(self.folder, self.settings.loading, self.settings.runtime)
            for other in (self.current, beside):
                if other:
                    _check_contract(other.model, model)
        except Refusal as refusal:
            self.refused = str(refusal)
            self.metrics.reloads.labels("refused").inc()
            log.error("not served: %s", refusal)
            return
        former = self.current
        reader = Reader(model.schema, self.settings.unknown_fields, self.settings.max_rows)
        self.current, self.refused = Current(model, reader), None
        self.metrics.serves(self.variant, model, former.model if former else None)
        log.info("serving %s as %s by %s", model.version, self.variant, model.runtime.name)

    def is_new(self) -> bool:
        """Return whether the folder has changed since the last look."""
        return bool(self.signature() != self._seen)

    def signature(self) -> Any:
        """Tells one state of the folder from another, at the cost of a few system calls."""
        try:
            with os.scandir(self.folder) as entries:
                found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        except OSError:
            return None
        return {(name, at.st_mtime_ns, at.st_size, at.st_ino) for name, at in found} or None


class State:
    """The served models: a champion, and maybe a challenger that gets some of the requests.

    Args:
        settings: with the folders of both.
        metrics: where it is counted which model is taken up or refused.

    Attributes:
        key: that requests have to bring; None if there is none.
        is_draining: whether the process is about to end.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.key = api_key()
        self.is_draining = False
        self.champion = Slot(settings.folder, CHAMPION, settings, metrics)
        self.challenger = Slot(settings.challenger_folder, CHALLENGER, settings, metrics)

    @property
    def current(self) -> Current | None:
        """The champion, if it is loaded."""
        return self.champion.current

    @property
    def refused(self) -> str | None:
        """The reason why a folder's present content is not served."""
        return self.champion.refused or self.challenger.refused

    def drain(self) -> None:
        """Note that the process is about to end."""
        self.is_draining = True

    def refresh(self) -> None:
        """Take up what is new."""
        self.champion.refresh()
        if self.settings.challenger:
            self.challenger.refresh(beside=self.current)

    def chosen(self, champion: Current, key: str) -> tuple[str, Current]:
        """Choose the model for a request: the same key always gets the same model."""
        challenger = self.challenger.current
        if challenger is None or self.settings.challenger_mode == SHADOW:
            return CHAMPION, champion
        place = zlib.crc32(key.encode()) / 2**32
        if place < self.settings.challenger_share:
            return CHALLENGER, challenger
        return CHAMPION, champion

    @property
    def shadow(self) -> Current | None:
        """The model that answers beside the champion, for the log alone."""
        is_shadow = self.settings.challenger_mode == SHADOW
        return self.challenger.current if is_shadow else None

    async def watch(self) -> None:
        """Refresh whenever a folder changes, without holding up requests."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.champion.is_new() or (self.settings.challenger and self.challenger.is_new()):
                await asyncio.to_thread(self.refresh)


_CONTRACT: dict[str, Callable[[ServedModel], Any]] = {
    "fields": lambda model: {name: model.schema[name].type for name in model.schema.features},
    "target": lambda model: (model.schema.target, model.schema.task),
    "classes": lambda model: model.runtime.classes,
}


def _check_contract(former: ServedModel, new: ServedModel) -> None:
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
