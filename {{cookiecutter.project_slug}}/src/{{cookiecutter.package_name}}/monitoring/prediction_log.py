"""The service's log: every answer goes into the journal, and outcomes come by `POST /feedback`."""

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, NotRequired
from uuid import uuid4

from fastapi import HTTPException, Request, Response
from pydantic import Field, StrictBool, TypeAdapter, ValidationError
from starlette.routing import Route
from typing_extensions import TypedDict

from ..runtime.served_model import ServedModel
from ..serving.http import check_caller, json_body, json_response, loaded
from ..serving.log import Answered
from ..serving.openapi import PROBLEMS, response
from ..serving.state import State
from ..tools.errors import Refusal
from .journal import Journal, Options
from .request_ids import RequestIds

REMEMBERED = 100_000  # outcomes, of which a worker knows that they came
LONGEST = 64  # characters of an id


class Outcome(TypedDict):
    """The true value of a predicted row; a correction replaces one that came before."""

    id: Annotated[str, Field(max_length=LONGEST)]
    actual: Any
    correction: NotRequired[StrictBool]


OUTCOMES: TypeAdapter[list[Outcome]] = TypeAdapter(Annotated[list[Outcome], Field(min_length=1)])


def prediction_log(options: Mapping[str, Any]) -> "PredictionLog":
    """The log that conf/monitoring describes.

    Args:
        options: `monitoring.log`.

    Raises:
        Refusal: naming the first wrong value, or why a log that is required can't be written.
    """
    try:
        checked = Options(**options)
        return PredictionLog(Journal(checked) if checked.folder else None, checked.required)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, ("monitoring.log", *first["loc"])))
        message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise Refusal(f"{name} is {first['input']!r}: it {message}") from None
    except OSError as error:
        raise Refusal(f"monitoring.log is required, and can't be written: {error}") from None


class PredictionLog:
    """Writes answers and outcomes into a journal, if there is one; see `serving.log.Log`."""

    paths = frozenset({"/feedback"})

    def __init__(self, journal: Journal | None, required: bool = False) -> None:
        self.journal = journal
        self.required = required
        self._known: dict[str, Any] = {}  # the latest outcomes, by id

    def request_id(self) -> str:
        """An id that `/feedback` knows again."""
        return self.journal.ids.new() if self.journal else uuid4().hex

    def predicted(self, answered: Answered) -> None:
        """Write one answer."""
        if self.journal:
            self.journal.predicted(answered)

    def routes(self, state: State) -> list[Route]:
        """`POST /feedback`."""

        async def feedback(request: Request) -> Response:
            check_caller(request.scope, state)
            if self.journal is None:
                raise HTTPException(404, "monitoring.log.folder is null: there is no log to add to")
            body = await json_body(request.scope, request.receive)
            model = loaded(state).model
            outcomes = read_feedback(body, model, self.journal.ids, state.settings.max_rows)
            new = self._new(outcomes)
            try:
                if new:
                    self.journal.outcomes(list(new.values()))
            except OSError as error:
                which = f"request {request.state.request_id}"
                state.metrics.not_logged("outcome", which, error)
                raise HTTPException(
                    503, "the outcome can't be logged", headers={"Retry-After": "5"}
                ) from None
            self._remember(new)
            return json_response({"accepted": len(outcomes)})

        return [Route("/feedback", feedback, methods=["POST"])]

    def operations(self, state: State) -> dict[str, dict[str, Any]]:
        """The description of `POST /feedback`."""
        model = state.current.model if state.current else None
        return {"/feedback": describe_feedback(model, state.settings.max_rows)}

    def close(self) -> None:
        """Close the journal's file."""
        if self.journal:
            self.journal.close()

    def _new(self, outcomes: list[Outcome]) -> dict[str, Outcome]:
        """Outcomes that are not in the log, by id.

        Raises:
            HTTPException: if one is there with another value, and this is no correction.
        """
        new: dict[str, Outcome] = {}
        for each in outcomes:
            number = each["id"]
            known = new[number]["actual"] if number in new else self._known.get(number)
            if known is None or each.get("correction"):
                new[number] = each
            elif known != each["actual"]:
                detail = f'{number} has another outcome; to replace it, add "correction": true'
                raise HTTPException(409, detail)
        return new

    def _remember(self, outcomes: Mapping[str, Outcome]) -> None:
        self._known |= {number: each["actual"] for number, each in outcomes.items()}
        for number in list(islice(self._known, max(0, len(self._known) - REMEMBERED))):
            del self._known[number]


def read_feedback(body: bytes, model: ServedModel, ids: RequestIds, max_rows: int) -> list[Outcome]:
    """Outcomes of a JSON body: an object of id and actual, or a list of them.

    Args:
        body: of the request.
        model: whose classes an actual may be.
        ids: that the service gives.
        max_rows: of a request.

    Raises:
        HTTPException: if it is anything else, an actual is no class of the model, or no number, or
            the service gave no such id.
    """
    try:
        outcomes = OUTCOMES.validate_json(body if body.lstrip()[:1] == b"[" else b"[%b]" % body)
    except ValidationError:
        raise HTTPException(422, "feedback is {id, actual}, or a list of them") from None
    if len(outcomes) > max_rows:
        raise HTTPException(413, f"a request may have {max_rows} outcomes")
    classes = model.runtime.classes
    for each in outcomes:
        row = ids.row(each["id"])
        if row is None or row >= max_rows:
            raise HTTPException(404, f"{each['id']!r} is the id of no prediction of this service")
        if not (_is_number(each["actual"]) if classes is None else _is_in(classes, each["actual"])):
            expected = "a number" if classes is None else f"one of {', '.join(map(str, classes))}"
            raise HTTPException(422, f"the actual of {each['id']} has to be {expected}")
    return outcomes


def _is_in(classes: Sequence[Any], value: Any) -> bool:
    """Return whether it is one of them, as JSON compares: true is not 1."""
    same = (each for each in classes if each == value)
    return any(isinstance(each, bool) == isinstance(value, bool) for each in same)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def describe_feedback(model: ServedModel | None, max_rows: int) -> dict[str, Any]:
    """The OpenAPI operation.

    Args:
        model: whose classes an actual may be.
        max_rows: of a request.
    """
    actual: dict[str, Any] = {}
    if model:
        classes = model.runtime.classes
        actual = {"type": "number"} if classes is None else {"enum": classes}
    outcome = {
        "type": "object",
        "required": ["id", "actual"],
        "properties": {
            "id": {"type": "string", "maxLength": LONGEST},
            "actual": actual,
            "correction": {"type": "boolean", "default": False},
        },
    }
    many = {"type": "array", "items": outcome, "minItems": 1, "maxItems": max_rows}
    body = {"schema": {"oneOf": [outcome, many]}}
    return {
        "summary": "Feedback",
        "description": "What turned out to be true. An id is the request's, a dot, the row: "
        "7f3a….0. The first outcome of a row counts, until a correction replaces it.",
        "operationId": "feedback",
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": response("How many are in the log", None),
            **{code: response(text, "Problem") for code, text in _CODES.items()},
        },
    }


_CODES = {
    "403": PROBLEMS["403"],
    "404": "There is no log to add to, or no such prediction",
    "409": "A row has another outcome already",
    "413": PROBLEMS["413"],
    "415": PROBLEMS["415"],
    "422": "An actual that can't be",
    "503": "No model is loaded, or the log can't be written",
}
