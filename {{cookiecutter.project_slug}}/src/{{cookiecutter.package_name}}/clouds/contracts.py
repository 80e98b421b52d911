"""What the container of a model has to answer on SageMaker and on Vertex AI, by the same service.

Azure ML takes whichever routes a container has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from anyio import CapacityLimiter, to_thread
from fastapi import HTTPException, Request, Response
from pydantic_core import from_json, to_json
from starlette.routing import Route

from ..data.schema import Schema
from ..serving.http import check_caller, headers_of, json_response, loaded, read_body
from ..serving.predict import SMALL, Predict
from ..serving.state import State
from .csv_rows import CSV, read_csv, write_csv

JSON = "application/json"


class Body(NamedTuple):
    """A body, and its media type."""

    content: bytes
    kind: str


@dataclass(frozen=True)
class Contract:
    """Routes for health and predictions; see `serving.more_routes`.

    Attributes:
        paths: of both, by what they are for.
        read: turns a request's body into rows in JSON; it raises HTTPException for what it can't.
        write: turns the service's answer into the contract's, of the media type that is accepted.
    """

    paths: dict[str, str]
    read: Callable[[Body, Schema], bytes]
    write: Callable[[bytes, str], Body]

    def routes(self, state: State, predict: Predict) -> list[Route]:
        """The two routes."""
        one_at_a_time = CapacityLimiter(1)

        async def health(_: Request) -> Response:
            is_ready = state.current is not None and not state.is_draining
            return json_response({"ready": is_ready}, 200 if is_ready else 503)

        async def answer(request: Request) -> Response:
            check_caller(request.scope, state)
            schema = loaded(state).model.schema
            headers = headers_of(request.scope)
            kind = headers.get(b"content-type", JSON.encode()).decode("latin-1")
            body = Body(await read_body(request.receive), kind.partition(";")[0].strip().lower())
            if len(body.content) <= SMALL:
                rows = self.read(body, schema)
            else:
                rows = await to_thread.run_sync(self.read, body, schema, limiter=one_at_a_time)
            content = await predict.answered(request.scope, rows)
            answered = self.write(content, headers.get(b"accept", b"").decode("latin-1"))
            return Response(answered.content, media_type=answered.kind)

        return [
            Route(self.paths["health"], health, methods=["GET"]),
            Route(self.paths["predictions"], answer, methods=["POST"]),
        ]


def sagemaker(health: str, predictions: str) -> Contract:
    """SageMaker's contract: bodies as those of `/predict`, or CSV.

    Args:
        health: the route that tells whether a model is loaded.
        predictions: the route that takes rows.
    """
    return Contract({"health": health, "predictions": predictions}, _json_or_csv, _as_accepted)


def vertex(health: str, predictions: str) -> Contract:
    """Vertex AI's contract: `instances` are the rows, and the answer has nothing but `predictions`.

    Args:
        health: the route that tells whether a model is loaded.
        predictions: the route that takes rows.
    """
    return Contract({"health": health, "predictions": predictions}, _instances, _predictions)


def _json_or_csv(body: Body, schema: Schema) -> bytes:
    if body.kind == CSV:
        return read_csv(body.content, schema)
    if body.kind != JSON:
        raise HTTPException(415, f"the body has to be {JSON} or {CSV}")
    return body.content


def _as_accepted(content: bytes, accepted: str) -> Body:
    if accepted.partition(";")[0].strip().lower() == CSV:
        return Body(write_csv(from_json(content)["predictions"]), CSV)
    return Body(content, JSON)


def _instances(body: Body, _: Schema) -> bytes:
    if body.kind != JSON:
        raise HTTPException(415, f"the body has to be {JSON}")
    try:
        content: Any = from_json(body.content)
    except ValueError as error:
        raise HTTPException(400, f"the body can't be read: {error}") from None
    rows = content.get("instances") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise HTTPException(400, "the body has to be an object with `instances`, a list of rows")
    return to_json(rows)


def _predictions(content: bytes, _: str) -> Body:
    return Body(to_json({"predictions": from_json(content)["predictions"]}), JSON)
