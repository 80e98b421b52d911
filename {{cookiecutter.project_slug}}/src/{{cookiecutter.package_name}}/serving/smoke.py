"""`make smoke URL=…`: does a running service answer as its model should?

With API_KEY in the environment, requests bring it. Nothing is imported that takes long.
"""

import argparse
import json
import math
import os
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..runtime.rows import short
from ..runtime.served_model import TOLERANCE
from ..tools.errors import Refusal
from ..tools.files import read_json

IMAGE = Path("models/image")  # the model that an image was built with
PATIENCE = 30  # seconds, with one request
# Where a challenger has a share of the requests, this is the last key that it would get.
KEY = "smoke-135"


@dataclass(frozen=True)
class Reply:
    """The service's reply."""

    status: int
    text: str
    milliseconds: float

    @property
    def content(self) -> Any:
        """The body as JSON; as text if it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text


class Service:
    """The service under test.

    Args:
        url: where it answers.

    Raises:
        Refusal: if that is no URL, or API_KEY can't be sent.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            self.port = parts.port
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refusal(f"{url} is no address; one looks like http://127.0.0.1:8000")
        self.host, self.folder = parts.hostname, parts.path.rstrip("/")
        self.connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.headers = {"Content-Type": "application/json", "X-Key": KEY}
        if key := os.environ.get("API_KEY"):
            if not key.isprintable():
                raise Refusal("API_KEY holds what no header can, such as the end of a line")
            self.headers["X-API-Key"] = key.encode().decode("latin-1")  # byte by byte

    def ask(self, path: str, row: Any = None) -> Reply:
        """Get a path; post a row to it if there is one.

        Raises:
            OSError: if nobody answers, or not in HTTP.
        """
        method, body = ("GET", None) if row is None else ("POST", json.dumps(row))
        start = time.perf_counter()
        connection = self.connection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, self.folder + path, body, self.headers)
            reply = connection.getresponse()
            text = reply.read().decode(errors="replace")
        except (HTTPException, ValueError) as error:
            raise OSError(f"{type(error).__name__}: {error}") from None
        finally:
            connection.close()
        return Reply(reply.status, text, (time.perf_counter() - start) * 1000)

    def expect(self, path: str, row: Any = None, status: int = 200) -> Reply:
        """Ask, and check the status.

        Args:
            path: of the route.
            row: to post; None: get.
            status: to expect.

        Raises:
            Refusal: if the answer has another status.
        """
        try:
            reply = self.ask(path, row)
        except OSError as error:
            raise Refusal(f"{path}: expected {status}, given no answer: {error}") from None
        if reply.status != status:
            raise Refusal(f"{path}: expected {status}, given {reply.status}: {brief(reply)}")
        return reply


def brief(reply: Reply) -> str:
    """A reply in a few words: why it is a refusal, if it says so."""
    content = reply.content
    if isinstance(content, dict):
        content = content.get("refused") or content.get("detail") or content
    return " ".join(str(content).split())[:300]


def wait(service: Service, seconds: float) -> None:
    """Wait until it is ready.

    Raises:
        Refusal: if it is not within so many seconds.
    """
    start, said = time.monotonic(), None
    while True:
        try:
            reply = service.ask("/ready")
            if reply.status == 200:
                break
            reason = f"{reply.status}: {brief(reply)}"
        except OSError as error:
            reason = f"no answer: {error}"
        waited = time.monotonic() - start
        if waited > seconds:
            raise Refusal(f"/ready: expected 200 within {seconds:g} s, given {reason}")
        if reason != said:
            print(f"waiting for /ready: {reason}", flush=True)
            said = reason
        time.sleep(min(0.5, seconds))
    ok("/ready", f"after {time.monotonic() - start:.1f} s")


