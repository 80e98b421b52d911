"""`POST /predict`, as plain ASGI: FastAPI's layers take longer than a prediction."""

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from ..runtime.base import TakesLong
from .answering import Asked, answer
from .completion import open_completion
from .http import check_caller, json_body, loaded, problem, variant_key
from .log import Log
from .state import State

SMALL = 20_000  # bytes of a body; what is larger is read and answered in a thread
LARGE = 1_000_000  # what is larger is read alone: it takes many times its size
THREADS = min(4, os.cpu_count() or 1)  # more would only make the server's own wait for its turn


class Predict:
    """The endpoint.

    Args:
        state: with the models.
        log: where answers are kept, if anywhere.
    """

    def __init__(self, state: State, log: Log | None) -> None:
        self.state = state
        self.log = log
        self.complete = open_completion(state.settings)
        self.large, self.medium = CapacityLimiter(1), CapacityLimiter(THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            check_caller(scope, self.state)
            loaded(self.state)
            content = await self.answered(scope, await json_body(scope, receive))
        except HTTPException as error:
            await problem(scope, error)(scope, receive, send)
            return
        length = b"%d" % len(content)
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def answered(self, scope: Scope, body: bytes) -> bytes:
        """Answer rows in JSON, of a caller who was checked.

        Raises:
            HTTPException: saying what is wrong with them, or why nobody can answer now.
        """
        state = self.state
        champion = loaded(state)
        told: Mapping[str, Any] = {}
        if self.complete:
            body, told = await self.complete(body, champion.model.schema)
        number, client_id = scope["state"]["request_id"], scope["state"]["client_id"]
        key = variant_key(scope)
        variant, current = state.chosen(champion, key or client_id or number)
        asked = Asked(body, number, client_id, key, variant, told=told)
        shadow = state.shadow
        quick = current.model.runtime.quick and (shadow is None or shadow.model.runtime.quick)
        if quick and len(body) <= SMALL:
            with suppress(TakesLong):
                return answer(state, self.log, current, asked._replace(quickly=True))
        line = self.large if len(body) > LARGE else self.medium
        if line.statistics().tasks_waiting >= state.settings.max_waiting:
            raise HTTPException(503, "too many requests wait", {"Retry-After": "1"})
        return await to_thread.run_sync(answer, state, self.log, current, asked, limiter=line)
