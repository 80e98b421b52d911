"""The page of `make app`: what moved a prediction, and the page itself where Streamlit is."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from {{ cookiecutter.package_name }} import app
from {{ cookiecutter.package_name }}.app.attributions import attributions
from {{ cookiecutter.package_name }}.app.page_state import (
    ROWS,
    PageState,
    first,
    page_state,
)
from {{ cookiecutter.package_name }}.app.uploads import read
from {{ cookiecutter.package_name }}.data.schema import Column, Schema
from {{ cookiecutter.package_name }}.data.tables import read_table, write_table
from {{ cookiecutter.package_name }}.model import model_file
from {{ cookiecutter.package_name }}.packing import write_hashes
from {{ cookiecutter.package_name }}.runtime.base import Answers, Columns
from {{ cookiecutter.package_name }}.runtime.batch import answered
from {{ cookiecutter.package_name }}.runtime.rows import BadRows, Problem
from {{ cookiecutter.package_name }}.runtime.served_model import ServedModel
from {{ cookiecutter.package_name }}.tools import paths
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.files import write_text

CANDIDATE = "serving.model=candidate"


# --- what moved it: models whose answer is known ---


@dataclass
class Weighed:
    """Adds its numbers up, weighed, with 9 for what is missing; as a class, if it has any."""

    weights: dict[str, float]
    classes: list[Any] | None = None
    name: str = "known"
    quick: bool = True
    asked: int = 0

    def quickly(self, columns: Columns) -> Answers:
        """The same."""
        return self.predict(columns)

    def predict(self, columns: Columns) -> Answers:
        """Answer, unless a row is -1."""
        if any(-1 in values for values in columns.values()):
            raise BadRows([Problem(0, None, "no -1", "-1")], 1)
        table = pd.DataFrame(columns, dtype=float).fillna(9)
        self.asked += len(table)
        sums = table[list(self.weights)].to_numpy() @ list(self.weights.values())
        if self.classes is None:
            return Answers(sums.tolist())
        chances = np.column_stack([1 - sums, sums])
        return Answers([self.classes[int(chance > 0.5)] for chance in sums], chances)


def known(weights: dict[str, float], classes: list[Any] | None = None) -> ServedModel:
    columns = (*(Column(name, "number", nullable=True) for name in weights), Column("y", "number"))
    schema = Schema("y", "binary" if classes else "regression", columns)
    runtime = Weighed(weights, classes)
    return ServedModel("v1", None, schema, runtime, made=0.0, margin=None, example={}, facts={})


def test_a_sum_is_moved_by_each_weight_times_the_distance_from_the_average() -> None:
    model = known({"a": 1.0, "b": -10.0, "c": 0.0})
    found = attributions(model, {"a": 5, "b": 3, "c": 8}, {"a": [1, 2], "b": [2, 2], "c": [0, 4]})
    assert list(found) == ["b", "a", "c"]  # the largest change first
    assert found == pytest.approx({"b": -10, "a": 3.5, "c": 0})


def test_a_wide_table_is_asked_about_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    row, reference = {"a": 5, "b": 3, "c": 8}, {"a": [1, 2], "b": [2, 2], "c": [0, 4]}
    model = known({"a": 1.0, "b": -10.0, "c": 2.0})
    at_once = attributions(model, row, reference)
    for cells in (1, 12):
        monkeypatch.setattr(f"{attributions.__module__}.CELLS", cells)
        assert attributions(model, row, reference) == at_once


def test_values_count_as_often_as_they_occur_and_are_asked_once() -> None:
    model = known({"a": 1.0})
    assert attributions(model, {"a": 4}, {"a": [0, 0, 0, 4, None]}) == pytest.approx(
        {"a": 4 - 13 / 5}
    )
    assert model.runtime.asked == 1 + 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(("value", "change"), [(0.9, 0.4), (0.1, 0.4)])
def test_a_class_is_moved_by_its_own_probability(value: float, change: float) -> None:
    model = known({"a": 1.0}, ["no", "yes"])
    assert attributions(model, {"a": value}, {"a": [0.5, 0.4, 0.6]}) == pytest.approx({"a": change})


def test_a_feature_that_fits_no_other_row_is_left_out() -> None:
    model = known({"a": 1.0, "b": 1.0})
    assert attributions(model, {"a": 1, "b": 1}, {"a": [-1, 2], "b": [2, 2]}) == {"b": -1}


# --- the repository's own model ---


@pytest.fixture
def here(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the candidate, which is the current one."""
    monkeypatch.chdir(trained)
    return trained


@pytest.fixture
def page(here: Path) -> PageState:
    """What the page of the candidate is about."""
    found = page_state([CANDIDATE])
    found.cfg.data.read = {}
    return found


def test_a_change_is_the_average_over_the_reference(page: PageState, schema: Schema) -> None:
    row = first(page.reference)
    found = attributions(page.model, row, page.reference)
    assert set(found) <= set(schema.features)
    sizes = [abs(change) for change in found.values()]
    assert sizes == sorted(sizes, reverse=True)
    for name in list(found)[:3]:
        values = page.reference[name]
        others = {key: [value] * len(values) for key, value in row.items()} | {name: values}
        (answer,) = page.model.answers(columns(row))
        scores = [score(other, answer) for other in page.model.answers(others)]
        assert found[name] == pytest.approx(score(answer, answer) - np.mean(scores), abs=1e-9)


