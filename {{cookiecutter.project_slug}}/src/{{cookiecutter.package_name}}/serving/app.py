"""The FastAPI application: `make serve`."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi_offline import FastAPIOffline
from pydantic_core import to_json
from starlette.exceptions import HTTPException as StarletteException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from ..monitoring.journal import Journal
from .answering import Asked, answer, read_feedback
from .guard import Guard
from .metrics import Metrics
from .openapi import describing
from .settings import Settings, api_key
from .state import Current, State

SMALL = 20_000  # bytes of a body; what is larger is read and answered in a thread


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without settings, with those that the command handed on."""
    settings = settings or Settings.of_process()
    metrics = Metrics()
    state = State(settings, metrics)
    journal = Journal(settings.journal) if settings.journal.folder else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        state.refresh()
        watching = asyncio.create_task(state.watch())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        metrics.leave()
        if journal:
            journal.close()

    made = FastAPIOffline if settings.docs else FastAPI  # the first insists on openapi.json
    app = made(
        title=settings.title,
        lifespan=lifespan,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
    )
    _add_routes(app, state, journal)
    app.add_exception_handler(StarletteException, _problem)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["X-API-Key", "X-Request-ID"],
        )
    app.add_middleware(Guard, metrics=metrics, max_bytes=settings.max_bytes)  # around all
    app.openapi = describing(app, state, keyed=api_key() is not None)  # type: ignore[method-assign]
    return app


def _add_routes(app: FastAPI, state: State, journal: Journal | None) -> None:
    key = api_key()

    async def predict(request: Request) -> Response:
        _check_key(request, key)
        champion = _loaded(state)
        body = await _json_body(request)
        number = request.state.request_id
        chooser = request.headers.get("x-key")
        variant, current = state.chosen(champion, chooser or number)
        asked = Asked(body, number, chooser, variant)
        models = (current.model, state.shadow.model) if state.shadow else (current.model,)
        if len(body) <= SMALL and all(model.runtime.quick for model in models):
            content = answering(current, asked)
        else:
            content = await to_thread.run_sync(answering, current, asked)
        return Response(content, media_type="application/json")

    def answering(current: Current, asked: Asked) -> bytes:
        return answer(state, journal, current, asked)

    async def feedback(request: Request) -> Response:
        _check_key(request, key)
        if journal is None:
            raise HTTPException(404, "monitoring.log.folder is null: there is no log to add to")
        told = read_feedback(await _json_body(request), _loaded(state).model)
        journal.outcomes(told)
        return _json({"accepted": len(told)})

    # The first route, and a plain one: it reads its body by the schema of the model, so FastAPI's
    # reading, a quarter of a prediction's time, would be for nothing. `describing` documents it.
    app.router.routes.insert(0, Route("/predict", predict, methods=["POST"]))
    app.router.routes.append(Route("/feedback", feedback, methods=["POST"]))

    @app.get("/health")
    async def health() -> dict[str, bool]:
        """Is the process alive?"""
        return {"alive": True}

    @app.get("/ready", response_model=None)
    async def ready() -> Response:
        """Can it answer? The model is loaded, and answered its own example as it should."""
        content: dict[str, Any] = {"ready": state.current is not None}
        if state.current:
            content["model_version"] = state.current.model.version
        if state.refused:
            content["refused"] = state.refused
        return _json(content, 200 if state.current else 503)

    @app.get("/model", response_model=None)
    async def model(request: Request) -> Response:
        """What is being served: version, stage, scores, hashes of data and code, schema."""
        _check_key(request, key)
        return _json(_loaded(state).description())

    @app.get("/metrics", response_model=None)
    async def metrics() -> Response:
        """What Prometheus reads."""
        text = await to_thread.run_sync(state.metrics.text)
        return Response(text, media_type="text/plain; version=0.0.4")


async def _json_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise HTTPException(415, "the body has to be application/json")
    return await request.body()


def _loaded(state: State) -> Current:
    if state.current is None:
        reason = state.refused or "no model is loaded"
        raise HTTPException(503, reason, headers={"Retry-After": "5"})
    return state.current


def _check_key(request: Request, key: str | None) -> None:
    if key is None:
        return
    given = request.headers.get("x-api-key", "").encode("latin-1")  # its bytes as they came
    if not hmac.compare_digest(given, key.encode()):  # in constant time
        raise HTTPException(401, "X-API-Key is missing or wrong")


async def _problem(request: Request, error: Any) -> Response:
    """A refusal as JSON: what is wrong, and the request's id."""
    content = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
    content = {**content, "request_id": request.state.request_id}
    return _json(content, error.status_code, error.headers)


def _json(content: Any, status: int = 200, headers: Any = None) -> Response:
    return Response(to_json(content), status, headers, media_type="application/json")