def check(service: Service, folder: Path | None, version: str | None) -> None:
    """Ask for everything that the service is there for.

    Args:
        service: which is ready.
        folder: of the model that it should answer with; None if it is not here.
        version: that it should serve; None for any.

    Raises:
        Refusal: with the first answer that is not as expected.
    """
    service.expect("/health")
    ok("/health", "it lives")
    reply = service.expect("/model")
    served = reply.content.get("version") if isinstance(reply.content, dict) else None
    if not served or (version and served != version):
        raise Refusal(f"/model: expected {version or 'a version'}, given {served or brief(reply)}")
    ok("/model", f"{served}, by {reply.content.get('runtime')}")

    row, expected = example(service, folder)
    reply = service.expect("/predict", row)
    answer = predicted(reply.content)
    difference = first_difference(answer, expected) if expected is not None else None
    if difference:
        raise Refusal(f"/predict: the model's own example has another answer: {difference}")
    ok("/predict", f"{short(str(answer['prediction']))} in {reply.milliseconds:.0f} ms")

    field = next(iter(row))
    reply = service.expect("/predict", {**row, field: {}}, status=422)
    if not isinstance(reply.content, dict) or not names(reply.content, field):
        raise Refusal(f"/predict: expected a 422 that names {field}, given {brief(reply)}")
    ok("/predict", f"a wrong {field} is refused")

    lines = service.expect("/metrics").text.splitlines()
    counted = sum(float(line.split()[-1]) for line in lines if line.startswith("requests_total{"))
    if not counted:
        raise Refusal("/metrics: expected a number of requests, given none")
    ok("/metrics", f"{counted:.0f} requests")


def example(service: Service, folder: Path | None) -> tuple[dict[str, Any], Any]:
    """A row, and its answer if that is known: of the model's folder, or of the documentation.

    Raises:
        Refusal: if there is neither.
    """
    if folder:
        return read_json(folder / "example.json")[0], read_json(folder / "answer.json")
    try:
        post = service.expect("/openapi.json").content["paths"]["/predict"]["post"]
        body = post["requestBody"]["content"]["application/json"]
        return body["examples"]["one row"]["value"], None
    except (KeyError, TypeError):
        raise Refusal("/openapi.json: expected an example for /predict, given none") from None


def predicted(content: Any) -> Any:
    """The one prediction of an answer.

    Raises:
        Refusal: if there is none.
    """
    found = content.get("predictions") if isinstance(content, dict) else None
    if not isinstance(found, list) or len(found) != 1 or "prediction" not in found[0]:
        raise Refusal(f"/predict: expected one prediction, given {short(str(content))}")
    return found[0]


def names(content: dict[str, Any], field: str) -> bool:
    """Return whether a refusal names a field."""
    return any(problem.get("field") == field for problem in content.get("problems", []))


def first_difference(given: Any, expected: Any, where: str = "") -> str | None:
    """The first difference beyond `TOLERANCE`; None if there is none.

    Args:
        given: the answer.
        expected: its counterpart.
        where: path of both within the whole answer.
    """
    if isinstance(given, dict) and isinstance(expected, dict) and given.keys() == expected.keys():
        pairs = [(f"{where}.{key}".lstrip("."), given[key], expected[key]) for key in expected]
    elif isinstance(given, list) and isinstance(expected, list) and len(given) == len(expected):
        numbered = enumerate(zip(given, expected, strict=True))
        pairs = [(f"{where}[{number}]", *pair) for number, pair in numbered]
    elif isinstance(given, float | int) and isinstance(expected, float):
        same = math.isclose(given, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        return None if same else f"{where}: expected {expected}, given {given}"
    else:
        return None if given == expected else f"{where}: expected {expected}, given {given}"
    found = (first_difference(mine, theirs, name) for name, mine, theirs in pairs)
    return next((difference for difference in found if difference), None)


def ok(path: str, what: str) -> None:
    """Say that something is as it should be."""
    print(f"ok {path}: {what}", flush=True)


def folder_and_version(named: Path | None, version: str | None) -> tuple[Path | None, str | None]:
    """The model folder and version to expect.

    Raises:
        Refusal: if the folder that was named is none of a model.
    """
    folder = named or IMAGE
    if not (folder / "answer.json").is_file():
        if named:
            raise Refusal(f"{named} is no model folder: it has no answer.json")
        return None, version
    note = folder / "registration.json"
    return folder, version or (read_json(note)["version"] if note.is_file() else None)


def main() -> None:
    """Ask; end with exit code 1 at the first answer that is not as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--model", type=Path, help=f"a model folder, if not {IMAGE}")
    parser.add_argument("--version", help="that it should serve, if not that folder's")
    parser.add_argument("--wait", type=float, default=60, help="seconds until it is ready")
    options = parser.parse_args()
    try:
        folder, version = folder_and_version(options.model, options.version)
        service = Service(options.url)
        wait(service, options.wait)
        check(service, folder, version)
    except Refusal as refusal:
        sys.exit(f"Failed: {refusal}")


if __name__ == "__main__":
    main()
