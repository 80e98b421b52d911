"""Repositories in memory: what a rule sees, without a disk."""

import json
from typing import Any

from ml_repo_review.policy import Policy, parse
from ml_repo_review.repository import Repository
from ml_repo_review.rules import RULES
from ml_repo_review.tree import Tree

Files = dict[str, Any]


def repository(files: Files, policy: str | None = None, **more: Any) -> Repository:
    """Make a repository of texts; what is no text is written as JSON, which is YAML too."""
    contents = {
        path: value.encode() if isinstance(value, str) else json.dumps(value).encode()
        for path, value in files.items()
    }
    sizes = {path: len(content) for path, content in contents.items()}
    tree = Tree(sizes, frozenset(), lambda path, most: contents[path][:most])
    central: Policy | None = None if policy is None else parse(policy)
    return Repository(tree, central, more.pop("name", "mine"), **more)


def found(code: str, files: Files, policy: str | None = None, **more: Any) -> list[str] | None:
    """Give what a rule finds, a line each; None where it does not apply."""
    repo = repository(files, policy, **more)
    rule = RULES[code]
    return [str(each) for each in rule.findings(repo)] if rule.applies(repo) else None
