"""ML1: whose is it, under which licence, and for which Python?"""

import re
from collections.abc import Iterator
from typing import Any

from ml_repo_review.repository import Repository, allowed
from ml_repo_review.rule import Finding, Rule

_LICENCES = {
    "MIT": "Permission is hereby granted, free of charge",
    "Apache-2.0": "Apache License",
    "BSD-3-Clause": "Redistribution and use in source and binary forms",
    "GPL-3.0": "GNU GENERAL PUBLIC LICENSE",
    "proprietary": "All rights reserved",
}


class HasLicence(Rule):
    """There is a licence file."""

    code = "ML101"
    reason = "Without a licence nobody may use, change or pass on what is here."
    fix = "put the licence's text into LICENSE, and commit it"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look for a file of one of the usual names in the root."""
        if not _licence_files(repo):
            yield Finding("there is no LICENSE")


class LicenceIsAllowed(Rule):
    """The licence is one that the policy allows."""

    code = "ML102"
    reason = "The licence of the code is the organisation's decision."
    fix = "take a licence that `answers.license` of the policy names"
    key = "answers.license"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare what pyproject.toml says, or else the text of the file."""
        found = _stated_licence(repo)
        if found and (why := _forbidden(repo.policy.get(self.key), found)):
            yield Finding(f"the licence is {found}, {why}", "pyproject.toml")


class OwnerIsAllowed(Rule):
    """The owner is the policy's."""

    code = "ML103"
    reason = "What lies outside the organisation is not backed up, and leaves with its owner."
    fix = "move the repository, and correct `[project.urls]` in pyproject.toml"
    key = "answers.github_owner"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Compare what pyproject.toml or the template's record says."""
        urls = repo.project.get("urls")
        text = " ".join(map(str, urls.values())) if isinstance(urls, dict) else ""
        found = re.search(r"github\.com/([\w-]+)/", text)
        owner = found[1] if found else repo.answers.get("github_owner")
        if owner and (why := _forbidden(repo.policy.get(self.key), str(owner))):
            yield Finding(f"the owner is {owner}, {why}", "pyproject.toml")


class HasHeader(Rule):
    """Each source file has the licence's line."""

    code = "ML104"
    reason = "Files travel without their repository."
    fix = "write the line of `licences.header` above each Python file"
    key = "licences.header"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at the first lines of Python files."""
        header = repo.policy.get(self.key).removeprefix("# ")
        for path in repo.matching("src/*.py", "tests/*.py"):
            if repo.tree.sizes[path] and header not in repo.text(path, 2000)[:600]:
                yield Finding(f"it lacks the line {header!r}", path)


class PythonIsStated(Rule):
    """The versions of Python are stated, and within the policy's bounds."""

    code = "ML105"
    reason = "A model that nobody can install in a year is lost."
    fix = 'write `requires-python = ">=3.12"` into pyproject.toml'

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at pyproject.toml."""
        stated = repo.project.get("requires-python")
        if not isinstance(stated, str):
            if not repo.matching("environment.y*ml", "setup.py", "setup.cfg", ".python-version"):
                yield Finding("no file says which Python it runs on")
            return
        least = re.search(r">=\s*(3\.\d+)", stated)
        if least is None:
            return
        policy = repo.policy
        low, high = (policy.get(f"answers.python.{name}") for name in ("at_least", "at_most"))
        if low and _version(least[1]) < _version(low):
            why = policy.because("answers.python.at_least")
            yield Finding(f"it runs on {least[1]}, older than {low} ({why})", "pyproject.toml")
        if high and _version(least[1]) > _version(high):
            why = policy.because("answers.python.at_most")
            yield Finding(f"it asks for {least[1]}, newer than {high} ({why})", "pyproject.toml")


class PartsAreAllowed(Rule):
    """It has the template's parts that the policy requires, and none that it forbids."""

    code = "ML106"
    reason = "Other standards rest on some parts, and some speak to what is not approved."
    fix = "`make part ADD=<part>` or `make part REMOVE=<part>`"
    key = "answers.parts"

    def applies(self, repo: Repository) -> bool:
        """Only repositories of the template have parts."""
        return super().applies(repo) and "__parts" in repo.answers

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at what the template recorded."""
        there = str(repo.answers["__parts"]).split()
        for name in repo.policy.get(f"{self.key}.required", []):
            if name not in there:
                yield Finding(f"the part {name} is required", ".cruft.json")
        for name in repo.policy.get(f"{self.key}.forbidden", []):
            if name in there:
                yield Finding(f"the part {name} is forbidden", ".cruft.json")


class TrackerIsAllowed(Rule):
    """Runs are recorded where the policy says."""

    code = "ML107"
    reason = "One place can be searched; two can't be compared."
    fix = "choose the policy's `tracking:` in conf/config.yaml, then `make params`"
    key = "answers.tracker"
    group = "tracking"

    def applies(self, repo: Repository) -> bool:
        """Only a configuration that names one can name another."""
        return super().applies(repo) and bool(_chosen(repo, self.group))

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at what the configuration chooses."""
        found, asked = _chosen(repo, self.group), repo.policy.get(self.key)
        if found != asked:
            yield Finding(f"{self.group} is {found}, and should be {asked}", "conf/config.yaml")


