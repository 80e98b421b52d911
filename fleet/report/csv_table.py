"""CSV: a line for each repository and rule, for a spreadsheet."""

import csv
import io

from fleet.audit import Audited

HEADER = ("repository", "rule", "level", "state", "findings", "first", "waived_until", "waived_by")


def table(audited: list[Audited]) -> str:
    """Give the table, with its header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for repo in audited:
        for outcome in repo.outcomes:
            waiver = outcome.waiver or {}
            first = str(outcome.findings[0]) if outcome.findings else ""
            row = [repo.name, outcome.rule, outcome.level, outcome.state]
            row += [str(len(outcome.findings) + outcome.more), first]
            row += [str(waiver.get("until", "")), str(waiver.get("by", ""))]
            writer.writerow(map(_harmless, row))
    return out.getvalue()


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text of a stranger's for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
