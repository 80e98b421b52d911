"""An audit as SARIF, JUnit, CSV, HTML and a picture."""

import json
from pathlib import Path

from fleet.audit import Audited
from fleet.history import FILE, Changes, record
from fleet.report import csv_table, html, junit, picture, sarif
from ml_repo_review.policy import Policy


def write(folder: Path, audited: list[Audited], policy: Policy, changed: Changes) -> None:
    """Write every report of an audit into a folder.

    Raises:
        OSError: it can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "audit.sarif": json.dumps(sarif.log(audited, changed), indent=1),
        "audit.xml": junit.suites(audited),
        "audit.csv": csv_table.table(audited),
        "audit.svg": picture.svg(audited),
        "audit.html": html.page(audited, policy, changed),
        FILE: json.dumps(record(audited, policy), indent=1),
    }
    for name, text in texts.items():
        part = folder / f".{name}.part"
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(folder / name)


__all__ = ["write"]
