"""The service's log: every answer goes into the journal, and outcomes come by `POST /feedback`."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import HTTPException, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.routing import Route
from typing_extensions import TypedDict

from ..runtime.served_model import ServedModel
from ..serving.http import check_key, json_body, json_response, loaded
from ..serving.openapi import PROBLEMS, response
from ..serving.state import State
from ..tools.errors import Refusal
from .journal import Journal, Options


class Outcome(TypedDict):
    """The true value of a predicted row."""

    id: str
    actual: Any


OUTCOMES: TypeAdapter[list[Outcome]] = TypeAdapter(list[Outcome])


def prediction_log(options: Mapping[str, Any]) -> "PredictionLog":
    """The log that conf/monitoring describes.

    Args:
        options: `monitoring.log`.

    Raises:
        Refusal: naming the first wrong value.
    """
    try:
        checked = Options(**options)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, ("monitoring.log", *first["loc"])))
        raise Refusal(f"{name} is {first['input']!r}: {first['msg'].lower()}") from None
    return PredictionLog(Journal(checked) if checked.folder else None)


class PredictionLog:
    """Writes answers and outcomes into a journal, if there is one; see `serving.log.Log`."""

    def __init__(self, journal: Journal | None) -> None:
        self.journal = journal

    def predicted(
        self,
        body: bytes,
        columns: Mapping[str, Sequence[Any]],
        content: bytes,
        variant: str,
        key: str | None,
        seconds: float,
    ) -> None:
        """Write one answer; see `Journal.predicted` for the arguments."""
        if self.journal:
            self.journal.predicted(body, columns, content, variant, key, seconds)

    def routes(self, state: State) -> list[Route]:
        """`POST /feedback`."""

        async def feedback(request: Request) -> Response:
            check_key(request, state)
            if self.journal is None:
                raise HTTPException(404, "monitoring.log.folder is null: there is no log to add to")
            outcomes = read_feedback(await json_body(request), loaded(state).model)
            self.journal.outcomes(outcomes)
            return json_response({"accepted": len(outcomes)})

        return [Route("/feedback", feedback, methods=["POST"])]

    def operations(self) -> dict[str, dict[str, Any]]:
        """The description of `POST /feedback`."""
        return {"/feedback": _FEEDBACK}

    def close(self) -> None:
        """Close the journal's file."""
        if self.journal:
            self.journal.close()


def read_feedback(body: bytes, model: ServedModel) -> list[dict[str, Any]]:
    """Outcomes of a JSON body: an object of id and actual, or a list of them.

    Raises:
        HTTPException: if it is anything else, or an actual is no class of the model, or no number.
    """
    try:
        outcomes = OUTCOMES.validate_json(body if body.lstrip()[:1] == b"[" else b"[%b]" % body)
    except ValidationError:
        raise HTTPException(422, "feedback is {id, actual}, or a list of them") from None
    classes = model.runtime.classes
    for each in outcomes:
        actual = each["actual"]
        if not (isinstance(actual, int | float) if classes is None else actual in classes):
            expected = "a number" if classes is None else f"one of {', '.join(map(str, classes))}"
            raise HTTPException(422, f"the actual of {each['id']} has to be {expected}")
    return [dict(each) for each in outcomes]


_OUTCOME = {
    "type": "object",
    "required": ["id", "actual"],
    "properties": {"id": {"type": "string"}, "actual": {}},
}
_ONE_OR_MANY = {"oneOf": [_OUTCOME, {"type": "array", "items": _OUTCOME}]}
_CODES = PROBLEMS | {"404": "There is no log to add to", "422": "An actual that can't be"}
_FEEDBACK = {
    "summary": "Feedback",
    "description": "What turned out to be true. An id is the request's, a dot, the row: 7f3a.0",
    "operationId": "feedback",
    "requestBody": {"required": True, "content": {"application/json": {"schema": _ONE_OR_MANY}}},
    "responses": {
        "200": response("How many were taken into the log", None),
        **{code: response(_CODES[code], "Problem") for code in ("404", "413", "415", "422", "503")},
    },
}
