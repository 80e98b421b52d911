"""ML6: who looks at a change, and what checks it."""

from collections.abc import Iterator
from typing import Any

from ml_repo_review.repository import Repository
from ml_repo_review.rule import Finding, Rule

_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


class HasOwners(Rule):
    """CODEOWNERS names who is asked for a review."""

    code = "ML601"
    reason = "A change that nobody is asked about is seen by nobody."
    fix = "`make part ADD=github`, or write .github/CODEOWNERS"
    level = "warning"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for the file."""
        if not any(map(repo.has, _CODEOWNERS)):
            yield Finding("there is no CODEOWNERS")


class OwnersByPath(Rule):
    """CODEOWNERS has the policy's owners."""

    code = "ML602"
    reason = "Some files decide what a model may do."
    fix = "write the lines of `reviews.owners` at the end of .github/CODEOWNERS"
    key = "reviews.owners"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for each path with each of its owners; the last line of a path counts."""
        where = next(filter(repo.has, _CODEOWNERS), "")
        lines: dict[str, list[str]] = {}
        for line in repo.text(where).splitlines() if where else []:
            words = line.partition("#")[0].split()
            if words:
                lines[words[0]] = words[1:]
        for path, owners in repo.policy.get(self.key).items():
            missing = [owner for owner in owners if owner not in lines.get(path, [])]
            if missing:
                yield Finding(f"{path} lacks {' '.join(missing)}", where)


class Approvals(Rule):
    """A change of main needs as many approvals as the policy asks for."""

    code = "ML603"
    reason = "One pair of eyes wrote it."
    fix = "raise required_approving_review_count in .github/rulesets/main.json, `make protect`"
    key = "reviews.approvals"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the rules for branches that are kept in the repository."""
        least = repo.policy.get(self.key)
        paths = repo.matching(".github/rulesets/*.json", ".github/settings.y*ml")
        found = [number for path in paths for number in _approvals(repo.data(path))]
        if max(found, default=0) < least:
            asked = max(found, default=0)
            yield Finding(
                f"{asked} approvals are asked for, not {least}", paths[0] if paths else ""
            )


class HasTests(Rule):
    """There are tests."""

    code = "ML604"
    reason = "What is not tested is broken by the next change."
    fix = "write tests/test_<module>.py, and run `pytest`"

    def applies(self, repo: Repository) -> bool:
        """Only code can be tested."""
        return bool(repo.matching("*.py"))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for files that pytest would collect."""
        if not repo.matching("test_*.py", "*/test_*.py", "*_test.py"):
            yield Finding("there is no test")


class ChecksChanges(Rule):
    """Changes are checked before they are merged."""

    code = "ML605"
    reason = "A check that nobody has to run is not run."
    fix = "have a workflow run on pull_request"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at workflows, and for the files of other services."""
        others = (".gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile", ".circleci/config.yml")
        if any(map(repo.has, others)):
            return
        for workflow in repo.workflows.values():
            # YAML 1.1 reads the key `on` as true.
            events = workflow.get("on", workflow.get(True))  # type: ignore[call-overload]
            if "pull_request" in (events if isinstance(events, dict | list) else [events]):
                return
        yield Finding("no workflow runs on pull requests")


def _approvals(value: Any, depth: int = 0) -> Iterator[int]:
    if depth > 20:
        return
    if isinstance(value, dict):
        number = value.get("required_approving_review_count")
        if isinstance(number, int):
            yield number
    for each in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _approvals(each, depth + 1)


RULES = (HasOwners, OwnersByPath, Approvals, HasTests, ChecksChanges)
