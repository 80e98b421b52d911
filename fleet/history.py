"""What an audit leaves for the next one, and what changed since."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fleet.audit import Audited
from ml_repo_review.policy import Policy

FILE = "audit.json"
Broken = set[tuple[str, str]]


@dataclass(frozen=True)
class Changes:
    """Differences from the last audit, as pairs of repository and rule.

    Attributes:
        new: what is broken now, and was not.
        mended: what was broken, and is not.
        first: whether there was no audit before.
    """

    new: Broken
    mended: Broken
    first: bool


def former(folder: Path) -> Broken | None:
    """Read what was broken in the last audit; None where there was none."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return {(name, rule) for name, rules in content["broken"].items() for rule in rules}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def changes(audited: Iterable[Audited], before: Broken | None) -> Changes:
    """Compare an audit with the last one."""
    now = {(each.name, outcome.rule) for each in audited for outcome in each.broken()}
    if before is None:
        return Changes(set(), set(), first=True)
    return Changes(now - before, before - now, first=False)


def record(audited: Iterable[Audited], policy: Policy) -> dict[str, Any]:
    """Give what is written for the next audit, and for other programs."""
    listed = list(audited)
    return {
        "policy": {"digest": policy.digest, "version": policy.get("version")},
        "broken": {each.name: [outcome.rule for outcome in each.broken()] for each in listed},
        "repositories": [asdict(each) for each in listed],
    }
