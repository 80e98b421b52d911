"""Requests to an orchestrator's API."""

import json
import os
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ..tools.errors import Refusal

PATIENCE = 20  # seconds


def setting(name: str, example: str) -> str:
    """A variable of the environment.

    Raises:
        Refusal: if it is not set, with the example.
    """
    value = os.environ.get(name, "").rstrip("/")
    if not value:
        raise Refusal(f"{name} is not set; export {name}={example}")
    return value


def post(address: str, content: dict[str, Any], token: str | None) -> dict[str, Any]:
    """The JSON that answers a POST of JSON.

    Raises:
        Refusal: if nobody answers, or with an error, or with something else.
    """
    answer = send(address, content, token)
    try:
        found: dict[str, Any] = json.loads(answer)
    except ValueError as error:
        raise Refusal(f"{address} can't be reached: {error}") from None
    return found


def send(address: str, content: dict[str, Any], token: str | None = None) -> bytes:
    """The answer to a POST of JSON.

    Raises:
        Refusal: if nobody answers, or with an error.
    """
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        request = Request(address, data=json.dumps(content).encode(), headers=headers)  # noqa: S310
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  # nosec B310
            return bytes(answer.read())
    except HTTPError as error:
        said = " ".join(error.read(200).decode(errors="replace").split())
        raise Refusal(f"{address} answers {error.code}: {said}") from None
    except (OSError, ValueError) as error:
        raise Refusal(f"{address} can't be reached: {error}") from None
