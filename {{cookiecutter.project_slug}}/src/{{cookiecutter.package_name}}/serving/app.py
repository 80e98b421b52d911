"""The FastAPI application: `make serve`."""

import asyncio
import hmac
import logging
from collections import Counter
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

from ..rows import BadRows, NotJson, TooManyRows
from .guard import Guard
from .metrics import Metrics
from .openapi import describing
from .settings import Settings, api_key
from .state import Current, State

SMALL = 20_000  # bytes of a body; what is larger is read and answered in a thread

log = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without settings, with those that the command handed on."""
    settings = settings or Settings.of_process()
    metrics = Metrics()
    state = State(settings, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        state.refresh()
        watching = asyncio.create_task(state.watch())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        metrics.leave()

    app = FastAPIOffline(
        title=settings.title,
        lifespan=lifespan,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
    )
    _add_routes(app, state)
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


def _add_routes(app: FastAPI, state: State) -> None:
    key = api_key()

    async def predict(request: Request) -> Response:
        _check_key(request, key)
        current = _loaded(state)
        kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
        if kind.lower() != "application/json":
            raise HTTPException(415, "the body has to be application/json")
        body = await request.body()
        number = request.state.request_id
        if current.model.runtime.quick and len(body) <= SMALL:
            content = _answer(state, current, body, number)
        else:
            content = await to_thread.run_sync(_answer, state, current, body, number)
        return Response(content, media_type="application/json")

    # The first route, and a plain one: it reads its body by the schema of the model, so FastAPI's
    # reading, a quarter of a prediction's time, would be for nothing. `describing` documents it.
    app.router.routes.insert(0, Route("/predict", predict, methods=["POST"]))

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
        return _json(_loaded(state).told())

    @app.get("/metrics", response_model=None)
    async def metrics() -> Response:
        """What Prometheus reads."""
        text = await to_thread.run_sync(state.metrics.text)
        return Response(text, media_type="text/plain; version=0.0.4")


def _answer(state: State, current: Current, body: bytes, number: str) -> bytes:
    """The JSON answer to a JSON body.

    Raises:
        HTTPException: saying what is wrong with the body.
    """
    try:
        columns = current.reader.read(body)
        answers = current.model.answers(columns)
    except NotJson as error:
        raise HTTPException(400, {"detail": f"the body can't be read: {error}"}) from None
    except TooManyRows as error:
        raise HTTPException(413, {"detail": str(error)}) from None
    except BadRows as error:
        problems = [problem._asdict() for problem in error.problems]
        raise HTTPException(422, {"detail": str(error), "problems": problems}) from None
    labels: dict[Any, int] = {None: len(answers)}
    if current.model.runtime.classes is not None:
        labels = Counter(answer["prediction"] for answer in answers)
    state.metrics.predicted(labels)
    content = to_json(
        {"model_version": current.model.version, "request_id": number, "predictions": answers},
        inf_nan_mode="null",
    )
    if state.settings.log_payloads:
        log.info("%s asked %r answered %r", number, body.decode(), content.decode())
    return content


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
