"""How cells are written: found once over a column, and read alike in a table and in a request."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from omegaconf import OmegaConf

from {{ cookiecutter.package_name }}.data.casting import read_cells
from {{ cookiecutter.package_name }}.data.cell_formats import find_formats, missing_texts, options_of
from {{ cookiecutter.package_name }}.data.cells import Cells, value_of
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.runtime.rows import BadRows, Reader
from {{ cookiecutter.package_name }}.stages.formats import with_formats
from {{ cookiecutter.package_name }}.tools.errors import Refusal

# Cells of a column, the options that are found for it, and what the first cell says.
WRITTEN: dict[str, tuple[list[Any], dict[str, Any], Any]] = {
    "grouped": (["1,037", "980", "12,000"], {"thousands": ",", "decimal": "."}, 1037),
    "lakhs": (["1,00,000", "2,500"], {"thousands": ",", "decimal": "."}, 100_000),
    "money": (["$1.50", "$2,000"], {"marks": ["$"], "thousands": ",", "decimal": "."}, 1.5),
    "code of money": (["EUR 5", "EUR 7.5"], {"marks": ["EUR"], "decimal": "."}, 5),
    "continental": (["2.960,00", "3,5"], {"thousands": ".", "decimal": ","}, 2960),
    "spaces": (["1\u00a0234,5", "7"], {"thousands": " ", "decimal": ","}, 1234.5),
    "accountants": (["(12.5)", "3"], {"decimal": "."}, -12.5),
    "percent": (["11%", "8%"], {"marks": ["%"], "decimal": "."}, 11),
    "unit": (["3.5 kg", "12 kg"], {"marks": ["kg"], "decimal": "."}, 3.5),
    "a word": (["5", "7", "8", "9", "11", "none"], {"na_values": ["none"], "decimal": "."}, 5),
    "days first": (["31/01/2023", "01/02/2023"], {"dates": "%d/%m/%Y"}, pd.Timestamp(2023, 1, 31)),
    "months first": (["01/31/23", "02/01/23"], {"dates": "%m/%d/%y"}, pd.Timestamp(2023, 1, 31)),
    "named months": (["31-Jan-2023"], {"dates": "%d-%b-%Y"}, pd.Timestamp(2023, 1, 31)),
    "with a time": (
        ["31.01.2023 14:05", "01.02.2023 09:00"],
        {"dates": "%d.%m.%Y %H:%M"},
        pd.Timestamp(2023, 1, 31, 14, 5),
    ),
    "compact": (
        [20230100 + day for day in range(1, 13)],
        {"dates": "%Y%m%d"},
        pd.Timestamp(2023, 1, 1),
    ),
    "far outside": ([34, 51, -999, 40], {"na_values": ["-999"]}, 34),
}
# What looks alike and is something else.
PLAIN: dict[str, list[Any]] = {
    "zip codes": ["00123", "10115"],
    "ranges": ["10-20", "20-30"],
    "ordinals": ["1st", "2nd", "3rd"],
    "at least": ["0", "1", "2", "3+"],
    "clock": ["12:30", "13:45"],
    "codes": ["AB12", "AB13"],
    "two units": ["5 kg", "300 g"],
    "two currencies": ["$5", "€7"],
    "not so far": [-999, -500, 20, 3000],
    "ISO 8601": ["2023-01-31", "2023-02-01"],
    "addresses": ["192.168.0.1", "10.0.0.1"],
}


def found_in(cells: list[Any]) -> dict[str, Cells]:
    return find_formats(pd.DataFrame({"x": cells}), [], []).cells


@pytest.mark.parametrize("kind", WRITTEN)
def test_how_a_column_is_written_is_found_and_read(kind: str) -> None:
    cells, options, first = WRITTEN[kind]
    written = found_in(cells)["x"]
    assert options_of(written) == options
    table = read_cells(pd.DataFrame({"x": cells}), [], {"x": written})
    assert table["x"].iloc[0] == first
    assert table["x"].dtype.kind in "ifM"
    assert value_of(cells[0], written, []) == first


@pytest.mark.parametrize("kind", PLAIN)
def test_what_only_looks_so_stays_as_it_is(kind: str) -> None:
    assert found_in(PLAIN[kind]) == {}


def test_a_date_of_two_readings_is_refused_with_both() -> None:
    doubt = find_formats(pd.DataFrame({"sold": ["01/04/2023", "05/06/2023"]}), [], []).doubts
    assert len(doubt) == 1
    assert "'01/04/2023' is 1 April 2023 or 4 January 2023" in doubt[0]
    assert "sold: {dates: '%d/%m/%Y'}` or `sold: {dates: '%m/%d/%Y'}" in doubt[0]


def test_spellings_of_missing_values_but_no_words() -> None:
    table = pd.DataFrame({"x": ["?", "None", " n/a "], "y": ["+", "-", "+"], "z": [1, 2, 3]})
    assert missing_texts(table) == ["?", "n/a"]


def test_types_do_not_depend_on_the_file() -> None:
    table = pd.DataFrame(
        {
            "whole": [1.0, 2.0, 3.0],
            "mixed": [1, "?", 3],
            "nullable": pd.array([1, None, 3], "Int64"),
            "large": np.array([1, 2, 2**64 - 1], "uint64"),
            "kind": pd.Categorical(["a ", "b", None]),
            "raw": [b"x", b"y", b""],
            "zone": pd.to_datetime(["2024-01-01T01:00+01:00"] * 3),
            "span": pd.to_timedelta([60, 90, 120], unit="s"),
            "maybe": pd.array([True, None, False], "boolean"),
        }
    )
    read = read_cells(table, ["?"], {})
    kinds = {name: read[name].dtype.kind for name in ("whole", "mixed", "nullable", "large")}
    assert kinds == {"whole": "i", "mixed": "f", "nullable": "f", "large": "f"}
    assert read["kind"].tolist()[:2] == ["a", "b"]
    assert read["raw"].isna().tolist() == [False, False, True]
    assert read["zone"].iloc[0] == pd.Timestamp(2024, 1, 1)
    assert read["span"].tolist() == [60, 90, 120]
    assert read["maybe"].tolist()[0] is True


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Refusal, match="'photo' holds bytes"):
        read_cells(pd.DataFrame({"photo": [b"\xff\xfe", b"\x00"]}), [], {})


def test_a_request_may_write_values_as_the_table_does() -> None:
    columns = (
        Column("price", "number", cells={"marks": ["$"], "thousands": ",", "decimal": "."}),
        Column("sold", "datetime", cells={"dates": "%d/%m/%Y"}),
        Column("age", "integer", nullable=True),
        Column("shop", "category", categories=["north", "south"]),
        Column("y", "number"),
    )
    reader = Reader(Schema("y", "regression", columns, na_values=["?"]))
    as_text = {"price": "$1,234.50", "sold": "03/02/2023", "age": "?", "shop": "north "}
    as_values = {"price": 1234.5, "sold": "2023-02-03", "age": None, "shop": "north"}
    rows = [reader.read(json.dumps(row).encode()) for row in (as_text, as_values)]
    assert rows[0] == rows[1]
    assert reader.json_schema()["properties"]["price"]["anyOf"][1] == {"type": "string"}
    for price in ("1,5", "$", "five"):
        with pytest.raises(BadRows):
            reader.read(json.dumps(as_values | {"price": price}).encode())


def test_a_schema_without_na_values_takes_cells_as_they_come() -> None:
    reader = Reader(Schema("y", "regression", (Column("x", "category"), Column("y", "number"))))
    assert reader.read(b'{"x": " a "}') == {"x": [" a "]}


def test_a_model_s_schema_keeps_how_its_table_is_written(tmp_path: Path) -> None:
    schema = Schema("y", "regression", (Column("x", "number"), Column("y", "number")))
    written = schema.written_as(["?"], {"x": {"marks": ["$"], "decimal": "."}})
    written.save(tmp_path / "schema.yaml")
    assert Schema.load(tmp_path / "schema.yaml") == written
    assert written["x"].written == Cells(marks=["$"], decimal=".")


def test_what_is_found_is_written_beside_what_stands_there() -> None:
    text = "a: 1\nna_values: [] # texts\ncells: # how\n  old: {decimal: '.'}\ntarget: y\n"
    data = OmegaConf.create(
        {"na_values": ["?"], "cells": {"old": {"decimal": "."}, "a b": {"marks": ["$"]}}}
    )
    assert with_formats(text, data) == (
        'a: 1\nna_values: ["?"] # texts\ncells: # how\n'
        '  old: {decimal: "."}\n  "a b": {marks: ["$"]}\ntarget: y\n'
    )
    assert with_formats("cells: {} # how\n", OmegaConf.create({"cells": {}, "na_values": []})) == (
        "cells: {} # how\n"
    )
