"""From a request's body to its answer: read, predict, count, write into the log."""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import HTTPException
from pydantic_core import to_json

from ..runtime.rows import BadRows, NotJson, TooManyRows
from ..runtime.served_model import ServedModel
from .log import Answered, Log
from .state import SHADOW, Current, State

logger = logging.getLogger(__name__)


class Asked(NamedTuple):
    """A request.

    Attributes:
        body: JSON.
        number: its id, of the service.
        client_id: its id of the client, if it has one.
        key: what the choice of a model sticks to, if the client says so.
        variant: which model answers.
        quickly: whether to answer only if it takes little time.
        told: what else the answer says, by its name.
    """

    body: bytes
    number: str
    client_id: str | None
    key: str | None
    variant: str
    quickly: bool = False
    told: Mapping[str, Any] = {}


def answer(state: State, log: Log | None, current: Current, asked: Asked) -> bytes:
    """The JSON answer; when it is given, it is in the log.

    Args:
        state: all models that are served.
        log: where the answer is kept, if anywhere.
        current: the model that answers.
        asked: the request.

    Raises:
        HTTPException: saying what is wrong with the body, or that a log is required and fails.
        TakesLong: if it does, and should not.
    """
    start = time.perf_counter()
    try:
        columns = current.reader.read(asked.body)
        content = _content(state, current.model, columns, asked, asked.variant)
    except NotJson as error:
        raise HTTPException(400, {"detail": f"the body can't be read: {error}"}) from None
    except TooManyRows as error:
        raise HTTPException(413, {"detail": str(error)}) from None
    except BadRows as error:
        problems = [problem._asdict() for problem in error.problems]
        raise HTTPException(422, {"detail": str(error), "problems": problems}) from None
    contents = [(asked.variant, content, time.perf_counter() - start)]
    if state.shadow:
        start = time.perf_counter()
        try:
            unseen = asked._replace(number=f"{asked.number}.{SHADOW}", quickly=False)
            beside = _content(state, state.shadow.model, columns, unseen, SHADOW)
            contents.append((SHADOW, beside, time.perf_counter() - start))
        except Exception:  # nobody waits for its answer
            logger.exception("request %s has no answer of the shadow", asked.number)
    if log:
        try:
            for variant, text, seconds in contents:
                log.predicted(Answered(asked.body, columns, text, variant, asked.key, seconds))
        except OSError as error:  # a full disk
            state.metrics.not_logged("prediction", f"request {asked.number}", error)
            if log.required:
                reason = "the prediction can't be logged"
                raise HTTPException(503, reason, headers={"Retry-After": "5"}) from None
    if state.settings.log_payloads:
        logger.info("%s asked %r answered %r", asked.number, asked.body.decode(), content.decode())
    return content


def _content(state: State, model: ServedModel, columns: Any, asked: Asked, variant: str) -> bytes:
    answers = model.answers(columns, asked.quickly)
    labels: dict[Any, int] = {None: len(answers)}
    if model.runtime.classes is not None:
        labels = Counter(each["prediction"] for each in answers)
    state.metrics.predicted(labels, variant)
    content = {"model_version": model.version, "request_id": asked.number}
    if asked.client_id:
        content["client_id"] = asked.client_id
    return to_json({**content, **asked.told, "predictions": answers}, inf_nan_mode="null")
