"""Long bodies are read in pieces: the same rows and the same refusals, and an early end."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.runtime import rows
from {{ cookiecutter.package_name }}.runtime.rows import BadRows, NotJson, Reader

COLUMNS = (Column("x", "number"), Column("text", "text", nullable=True), Column("y", "number"))
READER = Reader(Schema("y", "regression", COLUMNS), max_rows=5_000)
ROW = b'{"x":1,"text":"' + b"a" * 100 + b'"}'

VALUES = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('ab"\\{}[],:é')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)
BODIES = st.lists(st.dictionaries(st.text(max_size=3), VALUES) | VALUES, max_size=9).map(
    lambda found: json.dumps(found).encode()
)


def found(pieces: list[bytes]) -> list[Any] | None:
    """Rows of all pieces; None if one of them is no list of rows."""
    try:
        return [row for piece in pieces for row in rows._rows(piece)]
    except NotJson:
        return None


@given(body=BODIES, cut=st.integers(0, 400), put=st.sampled_from([b"", b'"', b"{", b"]", b","]))
def test_pieces_hold_what_the_whole_holds(body: bytes, cut: int, put: bytes) -> None:
    broken = body[:cut] + put + body[cut + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        for text in (body, broken):
            whole = found([text])
            patch.setattr(rows, "PIECE", 20)
            assert found(list(rows._pieces(text))) == whole
            patch.undo()


def test_a_bad_row_of_a_long_list_has_its_number() -> None:
    many = [ROW] * 4_000
    columns = READER.read(b"[" + b",".join(many) + b"]")
    assert columns["x"] == [1] * 4_000
    for bad, field in ((b'{"x":"1"}', "x"), (b'{"x":1,"z":1}', "z"), (b"7", None)):
        many[3_500] = bad
        with pytest.raises(BadRows) as caught:
            READER.read(b"[" + b",".join(many) + b"]")
        assert [(each.row, each.field) for each in caught.value.problems] == [(3_500, field)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[" + b"{}," * 3_000_000 + b"{}]", rows.TooManyRows),
        (b"[" + b"{}," * 100_000 + b"[" * 9_000_000, rows.TooManyRows),
        (b"[" + (b"7," + ROW + b",") * 3_000 + b"[" * 9_000_000, BadRows),
        (b"[" + (ROW + b",") * 5_001 + b"[" * 9_000_000, rows.TooManyRows),
        (b'[{"x":[' + b"[]," * 3_000_000 + b"[]]}]", rows.TooManyRows),
        (b"[" + b"1," * 4_500_000 + b"1]", rows.TooManyRows),
        (b'[{"text":"' + b"a" * 9_000_000, rows.TooManyRows),
        (b'{"text":"' + b"a" * 9_000_000 + b'"}', rows.TooManyRows),
        (b"[" + (ROW + b",") * 4_000 + b"]", NotJson),
        (b"[" + (ROW + b" ") * 4_000 + b"]", NotJson),
    ],
)
def test_reading_ends_at_the_first_row_that_can_t_be(
    body: bytes, expected: type[Exception]
) -> None:
    parsed = []
    read = rows._rows

    def counted(piece: bytes) -> list[dict[str, Any]]:
        parsed.append(len(piece))
        return read(piece)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_rows", counted)
        start = time.perf_counter()
        with pytest.raises(expected):
            READER.read(body)
        assert time.perf_counter() - start < 5
    assert sum(parsed) < 1_500_000
{%- if cookiecutter.__cells %}


def test_a_request_may_write_values_as_the_table_does() -> None:
    columns = (
        Column("price", "number", cells={"marks": ["$"], "thousands": ",", "decimal": "."}),
        Column("sold", "datetime", cells={"dates": "%d/%m/%Y"}),
        Column("age", "integer", nullable=True),
        Column("shop", "category", categories=["north", "south"], cells={"strip": True}),
        Column("y", "number"),
    )
    reader = Reader(Schema("y", "regression", columns, na_values=["?"]))
    as_text = {"price": "$1,234.50", "sold": "03/02/2023", "age": "?", "shop": "north "}
    as_values = {"price": 1234.5, "sold": "2023-02-03", "age": None, "shop": "north"}
    rows = [reader.read(json.dumps(row).encode()) for row in (as_text, as_values)]
    assert rows[0] == rows[1]
    for price in ("1,5", "$", "five"):
        with pytest.raises(BadRows):
            reader.read(json.dumps(as_values | {"price": price}).encode())


def test_plain_columns_cost_a_request_nothing() -> None:
    columns = (Column("x", "category", categories=["a"]), Column("n", "number", nullable=True))
    schema = Schema("y", "regression", (*columns, Column("y", "number")))
    assert "function" not in str(Reader(schema.written_as([], {})).row.core_schema)
    assert "function" in str(Reader(schema.written_as(["?"], {})).row.core_schema)
{%- endif %}
