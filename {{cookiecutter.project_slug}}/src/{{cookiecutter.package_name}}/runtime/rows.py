"""Rows from outside into columns of checked values, by a model that is built from the schema."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

from pydantic import FailFast, Field, PlainValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import from_json
from typing_extensions import TypedDict

from ..data.schema import Column, Schema

MAX_TEXT = 100_000  # characters of one value
SHOWN = 20  # problems in one answer
TIME = {"type": "string", "format": "date-time"}
WORDS = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "category": "a string",
    "text": "a string",
    "datetime": "an ISO 8601 date and time",
}


class Problem(NamedTuple):
    """One wrong value; without a field, a wrong row."""

    row: int
    field: str | None
    expected: str
    given: str


class BadRows(Exception):  # noqa: N818 - it is an answer, not an accident
    """Rows that break the schema.

    Attributes:
        problems: the first of them.
    """

    def __init__(self, problems: list[Problem], total: int) -> None:
        super().__init__(f"{total} value{'s are' if total > 1 else ' is'} not as expected")
        self.problems = problems


class NotJson(Exception):  # noqa: N818
    """The body is no JSON, or none that is one row or a list of rows."""


class TooManyRows(Exception):  # noqa: N818
    """More rows than one request may bring."""


class Reader:
    """Reads rows of one schema.

    Args:
        schema: whose features a row must have; those that may be missing may be left out.
        unknown_fields: refuse or ignore.
        max_rows: of one request.
    """

    def __init__(
        self, schema: Schema, unknown_fields: str = "refuse", max_rows: int = 10_000
    ) -> None:
        self.names = schema.features
        self.columns = {name: schema[name] for name in self.names}
        self.forbid = unknown_fields == "refuse"
        self.max_rows = max_rows
        row = _row_type(self.columns.values())
        self.row: TypeAdapter[dict[str, Any]] = TypeAdapter(row)
        # At the first bad row it stops: a short body of many bad rows would have a long answer.
        rows: Any = Annotated[list[row], FailFast()]  # type: ignore[valid-type]
        self.rows: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(rows)

    def read(self, body: bytes) -> dict[str, list[Any]]:
        """The columns of a JSON body: an object is one row, an array many.

        Raises:
            NotJson, TooManyRows, BadRows: if they can't be answered.
        """
        try:
            content = from_json(body)
        except ValueError as error:
            raise NotJson(str(error)) from None
        rows = [content] if isinstance(content, dict) else content
        if not isinstance(rows, list) or not rows:
            raise NotJson("a row is an object of field names and values; many are a list of them")
        if len(rows) > self.max_rows:
            raise TooManyRows(f"{len(rows)} rows; one request may bring {self.max_rows}")
        return self.check(rows)

    def check(self, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
        """The columns of rows.

        Raises:
            BadRows: if they are not as the schema says.
        """
        if self.forbid:
            for number, row in enumerate(rows):
                if isinstance(row, dict) and not row.keys() <= self.columns.keys():
                    raise self._unknown(number, row)
        try:
            checked = self.rows.validate_python(rows)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            raise BadRows(list(self._problems(found[:SHOWN])), len(found)) from None
        return {name: [row.get(name) for row in checked] for name in self.names}

    def json_schema(self) -> dict[str, Any]:
        """One row, as OpenAPI describes it."""
        return self.row.json_schema() | {"additionalProperties": not self.forbid}

    def _unknown(self, number: int, row: dict[str, Any]) -> BadRows:
        strange = [name for name in row if name not in self.columns]
        expected = f"no field of this name; fields are {', '.join(self.names)}"
        problems = [
            Problem(number, short(name), expected, short(repr(row[name])))
            for name in strange[:SHOWN]
        ]
        return BadRows(problems, len(strange))

    def _problems(self, found: Iterable[Any]) -> Iterable[Problem]:
        for error in found:
            row, *rest = error["loc"]
            given = "nothing" if error["type"] == "missing" else short(repr(error["input"]))
            if rest:
                yield Problem(row, rest[0], describe(self.columns[rest[0]]), given)
            else:
                yield Problem(row, None, "an object of field names and values", given)


def describe(column: Column) -> str:
    """A column's valid values, in words."""
    text = WORDS.get(column.type, "a value")
    if column.allowed is not None:
        text = f"one of {', '.join(column.allowed)}"
    elif column.span is not None:
        text += f", {column.span}"
    return f"{text}, or null" if column.nullable else text


def short(text: str) -> str:
    """Text of a length that suits a message."""
    return text if len(text) <= 60 else f"{text[:60]}…"


def _time(value: Any) -> datetime:
    """A time in UTC, without a zone: of ISO 8601, where a date alone is its midnight."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, datetime):
        raise ValueError("not a time")
    try:
        return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError("beyond the years 1 to 9999") from None


def _row_type(columns: Iterable[Column]) -> Any:
    make: Any = TypedDict  # which type checkers only know with literal fields
    return make("Row", {column.name: _annotation(column) for column in columns})


def _annotation(column: Column) -> Any:
    kind: Any
    match column.type:
        case "number" | "integer":
            whole = column.type == "integer"
            kind = Annotated[
                float,
                Field(
                    strict=True,
                    allow_inf_nan=False,
                    ge=column.min,
                    le=column.max,
                    multiple_of=1 if whole else None,
                    json_schema_extra={"type": "integer"} if whole else None,
                ),
            ]
        case "boolean":
            kind = Annotated[bool, Field(strict=True)]
        case "datetime":
            kind = Annotated[Any, PlainValidator(_time), WithJsonSchema(TIME)]
        case _ if column.allowed is not None:
            kind = Literal[tuple(column.allowed)]
        case _:
            kind = Annotated[str, Field(strict=True, max_length=MAX_TEXT)]
    return NotRequired[kind | None] if column.nullable else kind
