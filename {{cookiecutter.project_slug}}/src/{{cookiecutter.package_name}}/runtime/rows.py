"""Rows from outside into columns of checked values, by a model that is built from the schema."""

import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

{% if cookiecutter.__cells -%}
from pydantic import (
    BeforeValidator,
    FailFast,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
{%- else -%}
from pydantic import FailFast, Field, PlainValidator, TypeAdapter, ValidationError, WithJsonSchema
{%- endif %}
from pydantic_core import from_json
from typing_extensions import TypedDict

{% if cookiecutter.__cells -%}
from ..data.cells import PLAIN, number_in, value_of
{% endif -%}
from ..data.schema import Column, Schema

MAX_TEXT = 100_000  # characters of one value
SHOWN = 20  # problems in one answer
PIECE = 250_000  # bytes of a list that are read at once, if they end with a row
MAX_ROW = 1_000_000  # bytes of one row
_OPENING = re.compile(rb"[ \t\r\n]*+\[")
_COMMA = re.compile(rb"[ \t\r\n]*+,")
{%- if cookiecutter.__cells %}
_SIGN = re.compile(r"[\^$.|?*+()\[\]{}]")  # that a pattern has to escape
{%- endif %}
# Up to the next bracket that is not within a string, to a string without an end, or to the end of
# what is looked at: it matches everywhere, so it looks at each byte once.
_UP_TO_BRACKET = re.compile(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]"]|\Z)', re.DOTALL
)
_STEPS = {b"{": 1, b"[": 1, b"}": -1, b"]": -1, b'"': -math.inf, b"": -math.inf}
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
{%- if cookiecutter.__cells %}
        row = _row_type(self.columns.values(), schema.na_values or [])
{%- else %}
        row = _row_type(self.columns.values())
{%- endif %}
        self.row: TypeAdapter[dict[str, Any]] = TypeAdapter(row)
        # At the first bad row it stops: a short body of many bad rows would have a long answer.
        rows: Any = Annotated[list[row], FailFast()]  # type: ignore[valid-type]
        self.rows: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(rows)

    def read(self, body: bytes) -> dict[str, list[Any]]:
        """The columns of a JSON body: an object is one row, an array many.

        Reading ends at the first bad row, and at the first that is one too many.

        Raises:
            NotJson, TooManyRows, BadRows: if they can't be answered.
        """
        if len(body) <= PIECE:
            return self.check(self._rows(body))
        columns: dict[str, list[Any]] = {name: [] for name in self.names}
        count = 0
        for piece in _pieces(body):
            rows = self._rows(piece, count)
            for name, values in self.check(rows, count).items():
                columns[name] += values
            count += len(rows)
        return columns

    def check(self, rows: list[dict[str, Any]], first: int = 0) -> dict[str, list[Any]]:
        """The columns of rows.

        Args:
            rows: by field name.
            first: the number of the first of them.

        Raises:
            BadRows: if they are not as the schema says.
        """
        if self.forbid:
            for number, row in enumerate(rows, first):
                if isinstance(row, dict) and not row.keys() <= self.columns.keys():
                    raise self._unknown(number, row)
        try:
            checked = self.rows.validate_python(rows)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            raise BadRows(list(self._problems(found[:SHOWN], first)), len(found)) from None
        if len(checked) == 1:  # the most frequent request, in half the time
            get = checked[0].get
            return {name: [get(name)] for name in self.names}
        return {name: [row.get(name) for row in checked] for name in self.names}

    def json_schema(self) -> dict[str, Any]:
        """One row, as OpenAPI describes it."""
        return self.row.json_schema() | {"additionalProperties": not self.forbid}

    def _rows(self, piece: bytes, first: int = 0) -> list[dict[str, Any]]:
        """The rows of a piece, of which the first has this number.

        Raises:
            NotJson, TooManyRows: if it has none, or the last is one too many.
        """
        try:
            rows = _rows(piece)
        except NotJson as error:
            raise NotJson(f"{error}, counted from row {first}") if first else error from None
        if first + len(rows) > self.max_rows:
            raise TooManyRows(f"one request may bring {self.max_rows} rows")
        return rows

    def _unknown(self, number: int, row: dict[str, Any]) -> BadRows:
        strange = [name for name in row if name not in self.columns]
        expected = f"no field of this name; fields are {', '.join(self.names)}"
        problems = [
            Problem(number, short(name), expected, short(repr(row[name])))
            for name in strange[:SHOWN]
        ]
        return BadRows(problems, len(strange))

    def _problems(self, found: Iterable[Any], first: int) -> Iterable[Problem]:
        for error in found:
            row, *rest = error["loc"]
            row += first
            given = "nothing" if error["type"] == "missing" else short(repr(error["input"]))
            if rest:
                yield Problem(row, rest[0], describe(self.columns[rest[0]]), given)
            else:
                yield Problem(row, None, "an object of field names and values", given)


