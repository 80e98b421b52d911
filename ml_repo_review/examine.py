"""All rules on one repository, with the policy's levels and waivers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from ml_repo_review.repository import Repository
from ml_repo_review.rule import Finding, Level, Rule
from ml_repo_review.rules import RULES

State = Literal["passed", "failed", "waived", "expired", "skipped"]
SHOWN = 20  # findings of one rule


@dataclass(frozen=True)
class Outcome:
    """What became of one rule in one repository.

    Attributes:
        rule: its code.
        level: error or warning.
        state: an expired waiver is an error, whatever the rule's level.
        findings: at most so many; `more` counts the others.
        waiver: the policy's exception that applies, or did until it expired.
    """

    rule: str
    level: Level
    state: State
    findings: tuple[Finding, ...] = ()
    more: int = 0
    waiver: "dict[str, Any] | None" = None

    @property
    def counts(self) -> bool:
        """Whether it is to be mended."""
        return self.state in ("failed", "expired")


def examine(repo: Repository, today: date | None = None) -> list[Outcome]:
    """Put a repository through every rule. Its own settings are not asked.

    Args:
        repo: under the organisation's policy.
        today: for waivers.
    """
    return list(_outcomes(repo, today or date.today()))


def _outcomes(repo: Repository, today: date) -> Iterator[Outcome]:
    for code, rule in RULES.items():
        level: Level = repo.policy.get(f"levels.{code}", rule.level)
        if level == "off" or not rule.applies(repo):
            yield Outcome(code, level, "skipped")
            continue
        found = _findings(rule, repo)
        shown, more = tuple(found[:SHOWN]), max(0, len(found) - SHOWN)
        waiver = _waiver(repo, code)
        if waiver and date.fromisoformat(waiver["until"]) < today:
            yield Outcome(code, "error", "expired", shown, more, waiver)
        elif not found:
            yield Outcome(code, level, "passed")
        elif waiver:
            yield Outcome(code, level, "waived", shown, more, waiver)
        else:
            yield Outcome(code, level, "failed", shown, more)


def _findings(rule: Rule, repo: Repository) -> list[Finding]:
    """Find what breaks a rule; a file that a rule stumbles over is a finding, not an end."""
    found: list[Finding] = []
    try:
        for finding in rule.findings(repo):
            found.append(finding)
            if len(found) > 1_000:
                break
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError) as error:
        found.append(Finding(f"a file is of no form that this rule knows ({type(error).__name__})"))
    return found


def _waiver(repo: Repository, code: str) -> "dict[str, Any] | None":
    """Give the waiver of a rule here; of several, the one that holds longest."""
    found = [
        waiver
        for waiver in repo.policy.get("waivers", [])
        if waiver["repository"] == repo.name and waiver["rule"] == code
    ]
    return max(found, key=lambda waiver: str(waiver["until"]), default=None)
