"""The FastAPI application: `make serve`."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from starlette.exceptions import HTTPException as StarletteException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from .answering import Asked, answer
from .docs import add_documentation
from .drain import drain_at_sigterm
from .guard import PATHS, Guard
from .http import check_caller, json_body, json_response, loaded, variant_key
from .log import Log, open_log
from .metrics import Metrics
from .settings import Settings, checked
from .state import Current, State

SMALL = 20_000  # bytes of a body; what is larger is read and answered in a thread
LARGE = 1_000_000  # what is larger is read alone: it takes many times its size
THREADS = min(4, os.cpu_count() or 1)  # more would only make the server's own wait for its turn
SWITCH_SECONDS = 0.001  # Python's 0.005 is long where `/health` waits for several threads


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without settings, with those that the command handed on."""
    settings = settings or Settings.of_process()
    metrics = Metrics(settings.more_metrics, settings.looks)
    state = State(settings, metrics)
    log = open_log(settings.log)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sys.setswitchinterval(SWITCH_SECONDS)
        state.refresh()
        watching = asyncio.create_task(state.watch())
        drain_at_sigterm(settings.drain_seconds, state.drain)
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        metrics.leave()
        if log:
            log.close()

    app = FastAPI(
        title=settings.title, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    _add_routes(app, state, log)
    app.add_exception_handler(StarletteException, _problem)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["X-API-Key", "X-Request-ID"],
        )
    paths = PATHS | (log.operations(state).keys() if log else set())
    new_id = log.request_id if log else lambda: uuid4().hex
    app.add_middleware(Guard, state=state, paths=paths, new_id=new_id)  # around all
    if settings.docs:
        add_documentation(app, state, log)
    return app


def _add_routes(app: FastAPI, state: State, log: Log | None) -> None:
    large, medium, scrapes = CapacityLimiter(1), CapacityLimiter(THREADS), CapacityLimiter(1)

    async def predict(request: Request) -> Response:
        check_caller(request, state)
        champion = loaded(state)
        body = await json_body(request)
        number, client_id = request.state.request_id, request.state.client_id
        key = variant_key(request)
        variant, current = state.chosen(champion, key or client_id or number)
        asked = Asked(body, number, client_id, key, variant)
        models = (current.model, state.shadow.model) if state.shadow else (current.model,)
        if len(body) <= SMALL and all(model.runtime.quick for model in models):
            content = answering(current, asked)
        else:
            line = large if len(body) > LARGE else medium
            if line.statistics().tasks_waiting >= state.settings.max_waiting:
                raise HTTPException(503, "too many requests wait", {"Retry-After": "1"})
            content = await to_thread.run_sync(answering, current, asked, limiter=line)
        return Response(content, media_type="application/json")

    def answering(current: Current, asked: Asked) -> bytes:
        return answer(state, log, current, asked)

    # The first route, and a plain one: it reads its body by the schema of the model, so FastAPI's
    # reading, a quarter of a prediction's time, would be for nothing. `openapi` documents it.
    app.router.routes.insert(0, Route("/predict", predict, methods=["POST"]))
    app.router.routes += log.routes(state) if log else []

    @app.head("/health", include_in_schema=False)
    @app.get("/health")
    async def health() -> dict[str, bool]:
        """Is the process alive?"""
        return {"alive": True}

    @app.head("/ready", include_in_schema=False)
    @app.get("/ready", response_model=None)
    async def ready() -> Response:
        """Can it answer? The model is loaded, and answered its own example as it should."""
        is_ready = state.current is not None and not state.is_draining
        content: dict[str, Any] = {"ready": is_ready}
        if state.current:
            content["model_version"] = state.current.model.version
        if looks := state.settings.looks:
            content["registry_checked_seconds_ago"] = round(time.time() - checked(looks))
        if state.refused:
            content["refused"] = state.refused
        return json_response(content, 200 if is_ready else 503)

    @app.get("/model", response_model=None)
    async def model(request: Request) -> Response:
        """What is being served: version, stage, scores, hashes of data and code, schema."""
        check_caller(request, state)
        return json_response(loaded(state).description())

    @app.get("/metrics", response_model=None)
    async def metrics() -> Response:
        """What Prometheus reads."""
        text = await to_thread.run_sync(state.metrics.text, limiter=scrapes)
        return Response(text, media_type="text/plain; version=0.0.4")


async def _problem(request: Request, error: Any) -> Response:
    """A refusal as JSON: what is wrong, and the request's id."""
    content = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
    content = {**content, "request_id": request.state.request_id}
    return json_response(content, error.status_code, error.headers)
