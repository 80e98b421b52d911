"""What a request leaves out, asked of Feast's own server over HTTP."""

import http.client
import queue
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import HTTPException
from pydantic_core import from_json, to_json

from ..data.schema import Schema
from ..tools.errors import Refusal

PATH = "/get-online-features"
AT_ONCE = 8  # requests to the server
FOUND = "PRESENT"
AGAIN = {"Retry-After": "1"}


class Value(NamedTuple):
    """A feature of one key.

    Attributes:
        found: whether the store knows it.
        value: as the store has it.
        age: in seconds.
    """

    found: bool
    value: Any
    age: float


def completion(options: Mapping[str, Any], name: str) -> "Completion | None":
    """What completes requests, if conf/feature_store names a server.

    Args:
        options: the `feature_store` group.
        name: of Feast's feature service.

    Raises:
        Refusal: if the address is none, or no key is named.
    """
    if options["url"] is None:
        return None
    if options["key"] is None:
        raise Refusal("feature_store.url needs feature_store.key, the column to ask by")
    try:
        parts = urlsplit(options["url"])
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "http" or not parts.hostname:
        url = options["url"]
        raise Refusal(f"feature_store.url is {url}; one looks like http://127.0.0.1:6566")
    return Completion(options, name, Server(parts.hostname, port or 80, options["seconds"]))


class Completion:
    """Completes rows that have the key and lack features; see `serving.complete`."""

    def __init__(self, options: Mapping[str, Any], name: str, server: "Server") -> None:
        self.key = options["key"]
        self.refuses_old = options["old"] == "refuse"
        self.ttl = None if options["ttl_hours"] is None else options["ttl_hours"] * 3600
        self.seconds = options["seconds"]
        self.name = name
        self.server = server

    async def __call__(self, body: bytes, schema: Schema) -> tuple[bytes, dict[str, Any]]:
        """Complete a request's rows.

        Returns:
            The body with what was missing, and what to say about that: `from_store` names the
            fields of each row, and `old` those that are older than the configuration allows.

        Raises:
            HTTPException: 404 for a key that the store does not know; 503 if it can't be asked.
        """
        try:
            content = from_json(body)
        except ValueError:
            return body, {}  # the reader says what is wrong
        rows = [content] if isinstance(content, dict) else content
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return body, {}
        names = [name for name in schema.features if name != self.key]
        lacking = [
            row for row in rows if self.key in row and not all(name in row for name in names)
        ]
        filled: dict[int, list[str]] = {}
        old: dict[int, list[str]] = {}
        if lacking:
            known = await self._ask([self._checked(row[self.key]) for row in lacking])
            for row, values in zip(lacking, known, strict=True):
                filled[id(row)], old[id(row)] = self._fill(row, names, values)
        if self.key not in schema.features:
            for row in rows:
                row.pop(self.key, None)
        told: dict[str, Any] = {}
        if lacking:
            told["from_store"] = [filled.get(id(row), []) for row in rows]
            told |= {"old": [old.get(id(row), []) for row in rows]} if any(old.values()) else {}
        return to_json(content), told

    def _checked(self, key: Any) -> Any:
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise HTTPException(422, f"{self.key} has to be a text or a whole number")
        return key

    def _fill(
        self, row: dict[str, Any], names: list[str], values: Mapping[str, Value]
    ) -> tuple[list[str], list[str]]:
        """Give a row what it lacks; name that, and which of it is too old."""
        missing = [name for name in names if name not in row and name in values]
        if missing and not any(values[name].found for name in missing):
            raise HTTPException(404, f"the store knows no {self.key} {row[self.key]!r}")
        row.update({name: values[name].value for name in missing})
        old = [n for n in missing if self.ttl and values[n].found and values[n].age > self.ttl]
        if old and self.refuses_old:
            raise HTTPException(503, f"too old in the store: {', '.join(old)}", AGAIN)
        return missing, old

    async def _ask(self, keys: list[Any]) -> list[dict[str, Value]]:
        """What the store knows, key by key.

        Raises:
            HTTPException: 503 if it does not answer in time, or not as it should.
        """
        body = to_json({"feature_service": self.name, "entities": {self.key: keys}})
        try:
            with anyio.fail_after(self.seconds):
                status, text = await to_thread.run_sync(
                    self.server.post, body, limiter=self.server.limiter, abandon_on_cancel=True
                )
            if status != 200:
                raise ValueError(f"it answers {status}: {text[:200].decode(errors='replace')}")
            return list(_by_key(from_json(text), len(keys)))
        except (OSError, http.client.HTTPException, TimeoutError) as error:
            reason = str(error) or f"no answer in {self.seconds:g} s"
        except (ValueError, KeyError, TypeError, IndexError) as error:
            reason = str(error)
        raise HTTPException(503, f"the feature store can't be asked: {reason}", AGAIN)


def _by_key(content: Any, count: int) -> Iterator[dict[str, Value]]:
    """Turn the server's answer, which has a list for each feature, into values of each key."""
    names, results, now = content["metadata"]["feature_names"], content["results"], time.time()
    for number in range(count):
        values = {}
        for name, one in zip(names, results, strict=True):
            known = one["statuses"][number] == FOUND
            written = datetime.fromisoformat(one["event_timestamps"][number])
            values[name] = Value(known, one["values"][number], now - written.timestamp())
        yield values


class Server:
    """Feast's server, over connections that stay open.

    Args:
        host: its name.
        port: where it listens.
        seconds: that it may take.
    """

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self.host, self.port, self.seconds = host, port, seconds
        self.limiter = CapacityLimiter(AT_ONCE)
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Ask; give status and body.

        Raises:
            OSError, HTTPException: if it does not answer; http.client's exception is meant.
        """
        try:
            connection, is_used = self._idle.get_nowait(), True
        except queue.Empty:
            connection, is_used = self._new(), False
        try:
            answer = self._post(connection, body)
        except (OSError, http.client.HTTPException):
            connection.close()
            if not is_used:
                raise
            connection = self._new()  # the server may have closed one that was idle
            answer = self._post(connection, body)
        self._idle.put(connection)
        return answer

    def _new(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=self.seconds)

    def _post(self, connection: http.client.HTTPConnection, body: bytes) -> tuple[int, bytes]:
        connection.request("POST", PATH, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        return reply.status, reply.read()
