"""One page for people, which opens without a network."""

from collections import Counter
from html import escape

from fleet.audit import UNREADABLE, Audited
from fleet.history import Changes
from fleet.report.picture import svg
from ml_repo_review.policy import Policy
from ml_repo_review.rules import RULES

STYLE = """
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem .8rem .2rem 0;
vertical-align: top } .error { color: #b3261e } .warning { color: #8a5a00 }
details { margin: .4rem 0 } code { background: #f3f3f3 } .wide { overflow-x: auto }
"""


def page(audited: list[Audited], policy: Policy, changed: Changes) -> str:
    """Give the page."""
    errors = sum(len(repo.broken("error")) for repo in audited)
    warnings = sum(len(repo.broken("warning")) for repo in audited)
    title = escape(str(policy.get("name", "Audit")))
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>{STYLE}</style>
<h1>{title}</h1>
<p>{len(audited)} repositories, {errors} errors, {warnings} warnings, under version
{escape(str(policy.get("version", "none")))} of the policy ({policy.digest[:12] or "none"}).</p>
<p>{_since(changed)}</p>
<div class="wide">{svg(audited)}</div>
<h2>Rules</h2>
<table><tr><th>rule</th><th>broken in</th><th>what holds where it is not</th><th>fix</th></tr>
{_rules(audited)}
</table>
<h2>Repositories</h2>
{"".join(map(_repository, audited))}
</html>
"""


def _since(changed: Changes) -> str:
    if changed.first:
        return "There is no audit before this one."
    said = [
        f"{word}: {', '.join(f'{escape(name)} {rule}' for name, rule in sorted(pairs))}."
        for word, pairs in (("New", changed.new), ("Mended", changed.mended))
        if pairs
    ]
    return " ".join(said) or "Nothing changed since the last audit."


def _rules(audited: list[Audited]) -> str:
    counts = Counter(outcome.rule for repo in audited for outcome in repo.broken())
    return "\n".join(
        f"<tr><td>{code}</td><td>{number}</td><td>{escape(RULES[code].title)}</td>"
        f"<td>{escape(RULES[code].fix)}</td></tr>"
        for code, number in counts.most_common()
        if code != UNREADABLE
    )


def _repository(repo: Audited) -> str:
    broken, waived = repo.broken(), [each for each in repo.outcomes if each.state == "waived"]
    head = f"{len(repo.broken('error'))} errors, {len(repo.broken('warning'))} warnings"
    rows = "".join(
        f'<tr><td class="{each.level}">{each.rule}</td><td>{each.state}</td>'
        f"<td>{'<br>'.join(escape(str(finding)) for finding in each.findings)}"
        f"{f'<br>and {each.more} more' if each.more else ''}</td></tr>"
        for each in [*broken, *waived]
    )
    return (
        f"<details><summary><b>{escape(repo.name)}</b>: {head}</summary>"
        f"<table>{rows}</table></details>\n"
    )
