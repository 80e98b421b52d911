"""Rows from outside into columns of checked values, by a model that is built from the schema."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from .schema import Column, Schema

MAX_TEXT = 100_000  # characters of one value
SHOWN = 20  # problems in one answer
WORDS = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "category": "a string",
    "text": "a string",
    "datetime": "an ISO 8601 date and time",
}


class BadRows(Exception):  # noqa: N818 - it is an answer, not an accident
    """What is wrong with the rows of a request.

    Attributes:
        problems: each a dict of row, field, expected and given.
    """

    def __init__(self, problems: list[dict[str, Any]], total: int) -> None:
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
        self.features = [schema[name] for name in schema.features]
        self.names = schema.features
        self.max_rows = max_rows
        row, rows = _row_types(self.features, forbid=unknown_fields == "refuse")
        self.one: TypeAdapter[dict[str, Any]] = TypeAdapter(row)
        self.many: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(rows)

    def read(self, body: bytes) -> dict[str, list[Any]]:
        """The columns of a JSON body: an object is one row, an array many.

        Raises:
            NotJson, TooManyRows, BadRows: if they can't be answered.
        """
        try:
            if body.lstrip()[:1] == b"[":
                rows = self.many.validate_json(body)
            else:
                rows = [self.one.validate_json(body)]
        except ValidationError as error:
            raise self._explained(error) from None
        if len(rows) > self.max_rows:
            raise TooManyRows(f"{len(rows)} rows; one request may bring {self.max_rows}")
        if not rows:
            raise NotJson("there is no row in the list")
        return self._columns(rows)

    def check(self, rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
        """The columns of rows that are Python objects already.

        Raises:
            BadRows: if they are not as the schema says.
        """
        try:
            return self._columns(self.many.validate_python(list(rows)))
        except ValidationError as error:
            raise self._explained(error) from None

    def json_schema(self) -> dict[str, Any]:
        """One row, as OpenAPI describes it."""
        return self.one.json_schema()

    def _columns(self, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
        return {name: [row.get(name) for row in rows] for name in self.names}

    def _explained(self, error: ValidationError) -> BadRows | NotJson:
        found = error.errors(include_url=False, include_context=False)
        first = found[0]
        if first["type"] == "json_invalid":
            return NotJson(first["msg"])
        if first["type"] in ("dict_type", "list_type") and len(first["loc"]) < 2:
            return NotJson("a row is an object of field names and values; many are a list of them")
        return BadRows(list(self._problems(found[:SHOWN])), len(found))

    def _problems(self, found: Iterable[Any]) -> Iterable[dict[str, Any]]:
        by_name = {column.name: column for column in self.features}
        for error in found:
            place = error["loc"]
            row, *rest = place if isinstance(place[0], int) else (0, *place)
            field = str(rest[0]) if rest else None
            column = by_name.get(field) if field else None
            given = "nothing" if error["type"] == "missing" else repr(error["input"])
            if column is None:
                fields = ", ".join(self.names)
                expected = f"no field of this name; fields are {fields}"
                yield {"row": row, "field": field, "expected": expected, "given": _short(given)}
            else:
                yield problem(row, column, given)


def describe(column: Column) -> str:
    """What a column takes, in words."""
    text = WORDS.get(column.type, "a value")
    if column.allowed is not None:
        text = f"one of {', '.join(column.allowed)}"
    elif column.span is not None:
        text += f", {column.span}"
    return f"{text}, or null" if column.nullable else text


def problem(row: int, column: Column, given: str) -> dict[str, Any]:
    """What is wrong with one value."""
    expected = describe(column)
    return {"row": row, "field": column.name, "expected": expected, "given": _short(given)}


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _row_types(features: list[Column], forbid: bool) -> tuple[Any, Any]:
    """The types of a row and of a list of rows."""
    make: Any = TypedDict  # which type checkers only know with literal fields
    row = make("Row", {column.name: _annotation(column) for column in features})
    row.__pydantic_config__ = ConfigDict(extra="forbid" if forbid else "ignore")
    return row, list[row]  # type: ignore[valid-type]


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
            kind = Annotated[datetime, Field(strict=True), AfterValidator(_utc)]
        case _ if column.allowed is not None:
            kind = Literal[tuple(column.allowed)]
        case _:
            kind = Annotated[str, Field(strict=True, max_length=MAX_TEXT)]
    return NotRequired[kind | None] if column.nullable else kind
