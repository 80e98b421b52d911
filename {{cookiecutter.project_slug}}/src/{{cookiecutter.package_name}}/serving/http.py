"""Steps that routes share: the headers, the caller, the body, the model, the answer."""

import hmac
from typing import Any

from fastapi import HTTPException, Response
from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from .state import Current, State

JSON = b"application/json"
LONGEST_KEY = 256  # characters of X-Key

Headers = dict[bytes, bytes]


def read_headers(scope: Scope) -> Headers:
    """The headers of a request by their names in small letters; of several, the first counts."""
    return dict(reversed(scope["headers"]))


def headers_of(scope: Scope) -> Headers:
    """What `Guard` has read of a request's headers."""
    headers: Headers = scope["state"]["headers"]
    return headers


def check_caller(scope: Scope, state: State) -> None:
    """Refuse whoever lacks the service's key, and pages of other origins that post.

    Raises:
        HTTPException: if X-API-Key is missing or wrong, or the origin is not a configured one.
    """
    headers = headers_of(scope)
    origin = headers.get(b"origin")
    # A browser sends a script's request before it asks who may read the answer.
    foreign = origin and origin.partition(b"://")[2] != headers.get(b"host")
    if foreign and scope["method"] == "POST" and not _is_allowed(origin, state):
        raise HTTPException(403, "pages of other origins may not ask; see serving.cors_origins")
    if state.key is None:
        return
    given = headers.get(b"x-api-key", b"")
    if not hmac.compare_digest(given, state.key.encode()):  # in constant time
        raise HTTPException(401, "X-API-Key is missing or wrong")


def _is_allowed(origin: bytes | None, state: State) -> bool:
    return origin is not None and origin.decode("latin-1") in state.settings.cors_origins


def variant_key(scope: Scope) -> str | None:
    """X-Key, by which the model is chosen, if the client sent one.

    Raises:
        HTTPException: if it is too long.
    """
    key = headers_of(scope).get(b"x-key")
    if key and len(key) > LONGEST_KEY:
        raise HTTPException(400, f"X-Key may have {LONGEST_KEY} characters")
    return None if key is None else key.decode("latin-1")


async def json_body(scope: Scope, receive: Receive) -> bytes:
    """The body of a request.

    Raises:
        HTTPException: if it is not application/json.
        ClientDisconnect: if the client goes before its end.
    """
    kind = headers_of(scope).get(b"content-type", b"")
    if kind != JSON and kind.partition(b";")[0].strip().lower() != JSON:
        raise HTTPException(415, "the body has to be application/json")
    return await read_body(receive)


async def read_body(receive: Receive) -> bytes:
    """The body of a request, of whatever kind.

    Raises:
        ClientDisconnect: if the client goes before its end.
    """
    pieces = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


def loaded(state: State) -> Current:
    """The champion.

    Raises:
        HTTPException: if no model is loaded.
    """
    if state.current is None:
        reason = state.refused or "no model is loaded"
        raise HTTPException(503, reason, headers={"Retry-After": "5"})
    return state.current


def json_response(content: Any, status: int = 200, headers: Any = None) -> Response:
    """An answer in JSON.

    Args:
        content: anything that JSON can hold.
        status: of HTTP.
        headers: by name, if any.
    """
    return Response(to_json(content), status, headers, media_type="application/json")


def problem(scope: Scope, error: Any) -> Response:
    """A refusal as JSON: what is wrong, and the request's id.

    The error loses its traceback: those frames hold the body and one another, so a large body would
    stay in memory until the garbage collector comes.

    Args:
        scope: of the request.
        error: an HTTPException, of FastAPI or of Starlette.
    """
    error.__traceback__ = error.__context__ = None
    content = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
    content = {**content, "request_id": scope["state"]["request_id"]}
    return json_response(content, error.status_code, error.headers)
