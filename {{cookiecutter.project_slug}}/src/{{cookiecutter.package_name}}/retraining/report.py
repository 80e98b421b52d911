"""reports/retraining.md: the report for a pull request or an issue."""

import re
from collections.abc import Iterator

from omegaconf import DictConfig

from ..tools.files import write_text
from ..tools.markdown import number, plain, span, table
from ..tools.paths import REPORTS
from .record import Record

FILE = REPORTS / "retraining.md"
HEADINGS = {
    "nothing": "nothing to retrain for",
    "candidate": "a candidate that may replace production",
    "refused": "retraining refused",
}
SHOWN = 10  # columns of a plot


def write_report(record: Record, cfg: DictConfig) -> None:
    """Leave the report."""
    write_text(FILE, "\n\n".join(_parts(record, cfg)) + "\n")


def _parts(record: Record, cfg: DictConfig) -> Iterator[str]:
    yield f"## {plain(cfg.title)}: {HEADINGS[record.outcome]}"
    yield plain(record.line)
    if record.reasons:
        yield "### Reasons"
        rows = [[r.name, "yes" if r.holds else "no", r.found] for r in record.reasons]
        yield table(["reason", "holds", "found"], rows)
    if record.violations:
        yield "### Where the data break their schema"
        yield table(["column", "check", "expected", "rows", "examples"], _violations(record))
    if record.scores:
        yield "### Candidate and production, on the same test rows"
        yield table(["metric", "candidate", "interval", *_of_production(record)], _scores(record))
    if record.checks:
        yield "### Gate"
        yield table(["check", "required", "found", "verdict"], _checks(record))
    for reason in record.reasons:
        if reason.details:
            yield f"### {plain(reason.name).capitalize()}: {plain(reason.found)}"
            yield reason.details
    if record.importance:
        yield "### What the candidate goes by"
        yield _plot(record, str(cfg.evaluate.metric))
    if record.data:
        yield "### Made from"
        yield table(["what", "before", "now"], _made_from(record))
    if record.said and not record.violations:
        yield "### The last lines of what failed"
        yield "\n".join(f"    {line}" for line in record.said)
    yield "### What to do next"
    yield _next(record, cfg)


def _violations(record: Record) -> Iterator[list[str]]:
    for found in record.violations:
        examples = ", ".join(f"row {row}: {value}" for row, value in found["examples"].items())
        yield [found["column"], found["check"], found["expected"], str(found["rows"]), examples]


def _of_production(record: Record) -> list[str]:
    former = record.production
    return [f"production {former}", "interval", "difference"] if former else []


def _scores(record: Record) -> Iterator[list[str]]:
    for metric, found in record.scores.items():
        row = [metric, number(found["candidate"]), span(found["candidate_interval"])]
        if record.production:
            gain = found["candidate"] - found["production"]
            row += [number(found["production"]), span(found["production_interval"]), f"{gain:+.4f}"]
        yield row


def _checks(record: Record) -> Iterator[list[str]]:
    for check in record.checks:
        verdict = "passed" if check["passed"] else "refused"
        yield [check["name"], check["required"], check["found"], verdict]


def _plot(record: Record, metric: str) -> str:
    """A bar chart that GitHub draws: what of the metric is lost when a column is shuffled."""
    shown = dict(list(record.importance.items())[:SHOWN])
    names = ", ".join(f'"{_label(name)}"' for name in shown)
    bars = ", ".join(f"{value:.4f}" for value in shown.values())
    low, high = min(0.0, *shown.values()), max(1e-4, *shown.values())
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta horizontal",
            '    title "Permutation importance"',
            f"    x-axis [{names}]",
            f'    y-axis "{_label(metric)} lost" {low:.4f} --> {high:.4f}',
            f"    bar [{bars}]",
            "```",
        ]
    )


def _label(name: str, longest: int = 24) -> str:
    """Letters that mean nothing to Mermaid, and that GitHub makes nothing of."""
    label = re.sub(r"[^\w .()+-]", "_", name).strip() or "_"  # none may be empty
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def _made_from(record: Record) -> Iterator[list[str]]:
    yield ["data (DVC hash)", *(record.data.get(when) or "-" for when in ("before", "now"))]
    for rows in ("train", "test"):
        yield [f"rows to {rows}", *(_rows(record, when, rows) for when in ("before", "now"))]
    yield ["code (Git commit)", "", record.commit or "-"]


def _rows(record: Record, when: str, of: str) -> str:
    return str(record.rows[when][of]) if when in record.rows else "-"


def _next(record: Record, cfg: DictConfig) -> str:
    if record.outcome == "nothing":
        return "Nothing, unless the line above says so."
    if record.outcome == "refused":
        return (
            "Production is as it was, and so are this repository's files. Mend what the first line "
            "says, then `make retrain`."
        )
    if cfg.retraining.promote:
        return (
            "`make propose` puts it into production, since `retraining.promote` is set. Merge what "
            "it proposes, so that the code and the data here are those of the model."
        )
    return (
        "Look at the figures. Merge, if they please, then `make promote` on what is merged puts "
        "it into production; or close this, and production stays as it is."
    )
