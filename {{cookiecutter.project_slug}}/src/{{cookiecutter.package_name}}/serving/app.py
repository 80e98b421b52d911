"""The ASGI application: `make serve`."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .docs import add_documentation
from .drain import drain_at_sigterm
from .guard import PATHS, Guard
from .http import check_caller, json_response, loaded, problem
from .log import Log, open_log
from .metrics import Metrics
from .more_routes import open_routes
from .predict import Predict
from .settings import Settings, checked
from .state import State

SWITCH_SECONDS = 0.001  # Python's 0.005 is long where `/health` waits for several threads


def create_app(settings: Settings | None = None) -> ASGIApp:
    """The application; without settings, with those that the command handed on."""
    settings = settings or Settings.of_process()
    metrics = Metrics(settings.more_metrics, settings.looks)
    state = State(settings, metrics)
    log = open_log(settings.log)
    more = open_routes(settings, log)

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
    predict = Predict(state, log)
    _add_routes(app, state, log, predict)
    app.router.routes += more.routes(state, predict) if more else []
    app.add_exception_handler(HTTPException, _problem)
    if settings.docs:
        add_documentation(app, state, log)

    async def direct(scope: Scope, receive: Receive, send: Send) -> None:
        """Past FastAPI to what is asked most."""
        is_predict = scope.get("path") == "/predict" and scope.get("method") == "POST"
        await (predict if is_predict else app)(scope, receive, send)

    inner: ASGIApp = direct
    if settings.cors_origins:
        inner = CORSMiddleware(
            inner,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["X-API-Key", "X-Request-ID"],
        )
    paths = PATHS.union(log.paths if log else (), more.paths.values() if more else ())
    new_id = log.request_id if log else lambda: uuid4().hex
    return Guard(inner, state, paths, new_id)


def _add_routes(app: FastAPI, state: State, log: Log | None, predict: Predict) -> None:
    scrapes = CapacityLimiter(1)
    # As a route, it is refused with the other methods, and described by `openapi`.
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
        check_caller(request.scope, state)
        return json_response(loaded(state).description())

    @app.get("/metrics", response_model=None)
    async def metrics() -> Response:
        """What Prometheus reads."""
        text = await to_thread.run_sync(state.metrics.text, limiter=scrapes)
        return Response(text, media_type="text/plain; version=0.0.4")


async def _problem(request: Request, error: Any) -> Response:
    return problem(request.scope, error)