def _rows(text: bytes) -> list[dict[str, Any]]:
    """One row, or a list of them; what each of them holds is still to be checked.

    Raises:
        NotJson: if it is neither.
    """
    try:
        content = from_json(text)
    except ValueError as error:
        raise NotJson(str(error)) from None
    rows = [content] if isinstance(content, dict) else content
    if not isinstance(rows, list) or not rows:
        raise NotJson("a row is an object of field names and values; many are a list of them")
    return rows


def _pieces(body: bytes) -> Iterator[bytes]:
    """A long list of rows as several shorter ones; anything else as it is.

    Reading can so end at the first bad row, and what it takes does not depend on the body's length.

    Raises:
        TooManyRows: if a row is too long.
    """
    opening = _OPENING.match(body)
    if len(body) <= PIECE or opening is None:
        if len(body) > MAX_ROW:
            raise TooManyRows(f"one row may have {MAX_ROW} bytes")
        yield body
        return
    start = end = place = opening.end()  # of the piece; of its last row; of what is looked at
    depth = 0.0
    while depth >= 0 and (found := _UP_TO_BRACKET.match(body, place, end + MAX_ROW)):
        place = found.end()
        depth += _STEPS[found[1]]
        if depth == 0:
            end = place
            if end - start > PIECE and (comma := _COMMA.match(body, end)):
                yield b"[%b]" % body[start:end]
                start = end = place = comma.end()
    if depth == -math.inf and len(body) - end > MAX_ROW:
        raise TooManyRows(f"one row may have {MAX_ROW} bytes")
    yield b"[" + body[start:]


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


{% if cookiecutter.__cells -%}
def _row_type(columns: Iterable[Column], missing: list[str]) -> Any:
    make: Any = TypedDict  # which type checkers only know with literal fields
    return make("Row", {column.name: _annotation(column, missing) for column in columns})


def _annotation(column: Column, missing: list[str]) -> Any:
    """A field's type; only fields that the table does not write plainly are read in Python.

    Args:
        column: of the schema.
        missing: texts that mean a missing value in every column.
    """
    kind = _kind(column)
    values: Any = kind | None if column.nullable else kind
    if column.cells or (missing and column.nullable):
        values = _as_written(values, column, missing)
    return NotRequired[values] if column.nullable else values


def _as_written(values: Any, column: Column, missing: list[str]) -> Any:
    """A field that may also be written as the table writes it.

    Args:
        values: its type.
        column: of the schema.
        missing: texts that mean a missing value in every column.
    """
    written = column.written

    def read(cell: Any) -> Any:
        value = value_of(cell, written, missing)
        return cell if value is None and not column.nullable else value

    told: Any = values
    if spellings := _other_spellings(column, missing):
        told = values | Annotated[Any, WithJsonSchema(spellings)]
    return Annotated[values, BeforeValidator(read, json_schema_input_type=told)]


def _other_spellings(column: Column, missing: list[str]) -> dict[str, Any]:
    """How a field may be written beside its plain values, as JSON Schema says it."""
    written = column.written
    if written.decimal or written.dates:
        kinds = ["string", "integer"] if written.dates else "string"
        options = {name: value for name, value in (column.cells or {}).items() if value}
        return {"type": kinds, "description": f"as the table writes it: {options}"}
    gone = ["", *missing, *written.na_values] if column.nullable else []
    if written.strip and column.allowed is not None:
        texts = "|".join(_SIGN.sub(r"\\\g<0>", text) for text in [*column.allowed, *gone])
        return {"type": "string", "pattern": rf"^\s*(?:{texts})\s*$"}
    numbers = [number for text in gone if (number := number_in(text, PLAIN)) is not None]
    return {"enum": [*gone, *numbers]} if gone else {}
{%- else -%}
def _row_type(columns: Iterable[Column]) -> Any:
    make: Any = TypedDict  # which type checkers only know with literal fields
    return make("Row", {column.name: _annotation(column) for column in columns})


def _annotation(column: Column) -> Any:
    kind = _kind(column)
    return NotRequired[kind | None] if column.nullable else kind
{%- endif %}


def _kind(column: Column) -> Any:
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
    return kind
