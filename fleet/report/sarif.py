"""SARIF 2.1.0, which code hosts and editors read."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from fleet.audit import UNREADABLE, Audited
from fleet.history import Changes
from ml_repo_review.examine import Outcome
from ml_repo_review.rule import Finding
from ml_repo_review.rules import RULES

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def log(audited: list[Audited], changed: Changes) -> dict[str, Any]:
    """Give the log of one run over all repositories."""
    rules = [
        {
            "id": code,
            "name": type(rule).__name__,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.reason},
            "help": {"text": f"{rule.reason} Fix: {rule.fix}"},
            "defaultConfiguration": {"level": rule.level},
        }
        for code, rule in RULES.items()
    ]
    rules.append({"id": UNREADABLE, "shortDescription": {"text": "It can be audited."}})
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [
        _result(each, outcome, finding, changed) | {"ruleIndex": index[outcome.rule]}
        for each in audited
        for outcome in each.outcomes
        if outcome.state in ("failed", "expired", "waived")
        for finding in outcome.findings or (Finding("its waiver has expired"),)
    ]
    driver = {"name": "ml-repo-review", "version": "0.1.0", "rules": rules}
    bases = {
        f"R{number}": {"uri": f"{Path(each.path).absolute().as_uri()}/"}
        for number, each in enumerate(audited)
    }
    keys = {each.path: f"R{number}" for number, each in enumerate(audited)}
    for result in results:
        for location in result["locations"]:
            artifact = location["physicalLocation"]["artifactLocation"]
            artifact["uriBaseId"] = keys[artifact.pop("repository")]
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": bases,
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(repo: Audited, outcome: Outcome, finding: Finding, changed: Changes) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(finding.path or "."), "repository": repo.path},
        "region": {"startLine": max(1, finding.line)},
    }
    if not finding.path:
        del place["region"]
    text = f"{repo.name}: {finding.message}"
    if outcome.state == "expired" and outcome.waiver:
        text += f" (the waiver of {outcome.waiver['by']} ended on {outcome.waiver['until']})"
    result: dict[str, Any] = {
        "ruleId": outcome.rule,
        "level": outcome.level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"repositoryRule/v1": f"{repo.name}/{outcome.rule}/{finding.path}"},
        "properties": {"repository": repo.name},
    }
    if not changed.first:
        is_new = (repo.name, outcome.rule) in changed.new
        result["baselineState"] = "new" if is_new else "unchanged"
    if outcome.state == "waived" and outcome.waiver:
        waiver = outcome.waiver
        why = f"{waiver['why']} ({waiver['by']}, until {waiver['until']})"
        result["suppressions"] = [{"kind": "external", "justification": why}]
    return result
