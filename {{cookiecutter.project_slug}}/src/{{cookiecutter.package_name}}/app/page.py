"""The page itself. Streamlit runs it as a script, so its imports name the package."""

import sys
from datetime import datetime
from itertools import cycle
from typing import Any

import pandas as pd
import streamlit as st

from {{ cookiecutter.package_name }}.app.attributions import attributions
from {{ cookiecutter.package_name }}.app.charts import differences, number, probabilities
from {{ cookiecutter.package_name }}.app.form import field, literal
from {{ cookiecutter.package_name }}.app.page_state import PageState, first, page_state
from {{ cookiecutter.package_name }}.app.uploads import read
from {{ cookiecutter.package_name }}.predict import SEPARATORS
from {{ cookiecutter.package_name }}.runtime.batch import answered
from {{ cookiecutter.package_name }}.runtime.rows import BadRows
from {{ cookiecutter.package_name }}.tools.errors import Refusal
from {{ cookiecutter.package_name }}.tools.paths import REPORTS


@st.cache_resource(show_spinner="Opening the model")
def opened_once(overrides: tuple[str, ...]) -> PageState:
    """The model, for as long as the page is served."""
    return page_state(overrides)


def about(page: PageState) -> None:
    """The model's version, origin and scores."""
    model = page.model
    st.header("The model")
    st.table(
        {
            "predicts": literal(f"{model.schema.target} ({model.schema.task})"),
            "version": literal(model.version),
            "stage": model.stage or "none",
            "runtime": model.runtime.name,
            "code": str(model.facts["code"])[:12],
            "data": str(model.facts["data"])[:12],
        }
    )
    scores = model.facts["metrics"].items()
    st.table({literal(name.replace("_", " ")): number(score) for name, score in scores})
    if st.button("Open it anew", help="After a promotion"):
        st.cache_resource.clear()
        st.session_state.clear()
        st.rerun()


@st.fragment
def one_row(page: PageState) -> None:
    """A form, the answer to what is in it, and what moved that."""
    left, right = st.columns([5, 4], gap="large")
    with left, st.form("row"):
        places = cycle(st.columns(2))
        row = {}
        for name, place in zip(page.reader.names, places, strict=False):
            with place:
                row[name] = field(page.reader.columns[name], page.example[name])
        st.form_submit_button("Predict", type="primary")
    with right:
        try:
            columns = page.reader.check([row])
            (answer,) = page.model.answers(columns)
        except BadRows as refused:
            st.error("This row can't be answered")
            st.table(pd.DataFrame(refused.problems).drop(columns="row").fillna("row").map(literal))
            return
        target = page.model.schema.target
        told = answer["prediction"]
        st.metric(literal(target), number(told) if isinstance(told, float) else str(told))
        if "probabilities" in answer:
            st.altair_chart(probabilities(answer["probabilities"]))
            moving = f"the probability of {told}"
        else:
            moving = target
        if "interval" in answer:
            low, high = map(number, answer["interval"])
            coverage = page.model.facts["interval_coverage"]
            st.caption(f"{coverage:.0%} interval: {low} to {high}")
        what_moved_it(page, first(columns), moving)


def what_moved_it(page: PageState, row: dict[str, Any], moving: str) -> None:
    """Show the features' contributions to the prediction.

    Args:
        page: the model and its reference rows.
        row: checked values by feature.
        moving: name of the number that the contributions change.
    """
    st.subheader("What moved it")
    with st.spinner("Asking the model about other rows"):
        changes = attributions(page.model, row, page.reference)
    st.altair_chart(differences(changes, row, f"change of {moving}"))
    rows = len(page.reference[page.reader.names[0]])
    compared = f"those of {rows} test rows" if rows > 1 else "that of the model's example"
    st.caption(
        f"Each bar: the prediction as it is, less what it would be on average if this one value "
        f"were {compared} (prediction difference; Robnik-\u0160ikonja and Kononenko, 2008). "
        "Columns that act together are not told apart, so the bars need not add up."
    )
    if untold := [name for name in row if name not in changes]:
        st.caption(literal(f"Can't be told for {', '.join(untold)}"))


@st.fragment
def many_rows(page: PageState) -> None:
    """A file of rows, checked and answered."""
    kinds = [suffix.removeprefix(".") for suffix in SEPARATORS]
    file = st.file_uploader("Rows with the columns of the raw table", type=kinds)
    if file is None:
        return
    try:
        answers = answered(read(file, file.name, page.cfg), page.model, page.reader)
    except Refusal as refusal:
        what, _, lines = str(refusal).partition("\n")
        st.error(literal(what))
        st.text(lines)
        return
    st.success(f"{len(answers)} rows are answered by {literal(page.model.version)}")
    text = answers.to_csv(index=False)
    st.download_button("Download", text, "predictions.csv", "text/csv", type="primary")
    st.dataframe(answers, hide_index=True)


def drift() -> None:
    """The last drift report."""
    report = REPORTS / "drift.html"
    if not report.is_file():
        st.info("There is no drift report yet: `make monitor` makes one")
        return
    st.caption(f"As of {datetime.fromtimestamp(report.stat().st_mtime):%Y-%m-%d %H:%M}")
    st.iframe(report, height=1200)


def show() -> None:
    """The whole page."""
    st.set_page_config(page_title="Predict", layout="wide")
    try:
        page = opened_once(tuple(sys.argv[1:]))
    except Refusal as refusal:
        st.error(literal(refusal))
        st.write("Then `make app`; or `make app ARGS=serving.model=candidate`")
        return
    st.title(literal(page.cfg.title))
    with st.sidebar:
        about(page)
    row, file, report = st.tabs(["A row", "A file", "Drift"])
    with row:
        one_row(page)
    with file:
        many_rows(page)
    with report:
        drift()


show()
