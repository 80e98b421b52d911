"""The matrix of a cohort: teams by labs, each cell with its reason and its log."""

from collections.abc import Iterator, Sequence
from html import escape

from course.copies import Copy
from course.grade import Grades, Handed
from course.judging import Verdict
from course.lab import Lab

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top }
.passed { background: #e3f4e3 } .failed { background: #fbe3e3 } .not-judged { background: #fff3cf }
summary { cursor: pointer } pre { max-width: 60rem; overflow: auto; font-size: 12px }
ul { margin: .3rem 0; padding-left: 1.2rem } .notes { color: #666 }
"""


def page(handed: Handed, labs: Sequence[Lab], grades: Grades, copied: Sequence[Copy]) -> str:
    """Write the page, which needs no other file."""
    heads = "".join(f"<th>{lab.number} {escape(lab.title)}</th>" for lab in labs)
    rows = "\n".join(_row(handed, team, labs, grades) for team in handed.teams)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Grades</title><style>{STYLE}</style>
<h1>Grades</h1>
<p>What was received until {escape(handed.at)}. A yellow cell was not judged: it counts for nothing
until it is.</p>
<table><thead><tr><th>Team</th>{heads}<th>Points</th></tr></thead>
<tbody>
{rows}
</tbody></table>
{_copies(copied)}
</html>
"""


def _row(handed: Handed, team: str, labs: Sequence[Lab], grades: Grades) -> str:
    verdicts = [grades[team, lab.name] for lab in labs]
    points = sum(
        lab.points for lab, verdict in zip(labs, verdicts, strict=True) if verdict.state == "passed"
    )
    members = ", ".join(escape(each.name) for each in handed.students if each.team == team)
    notes = "".join(f"<li>{escape(note)}</li>" for note in handed.notes.get(team, ()))
    about = f"<b>{escape(team)}</b><br>{members}"
    if notes:
        about += f'<ul class="notes">{notes}</ul>'
    cells = "".join(map(_cell, verdicts))
    return f"<tr><td>{about}</td>{cells}<td>{points}</td></tr>"


def _cell(verdict: Verdict) -> str:
    detail = "".join(_detail(verdict))
    return (
        f'<td class="{verdict.state.replace(" ", "-")}"><details><summary>{verdict.state}</summary>'
        f"{escape(verdict.reason)}{detail}</details></td>"
    )


def _detail(verdict: Verdict) -> Iterator[str]:
    if verdict.checks:
        yield "<ul>"
        for check in verdict.checks:
            text = escape(check.title) if check.passed else f"<b>{escape(check.title)}</b>"
            yield f"<li>{text}{f'<br>{escape(check.said)}' if check.said else ''}</li>"
        yield "</ul>"
    if verdict.log.strip():
        yield f"<details><summary>log</summary><pre>{escape(verdict.log)}</pre></details>"


def _copies(copied: Sequence[Copy]) -> str:
    if not copied:
        return "<p>No two teams wrote a function alike.</p>"
    rows = "".join(
        f"<tr><td>{escape(each.function)}</td><td>{escape(each.first)}</td>"
        f"<td>{escape(each.second)}</td><td>{each.share:.0%}</td></tr>"
        for each in copied
    )
    return (
        "<h2>Functions written alike</h2><p>A list to look at, and no verdict: names, comments and "
        "layout are left out of account.</p><table><tr><th>Function</th><th></th><th></th>"
        f"<th>Alike</th></tr>{rows}</table>"
    )
