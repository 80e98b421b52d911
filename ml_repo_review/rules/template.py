"""ML8: does it follow its template, and the policy that it says it follows?"""

from collections.abc import Iterator

from ml_repo_review.repository import COPY, Repository
from ml_repo_review.rule import Finding, Rule


class FollowsTemplate(Rule):
    """It follows a template."""

    code = "ML801"
    reason = "What follows none gets no fix by itself."
    fix = "`uvx cruft link <address of the template>`, and commit .cruft.json"
    level = "warning"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for the template's record."""
        if not repo.matching(".cruft.json", ".copier-answers.yml"):
            yield Finding("it follows no template")


class TemplateIsNew(Rule):
    """It has the newest state of its template."""

    code = "ML802"
    reason = "Fixes of the template reach only who takes them."
    fix = "`make template-update`"
    level = "warning"

    def applies(self, repo: Repository) -> bool:
        """Only where the newest states are known, which is the audit of many."""
        return repo.newest is not None and bool(repo.record.get("commit"))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare the recorded commit with the template's history."""
        commit = str(repo.record["commit"])
        behind = (repo.newest or {}).get(commit)
        if behind is None:
            yield Finding(f"the template has no commit {commit[:7]}", ".cruft.json")
        elif behind:
            yield Finding(f"it is {behind} commits behind its template", ".cruft.json")


class PolicyIsNewest(Rule):
    """Its copy of the policy is the organisation's."""

    code = "ML803"
    reason = "An old copy holds on commit and at the gate to what no longer holds."
    fix = "`make policy-update`"

    def applies(self, repo: Repository) -> bool:
        """Only where the organisation's own policy is at hand."""
        return repo.central and repo.has(COPY)

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare the hashes."""
        own = repo.own_policy
        if own is None:
            yield Finding("its copy of the policy can't be read", COPY)
        elif own.digest != repo.policy.digest:
            yield Finding("its copy of the policy is not the newest", COPY)


class PolicyIsUnedited(Rule):
    """Its copy of the policy is as it came."""

    code = "ML804"
    reason = "Whoever edits the copy writes their own standards."
    fix = "`make policy-update`; an exception is a waiver in the organisation's policy"

    def applies(self, repo: Repository) -> bool:
        """Only where there is a copy."""
        return repo.has(COPY)

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare the hash that the copy names with its own."""
        own = repo.own_policy
        if own is None:
            yield Finding("it can't be read as a policy", COPY)
        elif own.recorded != own.digest:
            yield Finding("it was edited: its hash is not the one that it names", COPY, 2)


class SilencesNothing(Rule):
    """Its own settings silence no rule."""

    code = "ML805"
    reason = "An exception that only the repository knows is not an exception."
    fix = "remove the code from `[tool.repo-review] ignore`, and ask for a waiver"
    level = "warning"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at what repo-review would ignore or select."""
        tool = repo.pyproject.get("tool")
        settings = tool.get("repo-review") if isinstance(tool, dict) else None
        settings = settings if isinstance(settings, dict) else {}
        for name in settings.get("ignore") or ():
            if str(name).startswith("ML"):
                yield Finding(f"{name} is ignored", "pyproject.toml")
        if settings.get("select"):
            yield Finding("only some rules are selected", "pyproject.toml")


RULES = (FollowsTemplate, TemplateIsNew, PolicyIsNewest, PolicyIsUnedited, SilencesNothing)
