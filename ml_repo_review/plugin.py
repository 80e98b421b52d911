"""What repo-review asks its plug-ins for: a fixture, the rules, and their families."""

from importlib.abc import Traversable
from typing import Any

from ml_repo_review.repository import Repository
from ml_repo_review.rule import FAMILIES, Rule
from ml_repo_review.rules import RULES
from ml_repo_review.tree import traversable_tree


def ml_repo(root: Traversable) -> Repository:
    """Give the repository, under its own copy of the policy."""
    return Repository(traversable_tree(root), name=root.name)


def checks() -> dict[str, Rule]:
    """Give the rules by their codes."""
    return RULES


def families() -> dict[str, dict[str, Any]]:
    """Give the families by the beginning of their codes."""
    return {key: {"name": name, "order": 50 + int(key[2])} for key, name in FAMILIES.items()}