def score(answer: dict[str, Any], shown: dict[str, Any]) -> float:
    if "probabilities" in answer:
        return float(answer["probabilities"][str(shown["prediction"])])
    return float(answer["prediction"])


def test_reference_rows_come_with_the_model_or_are_test_rows(
    page: PageState, schema: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = schema.features[0]
    assert list(page.reference) == schema.features
    assert 1 < len(page.reference[name]) <= ROWS
    table = read_table(paths.TEST)
    shutil.copytree(paths.CANDIDATE, tmp_path / paths.CANDIDATE)
    monkeypatch.chdir(tmp_path)
    (paths.CANDIDATE / "reference.parquet").unlink(missing_ok=True)
    write_hashes(paths.CANDIDATE)
    assert first(page_state([CANDIDATE]).reference) == page.example
    assert len(page_state([CANDIDATE]).reference[name]) == 1
    for rows in (table.drop(columns=name), table.head(0)):
        write_table(paths.TEST, rows)
        assert len(page_state([CANDIDATE]).reference[name]) == 1
    write_table(paths.TEST, table.head(7))
    assert len(page_state([CANDIDATE]).reference[name]) == 7


def test_an_uploaded_file_is_answered_as_the_pipeline_answers_it(
    page: PageState, schema: Schema
) -> None:
    table = read_table(paths.TEST)
    file = BytesIO(table.to_csv(index=False).encode())
    found = answered(read(file, "rows.csv", page.cfg), page.model, page.reader)
    pipeline = model_file.load_pipeline(paths.CANDIDATE / "pipeline.skops")
    expected = pipeline.predict(table[schema.features]).tolist()
    told = found[f"predicted_{schema.target}"].tolist()
    assert told == (pytest.approx(expected) if schema.task == "regression" else expected)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "can't be read"), (b"\xff\xfe\x00", "can't be read"), (b"a,b\n", "has no rows")],
)
def test_what_is_no_table_is_refused(page: PageState, content: bytes, reason: str) -> None:
    with pytest.raises(Refusal, match=f"rows.csv {reason}"):
        read(BytesIO(content), "rows.csv", page.cfg)


# --- the page ---


def shown(monkeypatch: pytest.MonkeyPatch, overrides: Sequence[str]) -> Any:
    """The page as a browser would get it."""
    streamlit = pytest.importorskip("streamlit", reason="the extra `app` is not installed")
    from streamlit.testing.v1 import AppTest

    streamlit.cache_resource.clear()
    script = Path(app.__file__).with_name("page.py")
    monkeypatch.setattr(sys, "argv", [str(script), *overrides])
    found = AppTest.from_file(str(script), default_timeout=60).run()
    assert not found.exception
    return found


def columns(row: dict[str, Any]) -> Columns:
    """A row as columns."""
    return {name: [value] for name, value in row.items()}


def told(model: ServedModel, columns: Columns) -> str:
    """What the page shows as the prediction for a row."""
    from {{ cookiecutter.package_name }}.app.charts import number

    (answer,) = model.answers(columns)
    found = answer["prediction"]
    return number(found) if isinstance(found, float) else str(found)


def test_the_page_predicts_the_example_then_what_is_filled_in(
    page: PageState, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = shown(monkeypatch, [CANDIDATE])
    assert at.metric[0].value == told(page.model, columns(page.example))
    assert len(at.get("vega_lite_chart")) == (1 if schema.task == "regression" else 2)
    other = dict(page.example)
    for widget in (*at.number_input, *at.selectbox, *at.checkbox, *at.datetime_input):
        name = widget.key.removeprefix("field ")
        value = next((v for v in page.reference[name] if v not in (None, other[name])), None)
        if value is not None:
            other[name] = value
            widget.set_value(int(value) if schema[name].type == "integer" else value)
    assert other != page.example
    next(button for button in at.button if button.label == "Predict").click()
    at.run()
    assert not at.exception
    assert not at.error
    assert at.metric[0].value == told(page.model, columns(other))


def test_the_page_names_a_value_that_can_t_be(
    page: PageState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: ServedModel, columns: Columns) -> Any:
        raise BadRows([Problem(0, "a*b", "a number", "'*'")], 1)

    at = shown(monkeypatch, [CANDIDATE])
    monkeypatch.setattr(ServedModel, "answers", refuse)
    at.run()
    assert not at.exception
    assert not at.metric
    assert r"a\*b" in at.main.table[0].value.to_numpy()


def test_the_page_shows_the_drift_report(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = paths.REPORTS / "drift.html"
    report.unlink(missing_ok=True)
    assert "make monitor" in shown(monkeypatch, [CANDIDATE]).info[0].value
    write_text(report, "<p>Nothing drifts.</p>")
    at = shown(monkeypatch, [CANDIDATE])
    assert not at.info
    assert "Nothing drifts." in at.get("iframe")[0].proto.srcdoc
    report.unlink()


@pytest.mark.parametrize(
    ("override", "reason"), [(CANDIDATE, "no model folder"), ("serving.nothing=1", "nothing")]
)
def test_a_page_without_a_model_says_why(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, override: str, reason: str
) -> None:
    at = shown(monkeypatch, [override])
    assert reason in at.error[0].value
    assert "make app" in at.markdown[0].value
