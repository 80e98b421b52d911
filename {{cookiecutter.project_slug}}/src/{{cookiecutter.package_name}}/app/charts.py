"""The page's two charts. Their order is spelled out: a browser keeps the one of earlier rows."""

from typing import Any

import altair as alt
import pandas as pd

SHOWN = 12  # bars
AXIS = alt.Axis(labelFlush=False, labelLimit=320)
RAISES, LOWERS = "#2a6f97", "#e07a3f"


def number(value: float) -> str:
    """A number as people read it: four digits that count, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.4g}"


def probabilities(chances: dict[str, float]) -> Any:
    """A bar a class, the most probable first."""
    most = sorted(chances.items(), key=lambda item: -item[1])[:SHOWN]
    table = pd.DataFrame(most, columns=["class", "probability"])
    base = alt.Chart(table).encode(
        x=alt.X("probability", axis=None, scale=alt.Scale(domain=[0, 1.15])),
        y=alt.Y("class:N", sort=list(table["class"]), title=None, axis=AXIS),
        tooltip=["class:N", alt.Tooltip("probability", format=".2%")],
    )
    percent = alt.Text("probability", format=".1%")
    text = base.mark_text(align="left", dx=4, color="gray").encode(text=percent)
    return base.mark_bar(color=RAISES, height={"band": 0.6}) + text


def differences(moved: dict[str, float], row: dict[str, Any], title: str) -> Any:
    """A bar a feature, with its value in the row, in the order given.

    Args:
        moved: by how much each raises the prediction.
        row: its values.
        title: of the axis.
    """
    shown = list(moved.items())[:SHOWN]
    table = pd.DataFrame(
        {
            "feature": [f"{name} = {as_text(row[name])}" for name, _ in shown],
            "difference": [change for _, change in shown],
        }
    )
    return (
        alt.Chart(table)
        .mark_bar(height={"band": 0.6})
        .encode(
            x=alt.X("difference", title=title),
            y=alt.Y("feature:N", sort=list(table["feature"]), title=None, axis=AXIS),
            color=alt.condition(alt.datum.difference > 0, alt.value(RAISES), alt.value(LOWERS)),
            tooltip=["feature:N", alt.Tooltip("difference", format="+.4g")],
        )
    )


def as_text(value: Any) -> str:
    """A value of a row, in few words."""
    if value is None:
        return "missing"
    if isinstance(value, float):
        return f"{value:.10g}"
    text = str(value).removesuffix(" 00:00:00")
    return text if len(text) <= 30 else f"{text[:29]}…"
