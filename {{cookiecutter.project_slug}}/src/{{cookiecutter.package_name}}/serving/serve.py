"""Bring the model that the configuration names, and answer over HTTP."""

import copy
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvicorn
from omegaconf import OmegaConf

from ..packing.opening import Loading, begin, dismiss
from ..runtime.served_model import answering
from ..tools.config import overridden
from ..tools.errors import Refusal
from ..tools.paths import CONF
from .completion import open_completion
from .drain import Workers
from .fetch import bring, is_stage
from .follow import following
from .log import open_log
from .metrics import FOLDER
from .more_routes import open_routes
from .settings import CHALLENGER, SERVED, Settings

GRACE = 30  # seconds for requests under way when it has to stop


def serve(overrides: Sequence[str]) -> None:
    """Serve until stopped.

    Raises:
        Refusal: if the configuration can't be, or the registry has no such model.
    """
    cfg = overridden(overrides)
    settings = Settings.checked(OmegaConf.to_container(cfg.serving, resolve=True), cfg.title)
    folders = {"folder": str(bring(cfg, settings.model, SERVED))}
    if settings.challenger:
        folders["challenger_folder"] = str(bring(cfg, settings.challenger, CHALLENGER))
    loading = Loading.of(cfg).also(settings.checks)
    if settings.workers == 1:  # which is this process; it has other things to import meanwhile
        begin(answering, Path(folders["folder"]), loading, settings.runtime)
    dismiss()
    settings = settings.model_copy(update={**folders, "loading": loading})
    open_routes(settings, open_log(settings.log))  # or refuse it here, not in the workers
    open_completion(settings)
    with ExitStack() as stack:
        if settings.workers > 1:
            os.environ[FOLDER] = stack.enter_context(_temporary_folder())
        names = (settings.model, settings.challenger)
        if settings.reload_seconds and any(map(is_stage, names)):
            looks = Path(stack.enter_context(_temporary_folder())) / "looks"
            settings.model_copy(update={"looks": looks}).hand_on()
            stack.enter_context(following(overrides, looks))
        else:
            settings.hand_on()
        _run(settings)


def _run(settings: Settings) -> None:
    """Answer until told to stop."""
    options: dict[str, Any] = {
        "factory": True,
        "host": settings.host,
        "port": settings.port,
        "http": f"{__package__}.connection:Connection",
        "ws": "none",
        "limit_concurrency": settings.max_connections,
        "access_log": settings.access_log,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE,
        "log_config": _logging(),
    }
    app = f"{__package__}.app:create_app"
    if settings.workers == 1:
        uvicorn.run(app, **options)
    else:
        config = uvicorn.Config(app, workers=settings.workers, **options)
        Workers(config, sockets=[config.bind_socket()]).run()


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory()
    except OSError as error:
        raise Refusal(f"there is no folder for temporary files: {error}") from None


def _logging() -> dict[str, object]:
    """Uvicorn's own, and this package's lines beside its."""
    config = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    package = __package__.partition(".")[0]
    config["loggers"][package] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return config


def main() -> None:
    """Serve; exit with 0 when stopped, with 1 after a refusal."""
    if {"-h", "--help"} & set(sys.argv):
        print(f"{__doc__}\n\nOptions are those of conf/serving, such as serving.port=8001:\n")
        print((CONF / "serving" / "default.yaml").read_text(encoding="utf-8"), end="")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve(sys.argv[1:])
    except KeyboardInterrupt:
        pass
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")
