"""Steps that routes share: the key, the body, the model, the answer."""

import hmac
from typing import Any

from fastapi import HTTPException, Request, Response
from pydantic_core import to_json

from .state import Current, State

LONGEST_KEY = 256  # characters of X-Key


def check_caller(request: Request, state: State) -> None:
    """Refuse whoever lacks the service's key, and pages of other origins that post.

    Raises:
        HTTPException: if X-API-Key is missing or wrong, or the origin is not a configured one.
    """
    origin = request.headers.get("origin")
    # A browser sends a script's request before it asks who may read the answer.
    foreign = origin and origin.partition("://")[2] != request.headers.get("host")
    if foreign and request.method == "POST" and origin not in state.settings.cors_origins:
        raise HTTPException(403, "pages of other origins may not ask; see serving.cors_origins")
    if state.key is None:
        return
    given = request.headers.get("x-api-key", "").encode("latin-1")  # its bytes as they came
    if not hmac.compare_digest(given, state.key.encode()):  # in constant time
        raise HTTPException(401, "X-API-Key is missing or wrong")


def variant_key(request: Request) -> str | None:
    """X-Key, by which the model is chosen, if the client sent one.

    Raises:
        HTTPException: if it is too long.
    """
    key = request.headers.get("x-key")
    if key and len(key) > LONGEST_KEY:
        raise HTTPException(400, f"X-Key may have {LONGEST_KEY} characters")
    return key


async def json_body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        HTTPException: if it is not application/json.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise HTTPException(415, "the body has to be application/json")
    return await request.body()


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