class RegistryIsAllowed(TrackerIsAllowed):
    """Versions of models stand where the policy says."""

    code = "ML108"
    reason = "Deployment reads one place."
    fix = "choose the policy's `registry:` in conf/config.yaml, then `make params`"
    key = "answers.registry"
    group = "registry"


class AuthorIsAllowed(Rule):
    """Name, author and address are as the policy has them."""

    code = "ML109"
    reason = "Who is asked when a model fails must be someone who is still there."
    fix = "correct `name` and `authors` in pyproject.toml"
    key = "answers"

    def findings(self, repo: Repository) -> Iterator[Finding]:
        """Look at pyproject.toml."""
        authors = repo.project.get("authors")
        first = authors[0] if isinstance(authors, list) and authors else {}
        stated = {
            "author_name": first.get("name") if isinstance(first, dict) else None,
            "author_email": first.get("email") if isinstance(first, dict) else None,
            "project_slug": repo.project.get("name"),
        }
        for question, answer in stated.items():
            why = _forbidden(repo.policy.get(f"answers.{question}"), str(answer)) if answer else ""
            if why:
                reason = repo.policy.because(f"answers.{question}")
                yield Finding(f"{question} is {answer}, {why} ({reason})", "pyproject.toml")


def _licence_files(repo: Repository) -> list[str]:
    files = repo.matching("licen?e*", "copying*", "unlicense*")
    return [path for path in files if "/" not in path]


def _stated_licence(repo: Repository) -> str:
    stated = repo.project.get("license")
    if isinstance(stated, dict):
        stated = stated.get("text")
    if isinstance(stated, str) and len(stated) < 60:
        return stated.removeprefix("LicenseRef-").replace("Proprietary", "proprietary")
    for path in _licence_files(repo):
        text = repo.text(path, 20_000)
        for name, words in _LICENCES.items():
            if words in text:
                return name
    return ""


def _forbidden(rule: Any, answer: str) -> str:
    """Say why an answer is forbidden; empty where it is not."""
    if not isinstance(rule, dict):
        return ""
    if "is" in rule and answer != rule["is"]:
        return f"and should be {rule['is']}"
    if "one_of" in rule and not allowed(answer, rule["one_of"]):
        return f"and should be one of {', '.join(rule['one_of'])}"
    if "matches" in rule and not re.fullmatch(rule["matches"], answer[:200]):
        return f"and should match {rule['matches']}"
    return ""


def _chosen(repo: Repository, group: str) -> str:
    defaults = repo.mapping("conf/config.yaml").get("defaults")
    for each in defaults if isinstance(defaults, list) else []:
        if isinstance(each, dict) and group in each:
            return str(each[group])
    return ""


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


RULES = (
    HasLicence,
    LicenceIsAllowed,
    OwnerIsAllowed,
    HasHeader,
    PythonIsStated,
    PartsAreAllowed,
    TrackerIsAllowed,
    RegistryIsAllowed,
    AuthorIsAllowed,
)
