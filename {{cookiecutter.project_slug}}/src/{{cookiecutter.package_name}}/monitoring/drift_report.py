"""The result of a look for drift, as a table on the terminal and as a page."""

import base64
from html import escape
from io import BytesIO
from string import Template
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from rich.markup import escape as plain
from rich.table import Table

from ..data.schema import Schema, Type
from .columns import in_log
from .compare import Check, counted, losses, measured, with_outcomes
from .drift_result import DRIFT, NO_DRIFT, DriftResult

SHOWN = 20  # tests on the terminal
PICTURES = 30
BINS = 24
BARS = 8
GREY, BLUE = "#b8bcc4", "#1f6feb"
COLOURS = {NO_DRIFT: "#1a7f37", DRIFT: "#cf222e"}
MAYBE = "#9a6700"

PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drift of $title</title>
<style>
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: #1f2328 }
.verdict { border-left: 0.4rem solid $colour; background: #f6f8fa; padding: 0.8rem 1.2rem;
  overflow-wrap: anywhere }
.verdict b { color: $colour; text-transform: uppercase; letter-spacing: 0.04em }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem }
.card { margin: 0; border: 1px solid #d1d9e0; border-radius: 0.5rem; padding: 0.7rem;
  overflow-wrap: anywhere }
.card.drifted { border: 2px solid #cf222e }
.card img { width: 100% }
.card small, .note { color: #59636e }
.key { padding: 0 0.4rem; border-radius: 0.2rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid #d1d9e0; padding: 0.3rem 0.8rem; text-align: left }
tr.drifted td { color: #cf222e; font-weight: 600 }
</style>
<body>
<h1>Drift of $title</h1>
<p class="verdict"><b>$verdict</b><br>$sentence</p>
$body
</body>
</html>
""")


def table(found: DriftResult) -> Table:
    """The tests that found the most, for the terminal."""
    columns = ("column", "check", "test", "effect", "p-value (Holm)", "verdict")
    shown = Table(*columns, title=f"Drift of {plain(found.model)}")
    for check in found.checks[:SHOWN]:
        verdict = "[red]drift[/]" if check.drifted else "[green]none[/]"
        shown.add_row(plain(check.column), *_cells(check)[1:], verdict)
    for column in found.quality:
        if column.bad:
            broken = f"{column.broken:.1%}"
            shown.add_row(plain(column.column), "quality", "schema", broken, "", "[red]bad[/]")
    if len(found.checks) > SHOWN:
        shown.caption = f"and {len(found.checks) - SHOWN} more in the report"
    return shown


def page(
    found: DriftResult,
    reference: pd.DataFrame,
    window: pd.DataFrame,
    schema: Schema,
    title: str,
    sentence: str,
) -> str:
    """All that was found, as HTML that loads nothing.

    Args:
        found: what to show.
        reference: the rows that the window was compared with.
        window: logged predictions.
        schema: of both.
        title: of the model.
        sentence: the verdict in words.
    """
    body = "".join(
        [
            _facts(found),
            _cards(found, reference, window, schema) if found.checks else "",
            _performance(found),
            _tests(found),
            _quality(found),
        ]
    )
    return PAGE.substitute(
        title=escape(title),
        colour=COLOURS.get(found.code, MAYBE),
        verdict=found.verdict,
        sentence=escape(sentence),
        body=body,
    )


def _facts(found: DriftResult) -> str:
    rows: list[list[Any]] = [
        ["model", found.model],
        ["checked", f"{found.checked:%Y-%m-%d %H:%M} UTC"],
        ["predictions", f"{found.rows['window']:,}"],
        ["of these with a known outcome", f"{found.rows['outcomes']:,}"],
        ["reference: test rows", f"{found.rows['reference']:,}"],
    ]
    if found.since and found.until:
        rows.insert(2, ["from", f"{found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M}"])
    return _html(None, rows)


def _cards(
    found: DriftResult, reference: pd.DataFrame, window: pd.DataFrame, schema: Schema
) -> str:
    pictured = [check for check in found.checks if check.kind != "missing" or check.drifted]
    cards = "".join(_card(check, reference, window, schema) for check in pictured[:PICTURES])
    return (
        "<h2>What the model sees and says</h2>"
        f'<p><span class="key" style="background:{GREY}">reference</span> '
        f'<span class="key" style="background:{BLUE};color:#fff">live</span> '
        "Shares of rows; what has drifted comes first.</p>"
        f'<div class="cards">{cards}</div>'
    )


def _card(check: Check, reference: pd.DataFrame, window: pd.DataFrame, schema: Schema) -> str:
    then, now, kind = _compared(check, reference, window, schema)
    picture = _picture(then, now, kind)
    drifted = " drifted" if check.drifted else ""
    name = escape(check.name)
    *_, test, effect, p_value = _cells(check)
    return (
        f'<figure class="card{drifted}"><b>{name}</b>'
        f'<img alt="{name}: reference and live" src="data:image/png;base64,{picture}">'
        f"<small>{test} {effect}, p {p_value}</small></figure>"
    )


def _compared(
    check: Check, reference: pd.DataFrame, window: pd.DataFrame, schema: Schema
) -> tuple[pd.Series, pd.Series, Type]:
    if check.kind == "concept":
        then, now = (pd.Series(losses(with_outcomes(rows, schema))) for rows in (reference, window))
        return then, now, "number"
    column = check.column if check.kind == "prediction" else in_log(schema)[check.column]
    if check.kind == "missing":
        words = {True: "missing", False: "there"}
        before, after = (rows[column].isna().map(words) for rows in (reference, window))
        return before, after, "category"
    kind: Type = "category" if check.test == "chi-squared" else "number"
    if check.kind == "values":
        kind = schema[check.column].type
    return reference[column], window[column], kind


def _picture(then: pd.Series, now: pd.Series, kind: Type) -> str:
    figure = Figure(figsize=(3.6, 2.1), layout="constrained")
    with mpl.rc_context({"font.size": 8, "text.parse_math": False}):  # a $ is a $
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        samples = measured(then, kind), measured(now, kind)
        if samples[0] is None or samples[1] is None:
            _bars(axes, counted(then), counted(now))
        else:
            _histograms(axes, samples[0], samples[1], kind)
        image = BytesIO()
        figure.savefig(image, dpi=120, metadata={"Software": None})
    return base64.b64encode(image.getvalue()).decode()


def _histograms(axes: Axes, then: Any, now: Any, kind: Type) -> None:
    both = np.concatenate([then, now]).astype(float)
    # Beyond these are few rows, which would squeeze all others into one bar.
    low, high = np.quantile(both[np.isfinite(both)], [0.005, 0.995])
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    shares = [np.histogram(values, edges)[0] / len(values) for values in (then, now)]
    places = edges.astype("datetime64[us]") if kind == "datetime" else edges
    axes.stairs(shares[0], places, fill=True, color=GREY)
    axes.stairs(shares[1], places, color=BLUE, linewidth=1.6)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    if kind == "datetime":
        axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=6))  # type: ignore[no-untyped-call]


def _bars(axes: Axes, then: pd.Series, now: pd.Series) -> None:
    shares = pd.concat([then / then.sum(), now / now.sum()], axis=1).fillna(0)
    shown = shares.loc[shares.max(axis=1).sort_values(ascending=False).index[:BARS]]
    places = np.arange(len(shown))
    axes.barh(places - 0.2, shown.iloc[:, 0], 0.4, color=GREY)
    axes.barh(places + 0.2, shown.iloc[:, 1], 0.4, color=BLUE)
    names = [name if len(name) <= 16 else f"{name[:15]}…" for name in map(str, shown.index)]
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(PercentFormatter(1))


def _performance(found: DriftResult) -> str:
    if not found.performance:
        return (
            '<h2>How well it does</h2><p class="note">Too few outcomes are known; '
            "they come in through POST /feedback.</p>"
        )
    rows = [
        [
            score.metric,
            f"{score.reference:.4f}",
            f"{score.live:.4f}",
            " to ".join(f"{end:.4f}" for end in score.interval),
        ]
        for score in found.performance
    ]
    header = ["metric", "reference", "live", "interval of live"]
    return f"<h2>How well it does</h2>{_html(header, rows)}"


def _tests(found: DriftResult) -> str:
    if not found.checks:
        return ""
    header = ["column", "check", "test", "effect", "p-value (Holm)"]
    rows = [_cells(check) for check in found.checks]
    marked = [check.drifted for check in found.checks]
    return (
        "<h2>Tests</h2>"
        '<p class="note">Drift is what stays beyond chance after Holm\'s correction for all of '
        "these tests, and is large enough to matter. If a concept drifted together with "
        "features, the features may be the reason.</p>" + _html(header, rows, marked)
    )


def _quality(found: DriftResult) -> str:
    if not found.quality:
        return ""
    header = ["column", "missing", "in the reference", "unseen", "out of range", "of another type"]
    rows = [
        [q.column]
        + [f"{share:.1%}" for share in (q.missing, q.missing_in_reference, q.unseen)]
        + [f"{share:.1%}" for share in (q.outside, q.strange)]
        for q in found.quality
    ]
    return f"<h2>Data quality</h2>{_html(header, rows, [q.bad for q in found.quality])}"


def _cells(check: Check) -> list[str]:
    small = check.adjusted < 0.0001
    p_value = f"{check.adjusted:.0e}" if small else f"{check.adjusted:.4f}"
    return [check.column, check.kind, check.test, f"{check.effect:.3f}", p_value]


def _html(header: list[str] | None, rows: list[list[Any]], marked: list[bool] | None = None) -> str:
    lines = []
    if header:
        lines.append("<tr>" + "".join(f"<th>{escape(name)}</th>" for name in header) + "</tr>")
    for number, row in enumerate(rows):
        cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in row)
        drifted = ' class="drifted"' if marked and marked[number] else ""
        lines.append(f"<tr{drifted}>{cells}</tr>")
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'
