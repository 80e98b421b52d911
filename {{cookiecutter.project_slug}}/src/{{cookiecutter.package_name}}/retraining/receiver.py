"""`make retrain-on-alert`: alerts with the label action=retrain start a retraining.

On GitHub, by a `repository_dispatch`, if GITHUB_REPOSITORY and GITHUB_TOKEN are set; otherwise on
this machine, by the command `retraining.alerts.command`.
"""

import hmac
import json
import logging
import os
import shlex
import subprocess
import sys
import threading
import time
from ipaddress import ip_address
from typing import Any, Literal
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from omegaconf import OmegaConf
from pydantic import BaseModel, ValidationError

from ..tools.config import overridden
from ..tools.errors import Refusal
from ..tools.markdown import one_line
from .settings import Alerts

TOKEN = "ALERT_TOKEN"  # the variable's name  # noqa: S105  # nosec B105
EVENT = "retrain"  # the type of GitHub's event
PATIENCE = 20  # seconds, with GitHub

log = logging.getLogger(__name__)


class Alert(BaseModel):
    """One of Alertmanager's; the fields that matter here."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}

    @property
    def wants_retraining(self) -> bool:
        """Whether it fires and asks for a retraining."""
        return self.status == "firing" and self.labels.get("action") == "retrain"

    def __str__(self) -> str:
        name = self.labels.get("alertname", "an alert")
        return f"{name}: {self.annotations['summary']}" if "summary" in self.annotations else name


class Webhook(BaseModel):
    """Alertmanager's request."""

    alerts: list[Alert]


class Retraining:
    """Starts retrainings: one at a time, and none within the pause after the last."""

    def __init__(self, options: Alerts) -> None:
        self.options = options
        self._one_at_a_time = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._last: float | None = None

    def start(self, reason: str) -> str:
        """Start one, unless it is too early; say what was done.

        Raises:
            OSError: if GitHub can't be reached, or the command can't be started.
        """
        with self._one_at_a_time:
            if self._running and self._running.poll() is None:
                return "nothing: a retraining is under way"
            pause = self.options.pause_minutes * 60
            if self._last is not None and time.monotonic() - self._last < pause:
                return f"nothing: the last one is less than {self.options.pause_minutes:g} min ago"
            repository, token = map(os.environ.get, ("GITHUB_REPOSITORY", "GITHUB_TOKEN"))
            if repository and token:
                _dispatch(repository, token, reason)
                done = f"sent {EVENT} to {repository}"
            else:
                self._running = self._run(reason)
                done = f"started `{self.options.command}`, which writes to {self.options.log}"
            self._last = time.monotonic()
            return done

    def _run(self, reason: str) -> subprocess.Popen[bytes]:
        self.options.log.parent.mkdir(parents=True, exist_ok=True)
        with self.options.log.open("ab") as output:
            output.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {reason}\n".encode())
            output.flush()
            process = subprocess.Popen(
                shlex.split(self.options.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "REASON": reason},
            )
        threading.Thread(target=self._await, args=[process], daemon=True).start()
        return process

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        if code := process.wait():
            log.error(
                "the retraining failed, or was refused (exit code %d): see %s",
                code,
                self.options.log,
            )
        else:
            log.info("the retraining is done: see %s for its result", self.options.log)


def create_app(options: Alerts) -> FastAPI:
    """The application: `POST /alerts`."""
    app = FastAPI(openapi_url=None)
    retraining = Retraining(options)

    @app.post("/alerts", dependencies=[Depends(_check_token)])
    def alerts(webhook: Webhook) -> dict[str, str]:
        """Start a retraining if an alert asks for it, and say what was done."""
        asking = (str(alert) for alert in webhook.alerts if alert.wants_retraining)
        reason = one_line("; ".join(asking))
        if not reason:
            return {"did": "nothing: no alert asks for a retraining"}
        try:
            did = retraining.start(reason)
        except OSError as error:
            log.error("%s: no retraining could be started: %s", reason, error)
            raise HTTPException(502, f"no retraining could be started: {error}") from None
        log.info("%s: %s", reason, did)
        return {"did": did, "reason": reason}

    return app


def _check_token(request: Request) -> None:
    token = os.environ.get(TOKEN)
    given = request.headers.get("authorization", "").encode("latin-1")
    if token and not hmac.compare_digest(given, f"Bearer {token}".encode()):  # in constant time
        raise HTTPException(401, "the token is missing or wrong")


def _dispatch(repository: str, token: str, reason: str) -> None:
    """Have GitHub run the workflows that wait for the event."""
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    event = {"event_type": EVENT, "client_payload": {"reason": reason}}
    request = HttpRequest(  # noqa: S310 - its address is configuration
        f"{api}/repos/{repository}/dispatches",
        data=json.dumps(event).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urlopen(request, timeout=PATIENCE):  # noqa: S310  # nosec B310
        pass


def checked(group: Any) -> Alerts:
    """Alerts of `alerts` in the `retraining` group.

    Raises:
        Refusal: naming the first value that can't be; or if everyone could start a retraining.
    """
    try:
        options = Alerts(**group)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, ("retraining.alerts", *first["loc"])))
        raise Refusal(f"{name} is {first['input']!r}: {first['msg'].lower()}") from None
    if not os.environ.get(TOKEN) and not _is_loopback(options.host):
        raise Refusal(f"{options.host} is open to others: set {TOKEN}, here and for Alertmanager")
    return options


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def main() -> None:
    """Listen until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    try:
        options = checked(OmegaConf.to_container(overridden(sys.argv[1:]).retraining.alerts))
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")
    app = create_app(options)
    uvicorn.run(app, host=options.host, port=options.port, server_header=False, access_log=False)


if __name__ == "__main__":
    main()
